"""The reports of one event under work: where their centre lies, how long it is open, what they name.

Never says which reports are close enough: see `builder.stories`.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Set
from typing import NamedTuple

from builder.vectors import Features, Vector
from builder.words import Text

HOUR = 3600
DAY = 24 * HOUR
WINDOW = 3 * DAY
"""A story is open for so long after its last report ..."""
SPAN = 5 * DAY
"""... and its reports lie no further apart than this: else one event runs into the next, for months."""


class Told(NamedTuple):
    """An item as stories see it: `moment` in seconds since 1970; `dated` is whether that is a date of news.

    `named` are the keys of the articles that it names, `own` the key of its own, `same` of its text. `story` is the
    name of the story it is in, which its file says if it is `stated`; one that is `fixed` was given it by a person.
    Of one that `grew` the keys are looked at, although it has its story.
    """

    path: str
    id: str
    moment: float
    text: Text
    dated: bool = True
    named: frozenset[str] = frozenset()
    own: str = ""
    same: str = ""
    story: str = ""
    stated: bool = False
    fixed: bool = False
    grew: bool = False


class Cluster:
    """A story under work: its reports, their centre (`sum`, of the length `length`), and how they name things."""

    __slots__ = (
        "dated",
        "first",
        "fixed",
        "into",
        "last",
        "length",
        "members",
        "name",
        "names",
        "recent",
        "sizes",
        "sum",
    )

    def __init__(self, name: str) -> None:
        self.name, self.into, self.fixed, self.dated = name, "", False, False
        self.members: list[Told] = []
        self.first, self.last = math.inf, -math.inf
        self.sum: Vector = {}
        self.length, self.sizes = 1.0, 0
        self.names: Counter[str] = Counter()
        self.recent: deque[Vector] = deque(maxlen=20)

    def add(self, told: Told, features: Features, vector: Vector) -> None:
        self.members.append(told)
        self.fixed = self.fixed or told.fixed
        self.dated = self.dated or told.dated
        self.first, self.last = min(self.first, told.moment), max(self.last, told.moment)
        for term, weight in vector.items():
            self.sum[term] = self.sum.get(term, 0.0) + weight
        self.length = math.sqrt(sum(weight * weight for weight in self.sum.values())) or 1.0
        self.sizes += features.size
        self.names.update(features.names)
        self.recent.append(vector)

    def take_in(self, other: Cluster) -> None:
        """Become one with another story."""
        self.members += other.members
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.dated = self.dated or other.dated
        for term, weight in other.sum.items():
            self.sum[term] = self.sum.get(term, 0.0) + weight
        self.length = math.sqrt(sum(weight * weight for weight in self.sum.values())) or 1.0
        self.sizes += other.sizes
        self.names.update(other.names)
        self.recent.extend(other.recent)
        other.into = self.name

    def core(self, share: float) -> set[str]:
        """The names that so many of its reports have."""
        return {name for name, count in self.names.items() if count >= share * len(self.members)}

    def may_take(self, told: Told) -> bool:
        """Whether it is open for an item. Without a date of news there is no window."""
        if not (told.dated and self.dated):
            return True
        first, last = min(self.first, told.moment), max(self.last, told.moment)
        return last - first <= SPAN and self.first - WINDOW <= told.moment <= self.last + WINDOW

    def may_merge(self, other: Cluster) -> bool:
        """Whether two of them are near enough in time to be one."""
        if not (self.dated and other.dated):
            return True
        apart = max(self.first, other.first) - min(self.last, other.last)
        return apart <= WINDOW and max(self.last, other.last) - min(self.first, other.first) <= SPAN

    def contradiction(
        self, names: Set[str], core_share: float, rare_share: float, rarity: Callable[[str], float]
    ) -> float:
        """Whether a text and a story have names of their own on both sides: 0 for no, 1 for other names alone.

        Another place, another team, another company: the same kind of event is not the same event.
        """
        core = self.core(core_share)
        if not names or not core:
            return 0.0
        few = max(1.0, rare_share * len(self.members))
        strange = sum(rarity(name) for name in names if self.names.get(name, 0) < few)
        missing = sum(rarity(name) for name in core if name not in names)
        return strange / sum(map(rarity, names)) * missing / sum(map(rarity, core))

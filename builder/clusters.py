"""The reports of one event under work: where their centre lies, how long it is open, what they name.

Never says which reports are close enough: see `builder.stories`.
"""

from __future__ import annotations

import math
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping, Set
from typing import NamedTuple

from builder.vectors import Features, Vector, add, length
from builder.words import Text

_NUMBER = re.compile(r"\d+")
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


def series(told: Told) -> frozenset[str]:
    """A headline with its numbers left out, for each of its publishers; nothing where there is no number.

    What one publisher says again with another number is the next of a series: a daily report, a numbered issue.
    """
    bare = _NUMBER.sub("0", told.text.title.casefold())
    if bare == told.text.title.casefold():
        return frozenset()
    return frozenset(f"{bare}\n{name.casefold()}" for name in told.text.publishers or ("",))


class Cluster:
    """A story under work: its reports, their centre (`sum`, of the length `length`), and how they name things."""

    def __init__(self, name: str) -> None:
        self.name, self.into, self.fixed, self.dated = name, "", False, False
        self.members: list[Told] = []
        self.first, self.last = math.inf, -math.inf
        self.sum: Vector = {}
        self.length, self.sizes = 1.0, 0
        self.names: Counter[str] = Counter()
        self.series: dict[str, str] = {}
        self.recent: deque[Vector] = deque(maxlen=20)

    def add(self, told: Told, features: Features, vector: Vector) -> None:
        self.members.append(told)
        self.series.update(dict.fromkeys(series(told), told.text.title))
        self.fixed = self.fixed or told.fixed
        self.dated = self.dated or told.dated
        self.first, self.last = min(self.first, told.moment), max(self.last, told.moment)
        add(self.sum, vector)
        self.length = length(self.sum)
        self.sizes += features.size
        self.names.update(features.names)
        self.recent.append(vector)

    def take_in(self, other: Cluster) -> None:
        """Become one with another story."""
        self.members += other.members
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.dated = self.dated or other.dated
        add(self.sum, other.sum)
        self.length = length(self.sum)
        self.sizes += other.sizes
        self.names.update(other.names)
        self.series.update(other.series)
        self.recent.extend(other.recent)
        other.into = self.name

    def core(self, share: float) -> set[str]:
        """The names that so many of its reports have."""
        return {name for name, count in self.names.items() if count >= share * len(self.members)}

    def goes_on(self, others: Mapping[str, str]) -> bool:
        """Whether headlines are the next, or the last, of a series that one of its reports is of."""
        return any(self.series.get(key, title) != title for key, title in others.items())

    def may_take(self, told: Told, of: Mapping[str, str]) -> bool:
        """Whether it is open for an item `of` these series. Without a date of news there is no window."""
        if of and self.goes_on(of):
            return False
        if not (told.dated and self.dated):
            return True
        first, last = min(self.first, told.moment), max(self.last, told.moment)
        return last - first <= SPAN and self.first - WINDOW <= told.moment <= self.last + WINDOW

    def may_merge(self, other: Cluster) -> bool:
        """Whether two of them are near enough in time to be one."""
        if self.goes_on(other.series):
            return False
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

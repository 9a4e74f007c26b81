"""Which items report one event: each new item joins a story that is still open, or begins one.

Hard links come first, whenever they were made: one names an article that the other names or is, or both say the same
text. Then a stream in the order of time: an item joins the open story whose reports are closest to it, if one of the
latest is close as well, and if their names do not contradict each other. Stories that grew together are merged.
Never moves an item that has a story, never overrules a person, and never looks at a clock.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest
from typing import NamedTuple

from builder.clusters import DAY, SPAN, WINDOW, Cluster, Told, series
from builder.vectors import Features, Vector, Vectors, add, product, shared, unit
from builder.words import Text

FOLLOWS = 0.3
"""The cosine of headlines from which on a story goes on from an earlier one ..."""
BEFORE = 30 * DAY
"""... that began no longer ago."""
_COMMON = 60
"""A term of more open stories than that, and of more than an eighth of them, is no way to find one."""
_TELLING = 8
"""Terms of a story's headlines by which it is found again."""


class How(NamedTuple):
    """What decides whether texts are close enough: cosines, each for headlines alone and what comes on top with text.

    Short texts have few words, so that few of them are shared even by reports of one event.
    """

    join: tuple[float, float] = (0.15, 0.06)
    member: tuple[float, float] = (0.10, 0.13)
    merge: tuple[float, float] = (0.21, 0.34)
    short: int = 7
    long: int = 51
    undated: float = 1.1
    fade: float = 0.4
    contradiction: float = 0.72
    veto: float = 0.95
    shared: int = 2
    core: float = 0.32
    rare: float = 0.06
    probes: int = 16
    candidates: int = 8


HOW = How()
"""Found by search on headlines and texts of labelled events, one setting for both."""


class Assigned(NamedTuple):
    """What is to be written: the story of each item that now has one with others, by its place; for each story that
    became part of another one, the name of that; the members of those that were founded just now, and
    from which they go on."""

    names: dict[str, str]
    merges: dict[str, str]
    founded: dict[str, tuple[Told, ...]] = {}
    follows: dict[str, str] = {}


def assign(new: Iterable[Told], known: Iterable[Told], vectors: Vectors, how: How = HOW) -> Assigned:
    """Give each new item its story. `known` are the items of stories that may be open, and those with shared keys.

    The order in which they are given does not matter: they are taken by (moment, id).
    """
    stream = _Stream(vectors, how)
    ordered = sorted(known, key=_order)
    for told in ordered:
        stream.know(told)
    for told in ordered:
        if told.grew:
            stream.link(told)
    day = -math.inf
    for told in sorted(new, key=_order):
        if told.dated and told.moment // DAY > day:
            day = told.moment // DAY
            stream.settle(told.moment)
        stream.take(told)
    stream.settle(math.inf)
    return stream.assigned()


def _order(told: Told) -> tuple[float, str, str]:
    return told.moment, told.id, told.path


class _Stream:
    """The stories under work, with an index of the terms of those that are open."""

    def __init__(self, vectors: Vectors, how: How) -> None:
        self._vectors, self._how = vectors, how
        self._stories: dict[str, Cluster] = {}
        self._terms: dict[str, dict[str, float]] = {}
        self._named: dict[str, str] = {}
        self._own: dict[str, str] = {}
        self._same: dict[str, tuple[str, frozenset[str]]] = {}
        self._open: set[str] = set()
        self._touched: set[str] = set()

    def know(self, told: Told) -> None:
        """An item that has its story, or its own."""
        name = told.story or told.path
        features = self._vectors.features(told.text)
        self._put(self._stories.get(name) or self._begun(name), told, features, self._vectors.vector(features))

    def link(self, told: Told) -> None:
        """An item that names more articles than before."""
        for other in self._linked(told):
            self._merge(self._current(told.story or told.path), other)

    def take(self, told: Told) -> None:
        """An item that is new."""
        features = self._vectors.features(told.text)
        vector = self._vectors.vector(features)
        linked = self._linked(told)
        found = linked[0] if linked else self._closest(told, features, vector, self._near(vector))
        for other in linked[1:]:
            found = self._merge(found, other) or found if found else other
        story = found or self._begun(told.path)
        self._put(story, told, features, vector)
        self._touched.add(story.name)

    def _begun(self, name: str) -> Cluster:
        self._stories[name] = story = Cluster(name)
        self._open.add(name)
        return story

    def _put(self, story: Cluster, told: Told, features: Features, vector: Vector) -> None:
        story.add(told, features, vector)
        for term in vector:
            self._terms.setdefault(term, {})[story.name] = story.sum[term]
        for key in told.named:
            self._named.setdefault(key, story.name)
        if told.own:
            self._own.setdefault(told.own, story.name)
        if told.same:
            self._same.setdefault(told.same, (story.name, frozenset(told.text.publishers)))

    def _current(self, name: str) -> Cluster:
        """The story of a name, or the one that it became part of."""
        story = self._stories[name]
        while story.into:
            story = self._stories[story.into]
        return story

    # -- hard links

    def _linked(self, told: Told) -> list[Cluster]:
        """The stories that name one of its articles or say its text, the oldest first."""
        names = {self._named[key] for key in (*told.named, told.own) if key in self._named}
        # Two items with one link of their own are no evidence: a series may link to one page forever.
        names.update(self._own[key] for key in told.named if key in self._own)
        if told.same in self._same:
            name, publishers = self._same[told.same]
            # One publisher's text that comes again and again is a standing one, and no copy.
            if publishers.isdisjoint(told.text.publishers):
                names.add(name)
        return sorted({self._current(name).name: self._current(name) for name in names}.values(), key=_age)

    # -- closeness

    def _closest(self, told: Told, features: Features, vector: Vector, near: Sequence[str]) -> Cluster | None:
        """Of the stories that are `near` a text the one that it joins."""
        how = self._how
        least = self._asked(how.join, features.size, told.dated)
        member = self._asked(how.member, features.size, told.dated)
        of = dict.fromkeys(series(told), told.text.title)
        found = []
        for name in near:
            story = self._stories[name]
            if told in story.members[:1] or not story.may_take(told, of):
                continue
            score = product(vector, story.sum) / story.length * self._freshness(story, told)
            if score < least:
                continue
            strange = story.contradiction(features.names, how.core, how.rare, self._vectors.rarity)
            score *= 1 - how.contradiction * strange
            if score >= least and not self._is_other(strange, len(features.names), features.size):
                found.append((-score, story.name))
        for _, name in sorted(found)[:3]:
            story = self._stories[name]
            closest = max(story.recent, key=lambda recent: product(vector, recent))
            if product(vector, closest) >= member and shared(vector, closest) >= how.shared:
                return story
        return None

    def _asked(self, of: tuple[float, float], size: float, dated: bool) -> float:
        how = self._how
        share = min(1.0, max(0.0, (size - how.short) / (how.long - how.short)))
        return (of[0] + of[1] * share) * (1.0 if dated else how.undated)

    def _is_other(self, strange: float, names: int, size: float) -> bool:
        """Whether names contradict each other for good; the one name of a headline alone is too little for that."""
        return strange >= self._how.veto and (names > 1 or size > self._how.short)

    def _near(self, vector: Vector) -> Sequence[str]:
        """The stories that share most with a text, by its weightiest terms."""
        most = max(_COMMON, len(self._open) // 8)
        scores: defaultdict[str, float] = defaultdict(float)
        for less, term in sorted([(-weight, term) for term, weight in vector.items()])[: self._how.probes]:
            found = self._terms.get(term, {})
            if len(found) <= most:
                for name, sum_ in found.items():
                    scores[name] += less * sum_
        ranked = [(less / self._stories[name].length, name) for name, less in scores.items()]
        return [name for _, name in nsmallest(self._how.candidates, ranked)]

    def _freshness(self, story: Cluster, told: Told) -> float:
        if not (told.dated and story.dated):
            return 1.0
        return 1 - self._how.fade * min(1.0, max(0.0, (told.moment - story.last) / WINDOW))

    # -- stories that became one

    def settle(self, moment: float) -> None:
        """Merge the stories that grew towards each other, and close those that nothing of this moment can join."""
        for name in sorted(self._touched):
            story = self._stories[name]
            while not story.into and (other := self._closest_to(story)):
                merged = self._merge(story, other)
                if merged is None:
                    break
                story = merged
        self._touched.clear()
        for name in [name for name in self._open if self._is_past(self._stories[name], moment)]:
            self._close(name)

    @staticmethod
    def _is_past(story: Cluster, moment: float) -> bool:
        return story.dated and (moment > story.last + WINDOW or moment > story.first + SPAN)

    def _close(self, name: str) -> None:
        self._open.discard(name)
        story = self._stories[name]
        self._forget_terms(story)
        # Its key still leads to it; what only the stream needs is given up.
        story.sum, story.names = {}, Counter()
        story.recent.clear()

    def _closest_to(self, story: Cluster) -> Cluster | None:
        """The story of which another one is to become part."""
        if story.fixed or not story.sum:
            return None
        near = self._near(story.sum)
        return self._closest_again(story, near) or self._closest_story(story, near)

    def _closest_again(self, story: Cluster, near: Sequence[str]) -> Cluster | None:
        """For an item that is still alone: which story it would join if it came now, after the others."""
        if len(story.members) > 1 or not story.recent:
            return None
        features = Features({}, frozenset(story.names), story.sizes)
        other = self._closest(story.members[0], features, story.recent[0], near)
        return other if other and not other.fixed else None

    def _closest_story(self, story: Cluster, near: Sequence[str]) -> Cluster | None:
        best: tuple[float, str] = (0.0, "")
        for name in near:
            other = self._stories[name]
            if other is story or other.fixed or not story.may_merge(other):
                continue
            score = product(story.sum, other.sum) / (story.length * other.length)
            size = min(story.sizes / len(story.members), other.sizes / len(other.members))
            if score < self._asked(self._how.merge, size, story.dated and other.dated):
                continue
            if shared(story.sum, other.sum) < self._how.shared:
                continue
            names = story.core(self._how.core)
            strange = other.contradiction(names, self._how.core, self._how.rare, self._vectors.rarity)
            if self._is_other(strange, len(names), size):
                continue
            if (-score, name) < best:
                best = (-score, name)
        return self._stories[best[1]] if best[1] else None

    def _merge(self, one: Cluster, other: Cluster) -> Cluster | None:
        """Let the younger of two stories become part of the older; `None` where a person had a hand in both or one."""
        if one is other:
            return one
        if one.fixed or other.fixed:
            return None
        older, younger = sorted((one, other), key=_age)
        self._forget_terms(younger)
        older.take_in(younger)
        for term in younger.sum:
            self._terms.setdefault(term, {})[older.name] = older.sum[term]
        self._open.discard(younger.name)
        if older.sum:
            self._open.add(older.name)
        self._touched.add(older.name)
        return older

    def _forget_terms(self, story: Cluster) -> None:
        """Let nothing find a story by its terms any more."""
        for term in story.sum:
            names = self._terms.get(term, {})
            names.pop(story.name, None)
            if not names:
                self._terms.pop(term, None)

    # -- what came of it

    def assigned(self) -> Assigned:
        """What differs from what was known."""
        names: dict[str, str] = {}
        merges: dict[str, str] = {}
        founded: dict[str, tuple[Told, ...]] = {}
        for story in self._stories.values():
            if story.into or len(story.members) < 2:
                continue
            if not any(told.stated for told in story.members):
                founded[story.name] = tuple(story.members)
            for told in story.members:
                if not told.stated:
                    names[told.path] = story.name
                elif told.story != story.name:
                    merges[told.story] = story.name
        return Assigned(dict(sorted(names.items())), dict(sorted(merges.items())), founded)


def predecessors(
    founded: Mapping[str, Sequence[Told]], stories: Mapping[str, Sequence[Told]], vectors: Vectors
) -> dict[str, str]:
    """For new stories the earlier ones, of these or of `stories`, that they go on from, by their headlines."""
    all = {**stories, **founded}
    first = {name: min(told.moment for told in reports) for name, reports in all.items()}
    centres = {name: _centre(reports, vectors) for name, reports in all.items()}
    terms: dict[str, list[str]] = {}
    for name, centre in centres.items():
        for term, _ in sorted(centre.items(), key=_weight)[:_TELLING]:
            terms.setdefault(term, []).append(name)
    found = {}
    for name in founded:
        near = {other for term in centres[name] for other in terms.get(term, ())}
        before = [other for other in near if 0 < first[name] - first[other] <= BEFORE]
        score, best = min(((-product(centres[name], centres[other]), other) for other in before), default=(0.0, ""))
        if -score >= FOLLOWS:
            found[name] = best
    return found


def _centre(reports: Iterable[Told], vectors: Vectors) -> Vector:
    total: Vector = {}
    for one in reports:
        headline = Text(one.text.title, language=one.text.language)
        add(total, vectors.vector(vectors.features(headline)))
    return unit(total)


def _age(story: Cluster) -> str:
    """Stories are named by the day of their founder."""
    return story.name


def _weight(term: tuple[str, float]) -> tuple[float, str]:
    return -term[1], term[0]

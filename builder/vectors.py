"""Texts as sparse vectors of weighted words (TF-IDF), so that reports of one event lie close to each other.

A word counts the more, the fewer of the site's texts use it; more in a headline than below it, and more if it is a
name. Never says which texts belong together: see `builder.stories`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from itertools import chain, islice
from operator import mul
from typing import NamedTuple

from builder.words import Text, Word, stop_words, words

Vector = dict[str, float]
"""Terms with their weights; of unit length."""

LEAD = 150
"""So many words of a text say what it is about; more only blur it."""
_LEAD_CHARACTERS = 1_500
_TERMS = 70
"""Terms of a text that are compared: the weightiest."""
_PAIR, _BELOW = 0.5, 0.4
"""What a pair of neighbours in the headline counts, and what a word below it."""
_NAME = 1.5
"""What a name counts, where another word counts one."""
_UNSEEN = 10_000
"""A young archive is taken for one with so many more texts: else what its few texts share would count nothing."""
_KEPT = 5_000
"""So many texts are not read again when their vectors are asked for."""
_TITLE_CASE = 0.7
"""Of the longer words of a headline: from here on its capitals say nothing of names."""
_IS_NAME = 0.6
"""Of the uses of a word: what begins with a capital more often than this is a name."""


class Features(NamedTuple):
    """What a text says: its terms with their weights, its names, and the number of different words."""

    weights: dict[str, float]
    names: frozenset[str]
    size: int


class _Read(NamedTuple):
    """The terms of a headline, each with the one before it, and how often each stands below it."""

    title: list[tuple[str, str]]
    lead: dict[str, int]


class Vectors:
    """The vectors of texts, by what all `texts` together say of their words: how rare they are, and which are names."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self._seen: Counter[str] = Counter()
        self._capital: Counter[str] = Counter()
        self._uses: Counter[str] = Counter()
        self._count = 0
        self._known: dict[Text, _Read] = {}
        for text in texts:
            self._count += 1
            read = self._read(text, learn=True)
            self._seen.update(_terms(read))
            if self._count <= _KEPT:
                self._known[text] = read

    def features(self, text: Text) -> Features:
        """What a text says, before it is compared."""
        read = self._known.get(text) or self._read(text)
        shares = {term: self._is_name(term) for term in (*read.lead, *(term for term, _ in read.title))}
        weights: dict[str, float] = {}
        for term, before in read.title:
            weights[term] = 1 + (_NAME - 1) * shares[term]
            if before:
                weights[f"{before} {term}"] = _PAIR
        for term, times in read.lead.items():
            below = _BELOW * (1 + math.log(times)) * (1 + (_NAME - 1) * shares[term])
            weights[term] = weights.get(term, 0) + below
        names = frozenset(term for term, share in shares.items() if share > _IS_NAME)
        return Features(weights, names, len(shares))

    def vector(self, features: Features) -> Vector:
        """The vector of what a text says: of its weightiest terms."""
        weighted = [(-weight * self.rarity(term), term) for term, weight in features.weights.items()]
        return unit({term: -less for less, term in sorted(weighted)[:_TERMS]})

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a term."""
        return math.log((self._count + _UNSEEN) / (self._seen.get(term, 0) + 0.5))

    def _is_name(self, term: str) -> float:
        """The share of a term's uses within a sentence that begin with a capital letter."""
        uses = self._uses.get(term, 0)
        return self._capital.get(term, 0) / uses if uses else 0.0

    def _read(self, text: Text, learn: bool = False) -> _Read:
        stop = stop_words(text.language)
        headline = list(words(text.title))
        below = list(islice(words(text.lead[:_LEAD_CHARACTERS]), LEAD))
        # A cluster is called by the first of its headlines, often with the publisher's name behind it.
        others = [list(words(other)) for other in text.headlines if not text.title.startswith(other)]
        if learn:
            for part in (headline, below, *others):
                self._learn(part)
        title, before = [], ""
        for word in headline:
            if _says_something(word, stop):
                title.append((word.term, before))
                before = word.term
            else:
                before = ""
        said = islice(chain(below, *others), LEAD)
        return _Read(title, Counter([word.term for word in said if _says_something(word, stop)]))

    def _learn(self, part: list[Word]) -> None:
        """Which words are written with a capital, of a part in which that says something."""
        if not _is_title_case(part):
            self._uses.update([word.term for word in part if not word.starts])
            self._capital.update([word.term for word in part if not word.starts and word.capital])


def _terms(read: _Read) -> set[str]:
    pairs = {f"{before} {term}" for term, before in read.title if before}
    return pairs.union((term for term, _ in read.title), read.lead)


def _says_something(word: Word, stop: frozenset[str]) -> bool:
    return (word.term not in stop or word.caps) and (len(word.term) > 1 or word.number or not word.term.isascii())


def _is_title_case(part: list[Word]) -> bool:
    long = [word for word in part if len(word.text) > 3]
    return len(long) > 3 and sum(word.capital for word in long) > _TITLE_CASE * len(long)


def add(total: Vector, other: Vector) -> None:
    """Add a vector to a sum."""
    for term, weight in other.items():
        total[term] = total.get(term, 0.0) + weight


def length(vector: Vector) -> float:
    """The length of a vector; 1 for an empty one, which can so be divided by it."""
    return math.hypot(*vector.values()) or 1.0


def unit(vector: Vector) -> Vector:
    """A vector made as long as 1."""
    size = length(vector)
    return {term: weight / size for term, weight in vector.items()}


def product(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors of unit length: 0 for nothing in common, 1 for the same."""
    # A set has no order, and a sum that is rounded once needs none.
    common = one.keys() & other.keys()
    return math.fsum(map(mul, map(one.__getitem__, common), map(other.__getitem__, common)))


def shared(one: Vector, other: Vector) -> int:
    """How many words two texts have in common."""
    return sum(term in other for term in one if " " not in term)

"""Texts as sparse vectors of weighted words (TF-IDF), so that reports of one event lie close to each other.

A word counts the more, the fewer of the site's texts use it; more in a headline than below it, and more if it is a
name. Never says which texts belong together: see `builder.stories`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from builder.words import Text, Word, stop_words, words

Vector = dict[str, float]
"""Terms with their weights; of unit length."""

LEAD = 150
"""So many words of a text say what it is about; more only blur it."""
_LEAD_CHARACTERS = 1_500
_PAIR, _BELOW = 0.5, 0.4
"""What a pair of neighbours in the headline counts, and what a word below it."""
_NAME = 1.5
"""What a name counts, where another word counts one."""
_UNSEEN = 10_000
"""A young archive is taken for one with so many more texts: else what its few texts share would count nothing."""
_TITLE_CASE = 0.7
"""Of the longer words of a headline: from here on its capitals say nothing of names."""


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
        for text in texts:
            self._count += 1
            self._seen.update(_terms(self._read(text, learn=True)))

    def features(self, text: Text) -> Features:
        """What a text says, before it is compared."""
        read = self._read(text)
        weights: dict[str, float] = {}
        names = set()
        for term, before in read.title:
            share = self._is_name(term)
            weights[term] = max(weights.get(term, 0), 1 + (_NAME - 1) * share)
            if before:
                weights[f"{before} {term}"] = _PAIR
        for term, times in read.lead.items():
            share = self._is_name(term)
            weights[term] = weights.get(term, 0) + _BELOW * (1 + math.log(times)) * (1 + (_NAME - 1) * share)
        for term in weights:
            if " " not in term and self._is_name(term) > 0.6:
                names.add(term)
        return Features(weights, frozenset(names), sum(" " not in term for term in weights))

    def vector(self, features: Features) -> Vector:
        """The vector of what a text says."""
        weighted = {term: weight * self.rarity(term) for term, weight in features.weights.items()}
        return unit(weighted)

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a term."""
        return math.log((self._count + _UNSEEN) / (self._seen[term] + 0.5))

    def _is_name(self, term: str) -> float:
        """The share of a term's uses within a sentence that begin with a capital letter."""
        uses = self._uses[term]
        return self._capital[term] / uses if uses else 0.0

    def _read(self, text: Text, learn: bool = False) -> _Read:
        stop = stop_words(text.language)
        headline = list(words(text.title))
        if learn and not _is_title_case(headline):
            self._learn(headline)
        title, before = [], ""
        for word in headline:
            if _says_something(word, stop):
                title.append((word.term, before))
                before = word.term
            else:
                before = ""
        lead: dict[str, int] = {}
        for word in islice(self._below(text, learn), LEAD):
            if _says_something(word, stop):
                lead[word.term] = lead.get(word.term, 0) + 1
        return _Read(title, lead)

    def _below(self, text: Text, learn: bool) -> Iterator[Word]:
        """What a text says below its headline: its lead, and the other headlines of a cluster."""
        for word in words(text.lead[:_LEAD_CHARACTERS]):
            if learn:
                self._learn((word,))
            yield word
        for headline in text.headlines:
            # A cluster is called by the first of its headlines, often with the publisher's name behind it.
            if not text.title.startswith(headline):
                found = list(words(headline))
                if learn and not _is_title_case(found):
                    self._learn(found)
                yield from found

    def _learn(self, found: Iterable[Word]) -> None:
        for word in found:
            if not word.starts:
                self._uses[word.term] += 1
                self._capital[word.term] += word.capital


def _terms(read: _Read) -> set[str]:
    pairs = {f"{before} {term}" for term, before in read.title if before}
    return pairs.union((term for term, _ in read.title), read.lead)


def _says_something(word: Word, stop: frozenset[str]) -> bool:
    return (word.term not in stop or word.caps) and (len(word.term) > 1 or word.number or not word.term.isascii())


def _is_title_case(headline: list[Word]) -> bool:
    long = [word for word in headline if len(word.text) > 3]
    return len(long) > 3 and sum(word.capital for word in long) > _TITLE_CASE * len(long)


def add(total: Vector, other: Vector) -> None:
    """Add a vector to a sum."""
    for term, weight in other.items():
        total[term] = total.get(term, 0.0) + weight


def length(vector: Vector) -> float:
    """The length of a vector; 1 for an empty one, which can so be divided by it."""
    return math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0


def unit(vector: Vector) -> Vector:
    """A vector made as long as 1."""
    size = length(vector)
    return {term: weight / size for term, weight in vector.items()}


def product(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors of unit length: 0 for nothing in common, 1 for the same."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)


def shared(one: Vector, other: Vector) -> int:
    """How many words two texts have in common."""
    return sum(term in other for term in one if " " not in term)

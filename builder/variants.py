"""Which names mean one: spellings of a word over the whole site, and within one story shorter forms and adjectives.

Never merges two names that are known by heart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, lru_cache

from builder.casing import Casing
from builder.lines import JOINING, listed
from builder.proper import Names

_CYRILLIC = re.compile("[\u0400-\u04ff]+")
_SAME = 0.7
# What stands before a place and makes it another one.
_PLACES = listed("north south east west new old great greater upper lower central san santa saint st fort port")
# What makes of a place's name an adjective and its people.
_PEOPLE = ("s", "n", "ns", "er", "ers", "an", "ans", "ian", "ians", "ese", "ish", "i", "is")


class Counts:
    """What all texts show of a word: how often it is a name, how it is spelt, what its full form is."""

    def __init__(self, casings: Sequence[Casing], names: Names) -> None:
        self._casings, self._names = casings, names
        self._spelt: dict[str, str] = {}
        self._whole: dict[str, str] = {}

    def upper(self, word: str) -> int:
        """How often a word stands inside of a sentence with a capital."""
        return sum(casing.upper(word) for casing in self._casings)

    def form(self, word: str) -> str:
        """A word as most texts write it, `""` if none does with a capital."""
        return next((form for casing in self._casings if (form := casing.form(word))), "")

    def spelt(self, name: str) -> str:
        """A name with each word in its most frequent spelling (Zelenskiy -> Zelenskyy)."""
        if " " in name:
            return " ".join(
                word if word in JOINING or word == "the" or _CYRILLIC.fullmatch(word) else self._word(word)
                for word in name.split(" ")
            )
        return self._word(name)

    def _word(self, word: str) -> str:
        if (found := self._spelt.get(word)) is None:
            found = self._spelt[word] = self._found(word)
        return found

    def _found(self, word: str) -> str:
        if len(word) < 5 or not word.isalpha():
            return word
        same = [other for other in self._alike.get(word[:3], ()) if _one(word, other)]
        for other in sorted(same):
            if _CYRILLIC.fullmatch(other) and (known := self._names.canonical(other, "ru")):
                return known.casefold()
        same = [other for other in same if not self._names.canonical(other, "")]
        return max((word, *same), key=lambda other: (self.upper(other), other))

    @cached_property
    def _alike(self) -> dict[str, list[str]]:
        """All names of the site, and those in Cyrillic that are known by heart, by their first three letters."""
        found: dict[str, list[str]] = {}
        for name in self._names.cyrillic.union(*(casing.names() for casing in self._casings)):
            if len(name) > 4 and name.isalpha():
                found.setdefault(name[:3], []).append(name)
        return found

    def whole(self, word: str) -> str:
        """The full name that a surname mostly stands for on this site, or the word itself."""
        if (found := self._whole.get(word)) is None:
            found = self._whole[word] = self._full(word) or word
        return found

    def _full(self, word: str) -> str:
        fulls = self._fulls.get(word)
        if not fulls:
            return ""
        (first, glue), count = max(fulls.items(), key=lambda item: (item[1], item[0]))
        fits = count > 2 and count >= _SAME * sum(fulls.values()) and count * 5 >= self.upper(word)
        # A first name hardly stands alone; "Apple Watch" is no full name of "Watch".
        if not fits or not self.given(first) or first in _PLACES:
            return ""
        return f"{first} {glue} {word}" if glue else f"{first} {word}"

    def given(self, word: str) -> bool:
        """Whether a word is hardly used but before a surname."""
        return self.upper(word) <= 1.5 * self._firsts[word]

    @cached_property
    def _firsts(self) -> Counter[str]:
        """How often a word stands before a surname."""
        found: Counter[str] = Counter()
        for casing in self._casings:
            for (first, _, _), count in casing.full.items():
                found[first] += count
        return found

    @cached_property
    def _fulls(self) -> dict[str, dict[tuple[str, str], int]]:
        """Surname -> what stands before it -> how often."""
        found: dict[str, dict[tuple[str, str], int]] = {}
        never = self._names.stops | self._names.titles
        for casing in self._casings:
            for (first, glue, word), count in casing.full.items():
                if not (first in never or self._names.canonical(first, "") or glue == "of" or casing.small(first)):
                    counts = found.setdefault(word, {})
                    counts[first, glue] = counts.get((first, glue), 0) + count
        return found


def merged(texts: Mapping[str, int], known: Collection[str], counts: Counts) -> dict[str, str]:
    """The names of a story -> the name that each of them means in it.

    `texts` says in how many texts of the story each name stands; those in `known` stay what they are.
    """
    same = {name: name if name in known else counts.spelt(name) for name in texts}
    strength: dict[str, int] = {}
    for name, found in same.items():
        strength[found] = strength.get(found, 0) + texts[name]
    steps: dict[str, str] = {}
    for name in sorted(strength):
        if name not in known and (other := _other(name, strength, known, counts)):
            steps[name] = other
    return {name: _end(found, steps) for name, found in same.items()}


def _end(name: str, steps: Mapping[str, str]) -> str:
    passed = {name}
    while (after := steps.get(name)) and after not in passed:
        passed.add(after)
        name = after
    return name


def _other(name: str, strength: Mapping[str, int], known: Collection[str], counts: Counts) -> str:
    """The name of the story that another one means: its full form, its country, its better spelling; or `""`."""
    longer = [other for other in strength if other not in known and _inside(name, other, strength)]
    if longer:
        return max(longer, key=lambda other: (strength[other], other))
    if " " in name:
        return ""
    if initials := [other for other in strength if " " in other and _initials(other) == name.upper()]:
        long = max(initials, key=lambda other: (strength[other], other))
        if counts.form(name).isupper() and (len(name) == 2 or strength[long] > strength[name]):
            return long
    for end in _PEOPLE:
        place = name[: -len(end)]
        if name.endswith(end) and len(place) > 3 and (place in strength or place + "a" in strength):
            return place if place in strength else place + "a"
    near = [
        other
        for other in strength
        if other not in known and _near(name, other) and (counts.upper(other), other) > (counts.upper(name), name)
    ]
    if near:
        return max(near, key=lambda other: (counts.upper(other), other))
    return counts.whole(name) if counts.whole(name) != name else ""


def _inside(name: str, longer: str, strength: Mapping[str, int]) -> bool:
    """Whether a longer name is the full form of one: `trump` of `donald trump`, but no part of `bank of england`, nor
    `ios` of `apple ios` where `apple` is a name as well.
    """
    if longer.endswith((f" {name}", f"-{name}")):
        first = longer[: -len(name) - 1]
        alone = strength.get(first, 0) * 2 > strength[longer]
        return " of" not in first and first.split(" ")[0] not in _PLACES and not alone
    return False


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split(" ") if word not in JOINING and word not in ("and", "for")).upper()


@lru_cache(1 << 16)
def _one(word: str, other: str) -> bool:
    """Whether two words are spellings of one name: by sound (Zelensky, Zelenskiy), or by case (Киев, Киеве)."""
    if word == other:
        return True
    if _CYRILLIC.fullmatch(word):
        shared = next(
            (n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other))
        )
        return shared >= max(4, len(word) - 3, len(other) - 3)
    return _skeleton(word) == _skeleton(other)


@lru_cache(1 << 16)
def _skeleton(word: str) -> str:
    """What all spellings of a name have: no accents, no double letters, one ending for y, iy, yy, ij."""
    parts = unicodedata.normalize("NFKD", word)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[yij]+$", "i", bare))


def _near(word: str, other: str) -> bool:
    """Whether two long words differ by one letter, and not within the first three."""
    if word == other or len(word) < 7 or len(other) < 7 or word[:3] != other[:3] or abs(len(word) - len(other)) > 1:
        return False
    if len(word) == len(other):
        return sum(a != b for a, b in zip(word, other, strict=True)) == 1
    short, long = sorted((word, other), key=len)
    return any(long[:n] + long[n + 1 :] == short for n in range(3, len(long)))

"""The proper names in a line, as the writing of the whole site shows them, and those that are known by heart.

Never says which of them is worth a tag.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from builder.casing import LEADING, Casing, Pair
from builder.lines import JOINING, Kind, Line, Token, line
from builder.model import Value
from builder.words import stop_words

_ARABIC = re.compile(r"[وفبكل]?(?:ال|لل)?(?=[\u0620-\u064a]{3})")
_GERMAN_NOUN = re.compile(r"(?:ung|heit|keit|schaft|tion|tät|nis|ismus|ling|händler|gerät)(?:en|s|es)?$|innen$|-")
_ROMAN = re.compile(r"[IVX]{1,4}")
_LONGEST = 60
# What joins two words to a name without further evidence.
_BONDS = frozenset({"&", "al", "bin", "ibn", "ben", "abu", "von", "van", "von der", "van der", "van den", "de la"})


def compared(name: str) -> str:
    """How a name is compared: word by word, in one case, but acronyms that are words otherwise (`US`) as they are."""
    joined = ""
    for token in line(name).tokens:
        joined += ("" if not joined else "-" if token.gap == "-" else " ") + token.key
    return joined or name.casefold()


class Names(Value, frozen=True, dict=True):
    """What is known by heart (see `builder.gazetteer`).

    `variants` leads from a name as it is compared to the one that stands for it: `french` -> `France`, `US` -> `United
    States`; from one that only a text of its language means by it as `de:island` -> `Iceland`. `stops` are no tags by
    themselves; `titles` stand before a person's name.
    """

    variants: dict[str, str] = {}
    stops: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()

    @cached_property
    def _longest(self) -> dict[str, int]:
        """The first word of every known phrase, with the most words that one of them has."""
        found: dict[str, int] = {}
        for phrase in (*self.variants, *self.titles):
            bare = phrase[3:] if phrase[2:3] == ":" else phrase
            first, size = re.split(r"[ -]", bare, maxsplit=1)[0], len(re.split(r"[ -]", bare))
            found[first] = max(found.get(first, 0), size)
        return found

    @cached_property
    def _unspaced(self) -> re.Pattern[str]:
        """The names in scripts without spaces, the longest first; one that matches nothing where there are none."""
        found = [name for name in self.variants if re.match("[\u2e80-\u9fff\uac00-\ud7af\u0e00-\u0eff]", name)]
        longest = "|".join(map(re.escape, sorted(found, key=lambda name: (-len(name), name))))
        # Few characters begin a name: the others are passed over at once.
        return re.compile(f"(?=[{''.join({name[0] for name in found})}])(?:{longest})" if found else "(?!)")

    @cached_property
    def shown(self) -> dict[str, str]:
        """How the names that stand for others are written, by how they are compared."""
        return {name.casefold(): name for name in self.variants.values()}

    @cached_property
    def cyrillic(self) -> frozenset[str]:
        """The names in Cyrillic letters, whose languages have cases."""
        return frozenset(name for name in self.variants if re.fullmatch("[\u0400-\u04ff]+", name))

    def canonical(self, key: str, language: str) -> str:
        """The name that stands for one as it is compared, or `""`."""
        return self.variants.get(key) or self.variants.get(f"{language[:2].lower()}:{key}", "")

    def known(self, tokens: Sequence[Token], start: int, language: str) -> tuple[int, str]:
        """The longest known name that begins at a word: its length in words, and what stands for it."""
        for size, phrase in self._phrases(tokens, start):
            if name := self.canonical(phrase, language):
                return size, name
        if tokens[start].caps and (name := self.canonical(tokens[start].text.casefold(), language)):
            return 1, name
        return 0, ""

    def title(self, tokens: Sequence[Token], start: int) -> int:
        """The length of the title that begins at a word, 0 if there is none."""
        return next((size for size, phrase in self._phrases(tokens, start) if phrase in self.titles), 0)

    def _phrases(self, tokens: Sequence[Token], start: int) -> Iterator[tuple[int, str]]:
        size, phrase, phrases = 1, tokens[start].key, [(1, tokens[start].key)]
        longest = self._longest.get(phrase, 1)
        while size < longest and start + size < len(tokens) and tokens[start + size].gap in ("", "-"):
            token = tokens[start + size]
            size, phrase = size + 1, f"{phrase}{token.gap or ' '}{token.key}"
            phrases.append((size, phrase))
        return reversed(phrases)

    def inside(self, text: str) -> Iterator[tuple[int, str]]:
        """The known names in a text without spaces, each with its place."""
        return ((found.start(), self.variants[found.group()]) for found in self._unspaced.finditer(text))


class Name(NamedTuple):
    """A name in a line: where (in words), its key, how it is written there, and whether it is known by heart."""

    place: int
    key: str
    text: str
    known: bool = False


class _Unit(NamedTuple):
    """A word, a compound or a known phrase that may be part of a name; `glue` joins it to the unit before, and is
    `None` where nothing does."""

    token: Token
    place: int
    key: str
    text: str
    name: str
    glue: str | None
    start: bool
    size: int = 1
    led: bool = False

    @property
    def word(self) -> str:
        """How it is compared as a part of a longer name."""
        return self.token.key if self.name else self.key


def pairs_of(line: Line) -> Iterator[Pair]:
    """The neighbours in a line that may be parts of one name: what a `Casing` has to be asked for."""
    before: Token | None = None
    glue: list[str] = []
    for token in _compounds(line.tokens):
        if token.gap:
            before, glue = None, []
        if before and _joins(token, glue):
            glue.append(token.key)
        elif before and token.form > 0 and len(token.text) == 1:
            continue
        elif token.form > 0 or (before and token.text.isdigit()):
            if before:
                yield before.key, " ".join(glue), token.key
            before, glue = token if token.form > 0 else None, []
        else:
            before, glue = None, []


def _joins(token: Token, glue: Sequence[str]) -> bool:
    """Whether a small word may stand inside of a name, after others that do: `of`, then `the`."""
    joining = token.key in JOINING or (token.key == "the" and glue[-1:] == ["of"])
    return joining and token.form < 0 and len(glue) < 3


def words_of(line: Line) -> Iterator[str]:
    """The capitalised words in a line."""
    return (token.key for token in line.tokens if token.form > 0)


def _compounds(tokens: Sequence[Token]) -> Iterator[Token]:
    """The words, with compounds as one."""
    whole: Token | None = None
    for token in tokens:
        if token.gap == "-" and whole:
            text = f"{whole.text}-{token.text}"
            whole = Token(text, text.casefold(), max(whole.form, token.form), whole.gap)
            continue
        if whole:
            yield whole
        whole = token
    if whole:
        yield whole


class Finder:
    """Finds names in lines, by what is known by heart and what the writing of many lines shows.

    `strict` is for languages that capitalise every noun: there a word alone has to be an acronym, or known, or used
    as no plain noun is. `spelt` is the most frequent spelling of a word.
    """

    def __init__(self, names: Names, casing: Casing, spelt: Callable[[str], str], strict: bool = False) -> None:
        self._names, self._casing, self._spelt, self._strict = names, casing, spelt, strict

    def find(self, line: Line, language: str) -> Iterator[Name]:
        """The names in a line, in their order."""
        group: list[_Unit] = []
        for unit in self._units(line, language):
            if group and not self._linked(group[-1], unit, line.kind):
                yield from self._name(group, line.kind, language)
                group = []
            group.append(unit)
        if group:
            yield from self._name(group, line.kind, language)

    def _units(self, line: Line, language: str) -> Iterator[_Unit]:
        tokens, place, joined = line.tokens, 0, False
        glue: list[str] = []
        while place < len(tokens):
            token = tokens[place]
            if token.gap not in ("", "-"):
                joined = False
            if token.form < 0 or (token.form == 0 and token.text[0].isdigit()):
                small = joined and token.gap == "" and _joins(token, glue)
                if joined and token.text.isdigit() and len(token.text) < 4 and not glue and token.gap == "":
                    yield _Unit(token, place, token.key, token.text, "", "", False)
                joined, glue, place = small, [*glue, token.key] if small else [], place + 1
                continue
            size, key, text, name = self._whole(tokens, place, language)
            if token.form > 0 and (titled := self._names.title(tokens, place)) >= size:
                joined, glue, place = False, [], place + titled
                continue
            if token.form == 0 and not name:
                joined, glue, place = False, [], place + 1
                continue
            # An initial (Donald J. Trump) is left out of a name.
            if size == 1 and len(token.text) == 1 and not name:
                place, joined = place + 1, joined and token.gap == ""
                continue
            led = place > 0 and token.gap == "" and tokens[place - 1].key in LEADING
            between = token.gap if token.gap and joined else " ".join(glue)
            yield _Unit(token, place, key, text, name, between if joined else None, token.gap == ".", size, led)
            joined, glue, place = True, [], place + size

    def _whole(self, tokens: Sequence[Token], place: int, language: str) -> tuple[int, str, str, str]:
        """The phrase, compound or word that begins at a word: its size, its key, its text, what stands for it."""
        token = tokens[place]
        size, name = self._names.known(tokens, place, language)
        if not name and token.form == 0:
            bare = _ARABIC.match(token.key)
            for key in (token.key[bare.end() :], "ال" + token.key[bare.end() :]) if bare else ():
                name = name or self._names.canonical(key, language)
            return 1, name.casefold() or token.key, name or token.text, name
        if name:
            return size, name.casefold(), name, name
        if place + 1 < len(tokens) and (after := tokens[place + 1]).gap == "-" and after.form > 0:
            both = f"{token.key}-{after.key}".casefold()
            alone = min(self._casing.upper(token.key), self._casing.upper(after.key))
            if self._casing.upper(both) * 2 >= alone and not (self._strict and (token.caps or alone)):
                return 2, both, f"{token.text}-{after.text}", ""
        return 1, token.key, token.text, ""

    def _linked(self, first: _Unit, second: _Unit, kind: Kind) -> bool:
        """Whether two neighbours are parts of one name."""
        phrases = any(unit.name and unit.size > 1 for unit in (first, second))
        if second.glue is None or second.glue == "-" or phrases:
            return False
        casing, words = self._casing, (first.word, second.word)
        if self._strict and not second.glue and (self._noun(first) or self._noun(second)):
            return False
        uses = casing.uses((first.word, second.glue, second.word))
        seen = uses.inside + uses.starting
        number, small = second.token.form == 0, any(word in stop_words("en") for word in words)
        weak = small or number or first.name or second.name or not self._names.stops.isdisjoint(words)
        if seen < (2 if weak else 1) or seen <= 1.5 * uses.lower:
            return False
        if second.glue in ("of", "of the"):
            return seen > 1 and (uses.inside > 0 or not casing.small(first.word))
        # Where every noun is capitalised "Version von" is one, and elsewhere "de" may be no more than "of".
        if second.glue and seen < (3 if self._strict or first.name else 1 if second.glue in _BONDS else 2):
            return False
        alone = [casing.upper(word) - seen for word in words]
        # Two that mostly stand alone are two names: "Trump Putin summit".
        most = seen if first.name or second.name or number else 3 * seen
        if uses.inside:
            if kind is not Kind.SENTENCE and first.start and small:
                return False
            return alone[0] < most or (alone[1] < most and not number)
        # A capital at the start of a sentence says nothing: "Meanwhile France".
        sure = not casing.small(first.word) or uses.starting > 2
        return sure and first.word not in stop_words("en") and not second.name and alone[1] < most

    def _name(self, group: list[_Unit], kind: Kind, language: str) -> Iterator[Name]:
        """The name that linked units make, if they make one."""
        if len(group) == 1:
            if self._alone(group[0], kind, language):
                yield Name(group[0].place, group[0].key, group[0].text, bool(group[0].name))
            return
        key, text = group[0].word, group[0].token.text if group[0].name else group[0].text
        for unit in group[1:]:
            joint = f" {unit.glue} " if unit.glue else " "
            key += joint + unit.word.casefold()
            text += joint + (unit.token.text if unit.name else unit.text)
        if key not in self._names.stops and len(text) <= _LONGEST and "_" not in key and not self._furniture(group):
            known = self._names.canonical(key, language)
            yield Name(group[0].place, known.casefold() or key, known or text, bool(known))

    def _furniture(self, group: list[_Unit]) -> bool:
        return all(unit.key in self._names.stops or unit.token.form == 0 for unit in group)

    def _alone(self, unit: _Unit, kind: Kind, language: str) -> bool:
        """Whether a word by itself is a name."""
        casing, key = self._casing, unit.key
        if unit.name:
            # "Polish your shoes" is no country: where a capital says nothing, a word that is written small is one.
            sure = unit.token.form == 0 or unit.token.caps or (kind is Kind.SENTENCE and not unit.start)
            return sure or " " in unit.key or not casing.small(unit.token.key)
        if len(key) < 2 or key in self._names.stops or key in self._names.titles or _ROMAN.fullmatch(unit.text):
            return False
        plain = key in stop_words("en") or key in stop_words(language) or "_" in key
        if unit.token.form == 0 or plain or not self._proper(key):
            return False
        if unit.token.caps and casing.form(key).isupper():
            # GM and NASA, but not a word that is shouted: HOW.
            return len(key) < (3 if key.isupper() else 9) and casing.lower(key.casefold()) < casing.upper(key)
        return not self._strict or self._bare(key)

    def _proper(self, key: str) -> bool:
        """Whether a word is a name, if only in another spelling."""
        casing = self._casing
        return casing.proper(key) or (len(key) > 5 and not casing.small(key) and casing.proper(self._spelt(key)))

    def _noun(self, unit: _Unit) -> bool:
        """Whether a word is a noun of a language that capitalises them, as far as its ending and its uses show."""
        led = self._casing.led(unit.key)
        return bool(_GERMAN_NOUN.search(unit.key)) or led * 8 > self._casing.upper(unit.key) or unit.led

    def _bare(self, key: str) -> bool:
        """Whether a word is used without articles, as names are and nouns are not."""
        casing = self._casing
        return casing.upper(key) > 4 and casing.led(key) * 12 < casing.upper(key) and casing.heads(key) > 1

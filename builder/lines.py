"""A headline or a paragraph, cut into words: the case of each, what parts it from the one before, how it is compared.

Never says what is a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from builder.words import stop_words


def listed(words: str) -> frozenset[str]:
    """Words with blanks between, as a set."""
    return frozenset(words.split())


JOINING = listed("of de du des da do dos del della di van von der den ten ter la le el al bin ibn ben abu &")
"""Small words that stand inside of names."""
ENDS = frozenset('.!?:;…|–—-*•>"“”„‘»)]。！？')
"""What, at the end of a word, makes the capital of the next one say nothing."""
OPENS = frozenset("\"“„‘'«([{")
"""What, before a word, makes its capital say nothing."""

_ABBREVIATED = re.compile(r"(?:[^\W\d_]\.)+|(?:mr|mrs|ms|dr|st|gen|sen|rep|gov|prof|lt|col|sgt|jr|sr|no|vs)\.", re.I)
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?")
_ELISION = re.compile(r"(?:[ldnmtsjc]|qu|[dn]ell|all|sull|un|quest)['’](?=\w)", re.I)
_CONTRACTION = re.compile(r"['’](?:m|ve|ll|d|re|t)$", re.I)
_POSSESSIVE = re.compile(r"['’][sS]$")
# al-Assad is one word.
_ARTICLES = frozenset({"al", "el", "ad", "an", "ar", "as", "ash", "at", "az", "ben", "bin"})
_HAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
# Latin words inside of a script without spaces.
_BORDER = re.compile(f"(?<={_HAN.pattern})(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?={_HAN.pattern})")
# weather:Fed   TIMELINE-The rate   »Piece«-Remake
_TOUCHING = re.compile(r"([^\W\d_])(:)([^\W\d_])|([A-Z]{4})(-)([A-Z][a-z])|([^\W\d_])([«»„“”])(-)")
_HEADING = 6
# Left small in Title Case too.
_SMALL = listed(
    "a an the and but or nor for of to in on at by as if so up off out via vs per is it be are"
    " from with over into onto upon amid after before about against during between through without under than that when"
    " while where until since like near past this your their have will been what"
)
_GERMAN = listed("der die das und ist nicht ein eine für auf dem den des im mit von zu sich wird bei nach")
_ENGLISH = listed("the of and to in is for on with that a at by from as")


class Kind(Enum):
    """How a line is written: a sentence, a headline with Capitals All Over, or SHOUTED."""

    SENTENCE = 1
    TITLE = 2
    CAPS = 3


class Token(NamedTuple):
    """A word as written and as compared; `form` is 1 with a capital, -1 without, 0 where there is no case.

    `gap` is what stands between it and the word before: nothing but a blank (`""`), a hyphen, a mark that parts
    them (`","`), or the end of a sentence (`"."`).
    """

    text: str
    key: str
    form: int
    gap: str

    @property
    def caps(self) -> bool:
        """Whether it is an acronym, or shouted."""
        return self.form > 0 and len(self.text) > 1 and self.text.isupper()


class Line(NamedTuple):
    """A headline or a paragraph, cut into words."""

    text: str
    tokens: tuple[Token, ...]
    kind: Kind


def line(text: str) -> Line:
    """A headline or a paragraph, cut into words."""
    raws = blanks(text)
    return Line(text, tuple(_tokens(raws)), kind_of(raws))


def lines(text: str) -> Iterator[Line]:
    """The paragraphs of a text; a heading that runs into one, shouted or with Capitals All Over, stands for itself."""
    for paragraph in text.splitlines():
        for part in _parted(blanks(paragraph)):
            yield Line(" ".join(part), tuple(_tokens(part)), kind_of(part))


def _parted(raws: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for shouted, group in groupby(raws, lambda raw: raw.isupper() and len(raw) > 1):
        run = list(group)
        if shouted and len(run) > 2 and len("".join(run)) > 14:
            yield from _untitled(part)
            yield run
            part = []
        else:
            part += run
    yield from _untitled(part)


def _untitled(raws: list[str]) -> Iterator[list[str]]:
    """Cut where more words in a row have capitals than a name has."""
    part: list[str] = []
    run: list[str] = []
    for raw in [*raws, ""]:
        if raw[:1].isupper() or (run and raw in _SMALL and raw not in ("and", "or")):
            run.append(raw)
            if raw[-1] not in ENDS and raw[-1] != ",":
                continue
        elif raw:
            run.append(raw)
        if sum(1 for word in run if word[0].isupper()) >= _HEADING and part:
            yield part
            part = []
        if sum(1 for word in run if word[0].isupper()) >= _HEADING:
            yield run
        else:
            part += run
        run = []
    if part:
        yield part


def blanks(text: str) -> list[str]:
    """The words of a text with the marks that touch them."""
    text = text.replace("`", "'")
    for mark in "/|" if text.isascii() else "/|—–…":
        if mark in text:
            text = text.replace(mark, f" {mark} ")
    if not text.isascii() and _HAN.search(text):
        text = _BORDER.sub(" ", text)
    if ".." in text:
        text = re.sub(r"\.{2,}", r" \g<0> ", text)
    if len(text) < 200 and (":" in text or "-" in text) and _TOUCHING.search(text):
        text = _TOUCHING.sub(lambda found: " ".join(part for part in found.groups() if part), text)
    return text.split()


def kind_of(raws: list[str]) -> Kind:
    """How a line is written. Where too little tells, its capitals are no evidence."""
    small = sum(map(str.islower, raws))
    if small * 2 > len(raws) > 8:
        return Kind.SENTENCE
    upper = len([raw for raw in raws[1:] if raw[0].isupper()])
    if upper > 2 and len([raw for raw in raws if len(raw) > 1 and raw.isupper()]) * 5 > len(raws) * 3:
        return Kind.CAPS
    lower = len([raw for raw in raws if raw.islower() and raw not in _SMALL]) if small else 0
    return Kind.SENTENCE if lower * 6 > upper else Kind.TITLE


def _tokens(raws: list[str]) -> Iterator[Token]:
    gap = "."
    for raw in raws:
        before, parts, after = pieces(raw)
        gap = max(gap, before, key=" ,.".find) if gap != "." else "."
        for number, (text, key, form) in enumerate(parts):
            if not number and (elided := _ELISION.match(text)) and (form < 0 or text[0].islower() or gap == "."):
                text, key = text[elided.end() :], key[elided.end() :]
                form, gap = form_of(text), gap if gap != "." else ""
            yield Token(text, key, form, "-" if number else gap)
        gap = max(gap, after, key=" ,.".find) if not parts else after


@lru_cache(1 << 17)
def pieces(raw: str) -> tuple[str, tuple[tuple[str, str, int], ...], str]:
    """What parts a word from the one before, its text, key and form (of each part of a compound), what follows."""
    if raw.isalpha():
        return "", ((raw, key_of(raw), form_of(raw)),), ""
    if raw == "&":
        return "", (("&", "&", -1),), ""
    start, end = 0, len(raw)
    while start < end and not raw[start].isalnum():
        start += 1
    while end > start and not raw[end - 1].isalnum():
        end -= 1
    lead, core, tail = raw[:start], raw[start:end], raw[end:]
    before = "." if set(lead) & OPENS else "," if lead.strip("#@$€£") else ""
    if not core:
        return "", (), "." if set(tail or lead) & ENDS else ","
    if _ABBREVIATED.fullmatch(core + tail[:1]) or (_DOTTED.fullmatch(core) and "." in core):
        core, tail = core.replace(".", ""), tail.lstrip(".")
    after = "." if set(tail) & ENDS else "," if tail else ""
    if _CONTRACTION.search(core):
        return before, ((core, core.casefold(), -1),), after or ","
    if _POSSESSIVE.search(core):
        core, after = core[:-2], after or ","
    parts = core.split("-")
    if any(not part or part[0].isdigit() for part in parts) or parts[0].lower() in _ARTICLES or len(parts) > 6:
        parts = [core]
    return before, tuple((part, key_of(part), form_of(part)) for part in parts), after


def form_of(text: str) -> int:
    """1 for a word with a capital, wherever in it (`iPhone`), -1 for one without, 0 where there is no case."""
    return 0 if text[0].isdigit() else -1 if text.islower() else 1 if text.lower() != text else 0


@lru_cache(1 << 16)
def key_of(text: str) -> str:
    """How a word is compared: in one case, but `US` is not `us`, nor `WHO` `who`."""
    folded = text.casefold()
    return text if 1 < len(text) < 5 and text.isupper() and folded in stop_words("en") else folded


def capitalises(language: str, text: str) -> bool:
    """Whether a text's language writes every noun with a capital; a text that does not say so is looked at."""
    if language:
        return language.partition("-")[0].lower() in ("de", "lb", "als", "gsw")
    found = text[:600].lower().split()
    german = sum(1 for word in found if word in _GERMAN)
    return german > 1 and german > sum(1 for word in found if word in _ENGLISH)


def whole(raw: str) -> str:
    """A word as written, with the marks that touch it -> as compared; a compound is one word."""
    if raw.isalpha():
        return key_of(raw)
    return key_of(text_of(raw))


def text_of(raw: str) -> str:
    """A word as written, without the marks that touch it and what is elided; a compound is one word."""
    if raw.isalpha():
        return raw
    text = "-".join(part[0] for part in pieces(raw)[1])
    if text[:1].islower() and (elided := _ELISION.match(text)):
        return text[elided.end() :]
    return text


def owns(raw: str) -> bool:
    """Whether a word is a possessive."""
    return len(raw) > 2 and ("'" in raw or "’" in raw) and bool(_POSSESSIVE.search(raw.rstrip(",.;:!?")))

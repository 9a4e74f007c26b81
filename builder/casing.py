"""How the words of many texts are written: which are capitalised where nothing but their being names asks for it.

Never knows a name by heart, and never takes a capital for evidence where every word, or every noun, has one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from builder.words import stop_words

Pair = tuple[str, str, str]
"""Two neighbours as they are compared, and what joins them: `("bank", "of", "england")`, `("donald", "", "trump")`."""


def listed(words: str) -> frozenset[str]:
    """Words with blanks between, as a set."""
    return frozenset(words.split())


JOINING = listed("of de du des da do dos del della di van von der den ten ter la le el al bin ibn ben abu & y")
"""Small words that stand inside of names."""
_ENDS = frozenset('.!?:;…|–—-*•>"“”„‘»)]。！？')
_OPENS = frozenset("\"“„‘'«([{")
_ABBREVIATED = re.compile(r"(?:[^\W\d_]\.)+|(?:mr|mrs|ms|dr|st|gen|sen|rep|gov|prof|lt|col|sgt|jr|sr|no|vs)\.", re.I)
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?")
_CORE = re.compile(r"([\W_]*)(.*?)([\W_]*)", re.S)
_ELISION = re.compile(r"(?:[ldnmtsjc]|qu|[dn]ell|all|sull|un|quest)['’](?=\w)", re.I)
_CONTRACTION = re.compile(r"['’](?:m|ve|ll|d|re|t)$", re.I)
_POSSESSIVE = re.compile(r"['’][sS]$")
# What parts words without a blank, and where another script begins.
_PARTING = re.compile(
    r"[—–/|…]|[«»„“”](?=-)|\.{2,}|(?<=[^\W\d_]):(?=[^\W\d_])|(?<=[A-Z]{4}-)(?=[A-Z][a-z])|(?<=[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u2e80-\u9fff\uf900-\ufaff])"
)
_ODD = re.compile(r"[/|:]\S|\.\.|[A-Z]-[A-Z][a-z]")
# Left small in Title Case too; shorter ones do not count anyway.
_SMALL = listed(
    "from with over into onto upon amid after before about against during between through without under than that when"
    " while where until since like near past this your their have will been what"
)
_GERMAN = listed("der die das und ist nicht ein eine für auf dem den des im mit von zu sich wird bei nach")
_ENGLISH = listed("the of and to in is for on with that a at by from as")
LEADING = listed(
    "der die das den dem des ein eine einen einem einer eines im am zum zur vom beim ins kein keine keinen keiner seine"
    " seinen seiner seinem ihre ihren ihrer ihrem diese dieser diesen diesem mehr viele alle jede jeder jeden zwei drei"
)
"""What stands before a German noun, and hardly before a name."""
DETERMINERS = listed(
    "the a an of on in for with about against over from by into after amid under no any such this that these their its"
    " his her our your my some more new le la les un une des du de au aux el los las una del al il lo gli i dei della"
    " het een van o os as do da um uma"
)
"""What stands before things."""
VERBAL = listed(
    "to will would can could may might must shall should not they we he she you i who it cannot won't don't didn't"
)
"""What stands before things done."""
_SHARE = 0.6


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


def blanks(text: str) -> list[str]:
    """The words of a text with the marks that touch them."""
    return (_PARTING.sub(r" \g<0> ", text) if not text.isascii() or _ODD.search(text) else text).split()


def kind_of(raws: list[str]) -> Kind:
    """How a line is written. Where too little tells, its capitals are no evidence."""
    upper = sum(1 for raw in raws[1:] if raw[0].isupper())
    if upper > 2 and sum(1 for raw in raws if len(raw) > 1 and raw.isupper()) * 5 > len(raws) * 3:
        return Kind.CAPS
    lower = sum(1 for raw in raws if len(raw) > 3 and raw.islower() and raw not in _SMALL)
    return Kind.SENTENCE if lower * 4 > upper else Kind.TITLE


def _tokens(raws: list[str]) -> Iterator[Token]:
    gap = "."
    for raw in raws:
        before, parts, after = _pieces(raw)
        gap = max(gap, before, key=" ,.".find) if gap != "." else "."
        for number, (text, key, form) in enumerate(parts):
            if not number and (elided := _ELISION.match(text)) and (form < 0 or text[0].islower() or gap == "."):
                text, key = text[elided.end() :], key[elided.end() :]
                form, gap = _form(text), gap if gap != "." else ""
            yield Token(text, key, form, "-" if number else gap)
        gap = max(gap, after, key=" ,.".find) if not parts else after


@lru_cache(1 << 17)
def _pieces(raw: str) -> tuple[str, tuple[tuple[str, str, int], ...], str]:
    """What parts a word from the one before, its text, key and form (of each part of a compound), what follows."""
    if raw.isalpha():
        return "", ((raw, _key(raw), _form(raw)),), ""
    if raw == "&":
        return "", (("&", "&", -1),), ""
    found = _CORE.fullmatch(raw)
    assert found
    lead, core, tail = found.groups()
    before = "." if set(lead) & _OPENS else "," if lead.strip("#@$€£") else ""
    if not core:
        return "", (), "." if set(tail or lead) & _ENDS else ","
    if _ABBREVIATED.fullmatch(core + tail[:1]) or (_DOTTED.fullmatch(core) and "." in core):
        core, tail = core.replace(".", ""), tail.lstrip(".")
    after = "." if set(tail) & _ENDS else "," if tail else ""
    if _CONTRACTION.search(core):
        return before, ((core, core.casefold(), -1),), after or ","
    if _POSSESSIVE.search(core):
        core, after = core[:-2], after or ","
    parts = core.split("-")
    if len(parts) == 1 or any(not part or part[0].isdigit() for part in parts):
        parts = [core]
    return before, tuple((part, _key(part), _form(part)) for part in parts), after


def _form(text: str) -> int:
    return 0 if text[0].isdigit() else -1 if text.islower() else 1 if text.lower() != text else 0


@lru_cache(1 << 16)
def _key(text: str) -> str:
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


class Uses(NamedTuple):
    """How often a pair stands in sentences: capitals with the first word inside of the sentence, or at its start;
    not both with capitals; and how often in other lines."""

    inside: int
    starting: int
    lower: int
    elsewhere: int


class Casing:
    """What many lines say of the words and the pairs that are asked for; all are counted before any is looked at."""

    def __init__(self, pairs: Iterable[Pair], surnames: Iterable[str], others: Iterable[str] = ()) -> None:
        self.upper: Counter[str] = Counter()
        self.lower: Counter[str] = Counter()
        self.led: Counter[str] = Counter()
        self.noun: Counter[str] = Counter()
        self.verb: Counter[str] = Counter()
        self.full: Counter[Pair] = Counter()
        self._pairs: dict[Pair, list[int]] = {pair: [0, 0, 0, 0] for pair in pairs}
        self._forms: dict[str, Counter[str]] = {}
        self._raws: Counter[str] = Counter()
        self._owners: Counter[str] = Counter()
        self._heads: Counter[str] = Counter()
        self.heads: Counter[str] = Counter()
        self._surnames = frozenset(surnames)
        self._watched = _Watched({pair[2] for pair in self._pairs} | self._surnames | set(others))

    def add(self, text: str, title: bool = False) -> None:
        """Count one line; of headlines it is remembered which words they have."""
        raws = blanks(text)
        if title:
            self._heads.update(raws)
        kind = kind_of(raws)
        if kind is Kind.SENTENCE:
            self._raws.update([b for a, b in pairwise(raws) if a[-1] not in _ENDS and b[0] not in _OPENS])
        watched = self._watched
        for place, raw in enumerate(raws):
            if (key := watched[raw]) and place:
                self._count(raws, place, key, kind)

    def _count(self, raws: list[str], place: int, key: str, kind: Kind) -> None:
        before = place - 1
        if (word := raws[before]) in LEADING:
            self.led[key] += 1
        if word in DETERMINERS:
            self.noun[key] += 1
        elif word in VERBAL:
            self.verb[key] += 1
        while before and place - before < 4 and raws[before] in JOINING:
            before -= 1
        first = raws[before]
        if not (first[-1].isalnum() or first == "&") or raws[place][0] in _OPENS or _POSSESSIVE.search(first):
            return
        pair = (whole(first), " ".join(raws[before + 1 : place]), key)
        bare = first.lstrip("\"“”„‘'«([")
        both = _form(bare or "0") > 0 and _form(raws[place]) > 0
        inside = before > 0 and raws[before - 1][-1] not in _ENDS and first[0] not in _OPENS
        if (uses := self._pairs.get(pair)) is not None:
            uses[3 if kind is not Kind.SENTENCE else 2 if not both else 0 if inside else 1] += 1
        if both and inside and kind is Kind.SENTENCE and key in self._surnames:
            self.full[pair] += 1

    def finish(self) -> None:
        """Sum up what was counted."""
        for raw, count in self._raws.items():
            _, parts, _ = _pieces(raw)
            if not parts:
                continue
            text = "-".join(part[0] for part in parts)
            if text[0].islower() and (elided := _ELISION.match(text)):
                text = text[elided.end() :]
            key = _key(text)
            if _form(text) > 0:
                self.upper[key] += count
                if _POSSESSIVE.search(raw.rstrip(",.;:!?")):
                    self._owners[key] += count
                self._forms.setdefault(key, Counter())[text] += count
            elif text.islower():
                self.lower[key] += count
        for raw, count in self._heads.items():
            self.heads[whole(raw)] += count
        self._raws.clear()

    def proper(self, key: str) -> bool:
        """Whether a word has a capital in most of its uses inside of sentences."""
        return self.upper[key] > _SHARE * (self.upper[key] + self.lower[key])

    def common(self, key: str) -> bool:
        """Whether a word is known to be written small."""
        return self.lower[key] > 0 and not self.proper(key)

    def uses(self, pair: Pair) -> Uses:
        return Uses(*self._pairs.get(pair, (0, 0, 0, 0)))

    def form(self, key: str) -> str:
        """The most frequent spelling of a word that has a capital, `""` if there is none; an acronym is one if a fifth
        writes it so (`NATO`, `Nato`)."""
        forms = self._forms.get(key)
        if not forms:
            return ""
        text, shout = max(forms, key=lambda form: (forms[form], form)), key.upper()
        if forms[shout] * 5 >= forms.total() and len(shout) < 7:
            return shout
        # McDonald's is hardly ever called otherwise.
        return f"{text}'s" if 4 < self._owners[key] >= forms.total() * 0.8 else text

    def names(self) -> Iterator[str]:
        """Every word that is proper, in no particular order."""
        return (key for key in self.upper if self.proper(key))


class _Watched(dict[str, str]):
    """Words as written -> as compared, or `""` for those that nobody asks for."""

    def __init__(self, keys: set[str]) -> None:
        super().__init__()
        self._keys = keys

    def __missing__(self, raw: str) -> str:
        key = whole(raw)
        found = self[raw] = key if key in self._keys else ""
        return found


def whole(raw: str) -> str:
    """A word as written, with the marks that touch it -> as compared; a compound is one word."""
    if raw.isalpha():
        return _key(raw)
    return _key("-".join(part[0] for part in _pieces(raw)[1]))

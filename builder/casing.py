"""How the words of many texts are written: which are capitalised where nothing but their being names asks for it.

Never knows a name by heart, and never takes a capital for evidence where every word has one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from builder.lines import ENDS, JOINING, OPENS, Kind, blanks, form_of, key_of, kind_of, listed, owns, text_of, whole

Pair = tuple[str, str, str]
"""Two neighbours as they are compared, and what joins them: `("bank", "of", "england")`, `("donald", "", "trump")`."""

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

_SHARE, _HARDLY = 0.6, 0.1


class Uses(NamedTuple):
    """How often a pair stands in sentences: capitals with the first word inside of the sentence, or at its start;
    not both with capitals; and how often in other lines."""

    inside: int
    starting: int
    lower: int
    elsewhere: int


class Asked(NamedTuple):
    """What is asked of many texts besides the case of their words: pairs that may be parts of names, words that may
    be surnames, pairs that may be topics, and words of which it matters what stands before them."""

    pairs: frozenset[Pair]
    surnames: frozenset[str]
    topics: frozenset[Pair] = frozenset()
    words: frozenset[str] = frozenset()


class Casing:
    """What many lines show: first all are counted (`add`), then what is asked is looked for (`look`).

    `full` says how often what stands before each surname.
    """

    def __init__(self) -> None:
        self.full: dict[Pair, int] = {}
        self._upper: dict[str, int] = {}
        self._lower: dict[str, int] = {}
        self._before: dict[str, list[int]] = {}
        self._forms: dict[str, dict[str, int]] = {}
        self._owners: dict[str, int] = {}
        self._heads: dict[str, int] = {}
        self._lines: list[tuple[list[str], Kind]] = []
        self._raws, self._titles = Counter[str](), Counter[str]()
        self._pairs: dict[Pair, list[int]] = {}
        self._surnames: frozenset[str] = frozenset()

    def add(self, text: str, title: bool = False) -> None:
        """Count one line."""
        raws = blanks(text)
        kind = kind_of(raws)
        if kind is Kind.SENTENCE:
            self._raws.update([b for a, b in pairwise(raws) if a[-1] not in ENDS and b[0] not in OPENS])
        if title:
            self._titles.update(raws)
        self._lines.append((raws, kind))

    def look(self, asked: Asked) -> None:
        """Sum up what was counted, then look for what is asked; after this no line may be added."""
        self._sum_up()
        # Most neighbours in a Title Case headline are words that hardly ever have a capital elsewhere.
        pairs = {pair for pair in asked.pairs if not self._idle(pair[0], pair[2])}
        self._pairs = {pair: [0, 0, 0, 0] for pair in pairs | asked.topics}
        self._before = {word: [0, 0, 0] for word in asked.words}
        self._surnames = frozenset(word for word in asked.surnames if self.proper(word))
        keys = _Keys()
        watched = _Watched({pair[2] for pair in self._pairs} | self._surnames | asked.words).__getitem__
        for raws, kind in self._lines:
            for place in [place for place, key in enumerate(map(watched, raws)) if key]:
                if place:
                    self._count(raws, place, keys[raws[place]], kind, keys)
        self._lines.clear()

    def _sum_up(self) -> None:
        upper, lower = self._upper, self._lower
        for raw, count in self._raws.items():
            text = raw if raw.isalpha() else raw.rstrip(",.")
            if text.islower() and text.isalpha():
                folded = text.casefold()
                lower[folded] = lower.get(folded, 0) + count
            elif text := text_of(raw):
                key, form = key_of(text), form_of(text)
                if form > 0:
                    upper[key] = upper.get(key, 0) + count
                    forms = self._forms.setdefault(key, {})
                    forms[text] = forms.get(text, 0) + count
                    if owns(raw):
                        self._owners[key] = self._owners.get(key, 0) + count
                elif form < 0:
                    lower[key] = lower.get(key, 0) + count
        for raw, count in self._titles.items():
            key = whole(raw)
            self._heads[key] = self._heads.get(key, 0) + count
        self._raws.clear()
        self._titles.clear()

    def _idle(self, first: str, second: str) -> bool:
        if self.proper(first) or self.proper(second):
            return False
        return any(self.upper(key) < _HARDLY * self.lower(key) for key in (first, second))

    def _count(self, raws: list[str], place: int, key: str, kind: Kind, keys: _Keys) -> None:
        before, glue = place - 1, ""
        word = first = raws[before]
        if (counts := self._before.get(key)) is not None:
            counts[0] += word in LEADING
            counts[1] += word in DETERMINERS
            counts[2] += word in VERBAL
        # The J of Donald J. Trump is left out.
        if len(word) == 2 and word[1] == "." and before:
            before -= 1
            word = first = raws[before]
        if word in JOINING or (word == "the" and raws[before - 1] == "of"):
            while before and place - before < 4 and (raws[before] in JOINING or raws[before] == "the"):
                before -= 1
            first, glue = raws[before], " ".join(raws[before + 1 : place])
        if not (first[-1].isalnum() or first == "&"):
            return
        pair = (keys[first], glue, key)
        uses = self._pairs.get(pair)
        surname = key in self._surnames and kind is Kind.SENTENCE
        if (uses is None and not surname) or raws[place][0] in OPENS or owns(first):
            return
        both = form_of(first.lstrip("\"“”„‘'«([") or "0") > 0 and form_of(raws[place]) > 0
        inside = before > 0 and raws[before - 1][-1] not in ENDS and first[0] not in OPENS
        if uses is not None:
            uses[3 if kind is not Kind.SENTENCE else 2 if not both else 0 if inside else 1] += 1
        if surname and both and inside:
            self.full[pair] = self.full.get(pair, 0) + 1

    def upper(self, key: str) -> int:
        """How often a word has a capital inside of sentences."""
        return self._upper.get(key, 0)

    def lower(self, key: str) -> int:
        """How often a word has none."""
        return self._lower.get(key, 0)

    def heads(self, key: str) -> int:
        """How many headlines have a word."""
        return self._heads.get(key, 0)

    def led(self, key: str) -> int:
        """How often a German determiner stands before a word that was asked for."""
        return self._before[key][0] if key in self._before else 0

    def noun(self, key: str) -> int:
        """How often there stands before it what stands before things."""
        return self._before[key][1] if key in self._before else 0

    def verb(self, key: str) -> int:
        """How often there stands before it what stands before things done."""
        return self._before[key][2] if key in self._before else 0

    def proper(self, key: str) -> bool:
        """Whether a word has a capital in most of its uses inside of sentences."""
        upper = self._upper.get(key, 0)
        return upper > _SHARE * (upper + self._lower.get(key, 0))

    def small(self, key: str) -> bool:
        """Whether a word is known to be written small."""
        return key in self._lower and not self.proper(key)

    def uses(self, pair: Pair) -> Uses:
        """How often a pair that was asked for stands where."""
        return Uses(*self._pairs.get(pair, (0, 0, 0, 0)))

    def form(self, key: str) -> str:
        """The most frequent spelling of a word that has a capital, `""` if there is none; an acronym is one if a fifth
        writes it so (`NATO`, `Nato`)."""
        forms = self._forms.get(key)
        if not forms:
            return ""
        text, shout = max(forms, key=lambda form: (forms[form], form)), key.upper()
        total = self._upper[key]
        if forms.get(shout, 0) * 5 >= total and len(shout) < 7:
            return shout
        # McDonald's is hardly ever called otherwise.
        return f"{text}'s" if 4 < self._owners.get(key, 0) >= total * 0.8 else text

    def names(self) -> Iterator[str]:
        """Every word that is proper, in no particular order."""
        return (key for key in self._upper if self.proper(key))


class _Keys(dict[str, str]):
    """Words as written -> as compared."""

    def __missing__(self, raw: str) -> str:
        key = self[raw] = whole(raw)
        return key


class _Watched(_Keys):
    """Words as written -> as compared, or `""` for those that nobody asks for."""

    def __init__(self, keys: Iterable[str]) -> None:
        super().__init__()
        self._keys = frozenset(keys)

    def __missing__(self, raw: str) -> str:
        key = super().__missing__(raw)
        if key not in self._keys:
            key = self[raw] = ""
        return key

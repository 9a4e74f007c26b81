"""The words of a text in any script, as stories and tags compare them, and the stop words of a language.

Never says what a word means; a script without spaces is cut into overlapping pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# Written without spaces between words: Han, kana, Thai, Lao, Burmese, Khmer.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowels and accents that follow their letter, without which there is hardly a word in the scripts of India.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0903\u093a-\u0963\u0981-\u09e3\u0a01-\u0a75\u0a81-\u0ae3\u0afa-\u0b63\u0b82-\u0bd7\u0c00-\u0c63"
    "\u0c81-\u0ce3\u0d00-\u0d63\u0d81-\u0df3"
)
_WORD = re.compile(
    rf"[{_UNSPACED}]+"
    rf"|[^\W_{_UNSPACED}]"
    # Marks that stand inside of words: 1,200.50  U.S  AT&T  O'Brien's  COVID-19
    rf"(?:[^\W{_UNSPACED}]+|[{_MARKS}]"
    rf"|(?:(?<=\d)[.,:](?=\d)|[.&](?=[^\W\d_]\b)|['’](?=[^\W\d_])|-(?=\d))(?![{_UNSPACED}]))*"
)
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]")
_SENTENCE = re.compile(r"[.!?…。！？:;\n|–—\"“”‘(\[]\s*$|\s-\s*$")
_POSSESSIVE = re.compile(r"['’]s$|['’]$")


class Word(NamedTuple):
    """A word as written (`text`), as it is compared (`term`), and whether a sentence, headline or quotation starts
    with it, so that its capital says nothing."""

    text: str
    term: str
    starts: bool

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()

    @property
    def caps(self) -> bool:
        """Whether it is an acronym, or shouted: `NATO`, `US`, `COVID-19`."""
        if self.text.islower():
            return False
        bare = _POSSESSIVE.sub("", self.text)
        return bare.isupper() and sum(map(str.isalpha, bare)) > 1

    @property
    def number(self) -> bool:
        """Whether it begins with a digit."""
        return self.text[0].isdigit()


def words(text: str) -> Iterator[Word]:
    """The words of a text in their order."""
    end = 0
    for match in _WORD.finditer(text):
        found = match.group()
        between = text[end : match.start()]
        starts = not end or (between != " " and bool(_SENTENCE.search(between)))
        end = match.end()
        if not found.isascii() and _UNSPACED_RUN.match(found):
            pairs = [found[i : i + 2] for i in range(len(found) - 1)] or [found]
            yield from (Word(pair, pair, False) for pair in pairs)
        else:
            yield Word(found, term_of(found), starts)


@lru_cache(65536)
def term_of(word: str) -> str:
    """How a word is compared: in one case, without accents, dots, a possessive or a plural's s."""
    folded = _POSSESSIVE.sub("", word).casefold()
    if not folded.isascii():
        parts = unicodedata.normalize("NFKD", folded)
        bare = "".join(part for part in parts if not unicodedata.combining(part) and part != " ")
        # What is a mark and nothing else stays what it is.
        folded = bare if bare and parts.isprintable() else folded
    if not folded[:1].isdigit():
        folded = folded.replace(".", "").replace("'", "").replace("’", "")
    if len(folded) > 3 and folded.endswith("s") and folded[-2] not in "siu" and folded.isascii() and word[-1] != "S":
        folded = folded[:-1]
    return folded


# The package's English list holds "fire", "computer" and "microsoft", so of English there is one of our own.
_ENGLISH = """
a about above after again against ago all almost along already also although always am amid among an and another any
are around as at away back be became because become been before behind being below between both but by came can cannot
could de despite did do does doing done down due during each either else enough even ever every everyone everything
few for from further get gets getting give given go goes going gone got had has have having he her here hers herself
him himself his how however i if in indeed instead into is it its itself just keep kept least less let like likely
made make makes making many may me might mine more most much must my near need neither never no nobody none nor not
nothing now of off often on once one only onto or other others our ours out over own per perhaps put quite rather
really same say saying says said seem seemed seems seen shall she should since so some somebody someone something
still such take taken takes taking tell than that the their them themselves then there these they thing things this
those though through thus till to together told too took toward towards two under until up upon us use used using very
via want wants was way we well went were what whatever when where whether which while who whole whom whose why will
with within without won't would yet you your yours isn't aren't wasn't weren't hasn't haven't hadn't don't doesn't
didn't can't couldn't shouldn't wouldn't it's that's he's she's they're we're you're i'm i've we've they've i'll we'll
you'll they'll there's what's let's
"""


@lru_cache(64)
def stop_words(language: str) -> frozenset[str]:
    """The words of a language (`en`, `de-AT`) that say nothing of what a text is about, as they are compared."""
    from stop_words import safe_get_stop_words

    code = language.partition("-")[0].lower()
    found = _ENGLISH.split() if code == "en" else safe_get_stop_words(code)
    return frozenset({*found, *map(term_of, found)})


class Text(NamedTuple):
    """What stories and tags read of one item.

    `lead` is plain text, `headlines` those of its coverage, `candidates` the tags that its source gives it.
    """

    title: str
    lead: str = ""
    headlines: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    language: str = ""
    candidates: tuple[str, ...] = ()

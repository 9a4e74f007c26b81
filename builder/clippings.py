"""An item as tags read it: its title, headlines and lead cut into lines, its source's tags, its publishers.

Never says which of its words are names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from builder.lines import Line, capitalises, line, lines
from builder.proper import compared
from builder.topics import Told
from builder.words import Text, term_of

LONGEST = 60
"""How many characters a tag has at most."""
UNSPACED = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0eff]")
"""A script that puts no spaces between words."""

_SITES = "com|org|net|info|biz|edu|gov|news|tv|uk|de|fr|eu|ch|at|it|es|nl|ru|in|au|ca|jp|cn|br|us|io|co|me|blog|app|dev"
_HOST = re.compile(rf"(?:https?://|www\.).*|(?:[\w-]+\.)+(?:{_SITES})(?:/.*)?", re.I)
# PARIS/AMSTERDAM (Agency) –   KYIV, Jan 5 -
_DATELINE = re.compile(
    r"\s*[^.!?\n]{0,60}?\([^()\n]{2,40}\)\s*[–—-]+\s|\s*[A-Z][A-Z/ ,.]{2,40}(?:\s\w{3,9}\.? \d{1,2})?\s*[–—-]+\s"
)
_MEDIA = re.compile(r"\s(?:news|online|tv|radio|sport|magazine|world|world service|live)$")
_SECTION = re.compile(r"\s[-–—|:·]\s|[:|]\s")
_SENTENCE = re.compile(r"[.!?。]$|[,;:|\\<>{}]")


class Clipping(NamedTuple):
    """An item, cut into lines; `german` says that its language capitalises nouns."""

    text: Text
    title: Line
    headlines: tuple[Line, ...]
    lead: tuple[Line, ...]
    german: bool

    @property
    def lines(self) -> tuple[Line, ...]:
        return (self.title, *self.headlines, *self.lead)

    @property
    def texts(self) -> Iterator[tuple[str, tuple[Line, ...]]]:
        """What is told of the story in it, each with what tells one text from another: its headline."""
        yield self.text.title.casefold(), (self.title, *self.lead)
        for headline, title in zip(self.headlines, self.text.headlines, strict=True):
            yield title.casefold(), (headline,)


def clipped(text: Text) -> Clipping:
    """An item, cut into lines, without the dateline of its lead."""
    lead = text.lead[found.end() :] if (found := _DATELINE.match(text.lead)) else text.lead
    german = capitalises(text.language, f"{text.title} {text.lead}")
    return Clipping(text, line(text.title), tuple(map(line, text.headlines)), tuple(lines(lead)), german)


def told(items: Sequence[Clipping]) -> Iterator[Told]:
    """The texts of a story, each with its publisher; a headline that several items name is one text."""
    seen = {item.text.title.casefold() for item in items}
    for number, item in enumerate(items):
        publishers = item.text.publishers
        yield Told((publishers and publishers[0]) or f"#{number}", (item.title, *item.lead), item.text.language)
        # The item's own publisher comes first, where it does not stand for the first headline.
        named = publishers if len(publishers) == len(item.headlines) else publishers[1:]
        for place, (headline, title) in enumerate(zip(item.headlines, item.text.headlines, strict=True)):
            if title.casefold() not in seen:
                seen.add(title.casefold())
                known = len(named) == len(item.headlines)
                yield Told(named[place] if known else f"#{number}.{place}", (headline,), item.text.language)


def candidates(item: Clipping) -> Iterator[str]:
    """What a source calls an item, as far as it reads like a tag.

    Some programs take the words of a title for tags: then the source says nothing.
    """
    tags = [" ".join(tag.split()).strip("#") for tag in item.text.candidates]
    title = {token.key for token in item.title.tokens}
    if len(tags) > 2 and all(tag.islower() and tag in title for tag in tags):
        return
    for tag in dict.fromkeys(tags):
        fits = 1 < len(tag) <= LONGEST and len(tag.split()) < 5 and any(map(str.isalpha, tag))
        if fits and not _HOST.fullmatch(tag) and not _SENTENCE.search(tag):
            yield tag


class Said:
    """The words of an item as they are compared, to look for tags in."""

    def __init__(self, item: Clipping) -> None:
        self._title = _terms([item.title])
        self._whole = _terms(item.lines)

    def in_title(self, tag: str) -> bool:
        """Whether the title has a tag, word by word; in a script without spaces, anywhere."""
        return _has(self._title, tag)

    def anywhere(self, tag: str) -> bool:
        """Whether the title, a headline or the lead has it."""
        return _has(self._whole, tag)


def _terms(parts: Iterable[Line]) -> str:
    return "".join(f" {term_of(token.key)}" for part in parts for token in part.tokens) + " "


def _has(said: str, tag: str) -> bool:
    if UNSPACED.search(tag):
        return tag.casefold() in said
    terms = _terms([line(tag)])
    return terms != " " and terms in said


def publishers(items: Iterable[Clipping]) -> frozenset[str]:
    """The publishers of items and of their coverage, as names are compared, and what else they may be called."""
    found: set[str] = set()
    for publisher in {name for item in items for name in item.text.publishers}:
        if _HOST.fullmatch(publisher):
            publisher = publisher.removeprefix("www.").split(".")[0]
        for part in (publisher, _SECTION.split(publisher)[0]):
            key = compared(part)
            found |= {part.casefold(), key, key.removeprefix("the "), key.replace(" ", "")}
        # BBC News is the BBC, but Kyiv News is not Kyiv.
        bare = _MEDIA.sub("", compared(publisher).removeprefix("the "))
        if len(bare) < 5 and publisher[: len(bare)].isupper():
            found.add(bare)
    return frozenset(found - {""})


def published(name: str, publishers: frozenset[str]) -> bool:
    """Whether a name, as it is compared, is one of these publishers."""
    bare = name.removeprefix("the ")
    return not publishers.isdisjoint({bare, bare.replace(" ", ""), _MEDIA.sub("", bare)})

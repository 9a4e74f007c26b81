"""What an editor may want to say in `tags.toml`: tags that are spellings of one, and short names of longer ones.

Only proposes, and never writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

from builder.index import Index
from builder.model import Report
from builder.words import term_of

_ALIKE, _LONG, _TOGETHER = 0.88, 6, 0.5
"""How alike two spellings are, from how many letters on; and which share of a short one stands with a long."""


class Suggestion(Report, frozen=True):
    """A tag that may be another one by another name, both with their stories, and why."""

    old: str
    new: str
    stories: int
    into: int
    why: str


def suggestions(index: Index, least: int = 2) -> list[Suggestion]:
    """Pairs of tags that at least so many stories carry, the most carried first."""
    tags = {slug: (index.group(("term", "tags", slug)).label() or slug) for slug in index.terms_with("tags", least)}
    counts = {slug: index.group(("term", "tags", slug)).count() for slug in tags}
    found: dict[str, Suggestion] = {}
    alike = (sorted(pair, key=lambda slug: (counts[slug], slug)) for pair in _spellings(tags))
    for pairs, why in ((alike, "spelt alike"), (_short(index, tags), "stand together")):
        for old, new in pairs:
            found.setdefault(old, Suggestion(old=old, new=new, stories=counts[old], into=counts[new], why=why))
    return sorted(found.values(), key=lambda one: (-one.stories, one.old))


def _spellings(tags: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Tags whose names differ in case, accents, hyphens, a plural, or in a letter or two."""
    blocks: dict[str, list[str]] = {}
    for slug, name in tags.items():
        blocks.setdefault(_plain(name)[:3], []).append(slug)
    for block in blocks.values():
        for one, other in combinations(sorted(block), 2):
            first, second = _plain(tags[one]), _plain(tags[other])
            long = min(len(first), len(second)) >= _LONG
            if first == second or (long and SequenceMatcher(None, first, second).ratio() >= _ALIKE):
                yield one, other


def _plain(name: str) -> str:
    return "".join(letter for word in name.split() for letter in term_of(word) if letter.isalnum())


def _short(index: Index, tags: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Tags that are the last word of a longer one, and stand in its stories."""
    last: dict[str, list[str]] = {}
    for slug, name in tags.items():
        words = name.casefold().split()
        if len(words) > 1:
            last.setdefault(words[-1], []).append(slug)
    for slug, name in sorted(tags.items()):
        for longer in sorted(last.get(name.casefold(), ())):
            mine, theirs = (_stories(index, one) for one in (slug, longer))
            if mine and len(mine & theirs) >= _TOGETHER * len(mine):
                yield slug, longer
                break


def _stories(index: Index, slug: str) -> set[str]:
    return {story.card.route for story in index.group(("term", "tags", slug)).newest(50)}

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
    found = {one.old: one for one in spellings(index, "tags", least, loose=True)}
    tags = _names(index, "tags", least)
    for old, new in _short(index, tags):
        if old not in found:
            found[old] = _suggestion(index, "tags", old, new, "stand together")
    return sorted(found.values(), key=lambda one: (-one.stories, one.old))


def spellings(index: Index, taxonomy: str, least: int = 2, loose: bool = False) -> list[Suggestion]:
    """Pairs of terms that at least so many stories carry, whose names differ in spelling only.

    The less carried one first. Those that differ in a letter or two may be two (`loose`: they count as well).
    """
    found: dict[str, Suggestion] = {}
    for pair in _alike(_names(index, taxonomy, least), loose):
        old, new = sorted(pair, key=lambda slug: (index.group(("term", taxonomy, slug)).count(), slug))
        found.setdefault(old, _suggestion(index, taxonomy, old, new, "spelt alike"))
    return list(found.values())


def _names(index: Index, taxonomy: str, least: int) -> dict[str, str]:
    slugs = index.terms_with(taxonomy, least)
    return {slug: (index.group(("term", taxonomy, slug)).label() or slug) for slug in slugs}


def _suggestion(index: Index, taxonomy: str, old: str, new: str, why: str) -> Suggestion:
    stories, into = (index.group(("term", taxonomy, slug)).count() for slug in (old, new))
    return Suggestion(old=old, new=new, stories=stories, into=into, why=why)


def _alike(names: dict[str, str], loose: bool) -> Iterator[tuple[str, str]]:
    """Terms whose names differ in case, accents, hyphens, a plural; loosely in a letter or two, never in a number."""
    blocks: dict[tuple[str, str], list[str]] = {}
    plain = {slug: _plain(name) for slug, name in names.items()}
    for slug, name in plain.items():
        blocks.setdefault((name[:3], "".join(filter(str.isdigit, name))), []).append(slug)
    for block in blocks.values():
        for one, other in combinations(sorted(block), 2):
            first, second = plain[one], plain[other]
            close = loose and min(len(first), len(second)) >= _LONG and _is_close(first, second)
            if first and (first == second or close):
                yield one, other


def _is_close(first: str, second: str) -> bool:
    """Whether two spellings are alike: first by what is cheap to tell."""
    match = SequenceMatcher(None, first, second)
    return all(ratio() >= _ALIKE for ratio in (match.real_quick_ratio, match.quick_ratio, match.ratio))


def _plain(name: str) -> str:
    # C++ is not C#.
    return "".join(letter for word in name.split() for letter in term_of(word) if letter.isalnum() or letter in "+#")


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

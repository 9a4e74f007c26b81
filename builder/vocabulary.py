"""`content/tags.toml` and `content/terms.tsv`: an editor's tags, and the tags that have a page for good.

Never reads or writes a file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from builder import moves, urls
from builder.errors import ContentError
from builder.names import printable, safe_path
from builder.settings import Moves, Tag, Vocabulary

KINDS = ("person", "organisation", "place", "event", "topic")
"""What a tag may be the name of."""
_TEXTS = ("name", "kind", "parent", "description")
_KEYS = (*_TEXTS, "aliases", "hide")


def tags(text: str, file: str) -> dict[str, Tag]:
    """The tags of `tags.toml`, each a table `[slug]`; ContentError for the first thing in it that cannot be meant."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        where = f"{file}:{found[1] if found else 1}"
        raise ContentError(
            f"not TOML: {str(error).split(' (at ')[0]}", where=where, next="see https://toml.io"
        ) from None
    read: dict[str, Tag] = {}
    for name, table in raw.items():
        line = _line_of(text, name)
        slug = urls.term_slug(name)
        if not isinstance(table, dict):
            raise ContentError(
                f"{name!r} is no table", where=f"{file}:{line}", next=f"write [{slug}] on a line of its own"
            )
        if not slug or not safe_path(slug) or slug in read:
            what = f"{printable(name)[:60]!r} is no tag" if slug not in read else f"{name!r} is there twice"
            raise ContentError(what, where=f"{file}:{line}", next="give each tag one table, named as in its address")
        try:
            read[slug] = _tag(table)
        except ContentError as error:
            raise ContentError(f"{name}: {error.what}", where=f"{file}:{line}", next=error.next) from None
    _check_aliases(read, text, file)
    return read


def _tag(table: Mapping[str, Any]) -> Tag:
    for key, value in table.items():
        if key not in _KEYS:
            raise ContentError(f"unknown key {key!r}", next="known keys: " + ", ".join(_KEYS))
        if key in _TEXTS and not isinstance(value, str):
            raise ContentError(f"{key!r} is no text", next="put it in quotes")
        if key == "hide" and not isinstance(value, bool):
            raise ContentError("'hide' is neither true nor false", next="correct the value")
        if key == "aliases" and not (isinstance(value, list) and all(isinstance(one, str) and one for one in value)):
            raise ContentError("'aliases' is no list of texts", next='write ["one", "two"]')
    if table.get("kind") and table["kind"] not in KINDS:
        raise ContentError(f"'kind' is none of {', '.join(KINDS)}", next="correct the value")
    plain = {key: " ".join(table[key].split()) for key in _TEXTS if key in table}
    if parent := plain.get("parent"):
        plain["parent"] = urls.term_slug(parent)
    return Tag(**plain, aliases=tuple(table.get("aliases", ())), hide=table.get("hide", False))


def _check_aliases(read: Mapping[str, Tag], text: str, file: str) -> None:
    """Complain of an alias that is another tag as well, and of parents that are their own ancestors."""
    owners: dict[str, str] = {}
    for slug, tag in read.items():
        where = f"{file}:{_line_of(text, slug)}"
        for alias in map(urls.term_slug, tag.aliases):
            other = slug if alias not in read and owners.get(alias, slug) == slug else owners.get(alias, alias)
            if other != slug:
                raise ContentError(f"{alias!r} is {other!r} as well", where=where, next="let it stand in one place")
            owners[alias] = slug
        seen, parent = {slug}, tag.parent
        while parent:
            if parent in seen:
                raise ContentError(f"{slug!r} is its own parent", where=where, next="take one 'parent' out")
            seen.add(parent)
            parent = read[parent].parent if parent in read else ""


def _line_of(text: str, name: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"\s*\[\s*[\"']?(.*?)[\"']?\s*\]", line)
        if match and name in (match[1], urls.term_slug(match[1])):
            return number
    return 1


def promoted(text: str, file: str) -> frozenset[str]:
    """The tags of `terms.tsv`: a line `tags TAB slug` each."""
    return frozenset(moves.read(text, file, _promised))


def _promised(line: str) -> str:
    kind, _, name = line.partition("\t")
    slug = urls.term_slug(name.strip())
    if kind != "tags" or not slug or not safe_path(slug):
        raise ContentError(f"no term: {printable(line)[:60]!r}", next="write: tags TAB name")
    return slug


def lines(slugs: Iterable[str]) -> list[str]:
    """The lines of `terms.tsv` for some tags."""
    return [f"tags\t{slug}" for slug in sorted(slugs)]


def aliases(vocabulary: Vocabulary) -> dict[str, str]:
    """What each other spelling of a tag leads to, as `moves.tsv` would say it: slug -> slug, `""` for a hidden tag."""
    found = {slug: "" for slug, tag in vocabulary.tags.items() if tag.hide}
    for slug, tag in vocabulary.tags.items():
        found |= {alias: found.get(slug, slug) for alias in map(urls.term_slug, tag.aliases) if alias and alias != slug}
    return found


def moved(vocabulary: Vocabulary, today: Moves) -> Vocabulary:
    """The vocabulary by today's names: what was promised for a tag that was merged holds for the one it became."""
    promoted = frozenset(today.resolve("tags", slug) or slug for slug in vocabulary.promoted)
    tags = {slug: tag for slug, tag in vocabulary.tags.items() if today.resolve("tags", slug) in ("", slug)}
    merged = {today.resolve("tags", slug) for slug in vocabulary.tags.keys() - tags.keys()}
    return Vocabulary(tags=tags, promoted=promoted | merged)

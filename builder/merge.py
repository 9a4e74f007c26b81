"""What ingest does with an item that a source states, beside the file that is there: pure decisions.

Edits win, field by field; coverage only grows; silence of a source erases nothing.
Never reads or writes a file.
"""

from __future__ import annotations

from typing import Any

import msgspec

from builder import sources
from builder.frontmatter import field_fingerprint
from builder.model import Found, Item, Mention, fingerprint

MERGED = (
    *("title", "date", "description", "summary", "image", "link", "categories", "tags", "updated"),
    *("publisher", "authors", "lang", "coverage", "enclosures", "body"),
)
"""The fields that ingest goes on updating while no person has changed them."""


def identities(item: Item) -> tuple[str, ...]:
    """The identities that a file states by itself: its `id`, and in a file that ingest did not write its own link."""
    if item.id:
        return (item.id,)
    return (link_identity(item.link),) if item.link else ()


def link_identity(link: str) -> str:
    """The identity that an article's link is in every source."""
    return sources.identities(source="", link=link)[0]


def given_identities(item: Item) -> tuple[str, ...]:
    """The identities of an item given by hand: its link, else its words, and headline, author and date."""
    if item.link:
        return (link_identity(item.link),)
    head = ("article", sources.fold(item.title), *item.authors[:1])
    found = [fingerprint((*head, sources.fold(item.body)), 8)]
    if item.date_basis != "first-seen":
        found.append(fingerprint((*head, item.date.isoformat()), 8))
    return tuple(found)


def fresh(item: Item, path: str) -> Item:
    """A new item as ingest writes it: in its place, with a fingerprint of each field."""
    written = {name: stated for name in MERGED if (stated := field_fingerprint(item, name))}
    return msgspec.structs.replace(item, path=path, slug=path.rsplit("/", 1)[-1], written=written)


def has_news(known: Item, stated: Item, withheld: frozenset[str] = frozenset()) -> bool:
    """Whether a source says anything new since `known` was last written. Looks at no body of `known`."""
    if known.source != stated.source:
        return stated.source not in known.also
    return any(_differs(known, stated, name, withheld) for name in MERGED)


def contradicts(known: Item, found: Found, hash: str) -> bool:
    """Whether a weaker identity is not to be believed: the stronger one, a guid, is new.

    A link stands against a new guid unless headline and date are new as well; a headline only with its time of day.
    """
    stated = found.item
    if hash == (link_identity(stated.link) if stated.link else ""):
        told = [field_fingerprint(stated, name) == known.written.get(name) for name in ("title", "date")]
        return not any(told) and bool(known.written)
    return not stated.timed


def merge(known: Item, stated: Item, withheld: frozenset[str] = frozenset()) -> Item:
    """`known` with what its source says now, but for the fields that a person changed.

    The first source owns the text; another one that brings the same article is only noted in `also`.
    `withheld` names the fields that may not be shown any more: their silence does erase.
    """
    if known.source != stated.source:
        return _also(known, stated.source)
    changes: dict[str, Any] = {}
    written = dict(known.written)
    for name in MERGED:
        if not _differs(known, stated, name, withheld) or _edited(known, name):
            continue
        if name == "coverage":
            changes[name] = (*known.coverage, *_new_mentions(known, stated))
        elif name == "date":
            changes |= {part: getattr(stated, part) for part in ("date", "date_basis", "date_raw")}
        else:
            changes[name] = getattr(stated, name)
    if not changes:
        return known
    merged = msgspec.structs.replace(known, **changes)
    for name in changes.keys() & set(MERGED):
        written[name] = field_fingerprint(merged, name)
    return msgspec.structs.replace(merged, written={name: value for name, value in written.items() if value})


def _also(known: Item, source: str) -> Item:
    if not source or source in known.also or (known.written and _edited(known, "also")):
        return known
    also = (*known.also, source)
    merged = msgspec.structs.replace(known, also=also)
    if not known.written:
        return merged
    return msgspec.structs.replace(merged, written=known.written | {"also": field_fingerprint(merged, "also")})


def _edited(known: Item, name: str) -> bool:
    return field_fingerprint(known, name) != known.written.get(name, "")


def _differs(known: Item, stated: Item, name: str, withheld: frozenset[str]) -> bool:
    if name == "coverage":
        return bool(_new_mentions(known, stated))
    if name == "date" and stated.date_basis == "first-seen":
        return False
    now = field_fingerprint(stated, name)
    return (bool(now) or name in withheld) and now != known.written.get(name, "")


def _new_mentions(known: Item, stated: Item) -> tuple[Mention, ...]:
    """The mentions that are not there yet, by key: a reorder upstream is no change."""
    there = {mention.key or mention.link for mention in known.coverage}
    return tuple(mention for mention in stated.coverage if (mention.key or mention.link) not in there)

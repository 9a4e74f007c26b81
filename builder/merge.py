"""What ingest does with an item that a source states, beside the file that is there: pure decisions.

Edits win, field by field; coverage only grows; silence of a source erases nothing.
Never reads or writes a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from builder import markdown, sources
from builder.found import Found
from builder.frontmatter import field_fingerprint, is_edited
from builder.identity import link_identity
from builder.model import Item, Mention
from builder.sources.stated import WORDS

MERGED = (
    *("title", "date", "description", "summary", "image", "link", "categories", "tags", "updated"),
    *("publisher", "domain", "authors", "lang", "coverage", "enclosures", "body"),
)
"""The fields that ingest goes on updating while no person has changed them."""

SHOWS = ("headline", "excerpt", "full")
OF_FEED = ".feed"
"""`written` holds `body.feed` beside `body` where the body is the linked page's: what the feed itself said."""
_TEXT = ("summary", "description", "body")


def fresh(item: Item, path: str) -> Item:
    """A new item as ingest writes it: in its place, with a fingerprint of each field."""
    written = {name: field_fingerprint(item, name) for name in MERGED} | item.written
    told = {name: stated for name, stated in written.items() if stated}
    return msgspec.structs.replace(item, path=path, slug=path.rsplit("/", 1)[-1], written=told)


def in_story(item: Item, name: str, follows: str = "") -> Item:
    """The item as one of a story, with the fingerprint that tells ingest's word from a person's; its founder also says
    which story that one `follows`."""
    named = msgspec.structs.replace(item, story=name, extra=item.extra | ({"follows": follows} if follows else {}))
    return msgspec.structs.replace(named, written=named.written | {"story": field_fingerprint(named, "story")})


def tagged(item: Item, names: tuple[str, ...]) -> Item:
    """The item with the tags that were chosen for it, and what its source itself said: that is no news any more."""
    said = field_fingerprint(item, "tags")
    return msgspec.structs.replace(item, tags=names, written=item.written | {"tags" + OF_FEED: said or "-"})


def strictest(shows: Iterable[str]) -> str:
    """The policy that shows least of several: `headline` before `excerpt` before `full`."""
    return min(shows, key=SHOWS.index, default="full")


def limited(item: Item, show: str) -> Item:
    """The item with no more of its text than a policy allows."""
    if show == "headline":
        return msgspec.structs.replace(item, **dict.fromkeys(_TEXT, ""))
    body = markdown.excerpt(item.body, WORDS) if show == "excerpt" else item.body
    return item if body == item.body else msgspec.structs.replace(item, body=body)


def has_news(known: Item, stated: Item, show: str = "full") -> bool:
    """Whether a source says anything new since `known` was last written. Looks at no body of `known`."""
    if known.source != stated.source:
        return stated.source not in known.also
    return any(_differs(known, stated, name, show) for name in MERGED)


def contradicts(known: Item, found: Found, hash: str) -> bool:
    """Whether a weaker identity is not to be believed: the stronger one, a guid, is new.

    A link stands against a new guid unless headline and date are new as well; a headline only with its time of day.
    """
    stated = found.item
    if hash == (link_identity(stated.link) if stated.link else ""):
        told = [field_fingerprint(stated, name) == known.written.get(name) for name in ("title", "date")]
        return not any(told) and bool(known.written)
    return not stated.timed


def is_another(known: Item, found: Found) -> bool:
    """Whether the item in a place is not the one that a ledger led to it for: nothing that both state agrees.

    Two clones that gave one path to two items leave such lines, and the file of one of them.
    """
    stated = found.item
    if not known.id or known.id in found.identities or not known.written:
        return False
    if known.link and stated.link and link_identity(known.link) == link_identity(stated.link):
        return False
    told = [known.written.get(name) == field_fingerprint(stated, name) for name in ("title", "date", "body")]
    return sum(told) < 2


def merge(known: Item, stated: Item, show: str = "full") -> Item:
    """`known` with what its source says now, but for the fields that a person changed.

    The first source owns the text; another one that brings the same article is only noted in `also`.
    `show` is the strictest policy of all that bring it, and `stated` holds no more than that: what may not be
    shown any more is taken out.
    """
    if known.source != stated.source:
        return _also(known, stated.source, show)
    changes: dict[str, Any] = {}
    for name in MERGED:
        # What a linked page said is not given up for the little that the feed says.
        kept = name + OF_FEED in known.written and name + OF_FEED not in stated.written and show == "full"
        if kept or not _differs(known, stated, name, show) or is_edited(known, name):
            continue
        if name == "coverage":
            changes[name] = (*_joined(known, stated), *_new_mentions(known, stated))
        elif name == "date":
            changes |= {part: getattr(stated, part) for part in ("date", "date_basis", "date_raw")}
        else:
            changes[name] = getattr(stated, name)
    return _rewritten(known, changes, stated.written)


def _rewritten(known: Item, changes: Mapping[str, Any], marks: Mapping[str, str]) -> Item:
    """`known` with changes of ours, and with the fingerprints that tell them from a person's."""
    if not changes and all(known.written.get(name) == mark for name, mark in marks.items()):
        return known
    merged = msgspec.structs.replace(known, **changes)
    written = (
        known.written | {name: field_fingerprint(merged, name) for name in MERGED if name in changes} | dict(marks)
    )
    return msgspec.structs.replace(merged, written={name: value for name, value in written.items() if value})


def _also(known: Item, source: str, show: str) -> Item:
    if known.written:
        less = limited(known, show)
        cut = {
            name: getattr(less, name)
            for name in _TEXT
            if getattr(less, name) != getattr(known, name) and not is_edited(known, name)
        }
        known = _rewritten(known, cut, {})
    if not source or source in known.also or (known.written and is_edited(known, "also")):
        return known
    merged = msgspec.structs.replace(known, also=(*known.also, source))
    if not known.written:
        return merged
    return msgspec.structs.replace(merged, written=known.written | {"also": field_fingerprint(merged, "also")})


def _differs(known: Item, stated: Item, name: str, show: str) -> bool:
    if name == "coverage":
        return bool(_new_mentions(known, stated)) or _joined(known, stated) != known.coverage
    if name == "date" and stated.date_basis == "first-seen":
        return False
    if name == "tags" and name + OF_FEED in known.written:
        # They were chosen once; what a source says of them later is its own matter.
        return False
    if name == "date" and known.date_basis == "first-seen" and known.date_raw and known.date_raw == stated.date_raw:
        # It was too far ahead when it was first seen; it stays where it is when its day comes.
        return False
    now, before = field_fingerprint(stated, name), known.written.get(name, "")
    if name + OF_FEED not in stated.written:
        before = known.written.get(name + OF_FEED, before)
    return (bool(now) or (show == "headline" and name in _TEXT)) and now != before


def _new_mentions(known: Item, stated: Item) -> tuple[Mention, ...]:
    """The mentions that are not there yet, by key: a reorder upstream is no change."""
    there = {mention.key or mention.link for mention in known.coverage}
    return tuple(mention for mention in stated.coverage if (mention.key or mention.link) not in there)


def _joined(known: Item, stated: Item) -> tuple[Mention, ...]:
    """The mentions that are there, each with the publisher's own link where that is known by now."""
    found = {mention.key: mention for mention in stated.coverage if mention.key and _is_joined(mention)}
    return tuple(
        mention
        if _is_joined(mention)
        else msgspec.structs.replace(mention, link=found[mention.key].link)
        if mention.key in found
        else mention
        for mention in known.coverage
    )


def _is_joined(mention: Mention) -> bool:
    """Whether the key still is an aggregator's, and the link the publisher's."""
    return mention.key.startswith("gn:") and not sources.link_key(mention.link).startswith("gn:")

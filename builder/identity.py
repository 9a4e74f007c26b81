"""By what an item is known again: what its file states, or its link, or what was given by hand.

Never looks at other items: see `builder.sources.identities` for those that a source states.
"""

from __future__ import annotations

from builder import sources
from builder.model import Item, fingerprint


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

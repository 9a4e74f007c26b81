"""By what an item is known again: what its file states, or its link, or what was given by hand.

Never looks at other items: see `builder.sources.identities` for those that a source states.
"""

from __future__ import annotations

from collections.abc import Iterator

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


_SAID = 25
"""Words from which on two texts that are the same say the same thing, and not the same nothing."""


def text_key(item: Item) -> str:
    """The key of what an item's card says, which copies of one agency's report share; `""` where that is short."""
    said = sources.fold(item.summary or item.description)
    return fingerprint(said, 8) if said.count(" ") >= _SAID - 1 else ""


def article_keys(item: Item) -> Iterator[str]:
    """By what the items are found that have to do with an article: `named`, `own` or `same`, and a key."""
    from builder.sources import googlenews

    for mention in item.coverage:
        if mention.key:
            yield f"named {mention.key}"
    if item.link:
        yield f"own {googlenews.article_key(item.link)}"
    if same := text_key(item):
        yield f"same {same}"

"""The feeds that an HTML page names, best first, and where one may stand that it does not name.

Never looks past the first 2 MiB of a page, and never asks for an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from builder import markup, urls
from builder.model import Value
from builder.sanitize import line

PAGE, FEEDS = 2 * 1024 * 1024, 50
"""How much of a page is read, in bytes, and how many feeds of it are taken."""
_WANTED = frozenset({"base", "link", "a"})
_RAW = frozenset({"script", "style", "textarea", "template", "noscript", "title"})
_KINDS = {
    "application/atom+xml": "atom",
    "application/rss+xml": "rss",
    "application/rdf+xml": "rss",
    "application/feed+json": "json",
}
# Types of much else too: taken where the address looks like a feed's.
_OTHER_KINDS = {"text/xml": "rss", "application/xml": "rss", "application/json": "json"}
_ORDER = ("atom", "rss", "json")
_LIKE_FEED = re.compile(
    r"(?:^|[/._-])(?:feeds?|rss2?|atom|rdf)(?:\.(?:xml|json|php|rss|atom|rdf))?/?$|\.(?:rss|atom|rdf)$|/feeds?/(?:rss|atom|all|posts)\b"
    r"|[?&](?:feed|format|type|output)=(?:rss|atom|feed|json)",
    re.I,
)
_COMMENTS = re.compile(r"\b(comments?|replies|kommentare?|commentaires?|comentarios?|commenti|reacties)\b", re.I)
_PLACES = ("feed", "rss.xml", "atom.xml", "feed.xml", "index.xml")


class FeedLink(Value, frozen=True):
    """A feed that a page names; `kind` is `atom`, `rss` or `json`, or `""` where the page does not say."""

    url: str
    title: str = ""
    kind: str = ""
    comments: bool = False


def feeds(body: bytes, address: str) -> tuple[FeedLink, ...]:
    """The feeds of the page that stands at an address, each once: those of its articles before those of comments,
    Atom before RSS before JSON, else in the page's order. Where no `<link>` names one, links that look like feeds.
    """
    base, linked, anchors = address, list[FeedLink](), list[FeedLink]()
    for tag in markup.tags(markup.decoded(body[:PAGE]), _WANTED, _RAW):
        href = tag.attributes.get("href", "")
        if tag.closing or not href:
            continue
        if tag.name == "base":
            # The first counts, and only if it is one itself.
            base = (urls.for_source(href, address) or base) if base == address else base
        elif tag.name == "link" and len(linked) < FEEDS:
            linked += _linked(tag, base)
        elif tag.name == "a" and len(anchors) < FEEDS:
            anchors += _anchored(tag, base)
    found: dict[str, FeedLink] = {}
    for link in linked or anchors:
        found.setdefault(link.url, link)
    return tuple(sorted(found.values(), key=lambda link: (link.comments, _rank(link))))


def _rank(link: FeedLink) -> int:
    return _ORDER.index(link.kind) if link.kind else len(_ORDER)


def _linked(tag: markup.Tag, base: str) -> Iterator[FeedLink]:
    """`<link rel="alternate" type="application/rss+xml" href>`, and `rel="feed"`."""
    rel = set(tag.attributes.get("rel", "").lower().split())
    if rel & {"alternate", "feed"} and not rel & {"stylesheet"}:
        type = tag.attributes.get("type", "").split(";")[0].strip().lower()
        url = urls.for_source(tag.attributes["href"], base)
        kind = _KINDS.get(type) or (_OTHER_KINDS.get(type, "") if _LIKE_FEED.search(_tail(url)) else "")
        if url and (kind or (not type and "feed" in rel)):
            yield _link(url, tag, kind)


def _anchored(tag: markup.Tag, base: str) -> Iterator[FeedLink]:
    """`<a href="/rss">`: links that look like feeds of this very site, or that say their type."""
    url = urls.for_source(tag.attributes["href"], base)
    kind = _KINDS.get(tag.attributes.get("type", "").split(";")[0].strip().lower(), "")
    if url and (kind or (_LIKE_FEED.search(_tail(url)) and _same_site(url, base))):
        yield _link(url, tag, kind)


def _link(url: str, tag: markup.Tag, kind: str) -> FeedLink:
    title = line(tag.attributes.get("title", ""))[:200]
    comments = bool(_COMMENTS.search(title) or _COMMENTS.search(urlsplit(url).path))
    return FeedLink(url=url, title=title, kind=kind, comments=comments)


def _tail(url: str) -> str:
    """The path of a URL and its query."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _same_site(url: str, base: str) -> bool:
    theirs, ours = urls.host(url), urls.host(base)
    return theirs == ours or theirs.endswith(f".{ours}") or theirs.startswith(("feeds.", "rss."))


def guesses(address: str) -> tuple[str, ...]:
    """Where the feed of a page that names none may stand: below it, then at its site's root.

    >>> guesses("https://gazette.example/coast")[::5]
    ('https://gazette.example/coast/feed', 'https://gazette.example/feed')
    """
    folder, _, last = urlsplit(address).path.rpartition("/")
    below = (folder if not last or "." in last else f"{folder}/{last}").strip("/")
    places = [f"/{start}{place}" for start in (below and f"{below}/", "") for place in _PLACES]
    return tuple(dict.fromkeys(urls.for_source(place, address) for place in places))

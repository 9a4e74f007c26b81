"""The form of feeds, sitemaps, OPML and other data of a built site: whether they can be read, and what they must hold.

Never forgives what readers forgive, and never looks at a link.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import msgspec

_ATOM = "{http://www.w3.org/2005/Atom}"
_MOST_PLACES = 50_000
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


class Form(NamedTuple):
    """What is wrong with a file, each with its line (0: nobody knows), and the links that it holds."""

    faults: list[tuple[str, int]]
    links: list[str]


def xml(text: str) -> Form:
    """The form of an XML file, with the rules of what its first element says it is (RFC 4287, RSS 2.0, OPML 2.0 …)."""
    try:
        root = ET.fromstring(text)  # noqa: S314
    except ET.ParseError as error:
        return Form([(f"cannot be read as XML: {str(error).split(':')[0]}", error.position[0])], [])
    faults = [(what, 0) for what in _RULES.get(root.tag.rpartition("}")[2], _nothing)(root)]
    links = [node.get("href", "") for node in root.iter(f"{_ATOM}link")]
    links += [(node.text or "").strip() for node in root.iter() if node.tag.endswith("}loc")]
    return Form(faults, links)


def json(text: str) -> Form:
    """The form of a JSON file: of a JSON Feed 1.x, of a web manifest, or of anything else."""
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        return Form([(f"cannot be read as JSON: {error}", 0)], [])
    if not isinstance(found, dict):
        return Form([], [])
    if "jsonfeed.org" in str(found.get("version", "")) or {"items", "feed_url"} <= found.keys():
        items = found["items"] if isinstance(found.get("items"), list) else []
        entries = [item for item in items if isinstance(item, dict)]
        links = [found.get("home_page_url"), found.get("feed_url"), *(entry.get("url") for entry in entries)]
        return Form([(what, 0) for what in _json_feed(found, entries)], _texts(links))
    icons = [icon.get("src") for icon in found.get("icons") or () if isinstance(icon, dict)]
    return Form([], _texts([found.get("start_url"), *icons]))


def _texts(found: Iterable[Any]) -> list[str]:
    return [one for one in found if isinstance(one, str) and one]


def _nothing(root: ET.Element) -> Iterator[str]:
    yield from ()


def _atom(root: ET.Element) -> Iterator[str]:
    """RFC 4287 §4.1: what a feed and each of its entries must hold."""
    if root.tag != f"{_ATOM}feed":
        yield "is no Atom: its first element is of another namespace"
        return
    entries = root.findall(f"{_ATOM}entry")
    for number, node in enumerate([root, *entries]):
        name = f"entry {number}" if number else "the feed"
        for part in ("id", "title", "updated"):
            found = node.findall(f"{_ATOM}{part}")
            if len(found) != 1 or (part == "id" and not _inside(found[0])):
                yield (
                    f"{name} has {len(found) or 'no'} <{part}>" if len(found) != 1 else f"{name} has an empty <{part}>"
                )
        for part in ("updated", "published"):
            for stated in node.findall(f"{_ATOM}{part}"):
                if not _is_moment(_inside(stated)):
                    yield f"{name} has a date that is none: {_inside(stated)[:40]!r}"
        if number and root.find(f"{_ATOM}author") is None and node.find(f"{_ATOM}author") is None:
            yield f"{name} has no <author>, nor has the feed"
    yield from _twice(_inside(entry.find(f"{_ATOM}id")) for entry in entries)


def _inside(node: ET.Element | None) -> str:
    return ("".join(node.itertext()) if node is not None else "").strip()


def _is_moment(text: str) -> bool:
    """Whether a text is a date of RFC 3339, and a day that there is."""
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def _twice(ids: Iterable[str]) -> Iterator[str]:
    for id, count in Counter(ids).items():
        if id and count > 1:
            yield f"has {count} entries of one id: {id[:60]}"


def _rss(root: ET.Element) -> Iterator[str]:
    channel = root.find("channel")
    if channel is None:
        yield "has no <channel>"
        return
    for part in ("title", "link", "description"):
        if channel.find(part) is None:
            yield f"the channel has no <{part}>"


def _opml(root: ET.Element) -> Iterator[str]:
    if not root.get("version") or root.find("head") is None or root.find("body") is None:
        yield "lacks what OPML 2.0 asks for: a version, a <head>, a <body>"
    for outline in root.iter("outline"):
        if outline.get("text") is None:
            yield "has an <outline> without a text"


def _sitemap(root: ET.Element) -> Iterator[str]:
    places = [_inside(node) for node in root.iter() if node.tag.endswith("}loc")]
    if len(places) > _MOST_PLACES:
        yield f"names {len(places):,} addresses, {_MOST_PLACES:,} at most"
    if odd := next((place for place in places if not re.match(r"https?://", place)), None):
        yield f"names {odd[:60]!r}, which is no whole address"


_RULES: dict[str, Callable[[ET.Element], Iterator[str]]] = {
    "feed": _atom, "rss": _rss, "opml": _opml, "urlset": _sitemap, "sitemapindex": _sitemap,
}  # fmt: skip


def _json_feed(found: dict[str, Any], entries: list[dict[str, Any]]) -> Iterator[str]:
    """JSON Feed 1.1: what a feed and each of its items must hold."""
    if not str(found.get("version", "")).startswith("https://jsonfeed.org/version/1"):
        yield "has no version of JSON Feed"
    if not isinstance(found.get("title"), str):
        yield "the feed has no title"
    if not isinstance(found.get("items"), list) or len(entries) != len(found["items"]):
        yield "its items are no list of objects"
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry.get("id"), str) or not entry["id"]:
            yield f"item {number} has no id"
        if not isinstance(entry.get("content_html", entry.get("content_text")), str):
            yield f"item {number} has neither content_html nor content_text"
        for part in ("date_published", "date_modified"):
            if part in entry and not _is_moment(str(entry[part])):
                yield f"item {number} has a date that is none: {str(entry[part])[:40]!r}"
    yield from _twice(str(entry.get("id", "")) for entry in entries)

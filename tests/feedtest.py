"""The rules of Atom (RFC 4287) and of JSON Feed 1.1, as far as a feed of ours can break them.

Never mends what it reads, and never asks the network.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

from tests.htmltest import faults as html_faults

ATOM = "{http://www.w3.org/2005/Atom}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ONCE = ("id", "title", "updated")
_AT_MOST_ONCE = (*_ONCE, "subtitle", "summary", "content", "published", "rights", "generator", "icon", "logo", "source")
_OF_FEED = {*_ONCE, "author", "category", "contributor", "generator", "icon", "link", "logo", "rights", "subtitle"}
_OF_ENTRY = {*_ONCE, "author", "category", "content", "contributor", "link", "published", "rights", "source", "summary"}
_RELATIONS = {"alternate", "related", "self", "enclosure", "via"}
_TEXTS = {"title", "subtitle", "summary", "rights", "content"}
# RFC 4151 §2.1: an authority, a date, and what may stand in a URI.
_TAG = re.compile(r"tag:[\w.@-]+,\d{4}(-\d\d){0,2}(:[\w.~-]+)?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]+")
# RFC 3339 §5.6 in UTC, with the capital letters that RFC 4287 §3.3 asks for.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MEDIA = re.compile(r"[a-z]+/[a-z0-9.+-]+")
# RFC 3986 appendix A: brackets stand in a host alone, a percent sign before two digits, and there is one fragment.
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(//(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=:@-])*)?"
    r"([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
    r"(\?([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?(#([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)


def atom_faults(data: bytes, address: str = "") -> list[str]:
    """What is wrong with an Atom feed that is published at `address`; where that is not given, its `self` is not read."""
    try:
        feed = etree.fromstring(data, etree.XMLParser(no_network=True, resolve_entities=False))
    except etree.XMLSyntaxError as error:
        return [f"no XML: {error}"]
    if feed.tag != ATOM + "feed" or b"<!DOCTYPE" in data:
        return ["no Atom feed, or one with a document type"]
    return list(_feed_faults(feed, address))


def _feed_faults(feed: etree._Element, address: str) -> Iterator[str]:
    """RFC 4287 §4.1.1."""
    entries = feed.findall(ATOM + "entry")
    yield from _element_faults(feed, {*_OF_FEED, "entry"})
    own = [link.get("href") for link in feed.findall(ATOM + "link") if link.get("rel") == "self"]
    if len(own) != 1 or (address and own != [address]):
        yield f"self is {own}, not {address}"
    if feed.find(ATOM + "author") is None and any(one.find(ATOM + "author") is None for one in entries):
        yield "an entry without an author"
    twice = [id for id, number in Counter(one.findtext(ATOM + "id") for one in entries).items() if number > 1]
    if twice:
        yield f"entries that share an id: {twice}"
    for number, entry in enumerate(entries, 1):
        for fault in _entry_faults(entry):
            yield f"entry {number}: {fault}"


def _entry_faults(entry: etree._Element) -> Iterator[str]:
    """RFC 4287 §4.1.2."""
    yield from _element_faults(entry, _OF_ENTRY)
    links = [link.get("rel", "alternate") for link in entry.findall(ATOM + "link")]
    if entry.find(ATOM + "content") is None and "alternate" not in links:
        yield "neither content nor an alternate"
    published, updated = entry.findtext(ATOM + "published"), entry.findtext(ATOM + "updated")
    if published and updated and published > updated:
        yield f"published at {published}, after {updated}"


def _element_faults(one: etree._Element, may_hold: set[str]) -> Iterator[str]:
    """What holds of feeds and entries alike."""
    names = Counter(str(child.tag) for child in one)
    yield from (f"<{name}>" for name in names if name.removeprefix(ATOM) not in may_hold)
    yield from (f"{names[ATOM + name]} of <{name}>" for name in _ONCE if names[ATOM + name] != 1)
    yield from (f"{names[ATOM + name]} of <{name}>" for name in _AT_MOST_ONCE if names[ATOM + name] > 1)
    alternates = [(link.get("type"), link.get("hreflang")) for link in one.findall(ATOM + "link[@rel='alternate']")]
    if len(alternates) != len(set(alternates)):
        yield "two alternates of one type and language"
    if not _LANGUAGE.fullmatch(one.get(_LANG, "en")):
        yield f"xml:lang={one.get(_LANG)!r}"
    for child in one:
        yield from _child_faults(child, str(child.tag).removeprefix(ATOM))


def _child_faults(child: etree._Element, name: str) -> Iterator[str]:
    text = child.text or ""
    if name == "id" and not _TAG.fullmatch(text):
        yield f"the id {text!r}"
    if name in ("updated", "published") and not is_moment(text):
        yield f"<{name}> {text!r}"
    if name in ("title", "generator") and not text.strip():
        yield f"an empty <{name}>"
    if name in ("author", "contributor"):
        yield from _person_faults(child)
    elif name != "entry" and len(child):
        yield f"elements in <{name}>"
    if name == "link":
        yield from _link_faults(child)
    if name == "category":
        if not child.get("term"):
            yield "a category without a term"
        if not is_uri(child.get("scheme", "x:y")):
            yield f"the scheme {child.get('scheme')!r}"
    if name in _TEXTS:
        yield from _text_faults(child, name)


def _person_faults(person: etree._Element) -> Iterator[str]:
    """RFC 4287 §3.2."""
    names = [child.text or "" for child in person if child.tag == ATOM + "name"]
    if len(names) != 1 or not names[0].strip() or len(person) != 1:
        yield f"a person with the names {names}"


def _link_faults(link: etree._Element) -> Iterator[str]:
    """RFC 4287 §4.2.7; an address that is not absolute depends on where the feed is read."""
    if not is_uri(link.get("href", "")):
        yield f"href={link.get('href')!r}"
    if link.get("rel", "alternate") not in _RELATIONS:
        yield f"rel={link.get('rel')!r}"
    if link.get("type") is not None and not _MEDIA.fullmatch(link.get("type", "")):
        yield f"type={link.get('type')!r}"


def _text_faults(text: etree._Element, name: str) -> Iterator[str]:
    """RFC 4287 §3.1: plain, or escaped HTML that is right for a `<div>`."""
    kind = text.get("type", "text")
    if kind not in ("text", "html"):
        yield f"<{name} type={kind!r}>"
    if kind == "html":
        yield from fragment_faults(text.text or "")


def fragment_faults(shown: str) -> Iterator[str]:
    """What is wrong with a fragment of HTML for readers of feeds: what could run, and what leads elsewhere there."""
    yield from html_faults(shown)
    fragment = html.fragment_fromstring(shown, create_parent="div")
    yield from (f"<a href={a.get('href')!r}>" for a in fragment.iter("a") if not is_uri(a.get("href", "")))
    yield from (f"<{tag}> in HTML" for tag in {str(one.tag) for one in fragment.iter()} - {"div", "p", "ul", "li", "a"})
    if not fragment.text_content().strip():
        yield "HTML that says nothing"


# -- JSON Feed -----------------------------------------------------------------------------------------------

_FEED_KEYS: dict[str, type] = {
    **dict.fromkeys(("version", "title", "description", "home_page_url", "feed_url", "language"), str),
    "authors": list,
    "items": list,
}
_ITEM_KEYS: dict[str, type] = {
    **dict.fromkeys(("id", "url", "external_url", "title", "content_text", "content_html", "summary"), str),
    **dict.fromkeys(("date_published", "date_modified", "language"), str),
    "authors": list,
    "tags": list,
}


def json_faults(data: bytes, address: str = "") -> list[str]:
    """What is wrong with a JSON Feed that is published at `address`, by jsonfeed.org/version/1.1."""
    try:
        feed = json.loads(data.decode("utf-8"))
    except ValueError as error:
        return [f"no JSON: {error}"]
    if not isinstance(feed, dict) or feed.get("version") != "https://jsonfeed.org/version/1.1":
        return ["no JSON Feed 1.1"]
    return list(_json_feed_faults(feed, address))


def _json_feed_faults(feed: dict[str, Any], address: str) -> Iterator[str]:
    yield from _key_faults(feed, _FEED_KEYS, ("version", "title", "items"))
    if not is_uri(feed["feed_url"]) or (address and feed["feed_url"] != address):
        yield f"feed_url is {feed['feed_url']}, not {address}"
    if not feed["title"].strip() or not is_uri(feed["home_page_url"]):
        yield "no title, or no home"
    ids = Counter(str(item.get("id")) for item in feed["items"])
    yield from (f"items that share the id {id}" for id, number in ids.items() if number > 1)
    yield from _said_faults(feed)
    for number, item in enumerate(feed["items"], 1):
        for fault in _item_faults(item):
            yield f"item {number}: {fault}"


def _item_faults(item: dict[str, Any]) -> Iterator[str]:
    yield from _key_faults(item, _ITEM_KEYS, ("id", "url", "date_published", "date_modified"))
    if not _TAG.fullmatch(str(item.get("id", ""))):
        yield f"the id {item.get('id')!r}"
    if not item.get("content_text") and not item.get("content_html"):
        yield "no content"
    yield from (f"{key} {item[key]!r}" for key in ("url", "external_url") if key in item and not is_uri(item[key]))
    moments = [item.get("date_published", ""), item.get("date_modified", "")]
    if not all(map(is_moment, moments)) or moments != sorted(moments):
        yield f"the moments {moments}"
    if not all(isinstance(tag, str) and tag for tag in item.get("tags", [])):
        yield f"the tags {item.get('tags')}"
    yield from _said_faults(item)
    if "content_html" in item:
        yield from fragment_faults(item["content_html"])


def _key_faults(found: dict[str, Any], keys: dict[str, type], needed: tuple[str, ...]) -> Iterator[str]:
    yield from (f"no {key}" for key in needed if key not in found)
    for key, value in found.items():
        if not isinstance(value, keys.get(key, type(None))) or (key == "authors" and not value):
            yield f"{key} is {value!r}"
        elif isinstance(value, str) and re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", value):
            yield f"{key} holds what no text holds: {value!r}"


def _said_faults(found: dict[str, Any]) -> Iterator[str]:
    if not all(set(author) == {"name"} and author["name"].strip() for author in found.get("authors", [])):
        yield f"the authors {found.get('authors')}"
    if not _LANGUAGE.fullmatch(found.get("language", "en")):
        yield f"language {found['language']!r}"


# -- what both ask for -----------------------------------------------------------------------------------------


def is_uri(address: str) -> bool:
    """Whether it is an absolute URI, in characters as well (RFC 3986)."""
    parts = urlsplit(address)
    return _URI.fullmatch(address) is not None and bool(parts.scheme and (parts.netloc or parts.path))


def is_moment(stated: str) -> bool:
    """Whether it is a moment that exists, in UTC."""
    try:
        return bool(_MOMENT.fullmatch(stated) and datetime.fromisoformat(stated))
    except ValueError:
        return False

"""A saved HTML page as an item: what its head states, and the text of its main element.

Never runs a page's scripts and never fetches what it links to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bs4 import BeautifulSoup, Tag

from builder import markdown, sanitize, urls
from builder.model import Item
from builder.sources import furniture
from builder.sources.texts import Facts, Line, item_of, told

_OUTSIDE = (
    "script",
    "style",
    "nav",
    "aside",
    "footer",
    "form",
    "noscript",
    "iframe",
    "svg",
    "button",
    "template",
    "dialog",
    "menu",
)
LONGEST, HEAD = 5_000_000, 200_000


def parse(html: str, *, as_of: datetime, filename: str = "") -> Item:
    """The item in a page; `SourceError` where its main element holds no text."""
    soup = BeautifulSoup(sanitize.bounded(html[:LONGEST]), "html.parser")
    facts = _facts(soup)
    for element in soup.find_all(_OUTSIDE):
        element.decompose()
    blocks = markdown.html_blocks(str(_main(soup)), facts.link)
    return item_of([_line(block) for block in blocks], facts, as_of=as_of, filename=filename)


def head(html: str, *, as_of: datetime) -> Item:
    """The item that a page's head describes, without a text: for pages that show theirs to readers alone.

    Its title is `""` where the page states none.
    """
    facts = _facts(BeautifulSoup(sanitize.bounded(html[:HEAD]), "html.parser"))
    return told(facts, "", [facts.subtitle], as_of, "")


def _line(block: str) -> Line:
    if re.match(r"(?:- |\d+\. |> |\||```|---|!\[)", block):
        return Line(text=markdown.to_text(block), markdown=block, kind="block")
    heading = re.match(r"#+ ", block)
    return Line(text=markdown.to_text(block), markdown=block, kind="heading" if heading else "")


def _main(soup: BeautifulSoup) -> Tag:
    """The element that holds the article: the fullest of what sites mark it with, else the whole body."""
    for mark in ('[itemprop="articleBody"]', "article", "main", '[role="main"]'):
        found = [element for element in soup.select(mark) if len(element.get_text(" ", strip=True)) > 200]
        if found:
            return max(found, key=lambda element: len(element.get_text(" ", strip=True)))
    return next((part for mark in ("article", "main", "body") if isinstance(part := soup.find(mark), Tag)), soup)


def _facts(soup: BeautifulSoup) -> Facts:
    """What a page's head says: Open Graph (ogp.me), JSON-LD of schema.org, and plain HTML, in this order."""
    meta: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name, value = (
            str(tag.get("property") or tag.get("name") or tag.get("itemprop") or "").lower(),
            sanitize.line(str(tag.get("content") or "")),
        )
        if name and value:
            meta.setdefault(name, value)
    linked = _linked(soup)
    first = soup.find("h1")
    title = (
        meta.get("og:title")
        or (sanitize.line(first.get_text(" ")) if first else "")
        or meta.get("twitter:title")
        or _text(linked, "headline")
        or _heading(soup)
    )
    canonical = soup.find("link", rel="canonical")
    site = meta.get("og:site_name") or next((name for name in _names(linked.get("publisher"))), "")
    stamp = soup.find("time", attrs={"datetime": True})
    authors = tuple(
        person
        for name in (meta.get("author", ""), meta.get("article:author", ""), *_names(linked.get("author")))
        if name and "://" not in name
        for person in furniture.byline(name) or (name,)
    )
    root = soup.find("html")
    return Facts(
        title=re.sub(rf"\s+[-|–—]\s+{re.escape(site)}$", "", title) if site else title,
        subtitle=meta.get("og:description") or meta.get("description") or "",
        authors=tuple(dict.fromkeys(authors)),
        publisher=site,
        date=meta.get("article:published_time")
        or _text(linked, "datePublished")
        or meta.get("date", "")
        or (str(stamp["datetime"]) if stamp else ""),
        updated=meta.get("article:modified_time") or _text(linked, "dateModified"),
        link=urls.absolute(str(canonical.get("href") or "") if canonical else "")
        or urls.absolute(meta.get("og:url", "")),
        image=meta.get("og:image", ""),
        lang=str(root.get("lang") or "") if root else "",
    )


def _heading(soup: BeautifulSoup) -> str:
    return sanitize.line(soup.title.get_text(" ")) if soup.title else ""


def _linked(soup: BeautifulSoup) -> dict[str, Any]:
    """The page's article in JSON-LD."""
    for script in soup.find_all("script", type="application/ld+json"):
        try:
            found = json.loads(script.get_text())
        except (ValueError, RecursionError):
            continue
        for thing in _things(found):
            if re.search(r"article|posting|report", json.dumps(thing.get("@type", "")), re.I):
                return thing
    return {}


def _things(found: Any) -> Iterable[dict[str, Any]]:
    if isinstance(found, list):
        yield from (thing for thing in found if isinstance(thing, dict))
    elif isinstance(found, dict):
        graph = found.get("@graph")
        yield from _things(graph) if isinstance(graph, list) else (found,)


def _text(thing: dict[str, Any], name: str) -> str:
    value = thing.get(name)
    return sanitize.line(value) if isinstance(value, str) else ""


def _names(value: Any) -> Iterable[str]:
    for thing in value if isinstance(value, list) else [value]:
        if isinstance(thing, str):
            yield sanitize.line(thing)
        elif isinstance(thing, dict) and isinstance(thing.get("name"), str):
            yield sanitize.line(thing["name"])

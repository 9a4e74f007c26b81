"""JSON Feed 1.0 and 1.1 (jsonfeed.org), as what their items state.

Never assumes the type of a value: published feeds hold numbers for ids and nulls for everything.
"""

from __future__ import annotations

import html as entities
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from builder import sanitize, urls
from builder.errors import SourceError
from builder.found import Parsed
from builder.model import Enclosure
from builder.settings import Source
from builder.sources import decoded
from builder.sources.stated import Feed, Stated, parsed


def parse(body: bytes, source: Source, *, as_of: datetime) -> Parsed:
    """The items of a JSON Feed; `SourceError` where the JSON is broken or is something else."""
    try:
        document = json.loads(decoded(body), parse_int=_number)
    except (ValueError, RecursionError) as problem:
        reason = "it is nested too deep" if isinstance(problem, RecursionError) else str(problem)
        raise SourceError(f"this JSON cannot be read ({reason})", where=source.name, next="it is tried again") from None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise SourceError(
            "this is JSON, but not a JSON Feed: it has no list of items",
            where=source.name,
            next="check the source's address",
        )
    feed = Feed(
        title=sanitize.line(_text(document, "title")),
        home=urls.absolute(_text(document, "home_page_url"), source.url),
        lang=_text(document, "language"),
    )
    inherited = _people(document)
    entries = [_stated(entry, feed, inherited) if isinstance(entry, dict) else Stated() for entry in document["items"]]
    return parsed(feed, entries, source, as_of=as_of)


def _number(digits: str) -> int:
    # Python refuses integers of more than 4,300 digits, with an error of its own.
    return int(digits) if len(digits) < 20 else 0


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return value.strip() if isinstance(value, str) else ""


def _stated(entry: dict[str, Any], feed: Feed, inherited: tuple[str, ...]) -> Stated:
    guid = entry.get("id")
    link = urls.absolute(_text(entry, "url") or _text(entry, "external_url"), feed.home)
    plain = _text(entry, "content_text")
    return Stated(
        title=sanitize.line(_text(entry, "title")),
        guid=str(guid).strip() if isinstance(guid, str | int | float) and not isinstance(guid, bool) else "",
        link=link,
        published=_date(entry, "date_published"),
        updated=_date(entry, "date_modified"),
        summary=entities.escape(_text(entry, "summary")),
        body=_text(entry, "content_html")
        or "".join(f"<p>{entities.escape(part)}</p>" for part in re.split(r"\n\s*\n", plain) if part.strip()),
        base=link,
        images=(_text(entry, "image"), _text(entry, "banner_image"), *_attached_images(entry)),
        terms=tuple(term for term in _list(entry, "tags") if isinstance(term, str)),
        authors=_people(entry) or inherited,
        lang=_text(entry, "language"),
        enclosures=tuple(_attachments(entry, link)),
    )


def _date(entry: dict[str, Any], name: str) -> str:
    """RFC 3339, as it has to be, or seconds since 1970, as it is in some."""
    value = entry.get(name)
    return str(int(value)) if isinstance(value, int | float) and 0 < value < 1e14 else _text(entry, name)


def _list(entry: dict[str, Any], name: str) -> list[Any]:
    value = entry.get(name)
    return value if isinstance(value, list) else []


def _people(entry: dict[str, Any]) -> tuple[str, ...]:
    """`authors` of version 1.1, else the one `author` of version 1.0."""
    authors = [author for author in [*_list(entry, "authors"), entry.get("author")] if isinstance(author, dict)]
    return tuple(name for author in authors if (name := _text(author, "name")))


def _attached_images(entry: dict[str, Any]) -> Iterable[str]:
    return (
        _text(media, "url")
        for media in _list(entry, "attachments")
        if isinstance(media, dict) and _text(media, "mime_type").startswith("image/")
    )


def _attachments(entry: dict[str, Any], base: str) -> Iterable[Enclosure]:
    for media in _list(entry, "attachments"):
        if not isinstance(media, dict) or _text(media, "mime_type").startswith("image/"):
            continue
        url, size = urls.absolute(_text(media, "url"), base), media.get("size_in_bytes")
        if url.startswith("http"):
            yield Enclosure(
                url=url,
                type=sanitize.line(_text(media, "mime_type"))[:100],
                length=size if isinstance(size, int) and not isinstance(size, bool) and 0 < size < 10**15 else 0,
            )

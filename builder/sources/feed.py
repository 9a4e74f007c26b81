"""RSS, RDF and Atom, as feedparser reads them, as what their entries state.

Never lets feedparser open a file or an address, and never relies on its sanitising: neither is a boundary.
"""

from __future__ import annotations

import html as entities
import io
import re
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from xml.sax import SAXException

import feedparser

from builder import sanitize, urls
from builder.errors import SourceError
from builder.found import Parsed
from builder.model import Enclosure
from builder.settings import Source
from builder.sources.stated import Feed, Stated, parsed

_HTML = ("text/html", "application/xhtml+xml")
_WEEK = 7 * 86400
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": _WEEK, "monthly": 30 * 86400, "yearly": 365 * 86400}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# A reference to half a character makes feedparser raise UnicodeEncodeError.
_HALF = re.compile(
    rb"&#(?:x0*d[89a-f][0-9a-f]{2}|0*5(?:529[6-9]|5[3-9]\d{2}|[67]\d{3})|0*57[0-2]\d{2}|0*573[0-3]\d|0*5734[0-3]);",
    re.I,
)
# feedparser looks for an e-mail address in each author, in time quadratic in a run of what an address may hold.
_RUN = re.compile(rb"[A-Za-z0-9_.+-]{2000,}+")


def parse(body: bytes, source: Source, *, as_of: datetime) -> Parsed:
    """The items of a feed. One that is damaged gives the entries that can be read; none at all is `SourceError`."""
    document = _read(body, source)
    entries, version = document.get("entries", []), document.get("version", "")
    if not entries and not version:
        raise SourceError("this is not a feed", where=source.name, next="check the source's address")
    about = document.get("feed", {})
    title = _title(about)
    feed = Feed(
        title=title,
        home=urls.absolute(str(about.get("link", "")), source.url),
        lang=str(about.get("language", "")),
        ttl=_ttl(about),
        skip_hours=_skipped_hours(body),
        skip_days=_skipped_days(body),
    )
    inherited = _people(about) if version.startswith("atom") else ()
    stated = [_stated(entry, version, feed, inherited) for entry in entries]
    result = parsed(feed, stated, source, as_of=as_of)
    if not result.found and isinstance(document.get("bozo_exception"), SAXException):
        # All entries gone and the XML broken: that is a damaged answer, not an empty feed.
        what = f"the feed is cut off or damaged before its first whole entry ({document['bozo_exception']})"
        raise SourceError(what, where=source.name, next="it is tried again")
    return result


def _read(body: bytes, source: Source) -> Any:
    # Bytes that look like a path or an address would be opened, so only ever a stream.
    body = _RUN.sub(lambda match: match.group()[:2000], body)
    for attempt in (body, _HALF.sub(b"", body)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return feedparser.parse(io.BytesIO(attempt), sanitize_html=False, resolve_relative_uris=False)
        except (
            Exception
        ) as problem:  # feedparser promises none and raises several: UnicodeEncodeError, RecursionError, AssertionError
            last = problem
    raise SourceError(f"the feed cannot be read ({type(last).__name__})", where=source.name, next="tell its publisher")


def _stated(entry: Any, version: str, feed: Feed, inherited: tuple[str, ...]) -> Stated:
    summary, body, base, lang = _texts(entry)
    published, updated = _get(entry, "published"), _get(entry, "updated")
    published_guess, updated_guess = _moment(entry, "published"), _moment(entry, "updated")
    if not published and version.startswith("rss"):
        # Dublin Core's date, the only one that RSS 1.0 has, is when an entry was published; feedparser says updated.
        published, published_guess, updated, updated_guess = updated, updated_guess, "", None
    guid = _get(entry, "id")
    # FeedBurner put its own redirecting address in <link>, and most of those are gone.
    stated = _get(entry, "feedburner_origlink") or _get(entry, "link")
    link = urls.absolute(stated, urls.absolute(base) or feed.home)
    base = urls.absolute(base, link or feed.home) or link or feed.home
    origin = dict.get(entry, "source") or {}
    return Stated(
        title=_title(entry),
        guid=guid,
        link=link,
        published=published,
        published_guess=published_guess,
        updated=updated,
        updated_guess=updated_guess,
        summary=summary,
        body=body,
        base=base,
        images=tuple(_images(entry)),
        terms=tuple(str(term.get("label") or term.get("term") or "") for term in dict.get(entry, "tags") or ()),
        publisher=(_title(origin) if isinstance(origin, dict) else "") or sanitize.line(_get(entry, "news_source")),
        origin=_address(origin) if isinstance(origin, dict) else "",
        authors=_people(entry) or inherited,
        lang=lang,
        enclosures=tuple(_enclosures(entry, base)),
    )


def _get(entry: Any, name: str) -> str:
    # The plain dict: feedparser's own `get` answers with another field, and a warning.
    value = dict.get(entry, name)
    return value.strip() if isinstance(value, str) else ""


def _title(entry: Any) -> str:
    return _plain(dict.get(entry, "title_detail"), _get(entry, "title"))


def _plain(detail: Any, value: str) -> str:
    kind = detail.get("type", "") if isinstance(detail, dict) else ""
    return sanitize.text(value) if kind in _HTML else sanitize.line(value)


def _texts(entry: Any) -> tuple[str, str, str, str]:
    """The summary and the longest content as HTML, with the content's base and language."""
    detail = dict.get(entry, "summary_detail") or {}
    summary = _html(detail.get("type", "text/html"), _get(entry, "summary"))
    contents = [
        part
        for part in dict.get(entry, "content") or ()
        if isinstance(part, dict) and str(part.get("type", "text/html")).startswith(("text/", "application/xhtml"))
    ]
    best = max(contents, key=lambda part: (part.get("type") in _HTML, len(part.get("value") or "")), default={})
    body = _html(best.get("type", "text/html"), best.get("value") or "") if best else ""
    base = best.get("base") or detail.get("base") or ""
    lang = (
        best.get("language") or detail.get("language") or (dict.get(entry, "title_detail") or {}).get("language") or ""
    )
    return summary, body, str(base), str(lang)


def _html(kind: str, value: str) -> str:
    if kind != "text/plain":
        return value
    return "".join(
        f"<p>{entities.escape(paragraph)}</p>" for paragraph in re.split(r"\n\s*\n", value) if paragraph.strip()
    )


def _moment(entry: Any, name: str) -> datetime | None:
    parts = dict.get(entry, f"{name}_parsed")
    try:
        return datetime(*parts[:6]).replace(tzinfo=UTC) if parts else None
    except (ValueError, OverflowError, TypeError):
        return None


def _people(entry: Any) -> tuple[str, ...]:
    authors = [author for author in dict.get(entry, "authors") or () if isinstance(author, dict)]
    names = [str(author.get("name") or "") for author in authors if author.get("name")]
    whole = _get(entry, "author")
    # feedparser knows no domain longer than four letters, and cuts a name out of desk@paper.agency.
    if whole and (not names or (len(names) == 1 and "@" in whole)):
        return (whole,)
    return tuple(names)


def _address(origin: Any) -> str:
    """Where the source of an entry is: the `url` of RSS, a link of Atom."""
    links = [str(link.get("href", "")) for link in origin.get("links") or () if isinstance(link, dict)]
    return next(filter(None, (_get(origin, "href"), _get(origin, "link"), *links)), "")


def _images(entry: Any) -> Iterable[str]:
    for media in dict.get(entry, "media_content") or ():
        if _kind(media) == "image":
            yield str(media.get("url", ""))
    for media in dict.get(entry, "media_thumbnail") or ():
        yield str(media.get("url", ""))
    image = dict.get(entry, "image")
    if isinstance(image, dict):
        yield str(image.get("href") or image.get("url") or "")
    for media in dict.get(entry, "links") or ():
        if media.get("rel") == "enclosure" and _kind(media) == "image":
            yield str(media.get("href", ""))


def _kind(media: Any) -> str:
    """`image`, `audio`, `video` or something else, as a media file states it or its name tells."""
    for stated in (str(media.get("medium", "")), str(media.get("type", "")).partition("/")[0]):
        if stated.lower() in ("image", "audio", "video"):
            return stated.lower()
    name = _path(str(media.get("url") or media.get("href") or ""))
    return "image" if re.search(r"\.(jpe?g|png|webp|gif|avif)$", name, re.I) else ""


def _path(url: str) -> str:
    return re.split("[?#]", url, maxsplit=1)[0]


def _enclosures(entry: Any, base: str) -> Iterable[Enclosure]:
    """The files of `<enclosure>` and of Atom's links; where they hold neither sound nor film, those of Media RSS."""
    linked = [media for media in dict.get(entry, "links") or () if media.get("rel") == "enclosure"]
    if not any(_kind(media) in ("audio", "video") for media in linked):
        linked += [media for media in dict.get(entry, "media_content") or () if _kind(media) in ("audio", "video")]
    known: set[str] = set()
    for media in linked:
        url = urls.absolute(str(media.get("href") or media.get("url") or ""), base)
        if not url.startswith("http") or url in known or _kind(media) == "image" or "flash" in str(media.get("type")):
            continue
        known.add(url)
        length = str(media.get("length") or media.get("filesize") or "")
        yield Enclosure(
            url=url,
            type=sanitize.line(str(media.get("type", "")))[:100],
            length=int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0,
        )


# -- when a feed does not want to be asked ---------------------------------------------------------


def _ttl(about: Any) -> int:
    """RSS 2.0's `ttl`, in minutes, or the period of RSS 1.0's syndication module; in seconds, at most a week."""
    minutes = _get(about, "ttl")
    if minutes.isascii() and minutes.isdigit():
        return min(int(minutes[:9]) * 60, _WEEK)
    period = _PERIODS.get(_get(about, "sy_updateperiod").lower(), 0)
    often = _get(about, "sy_updatefrequency")
    return min(period // (max(1, int(often)) if often.isascii() and often.isdigit() and len(often) < 6 else 1), _WEEK)


def _skipped_hours(body: bytes) -> tuple[int, ...]:
    """`skipHours` (RSS 2.0), of which feedparser keeps the last: in UTC, and 24 is midnight."""
    hours = (int(hour) for hour in re.findall(rb"<hour>\s*(\d{1,2})\s*</hour>", _skipped(body, b"Hours"), re.I))
    return tuple(sorted({hour % 24 for hour in hours if hour <= 24}))


def _skipped_days(body: bytes) -> tuple[str, ...]:
    days = re.findall(rb"<day>\s*(\w{6,9})\s*</day>", _skipped(body, b"Days"), re.I)
    stated = {day.decode("ascii", "replace").lower() for day in days}
    return tuple(day for day in _DAYS if day in stated)


def _skipped(body: bytes, what: bytes) -> bytes:
    """What stands in `<skipHours>` or `<skipDays>`: above the entries, or below them."""
    ends = body[:65536] + b"\n" + body[65536:][-16384:]
    match = re.search(rb"<skip" + what + rb"\s*>([^\0]{0,2000}?)</skip" + what + rb"\s*>", ends, re.I)
    return match[1] if match else b""

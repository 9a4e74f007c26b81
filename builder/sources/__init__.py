"""One module per input form, bytes in and items out; this one tells the forms apart and says how items are known again.

Never reads a file, the network or a clock, and fails with `SourceError` alone.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from builder import canonical, urls
from builder.errors import SourceError
from builder.found import Parsed
from builder.model import Item, fingerprint
from builder.settings import Source

# In their byte order marks JSON and XML look alike; see RFC 8259 §8.1 and XML 1.0 appendix F.
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FEED = re.compile(r"<(\w+:)?(rss|feed|rdf)\b", re.I)
# Marks too: in Hindi, Thai and other scripts they are vowels, without which many words are one.
_WORDS = re.compile(
    r"[\w\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0971-\u0e4e"
    r"\u0eb1-\u0ecd\u0f18-\u0fbc\u102b-\u109d\u135d-\u135f\u1712-\u1773\u17b4-\u17d3\u1a17-\u1cf9]+"
)
_ASCII_WORDS = re.compile(r"\w+", re.A)
_PAGE = re.compile(r"<(!doctype\s+html|html|head|body|article|main)\b", re.I)


def parse(body: bytes, source: Source, *, as_of: datetime, filename: str = "") -> Parsed:
    """What a feed of any kind holds: RSS 0.9 to 2.0, RDF, Atom, or JSON Feed 1.0 and 1.1.

    `SourceError` where the bytes are no feed at all, and where a feed is so damaged that no entry
    is left: "all entries are gone" must never be concluded from a broken answer.
    """
    where = source.name or filename
    start = opening(body)
    if not start:
        raise SourceError("the answer is empty", where=where, next="open its address in a browser")
    if start[0] in "{[":
        from builder.sources import jsonfeed

        return jsonfeed.parse(body, source, as_of=as_of)
    if _PAGE.search(start) and not _FEED.search(start):
        raise SourceError(
            "this is an HTML page, not a feed", where=where, next="look for the page's feed link, or sign in"
        )
    from builder.sources import feed

    return feed.parse(body, source, as_of=as_of)


def article(body: bytes, *, as_of: datetime, filename: str = "") -> Item:
    """The item in an article's text, Markdown or saved HTML page; `SourceError` where there is no text."""
    start = opening(body)
    if not start:
        raise SourceError("the file is empty", where=filename, next="remove it")
    if "\x00" in start:
        raise SourceError("this is not text", where=filename, next="save the article as text or HTML")
    text = decoded(body)
    if _PAGE.search(start):
        from builder.sources import page

        return page.parse(text, as_of=as_of, filename=filename)
    from builder.sources import texts

    return texts.parse(text, as_of=as_of, filename=filename)


def opening(body: bytes) -> str:
    """The first characters of a document, decoded well enough to tell its form."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[:4096].decode(encoding, "replace").strip()
    return body.lstrip()[:4096].decode("utf-8", "replace").strip()


def decoded(body: bytes) -> str:
    """A text file's text: what its byte order mark says, else UTF-8, else Windows-1252, which fails on nothing."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def fold(text: str) -> str:
    """Letters and digits alone, in one case: equal for the spellings of one headline."""
    if text.isascii():
        return " ".join(_ASCII_WORDS.findall(text.lower()))
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORDS.findall(folded))


def identities(
    *, source: str, guid: str = "", guid_link: str = "", link: str = "", title: str = "", date: str = "", text: str = ""
) -> tuple[str, ...]:
    """The hashes by which an entry can be known again, of what it states itself, strongest first.

    `guid` with `guid_link` where a document repeats the guid. A link counts in every source; the
    others in their own, and the text only where there is nothing else.
    """
    stated: list[tuple[str, ...]] = []
    if guid:
        stated.append(("guid", source, guid, guid_link) if guid_link else ("guid", source, guid))
    if link:
        stated.append(("link", link_key(link)))
    if title and date:
        stated.append(("title", source, fold(title) or title, date))
    if not stated:
        stated.append(("body", source, text))
    return tuple(fingerprint(what, 8) for what in stated)


def link_key(link: str) -> str:
    """`canonical.key`, which for a Google News link is that of its article: the links themselves vary."""
    if not urls.host(link).startswith("news.google."):
        return canonical.key(link)
    from builder.sources import googlenews

    return googlenews.link_key(link)

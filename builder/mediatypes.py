"""What kind of file stands at a route, as servers tell browsers. Never asks this machine what it takes a name for."""

from __future__ import annotations

import re

LOADED = (".css", ".js", ".mjs", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".woff2")
"""How the names of files end that pages load."""
_KINDS = {
    "atom": "application/atom+xml",
    "avif": "image/avif",
    "css": "text/css",
    "csv": "text/csv",
    "gif": "image/gif",
    "htm": "text/html",
    "html": "text/html",
    "ico": "image/vnd.microsoft.icon",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "m4a": "audio/mp4",
    "md": "text/markdown",
    "mjs": "text/javascript",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "opml": "text/x-opml",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "txt": "text/plain",
    "wasm": "application/wasm",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xml": "application/xml",
    "zip": "application/zip",
}
_NAMED = {
    "feed.json": "application/feed+json",
    "feed.xml": "application/atom+xml",
    "opml.xml": "text/x-opml",
    "_headers": "text/plain",
    "_redirects": "text/plain",
    "CNAME": "text/plain",
}
_TEXT = re.compile(r"text/.*|application/(?:json|feed\+json|manifest\+json)")
# An XML file says so itself, and is right.


def kind_of(route: str) -> str:
    """The content type of what stands at a route, without a charset.

    >>> kind_of("/tags/"), kind_of("/tags/x/feed.xml"), kind_of("/static/logo.svg")
    ('text/html', 'application/atom+xml', 'image/svg+xml')
    """
    name = route.rpartition("/")[2] or "index.html"
    found = _NAMED.get(name) or _KINDS.get(name.rpartition(".")[2].lower() if "." in name else "")
    return found or "application/octet-stream"


def stated(kind: str) -> str:
    """A content type as a header says it: all text that we write is UTF-8."""
    return f"{kind}; charset=utf-8" if _TEXT.fullmatch(kind) else kind

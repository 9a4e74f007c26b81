"""Bytes from a source's address, within limits of time and size.

Never asks for anything but http and https, and never takes more than it may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import urllib3

from builder import __version__
from builder.errors import SourceError
from builder.model import Source

BODY_BYTES = 15 * 1024 * 1024
CONNECT_SECONDS, READ_SECONDS, REDIRECTS, AT_ONCE = 10.0, 30.0, 5, 8
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


def fetch_all(sources: Iterable[Source], home: str) -> Iterator[tuple[Source, bytes | SourceError]]:
    """Fetch sources side by side and yield each with its bytes, or with the reason why there are none."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [(source, pool.submit(_outcome, source, home)) for source in sources]
        for source, future in waiting:
            yield source, future.result()


def _outcome(source: Source, home: str) -> bytes | SourceError:
    try:
        return fetch(source.url, home)
    except SourceError as error:
        return error


def fetch(url: str, home: str) -> bytes:
    """The body at an address, at most 15 MiB of it decoded. `home` is our site, named in the User-Agent."""
    agent = f"Broadsheet/{__version__} (+{home})"
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    retries = urllib3.Retry(total=REDIRECTS, redirect=REDIRECTS, connect=0, read=0, status=0, other=0)
    headers = {"User-Agent": agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"}
    with urllib3.PoolManager(timeout=timeout, retries=retries) as pool:
        try:
            response = pool.request("GET", url, headers=headers, preload_content=False)
            with response:
                if response.status != 200:
                    raise SourceError(f"HTTP {response.status}", next="check the address in a browser")
                return _read(response)
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(f"cannot be fetched: {_plain(error)}", next="check the address") from None


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    parts, size = [], 0
    for part in response.stream(65536, decode_content=True):
        size += len(part)
        if size > BODY_BYTES:
            raise SourceError(f"larger than {BODY_BYTES // 1024 // 1024} MiB", next="is this a feed?")
        parts.append(part)
    return b"".join(parts)


def _plain(error: Exception) -> str:
    """The reason without urllib3's object addresses."""
    reason = getattr(error, "reason", None)
    text = str(reason or error)
    return text.split(": ", 1)[-1] if "object at 0x" in text else text

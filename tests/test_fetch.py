"""Sources with an address, fetched from a real server on this machine."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from builder import fetch
from builder.errors import SourceError
from tests.sitetest import SiteTest
from tests.test_ingest import entry, items, rss


class _Feeds(BaseHTTPRequestHandler):
    """A publisher's server: each path behaves in one way."""

    agents: list[str] = []

    def do_GET(self) -> None:
        self.agents.append(self.headers["User-Agent"])
        body = rss(entry(1)).encode()
        if self.path == "/moved":
            self._answer(301, b"", Location="/feed")
        elif self.path == "/circle":
            self._answer(302, b"", Location="/circle")
        elif self.path == "/gzip":
            self._answer(200, gzip.compress(body), **{"Content-Encoding": "gzip"})
        elif self.path == "/bomb":
            self._answer(200, gzip.compress(b" " * (fetch.BODY_BYTES + 1)), **{"Content-Encoding": "gzip"})
        elif self.path == "/feed":
            self._answer(200, body)
        else:
            self._answer(404, b"Not here")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Feeds) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/feed", "/moved", "/gzip"])
def test_a_body_is_fetched_plain_moved_or_compressed(server: str, path: str) -> None:
    assert fetch.fetch(server + path, "https://news.example/") == rss(entry(1)).encode()
    assert _Feeds.agents[-1].startswith("Broadsheet/")
    assert _Feeds.agents[-1].endswith("(+https://news.example/)")


@pytest.mark.parametrize(
    ("path", "reason"), [("/nowhere", "HTTP 404"), ("/bomb", "larger than 15 MiB"), ("/circle", "too many redirects")]
)
def test_what_cannot_be_had_is_one_reason(server: str, path: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        fetch.fetch(server + path, "https://news.example/")


def test_a_server_that_is_not_there_is_one_reason(server: str) -> None:
    with pytest.raises(SourceError, match="cannot be fetched"):
        fetch.fetch("http://127.0.0.1:9/", "https://news.example/")


def test_a_source_without_a_name_takes_its_feeds_title(server: str, tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(source=[{"url": f"{server}/feed"}]).ingest()
    assert [source.name for source in site.ingested.sources] == ["The Gazette"]
    assert list(items(site)) == ["2026/01/06/storm-number-1.md"]


def test_one_bad_address_does_not_stop_the_others(server: str, tmp_path: Path) -> None:
    bad, good = {"name": "Bad", "url": f"{server}/nowhere"}, {"name": "Good", "url": f"{server}/feed"}
    site = SiteTest(tmp_path).config(source=[bad, good]).ingest()
    assert site.ingested.quarantined == ("source Bad: HTTP 404; check the address in a browser",)
    assert len(items(site)) == 1

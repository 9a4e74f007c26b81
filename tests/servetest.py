"""A running preview for tests: a site in memory, raw requests, an open stream of news."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import unescape
from http.client import HTTPResponse
from pathlib import Path
from typing import IO, Any, NamedTuple

from builder.mediatypes import kind_of
from builder.model import fingerprint
from builder.server import Preview, Site
from builder.shown import Section, Shown, Trouble, Update
from tests.cliprocess import COMMAND, environment
from tests.sitetest import SiteTest


class Heard:
    """Remembers for which pages news was asked for: so a test knows that a browser listens."""

    def __init__(self) -> None:
        self._calls: list[set[str]] = []
        self._came = threading.Condition()

    def asked(self, routes: Iterable[str]) -> None:
        with self._came:
            self._calls.append(set(routes))
            self._came.notify_all()

    def listens(self, *routes: str) -> None:
        """Wait until news of all these pages is asked for at once, once more than the last time."""
        with self._came:
            assert self._came.wait_for(lambda: any(call.issuperset(routes) for call in self._calls), timeout=30), routes
            first = next(number for number, call in enumerate(self._calls) if call.issuperset(routes))
            del self._calls[: first + 1]


class Pages(Heard):
    """A site whose pages and files are strings, under their routes; what `trouble` says of one comes in its place."""

    def __init__(self, pages: dict[str, str], base_path: str = "/") -> None:
        super().__init__()
        self.base_path = base_path
        self.pages, self.troubles = pages, dict[str, Trouble]()
        self.sources: dict[str, str] = {}
        self.sections: tuple[Section, ...] = ()
        self.next = Update()

    def shown(self, route: str) -> Shown | Trouble | None:
        if route in self.troubles:
            return self.troubles[route]
        if (text := self.pages.get(route)) is None:
            return None
        return Shown(
            route=route,
            body=text.encode(),
            kind=kind_of(route),
            version=fingerprint(text, 8),
            source=self.sources.get(route, ""),
        )

    def versions(self, routes: Iterable[str]) -> dict[str, str]:
        self.asked(routes)
        found = {route: self.shown(route) for route in routes}
        return {route: one.version if isinstance(one, Shown) else "" for route, one in found.items()}

    def near(self, route: str) -> tuple[str, ...]:
        return tuple(one for one in self.pages if one.endswith("/") and one[:3] == route[:3])

    def about(self, route: str) -> tuple[Section, ...]:
        return self.sections

    def update(self, paths: Iterable[Path] = ()) -> Update:
        said, self.next = self.next, Update(troubles=self.next.troubles)
        return said


@contextmanager
def serving(site: Site, port: int = 0) -> Iterator[Preview]:
    """A preview of a site, on any free port of this machine."""
    with Preview(("127.0.0.1", port), site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Answer:
    """One answer, read to its end."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()


def get(server: Preview, path: str, method: str = "GET", **headers: str) -> Answer:
    """`If_None_Match="…"` is that header."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): said for name, said in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


class Raw(NamedTuple):
    """What came back for bytes that no client would send: the first status (0 if none), and all of it."""

    status: int
    data: bytes


def raw(server: Preview, request: bytes, until: bytes = b"") -> Raw:
    """Send bytes; read until the server ends the connection, or has said `until`."""
    with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=20) as connection:
        data = b""
        try:
            connection.sendall(request)
            if not until:
                connection.shutdown(socket.SHUT_WR)
            while not (until and until in data) and (part := connection.recv(65536)):
                data += part
        except TimeoutError:
            raise
        except OSError:
            pass
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", data)
    return Raw(int(found[1]) if found else 0, data)


def told(page: bytes) -> dict[str, Any]:
    """What a page tells its client."""
    found = re.search(r'data-broadsheet="([^"]*)"', page.decode())
    assert found, "no client in this page"
    said: dict[str, Any] = json.loads(unescape(found[1]))
    return said


class News:
    """An open stream of news for some tabs, each `(route, version)` or `(route, version, files)`."""

    def __init__(self, port: int, token: str, *tabs: tuple[Any, ...], since: int = 0, name: str = "one") -> None:
        from urllib.parse import urlencode

        asked = urlencode({"name": name, "since": since, "tabs": json.dumps(tabs)})
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request("GET", f"/_broadsheet/events?{asked}", headers={"Broadsheet-Token": token})
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def next(self) -> dict[str, Any]:
        """The next event; pulses are no news."""
        while (line := self.response.readline()) in (b"\n", b":\n"):
            continue
        assert line.startswith(b"data: "), line
        said: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
        return said

    def ended(self) -> bool:
        """Whether the server ended it."""
        return not any(line.strip() for line in self.response)

    def close(self) -> None:
        self.response.close()
        self.connection.close()

    def __enter__(self) -> News:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Serving:
    """`broadsheet serve` as a process, with what it says so far."""

    def __init__(self, root: Path, *options: str, port: int = 0) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port), *options],
            cwd=root,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []

    @property
    def url(self) -> str:
        """Where it serves, once it does."""
        return (
            next((line.split()[1] for line in self.lines if line.startswith("Serving ")), "")
            or self.said(r"Serving (\S+)")[1]
        )

    def said(self, pattern: str) -> re.Match[str]:
        """Read on until a line says that."""
        with self._patience() as stderr:
            for line in stderr:
                self.lines.append(line)
                if match := re.search(pattern, line):
                    return match
        raise AssertionError(f"ended without saying {pattern!r}: {self.lines}")

    def stop(self) -> int:
        """Ctrl+C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        with self._patience() as stderr:
            self.lines += stderr.readlines()
        stderr.close()
        return self.process.wait(30)

    @contextmanager
    def _patience(self) -> Iterator[IO[str]]:
        """What it says; if it neither says what is waited for nor ends within a minute, it is ended."""
        assert self.process.stderr
        patience = threading.Timer(60, self.process.kill)
        patience.start()
        try:
            yield self.process.stderr
        finally:
            patience.cancel()


def save(site: SiteTest, path: str, **front: Any) -> None:
    """Save an item as editors do: written aside, then renamed into place."""
    name = f"content/items/{path}.md"
    (SiteTest(site.root / "aside").item(path, **front).root / name).replace(site.root / name)

"""The preview: what it serves, what it never serves, and what makes it build again."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirModifiedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileClosedNoWriteEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileOpenedEvent,
    FileSystemEvent,
)

from builder.server import Changes, Preview
from tests.cliprocess import COMMAND, environment
from tests.sitetest import SiteTest

CANARY = b"not for anybody's eyes"


@contextmanager
def serving(folder: Path, base_path: str = "/") -> Iterator[Preview]:
    """A preview of a folder, on any free port of this machine."""
    with Preview(("127.0.0.1", 0), folder, base_path) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SiteTest:
    """A built site with a secret beside it, and ways to it from inside."""
    root = tmp_path_factory.mktemp("preview")
    site = SiteTest(root).item("2026/01/12/a", title="A", tags=["x"]).build()
    for name in ("secret.txt", "site/inside.txt", "site/.hidden", "site/tags/.hidden"):
        site.file(name, CANARY.decode())
    site.file("site/.well-known/security.txt", "Contact: mailto:editors@news.example\n")
    (site.output / "link.txt").symlink_to(root / "secret.txt")
    (site.output / "folder").symlink_to(root)
    return site


@pytest.fixture(scope="module")
def server(site: SiteTest) -> Iterator[Preview]:
    with serving(site.output) as running:
        yield running


class Answer:
    """One answer, read to its end."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()


def get(server: Preview, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request(method, path, headers=headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def raw(server: Preview, target: bytes) -> bytes:
    """All that comes back for a request target that no client would send."""
    with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=10) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


# -- pages ---------------------------------------------------------------------------------------------


def test_a_page_is_served(server: Preview) -> None:
    answer = get(server, "/2026/01/12/a/")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b">A</h1>" in answer.body


def test_a_file_is_served_as_it_is(server: Preview, site: SiteTest) -> None:
    answer = get(server, "/feed.xml")
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.body == site.text("/feed.xml").encode()


def test_what_is_not_there_gets_the_sites_own_404_page(server: Preview) -> None:
    answer = get(server, "/nowhere/")
    assert answer.status == 404 and b"Page not found" in answer.body


def test_head_sends_the_headers_alone(server: Preview) -> None:
    answer = get(server, "/", "HEAD")
    assert answer.status == 200 and answer.body == b"" and int(answer.headers["Content-Length"]) > 0


def test_a_base_path_is_served_and_the_root_leads_to_it(site: SiteTest) -> None:
    with serving(site.output, "/digest/") as server:
        root = get(server, "/")
        assert (root.status, root.headers["Location"]) == (302, "/digest/")
        assert get(server, "/digest/tags/").status == 200
        assert get(server, "/tags/").status == 404
        assert server.url.endswith("/digest/")


def test_nothing_is_sniffed_or_kept(server: Preview) -> None:
    for path in ("/", "/feed.xml", "/static/style.css", "/nowhere"):
        headers = get(server, path).headers
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


def test_the_reload_script_is_in_the_answer_and_not_in_the_file(server: Preview, site: SiteTest) -> None:
    answer = get(server, "/")
    assert b"/_broadsheet/reload.js" in answer.body
    assert b"connect-src 'self'" in answer.body
    assert "reload.js" not in site.text("/")
    assert b"EventSource" in get(server, "/_broadsheet/reload.js").body


# -- what is never served ----------------------------------------------------------------------------------


ESCAPES = [
    b"/../secret.txt",
    b"/tags/../../secret.txt",
    b"/%2e%2e/secret.txt",
    b"/%2E%2E%2Fsecret.txt",
    b"/..%2fsecret.txt",
    b"/%252e%252e/secret.txt",
    b"/..\\secret.txt",
    b"/..%5csecret.txt",
    b"//secret.txt",
    b"//../secret.txt",
    b"/./../secret.txt",
    b"/tags/%00/../../secret.txt",
    b"/../secret.txt%00.html",
    b"/%c0%ae%c0%ae/secret.txt",
    b"/..;/secret.txt",
    b"http://localhost/../secret.txt",
    b"file:///etc/../../secret.txt",
    b"../secret.txt",
    b"/link.txt",
    b"/folder/secret.txt",
    b"/.broadsheet/routes",
    b"/%2ebroadsheet/routes",
    b"/.hidden",
    b"/tags/.hidden",
]


@pytest.mark.parametrize("target", ESCAPES, ids=lambda target: target.decode())
def test_nothing_outside_and_nothing_hidden_is_served(target: bytes, server: Preview) -> None:
    answer = raw(server, target)
    assert answer.split()[1] in (b"400", b"404")
    assert CANARY not in answer and b"/2026/01/12/a/\n" not in answer


def test_the_same_file_inside_is_served(server: Preview) -> None:
    assert CANARY in raw(server, b"/inside.txt")


def test_well_known_files_are_not_hidden(server: Preview) -> None:
    assert get(server, "/.well-known/security.txt").status == 200


@pytest.mark.parametrize("host", ["news.example", "news.example:8000", "127.0.0.1.news.example", "", "169.254.169.254"])
def test_only_the_names_of_this_machine_are_answered(host: str, server: Preview) -> None:
    answer = get(server, "/", Host=host)
    assert answer.status == 403 and b"<html" not in answer.body


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000"])
def test_the_names_of_this_machine_are_answered(host: str, server: Preview) -> None:
    assert get(server, "/", Host=host).status == 200


# -- news for open pages ---------------------------------------------------------------------------------


class Events:
    """An open event stream."""

    def __init__(self, port: int, path: str = "/_broadsheet/events") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request("GET", path)
        self.response = self.connection.getresponse()
        assert self.response.headers["Content-Type"] == "text/event-stream"

    def next(self) -> int:
        """The number in the next event."""
        line = self.response.readline()
        assert self.response.readline() == b"\n"
        return int(line.removeprefix(b"data: "))

    def close(self) -> None:
        self.response.close()
        self.connection.close()


def test_an_open_page_is_told_a_new_number_after_each_rebuild(server: Preview) -> None:
    events = Events(server.server_address[1])
    try:
        first = events.next()
        server.announce()
        second = events.next()
        server.announce()
        assert first < second < events.next()
    finally:
        events.close()


# -- what makes it build again -----------------------------------------------------------------------------

ROOT = Path("/site")
ITEM = str(ROOT / "content" / "items" / "2026" / "01" / "12" / "a.md")
TEMPLATE = str(ROOT / "templates" / "item.html")


def counts(event: FileSystemEvent) -> bool:
    return Changes(ROOT, lambda: None).counts(event)


@pytest.mark.parametrize(
    "event",
    [
        FileCreatedEvent(ITEM),
        FileModifiedEvent(ITEM),
        FileDeletedEvent(ITEM),
        FileMovedEvent(ITEM, str(ROOT / "content" / "items" / "b.md")),
        FileModifiedEvent(TEMPLATE),
        FileModifiedEvent(str(ROOT / "content" / "site.toml")),
        FileCreatedEvent(str(ROOT / "content" / "static" / ".well-known" / "security.txt")),
        DirDeletedEvent(str(ROOT / "content" / "items" / "2026")),
        DirMovedEvent(str(ROOT / "content" / "items" / "2026"), str(ROOT / "content" / "items" / "2025")),
    ],
    ids=repr,
)
def test_a_change_of_content_or_templates_counts(event: FileSystemEvent) -> None:
    assert counts(event)


@pytest.mark.parametrize("temporary", ["a.md~", ".a.md.swp", ".a.md.new", "4913", "a.md.tmp"])
def test_an_atomic_save_by_rename_counts(temporary: str) -> None:
    assert counts(FileMovedEvent(str(Path(ITEM).with_name(temporary)), ITEM))


@pytest.mark.parametrize("where", ["/elsewhere/a.md", ITEM + "~"])
def test_a_file_that_is_moved_away_counts(where: str) -> None:
    assert counts(FileMovedEvent(ITEM, where))


@pytest.mark.parametrize(
    "event",
    [
        FileOpenedEvent(ITEM),
        FileClosedNoWriteEvent(ITEM),
        FileClosedEvent(ITEM),
        DirModifiedEvent(str(ROOT / "content" / "items")),
        DirCreatedEvent(str(ROOT / "content" / "items")),
        DirDeletedEvent(str(ROOT / "site" / "tags")),
        FileModifiedEvent(str(ROOT / "site" / "index.html")),
        FileModifiedEvent(str(ROOT / ".broadsheet" / "preview.sqlite")),
        FileModifiedEvent(str(ROOT / "README.md")),
        FileModifiedEvent("/elsewhere/content/a.md"),
        FileModifiedEvent("/site-backup/content/a.md"),
        *(
            FileModifiedEvent(str(Path(ITEM).with_name(name)))
            for name in ("a.md~", ".a.md.swp", ".a.md.swx", ".a.md.new")
        ),
    ],
    ids=repr,
)
def test_reading_new_folders_and_temporary_files_do_not_count(event: FileSystemEvent) -> None:
    assert not counts(event)


# -- the command -----------------------------------------------------------------------------------------------


class Serving:
    """`broadsheet serve` as a process, with what it says so far."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"],
            cwd=root,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []

    def said(self, pattern: str) -> re.Match[str]:
        """Read on until a line says that."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(line)
            if match := re.search(pattern, line):
                return match
        raise AssertionError(f"ended without saying {pattern!r}: {self.lines}")

    def stop(self) -> int:
        """Ctrl+C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.stderr
        self.lines += self.process.stderr.readlines()
        self.process.stderr.close()
        return self.process.wait(30)


@pytest.fixture
def edited(tmp_path: Path) -> SiteTest:
    return SiteTest(tmp_path).item("2026/01/12/a", title="A", tags=["x"]).build()


@pytest.fixture
def served(edited: SiteTest) -> Iterator[Serving]:
    running = Serving(edited.root)
    yield running
    if running.process.poll() is None:
        running.stop()


def save(site: SiteTest, path: str, **front: Any) -> None:
    """Save an item as editors do: written aside, then renamed into place."""
    name = f"content/items/{path}.md"
    (SiteTest(site.root / "aside").item(path, **front).root / name).replace(site.root / name)


def test_an_edit_reaches_open_pages_and_ctrl_c_ends_it(served: Serving, edited: SiteTest) -> None:
    url = urlsplit(served.said(r"Serving (\S+)")[1])
    assert url.hostname == "127.0.0.1" and url.port
    events = Events(url.port)
    try:
        first = events.next()
        save(edited, "2026/01/12/a", title="A new headline", tags=["x"])
        assert events.next() > first
    finally:
        events.close()
    connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=30)
    connection.request("GET", "/2026/01/12/a/")
    assert b"A new headline" in connection.getresponse().read()
    connection.close()
    assert served.stop() == 130
    assert not any("Traceback" in line for line in served.lines)


def test_reading_pages_builds_nothing(served: Serving, edited: SiteTest) -> None:
    url = urlsplit(served.said(r"Serving (\S+)")[1])
    connection = http.client.HTTPConnection("127.0.0.1", url.port or 0, timeout=30)
    for route in sorted(edited.routes()):
        connection.request("GET", route)
        assert connection.getresponse().read()
    connection.close()
    before = len(served.lines)
    # A change that has an answer comes after all that reading could have caused.
    save(edited, "2026/01/12/b")
    served.said("written")
    served.stop()
    assert sum(" written, " in line for line in served.lines[before:]) == 1


def test_a_templates_folder_made_while_serving_is_watched(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    rebuilt = threading.Semaphore(0)
    changes = Changes(tmp_path, rebuilt.release)
    changes.start()
    watching = threading.Thread(target=changes.watch)
    watching.start()
    try:
        (tmp_path / "templates").mkdir()
        assert rebuilt.acquire(timeout=30)
        (tmp_path / "templates" / "item.html").write_text("x", "utf-8")
        assert rebuilt.acquire(timeout=30)
    finally:
        changes.stop()
        watching.join()

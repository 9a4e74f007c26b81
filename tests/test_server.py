"""The preview: what it serves, what it tells open pages, and what each connection may cost."""

from __future__ import annotations

import http.client
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from builder import server as serving_module
from builder.folder import Folder
from builder.server import Preview
from builder.shown import Cell, Section, Trouble, Update
from tests.servetest import News, Pages, Serving, get, raw, save, serving, told
from tests.sitetest import SiteTest
from tests.sweeps import LONG


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SiteTest:
    """A built site."""
    site = SiteTest(tmp_path_factory.mktemp("preview")).item("2026/01/12/a", title="A", tags=["x"]).build()
    return site.file("site/.well-known/security.txt", "Contact: mailto:editors@news.example\n")


@pytest.fixture(scope="module")
def server(site: SiteTest) -> Iterator[Preview]:
    with serving(Folder(site.output)) as running:
        yield running


# -- pages ---------------------------------------------------------------------------------------------


def test_a_page_is_served(server: Preview) -> None:
    answer = get(server, "/2026/01/12/a/")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b">A</h1>" in answer.body


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        ("/feed.xml", "application/atom+xml"),
        ("/tags/x/feed.xml", "application/atom+xml"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
        ("/opml.xml", "text/x-opml; charset=utf-8"),
        ("/sitemap.xml", "application/xml"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/manifest.webmanifest", "application/manifest+json; charset=utf-8"),
        ("/static/style.css", "text/css; charset=utf-8"),
        ("/static/script.js", "text/javascript; charset=utf-8"),
        ("/static/favicon.svg", "image/svg+xml"),
    ],
)
def test_a_file_is_served_as_it_is_and_by_its_kind(route: str, kind: str, server: Preview, site: SiteTest) -> None:
    answer = get(server, route)
    assert answer.headers["Content-Type"] == kind
    assert answer.body == site.text(route).encode()


def test_what_is_not_there_gets_the_sites_own_404_page_and_what_is_near(server: Preview) -> None:
    answer = get(server, "/tag/")
    assert answer.status == 404 and b"Page not found" in answer.body
    assert b'<a href="/tags/">/tags/</a>' in answer.body


def test_a_folder_without_its_slash_leads_to_it(server: Preview) -> None:
    answer = get(server, "/tags/x")
    assert (answer.status, answer.headers["Location"]) == (302, "/tags/x/")


def test_a_query_changes_nothing(server: Preview) -> None:
    assert get(server, "/feed.xml?raw??").body == get(server, "/feed.xml").body


def test_head_sends_the_headers_alone(server: Preview) -> None:
    answer = get(server, "/", "HEAD")
    assert answer.status == 200 and answer.body == b"" and int(answer.headers["Content-Length"]) > 0


def test_what_a_browser_has_is_not_sent_again() -> None:
    pages = Pages({"/": "<p>One</p>", "/a.css": "a {}"})
    with serving(pages) as server:
        for path in pages.pages:
            tag = get(server, path).headers["ETag"]
            again = get(server, path, If_None_Match=f'"other", W/{tag}')
            assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
            pages.pages[path] += " "
            assert get(server, path, If_None_Match=tag).status == 200


def test_a_page_kept_by_the_browser_is_not_older_than_the_news_it_asks_for() -> None:
    # Else it would be told of a changed script each time it was loaded, and load itself again.
    with serving(Pages({"/": "<p>One</p>"})) as server:
        tag = get(server, "/").headers["ETag"]
        server.announce(Update(assets=("/script.js",)))
        again = get(server, "/", If_None_Match=tag)
        assert again.status == 200 and told(again.body)["serial"] == 1


def test_a_base_path_is_served_and_the_root_leads_to_it(site: SiteTest) -> None:
    with serving(Folder(site.output, "/digest/")) as server:
        for path in ("/", "/digest"):
            root = get(server, path)
            assert (root.status, root.headers["Location"]) == (302, "/digest/")
        assert get(server, "/digest/tags/").status == 200
        assert get(server, "/tags/").status == 404
        assert get(server, "/digest/tags/x").headers["Location"] == "/digest/tags/x/"
        assert server.url.endswith("/digest/")


def test_each_answer_keeps_others_out(server: Preview) -> None:
    for path in ("/", "/feed.xml", "/static/style.css", "/nowhere", "/tags", "/_broadsheet/", "/_broadsheet/events"):
        headers = get(server, path).headers
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-cache")
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert not [name for name in headers if name.lower().startswith("access-control-")]


def test_the_client_is_in_the_answer_and_not_in_the_file(server: Preview, site: SiteTest) -> None:
    answer = get(server, "/")
    assert b"/_broadsheet/client.js" in answer.body.partition(b"</main>")[2]
    assert b"connect-src 'self'" in answer.body
    assert "client.js" not in site.text("/")
    for name in ("client.js", "worker.js", "idiomorph.js", "own.css", "idiomorph.LICENSE.txt"):
        assert get(server, f"/_broadsheet/{name}").status == 200
    assert get(server, "/_broadsheet/server.py").status == 404


def test_a_page_in_trouble_says_so_and_no_more_than_that() -> None:
    pages = Pages({"/": "<p>Fine</p>"})
    pages.troubles["/"] = Trouble(
        what="unexpected <end> of template",
        where="templates/home.html:2",
        next="close the block",
        line=2,
        lines=((1, "{% if x %}"), (2, "<script>alert(1)</script>")),
        stack=("templates/base.html:30", "templates/home.html:2"),
    )
    with serving(pages) as server:
        answer = get(server, "/")
        assert answer.status == 500
        text = answer.body.decode()
        for said in ("templates/home.html:2", "unexpected &lt;end&gt; of template", "close the block", "base.html:30"):
            assert said in text
        assert '<mark><span class="number">   2</span> &lt;script&gt;' in text and "<script>alert" not in text
        assert told(answer.body)["status"] == 500


def test_a_fault_in_making_a_page_is_a_trouble() -> None:
    def fails(*_: object) -> Any:
        raise RuntimeError("no such thing")

    pages = Pages({})
    for name in ("shown", "near", "versions", "about"):
        setattr(pages, name, fails)
    with serving(pages) as server:
        for path, status in (("/", 500), ("/_broadsheet/", 200)):
            answer = get(server, path)
            assert answer.status == status and b"RuntimeError: no such thing" in answer.body
        with News(port(server), server.token, ("/", "")) as news:
            assert news.next()["pages"]["/"].startswith("!")


def test_the_page_about_the_site_shows_what_there_is_to_know() -> None:
    pages = Pages({"/": "x"}, "/digest/")
    pages.sections = (
        Section(title="Drafts", columns=("Title", "File"), rows=((Cell(text="A & B", route="/a/"), "content/a.md"),)),
        Section(title="Quarantine", empty="nothing is set aside"),
    )
    with serving(pages) as server:
        text = get(server, "/_broadsheet/?from=/").body.decode()
    assert '<td><a href="/digest/a/">A &amp; B</a></td><td>content/a.md</td>' in text
    assert "nothing is set aside" in text


# -- news for open pages ---------------------------------------------------------------------------------


def port(server: Preview) -> int:
    return int(server.server_address[1])


def test_only_who_shows_a_changed_page_is_told() -> None:
    pages = Pages({"/a/": "A", "/b/": "B"})
    now = pages.versions(pages.pages)
    with (
        serving(pages) as server,
        News(port(server), server.token, ("/a/", now["/a/"]), name="a") as a,
        News(port(server), server.token, ("/b/", now["/b/"]), name="b") as b,
    ):
        assert (a.next()["pages"], b.next()["pages"]) == ({}, {})
        pages.pages["/a/"] = "A, changed"
        assert server.announce(Update()) == 1
        pages.pages["/b/"] = "B, changed"
        assert server.announce(Update()) == 1
        assert list(a.next()["pages"]) == ["/a/"]
        # The first that this one hears is of its own page: of the other it was told nothing.
        said = b.next()
        assert (said["serial"], list(said["pages"])) == (2, ["/b/"])


def test_a_browser_that_was_away_is_told_what_it_missed() -> None:
    pages = Pages({"/a/": "A", "/static/style.css": "a {}"})
    with serving(pages) as server:
        before = pages.versions(["/a/"])["/a/"]
        pages.pages["/a/"] = "A, changed"
        server.announce(Update(assets=("/static/style.css",), troubles={"": Trouble(what="no title")}))
        with News(port(server), server.token, ("/a/", before)) as news:
            said = news.next()
        assert said["pages"] == pages.versions(["/a/"])
        assert said["assets"] == ["/static/style.css"] and "no title" in said["troubles"][""]
        with News(port(server), server.token, ("/a/", said["pages"]["/a/"]), since=said["serial"]) as news:
            said = news.next()
            assert (said["pages"], said["assets"]) == ({}, [])


def test_only_the_troubles_of_its_own_files_are_told_and_that_they_are_mended() -> None:
    pages = Pages({"/a/": "A"})
    version = pages.versions(["/a/"])["/a/"]
    with serving(pages) as server, News(port(server), server.token, ("/a/", version, ["content/a.md"])) as news:
        news.next()
        bad = Trouble(what="bad date", where="content/a.md:3")
        assert server.announce(Update(troubles={"content/b.md": bad})) == 0
        assert server.announce(Update(troubles={"content/a.md": bad, "content/b.md": bad})) == 1
        assert server.announce(Update(troubles={"content/a.md": bad})) == 0
        assert server.announce(Update()) == 1
        assert list(news.next()["troubles"]) == ["content/a.md"]
        assert news.next()["troubles"] == {}


def test_a_page_that_comes_into_being_or_into_trouble_is_news() -> None:
    pages = Pages({})
    with serving(pages) as server, News(port(server), server.token, ("/new/", "")) as news:
        assert news.next()["pages"] == {}
        pages.troubles["/new/"] = Trouble(what="one")
        assert server.announce(Update()) == 1
        assert server.announce(Update()) == 0
        pages.troubles["/new/"] = Trouble(what="another")
        assert server.announce(Update()) == 1
        del pages.troubles["/new/"]
        pages.pages["/new/"] = "New"
        assert server.announce(Update()) == 1
        assert len({news.next()["pages"]["/new/"] for _ in range(3)}) == 3


def test_an_update_that_fails_is_told_like_any_trouble() -> None:
    class Broken(Pages):
        def update(self, paths: Iterable[Path] = ()) -> Update:
            raise RuntimeError("disk is gone")

    with serving(Broken({"/": "x"})) as server, News(port(server), server.token, ("/", "")) as news:
        news.next()
        server.refresh()
        assert "disk is gone" in news.next()["troubles"][""]


def test_the_next_stream_of_a_browser_takes_the_place_of_its_last() -> None:
    with serving(Pages({"/": "x"})) as server, News(port(server), server.token, ("/", "")) as first:
        first.next()
        with News(port(server), server.token, ("/", "")) as second:
            second.next()
            assert first.ended()
            assert len(server.streams) == 1


def test_streams_end_with_the_server() -> None:
    with serving(Pages({"/": "x"})) as server:
        news = News(port(server), server.token, ("/", ""))
        news.next()
    assert news.ended()
    news.close()


@pytest.mark.parametrize("tabs", ["{}", "[1]", '[["/"]]', '[["/","x",1]]', "[" * 5000, f"[{'[1,2],' * 400}]", "no"])
def test_a_list_of_tabs_that_is_none_is_refused(tabs: str, server: Preview) -> None:
    assert get(server, f"/_broadsheet/events?tabs={tabs}", Broadsheet_Token=server.token).status == 400


# -- what a connection may cost ------------------------------------------------------------------------------

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (HEAD + b"X: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (HEAD + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 1000) for n in range(90)) + b"\r\n", 431),
        (HEAD + b"".join(b"X-%d: a\r\n" % n for n in range(200)) + b"\r\n", 431),
        (HEAD + b"Range: bytes=" + b",".join(b"%d-" % n for n in range(4000)) + b"\r\n\r\n", 200),
        (HEAD + b"Content-Length: 5\r\n\r\nhello", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ],
    ids=["long path", "longer path", "long line", "long head", "many lines", "many ranges", "body", "chunks"],
)
def test_a_head_has_its_limits_and_a_request_has_no_body(request_: bytes, status: int, server: Preview) -> None:
    request_ = request_.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    # A body that is refused unread may cost the answer: then there is none, but no other either.
    assert raw(server, request_, until=b"\r\n\r\n").status in (status, 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "BREW"])
def test_nothing_but_get_and_head_is_answered(method: str, server: Preview) -> None:
    answer = get(server, "/", method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def is_ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_idle_connections_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module, "MOST_CONNECTIONS", 5)
    with serving(Pages({"/": "Here"})) as server, News(port(server), server.token, ("/", "")) as news:
        news.next()
        address = ("127.0.0.1", port(server))
        idle = []
        for number in range(20):
            idle.append(socket.create_connection(address, timeout=20))
            with suppress(ConnectionError):
                idle[-1].sendall(b"GET / HT" if number % 2 else b"")
        assert get(server, "/").body.startswith(b"Here")
        # The ones that waited longest were ended, and not the stream, which only we keep waiting.
        assert is_ended(idle[0]) and is_ended(idle[1])
        server.site.pages["/"] = "Changed"  # type: ignore[attr-defined]
        server.announce(Update())
        assert news.next()["pages"]
        for one in idle:
            one.close()


def test_an_idle_connection_is_ended_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module._Answer, "timeout", 0.05)
    with serving(Pages({"/": "x"})) as server, socket.create_connection(("127.0.0.1", port(server)), 20) as idle:
        assert is_ended(idle)


# -- the command -----------------------------------------------------------------------------------------------


@pytest.fixture
def edited(tmp_path: Path) -> SiteTest:
    return SiteTest(tmp_path).item("2026/01/12/a", title="A", tags=["x"]).build()


@pytest.fixture
def served(edited: SiteTest) -> Iterator[Serving]:
    running = Serving(edited.root)
    yield running
    if running.process.poll() is None:
        running.stop()


def fetched(port: int, route: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", route)
    body = connection.getresponse().read()
    connection.close()
    return body


def test_an_edit_reaches_open_pages_and_ctrl_c_ends_it(served: Serving, edited: SiteTest) -> None:
    url = urlsplit(served.said(r"Serving (\S+)")[1])
    assert url.hostname == "127.0.0.1" and url.port
    page = told(fetched(url.port, "/2026/01/12/a/"))
    with News(url.port, page["token"], (page["route"], page["version"])) as news:
        assert news.next()["pages"] == {}
        save(edited, "2026/01/12/a", title="A new headline", tags=["x"])
        assert list(news.next()["pages"]) == ["/2026/01/12/a/"]
    assert b"A new headline" in fetched(url.port, "/2026/01/12/a/")
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
    served.said(r"^b\.md: \d+ ms$")
    served.stop()
    assert sum(" ms" in line for line in served.lines[before:]) == 1


def spent(process: int) -> float:
    """CPU seconds of all threads of a process so far (Linux)."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(thread.read_text("ascii").split()[0]) for thread in threads) / 1e9


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux tells what threads spend")
def test_an_idle_server_rests(served: Serving) -> None:
    url = urlsplit(served.said(r"Serving (\S+)")[1])
    page = told(fetched(url.port or 0, "/"))
    seconds = 60 if LONG else 3
    with News(url.port or 0, page["token"], (page["route"], page["version"])) as news:
        news.next()
        before = spent(served.process.pid)
        with pytest.raises(subprocess.TimeoutExpired):
            served.process.wait(seconds)
        # What was left to do at the start weighs more in a short look.
        assert spent(served.process.pid) - before < (0.1 if LONG else 0.03)

"""Linked pages: what they fill in, what they may not, and who may be asked for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from builder import frontmatter, ingest
from builder.articles import Articles
from builder.collect import Collected
from builder.fetch import Client
from builder.found import Found, Parsed
from builder.model import Item
from builder.parsers import Parsers
from builder.settings import Source
from builder.state import SourceState
from tests.publishers import Publishers, Visit, network, page, publishers, redirect, stall, status
from tests.sitetest import AS_OF, SiteTest
from tests.test_ingest import edit, items, rss

PAGE = """<!doctype html><html lang="en"><head><title>{title} - Gazette</title>
<meta name="description" content="The harbour of Northfield was closed after a storm.">
<meta property="og:image" content="/img/storm.jpg"><meta name="author" content="Ann Lee">
<meta name="keywords" content="Storm, Harbour"></head>
<body><nav><a href="/">Home</a> <a href="/subscribe">Subscribe now</a></nav><article><h1>{title}</h1>
<p>The harbour of Northfield was closed on Monday after a storm that nobody had seen coming, the council said {word}.</p>
<script>alert(1)</script><p onclick="alert(2)">Boats were <a href="/boats">moved to Skarne</a>, and two piers were
damaged. The council expects repairs to take until the spring of next year, at a cost that nobody knows.</p>
<p>More than forty fishermen are affected, and their association asked the government for help with the damage.</p>
</article><footer>All rights reserved</footer></body></html>"""


def article(word: str = "today", title: str = "Storm number 1") -> bytes:
    return PAGE.format(title=title, word=word).encode()


@pytest.fixture
def server() -> Iterator[Publishers]:
    with publishers() as server:
        server.on("gazette.example/robots.txt", status(404))
        server.on("gazette.example/storm-1", page(article(), Content_Type="text/html"))
        yield server


LINK = "http://gazette.example/storm-1"
BARE = {"title": "Storm number 1", "link": LINK, "guid": "1", "pubDate": "Tue, 06 Jan 2026 08:00:00 +0100"}


def site_of(root: Path, *entries: dict[str, str], **source: Any) -> SiteTest:
    source = {"name": "Gazette", "file": "gazette.xml", "fetch_article": True} | source
    return SiteTest(root).config(source=[source]).file("content/gazette.xml", rss(*entries))


def take(site: SiteTest, server: Publishers, days: int = 0) -> list[Item]:
    client = Client("https://news.example/", network=network(server), host_gap=0)
    site.ingest(as_of=AS_OF + timedelta(days=days), client=client)
    return [frontmatter.load(text) for text in items(site).values()]


def test_a_page_fills_in_what_the_feed_leaves_unsaid(tmp_path: Path, server: Publishers) -> None:
    (item,) = take(site_of(tmp_path, BARE), server)
    assert item.description == "The harbour of Northfield was closed after a storm."
    assert (item.image, item.authors) == ("http://gazette.example/img/storm.jpg", ("Ann Lee",))
    assert {"Storm", "Harbour"} <= set(item.tags)


def test_what_the_feed_says_stands(tmp_path: Path, server: Publishers) -> None:
    said = BARE | {"description": "In the feed's own words, from the coast.", "category": "Coast"}
    (item,) = take(site_of(tmp_path, said), server)
    assert (item.description, item.tags) == ("In the feed's own words, from the coast.", ("Coast",))
    assert item.image == "http://gazette.example/img/storm.jpg"


@pytest.mark.parametrize(("show", "has_text"), [("full", True), ("excerpt", False), ("headline", False)])
def test_the_pages_text_is_written_only_where_all_may_be_shown(
    tmp_path: Path, server: Publishers, show: str, has_text: bool
) -> None:
    (item,) = take(site_of(tmp_path, BARE, show=show), server)
    assert ("forty fishermen" in item.body) is has_text
    assert "alert" not in item.body and "Subscribe" not in item.body
    if has_text:
        assert "[moved to Skarne](http://gazette.example/boats)" in item.body
    if show == "headline":
        assert (item.description, item.body) == ("", "")


def test_robots_txt_is_obeyed(tmp_path: Path, server: Publishers) -> None:
    server.on("gazette.example/robots.txt", page(b"User-agent: *\nDisallow: /storm"))
    site = site_of(tmp_path, BARE)
    (item,) = take(site, server)
    assert item.image == ""
    assert [request.path for request in server.requests] == ["/robots.txt"]
    assert "robots.txt" in site.ingested.sources[0].dropped[0].reason


def test_robots_txt_is_obeyed_behind_a_redirect(tmp_path: Path, server: Publishers) -> None:
    server.on("short.example/1", redirect(LINK))
    server.on("gazette.example/robots.txt", page(b"User-agent: *\nDisallow: /storm"))
    site = site_of(tmp_path, BARE | {"link": "http://short.example/1"})
    (item,) = take(site, server)
    asked = [(request.host, request.path) for request in server.requests]
    assert asked[1:] == [("short.example", "/1"), ("gazette.example", "/robots.txt")]
    assert item.image == "" and "robots.txt" in site.ingested.sources[0].dropped[0].reason
    # Those who let us are read there.
    server.on("gazette.example/robots.txt", status(404))
    (item,) = take(site_of(tmp_path / "other", BARE | {"link": "http://short.example/1"}), server)
    assert item.image == "http://gazette.example/img/storm.jpg"


@pytest.mark.parametrize("code", [404, 500])
def test_a_page_that_cannot_be_had_costs_its_item_nothing(tmp_path: Path, server: Publishers, code: int) -> None:
    server.on("gazette.example/storm-1", status(code))
    (item,) = take(site_of(tmp_path, BARE), server)
    assert (item.title, item.image) == ("Storm number 1", "")


def test_a_page_is_asked_for_once_and_again_when_its_feed_says_something_new(
    tmp_path: Path, server: Publishers
) -> None:
    site = site_of(tmp_path, BARE | {"description": "Short."}, show="full")
    take(site, server)
    take(site, server, 1)
    assert [request.path for request in server.requests] == ["/robots.txt", "/storm-1"]
    server.on("gazette.example/storm-1", page(article("on Tuesday")))
    site.file("content/gazette.xml", rss(BARE | {"description": "Short, and new."}))
    (item,) = take(site, server, 2)
    assert "on Tuesday" in item.body
    assert take(site, server, 3)[0] == item


def test_the_text_of_a_page_is_not_given_up_for_the_little_that_the_feed_says(
    tmp_path: Path, server: Publishers
) -> None:
    site = site_of(tmp_path, BARE | {"description": "Short."}, show="full")
    take(site, server)
    server.on("gazette.example/storm-1", status(500))
    site.file("content/gazette.xml", rss(BARE | {"description": "Short, and new."}))
    (item,) = take(site, server, 1)
    assert "forty fishermen" in item.body


def test_a_persons_words_win_over_the_pages(tmp_path: Path, server: Publishers) -> None:
    site = site_of(tmp_path, BARE | {"description": "Short."}, show="full")
    take(site, server)
    edit(site, "2026/01/06/storm-number-1.md", "More than forty fishermen", "My forty fishermen")
    server.on("gazette.example/storm-1", page(article("on Tuesday")))
    site.file("content/gazette.xml", rss(BARE | {"description": "Short, and new."}))
    (item,) = take(site, server, 1)
    assert "My forty fishermen" in item.body and "on Tuesday" not in item.body


def test_a_page_inside_our_own_network_is_not_asked_for(tmp_path: Path, server: Publishers) -> None:
    take(site_of(tmp_path, BARE | {"link": "http://169.254.169.254/latest/"}), server)
    assert server.connected == []


HOME = {"bridge.test": "192.168.1.7", "router.test": "192.168.1.1", "gazette.example": "93.184.9.9"}


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ("http://bridge.test:3000/storm-1", True),
        ("http://BRIDGE.test.:3000/storm-1", True),
        ("http://bridge.test/admin", False),
        ("http://router.test/admin", False),
        ("http://192.168.1.1/admin", False),
        ("http://bridge.test:3000/out", False),
        ("http://gazette.example/inwards", False),
    ],
)
@pytest.mark.parametrize("url", ["http://bridge.test:3000/feed", "http://me:${HOME_WORD}@bridge.test:3000/feed"])
def test_a_source_in_our_network_opens_its_own_server_to_its_links_and_nothing_else(
    tmp_path: Path, server: Publishers, monkeypatch: pytest.MonkeyPatch, link: str, asked: bool, url: str
) -> None:
    monkeypatch.setenv("HOME_WORD", "s3cret")
    server.on("bridge.test/feed", page(rss(BARE | {"link": link}).encode()))
    for path in ("bridge.test/storm-1", "bridge.test/admin", "router.test/admin", "192.168.1.1/admin"):
        server.on(path, page(article(), Content_Type="text/html"))
    server.on("bridge.test/out", redirect("http://router.test/admin"))
    server.on("gazette.example/inwards", redirect("http://bridge.test:3000/storm-1"))
    source = {"name": "Bridge", "url": url, "private_network": True, "fetch_article": True}
    client = Client("https://news.example/", network=network(server, HOME), host_gap=0)
    SiteTest(tmp_path).config(source=[source]).ingest(as_of=AS_OF, client=client)
    assert [request.path for request in server.requests if request.path in ("/storm-1", "/admin")] == (
        ["/storm-1"] if asked else []
    )
    assert "192.168.1.1" not in [address for address, _ in server.connected]
    assert ("192.168.1.7", 80) not in server.connected


def test_whoever_gives_up_waits_for_no_page(server: Publishers) -> None:
    arrived = threading.Event()

    def wait(visit: Visit) -> None:
        arrived.set()
        stall(visit)

    def late(visit: Visit) -> None:
        arrived.wait(60)
        visit.answer(404)

    def answers(*links: str) -> Iterator[Collected]:
        for link in links:
            found = Found(item=Item(title="Storm", link=link), identities=("1",))
            source = Source(name="Gazette", fetch_article=True)
            yield Collected(source, "read", SourceState(), (("", Parsed(found=(found,))),))

    def interrupted() -> Iterator[Collected]:
        yield from answers(LINK)
        arrived.wait(60)
        raise KeyboardInterrupt

    def give_up() -> None:
        with pytest.raises(KeyboardInterrupt):
            list(reader().added(interrupted()))
        arrived.clear()
        # Whoever takes the first answer and no other.
        taken = reader().added(answers("http://herald.example/late", LINK))
        assert next(taken).documents
        taken.close()

    def reader() -> Articles:
        client = Client("https://news.example/", network=network(server), host_gap=0, total_seconds=3600)
        return Articles(client, Parsers(1), lambda found, source: True)

    server.on("gazette.example/storm-1", wait)
    server.on("herald.example/late", late)
    waiting = threading.Thread(target=give_up, daemon=True)
    waiting.start()
    waiting.join(60)
    assert not waiting.is_alive()


def test_a_link_cannot_have_our_environment_sent_to_it(
    tmp_path: Path, server: Publishers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUD_KEY", "canary-4711")
    server.on("gazette.example", page(article()))
    other = BARE | {"title": "Storm number 2", "link": "http://gazette.example/storm-2", "guid": "2"}
    take(site_of(tmp_path, BARE | {"link": LINK + "?k=${CLOUD_KEY}"}, other), server)
    assert len(server.requests) > 1
    assert not [request for request in server.requests if "canary" in request.path]


def test_without_the_extra_there_is_one_line_of_advice(
    tmp_path: Path, server: Publishers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "find_spec", lambda name: None)
    site = site_of(tmp_path, BARE)
    (item,) = take(site, server)
    assert item.title == "Storm number 1"
    assert site.ingested.quarantined == (
        "fetch_article: needs what is not installed; pip install 'broadsheet[article]', or take it out",
    )

"""The feeds that a page names: which are taken, and in what order."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from builder import discover

PAGE = "https://gazette.example/coast/"


def found(html: str, address: str = PAGE) -> list[str]:
    return [link.url for link in discover.feeds(html.encode(), address)]


def link(href: str, kind: str = "rss", title: str = "") -> str:
    return f'<link rel="alternate" type="application/{kind}+xml" title="{title}" href="{href}">'


def test_a_page_names_its_feeds_in_its_head() -> None:
    page = f"<!doctype html><html><head>{link('/feed.xml', title='The &amp; Gazette')}</head></html>"
    assert discover.feeds(page.encode(), PAGE) == (
        discover.FeedLink(url="https://gazette.example/feed.xml", title="The & Gazette", kind="rss"),
    )


def test_articles_go_before_comments_and_atom_before_rss_before_json() -> None:
    page = (
        link("/comments/feed/", "atom", "Comments on the Gazette")
        + '<link rel="alternate" type="application/feed+json" href="/feed.json">'
        + link("/2.rss")
        + link("/1.rss")
        + link("/1.atom", "atom")
    )
    paths = ["/1.atom", "/2.rss", "/1.rss", "/feed.json", "/comments/feed/"]
    assert found(page) == [f"https://gazette.example{path}" for path in paths]


def test_addresses_are_relative_to_the_page_or_to_its_base() -> None:
    assert found(link("feed.xml")) == ["https://gazette.example/coast/feed.xml"]
    assert found(link("//cdn.example/feed.xml")) == ["https://cdn.example/feed.xml"]
    based = '<base href="/news/"><base href="https://other.example/">' + link("feed.xml")
    assert found(based) == ["https://gazette.example/news/feed.xml"]
    assert found('<base href="javascript:x">' + link("feed.xml")) == ["https://gazette.example/coast/feed.xml"]


def test_each_address_is_named_once() -> None:
    assert len(found(link("/a.xml") + link("/b.xml") + link("/a.xml"))) == 2


@pytest.mark.parametrize(
    "tag",
    [
        "<LINK REL='Alternate' TYPE='Application/RSS+XML; charset=utf-8' HREF='/feed'>",
        "<link href=/feed type=application/atom+xml rel=alternate>",
        '<link rel="alternate feed" type="application/feed+json" href="/feed"/>',
        '<link rel="feed" href="/feed">',
        '<link rel="alternate" type="application/json" href="/feed">',
        '<link rel="alternate" type="text/xml" href="/feed">',
        '<link rel="alternate" type="application/rss+xml" href="feed:https://gazette.example/feed">',
    ],
)
def test_a_feed_is_known_however_it_is_named(tag: str) -> None:
    assert found(tag) == ["https://gazette.example/feed"]


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=feed">',
        '<link rel="alternate stylesheet" type="application/rss+xml" href="/feed">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        "<!-- " + link("/feed") + " -->",
        "<script>document.write('" + link("/feed") + "')</script>",
        "<textarea>" + link("/feed") + "</textarea>",
        '<p title="<link rel=alternate type=application/rss+xml href=/feed>">',
        '<a href="/feeding-the-gulls/">Gulls</a>',
        '<a href="https://reader.example/subscribe/feed">Subscribe</a>',
        '<a href="/about/">RSS</a>',
    ],
)
def test_what_is_no_feed_of_the_page_is_not_taken(tag: str) -> None:
    assert found(tag) == []


def test_links_that_look_like_feeds_are_taken_where_the_head_names_none() -> None:
    links = '<a href="/rss.xml">RSS</a><a href="https://feeds.gazette.example/all">x</a><a href="https://feeds.example/a.rss">y</a>'
    assert found(links) == ["https://gazette.example/rss.xml", "https://feeds.example/a.rss"]
    assert found('<a href="?feed=rss2">RSS</a>') == ["https://gazette.example/coast/?feed=rss2"]
    assert found(links + link("/feed")) == ["https://gazette.example/feed"]


def test_a_page_cannot_ask_for_our_secrets() -> None:
    assert found(link("/feed?k=${HOME}")) == ["https://gazette.example/feed?k=$%7BHOME%7D"]


def test_a_page_has_no_more_feeds_than_a_person_can_read() -> None:
    assert len(found("".join(link(f"/{number}.xml") for number in range(1000)))) == discover.FEEDS
    assert found("x" * discover.PAGE + link("/feed")) == []


def test_a_feed_is_looked_for_below_the_page_and_at_the_root() -> None:
    names = ["feed", "rss.xml", "atom.xml", "feed.xml", "index.xml"]
    below, root = ([f"https://gazette.example{folder}{name}" for name in names] for folder in ("/coast/", "/"))
    assert list(discover.guesses(PAGE)) == list(discover.guesses("https://gazette.example/coast")) == below + root
    assert list(discover.guesses("https://gazette.example/index.html")) == root
    assert discover.guesses("https://gazette.example//evil.example/")[0].startswith("https://gazette.example/")


@given(
    st.binary()
    | st.lists(st.sampled_from([b"<link ", b"<a ", b"href=", b'"', b"/feed", b">", b"rel=alternate ", b"<base "])).map(
        b"".join
    )
)
def test_any_page_is_read(body: bytes) -> None:
    for one in discover.feeds(body, PAGE):
        assert one.url.startswith(("http://", "https://"))

"""One article from several sources: whose text stands, how much of it may be shown, and whose link a mention gets."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest

from builder import frontmatter
from builder.content import Content
from builder.model import Item
from tests.sitetest import SiteTest
from tests.test_ingest import content, edit, entry, feed, items, rss

LONG = "The storm of day 1 took the roof. " + " ".join(f"word{number}" for number in range(200))


def google(payload: bytes) -> str:
    """A link as Google News writes them, to an article that only Google can name."""
    message = b"\x08\x13\x22" + bytes([len(payload)]) + payload
    return f"https://news.google.com/rss/articles/{base64.urlsafe_b64encode(message).decode().rstrip('=')}?oc=5"


def cluster(*mentions: tuple[str, str, str], guid: str = "cluster-1") -> dict[str, str]:
    """A cluster entry of (headline, publisher, link)."""
    lines = "".join(
        f'<li><a href="{link}">{title}</a>&nbsp;&nbsp;<font color="#6f6f6f">{publisher}</font></li>'
        for title, publisher, link in mentions
    )
    title, publisher, link = mentions[0]
    return {
        "title": f"{title} - {publisher}",
        "link": link,
        "guid": guid,
        "pubDate": "Tue, 06 Jan 2026 09:00:00 GMT",
        "description": f"<ol>{lines}</ol>",
    }


def site_of(root: Path, **shows: str) -> SiteTest:
    """A site with one source for each name, with its `show`."""
    sources = [{"name": name, "file": f"{name}.xml", "show": show} for name, show in shows.items()]
    site = SiteTest(root).config(source=sources)
    for name in shows:
        feed(site, name=f"{name}.xml", title=name)
    return site


def only(site: SiteTest) -> Item:
    (text,) = items(site).values()
    return frontmatter.load(text)


def test_the_first_source_owns_the_text_and_the_others_are_noted(tmp_path: Path) -> None:
    site = site_of(tmp_path, first="full", second="full")
    feed(site, entry(1), name="first.xml")
    feed(site, entry(1, guid="other", title="Another headline", link="http://www.gazette.example/storm-1?utm_source=x"),
         name="second.xml")  # fmt: skip
    item = only(site.ingest())
    assert (item.title, item.source, item.also) == ("Storm number 1", "first", ("second",))


@pytest.mark.parametrize("together", [True, False], ids=["in one run", "one after the other"])
@pytest.mark.parametrize(("strict", "words"), [("headline", 0), ("excerpt", 80)])
def test_the_stricter_show_holds(tmp_path: Path, strict: str, words: int, together: bool) -> None:
    site = site_of(tmp_path, first="full", second=strict)
    feed(site, entry(1, description=LONG), name="first.xml")
    if not together:
        site.ingest()
        assert len(only(site).body.split()) > 200
    feed(site, entry(1, guid="other"), name="second.xml")
    item = only(site.ingest())
    assert len(item.body.split()) == words or (words and 70 < len(item.body.split()) <= words + 1)
    assert (item.description == "") is (strict == "headline")
    # And it goes on to hold when the owner says more.
    feed(site, entry(1, description=LONG.replace("roof", "house")), name="first.xml")
    again = only(site.ingest())
    assert len(again.body.split()) <= words + 1 and (not words or "house" in again.body)


def test_a_persons_text_is_not_cut_by_a_policy(tmp_path: Path) -> None:
    site = site_of(tmp_path, first="full", second="headline")
    feed(site, entry(1, description=LONG), name="first.xml")
    edit(site.ingest(), "2026/01/06/storm-number-1.md", "word150 ", "my own word ")
    feed(site, entry(1, guid="other"), name="second.xml")
    item = only(site.ingest())
    assert "my own word" in item.body and item.also == ("second",) and item.description == ""


def test_the_same_article_behind_two_links_of_google_is_one_item(tmp_path: Path) -> None:
    site = site_of(tmp_path, first="excerpt", second="excerpt")
    link = google(b"AU_yqLsame")
    feed(site, entry(1, link=link), name="first.xml")
    feed(site, entry(1, link=link.replace("/rss/", "/").replace("?oc=5", "?hl=en"), guid="other"), name="second.xml")
    assert only(site.ingest()).also == ("second",)


def read_again(site: SiteTest) -> SiteTest:
    """Ingest without any memory but content/."""
    shutil.rmtree(site.root / ".broadsheet")
    return site.ingest()


def test_what_another_source_says_later_changes_nothing(tmp_path: Path) -> None:
    site = site_of(tmp_path, first="full", second="full")
    feed(site, entry(1), name="first.xml")
    feed(site, entry(1, guid="other", title="Another headline"), name="second.xml").ingest()
    before = content(site)
    assert content(read_again(site)) == before
    feed(site, entry(1, guid="other", title="Yet another", description="All new. And more."), name="second.xml")
    assert items(site.ingest()).values() and only(site).title == "Storm number 1"
    assert only(read_again(site)).title == "Storm number 1"


def test_a_kill_before_the_ledgers_doubles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site_of(tmp_path, first="full", second="full")
    both = [entry(number) for number in range(5)]
    feed(site, *both, name="first.xml")
    feed(site, *(one | {"guid": f"other-{number}"} for number, one in enumerate(both)), name="second.xml")

    def killed(self: Content, path: str, lines: object) -> None:
        if path.startswith("seen/"):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Content, "append", killed)
        site.ingest()
    before = items(site)
    assert len(before) == 5 and not (site.root / "content/seen").exists()
    assert items(site.ingest()) == before
    assert items(read_again(site)) == before


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
def test_an_item_whose_link_changes_to_one_that_another_source_brings_is_that_article(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    site = site_of(tmp_path, **dict.fromkeys(order, "full"))
    feed(site, entry(1, link="https://gazette.example/draft"), name="first.xml").ingest()
    feed(site, entry(1), name="first.xml")
    feed(site, entry(1, guid="other", title="Another headline"), name="second.xml")
    item = only(site.ingest())
    assert (item.title, item.also) == ("Storm number 1", ("second",))
    before = items(site)
    assert items(read_again(site)) == before


# -- mentions ------------------------------------------------------------------------------------------

OWN = entry(1, title="Council opens the harbour", link="https://gazette.example/harbour")
CLUSTER = cluster(
    ("Harbour open again", "Courier", google(b"AU_yqLone")),
    ("Council opens the harbour", "The Gazette", google(b"AU_yqLtwo")),
)


def links(site: SiteTest) -> list[str]:
    (found,) = [item for item in map(frontmatter.load, items(site).values()) if item.coverage]
    return [mention.link for mention in found.coverage]


@pytest.mark.parametrize("order", [("aggregator", "gazette"), ("gazette", "aggregator")])
def test_a_mention_of_what_its_publishers_own_feed_brought_takes_that_link(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    site = site_of(tmp_path, **dict.fromkeys(order, "excerpt"))
    feed(site, OWN, name="gazette.xml", title="The Gazette")
    feed(site, CLUSTER, name="aggregator.xml", title="All the news")
    assert links(site.ingest()) == [google(b"AU_yqLone"), "https://gazette.example/harbour"]


def test_a_mention_takes_the_link_when_the_publishers_feed_brings_it_later(tmp_path: Path) -> None:
    site = site_of(tmp_path, aggregator="excerpt", gazette="excerpt")
    feed(site, CLUSTER, name="aggregator.xml", title="All the news")
    assert links(site.ingest())[1] == google(b"AU_yqLtwo")
    feed(site, OWN, name="gazette.xml", title="The Gazette")
    site.ingest()
    feed(site, CLUSTER, entry(7), name="aggregator.xml", title="All the news")
    assert links(site.ingest()) == [google(b"AU_yqLone"), "https://gazette.example/harbour"]
    before = items(site)
    assert items(site.ingest()) == before


@pytest.mark.parametrize("other", [{"title": "Council shuts the harbour"}, {"publisher": "The Other Gazette"}])
def test_another_headline_or_publisher_is_another_article(tmp_path: Path, other: dict[str, str]) -> None:
    site = site_of(tmp_path, aggregator="excerpt", gazette="excerpt")
    feed(site, OWN | {"title": other.get("title", OWN["title"])}, name="gazette.xml",
         title=other.get("publisher", "The Gazette"))  # fmt: skip
    feed(site, CLUSTER, name="aggregator.xml", title="All the news")
    assert links(site.ingest())[1] == google(b"AU_yqLtwo")


def test_coverage_that_a_person_edited_keeps_its_links(tmp_path: Path) -> None:
    site = site_of(tmp_path, aggregator="excerpt", gazette="excerpt")
    feed(site, CLUSTER, name="aggregator.xml", title="All the news")
    (path,) = items(site.ingest())
    edit(site, path, "Harbour open again", "Harbour open at last")
    feed(site, OWN, name="gazette.xml", title="The Gazette")
    feed(site, CLUSTER, entry(7), name="aggregator.xml", title="All the news")
    site.ingest().ingest()
    assert links(site)[1] == google(b"AU_yqLtwo")


def test_rss_of_these_tests_is_what_aggregators_send() -> None:
    assert "<ol>" not in rss(CLUSTER) and "&lt;ol&gt;" in rss(CLUSTER)

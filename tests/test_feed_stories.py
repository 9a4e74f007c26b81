"""Feeds carry stories: how many, under which id, when they say that something changed, and what readers see of them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from lxml import etree, html

from builder import cards
from builder.frontmatter import field_fingerprint
from builder.model import Item, Mention, Story, stamp
from builder.settings import Settings
from tests.feedtest import ATOM
from tests.sitetest import SiteTest

STORM = "2026/01/12/storm"


def entries(site: SiteTest, route: str = "/feed.xml") -> list[etree._Element]:
    return etree.fromstring(site.text(route).encode()).findall(ATOM + "entry")


def said(entry: etree._Element, name: str) -> str:
    return entry.findtext(ATOM + name) or ""


def updates(site: SiteTest, route: str = "/feed.xml") -> dict[str, str]:
    """When each entry of a feed says that it changed, by the end of its id."""
    return {said(one, "id").rpartition(":")[2]: said(one, "updated") for one in entries(site, route)}


# -- which stories ------------------------------------------------------------------------------------------------


NEWEST = datetime(2026, 1, 20, 12, tzinfo=UTC)


def busy(site: SiteTest, number: int, apart: timedelta, last: datetime = NEWEST, **front: Any) -> SiteTest:
    """So many items, each so much older than the one before it."""
    for one in range(number):
        moment = last - one * apart
        site.item(f"{moment:%Y/%m/%d}/item-{one}", date=moment.isoformat(), **front)
    return site


def test_a_quiet_sites_feed_holds_fifty_stories(tmp_path: Path) -> None:
    site = busy(SiteTest(tmp_path), 60, timedelta(hours=2), tags=["Wind"], publisher="Gazette").build()
    for route in ("/feed.xml", "/publishers/gazette/feed.xml"):
        assert len(entries(site, route)) == 50
    assert len(json.loads(site.text("/feed.json"))["items"]) == 50


def test_a_busy_sites_feed_holds_two_days(tmp_path: Path) -> None:
    """Who asks once a day misses nothing; the hours end at the newest story, whatever the time is now."""
    site = busy(SiteTest(tmp_path), 120, timedelta(minutes=30), publisher="Gazette").build()
    # One at each half-hour of 48, and that which is 48 hours old.
    for route in ("/feed.xml", "/publishers/gazette/feed.xml"):
        assert [said(one, "id")[-7:] for one in entries(site, route)][-1:] == ["item-96"]
        assert len(entries(site, route)) == 97
    before = site.files()
    assert site.build(as_of=datetime(2027, 1, 1, tzinfo=UTC)).files() == before


def test_the_hours_are_hours_where_clocks_change(tmp_path: Path) -> None:
    """On the night of 25 October an hour comes twice in Berlin."""
    site = SiteTest(tmp_path).config(timezone="Europe/Berlin")
    last = datetime(2026, 10, 26, 0, 30, tzinfo=UTC)
    busy(site, 120, timedelta(minutes=30), last=last).build(as_of=datetime(2026, 11, 1, tzinfo=UTC))
    assert len(entries(site)) == 97


def test_a_flood_fills_three_hundred_and_no_more(tmp_path: Path) -> None:
    site = busy(SiteTest(tmp_path), 310, timedelta(minutes=1)).build()
    assert len(entries(site)) == 300


def test_days_without_times_are_counted_as_days(tmp_path: Path) -> None:
    site = SiteTest(tmp_path)
    for one in range(30):
        for day in ("2026-01-08", "2026-01-09", "2026-01-10"):
            site.item(f"{day.replace('-', '/')}/item-{one}", date=day)
    site.item("2026/01/07/old", date="2026-01-07").build()
    assert len(entries(site)) == 90


def test_one_more_story_of_a_busy_site_leaves_what_a_full_build_does(tmp_path: Path) -> None:
    site = busy(SiteTest(tmp_path), 70, timedelta(minutes=30), tags=["Wind"], publisher="Gazette").build()
    site.item("2026/01/21/new", date="2026-01-21T11:00:00Z", publisher="Gazette").build()
    found = site.files()
    assert len(entries(site)) == 52
    assert site.build(full=True).files() == found


# -- under which id --------------------------------------------------------------------------------------------------


def ids(site: SiteTest) -> set[str]:
    return {said(one, "id").rpartition(":")[2] for one in entries(site)}


def test_a_story_that_grows_keeps_the_id_of_its_first_item(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item(STORM).build()
    assert ids(site) == {STORM}
    site.item(STORM, story=STORM).item("2026/01/13/gale", story=STORM).build()
    assert ids(site) == {STORM}
    site.remove(f"content/items/{STORM}.md").build()
    assert ids(site) == {STORM}, "not even when its first item goes"


def test_of_merged_stories_one_keeps_its_id_and_the_other_goes(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item(STORM, story=STORM).item("2026/01/13/gale", story="2026/01/13/gale").build()
    assert ids(site) == {STORM, "2026/01/13/gale"}
    site.move("stories", "2026/01/13/gale", STORM).build()
    assert ids(site) == {STORM}


def test_a_renamed_item_keeps_its_id(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/strom", title="Storm").build()
    site.remove("content/items/2026/01/12/strom.md").item(STORM, title="Storm").move("items", "2026/01/12/strom", STORM)
    assert ids(site.build()) == {"2026/01/12/strom"}


def test_a_renamed_post_keeps_its_id_however_often_it_is_renamed(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/z").build()
    for old, new in (("z", "a"), ("a", "m")):
        site.remove(f"content/items/2026/01/12/{old}.md").item(f"2026/01/12/{new}")
        site.move("items", f"2026/01/12/{old}", f"2026/01/12/{new}").build()
        assert ids(site) == {"2026/01/12/z"}
        assert site.build(full=True) and ids(site) == {"2026/01/12/z"}


def test_a_renamed_story_keeps_its_id_whatever_joins_it(tmp_path: Path) -> None:
    """A name that somebody chose later is in no file; that of a story that it was merged into is."""
    site = storm(SiteTest(tmp_path)).item("2026/01/10/calm", story="2026/01/10/calm").build()
    site.item("2026/01/15/flood", story="2026/01/15/flood", publisher="D").build()
    for old, new in ((STORM, "2026/01/12/great-storm"), ("2026/01/12/great-storm", "2026/01/12/the-storm")):
        site.move("stories", old, new).build()
        assert site.has(f"/stories/{new}/")
        assert ids(site) == {STORM, "2026/01/10/calm", "2026/01/15/flood"}
    site.move("stories", "2026/01/10/calm", "2026/01/12/the-storm").build()
    assert ids(site) == {STORM, "2026/01/15/flood"}
    found = site.files()
    assert site.build(full=True).files() == found
    site.move("stories", "2026/01/12/the-storm", "2026/01/15/flood").build()
    assert ids(site) == {"2026/01/15/flood"}
    site.move("stories", "2026/01/15/flood", "2026/01/15/water").build()
    assert ids(site) == {"2026/01/15/flood"}, "the survivor of a merge, under another name"


def test_the_order_of_moves_counts_and_a_build_hears_of_it(tmp_path: Path) -> None:
    site = storm(SiteTest(tmp_path)).item("2026/01/10/calm", story="2026/01/10/calm")
    lines = [f"stories\t{name}\t2026/01/12/x\n" for name in (STORM, "2026/01/10/calm")]
    assert ids(site.file("content/moves.tsv", "".join(lines)).build()) == {STORM}
    assert ids(site.file("content/moves.tsv", "".join(reversed(lines))).build()) == {"2026/01/10/calm"}
    found = site.files()
    assert site.build(full=True).files() == found


def test_moves_in_a_circle_end(tmp_path: Path) -> None:
    site = storm(SiteTest(tmp_path)).move("stories", STORM, "2026/01/12/x").move("stories", "2026/01/12/x", STORM)
    assert ids(site.build()) == {STORM}


def test_nothing_that_an_editor_says_of_a_story_changes_its_id(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(id_base="news.example,2025").item(STORM, slug="a").build()
    before = [said(one, "id") for one in entries(site)]
    site.item(STORM, slug="b", title="B", date="2026-01-20", publisher="P", tags=["x"]).note(
        STORM, title="C", pin="true"
    )
    site.config(id_base="news.example,2025", base_url="https://a.example/b/", timezone="Asia/Tokyo", title="Z").build()
    assert [said(one, "id") for one in entries(site)] == before == [f"tag:news.example,2025:{STORM}"]


# -- when it changed ---------------------------------------------------------------------------------------------------


def storm(site: SiteTest) -> SiteTest:
    """A story of two publishers."""
    site.item(STORM, date="2026-01-12T08:00:00Z", publisher="Gazette", story=STORM)
    return site.item("2026/01/12/gale", date="2026-01-12T10:00:00Z", publisher="Courier", story=STORM)


def test_a_new_publisher_moves_a_story(tmp_path: Path) -> None:
    site = storm(SiteTest(tmp_path)).build()
    assert updates(site)[STORM] == "2026-01-12T10:00:00Z"
    site.item("2026/01/13/c", date="2026-01-13T09:00:00Z", publisher="Dispatch", story=STORM).build()
    assert updates(site)[STORM] == "2026-01-13T09:00:00Z"


def test_a_second_report_of_one_publisher_moves_nothing_but_its_place_in_lists(tmp_path: Path) -> None:
    site = storm(SiteTest(tmp_path)).item("2026/01/12/other", date="2026-01-12T20:00:00Z").build()
    assert list(updates(site)) == ["2026/01/12/other", STORM]
    moment = datetime(2026, 1, 13, 12, tzinfo=UTC)
    stated = {"updated": field_fingerprint(Item(updated=moment), "updated")}
    more: dict[str, Any] = {"publisher": "gazette", "updated": moment.isoformat(), "written": stated, "story": STORM}
    site.item("2026/01/13/again", date="2026-01-13T09:00:00Z", **more).build()
    assert updates(site) == {STORM: "2026-01-12T10:00:00Z", "2026/01/12/other": "2026-01-12T20:00:00Z"}
    assert list(updates(site)) == [STORM, "2026/01/12/other"]
    # The page of the story did change, and its sitemap says so.
    changed = re.search(rf"/stories/{STORM}/</loc><lastmod>(.*?)<", site.text("/sitemaps/2026-01.xml"))
    assert changed and changed[1] == "2026-01-13T09:00:00Z"


def test_a_publisher_who_is_only_mentioned_has_reported(tmp_path: Path) -> None:
    named = [{"title": "Gale", "link": "https://d.example/1", "publisher": "Dispatch"}]
    site = storm(SiteTest(tmp_path))
    site.item("2026/01/12/gale", date="2026-01-12T10:00:00Z", publisher="Courier", story=STORM, coverage=named)
    site.item("2026/01/13/c", date="2026-01-13T09:00:00Z", publisher="Dispatch", story=STORM).build()
    assert updates(site)[STORM] == "2026-01-12T10:00:00Z"


def test_an_edit_that_a_publisher_dates_moves_a_story(tmp_path: Path) -> None:
    site = storm(SiteTest(tmp_path))
    site.item(STORM, date="2026-01-12T08:00:00Z", publisher="Gazette", story=STORM, updated="2026-01-12T15:00:00Z")
    assert updates(site.build())[STORM] == "2026-01-12T15:00:00Z"


def test_an_editor_says_of_an_edit_that_readers_should_hear_of_it(tmp_path: Path) -> None:
    """Content holds no date of an edit but the one that somebody writes there."""
    site = storm(SiteTest(tmp_path)).config(timezone="Europe/Berlin").build()
    before = updates(site)
    site.note(STORM, title="The great storm").build()
    assert updates(site) == before
    site.note(STORM, title="The great storm", updated="2026-01-14 09:00").build()
    assert updates(site)[STORM] == "2026-01-14T08:00:00Z"
    again = {"publisher": "Gazette", "story": STORM, "updated": "2026-01-15T12:00:00Z"}
    site.item("2026/01/13/again", date="2026-01-13T09:00:00Z", **again).build()
    assert updates(site)[STORM] == "2026-01-15T12:00:00Z"


def test_a_date_that_cannot_be_meant_is_told_with_its_line(tmp_path: Path) -> None:
    site = storm(SiteTest(tmp_path)).note(STORM, title="A", updated="soon").build()
    (reason,) = site.report.quarantine
    assert f"content/stories/{STORM}.md:3: 'updated'" in reason


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 20), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
reports = st.builds(
    Item, date=moments, publisher=st.sampled_from("ABC"), path=st.uuids().map(lambda one: f"2026/01/01/{one}")
)


def story(items: list[Item]) -> Story:
    return Story(name="s", items=tuple(sorted(items, key=lambda item: item.date)))


@given(st.lists(reports, min_size=1, max_size=6), reports)
def test_only_a_publishers_first_report_moves_a_story(items: list[Item], more: Item) -> None:
    settings = Settings()
    before, after = (cards.updated(story(one), settings) for one in (items, [*items, more]))
    first = [item.date for item in items if item.publisher == more.publisher]
    if not first:
        assert after == max(before, stamp(more.date))
    elif more.date >= min(first):
        assert after == before
    else:
        # A report that comes late and is older may take it back, never on.
        assert after <= before
    assert after >= stamp(story([*items, more]).lead.date)


def test_an_item_without_a_publisher_is_nobodys_second_report() -> None:
    one, two = (Item(date=datetime(2026, 1, day, tzinfo=UTC)) for day in (1, 2))
    assert cards.updated(story([one, two]), Settings()) == "2026-01-02T00:00:00Z"
    mention = Mention(title="A", link="https://a.example/", publisher="A")
    two = Item(date=two.date, publisher="B", coverage=(mention,))
    three = Item(date=datetime(2026, 1, 3, tzinfo=UTC), publisher="A")
    assert cards.updated(story([one, two, three]), Settings()) == "2026-01-02T00:00:00Z"


# -- what readers see ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base_url", ["https://news.example/", "https://news.example/digest/"])
def test_an_entry_lists_the_other_reports(tmp_path: Path, base_url: str) -> None:
    site = SiteTest(tmp_path).config(base_url=base_url)
    of_all = {"story": STORM, "summary": "A & <b>"}
    site.item(STORM, title="Storm <b>& sea", link="https://a.example/1", publisher="Gazette", **of_all)
    for number in range(7):
        other = {
            "title": f"Gale <i>{number}",
            "link": f"https://b.example/{number}?a=1&b=2",
            "publisher": f"P&{number}",
        }
        site.item(f"2026/01/13/gale-{number}", **of_all, **other)
    (entry,) = entries(site.build())
    shown = said(entry, "content")
    read = html.fragment_fromstring(shown, create_parent="div")
    assert [one.text_content() for one in read.iter("p")] == ["A & <b>", "All reports of 8 publishers"]
    listed = [one.text_content() for one in read.iter("li")]
    assert len(listed) == 5 and listed[0] in {f"Gale <i>{number} – P&{number}" for number in range(7)} | {
        "Storm <b>& sea – Gazette"
    }
    links = [a.get("href") for a in read.iter("a")]
    assert links[-1] == f"{base_url}stories/{STORM}/"
    assert all(link.startswith(("https://a.example/1", "https://b.example/")) for link in links[:-1])
    (item,) = json.loads(site.text("/feed.json"))["items"]
    assert item["content_html"] == shown and item["content_text"]


def test_a_story_of_one_report_is_its_summary_alone(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item(STORM, link="https://a.example/1", summary="It blows.").build()
    (entry,) = entries(site)
    assert said(entry, "summary") == "It blows." and entry.find(ATOM + "content") is None
    assert "content_html" not in json.loads(site.text("/feed.json"))["items"][0]


def test_a_report_whose_link_may_not_be_shown_is_text(tmp_path: Path) -> None:
    named = [{"title": "Evil", "link": "javascript:alert(1)"}, {"title": "Good", "link": "https://b.example/"}]
    site = SiteTest(tmp_path).item(STORM, link="https://a.example/1", coverage=named).build()
    shown = said(entries(site)[0], "content")
    assert "<li>Evil</li>" in shown and '<a href="https://b.example/">Good</a>' in shown and "javascript" not in shown
    assert 'href="#"' not in site.text("/")


def test_a_hidden_story_is_in_no_feed(tmp_path: Path) -> None:
    site = storm(SiteTest(tmp_path)).note(STORM, hide="true").item("2026/01/12/b", publisher="Gazette").build()
    for route in ("/feed.xml", "/publishers/gazette/feed.xml"):
        assert list(updates(site, route)) == ["2026/01/12/b"]


# -- where feeds are found ------------------------------------------------------------------------------------------------


def found(site: SiteTest, route: str) -> list[str]:
    """The feeds that a page names, in its order: readers offer the first before the others."""
    page = html.fromstring(site.text(route).encode())
    links = [link for link in page.iter("link") if link.get("rel") == "alternate"]
    assert all(link.get("title") for link in links)
    return [link.get("href", "") for link in links]


@pytest.mark.parametrize("base", ["/", "/digest/"])
def test_every_page_names_its_own_feed_and_then_the_sites(
    tmp_path: Path, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builder.term_months.LARGE", 0)
    site = storm(SiteTest(tmp_path).config(base_url=f"https://news.example{base}", tag_pages=1))
    site.item("2026/01/12/b", publisher="Gazette", tags=["Wind"], categories=["Coast"]).build()
    of_site = [f"{base}feed.xml", f"{base}feed.json"]
    for route in (
        "/",
        "/latest/",
        "/tags/",
        "/2026/",
        "/2026/01/",
        "/2026/01/12/",
        "/2026/01/12/b/",
        f"/stories/{STORM}/",
        "/404.html",
    ):
        assert found(site, route) == of_site, route
    for term in ("tags/wind", "categories/coast", "publishers/gazette"):
        assert site.has(f"/{term}/feed.xml")
        for route in (f"/{term}/", f"/{term}/2026-01/"):
            assert found(site, route) == [f"{base}{term}/feed.xml", *of_site], route


def test_the_feed_of_a_merged_term_stays_and_names_todays(tmp_path: Path) -> None:
    site = (
        SiteTest(tmp_path)
        .config(tag_pages=1)
        .item(STORM, tags=["Storm"])
        .item("2026/01/13/gale", tags=["Gale"])
        .build()
    )
    before = etree.fromstring(site.text("/tags/gale/feed.xml").encode())
    assert said(before, "id").endswith("/tags/gale/feed.xml")
    site.move("tags", "storm", "gale").build()
    assert site.text("/tags/storm/feed.xml") == site.text("/tags/gale/feed.xml")
    assert 'rel="self" type="application/atom+xml" href="https://news.example/tags/gale/feed.xml"' in site.text(
        "/tags/storm/feed.xml"
    )
    assert len(entries(site, "/tags/storm/feed.xml")) == 2

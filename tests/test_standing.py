"""Pages whose number rests on how much there is: each stays once it was published, however items join to stories.

The limits are lowered, so that a few items make a large day, a large term and a large month.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from builder import archives, sitemaps, subjects, terms
from tests.sitetest import AS_OF, SiteTest
from tests.test_laws import assert_same, full_build

SEQUENCES = 3 if (settings.default or settings()).derandomize else 200


@pytest.fixture(autouse=True)
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DAY", "TERM_MONTH", "LARGE"):
        monkeypatch.setattr(archives, name, 2)
    monkeypatch.setattr(terms, "TERM", 2)
    monkeypatch.setattr(sitemaps, "SITEMAP", 2)


def leads_to(site: SiteTest, route: str) -> str:
    """Where the page at a route leads: a redirect says so, any other leads nowhere."""
    text = site.text(route)
    return text.partition('rel="canonical" href="https://news.example')[2].partition('"')[0] if "moved" in text else ""


def three_on_a_day(tmp_path: Path) -> SiteTest:
    """Three stories of one morning, which all carry one tag; each a report at its own hour."""
    site = SiteTest(tmp_path)
    for hour, name in enumerate("abc", 8):
        site.item(f"2026/01/12/{name}", date=f"2026-01-12T{hour:02}:00:00Z", tags=["x"])
    return site.build()


def joined(site: SiteTest, story: str, *paths: str, **front: Any) -> SiteTest:
    """The same items, in one story now."""
    for path in paths:
        hour = 8 + "abc".index(path[-1])
        site.item(path, date=f"2026-01-12T{hour:02}:00:00Z", **{"tags": ["x"], "story": story} | front)
    return site.build()


# -- days and their hours ---------------------------------------------------------------------------------


def test_the_hours_of_a_day_stay_when_its_stories_join(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path)
    assert "1 story" in site.text("/2026/01/12/08/")
    joined(site, "s", "2026/01/12/a", "2026/01/12/b", "2026/01/12/c")
    assert leads_to(site, "/2026/01/12/08/") == "/2026/01/12/"
    assert "1 story" in site.text("/2026/01/12/")


def test_an_hour_stays_when_its_only_story_goes_on_in_a_later_hour(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path).item("2026/01/12/d", date="2026-01-12T11:00:00Z").build()
    joined(site, "s", "2026/01/12/a", "2026/01/12/b")
    assert leads_to(site, "/2026/01/12/08/") == "/2026/01/12/"
    assert not leads_to(site, "/2026/01/12/09/")


def test_a_source_that_mends_a_date_takes_no_hour_and_no_day_away(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path)
    for name in "abc":
        site.item(f"2026/01/12/{name}", date="2026-02-01T00:00:00Z", tags=["x"])
    before = site.routes()
    assert before <= site.build().routes()
    assert "0 stories" in site.text("/2026/01/12/")
    assert leads_to(site, "/2026/01/12/08/") == "/2026/01/12/"
    assert leads_to(site, "/tags/x/2026-01/") == "/tags/x/"


def test_a_small_day_has_no_hours(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", date="2026-01-12T08:00:00Z").build()
    assert not any(route.startswith("/2026/01/12/0") for route in site.routes())


# -- terms and their months -------------------------------------------------------------------------------


def test_the_months_of_a_term_stay_when_its_stories_join(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path)
    assert {"/tags/x/2026-01/", "/tags/x/2026-01-12/"} <= site.routes()
    joined(site, "s", "2026/01/12/a", "2026/01/12/b", "2026/01/12/c")
    assert "1 story" in site.text("/tags/x/2026-01/")
    assert leads_to(site, "/tags/x/2026-01-12/") == "/tags/x/2026-01/"


def test_a_month_of_a_term_stays_when_its_only_story_goes_on_in_the_next(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path).item("2026/02/01/d", tags=["x"], story="s").build()
    joined(site, "s", "2026/01/12/a", "2026/01/12/b", "2026/01/12/c")
    assert leads_to(site, "/tags/x/2026-01/") == "/tags/x/"
    assert leads_to(site, "/tags/x/2026-01-12/") == "/tags/x/"
    assert "1 story" in site.text("/tags/x/2026-02/")


def test_a_month_in_which_a_story_stood_by_a_report_without_the_tag_stays_as_well(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path).item("2026/02/01/d", story="2026/01/12/a", title="Later")
    joined(site, "2026/01/12/a", "2026/01/12/a")
    assert "1 story" in site.text("/tags/x/2026-02/")
    site.item("2026/03/01/e", story="2026/01/12/a", title="Later still").build(as_of=AS_OF + timedelta(days=60))
    assert leads_to(site, "/tags/x/2026-02/") == "/tags/x/"


def test_a_parent_of_tags_counts_the_items_of_those_below_it(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).file("content/tags.toml", '[x]\nparent = "y"\n[y]\nname = "Y"\n')
    for name in "abc":
        site.item(f"2026/01/12/{name}", tags=["x"])
    assert site.build().has("/tags/y/2026-01/")
    for name in "abc":
        site.item(f"2026/01/12/{name}", tags=["x"], story="s")
    assert "1 story" in site.build().text("/tags/y/2026-01/")


# -- terms that were merged -------------------------------------------------------------------------------


def test_the_months_of_a_large_tag_lead_on_when_it_is_merged(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path)
    before = site.routes()
    assert before <= site.move("tags", "x", "y").build().routes()
    assert leads_to(site, "/tags/x/2026-01/") == "/tags/y/2026-01/"
    assert leads_to(site, "/tags/x/2026-01-12/") == "/tags/y/2026-01/"
    assert not leads_to(site, "/tags/y/2026-01-12/")
    assert before <= site.move("tags", "y", "z").build().routes()
    assert leads_to(site, "/tags/x/2026-01/") == "/tags/z/2026-01/"


def test_a_spelling_that_never_had_months_gets_none_by_an_alias(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path).item("2026/01/13/d", tags=["ex"])
    site.file("content/tags.toml", '[x]\naliases = ["ex"]\n').build()
    assert leads_to(site, "/tags/ex/") == "/tags/x/"
    assert not site.has("/tags/ex/2026-01/")


def test_the_months_of_a_hidden_tag_lead_to_all_tags(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path).file("content/tags.toml", "[x]\nhide = true\n").build()
    assert leads_to(site, "/tags/x/2026-01/") == "/tags/"


# -- tags that a note replaces ------------------------------------------------------------------------------


def test_the_pages_of_a_tag_stay_when_its_stories_join_one_whose_note_names_others(tmp_path: Path) -> None:
    site = three_on_a_day(tmp_path).item("2026/01/13/d").note("2026/01/13/d", tags=["y"]).build()
    before = site.routes()
    joined(site.item("2026/01/13/d", story="s"), "s", "2026/01/12/a", "2026/01/12/b", "2026/01/12/c")
    assert before <= site.routes()
    assert "0 stories" in site.text("/tags/x/") and "1 story" in site.text("/tags/y/")
    assert leads_to(site, "/tags/x/2026-01/") == "/tags/x/"
    assert "/tags/x/" not in site.text("/tags/") + site.text("/sitemaps/pages.xml")
    ours = site.move("tags", "x", "z").build().files()
    assert leads_to(site, "/tags/x/2026-01/") == "/tags/z/2026-01/" and before <= site.routes()
    assert_same(ours, full_build(site, tmp_path / "full", AS_OF))


# -- sitemaps ---------------------------------------------------------------------------------------------


def test_sitemaps_stay_when_a_month_grows_and_when_its_stories_join(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").item("2026/01/13/b").build()
    published = site.routes()
    site.item("2026/01/14/c").build()
    published |= site.routes()
    assert {"/sitemaps/2026-01.xml", "/sitemaps/2026-01-14.xml"} <= published
    for path in ("2026/01/12/a", "2026/01/13/b", "2026/01/14/c"):
        site.item(path, story="2026/01/12/a")
    site.build()
    assert published <= site.routes()
    assert "/2026/01/14/c/" in site.text("/sitemaps/2026-01-14.xml")
    assert "/2026/01/12/a/" not in site.text("/sitemaps/2026-01-14.xml")
    assert "/stories/2026/01/12/a/" in site.text("/sitemaps/2026-01-12.xml")


# -- what this rests on -----------------------------------------------------------------------------------


def test_without_the_shares_of_items_pages_vanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "_besides", lambda places: ())
    site = three_on_a_day(tmp_path)
    joined(site, "s", "2026/01/12/a", "2026/01/12/b", "2026/01/12/c")
    assert not {"/2026/01/12/08/", "/tags/x/2026-01/"} & site.routes()


# -- the law ----------------------------------------------------------------------------------------------


class Stream:
    """News as ingest brings it, with a die: reports, follow-ups, joins, merges, mended dates; and an editor's tags."""

    def __init__(self, root: Path, seed: int) -> None:
        self.site, self.die = SiteTest(root), random.Random(seed)
        self.front: dict[str, dict[str, Any]] = {}
        self.tags = ["w", "x", "y"]

    def report(self) -> None:
        moment = datetime(2026, 1, 12) + timedelta(hours=self.die.choice([0, 3, 7, 20, 24 * 18, 24 * 20, 24 * 21]))
        path = f"{moment:%Y/%m/%d}/n{len(self.front)}"
        stories = [*self.front, *(str(front["story"]) for front in self.front.values() if front["story"])]
        story = self.die.choice(stories) if stories and self.die.random() < 0.4 else ""
        # A founder says so too, once it is not alone.
        if story in self.front and not self.front[story]["story"]:
            self.write(story, story=story)
        tags = self.die.sample(["w", "x", "y"], self.die.randrange(3))
        self.write(path, date=f"{moment:%Y-%m-%dT%H}:30:00Z", tags=tags, story=story, publisher=self.die.choice("PQ"))

    def write(self, path: str, **front: Any) -> None:
        self.front[path] = self.front.get(path, {}) | front
        self.site.item(path, **self.front[path])

    def merge(self) -> None:
        names = sorted({str(front["story"]) for front in self.front.values() if front["story"]})
        if len(names) > 1:
            self.site.move("stories", *self.die.sample(names, 2))

    def join(self) -> None:
        alone = [path for path, front in self.front.items() if not front["story"]]
        if len(alone) > 1:
            first, second = sorted(self.die.sample(alone, 2))
            self.write(first, story=first)
            self.write(second, story=first)

    def mend(self) -> None:
        # Back to a day that the item had before: of a third one nobody would know.
        path = self.die.choice(sorted(self.front))
        first = path.split("/n")[0].replace("/", "-")
        now = str(self.front[path]["date"])
        self.write(path, date=f"{first}T21:00:00Z" if now[:10] != first else f"{first}T22:00:00Z")

    def tag(self) -> None:
        # Whoever takes a merger back takes its addresses back.
        if len(self.tags) > 1:
            old = self.tags.pop(self.die.randrange(len(self.tags)))
            self.site.move("tags", old, self.die.choice(self.tags))


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_every_route_ever_published_stands_and_incremental_is_full(tmp_path: Path, seed: int) -> None:
    stream, published = Stream(tmp_path / "site", seed), set[str]()
    acts = [Stream.report] * 6 + [Stream.join] * 3 + [Stream.merge, Stream.mend, Stream.tag]
    as_of = AS_OF + timedelta(days=60)
    for step in range(15):
        stream.report()
        stream.die.choice(acts)(stream)
        if step % 3 == 2:
            site = stream.site.build(as_of=as_of)
            assert published <= site.routes(), sorted(published - site.routes())
            published |= site.routes()
    ours = stream.site.files()
    assert any("/2026-01-12/" in route for route in published)
    assert_same(ours, full_build(stream.site, tmp_path / "full", as_of))

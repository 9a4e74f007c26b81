"""What an edit costs: the pages that show what changed are written, and no other; and what the site's folder remembers.

Every route that is written is named here, with the reason that the build gives.
"""

from __future__ import annotations

import pickle
import random
import shutil
from pathlib import Path

import pytest

from builder import term_months
from builder.errors import BroadsheetError, ContentError, RouteError, TemplateError
from builder.output import Output
from builder.workers import Crew
from tests.sitetest import AS_OF, SiteTest, cut_small, threads
from tests.test_laws import assert_same, full_build

# Storm and Ferry stand on one day, Bridge in another month of another year; only Storm and Bridge share a tag.
STORM, FERRY, BRIDGE = "2026/01/12/storm", "2026/01/12/ferry", "2025/11/05/bridge"
WIDE = {"/", "/latest/", "/feed.xml", "/feed.json"}
JANUARY = {"/2026/01/12/", "/2026/w03/", "/2026/01/", "/2026/"}
GAZETTE = {"/publishers/gazette/", "/publishers/gazette/feed.xml"}
COURIER = {"/publishers/courier/", "/publishers/courier/feed.xml"}
HARBOUR = {"/tags/harbour/", "/tags/harbour/feed.xml"}
COAST = {"/tags/coast/", "/tags/coast/feed.xml"}
MAPS = {"/sitemaps/2026-01.xml"}


def timed(path: str) -> str:
    return "-".join(path.split("/")[:3]) + "T12:00:00Z"


class Newsroom:
    """A site of three stories and a page of its own, built once; `edited` says what a second build writes, and why."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = SiteTest(folder / "site").document("about", title="About", body="We.")
        self.storm().item(
            FERRY, date=timed(FERRY), publisher="Courier", tags=["coast"], link="https://courier.example/f"
        )
        self.site.item(
            BRIDGE, date=timed(BRIDGE), publisher="Gazette", tags=["harbour"], link="https://gazette.example/b"
        )
        self.site.seen(STORM, FERRY, BRIDGE).build()

    def storm(self, body: str = "It blew.", **front: object) -> SiteTest:
        front = {"publisher": "Gazette", "tags": ["harbour"], "link": "https://gazette.example/s"} | front
        return self.site.item(STORM, date=timed(STORM), body=body, **front)

    def edited(self) -> dict[str, str]:
        """Build; the site is now the full one."""
        reasons = self.site.build().report.reasons
        written = self.site.report.pages.written
        assert written == len(reasons)
        ours = self.site.files()
        assert_same(ours, full_build(self.site, self.folder / "full", AS_OF))
        return reasons


@pytest.fixture
def newsroom(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path)


# -- what an edit writes ---------------------------------------------------------------------------------


def test_nothing_is_written_for_nothing(newsroom: Newsroom) -> None:
    assert newsroom.edited() == {}


def test_a_body_is_shown_by_its_own_page_alone(newsroom: Newsroom) -> None:
    newsroom.storm(body="It blew all night.")
    assert newsroom.edited() == {f"/{STORM}/": "data"}


def test_a_body_of_a_story_of_two_is_shown_by_its_own_page_alone(newsroom: Newsroom) -> None:
    newsroom.storm(story=STORM)
    newsroom.site.item("2026/01/13/flood", story=STORM).build()
    newsroom.storm(story=STORM, body="It blew all night.")
    assert newsroom.edited() == {f"/{STORM}/": "data"}


def test_a_title_is_shown_by_the_lists_and_feeds_of_its_story(newsroom: Newsroom) -> None:
    newsroom.storm(title="The storm")
    shown = {f"/{STORM}/"} | WIDE | JANUARY | GAZETTE | HARBOUR
    assert newsroom.edited() == dict.fromkeys(shown, "data")


def test_a_note_that_no_list_shows_is_written_once(newsroom: Newsroom) -> None:
    newsroom.storm(note="Seen from the quay.")
    assert newsroom.edited() == {f"/{STORM}/": "data"}


def test_a_new_item_is_shown_where_it_stands(newsroom: Newsroom) -> None:
    newsroom.site.item("2026/01/12/flood", date="2026-01-12T13:00:00Z", publisher="Courier", tags=["coast"])
    found = newsroom.edited()
    assert found.pop("/2026/01/12/flood/") == "new"
    lists = {"/tags/", "/publishers/"} | COAST | COURIER
    assert found == dict.fromkeys(WIDE | JANUARY | MAPS | lists, "data")


def test_a_new_item_of_a_new_year_has_new_pages(newsroom: Newsroom) -> None:
    newsroom.site.item("2024/03/04/thaw", date="2024-03-04T13:00:00Z")
    found = newsroom.edited()
    new = {"/2024/03/04/thaw/", "/2024/03/04/", "/2024/w10/", "/2024/03/", "/2024/", "/sitemaps/2024-03.xml"}
    assert {route for route, reason in found.items() if reason == "new"} == new
    assert found.keys() - new == WIDE | {"/sitemap.xml", "/sitemaps/pages.xml"}


def test_a_deleted_item_leaves_its_lists_and_a_notice(newsroom: Newsroom) -> None:
    newsroom.site.remove(f"content/items/{STORM}.md")
    shown = {f"/{STORM}/", "/tags/", "/publishers/"} | WIDE | JANUARY | GAZETTE | HARBOUR | MAPS
    found = newsroom.edited()
    assert found.keys() == shown
    assert newsroom.site.report.pages.removed == 0


def test_the_last_item_of_a_term_takes_its_pages_along(newsroom: Newsroom) -> None:
    newsroom.site.remove(f"content/items/{FERRY}.md")
    found = newsroom.edited()
    shown = {f"/{FERRY}/", "/tags/", "/publishers/", "/sitemaps/pages.xml"} | WIDE | JANUARY | MAPS
    assert found.keys() == shown
    assert newsroom.site.report.pages.removed == len(COAST | COURIER)


def test_a_new_tag_is_shown_by_its_story_and_by_both_terms(newsroom: Newsroom) -> None:
    newsroom.storm(tags=["harbour", "ice"])
    found = newsroom.edited()
    new = {"/tags/ice/", "/tags/ice/feed.xml"}
    assert {route for route, reason in found.items() if reason == "new"} == new
    shown = {f"/{STORM}/", "/tags/", "/sitemaps/pages.xml"} | WIDE | JANUARY | GAZETTE | HARBOUR
    assert found.keys() - new == shown


def test_a_tag_that_no_card_shows_is_a_matter_of_its_page_and_its_term(newsroom: Newsroom) -> None:
    newsroom.storm(tags=["harbour", "sea", "wind"])
    newsroom.site.build()
    newsroom.storm(tags=["harbour", "sea", "wind", "coast"])
    assert newsroom.edited() == dict.fromkeys({f"/{STORM}/", "/tags/"} | COAST, "data")


def test_a_template_is_a_matter_of_the_pages_made_with_it(newsroom: Newsroom) -> None:
    text = '{% extends "base/day.html" %}{% block footer %}Tides{% endblock %}'
    newsroom.site.file("templates/day.html", text)
    assert newsroom.edited() == dict.fromkeys(["/2026/01/12/", "/2025/11/05/"], "template")


def test_a_sites_title_is_on_every_page(newsroom: Newsroom) -> None:
    newsroom.site.config(title="The Coast")
    found = newsroom.edited()
    without = {"/robots.txt", "/_headers", "/_redirects", "/theme.css", "/words.js", "/sitemap.xml"}
    maps = {route for route in newsroom.site.routes() if route.startswith(("/sitemaps/", "/static/"))}
    assert found == dict.fromkeys(newsroom.site.routes() - without - maps, "chrome")


def test_a_new_source_is_named_in_opml_alone(newsroom: Newsroom) -> None:
    newsroom.site.config(source=[{"name": "Desk", "url": "https://desk.example/feed"}])
    assert newsroom.edited() == {"/opml.xml": "data"}


def test_how_sources_are_asked_is_no_matter_of_the_site(newsroom: Newsroom) -> None:
    newsroom.site.config(interval="30m", drop=[{"title": "sponsored"}], block=["spam.example"], show="headline")
    assert newsroom.edited() == {}


def test_a_merged_tag_is_a_matter_of_its_stories(newsroom: Newsroom) -> None:
    newsroom.site.move("tags", "coast", "shore")
    found = newsroom.edited()
    new = {"/tags/shore/", "/tags/shore/feed.xml", "/_redirects"} | COAST
    assert {route for route, reason in found.items() if reason == "new"} == new
    # Feeds say what a tag is called, and not where it is.
    linked = {f"/{FERRY}/", "/tags/", "/sitemaps/pages.xml", "/", "/latest/", "/publishers/courier/"}
    assert found.keys() - new == linked | JANUARY


def test_a_removal_is_a_matter_of_its_notice(newsroom: Newsroom) -> None:
    newsroom.site.move("items", "2026/01/12/never", "")
    assert newsroom.edited() == {"/2026/01/12/never/": "new"}


def test_a_move_of_a_tag_that_nobody_has_writes_nothing(newsroom: Newsroom) -> None:
    newsroom.site.move("tags", "fjord", "inlet")
    assert newsroom.edited() == {}


def test_a_document_is_a_page_of_its_own(newsroom: Newsroom) -> None:
    newsroom.site.document("about", title="About", body="We are.")
    assert newsroom.edited() == {"/about/": "data"}


# -- what the site's folder remembers --------------------------------------------------------------------------


def test_a_folder_without_an_index_prunes_what_is_ours_and_no_more(tmp_path: Path) -> None:
    """What was added and removed since the routes were written is in a log beside them."""
    site = SiteTest(tmp_path / "site").item("2026/01/05/a", tags=["x"]).item("2026/01/06/b").build()
    notes = site.output / ".broadsheet"
    site.item("2026/01/07/c", tags=["y"]).build().remove("content/items/2026/01/05/a.md").build()
    assert (notes / "routes.log").exists()
    site.file("site/tags/x/mine.txt", "mine").file("site/mine.html", "mine").file("site/tags/z/index.html", "mine")
    shutil.rmtree(site.root / ".broadsheet")
    site.remove("content/items/2026/01/07/c.md").build()
    assert site.report.strangers == ("mine.html", "tags/x/mine.txt", "tags/z/index.html")
    ours = {name: data for name, data in site.files().items() if data != b"mine"}
    assert_same(ours, full_build(site, tmp_path / "full", AS_OF))


def test_the_log_of_routes_says_what_stands(tmp_path: Path) -> None:
    """After any additions and removals, written down anew or not, the routes known are the files that stand."""
    die, folder = random.Random(5), tmp_path / "site"
    out, standing = Output(folder), dict[str, str]()
    out.open()
    out.record("0", [])
    rewritten = 0
    for number in range(30):
        new = {f"/{die.choice('abc')}/{die.randrange(400)}/": die.choice(["", "items/a.md"]) for _ in range(40)}
        gone = die.sample(sorted(standing), die.randrange(len(standing) // 2 + 1))
        for route in new:
            out.file(route).parent.mkdir(parents=True, exist_ok=True)
            out.file(route).write_text("")
        out.invalidate(new.items())
        out.prune(set(gone) - new.keys())
        standing = {route: origin for route, origin in (standing | new).items() if route in new or route not in gone}
        assert out.routes() == standing
        rewritten += out.is_long
        out.record(str(number), sorted(standing.items()) if out.is_long else None)
        assert out.routes() == standing
        assert Output(folder).strangers() == []
        assert not out.is_long
    assert 0 < rewritten < 30


def test_in_a_large_term_another_story_writes_its_day_and_its_month_and_no_other_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term_months, "LARGE", 1)
    monkeypatch.setattr(term_months, "TERM_MONTH", 2)
    site = SiteTest(tmp_path)
    for path in ("2026/01/05/a", "2026/01/06/b", "2026/01/07/c", "2026/01/07/d"):
        site.item(path, tags=["x"])
    assert site.build().has("/tags/x/2026-01-05/")
    assert "2 stories" in site.text("/tags/x/2026-01-07/")
    assert 'href="/tags/x/2026-01/"' in site.text("/tags/x/2026-01-07/")
    reasons = site.item("2026/01/06/e", tags=["x"]).build().report.reasons
    months = {route for route in reasons if route.startswith("/tags/x/2026")}
    assert months == {"/tags/x/2026-01/", "/tags/x/2026-01-06/"}


# -- workers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crew", [Crew(2, threads), Crew(3, threads), Crew(2)], ids=["threads", "more", "processes"])
def test_any_crew_writes_the_same_and_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crew: Crew
) -> None:
    cut_small(monkeypatch)
    alone, shared = Newsroom(tmp_path / "alone"), Newsroom(tmp_path / "shared")
    for room in (alone, shared):
        room.storm(title="The storm", tags=["coast", "ice"]).file("content/items/2026/01/12/x.md", "---\ntitle: [\n")
    alone.site.build()
    shared.site.build(crew=crew)
    assert_same(shared.site.files(), alone.site.files())
    assert shared.site.report.reasons == alone.site.report.reasons
    assert shared.site.report.quarantined == alone.site.report.quarantined != ()
    assert_same(shared.site.build(full=True, crew=crew).files(), alone.site.files())


@pytest.mark.parametrize("crew", [Crew(2, threads), Crew(2)], ids=["threads", "processes"])
def test_a_template_error_in_a_worker_is_told_and_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crew: Crew
) -> None:
    cut_small(monkeypatch)
    site = SiteTest(tmp_path).item("2026/01/05/a").build()
    before = site.files()
    site.item("2026/01/05/a", title="New").file("templates/item.html", "{{ page.nonsense }}")
    with pytest.raises(Exception, match=r"templates/item\.html:1: .*nonsense"):
        site.build(crew=crew)
    assert site.files() == before


@pytest.mark.parametrize(
    "error",
    [
        TemplateError("no such name", where="templates/item.html:1", next="mend it"),
        RouteError([BroadsheetError("two files", next="rename one"), ContentError("no title", where="a.md:1")]),
    ],
)
def test_an_error_says_the_same_in_another_process(error: BroadsheetError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.what, again.where, again.next) == (
        type(error), str(error), error.what, error.where, error.next
    )  # fmt: skip

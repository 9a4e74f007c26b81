"""What an editor says of a story in `content/stories/`, and of an item: its headline, tags, text, pinned, hidden."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from builder import config, desk, notes, sitemaps, term_months
from builder.content import Content
from builder.edits import Edits
from tests.linktest import dead_links
from tests.sitetest import AS_OF, SiteTest

STORM = "2026/01/12/storm"


def newsroom(tmp_path: Path) -> SiteTest:
    """A story of two items, and one beside it."""
    site = SiteTest(tmp_path).item(STORM, title="Storm nears", story=STORM, link="https://a.example/1", tags=["Wind"])
    site.item("2026/01/13/gale", title="Storm hits", story=STORM, link="https://b.example/2", tags=["Wind", "Rain"])
    return site.item("2026/01/14/fair", title="Fair opens", link="https://a.example/3", tags=["Fair"])


def order(site: SiteTest, *titles: str) -> list[str]:
    """These titles in the order of the home page; those that are not there left out."""
    home = site.text("/")
    return sorted((title for title in titles if title in home), key=home.index)


def test_a_note_gives_a_story_its_headline_tags_and_text(tmp_path: Path) -> None:
    site = newsroom(tmp_path)
    site.note(STORM, title="The great storm", note="We follow this.", tags=["Weather"], body="It *began* at sea.")
    site.build()
    page = site.text(f"/stories/{STORM}/")
    assert "<h1" in page and "The great storm" in page
    assert "We follow this." in page and "<em>began</em>" in page
    assert "The great storm" in site.text("/") and "The great storm" in site.text("/feed.xml")
    assert site.has("/tags/weather/") and "The great storm" in site.text("/tags/weather/")
    assert "The great storm" not in site.text("/tags/fair/")


def test_a_note_is_computed_where_it_is_silent(tmp_path: Path) -> None:
    site = newsroom(tmp_path).build()
    before = site.files()
    site.note(STORM).build()
    assert site.files() == before
    site.note(STORM, title="Storm").remove(f"content/stories/{STORM}.md").build()
    assert site.files() == before


def test_a_note_on_a_story_of_one_stands_on_its_item(tmp_path: Path) -> None:
    site = newsroom(tmp_path).note("2026/01/14/fair", note="Tickets are gone.", body="See [us](/about/).").build()
    page = site.text("/2026/01/14/fair/")
    assert "Tickets are gone." in page and '<a href="/about/">us</a>' in page


def test_what_an_editor_writes_is_escaped_but_for_the_text(tmp_path: Path) -> None:
    site = newsroom(tmp_path).note(STORM, title="<b>A</b>", note="<i>B</i>").build()
    page = site.text(f"/stories/{STORM}/")
    assert "<b>A</b>" not in page and "<i>B</i>" not in page and "&lt;b&gt;A" in page


def test_a_note_holds_when_its_story_grows_and_when_it_joins_another(tmp_path: Path) -> None:
    site = newsroom(tmp_path).note("2026/01/14/fair", title="The fair").build()
    site.item("2026/01/15/fair-2", title="Fair goes on", story="2026/01/14/fair").build()
    assert "The fair" in site.text("/stories/2026/01/14/fair/")
    site.move("stories", "2026/01/14/fair", STORM).build()
    assert "The fair" in site.text(f"/stories/{STORM}/")
    assert site.report.quarantined == ()


def test_a_note_is_found_by_any_item_of_its_story(tmp_path: Path) -> None:
    site = newsroom(tmp_path).note("2026/01/14/fair", title="The fair").build()
    site.item("2026/01/14/fair", title="Fair opens", link="https://a.example/3", story=STORM).build()
    assert "The fair" in site.text(f"/stories/{STORM}/") and site.report.quarantine == ()
    site.item("2026/01/14/fair", title="Fair opens", link="https://a.example/3", story="none").build()
    assert "The fair" not in site.text(f"/stories/{STORM}/") and "The fair" in site.text("/")


def test_of_two_notes_the_one_that_has_the_storys_name_counts(tmp_path: Path) -> None:
    site = newsroom(tmp_path).note("2026/01/14/fair", title="The fair").note(STORM, title="The storm").build()
    site.move("stories", "2026/01/14/fair", STORM).build()
    assert "The storm" in site.text("/") and "The fair" not in site.text("/")
    assert site.report.quarantined == (
        f"content/stories/2026/01/14/fair.md: its story shows content/stories/{STORM}.md; "
        "join the two, and remove this one",
    )


def test_a_note_on_no_story_is_told_once_and_counts_when_the_story_comes(tmp_path: Path) -> None:
    site = newsroom(tmp_path).note("2026/01/20/thaw", title="The thaw").build()
    (told,) = site.report.quarantined
    assert told.startswith("content/stories/2026/01/20/thaw.md: there is no story 2026/01/20/thaw;")
    assert site.build().report.quarantined == ()
    site.item("2026/01/20/thaw", title="Ice melts").build()
    assert "The thaw" in site.text("/") and site.report.quarantine == ()


@pytest.mark.parametrize(
    "said", ["pin: perhaps", "hide: [yes]", "pin_until: soon", "tags: {a: b}", "title: [A]", "pin_until: 2026-02-30"]
)
def test_a_note_that_cannot_be_meant_is_set_aside_with_its_line(tmp_path: Path, said: str) -> None:
    site = newsroom(tmp_path).build()
    before = site.files()
    site.file(f"content/stories/{STORM}.md", f"---\nnote: Yes\n{said}\n---\n").build()
    (told,) = site.report.quarantined
    assert told.startswith(f"content/stories/{STORM}.md:3: ") and "; " in told
    assert site.files() == before


# -- pinned ------------------------------------------------------------------------------------------


def test_a_pinned_story_stands_first_on_the_home_page_and_nowhere_else(tmp_path: Path) -> None:
    site = newsroom(tmp_path).build()
    assert order(site, "Fair opens", "Storm nears") == ["Fair opens", "Storm nears"]
    latest = site.text("/latest/")
    site.note(STORM, pin=True).build()
    assert order(site, "Fair opens", "Storm nears") == ["Storm nears", "Fair opens"]
    assert site.text("/").count('class="pinned"') == 1 and site.text("/").count(">Storm nears</a></h2>") == 1
    assert site.text("/latest/") == latest


def test_a_pin_ends_by_itself_and_the_build_says_when(tmp_path: Path) -> None:
    site = newsroom(tmp_path).note(STORM, pin_until="2026-02-05").config(timezone="America/St_Johns").build()
    assert order(site, "Fair opens", "Storm nears") == ["Storm nears", "Fair opens"]
    assert site.report.next_due == "2026-02-06T03:30:00Z"
    before = datetime(2026, 2, 6, 3, 29, tzinfo=UTC)
    assert order(site.build(as_of=before), "Fair opens", "Storm nears") == ["Storm nears", "Fair opens"]
    after = datetime(2026, 2, 6, 3, 30, tzinfo=UTC)
    assert order(site.build(as_of=after), "Fair opens", "Storm nears") == ["Fair opens", "Storm nears"]
    assert site.report.next_due == ""


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("pin: true", notes.FOREVER),
        ("pin: false\npin_until: 2026-01-20", ""),
        ("pin_until: 2026-01-20", "2026-01-20T23:00:00Z"),
        ("pin_until: 2026-01-20T08:00", "2026-01-20T07:00:00Z"),
        ("pin_until: 2026-01-20T08:00:00+05:00", "2026-01-20T03:00:00Z"),
        ("pin_until: 2026-03-28", "2026-03-28T23:00:00Z"),
        ("pin_until: 2026-03-29", "2026-03-29T22:00:00Z"),
        ("hide: true", ""),
    ],
)
def test_a_day_counts_to_its_end_in_the_sites_zone(said: str, until: str) -> None:
    assert notes.pinned_until(notes.parse(f"---\n{said}\n---\n", "a"), ZoneInfo("Europe/Berlin")) == until


def test_an_item_is_pinned_and_hidden_by_its_own_file(tmp_path: Path) -> None:
    site = newsroom(tmp_path).item(STORM, title="Storm nears", story=STORM, link="https://a.example/1", pin=True)
    site.item("2026/01/14/fair", title="Fair opens", link="https://a.example/3", hide=True).build()
    assert 'class="pinned"' in site.text("/") and "Fair opens" not in site.text("/")
    site.file("content/items/2026/01/14/fair.md", "---\ntitle: F\ndate: 2026-01-14\nhide: perhaps\n---\n").build()
    assert site.report.quarantined[0].startswith("content/items/2026/01/14/fair.md:4: 'hide' is neither")


def test_the_home_page_is_no_longer_for_what_is_pinned(tmp_path: Path) -> None:
    site = SiteTest(tmp_path)
    for number in range(40):
        site.item(f"2026/01/12/a-{number:02}", title=f"Report {number:02}", date=f"2026-01-12T08:{number:02}:00Z")
    site.note("2026/01/12/a-00", pin=True).note("2026/01/12/a-39", pin=True).build()
    assert site.text("/").count('<article class="card') == 30
    assert order(site, "Report 39", "Report 00", "Report 38") == ["Report 39", "Report 00", "Report 38"]


# -- hidden ------------------------------------------------------------------------------------------


def test_a_hidden_story_is_in_no_list_and_keeps_its_pages(tmp_path: Path) -> None:
    site = newsroom(tmp_path).build()
    before = site.routes()
    site.note(STORM, hide=True).build()
    assert site.routes() >= before - {"/sitemaps/2026-01.xml"}
    own = {f"/stories/{STORM}/", f"/{STORM}/", "/2026/01/13/gale/"}
    naming = {
        route for route in site.routes() if route.endswith(("/", ".xml", ".json")) and "Storm " in site.text(route)
    }
    assert naming == own
    assert STORM not in site.text("/sitemaps/2026-01.xml")


def test_an_item_that_is_hidden_is_in_no_story_that_is_shown(tmp_path: Path) -> None:
    site = newsroom(tmp_path).build()
    site.item("2026/01/13/gale", title="Storm hits", story=STORM, link="https://b.example/2", hide=True).build()
    assert site.has("/2026/01/13/gale/") and site.has(f"/stories/{STORM}/")
    naming = {route for route in site.routes() if route.endswith(("/", ".xml")) and "Storm hits" in site.text(route)}
    assert naming == {"/2026/01/13/gale/"}


def test_who_hides_a_story_and_mistypes_the_rest_hides_it(tmp_path: Path) -> None:
    site = newsroom(tmp_path).file(f"content/stories/{STORM}.md", "---\nhide: true\npin_until: soon\n---\n").build()
    assert "Storm" not in site.text("/") and len(site.report.quarantined) == 1
    site.item("2026/01/20/c", title="C").build()
    assert "Storm" not in site.text("/") and len(site.report.quarantine) == 1
    mended = site.note(STORM, hide=True).build()
    assert "Storm" not in mended.text("/") and mended.report.quarantine == ()
    assert "Storm" in site.note(STORM).build().text("/")


def test_a_hidden_story_comes_back(tmp_path: Path) -> None:
    site = newsroom(tmp_path).build()
    before = site.files()
    site.note(STORM, hide=True).build()
    site.note(STORM, hide=False).build()
    assert site.files() == before


def test_a_tag_of_hidden_stories_alone_keeps_its_page(tmp_path: Path) -> None:
    site = newsroom(tmp_path).note(STORM, hide=True).build()
    assert "Storm" not in site.text("/tags/rain/") and "Storm" not in site.text("/tags/")
    assert site.has("/tags/rain/feed.xml")


def followed(tmp_path: Path, followers: int) -> SiteTest:
    """A story of one publisher, and others of two that go on from it."""
    site = SiteTest(tmp_path)
    for day in range(1, followers + 2):
        name = f"2026/01/{day:02}/a"
        for item in "ab":
            front = {"story": name, "publisher": "P" if day == 1 else item, "link": f"https://a.example/{day}{item}"}
            front |= {"follows": "2026/01/01/a"} if day > 1 else {}
            site.item(f"2026/01/{day:02}/{item}", title=f"Part {day:02}{item}", **front)
    return site.build()


def as_full(site: SiteTest, folder: Path) -> None:
    """The site is what a build from nothing makes of the same content."""
    ours = site.build().files()
    assert site.build(output=folder, full=True).files() == ours
    site.output = site.root / "site"


def test_a_hidden_story_stands_outside_its_chain(tmp_path: Path) -> None:
    site = followed(tmp_path / "site", 2).note("2026/01/03/a", hide=True).build()
    assert "Before this" not in site.text("/stories/2026/01/03/a/")
    assert "Before this" in site.text("/stories/2026/01/02/a/")
    as_full(site.note("2026/01/01/a", title="Another headline"), tmp_path / "full")
    as_full(site.note("2026/01/01/a", hide=True), tmp_path / "hidden")
    as_full(site.note("2026/01/02/a", title="Another follower"), tmp_path / "after")


def test_a_story_that_very_many_follow_is_named_by_all_of_them(tmp_path: Path) -> None:
    site = followed(tmp_path / "site", 25)
    assert all("Before this" in site.text(f"/stories/2026/01/{day:02}/a/") for day in range(2, 27))
    as_full(site.note("2026/01/01/a", title="Another headline"), tmp_path / "full")
    as_full(site.note("2026/01/26/a", title="Another follower"), tmp_path / "after")


def test_a_note_in_place_of_tags_that_were_merged_leaves_no_month_that_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term_months, "LARGE", 1)
    site = SiteTest(tmp_path).move("tags", "rain", "wind").item("2026/01/05/a", tags=["wind"])
    site.item("2026/01/06/b", tags=["wind"])
    for day in ("12", "13"):
        site.item(f"2025/12/{day}/c", tags=["rain"]).note(f"2025/12/{day}/c", tags=["fair"])
    assert dead_links(site.build(), "https://news.example/").dead == []


def test_a_day_of_hidden_stories_alone_keeps_its_sitemap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "SITEMAP", 2)
    site = newsroom(tmp_path / "site").build()
    before = site.routes()
    site.note("2026/01/14/fair", hide=True)
    as_full(site, tmp_path / "full")
    assert before <= site.routes()
    assert "2026-01-14" not in site.text("/sitemaps/2026-01.xml")
    (named,) = re.findall("<loc>(.*)</loc>", site.text("/sitemaps/2026-01-14.xml"))
    assert named == "https://news.example/", "one that names nothing is not valid"


def test_a_hidden_tag_is_in_no_sitemap(tmp_path: Path) -> None:
    site = newsroom(tmp_path).file("content/tags.toml", "[fair]\nhide = true\n").build()
    assert site.has("/tags/fair/") and "/tags/fair/" not in site.text("/sitemaps/pages.xml")


def test_a_note_that_the_disk_does_not_give_is_named_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = newsroom(tmp_path).note(STORM, title="The storm").build()
    site.note(STORM, title="The great storm")
    given = Content.read

    def refused(content: Content, path: str) -> bytes:
        if path.startswith("stories/"):
            raise OSError(5, "Input/output error", path)
        return given(content, path)

    with monkeypatch.context() as patch:
        patch.setattr(Content, "read", refused)
        site.item("2026/01/15/a").build()
        assert "cannot be read" in site.report.quarantine[0] and "The storm" in site.text("/")
    assert "The great storm" in site.build().text("/") and site.report.quarantine == ()


def test_the_list_of_stories_names_them_as_their_notes_do(tmp_path: Path) -> None:
    site = newsroom(tmp_path).note(STORM, title="The great storm").build()
    with site.index() as index:
        edits = Edits(Content(site.root), config.load(site.root), index, AS_OF)
        assert [story.title for story in desk.stories(edits, datetime(2026, 1, 1, tzinfo=UTC))] == ["The great storm"]


def test_the_front_page_says_the_newest_day_though_its_story_is_pinned(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").item("2026/01/20/b", pin=True).build()
    assert '<p class="dateline"><a href="/2026/01/20/">Tuesday 20 January 2026</a></p>' in site.text("/")
    assert site.item("2026/01/12/a", pin=True).build().text("/").count("dateline") == 1

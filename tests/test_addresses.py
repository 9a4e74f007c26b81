"""Published addresses go on: after moves, edits, drafts, broken files; and no name leads out of the site."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.sitetest import SiteTest
from tests.test_ingest import entry, site_of


def ids(site: SiteTest) -> list[str]:
    return [line for line in site.text("/feed.xml").splitlines() if line.startswith("<id>")][1:]


def test_an_edited_date_or_zone_keeps_every_route(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a", date="2026-01-05T23:30:00Z").build()
    before = site.routes()
    site.item("2026/01/05/a", date="2024-06-30T23:30:00Z").config(timezone="Pacific/Kiritimati").build()
    assert before - site.routes() == set()
    assert "2024/07/01" in site.text("/sitemaps/pages.xml")
    assert "2026/01/05" not in site.text("/sitemaps/pages.xml")
    site.item("2026/01/05/b").build()
    assert "1 story" in site.text("/2026/01/05/")


def test_an_item_moved_and_then_deleted_leaves_notices_at_both_addresses(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/new").item("2026/01/06/b").seen("2026/01/05/old")
    site.move("items", "2026/01/05/old", "2026/01/05/new").build()
    assert 'href="/2026/01/05/new/"' in site.text("/2026/01/05/old/")
    site.remove("content/items/2026/01/05/new.md").build()
    assert "noindex" in site.text("/2026/01/05/old/")
    assert "noindex" in site.text("/2026/01/05/new/")


def test_a_notice_says_when_and_why_and_nothing_of_what_was_there(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a", title="The storm", body="Roofs.").item("2026/01/06/b").build()
    site.remove("content/items/2026/01/05/a.md").build()
    assert not site.has("/2026/01/05/a/")
    line = "items\t2026/01/05/a\t\t2026-11-22\t<script>alert(1)</script>"
    notice = site.file("content/moves.tsv", line).build().text("/2026/01/05/a/")
    assert "noindex" in notice and "&lt;script&gt;alert(1)" in notice
    assert '<time datetime="2026-11-22">22 November 2026</time>' in notice
    assert "The storm" not in notice and "Roofs" not in notice
    assert "23 November" in site.file("content/moves.tsv", line.replace("22", "23")).build().text("/2026/01/05/a/")
    assert "noindex" not in site.item("2026/01/05/a").build().text("/2026/01/05/a/")


def test_a_notice_gives_way_to_an_alias_and_comes_back(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).seen("2026/01/05/old").item("2026/01/05/new").build()
    assert "noindex" in site.text("/2026/01/05/old/")
    site.item("2026/01/05/new", aliases=["/2026/01/05/old/"]).build()
    assert 'href="/2026/01/05/new/"' in site.text("/2026/01/05/old/")
    assert "removed" in site.item("2026/01/05/new").build().text("/2026/01/05/old/")


def test_a_published_item_that_is_a_draft_again_leaves_a_notice(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest().build()
    file = site.root / "content/items/2026/01/06/storm-number-1.md"
    file.write_text(file.read_text("utf-8").replace("draft: false", "draft: true"), "utf-8")
    assert "noindex" in site.build().text("/2026/01/06/storm-number-1/")
    assert "Storm" not in site.text("/feed.xml")


def test_a_founder_that_moves_keeps_its_story_and_its_entrys_id(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a").item("2026/01/06/b", story="2026/01/05/a").build()
    before = ids(site)
    site.remove("content/items/2026/01/05/a.md").item("2026/01/05/aa", date="2026-01-05")
    site.move("items", "2026/01/05/a", "2026/01/05/aa").build()
    assert "2 reports" in site.text("/stories/2026/01/05/a/")
    assert ids(site) == before
    site.item("2026/01/05/aa", date="2026-01-05", draft=True).build()
    assert ids(site) == before


def test_everything_that_came_from_a_broken_file_stays_whatever_is_lost(tmp_path: Path) -> None:
    site = (
        SiteTest(tmp_path).document("about", aliases=["/who/"]).item("2026/01/05/a", aliases=["/a/"], story="s").build()
    )
    kept = {route: site.text(route) for route in ("/about/", "/who/", "/a/", "/2026/01/05/a/", "/stories/s/")}
    site.file("content/pages/about.md", "---\ntitle: [\n---\n")
    site.file("content/items/2026/01/05/a.md", "---\ntitle: [\n---\n").build()
    assert {route: site.text(route) for route in kept} == kept
    shutil.rmtree(site.root / ".broadsheet")
    assert {route: site.build(full=True).text(route) for route in kept} == kept
    site.remove("content/pages/about.md").remove("content/items/2026/01/05/a.md").build()
    assert kept.keys() & site.routes() == set()


def test_a_broken_document_that_is_removed_takes_its_pages_with_it(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).document("about", aliases=["/who/"]).build()
    site.file("content/pages/about.md", "---\ntitle: [\n---\n").build()
    assert {"/about/", "/who/"} <= site.routes()
    site.remove("content/pages/about.md").build()
    assert {"/about/", "/who/"} & site.routes() == set()


@pytest.mark.parametrize("name", ["a\tb", "what?", "50%", "c#", "a\nb"])
def test_a_file_whose_name_no_address_can_hold_is_set_aside(tmp_path: Path, name: str) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a").file(f"content/items/2026/01/05/{name}.md", "---\ntitle: B\n---\n")
    assert len(site.build().report.quarantined) == 1
    assert site.build().report.quarantined == ()
    site.remove(f"content/items/2026/01/05/{name}.md")
    assert site.build().report.quarantine == ()


@pytest.mark.parametrize("line", ["items\t../../x\ta", "stories\tfoo\t../../../x", "items\t2026/01/05/a\t/etc/x"])
def test_no_move_leads_out_of_the_site(tmp_path: Path, line: str) -> None:
    site = SiteTest(tmp_path / "site").item("2026/01/05/a").file("content/moves.tsv", line + "\n")
    with pytest.raises(Exception, match=r"content/moves\.tsv:1: a move that leads out"):
        site.build()


def test_no_ledger_line_leads_out_of_the_site(tmp_path: Path) -> None:
    site = SiteTest(tmp_path / "site").file(
        "content/seen/2026-01.tsv", "0123456789abcdef\t../../x\nfed\t2026/01/05/a\n"
    )
    assert "/2026/01/05/a/" in site.build().routes()
    assert not list(tmp_path.glob("x"))


def test_repositories_and_our_own_notes_are_not_copied(tmp_path: Path) -> None:
    site = (
        SiteTest(tmp_path).file("content/static/.git/config", "secret").file("content/static/.well-known/x", "public")
    )
    site.file("content/static/.broadsheet/routes", "/x/").build()
    assert site.has("/.well-known/x")
    assert not site.has("/.git/config")


def test_an_untimed_page_of_a_large_day_has_a_route_that_no_headline_takes(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1, title="All day", pubDate="2026-01-12")).ingest().build()
    assert "/2026/01/12/item-all-day/" in site.routes()


def test_spellings_of_one_story_name_are_one_story(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a", story="My Story!").item("2026/01/06/b", story="my story").build()
    assert "2 reports" in site.text("/stories/my-story/")

"""When two things are one item and when they are not: nothing is lost, nothing doubled, whatever a person does meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path

from builder import config, frontmatter
from builder.content import Content
from builder.imports import import_files
from builder.ingest import ingest
from builder.run import SourceReport
from tests.sitetest import AS_OF, SiteTest
from tests.test_ingest import content, edit, entry, feed, items, site_of


def test_an_edit_made_while_ingest_runs_stands(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest()
    path = "2026/01/06/storm-number-1.md"
    feed(site, entry(1, title="Upstream", description="All new. And more."))

    def meanwhile(source: SourceReport, done: int, total: int) -> None:
        edit(site, path, 'title: "Storm number 1"', 'title: "Edited by a person"')

    with site.index() as index:
        report = ingest(Content(site.root), config.load(site.root), index, AS_OF, progress=meanwhile)
    assert report.written == 0
    assert "Edited by a person" in items(site)[path]
    item = frontmatter.load(items(site.ingest())[path])
    assert (item.title, item.description) == ("Edited by a person", "All new.")


def test_another_guid_on_the_same_link_is_another_item_if_headline_and_date_are_new(tmp_path: Path) -> None:
    link = "https://gazette.example/podcast"
    site = site_of(tmp_path, entry(1, title="Episode one", link=link)).ingest()
    feed(site, entry(2, title="Episode two", link=link)).ingest()
    assert [frontmatter.load(text).title for text in items(site).values()] == ["Episode one", "Episode two"]
    before = content(site)
    assert content(site.ingest()) == before


def test_another_guid_under_a_recurring_headline_of_a_day_is_another_item(tmp_path: Path) -> None:
    first = entry(1, title="Weather", pubDate="2026-01-12", description="Snow at dawn. Cold.")
    second = entry(2, title="Weather", pubDate="2026-01-12", description="Thaw at night. Wet.")
    site = site_of(tmp_path, first).ingest()
    feed(site, second).ingest()
    assert list(items(site)) == ["2026/01/12/weather-2.md", "2026/01/12/weather.md"]


def test_snapshots_of_one_feed_in_a_folder_are_one_feed(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(source=[{"name": "Archive", "file": "snaps"}])
    feed(site, entry(1), name="snaps/1.xml")
    feed(site, entry(1, title="Edited"), entry(2), name="snaps/2.xml").ingest()
    assert [frontmatter.load(text).title for text in items(site).values()] == ["Edited", "Storm number 2"]
    before = content(site)
    assert content(site.ingest()) == before


def test_a_lost_ledger_heals_and_deletions_still_win(tmp_path: Path) -> None:
    alone = {"title": "Only a guid", "guid": "gazette-1", "pubDate": "Mon, 05 Jan 2026 08:00:00 GMT"}
    site = site_of(tmp_path, alone, entry(2)).ingest()
    shutil.rmtree(site.root / "content/seen")
    site.ingest().remove("content/items/2026/01/05/only-a-guid.md")
    assert list(items(site.ingest())) == ["2026/01/07/storm-number-2.md"]


def test_a_file_renamed_by_hand_goes_on_and_its_old_address_redirects(tmp_path: Path) -> None:
    for number, name in enumerate(("aaa", "zzz")):
        site = site_of(tmp_path / str(number), entry(1), entry(2)).ingest()
        old = "2026/01/06/storm-number-1"
        (site.root / f"content/items/{old}.md").rename(site.root / f"content/items/2026/01/06/{name}.md")
        feed(site, entry(1, title="Upstream"), entry(2)).ingest().build()
        assert frontmatter.load(items(site)[f"2026/01/06/{name}.md"]).title == "Upstream"
        assert f'href="/2026/01/06/{name}/"' in site.text(f"/{old}/")


def test_two_files_that_are_one_item_are_reported_once(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest()
    folder = site.root / "content/items/2026/01/06"
    shutil.copy(folder / "storm-number-1.md", folder / "copy.md")
    (reason,) = site.ingest().ingested.quarantined
    assert "items/2026/01/06/storm-number-1.md: is the same item as items/2026/01/06/copy.md" in reason
    assert site.ingest().ingested.quarantined == ()
    (folder / "copy.md").unlink()
    assert site.ingest().ingested.quarantined == ()


def test_two_texts_under_one_headline_are_two_items(tmp_path: Path) -> None:
    site = SiteTest(tmp_path / "site")
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_text(
        "Morning briefing\n\nThe ferry is late again, and the harbour board has no idea why.\n"
    )
    (texts / "b.txt").write_text("Morning briefing\n\nThe bridge is open again, and the harbour board is glad of it.\n")
    for _ in range(2):
        with site.index() as index:
            import_files(Content(site.root), config.load(site.root), index, AS_OF, [texts])
        assert len(items(site)) == 2
    assert "ferry" in "".join(items(site).values()) and "bridge" in "".join(items(site).values())

"""The laws of ingest: twice is once, edits win, deletions win, and losing every cache loses nothing."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from html import escape
from pathlib import Path

import msgspec
import pytest

from builder import frontmatter
from tests.sitetest import AS_OF, SiteTest


def rss(*entries: dict[str, str], title: str = "The Gazette") -> str:
    """An RSS 2.0 feed of entries given by their elements."""
    items = ""
    for one in entries:
        items += "<item>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in one.items()) + "</item>\n"
    head = f"<title>{title}</title><link>https://gazette.example/</link><description>News</description>"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>{head}\n{items}</channel></rss>\n'


def entry(number: int, **changes: str) -> dict[str, str]:
    """An entry that states everything."""
    return {
        "title": f"Storm number {number}",
        "link": f"https://gazette.example/storm-{number}",
        "guid": f"gazette-{number}",
        "pubDate": f"Mon, {5 + number % 20:02} Jan 2026 08:{number % 60:02}:00 +0100",
        "description": f"The storm of day {number} took the roof. Nobody was hurt.",
        "category": "Weather",
    } | changes


def site_of(tmp_path: Path, *entries: dict[str, str], **source: object) -> SiteTest:
    site = SiteTest(tmp_path / "site").config(source=[{"name": "Gazette", "file": "gazette.xml"} | source])
    return feed(site, *entries)


def feed(site: SiteTest, *entries: dict[str, str], name: str = "gazette.xml", title: str = "The Gazette") -> SiteTest:
    return site.file(f"content/{name}", rss(*entries, title=title))


def items(site: SiteTest) -> dict[str, str]:
    folder = site.root / "content" / "items"
    return {str(file.relative_to(folder)): file.read_text("utf-8") for file in sorted(folder.rglob("*.md"))}


def content(site: SiteTest) -> dict[str, bytes]:
    folder = site.root / "content"
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def edit(site: SiteTest, path: str, old: str, new: str) -> None:
    file = site.root / "content" / "items" / path
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


# -- an item as it is written ------------------------------------------------------------------------------


def test_every_entry_becomes_one_markdown_file(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1), entry(2), categories=["Coast"], tags=["local"]).ingest()
    assert list(items(site)) == ["2026/01/06/storm-number-1.md", "2026/01/07/storm-number-2.md"]
    item = frontmatter.load(items(site)["2026/01/06/storm-number-1.md"])
    assert (item.title, item.slug, item.source) == ("Storm number 1", "storm-number-1", "Gazette")
    # Its own category is no tag as long as neither its text nor other stories say that word.
    assert (item.categories, item.tags) == (("Coast",), ("local",))
    assert item.date.isoformat() == "2026-01-06T08:01:00+01:00"
    assert item.publisher == "The Gazette"
    keys = [line.split(":")[0] for line in items(site)["2026/01/06/storm-number-1.md"].splitlines() if ":" in line]
    assert keys[:7] == ["title", "date", "description", "summary", "slug", "image", "link"]


def test_a_source_without_a_name_takes_its_files(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(source=[{"file": "gazette.xml"}])
    feed(site, entry(1)).ingest()
    assert [source.name for source in site.ingested.sources] == ["gazette.xml"]


def test_equal_titles_of_one_day_get_numbers_that_never_change(tmp_path: Path) -> None:
    three = [entry(n, title="Storm", pubDate="Mon, 05 Jan 2026 08:00:00 GMT") for n in (1, 2, 3)]
    names = ["2026/01/05/storm-2.md", "2026/01/05/storm-3.md", "2026/01/05/storm.md"]
    site = site_of(tmp_path / "a", *three).ingest()
    assert list(items(site)) == names
    before = items(site)
    feed(site, *reversed(three)).ingest()
    assert items(site) == before
    assert items(site_of(tmp_path / "b", *reversed(three)).ingest()) == before


def test_an_item_of_long_ago_keeps_its_date(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1, pubDate="Fri, 01 Jan 1971 00:00:00 GMT")).ingest().build()
    assert (site.report.quarantine, site.has("/1971/01/01/storm-number-1/")) == ((), True)


def test_a_folder_is_a_source_of_all_its_files(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(source=[{"name": "Archive", "file": "old"}])
    feed(site, entry(1), name="old/a.xml")
    feed(site, entry(2), name="old/b.xml").ingest()
    assert len(items(site)) == 2


# -- twice is once --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forget", [False, True], ids=["with the index", "without .broadsheet/"])
def test_ingest_twice_is_ingest_once(tmp_path: Path, forget: bool) -> None:
    odd = {"title": "No date, no guid, no link"}
    site = site_of(tmp_path, entry(1), entry(2), odd, entry(3, guid="gazette-1")).ingest()
    assert site.ingested.written == 4
    before = content(site)
    if forget:
        shutil.rmtree(site.root / ".broadsheet")
    site.ingest(as_of=AS_OF.replace(month=3))
    assert site.ingested.written == 0
    assert content(site) == before


def test_an_index_that_is_noise_is_made_anew(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest().build()
    (site.root / ".broadsheet/index.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    before = content(site)
    site.ingest().build()
    assert content(site) == before
    assert site.report.pages.written == 0


def test_an_entry_is_known_again_by_any_key_it_states(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest()
    for change in ({"guid": "other"}, {"link": "https://gazette.example/moved"}, {"title": "Storm, the first"}):
        feed(site, entry(1, **change)).ingest()
        assert list(items(site)) == ["2026/01/06/storm-number-1.md"]


def test_two_sources_that_bring_one_article_make_one_item(tmp_path: Path) -> None:
    two = [{"name": "Gazette", "file": "gazette.xml"}, {"name": "Courier", "file": "courier.xml"}]
    site = SiteTest(tmp_path).config(source=two)
    feed(site, entry(1), title="The Gazette")
    same = entry(1, guid="courier-9", link="http://www.gazette.example/storm-1?utm_source=courier", title="Copied")
    feed(site, same, name="courier.xml", title="The Courier").ingest()
    (text,) = items(site).values()
    item = frontmatter.load(text)
    assert (item.source, item.also, item.title) == ("Gazette", ("Courier",), "Storm number 1")
    before = content(site)
    assert content(site.ingest()) == before


# -- edits win -------------------------------------------------------------------------------------------------


def test_an_upstream_edit_updates_the_file_and_keeps_its_address(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest()
    feed(site, entry(1, title="Storm: the update")).ingest()
    (path, text), *rest = items(site).items()
    assert (path, rest) == ("2026/01/06/storm-number-1.md", [])
    assert frontmatter.load(text).title == "Storm: the update"


def test_a_field_that_a_person_changed_stays_and_the_others_follow(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest()
    path = "2026/01/06/storm-number-1.md"
    edit(site, path, 'title: "Storm number 1"', "title: Our own headline # checked\nnote: see also page 3")
    feed(site, entry(1, title="Upstream", description="The roof was found in a field. It is whole.")).ingest()
    text = items(site)[path]
    item = frontmatter.load(text)
    assert item.title == "Our own headline"
    assert item.extra == {"note": "see also page 3"}
    assert item.description == "The roof was found in a field."
    assert "# checked" in text


def test_a_body_that_a_person_changed_stays(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1), show="full").ingest()
    path = "2026/01/06/storm-number-1.md"
    edit(site, path, "Nobody was hurt.", "One hen was hurt.")
    feed(site, entry(1, description="All new text.")).ingest()
    assert "One hen was hurt." in frontmatter.load(items(site)[path]).body


def test_an_emptied_field_stays_empty(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest()
    path = "2026/01/06/storm-number-1.md"
    summary = frontmatter.load(items(site)[path]).summary
    edit(site, path, f'summary: "{summary}"', "summary:")
    feed(site, entry(1, title="Changed upstream")).ingest()
    assert frontmatter.load(items(site)[path]).summary == ""


def test_what_a_source_no_longer_says_is_kept(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1), entry(2)).ingest()
    before = items(site)
    feed(site, {name: text for name, text in entry(1).items() if name != "category"}).ingest()
    assert items(site) == before


def test_an_own_post_is_never_touched(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1))
    site.item("2026/01/06/ours", title="Storm number 1", date="2026-01-06T08:01:00+01:00", body="Ours.\n")
    before = items(site)
    site.ingest()
    assert items(site)["2026/01/06/ours.md"] == before["2026/01/06/ours.md"]
    assert len(items(site)) == 2


# -- deletions win ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forget", [False, True], ids=["with the index", "without .broadsheet/"])
def test_a_deleted_item_is_not_made_again(tmp_path: Path, forget: bool) -> None:
    site = site_of(tmp_path, entry(1), entry(2)).ingest()
    site.remove("content/items/2026/01/06/storm-number-1.md")
    for _ in range(3):
        if forget:
            shutil.rmtree(site.root / ".broadsheet")
        feed(site, entry(1, title="New title"), entry(2)).ingest()
        assert list(items(site)) == ["2026/01/07/storm-number-2.md"]
    assert (site.root / "content/moves.tsv").read_text() == "items\t2026/01/06/storm-number-1\t\n"


def test_many_missing_files_are_not_believed_to_be_deletions(tmp_path: Path) -> None:
    site = site_of(tmp_path, *(entry(n) for n in range(60))).ingest()
    kept = shutil.copytree(site.root / "content/items", tmp_path / "kept")
    for path in list(items(site))[:25]:
        site.remove(f"content/items/{path}")
    site.ingest()
    assert "25 of 60 item files are missing" in site.ingested.quarantined[0]
    assert "--accept-deletions" in site.ingested.quarantined[0]
    assert not (site.root / "content/moves.tsv").exists()
    assert len(items(site)) == 35
    shutil.copytree(kept, site.root / "content/items", dirs_exist_ok=True)
    assert site.ingest().ingested.quarantined == ()
    for path in list(items(site))[:25]:
        site.remove(f"content/items/{path}")
    site.ingest(accept_deletions=True)
    assert (site.ingested.removed, site.ingested.quarantined) == (25, ())
    assert site.ingest().ingested.removed == 0


def test_a_moved_file_goes_on_following_its_source(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest()
    old, new = "2026/01/06/storm-number-1", "2026/01/06/the-great-storm"
    folder = site.root / "content/items"
    (folder / f"{old}.md").rename(folder / f"{new}.md")
    site.move("items", old, new)
    feed(site, entry(1, title="Upstream")).ingest().build()
    assert list(items(site)) == [f"{new}.md"]
    assert frontmatter.load(items(site)[f"{new}.md"]).title == "Upstream"
    assert f'href="/{new}/"' in site.text(f"/{old}/")


# -- a person and a feed, at random ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_random_edits_and_deletions_lose_nothing_and_come_back_never(tmp_path: Path, seed: int) -> None:
    die = random.Random(seed)
    drawn: Counter[str] = Counter()
    entries = [entry(n) for n in range(6)]
    site = site_of(tmp_path, *entries, show="full").ingest()
    words: dict[str, dict[str, str]] = {}
    deleted: set[str] = set()
    for step in range(15):
        choice = die.choice(["edit", "edit", "delete", "upstream", "upstream", "shuffle", "forget"])
        drawn[choice] += 1
        path = die.choice(sorted(items(site)))
        if choice == "edit":
            name = die.choice(["title", "summary", "body", "tags", "link", "note"])
            words.setdefault(path, {})[name] = f"word{seed}x{step}"
            _write_word(site, path, name, f"word{seed}x{step}")
        elif choice == "delete" and len(items(site)) > 2:
            site.remove(f"content/items/{path}")
            deleted.add(path)
            words.pop(path, None)
        elif choice == "upstream":
            place = die.randrange(len(entries))
            field = die.choice(["title", "description", "category", "link"])
            entries[place] = entries[place] | {field: f"https://gazette.example/new-{step}"}
        elif choice == "shuffle":
            die.shuffle(entries)
        elif choice == "forget":
            shutil.rmtree(site.root / ".broadsheet", ignore_errors=True)
        feed(site, *entries).ingest()
        found = items(site)
        assert deleted.isdisjoint(found)
        assert len(found) + len(deleted) == 6
        for one, kept in words.items():
            assert all(word in found[one] for word in kept.values())
    before = content(site)
    assert content(site.ingest()) == before
    assert drawn.total() == 15


def _write_word(site: SiteTest, path: str, name: str, word: str) -> None:
    file = site.root / "content" / "items" / path
    text = file.read_text("utf-8")
    if name == "body":
        text += f"\n{word}\n"
    elif name == "note":
        lines = [line for line in text.split("\n") if not line.startswith("note:")]
        text = "\n".join([lines[0], f"note: {word}", *lines[1:]])
    else:
        item = frontmatter.load(text)
        changed = msgspec.structs.replace(item, **{name: (word,) if name == "tags" else word})
        text = frontmatter.update(text, item, changed)
    file.write_text(text, "utf-8")


# -- bad input -----------------------------------------------------------------------------------------------------


def test_a_source_that_cannot_be_read_is_set_aside_once_and_the_rest_goes_on(tmp_path: Path) -> None:
    two = [{"name": "Lost", "file": "nowhere.xml"}, {"name": "Gazette", "file": "gazette.xml"}]
    site = SiteTest(tmp_path).config(source=two)
    feed(site, entry(1)).ingest()
    assert len(items(site)) == 1
    (reason,) = site.ingested.quarantined
    assert reason == "source Lost: cannot be read: No such file or directory; check 'file' in content/site.toml"
    site.ingest()
    assert site.ingested.quarantined == ()
    assert site.ingested.sources[0].error


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("<!doctype html><html><body>Please sign in</body></html>", "HTML"),
        ('{"hello": "world"}', "JSON Feed"),
        ("just words", ""),
        ('<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><ti', ""),
    ],
    ids=["empty", "a web page", "other JSON", "no markup", "truncated"],
)
def test_a_body_that_is_no_feed_keeps_the_items_and_gives_one_reason(tmp_path: Path, body: str, reason: str) -> None:
    site = site_of(tmp_path, entry(1)).ingest()
    before = items(site)
    site.file("content/gazette.xml", body).ingest()
    assert items(site) == before
    assert len(site.ingested.quarantined) == 1
    assert reason in site.ingested.quarantined[0]
    assert "\n" not in site.ingested.quarantined[0]

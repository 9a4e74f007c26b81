"""A preview shows what a build would write, at once, and hears of every change without looking at the rest."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builder import config, previewing, rendering, seals
from builder.addresses import keys_at
from builder.content import Content
from builder.errors import ConfigError
from builder.groups import split
from builder.index import Index
from builder.kinds import Page
from builder.previewing import LiveSite
from builder.shown import Shown, Trouble
from builder.sync import sync
from builder.templates import Templates
from builder.version import code_version
from tests.sitetest import AS_OF, SiteTest
from tests.test_golden_sites import CASES, built
from tests.test_laws import EDITS_DRAWN, Editor

# What a build makes of what it has published, and a preview publishes nothing.
UNLIKE = {"/_redirects"}
A, B = "content/items/2026/01/12/a.md", "content/items/2026/01/12/b.md"


@contextmanager
def previewed(site: SiteTest, **how: bool) -> Iterator[LiveSite]:
    with closing(LiveSite(site.root, lambda: AS_OF, **how)) as preview:
        preview.update()
        yield preview


def text(preview: LiveSite, route: str) -> str:
    found = preview.shown(route)
    assert isinstance(found, Shown), (route, found)
    return found.body.decode()


def trouble(preview: LiveSite, route: str) -> Trouble:
    found = preview.shown(route)
    assert isinstance(found, Trouble), route
    return found


def assert_shown(preview: LiveSite, site: SiteTest, but: frozenset[str] = frozenset()) -> None:
    """Every page of a built site is in its preview, byte for byte."""
    for route in site.routes() - UNLIKE - but:
        assert text(preview, route) == site.text(route), route


# -- what is shown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_every_page_is_as_a_build_writes_it(case: str, tmp_path: Path) -> None:
    site = built(case, tmp_path)
    with previewed(site) as preview:
        assert_shown(preview, site)


@pytest.mark.parametrize("case", CASES)
def test_every_address_tells_its_group(case: str, tmp_path: Path) -> None:
    """Also where nothing was ever built: so no page has to be made but the one that is asked for."""
    site = built(case, tmp_path)
    with site.index() as index:
        index.settings = Content(site.root).applied(config.load(site.root))
        rows = index.db.execute("SELECT route, key FROM page").fetchall()
        index.db.execute("DELETE FROM page")
        assert [route for route, key in rows if split(key) not in set(keys_at(index, route))] == []


def stamps(root: Path) -> dict[Path, tuple[int, ...]]:
    """What tells of each file of a site that somebody wrote it."""
    files = (
        Path(place, name) for top in ("content", "templates") for place, _, all in os.walk(root / top) for name in all
    )
    return {file: (about.st_mtime_ns, about.st_ctime_ns, about.st_ino) for file in files if (about := file.lstat())}


@pytest.mark.parametrize("named", [False, True], ids=["all looked at", "told which"])
@pytest.mark.parametrize("seed", range(4))
def test_after_any_edit_it_is_as_a_build_writes_it(tmp_path: Path, seed: int, named: bool) -> None:
    """One preview, open all the while, beside builds into a folder of their own."""
    editor = Editor(SiteTest(tmp_path / "site"), seed)
    editor.build()
    # It knows no page that stands from an earlier time, nor where a moved one was.
    drawn = sorted(EDITS_DRAWN.keys() - {"useless file", "time passes", "index deleted", "caches restored"})
    ever = editor.site.routes()
    with previewed(editor.site) as preview:
        for _ in range(10):
            before = stamps(editor.site.root)
            EDITS_DRAWN[editor.die.choice(drawn)](editor)
            after = stamps(editor.site.root)
            touched = [file for file in before.keys() | after.keys() if before.get(file) != after.get(file)]
            preview.update(touched if named else ())
            editor.build()
            assert_shown(preview, editor.site)
            ever |= editor.site.routes()
            shown = {route for route in ever if isinstance(preview.shown(route), Shown)}
            assert shown - UNLIKE == editor.site.routes() - UNLIKE


@pytest.mark.parametrize("built", [False, True])
def test_a_notice_gives_way_to_whatever_takes_its_address(tmp_path: Path, built: bool) -> None:
    for name in ("alias", "document"):
        site = SiteTest(tmp_path / name).seen("2026/01/10/z")
        if built:
            site.build()
        with previewed(site) as preview:
            if name == "alias":
                site.item("2026/01/12/b", aliases=["2026/01/10/z"])
            else:
                site.document("2026/01/10/z", title="Here")
            preview.update()
            assert text(preview, "/2026/01/10/z/") == site.build().text("/2026/01/10/z/")
            assert "gone" not in text(preview, "/2026/01/10/z/").lower() or name == "alias"


def test_a_page_shows_one_state_of_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update is committed while a page is made, and undone after it: nothing of it stays."""
    site, made = SiteTest(tmp_path).item("2026/01/12/a", title="Known"), rendering.render
    with previewed(site) as preview:

        def render(page: Page, content: Content, templates: Templates) -> bytes:
            if "Known" in (tmp_path / A).read_text("utf-8"):
                site.item("2026/01/12/a", title="Between")
                sync(preview._writer, content, preview._load(), preview._reader.as_of, templates.assets())
            return made(page, content, templates)

        monkeypatch.setattr(previewing, "render", render)
        assert "Between" not in text(preview, "/")
        monkeypatch.undo()
        site.item("2026/01/12/a", title="Known")
        preview.update()
        assert_shown(preview, site.build())


def test_what_is_not_there_has_neighbours(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/ferry-strike").item("2026/01/12/storm")
    with previewed(site) as preview:
        assert preview.shown("/2026/01/12/fery-strike/") is None
        assert preview.near("/2026/01/12/fery-strike/")[0] == "/2026/01/12/ferry-strike/"
        assert "/latest/" in preview.near("/lates/") and preview.near("/zzz/qqq/") == ()


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        ("/", "text/html"),
        ("/feed.xml", "application/atom+xml"),
        ("/feed.json", "application/feed+json"),
        ("/opml.xml", "text/x-opml"),
        ("/sitemap.xml", "application/xml"),
        ("/static/style.css", "text/css"),
        ("/static/script.js", "text/javascript"),
        ("/static/favicon.svg", "image/svg+xml"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/robots.txt", "text/plain"),
    ],
)
def test_content_types(tmp_path: Path, route: str, kind: str) -> None:
    with previewed(SiteTest(tmp_path).item("2026/01/12/a")) as preview:
        found = preview.shown(route)
        assert isinstance(found, Shown) and found.kind == kind


def test_each_page_names_the_file_to_edit(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").document("about", title="About")
    with previewed(site) as preview:
        found = {route: preview.shown(route) for route in ("/2026/01/12/a/", "/about/", "/tags/")}
        sources = {route: page.source for route, page in found.items() if isinstance(page, Shown)}
    assert sources == {
        "/2026/01/12/a/": A,
        "/about/": "content/pages/about.md",
        "/tags/": "templates/taxonomy.html",
    }


def test_drafts_and_what_is_dated_ahead_are_shown_if_asked_for(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", draft=True).item("2027/01/12/b").document("c", title="C", draft=True)
    routes = ("/2026/01/12/a/", "/2027/01/12/b/", "/c/")
    for how, there in (
        ({}, []),
        ({"drafts": True}, [0, 2]),
        ({"future": True}, [1]),
        ({"drafts": True, "future": True}, [0, 1, 2]),
    ):
        with previewed(site, **how) as preview:
            assert [route for route in routes if preview.shown(route)] == [routes[number] for number in there]


# -- what was changed -------------------------------------------------------------------------------------------


def test_an_edit_changes_the_pages_that_show_it_and_no_others(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", tags=["x"]).item("2026/01/12/b")
    routes = ["/", "/2026/01/12/a/", "/2026/01/12/b/", "/2026/01/12/", "/nowhere/"]
    with previewed(site) as preview:
        before = preview.versions(routes)
        assert before["/nowhere/"] == "" and all(before[route] for route in routes[:4])
        site.item("2026/01/12/a", tags=["x"], body="Another text.")
        preview.update([tmp_path / A])
        after = preview.versions(routes)
        assert {route for route in routes if before[route] != after[route]} == {"/2026/01/12/a/"}
        site.item("2026/01/12/a", tags=["x"], title="Another title", body="Another text.")
        preview.update([tmp_path / A])
        later = preview.versions(routes)
        assert {route for route in routes if after[route] != later[route]} == {"/", "/2026/01/12/a/", "/2026/01/12/"}


def test_nothing_else_is_looked_at_where_it_is_known_what_was_changed(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").item("2026/01/12/b")
    with previewed(site) as preview:
        site.item("2026/01/12/a", title="New A").item("2026/01/12/b", title="New B")
        preview.update([tmp_path / A])
        assert "New A" in text(preview, "/") and "New B" not in text(preview, "/")
        preview.update()
        assert "New B" in text(preview, "/")


def test_beside_a_new_file_others_are_found_that_nobody_told_of(tmp_path: Path) -> None:
    """As in a folder that was made just now: what was written before anybody watched it is not heard of."""
    site = SiteTest(tmp_path).item("2026/01/12/a").item("2026/01/12/b")
    with previewed(site) as preview:
        site.item("2026/01/12/b", title="New B").item("2026/01/12/c").item("2026/01/12/d/e", title="New E")
        preview.update([tmp_path / A, tmp_path / "content/items/2026/01/12/c.md"])
        assert "New B" in text(preview, "/") and "New E" in text(preview, "/")


def test_a_known_file_that_is_none_any_more_is_gone(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").item("2026/01/12/b", title="Stays")
    with previewed(site) as preview:
        (tmp_path / A).rename(tmp_path / "elsewhere.md")
        (tmp_path / A).symlink_to(tmp_path / "elsewhere.md")
        preview.update([tmp_path / A])
        assert preview.shown("/2026/01/12/a/") is None and "Stays" in text(preview, "/")
        (tmp_path / A).unlink()
        (tmp_path / "elsewhere.md").rename(tmp_path / A)
        preview.update([tmp_path / A])
        assert preview.shown("/2026/01/12/a/")


def test_new_moved_and_removed_files(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a")
    with previewed(site) as preview:
        site.item("2026/01/20/new", title="Arrived")
        preview.update([tmp_path / "content/items/2026/01/20/new.md"])
        assert "Arrived" in text(preview, "/2026/01/20/new/") and "Arrived" in text(preview, "/")
        (tmp_path / "content/items/2026/01/20").rename(tmp_path / "content/items/2026/01/21")
        preview.update([tmp_path / "content/items/2026/01/20", tmp_path / "content/items/2026/01/21"])
        assert preview.shown("/2026/01/20/new/") is None and "Arrived" in text(preview, "/2026/01/21/new/")
        site.remove("content/items/2026/01/21/new.md")
        preview.update([tmp_path / "content/items/2026/01/21/new.md"])
        assert preview.shown("/2026/01/21/new/") is None and "Arrived" not in text(preview, "/")


def test_a_template_is_a_matter_of_the_pages_made_with_it(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").file("templates/item.html", "one {{ page.route }}")
    with previewed(site) as preview:
        before = preview.versions(["/", "/2026/01/12/a/"])
        site.file("templates/item.html", "two {{ page.route }}")
        update = preview.update([tmp_path / "templates/item.html"])
        after = preview.versions(["/", "/2026/01/12/a/"])
        assert text(preview, "/2026/01/12/a/") == "two /2026/01/12/a/" and update.assets == ()
        assert [route for route in before if before[route] != after[route]] == ["/2026/01/12/a/"]


def test_style_sheets_and_scripts_are_named(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").file("content/static/own.css", "a {}")
    with previewed(site) as preview:
        page = preview.versions(["/"])
        site.file("content/static/own.css", "b {}")
        assert preview.update([tmp_path / "content/static/own.css"]).assets == ("/own.css",)
        assert preview.versions(["/"]) == page, "the page is as it was"
        site.file("templates/static/style.css", "c {}")
        assert preview.update([tmp_path / "templates/static/style.css"]).assets == ("/static/style.css",)
        site.config(theme={"accent": "#123456"})
        assert preview.update([tmp_path / "content/site.toml"]).assets == ("/theme.css",)


# -- what is wrong ------------------------------------------------------------------------------------------------


def test_a_template_error_names_line_and_stack(tmp_path: Path) -> None:
    base = '{% block main %}{% include "partials/x.html" %}{% endblock %}'
    site = SiteTest(tmp_path).item("2026/01/12/a").file("templates/item.html", f"\n{base}")
    site.file("templates/partials/x.html", "one\ntwo\nthree {{ page.nonsense }}\nfour\nfive\nsix\n")
    with previewed(site) as preview:
        found = trouble(preview, "/2026/01/12/a/")
        assert (found.where, found.line) == ("templates/partials/x.html:3", 3) and "nonsense" in found.what
        assert found.lines[2] == (3, "three {{ page.nonsense }}") and len(found.lines) == 5
        assert found.stack[0].startswith("templates/item.html:") and found.stack[-1] == "templates/partials/x.html:3"
        assert preview.versions(["/2026/01/12/a/"]) != {"/2026/01/12/a/": ""}
        site.file("templates/partials/x.html", "healed")
        preview.update([tmp_path / "templates/partials/x.html"])
        assert "healed" in text(preview, "/2026/01/12/a/")


def test_a_template_that_is_no_template(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").file("templates/item.html", "{% if %}")
    with previewed(site) as preview:
        assert trouble(preview, "/2026/01/12/a/").where == "templates/item.html:1"
        assert "<h1" in text(preview, "/"), "other pages are as they were"


def test_a_file_that_cannot_be_read_is_told_on_its_own_page(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").item("2026/01/12/b")
    with previewed(site) as preview:
        site.file(A, "---\ntitle: [\n---\n")
        update = preview.update([tmp_path / A])
        assert list(update.troubles) == [A] and update.troubles[A].line == 3
        assert trouble(preview, "/2026/01/12/a/") == update.troubles[A]
        assert "B" in text(preview, "/")
        site.item("2026/01/12/a", title="Healed")
        assert preview.update([tmp_path / A]).troubles == {}
        assert "Healed" in text(preview, "/2026/01/12/a/")


def test_wrong_settings_leave_the_last_good_site(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a")
    with previewed(site) as preview:
        page = text(preview, "/")
        site.file("content/site.toml", 'title = "X"\ntitel = "Y"\n')
        found = preview.update([tmp_path / "content/site.toml"]).troubles[""]
        assert (found.where, found.next) == ("content/site.toml:2:1", "did you mean 'title'?")
        assert found.lines[-1] == (2, 'titel = "Y"')
        assert text(preview, "/") == page
        site.config(title="Mended")
        assert preview.update([tmp_path / "content/site.toml"]).troubles == {} and "Mended" in text(preview, "/")


def test_wrong_settings_from_the_start_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        LiveSite(SiteTest(tmp_path).file("content/site.toml", "titel = 1").root, lambda: AS_OF)


@pytest.mark.parametrize("broken", ["while it runs", "when it starts"])
def test_what_was_saved_while_something_was_wrong_is_shown_once_that_is_mended(tmp_path: Path, broken: str) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").build()
    settings = tmp_path / "content/site.toml"
    good = settings.read_text("utf-8") if settings.exists() else "title = 'A'\n"
    with closing(LiveSite(tmp_path, lambda: AS_OF)) as preview:
        if broken == "while it runs":
            preview.update()
        settings.write_text("titel = 1", "utf-8")
        assert preview.update([settings] if broken == "while it runs" else []).troubles
        site.item("2026/01/12/a", title="Saved").file("templates/item.html", "{% extends 'base/item.html' %} ")
        assert preview.update([tmp_path / A, tmp_path / "templates/item.html"]).troubles
        settings.write_text(good, "utf-8")
        assert not preview.update([settings]).troubles
        assert_shown(preview, site.build())


def test_a_file_without_a_name_of_text_stays_set_aside_whatever_else_is_saved(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a")
    (tmp_path / "content/items/2026/01/11").mkdir(parents=True)
    (tmp_path / "content/items/2026/01/11/b\x01.md").write_text("b", "utf-8")
    with previewed(site) as preview:
        site.item("2026/01/12/a", title="Saved")
        assert preview.update([tmp_path / A]).troubles
        folder = os.fsdecode(os.fsencode(tmp_path / "content/items") + b"/caf\xe9")
        Path(folder).mkdir()
        Path(folder, "x.md").write_text("x", "utf-8")
        assert len(preview.update([Path(folder, "x.md")]).troubles) == 2


@pytest.mark.parametrize("top", ["pages", "items", "static"])
def test_a_folder_that_is_moved_out_is_gone(tmp_path: Path, top: str) -> None:
    site = SiteTest(tmp_path / "site").item("2026/01/12/a").document("about").file("content/static/a.txt", "a")
    folder, aside = site.root / "content" / top, tmp_path / "aside"
    with previewed(site) as preview:
        folder.rename(aside)
        preview.update([folder])
        assert_shown(preview, site.build())
        assert [preview.shown(route) for route in ("/about/", "/2026/01/12/a/", "/a.txt")].count(None) == 1
        aside.rename(folder)
        preview.update([folder])
        assert_shown(preview, site.build())


def test_a_link_that_came_into_the_place_of_a_file_leads_nowhere(tmp_path: Path) -> None:
    site = SiteTest(tmp_path / "site").item("2026/01/12/a").file("content/static/a.txt", "a")
    (tmp_path / "outside.txt").write_text("canary", "utf-8")
    with previewed(site) as preview:
        assert text(preview, "/a.txt") == "a"
        (site.root / "content/static/a.txt").unlink()
        (site.root / "content/static/a.txt").symlink_to(tmp_path / "outside.txt")
        assert "leads elsewhere" in trouble(preview, "/a.txt").what


def test_another_path_of_the_base_address_is_one_at_once(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a")
    with previewed(site) as preview:
        assert preview.base_path == "/"
        site.config(base_url="https://site.example/digest/")
        preview.update([tmp_path / "content/site.toml"])
        assert preview.base_path == "/digest/" and 'href="/digest/' in text(preview, "/")


def test_a_picture_that_was_changed_is_named(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").file("content/static/logo.svg", "<svg/>")
    with previewed(site) as preview:
        site.file("content/static/logo.svg", "<svg />")
        assert preview.update([tmp_path / "content/static/logo.svg"]).assets == ("/logo.svg",)


def test_what_is_known_of_the_site_is_told_whatever_is_wrong_with_a_page(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").document("later", date="2099-01-01").document("half", draft=True)
    site.file("templates/item.html", "{% extends 'base/nothing.html' %}")
    with previewed(site) as preview:
        sections = {section.title: section.rows for section in preview.about("/2026/01/12/a/")}
        assert "This page" not in sections and {"Set aside", "Sources", "Last update"} < sections.keys()
        assert [row[0] for row in sections["Not published yet"]] == ["content/pages/half.md", "content/pages/later.md"]


# -- what it leaves alone -----------------------------------------------------------------------------------------


def test_it_starts_from_what_a_build_knows_and_leaves_that_alone(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", title="Known").build()
    index = (tmp_path / ".broadsheet/index.sqlite").read_bytes()
    with closing(LiveSite(tmp_path, lambda: AS_OF)) as preview:
        assert "Known" in text(preview, "/"), "before anything was looked at"
        site.item("2026/01/12/a", title="Edited")
        preview.update()
        assert "Edited" in text(preview, "/") and "Known" in site.text("/")
    assert (tmp_path / ".broadsheet/index.sqlite").read_bytes() == index


def test_its_index_is_copied_once(tmp_path: Path) -> None:
    """Also if there was nothing to write into it: to copy a large one takes seconds."""
    site, file = SiteTest(tmp_path).item("2026/01/12/a").build(), tmp_path / ".broadsheet/preview.sqlite"
    for _ in range(2):
        LiveSite(site.root, lambda: AS_OF).close()
        assert Index.is_usable(file, code_version())


def test_a_build_beside_it_is_not_disturbed(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").build()
    with previewed(site) as preview:
        site.item("2026/01/12/a", title="Both").build()
        preview.update([tmp_path / A])
        assert text(preview, "/") == site.text("/")


def test_many_may_ask_at_once_while_it_is_brought_up_to_date(tmp_path: Path) -> None:
    site = SiteTest(tmp_path)
    for number in range(40):
        site.item(f"2026/01/{1 + number % 28:02}/n{number}")
    with previewed(site) as preview:
        faults: list[object] = []

        def read() -> None:
            for number in range(40):
                found = preview.shown(f"/2026/01/{1 + number % 28:02}/n{number}/" if number else "/")
                faults.extend([] if isinstance(found, Shown) else [found])

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for number in range(10):
            site.item("2026/01/01/n0", title=f"Title {number}")
            preview.update([tmp_path / "content/items/2026/01/01/n0.md"])
        for reader in readers:
            reader.join()
        assert faults == [] and "Title 9" in text(preview, "/2026/01/01/n0/")


def test_time_passes(tmp_path: Path) -> None:
    site, now = SiteTest(tmp_path).item("2026/02/02/a", date="2026-02-02T12:00:00Z"), [AS_OF]
    with closing(LiveSite(site.root, lambda: now[0])) as preview:
        preview.update()
        assert preview.shown("/2026/02/02/a/") is None
        now[0] = datetime(2026, 2, 2, 12, tzinfo=UTC) + timedelta(seconds=1)
        preview.update()
        assert isinstance(preview.shown("/2026/02/02/a/"), Shown)


def test_a_build_that_keeps_its_index_to_itself_keeps_no_preview_waiting(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").build()
    with closing(sqlite3.connect(tmp_path / ".broadsheet/index.sqlite", isolation_level=None)) as build:
        build.execute("BEGIN EXCLUSIVE")
        with previewed(site) as preview:
            assert_shown(preview, site)


def test_it_ends_while_an_update_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "LEAVE_SECONDS", 0.01)
    preview = LiveSite(SiteTest(tmp_path).item("2026/01/12/a").root, lambda: AS_OF)
    with preview._updating:
        preview.close()
    with previewed(SiteTest(tmp_path)) as again:
        assert isinstance(again.shown("/2026/01/12/a/"), Shown)


@pytest.mark.parametrize("how", ["cut off", "of another version", "beside a write-ahead log of nobody"])
def test_an_index_that_is_of_no_use_is_taken_from_the_build_again(tmp_path: Path, how: str) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").build()
    with previewed(site):
        pass
    file = tmp_path / ".broadsheet" / "preview.sqlite"
    if how == "of another version":
        with closing(sqlite3.connect(file)) as db, db:
            db.execute("UPDATE meta SET value = 'another' WHERE name = 'version'")
        seals.seal(file)
    else:
        file.write_bytes(file.read_bytes()[:-4096])
    if how.startswith("beside"):
        file.with_name("preview.sqlite-wal").write_bytes(bytes(64))
    with closing(LiveSite(tmp_path, lambda: AS_OF)) as preview:
        assert preview.is_ready, "it knows what the build knew, before it has read anything"
        assert text(preview, "/2026/01/12/a/") == site.text("/2026/01/12/a/")

"""`site/` on disk: what is ours is replaced and pruned, what is not is never touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builder.errors import RouteError, UsageError
from builder.output import Output, Staging
from tests.sitetest import SiteTest


def published(folder: Path, **pages: str) -> Output:
    """A folder with these pages; `tags="…"` is `/tags/`."""
    out = Output(folder)
    out.open()
    routes = [f"/{name}/" for name in pages]
    for route, text in zip(routes, pages.values(), strict=True):
        Staging(folder, out.empty).put(route, text.encode())
    out.invalidate((route, "") for route in routes)
    out.replace(routes)
    out.record("1", [(route, "") for route in sorted(routes)])
    return out


# -- folders that are not ours ----------------------------------------------------------------------------


def test_a_folder_that_holds_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"thesis\.txt"):
        Output(tmp_path).open()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("name", [".git", ".gitignore", ".nojekyll"])
def test_a_folder_that_is_only_kept_for_us_is_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    Output(tmp_path).open()
    assert (tmp_path / ".broadsheet").is_dir()


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    published(tmp_path / "a" / "site", tags="T")
    assert (tmp_path / "a" / "site" / "tags" / "index.html").read_text() == "T"


def test_files_that_no_route_stands_for_are_reported_and_never_deleted(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", tags=["x"]).build()
    mine = ("site/google123.html", "site/tags/mine.txt", "site/own/folder/a.html")
    for path in mine:
        site.file(path, "mine")
    site.remove("content/items/2026/01/12/a.md").build().build(full=True)
    assert Output(site.output).strangers() == ["google123.html", "own/folder/a.html", "tags/mine.txt"]
    assert all((tmp_path / path).read_text() == "mine" for path in mine)


def test_a_site_without_strangers_reports_none(tmp_path: Path) -> None:
    assert Output(SiteTest(tmp_path).item("2026/01/12/a").build().output).strangers() == []


# -- stage, replace, prune ----------------------------------------------------------------------------------


def test_nothing_stands_in_place_before_all_of_it_does(tmp_path: Path) -> None:
    published(tmp_path, tags="old")
    out = Output(tmp_path)
    staging = Staging(tmp_path)
    staging.put("/tags/", b"new")
    staging.put("/about/", b"new")
    assert (tmp_path / "tags" / "index.html").read_text() == "old"
    assert not (tmp_path / "about").exists()
    out.replace(["/about/", "/tags/"])
    assert (tmp_path / "tags" / "index.html").read_text() == "new"
    assert (tmp_path / "about" / "index.html").read_text() == "new"


def test_the_same_bytes_are_not_staged(tmp_path: Path) -> None:
    published(tmp_path, tags="same")
    assert not Staging(tmp_path).put("/tags/", b"same")
    assert Staging(tmp_path).put("/tags/", b"other")


def test_what_an_interrupted_build_left_is_cleared(tmp_path: Path) -> None:
    published(tmp_path, tags="old")
    Staging(tmp_path).put("/tags/", b"new")
    again = Output(tmp_path)
    again.open()
    assert not again.staging.exists()
    assert (tmp_path / "tags" / "index.html").read_text() == "old"


def test_a_folder_in_between_has_no_build_id(tmp_path: Path) -> None:
    out = published(tmp_path, tags="old")
    assert out.build_id == "1"
    out.invalidate([("/about/", "pages/about.md")])
    assert out.build_id == ""
    assert out.routes() == {"/tags/": "", "/about/": "pages/about.md"}


def test_pruning_removes_files_and_the_folders_that_this_empties(tmp_path: Path) -> None:
    out = published(tmp_path, **{"tags/x": "X", "tags/y": "Y", "a/b/c": "C"})
    (tmp_path / "a" / "mine.txt").write_text("mine")
    assert out.prune(["/tags/x/", "/a/b/c/"]) == 2
    assert not (tmp_path / "tags" / "x").exists() and (tmp_path / "tags" / "y").exists()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["mine.txt"]


def test_pruning_what_is_gone_already_is_no_error(tmp_path: Path) -> None:
    out = published(tmp_path, tags="T")
    (tmp_path / "tags" / "index.html").unlink()
    assert out.prune(["/tags/", "/never/was/"]) == 0


def test_pruning_never_empties_the_site_folder_away(tmp_path: Path) -> None:
    out = Output(tmp_path)
    out.open()
    (tmp_path / "index.html").touch()
    assert out.prune(["/"]) == 1
    assert tmp_path.is_dir()


def test_a_page_may_take_the_place_of_a_file(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).file("content/static/talks", "a list").build()
    assert site.text("/talks") == "a list"
    site.remove("content/static/talks").document("talks", title="Talks").build()
    assert site.has("/talks/") and not site.has("/talks")


def test_a_file_may_take_the_place_of_a_page(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).document("talks", title="Talks").build()
    site.remove("content/pages/talks.md").file("content/static/talks", "a list").build()
    assert site.text("/talks") == "a list" and not site.has("/talks/")


@pytest.mark.parametrize("path", ["talks", "tags/index.html", "index.html", "feed.xml/a.txt", "2026"])
def test_a_page_and_a_file_that_cannot_both_stand_are_refused(tmp_path: Path, path: str) -> None:
    site = (
        SiteTest(tmp_path).item("2026/01/12/a").document("talks", title="Talks").file(f"content/static/{path}", "mine")
    )
    with pytest.raises(RouteError):
        site.build()


def test_a_page_that_comes_later_never_removes_a_file(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).file("content/static/talks", "a list").build()
    with pytest.raises(RouteError):
        site.document("talks", title="Talks").build()
    assert site.text("/talks") == "a list"


def test_a_page_of_ones_own_making_may_stand_where_no_other_does(tmp_path: Path) -> None:
    site = (
        SiteTest(tmp_path)
        .file("content/static/game/index.html", "<p>Play</p>")
        .file("content/static/game/rules.txt", "")
        .build()
    )
    assert site.text("/game/") == "<p>Play</p>" and site.has("/game/rules.txt")
    assert site.build().report.pages.written == 0


@pytest.mark.parametrize("alias", ["/", "/tags", "//tags//", "/./tags/", "/tags/index.html", "/feed.xml"])
def test_an_alias_never_takes_the_place_of_a_page(tmp_path: Path, alias: str) -> None:
    with pytest.raises(RouteError):
        SiteTest(tmp_path).item("2026/01/12/a", aliases=[alias]).build()


@pytest.mark.parametrize(
    "alias", ["../up/", "/a/../../up/", "/.broadsheet/build", "/.git/x/", "/a\nb/", "/" + "x" * 256 + "/"]
)
def test_an_alias_where_no_file_of_ours_may_stand_is_left_out(tmp_path: Path, alias: str) -> None:
    without = SiteTest(tmp_path / "without").item("2026/01/12/a").build().routes()
    assert SiteTest(tmp_path / "with").item("2026/01/12/a", aliases=[alias]).build().routes() == without


def test_a_lost_page_is_made_again_by_a_full_build_alone(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").build().remove("site/index.html")
    assert not site.build().has("/")
    assert site.build(full=True).has("/")


def test_a_folder_that_was_emptied_is_filled_again_by_any_build(tmp_path: Path) -> None:
    """`rm -rf site/*` leaves our own notes, which are hidden, in place."""
    site = SiteTest(tmp_path).item("2026/01/12/a").build()
    before = site.files()
    for path in site.output.iterdir():
        if path.is_dir() and path.name != ".broadsheet":
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    assert site.build().files() == before


def test_what_a_build_moved_into_a_lost_folder_before_it_crashed_is_known_as_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").item("2026/01/13/b").build()
    shutil.rmtree(site.output)
    with monkeypatch.context() as power, pytest.raises(KeyboardInterrupt):
        power.setattr(Output, "prune", _out)
        site.build()
    shutil.rmtree(site.root / ".broadsheet")
    site.remove("content/items/2026/01/13/b.md").build()
    assert not site.has("/2026/01/13/b/")
    assert Output(site.output).strangers() == []


def _out(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_lost_folder_is_made_again_by_any_build(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").build()
    before = site.files()
    (site.output / ".broadsheet" / "build").unlink()
    site.remove("site/index.html").build()
    assert site.files() == before


def test_our_own_notes_are_hidden_from_web_servers(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).build()
    ours = {path.name for path in site.output.iterdir() if path.name.startswith(".")}
    assert ours == {".broadsheet"}
    assert {path.name for path in (site.output / ".broadsheet").iterdir()} == {"build", "routes"}

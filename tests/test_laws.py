"""The laws of the build: incremental equals full, the same content is the same bytes, addresses never die.

The edits are drawn at random from fixed seeds; how often each was drawn is printed.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from builder import archives, config, kinds, pages, subjects
from builder.content import Content
from builder.edits import Edits
from builder.takedown import take_down
from tests.sitetest import AS_OF, SiteTest

SEQUENCES, EDITS, EVERY = 24, 12, 2
_ZONES = ["UTC", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kolkata"]
_PATHS = [f"2026/01/{day:02}/{slug}" for day in (5, 12, 31) for slug in ("storm", "ferry", "bridge")]

Edit = Callable[["Editor"], None]


class Editor:
    """A person at work on a site, with a die."""

    def __init__(self, site: SiteTest, seed: int) -> None:
        self.site, self.die = site, random.Random(seed)
        self.front: dict[str, dict[str, object]] = {}
        self.settings: dict[str, object] = {}
        self.as_of = AS_OF
        for path in _PATHS[:4]:
            self.write(path)

    def write(self, path: str, **changes: object) -> None:
        day = "-".join(path.split("/")[:3])
        start = {"title": path.rsplit("/", 1)[-1].capitalize(), "date": f"{day}T12:00:00Z", "publisher": "Gazette"}
        front = self.front.setdefault(path, start | {"link": f"https://gazette.example/{path}", "tags": ["harbour"]})
        front.update(changes)
        body = str(front.get("body", "Some *words*."))
        self.site.item(path, **{key: value for key, value in front.items() if key != "body"}, body=body)

    def any(self) -> str:
        return self.die.choice(sorted(self.front))

    def number(self) -> int:
        return self.die.randrange(10_000)


def _date(editor: Editor) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=editor.die.randrange(24 * 45))
    editor.write(editor.any(), date=editor.die.choice([moment.isoformat(), f"{moment:%Y-%m-%d}"]))


def _delete(editor: Editor) -> None:
    if len(editor.front) > 1:
        path = editor.any()
        del editor.front[path]
        editor.site.seen(path).remove(f"content/items/{path}.md")


def _override(editor: Editor) -> None:
    text = '{% extends "base/item.html" %}\n{% block footer %}<p>' + str(editor.number()) + "</p>{% endblock %}\n"
    editor.site.file("templates/item.html", text)


def _no_override(editor: Editor) -> None:
    shutil.rmtree(editor.site.root / "templates", ignore_errors=True)


def _configure(editor: Editor, **settings: object) -> None:
    editor.settings.update(settings)
    editor.site.config(**editor.settings)


def _forget_index(editor: Editor) -> None:
    shutil.rmtree(editor.site.root / ".broadsheet", ignore_errors=True)


def _document(editor: Editor) -> None:
    editor.site.document("about", body=f"About {editor.number()}", title="About")


def _asset(editor: Editor) -> None:
    editor.site.file("content/static/CNAME", f"{editor.number()}.example\n")


def _move(editor: Editor) -> None:
    editor.site.move("tags", "port", "harbour")


def _rename(editor: Editor) -> None:
    path = editor.any()
    new = f"{path}-{editor.number()}"
    editor.site.seen(path).remove(f"content/items/{path}.md").move("items", path, new)
    editor.write(new, **editor.front.pop(path))


def _take_down(editor: Editor) -> None:
    if len(editor.front) > 1:
        path = editor.any()
        del editor.front[path]
        with editor.site.index() as index:
            edits = Edits(Content(editor.site.root), config.load(editor.site.root), index, editor.as_of)
            take_down(edits, f"/{path}/", editor.die.choice(["", f"Reason {editor.number()}"]))


def _reason(editor: Editor) -> None:
    file = editor.site.root / "content/moves.tsv"
    if file.exists():
        lines = file.read_text("utf-8").splitlines()
        gone = [line.split("\t")[1] for line in lines if line.startswith("items\t") and "\t\t" in line]
        for path in gone[-1:]:
            Content(editor.site.root).append("moves.tsv", [f"items\t{path}\t\t2026-01-20\tReason {editor.number()}"])


def _later(editor: Editor) -> None:
    editor.as_of += timedelta(days=editor.die.choice([-20, -1, 1, 20]))


EDITS_DRAWN: dict[str, Edit] = {
    "new item": lambda e: e.write(e.die.choice(_PATHS)),
    "title": lambda e: e.write(e.any(), title=f"Title {e.number()}"),
    "body": lambda e: e.write(e.any(), body=f"Body {e.number()}"),
    "date": _date,
    "slug": lambda e: e.write(e.any(), slug=f"slug-{e.number()}"),
    "tags": lambda e: e.write(
        e.any(), tags=e.die.sample(["harbour", "Port", "ferry", "C++", "ice"], e.die.randrange(6))
    ),
    "publisher": lambda e: e.write(e.any(), publisher=e.die.choice(["Gazette", "Courier", ""])),
    "draft": lambda e: e.write(e.any(), draft=e.die.choice([True, False])),
    "story joined": lambda e: e.write(e.any(), story=e.die.choice(_PATHS[:2])),
    "story left": lambda e: e.write(e.any(), story=e.die.choice(["", "none"])),
    "alias": lambda e: e.write(e.any(), aliases=[f"/old/{e.number()}/"]),
    "deletion": _delete,
    "zone": lambda e: _configure(e, timezone=e.die.choice(_ZONES)),
    "configuration": lambda e: _configure(
        e, title=f"News {e.number()}", headline_link=e.die.choice(["page", "publisher"])
    ),
    "template override added": _override,
    "template override removed": _no_override,
    "document": _document,
    "asset": _asset,
    "tag merged": _move,
    "item moved": _rename,
    "takedown": _take_down,
    "reason of a takedown": _reason,
    "index deleted": _forget_index,
    "time passes": _later,
}


def full_build(site: SiteTest, folder: Path, as_of: datetime) -> dict[str, bytes]:
    """What a build from nothing makes of the same content."""
    return SiteTest(site.root).build(output=folder, full=True, as_of=as_of).files()


def assert_same(ours: dict[str, bytes], full: dict[str, bytes]) -> None:
    assert sorted(ours) == sorted(full)
    assert [name for name in full if ours[name] != full[name]] == []


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_incremental_is_full(tmp_path: Path, record_property: Callable[[str, object], None], seed: int) -> None:
    """Edit at random; after every few edits the incremental site must be the full one, byte for byte."""
    drawn: Counter[str] = Counter()
    editor = Editor(SiteTest(tmp_path / "site"), seed)
    editor.site.build(as_of=editor.as_of)
    for step in range(EDITS):
        name = editor.die.choice(sorted(EDITS_DRAWN))
        drawn[name] += 1
        EDITS_DRAWN[name](editor)
        if step % EVERY == EVERY - 1:
            ours = editor.site.build(as_of=editor.as_of).files()
            assert_same(ours, full_build(editor.site, tmp_path / f"full-{step}", editor.as_of))
    for name, count in drawn.items():
        record_property(f"drawn {name}", count)


def test_every_edit_by_itself_is_full(tmp_path: Path) -> None:
    """Each kind of edit once, in order, so that none depends on the die."""
    editor = Editor(SiteTest(tmp_path / "site"), 7)
    editor.site.build()
    for name, edit in EDITS_DRAWN.items():
        edit(editor)
        ours = editor.site.build(as_of=editor.as_of).files()
        assert_same(ours, full_build(editor.site, tmp_path / name.replace(" ", "-"), editor.as_of))


# -- negative controls: what the laws rest on is really needed ------------------------------------------


def test_without_the_groups_before_an_edit_the_law_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "dirtied", lambda before, after: set(after))
    site = SiteTest(tmp_path / "site").item("2026/01/05/a", tags=["x"]).item("2026/01/05/b", tags=["x"]).build()
    site.item("2026/01/05/a", tags=["y"]).build()
    ours = site.files()
    monkeypatch.undo()
    with pytest.raises(AssertionError):
        assert_same(ours, full_build(site, tmp_path / "full", AS_OF))


def test_without_the_summaries_read_the_law_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = [msgspec.structs.replace(kind, read_by=kinds.no_readers) for kind in pages.PAGE_KINDS]
    monkeypatch.setattr("builder.index.Index.__init__.__defaults__", (tuple(deaf),))
    # A fourth tag is on no card, so only the summary of its term tells the list of all tags that it is there.
    site = SiteTest(tmp_path / "site").item("2026/01/05/a", tags=["w", "x", "y"]).build()
    site.item("2026/01/05/a", tags=["w", "x", "y", "z"]).build()
    ours = site.files()
    monkeypatch.undo()
    with pytest.raises(AssertionError):
        assert_same(ours, full_build(site, tmp_path / "full", AS_OF))


def test_without_the_notices_that_stand_a_new_reason_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = SiteTest(tmp_path / "site").file("content/moves.tsv", "items\t2026/01/05/a\t\t2026-01-20\tasked\n").build()
    site.file("content/moves.tsv", "items\t2026/01/05/a\t\t2026-01-20\tasked by the court\n")
    monkeypatch.setattr("builder.index.Index.noticed", lambda index: set())
    ours = site.build().files()
    monkeypatch.undo()
    with pytest.raises(AssertionError):
        assert_same(ours, full_build(site, tmp_path / "full", AS_OF))


# -- crashes ---------------------------------------------------------------------------------------------


class CrashError(Exception):
    """The power went out."""


@pytest.mark.parametrize("seed", range(12))
def test_after_an_exception_at_a_random_write_the_next_build_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Crash at the n-th step of publishing, then either go on or take the edit back: the next build mends all."""
    die = random.Random(seed)
    editor = Editor(SiteTest(tmp_path / "site"), seed)
    before = editor.site.build().files()
    path = editor.any()
    text = (editor.site.root / f"content/items/{path}.md").read_text("utf-8")
    editor.write(path, title="Changed", tags=["new"])
    left = die.randrange(1, 30)

    def counted(step: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise CrashError
            return step(*args, **options)

        return run

    with monkeypatch.context() as patch:
        patch.setattr("builder.output.os.replace", counted(os.replace))
        for name in ("unlink", "write_bytes", "write_text", "rmdir"):
            patch.setattr(f"builder.output.Path.{name}", counted(getattr(Path, name)))
        with contextlib.suppress(CrashError):
            editor.site.build()
    if seed % 2:
        (editor.site.root / f"content/items/{path}.md").write_text(text, "utf-8")
        assert_same(editor.site.build().files(), before)
    else:
        assert_same(editor.site.build().files(), full_build(editor.site, tmp_path / "full", AS_OF))


def test_a_template_error_publishes_nothing(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a").build()
    before = site.files()
    site.item("2026/01/05/a", title="New").file("templates/item.html", "{{ page.nonsense }}")
    with pytest.raises(Exception, match=r"templates/item\.html:1: .*nonsense"):
        site.build()
    assert site.files() == before


# -- the same bytes ---------------------------------------------------------------------------------------


def test_the_same_content_is_the_same_bytes_in_every_zone_and_locale(tmp_path: Path) -> None:
    site = SiteTest(tmp_path / "site").config(timezone="Asia/Kolkata")
    for path in _PATHS:
        site.item(path, date="2026-01-05T20:00:00+01:00", tags=["Zürich", "İstanbul", "ferry"], publisher="Gazette")
    found: set[tuple[tuple[str, bytes], ...]] = set()
    for zone in ("UTC", "Pacific/Kiritimati", "America/New_York", "Asia/Kathmandu"):
        for language in ("C", "C.UTF-8", "POSIX"):
            folder = tmp_path / f"{zone}-{language}".replace("/", "-")
            command = [sys.executable, "-m", "builder", "build", "--quiet", "--root", str(site.root), "--full"]
            command += ["--as-of", "2026-02-01", "--output", str(folder)]
            environment = os.environ | {"TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": str(len(found) + 1)}
            subprocess.run(command, check=True, env=environment)
            site.output = folder
            found.add(tuple(sorted(site.files().items())))
    assert len(found) == 1


def test_a_build_with_nothing_changed_writes_nothing(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a").item("2026/01/06/b").build()
    times = {file: file.stat().st_mtime_ns for file in site.output.rglob("*")}
    report = site.build().report
    assert (report.pages.written, report.pages.removed) == (0, 0)
    assert {file: file.stat().st_mtime_ns for file in site.output.rglob("*")} == times


# -- addresses ----------------------------------------------------------------------------------------------


def test_editing_date_slug_or_zone_keeps_every_route_of_an_item(tmp_path: Path) -> None:
    site = SiteTest(tmp_path)
    for path in _PATHS:
        site.item(path, date="2026-01-05T23:30:00Z", story=_PATHS[0])
    kept = {f"/{path}/" for path in _PATHS} | {f"/stories/{_PATHS[0]}/"}
    assert kept <= site.build().routes()
    for path in _PATHS:
        site.item(path, date="2025-06-30T23:30:00Z", slug="another", story=_PATHS[0])
    site.config(timezone="Pacific/Kiritimati").build()
    assert kept <= site.routes()
    assert "/2025/07/01/" in site.routes()


def test_a_story_that_is_alone_again_keeps_its_address(tmp_path: Path) -> None:
    site = (
        SiteTest(tmp_path).item("2026/01/05/a", story="2026/01/05/a").item("2026/01/06/b", story="2026/01/05/a").build()
    )
    assert "2 reports" in site.text("/stories/2026/01/05/a/")
    site.item("2026/01/06/b").build()
    assert 'href="/2026/01/05/a/"' in site.text("/stories/2026/01/05/a/")


def test_a_removed_item_leaves_a_notice_and_comes_back_with_its_file(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a", title="Scoop").item("2026/01/06/b").seen("2026/01/05/a").build()
    site.remove("content/items/2026/01/05/a.md").build()
    assert "Scoop" not in site.text("/2026/01/05/a/")
    assert "noindex" in site.text("/2026/01/05/a/")
    assert "/2026/01/05/a/" not in site.text("/sitemaps/2026-01.xml")
    site.item("2026/01/05/a", title="Scoop").build()
    assert "Scoop" in site.text("/2026/01/05/a/")


def test_an_item_that_cannot_be_read_keeps_its_page_until_it_is_mended_or_removed(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a", title="Scoop").item("2026/01/06/b").build()
    page = site.text("/2026/01/05/a/")
    site.file("content/items/2026/01/05/a.md", "---\ntitle: [\n---\n").build()
    assert site.text("/2026/01/05/a/") == page
    assert "Scoop" not in site.text("/latest/")
    assert [reason.split(": ")[0] for reason in site.report.quarantined] == ["content/items/2026/01/05/a.md:3"]
    shutil.rmtree(site.root / ".broadsheet")
    assert site.build().text("/2026/01/05/a/") == page
    site.remove("content/items/2026/01/05/a.md").build()
    assert not site.has("/2026/01/05/a/")


# -- large groups ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", [(3, 4, 2)])
def test_archives_are_cut_by_time_and_stay_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int, int]
) -> None:
    """With the limits lowered, a few items make a day cut by hour, term months, and months cut at days."""
    day, term_month, large = limits
    monkeypatch.setattr(archives, "DAY", day)
    monkeypatch.setattr(archives, "TERM_MONTH", term_month)
    monkeypatch.setattr(pages, "TERM", large)
    monkeypatch.setattr(archives, "LARGE", large)
    site = SiteTest(tmp_path / "site")
    for number in range(9):
        stamp = f"2026-01-{5 + number % 3:02}T{number + 8:02}:30:00Z"
        site.item(f"2026/01/{5 + number % 3:02}/n{number}", date=stamp, tags=["x"]).build()
        assert_same(site.files(), full_build(site, tmp_path / f"full-{number}", AS_OF))
        site.output = site.root / "site"
    site.item("2026/01/05/n9", date="2026-01-05T08:10:00Z", tags=["x"]).build()
    assert {"/2026/01/05/08/", "/tags/x/2026-01/", "/tags/x/2026-01-05/"} <= site.routes()
    for path in ("2026/01/05/n0", "2026/01/05/n3"):
        site.remove(f"content/items/{path}.md").build()
        assert_same(site.files(), full_build(site, tmp_path / path.replace("/", "-"), AS_OF))
        site.output = site.root / "site"

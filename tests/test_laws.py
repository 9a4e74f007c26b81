"""The laws of the build: incremental equals full, the same content is the same bytes, addresses never die.

The edits are drawn at random from fixed seeds; how often each was drawn is printed.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import sqlite3
import string
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest

from builder import archives, config, kinds, listings, pages, scan, seals, sitemaps, subjects, term_months, terms
from builder.build import ALONE
from builder.content import Content
from builder.edits import Edits
from builder.frontmatter import field_fingerprint
from builder.index import Index
from builder.kinds import Key
from builder.listings import Listing, Signature
from builder.model import Item, fingerprint
from builder.summaries import Summaries
from builder.takedown import take_down
from builder.workers import Crew
from tests.sitetest import AS_OF, SiteTest, cut_small, threads
from tests.sweeps import LONG

# `make laws` tries eight times as many sequences.
SEQUENCES = 200 if LONG else 16
EDITS, EVERY = 12, 2
_ZONES = ["UTC", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kolkata"]
_PATHS = [f"2026/01/{day:02}/{slug}" for day in (5, 12, 31) for slug in ("storm", "ferry", "bridge")]

_CREWS = [ALONE, Crew(2, threads), Crew(3, threads), Crew(2)]

Edit = Callable[["Editor"], None]


class Editor:
    """A person at work on a site, with a die."""

    def __init__(self, site: SiteTest, seed: int) -> None:
        self.site, self.die = site, random.Random(seed)
        self.front: dict[str, dict[str, object]] = {}
        self.settings: dict[str, object] = {}
        self.as_of, self.crew, self.full = AS_OF, self.die.choice(_CREWS), False
        for path in _PATHS[:4]:
            self.write(path)

    def build(self) -> dict[str, bytes]:
        """Build as this person does; returns the site's files."""
        full, self.full = self.full, False
        return self.site.build(as_of=self.as_of, crew=self.crew, full=full).files()

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


def _data(editor: Editor) -> None:
    """Data of documents: changed, put in another order, named by another; documents that come and go with time.

    Broken data is none of this: its document stays as it was published, which a full build cannot know.
    """
    template = "{% for name in page.datasets.some %}{{ name }}{{ page.datasets.some[name] }} {% endfor %}"
    editor.site.file("templates/data.html", template)
    for name in editor.die.sample(["team", "hours"], editor.die.choice([1, 2])):
        keys = editor.die.sample(["a", "b", "c"], 3)
        editor.site.file(f"content/data/{name}.toml", "".join(f"{key} = {editor.number()}\n" for key in keys))
    there = [file.name for file in (editor.site.root / "content" / "data").iterdir()]
    front: dict[str, Any] = {
        "data": {"some": editor.die.choice(sorted(there))},
        "date": editor.die.choice(["", "2026-01-02", "2026-03-01"]),
    }
    editor.site.document(editor.die.choice(["team", "here/hours"]), title="Data", template="data.html", **front)


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


def _unseen(editor: Editor) -> None:
    """An edit in place that keeps the file's size and times, as `touch -r` does: only its ctime tells."""
    path = editor.any()
    file = editor.site.root / f"content/items/{path}.md"
    before = file.stat()
    name = editor.die.choice(["title", "body"])
    length = len(str(editor.front[path].get(name, "Some *words*.")))
    editor.write(path, **{name: "".join(editor.die.choices(string.ascii_lowercase, k=length))})
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino)


def _unseen_at_once(editor: Editor) -> None:
    """An edit so soon after a scan that a disk of coarse times stamps the file as it was."""
    editor.write(editor.any(), body=f"Body {editor.number():04}")
    editor.build()
    _unseen(editor)


def _jobs(editor: Editor) -> None:
    editor.crew = editor.die.choice([crew for crew in _CREWS if crew is not editor.crew])


def _restore(editor: Editor) -> None:
    """A fresh checkout beside restored caches: every file is another one, of another time, and says the same."""
    moment = editor.die.randrange(1_600_000_000, 1_900_000_000)
    for file in (editor.site.root / "content").rglob("*"):
        if file.is_file():
            copy = file.with_name("copy.new")
            copy.write_bytes(file.read_bytes())
            os.utime(copy, (moment, moment))
            copy.replace(file)


def _index_file(editor: Editor) -> Path:
    return editor.site.root / ".broadsheet" / "index.sqlite"


def _truncate_index(editor: Editor) -> None:
    file = _index_file(editor)
    if file.exists():
        os.truncate(file, editor.die.randrange(file.stat().st_size + 1))


def _flip_index(editor: Editor) -> None:
    file = _index_file(editor)
    if file.exists():
        data = bytearray(file.read_bytes())
        for _ in range(editor.die.choice([1, 1, 30]) if data else 0):
            data[editor.die.randrange(len(data))] ^= 1 << editor.die.randrange(8)
        file.write_bytes(data)


def _lose_site(editor: Editor) -> None:
    shutil.rmtree(editor.site.root / "site", ignore_errors=True)


def _damage_site(editor: Editor) -> None:
    """A page was torn or lost by others: a full build mends it."""
    # But not the list of what is ours: without it a page that nobody wants any more is a stranger, and stays.
    found = (file for file in (editor.site.root / "site").rglob("*") if file.is_file())
    files = sorted(file for file in found if not file.name.startswith("routes"))
    if files:
        file = editor.die.choice(files)
        if editor.die.random() < 0.5:
            file.unlink()
        else:
            os.truncate(file, editor.die.randrange(file.stat().st_size + 1))
    editor.full = True


def _useless(editor: Editor) -> None:
    """A file beside others that cannot be used, or the end of it."""
    file = editor.site.root / "content" / "items" / editor.any().rpartition("/")[0] / "50%.md"
    if file.exists():
        file.unlink()
    else:
        editor.site.file(str(file.relative_to(editor.site.root)), "---\ntitle: Half\n---\n")


def _as_ingested(editor: Editor) -> None:
    """The tags of an item are as ingest wrote them, until somebody changes them."""
    path = editor.any()
    tags = [str(tag) for tag in editor.front[path].get("tags", [])]  # type: ignore[attr-defined]
    mark = field_fingerprint(Item(tags=tuple(tags)), "tags")
    editor.write(path, id=fingerprint(path, 8), written={"tags": mark})


def _merge(editor: Editor) -> None:
    editor.site.move("stories", *editor.die.sample(_PATHS[:4], 2))


def _vocabulary(editor: Editor) -> None:
    """Another `tags.toml`: names, aliases, a parent, a hidden tag."""
    said = [
        '[harbour]\nname = "Harbours"\naliases = ["Quay"]\n',
        "[harbour]\nhide = true\n",
        '[ferry]\nname = "Ferries"\nparent = "harbour"\ndescription = "Boats"\n',
        '[ice]\naliases = ["Snow", "C++"]\n[ferry]\nparent = "ice"\n',
    ]
    editor.site.file("content/tags.toml", editor.die.choice(["", *said]))


def _promoted(editor: Editor) -> None:
    slugs = editor.die.sample(["harbour", "port", "ferry", "ice"], editor.die.randrange(4))
    editor.site.file("content/terms.tsv", "".join(f"tags\t{slug}\n" for slug in slugs))


def _note(editor: Editor) -> None:
    """What an editor says of a story, which may be no story (any more); or says no more."""
    file, die = f"content/stories/{editor.die.choice(_PATHS[:4])}.md", editor.die
    if (editor.site.root / file).exists() and die.random() < 0.3:
        editor.site.remove(file)
        return
    said = {
        "title": f"Headline {editor.number()}",
        "note": f"Note {editor.number()}",
        "tags": "[ice, ferry]",
        "pin": die.choice(["true", "false"]),
        "pin_until": die.choice(["2026-01-20", "2026-02-05T08:00:00", "2026-03-01", "soon"]),
        "hide": "true",
    }
    keys = die.sample(sorted(said), die.randrange(4))
    lines = "".join(f"{key}: {said[key]}\n" for key in keys)
    editor.site.file(file, f"---\n{lines}---\n" + die.choice(["", f"Text {editor.number()}\n"]))


def _wish(editor: Editor) -> None:
    """An item is pinned or hidden by its own file, or no more."""
    keys: dict[str, object] = editor.die.choice(
        [{"pin": True}, {"pin_until": "2026-02-05"}, {"hide": True}, {"pin": False, "hide": False}]
    )
    editor.write(editor.any(), **keys)


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
    "story merged": _merge,
    "follows": lambda e: e.write(e.any(), follows=e.die.choice(_PATHS[:4])),
    "note on a story": _note,
    "pinned or hidden": _wish,
    "tags as ingested": _as_ingested,
    "vocabulary": _vocabulary,
    "promoted": _promoted,
    "tag pages": lambda e: _configure(e, tag_pages=e.die.choice([1, 3])),
    "alias": lambda e: e.write(e.any(), aliases=[f"/old/{e.number()}/"]),
    "deletion": _delete,
    "useless file": _useless,
    "zone": lambda e: _configure(e, timezone=e.die.choice(_ZONES)),
    "configuration": lambda e: _configure(
        e, title=f"News {e.number()}", headline_link=e.die.choice(["page", "publisher"])
    ),
    "template override added": _override,
    "template override removed": _no_override,
    "document": _document,
    "data": _data,
    "asset": _asset,
    "tag merged": _move,
    "item moved": _rename,
    "takedown": _take_down,
    "reason of a takedown": _reason,
    "index deleted": _forget_index,
    "time passes": _later,
    "same size and times": _unseen,
    "same size at once": _unseen_at_once,
    "jobs": _jobs,
    "caches restored": _restore,
    "index truncated": _truncate_index,
    "index bit-flipped": _flip_index,
    "site lost": _lose_site,
    "site damaged": _damage_site,
}


def full_build(site: SiteTest, folder: Path, as_of: datetime) -> dict[str, bytes]:
    """What a build from nothing makes of the same content."""
    return SiteTest(site.root).build(output=folder, full=True, as_of=as_of).files()


def assert_same(ours: dict[str, bytes], full: dict[str, bytes]) -> None:
    assert sorted(ours) == sorted(full)
    assert [name for name in full if ours[name] != full[name]] == []


def coarse(monkeypatch: pytest.MonkeyPatch, tick: int) -> None:
    """A disk that stamps files with every `tick` ns only, as FAT (two seconds) and many network disks do."""
    of_folders, of_file, clock = listings.listings, listings.signature, scan._disk_clock

    def rounded(signature: Signature) -> Signature:
        size, mtime, ctime, inode = signature
        return size, mtime - mtime % tick, ctime - ctime % tick, inode

    def folders(content: Path, within: Iterable[str]) -> Iterator[tuple[str, Listing]]:
        for folder, files in of_folders(content, within):
            yield folder, [(name, rounded(signature)) for name, signature in files]

    def file(content: Path, path: str) -> Signature | None:
        signature = of_file(content, path)
        return signature and rounded(signature)

    def now(index: Index) -> int:
        moment = clock(index)
        return moment - moment % tick

    monkeypatch.setattr(listings, "listings", folders)
    monkeypatch.setattr(listings, "signature", file)
    monkeypatch.setattr(scan, "_disk_clock", now)


def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few items are a large day, a large term, a large month; other processes would not know."""
    for module, name in ((archives, "DAY"), (term_months, "TERM_MONTH"), (term_months, "LARGE"), (sitemaps, "SITEMAP")):
        monkeypatch.setattr(module, name, 1)
    monkeypatch.setattr(sys.modules[__name__], "_CREWS", _CREWS[:3])


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_incremental_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None], seed: int
) -> None:
    """Edit at random; after every few edits the incremental site must be the full one, byte for byte.

    Every third sequence is on a disk of coarse times, in every fourth two items are much. One process makes the full site, any crew the other.
    """
    cut_small(monkeypatch)
    if seed % 3 == 0:
        coarse(monkeypatch, 2_000_000_000)
    if seed % 4 == 1:
        low(monkeypatch)
    drawn: Counter[str] = Counter()
    editor = Editor(SiteTest(tmp_path / "site"), seed)
    editor.build()
    for step in range(EDITS):
        name = editor.die.choice(sorted(EDITS_DRAWN))
        drawn[name] += 1
        EDITS_DRAWN[name](editor)
        if step % EVERY == EVERY - 1:
            assert_same(editor.build(), full_build(editor.site, tmp_path / f"full-{step}", editor.as_of))
    for name, count in drawn.items():
        record_property(f"drawn {name}", count)


def test_every_edit_by_itself_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of edit once, in order, so that none depends on the die."""
    cut_small(monkeypatch)
    editor = Editor(SiteTest(tmp_path / "site"), 7)
    editor.build()
    for name, edit in EDITS_DRAWN.items():
        edit(editor)
        assert_same(editor.build(), full_build(editor.site, tmp_path / name.replace(" ", "-"), editor.as_of))


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


def built_on_a_changed_index(folder: Path) -> SiteTest:
    """A site in whose index somebody changed a word, and another item was edited since: its lists are made anew."""
    site = SiteTest(folder).item("2026/01/05/a", title="Storm").item("2026/01/05/b").build()
    file = folder / ".broadsheet" / "index.sqlite"
    data = file.read_bytes()
    assert b"Storm" in data
    file.write_bytes(data.replace(b"Storm", b"Sturm"))
    return site.item("2026/01/05/b", title="Ferry").build()


def test_an_index_that_was_changed_by_others_is_made_anew(tmp_path: Path) -> None:
    site = built_on_a_changed_index(tmp_path / "site")
    assert_same(site.files(), full_build(site, tmp_path / "full", AS_OF))


def test_without_its_checksum_a_changed_index_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "is_whole", lambda file: True)
    site = built_on_a_changed_index(tmp_path / "site")
    with pytest.raises(AssertionError):
        assert_same(site.files(), full_build(site, tmp_path / "full", AS_OF))


def edited_within_one_tick(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SiteTest:
    """A site built, edited and built again while its disk's clock stood still."""
    coarse(monkeypatch, 10**18)
    site = SiteTest(folder).item("2026/01/05/a", title="Storm").build()
    file = site.root / "content/items/2026/01/05/a.md"
    inode = file.stat().st_ino
    site.item("2026/01/05/a", title="Flood")
    assert file.stat().st_ino == inode
    return site.build()


def test_an_edit_within_the_tick_of_the_last_scan_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = edited_within_one_tick(tmp_path / "site", monkeypatch)
    assert_same(site.files(), full_build(site, tmp_path / "full", AS_OF))


def test_without_the_racy_rule_the_law_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_RACY", -(10**18))
    site = edited_within_one_tick(tmp_path / "site", monkeypatch)
    with pytest.raises(AssertionError):
        assert_same(site.files(), full_build(site, tmp_path / "full", AS_OF))


def grown_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SiteTest:
    """A site one of whose terms was just large, and lost the only story of a month."""
    monkeypatch.setattr(term_months, "LARGE", 2)
    site = SiteTest(folder)
    for path in ("2025/12/05/a", "2026/01/05/b", "2026/01/06/c"):
        site.item(path, tags=["x"])
    assert site.build().has("/tags/x/2025-12/")
    return site.remove("content/items/2025/12/05/a.md").build()


def test_a_term_that_is_no_longer_large_keeps_no_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = grown_small(tmp_path / "site", monkeypatch)
    assert not {"/tags/x/2025-12/", "/tags/x/2026-01/"} & site.routes()
    assert_same(site.files(), full_build(site, tmp_path / "full", AS_OF))


def test_without_a_look_at_terms_that_were_large_the_law_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_pages = Summaries._with_pages

    def blind(summaries: Summaries, under: Callable[[Key], Key], names: Iterable[str]) -> Iterable[str]:
        summaries._large.clear()
        return with_pages(summaries, under, names)

    monkeypatch.setattr(Summaries, "_with_pages", blind)
    site = grown_small(tmp_path / "site", monkeypatch)
    with pytest.raises(AssertionError):
        assert_same(site.files(), full_build(site, tmp_path / "full", AS_OF))


# -- crashes ---------------------------------------------------------------------------------------------


class CrashError(BaseException):
    """The power went out: nobody who asks for an `Exception` hears of it."""


class Writes:
    """Counts every write to the disk, that of the index too, and ends with CrashError at one of them.

    `for_good`: no later one succeeds either, not even those that clean up.
    """

    def __init__(self, last: int = 0, for_good: bool = False) -> None:
        self.last, self.for_good, self.count = last, for_good, 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.last or (self.for_good and 0 < self.last < self.count):
            raise CrashError

    @contextmanager
    def counted(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Self]:
        """Whatever is written in here counts."""
        global _writes
        _audited()
        write, connect = os.write, sqlite3.connect

        def torn(descriptor: int, data: bytes) -> int:
            try:
                self.step()
            except CrashError:
                write(descriptor, data[: len(data) // 2])
                raise
            return write(descriptor, data)

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", torn)
            patch.setattr(sqlite3, "connect", partial(connect, factory=_Counted))
            _writes = self
            try:
                yield self
            finally:
                _writes = None


_writes: Writes | None = None
_CHANGES = ("BEGIN", "COMMIT", "INSERT", "UPDATE", "DELETE", "CREATE")


class _Counted(sqlite3.Connection):
    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if _writes and sql.startswith(_CHANGES):
            _writes.step()
        return super().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if _writes and sql.startswith(_CHANGES):
            _writes.step()
        return super().executemany(sql, *values)


@cache
def _audited() -> None:
    """Python tells of every file that is opened, moved, made or removed before it is."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if _writes is None:
            return
        opened = event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if opened or event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir"):
            _writes.step()

    sys.addaudithook(hook)


def _busy_edit(editor: Editor) -> None:
    """Something is new, something else, something gone."""
    editor.write(_PATHS[0], title="Changed", tags=["new"])
    editor.write(_PATHS[5])
    del editor.front[_PATHS[1]]
    editor.site.seen(_PATHS[1]).remove(f"content/items/{_PATHS[1]}.md").document("about", title="About")


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_after_an_exception_at_a_random_write_the_next_build_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Crash at the n-th write, alone or with workers, then go on or take the edit back: the next build mends all."""
    cut_small(monkeypatch)
    die = random.Random(seed)
    crew = Crew(2, threads) if seed % 2 else ALONE
    editors = [Editor(SiteTest(tmp_path / name), seed) for name in ("rehearsal", "site")]
    editor = editors[1]
    before = [one.site.build().files() for one in editors][1]
    kept = tmp_path / "kept"
    shutil.copytree(editor.site.root / "content", kept)
    for one in editors:
        _busy_edit(one)
    with Writes().counted(monkeypatch) as writes:
        after = editors[0].site.build(crew=crew).files()
    assert writes.count > 100
    crash = Writes(die.randrange(1, writes.count + 1), for_good=seed % 4 > 1)
    # Two threads may ask for one folder, or not: there can be a few writes less than at the rehearsal.
    with suppress(CrashError), crash.counted(monkeypatch):
        editor.site.build(crew=crew)
    for name, data in editor.site.files().items():
        assert data in (before.get(name), after.get(name)), name
    if die.random() < 0.5:
        shutil.rmtree(editor.site.root / "content")
        shutil.copytree(kept, editor.site.root / "content")
        assert_same(editor.site.build(crew=crew).files(), before)
    else:
        assert_same(editor.site.build(crew=crew).files(), full_build(editor.site, tmp_path / "full", AS_OF))


def test_a_template_error_publishes_nothing(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a").build()
    before = site.files()
    site.item("2026/01/05/a", title="New").file("templates/item.html", "{{ page.nonsense }}")
    with pytest.raises(Exception, match=r"templates/item\.html:1: .*nonsense"):
        site.build()
    assert site.files() == before


# -- the same bytes ---------------------------------------------------------------------------------------


def test_the_same_content_is_the_same_bytes_in_every_zone_and_locale_and_with_any_jobs(tmp_path: Path) -> None:
    """As the command makes it, with so many terms and files that the processes of `--jobs` all have work."""
    site = SiteTest(tmp_path / "site").config(timezone="Asia/Kolkata")
    for number in range(710):
        site.file(f"content/static/{number}.txt", str(number))
    for path in _PATHS:
        tags = ["Zürich", "İstanbul", "ferry", *(f"{path[-5:]} {number}" for number in range(12))]
        site.item(path, date="2026-01-05T20:00:00+01:00", tags=tags, publisher="Gazette")
    found: set[tuple[tuple[str, bytes], ...]] = set()
    zones = ["UTC", "Pacific/Kiritimati", "America/New_York", "Asia/Kathmandu"]
    languages = ("C", "C.UTF-8", "POSIX")
    # Each of them once, and in `make laws` each with each.
    pairs = itertools.product(zones, languages) if LONG else zip(zones, itertools.cycle(languages), strict=False)
    for number, (zone, language) in enumerate(pairs):
        folder = tmp_path / str(number)
        command = [sys.executable, "-m", "builder", "build", "--quiet", "--root", str(site.root), "--full"]
        command += ["--as-of", "2026-02-01", "--output", str(folder), "--jobs", str(number % 3 + 1)]
        environment = os.environ | {"TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": str(number)}
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


def test_a_second_line_for_an_old_address_takes_back_the_first(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/b").item("2026/01/05/c").move("items", "2026/01/05/o", "2026/01/05/b")
    site.build().move("items", "2026/01/05/o", "2026/01/05/c").build()
    assert_same(site.files(), full_build(site, tmp_path / "full", AS_OF))


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
    monkeypatch.setattr(term_months, "TERM_MONTH", term_month)
    monkeypatch.setattr(terms, "TERM", large)
    monkeypatch.setattr(term_months, "LARGE", large)
    monkeypatch.setattr(sitemaps, "SITEMAP", large)
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

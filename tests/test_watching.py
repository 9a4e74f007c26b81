"""What makes the preview update: any way in which an editor saves, once for each burst, and nothing else."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirModifiedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileClosedNoWriteEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileOpenedEvent,
    FileSystemEvent,
)

from builder import watching
from builder.watching import Changes, is_remote

# -- which events count --------------------------------------------------------------------------------------

ROOT = Path("/site")
ITEM = str(ROOT / "content" / "items" / "2026" / "01" / "12" / "a.md")
TEMPLATE = str(ROOT / "templates" / "item.html")


def counts(event: FileSystemEvent) -> bool:
    return Changes(ROOT, lambda paths: None).counts(event)


@pytest.mark.parametrize(
    "event",
    [
        FileCreatedEvent(ITEM),
        FileModifiedEvent(ITEM),
        FileDeletedEvent(ITEM),
        FileMovedEvent(ITEM, str(ROOT / "content" / "items" / "b.md")),
        FileModifiedEvent(TEMPLATE),
        FileModifiedEvent(str(ROOT / "content" / "site.toml")),
        FileCreatedEvent(str(ROOT / "content" / "static" / ".well-known" / "security.txt")),
        DirDeletedEvent(str(ROOT / "content" / "items" / "2026")),
        DirMovedEvent(str(ROOT / "content" / "items" / "2026"), str(ROOT / "content" / "items" / "2025")),
    ],
    ids=repr,
)
def test_a_change_of_content_or_templates_counts(event: FileSystemEvent) -> None:
    assert counts(event)


@pytest.mark.parametrize("temporary", ["a.md~", ".a.md.swp", ".a.md.new", "4913", "a.md.tmp"])
def test_an_atomic_save_by_rename_counts(temporary: str) -> None:
    assert counts(FileMovedEvent(str(Path(ITEM).with_name(temporary)), ITEM))


@pytest.mark.parametrize("where", ["/elsewhere/a.md", ITEM + "~"])
def test_a_file_that_is_moved_away_counts(where: str) -> None:
    assert counts(FileMovedEvent(ITEM, where))


@pytest.mark.parametrize(
    "event",
    [
        FileOpenedEvent(ITEM),
        FileClosedNoWriteEvent(ITEM),
        FileClosedEvent(ITEM),
        DirModifiedEvent(str(ROOT / "content" / "items")),
        DirCreatedEvent(str(ROOT / "content" / "items")),
        DirDeletedEvent(str(ROOT / "site" / "tags")),
        FileModifiedEvent(str(ROOT / "content" / ".git" / "index")),
        FileCreatedEvent(str(ROOT / "templates" / "node_modules" / "a" / "index.html")),
        FileModifiedEvent(str(ROOT / "site" / "index.html")),
        FileModifiedEvent(str(ROOT / ".broadsheet" / "preview.sqlite")),
        FileModifiedEvent(str(ROOT / "README.md")),
        FileModifiedEvent("/elsewhere/content/a.md"),
        FileModifiedEvent("/site-backup/content/a.md"),
        *(
            FileModifiedEvent(str(Path(ITEM).with_name(name)))
            for name in (
                "a.md~",
                ".a.md.swp",
                ".a.md.swx",
                ".a.md.new",
                ".#a.md",
                "#a.md#",
                "4913",
                ".goutputstream-X1",
            )
        ),
    ],
    ids=repr,
)
def test_reading_new_folders_and_temporary_files_do_not_count(event: FileSystemEvent) -> None:
    assert not counts(event)


# -- real files ------------------------------------------------------------------------------------------------


class Updates:
    """The updates so far, each with what `look` saw at its time."""

    def __init__(self, look: Callable[[], object] = lambda: None) -> None:
        self._look, self._came = look, threading.Semaphore(0)
        self.seen: list[object] = []

    def take(self, paths: frozenset[Path]) -> None:
        self.seen.append(self._look())
        self._came.release()

    def came(self, within: float) -> bool:
        """Whether one more comes within so many seconds."""
        return self._came.acquire(timeout=within)

    def next(self) -> object:
        """Wait for one more."""
        assert self._came.acquire(timeout=30), "no update came"
        return self.seen[-1]


@contextmanager
def watched(root: Path, updates: Updates, poll: bool = False, folders: tuple[str, ...] = ()) -> Iterator[Changes]:
    changes = Changes(root, updates.take, folders or ("content", "templates"), poll)
    changes.start()
    thread = threading.Thread(target=changes.watch)
    thread.start()
    try:
        yield changes
    finally:
        changes.stop()
        thread.join()


@pytest.fixture
def items(tmp_path: Path) -> Path:
    """The folder of a site's items, with one in it."""
    folder = tmp_path / "content" / "items" / "2026"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text("one", "utf-8")
    return folder


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a burst may pause for longer than people do."""
    monkeypatch.setattr(watching, "QUIET_SECONDS", 0.5)
    monkeypatch.setattr(watching, "BUSY_SECONDS", 0.5)
    monkeypatch.setattr(watching, "MOST_SECONDS", 30.0)


def test_a_thousand_files_at_once_are_one_update(tmp_path: Path, items: Path, patient: None) -> None:
    updates = Updates(lambda: len(list(items.parent.rglob("*.md"))))
    with watched(tmp_path, updates):
        for number in range(1000):
            file = items.parent / f"{number % 40}" / f"{number}.md"
            file.parent.mkdir(exist_ok=True)
            file.write_text("x", "utf-8")
        assert updates.next() == 1001
    assert len(updates.seen) == 1


def test_ignored_files_are_no_update_and_one_real_edit_is_one(tmp_path: Path, items: Path, patient: None) -> None:
    places = [items / ".git", tmp_path / ".broadsheet", tmp_path / "site" / "tags", items]
    updates = Updates()
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
    with watched(tmp_path, updates):
        # Each is created or changed, and changed again: ten thousand events.
        for number in range(2500):
            (items / f".{number % 50}.md.swp").write_text("x", "utf-8")
            (items / ".git" / f"{number % 50}").write_text("x", "utf-8")
        for place in places:
            (place / ".0.md.swp").write_text("x", "utf-8")
        # Longer than any burst of them could last.
        assert not updates.came(within=3 * watching.QUIET_SECONDS)
        (items / "a.md").write_text("two", "utf-8")
        updates.next()
        assert not updates.came(within=3 * watching.QUIET_SECONDS)
    assert len(updates.seen) == 1


def test_if_all_files_counted_ignored_ones_would_be_updates(
    tmp_path: Path, items: Path, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "is_ignored", lambda parts: False)
    updates = Updates()
    with watched(tmp_path, updates):
        (items / ".a.md.swp").write_text("x", "utf-8")
        updates.next()


@pytest.mark.parametrize("poll", [False, True], ids=["told", "polled"])
def test_each_way_of_saving_is_noticed(
    tmp_path: Path, items: Path, poll: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.05)
    file = items / "a.md"
    updates = Updates(lambda: sorted((one.name, one.read_text("utf-8")) for one in items.parent.rglob("*.md")))
    with watched(tmp_path, updates, poll):

        def comes(*expected: tuple[str, str]) -> None:
            while updates.next() != sorted(expected):
                continue

        file.write_text("in place", "utf-8")
        comes(("a.md", "in place"))
        (items / ".a.md.swp").write_text("aside", "utf-8")
        (items / ".a.md.swp").replace(file)
        comes(("a.md", "aside"))
        file.rename(items / "a.md~")
        file.write_text("after a backup", "utf-8")
        comes(("a.md", "after a backup"))
        shutil.copy(file, items / "b.md")
        comes(("a.md", "after a backup"), ("b.md", "after a backup"))
        file.unlink()
        comes(("b.md", "after a backup"))
        items.rename(items.with_name("2025"))
        comes(("b.md", "after a backup"))
        # A renamed folder is still watched.
        (items.with_name("2025") / "b.md").write_text("renamed", "utf-8")
        updates._look = lambda: (items.with_name("2025") / "b.md").read_text("utf-8")
        while updates.next() != "renamed":
            continue


def test_a_file_that_is_emptied_and_filled_again_is_never_seen_empty(
    tmp_path: Path, items: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "EMPTY_SECONDS", 30.0)
    updates = Updates((items / "a.md").read_text)
    with watched(tmp_path, updates):
        (items / "a.md").write_text("", "utf-8")
        threading.Timer(0.2, lambda: (items / "a.md").write_text("filled", "utf-8")).start()
        assert updates.next() == "filled"


def test_a_file_that_stays_empty_is_seen_so(tmp_path: Path, items: Path) -> None:
    updates = Updates((items / "a.md").read_text)
    with watched(tmp_path, updates):
        (items / "a.md").write_text("", "utf-8")
        assert updates.next() == ""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_symbolic_link_leads_to_is_watched(tmp_path: Path, kind: str) -> None:
    root, outside = tmp_path / "site-of-mine", tmp_path / "elsewhere"
    for folder in (root / "content" / "items", outside):
        folder.mkdir(parents=True)
    real = outside / "b.md"
    real.write_text("one", "utf-8")
    (root / "content" / "items" / ("b.md" if kind == "file" else "more")).symlink_to(
        real if kind == "file" else outside
    )
    updates = Updates(real.read_text)
    with watched(root, updates) as changes:
        # Links are looked for beside the first updates: this one has an answer when they were.
        (root / "content" / "a.md").write_text("x", "utf-8")
        updates.next()
        assert changes._targets
        real.write_text("two", "utf-8")
        assert updates.next() == "two"


def test_a_link_that_is_made_while_serving_is_followed(tmp_path: Path) -> None:
    root, real = tmp_path / "site-of-mine", tmp_path / "b.md"
    (root / "content").mkdir(parents=True)
    real.write_text("one", "utf-8")
    updates = Updates(real.read_text)
    with watched(root, updates):
        (tmp_path / "c.md").write_text("beside it", "utf-8")
        (root / "content" / "c.md").symlink_to(tmp_path / "c.md")
        (root / "content" / "b.md").symlink_to(real)
        assert updates.next() == "one"
        real.write_text("two", "utf-8")
        assert updates.next() == "two"


def test_folders_that_come_and_go_are_watched(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    file = tmp_path / "templates" / "item.html"
    updates = Updates(lambda: file.read_text("utf-8") if file.exists() else None)
    with watched(tmp_path, updates):
        for text in ("one", "two"):
            file.parent.mkdir()
            updates.next()
            file.write_text(text, "utf-8")
            while updates.next() != text:
                continue
            shutil.rmtree(file.parent)
            while updates.next() is not None:
                continue


def test_where_the_system_watches_no_more_folders_they_are_polled(
    tmp_path: Path, items: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watching, "Observer", full)
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.05)
    updates = Updates((items / "a.md").read_text)
    with watched(tmp_path, updates) as changes:
        assert changes.polls
        (items / "a.md").write_text("two", "utf-8")
        assert updates.next() == "two"


MOUNTS = """\
22 1 259:1 / / rw,relatime - ext4 /dev/root rw
40 22 0:35 / /home/a/news rw - nfs4 server:/news rw
41 22 0:36 / /home/a/news/local rw - ext4 /dev/b rw
42 22 0:37 / /mnt/with\\040space rw - fuse.sshfs a@b: rw
43 22 0:38 / /mnt/c rw - 9p C: rw
"""


@pytest.mark.parametrize(
    ("folder", "remote"),
    [
        ("/home/a", False),
        ("/home/a/news", True),
        ("/home/a/news/content", True),
        ("/home/a/newspaper", False),
        ("/home/a/news/local/x", False),
        ("/mnt/with space/x", True),
        ("/mnt/c/news", True),
    ],
)
def test_network_file_systems_are_known(tmp_path: Path, folder: str, remote: bool) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, "utf-8")
    assert is_remote(Path(folder), mounts) == remote
    assert not is_remote(Path(folder), tmp_path / "missing")

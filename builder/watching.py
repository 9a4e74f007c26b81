"""Files under watch: one update after each burst of changes, however an editor saves or a checkout writes.

Never updates for what nobody wrote: files that are read, hidden folders, what editors keep beside a file.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.polling import PollingObserver

QUIET_SECONDS, MOST_SECONDS = 0.03, 1.5
FEW, BUSY_SECONDS = 8, 0.15
"""A burst of more than a `FEW` files is over when nothing came for longer, since a checkout may stop for breath."""
MANY = 1_000
"""So much at once, or more, costs less to look for than to look at; and the kernel may have told of only a part."""
EMPTY_SECONDS = 0.3
"""How long a file may be empty before that counts: editors empty a file and fill it again."""
POLL_SECONDS = 1.0
_REACT_TO = ("created", "modified", "deleted", "moved")
# The system is not asked to tell of files that are read, which are many.
_HEARD: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
_IGNORED = {".broadsheet", ".git", ".hg", ".svn", "__pycache__", "node_modules", ".DS_Store", "4913"}
# What editors and we ourselves keep beside a file while it is written.
_BESIDE = re.compile(
    r".*(?:~|\.new|\.swp|\.swo|\.swx|\.tmp|\.bak|\.crdownload|\.part)|\.#.*|#.*#|\.goutputstream-.*|.*___jb_\w+___"
)
# File systems that other machines write to, of which the kernel hears nothing.
_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|fuse\.\w*(?:sshfs|s3fs|rclone|glusterfs)\w*|vboxsf|vmhgfs|drvfs|prl_fs|virtiofs"
)


class Changes(FileSystemEventHandler):
    """Calls `update` once after each burst of changes below some `folders` of a site, with all that was touched.

    Nothing is named where not all of it is known.
    Folders need not be there yet. `poll` looks at all files each second, which works on any file system; `None`: where
    nothing else does.
    """

    def __init__(
        self,
        root: Path,
        update: Callable[[frozenset[Path]], object],
        folders: Collection[str] = ("content", "templates"),
        poll: bool | None = None,
    ) -> None:
        self._root, self._update = root.resolve(), update
        self._changed, self._stopped = threading.Event(), threading.Event()
        self._folders = [self._root / name for name in folders]
        self._prefixes = tuple(f"{folder}/" for folder in self._folders)
        self.polls = is_remote(self._root) if poll is None else poll
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, ObservedWatch] = {}
        # Where symbolic links lead, and as what: a change there is one here.
        self._targets: set[Path] = set()
        self._written: set[Path] = set()
        self._touched: set[Path] = set()
        self._noting = threading.Lock()
        self._last = monotonic()

    # -- what counts

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("created", "moved"):
            # It may be gone already, or one more than the system watches.
            with suppress(OSError):
                self._notice(Path(os.fsdecode(event.dest_path or event.src_path)), event.is_directory)
        if self.counts(event):
            ends = [os.fsdecode(path) for path in (event.src_path, event.dest_path) if path]
            with self._noting:
                if not event.is_directory:
                    self._written.add(Path(ends[-1]))
                self._touched.update(Path(path) for path in ends if self._is_ours(path))
                self._last = monotonic()
                self._changed.set()

    def counts(self, event: FileSystemEvent) -> bool:
        """Reading a file is no change, and neither is what is ignored: else each update would start the next."""
        # A folder that is moved away takes its files with it unmentioned; other news of folders says nothing new.
        if event.event_type not in (("deleted", "moved") if event.is_directory else _REACT_TO):
            return False
        # Editors save by rename, and a renamed file is gone from where it was: either end counts.
        return any(self._is_ours(os.fsdecode(path)) for path in (event.src_path, event.dest_path) if path)

    def _is_ours(self, path: str) -> bool:
        # Text, not paths: a checkout brings thousands of these at once.
        folder = f"{path}/"
        for ours in self._prefixes:
            if folder.startswith(ours):
                return not is_ignored(path[len(ours) :].split("/"))
        return not is_ignored((path.rpartition("/")[2],)) and any(
            folder.startswith(f"{target}/") for target in tuple(self._targets)
        )

    def _notice(self, path: Path, folder: bool) -> None:
        """Watch what came into being: one of our folders, or where a symbolic link leads."""
        if folder and path in self._folders:
            # What was written there meanwhile was not heard of.
            self._watch(path, recursive=True)
            with self._noting:
                self._touched.add(self._root)
                self._last = monotonic()
                self._changed.set()
        if self._is_ours(str(path)):
            for link in [path] if path.is_symlink() else links(path) if folder else ():
                self._follow(link)

    def _follow(self, link: Path) -> None:
        """Watch the file or folder that a link leads to, if that is outside."""
        try:
            target = link.resolve(strict=True)
        except (OSError, RuntimeError):
            return
        known = any(target.is_relative_to(folder) for folder in (*self._targets, *self._folders))
        if known or self._root.is_relative_to(target):
            return  # Or it leads to a folder that holds the site itself.
        self._targets.add(target)
        if target.is_dir():
            self._watch(target, recursive=True)
        elif target.parent not in self._watches:
            self._watch(target.parent, recursive=False)

    def _watch(self, folder: Path, recursive: bool) -> None:
        if self._observer is None:
            return
        # A folder that was away is another one now, under the same name.
        if (old := self._watches.pop(folder, None)) is not None:
            self._observer.unschedule(old)
        self._watches[folder] = self._observer.schedule(self, str(folder), recursive=recursive, event_filter=_HEARD)

    # -- when

    def start(self) -> None:
        """Notice changes from here on: called before the first look at the files, so that no edit is lost."""
        try:
            self._start()
        except OSError:
            # The system watches no more folders for us: its limit is for all programs together.
            self._end()
            self.polls, self._watches = True, {}
            self._start()

    def _start(self) -> None:
        self._observer = PollingObserver(timeout=POLL_SECONDS) if self.polls else Observer()
        self._watch(self._root, recursive=False)
        for folder in self._folders:
            if folder.is_dir():
                self._watch(folder, recursive=True)
        self._observer.start()

    def watch(self) -> None:
        """Update after each burst, until `stop`."""
        try:
            for folder in self._folders:
                for link in (folder, *links(folder)):
                    if link.is_symlink():
                        with suppress(OSError):
                            self._follow(link)
            while not self._stopped.is_set():
                self._changed.wait()
                touched = self._settle()
                if not self._stopped.is_set():
                    self._update(touched)
        finally:
            self._end()

    def _end(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            if self._observer.is_alive():
                self._observer.join()

    def _settle(self) -> frozenset[Path]:
        """Wait until nothing has changed for a moment, and no file is empty that was just written; but not for long.

        Returns what was touched, or nothing where that is not all below our folders, or much.
        """
        end = monotonic() + MOST_SECONDS
        self._calm(end)
        if any(is_empty(path) for path in tuple(self._written)):
            self._changed.clear()
            if self._changed.wait(EMPTY_SECONDS):
                self._calm(end)
        with self._noting:
            self._changed.clear()
            touched, self._written, self._touched = frozenset(self._touched), set(), set()
        known = len(touched) <= MANY and all(str(path).startswith(self._prefixes) for path in touched)
        return touched if known else frozenset()

    def _calm(self, end: float) -> None:
        while not self._stopped.is_set():
            quiet = QUIET_SECONDS if len(self._written) < FEW else BUSY_SECONDS
            now = monotonic()
            left = min(self._last + quiet, end) - now
            if left <= 0:
                return
            self._stopped.wait(left)

    def stop(self) -> None:
        self._stopped.set()
        self._changed.set()


def is_ignored(parts: Collection[str]) -> bool:
    """Whether one of these names is of what is never part of a site.

    >>> is_ignored(("items", ".a.md.swp")), is_ignored((".git", "config")), is_ignored((".well-known", "security.txt"))
    (True, True, False)
    """
    return any(part in _IGNORED or _BESIDE.fullmatch(part) for part in parts)


def is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return False


def links(folder: Path) -> Iterator[Path]:
    """The symbolic links below a folder."""
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_symlink():
                        yield Path(entry.path)
                    elif entry.is_dir(follow_symlinks=False) and not is_ignored((entry.name,)):
                        waiting.append(entry.path)
        except OSError:
            continue


def is_remote(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> bool:
    """Whether a folder lies on a file system that other machines write to, as far as Linux says."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    kinds = {}
    for line in lines:
        fields, _, kind = line.partition(" - ")
        if len(parts := fields.split()) > 4 and folder.is_relative_to(parts[4].replace("\\040", " ")):
            kinds[len(parts[4])] = kind.split(" ")[0]
    return bool(kinds) and bool(_REMOTE.fullmatch(kinds[max(kinds)]))

"""Which files of `content/` were touched, the way git knows it: size, mtime, ctime, inode, and its racy rule.

A folder whose listing is as it was is done with at once. Never opens a file.
"""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Collection, Iterator
from typing import NamedTuple

from builder import listings
from builder.content import Content
from builder.index import Index
from builder.listings import Signature

_RACY = 2_000_000_000
"""A file touched so close to a scan (2 s, in ns) may change again unnoticed: it is read again (git's racy rule)."""

_UNLIKE = b""
"""Stands for a listing that no folder has."""
_Known = tuple[Signature, str]
"""How a file looked when it was read, and the fingerprint of what it said."""


class Changed(NamedTuple):
    """A file that was touched: its path below `content/`, and the fingerprint of what it said before."""

    path: str
    signature: Signature
    hash: str = ""

    def anew(self) -> Changed:
        """It counts as changed whatever it says, if it said anything before."""
        return self._replace(hash=self.hash and "?")


class Scan:
    """One look at all of `content/`. What was touched since the last is in `changed` and `lost`, until `finish`.

    With `touched` it is a look at that alone, for who knows that nothing else changed: at a file that is known, and for
    what else is named, a new file or a folder that came or went, at the folder around it with all that is below.
    """

    def __init__(self, index: Index, content: Content, touched: frozenset[str] | None = None) -> None:
        self._db, self._index = index.db, index
        self._since = int(index.meta("scanned") or 0) - _RACY
        self._now = _disk_clock(index)
        self.changed: list[Changed] = []
        self.lost: list[str] = []
        self._folders: dict[str, tuple[bytes, int]] = {}
        self._files: dict[str, _Known] = {}
        self._within: frozenset[str] | None = None
        if touched is not None:
            self._files, self._within = self._places_of(touched)
        known = self._known()
        self._unlike = {path for path, (listing, _) in known.items() if listing == _UNLIKE}
        folders = listings.FOLDERS if self._within is None else self._within
        for folder, files in listings.listings(content.folder, folders):
            # Without references (version 2), which would tell where else a name is held.
            listing = hashlib.blake2b(marshal.dumps(files, 2), digest_size=16).digest()
            newest = max([max(signature[1], signature[2]) for _, signature in files], default=0)
            old = known.pop(folder, None)
            if old is None or old[0] != listing:
                # A name that is not UTF-8 is in no table.
                if folder.isprintable():
                    self._folders[folder] = (listing, newest)
            elif newest < self._since:
                continue
            if files or old is not None:
                self._compare(folder, files, new=old is None)
        self._gone = list(known)
        for folder in self._gone:
            self.lost += self._files_of(folder)
        self._look_at_files(content)

    def _look_at_files(self, content: Content) -> None:
        for path, old in self._files.items():
            if signature := listings.signature(content.folder, path):
                self._compare_file(path, signature, old)
            else:
                self.lost.append(path)

    def covers(self, what: str) -> bool:
        """Whether this is a look at a file, `content/…`, too."""
        path = what.removeprefix("content/")
        return self._within is None or path in self._files or _is_below(path, self._within)

    def _places_of(self, touched: frozenset[str]) -> tuple[dict[str, _Known], frozenset[str]]:
        """The files to look at alone, since many others may stand beside them, and the folders to look at."""
        sql = "SELECT size, mtime, ctime, inode, hash FROM file WHERE path = ?"
        rows = {path: self._db.execute(sql, (path,)).fetchone() for path in touched}
        around = {path.rpartition("/")[0] or path for path, row in rows.items() if row is None}
        known = {path: (row[:4], row[4]) for path, row in rows.items() if row and not _is_below(path, around)}
        return known, frozenset(folder for folder in around if not _is_below(folder, around))

    def _known(self) -> dict[str, tuple[bytes, int]]:
        """How the folders looked that this is a look at."""
        if self._within is None:
            return {path: (listing, newest) for path, listing, newest in self._db.execute("SELECT * FROM folder")}
        sql = "SELECT * FROM folder WHERE path = ? OR (path >= ? AND path < ?)"
        bounds = [(name, f"{name}/", f"{name}0") for name in self._within]
        return {path: (listing, newest) for one in bounds for path, listing, newest in self._db.execute(sql, one)}

    def _compare(self, folder: str, files: list[tuple[str, Signature]], new: bool) -> None:
        known = {} if new else self._files_of(folder)
        for name, signature in files:
            path = f"{folder}/{name}"
            self._compare_file(path, signature, known.pop(path, None))
        self.lost += known

    def _compare_file(self, path: str, signature: Signature, old: _Known | None) -> None:
        if not old or old[0] != signature or max(signature[1], signature[2]) >= self._since:
            self.changed.append(Changed(path, signature, old[1] if old else ""))

    def _files_of(self, folder: str) -> dict[str, _Known]:
        """The files that stood in a folder, with their signatures and fingerprints."""
        start = f"{folder}/"
        sql = "SELECT path, size, mtime, ctime, inode, hash FROM file WHERE path >= ? AND path < ?"
        rows: Iterator[tuple[str, int, int, int, int, str]] = self._db.execute(sql, (start, start + "\U0010ffff"))
        return {path: (tuple(rest[:4]), rest[4]) for path, *rest in rows if "/" not in path[len(start) :]}  # type: ignore[misc]

    def finish(self, missed: set[str]) -> None:
        """Remember how the folders looked, but for those of files that could not be read: they are looked at again.

        So are those of which not all was looked at.
        """
        again = {path.rpartition("/")[0] for path in missed | self._files.keys()}
        rows = [(folder, *look) for folder, look in self._folders.items() if folder not in again]
        rows += [(folder, _UNLIKE, 0) for folder in again - self._unlike if folder.isprintable()]
        self._db.executemany("INSERT OR REPLACE INTO folder VALUES (?, ?, ?)", rows)
        self._db.executemany("DELETE FROM folder WHERE path = ?", [(folder,) for folder in self._gone])

    def remember(self) -> None:
        """Remember when it was; while nothing changes, or for a look at a part, an older one serves as well."""
        if self._within is None:
            self._index.put_meta("scanned", str(self._now))


def _is_below(path: str, folders: Collection[str]) -> bool:
    return any(path[:end] in folders for end, letter in enumerate(path) if letter == "/")


def hash_of(data: bytes) -> str:
    """The fingerprint of what a file says."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _disk_clock(index: Index) -> int:
    """The time, in ns, by the clock that stamps files: the only one that theirs can be compared with."""
    clock = index.path.with_name(index.path.name + ".scan")
    clock.write_bytes(b"")
    return clock.stat().st_mtime_ns

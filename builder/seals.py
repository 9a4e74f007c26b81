"""A checksum beside a database, so that whatever became of the file without us is noticed.

Never says what is in the file.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from urllib.parse import quote

MOST_WAITS = 5
"""How often a copy waits for another process, a tenth of a second each."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def seal(file: Path) -> None:
    """Remember a file as it is, when it is closed."""
    _beside(file).write_text(f"{_signature(file)}\n{_checksum(file)}\n", "ascii")


def is_whole(file: Path) -> bool:
    """Whether the file is as it was closed; a copy of it, with other times, is."""
    try:
        signature, checksum = _beside(file).read_text("ascii").split()
    except (OSError, ValueError):
        return False
    return signature == _signature(file) or checksum == _checksum(file)


def copy(source: Path, target: Path) -> bool:
    """Copy a database as it stands, also while another process writes to it; whether there was one to copy.

    The copy has a write-ahead log.
    """
    discard(target)
    try:
        address = f"file:{quote(str(source))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as there, closing(sqlite3.connect(target)) as here:
            there.backup(here, progress=_patience(), sleep=0.1)
            # So that it can be read while it is written; later that would change the file under its seal.
            here.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error:
        discard(target)
        return False
    seal(target)
    return True


def _patience() -> Callable[[int, int, int], None]:
    """Gives up a copy whose source another process keeps to itself: it may do so for minutes."""
    waits = count(1)

    def progress(status: int, left: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and next(waits) > MOST_WAITS:
            raise sqlite3.OperationalError("in use")

    return progress


def discard(file: Path) -> None:
    """Remove a database, with what may stand beside it of a process that was killed."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _beside(file: Path) -> Path:
    return file.with_name(file.name + ".sum")


def _signature(file: Path) -> str:
    """What tells that nobody touched a file; after a power cut its times may stand where its pages do not."""
    stat = file.stat()
    boot = _BOOT.read_text("ascii").strip() if _BOOT.exists() else ""
    return f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}-{boot}"


def _checksum(file: Path) -> str:
    total = 0
    with open(file, "rb", buffering=0) as opened:
        while part := opened.read(1 << 20):
            total = zlib.crc32(part, total)
    return f"{total:08x}"

"""What fetching remembers of each source, in `.broadsheet/state.sqlite`: one row per source, by its name.

Costs some politeness when it is lost, and nothing else: whatever counts is in `content/`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import msgspec

from builder.errors import UsageError
from builder.model import Value

SCHEMA = 1


class SourceState(Value, frozen=True):
    """One source as it was when last asked. Moments are UTC stamps; `""` where there is none.

    `url` is the configured address that the rest belongs to, `moved` where permanent redirects led.
    `etag` and `modified` are validators, verbatim, of a body fetched at `validated` from `answered`;
    `body` is its fingerprint, or that of a source's files, `made` that of the settings and code that read
    it, `ids` and `held` of what it brought. `failures` counts failures in a row, `missing` those that were 404.
    """

    url: str = ""
    title: str = ""
    moved: str = ""
    answered: str = ""
    etag: str = ""
    modified: str = ""
    validated: str = ""
    body: str = ""
    made: str = ""
    ids: tuple[str, ...] = ()
    held: str = ""
    ttl: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    asked: str = ""
    succeeded: str = ""
    next: str = ""
    newest: str = ""
    found: int = 0
    failures: int = 0
    missing: int = 0
    error: str = ""
    stopped: bool = False


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(SourceState).decode


class States:
    """The state of all sources of one site. A file that is no database is made anew; `readonly` never changes it."""

    def __init__(self, path: Path, readonly: bool = False) -> None:
        where = f".broadsheet/{path.name}"
        try:
            self.db = _opened(path, where, readonly)
        except sqlite3.OperationalError as error:
            # It is locked, the disk is full, or it may not be opened: no reason to lose what it holds.
            raise UsageError(str(error), where=where, next="see who uses it, and how full the disk is") from None
        except sqlite3.DatabaseError:
            if not readonly:
                for suffix in ("", "-journal", "-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
            self.db = _opened(path, where, readonly=False) if not readonly else _made(sqlite3.connect(":memory:"))

    def close(self) -> None:
        self.db.close()

    def get(self, name: str) -> SourceState:
        """A source's state; an empty one where nothing is known, or nothing can be read."""
        row = self.db.execute("SELECT value FROM source WHERE name = ?", (name,)).fetchone()
        try:
            return _decode(row[0]) if row else SourceState()
        except msgspec.DecodeError:
            return SourceState()

    def put(self, states: Mapping[str, SourceState]) -> None:
        """Remember the state of several sources, all or none."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            rows = [(name, _encode(state)) for name, state in states.items()]
            self.db.executemany("INSERT OR REPLACE INTO source VALUES (?, ?)", rows)
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def forget(self, name: str) -> None:
        self.db.execute("DELETE FROM source WHERE name = ?", (name,))


def _opened(path: Path, where: str, readonly: bool) -> sqlite3.Connection:
    if readonly and not path.exists():
        return _made(sqlite3.connect(":memory:"))
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = "ro" if readonly else "rwc"
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=30)
    try:
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
        if found > SCHEMA:
            raise UsageError("was written by a newer Broadsheet", where=where, next="upgrade, or remove the file")
        if found < SCHEMA and readonly:
            db.close()
            return _made(sqlite3.connect(":memory:"))
        return _made(db) if found < SCHEMA else db
    except BaseException:
        db.close()
        raise


def _made(db: sqlite3.Connection) -> sqlite3.Connection:
    db.execute("CREATE TABLE IF NOT EXISTS source (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
    db.execute(f"PRAGMA user_version = {SCHEMA}")
    return db

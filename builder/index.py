"""The SQLite index of `content/`: what is there, how it is grouped, what changed since the last build.

Derived from `content/` alone and disposable: deleting it costs time. Never decides what a page looks like.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from builder import seals
from builder.ahead import Ahead, decode_item, rows, story_of
from builder.groups import IndexGroup, below, join, split, stretch_of, stretches
from builder.kinds import Key, PageKind
from builder.model import Item, Story
from builder.notes import FOREVER
from builder.pages import PAGE_KINDS
from builder.settings import Settings

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE folder (path TEXT PRIMARY KEY, listing BLOB, newest INT) WITHOUT ROWID;
CREATE TABLE file (path TEXT PRIMARY KEY, size INT, mtime INT, ctime INT, inode INT, hash TEXT) WITHOUT ROWID;
CREATE TABLE item (path TEXT PRIMARY KEY, story TEXT, sort TEXT, due TEXT, draft INT, value BLOB, pinned TEXT,
    learned INT);
CREATE INDEX item_pinned ON item (pinned) WHERE pinned <> '';
CREATE TABLE note (path TEXT PRIMARY KEY, story TEXT, pinned TEXT, value BLOB) WITHOUT ROWID;
CREATE INDEX note_story ON note (story);
CREATE INDEX item_learned ON item (path) WHERE NOT learned;
CREATE INDEX item_story ON item (story);
CREATE INDEX item_due ON item (due);
CREATE TABLE identity (hash TEXT, path TEXT, PRIMARY KEY (hash, path)) WITHOUT ROWID;
CREATE INDEX identity_path ON identity (path);
CREATE TABLE headline (hash TEXT, path TEXT, PRIMARY KEY (hash, path)) WITHOUT ROWID;
CREATE INDEX headline_path ON headline (path);
CREATE TABLE article (key TEXT, path TEXT, PRIMARY KEY (key, path)) WITHOUT ROWID;
CREATE INDEX article_path ON article (path);
CREATE TABLE seen (hash TEXT, path TEXT, ledger TEXT, PRIMARY KEY (hash, path, ledger)) WITHOUT ROWID;
CREATE INDEX seen_path ON seen (path);
CREATE TABLE subject (id INTEGER PRIMARY KEY, name TEXT UNIQUE, fingerprint TEXT, day TEXT, updated TEXT, weight INT);
CREATE TABLE written (subject INTEGER PRIMARY KEY, value BLOB, card BLOB, places BLOB, shares BLOB);
CREATE TABLE grp (id INTEGER PRIMARY KEY, key TEXT UNIQUE, count INT);
CREATE TABLE member (grp INT, sort TEXT, subject INT, PRIMARY KEY (grp, sort, subject)) WITHOUT ROWID;
CREATE TABLE more (key TEXT, part TEXT, items INT, PRIMARY KEY (key, part)) WITHOUT ROWID;
CREATE TABLE label (grp INT, label TEXT, count INT, PRIMARY KEY (grp, label)) WITHOUT ROWID;
CREATE TABLE summary (key TEXT PRIMARY KEY, value BLOB);
CREATE TABLE dirty (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE page (route TEXT PRIMARY KEY, key TEXT, template TEXT, fingerprint TEXT, origin TEXT, leads TEXT, held INT)
    WITHOUT ROWID;
CREATE INDEX page_key ON page (key);
CREATE INDEX page_leads ON page (route, leads) WHERE leads <> '';
CREATE INDEX page_held ON page (origin) WHERE held;
CREATE TABLE template (name TEXT PRIMARY KEY, fingerprint TEXT) WITHOUT ROWID;
CREATE TABLE quarantine (what TEXT PRIMARY KEY, reason TEXT, told INT, unreadable INT) WITHOUT ROWID;
"""


_CONNECTION: dict[str, Any] = {"isolation_level": None, "timeout": 30, "check_same_thread": False}
"""A preview reads and writes in several threads, one at a time."""


class Index:
    """One site's index, in the file `path`. An unreadable, damaged or older one is made anew, but by who only reads.

    Beside it stands its checksum: whatever became of the file without us is noticed, and costs a full build.
    """

    def __init__(
        self, path: Path, version: str, kinds: Sequence[PageKind] = PAGE_KINDS, *, readonly: bool = False
    ) -> None:
        self.path, self.version, self.readonly = path, version, readonly
        self.kinds = {kind.name: kind for kind in kinds}
        self.ahead = Ahead()
        self.stretches = stretches(kinds)
        self.settings, self.as_of = Settings(), ""
        if readonly:
            self.db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, **_CONNECTION)
            self._tune()
            return
        self.db = sqlite3.connect(":memory:")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open()
        except (sqlite3.DatabaseError, msgspec.DecodeError):
            self.forget()

    @staticmethod
    def is_usable(path: Path, version: str) -> bool:
        """Whether an index can be gone on with: it is as it was closed, and of this make."""
        try:
            with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as db:
                found = db.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
        except sqlite3.Error:
            return False
        return found == (version,) and seals.is_whole(path)

    def _open(self) -> None:
        if self.path.exists() and not seals.is_whole(self.path):
            raise sqlite3.DatabaseError("an index that was cut off, or changed by somebody else")
        self.db = sqlite3.connect(self.path, **_CONNECTION)
        self._tune()
        found = self.db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone()
        if not found or self.meta("version") != self.version:
            raise sqlite3.DatabaseError("an index of another make")

    def _tune(self) -> None:
        # The file can be made again: what a power cut leaves of it is noticed, or its build id tells.
        self.db.execute("PRAGMA synchronous = OFF")
        self.db.execute("PRAGMA cache_size = -16000")

    def forget(self) -> None:
        """Start anew, as if `.broadsheet/` had been lost."""
        self.db.close()
        seals.discard(self.path)
        self.db = sqlite3.connect(self.path, **_CONNECTION)
        self._tune()
        with self.transaction():
            for statement in _SCHEMA.strip().rstrip(";").split(";"):
                self.db.execute(statement)
            self.put_meta("version", self.version)

    def close(self) -> None:
        changed = not self.readonly and self.db.total_changes > 0
        self.db.close()
        if changed and self.path.exists():
            seals.seal(self.path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # On a full disk SQLite may have rolled back by itself.
            with suppress(sqlite3.OperationalError):
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def meta(self, name: str) -> str:
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def put_meta(self, name: str, value: str) -> None:
        # What is not written need not be summed up.
        if self.meta(name) != value:
            self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever read into it."""
        return not self.meta("as_of")

    # -- what there is

    def story(self, name: str) -> Story | None:
        """The story of that name with its visible items, bodies replaced by their fingerprints."""
        if name in self.ahead.stories:
            return self.ahead.stories[name]
        sql = "SELECT value FROM item WHERE story = ? AND due <= ? AND NOT draft ORDER BY sort, path"
        items = [decode_item(value) for (value,) in self.db.execute(sql, (name, self.as_of))]
        written = [value for (value,) in self.db.execute("SELECT value FROM note WHERE story = ?", (name,))]
        return story_of(name, items, written, self.as_of, self.settings.zone)

    def read_ahead(self, keys: Sequence[str]) -> None:
        """Read what the groups of these keys will ask for; for who changes nothing meanwhile."""
        groups = [key for key in map(split, keys) if key[0] in self.kinds and not self.kinds[key[0]].single]
        shown = [stretch_of(self.kinds, key) for key in groups]
        self.ahead.read(self.db, self.as_of, self.settings.zone, keys, shown, recorded=self.page_count() > 0)

    def group(self, key: Key) -> IndexGroup:
        return IndexGroup(self, key)

    def mark(self, keys: Iterable[str]) -> None:
        """Make groups dirty."""
        self.db.executemany("INSERT OR IGNORE INTO dirty VALUES (?)", [(key,) for key in keys])

    def ever_gone(self) -> set[str]:
        """The places that were seen, those that something moved to, was removed from, and those that have a notice."""
        found = {path for (path,) in self.db.execute("SELECT DISTINCT path FROM seen")}
        return found | set(self.settings.moves.targets.get("items", {}).values()) | self.noticed()

    def noticed(self) -> set[str]:
        """The places that something was removed from, and those that have a notice."""
        sql = "SELECT substr(name, 6) FROM subject WHERE name >= ? AND name < ?"
        return {path for (path,) in self.db.execute(sql, below(("gone",)))} | set(self.settings.moves.removed)

    def subjects_in(self, key: Key) -> Iterator[str]:
        """The names of the subjects that stand in a group."""
        sql = """SELECT DISTINCT s.name FROM grp g JOIN member m ON m.grp = g.id JOIN subject s ON s.id = m.subject
            WHERE g.key = ?"""
        yield from (name for (name,) in self.db.execute(sql, (join(key),)))

    # -- which pages there are

    def owner(self, route: str) -> tuple[str, str] | None:
        """The key and the origin of the page recorded for a route."""
        row = self.db.execute("SELECT key, origin FROM page WHERE route = ?", (route,)).fetchone()
        return (row[0], row[1]) if row else None

    def recorded(self, key: str) -> dict[str, str]:
        """Route -> fingerprint of a group's pages as last recorded."""
        if self.ahead.is_on:
            return self.ahead.recorded.get(key, {})
        return dict(self.db.execute("SELECT route, fingerprint FROM page WHERE key = ?", (key,)))

    def page_count(self) -> int:
        return int(self.meta("pages") or 0)

    def is_broken(self, origin: str) -> bool:
        """Whether a content file is set aside."""
        found = self.db.execute("SELECT 1 FROM quarantine WHERE what = ?", (f"content/{origin}",)).fetchone()
        return bool(origin) and found is not None

    def next_due(self) -> str:
        row = self.db.execute("SELECT min(due) FROM item WHERE due > ? AND NOT draft", (self.as_of,)).fetchone()
        ends = (end for end, _ in self.ends_of_pins(self.as_of, FOREVER) if end != FOREVER)
        return min(filter(None, (row[0], self.meta("document_due"), *ends)), default="")

    def ends_of_pins(self, after: str, until: str) -> Iterator[tuple[str, str]]:
        """When something stops to be pinned, after one moment and not after the other, and the story's name."""
        for table in ("item", "note"):
            sql = f"SELECT pinned, story FROM {table} WHERE pinned <> '' AND pinned > ? AND pinned <= ?"  # noqa: S608
            yield from self.db.execute(sql, (after, until))

    # -- what ingest asks

    def _learn(self) -> None:
        """Work out by what the items that were read since are known: of those who build, nobody asks."""
        if not self.db.execute("SELECT 1 FROM item WHERE NOT learned LIMIT 1").fetchone():
            return
        with nullcontext() if self.db.in_transaction else self.transaction():
            sql = "SELECT path, value FROM item WHERE NOT learned LIMIT 1000"
            while found := self.db.execute(sql).fetchall():
                self._learn_some([decode_item(value) for _, value in found])
                rows = [(path,) for path, _ in found]
                self.db.executemany("UPDATE item SET learned = 1 WHERE path = ?", rows)

    def _learn_some(self, items: list[Item]) -> None:
        # Loaded by who asks.
        from builder.identity import article_keys, identities
        from builder.sources.googlenews import headline_keys

        pairs = [(hash, item.path) for item in items for hash in identities(item)]
        self.db.executemany("INSERT OR IGNORE INTO identity VALUES (?, ?)", pairs)
        pairs = [(hash, item.path) for item in items for hash in headline_keys(item)]
        self.db.executemany("INSERT OR IGNORE INTO headline VALUES (?, ?)", pairs)
        pairs = [(key, item.path) for item in items for key in article_keys(item)]
        self.db.executemany("INSERT OR IGNORE INTO article VALUES (?, ?)", pairs)

    def place_of(self, hash: str) -> str | None:
        """Where the item known by an identity is, or was, below `items/`; a living file comes before a ledger."""
        self._learn()
        for table in ("identity", "seen"):
            sql = f"SELECT path FROM {table} WHERE hash = ? ORDER BY path LIMIT 1"  # noqa: S608
            row = self.db.execute(sql, (hash,)).fetchone()
            if row:
                return str(row[0])
        return None

    def own_link(self, hash: str) -> str:
        """The link of the item that a publisher's own feed brought under a headline; `""` where none did."""
        self._learn()
        sql = "SELECT path FROM headline WHERE hash = ? ORDER BY path DESC LIMIT 1"
        row = self.db.execute(sql, (hash,)).fetchone()
        found = self.item(row[0]) if row else None
        return found.link if found else ""

    def is_seen(self, hash: str, path: str = "") -> bool:
        """Whether an identity is in a ledger, at a path or at any."""
        sql = "SELECT 1 FROM seen WHERE hash = ? AND ? IN ('', path)"
        return self.db.execute(sql, (hash, path)).fetchone() is not None

    def renamed(self, path: str) -> str:
        """Where the item that was at a path is today, by its id; `""` if nowhere."""
        self._learn()
        sql = "SELECT identity.path FROM seen JOIN identity USING (hash) WHERE seen.path = ? ORDER BY 1 LIMIT 1"
        row = self.db.execute(sql, (path,)).fetchone()
        return row[0] if row else ""

    def twins(self) -> list[tuple[str, str]]:
        """Pairs of files that state one identity."""
        self._learn()
        sql = "SELECT min(path), max(path) FROM identity GROUP BY hash HAVING count(*) > 1 ORDER BY 2"
        return [(first, second) for first, second in self.db.execute(sql)]

    def item(self, path: str) -> Item | None:
        """The item of a file, its body replaced by its fingerprint; `None` where there is none or it cannot be read."""
        row = self.db.execute("SELECT value FROM item WHERE path = ?", (path,)).fetchone()
        return decode_item(row[0]) if row else None

    def items(self) -> Iterator[Item]:
        """Every item that can be read, by path, its body replaced by its fingerprint."""
        for (value,) in self.db.execute("SELECT value FROM item ORDER BY path"):
            yield decode_item(value)

    def items_between(self, first: str, last: str) -> Iterator[Item]:
        """The items of some time, from the UTC moment `first` to `last`, without drafts."""
        sql = "SELECT value FROM item WHERE due >= ? AND due <= ? AND NOT draft ORDER BY due, path"
        for (value,) in self.db.execute(sql, (first, last)):
            yield decode_item(value)

    def newest_items(self, n: int) -> Iterator[Item]:
        """The newest items, without drafts, the newest first."""
        for (value,) in self.db.execute("SELECT value FROM item WHERE NOT draft ORDER BY due DESC, path LIMIT ?", (n,)):
            yield decode_item(value)

    def items_with(self, keys: Sequence[str]) -> Iterator[Item]:
        """The items that have one of these keys (see `identity.article_keys`)."""
        self._learn()
        paths = {path for (path,) in rows(self.db, "SELECT path FROM article WHERE key", keys)}
        for (value,) in rows(self.db, "SELECT value FROM item WHERE path", sorted(paths)):
            yield decode_item(value)

    def by_hand(self, taxonomy: str) -> Iterator[str]:
        """The slugs of the terms that have a page since a person gave them to an item."""
        sql = "SELECT key FROM grp WHERE key >= ? AND key < ? AND count > 0 ORDER BY key"
        for (key,) in self.db.execute(sql, below(("by_hand", taxonomy))):
            yield split(key)[2]

    def members(self, story: str) -> list[str]:
        """The places of all items that go by a story's name, drafts and those dated ahead as well."""
        return [path for (path,) in self.db.execute("SELECT path FROM item WHERE story = ? ORDER BY path", (story,))]

    def terms_with(self, taxonomy: str, stories: int) -> Iterator[str]:
        """The slugs of the terms that so many stories carry."""
        sql = "SELECT key FROM grp WHERE key >= ? AND key < ? AND count >= ? ORDER BY key"
        for (key,) in self.db.execute(sql, (*below(("term", taxonomy)), stories)):
            yield split(key)[2]

    def story_name(self, path: str) -> str:
        """The name of the story that an item is in; `""` where there is no such item."""
        row = self.db.execute("SELECT story FROM item WHERE path = ?", (path,)).fetchone()
        return row[0] if row else ""

    def has_file(self, path: str) -> bool:
        return self.db.execute("SELECT 1 FROM file WHERE path = ?", (f"items/{path}.md",)).fetchone() is not None

    def taken(self, path: str) -> bool:
        """Whether a path below `items/` is, or ever was, an item's."""
        sql = "SELECT 1 FROM seen WHERE path = ? UNION ALL SELECT 1 FROM file WHERE path = ? LIMIT 1"
        there = self.db.execute(sql, (path, f"items/{path}.md")).fetchone()
        return there is not None or path in self.settings.moves.removed

    def missing(self, removed: set[str]) -> tuple[list[str], int]:
        """The places that were seen, have no file and are not known to be `removed`; and how many were seen in all."""
        places = sorted(path for path in self.ever_gone() - removed if not self.has_file(path))
        total = self.db.execute("SELECT count(DISTINCT path) FROM seen").fetchone()[0]
        return places, int(total)

    # -- quarantine

    def quarantine(self) -> dict[str, str]:
        """What is set aside, and why."""
        return dict(self.db.execute("SELECT what, reason FROM quarantine ORDER BY what"))

    def set_aside(self, what: str, reason: str, told: bool = True) -> None:
        self.db.execute("INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, 0)", (what, reason, told))

    def unreadable(self) -> frozenset[str]:
        """The files that could not be read at all when they were looked at last."""
        return frozenset(what for (what,) in self.db.execute("SELECT what FROM quarantine WHERE unreadable"))

    def set_unreadable(self, reasons: dict[str, str], looked: Callable[[str], bool]) -> None:
        """The files that the last scan could not read at all, with the reason, of those that it `looked` at."""
        for what in self.unreadable() - reasons.keys():
            if looked(what):
                self.release(what)
        known = self.quarantine() if reasons else {}
        rows = [(what, reason) for what, reason in reasons.items() if known.get(what) != reason]
        self.db.executemany("INSERT OR REPLACE INTO quarantine VALUES (?, ?, 0, 1)", rows)

    def untold(self) -> dict[str, str]:
        """The files set aside that no build has reported yet."""
        return dict(self.db.execute("SELECT what, reason FROM quarantine WHERE NOT told ORDER BY what"))

    def tell(self) -> None:
        self.db.execute("UPDATE quarantine SET told = 1 WHERE NOT told")

    def release(self, what: str) -> None:
        self.db.execute("DELETE FROM quarantine WHERE what = ?", (what,))

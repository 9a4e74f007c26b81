"""Groups, answered by the index: each answer costs its own size, not the group's.

Never reads `content/`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Protocol

import msgspec

from builder.kinds import LAST, Key, PageKind, Stretch, Summary, Top
from builder.model import Asset, Card, Document, Gone, Settings, Story, Subject

_card = msgspec.json.Decoder(Card).decode
_summary = msgspec.json.Decoder(Summary).decode


def join(key: Key) -> str:
    """A key as the index stores it."""
    return "\t".join(key)


def split(name: str) -> Key:
    """A stored key as a tuple."""
    return tuple(name.split("\t"))


def below(prefix: Key) -> tuple[str, str]:
    """The bounds of all keys below `prefix`: `first <= key < last`."""
    return join(prefix) + "\t", join(prefix) + "\n"


class IndexListed:
    """A story in a list, as its row says; its card is read where it is asked for. See `kinds.Listed`."""

    __slots__ = ("_card", "_db", "_number", "day", "fingerprint", "updated")

    def __init__(self, db: sqlite3.Connection, number: int, fingerprint: str, day: str, updated: str) -> None:
        self.fingerprint, self.day, self.updated, self._db, self._number = fingerprint, day, updated, db, number
        self._card: Card | None = None

    @property
    def card(self) -> Card:
        if self._card is None:
            (raw,) = self._db.execute("SELECT card FROM written WHERE subject = ?", (self._number,)).fetchone()
            self._card = _card(raw)
        return self._card

    def __getattr__(self, name: str) -> Any:
        return getattr(self.card, name)


class Rows(Protocol):
    """What a group needs of the index."""

    db: sqlite3.Connection
    settings: Settings
    kinds: dict[str, PageKind]
    numbers: dict[str, tuple[int, int]]
    readonly: bool

    def story(self, name: str) -> Story | None: ...


class IndexGroup:
    """The members of one key. See `kinds.Group`."""

    def __init__(self, rows: Rows, key: Key) -> None:
        self._rows, self.key = rows, key
        kind = rows.kinds[key[0]]
        self._single = kind.single
        stretch = Stretch(key=key) if kind.stretch is None else kind.stretch(key)
        self._base, self._after, self._before = join(stretch.key), stretch.after, stretch.before

    @property
    def settings(self) -> Settings:
        return self._rows.settings

    @cached_property
    def _grp(self) -> tuple[int, int]:
        """The number under which the members are stored, and how many the whole group has."""
        # The groups of one renderer come in order, and many are stretches of one.
        found = self._rows.numbers.get(self._base)
        if found is None:
            row = self._rows.db.execute("SELECT id, count FROM grp WHERE key = ?", (self._base,)).fetchone()
            found = (row[0], row[1]) if row else (0, 0)
            if self._rows.readonly:
                self._rows.numbers[self._base] = found
        return found

    @cached_property
    def _range(self) -> tuple[int, str, str]:
        return self._grp[0], self._after, self._before

    @cached_property
    def _subject(self) -> Subject | None:
        if self.key[0] == "story":
            return self._rows.story(self.key[1])
        row = self._rows.db.execute(
            "SELECT value FROM subject JOIN written ON subject = id WHERE name = ?", (self._base,)
        ).fetchone()
        found: Subject | None = msgspec.json.decode(row[0], type=_TYPES[self.key[0]]) if row else None
        return found

    def exists(self) -> bool:
        """Whether it has a member."""
        if self._single:
            return self._subject is not None
        return self._count > 0

    def count(self) -> int:
        return int(self.exists()) if self._single else self._count

    @cached_property
    def _count(self) -> int:
        if not self._after and self._before == LAST:
            return self._grp[1]
        # A story stands on each of its days: in a month it counts once.
        sql = "SELECT count(DISTINCT subject) FROM member WHERE grp = ? AND sort >= ? AND sort < ?"
        return int(self._rows.db.execute(sql, self._range).fetchone()[0])

    def _listed(self, sql: str, values: Iterable[object]) -> tuple[IndexListed, ...]:
        db = self._rows.db
        found = {row[0]: row for row in db.execute(sql, tuple(values)) if row[1]}
        return tuple(IndexListed(db, *row) for row in found.values())

    def newest(self, n: int) -> tuple[IndexListed, ...]:
        if self._single:
            sql = "SELECT id, fingerprint, day, updated FROM subject WHERE name = ?"
            return self._listed(sql, (self._base,))
        return self._listed(f"{_LISTED} LIMIT ?", (*self._range, n))

    def between(self, after: str, before: str) -> tuple[IndexListed, ...]:
        return self._listed(_LISTED, (self._grp[0], max(after, self._after), min(before, self._before)))

    def named(self, names: Iterable[str]) -> tuple[IndexListed, ...]:
        sql = "SELECT id, fingerprint, day, updated FROM subject WHERE name = ?"
        return tuple(one for name in names for one in self._listed(sql, (f"story\t{name}",)))

    def top(self, n: int) -> tuple[Top, ...]:
        sql = """SELECT s.weight, m.sort, substr(s.name, 7), s.fingerprint FROM member m
            JOIN subject s ON s.id = m.subject WHERE m.grp = ? AND m.sort >= ? AND m.sort < ?
            ORDER BY s.weight DESC, m.sort DESC, s.name DESC LIMIT ?"""
        rows = self._rows.db.execute(sql, (*self._range, n))
        return tuple(Top(weight=w, sort=sort, name=name, fingerprint=mark) for w, sort, name, mark in rows)

    def counts(self, width: int) -> tuple[tuple[str, int], ...]:
        sql = """SELECT substr(sort, 1, ?) AS part, count(*) FROM member
            WHERE grp = ? AND sort >= ? AND sort < ? GROUP BY part ORDER BY part DESC"""
        return tuple((part, count) for part, count in self._rows.db.execute(sql, (width, *self._range)))

    def label(self) -> str:
        # Ties are broken by the alphabet, not by the order of arrival: the same content is the same bytes.
        sql = "SELECT label FROM label WHERE grp = ? ORDER BY count DESC, label LIMIT 1"
        row = self._rows.db.execute(sql, (self._grp[0],)).fetchone()
        return row[0] if row else ""

    def subject(self) -> Subject:
        if self._subject is None:
            raise LookupError(self._base)
        return self._subject

    def summaries(self, *prefix: str) -> tuple[Summary, ...]:
        sql = "SELECT value FROM summary WHERE key = ? OR (key >= ? AND key < ?) ORDER BY key"
        return tuple(_summary(row[0]) for row in self._rows.db.execute(sql, (join(prefix), *below(prefix))))


# Stories that stand at one moment are in order of their names, not of their arrival.
_LISTED = """SELECT s.id, s.fingerprint, s.day, s.updated FROM member m JOIN subject s ON s.id = m.subject
    WHERE m.grp = ? AND m.sort >= ? AND m.sort < ? ORDER BY m.sort DESC, s.name DESC"""
_TYPES: dict[str, Any] = {"document": Document, "asset": Asset, "gone": Gone}


def summary_of(group: IndexGroup, kind: PageKind) -> Summary | None:
    """What others may read of a group; `None` where there is no such group, or nothing to be read."""
    if kind.summary is None or not (group.key in kind.always or group.exists()):
        return None
    return kind.summary(group)


def stretches(kinds: Iterable[PageKind]) -> dict[str, tuple[PageKind, ...]]:
    """The kinds whose groups are stretches of another's, by the name of that one."""
    found: dict[str, tuple[PageKind, ...]] = {}
    for kind in kinds:
        if kind.of:
            found[kind.of] = (*found.get(kind.of, ()), kind)
    return found

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
    """A story in a list, as its row says. See `kinds.Listed`."""

    __slots__ = ("_card", "_raw", "day", "fingerprint", "updated")

    def __init__(self, fingerprint: str, day: str, updated: str, raw: bytes) -> None:
        self.fingerprint, self.day, self.updated, self._raw = fingerprint, day, updated, raw
        self._card: Card | None = None

    @property
    def card(self) -> Card:
        if self._card is None:
            self._card = _card(self._raw)
        return self._card

    def __getattr__(self, name: str) -> Any:
        return getattr(self.card, name)


class Rows(Protocol):
    """What a group needs of the index."""

    db: sqlite3.Connection
    settings: Settings
    kinds: dict[str, PageKind]

    def story(self, name: str) -> Story | None: ...


class IndexGroup:
    """The members of one key. See `kinds.Group`."""

    def __init__(self, rows: Rows, key: Key) -> None:
        self._rows, self.key = rows, key
        kind = rows.kinds[key[0]]
        self._single, self._whole = kind.single, kind.stretch is None
        stretch = Stretch(key=key) if kind.stretch is None else kind.stretch(key)
        self._base, self._after, self._before = join(stretch.key), stretch.after, stretch.before

    @property
    def settings(self) -> Settings:
        return self._rows.settings

    @cached_property
    def _grp(self) -> tuple[int, int]:
        """The number under which the members are stored, and how many the whole group has."""
        row = self._rows.db.execute("SELECT id, count FROM grp WHERE key = ?", (self._base,)).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    @cached_property
    def _range(self) -> tuple[int, str, str]:
        return self._grp[0], self._after, self._before

    def exists(self) -> bool:
        """Whether it has a member."""
        if self._single:
            return self._subject_row() is not None
        if self._whole:
            return self._grp[1] > 0
        sql = "SELECT 1 FROM member WHERE grp = ? AND sort >= ? AND sort < ? LIMIT 1"
        return self._rows.db.execute(sql, self._range).fetchone() is not None

    def count(self) -> int:
        if self._single:
            return int(self.exists())
        if not self._after and self._before == LAST:
            return self._grp[1]
        # A story stands on each of its days: in a month it counts once.
        sql = "SELECT count(DISTINCT subject) FROM member WHERE grp = ? AND sort >= ? AND sort < ?"
        return int(self._rows.db.execute(sql, self._range).fetchone()[0])

    def _listed(self, sql: str, values: Iterable[object]) -> tuple[IndexListed, ...]:
        found = (IndexListed(*row) for row in self._rows.db.execute(sql, tuple(values)) if row[3])
        return tuple({one.fingerprint: one for one in found}.values())

    def newest(self, n: int) -> tuple[IndexListed, ...]:
        if self._single:
            sql = "SELECT fingerprint, day, updated, card FROM subject WHERE name = ?"
            return self._listed(sql, (self._base,))
        return self._listed(f"{_LISTED} LIMIT ?", (*self._range, n))

    def between(self, after: str, before: str) -> tuple[IndexListed, ...]:
        return self._listed(_LISTED, (self._grp[0], max(after, self._after), min(before, self._before)))

    def named(self, names: Iterable[str]) -> tuple[IndexListed, ...]:
        sql = "SELECT fingerprint, day, updated, card FROM subject WHERE name = ?"
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

    def _subject_row(self) -> bytes | None:
        row = self._rows.db.execute("SELECT value FROM subject WHERE name = ?", (self._base,)).fetchone()
        return row[0] if row else None

    def subject(self) -> Subject:
        kind = self.key[0]
        found: Subject | None
        if kind == "story":
            found = self._rows.story(self.key[1])
        else:
            row = self._subject_row()
            found = msgspec.json.decode(row, type=_TYPES[kind]) if row else None
        if found is None:
            raise LookupError(self._base)
        return found

    def summaries(self, *prefix: str) -> tuple[Summary, ...]:
        sql = "SELECT value FROM summary WHERE key = ? OR (key >= ? AND key < ?) ORDER BY key"
        return tuple(_summary(row[0]) for row in self._rows.db.execute(sql, (join(prefix), *below(prefix))))


# Stories that stand at one moment are in order of their names, not of their arrival.
_LISTED = """SELECT s.fingerprint, s.day, s.updated, s.card FROM member m JOIN subject s ON s.id = m.subject
    WHERE m.grp = ? AND m.sort >= ? AND m.sort < ? ORDER BY m.sort DESC, s.name DESC"""
_TYPES: dict[str, Any] = {"document": Document, "asset": Asset, "gone": Gone}


def summary_of(group: IndexGroup, kind: PageKind) -> Summary | None:
    """What others may read of a group; `None` where there is no such group, or nothing to be read."""
    there = kind.summary is not None and (group.key in kind.always or group.exists())
    return kind.summary(group) if there and kind.summary else None


def stretches(kinds: Iterable[PageKind]) -> dict[str, tuple[PageKind, ...]]:
    """The kinds whose groups are stretches of another's, by the name of that one."""
    found: dict[str, tuple[PageKind, ...]] = {}
    for kind in kinds:
        if kind.of:
            found[kind.of] = (*found.get(kind.of, ()), kind)
    return found

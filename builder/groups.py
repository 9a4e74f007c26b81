"""Groups, answered by the index: each answer costs its own size, not the group's.

Never reads `content/`.
"""

from __future__ import annotations

import sqlite3
from typing import Protocol

import msgspec

from builder.kinds import Key, PageKind, Summary
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


class Rows(Protocol):
    """What a group needs of the index."""

    db: sqlite3.Connection
    settings: Settings

    def story(self, name: str) -> Story | None: ...


class IndexGroup:
    """The members of one key. See `kinds.Group`."""

    def __init__(self, rows: Rows, key: Key) -> None:
        self._rows, self.key, self._name = rows, key, join(key)

    @property
    def settings(self) -> Settings:
        return self._rows.settings

    def count(self) -> int:
        row = self._rows.db.execute("SELECT count(*) FROM member WHERE key = ?", (self._name,)).fetchone()
        return int(row[0])

    def _cards(self, rest: str, *values: object) -> tuple[Card, ...]:
        # Only stories have cards; `rest` is one of the three texts below.
        sql = f"SELECT s.card FROM member m JOIN subject s ON s.name = m.name WHERE m.key = ? {rest}"  # noqa: S608
        return tuple(_card(row[0]) for row in self._rows.db.execute(sql, (self._name, *values)) if row[0])

    def newest(self, n: int) -> tuple[Card, ...]:
        return self._cards("ORDER BY m.sort DESC, m.name DESC LIMIT ?", n)

    def top(self, n: int) -> tuple[Card, ...]:
        return self._cards("ORDER BY m.weight DESC, m.sort DESC, m.name DESC LIMIT ?", n)

    def between(self, after: str, before: str) -> tuple[Card, ...]:
        return self._cards("AND m.sort >= ? AND m.sort < ? ORDER BY m.sort DESC, m.name DESC", after, before)

    def counts(self, width: int) -> tuple[tuple[str, int], ...]:
        sql = "SELECT substr(sort, 1, ?) AS part, count(*) FROM member WHERE key = ? GROUP BY part ORDER BY part DESC"
        return tuple((part, count) for part, count in self._rows.db.execute(sql, (width, self._name)))

    def label(self) -> str:
        # Ties are broken by the alphabet, not by the order of arrival: the same content is the same bytes.
        sql = "SELECT label FROM member WHERE key = ? AND label <> '' GROUP BY label"
        row = self._rows.db.execute(f"{sql} ORDER BY count(*) DESC, label LIMIT 1", (self._name,)).fetchone()
        return row[0] if row else ""

    def subject(self) -> Subject:
        kind = self.key[0]
        if kind == "story":
            story = self._rows.story(self.key[1])
            if story is None:
                raise LookupError(self._name)
            return story
        sql = "SELECT s.value FROM member m JOIN subject s USING (name) WHERE m.key = ?"
        row = self._rows.db.execute(sql, (self._name,)).fetchone()
        found: Subject = msgspec.json.decode(row[0], type={"document": Document, "asset": Asset, "gone": Gone}[kind])
        return found

    def summaries(self, *prefix: str) -> tuple[Summary, ...]:
        sql = "SELECT value FROM summary WHERE key = ? OR (key >= ? AND key < ?) ORDER BY key"
        return tuple(_summary(row[0]) for row in self._rows.db.execute(sql, (join(prefix), *below(prefix))))

    def summary(self, kind: PageKind) -> Summary | None:
        """What others may read of this group; `None` where it is empty."""
        count = self.count()
        if not count and self.key not in kind.always:
            return None
        if kind.only_large:
            return Summary(key=self.key, large=count > kind.only_large)
        limit, width = kind.cut
        cuts = self.counts(width) if limit and count > limit else ()
        top = self.top(kind.top) if kind.top else ()
        return Summary(key=self.key, label=self.label(), count=count, top=top, cuts=cuts)

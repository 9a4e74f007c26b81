"""Groups, answered by the index: each answer costs its own size, not the group's.

Never reads `content/`.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Any, Protocol

import msgspec

from builder import ahead
from builder.ahead import Ahead, Member
from builder.kinds import LAST, Key, Listed, PageKind, Stretch, Summary, Top, no_places
from builder.model import Asset, Card, Document, Gone, Story, Subject
from builder.settings import Settings

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

    __slots__ = ("_card", "_db", "_row", "fingerprint")

    def __init__(self, db: sqlite3.Connection, row: Member) -> None:
        self._db, self._row, self.fingerprint = db, row, row[3]
        self._card: Card | None = None

    @property
    def day(self) -> str:
        return self._row[4]

    @property
    def updated(self) -> str:
        return self._row[5]

    @property
    def sort(self) -> str:
        return self._row[0]

    @property
    def card(self) -> Card:
        if self._card is None:
            (raw,) = self._db.execute("SELECT card FROM written WHERE subject = ?", (self._row[2],)).fetchone()
            self._card = _card(raw)
        return self._card

    def read(self, others: Iterable[Listed]) -> None:
        numbers = {one._row[2]: one for one in (self, *others) if isinstance(one, IndexListed) and one._card is None}
        if len(numbers) > 1:
            for number, raw in ahead.rows(self._db, "SELECT subject, card FROM written WHERE subject", list(numbers)):
                numbers[number]._card = _card(raw)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.card, name)


class Rows(Protocol):
    """What a group needs of the index."""

    db: sqlite3.Connection
    settings: Settings
    kinds: dict[str, PageKind]
    ahead: Ahead

    def story(self, name: str) -> Story | None: ...


class IndexGroup:
    """The members of one key. See `kinds.Group`."""

    def __init__(self, rows: Rows, key: Key) -> None:
        self._rows, self.key = rows, key
        kind = rows.kinds[key[0]]
        self._single = kind.single
        stretch = stretch_of(rows.kinds, key)
        self._base, self._after, self._before = join(stretch.key), stretch.after, stretch.before

    @property
    def settings(self) -> Settings:
        return self._rows.settings

    @cached_property
    def _grp(self) -> tuple[int, int]:
        """The number under which the members are stored, and how many the whole group has."""
        found = self._rows.ahead.numbers.get(self._base)
        if found is None:
            row = self._rows.db.execute("SELECT id, count FROM grp WHERE key = ?", (self._base,)).fetchone()
            found = (row[0], row[1]) if row else (0, 0)
        return found

    @cached_property
    def _range(self) -> tuple[int, str, str]:
        return self._grp[0], self._after, self._before

    @cached_property
    def _members(self) -> Sequence[Member] | None:
        """The members, the oldest first, if they were read ahead."""
        known = self._rows.ahead.members.get(self._base)
        return None if known is None else _part(known, self._after, self._before)

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
        """Whether it has a member, or an item that no list shows there."""
        if self._single:
            return self._subject is not None
        return self._count > 0 or bool(self._more)

    def count(self) -> int:
        return int(self.exists()) if self._single else self._count

    @cached_property
    def _count(self) -> int:
        if not self._after and self._before == LAST:
            return self._grp[1]
        # A story stands on each of its days: in a month it counts once.
        if self._members is not None:
            return len({number for _, _, number, *_ in self._members})
        sql = "SELECT count(DISTINCT subject) FROM member WHERE grp = ? AND sort >= ? AND sort < ?"
        return int(self._rows.db.execute(sql, self._range).fetchone()[0])

    @cached_property
    def _more(self) -> Sequence[tuple[str, int]]:
        """By part of time, how many items stand there besides those that the members are listed by."""
        known = self._rows.ahead.more.get(self._base)
        if known is None:
            sql = "SELECT part, items FROM more WHERE key = ? AND part >= ? AND part < ? ORDER BY part"
            return self._rows.db.execute(sql, (self._base, self._after, self._before)).fetchall()
        return [(part, items) for part, items in known if self._after <= part < self._before]

    def size(self) -> int:
        # Of a whole group it is said as one number, of a part of time by that.
        more = (items for part, items in self._more if self._after or not part)
        return self._rows_in_all() + sum(more)

    def _rows_in_all(self) -> int:
        if not self._after and self._before == LAST:
            return self._grp[1]
        if self._members is not None:
            return len(self._members)
        sql = "SELECT count(*) FROM member WHERE grp = ? AND sort >= ? AND sort < ?"
        return int(self._rows.db.execute(sql, self._range).fetchone()[0])

    def parts(self) -> tuple[str, ...]:
        return tuple(part for part, _ in self._more if part)

    def _listed(self, rows: Iterable[Member], n: int = -1) -> tuple[IndexListed, ...]:
        """The stories that stand at these places, each at its first."""
        db = self._rows.db
        found = {row[2]: row for row in islice(rows, n if n >= 0 else None) if row[3]}
        return tuple([IndexListed(db, row) for row in found.values()])

    def newest(self, n: int) -> tuple[IndexListed, ...]:
        if self._single:
            return self.named((self._base.partition("\t")[2],))
        if self._members is not None:
            return self._listed(reversed(self._members), n)
        return self._listed(self._rows.db.execute(f"{_LISTED} LIMIT ?", (*self._range, n)))

    def between(self, after: str, before: str) -> tuple[IndexListed, ...]:
        if self._members is not None:
            return self._listed(reversed(_part(self._members, after, before)))
        values = (self._grp[0], max(after, self._after), min(before, self._before))
        return self._listed(self._rows.db.execute(_LISTED, values))

    def named(self, names: Iterable[str]) -> tuple[IndexListed, ...]:
        kind = self.key[0] if self._single else "story"
        sql = "SELECT '', name, id, fingerprint, day, updated FROM subject WHERE name = ?"
        rows = (self._rows.db.execute(sql, (f"{kind}\t{name}",)).fetchone() for name in names)
        return self._listed(row for row in rows if row)

    def top(self, n: int) -> tuple[Top, ...]:
        sql = """SELECT s.weight, m.sort, substr(s.name, 7), s.fingerprint FROM member m
            JOIN subject s ON s.id = m.subject WHERE m.grp = ? AND m.sort >= ? AND m.sort < ?
            ORDER BY s.weight DESC, m.sort DESC, s.name DESC LIMIT ?"""
        rows = self._rows.db.execute(sql, (*self._range, n))
        return tuple(Top(weight=w, sort=sort, name=name, fingerprint=mark) for w, sort, name, mark in rows)

    def counts(self, width: int) -> tuple[tuple[str, int], ...]:
        if self._members is not None:
            return tuple(reversed(Counter(sort[:width] for sort, *_ in self._members).items()))
        sql = """SELECT substr(sort, 1, ?) AS part, count(*) FROM member
            WHERE grp = ? AND sort >= ? AND sort < ? GROUP BY part ORDER BY part DESC"""
        return tuple((part, count) for part, count in self._rows.db.execute(sql, (width, *self._range)))

    def label(self) -> str:
        if (known := self._rows.ahead.labels.get(self._base)) is not None:
            return known
        # Ties are broken by the alphabet, not by the order of arrival: the same content is the same bytes.
        sql = "SELECT label FROM label WHERE grp = ? ORDER BY count DESC, label LIMIT 1"
        row = self._rows.db.execute(sql, (self._grp[0],)).fetchone()
        return row[0] if row else ""

    def subject(self) -> Subject:
        if self._subject is None:
            raise LookupError(self._base)
        return self._subject

    def redirects(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._rows.db.execute(f"{LEADING} ORDER BY route").fetchall())

    def summaries(self, *prefix: str) -> tuple[Summary, ...]:
        known = self._rows.ahead.summaries
        if (found := known.get(prefix)) is None:
            sql = "SELECT value FROM summary WHERE key = ? OR (key >= ? AND key < ?) ORDER BY key"
            values = (join(prefix), *below(prefix))
            found = tuple(_summary(row[0]) for row in self._rows.db.execute(sql, values))
            if self._rows.ahead.is_on:
                known[prefix] = found
        return found


LEADING = """SELECT route, leads FROM page
    WHERE leads <> '' AND NOT (held AND 'content/' || origin IN (SELECT what FROM quarantine))"""
"""The redirects that stand, but for those of a file that is broken: a full build would know none of them."""

# Stories that stand at one moment are in order of their names, not of their arrival.
_LISTED = """SELECT m.sort, s.name, s.id, s.fingerprint, s.day, s.updated
    FROM member m JOIN subject s ON s.id = m.subject
    WHERE m.grp = ? AND m.sort >= ? AND m.sort < ? ORDER BY m.sort DESC, s.name DESC"""
_TYPES: dict[str, Any] = {"document": Document, "asset": Asset, "gone": Gone}


def _part(members: Sequence[Member], after: str, before: str) -> Sequence[Member]:
    """Those of some members, the oldest first, with `after <= sort < before`."""
    first = bisect_left(members, after, key=itemgetter(0)) if after else 0
    last = bisect_left(members, before, key=itemgetter(0)) if before != LAST else len(members)
    return members[first:last]


def summary_of(group: IndexGroup, kind: PageKind) -> Summary | None:
    """What others may read of a group; `None` where there is no such group, or nothing to be read."""
    if kind.summary is None or not is_there(group, kind):
        return None
    return kind.summary(group)


def is_there(group: IndexGroup, kind: PageKind) -> bool:
    """Whether there is such a group: it has a member, or is there without."""
    return group.exists() or group.key in kind.always or kind.keeps(group.key, group.settings)


def stretch_of(kinds: Mapping[str, PageKind], key: Key) -> Stretch:
    """The part of a group with members of its own that a group shows."""
    stretch = kinds[key[0]].stretch
    return Stretch(key=key) if stretch is None else stretch(key)


def placing(kinds: Iterable[PageKind]) -> tuple[PageKind, ...]:
    """The kinds that have members of their own."""
    return tuple(kind for kind in kinds if kind.places is not no_places)


def stretches(kinds: Iterable[PageKind]) -> dict[str, tuple[PageKind, ...]]:
    """The kinds whose groups are stretches of another's, by the name of that one."""
    found: dict[str, tuple[PageKind, ...]] = {}
    for kind in kinds:
        if kind.of:
            found[kind.of] = (*found.get(kind.of, ()), kind)
    return found

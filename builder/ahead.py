"""What a few groups will ask for, read from the index in a few queries before they ask.

Never holds more than what those few need, and is right only while the index does not change.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import groupby
from typing import Any, TypeVar

import msgspec

from builder import notes
from builder.cards import names_story
from builder.kinds import Stretch, Summary
from builder.model import Item, Note, Story

T = TypeVar("T")

Member = tuple[str, str, int, str, str, str]
"""A member of a group: what it is sorted by; its subject's name, number, fingerprint, day and last change."""

_SHARE = 64
"""Members read ahead for each group that shows some of them; a term with thousands is asked for its newest alone."""
_AT_ONCE = 512
decode_item = msgspec.json.Decoder(Item).decode
decode_note = msgspec.json.Decoder(Note).decode


class Ahead:
    """What was read for some groups: `None` and missing keys mean that the index is to be asked."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Hold nothing."""
        self.stories: dict[str, Story | None] = {}
        self.numbers: dict[str, tuple[int, int]] = {}
        self.members: dict[str, list[Member]] = {}
        self.labels: dict[str, str] = {}
        self.more: dict[str, list[tuple[str, int]]] = {}
        self.summaries: dict[tuple[str, ...], tuple[Summary, ...]] = {}
        self.recorded: dict[str, dict[str, str]] = {}
        self.is_on = False

    def read(
        self,
        db: sqlite3.Connection,
        as_of: str,
        zone: tzinfo,
        keys: Sequence[str],
        stretches: Iterable[Stretch],
        recorded: bool,
    ) -> None:
        """Read what groups of these keys, which show these stretches of others, will ask for; forget all else."""
        self.forget()
        self.is_on = True
        self._read_stories(db, as_of, zone, [key.partition("\t")[2] for key in keys if key.startswith("story\t")])
        self._read_members(db, Counter("\t".join(stretch.key) for stretch in stretches))
        if recorded:
            self.recorded = {key: {} for key in keys}
            for key, route, fingerprint in rows(db, "SELECT key, route, fingerprint FROM page WHERE key", keys):
                self.recorded[key][route] = fingerprint

    def _read_stories(self, db: sqlite3.Connection, as_of: str, zone: tzinfo, names: Sequence[str]) -> None:
        written: dict[str, list[bytes]] = {name: [] for name in names}
        for name, value in rows(db, "SELECT story, value FROM note WHERE story", names):
            written[name].append(value)
        items: dict[str, list[tuple[str, str, bytes]]] = {name: [] for name in names}
        sql = "SELECT story, due, draft, sort, path, value FROM item WHERE story"
        for name, due, draft, sort, path, value in rows(db, sql, names):
            if due <= as_of and not draft:
                items[name].append((sort, path, value))
        for name, found in items.items():
            self.stories[name] = story_of(
                name, [decode_item(value) for _, _, value in sorted(found)], written[name], as_of, zone
            )

    def read_counts(self, db: sqlite3.Connection, names: Collection[str]) -> None:
        """Read how much some groups have, and what their members call them; forget all else."""
        self.forget()
        self._read_numbers(db, names)
        self._read_labels(db, {number: name for name, (number, _) in self.numbers.items()})

    def _read_numbers(self, db: sqlite3.Connection, names: Collection[str]) -> None:
        self.numbers = dict.fromkeys(names, (0, 0))
        for name, number, count in rows(db, "SELECT key, id, count FROM grp WHERE key", list(names)):
            self.numbers[name] = number, count
        # What is as wide as the site is asked for its stretches alone.
        self.more = {name: [] for name in names if "\t" in name}
        for name, part, items in sorted(rows(db, "SELECT key, part, items FROM more WHERE key", list(self.more))):
            self.more[name].append((part, items))

    def _read_members(self, db: sqlite3.Connection, wanted: Counter[str]) -> None:
        self._read_numbers(db, wanted)
        names: dict[int, str] = {}
        for name, (number, count) in self.numbers.items():
            if number and count <= _SHARE * wanted[name]:
                names[number], self.members[name] = name, []
        members = sorted(rows(db, _MEMBERS, list(names)))
        for number, found in groupby(members, lambda row: row[0]):
            # By moment, then by name: so is the order of lists, which show the last of them first.
            self.members[names[number]] = [row[1:] for row in found]
        self._read_labels(db, names)

    def _read_labels(self, db: sqlite3.Connection, names: Mapping[int, str]) -> None:
        labels = rows(db, "SELECT grp, count, label FROM label WHERE grp", list(names))
        # Ties are broken by the alphabet, not by the order of arrival: the same content is the same bytes.
        for number, _, label in sorted(labels, key=lambda row: (-row[1], row[2])):
            self.labels.setdefault(names[number], label)
        for name in names.values():
            self.labels.setdefault(name, "")


_MEMBERS = """SELECT m.grp, m.sort, s.name, s.id, s.fingerprint, s.day, s.updated
    FROM member m JOIN subject s ON s.id = m.subject WHERE m.grp"""


def rows(db: sqlite3.Connection, sql: str, values: Sequence[T]) -> Iterator[Any]:
    """The rows of a query that ends in a column's name, for those rows where it has one of some values."""
    for start in range(0, len(values), _AT_ONCE):
        part = list(values[start : start + _AT_ONCE])
        # Few lengths are few statements, and each is prepared once.
        part += part[-1:] * ((1 << (len(part) - 1).bit_length()) - len(part))
        yield from db.execute(f"{sql} IN ({', '.join('?' * len(part))})", part)


def story_of(name: str, items: Sequence[Item], written: Sequence[bytes], as_of: str, zone: tzinfo) -> Story | None:
    """A story of these items, which stand in their order, and of the notes written on it; `None` without an item."""
    if not items:
        return None
    said = chosen(name, map(decode_note, written))
    pinned = any(notes.pinned_until(one, zone) > as_of for one in (*items, said) if one)
    hidden = (said is not None and said.hide) or all(map(notes.is_hidden, items))
    named = any(map(names_story, items))
    return Story(name=name, items=tuple(items), named=named, note=said, pinned=pinned, hidden=hidden)


def chosen(name: str, found: Iterable[Note]) -> Note | None:
    """Of several notes on one story, which were on several before they were merged, the one that has its name."""
    return min(found, key=lambda note: (note.place != name, note.place), default=None)

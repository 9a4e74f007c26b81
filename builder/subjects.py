"""Subjects and where they stand in their groups, as the index keeps them; and which groups a change makes dirty.

Never reads `content/`, and never builds a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

import msgspec

from builder import cards
from builder.groups import join, split
from builder.index import Index
from builder.kinds import PageKind, Place, Placing, Share
from builder.model import Story, Subject, fingerprint
from builder.settings import Settings

_MOST = 100_000
_places = msgspec.json.Decoder(tuple[Placing, ...]).decode
_shares = msgspec.json.Decoder(tuple[Share, ...]).decode
T = TypeVar("T")


class Placed(NamedTuple):
    """A subject as the index keeps it: encoded, with its card, what lists sort it by, its places and its shares."""

    value: bytes
    card: bytes = b""
    places: tuple[Placing, ...] = ()
    shares: tuple[Share, ...] = ()
    fingerprint: str = ""
    day: str = ""
    updated: str = ""
    weight: int = 0


def place(subject: Subject, settings: Settings, kinds: Iterable[PageKind]) -> Placed:
    """Work out what the index keeps of a subject. Only stories have a card, and stand in groups of these kinds.

    A hidden one stands in no list, but its shares stay, and with them the addresses of pages that it was on.
    """
    if not isinstance(subject, Story):
        return Placed(value=msgspec.json.encode(subject))
    card = cards.card(subject, settings)
    found = [place for kind in kinds for place in _places_in(kind, subject, settings)]
    places = tuple([(join(place.key), place.sort, place.label) for place in found if place.listed])
    shares = tuple(_besides(place for place in found if place.shares))
    encoded = msgspec.json.encode(card)
    return Placed(b"", encoded, places, shares, fingerprint(card, 8), card.day, card.updated, len(card.publishers))


def _places_in(kind: PageKind, story: Story, settings: Settings) -> Iterable[Place]:
    if kind.hidden or not story.hidden:
        return kind.places(story, settings)
    return (msgspec.structs.replace(place, listed=False) for place in kind.places(story, settings))


def _besides(places: Iterable[Place]) -> Iterator[Share]:
    """The items that stand at these places, but for the one that each is listed by."""
    found: Counter[tuple[str, str]] = Counter()
    for place in places:
        for part, number in place.shares:
            found[join(place.key), part] += number - (place.listed and place.sort.startswith(part))
    yield from ((key, part, number) for (key, part), number in found.items() if number)


def keys_of(
    places: Iterable[Placing], shares: Iterable[Share], stretches: Mapping[str, tuple[PageKind, ...]]
) -> set[str]:
    """The groups that have a member or a share at these places, and those that are stretches of them."""
    found = set()
    points = {(name, sort[:10]) for name, sort, _ in places} | {(name, part) for name, part, _ in shares}
    for name, day in points:
        found.add(name)
        key = split(name)
        for kind in stretches.get(key[0], ()):
            found.update(map(join, kind.keys(key, day)))
    return found


def dirtied(before: Iterable[T], after: Iterable[T]) -> set[T]:
    """The places, or shares, whose groups a changed subject makes dirty: where it stood, and where it stands."""
    return {*before, *after}


class Subjects:
    """Puts subjects into the index within one transaction, and collects the keys of the groups that this changes."""

    def __init__(self, index: Index) -> None:
        self._index, self._db = index, index.db
        self.dirty: set[str] = set()
        self._groups: dict[str, int] = {}
        self._counts: Counter[int] = Counter()
        self._labels: Counter[tuple[int, str]] = Counter()
        self._more: Counter[tuple[str, str]] = Counter()
        self._members: list[tuple[int, str, int]] = []
        self._last = int(self._db.execute("SELECT coalesce(max(id), 0) FROM subject").fetchone()[0])

    def has(self, name: str) -> bool:
        return self._db.execute("SELECT 1 FROM subject WHERE name = ?", (name,)).fetchone() is not None

    def put(self, name: str, new: Placed | None) -> None:
        """Store a subject, or remove it, and mark the groups that this changes."""
        self._flush()
        sql = "SELECT id, value, card, places, shares FROM subject JOIN written ON subject = id WHERE name = ?"
        old = self._db.execute(sql, (name,)).fetchone()
        if new is None:
            if old:
                self._db.execute("DELETE FROM subject WHERE id = ?", (old[0],))
                self._db.execute("DELETE FROM written WHERE subject = ?", (old[0],))
                self._move(name, old[0], _places(old[3]), ())
                self._share(_shares(old[4]), ())
            return
        if not old:
            self.add([(name, new)], keys_of(new.places, new.shares, self._index.stretches))
            return
        number, value, card = old[:3]
        before, shares = _places(old[3]), _shares(old[4])
        if (value, card, before, shares) == new[:4]:
            if name.startswith("story\t"):
                # Its own pages see what its card does not: bodies, and all of its items.
                self.dirty.add(name)
            return
        sql = "UPDATE subject SET fingerprint = ?, day = ?, updated = ?, weight = ? WHERE id = ?"
        self._db.execute(sql, (*new[4:], number))
        row = (number, *new[:2], *map(msgspec.json.encode, new[2:4]))
        self._db.execute("INSERT OR REPLACE INTO written VALUES (?, ?, ?, ?, ?)", row)
        self._move(name, number, before, new.places, same_card=card == new.card)
        self._share(shares, new.shares)

    def _move(
        self, name: str, number: int, before: tuple[Placing, ...], after: tuple[Placing, ...], same_card: bool = False
    ) -> None:
        left, entered = set(before) - set(after), set(after) - set(before)
        changed = dirtied(left, entered) if same_card else dirtied(before, after)
        self.dirty |= {name} | keys_of(changed, (), self._index.stretches)
        self._count(left, -1)
        rows = [(self._group(key), sort, number) for key, sort, _ in left]
        self._db.executemany("DELETE FROM member WHERE grp = ? AND sort = ? AND subject = ?", rows)
        self._count(entered, 1)
        rows = [(self._group(key), sort, number) for key, sort, _ in entered]
        self._db.executemany("INSERT OR IGNORE INTO member VALUES (?, ?, ?)", rows)

    def _share(self, before: tuple[Share, ...], after: tuple[Share, ...]) -> None:
        left, entered = set(before) - set(after), set(after) - set(before)
        self.dirty |= keys_of((), dirtied(left, entered), self._index.stretches)
        self._add_up(left, -1)
        self._add_up(entered, 1)

    def _add_up(self, shares: Iterable[Share], by: int) -> None:
        for key, part, number in shares:
            self._more[key, part] += by * number
        if len(self._more) > _MOST // 10:
            self._put_down()

    def add(self, subjects: Iterable[tuple[str, Placed]], keys: set[str]) -> None:
        """Store subjects that are new; `keys` names the groups in which they stand (see `keys_of`)."""
        rows, texts = [], []
        for name, new in subjects:
            self._last += 1
            rows.append((self._last, name, *new[4:]))
            texts.append((self._last, *new[:2], *map(msgspec.json.encode, new[2:4])))
            self._members += [(self._group(key), sort, self._last) for key, sort, _ in new.places]
            self._count(new.places, 1)
            self._add_up(new.shares, 1)
            self.dirty.add(name)
        self.dirty |= keys
        self._db.executemany("INSERT INTO subject VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._db.executemany("INSERT INTO written VALUES (?, ?, ?, ?, ?)", texts)
        if len(self._members) > _MOST:
            self._flush()

    def _flush(self) -> None:
        """Store the members that wait for it: many of them in their order take half the time."""
        if self._members:
            self._members.sort()
            self._db.executemany("INSERT OR IGNORE INTO member VALUES (?, ?, ?)", self._members)
            self._members.clear()

    def _put_down(self) -> None:
        """Write down the shares that were added up."""
        more = sorted((*place, number) for place, number in self._more.items() if number)
        sql = "INSERT INTO more VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET items = items + excluded.items"
        self._db.executemany(sql, more)
        self._db.executemany("DELETE FROM more WHERE key = ? AND part = ? AND items = 0", [one[:2] for one in more])
        self._more.clear()

    def _group(self, key: str) -> int:
        number = self._groups.get(key)
        if number is None:
            row = self._db.execute("SELECT id FROM grp WHERE key = ?", (key,)).fetchone()
            number = row[0] if row else self._db.execute("INSERT INTO grp (key, count) VALUES (?, 0)", (key,)).lastrowid
            assert number is not None
            self._groups[key] = number
        return number

    def _count(self, places: Iterable[Placing], by: int) -> None:
        for key, _, label in places:
            number = self._group(key)
            self._counts[number] += by
            if label:
                self._labels[number, label] += by

    def finish(self) -> None:
        """Write down how many members the groups have, what those call them, and what stands there besides."""
        self._flush()
        self._put_down()
        counts = [(count, number) for number, count in self._counts.items() if count]
        self._db.executemany("UPDATE grp SET count = count + ? WHERE id = ?", counts)
        self._db.executemany("DELETE FROM grp WHERE id = ? AND count = 0", [(number,) for _, number in counts])
        labels = [(number, label, count) for (number, label), count in self._labels.items() if count]
        sql = "INSERT INTO label VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
        self._db.executemany(sql, labels)
        sql = "DELETE FROM label WHERE grp = ? AND label = ? AND count = 0"
        self._db.executemany(sql, [label[:2] for label in labels])
        self._counts.clear()
        self._labels.clear()
        self._groups.clear()

    def stored(self, prefix: tuple[str, str]) -> Iterator[tuple[str, bytes]]:
        """The names and values of the subjects between two names."""
        sql = "SELECT name, value FROM subject JOIN written ON subject = id WHERE name >= ? AND name < ?"
        yield from self._db.execute(sql, prefix).fetchall()

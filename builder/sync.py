"""Bringing the index up to date: what changed in `content/`, and which groups that makes dirty.

What changed is known the way git knows it, and only changed files are parsed. Never writes to `content/`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from builder import cards
from builder.content import Content, checked_name, decode, document, item, printable, safe_path
from builder.errors import ContentError
from builder.groups import below, join, split
from builder.index import Index
from builder.kinds import Key, Place
from builder.merge import identities
from builder.model import Asset, Gone, Item, Moves, Removal, Settings, Story, Subject, fingerprint
from builder.sources import googlenews

_RACY = 2_000_000_000
"""A file touched so close to a scan (2 s, in ns) may change again unnoticed: it is read again (git's racy rule)."""


def sync(index: Index, content: Content, settings: Settings, as_of: str, assets: Iterable[Asset] | None = None) -> None:
    """Bring the index up to date and mark every group dirty that this changes, in one transaction.

    `as_of` is a sortable UTC moment: items due later are invisible. `assets` are the theme's own;
    `None` leaves those that are known.
    """
    _Sync(index, settings).run(content, as_of, assets)


def dirtied(before: Iterable[str], after: Iterable[str]) -> set[str]:
    """The groups that a changed subject makes dirty: those that it was in, and those that it is in."""
    return {*before, *after}


class _Sync:
    def __init__(self, index: Index, settings: Settings) -> None:
        self.index, self.settings = index, settings

    def run(self, content: Content, as_of: str, assets: Iterable[Asset] | None) -> None:
        self.index.settings, self.index.as_of = self.settings, as_of
        with self.index.transaction():
            stories: set[str] = set()
            paths = self._read_changed(content, stories)
            # Only now, since a name may rest on a ledger that was read after the item.
            for path in paths:
                stories |= self._name_story(path)
            stories |= self._due(as_of)
            rekey = self._keying() != self.index.meta("settings")
            if rekey:
                stories |= self._all_stories()
                self._rekey_all()
                stories |= self._all_stories()
            for name in sorted(stories):
                self._place_story(name)
            removed = fingerprint(self.settings.moves.removed)
            if removed != self.index.meta("removed"):
                paths |= self.index.noticed()
            self._place_gone(self.index.ever_gone() if rekey else paths)
            if assets is not None:
                self._place_assets(assets)
            self._summarise()
            self.index.put_meta("settings", self._keying())
            self.index.put_meta("removed", removed)
            self.index.put_meta("as_of", as_of)

    def _keying(self) -> str:
        """A fingerprint of the settings that a story's keys and card may rest on: a removal changes notices alone."""
        moves = Moves(targets=self.settings.moves.targets)
        return fingerprint(msgspec.structs.replace(self.settings, moves=moves))

    def _read_changed(self, content: Content, stories: set[str]) -> set[str]:
        """Read the files that changed; what they say goes into the tables. Returns the item paths touched."""
        known = {
            row[0]: row[1:] for row in self.index.db.execute("SELECT path, size, mtime, ctime, inode, hash FROM file")
        }
        racy = int(self.index.meta("scanned") or 0) - _RACY
        scanned = self._disk_clock()
        touched: set[str] = set()
        unreadable: dict[str, str] = {}
        for path, signature in content.scan():
            old = known.pop(path, None)
            if old and old[:4] == signature and max(signature[1], signature[2]) < racy:
                continue
            try:
                raw = content.read(checked_name(path))
            except FileNotFoundError:
                continue
            except (OSError, ContentError) as error:
                # What was read of it before stays as it was.
                name = f"content/{printable(path)}"
                reason = error.strerror if isinstance(error, OSError) else error.what
                unreadable[name] = f"{name}: cannot be read: {reason}; mend or rename the file"
                continue
            digest = hashlib.blake2b(raw, digest_size=16).hexdigest()
            row = (path, *signature, digest)
            self.index.db.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)", row)
            if not old or old[4] != digest:
                touched |= self._read(path, raw, digest, stories)
        for path in known:
            self.index.db.execute("DELETE FROM file WHERE path = ?", (path,))
            touched |= self._unread(path, stories)
        self.index.set_unreadable(unreadable)
        self.index.put_meta("scanned", str(scanned))
        return touched

    def _disk_clock(self) -> int:
        """The time, in ns, by the clock that stamps files: the only one that theirs can be compared with."""
        clock = self.index.path.with_name(self.index.path.name + ".scan")
        clock.write_bytes(b"")
        return clock.stat().st_mtime_ns

    def _read(self, path: str, raw: bytes, digest: str, stories: set[str]) -> set[str]:
        """Take in one changed file; one that cannot be read is set aside with the reason."""
        touched = self._unread(path, stories)
        try:
            if path.startswith("items/"):
                self._put_item(item(path, decode(raw, path)))
            elif path.startswith("pages/"):
                found = document(path, decode(raw, path))
                self._put_subject(f"document\t{found.path}", found)
            elif path.startswith("seen/"):
                touched |= self._read_ledger(path, decode(raw, path))
            elif path.startswith("static/"):
                route = path.removeprefix("static")
                self._put_subject(f"asset\t{route}", Asset(route=route, file=path, origin="content", hash=digest))
        except ContentError as error:
            self.index.set_aside(f"content/{path}", str(error), told=False)
        return touched

    def _unread(self, path: str, stories: set[str]) -> set[str]:
        """Take back all that one file said; returns the places below `items/` that this touches."""
        self.index.db.execute("DELETE FROM quarantine WHERE what = ?", (f"content/{path}",))
        # A page that was held while its file could not be read has no subject any more that would mark it.
        pages = self.index.db.execute("SELECT DISTINCT key FROM page WHERE origin = ?", (path,)).fetchall()
        self.index.mark(key for (key,) in pages)
        folder, _, rest = path.partition("/")
        place = rest.removesuffix(".md")
        if folder == "items":
            for (story,) in self.index.db.execute("SELECT story FROM item WHERE path = ?", (place,)).fetchall():
                stories.add(story)
            self.index.db.execute("DELETE FROM item WHERE path = ?", (place,))
            self.index.db.execute("DELETE FROM identity WHERE path = ?", (place,))
            self.index.db.execute("DELETE FROM headline WHERE path = ?", (place,))
            return {place}
        if folder == "pages":
            self._put_subject(f"document\t{place}", None)
        elif folder == "static":
            self._put_subject(f"asset\t/{rest}", None)
        elif folder == "seen":
            missing = self._missing(path)
            self.index.db.execute("DELETE FROM seen WHERE ledger = ?", (path,))
            return missing
        return set()

    def _put_item(self, found: Item) -> None:
        zone = self.settings.zone
        stripped = msgspec.structs.replace(found, body=fingerprint(found.body))
        row = (found.path, "", found.sort(zone), found.due(zone), found.draft, msgspec.json.encode(stripped))
        self.index.db.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?)", row)
        for hash in identities(found):
            self.index.db.execute("INSERT OR IGNORE INTO identity VALUES (?, ?)", (hash, found.path))
        for hash in googlenews.headline_keys(found):
            self.index.db.execute("INSERT OR IGNORE INTO headline VALUES (?, ?)", (hash, found.path))

    def _name_story(self, path: str) -> set[str]:
        """Work out which story an item belongs to; returns the names of the one it was in and the one it is in."""
        found = self.index.item(path)
        if found is None:
            return set()
        (before,) = self.index.db.execute("SELECT story FROM item WHERE path = ?", (path,)).fetchone()
        name = self.settings.moves.resolve("stories", cards.story_name(found, self._founded_at(found)))
        self.index.db.execute("UPDATE item SET story = ? WHERE path = ?", (name, path))
        return {name, before} - {""}

    def _founded_at(self, found: Item) -> str:
        """Where an item was first: what the ledger says of its id, else the first address that it moved from."""
        row = None
        if found.id:
            sql = "SELECT path FROM seen WHERE hash = ? ORDER BY path LIMIT 1"
            row = self.index.db.execute(sql, (found.id,)).fetchone()
        if row and self.settings.moves.resolve("items", row[0]) == found.path:
            return str(row[0])
        former = () if row else self.settings.moves.former("items", found.path)
        return former[0] if former else found.path

    def _read_ledger(self, path: str, text: str) -> set[str]:
        pairs = (line.split("\t")[:2] for line in text.split("\n") if "\t" in line)
        rows = [(hash, place.strip(), path) for hash, place in pairs if safe_path(place.strip())]
        self.index.db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        # Where a moved item was founded is what the ledger says.
        return self._missing(path) | set(self.settings.moves.targets.get("items", {}).values())

    def _missing(self, ledger: str) -> set[str]:
        """The places that a ledger names and that have no file."""
        sql = "SELECT DISTINCT path FROM seen WHERE ledger = ? AND NOT EXISTS "
        sql += "(SELECT 1 FROM file WHERE file.path = 'items/' || seen.path || '.md')"
        return {path for (path,) in self.index.db.execute(sql, (ledger,))}

    def _due(self, as_of: str) -> set[str]:
        """Stories of items that became visible, or invisible, since the last build."""
        bounds = sorted((self.index.meta("as_of") or as_of, as_of))
        rows = self.index.db.execute("SELECT DISTINCT story FROM item WHERE due > ? AND due <= ?", bounds)
        return {name for (name,) in rows}

    def _all_stories(self) -> set[str]:
        return {name for (name,) in self.index.db.execute("SELECT DISTINCT story FROM item")}

    def _rekey_all(self) -> None:
        """New settings: every story's keys are worked out anew from its items' rows, and every page is compared."""
        for path, value in self.index.db.execute("SELECT path, value FROM item").fetchall():
            found = msgspec.json.decode(value, type=Item)
            row = (found.sort(self.settings.zone), found.due(self.settings.zone), path)
            self.index.db.execute("UPDATE item SET sort = ?, due = ? WHERE path = ?", row)
            self._name_story(path)
        self.index.mark(key for (key,) in self.index.db.execute("SELECT key FROM summary").fetchall())
        for kind in self.index.kinds.values():
            self.index.mark(join(key) for key in kind.always)

    # -- subjects and their places

    def _place_story(self, name: str) -> None:
        self._put_subject(f"story\t{name}", self.index.story(name))

    def _place_gone(self, paths: Iterable[str]) -> None:
        """A notice for each of these that was published, is no more (or a draft again) and did not move."""
        items = self.settings.moves.targets.get("items", {})
        arrived = set(items.values())
        for path in sorted({items.get(path, path) for path in paths} | set(paths)):
            draft = self.index.db.execute("SELECT 1 FROM item WHERE path = ? AND draft", (path,)).fetchone()
            seen = self.index.db.execute("SELECT 1 FROM seen WHERE path = ?", (path,)).fetchone()
            note = self.settings.moves.removed.get(path)
            known = seen or path in arrived or note
            gone = known and (draft or not self.index.has_file(path)) and path not in items
            note = note or Removal()
            self._put_subject(f"gone\t{path}", Gone(path=path, date=note.date, reason=note.reason) if gone else None)

    def _place_assets(self, assets: Iterable[Asset]) -> None:
        """The theme's own files, where `content/static/` has none of that name."""
        theme = {f"asset\t{asset.route}": asset for asset in assets}
        rows = self.index.db.execute("SELECT name, value FROM subject WHERE name >= ? AND name < ?", below(("asset",)))
        for name, value in rows.fetchall():
            if msgspec.json.decode(value, type=Asset).origin != "content" and name not in theme:
                self._put_subject(name, None)
        for name, asset in theme.items():
            own = self.index.db.execute("SELECT 1 FROM file WHERE path = ?", (f"static{asset.route}",)).fetchone()
            if not own:
                self._put_subject(name, asset)

    def _put_subject(self, name: str, subject: Subject | None) -> None:
        """Store a subject, or remove it, and mark the groups that this changes."""
        old = self.index.db.execute("SELECT value, card FROM subject WHERE name = ?", (name,)).fetchone()
        if not old and subject is None:
            return
        before = {
            key: (sort, label)
            for key, sort, label in self.index.db.execute("SELECT key, sort, label FROM member WHERE name = ?", (name,))
        }
        places = self._places(subject) if subject else []
        after = {join(place.key): (place.sort, place.label) for place in places}
        story = isinstance(subject, Story)
        value = b"" if story else msgspec.json.encode(subject)
        card = cards.card(subject, self.settings) if isinstance(subject, Story) else None
        encoded = msgspec.json.encode(card) if card else b""
        same_card = bool(old) and old[1] == encoded and subject is not None and (story or old[0] == value)
        changed = {key for key in dirtied(before, after) if not same_card or before.get(key) != after.get(key)}
        if name.startswith("story\t"):
            # A story's own pages see what its card does not: bodies, and all of its items.
            changed |= {key for key in dirtied(before, after) if key.startswith("story\t")}
        self.index.mark(changed)
        if subject is None:
            self.index.db.execute("DELETE FROM subject WHERE name = ?", (name,))
        else:
            self.index.db.execute("INSERT OR REPLACE INTO subject VALUES (?, ?, ?)", (name, value, encoded))
        if before == after and same_card:
            return
        self.index.db.execute("DELETE FROM member WHERE name = ?", (name,))
        weight = len(card.publishers) if card else 0
        rows = [(key, sort, name, label, weight) for key, (sort, label) in after.items()]
        self.index.db.executemany("INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?, ?)", rows)

    def _places(self, subject: Subject) -> list[Place]:
        return [place for kind in self.index.kinds.values() for place in kind.places(subject, self.settings)]

    # -- dirty groups and summaries

    def _summarise(self) -> None:
        """Work out the summaries of dirty groups; a changed one makes those that read it dirty, and stops there."""
        readers: set[str] = set()
        for (name,) in self.index.db.execute("SELECT key FROM dirty").fetchall():
            key = split(name)
            kind = self.index.kinds.get(key[0])
            if kind is None:
                continue
            summary = self.index.group(key).summary(kind)
            old = self.index.db.execute("SELECT value FROM summary WHERE key = ?", (name,)).fetchone()
            new = msgspec.json.encode(summary) if summary else None
            if (old[0] if old else None) == new:
                continue
            if new is None:
                self.index.db.execute("DELETE FROM summary WHERE key = ?", (name,))
            else:
                self.index.db.execute("INSERT OR REPLACE INTO summary VALUES (?, ?)", (name, new))
            if not old or new is None:
                self._put_readings(name, kind.reads(key) if new else ())
            readers |= self.index.readers(name)
        self.index.mark(readers)

    def _put_readings(self, reader: str, targets: Iterable[Key]) -> None:
        self.index.db.execute("DELETE FROM reading WHERE reader = ?", (reader,))
        rows = [(join(target), reader) for target in targets]
        self.index.db.executemany("INSERT OR IGNORE INTO reading VALUES (?, ?)", rows)

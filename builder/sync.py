"""Bringing the index up to date: what changed in `content/`, and which groups that makes dirty.

Only files that were touched are read, and only those that say something else are parsed. Never writes to `content/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from builder import cards, rekeying
from builder.ahead import chosen, decode_note
from builder.content import Content
from builder.documents import Documents
from builder.groups import below, placing
from builder.index import Index
from builder.model import Asset, Gone, Item, Note
from builder.names import safe_path
from builder.notes import pinned_until
from builder.scan import Changed, Scan, hash_of
from builder.settings import Removal, Settings
from builder.subjects import Subjects, place
from builder.summaries import Summaries
from builder.workers import Crew

if TYPE_CHECKING:
    from builder.reading import ItemRow, NoteRow, Read


_MANY = 50
"""Changed files from which on it is plain that other processes will be needed."""


def sync(
    index: Index,
    content: Content,
    settings: Settings,
    as_of: str,
    assets: Iterable[Asset] | None = None,
    crew: Crew = Crew(),  # noqa: B008
    touched: frozenset[str] | None = None,
) -> None:
    """Bring the index up to date and mark every group dirty that this changes, in one transaction.

    `as_of` is a sortable UTC moment: items due later are invisible. `assets` are the theme's own;
    `None` leaves those that are known. `touched` names what was changed below `content/`, where that is known:
    files, and folders that came or went.
    """
    index.settings, index.as_of = settings, as_of
    with index.transaction():
        _Sync(index, Scan(index, content, touched), str(content.root), crew).run(assets)


class _Sync:
    """One update. `stories` names those to be placed anew, `touched` the places below `items/` that may be gone."""

    def __init__(self, index: Index, scan: Scan, root: str, crew: Crew) -> None:
        self.index, self.settings, self.db, self.crew = index, index.settings, index.db, crew
        self.scan, self.root = scan, root
        self.documents = Documents(index)
        self.subjects, self._placing = Subjects(index), placing(index.kinds.values())
        self.fresh, self.changes = index.is_new, index.db.total_changes
        self.stories: set[str] = set()
        self.touched: set[str] = set()
        self.unnamed: set[str] = set()
        self.founded: set[str] = set()
        self.noted = {name for (name,) in self.db.execute("SELECT DISTINCT story FROM note")}
        self.unreadable: dict[str, str] = {}
        self.missed: set[str] = set()

    def run(self, assets: Iterable[Asset] | None) -> None:
        self._read_changed()
        change = rekeying.of(self.index, self.fresh)
        self.touched |= change.places
        self.unnamed |= change.places
        # Only now, since a name may rest on a ledger that was read after the item.
        for path in sorted(self.unnamed):
            self._name_story(path)
        self.stories |= change.stories | self._due()
        if self.noted and (self.stories or self.founded):
            self._settle_notes()
        for name in sorted(self.stories):
            story = self.index.story(name)
            self.subjects.put(f"story\t{name}", place(story, self.settings, self._placing) if story else None)
        self._place_gone(self.touched | change.gone)
        if assets is not None:
            self._place_assets(assets)
        self.subjects.finish()
        self.index.mark(Summaries(self.index, self.fresh).renew(self.subjects.dirty | change.keys))
        change.record()
        if self.fresh or self.db.total_changes > self.changes:
            self.scan.remember()
            self.index.put_meta("as_of", self.index.as_of)

    # -- files

    def _read_changed(self) -> None:
        """Read the files that changed, the ledgers first; what they say goes into the tables."""
        if len(self.scan.changed) >= _MANY:
            # As many pages and more will have to be rendered.
            self.crew.get_ready()
        if changed := self.documents.with_those(self.scan):
            # Where it could not be read the last time, what was wrong with it before that is forgotten.
            if again := self.index.unreadable():
                changed = [one.anew() if f"content/{one.path}" in again else one for one in changed]
            self._read(changed)
        for path in self.scan.lost:
            self._forget(path)
            self.db.execute("DELETE FROM file WHERE path = ?", (path,))
        self.documents.finish()
        self.index.set_unreadable(self.unreadable, self.scan.covers)
        self.scan.finish(self.missed)

    def _read(self, changed: list[Changed]) -> None:
        # What reads a file is not loaded where none is read.
        from builder.reading import CHUNK, Reader

        changed = sorted(changed, key=lambda one: (not one.path.startswith("seen/"), one.path))
        known = {one.path for one in changed if one.hash}
        arguments = (self.root, self.settings, self.index.as_of, tuple(self.index.kinds.values()))
        for found, keys in self.crew.spread(Reader, arguments, changed, CHUNK):
            self._take([read for read in found if not read.same], known, keys)
            rows = [(read.path, *read.signature, read.hash) for read in found if read.hash]
            self.db.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _take(self, found: list[Read], known: set[str], keys: set[str]) -> None:
        """Take in what changed files say; one that cannot be used is set aside with the reason.

        `keys` names the groups in which new items stand where each is alone.
        """
        items: list[tuple[str, ItemRow, bool]] = []
        for read in found:
            if read.lost or read.unreadable:
                # What was read of it before stays as it was.
                self.missed.add(read.path)
                if read.unreadable:
                    self.unreadable[read.unreadable.partition(": ")[0]] = read.unreadable
                continue
            if read.path in known:
                self._forget(read.path, but_subject=read.subject is not None, but_ledger=not read.wrong)
            if read.wrong:
                self.index.set_aside(f"content/{read.path}", read.wrong, told=False)
            if read.item:
                items.append((read.path[len("items/") : -len(".md")], read.item, read.path not in known))
            elif read.subject:
                self.subjects.put(*read.subject)
                self.documents.take(read.path, read.date)
            elif read.note:
                self._put_note(read.path, read.note)
            elif read.path.startswith("seen/") and not read.wrong:
                self._take_ledger(read.path, read.text)
        self._take_items(items, keys)

    def _take_items(self, items: list[tuple[str, ItemRow, bool]], keys: set[str]) -> None:
        """New items that seem alone in their story are placed as the reader placed them; others once all are known."""
        alone = []
        for path, row, new in items:
            if not row.story:
                self.unnamed.add(path)
            elif new and row.alone and row.story not in self.noted and not self._is_known(row.story):
                alone.append((f"story\t{row.story}", row.alone))
            else:
                self.stories.add(row.story)
            if row.draft or not self.fresh:
                self.touched.add(path)
            self.founded.add(row.story)
        rows = [(path, *row[:6]) for path, row, _ in items]
        self.db.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, 0)", rows)
        self.subjects.add(alone, keys)

    def _is_known(self, story: str) -> bool:
        """Whether an item of that story, or the story, is known already."""
        if story in self.founded or self.fresh:
            return story in self.founded
        found = self.db.execute("SELECT 1 FROM item WHERE story = ? LIMIT 1", (story,)).fetchone()
        return found is not None or self.subjects.has(f"story\t{story}")

    def _forget(self, path: str, but_subject: bool = False, but_ledger: bool = False) -> None:
        """Take back what one file said."""
        self.index.release(f"content/{path}")
        # A page that was held while its file could not be read has no subject any more that would mark it.
        held = self.db.execute("SELECT DISTINCT key FROM page WHERE origin = ? AND held", (path,)).fetchall()
        self.subjects.dirty.update(key for (key,) in held)
        folder, _, rest = path.partition("/")
        place = rest.removesuffix(".md")
        if folder == "items":
            for (story,) in self.db.execute("SELECT story FROM item WHERE path = ?", (place,)).fetchall():
                self.stories.add(story)
            for table in ("item", "identity", "headline", "article"):
                self.db.execute(f"DELETE FROM {table} WHERE path = ?", (place,))  # noqa: S608
            self.touched.add(place)
        elif folder == "pages" and not but_subject:
            self.subjects.put(f"document\t{place}", None)
            self.documents.take(path, "")
        elif folder == "stories":
            self._put_note(path, None)
        elif folder == "static" and not but_subject:
            self.subjects.put(f"asset\t/{rest}", None)
        elif folder == "seen" and not but_ledger:
            self._take_ledger(path, "")

    def _take_ledger(self, ledger: str, text: str) -> None:
        """Bring the rows of one ledger up to date; the table of files still says how it was."""
        data = text.encode()
        row = self.db.execute("SELECT size, hash FROM file WHERE path = ?", (ledger,)).fetchone()
        size, known = row or (0, hash_of(b""))
        above = data[:size]
        if hash_of(above) == known and (not above or above.endswith(b"\n")):
            # As nearly always lines were added: what stands above them need not be read again.
            old, new = set[tuple[str, str]](), _lines(data[size:].decode())
        else:
            sql = "SELECT hash, path FROM seen WHERE ledger = ?"
            old, new = set(self.db.execute(sql, (ledger,))), _lines(text)
        rows = [(*pair, ledger) for pair in old - new]
        self.db.executemany("DELETE FROM seen WHERE hash = ? AND path = ? AND ledger = ?", rows)
        rows = [(*pair, ledger) for pair in new - old]
        self.db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        self.touched |= {where for _, where in new ^ old}
        # Where a moved item was founded is what the ledger says.
        self.unnamed |= set(self.settings.moves.targets.get("items", {}).values())

    # -- stories

    def _name_story(self, path: str) -> None:
        """Work out which story an item belongs to; the one it was in and the one it is in are placed anew."""
        found = self.index.item(path)
        if found is None:
            return
        (before,) = self.db.execute("SELECT story FROM item WHERE path = ?", (path,)).fetchone()
        name = self.settings.moves.resolve("stories", cards.story_name(found, self._founded_at(found)))
        zone = self.settings.zone
        row = (name, found.sort(zone), found.due(zone), pinned_until(found, zone), path)
        self.db.execute("UPDATE item SET story = ?, sort = ?, due = ?, pinned = ? WHERE path = ?", row)
        self.stories |= {name, before} - {""}

    def _founded_at(self, found: Item) -> str:
        """Where an item was first: what the ledger says of its id, else the first address that it moved from."""
        row = None
        if found.id:
            sql = "SELECT path FROM seen WHERE hash = ? ORDER BY path LIMIT 1"
            row = self.db.execute(sql, (found.id,)).fetchone()
        if row and self.settings.moves.resolve("items", row[0]) == found.path:
            return str(row[0])
        return found.path if row else self.settings.moves.founded.get(found.path, found.path)

    def _due(self) -> set[str]:
        """Stories of items that became visible, or invisible, since the last build, and those pinned until then."""
        since, until = sorted((self.index.meta("as_of") or self.index.as_of, self.index.as_of))
        rows = self.db.execute("SELECT DISTINCT story FROM item WHERE due > ? AND due <= ?", (since, until))
        return {name for (name,) in rows} | {name for _, name in self.index.ends_of_pins(since, until)}

    # -- what an editor says of stories

    def _put_note(self, path: str, new: NoteRow | None) -> None:
        """Store a note, or remove it: the story that it was about and the one that it is about are placed anew."""
        old = self.db.execute("SELECT story, pinned, value FROM note WHERE path = ?", (path,)).fetchone()
        if old == new:
            return
        self.stories |= {row[0] for row in (old, new) if row}
        if new is None:
            self.db.execute("DELETE FROM note WHERE path = ?", (path,))
        else:
            self.noted.add(new.story)
            self.db.execute("INSERT OR REPLACE INTO note VALUES (?, ?, ?, ?)", (path, *new))

    def _settle_notes(self) -> None:
        """Work out which story each note is about: the one of its name, else the one of the item that is there."""
        from builder.reading import note_row

        notes: dict[str, list[Note]] = {}
        for path, value in self.db.execute("SELECT path, value FROM note ORDER BY path").fetchall():
            said = decode_note(value)
            row = note_row(said, self.settings)
            if not self.index.members(row.story):
                place = self.settings.moves.resolve("items", said.place)
                row = row._replace(story=self.index.story_name(place) or row.story)
            self._put_note(path, row)
            notes.setdefault(row.story, []).append(said)
        known = self.index.quarantine()
        for story, found in notes.items():
            self._check_notes(story, found, known)

    def _check_notes(self, story: str, notes: list[Note], known: dict[str, str]) -> None:
        """Say which notes on a story are shown nowhere: there is no such story, or its page shows another one."""
        shown = chosen(story, notes) if self.index.members(story) else None
        for note in notes:
            what, why = f"content/{note.file}", ""
            if note.broken or what in self.unreadable:
                # That is said of it, until somebody mends it.
                continue
            if shown is None:
                why = f"{what}: there is no story {story}; 'broadsheet stories list' names those that there are"
            elif note != shown:
                why = f"{what}: its story shows content/{shown.file}; join the two, and remove this one"
            if not why:
                self.index.release(what)
            elif known.get(what) != why:
                self.index.set_aside(what, why, told=False)

    # -- notices and the theme's files

    def _place_gone(self, paths: Iterable[str]) -> None:
        """A notice for each of these that was published, is no more (or a draft again) and did not move."""
        items = self.settings.moves.targets.get("items", {})
        arrived = set(items.values())
        for path in sorted({items.get(path, path) for path in paths} | set(paths)):
            there = self.index.has_file(path)
            draft = self.db.execute("SELECT 1 FROM item WHERE path = ? AND draft", (path,)).fetchone()
            if there and not draft and self.fresh:
                continue
            note = self.settings.moves.removed.get(path)
            gone = (draft or not there) and path not in items
            if gone and not note and path not in arrived:
                gone = self.db.execute("SELECT 1 FROM seen WHERE path = ?", (path,)).fetchone() is not None
            note = note or Removal()
            notice = Gone(path=path, date=note.date, reason=note.reason)
            self.subjects.put(f"gone\t{path}", place(notice, self.settings, ()) if gone else None)

    def _place_assets(self, assets: Iterable[Asset]) -> None:
        """The theme's own files, where `content/static/` has none of that name."""
        theme = {f"asset\t{asset.route}": asset for asset in assets}
        for name, value in self.subjects.stored(below(("asset",))):
            if msgspec.json.decode(value, type=Asset).origin != "content" and name not in theme:
                self.subjects.put(name, None)
        for name, asset in theme.items():
            own = self.db.execute("SELECT 1 FROM file WHERE path = ?", (f"static{asset.route}",)).fetchone()
            if not own:
                self.subjects.put(name, place(asset, self.settings, ()))


def _lines(text: str) -> set[tuple[str, str]]:
    """What a ledger says: identities, each with the place of its item."""
    pairs = (line.split("\t")[:2] for line in text.split("\n") if "\t" in line)
    return {(hash, where) for hash, where in ((hash, where.strip()) for hash, where in pairs) if safe_path(where)}

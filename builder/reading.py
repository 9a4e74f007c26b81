"""What changed files say, as the rows that the index keeps of it: read, parsed and placed, in any process.

Never touches the index, and never raises for what a file holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from builder import cards, notes
from builder.ahead import story_of
from builder.content import Content, decode, document, item, note
from builder.documents import due
from builder.errors import ContentError
from builder.groups import placing, stretches
from builder.kinds import PageKind
from builder.listings import Signature
from builder.model import Asset, Document, Item, Note, fingerprint
from builder.names import checked_name, printable
from builder.scan import Changed, hash_of
from builder.settings import Settings
from builder.subjects import Placed, keys_of, place

CHUNK = 100
"""Files read in one go."""


class ItemRow(NamedTuple):
    """An item as the index keeps it. `story` is empty where only a ledger can tell; `alone` is its story without
    others, where it can be seen at all."""

    story: str
    sort: str
    due: str
    draft: bool
    value: bytes
    pinned: str
    alone: Placed | None


class NoteRow(NamedTuple):
    """A note as the index keeps it: the story that it is about today, until when that is pinned, and what it says."""

    story: str
    pinned: str
    value: bytes


class Read(NamedTuple):
    """What one file said. `same`: what it said before. `lost`: it is gone. `unreadable`: the disk or its name says no.
    `wrong`: what it says cannot be used. `date`: that of a document, as it is written."""

    path: str
    signature: Signature
    hash: str = ""
    same: bool = False
    lost: bool = False
    unreadable: str = ""
    wrong: str = ""
    item: ItemRow | None = None
    subject: tuple[str, Placed | None] | None = None
    note: NoteRow | None = None
    text: str = ""
    date: str = ""


class Reader:
    """Reads files of one site, in chunks; `as_of` is a sortable UTC moment."""

    def __init__(self, root: str, settings: Settings, as_of: str, kinds: tuple[PageKind, ...]) -> None:
        self._content, self._settings, self._as_of = Content(Path(root)), settings, as_of
        self._kinds, self._stretches, self._zone = placing(kinds), stretches(kinds), settings.zone
        self._arrived = set(settings.moves.targets.get("items", {}).values())

    def __call__(self, chunk: list[Changed]) -> tuple[list[Read], set[str]]:
        """What each file says, and the keys of the groups in which new items stand where each is alone."""
        found = [self._read(one) for one in chunk]
        new = [read.item.alone for read, one in zip(found, chunk, strict=True) if read.item and not one.hash]
        places = {place for placed in new if placed for place in placed.places}
        shares = {share for placed in new if placed for share in placed.shares}
        return found, keys_of(places, shares, self._stretches)

    def _read(self, one: Changed) -> Read:
        path = one.path
        try:
            raw = self._content.read(checked_name(path))
        except FileNotFoundError:
            return Read(path, one.signature, lost=True)
        except (OSError, ContentError) as error:
            name = f"content/{printable(path)}"
            reason = error.strerror if isinstance(error, OSError) else error.what
            said = f"{name}: cannot be read: {reason}; mend or rename the file"
            return Read(path, one.signature, unreadable=said)
        found = Read(path, one.signature, hash_of(raw))
        if found.hash == one.hash:
            return found._replace(same=True)
        try:
            return self._understood(found, raw)
        except ContentError as error:
            return found._replace(wrong=str(error), note=self._salvaged(path, raw))

    def _salvaged(self, path: str, raw: bytes) -> NoteRow | None:
        """What still counts of a note that is set aside."""
        if not path.startswith("stories/"):
            return None
        text = raw.decode("utf-8", "replace")
        found = notes.salvaged(text, path.removeprefix("stories/").removesuffix(".md"))
        return note_row(found, self._settings) if found else None

    def _understood(self, read: Read, raw: bytes) -> Read:
        path = read.path
        if path.startswith("items/"):
            return read._replace(item=self._item(item(path, decode(raw, path))))
        if path.startswith("pages/"):
            found = document(path, decode(raw, path))
            draft = self._is_hidden(found)
            hidden = draft or due(found.date, self._zone) > self._as_of
            placed = None if hidden else place(self._with_data(found, path), self._settings, ())
            date = "" if draft else found.date
            return read._replace(subject=(f"document\t{found.path}", placed), date=date)
        if path.startswith("stories/"):
            return read._replace(note=note_row(note(path, decode(raw, path)), self._settings))
        if path.startswith("seen/"):
            return read._replace(text=decode(raw, path))
        if path.startswith("static/"):
            route = path.removeprefix("static")
            asset = Asset(route=route, file=path, origin="content", hash=read.hash)
            return read._replace(subject=(f"asset\t{route}", place(asset, self._settings, ())))
        return read

    def _is_hidden(self, found: Item | Document) -> bool:
        """Whether it is a draft, and drafts are not asked for."""
        return found.draft and not self._settings.drafts

    def _with_data(self, found: Document, path: str) -> Document:
        if not found.data:
            return found
        values = {name: self._content.dataset(file, path) for name, file in found.data.items()}
        # A fingerprint of maps is the same in any order, and what a template makes of them is not.
        said = [found.extra["body"], msgspec.json.encode(values).decode()]
        return msgspec.structs.replace(found, datasets=values, extra={"body": fingerprint(said)})

    def _item(self, found: Item) -> ItemRow:
        stripped = msgspec.structs.replace(found, body=fingerprint(found.body))
        # Where a moved item was founded, a ledger tells.
        story = (
            ""
            if found.path in self._arrived
            else self._settings.moves.resolve("stories", cards.story_name(found, found.path))
        )
        due = found.due(self._zone)
        alone, hidden = None, self._is_hidden(found)
        if story and due <= self._as_of and not hidden:
            one = story_of(story, [stripped], (), self._as_of, self._zone)
            alone = place(one, self._settings, self._kinds) if one else None
        return ItemRow(
            story,
            found.sort(self._zone),
            due,
            hidden,
            msgspec.json.encode(stripped),
            notes.pinned_until(found, self._zone),
            alone,
        )


def note_row(found: Note, settings: Settings) -> NoteRow:
    """A note as it is kept, by today's names and in today's zone."""
    story = settings.moves.resolve("stories", cards.written_name(found.place))
    return NoteRow(story, notes.pinned_until(found, settings.zone), msgspec.json.encode(found))

"""The values that cross the program, frozen, with a fingerprint each.

Never reads a file, a clock or a setting that was not handed to it.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

import msgspec


def _stands_for(value: Any) -> str:
    """What has a fingerprint of its own goes into others' by that; msgspec is told that it knows no other type."""
    if isinstance(found := getattr(value, "fingerprint", None), str):
        return found
    raise NotImplementedError(type(value))


_encode = msgspec.json.Encoder(order="deterministic", enc_hook=_stands_for).encode


def fingerprint(value: object, size: int = 16) -> str:
    """A content hash of any value made of our structs and plain containers, as 2 * `size` hex digits.

    Fields that hold their default are left out, so a new field changes no old fingerprint.
    """
    return hashlib.blake2b(_encode(value), digest_size=size).hexdigest()


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all our values are: immutable, equal by content, written without their defaults."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a command did: like a value, but written in full, since others count on its keys."""


# -- what is read ----------------------------------------------------------------------------------


class Mention(Value, frozen=True):
    """One line of an item's coverage: an article that a cluster feed's entry names.

    `domain` is the publisher's host, where the source states it and the link does not show it.
    """

    title: str
    link: str
    publisher: str = ""
    key: str = ""
    domain: str = ""


class Enclosure(Value, frozen=True):
    """A media file that an item carries (RSS `<enclosure>`, JSON Feed `attachments`); `length` in bytes."""

    url: str
    type: str = ""
    length: int = 0


NO_DATE = datetime(1970, 1, 1, microsecond=1, tzinfo=UTC)
"""Stands where a file states no date."""


class Item(Value, frozen=True):
    """One entry of a source, or a post of the site's own: what one file below `content/items/` says.

    `domain` is the publisher's host, where the source states it and the link does not show it.
    `date` is always aware; where `date_basis` is `day` it is that day's midnight in UTC and stands
    for the day in every zone. `path` is the file's place below `items/`, without `.md`.
    """

    title: str = ""
    date: datetime = NO_DATE
    description: str = ""
    summary: str = ""
    slug: str = ""
    image: str = ""
    link: str = ""
    source: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    draft: bool = False
    id: str = ""
    updated: datetime | None = None
    publisher: str = ""
    domain: str = ""
    authors: tuple[str, ...] = ()
    lang: str = ""
    story: str = ""
    coverage: tuple[Mention, ...] = ()
    also: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    date_basis: str = "published"
    date_raw: str = ""
    aliases: tuple[str, ...] = ()
    written: dict[str, str] = {}
    extra: dict[str, Any] = {}
    body: str = ""
    path: str = ""

    @property
    def route(self) -> str:
        """`/2026/01/12/slug/`: chosen once, whatever the date or the slug say today."""
        return f"/{self.path}/"

    @property
    def timed(self) -> bool:
        """Whether a time of day is known."""
        return self.date_basis != "day"

    def day(self, zone: tzinfo) -> str:
        """The item's local date, `2026-01-12`."""
        return _places_in_time(self.date, self.timed, zone)[0]

    def sort(self, zone: tzinfo) -> str:
        """A string that puts items in order of time: `2026-01-12 08 2026-01-12T07:10:00Z`, or only the day.

        Local day and hour first, so that archives can be cut there; then UTC, since on the night
        the clocks go back local times are not in order. Without a time it sorts before its day's timed ones.
        """
        return _places_in_time(self.date, self.timed, zone)[1]

    def due(self, zone: tzinfo) -> str:
        """The UTC moment from which the item is visible, as a sortable string."""
        return stamp(self.date if self.timed else self.date.replace(tzinfo=zone))


# An item is asked for its day and its order once for each group that it stands in.
@lru_cache(1024)
def _places_in_time(moment: datetime, timed: bool, zone: tzinfo) -> tuple[str, str]:
    """The local day of a moment, and what it sorts by."""
    if not timed:
        return (day := moment.isoformat()[:10]), day
    there = moment.astimezone(zone).isoformat()
    return there[:10], f"{there[:10]} {there[11:13]} {stamp(moment)}"


@lru_cache(1024)
def stamp(moment: datetime) -> str:
    """An aware moment as a sortable UTC string."""
    return moment.astimezone(UTC).isoformat()[:19] + "Z"


class Note(Value, frozen=True):
    """What an editor says of a story, in `content/stories/<place>.md`; what is left unsaid is computed.

    `tags` are those of the story instead of its items'; `None` where the file says nothing of them. `pin_until` is the
    day or the moment as it is written, as is `updated`, which an editor states of an edit; `body` is the fingerprint of
    the text, `""` where there is none. Of a `broken` file nothing counts but that it hides the story.
    """

    place: str
    title: str = ""
    note: str = ""
    tags: tuple[str, ...] | None = None
    pin: bool = False
    pin_until: str = ""
    hide: bool = False
    updated: str = ""
    body: str = ""
    broken: bool = False

    @property
    def file(self) -> str:
        """Where it stands below `content/`."""
        return f"stories/{self.place}.md"


class Story(Value, frozen=True, dict=True):
    """The items that report one event, oldest first; an item alone is a story of one.

    `named` says that an item names the story, so its own page exists or once did. A `hidden` one is in no list, and
    a `pinned` one stands first on the home page.
    """

    name: str
    items: tuple[Item, ...]
    named: bool = False
    note: Note | None = None
    pinned: bool = False
    hidden: bool = False

    @property
    def lead(self) -> Item:
        return self.items[0]

    @property
    def latest(self) -> Item:
        return self.items[-1]

    @property
    def plural(self) -> bool:
        return len(self.items) > 1

    @property
    def own_route(self) -> str:
        """The route of the story's own page, whether or not it has one today."""
        return f"/stories/{self.name}/"

    @property
    def route(self) -> str:
        """Where a card leads: the story's page from two items on, else the item's."""
        return self.own_route if self.plural else self.lead.route


class Link(Value, frozen=True):
    """A name with a route of ours."""

    name: str
    route: str


class Card(Value, frozen=True):
    """What a list may show of a story; a change in a body changes no card."""

    title: str
    route: str
    link: str = ""
    publisher: str = ""
    publishers: tuple[str, ...] = ()
    summary: str = ""
    day: str = ""
    time: str = ""
    stamp: str = ""
    sort: str = ""
    published: str = ""
    updated: str = ""
    id: str = ""
    lang: str = ""
    categories: tuple[Link, ...] = ()
    tags: tuple[Link, ...] = ()
    others: tuple[Mention, ...] = ()
    items: tuple[Link, ...] = ()
    unindexed: tuple[str, ...] = ()


class Document(Value, frozen=True):
    """A hand-written page: `content/pages/about.md` is `/about/`. Its owner is trusted.

    `date` is as it is written: until then it is not shown. `data` says where the files lie, below `content/`, whose
    values are `datasets` by the same names.
    """

    path: str
    title: str
    description: str = ""
    template: str = "document.html"
    lang: str = ""
    draft: bool = False
    date: str = ""
    aliases: tuple[str, ...] = ()
    data: dict[str, str] = {}
    datasets: dict[str, Any] = {}
    extra: dict[str, Any] = {}

    @property
    def route(self) -> str:
        return "/" if self.path == "index" else f"/{self.path.removesuffix('/index')}/"


class Asset(Value, frozen=True):
    """A file copied verbatim; `file` is relative to the root named by `origin`."""

    route: str
    file: str
    origin: str
    hash: str


class Gone(Value, frozen=True):
    """A published address whose file a person removed: it answers with a notice.

    `date` is the day of the removal, where `moves.tsv` says it, and `reason` what the editor says of it.
    """

    path: str
    date: str = ""
    reason: str = ""


Subject = Story | Document | Asset | Gone

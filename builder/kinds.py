"""What a build is made of: groups of subjects, their summaries, the pages built from them, and kinds of page.

Never says what a particular page looks like: that is `builder.pages`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec

from builder.model import Asset, Card, Subject, Value
from builder.settings import Settings

Key = tuple[str, ...]
"""The name of a group: its kind, then its parts, as `("term", "tags", "ukraine")`."""


class Listed(Protocol):
    """A story in a list: its card, worked out only where somebody asks for more than stands here.

    A template sees the fields of the card as its own. `fingerprint` is the card's, and `sort` what the story stands by
    in this list; `""` where it was asked for by its name.
    """

    @property
    def fingerprint(self) -> str: ...
    @property
    def day(self) -> str: ...
    @property
    def updated(self) -> str: ...
    @property
    def sort(self) -> str: ...
    @property
    def card(self) -> Card: ...
    def read(self, others: Iterable[Listed]) -> None:
        """Read its card together with those of others, which is cheaper than one by one."""


class Top(Value, frozen=True):
    """One of the stories with the most publishers: its name, its card's fingerprint, and what it is ranked by."""

    weight: int
    sort: str
    name: str
    fingerprint: str


class Summary(Value, frozen=True):
    """The small facts of a group that other pages may read."""

    key: Key
    label: str = ""
    count: int = 0
    top: tuple[Top, ...] = ()
    large: bool = False
    days: tuple[str, ...] = ()


class Body(Value, frozen=True):
    """Where a page's Markdown stands below `content/`, and its fingerprint; it is read when the page is rendered.

    In the site's `own` writing, links that begin with a slash lead to its own pages.
    """

    file: str
    hash: str
    trusted: bool = False
    own: bool = False


class Page(Value, frozen=True):
    """One output file: its route, its template, and the whole of what that template may see.

    `origin` names the file or setting that asked for the route, for error messages only.
    A page with an `asset` is copied, not rendered. `note` is a second text: an editor's, beside that of an item.
    """

    route: str
    template: str = ""
    data: dict[str, Any] = {}
    body: Body | None = None
    note: Body | None = None
    asset: Asset | None = None
    origin: str = ""

    @property
    def leads(self) -> str:
        """Where a redirect leads from an address that something of the site's had; `""` for any other page."""
        return str(self.data["to"]) if self.template == "redirect.html" and self.origin else ""


Shares = tuple[tuple[str, int], ...]
"""How many items of a story stand where, by parts of time; the part `""` is the whole group."""


class Place(Value, frozen=True):
    """Where a subject stands in one group: the group's key, its order there, and the name it uses for the group.

    `shares` counts its items there, where they are not just the one that it is listed by; parts of time in which they
    stand stay, with whatever pages they have, wherever the story goes. A place that is not `listed` is in no list and
    in no count of stories: nothing but its `shares` stands there.
    """

    key: Key
    sort: str = ""
    label: str = ""
    listed: bool = True
    shares: Shares = ()


LAST = "\U0010ffff"
"""Sorts after every text."""


class Stretch(Value, frozen=True):
    """The members of the group `key` with `after <= sort < before`."""

    key: Key
    after: str = ""
    before: str = LAST


class Group(Protocol):
    """The subjects that share one key of one page kind. Lazy: each answer costs its own size, not the group's."""

    @property
    def key(self) -> Key: ...
    @property
    def settings(self) -> Settings: ...
    def count(self) -> int:
        """How many subjects the group holds."""

    def size(self) -> int:
        """How many items of ours stand there: other than the number of stories, it never falls when stories join."""

    def parts(self) -> tuple[str, ...]:
        """Parts of time in which items stand that no list may show there any more, sorted."""

    def newest(self, n: int) -> tuple[Listed, ...]:
        """The newest `n` stories, newest first."""

    def top(self, n: int) -> tuple[Top, ...]:
        """The `n` stories with the most publishers, newest first among equals."""

    def named(self, names: Iterable[str]) -> tuple[Listed, ...]:
        """The stories of these names, in this order."""

    def between(self, after: str, before: str) -> tuple[Listed, ...]:
        """The stories with `after <= sort < before`, newest first."""

    def counts(self, width: int) -> tuple[tuple[str, int], ...]:
        """How many stories share the first `width` characters of `sort`, newest first."""

    def subject(self) -> Subject:
        """The one subject of a group that has one: a story with its items, a document, an asset."""

    def label(self) -> str:
        """The name most of its subjects use for the group."""

    def redirects(self) -> tuple[tuple[str, str], ...]:
        """Every former address that leads on, and where to, in order: for a kind that comes last."""

    def summaries(self, *prefix: str) -> tuple[Summary, ...]:
        """The summaries of all groups whose key starts with `prefix`, in order of key: their `read_by` names this."""


Placing = tuple[str, str, str]
"""A place as the index stores it: the group's key joined, the order, the name."""
Share = tuple[str, str, int]
"""Items that stand in a group besides those that are listed: the group's key joined, the part of time, how many."""


def no_places(subject: Subject, settings: Settings) -> Iterable[Place]:
    """A kind without members of its own."""
    return ()


def no_pages(group: Group) -> Iterable[Page]:
    """A kind whose groups others are stretches of, or that has a summary only."""
    return ()


def no_keys(key: Key, day: str) -> Iterable[Key]:
    """A kind whose groups are stretches of no other's."""
    return ()


def no_readers(group: Group) -> Iterable[Key]:
    """A kind whose summaries nobody reads."""
    return ()


def never(key: Key, settings: Settings) -> bool:
    """A kind whose groups are there while they have a member."""
    return False


class PageKind(msgspec.Struct, frozen=True, kw_only=True):
    """A group-by over subjects: one kind of page.

    A kind either has members of its own: `places` names the groups that a subject belongs to. Or its groups are
    stretches of the groups of another kind, `of`: `keys` names those that a place in such a group falls into, by the
    first ten characters of its `sort`, and `stretch` says which part of which group one is. `pages` builds a group's
    pages from that group alone and from the summaries of groups whose `read_by` names it; `summary` says what they
    may read.

    The groups of a kind may have pages only while the summary of another group, `under`, says that it is large.

    The groups that are `always` there exist even on an empty site, and those that the settings say it `keeps`. The
    groups of a kind that is `single` are the subjects themselves, one each. The pages of a `weak` kind give way to any
    other that asks for their route, and those of a kind that comes `last` rest on what all others are. A story that an
    editor hides has places in kinds that list the `hidden` ones as well; in all others nothing but its shares.
    """

    name: str
    places: Callable[[Subject, Settings], Iterable[Place]] = no_places
    of: str = ""
    keys: Callable[[Key, str], Iterable[Key]] = no_keys
    stretch: Callable[[Key], Stretch] | None = None
    under: Callable[[Key], Key] | None = None
    pages: Callable[[Group], Iterable[Page]] = no_pages
    summary: Callable[[Group], Summary | None] | None = None
    read_by: Callable[[Group], Iterable[Key]] = no_readers
    always: tuple[Key, ...] = ()
    keeps: Callable[[Key, Settings], bool] = never
    single: bool = False
    weak: bool = False
    last: bool = False
    hidden: bool = False

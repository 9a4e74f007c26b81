"""What a build is made of: groups of subjects, their summaries, the pages built from them, and kinds of page.

Never says what a particular page looks like: that is `builder.pages`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec

from builder.model import Asset, Card, Settings, Subject, Value

Key = tuple[str, ...]
"""The name of a group: its kind, then its parts, as `("term", "tags", "ukraine")`."""


class Summary(Value, frozen=True):
    """The small facts of a group that other pages may read."""

    key: Key
    label: str = ""
    count: int = 0
    top: tuple[Card, ...] = ()
    cuts: tuple[tuple[str, int], ...] = ()
    large: bool = False


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
    A page with an `asset` is copied, not rendered.
    """

    route: str
    template: str = ""
    data: dict[str, Any] = {}
    body: Body | None = None
    asset: Asset | None = None
    origin: str = ""


class Place(Value, frozen=True):
    """Where a subject stands in one group: the group's key, its order there, and the name it uses for the group."""

    key: Key
    sort: str = ""
    label: str = ""


class Group(Protocol):
    """The subjects that share one key of one page kind. Lazy: each answer costs its own size, not the group's."""

    @property
    def key(self) -> Key: ...
    @property
    def settings(self) -> Settings: ...
    def count(self) -> int:
        """How many subjects the group holds."""

    def newest(self, n: int) -> tuple[Card, ...]:
        """The newest `n` cards, newest first."""

    def top(self, n: int) -> tuple[Card, ...]:
        """The `n` cards with the most publishers, newest first among equals."""

    def between(self, after: str, before: str) -> tuple[Card, ...]:
        """The cards with `after <= sort < before`, newest first."""

    def counts(self, width: int) -> tuple[tuple[str, int], ...]:
        """How many cards share the first `width` characters of `sort`, newest first."""

    def subject(self) -> Subject:
        """The one subject of a group that has one: a story with its items, a document, an asset."""

    def label(self) -> str:
        """The name most of its subjects use for the group."""

    def summaries(self, *prefix: str) -> tuple[Summary, ...]:
        """The summaries of all groups whose key starts with `prefix`, in order of key. `reads` must name them."""


def no_pages(group: Group) -> Iterable[Page]:
    """A kind whose groups only have a summary."""
    return ()


def no_keys(key: Key) -> Iterable[Key]:
    """A page kind that reads no other group's summary."""
    return ()


class PageKind(msgspec.Struct, frozen=True, kw_only=True):
    """A group-by over subjects: one kind of page.

    `places` names the groups that a subject belongs to, `pages` builds a group's pages from that
    group alone and the summaries that `reads` names: a key, or the start of one for all below it.
    The groups that are `always` there exist even on an empty site. Its groups' summaries carry
    the `top` cards and, in groups larger than `cut[0]`, the counts by the first `cut[1]` characters of `sort`.
    The pages of a `weak` kind give way to any other that asks for their route.
    A summary `only_large` says no more than whether the group is larger than that.
    """

    name: str
    places: Callable[[Subject, Settings], Iterable[Place]]
    pages: Callable[[Group], Iterable[Page]]
    reads: Callable[[Key], Iterable[Key]] = no_keys
    always: tuple[Key, ...] = ()
    top: int = 0
    cut: tuple[int, int] = (0, 0)
    only_large: int = 0
    weak: bool = False

"""What a build has to do: the pages of the dirty groups, which of them changed, and which must go.

Never renders and never writes; two pages that ask for one route are complained of here, all at once.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from builder import archives
from builder.errors import BroadsheetError, RouteError, TemplateError
from builder.groups import join, split
from builder.index import Index
from builder.kinds import Page
from builder.model import fingerprint
from builder.templates import Templates


@cache
def code_version() -> str:
    """A fingerprint of our own code and of the libraries that make bytes: a changed filter leaves no stale page."""
    hashed = hashlib.blake2b(digest_size=8)
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        hashed.update(file.read_bytes())
    for name in ("jinja2", "markdown", "nh3", "markupsafe"):
        hashed.update(importlib.metadata.version(name).encode())
    return hashed.hexdigest()


def _folders(route: str) -> list[str]:
    """The files that could stand where a route needs a folder: of `/tags/x/`, `/tags` and `/tags/x`."""
    parts = route.split("/")[:-1]
    return ["/".join(parts[:length]) for length in range(2, len(parts) + 1)]


def _place(origin: str) -> str:
    """Where a page comes from, as its owner would look for it."""
    if not origin or origin.startswith(("/", "templates/")):
        return (origin.strip("/") and origin) or "the site's own pages"
    return f"content/{origin}"


class Plan:
    """The pages of the dirty groups, beside those that were recorded."""

    def __init__(self, index: Index, templates: Templates, trusted: bool) -> None:
        self.index, self.templates, self.trusted = index, templates, trusted
        self.rows: dict[str, tuple[str, Page, str]] = {}
        self.old: dict[str, str] = {}
        self._chrome = fingerprint(templates.chrome, 8)
        self._collisions: list[BroadsheetError] = []
        self._keys: set[str] = set()
        for key in index.dirty() if trusted else index.all_groups():
            self._take(key)
        # Where a page is no more, one that gave way to it may stand again.
        for route in [route for route in self.old if route not in self.rows]:
            for key in self._weak_keys(route):
                self._take(key)
        self._check_others()
        if self._collisions:
            raise RouteError(self._collisions)
        self.changed = [route for route, (_, _, now) in self.rows.items() if not trusted or self.old.get(route) != now]
        self.removed = [route for route in self.old if route not in self.rows and not index.is_held(route)]

    def _take(self, key: str) -> None:
        if key not in self._keys:
            self._keys.add(key)
            self.old |= self.index.recorded(key)
            for page in self.pages(key):
                self._claim(key, page)

    def pages(self, key: str) -> Iterator[Page]:
        """The pages of one group; none if it is empty."""
        kind = self.index.kinds.get(split(key)[0])
        group = self.index.group(split(key))
        if kind and (group.key in kind.always or group.count()):
            yield from kind.pages(group)

    def _is_weak(self, key: str) -> bool:
        kind = self.index.kinds.get(split(key)[0])
        return kind is not None and kind.weak

    def _weak_keys(self, route: str) -> tuple[str, str]:
        path = route.strip("/")
        place = self.index.settings.moves.resolve("items", path)
        return join(("gone", place)), join(("was", archives.period_of(route)))

    def _claim(self, key: str, page: Page) -> None:
        there = self.rows.get(page.route)
        if there and (self._is_weak(key) or there[1] == page):
            return
        if there and not self._is_weak(there[0]):
            self._collide(page.route, there[1].origin, page.origin)
        self.rows[page.route] = (key, page, self._fingerprint(page))

    def _fingerprint(self, page: Page) -> str:
        try:
            template = "" if page.asset else self.templates.fingerprint(page.template)[:16]
        except TemplateError as error:
            asked = f" (asked for by {_place(page.origin)})" if page.origin else ""
            raise TemplateError(error.what + asked, where=error.where, next=error.next) from None
        data = fingerprint(msgspec.structs.replace(page, origin=""))
        return ".".join((code_version(), self._chrome, template, data))

    def _check_others(self) -> None:
        """Routes that a group not in this plan already has, and files where other pages need a folder."""
        for route, (key, page, _) in list(self.rows.items()):
            owner = self.index.owner(route)
            if owner and owner[0] not in self._keys and not self._is_weak(owner[0]):
                if self._is_weak(key):
                    del self.rows[route]
                    continue
                self._collide(route, owner[1], page.origin)
            if route in self.old:
                continue
            below = () if route.endswith("/") else self.index.routes_below(route + "/")
            for other in (*_folders(route), *below):
                holder = self._holder(other)
                if holder is not None:
                    self._collide(min(route, other, key=len), holder, page.origin)
                    break

    def _holder(self, route: str) -> str | None:
        """The origin of the page that will stand at a route; `None` where none will."""
        if route in self.rows:
            return self.rows[route][1].origin
        owner = self.index.owner(route)
        return owner[1] if owner and owner[0] not in self._keys else None

    def _collide(self, route: str, first: str, second: str) -> None:
        names = " and ".join(sorted({_place(first), _place(second)}))
        what = f"two files ask for {route}: {names}"
        self._collisions.append(BroadsheetError(what, next="rename one, or remove its alias"))

    def reason(self, route: str) -> str:
        """Why a page is rendered: which part of its fingerprint changed."""
        if route not in self.old:
            return "new"
        parts = zip(
            ("code", "chrome", "template", "data"),
            self.old[route].split("."),
            self.rows[route][2].split("."),
            strict=False,
        )
        return ", ".join(name for name, old, new in parts if old != new) or "lost"

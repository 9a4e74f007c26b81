"""What a build has to do: which groups to render, what came of it, which pages must go, and what is recorded.

Never renders and never writes but to the index; two pages that ask for one route are complained of, all at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from builder.errors import BroadsheetError, RouteError
from builder.groups import LEADING, join
from builder.index import Index

_NEXT = """CREATE TEMP TABLE IF NOT EXISTS next (route TEXT PRIMARY KEY, key TEXT, template TEXT, fingerprint TEXT,
    origin TEXT, leads TEXT, rank INT, staged INT, why TEXT) WITHOUT ROWID"""


class Row(NamedTuple):
    """A page that is new or may have changed. `why` it is `staged`; or its bytes stand already."""

    route: str
    key: str
    template: str
    fingerprint: str
    origin: str
    leads: str
    rank: int
    staged: bool
    why: str


class Rendered(NamedTuple):
    """What became of some groups: their changed pages, how many they have in all, and the routes they no longer have.

    `held` are those of them whose file cannot be read just now: what was published of it stays.
    """

    rows: list[Row]
    removed: list[str]
    held: list[str]


def _weight(route: str, fingerprint: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{route} {fingerprint}".encode(), digest_size=16).digest())


def _folders(route: str) -> list[str]:
    """The files that could stand where a route needs a folder: of `/tags/x/`, `/tags` and `/tags/x`."""
    parts = route.split("/")[:-1]
    return ["/".join(parts[:length]) for length in range(2, len(parts) + 1)]


class Plan:
    """The pages to come, in a table beside those that were recorded."""

    def __init__(self, index: Index, trusted: bool) -> None:
        self.index, self.db, self.trusted = index, index.db, trusted
        self.db.execute(_NEXT)
        self.db.execute("DELETE FROM next")
        self.removed: set[str] = set()
        self.held: set[str] = set()
        self._collisions: list[BroadsheetError] = []
        sql = "SELECT key FROM dirty" if trusted else "SELECT key FROM dirty UNION SELECT key FROM page"
        keys = [key for (key,) in self.db.execute(f"{sql} ORDER BY 1")]
        self._weak = {key for key in keys if self._is_weak(key)}
        self.keys = [key for key in keys if key not in self._weak and not self._is_last(key)]
        self.is_any = bool(keys)

    def _is_weak(self, key: str) -> bool:
        kind = self.index.kinds.get(key.partition("\t")[0])
        return kind is not None and kind.weak

    def _is_last(self, key: str) -> bool:
        kind = self.index.kinds.get(key.partition("\t")[0])
        return kind is not None and kind.last

    def take(self, found: Rendered) -> None:
        """Note what came of some groups."""
        self.removed.update(found.removed)
        self.held.update(found.held)
        before = self.db.total_changes
        sql = "INSERT INTO next VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        self.db.executemany(sql, found.rows)
        if self.db.total_changes - before < len(found.rows):
            self._check_twice(found.rows)

    def _check_twice(self, rows: list[Row]) -> None:
        """Two pages with one route are one page, or a complaint."""
        for row in rows:
            sql = "SELECT fingerprint, origin FROM next WHERE route = ?"
            fingerprint, origin = self.db.execute(sql, (row.route,)).fetchone()
            if fingerprint != row.fingerprint:
                self._collide(row.route, origin, row.origin)

    # -- pages that give way to others

    def weak_keys(self) -> list[str]:
        """The groups whose pages give way, among the dirty ones, and where a page is no more that had the way."""
        found = set(self._weak)
        for route in self.removed:
            place = self.index.settings.moves.resolve("items", route.strip("/"))
            found.add(join(("gone", place)))
        return sorted(found)

    def is_claimed(self, route: str) -> bool:
        """Whether a page that does not give way stands, or will stand, at a route."""
        if self.db.execute("SELECT 1 FROM next WHERE route = ?", (route,)).fetchone():
            return True
        owner = self.index.owner(route)
        return owner is not None and route not in self.removed and not self._is_weak(owner[0])

    def redirects(self) -> list[tuple[str, str]]:
        """Every address of ours that will lead on, and where to; none of a file that is broken."""
        sql = f"""SELECT route, leads, '' FROM next WHERE leads <> '' UNION ALL
            SELECT p.route, p.leads, p.route FROM ({LEADING}) p LEFT JOIN next n ON n.route = p.route
            WHERE n.route IS NULL ORDER BY 1"""  # noqa: S608
        gone = self.removed | self.held
        return [(route, leads) for route, leads, before in self.db.execute(sql) if before not in gone]

    # -- collisions

    def check(self) -> None:
        """Raise RouteError, with every complaint: two pages ask for a route, or a file stands where a folder must."""
        sql = """SELECT n.route, p.key, p.origin, n.origin FROM next n JOIN page p ON p.route = n.route
            WHERE p.key <> n.key"""
        for route, key, first, second in self.db.execute(sql).fetchall():
            if route not in self.removed and not self._is_weak(key) and key != "held":
                self._collide(route, first, second)
        self.removed -= {route for route in self.removed if self._origin("next", route) is not None}
        sql = """SELECT n.route, n.origin FROM next n LEFT JOIN page p ON p.route = n.route WHERE p.route IS NULL"""
        standing = self.db.execute("SELECT 1 FROM page LIMIT 1").fetchone() is not None
        for route, origin in self.db.execute(sql).fetchall():
            if not route.endswith("/"):
                self._check_below(route, origin)
            for folder in _folders(route) if standing else ():
                if (holder := self._holder(folder)) is not None:
                    self._collide(folder, holder, origin)
                    break
        if self._collisions:
            raise RouteError(self._collisions)

    def _check_below(self, route: str, origin: str) -> None:
        for table in ("next", "page"):
            sql = f"SELECT route, origin FROM {table} WHERE route >= ? AND route < ?"  # noqa: S608
            for below, other in self.db.execute(sql, (route + "/", route + "0")):
                if below not in self.removed:
                    self._collide(route, other, origin)
                    return

    def _origin(self, table: str, route: str) -> str | None:
        row = self.db.execute(f"SELECT origin FROM {table} WHERE route = ?", (route,)).fetchone()  # noqa: S608
        return row[0] if row else None

    def _holder(self, route: str) -> str | None:
        """The origin of the page that stood before, and will stand, at a route; `None` where none will."""
        return None if route in self.removed else self._origin("page", route)

    def _collide(self, route: str, first: str, second: str) -> None:
        names = " and ".join(sorted({place_of(first), place_of(second)}))
        what, next = f"two files ask for {route}: {names}", "rename one, or remove its alias"
        if f"static{route}" in (first, second) and "" in (first, second):
            next = f"move what it says to templates{route}, which takes the place of the default"
        self._collisions.append(BroadsheetError(what, next=next))

    # -- what is published

    def staged(self) -> Iterator[str]:
        """The routes whose bytes changed: assets, then items, then lists, then feeds and sitemaps."""
        for (route,) in self.db.execute("SELECT route FROM next WHERE staged ORDER BY rank, route"):
            yield route

    def count_staged(self) -> int:
        return int(self.db.execute("SELECT count(*) FROM next WHERE staged").fetchone()[0])

    def reasons(self) -> dict[str, str]:
        """Why each page that is written is."""
        return dict(self.db.execute("SELECT route, why FROM next WHERE staged"))

    def added(self) -> Iterator[tuple[str, str]]:
        """The routes that were not there, or of which nobody knows it, each with the content file it comes from."""
        sql = "SELECT n.route, n.origin FROM next n LEFT JOIN page p ON p.route = n.route WHERE p.route IS NULL"
        if not self.trusted:
            sql = "SELECT route, origin FROM next"
        yield from ((route, _file(origin)) for route, origin in self.db.execute(sql))

    def all_routes(self) -> Iterator[tuple[str, str]]:
        """Every recorded route, in order, with the content file that its page comes from."""
        rows = self.db.execute("SELECT route, origin FROM page ORDER BY route")
        yield from ((route, _file(origin)) for route, origin in rows)

    def stands(self, route: str) -> bool:
        """Whether a route has a page from now on."""
        return self._origin("next", route) is not None or (
            route not in self.removed and self._origin("page", route) is not None
        )

    def record(self, strays: dict[str, str], current: Callable[[str], str]) -> str:
        """Record the pages as published, and return the id of what now stands.

        The id is a sum over all pages, so the same pages have the same id, whatever the way there.
        `strays` are pages of an unknown making that stay, since their file cannot be read just now.
        """
        with self.index.transaction():
            total, pages = int(self.index.meta("sum") or 0), self.index.page_count()
            sql = """SELECT n.route, n.fingerprint, p.fingerprint FROM next n LEFT JOIN page p ON p.route = n.route
                WHERE p.fingerprint IS NOT n.fingerprint"""
            for route, now, before in self.db.execute(sql):
                total += _weight(route, now) - (0 if before is None else _weight(route, before))
                pages += before is None
            sql = "INSERT OR REPLACE INTO page SELECT route, key, template, fingerprint, origin, leads, 0 FROM next"
            self.db.execute(sql)
            rows = [(route, "held", "", "", origin, "", 1) for route, origin in strays.items()]
            self.db.executemany("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            total += sum(_weight(route, "") for route in strays)
            for route in self.removed:
                row = self.db.execute("DELETE FROM page WHERE route = ? RETURNING fingerprint", (route,)).fetchone()
                total -= _weight(route, row[0]) if row else 0
                pages -= row is not None
            self.db.executemany("UPDATE page SET held = 1 WHERE route = ?", [(route,) for route in self.held])
            used = [name for (name,) in self.db.execute("SELECT DISTINCT template FROM next WHERE template <> ''")]
            marks = [(name, current(name)) for name in used]
            self.db.executemany("INSERT OR REPLACE INTO template VALUES (?, ?)", marks)
            if self.db.execute("SELECT 1 FROM dirty LIMIT 1").fetchone():
                self.db.execute("DELETE FROM dirty")
            self.index.put_meta("sum", str(total % 2**128))
            self.index.put_meta("pages", str(pages + len(strays)))
            self.index.put_meta("build", f"{total % 2**128:032x}")
        return self.index.meta("build")


def place_of(origin: str) -> str:
    """Where a page comes from, as its owner would look for it."""
    if not origin or origin.startswith(("/", "templates/")):
        return (origin.strip("/") and origin) or "the site's own pages"
    return f"content/{origin}"


def _file(origin: str) -> str:
    return origin if origin.startswith(("items/", "pages/")) else ""

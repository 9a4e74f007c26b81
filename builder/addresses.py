"""A route -> the groups that may have a page there, told by its form, so that one page can be made without the others.

Never builds a page: whether one stands there, and what is on it, the group says.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from builder.cards import TAXONOMIES
from builder.groups import split
from builder.index import Index
from builder.kinds import Key
from builder.redirects import REDIRECTS

_FIXED: dict[str, Key] = {
    "/": ("home",),
    "/latest/": ("latest",),
    "/feed.xml": ("feed",),
    "/feed.json": ("feed",),
    "/sitemap.xml": ("sitemap_index",),
    "/_redirects": (REDIRECTS,),
}
_SITE = ("site",)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_PAGES = re.compile(r"pages(-\d+)?")


def keys_at(index: Index, route: str) -> Iterator[Key]:
    """The groups that may have a page at a route, the likeliest first; some may not be there."""
    if owner := index.owner(route):
        yield split(owner[0])
    if route in _FIXED:
        yield _FIXED[route]
    parts = route.strip("/").split("/")
    moves = index.settings.moves
    yield from _of_a_term(index, parts)
    yield from _of_a_time(parts)
    if parts[0] == "sitemaps":
        yield from _of_a_sitemap(parts)
    if parts[0] == "stories":
        name = "/".join(parts[1:])
        yield from (("story", one) for one in dict.fromkeys((moves.resolve("stories", name), name)))
    place = "/".join(parts)
    for path in dict.fromkeys((place, moves.resolve("items", place))):
        if story := index.story_name(path):
            yield "story", story
        yield "gone", path
    yield "document", place or "index"
    yield "document", f"{place}/index"
    yield "asset", route
    yield _SITE
    yield from _by_alias(index, route)


def _of_a_term(index: Index, parts: list[str]) -> Iterator[Key]:
    """`/tags/`, `/tags/ukraine/`, its feed and its months; by former names as well."""
    taxonomy = parts[0]
    if taxonomy not in TAXONOMIES:
        return
    if len(parts) == 1:
        yield "taxonomy", taxonomy
        return
    for slug in dict.fromkeys((parts[1], index.settings.moves.resolve(taxonomy, parts[1]))):
        if len(parts) == 2 or parts[2] == "feed.xml":
            yield "term", taxonomy, slug
        elif _DATE.fullmatch(parts[2]):
            yield "term_month", taxonomy, slug, parts[2][:7]


def _of_a_time(parts: list[str]) -> Iterator[Key]:
    """`/2026/`, `/2026/01/`, `/2026/w03/`, `/2026/01/12/` and its hours."""
    if not re.fullmatch(r"\d{4}", parts[0]):
        return
    if len(parts) == 1:
        yield "year", parts[0]
    elif len(parts) == 2 and parts[1].startswith("w"):
        yield "week", "-".join(parts)
    elif len(parts) == 2:
        yield "month", "-".join(parts)
    elif len(parts) == 3 or (len(parts) == 4 and re.fullmatch(r"\d\d|all-day", parts[3])):
        yield "day", "-".join(parts[:3])


def _of_a_sitemap(parts: list[str]) -> Iterator[Key]:
    """`/sitemaps/2026-01.xml`, `/sitemaps/2026-01-12.xml`, `/sitemaps/pages-2.xml`."""
    name = parts[-1].removesuffix(".xml")
    if _PAGES.fullmatch(name):
        yield ("sitemap_index",)
    elif len(name) == 7:
        yield "sitemap", name
    else:
        yield "sitemap_day", name[:7], name.replace("-", "/")


def _by_alias(index: Index, route: str) -> Iterator[Key]:
    """Whoever says to have been at this address once: there is no table of that, so all who could are looked at."""
    said = (f'%"aliases":[%{_like(route.strip("/"))}%',)
    sql = r"SELECT DISTINCT story FROM item WHERE CAST(value AS TEXT) LIKE ? ESCAPE '\'"
    yield from (("story", story) for (story,) in index.db.execute(sql, said).fetchall())
    sql = r"""SELECT name FROM subject JOIN written ON subject = id WHERE name >= 'document' AND name < 'documenu'
        AND CAST(value AS TEXT) LIKE ? ESCAPE '\'"""
    yield from (split(name) for (name,) in index.db.execute(sql, said).fetchall())


def _like(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def around(index: Index, route: str) -> list[str]:
    """Routes among which one may have been meant: of items and terms that begin alike, and fixed ones."""
    parts = route.strip("/").split("/")
    found = [*_FIXED, *(f"/{taxonomy}/" for taxonomy in TAXONOMIES)]
    name = parts[-1][:4].lower()
    if parts[0] in TAXONOMIES:
        sql = "SELECT key FROM grp WHERE key >= ? AND key < ? LIMIT 2000"
        bounds = (f"term\t{parts[0]}\t{name[:1]}", f"term\t{parts[0]}\t{name[:1]}\U0010ffff")
        found += [f"/{parts[0]}/{split(key)[2]}/" for (key,) in index.db.execute(sql, bounds)]
    day = "/".join(parts[:3]) if len(parts) > 3 and parts[0] != "stories" else ""
    sql = "SELECT path FROM item WHERE path >= ? AND path < ? LIMIT 2000"
    found += [f"/{path}/" for (path,) in index.db.execute(sql, (day, f"{day}\U0010ffff"))] if day else []
    return found


def near(known: list[str], route: str, most: int = 5) -> tuple[str, ...]:
    """Those of some routes that are close to one that is not there, the closest first."""
    return tuple(difflib.get_close_matches(route, dict.fromkeys(known), most, 0.6))

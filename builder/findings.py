"""What is wrong with a built site, judged by what its files say of themselves.

Never reads a file: it is told what there is, and takes the facts of one file after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import NamedTuple

import msgspec

from builder import urls
from builder.errors import RouteError
from builder.facts import Facts
from builder.links import Target
from builder.model import Report

KINDS = {
    "missing": "Files that are gone",
    "links": "Links that lead nowhere",
    "fragments": "Links to a part of a page that is not there",
    "published": "Addresses published before that lead nowhere",
    "html": "HTML that is not well-formed",
    "ids": "Ids that stand twice",
    "alt": "Images without a text",
    "budget": "Pages and files that are too large",
    "feeds": "Feeds and data that cannot be read",
    "orphans": "Pages that no other page links to",
    "spelling": "Names of one term",
    "theme": "Templates whose default has changed",
}
"""Every kind of finding, in the order in which they are told, with its heading."""

KIB = 1024
PAGE_BUDGETS = {"home.html": 25, "day.html": 25, "item.html": 8}
SHEETS_BUDGET, SCRIPTS_BUDGET = 12, 10
"""What a page of a template, and all style sheets and scripts that one page loads, may weigh: KiB, after gzip -6."""

_NEXT = {
    "missing": "run 'broadsheet build --verify'",
    "links": "correct the link",
    "fragments": "correct the part after the #, or give an element that id",
    "published": "let it redirect: an alias in a front matter, 'broadsheet mv', or a line in content/moves.tsv",
    "html": "correct it there, in its text or in its template",
    "ids": "give each element an id of its own",
    "alt": 'say what it shows: ![text](picture), or alt="" where it only adorns',
    "budget": "load less of them",
    "feeds": "correct its template",
    "orphans": "link to it, or name it in a [[menu]] of content/site.toml",
}
_SELDOM = {"redirect.html", "gone.html", "404.html"}
"""The templates of pages that nobody needs to link to, and through which nobody comes."""
_FEW = 3
"""From so many pages on, what is wrong with all of a template is the template's."""
_EACH = {"missing", "published", "orphans"}
"""What is never told of many routes at once: each asks for something to be done."""


class Finding(Report, frozen=True):
    """One thing that is wrong: of which kind, at which route and line (0: nobody knows), what, and what to do.

    `source` is the file to look at: the page's own in `content/`, else its template, or the settings. Where one thing
    is wrong with many pages and comes from one file, `also` holds the routes of the others.
    """

    kind: str
    route: str
    what: str
    source: str
    next: str
    line: int = 0
    also: tuple[str, ...] = ()


class Known(NamedTuple):
    """What is known of a file of the site without reading it: the template it was made with, and the file it is from.

    Lists come from many files, and have no `origin`. `listed` says that some page has to link to it.
    """

    template: str = ""
    origin: str = ""
    listed: bool = True

    @property
    def source(self) -> str:
        return self.origin or f"templates/{self.template}"


class Judge:
    """Judges a site of these `files` (as they lie in its folder), of which these are `known` by their routes.

    `blamed` names for routes that settings ask for, as menus do, the file that does.
    """

    def __init__(self, files: Set[str], known: Mapping[str, Known], blamed: Mapping[str, str]) -> None:
        self._files, self._known, self._blamed = files, known, blamed
        self._found: list[Finding] = []
        self._ids: dict[str, frozenset[str]] = {}
        self._parts: dict[Target, list[str]] = {}
        self._linked: set[str] = set()
        self._sizes: dict[str, int] = {}
        self._sheets: dict[tuple[str, ...], str] = {}
        self._scripts: dict[tuple[str, ...], str] = {}

    # -- one file after the other

    def limit(self, route: str) -> int | None:
        """The size in bytes from which on it counts how large a file is when gzipped; `None` where it never does."""
        if route.endswith((".css", ".js", ".mjs")):
            return 0
        most = PAGE_BUDGETS.get(self._of(route).template)
        return most and most * KIB

    def take(self, facts: Facts, packed: int = 0) -> None:
        """Note what a file says of itself, and judge what can be judged without the others.

        `packed` is its size in bytes as gzip leaves it, 0 where it does not count.
        """
        route = facts.route
        for fault in facts.faults:
            self._say(fault.kind, route, fault.what, line=fault.line)
        if facts.ids:
            self._ids[route] = facts.ids
        if packed:
            self._sizes[route] = packed
        for target in sorted({*facts.leads, *facts.loads}):
            self._follow(route, target)
        if self._of(route).template not in _SELDOM:
            self._linked.update(target.route for target in facts.leads if target.route != route)
        for loaded, found in ((facts.sheets, self._sheets), (facts.scripts, self._scripts)):
            if loaded:
                found.setdefault(loaded, route)
        self._weigh(route, packed)

    def lose(self, route: str) -> None:
        """Note that a file which was written is not there."""
        self._say("missing", route, "was built and is not there")

    def _follow(self, route: str, target: Target) -> None:
        wrong = self.wrong_with(target)
        if wrong:
            source = self._blamed.get(target.route, "") if target.inside else ""
            self._say("links", route, f"links to {wrong}", source=source)
        elif target.fragment and not target.fragment.startswith(":~:"):
            self._parts.setdefault(target, []).append(route)

    def wrong_with(self, target: Target) -> str:
        """Where a link leads that leads to nothing, and why; `""` for one that does lead somewhere."""
        route = target.route
        if not target.inside:
            return f"{route}, which is not below the site's own path"
        if self.stands(route):
            return ""
        if not route.endswith("/") and self.stands(f"{route}/"):
            return f"{route}, which is at {route}/"
        return f"{route}, which is not there"

    def stands(self, route: str) -> bool:
        """Whether a file is at a route."""
        try:
            return urls.file_of(route) in self._files
        except RouteError:
            return False

    def _weigh(self, route: str, size: int) -> None:
        most = PAGE_BUDGETS.get(self._of(route).template, 0)
        if most and size > most * KIB:
            template = self._of(route).template
            step = f"let templates/{template} show less"
            if template == "item.html":
                step = "shorten its text, or let its source show less: show = 'excerpt'"
            what = f"has {_kib(size)} of HTML, gzipped; {most} KiB at most for a page of {template}"
            self._say("budget", route, what, step=step)

    # -- all of them together

    def published(self, routes: Iterable[str], below: str) -> None:
        """Judge the routes that were published before; they may be written with the path that the site lives under."""
        for route in routes:
            shorter = "/" + route.removeprefix(below)
            if not any(self.stands(one) or self.stands(f"{one}/") for one in (route, shorter)):
                self._say("published", route, "was published, and nothing is there", source="content/moves.tsv")

    def findings(self) -> list[Finding]:
        """All that is wrong, by kind, what and route; what comes from one file is told once."""
        for target, routes in self._parts.items():
            page = target.route.removesuffix("index.html")
            # Of files that are no pages, or not ours, nobody knows the parts.
            ours = self._is_page(page) and page in self._known
            if ours and target.fragment not in {"top", *self._ids.get(page, ())}:
                for route in routes:
                    place = target.route if target.route != route else "this page"
                    self._say("fragments", route, f"links to #{target.fragment} of {place}, which has no such part")
        for found, name, most in (
            (self._sheets, "style sheets", SHEETS_BUDGET),
            (self._scripts, "scripts", SCRIPTS_BUDGET),
        ):
            for loaded, route in found.items():
                self._weigh_together(route, loaded, name, most)
        for route, known in self._known.items():
            if known.listed and known.template not in _SELDOM and self._is_page(route) and route != "/":
                self._check_linked(route)
        return sorted(_together(self._found, self._known), key=order)

    def _is_page(self, route: str) -> bool:
        return route.endswith(("/", ".html"))

    def _check_linked(self, route: str) -> None:
        if route not in self._linked and self.stands(route):
            self._say("orphans", route, "no other page links to it")

    def _weigh_together(self, route: str, loaded: tuple[str, ...], name: str, most: int) -> None:
        sizes = {one: self._sizes.get(one, 0) for one in loaded}
        if sum(sizes.values()) > most * KIB:
            parts = ", ".join(f"{one} {_kib(size)}" for one, size in sizes.items())
            what = f"loads {_kib(sum(sizes.values()))} of {name}, gzipped; {most} KiB at most: {parts}"
            largest = max(sizes, key=lambda one: sizes[one])
            self._say("budget", route, what, source=self._of(largest).source)

    def _of(self, route: str) -> Known:
        return self._known.get(route) or Known()

    def _say(self, kind: str, route: str, what: str, *, source: str = "", step: str = "", line: int = 0) -> None:
        found = Finding(
            kind=kind,
            route=route,
            what=what,
            source=source or self._of(route).source,
            next=step or _NEXT[kind],
            line=line,
        )
        self._found.append(found)


def _kib(size: int) -> str:
    return f"{size / KIB:.1f} KiB"


def order(found: Finding) -> tuple[int, str, str]:
    return list(KINDS).index(found.kind), found.what, found.route


def _together(found: Iterable[Finding], known: Mapping[str, Known]) -> Iterator[Finding]:
    """What is wrong with every page of a template is the template's; and what one file does wrong is said once."""
    many = Counter(one.template for one in known.values())
    alike: dict[tuple[str, str], list[Finding]] = {}
    for one in found:
        if one.kind in _EACH:
            yield one
        else:
            alike.setdefault((one.kind, one.what), []).append(one)
    for group in alike.values():
        counts = Counter(known[route].template for route in {one.route for one in group} if route in known)
        by_source: dict[str, list[Finding]] = {}
        for one in group:
            page = known.get(one.route, Known())
            everywhere = counts[page.template] == many[page.template] >= _FEW and page.template
            source = f"templates/{page.template}" if everywhere and one.source == page.source else one.source
            by_source.setdefault(source, []).append(one)
        for source, ones in by_source.items():
            first = min(ones, key=lambda one: (one.route, one.line))
            others = tuple(sorted({one.route for one in ones} - {first.route}))
            yield msgspec.structs.replace(first, source=source, also=others)

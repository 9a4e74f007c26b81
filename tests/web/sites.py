"""The sites that are checked, each built at `/` and at `/digest/`, and of each the pages that stand for all of a kind.

Never chooses a page by its name: the largest and the smallest of each kind are looked at.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from builder.urls import file_of
from tests.sitetest import SiteTest
from tests.test_browser import Quiet, running
from tests.web.hostile import hostile
from tests.web.sample import sample

_HOST = "https://ellery.example"
_DOZEN = 12


class Shown(NamedTuple):
    """A page that is looked at in a browser: its kind (`home`, `term`, `hour`) and its route below the site."""

    kind: str
    route: str


class Built(NamedTuple):
    """A built site: the folder of a web server that holds it, the path that it lives under, and what to look at.

    `pages` counts all that it has; `shown` are the largest and the smallest page of each kind, `more` a dozen of each.
    """

    folder: Path
    base: str
    pages: int
    shown: tuple[Shown, ...]
    more: tuple[Shown, ...] = ()

    def url(self, origin: str, route: str) -> str:
        return origin + self.base.removesuffix("/") + route

    def largest(self, kind: str) -> str:
        """The route of the largest page of a kind."""
        return next(shown.route for shown in self.shown if shown.kind == kind)


SITES: dict[str, tuple[str, Callable[[Path, str], SiteTest]]] = {
    "sample at /": ("/", sample),
    "sample at /digest/": ("/digest/", partial(sample, styled=True)),
    "hostile at /": ("/", hostile),
    "hostile at /digest/": ("/digest/", partial(hostile, right_to_left=True)),
}
"""What is checked: the path that it lives under, and what writes its content."""


def built(name: str, folder: Path) -> Built:
    """The site of a name, built below `folder` unless it is there: processes that ask at once get the same one."""
    base, write = SITES[name]
    folder /= name.replace("/", "").replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / "built.json"
    with open(folder / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not said.exists():
            site = write(folder, _HOST + base).build(output=folder / "web" / base.strip("/"))
            assert (site.ingested.quarantined, site.report.quarantine) == ((), ()), "a file is set aside"
            said.write_text(json.dumps(chosen(site)), "utf-8")
    pages, *shown = json.loads(said.read_text("utf-8"))
    return Built(folder / "web", base, pages, *(tuple(Shown(*one) for one in some) for some in shown))


def chosen(site: SiteTest) -> tuple[int, list[Shown], list[Shown]]:
    """How many pages a site has, the largest and the smallest of each kind, and a dozen of each from large to small."""
    with site.index(site.output) as index:
        rows = index.db.execute("SELECT route, template FROM page WHERE template LIKE '%.html'").fetchall()
    assert rows, "no page is looked at"
    kinds: dict[str, list[tuple[int, str]]] = {}
    for route, template in rows:
        size = (site.output / file_of(route)).stat().st_size
        kinds.setdefault(kind_of(route, template), []).append((-size, route))
    shown: list[Shown] = []
    more: list[Shown] = []
    for kind, pages in sorted(kinds.items()):
        routes = [route for _, route in sorted(pages)]
        shown += (Shown(kind, route) for route in dict.fromkeys((routes[0], routes[-1])))
        more += (Shown(kind, route) for route in routes[:: -(-len(routes) // _DOZEN)])
    return len(rows), shown, more


def kind_of(route: str, template: str) -> str:
    """What a page is called here: its template, but for the hours of a day.

    >>> kind_of("/tags/harbour/", "term.html"), kind_of("/2026/01/12/08/", "day.html")
    ('term', 'hour')
    """
    kind = template.removesuffix(".html")
    return "hour" if kind == "day" and route.count("/") == 5 else kind


class _Patient(ThreadingHTTPServer):
    """Keeps whoever comes while it is busy: a page asks for all that it needs at once."""

    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves while it is being answered is no fault."""


class _Kept(Quiet):
    """Answers many requests on one connection, as web servers do."""

    protocol_version = "HTTP/1.1"
    timeout = 30


@contextmanager
def served(site: Built) -> Iterator[str]:
    """The address of a web server that holds a site, and knows nothing of us."""
    handler = partial(_Kept, directory=str(site.folder))
    server = _Patient(("127.0.0.1", 0), handler)
    # A browser may leave connections open for longer than the site is served.
    server.daemon_threads = True
    with running(server) as origin:
        yield origin

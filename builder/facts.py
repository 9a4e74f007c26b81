"""What a file of a built site says of itself: its form, its ids, where it leads, what it loads.

Never looks at another file, and never judges what it finds but for its form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from builder import feedform
from builder.links import Links, Target
from builder.model import Value
from builder.pageform import Fault, PageForm


class Facts(Value, frozen=True):
    """What one file says of itself. `leads` is where a reader can go from it, `loads` what else it names.

    `sheets` and `scripts` are the routes of those of ours that it loads.
    """

    route: str
    faults: tuple[Fault, ...] = ()
    ids: frozenset[str] = frozenset()
    leads: tuple[Target, ...] = ()
    loads: tuple[Target, ...] = ()
    sheets: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()


def read(route: str, data: bytes, links: Links) -> Facts:
    """The facts of a file, by the end of its name; of pictures and the like there are none."""
    end = "html" if route.endswith("/") else route.rpartition(".")[2].lower()
    reader = _READERS.get(end)
    if reader is None:
        return Facts(route=route)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = Fault(kind="html" if end == "html" else "feeds", what="is not UTF-8", line=_line(data, error.start))
        return Facts(route=route, faults=(fault,))
    return reader(route, text, links)


def _line(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


def _page(route: str, html: str, links: Links) -> Facts:
    if "<" not in html:
        # One line of text, by which an owner shows to somebody else that the site is theirs.
        return Facts(route=route)
    page = PageForm(html)
    leads = {target for link in page.leads if (target := links.target(link, route))}
    loads = {target for link in page.loads if (target := links.target(link, route))}
    return Facts(
        route=route,
        faults=tuple(page.faults),
        ids=frozenset(page.ids),
        leads=tuple(leads),
        loads=tuple(loads),
        sheets=_routes(page.sheets, route, links),
        scripts=_routes(page.scripts, route, links),
    )


def _routes(found: list[str], route: str, links: Links) -> tuple[str, ...]:
    return tuple(sorted({target.route for link in found if (target := links.target(link, route))}))


# -- other files -----------------------------------------------------------------------------------------------

_URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)|@import\s+["']([^"']+)["']""")


def _sheet(route: str, css: str, links: Links) -> Facts:
    named = ("".join(parts).strip() for parts in _URL.findall(re.sub(r"/\*.*?\*/", "", css, flags=re.S)))
    return Facts(route=route, loads=tuple(_targets(named, route, links)))


def _script(route: str, script: str, links: Links) -> Facts:
    return Facts(route=route)


def _xml(route: str, text: str, links: Links) -> Facts:
    return _form(route, feedform.xml(text), links)


def _json(route: str, text: str, links: Links) -> Facts:
    return _form(route, feedform.json(text), links)


def _form(route: str, form: feedform.Form, links: Links) -> Facts:
    faults = tuple(Fault(kind="feeds", what=what, line=line) for what, line in form.faults)
    return Facts(route=route, faults=faults, loads=tuple(_targets(form.links, route, links)))


def _targets(found: Iterable[str], route: str, links: Links) -> set[Target]:
    # What begins with a sharp sign is a part of the file itself.
    return {target for link in found if link and link[0] != "#" and (target := links.target(link, route))}


_READERS: dict[str, Callable[[str, str, Links], Facts]] = {
    "html": _page, "htm": _page, "css": _sheet, "js": _script, "mjs": _script, "xml": _xml, "svg": _xml,
    "atom": _xml, "rss": _xml, "opml": _xml, "json": _json, "webmanifest": _json,
}  # fmt: skip

"""A page of a built site in Chromium: what axe finds, what is too wide, what goes wrong, and how it looks.

Never loosens the page's policy: axe is evaluated by the browser's own protocol, which no policy concerns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tests.test_browser import Visit, visit
from tests.web import tools
from tests.web.sites import Built, Shown, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
NARROWEST = 320
HIGHEST = 2400
"""Pixels of a page that a picture shows."""
_TOO_WIDE = """width => document.documentElement.scrollWidth <= width ? [] :
  [...document.querySelectorAll('body *:not(:has(*))')].filter(one => !one.closest('.unseen') && (one.getBoundingClientRect().right > width + 1
    || one.getBoundingClientRect().left < -1)).map(one => one.outerHTML.slice(0, 120)).slice(0, 3)
  .concat(document.documentElement.scrollWidth + ' px')"""
_STYLED = "document.styleSheets.length === document.querySelectorAll('link[rel=stylesheet]').length"
_UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"


@contextmanager
def opened(browser: Browser, site: Built) -> Iterator[tuple[Visit, str]]:
    """A window at a site that is served, and the address of its server; all of `<details>` is seen."""
    with served(site) as origin, visit(browser, origin, route=site.base) as there:
        there.page.route("**/*", lambda route: _stay(there.page, route))
        yield there, origin


def _stay(page: Page, route: Route) -> None:
    """A page that leads on by itself is looked at, not left."""
    request = route.request
    itself = request.is_navigation_request() and request.redirected_from is None and request.headers.get("referer")
    if itself and page.url not in ("about:blank", request.url):
        route.fulfill(status=204)
    else:
        route.continue_()


def go(there: Visit, url: str) -> None:
    """Open a page, with its style, and with all that it hides in `<details>`."""
    there.page.goto(url)
    there.page.wait_for_function(_STYLED)
    there.page.evaluate(_UNFOLD)


def axe_faults(page: Page) -> list[str]:
    """The violations that axe finds in the page as it is seen now, by rule, with the first element of each."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(tools.axe())
    # What the page's script does about a new width, it has done after the next frame.
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found = page.evaluate(
        "axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }).then(result => result.violations)"
    )
    return [f"{one['id']} ({len(one['nodes'])}): {_node(one['nodes'][0])}" for one in found]


def _node(node: dict[str, Any]) -> str:
    said = [check["message"] for sort in ("any", "all", "none") for check in node[sort]]
    return f"{node['html'][:160]} {'; '.join(said)[:240]}"


def look(there: Visit, pages: Iterable[Shown], url_of: Any, widths: Iterable[int], scheme: Scheme) -> list[str]:
    """What axe finds in pages, at each of these widths."""
    faults = []
    there.page.emulate_media(color_scheme=scheme)
    for shown in pages:
        go(there, url_of(shown.route))
        for width in widths:
            there.page.set_viewport_size({"width": width, "height": 900})
            faults += [
                f"{shown.route} ({shown.kind}, {width} px, {scheme}): {fault}" for fault in axe_faults(there.page)
            ]
    return faults


def too_wide(page: Page, width: int = NARROWEST) -> list[str]:
    """The elements that make a page wider than a window of this width, and how wide it is."""
    page.set_viewport_size({"width": width, "height": 800})
    found: list[str] = page.evaluate(_TOO_WIDE, width)
    return found


def picture(page: Page, width: int, file: Path) -> None:
    """The page's upper part as a PNG."""
    page.set_viewport_size({"width": width, "height": 900})
    high = min(page.evaluate("document.documentElement.scrollHeight"), HIGHEST)
    page.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": high})

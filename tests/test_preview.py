"""The preview in a real browser: pages change in place, tell what is wrong, and hear of nothing that is not theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from builder.folder import Folder
from builder.server import Preview
from builder.shown import Trouble, Update
from tests.servetest import Heard, Pages, Serving, serving
from tests.sitetest import SiteTest
from tests.test_browser import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

__all__ = ["browser"]
pytestmark = pytest.mark.browser

LONG = "".join(f"<p>Line {number}</p>" for number in range(200))


def page(body: str, head: str = "", title: str = "A page") -> str:
    """A whole page with a style and a script."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'self'; style-src 'self'\">"
        f'<link rel="stylesheet" href="/style.css"><script src="/script.js" defer></script>{head}'
        f'</head><body>{body}<script type="application/ld+json">{{"title": "{title}"}}</script></body></html>'
    )


# What a page's own script does, as that of the theme does it: a button on each card, a dialog, a mark.
SCRIPT = """
for (const card of document.querySelectorAll("article")) {
  const star = document.createElement("button");
  star.textContent = "save " + card.querySelector("a").textContent;
  card.querySelector("p").append(star);
  card.classList.add("new");
}
const dialog = document.createElement("dialog");
dialog.append("Saved");
document.body.append(dialog);
document.documentElement.dataset.ran = 1 + Number(document.documentElement.dataset.ran || 0);
"""


def card(name: str, text: str = "") -> str:
    return f'<article class="card"><h2><a href="/{name}/">{text or name}</a></h2><p class="byline">today</p></article>'


@pytest.fixture
def pages() -> Pages:
    files = {"/style.css": "h1 { color: rgb(1, 2, 3); }", "/script.js": SCRIPT, "/more.js": ""}
    body = f"<h1>One</h1><details><summary>More</summary><p id=more>Less</p></details>{LONG}<p id=end>End</p>"
    return Pages(files | {"/": page(body), "/other/": page("<h1>Other</h1>")})


class Tab:
    """An open page of a preview, which listens when it is made."""

    def __init__(self, opened: Page, server: Preview | Serving, route: str = "/") -> None:
        self.page, self.server = opened, server
        self.faults: list[str] = []
        self.loads: list[str] = []
        opened.on("console", lambda one: self.faults.append(one.text) if one.type in ("error", "warning") else None)
        opened.on("pageerror", lambda error: self.faults.append(str(error)))
        opened.on("request", lambda one: self.loads.append(one.url) if one.is_navigation_request() else None)
        self.fetched: list[str] = []
        opened.on("request", lambda one: self.fetched.append(one.url) if one.resource_type == "fetch" else None)
        self.go(route)

    def go(self, route: str) -> None:
        self.page.goto(self.server.url.rstrip("/") + route)
        self.page.locator("broadsheet-preview").wait_for(state="attached")
        # It stays the same window for as long as nothing loads it again.
        self.page.evaluate("window.same = true")

    @property
    def same(self) -> bool:
        return bool(self.page.evaluate("window.same === true"))

    def shows(self, text: str, selector: str = "body") -> None:
        self.page.locator(selector, has_text=text).first.wait_for()

    def until(self, true: str) -> None:
        """Wait until this is so; Playwright's own way is one that the policy of the page forbids."""
        last = "new Promise((_, no) => setTimeout(() => no(new Error('it never was so')), 20000))"
        seen = f"new Promise(done => {{ const look = () => ({true}) ? done() : setTimeout(look); look(); }})"
        self.page.evaluate(f"Promise.race([{seen}, {last}])")

    def is_told(self, troubles: str) -> None:
        self.page.locator(".overlay", has_text=troubles).wait_for()


@contextmanager
def tabs(browser: Browser, server: Preview | Serving, *routes: str, **window: Any) -> Iterator[list[Tab]]:
    """Tabs of one browser window; each is heard of by the server."""
    opened = browser.new_context(**window)
    try:
        yield [Tab(opened.new_page(), server, route) for route in routes]
    finally:
        opened.close()


class Built(Heard, Folder):
    """A built folder that says who listens."""

    def __init__(self, root: Path) -> None:
        Heard.__init__(self)
        Folder.__init__(self, root)

    def versions(self, routes: Iterable[str]) -> dict[str, str]:
        self.asked(routes)
        return super().versions(routes)


# -- in place --------------------------------------------------------------------------------------------------


def test_a_page_changes_in_place_and_keeps_where_its_reader_is(browser: Browser, pages: Pages) -> None:
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        tab.page.locator("summary").click()
        tab.page.locator("summary").focus()
        tab.page.evaluate("document.querySelector('dialog').showModal(); scrollTo(0, 900)")
        tab.page.evaluate(
            "document.querySelector('dialog').close(); document.querySelector('summary').focus({preventScroll: true})"
        )
        before = tab.page.evaluate("scrollY")
        assert before > 0
        pages.pages["/"] = (
            pages.pages["/"].replace("One", "Two").replace("Less", "A lot").replace(">A page<", ">A new title<")
        )
        server.announce(Update())
        tab.shows("A lot", "#more")
        assert tab.page.locator("h1").inner_text() == "Two"
        assert tab.page.title() == "A new title"
        assert tab.page.evaluate("[scrollY, document.querySelector('details').open]") == [before, True]
        assert tab.page.evaluate("document.activeElement.localName") == "summary"
        assert tab.same and tab.faults == []


def test_what_the_pages_script_made_stays_with_what_it_belongs_to(browser: Browser, pages: Pages) -> None:
    pages.pages["/"] = page("<main>" + card("a") + card("b") + card("c") + "</main>")
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        tab.page.evaluate("document.querySelector('dialog').showModal()")
        pages.pages["/"] = page("<main>" + card("c") + card("b", "B, changed") + "</main>")
        server.announce(Update())
        tab.shows("B, changed")
        texts = tab.page.locator("article").all_inner_texts()
        assert [" ".join(text.split()) for text in texts] == ["c todaysave c", "B, changed todaysave b"]
        assert tab.page.locator("article.new").count() == 2
        assert tab.page.locator("dialog[open]").count() == 1
        assert tab.page.locator("[id]").count() == 0
        assert tab.same and tab.faults == []


def test_new_elements_that_a_script_would_have_seen_are_loaded(browser: Browser, pages: Pages) -> None:
    pages.pages["/"] = page("<main>" + card("a") + "</main>")
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        pages.pages["/"] = page("<main>" + card("b") + card("a") + "</main>")
        server.announce(Update())
        tab.shows("save b", "article")
        assert not tab.same and len(tab.loads) == 2


@pytest.mark.parametrize(
    "head", ['<script src="/more.js"></script>', '<link rel="stylesheet" href="/more.css">'], ids=["script", "style"]
)
def test_another_set_of_scripts_or_styles_loads_the_page_again(browser: Browser, pages: Pages, head: str) -> None:
    pages.pages["/more.css"] = ""
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        tab.page.locator("summary").click()
        tab.page.evaluate("scrollTo(0, 900)")
        pages.pages["/"] = page(f"<h1>Two</h1><details><summary>More</summary><p>Less</details>{LONG}", head)
        with tab.page.expect_navigation():
            server.announce(Update())
        tab.shows("Two", "h1")
        tab.until("scrollY === 900 && document.querySelector('details').open")
        assert len(tab.loads) == 2


# -- styles, scripts, pictures -----------------------------------------------------------------------------------

COLOUR = "getComputedStyle(document.querySelector('h1')).color"


def test_a_style_is_swapped_without_loading_the_page(browser: Browser, pages: Pages) -> None:
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        for colour in ("rgb(4, 5, 6)", "rgb(7, 8, 9)"):
            pages.pages["/style.css"] = f"h1 {{ color: {colour}; }}"
            server.announce(Update(assets=("/style.css",)))
            tab.until(f"{COLOUR} === '{colour}'")
        tab.until("document.querySelectorAll('link[rel=stylesheet]').length === 1")
        # The page itself may change after that as before.
        pages.pages["/"] = pages.pages["/"].replace("One", "Two")
        server.announce(Update())
        tab.shows("Two", "h1")
        assert tab.page.evaluate(COLOUR) == "rgb(7, 8, 9)"
        assert tab.same and tab.faults == []


def test_a_style_under_a_base_path_is_swapped_too(browser: Browser, pages: Pages) -> None:
    pages.base_path = "/digest/"
    pages.pages["/"] = (
        pages.pages["/"].replace('"/style.css"', '"/digest/style.css"').replace('"/script', '"/digest/script')
    )
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        pages.pages["/style.css"] = "h1 { color: rgb(4, 5, 6); }"
        server.announce(Update(assets=("/style.css",)))
        tab.until(f"{COLOUR} === 'rgb(4, 5, 6)'")
        assert tab.same


def test_a_changed_script_loads_the_page_once(browser: Browser, pages: Pages) -> None:
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        pages.pages["/script.js"] = SCRIPT + "document.documentElement.dataset.second = 'yes';"
        with tab.page.expect_navigation():
            server.announce(Update(assets=("/script.js",)))
        tab.until("document.documentElement.dataset.second === 'yes'")
        pages.listens("/")
        pages.pages["/"] = pages.pages["/"].replace("One", "Two")
        server.announce(Update())
        tab.shows("Two", "h1")
        assert len(tab.loads) == 2


# -- tabs ------------------------------------------------------------------------------------------------------


def test_of_two_tabs_only_the_one_that_shows_the_page_asks_for_it(browser: Browser, pages: Pages) -> None:
    with serving(pages) as server, tabs(browser, server, "/", "/other/") as (one, other):
        pages.listens("/", "/other/")
        assert len(server.streams) == 1
        before = list(other.fetched)
        pages.pages["/"] = pages.pages["/"].replace("One", "Two")
        assert server.announce(Update()) == 1
        one.shows("Two", "h1")
        pages.pages["/other/"] = page("<h1>Another</h1>")
        server.announce(Update())
        other.shows("Another", "h1")
        assert other.fetched[len(before) :] == [f"{server.url}other/"]
        assert one.same and other.same


def test_six_tabs_and_more_all_hear(browser: Browser, pages: Pages) -> None:
    routes = [f"/{number}/" for number in range(8)]
    pages.pages |= {route: page("<h1>Old</h1>") for route in routes}
    with serving(pages) as server, tabs(browser, server, *routes) as opened:
        pages.listens(*routes)
        pages.pages |= {route: page("<h1>New</h1>") for route in routes}
        server.announce(Update())
        for tab in opened:
            tab.shows("New", "h1")
            assert tab.same


def test_without_a_shared_worker_each_tab_hears_for_itself(browser: Browser, pages: Pages) -> None:
    with serving(pages) as server:
        window = browser.new_context()
        window.add_init_script("delete window.SharedWorker")
        tab = Tab(window.new_page(), server)
        pages.listens("/")
        pages.pages["/"] = pages.pages["/"].replace("One", "Two")
        server.announce(Update())
        tab.shows("Two", "h1")
        assert tab.same
        window.close()


def test_a_tab_that_goes_on_hears_of_where_it_is(browser: Browser, pages: Pages) -> None:
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        tab.go("/other/")
        pages.listens("/other/")
        pages.pages["/other/"] = page("<h1>Another</h1>")
        server.announce(Update())
        tab.shows("Another", "h1")
        tab.page.go_back()
        pages.listens("/")
        pages.pages["/"] = pages.pages["/"].replace("One", "Two")
        server.announce(Update())
        tab.shows("Two", "h1")


def test_a_server_that_is_started_again_is_found(browser: Browser, pages: Pages) -> None:
    with serving(pages) as server, tabs(browser, server, "/", "/other/") as (one, other):
        pages.listens("/", "/other/")
        server.shutdown()
        server.server_close()
        pages.pages["/"] = pages.pages["/"].replace("One", "Two")
        with serving(pages, int(server.server_address[1])) as again:
            one.shows("Two", "h1")
            pages.listens("/", "/other/")
            pages.pages["/other/"] = page("<h1>Another</h1>")
            again.announce(Update())
            other.shows("Another", "h1")


def test_a_page_that_could_not_be_fetched_is_fetched_again(browser: Browser, pages: Pages) -> None:
    failed: list[str] = []

    def once_or_twice(route: Route) -> None:
        if route.request.resource_type == "fetch" and len(failed) < 2:
            failed.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        tab.page.route(server.url, once_or_twice)
        pages.pages["/"] = pages.pages["/"].replace("One", "Two")
        server.announce(Update())
        tab.shows("Two", "h1")
        assert tab.same and len(failed) == 2


def test_a_page_that_is_made_while_its_address_is_open_appears(browser: Browser, pages: Pages) -> None:
    with serving(pages) as server, tabs(browser, server, "/new/") as (tab,):
        tab.shows("Not found")
        pages.listens("/new/")
        pages.pages["/new/"] = page("<h1>New</h1>")
        server.announce(Update())
        tab.shows("New", "h1")
        pages.listens("/new/")
        del pages.pages["/new/"]
        server.announce(Update())
        tab.shows("Not found")


# -- what is wrong -----------------------------------------------------------------------------------------------

BAD = Trouble(
    what="unexpected end of template",
    where="templates/home.html:12",
    line=12,
    lines=((11, "{% if a %}"), (12, "<p>"), (13, "")),
    stack=("templates/base.html:30",),
)


def test_a_page_that_cannot_be_made_is_kept_under_what_is_wrong_and_heals(browser: Browser, pages: Pages) -> None:
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        pages.listens("/")
        tab.page.evaluate("scrollTo(0, 900)")
        pages.troubles["/"] = BAD
        server.announce(Update())
        tab.is_told("templates/home.html:12")
        assert tab.page.locator(".overlay mark").inner_text().split() == ["12", "<p>"]
        assert tab.page.locator(".overlay [role=alert]").count() == 1
        assert tab.page.evaluate("document.activeElement === document.body && scrollY === 900")
        pages.troubles["/"] = Trouble(what="something else")
        server.announce(Update())
        tab.is_told("something else")
        pages.troubles.clear()
        server.announce(Update())
        tab.page.locator(".overlay").wait_for(state="hidden")
        assert tab.page.locator("h1").inner_text() == "One"
        pages.pages["/"] = pages.pages["/"].replace("One", "Two")
        server.announce(Update())
        tab.shows("Two", "h1")
        # A browser tells of an answer with a status of 500 by itself.
        assert tab.same and all("500" in fault for fault in tab.faults)


def test_a_file_in_trouble_is_told_where_it_is_shown(browser: Browser, pages: Pages) -> None:
    pages.sources = {"/": "content/a.md", "/other/": "content/b.md"}
    with serving(pages) as server, tabs(browser, server, "/", "/other/") as (one, other):
        pages.listens("/", "/other/")
        server.announce(Update(troubles={"content/a.md": Trouble(what="no such month", where="content/a.md:3")}))
        one.is_told("no such month")
        assert other.page.locator(".overlay").is_hidden()
        one.page.keyboard.press("Escape")
        one.page.locator(".overlay").wait_for(state="hidden")
        one.page.locator(".bar .bad").click()
        one.is_told("no such month")
        one.page.locator(".overlay .hide").click()
        one.page.locator(".overlay").wait_for(state="hidden")
        # Who comes later is told as well.
        one.page.reload()
        one.is_told("no such month")
        server.announce(Update())
        one.page.locator(".overlay").wait_for(state="hidden")
        assert one.page.locator(".bar .bad").is_hidden()


def test_a_page_asked_for_in_trouble_says_so_and_heals(browser: Browser, pages: Pages) -> None:
    pages.troubles["/"] = BAD
    with serving(pages) as server, tabs(browser, server, "/") as (tab,):
        assert tab.page.locator("h1").inner_text() == "templates/home.html:12"
        assert tab.page.locator(".overlay").is_hidden()
        pages.listens("/")
        pages.troubles["/"] = Trouble(what="something else")
        server.announce(Update())
        tab.shows("something else")
        pages.troubles.clear()
        server.announce(Update())
        tab.shows("One", "h1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_wrong_can_be_read_on_a_phone(browser: Browser, pages: Pages, scheme: Any) -> None:
    pages.pages["/"] = pages.pages["/"].replace("<head>", '<head><meta name="viewport" content="width=device-width">')
    window = {"viewport": {"width": 390, "height": 800}, "color_scheme": scheme}
    with serving(pages) as server, tabs(browser, server, "/", **window) as (tab,):
        pages.listens("/")
        server.announce(
            Update(troubles={"": Trouble(what="x" * 500, where="content/site.toml:1", lines=((1, "y" * 500),))})
        )
        tab.is_told("xxx")
        wide = tab.page.evaluate(
            "document.querySelector('broadsheet-preview').shadowRoot.querySelector('.overlay').scrollWidth"
        )
        assert wide <= 390
        ground = tab.page.locator(".overlay").evaluate("element => getComputedStyle(element).backgroundColor")
        assert (ground == "rgb(253, 252, 248)") == (scheme == "light")


# -- this page's file --------------------------------------------------------------------------------------------


def test_the_path_of_a_pages_file_is_copied_by_a_click(browser: Browser, pages: Pages) -> None:
    pages.sources = {"/": "content/items/2026/01/12/a.md"}
    window = {"permissions": ["clipboard-read", "clipboard-write"]}
    with serving(pages) as server, tabs(browser, server, "/", **window) as (tab,):
        tab.page.locator(".bar button", has_text="content/items").click()
        tab.page.locator(".bar button", has_text="copied").wait_for()
        assert tab.page.evaluate("navigator.clipboard.readText()") == "content/items/2026/01/12/a.md"
        tab.page.locator(".bar a").click()
        tab.shows("This site", "h1")
        assert tab.page.url.endswith("/_broadsheet/?from=%2F")


# -- the theme itself ---------------------------------------------------------------------------------------------


def test_a_page_of_the_theme_changes_in_place(browser: Browser, tmp_path: Path) -> None:
    site = SiteTest(tmp_path)
    for name in "abc":
        site.item(f"2026/01/12/{name}", title=f"Headline {name}", link=f"https://publisher.example/{name}", tags=["x"])
    pages = Built(site.build().output)
    with serving(pages) as server, tabs(browser, server, "/", "/2026/01/12/b/") as (home, item):
        pages.listens("/", "/2026/01/12/b/")
        home.page.locator(".tools button").first.click()
        site.item("2026/01/12/b", title="Another headline", link="https://publisher.example/b", tags=["x"]).build()
        server.refresh()
        home.shows("Another headline", ".card")
        item.shows("Another headline", "h1")
        assert home.page.locator("dialog[open]").count() == 1
        assert home.page.locator(".card button.save").count() == 3
        assert home.page.locator(".tools button").count() == 4 == item.page.locator(".tools button").count()
        assert home.same and item.same
        assert home.faults == [] and item.faults == []

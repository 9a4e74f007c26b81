"""The sample site in a real browser: every click leads on, nothing is blocked, nothing is fetched from elsewhere."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from builder.folder import Folder
from builder.server import Preview
from tests.sitetest import SiteTest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = (390, 1280)


def missing() -> str:
    """Why there is no browser to test with, or nothing."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed"
    return "" if CHROMIUM.exists() else f"{CHROMIUM} is not installed"


class Quiet(SimpleHTTPRequestHandler):
    """Any static web server; it logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        return


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[str]:
    """The address of a server while it runs."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if reason := missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SiteTest:
    """The site that `make site` makes."""
    root = tmp_path_factory.mktemp("sample")
    shutil.copytree(Path(__file__).parents[1] / "content", root / "content")
    return SiteTest(root).ingest().build()


@pytest.fixture(scope="module")
def origin(sample: SiteTest) -> Iterator[str]:
    """The published folder behind a web server that knows nothing of us."""
    handler = partial(Quiet, directory=str(sample.output))
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as url:
        yield url


class Visit:
    """One open page, and all that went wrong on it."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.faults: list[str] = []
        page.on(
            "console",
            lambda message: self.faults.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure or ""))
        page.on("request", lambda request: self._check(request.url))

    def _check(self, url: str) -> None:
        if not url.startswith((self.origin + "/", "data:")):
            self.faults.append(f"left the site: {url}")

    def _failed(self, url: str, reason: str) -> None:
        # One that leaves a page early aborts what it was still loading.
        if reason != "net::ERR_ABORTED":
            self.faults.append(f"failed: {url} ({reason})")

    @property
    def route(self) -> str:
        return self.page.url.removeprefix(self.origin)

    def click(self, selector: str) -> str:
        """Follow the first such link; the route it leads to."""
        self.page.locator(selector).first.click()
        self.page.wait_for_load_state()
        return self.route


@contextmanager
def visit(
    browser: Browser, origin: str, width: int = 1280, javascript: bool = True, route: str = "/", **window: Any
) -> Iterator[Visit]:
    """A window of its own, with a memory of its own, at a page of the site; more of the `window` as Playwright says it."""
    own: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "java_script_enabled": javascript}
    opened = browser.new_context(**(own | window))
    try:
        there = Visit(opened.new_page(), origin)
        there.page.goto(origin + route)
        yield there
    finally:
        opened.close()


OWN_PAGE = "article.card .byline a[href^='/2026/']"
TAG = ".terms a[href^='/tags/']"
DAY = "h2 a[href^='/2026/']"


def from_home_to_a_day(opened: Visit) -> list[str]:
    """Home, an item, one of its tags, a day of that tag: the routes on the way."""
    return [opened.route, opened.click(OWN_PAGE), opened.click(TAG), opened.click(DAY)]


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_one_can_walk_from_home_to_an_item_a_tag_and_a_day(browser: Browser, origin: str, javascript: bool) -> None:
    with visit(browser, origin, javascript=javascript) as opened:
        home, item, tag, day = from_home_to_a_day(opened)
        assert home == "/"
        assert item.count("/") == 5
        assert tag.startswith("/tags/") and tag.count("/") == 3
        assert day.startswith("/2026/") and day.count("/") == 4
        assert opened.page.locator("h1").count() == 1
        assert opened.faults == []


def pages(site: SiteTest) -> list[str]:
    """One page of each kind, chosen by route."""
    routes = sorted(site.routes())
    items = [route for route in routes if route.startswith("/2026/") and route.count("/") == 5]
    days = [route for route in routes if route.startswith("/2026/") and route.count("/") == 4 and "/w" not in route]
    kinds = ("/", "/latest/", "/tags/", "/publishers/", "/2026/", "/2026/01/", "/about/", "/404.html")
    return [*kinds, items[0], items[-1], days[-1], *(route for route in routes if route.startswith("/stories/"))]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(browser: Browser, origin: str, sample: SiteTest, width: int) -> None:
    with visit(browser, origin, width) as opened:
        for route in pages(sample):
            opened.page.goto(origin + route)
            wide = opened.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{route} is {wide} px wide"
        assert opened.faults == []


def test_the_style_of_the_site_is_applied(browser: Browser, origin: str) -> None:
    with visit(browser, origin) as opened:
        accent = opened.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')")
        assert accent.strip() == "#8c2f1b"


def test_the_keyboard_reaches_the_content_first(browser: Browser, origin: str) -> None:
    with visit(browser, origin) as opened:
        opened.page.keyboard.press("Tab")
        assert opened.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        opened.page.keyboard.press("Enter")
        assert opened.page.evaluate("document.activeElement.id") == "main"


def test_scripts_and_strangers_are_blocked_and_seen_here(browser: Browser, origin: str, sample: SiteTest) -> None:
    page = sample.text("/").replace(
        "</main>", '<script>document.title = "run"</script><img src="https://tracker.example/"></main>'
    )
    sample.file("site/attacked.html", page)
    with visit(browser, origin) as opened:
        opened.page.goto(f"{origin}/attacked.html")
        assert opened.page.title() != "run"
        assert any("Content Security Policy" in fault for fault in opened.faults)


def test_the_preview_breaks_no_rule_of_the_pages(browser: Browser, sample: SiteTest) -> None:
    server = Preview(("127.0.0.1", 0), Folder(sample.output))
    with running(server) as url, visit(browser, url) as opened:
        opened.page.locator("broadsheet-preview").wait_for(state="attached")
        assert from_home_to_a_day(opened)[-1].startswith("/2026/")
        assert opened.faults == []

"""What the script adds in a real browser: keys, a reading list, colours, density, what is new; and that all can be done without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import test_browser
from tests.sitetest import SiteTest
from tests.test_browser import Quiet, Visit, running, visit as visiting
from tests.vectors import TEXTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
browser = test_browser.browser
FOCUSED = "document.activeElement.textContent.trim()"
PAPER = "getComputedStyle(document.documentElement).backgroundColor"
LIGHT, DARK = "rgb(253, 252, 248)", "rgb(23, 24, 26)"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sample site below a path, behind a web server that knows nothing of us."""
    root = tmp_path_factory.mktemp("sample")
    shutil.copytree(Path(__file__).parents[1] / "content", root / "content")
    file = root / "content/site.toml"
    file.write_text("base_url = 'http://127.0.0.1/digest/'\n" + "\n".join(
        line for line in file.read_text("utf-8").splitlines() if not line.startswith("base_url")
    ), "utf-8")  # fmt: skip
    SiteTest(root).ingest().build(output=root / "web/digest")
    with running(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root / "web")))) as url:
        yield f"{url}/digest"


@contextmanager
def reader(browser: Browser, origin: str, route: str = "/", **window: Any) -> Iterator[Visit]:
    """A reader's own window, in which nothing goes wrong."""
    with visiting(browser, origin, route=route, **window) as visit:
        yield visit
        assert visit.faults == []


def press(visit: Visit, *keys: str) -> None:
    for key in keys:
        visit.page.keyboard.press(key)


def headlines(visit: Visit) -> list[str]:
    return [text.strip() for text in visit.page.locator(".card :is(h2, h3)").all_text_contents()]


def test_j_and_k_go_from_story_to_story(browser: Browser, origin: str) -> None:
    with reader(browser, origin) as visit:
        first, second, third = headlines(visit)[:3]
        for key, focused in (("j", first), ("j", second), ("j", third), ("k", second), ("k", first), ("k", first)):
            press(visit, key)
            assert visit.page.evaluate(FOCUSED) == focused


def test_the_keyboard_alone_reaches_every_kind_of_page(browser: Browser, origin: str) -> None:
    with reader(browser, origin) as visit:
        press(visit, "j", "o")
        visit.page.wait_for_url("**/stories/2026/**")
        press(visit, "h")
        visit.page.wait_for_url(origin + "/")
        press(visit, "j", "j", "o")
        visit.page.wait_for_url("**/2026/**")
        assert visit.route.count("/") == 5
        for key, route in (("h", "/"), ("d", "/latest/"), ("/", "/tags/")):
            press(visit, key)
            visit.page.wait_for_url(origin + route)
        visit.page.goto(origin + "/latest/")
        day = visit.click("h2 a")
        press(visit, "[")
        visit.page.wait_for_url(lambda url: url != origin + day)
        assert visit.route < day
        press(visit, "]")
        visit.page.wait_for_url(origin + day)


def test_v_opens_the_article(browser: Browser, origin: str) -> None:
    with reader(browser, origin) as visit:
        press(visit, "j")
        link = visit.page.evaluate("document.activeElement.href")
        visit.page.evaluate(
            "document.addEventListener('click', e => { window.to = e.target.href; e.preventDefault() })"
        )
        press(visit, "v")
        assert visit.page.evaluate("window.to") == link and not link.startswith(origin)


def test_the_reading_list_is_kept_in_this_browser(browser: Browser, origin: str) -> None:
    with reader(browser, origin) as visit:
        first, second = headlines(visit)[:2]
        press(visit, "j", "s", "j", "s")
        visit.page.get_by_role("button", name="Reading list 2").click()
        links = visit.page.locator("dialog[open] li a")
        assert [text.strip() for text in links.all_text_contents()] == [second, first]
        assert links.first.get_attribute("href", timeout=2_000).startswith(origin + "/")  # type: ignore[union-attr]
        visit.page.locator("dialog[open] li button").first.click()
        press(visit, "Escape")
        visit.page.reload()
        assert visit.page.locator(".save[aria-pressed=true]").count() == 1
        visit.page.goto(origin + "/latest/")
        visit.page.get_by_role("button", name="Reading list 1").click()
        assert visit.page.locator("dialog[open] li a").all_text_contents() == [first]
    with reader(browser, origin) as other:
        assert other.page.locator(".save[aria-pressed=true]").count() == 0


def test_the_keys_are_named_and_can_be_turned_off(browser: Browser, origin: str) -> None:
    with reader(browser, origin) as visit:
        press(visit, "?")
        opened = visit.page.locator("dialog[open]")
        assert opened.locator("dt").all_text_contents() == ["j", "k", "o", "v", "s", "/", "h", "d", "[", "]", "?"]
        before = visit.page.evaluate(FOCUSED)
        press(visit, "j")
        assert visit.page.evaluate(FOCUSED) == before, "a dialog is not left by a letter"
        opened.get_by_role("checkbox").uncheck()
        press(visit, "Escape")
        visit.page.reload()
        press(visit, "j", "?")
        assert visit.page.locator("dialog[open]").count() == 0
        assert visit.page.evaluate("document.activeElement === document.body")
        visit.page.get_by_role("button", name="Keys").click()
        assert not visit.page.get_by_role("checkbox").is_checked()


def test_letters_with_a_modifier_are_the_browsers(browser: Browser, origin: str) -> None:
    with reader(browser, origin) as visit:
        press(visit, "Control+j", "Alt+j", "Meta+j")
        assert visit.page.evaluate("document.activeElement === document.body")


@pytest.mark.parametrize(("scheme", "before", "after"), [("light", LIGHT, DARK), ("dark", DARK, LIGHT)])
def test_the_reader_chooses_the_colours_and_no_page_flashes(
    browser: Browser, origin: str, scheme: str, before: str, after: str
) -> None:
    with reader(browser, origin, color_scheme=scheme) as visit:
        assert visit.page.evaluate(PAPER) == before
        button = visit.page.get_by_role("button", name="Dark")
        assert button.get_attribute("aria-pressed") == str(scheme == "dark").lower()
        button.click()
        assert visit.page.evaluate(PAPER) == after
        # What stands when the body begins is what is painted first.
        visit.page.add_init_script(
            "new MutationObserver(() => { if (document.body && !window.early)"
            " window.early = document.documentElement.dataset.theme || 'none' })"
            ".observe(document, { childList: true, subtree: true })"
        )
        visit.page.goto(origin + "/latest/")
        assert visit.page.evaluate(PAPER) == after
        assert visit.page.evaluate("window.early") == ("light" if scheme == "dark" else "dark")


def test_the_dense_list_shows_headlines_alone(browser: Browser, origin: str) -> None:
    with reader(browser, origin) as visit:
        high = visit.page.evaluate("document.documentElement.scrollHeight")
        visit.page.get_by_role("button", name="Compact").click()
        assert visit.page.locator(".card .summary:visible").count() == 0
        assert visit.page.locator(".card h2:visible").count() == len(headlines(visit))
        visit.page.reload()
        assert visit.page.evaluate("document.documentElement.scrollHeight") < 0.8 * high


def test_what_is_new_since_the_last_visit_is_marked(browser: Browser, origin: str) -> None:
    with reader(browser, origin, "/latest/") as visit:
        assert visit.page.locator(".card.new").count() == 0, "at the first visit nothing is old"
        key = origin + "/visit"
        third = visit.page.locator(".card time").nth(2).get_attribute("datetime")
        visit.page.evaluate(
            "([key, since]) => localStorage.setItem(key, JSON.stringify({since, newest: since, at: 0}))", [key, third]
        )
        for _ in range(2):
            # Who reloads is still there.
            visit.page.reload()
            assert visit.page.locator(".card.new").count() == 2
            assert "New since your last visit: 2" in visit.page.locator("main").inner_text()


def test_a_time_of_today_says_how_long_ago_it_is(browser: Browser, origin: str) -> None:
    with reader(browser, origin) as visit:
        time = visit.page.locator(".card time[datetime*='T']").first
        stamp, text = time.get_attribute("datetime"), time.inner_text()
        visit.page.clock.set_fixed_time(datetime.fromisoformat(str(stamp)) + timedelta(hours=3))
        visit.page.reload()
        time = visit.page.locator(".card time[datetime*='T']").first
        assert time.inner_text() == text and time.get_attribute("data-ago") == "3 hr. ago"


def test_without_scripts_there_is_nothing_that_does_nothing(browser: Browser, origin: str) -> None:
    with reader(browser, origin, java_script_enabled=False) as visit:
        assert visit.page.locator("button, dialog, input").count() == 0
        (lead,) = visit.page.locator("details[open]").all()
        assert lead.locator("li").first.is_visible(), "the lead shows its other headlines openly"
        visit.page.locator("details:not([open]) summary").first.click()
        assert visit.page.locator("details[open]").nth(1).locator("li").first.is_visible()


def test_nothing_is_cut_off_at_320_pixels(browser: Browser, origin: str) -> None:
    with reader(browser, origin, viewport={"width": 320, "height": 800}) as visit:
        for route in ("/", "/latest/", "/tags/", "/2026/", "/2026/01/"):
            visit.page.goto(origin + route)
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320, route


def test_on_paper_there_are_stories_and_no_buttons(browser: Browser, origin: str) -> None:
    with reader(browser, origin, color_scheme="dark") as visit:
        visit.page.emulate_media(media="print")
        assert visit.page.locator(":is(button, nav, dialog):visible").count() == 0
        assert visit.page.locator(".card h2:visible").count() > 5
        assert visit.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_a_storage_that_is_forbidden_forgets_and_breaks_nothing(browser: Browser, origin: str) -> None:
    with reader(browser, origin) as visit:
        visit.page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })")
        visit.page.goto(origin + "/")
        press(visit, "j", "s")
        assert visit.page.locator(".save[aria-pressed=true]").count() == 1


def test_a_headline_is_text_wherever_the_script_shows_it(browser: Browser, tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(base_url="http://127.0.0.1/")
    for number, text in enumerate(TEXTS[:24]):
        site.item(f"2026/01/12/a-{number}", title=text or "-", link="https://a.example/", publisher=text)
    site.build()
    with (
        running(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site.output)))) as url,
        reader(browser, url) as visit,
    ):
        visit.page.on("dialog", lambda dialog: visit.faults.append(dialog.message))
        before = visit.page.evaluate("document.scripts.length")
        for star in visit.page.locator(".save").all():
            star.click()
        visit.page.get_by_role("button", name="Reading list 24").click()
        assert visit.page.locator("dialog[open] li").count() == 24
        assert visit.page.locator("dialog[open] li :not(a, button, span)").count() == 0
        assert visit.page.evaluate("document.scripts.length") == before

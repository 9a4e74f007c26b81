"""`broadsheet serve` as who edits a site meets it: files are saved, and a browser shows what became of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.servetest import Serving, save
from tests.sitetest import SiteTest
from tests.test_browser import browser
from tests.test_preview import Tab, tabs

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]
pytestmark = pytest.mark.browser

TEXT = "\n\n".join(f"Paragraph {number}." for number in range(80))


@pytest.fixture
def site(tmp_path: Path) -> SiteTest:
    """Three items, two of which are one story, and nothing built."""
    site = SiteTest(tmp_path)
    for name in ("ferry", "harbour"):
        link = f"https://{name}.example/strike"
        site.item(f"2026/01/12/{name}", title=f"Strike at the {name}", link=link, publisher=name, story="strike")
    return site.item("2026/01/11/storm", title="A storm", link="https://paper.example/storm", tags=["wind"], body=TEXT)


@contextmanager
def serve(site: SiteTest, *options: str, port: int = 0) -> Iterator[Serving]:
    running = Serving(site.root, *options, port=port)
    try:
        assert running.url
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


def storm(site: SiteTest, title: str) -> None:
    save(site, "2026/01/11/storm", title=title, link="https://paper.example/storm", tags=["wind"], body=TEXT)


def quiet(*opened: Tab) -> bool:
    """Nothing was blocked and nothing failed."""
    return [fault for tab in opened for fault in tab.faults] == []


def test_a_saved_item_is_shown_where_it_stands_and_nowhere_else(site: SiteTest, browser: Browser) -> None:
    routes = ("/2026/01/11/storm/", "/", "/2026/01/12/ferry/")
    with serve(site) as server, tabs(browser, server, *routes) as (item, home, other):
        item.page.locator("main a").last.focus(timeout=5000)
        item.page.evaluate("scrollTo(0, 600)")
        # Those of the first story are open by themselves.
        home.page.locator(".card.lead details summary").click()
        before = [tab.page.evaluate("scrollY") for tab in (item, home)]
        # What it may ask for at the start, it has asked for.
        asked = len(other.fetched)
        storm(site, "A greater storm")
        item.shows("A greater storm", "h1")
        home.shows("A greater storm", ".card")
        assert [tab.page.evaluate("scrollY") for tab in (item, home)] == before and before[0] > 0
        assert item.page.evaluate("document.activeElement.localName") == "a"
        assert home.page.locator(".card.lead details:not([open])").count() == 1
        assert item.page.title().startswith("A greater storm")
        # The same change, told to all at once: who shows nothing of it was not asked to look.
        assert len(other.fetched) == asked
        assert all(tab.same for tab in (item, home, other)) and quiet(item, home, other)
    assert not (site.root / "site").exists()


def test_a_new_item_and_the_home_page_that_shows_it_appear(site: SiteTest, browser: Browser) -> None:
    with serve(site) as server, tabs(browser, server, "/", "/2026/01/11/stork/") as (home, tab):
        tab.shows("Page not found")
        tab.shows("/2026/01/11/storm/", "main")
        save(site, "2026/01/11/stork", title="A stork came", link="https://paper.example/stork")
        tab.shows("A stork came", "h1")
        home.shows("A stork came", ".card")
        (site.root / "content/items/2026/01/11/stork.md").unlink()
        home.until("!document.body.textContent.includes('A stork came')")
        assert quiet(home)


def test_a_style_is_swapped_and_a_template_morphs_its_pages(site: SiteTest, browser: Browser) -> None:
    site.config(theme={"css": "/custom.css"}).file("content/static/custom.css", "h1 { color: rgb(1, 2, 3); }")
    style, template = site.root / "content/static/custom.css", site.root / "templates/item.html"
    template.parent.mkdir()
    with serve(site) as server, tabs(browser, server, "/2026/01/11/storm/", "/") as (item, home):
        colour = "getComputedStyle(document.querySelector('h1')).color"
        assert item.page.evaluate(colour) == "rgb(1, 2, 3)"
        style.write_text("h1 { color: rgb(4, 5, 6); }", "utf-8")
        item.until(f"{colour} === 'rgb(4, 5, 6)'")
        part = '{% extends "base/item.html" %}{% block main %}<p id="own">'
        template.write_text(part + "First</p>{{ super() }}{% endblock %}", "utf-8")
        item.shows("First", "#own")
        template.write_text(part + "Second</p>{{ super() }}{% endblock %}", "utf-8")
        item.shows("Second", "#own")
        assert item.page.locator("main h1").inner_text() == "A storm"
        assert item.same and home.same and quiet(item, home)


def test_a_fault_is_told_over_the_last_good_page_and_goes_away(site: SiteTest, browser: Browser) -> None:
    with serve(site) as server, tabs(browser, server, "/2026/01/11/storm/") as (tab,):
        template = site.root / "templates/item.html"
        template.parent.mkdir()
        template.write_text(
            '{% extends "base/item.html" %}\n{% block main %}\n{{ page.titel }}\n{% endblock %}', "utf-8"
        )
        tab.is_told("templates/item.html:3")
        assert "page has no 'titel'" in server.said(r"templates/item\.html:3: ").string
        assert "titel" in tab.page.locator(".overlay mark").inner_text()
        assert tab.page.locator("main h1").inner_text() == "A storm"
        template.unlink()
        tab.page.locator(".overlay").wait_for(state="hidden")
        # One in the front matter of the page's own file, which the terminal tells too.
        file = site.root / "content/items/2026/01/11/storm.md"
        good = file.read_text("utf-8")
        file.write_text(good.replace("title: ", "title: ["), "utf-8")
        tab.is_told("content/items/2026/01/11/storm.md")
        assert server.said(r"content/items/2026/01/11/storm\.md")
        file.write_text(good, "utf-8")
        tab.page.locator(".overlay").wait_for(state="hidden")
        assert tab.same and tab.page.locator("main h1").inner_text() == "A storm"


def test_an_open_tab_finds_the_server_that_is_started_again(site: SiteTest, browser: Browser) -> None:
    with serve(site) as server, tabs(browser, server, "/2026/01/11/storm/") as (tab,):
        port = urlsplit(server.url).port or 0
        assert server.stop() == 130
        storm(site, "A storm while nobody looked")
        with serve(site, port=port):
            tab.shows("A storm while nobody looked", "h1")
            storm(site, "A storm again")
            tab.shows("A storm again", "h1")


def test_a_page_names_its_file_and_leads_to_what_is_known_of_the_site(site: SiteTest, browser: Browser) -> None:
    site.item("2026/01/13/later", draft=True, title="Later")
    with serve(site, "--drafts") as server, tabs(browser, server, "/2026/01/11/storm/") as (tab,):
        tab.page.locator(".bar button", has_text="content/items/2026/01/11/storm.md").wait_for()
        tab.page.locator(".bar a").click()
        for title in ("This page", "Set aside", "Last update", "Not published yet", "Sources", "Slowest pages"):
            tab.shows(title, "h2")
        tab.shows("templates/item.html", "table")
        tab.shows("content/items/2026/01/13/later.md", "table")
        assert quiet(tab)


def test_a_site_below_a_path_is_served_below_it(site: SiteTest, browser: Browser) -> None:
    site.config(base_url="https://site.example/digest/")
    with serve(site) as server, tabs(browser, server, "/2026/01/11/storm/") as (tab,):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/digest/", server.url)
        storm(site, "A storm below a path")
        tab.shows("A storm below a path", "h1")
        assert tab.same and quiet(tab)

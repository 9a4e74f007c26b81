"""Pages of every kind in Chromium, light and dark, wide and narrow: what axe finds, and what goes wrong by itself.

With the sample site it leaves a picture of each in `build/screenshots/`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import test_browser
from tests.sitetest import SiteTest
from tests.web.browsing import SCHEMES, Scheme, axe_faults, go, look, opened, picture, too_wide
from tests.web.sites import SITES, Built, Shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
browser = test_browser.browser
SiteOf = Callable[[str], Built]
PICTURES = Path(__file__).parents[2] / "build/screenshots"
# The pages that people write by hand, each of which has something that no other has.
BY_HAND = tuple(
    Shown("by hand", f"/2026/01/{name}/")
    for name in ("30/own-post", "30/noted", "30/pictured", "30/podcast", "30/long", "30/moved", "31/in-ar", "31/in-th")
)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", SITES)
def test_axe_finds_nothing(browser: Browser, site_of: SiteOf, name: str, scheme: Scheme) -> None:
    site = site_of(name)
    pages = site.shown + (BY_HAND if "sample" in name else ())
    with opened(browser, site) as (there, origin):
        assert look(there, pages, lambda route: site.url(origin, route), (390, 1280), scheme) == []


@pytest.mark.parametrize("name", SITES)
def test_no_page_is_wider_than_320_pixels_breaks_its_policy_or_leaves_the_site(
    browser: Browser, site_of: SiteOf, name: str
) -> None:
    site, faults = site_of(name), []
    with opened(browser, site) as (there, origin):
        for shown in site.more:
            go(there, site.url(origin, shown.route))
            faults += [f"{shown.route}: {wide}" for wide in too_wide(there.page)]
            faults += [f"{shown.route}: {fault}" for fault in there.faults]
            there.faults.clear()
    assert faults == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_what_the_script_opens(browser: Browser, site_of: SiteOf, scheme: Scheme) -> None:
    with opened(browser, site_of("sample at /")) as (there, origin):
        there.page.emulate_media(color_scheme=scheme)
        for keys in ("j s j s", "?"):
            go(there, f"{origin}/")
            for key in keys.split():
                there.page.keyboard.press(key)
            if keys != "?":
                there.page.get_by_role("button", name="Reading list").click()
            assert there.page.locator("dialog[open]").count() == 1
            assert axe_faults(there.page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_pictures_of_every_kind_of_page(browser: Browser, site_of: SiteOf, scheme: Scheme) -> None:
    site = site_of("sample at /")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob(f"*-{scheme}.png"):
        old.unlink()
    largest = {shown.kind: shown for shown in reversed(site.shown)}
    with opened(browser, site) as (there, origin):
        there.page.emulate_media(color_scheme=scheme)
        for kind, shown in sorted(largest.items()):
            there.page.goto(site.url(origin, shown.route))
            for width in (390, 768, 1280):
                picture(there.page, width, PICTURES / f"{kind}-{width}-{scheme}.png")
    assert len(list(PICTURES.glob(f"*-{scheme}.png"))) == 3 * len(largest) >= 48


# -- what is wrong is seen ---------------------------------------------------------------------------------------


@pytest.fixture
def attacked(tmp_path: Path) -> Callable[[str], Built]:
    """A site of which one page ends with this HTML."""
    site = SiteTest(tmp_path).item("2026/01/12/a").build()

    def attacked(html: str) -> Built:
        page = site.text("/2026/01/12/a/").replace("</main>", f"{html}</main>")
        site.file("site/attacked/index.html", page)
        site.file("site/low.css", ".low { color: #bbb; background: #ddd }")
        return Built(site.output, "/", 1, (Shown("item", "/attacked/"),))

    return attacked


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ('<link rel="stylesheet" href="/low.css"><p class="low">hardly seen</p>', "color-contrast"),
        ("<input>", "label"),
        ('<img src="/static/favicon.svg">', "image-alt"),
        ('<a href="/"></a>', "link-name"),
        ("<ul><p>no line of a list</p></ul>", "list"),
    ],
)
def test_what_axe_shall_find_is_found(browser: Browser, attacked: Callable[[str], Built], html: str, rule: str) -> None:
    site = attacked(html)
    with opened(browser, site) as (there, origin):
        faults = look(there, site.shown, lambda route: site.url(origin, route), (390,), "light")
        assert [fault for fault in faults if f"{rule} (" in fault]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<script>document.title = 'run'</script>", "Content Security Policy"),
        ('<p style="color: red">a style</p>', "Content Security Policy"),
        ('<img src="https://tracker.example/a.png" alt="">', "left the site"),
        ('<img src="/static/nothing.svg" alt="">', "404"),
    ],
)
def test_what_breaks_the_policy_is_seen(
    browser: Browser, attacked: Callable[[str], Built], html: str, said: str
) -> None:
    with opened(browser, attacked(html)) as (there, origin):
        go(there, f"{origin}/attacked/")
        assert there.page.title() != "run"
        assert any(said in fault for fault in there.faults), there.faults


def test_what_is_too_wide_is_seen(browser: Browser, attacked: Callable[[str], Built]) -> None:
    with opened(browser, attacked(f"<pre><code>narrow</code></pre><p>{'<b>wide</b>' * 40}</p>")) as (there, origin):
        go(there, f"{origin}/attacked/")
        there.page.evaluate("document.styleSheets[0].insertRule('p { white-space: nowrap; overflow-wrap: normal }', 0)")
        assert any("<b>wide</b>" in one for one in too_wide(there.page))

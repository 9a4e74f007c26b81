"""Nothing that a feed says can harm the reader: hostile texts of our own in every field, read and shown.

`make payloads` does the same, with every form of feed, for the thousands of texts in the corpora.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from tests.hostiletest import file_faults, hostile_site, page_faults
from tests.payloads import CONTROLS, LOADED, TOGETHER, Watch, fired, texts_of, watching
from tests.sitetest import SiteTest
from tests.sweeps import LONG
from tests.test_browser import missing
from tests.vectors import TEXTS, VECTORS


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SiteTest:
    """Each text in every field of a feed of its own, and of a file that somebody wrote by hand."""
    return hostile_site(tmp_path_factory.mktemp("hostile"), TEXTS, forms=("escaped",))


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An item's page with nothing wrong in it."""
    return hostile_site(tmp_path_factory.mktemp("harmless"), ["A harmless text"]).text("/2026/01/01/file-0/")


@pytest.fixture(scope="module")
def watch(site: SiteTest) -> Iterator[Watch]:
    if reason := missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with watching({name: site.files()[name[1:]] for name in LOADED}) as watch:
        yield watch


def test_there_are_hundreds_of_texts_and_each_is_another() -> None:
    assert len(TEXTS) >= 200 and len(set(TEXTS)) == len(TEXTS)


def test_every_text_became_two_items(site: SiteTest) -> None:
    assert site.ingested.quarantined == site.report.quarantine == ()
    (source,) = site.ingested.sources
    # Two of the addresses are further spellings of others.
    assert (source.found, source.new) == (len(TEXTS), len(TEXTS) - 2)
    assert all(site.has(f"/2026/01/{1 + number // 24:02}/file-{number}/") for number in range(len(TEXTS)))


def test_no_page_feed_or_sitemap_holds_what_it_may_not(site: SiteTest) -> None:
    faults = [f"{name}: {fault}" for name, data in site.files().items() for fault in file_faults(name, data)]
    assert faults == []


@pytest.mark.parametrize("name", [name for name in CONTROLS if name != "what is opened"])
def test_what_a_page_may_not_hold_is_seen(harmless: str, name: str) -> None:
    assert page_faults(harmless) == []
    assert page_faults(harmless.replace("</main>", CONTROLS[name] + "</main>")) != []


def test_what_looks_like_a_template_comes_out_as_it_is(tmp_path: Path) -> None:
    """In title, text, tag and name alike; nothing is ever rendered twice."""
    site = SiteTest(tmp_path)
    for number, text in enumerate(VECTORS["templates"]):
        site.item(f"2026/01/05/x{number}", title=text, body=f"Before {text} after", tags=[text], publisher=text)
    site.build()
    for number, text in enumerate(VECTORS["templates"]):
        page, shown = site.text(f"/2026/01/05/x{number}/"), escape(text, quote=False)
        shown = shown.replace("'", "&#39;").replace('"', "&#34;")
        assert f">{shown}</h1>" in page
        assert page.count(f"<bdi>{shown}</bdi>") == 2


@pytest.mark.browser
def test_a_browser_that_shows_a_raw_text_notices(watch: Watch, harmless: str) -> None:
    """One control of each kind; `make payloads` has all of them."""
    chosen = ["image that fails", "link to a script", "image of another site", "refresh", "window"]
    assert watch.show([harmless]) == []
    assert fired(watch, harmless, chosen) == chosen


@pytest.mark.browser
def test_no_text_does_anything_in_a_browser_without_our_policy(site: SiteTest, watch: Watch) -> None:
    """Every item's page, and every list of stories that is no term's: what those show is shown here as well."""
    names = [name for name in site.files() if name.endswith(".html") and name.startswith(("20", "index", "latest"))]
    assert len(names) > 2 * len(TEXTS)
    # Of each text two items: one as a feed says it, one as a person writes it. `make payloads` and `make laws` show both.
    names = names if LONG else names[::2]
    for start in range(0, len(names), TOGETHER):
        assert watch.show([site.text("/" + name) for name in names[start : start + TOGETHER]]) == []
    assert watch.counts["clicks"] > len(names)


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="BROADSHEET_CORPORA"):
        texts_of("")
    with pytest.raises(SystemExit, match="html_payloads"):
        texts_of(str(tmp_path))

"""Real feeds and hand-written files of third parties in one site: valid HTML on every page, and nothing that axe finds.

They stand in the folder named by BROADSHEET_CORPORA and in `seeds` beside it; `make web-corpora` runs this.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import cliprocess, test_browser
from tests.sitetest import SiteTest
from tests.test_corpora import TODAY
from tests.web import tools
from tests.web.browsing import SCHEMES, Scheme, go, look, opened, too_wide
from tests.web.sites import Built, chosen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

browser = test_browser.browser
_CORPORA = os.environ.get("BROADSHEET_CORPORA", "")
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.browser,
    pytest.mark.skipif(not _CORPORA, reason="BROADSHEET_CORPORA names no folder"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The site of all files and feeds."""
    feeds = sorted(file for file in (Path(_CORPORA) / "feeds").iterdir() if file.name != "MANIFEST.tsv")
    source = [{"name": file.name, "file": str(file)} for file in feeds]
    site = SiteTest(tmp_path_factory.mktemp("real")).config(show="full", timezone="Europe/Berlin", source=source)
    assert cliprocess.run(site.root, "import", str(Path(_CORPORA).parent / "seeds")).code == 0
    site.ingest(as_of=TODAY).build(output=site.root / "web", as_of=TODAY)
    assert site.report.quarantine == ()
    pages, shown, more = chosen(site)
    return Built(site.output, "/", pages, tuple(shown), tuple(more))


def test_every_page_is_valid_html(site: Built) -> None:
    assert site.pages > 5000
    assert [str(message) for message in tools.validated(site.folder)] == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(browser: Browser, site: Built, scheme: Scheme) -> None:
    with opened(browser, site) as (there, origin):
        assert look(there, site.shown, lambda route: site.url(origin, route), (390, 1280), scheme) == []


def test_no_page_is_wider_than_320_pixels_or_breaks_its_policy(browser: Browser, site: Built) -> None:
    faults = []
    with opened(browser, site) as (there, origin):
        for shown in site.more:
            go(there, site.url(origin, shown.route))
            faults += [f"{shown.route}: {fault}" for fault in (*too_wide(there.page), *there.faults)]
            there.faults.clear()
    assert faults == []

"""Real feeds of third parties, all at once: nothing fails, twice is once, every link leads somewhere.

They stand in the folder named by BROADSHEET_CORPORA; the small sibling at the end always runs.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.linktest import dead_links
from tests.sitetest import SiteTest

_BASE = "https://news.example/digest/"
_CORPORA = os.environ.get("BROADSHEET_CORPORA", "")
_OWN = Path(__file__).parent / "sources"


def take_in(tmp_path: Path, files: list[Path]) -> SiteTest:
    """A site with each of these files as a source, ingested twice and built twice."""
    source = [{"file": str(file)} for file in files]
    site = SiteTest(tmp_path).config(base_url=_BASE, timezone="Europe/Berlin", show="full", source=source).ingest()
    first = site.ingested
    assert site.ingest().ingested.written == 0
    site.build()
    assert site.report.quarantine == ()
    written = site.report.pages.written
    assert site.build().report.pages.written == 0
    assert (first.written > 0, written > first.written) == (True, True)
    site.ingested = first
    return site


@pytest.mark.corpus
@pytest.mark.skipif(not _CORPORA, reason="BROADSHEET_CORPORA names no folder")
def test_all_real_feeds_at_once(tmp_path: Path) -> None:
    feeds = sorted(file for file in (Path(_CORPORA) / "feeds").iterdir() if file.name != "MANIFEST.tsv")
    site = take_in(tmp_path, feeds)
    sources = site.ingested.sources
    assert sum(source.found > 0 for source in sources) >= len(feeds) - 2
    assert sum(source.found + len(source.dropped) for source in sources) == 4240
    links = dead_links(site, _BASE)
    assert links.checked > 100_000
    assert links.dead == []


def test_our_own_feeds_at_once(tmp_path: Path) -> None:
    feeds = sorted(file for file in _OWN.iterdir() if file.suffix in (".xml", ".rss", ".atom", ".rdf", ".json"))
    feeds = [file for file in feeds if not file.name.endswith(".expected.json")]
    assert len(feeds) >= 6
    site = take_in(tmp_path, feeds)
    assert all(source.found for source in site.ingested.sources)
    assert dead_links(site, _BASE).dead == []

"""Real feeds of third parties, all at once: nothing fails, twice is once, every link leads somewhere.

They stand in the folder named by BROADSHEET_CORPORA; the small sibling at the end always runs.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builder import frontmatter
from builder.model import Item
from builder.sources import fold
from tests.linktest import dead_links
from tests.sitetest import SiteTest
from tests.sweeps import LONG
from tests.test_ingest import content, items

_BASE = "https://news.example/digest/"
_CORPORA = os.environ.get("BROADSHEET_CORPORA", "")
TODAY = datetime(2026, 11, 22, tzinfo=UTC)
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
    feeds = feeds if LONG else feeds[::4]
    site = take_in(tmp_path, feeds)
    sources = site.ingested.sources
    assert sum(source.found > 0 for source in sources) >= len(feeds) - 2
    if LONG:
        assert sum(source.found + len(source.dropped) for source in sources) == 4240
    links = dead_links(site, _BASE)
    assert links.checked > (100_000 if LONG else 15_000)
    assert links.dead == []


@pytest.mark.corpus
@pytest.mark.skipif(not _CORPORA, reason="BROADSHEET_CORPORA names no folder")
def test_real_feeds_shuffled_forgotten_and_read_again_are_the_same_bytes(tmp_path: Path) -> None:
    feeds = sorted(file for file in (Path(_CORPORA) / "feeds").iterdir() if file.name != "MANIFEST.tsv")
    # Three times all of them takes minutes: `make laws` does.
    check_order_and_time(tmp_path, feeds if LONG else feeds[::8])


def check_order_and_time(tmp_path: Path, feeds: list[Path]) -> None:
    """Ingest feeds twice, and once shuffled: the same items, of no impossible date, no article twice."""
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    for file in feeds:
        (shuffled / file.name).write_bytes(shuffle(file.read_bytes()))
    plain = site_of(tmp_path / "plain", feeds).ingest(as_of=TODAY)
    first = content(plain)
    shutil.rmtree(plain.root / ".broadsheet")
    assert differences(first, content(plain.ingest(as_of=TODAY + timedelta(hours=1)))) == []
    other = site_of(tmp_path / "other", [shuffled / file.name for file in feeds]).ingest(as_of=TODAY)
    assert differences(first, content(other)) == []
    found = [frontmatter.load(text, path.removesuffix(".md")) for path, text in items(plain).items()]
    assert [item.path for item in found if item.date > TODAY + timedelta(hours=24)] == []
    assert [item.path for item in found if item.date.year < 1990 and str(item.date.year) not in item.date_raw] == []
    assert twice(found) == []


def site_of(root: Path, feeds: list[Path]) -> SiteTest:
    return SiteTest(root).config(source=[{"name": file.name, "file": str(file)} for file in feeds])


def differences(first: dict[str, bytes], second: dict[str, bytes]) -> list[str]:
    names = first.keys() | second.keys()
    return sorted(name for name in names if name != "site.toml" and first.get(name) != second.get(name))


def shuffle(feed: bytes) -> bytes:
    """The same feed with its entries in another order, always the same one."""
    if feed.lstrip()[:1] == b"{":
        document = json.loads(feed.decode("utf-8-sig"))
        random.Random(7).shuffle(document["items"])
        return json.dumps(document, ensure_ascii=False).encode()
    entries = list(re.finditer(rb"<(item|entry)\b.*?</\1\s*>", feed, re.S | re.I))
    order = random.Random(7).sample(entries, len(entries))
    parts, end = [], 0
    for place, entry in zip(entries, order, strict=True):
        parts += [feed[end : place.start()], entry[0]]
        end = place.end()
    return b"".join(parts) + feed[end:]


def twice(found: list[Item]) -> list[str]:
    """Articles that stand in two files: in one source, the same link to the letter under the same headline and date.

    A source may lead to one page from many entries, as the notes of a day do; those are as many items.
    """
    links = Counter((item.source, item.link, fold(item.title), item.date, item.enclosures) for item in found)
    return sorted(
        f"{source}: {link} {title}" for (source, link, title, *_), times in links.items() if times > 1 and link
    )


def test_our_own_feeds_at_once(tmp_path: Path) -> None:
    feeds = sorted(file for file in _OWN.iterdir() if file.suffix in (".xml", ".rss", ".atom", ".rdf", ".json"))
    feeds = [file for file in feeds if not file.name.endswith(".expected.json")]
    assert len(feeds) >= 6
    site = take_in(tmp_path, feeds)
    assert all(source.found for source in site.ingested.sources)
    assert dead_links(site, _BASE).dead == []


def test_our_own_feeds_shuffled_forgotten_and_read_again_are_the_same_bytes(tmp_path: Path) -> None:
    feeds = [file for file in sorted(_OWN.iterdir()) if file.suffix in (".xml", ".rss", ".atom", ".rdf", ".json")]
    check_order_and_time(tmp_path, [file for file in feeds if not file.name.endswith(".expected.json")])

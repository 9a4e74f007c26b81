"""What the site publishes for programs: Atom and JSON feeds, OPML and sitemaps, each by its own specification."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from tests.sitetest import SiteTest

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITES = Path(__file__).parent / "sites"
BASE = {"hostile": "https://strange.example/", "basepath": "https://news.example/digest/"}


@pytest.fixture(scope="module", params=["sample", *BASE])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SiteTest:
    """The sample site, one full of strange texts, and one in a folder."""
    root = tmp_path_factory.mktemp(request.param)
    if request.param in BASE:
        shutil.copytree(SITES / request.param / "content", root / "content")
        return SiteTest(root).build()
    shutil.copytree(Path(__file__).parents[1] / "content", root / "content")
    return SiteTest(root).ingest().build()


def xml(site: SiteTest, route: str) -> etree._Element:
    """A document, parsed as strictly as lxml can."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False, recover=False)
    return etree.fromstring(site.text(route).encode(), parser)


def atom_feeds(site: SiteTest) -> list[str]:
    return sorted(route for route in site.routes() if route.endswith("/feed.xml"))


def text(element: etree._Element, name: str) -> str:
    found = element.find(ATOM + name)
    assert found is not None and found.text, f"no {name}"
    return found.text


def moment(stated: str) -> datetime:
    """RFC 3339 §5.6, as RFC 4287 §3.3 asks."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stated), stated
    return datetime.fromisoformat(stated)


def absolute(url: str | None) -> str:
    assert url and urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname, url
    return url


def base(site: SiteTest) -> str:
    return site.text("/robots.txt").rsplit("Sitemap: ", 1)[1].strip().removesuffix("sitemap.xml")


# -- Atom ------------------------------------------------------------------------------------------------


def test_every_xml_file_is_well_formed(site: SiteTest) -> None:
    found = [route for route in site.routes() if route.endswith(".xml")]
    assert len(found) > 5
    for route in found:
        assert xml(site, route) is not None


def test_a_feed_has_what_atom_requires(site: SiteTest) -> None:
    """RFC 4287 §4.1.1: id, title, updated, an author, and a link to itself."""
    for route in atom_feeds(site):
        feed = xml(site, route)
        assert feed.tag == ATOM + "feed"
        assert text(feed, "id").startswith("tag:") and text(feed, "title")
        assert feed.find(f"{ATOM}author/{ATOM}name") is not None
        links = {link.get("rel"): absolute(link.get("href")) for link in feed.findall(ATOM + "link")}
        assert links["self"] == base(site) + route.removeprefix("/")
        assert urlsplit(links["alternate"]).path.endswith("/")
        newest = [moment(text(entry, "updated")) for entry in feed.findall(ATOM + "entry")]
        assert moment(text(feed, "updated")) == max(newest)


def test_an_entry_has_what_atom_requires(site: SiteTest) -> None:
    """RFC 4287 §4.1.2: id, title, updated, and an alternate link where there is no content."""
    for route in atom_feeds(site):
        for entry in xml(site, route).findall(ATOM + "entry"):
            assert text(entry, "id").startswith("tag:") and text(entry, "title")
            assert moment(text(entry, "published")) <= moment(text(entry, "updated"))
            rels = [link.get("rel") for link in entry.findall(ATOM + "link")]
            assert rels.count("alternate") == 1


def test_a_link_that_may_not_be_shown_is_in_no_feed(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", link="javascript:alert(1)").build()
    for link in xml(site, "/feed.xml").iter(ATOM + "link"):
        absolute(link.get("href"))
    assert "external_url" not in json.loads(site.text("/feed.json"))["items"][0]


def test_ids_are_unique_and_the_same_in_every_feed(site: SiteTest) -> None:
    """RFC 4287 §4.1.1: no two entries of one feed share an id; a story is one entry wherever it stands."""
    named: dict[str, str] = {}
    for route in atom_feeds(site):
        ids = [text(entry, "id") for entry in xml(site, route).findall(ATOM + "entry")]
        assert len(ids) == len(set(ids)) > 0
        for entry in xml(site, route).findall(ATOM + "entry"):
            assert named.setdefault(text(entry, "id"), text(entry, "title")) == text(entry, "title")
    feeds = [text(xml(site, route), "id") for route in atom_feeds(site)]
    assert len(feeds) == len(set(feeds))


def test_an_entrys_id_outlives_its_title_its_date_and_the_sites_address(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(id_base="news.example,2026").item("2026/01/12/a", title="A").build()
    before = text(xml(site, "/feed.xml")[-1], "id")
    site.item("2026/01/12/a", title="B", date="2026-01-20").config(
        id_base="news.example,2026", base_url="https://moved.example/a/"
    ).build()
    assert text(xml(site, "/feed.xml")[-1], "id") == before == "tag:news.example,2026:2026/01/12/a"


def test_when_a_story_was_published_does_not_change_with_its_reports(tmp_path: Path) -> None:
    """RFC 4287 §4.2.9: early in the life cycle of the entry."""
    story = {"story": "2026/01/12/a"}
    site = SiteTest(tmp_path).item("2026/01/12/a", date="2026-01-12T08:00:00Z", **story).build()
    before = text(xml(site, "/feed.xml")[-1], "published")
    site.item("2026/01/13/b", date="2026-01-13T08:00:00Z", **story).build()
    assert text(xml(site, "/feed.xml")[-1], "published") == before


def test_a_feed_reader_reads_the_same_stories(site: SiteTest) -> None:
    read = feedparser.parse(site.text("/feed.xml").encode(), sanitize_html=False)
    assert not read.bozo
    assert [entry.id for entry in read.entries] == [item["id"] for item in json.loads(site.text("/feed.json"))["items"]]


# -- JSON Feed ----------------------------------------------------------------------------------------------


def test_the_json_feed_has_what_version_1_1_requires(site: SiteTest) -> None:
    """jsonfeed.org/version/1.1: version and title; each item an id and a content."""
    feed: dict[str, Any] = json.loads(site.text("/feed.json"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["title"]
    assert absolute(feed["feed_url"]) == base(site) + "feed.json"
    assert absolute(feed["home_page_url"]) == base(site)
    ids = [item["id"] for item in feed["items"]]
    assert len(ids) == len(set(ids)) > 0
    for item in feed["items"]:
        assert isinstance(item["id"], str) and item["content_text"] and item["title"]
        assert absolute(item["url"]).startswith(base(site))
        assert moment(item["date_published"]) <= moment(item["date_modified"])
        assert all(isinstance(tag, str) and tag for tag in item["tags"])
        assert all(author["name"] for author in item["authors"])


# -- OPML -----------------------------------------------------------------------------------------------------


def test_the_opml_lists_every_source(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(
        source=[{"name": "A & B", "url": "https://gazette.example/?a=1&b=2"}, {"name": "Samples", "file": "samples"}]
    )
    outlines = xml(site.build(), "/opml.xml").findall("body/outline")
    assert [outline.get("text") for outline in outlines] == ["A & B", "Samples"]
    assert [outline.get("xmlUrl") for outline in outlines] == ["https://gazette.example/?a=1&b=2", None]


def test_an_opml_without_sources_is_valid_too(tmp_path: Path) -> None:
    """OPML 2.0: a body holds one outline at least, and an outline has a text."""
    outlines = xml(SiteTest(tmp_path).build(), "/opml.xml").findall("body/outline")
    assert [outline.get("text") for outline in outlines] == ["No sources yet"]


# -- sitemaps ---------------------------------------------------------------------------------------------------


def sitemaps(site: SiteTest) -> list[str]:
    """The routes of the sitemaps that the index names."""
    index = xml(site, "/sitemap.xml")
    assert index.tag == SITEMAP + "sitemapindex"
    return ["/" + (loc.text or "").removeprefix(base(site)) for loc in index.iter(SITEMAP + "loc")]


def located(site: SiteTest) -> dict[str, str]:
    """Every address in the sitemaps, with when it last changed."""
    found = {}
    for route in sitemaps(site):
        for url in xml(site, route).findall(SITEMAP + "url"):
            address = absolute(url.findtext(SITEMAP + "loc"))
            assert address not in found, f"{address} stands twice"
            found[address] = url.findtext(SITEMAP + "lastmod") or ""
    return found


def test_the_index_names_every_sitemap(site: SiteTest) -> None:
    assert sorted(sitemaps(site)) == sorted(route for route in site.routes() if route.startswith("/sitemaps/"))


def test_the_sitemaps_name_every_page_once_and_no_redirect_or_notice(site: SiteTest) -> None:
    hidden = '<meta name="robots" content="noindex">'
    pages = {route for route in site.routes() if route.endswith("/") and hidden not in site.text(route)}
    assert set(located(site)) == {base(site) + route.removeprefix("/") for route in pages}


def test_items_say_when_they_last_changed(site: SiteTest) -> None:
    dated = {address: moment(stated) for address, stated in located(site).items() if stated}
    assert dated and all("/2026/" in address for address in dated)


def test_a_large_month_is_cut_at_days_and_another_story_makes_one_of_them_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builder.sitemaps.SITEMAP", 2)
    site = SiteTest(tmp_path).item("2026/01/05/a").item("2026/01/06/b").build()
    assert "/sitemaps/2026-01.xml" in sitemaps(site)
    site.item("2026/01/06/c").build()
    assert {"/sitemaps/2026-01-05.xml", "/sitemaps/2026-01-06.xml"} <= set(sitemaps(site))
    # The month keeps its address and names its days; but an index of sitemaps may name no other.
    assert "/sitemaps/2026-01.xml" not in sitemaps(site)
    assert "/sitemaps/2026-01-05.xml" in site.text("/sitemaps/2026-01.xml")
    site.item("2026/01/06/d").build()
    written = {route for route in site.report.reasons if route.startswith("/sitemaps/")}
    assert written == {"/sitemaps/2026-01-06.xml"}
    assert sum("/2026/01/0" in address for address, changed in located(site).items() if changed) == 4
    site.remove("content/items/2026/01/06/c.md").remove("content/items/2026/01/06/d.md").build()
    assert "/sitemaps/2026-01.xml" in sitemaps(site)
    assert not {"/sitemaps/2026-01-05.xml", "/sitemaps/2026-01-06.xml"} & site.routes()


@pytest.mark.corpus
def test_the_sitemaps_are_valid_by_their_schema(site: SiteTest) -> None:
    corpora = os.environ.get("BROADSHEET_CORPORA")
    if not corpora:
        pytest.skip("BROADSHEET_CORPORA names no folder")
    for name, routes in {"sitemap.xsd": sitemaps(site), "siteindex.xsd": ["/sitemap.xml"]}.items():
        schema = etree.XMLSchema(etree.parse(Path(corpora) / "sitemap-xsd" / name))
        for route in routes:
            schema.assertValid(xml(site, route))

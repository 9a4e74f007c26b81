"""What machines read of a page: JSON-LD, Open Graph, a manifest, the weights of tags."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.sitetest import SiteTest
from tests.test_golden_sites import CASES, built

_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
NASTY = '</script><script>alert("&amp;")</script> & “x” \\u003c'


def said(site: SiteTest, route: str) -> dict[str, Any]:
    (found,) = _DATA.findall(site.text(route))
    return dict(json.loads(found))


def newsroom(tmp_path: Path) -> SiteTest:
    site = SiteTest(tmp_path).config(base_url="https://news.example/digest/")
    site.item(
        "2026/01/12/a", title=NASTY, link="https://a.example/1", publisher="Gazette", tags=["x"], story="2026/01/12/a"
    )
    site.item(
        "2026/01/12/b", title="B", link="https://b.example/2", publisher="Courier", tags=["x"], story="2026/01/12/a"
    )
    return site.item(
        "2026/01/13/own", title="Ours", date="2026-01-13T08:00:00Z", updated="2026-01-14T08:00:00Z"
    ).build()


def test_an_item_is_a_page_that_cites_the_publishers_article(tmp_path: Path) -> None:
    found = said(newsroom(tmp_path), "/2026/01/12/a/")
    assert (found["@context"], found["@type"], found["name"]) == ("https://schema.org", "WebPage", NASTY)
    assert found["url"] == "https://news.example/digest/2026/01/12/a/"
    cited = found["citation"]
    assert (cited["@type"], cited["url"], cited["publisher"]["name"]) == (
        "NewsArticle",
        "https://a.example/1",
        "Gazette",
    )
    assert cited["datePublished"] == "2026-01-12"


def test_an_own_post_is_an_article_of_ours(tmp_path: Path) -> None:
    found = said(newsroom(tmp_path), "/2026/01/13/own/")
    assert (found["@type"], found["headline"], found["datePublished"]) == ("Article", "Ours", "2026-01-13T08:00:00Z")
    assert found["dateModified"] == "2026-01-14T08:00:00Z" and "citation" not in found


@pytest.mark.parametrize("route", ["/", "/latest/", "/2026/01/12/", "/tags/x/", "/stories/2026/01/12/a/"])
def test_a_list_names_what_it_lists(tmp_path: Path, route: str) -> None:
    found = said(newsroom(tmp_path), route)
    listed = found["mainEntity"]["itemListElement"]
    assert (found["@type"], found["mainEntity"]["@type"]) == ("CollectionPage", "ItemList")
    assert [one["position"] for one in listed] == list(range(1, len(listed) + 1)) and listed
    assert NASTY in [one["name"] for one in listed]
    assert all(one["url"].startswith("https://news.example/digest/") for one in listed)


@pytest.mark.parametrize("case", CASES)
def test_what_every_page_says_to_machines_can_be_read(case: str, tmp_path: Path) -> None:
    site = built(case, tmp_path)
    for route in sorted(site.routes()):
        if route.endswith(("/", ".html")):
            text = site.text(route)
            assert all(json.loads(found)["@type"] for found in _DATA.findall(text)), route
            hidden = '<meta name="robots" content="noindex">' in text
            assert ('name="twitter:card"' in text and 'property="og:url"' in text) is not hidden, route


def test_a_manifest_starts_at_the_sites_own_path(tmp_path: Path) -> None:
    found = json.loads(newsroom(tmp_path).text("/manifest.webmanifest"))
    assert (found["name"], found["start_url"], found["scope"]) == ("Example News", "/digest/", "/digest/")
    assert found["icons"][0]["src"] == "/digest/static/favicon.svg"


def test_tags_weigh_by_the_logarithm_of_their_stories(tmp_path: Path) -> None:
    site = SiteTest(tmp_path)
    for number in range(16):
        tags = ["most", *(["some"] if number < 4 else []), *(["one"] if number < 1 else [])]
        site.item(f"2026/01/12/{chr(97 + number)}", tags=tags)
    text = site.build().text("/tags/")
    weights = {name: int(weight) for weight, name in re.findall(r'class="weight-(\d)"><a [^>]*><bdi>(\w+)', text)}
    assert weights == {"one": 1, "some": 3, "most": 5}

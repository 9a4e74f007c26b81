"""Every feed of every site that tests build keeps the rules of its format, whatever stands in the items."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, strategies as st
from lxml import etree

from tests.feedtest import atom_faults, is_uri, json_faults
from tests.sitetest import SiteTest
from tests.sweeps import one_in

SITES = Path(__file__).parent / "sites"
GOLDEN = sorted(path for path in SITES.rglob("expected/**/feed.*"))

MOVED = {"tags/harbor/feed.xml": "tags/harbour/feed.xml", "tags/port-fees/feed.xml": "tags/harbour-dues/feed.xml"}
"""Feeds at a former address of their term, and where that is today."""


def base_url(folder: Path) -> str:
    """Where a golden site says that it is."""
    said = re.search(r"Sitemap: (.*)sitemap\.xml", (folder / "robots.txt").read_text("utf-8"))
    assert said
    return said[1]


def faults(site: SiteTest) -> list[str]:
    """What is wrong with the feeds of a built site whose base is that of `SiteTest`."""
    found = []
    for name, data in site.files().items():
        check = {"feed.xml": atom_faults, "feed.json": json_faults}.get(name.rpartition("/")[2])
        if check:
            found += [f"{name}: {fault}" for fault in check(data, f"https://news.example/{name}")]
    return found


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.relative_to(SITES).as_posix())
def test_golden_feeds_keep_the_rules(file: Path) -> None:
    """A feed at a former address of its term names today's."""
    folder = next(parent for parent in file.parents if parent.name == "expected")
    route = file.relative_to(folder).as_posix()
    address = base_url(folder) + MOVED.get(route, route)
    assert (json_faults if file.suffix == ".json" else atom_faults)(file.read_bytes(), address) == []


@pytest.mark.corpus
def test_golden_sitemaps_are_valid_by_their_schemas() -> None:
    corpora = os.environ.get("BROADSHEET_CORPORA")
    if not corpora:
        pytest.skip("BROADSHEET_CORPORA names no folder")
    names = {"urlset": "sitemap.xsd", "sitemapindex": "siteindex.xsd"}
    schemas = {tag: etree.XMLSchema(etree.parse(Path(corpora) / "sitemap-xsd" / name)) for tag, name in names.items()}
    files = [*SITES.rglob("expected/sitemap.xml"), *SITES.rglob("expected/sitemaps/*.xml")]
    assert len(files) > 2 * len(list(SITES.iterdir()))
    for file in files:
        sitemap = etree.parse(file)
        schemas[etree.QName(sitemap.getroot()).localname].assertValid(sitemap)
    for file in files:
        broken = file.read_text("utf-8").replace("<loc>", "<place>").replace("</loc>", "</place>").encode()
        root = etree.fromstring(broken)
        assert not schemas[etree.QName(root).localname].validate(root)


# -- hostile texts -------------------------------------------------------------------------------------------------

STRANGE = (
    "</title><script>alert(1)</script>", "]]>", "<![CDATA[x]]>", "&amp;lt;b&gt;", "&#0; &#x1f;", "\x00\x08\x0b\x0c\x1b\x7f", "\ufffe\uffff",
    '"><img src=x onerror=alert(1)>', "{{ 7*7 }}{% endraw %}", "\u202ereversed\u2066", "😀\U0010ffff", "\x85\u2028\u2029", "a\r\nb\tc", "'\"\\", " ",
    "https://a.example/[x]#y#z%zz", "https://a.example/a b<c>^`{|}", "javascript:alert(1)", "//a.example/x", "/x", "#", "mailto:a@b.example",
    "HTTPS://A.example:80/?q=%&r=[]", "https://[::1]/x", "x" * 3000, "ünï çödé", "مرحبا", "--><!--", "?>", "<?xml?>",
)  # fmt: skip


def hostile(site: SiteTest, texts: list[str]) -> SiteTest:
    """Each text in every field that a feed shows: alone, in a story of several reports, and in an editor's note."""
    for number, text in enumerate(texts):
        said: dict[str, Any] = {
            "title": text,
            "summary": text,
            "publisher": text,
            "lang": text,
            "categories": [text],
            "tags": [text],
        }
        day, place = f"2026-01-{number % 28 + 1:02}", f"2026/01/{number % 28 + 1:02}"
        named: dict[str, Any] = {"story": f"{place}/first-{number}"}
        coverage = [{"title": text, "link": f"{text}#", "publisher": text}, {"title": f"Other {text}", "link": text}]
        coverage.append({"title": f"Third {text}", "link": f"https://b.example/{number}?{text}", "publisher": text})
        site.item(f"{place}/alone-{number}", link=text, **said)
        site.item(f"{place}/first-{number}", link=f"https://a.example/{number}", coverage=coverage, **named, **said)
        site.item(f"{place}/later-{number}", link=text, **{**said, **named, "date": f"{day}T10:00:00+14:00"})
        if text.isprintable():
            site.note(f"{place}/first-{number}", title=text, tags=[text], updated="2026-01-31")
    return site.build()


def test_feeds_of_strange_texts_keep_the_rules(tmp_path: Path) -> None:
    site = hostile(SiteTest(tmp_path).config(tag_pages=1), list(STRANGE))
    assert faults(site) == []
    assert site.text("/feed.xml").count("<content") > 20 and site.text("/feed.json").count("content_html") > 20


@one_in(25)
@given(st.lists(st.text(min_size=1, max_size=30), min_size=4, max_size=4))
def test_feeds_of_any_text_keep_the_rules(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        site = hostile(SiteTest(Path(folder)).config(tag_pages=1), texts)
        assert site.has("/feed.xml") and faults(site) == []


def test_a_note_holds_nothing_that_json_readers_cannot_read(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a")
    site.file("content/stories/2026/01/12/a.md", '---\ntitle: "one\\u0007two"\ntags: ["t\\u0001ag"]\n---\n').build()
    assert json.loads(site.text("/feed.json"))["items"][0]["title"] == "onetwo"
    assert json.loads(site.text("/feed.json"))["items"][0]["tags"] == ["tag"]


# -- negative controls -----------------------------------------------------------------------------------------------

FEED = (SITES / "stories/expected/feed.xml").read_text("utf-8")
JSON = (SITES / "stories/expected/feed.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r"<updated>.*?</updated>", ""),
        (r"Z</updated>", "</updated>"),
        (r"<updated>2026-..", "<updated>2026-13"),
        (r"(<entry.*?>)\n<id>.*?</id>", r"\1"),
        (r"(?s)(<entry.*?</entry>)", r"\1\1"),
        (r"<id>tag:", "<id>"),
        (r' type="html">', ' type="xhtml">'),
        (r'rel="self"', 'rel="alternate"'),
        (r'rel="self"([^>]*) href="[^"]*"', r'rel="self"\1 href="https://elsewhere.example/"'),
        (r'rel="related"', 'rel="friend"'),
        (r'(<link rel="alternate" href=")[^"]*', r"\1/here"),
        (r'(<link rel="alternate" href="[^"]*)', r"\1[x]"),
        (r"(<link [^>]*/>)", r"\1\1"),
        (r"<author><name>[^<]*", "<author><name>"),
        (r"<title type=.text.>[^<]*", "<title>"),
        (r"<published>2026", "<published>2099"),
        (r' xml:lang="en"', ' xml:lang="English!"'),
        (r' term="[^"]*"', ""),
        (r"(<content .*?>)", r"\1&lt;img src=x&gt;"),
        (r"&lt;a href=&#34;.*?&#34;", "&lt;a href=&#34;/x&#34;"),
        (r"</feed>", "<rating>5</rating></feed>"),
        (r"</feed>", ""),
        (r"<feed", "<!DOCTYPE feed><feed"),
    ],
)
def test_a_broken_rule_of_atom_is_seen(pattern: str, instead: str) -> None:
    address = "https://papers.example/feed.xml"
    assert atom_faults(FEED.encode(), address) == []
    broken = re.sub(pattern, instead, FEED, count=1 if "link" in pattern or "id" in pattern else 0)
    assert broken != FEED and atom_faults(broken.encode(), address)


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r"version/1.1", "version/1"),
        (r'"title": "Three Papers"', '"title": ""'),
        (r'"feed_url": "', '"feed_url": "x'),
        (r'"id": "tag:', '"id": "'),
        (r'"id": "tag.*?",', '"id": 5,'),
        (r'"id": "tag.*?",', '"id": "tag:papers.example,2026:same",'),
        (r'"content_text": ".*?",', ""),
        (r"content_html", "html"),
        (r"Z\",", '",'),
        (r'"url": "', '"url": "/'),
        (r'"tags": \[', '"tags": ["", '),
        (r'"authors": .*', '"authors": [],'),
        (r'"date_modified": "2026', '"date_modified": "2025'),
        (r'"language": "en"', '"language": "English!"'),
        (r'"title": "', r'"title": "\\ud800'),
    ],
)
def test_a_broken_rule_of_json_feed_is_seen(pattern: str, instead: str) -> None:
    address = "https://papers.example/feed.json"
    assert json_faults(JSON.encode(), address) == []
    broken = re.sub(pattern, instead, JSON)
    assert broken != JSON and json_faults(broken.encode(), address)


def test_what_is_an_address() -> None:
    assert is_uri("https://a.example/x?y=%20#z") and is_uri("mailto:a@b.example") and is_uri("https://[::1]/")
    for wrong in (
        "/x",
        "#",
        "a.example",
        "https://a.example/[",
        "https://a.example/%zz",
        "https://a.example/#a#b",
        "https://a.example/ü",
    ):
        assert not is_uri(wrong)

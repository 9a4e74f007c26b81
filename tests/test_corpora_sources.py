"""Every real and hostile document in the folder that BROADSHEET_CORPORA names, and a few of our own that always run."""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from builder import content, converter, frontmatter, markdown, merge, plain, sources
from builder.errors import SourceError
from builder.found import Parsed
from builder.model import Item
from builder.settings import Source
from builder.sources import googlenews
from tests.htmltest import faults
from tests.sweeps import LONG
from tests.test_plain import by_library, by_yaml

FOLDER = Path(os.environ.get("BROADSHEET_CORPORA", "/nonexistent"))
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
corpus = pytest.mark.skipif(not FOLDER.is_dir(), reason="BROADSHEET_CORPORA names no folder")


def parsed(body: bytes) -> Parsed:
    return sources.parse(body, Source(name="s", url="https://paper.example/feed", show="full"), as_of=NOW)


def check(found: Parsed) -> None:
    """What holds for every item of every feed."""
    assert len({one.identities for one in found.found}) == len(found.found)
    for one in found.found:
        item = one.item
        assert (
            item.title
            and len(item.title) <= 300
            and item.link.startswith(("http", "mailto:"))
            and item.id == one.identities[0]
        )
        assert item.description != item.title and len(item.summary) <= 240 and "\n" not in item.description
        assert not re.search(r"\w@\w+\.\w", " ".join(item.authors)) and not any("://" in tag for tag in item.tags)
        assert item.date.utcoffset() is not None and faults(markdown.to_html(item.body)) == []
        for text in (item.title, item.description, item.summary, item.publisher, *item.authors, *item.tags):
            text.encode("utf-8")


@pytest.fixture(scope="module")
def real() -> dict[str, Parsed]:
    """What every real feed gives, by the name of its file: reading them all takes longer than anything done with it."""
    files = (file for file in sorted((FOLDER / "feeds").iterdir()) if file.name != "MANIFEST.tsv")
    return {file.name: parsed(file.read_bytes()) for file in files}


@pytest.mark.corpus
@corpus
def test_every_real_feed_gives_its_items(real: dict[str, Parsed]) -> None:
    rows = [line.split("\t") for line in (FOLDER / "feeds" / "MANIFEST.tsv").read_text("utf-8").splitlines()[1:]]
    stated = {name: int(count) for name, _, count, *_ in rows}
    assert len(stated) == 207 and real.keys() == stated.keys()
    for found in real.values():
        check(found)
    assert [name for name, found in real.items() if not found.found] == []
    kept = sum(len(found.found) for found in real.values())
    dropped = sum(len(found.dropped) for found in real.values())
    assert kept + dropped == sum(stated.values()) and kept >= sum(stated.values()) - 8


def real_items(real: dict[str, Parsed]) -> Iterator[Item]:
    """The items of all real feeds, as ingest writes them."""
    for name, parsed in real.items():
        for number, found in enumerate(parsed.found):
            yield merge.fresh(msgspec.structs.replace(found.item, source=name), f"2026/01/12/{number}")


@pytest.mark.corpus
@corpus
def test_all_real_items_are_read_as_the_libraries_read_them(real: dict[str, Parsed]) -> None:
    ways: Counter[str] = Counter()
    # One in three, but all in a long search: the library takes a minute for them.
    every = 1 if LONG else 3
    for item in islice(real_items(real), 0, None, every):
        text = frontmatter.dump(item)
        front, html = plain.front_matter(text), plain.html_of(item.body)
        ways.update(items=1, front=front is not None, prose=html is not None)
        assert frontmatter.split(text) == by_yaml(text)
        assert content.item("items/a.md", text) == googlenews.normalise(msgspec.structs.replace(item, path="a"))
        if html is None:
            html = converter.convert(item.body)
        assert html == by_library(item.body)
    assert ways["items"] > 4000 / every
    assert ways["front"] > 0.95 * ways["items"] and ways["prose"] > 0.75 * ways["items"]


@pytest.mark.corpus
@corpus
def test_every_hostile_feed_ends_soon_in_items_or_one_plain_error() -> None:
    for path in sorted((FOLDER / "hostile").glob("*.xml")):
        start = time.process_time()
        try:
            check(parsed(path.read_bytes()))
        except SourceError as error:
            assert "\n" not in str(error)
        assert time.process_time() - start < 10, path.name


@pytest.mark.corpus
@corpus
def test_no_payload_survives_the_way_through_markdown() -> None:
    lines = (FOLDER / "html_payloads.jsonl").read_text("utf-8").splitlines()
    for line in random.Random(1).sample(lines, 2000):
        payload = json.loads(line)["payload"]
        assert faults(markdown.to_html(markdown.from_html(payload, "https://x.example/"))) == [], payload
        assert faults(markdown.to_html(payload)) == [], payload


OWN = [
    b'<rss version="2.0"><channel><title>P</title><link>https://p.example/</link><item><title>T &amp; U</title><author>a@p.example (A)</author>'
    b"<description>&lt;p onclick=x&gt;Text&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;</description></item></channel></rss>",
    b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>',
    b'<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/hostname">]><rss version="2.0"><channel><item><title>x &f;</title></item></channel></rss>',
    b'<rss version="2.0"><channel><item><title>t</title><description><![CDATA['
    + b"<div>" * 5000
    + b"deep]]></description></item></channel></rss>",
]


@pytest.mark.parametrize("body", OWN)
def test_our_own_small_feeds_hold_the_same_promises(body: bytes) -> None:
    found = parsed(body)
    assert len(found.found) == 1
    check(found)


def test_text_at_any_depth_is_kept() -> None:
    assert parsed(OWN[-1]).found[0].item.body == "deep"


@pytest.mark.parametrize(
    "payload",
    [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "[x](javascript:alert(1))",
        "<a href='java&#10;script:x'>y</a>",
        "<p>[a]: javascript:x</p><p>[a]</p>",
        "`<img src=x onerror=y>`",
        "<svg onload=x><p>t",
    ],
)
def test_our_own_payloads_stay_text(payload: str) -> None:
    assert faults(markdown.to_html(markdown.from_html(payload))) == []
    assert faults(markdown.to_html(payload)) == []

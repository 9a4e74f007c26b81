"""The sample feeds are well formed, complete in themselves, and name nothing real."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

SAMPLES = sorted((Path(__file__).parents[1] / "content" / "samples").iterdir())
XML = [path for path in SAMPLES if path.suffix != ".json"]
# Namespaces and format versions are names, not places that anybody is sent to.
NAMES = {"www.w3.org", "purl.org", "jsonfeed.org"}


def ids(path: Path) -> list[str]:
    """The identities of a sample's items, in order."""
    if path.suffix == ".json":
        return [item["id"] for item in json.loads(path.read_text(encoding="utf-8"))["items"]]
    feed = feedparser.parse(path.read_bytes())
    assert not feed.bozo, feed.get("bozo_exception")
    assert all(entry.get("published_parsed") for entry in feed.entries)
    return [entry.id for entry in feed.entries]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_has_at_least_five_items_each_with_its_own_id(path: Path) -> None:
    found = ids(path)
    assert len(found) == len(set(found)) >= 5


@pytest.mark.parametrize("path", XML, ids=lambda path: path.name)
def test_is_well_formed(path: Path) -> None:
    etree.fromstring(path.read_bytes(), etree.XMLParser(no_network=True, resolve_entities=False))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_names_only_invented_hosts(path: Path) -> None:
    hosts = {urlsplit(url).hostname or "" for url in re.findall(r"https?://[^\s\"'<>&]+", path.read_text("utf-8"))}
    assert {host for host in hosts - NAMES if not host.endswith(".example")} <= {"news.google.com"}

"""Finds the links of a built site that lead nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from builder.urls import base_path, file_of
from tests.sitetest import SiteTest


@dataclass
class Links:
    """How many internal links were followed, and those that lead nowhere, as `route -> link`."""

    checked: int = 0
    dead: list[str] = field(default_factory=list)


class _Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def dead_links(site: SiteTest, base: str) -> Links:
    """Follow every internal link of every page, feed and sitemap of a site built for `base`."""
    links, home, files = Links(), urlsplit(base).netloc, site.files()
    for name, data in files.items():
        route = "/" + name.removesuffix("index.html")
        for link in _links_of(name, data):
            target = urlsplit(urljoin(base + route[1:], link))
            if target.netloc != home:
                continue
            links.checked += 1
            path = unquote(target.path)
            inside = path.startswith(base_path(base))
            if not inside or file_of("/" + path[len(base_path(base)) :]) not in files:
                links.dead.append(f"{route} -> {link}")
    return links


def _links_of(name: str, data: bytes) -> list[str]:
    if name.endswith(".html"):
        collector = _Collector()
        collector.feed(data.decode("utf-8"))
        return collector.found
    if name.endswith(".xml"):
        nodes = list(etree.fromstring(data).iter("{*}*"))
        places = [node.text or "" for node in nodes if node.tag.endswith("}loc")]
        return places + [node.get("href") or "" for node in nodes if node.get("href")]
    return []

"""Finds the links of a built site that lead nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from builder.urls import base_path, file_of
from tests.sitetest import SiteTest


@dataclass
class Links:
    """How many internal links were followed, and those that lead nowhere, as `route -> link`."""

    checked: int = 0
    dead: list[str] = field(default_factory=list)


def dead_links(site: SiteTest, base: str) -> Links:
    """Follow every internal link of every page, feed and sitemap of a site built for `base`."""
    links, files = Links(), site.files()
    home, below = urlsplit(base).netloc, base_path(base)

    @cache
    def leads(link: str) -> bool | None:
        """Whether a full address is that of a file; `None` for another host's. Pages share most of their links."""
        target = urlsplit(link)
        if target.netloc != home:
            return None
        path = unquote(target.path)
        return path.startswith(below) and file_of("/" + path[len(below) :]) in files

    for name, data in files.items():
        route = "/" + name.removesuffix("index.html")
        for link in _links_of(name, data):
            found = leads(urljoin(base + route[1:], link))
            links.checked += found is not None
            if found is False:
                links.dead.append(f"{route} -> {link}")
    return links


def _links_of(name: str, data: bytes) -> list[str]:
    if name.endswith(".html"):
        page = etree.fromstring(data, etree.HTMLParser(encoding="utf-8", huge_tree=True))
        return [value for node in page.iter() for name in ("href", "src") if (value := node.get(name))]
    if name.endswith(".xml"):
        nodes = list(etree.fromstring(data).iter("{*}*"))
        places = [node.text or "" for node in nodes if node.tag.endswith("}loc")]
        return places + [node.get("href") or "" for node in nodes if node.get("href")]
    return []

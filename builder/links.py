"""Where a link of a built site leads: to a route of ours and a place on its page, or to somebody else.

Never says whether anything stands there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from builder.urls import base_path


class Target(NamedTuple):
    """A route of ours and a fragment. `inside` is false for a path of our host that is not below the site's own."""

    route: str
    fragment: str = ""
    inside: bool = True


# Most links: a path without a turn, a query, or anything that is encoded.
_PLAIN = re.compile(r"/(?:(?!\.)[^/?#%\\\s]+/?)*")
_HOST = re.compile(r"(?:https?:)?//([^/?#\\]*)", re.I)


class Links:
    """The links of one site, that lives at a base URL."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._scheme, self._home, self._below = parts.scheme, parts.netloc.lower(), base_path(base_url)
        self.target = lru_cache(65536)(self._target)

    def _target(self, link: str, route: str = "/") -> Target | None:
        """Where a link on the page of a route leads; `None` for another host, and for what is no page at all.

        >>> Links("https://news.example/digest/").target("../b/#notes", "/a/")
        Target(route='/b/', fragment='notes', inside=True)
        """
        link = link.strip()
        if _PLAIN.fullmatch(link):
            return self._ours(link)
        if (there := _HOST.match(link)) and there[1].lower() != self._home:
            return None
        try:
            stated = urlsplit(link)
            full = urlsplit(urljoin(f"{self._scheme}://{self._home}{self._below}{route[1:]}", link))
        except ValueError:
            return None
        if full.scheme not in ("http", "https") or full.netloc.lower() != self._home:
            return None
        target = self._ours(full.path or "/", unquote(full.fragment))
        # Who writes a whole address of the host means it.
        return target if target.inside or not stated.netloc else None

    def _ours(self, path: str, fragment: str = "") -> Target:
        if not (path + "/").startswith(self._below):
            return Target(unquote(path), fragment, inside=False)
        return Target("/" + unquote(path[len(self._below) :]), fragment)

    def published(self, line: str) -> str | None:
        """The route that an address, or a route, of a list stands for; `None` where it is no address of this site."""
        line = line.strip()
        if line.startswith("/") and not line.startswith("//"):
            return unquote(re.split(r"[?#]", line)[0])
        found = self.target(line) if re.match(r"(https?:)?//", line) else None
        return found.route if found else None

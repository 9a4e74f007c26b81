"""What robots.txt lets us read (RFC 9309), asked once for each origin of a run.

Never takes silence for consent: where a server fails to answer, its pages are left alone.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from builder import guard
from builder.errors import SourceError
from builder.fetch import Client
from builder.guard import Place

if TYPE_CHECKING:
    from protego import Protego

AGENT = "Broadsheet"
TEXT_BYTES = 500 * 1024
"""So much of a robots.txt is read (RFC 9309 §2.5); the rest is as if it were not there."""


class Robots:
    """The robots.txt of every origin that was asked for, fetched by `client`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        # What is refused to a source outside of our network must not be refused to the one that stands there.
        self._locks: dict[tuple[tuple[str, str, int], bool], threading.Lock] = {}
        self._rules: dict[tuple[tuple[str, str, int], bool], Protego | None] = {}

    def allows(self, url: str, private: bool = False) -> bool:
        """Whether a page may be read. `private` is the client's. Raises SourceError where `url` is none."""
        place = guard.place(url)
        asked = place.origin, private
        with self._lock:
            lock = self._locks.setdefault(asked, threading.Lock())
        with lock:
            if asked not in self._rules:
                self._rules[asked] = self._fetch(place, private)
        rules = self._rules[asked]
        return rules is not None and rules.can_fetch(place.url, AGENT)

    def _fetch(self, place: Place, private: bool) -> Protego | None:
        """What an origin's robots.txt says; None where nothing is allowed, since its server fails (§2.3.1.4)."""
        from protego import Protego

        try:
            answer = self._client.get(
                f"{place.scheme}://{place.authority}/robots.txt", private=private, accept="text/plain", expand=False
            )
        except SourceError:
            return None
        if answer.status >= 500:
            return None
        text = answer.body[:TEXT_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
        return Protego.parse(_ours(text))


def _ours(text: str) -> str:
    """The text with all other programs under one name: 20,000 of them before 20,000 rules are 400 million rules."""

    def named(line: str) -> str:
        agent = re.match(r"\s*user[- ]?agent\s*:?\s*(.*)", line, re.I)
        if not agent or agent[1].startswith("*"):
            return line
        ours = re.match(r"[a-z_-]*", agent[1], re.I)
        return f"User-agent: {AGENT if ours and ours[0].lower() == AGENT.lower() else 'another'}"

    return "\n".join(named(line) for line in text.splitlines())

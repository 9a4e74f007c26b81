"""Open tabs: which pages they show, and what each is told when something changed.

Never tells a tab about a page that it does not show.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue

import msgspec

from builder.model import fingerprint
from builder.notices import of_trouble
from builder.shown import Shown, Trouble, Update

PULSE_SECONDS = 15.0
MOST_STREAMS, MOST_PAGES = 64, 300
Versions = Callable[[Iterable[str]], dict[str, str]]


class Tab(msgspec.Struct, frozen=True, array_like=True):
    """A page that is open: its route, the version that it shows, and the files that it is made of."""

    route: str
    version: str
    files: tuple[str, ...] = ()


def tabs_of(said: str) -> tuple[Tab, ...]:
    """Tabs as a browser lists them in JSON, `[["/tags/", "a1b2", ["content/…"]], …]`; `ValueError` if it is none."""
    try:
        tabs = msgspec.json.decode(said, type=tuple[Tab, ...])
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    if len(tabs) > MOST_PAGES:
        raise ValueError("too many pages")
    return tabs


class Stream:
    """One connection that is told of changes, for one browser or one tab of it."""

    def __init__(self, tabs: Iterable[Tab]) -> None:
        self._news: SimpleQueue[bytes | None] = SimpleQueue()
        self._told: dict[str, str | None] = {}
        self._files = {""}
        self._troubles: dict[str, str] = {}
        for tab in tabs:
            # Two tabs that show two versions of a page: one of them is told in any case.
            known = self._told.get(tab.route, tab.version)
            self._told[tab.route] = tab.version if known == tab.version else None
            self._files.update(tab.files)

    @property
    def routes(self) -> Iterable[str]:
        return self._told.keys()

    def greet(self, serial: int, now: dict[str, str], assets: Iterable[str], troubles: dict[str, str]) -> None:
        """Say what this browser missed, even if it is nothing."""
        self._tell(serial, self._changed(now), assets, self._ours(troubles))

    def tell(self, serial: int, now: dict[str, str], assets: Iterable[str], troubles: dict[str, str]) -> bool:
        """Say what is new; nothing if nothing is, for this one."""
        pages, ours = self._changed(now), self._ours(troubles)
        if not (pages or assets or ours != self._troubles):
            return False
        self._tell(serial, pages, assets, ours)
        return True

    def _tell(self, serial: int, pages: dict[str, str], assets: Iterable[str], troubles: dict[str, str]) -> None:
        self._told.update(pages)
        self._troubles = troubles
        said = {"serial": serial, "pages": pages, "assets": sorted(assets), "troubles": troubles}
        self._news.put(f"data: {json.dumps(said)}\n\n".encode())

    def _changed(self, now: dict[str, str]) -> dict[str, str]:
        return {route: now[route] for route, told in self._told.items() if route in now and now[route] != told}

    def _ours(self, troubles: dict[str, str]) -> dict[str, str]:
        return {file: said for file, said in troubles.items() if file in self._files}

    def end(self) -> None:
        self._news.put(None)

    def chunks(self, pulse: float = PULSE_SECONDS) -> Iterator[bytes]:
        """What to send, as it comes; a comment now and then, by which both ends notice that the other is gone."""
        while True:
            try:
                news = self._news.get(timeout=pulse)
            except Empty:
                news = b":\n\n"
            if news is None:
                return
            yield news


class Streams:
    """All open streams of a server. Every method may be called from any thread."""

    def __init__(self, versions: Versions, shown: Callable[[str], Shown | Trouble | None]) -> None:
        self._versions, self._shown = versions, shown
        self._lock = threading.Lock()
        self._open: dict[str, Stream] = {}
        self._assets: dict[str, int] = {}
        self._troubles: dict[str, str] = {}
        self._ended = False
        self.serial = 0

    def open(self, name: str, tabs: Iterable[Tab], since: int) -> Stream:
        """A stream for these tabs, which have heard of all changes to number `since`.

        A browser's next stream takes the place of its last one, which may not have been noticed to be closed.
        """
        stream = Stream(tabs)
        with self._lock:
            old = [self._open.pop(name, None)]
            while len(self._open) >= MOST_STREAMS:
                old.append(self._open.pop(next(iter(self._open))))
            for one in old:
                if one:
                    one.end()
            self._open[name] = stream
            if self._ended:
                stream.end()
            assets = [asset for asset, serial in self._assets.items() if serial > since]
            stream.greet(self.serial, self._now(stream.routes), assets, self._troubles)
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream whose connection ended."""
        with self._lock:
            for name in [name for name, one in self._open.items() if one is stream]:
                del self._open[name]

    def announce(self, update: Update) -> int:
        """Tell each stream what an update means for its tabs; how many there was something to tell."""
        with self._lock:
            self.serial += 1
            self._troubles = {file: of_trouble(trouble) for file, trouble in update.troubles.items()}
            self._assets |= dict.fromkeys(update.assets, self.serial)
            now = self._now({route for stream in self._open.values() for route in stream.routes})
            told = [s.tell(self.serial, now, update.assets, self._troubles) for s in self._open.values()]
            return sum(told)

    def _now(self, routes: Iterable[str]) -> dict[str, str]:
        now = self._versions(routes)
        # Pages in trouble, or not there: which of both, and whether it is the same trouble as before.
        return {route: now.get(route) or version_of(self._shown(route)) for route in routes}

    def __len__(self) -> int:
        return len(self._open)

    def end(self) -> None:
        """End all streams, and each that is opened from now on."""
        with self._lock:
            self._ended = True
            for stream in self._open.values():
                stream.end()


def version_of(shown: Shown | Trouble | None) -> str:
    """The version of what stands at a route; of a page in trouble it is that of its trouble, `""` if there is none."""
    if isinstance(shown, Trouble):
        return "!" + fingerprint(shown)
    return shown.version if shown else ""

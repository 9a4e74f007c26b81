"""A preview of each side as a process, and an open tab of it: seconds to the first page, and from a save to the DOM.

Never lets both run at once: each has the machine for itself.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from builder.model import Item
from tests.bench import BenchError
from tests.bench.sites import HugoSite, OurSite, Undo
from tests.test_browser import ARGUMENTS, CHROMIUM, missing

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIRST, ITEM, TEMPLATE, STYLE, MANY = CASES = (
    "command to first page",
    "item edited",
    "template edited",
    "CSS edited",
    "1,000 files changed at once",
)
FILES = 1_000
_PATIENCE = 1_800.0
"""Seconds after which a server that has not answered, or a page that has not changed, never will."""
_BREATH = 0.02
# What a page shows is noted by itself, as the time of the system's clock, to the millisecond: whoever asks it later, and
# however often it was loaded again meanwhile, hears when that was.
_NOTES = """
setInterval(() => {
  if (!document.body) return;
  const note = (name) => sessionStorage.getItem(name) || sessionStorage.setItem(name, Date.now());
  for (const [edit] of document.body.textContent.matchAll(/Edit number \\d+/g)) note(edit);
  const style = getComputedStyle(document.documentElement).getPropertyValue("--edit").trim();
  if (style) note("Edit number " + style);
}, 2);
"""


class Waited(NamedTuple):
    """One wait: for which case, on whose side, how many seconds."""

    case: str
    ours: bool
    seconds: float


class Side(NamedTuple):
    """What differs between the two: the command that serves, and where the files are that are edited."""

    ours: bool
    root: Path
    command: list[str | Path]
    template: Path
    style: Path
    edit: Callable[[Item, str], Undo]
    route: Callable[[Item], str]


def our_side(site: OurSite) -> Side:
    command: list[str | Path] = [Path(sys.executable).with_name("broadsheet"), "serve", "--port"]
    template, style = site.theme / "item.html", site.theme / "static" / "style.css"
    return Side(True, site.root, command, template, style, site.edit_body, lambda item: item.route)


def hugo_side(site: HugoSite) -> Side:
    command: list[str | Path] = [site.binary, "server", "--quiet", "--bind", "127.0.0.1", "--port"]
    template, style = site.root / "layouts" / "page.html", site.root / "static" / "static" / "style.css"
    return Side(False, site.root, command, template, style, site.edit_body, lambda item: f"/item/{item.slug}/")


class Server:
    """A preview that runs; `first` is how many seconds passed from its start until a page was answered."""

    def __init__(self, side: Side, route: str) -> None:
        self.side, self.port = side, _free_port()
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it is read as long as the process runs
        start = time.perf_counter()
        self.process = subprocess.Popen(
            [*side.command, str(self.port)], cwd=side.root, stdout=self._said, stderr=subprocess.STDOUT
        )
        while not self._answers(route):
            if self.process.poll() is not None or time.perf_counter() - start > _PATIENCE:
                raise BenchError(f"{Path(side.command[0]).name} serves nothing: {self.said()[-300:]!r}")
            time.sleep(0.002)
        self.first = time.perf_counter() - start

    def _answers(self, route: str) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        with suppress(OSError, HTTPException):
            connection.request("GET", route)
            answer = connection.getresponse()
            return answer.status == 200 and bool(answer.read())
        connection.close()
        return False

    def said(self) -> str:
        """All that it printed."""
        self._said.seek(0)
        return self._said.read()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._said.close()


@contextmanager
def served(side: Side, route: str) -> Iterator[Server]:
    server = Server(side, route)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def tab(server: Server, route: str) -> Iterator[Page]:
    """An open page of a server, which notes what it shows, and when."""
    if reason := missing():
        raise BenchError(f"no browser to look with: {reason}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_context().new_page()
        opened.add_init_script(_NOTES)
        # What links to `/` leads to the address that is published, and no further.
        opened.goto(f"http://127.0.0.1:{server.port}{route}", timeout=_PATIENCE * 1000)
        try:
            yield opened
        finally:
            browser.close()


def wait(opened: Page, number: int, edit: Callable[[], object]) -> float:
    """Seconds from the moment before an edit until the page shows its number."""
    from playwright.sync_api import Error

    start = time.time()
    edit()
    while time.time() - start < _PATIENCE:
        # It may be loading just now.
        with suppress(Error):
            if shown := opened.evaluate("name => sessionStorage.getItem(name)", f"Edit number {number}"):
                return float(shown) / 1000 - start
        time.sleep(_BREATH)
    raise BenchError(f"an edit was not shown within {_PATIENCE:.0f} s")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

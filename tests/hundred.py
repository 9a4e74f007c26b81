"""A hundred sources, 60 good and 40 hostile, asked in one run: who is read, who is set aside and why, how long it takes.

`python -m tests.hundred` runs it with the limits that users have and prints the figures.
"""

from __future__ import annotations

import multiprocessing
import re
import resource
import shutil
import sys
import tempfile
import time
import zlib
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from builder.fetch import TOTAL_SECONDS, Client
from builder.parsers import CPU_SECONDS, Parsers
from builder.run import IngestReport
from tests import publishers as bad
from tests.publishers import Behaviour, Publishers, Visit, conditional, network, packed, page, redirect, status
from tests.sitetest import AS_OF, SiteTest
from tests.test_ingest import entry, rss


def _burn(visit: Visit) -> None:
    """A feed of so many entries that reading it takes a minute."""
    page(b"<rss version='2.0'><channel><title>Bomb</title>" + b"<item><title>a</title></item>" * 400_000)(visit)


@cache
def _deflated() -> bytes:
    return zlib.compress(b"\0" * 200_000_000)


def deflate_bomb(visit: Visit) -> None:
    packed(_deflated(), "deflate")(visit)


HOSTILE: dict[str, tuple[Behaviour, str]] = {
    # Twelve hold their connection to the deadline.
    **{f"stall-{number}": (bad.stall, "no whole answer within") for number in range(4)},
    **{f"drip-headers-{number}": (bad.drip_headers, "no whole answer within") for number in range(4)},
    **{f"drip-body-{number}": (bad.drip_body, "no whole answer within") for number in range(4)},
    # Four burn CPU in the parser.
    **{f"cpu-{number}": (_burn, "s of CPU to read") for number in range(4)},
    # Four are bombs.
    "bomb-gzip": (bad.gzip_bomb(), "larger than 15 MiB"),
    "bomb-gzip-gzip": (bad.gzip_bomb(times=2), "larger than 15 MiB"),
    "bomb-deflate": (deflate_bomb, "larger than 15 MiB"),
    "bomb-endless": (bad.endless, "larger than 15 MiB"),
    # The rest break HTTP, lead astray, refuse, or answer with something else.
    "hang-up": (bad.hang_up, "closes the connection"),
    "reset": (bad.reset, "cut off|reset"),
    "garbage": (bad.garbage, "does not answer in HTTP"),
    "short": (bad.short, "cut off"),
    "short-chunks": (bad.short_chunks, "cut off"),
    "negative-chunk": (bad.negative_chunk, "."),
    "endless-continue": (bad.endless_continue, "."),
    "many-headers": (bad.many_headers, "header"),
    "long-header": (bad.long_header, "header"),
    "circle": (redirect("/feed"), "too many redirects"),
    "inside": (redirect("http://127.0.0.1:22/"), "loopback"),
    "file": (redirect("file:///etc/hostname"), "."),
    "unknown-coding": (packed(b"....", "br"), "br"),
    "gone": (status(410), "HTTP 410"),
    "busy": (status(429, Retry_After="60"), "HTTP 429"),
    "broken": (status(503), "HTTP 503"),
    "login": (page(b"<!doctype html><title>Sign in</title>"), "HTML page"),
    "empty": (page(b""), "empty"),
    "path": (page(b"/etc/hostname"), "not a feed"),
    "damaged": (page(b"<?xml version='1.0'?><rss><channel><item><title>Half an"), "cut off or damaged"),
}
GOOD = [f"good-{number}" for number in range(60)]


@dataclass(frozen=True)
class Outcome:
    report: IngestReport
    seconds: float
    read: list[str]
    reasons: dict[str, str]


def site_of(root: Path, names: list[str]) -> SiteTest:
    """A site with these sources, good and bad ones mixed in an order that is always the same."""
    mixed = sorted(names, key=lambda name: zlib.crc32(name.encode()))
    return SiteTest(root).config(source=[{"name": name, "url": f"http://{name}.example/feed"} for name in mixed])


def good_feed(name: str) -> bytes:
    number = int(name.partition("-")[2])
    entries = [entry(n, link=f"https://{name}.example/{n}", guid=f"{name}/{n}") for n in range(number, number + 3)]
    return rss(*entries, title=name).encode()


def open_doors(server: Publishers) -> None:
    _deflated()  # before anybody waits for it
    for name in GOOD:
        server.on(f"{name}.example/feed", conditional(good_feed(name), f'"{name}"'))
    for name, (behaviour, _) in HOSTILE.items():
        server.on(f"{name}.example/feed", behaviour)


def ask(site: SiteTest, server: Publishers, seconds: float = TOTAL_SECONDS, cpu: int = CPU_SECONDS) -> Outcome:
    client = Client("https://news.example/", network=network(server), total_seconds=seconds)
    started = time.monotonic()
    site.ingest(as_of=AS_OF, client=client, parsers=Parsers(cpu_seconds=cpu))
    sources = site.ingested.sources
    return Outcome(
        site.ingested,
        time.monotonic() - started,
        sorted(source.name for source in sources if source.new and not source.error),
        {source.name: source.error for source in sources if source.error},
    )


def astray(outcome: Outcome) -> dict[str, str]:
    """The hostile sources whose reason is not the one that they deserve."""
    return {
        name: outcome.reasons.get(name, "none at all")
        for name, (_, reason) in HOSTILE.items()
        if not re.search(reason, outcome.reasons.get(name, ""))
    }


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="hundred-"))
    parent, child = multiprocessing.Pipe()
    serving = multiprocessing.get_context("spawn").Process(target=_serve, args=(child,))
    serving.start()
    try:
        server = Publishers()
        server.close()
        server.listener = _Elsewhere(parent.recv())  # type: ignore[assignment]
        site = site_of(folder, [*GOOD, *HOSTILE])
        outcome = ask(site, server)
        peak = {who: resource.getrusage(getattr(resource, who)).ru_maxrss // 1024 for who in ("RUSAGE_SELF",)}
        again = ask(site_of(folder, GOOD), server)
    finally:
        parent.send("")
        serving.join()
        shutil.rmtree(folder)
    print(f"{len(outcome.read)} of {len(GOOD)} good sources read, {len(outcome.reasons)} of {len(HOSTILE)} set aside")
    for name, reason in sorted(outcome.reasons.items()):
        print(f"  {name}: {reason}")
    print(f"{outcome.seconds:.1f} s, peak {peak['RUSAGE_SELF']} MiB; again, the good ones alone: {again.seconds:.1f} s")
    return 0 if len(outcome.read) == len(GOOD) and not astray(outcome) else 1


@dataclass(frozen=True)
class _Elsewhere:
    """Stands for the listener of a server in another process, so that its bombs count for nothing here."""

    name: tuple[str, int]

    def getsockname(self) -> tuple[str, int]:
        return self.name


def _serve(pipe: Connection) -> None:
    with bad.publishers() as server:
        open_doors(server)
        pipe.send(server.listener.getsockname())
        pipe.recv()


if __name__ == "__main__":
    sys.exit(main())

"""How long builds take: `make bench N=10000`. Prints seconds and pages for a cold build and for three small changes.

The corpus is synthetic and always the same: nine-word titles, Zipf-distributed tags, two years of dates.
"""

from __future__ import annotations

import bisect
import itertools
import platform
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builder import frontmatter
from builder.model import Item
from tests.sitetest import SiteTest

_SYLLABLES = [
    "al",
    "bo",
    "cra",
    "du",
    "en",
    "fi",
    "gor",
    "hu",
    "is",
    "jen",
    "ka",
    "lo",
    "mer",
    "nu",
    "op",
    "pra",
    "qui",
    "rin",
    "so",
    "tal",
    "ur",
    "vel",
    "wy",
    "xa",
    "yor",
    "zim",
]
_START = datetime(2024, 1, 1, tzinfo=UTC)
_AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


class Zipf:
    """Draws from a list, its n-th element about n times as rarely as its first."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.sums = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(names))))

    def draw(self, die: random.Random) -> str:
        return self.names[bisect.bisect(self.sums, die.random() * self.sums[-1])]


def words(count: int) -> list[str]:
    die = random.Random(count)
    return list(dict.fromkeys("".join(die.choices(_SYLLABLES, k=die.randint(2, 4))) for _ in range(2 * count)))[:count]


def corpus(count: int, start: int = 0) -> Iterator[Item]:
    """Items number `start` to `start + count`."""
    vocabulary, publishers = Zipf(words(6000)), Zipf(words(60))
    for number in range(start, start + count):
        die = random.Random(number)
        title = [vocabulary.draw(die) for _ in range(9)]
        date = _START + timedelta(minutes=die.randrange(729 * 1440))
        paragraphs = [" ".join(vocabulary.draw(die) for _ in range(60)).capitalize() + "." for _ in range(3)]
        slug = f"{'-'.join(title)[:60]}-{number}"
        publisher = publishers.draw(die).capitalize()
        yield Item(
            title=" ".join(title).capitalize(),
            date=date,
            summary=paragraphs[0][:160],
            slug=slug,
            link=f"https://{publisher.lower()}.example/{number}",
            source=publisher,
            tags=tuple(dict.fromkeys(sorted(title, key=len)))[-5:],
            publisher=publisher,
            body="\n\n".join(paragraphs) + "\n",
            path=f"{date:%Y/%m/%d}/{slug}",
        )


def write(site: SiteTest, items: Iterator[Item]) -> None:
    for item in items:
        site.file(f"content/items/{item.path}.md", frontmatter.dump(item))


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as folder:
        site = SiteTest(Path(folder))
        write(site, corpus(count))
        steps: list[tuple[str, Callable[[], object]]] = [
            ("cold", lambda: None),
            ("nothing changed", lambda: None),
            ("one body edited", lambda: _edit(site)),
            ("200 new items", lambda: write(site, corpus(200, count))),
        ]
        print(f"{count:,} items, Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
        print(f"{'':<16} {'seconds':>8} {'written':>8} {'pages':>8}")
        for name, prepare in steps:
            prepare()
            start = time.perf_counter()
            pages = site.build(as_of=_AS_OF).report.pages
            print(f"{name:<16} {time.perf_counter() - start:>8.2f} {pages.written:>8,} {pages.total:>8,}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
        print(f"peak memory {peak:.0f} MiB")


def _edit(site: SiteTest) -> None:
    item = next(corpus(1))
    site.file(f"content/items/{item.path}.md", frontmatter.dump(item).replace(item.body, "Edited.\n"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

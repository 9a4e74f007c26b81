"""`make bench-stories` and `python -m tests.eval.speed [N]`: what stories cost beside parsing, and as a site grows.

Calls the import in this process, so that one function in it can be timed. Never judges a story.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from builder import config
from builder.content import Content
from builder.imports import import_files
from builder.index import Index
from builder.model import Item, stamp
from builder.sync import sync
from builder.version import code_version
from tests.bench import corpus, table
from tests.eval import EvalError, Labelled, door

WATCHED = "builder.joining:Joining.stories"
"""What is timed as the work of stories, from reading what is there to the names: module and name."""
STREAM, GROWTH = 3.0, 1.5
"""Goals: stories of N items in so many times the seconds of parsing and indexing them; 200 more items beside N in so
many times the seconds of 200 beside a tenth of N."""
ADDED, REPEATS = 200, 3
_AS_OF = datetime(2025, 1, 1, tzinfo=UTC)


class Figures(NamedTuple):
    """Seconds for a site of so many items; adding 200 is timed as a whole, and what stories take of it."""

    items: int
    indexing: float
    stories: float
    adding: float
    adding_stories: float


class Stopwatch:
    """The seconds spent in a function since it was last asked."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def wrapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **named: Any) -> Any:
            start = time.process_time()
            try:
                return function(*args, **named)
            finally:
                self._seconds += time.process_time() - start

        return timed

    def read(self) -> float:
        seconds, self._seconds = self._seconds, 0.0
        return seconds


@contextmanager
def watched(place: str) -> Iterator[Stopwatch]:
    """Time every call of `module:function` or `module:Class.method`. Raises EvalError where there is none."""
    module, _, name = place.partition(":")
    try:
        owner: Any = importlib.import_module(module)
        *path, name = name.split(".")
        owner = attrgetter(".".join(path))(owner) if path else owner
        function = getattr(owner, name)
    except (ImportError, AttributeError):
        raise EvalError(f"there is no {place} to be timed") from None
    watch = Stopwatch()
    setattr(owner, name, watch.wrapped(function))
    try:
        yield watch
    finally:
        setattr(owner, name, function)


def measured(root: Path, total: int, watch: Stopwatch) -> Figures:
    """Import so many items into a fresh site below `root`, read them all anew, then add some more."""
    site = _Site(root)
    site.take(corpus.items(total))
    stories = watch.read()
    indexing = site.read_anew()
    runs = []
    for number in range(REPEATS):
        seconds = site.take(corpus.items(ADDED, start=total + number * ADDED, last_days=2))
        runs.append((seconds, watch.read()))
    return Figures(total, indexing, stories, *(median(run[place] for run in runs) for place in (0, 1)))


class _Site:
    """A site with one index that stays open."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "content").mkdir(parents=True)
        (root / "content" / "site.toml").write_text(door.SETTINGS, "utf-8")
        self.content, self.settings = Content(root), config.load(root)
        self.batches = 0
        self.index = self._index()

    def _index(self) -> Index:
        return Index(self.root / ".broadsheet" / f"index-{self.batches}.sqlite", code_version())

    def take(self, items: Iterable[Item]) -> float:
        """Seconds that the import of these items takes."""
        self.batches += 1
        inbox = self.root / f"inbox-{self.batches}"
        inbox.mkdir()
        for number, item in enumerate(items):
            (inbox / f"{number:06}.md").write_text(_file(item), "utf-8")
        start = time.process_time()
        report = import_files(self.content, self.settings, self.index, _AS_OF, [inbox])
        seconds = time.process_time() - start
        if report.quarantined:
            raise EvalError(f"the import set something aside: {report.quarantined[0]}")
        return seconds

    def read_anew(self) -> float:
        """Seconds to parse all items and put them into a fresh index, in this process alone."""
        self.index.close()
        self.index = self._index()
        start = time.process_time()
        sync(self.index, self.content, self.settings, stamp(_AS_OF))
        return time.process_time() - start


def _file(item: Item) -> str:
    """An item as a person would give it."""
    given = Labelled("", "", item.title, item.body, item.date, item.link, item.publisher)
    return door.markdown(given)


def text(small: Figures, large: Figures) -> str:
    """Both sites, and the two ratios beside their goals."""
    lines: list[tuple[str, ...]] = [("items", "indexing", "stories", "ratio", f"{ADDED} more", "of it stories")]
    for one in (small, large):
        seconds = (one.indexing, one.stories, one.stories / one.indexing, one.adding, one.adding_stories)
        lines.append((f"{one.items:,}", *map(table.duration, seconds)))
    found = "".join("  ".join(cell.rjust(13) for cell in line) + "\n" for line in lines)
    stream, whole = large.stories / large.indexing, large.adding / small.adding
    alone = large.adding_stories / small.adding_stories if small.adding_stories else 0.0
    return (
        f"{found}\nStories of {large.items:,} items take {stream:.2f} of parsing and indexing them "
        f"({table.against(stream, STREAM)}).\n"
        f"{ADDED} more take {whole:.2f} of what they take beside {small.items:,} ({table.against(whole, GROWTH)}); "
        f"of it stories {alone:.2f}.\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.eval.speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("items", type=int, nargs="?", default=100_000, help="how many items (default: 100000)")
    parser.add_argument("--watch", default=WATCHED, metavar="PLACE", help=f"what to time (default: {WATCHED})")
    options = parser.parse_args()
    if options.items < 10:
        parser.error("at least 10 items are needed")
    try:
        with tempfile.TemporaryDirectory(prefix="broadsheet-speed-") as folder, watched(options.watch) as watch:
            small, large = (
                measured(Path(folder, str(total)), total, watch) for total in (options.items // 10, options.items)
            )
    except EvalError as error:
        print(f"speed: {error}", file=sys.stderr)
        return 2
    print(text(small, large), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

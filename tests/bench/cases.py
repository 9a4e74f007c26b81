"""What is measured, in which order: passes of Hugo's cold build and ours in turn, then each small change of ours.

Never compares runs of different passes: a machine's speed changes within minutes, so each pass has its own Hugo run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from builder.model import Item
from tests.bench import corpus
from tests.bench.measuring import Size, size_of
from tests.bench.sites import Built, HugoSite, OurSite, Undo, expect

NEW = 200
COLD, NOTHING, BODY, RECENT, SCATTERED, CHECKOUT, TEMPLATE, THEME = CASES = (
    "cold, equal templates",
    "nothing changed",
    "one body edited",
    "200 new items, last two days",
    "200 new items, over two years",
    "fresh checkout, caches restored",
    "one template edited",
    "cold, our own theme",
)
HUGO = "Hugo, whatever changed"
_OLD = 3.0
"""Seconds after which no change of a file can be missed by its time, and it need not be read again."""


class Measured(NamedTuple):
    """One build: its case, its wall time, the Hugo time of the same pass, what it wrote, its peak memory in bytes."""

    case: str
    seconds: float
    hugo: float
    written: int
    peak: int | None


class Bench:
    """Both sites of `total` items below `folder`. Every pass starts from, and leaves, the same content."""

    def __init__(self, folder: Path, total: int, hugo: Path, say: Callable[[str], None] = print) -> None:
        self.total, self.say = total, say
        self.hugo, self.ours = HugoSite(folder / "hugo", hugo), OurSite(folder / "ours")
        self.sizes: tuple[Size, Size] = (Size(0, 0), Size(0, 0))
        self._new, self._edits, self._edited = count(total, NEW), count(1), 0.0

    def prepare(self) -> None:
        """Write both sides' items."""

        def written() -> Iterator[Item]:
            for item in corpus.items(self.total):
                self.hugo.write(item)
                self.ours.write(item)
                yield item

        self.ours.note(written())
        self._edited = time.monotonic()

    def run(self, repeats: int, *, sampled: bool = False) -> list[Measured]:
        """One pass over all cases, the small ones `repeats` times each. Its runs are `sampled` for memory, or timed."""
        self._settle()
        hugo = self.hugo.build(sampled=sampled)
        self._show(HUGO, hugo.seconds)
        found = [Measured(HUGO, hugo.seconds, hugo.seconds, 0, hugo.peak)]

        def keep(case: str, built: Built) -> None:
            self._show(case, built.run.seconds)
            found.append(Measured(case, built.run.seconds, hugo.seconds, built.written, built.run.peak))

        self.ours.forget()
        self._settle(old=True)
        keep(COLD, self.ours.build(sampled=sampled))
        self.sizes = size_of(self.hugo.output), size_of(self.ours.output)
        undos: list[Undo] = []
        for _ in range(repeats):
            keep(NOTHING, self._nothing(sampled))
        for _ in range(repeats):
            keep(BODY, self._body(sampled, undos))
        for case, days in ((RECENT, 2), (SCATTERED, corpus.DAYS)):
            for _ in range(repeats):
                keep(case, self._added(sampled, days))
        keep(CHECKOUT, self._checkout(sampled))
        keep(TEMPLATE, self._template(sampled, undos))
        for undo in reversed(undos):
            undo()
        self._edited = time.monotonic()
        keep(THEME, self._theme(sampled))
        return found

    # -- each case: one change, one build, and a look at whether the build did what is measured

    def _nothing(self, sampled: bool) -> Built:
        self._settle()
        built = self.ours.build(sampled=sampled)
        expect(built.written == 0, f"nothing changed, and {built.written} pages were written")
        return built

    def _body(self, sampled: bool, undos: list[Undo]) -> Built:
        number = next(self._edits)
        item, words = corpus.item(number * 7919 % self.total), f"Edit number {number}."
        undos.append(self.ours.edit_body(item, words))
        self._settle()
        built = self.ours.build(sampled=sampled)
        expect(self.ours.shows(item, words), f"{item.route} does not show its edit")
        return built

    def _added(self, sampled: bool, days: int) -> Built:
        items = list(corpus.items(NEW, next(self._new), days))
        undo = self.ours.add(items)
        self._settle()
        built = self.ours.build(sampled=sampled)
        expect(all(map(self.ours.shows, items)), "a new item has no page")
        undo()
        # Not timed: back to where every change starts from.
        self.ours.build()
        expect(not any(map(self.ours.shows, items)), "an item that was taken back has a page")
        return built

    def _checkout(self, sampled: bool) -> Built:
        self.ours.touch()
        self._settle()
        built = self.ours.build(sampled=sampled)
        expect(built.written == 0, f"only times changed, and {built.written} pages were written")
        return built

    def _template(self, sampled: bool, undos: list[Undo]) -> Built:
        words = f"Edit number {next(self._edits)}."
        undos.append(self.ours.edit_template(words))
        self._settle()
        built = self.ours.build(sampled=sampled)
        expect(built.written >= self.total, f"{built.written} pages were written, not every item's")
        expect(self.ours.shows(corpus.item(0), words), "an item's page does not show the edit of its template")
        return built

    def _theme(self, sampled: bool) -> Built:
        self.ours.forget()
        undo = self.ours.without_theme()
        self._settle(old=True)
        built = self.ours.build(sampled=sampled)
        undo()
        return built

    def _settle(self, *, old: bool = False) -> None:
        """Let the disk take what waits for it: no run pays for another's. Where asked, let what was edited grow old."""
        os.sync()
        if old:
            time.sleep(max(0.0, self._edited + _OLD - time.monotonic()))

    def _show(self, case: str, seconds: float) -> None:
        self.say(f"  {case:<34} {seconds:8.2f} s")

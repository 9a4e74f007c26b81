"""The two sites on disk: Hugo's, and ours with the edits that are measured, each of which can be taken back.

Never removes an output: making room makes the file system slow for minutes, so what is done with is set aside.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import NamedTuple

from builder.model import Item
from builder.urls import file_of
from tests.bench import BenchError, corpus
from tests.bench.measuring import Run, run

HERE = Path(__file__).parent
Undo = Callable[[], None]
_SETTINGS = """\
title = "Digest"
base_url = "https://digest.example/"
tag_pages = 1
id_base = "digest.example,2023"
timezone = "UTC"
language = "en"
headline_link = "page"
show = "full"
"""


class HugoSite:
    """Hugo's site; every build goes into a fresh folder."""

    def __init__(self, root: Path, binary: Path) -> None:
        self.root, self.binary = root, binary
        shutil.copytree(HERE / "hugo", root)
        self.items = root / "content" / "item"
        self.items.mkdir(parents=True)
        self._numbers = count(1)

    def write(self, item: Item) -> None:
        self._file(item).write_text(corpus.for_hugo(item), "utf-8")

    def edit_body(self, item: Item, words: str) -> Undo:
        """Another paragraph at the end of an item."""
        return _longer(self._file(item), words)

    def _file(self, item: Item) -> Path:
        return self.items / f"{item.slug}.md"

    def build(self, *, sampled: bool = False) -> Run:
        """A full build, as every build of Hugo's is."""
        self.output = self.root / f"public-{next(self._numbers)}"
        return run([self.binary, "--quiet", "--destination", self.output], self.root, sampled=sampled)


class Built(NamedTuple):
    """One build of ours: how it ran, and how many pages it wrote."""

    run: Run
    written: int


class OurSite:
    """Our site, as `broadsheet ingest` would have left it: items, ledgers, settings, and a theme as small as Hugo's."""

    def __init__(self, root: Path) -> None:
        self.root, self.output = root, root / "site"
        self.theme, self.aside = root / "templates", root / "aside"
        shutil.copytree(HERE / "ours", self.theme)
        self.aside.mkdir()
        (root / "content").mkdir()
        (root / "content" / "site.toml").write_text(_SETTINGS, "utf-8")
        self._numbers = count(1)

    # -- what is in content/

    def write(self, item: Item) -> None:
        """An item's file. Its ledger lines are written by `note`."""
        file = self._file(item)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(corpus.ours(item), "utf-8")

    def note(self, items: Iterable[Item]) -> dict[Path, int]:
        """Write down that these items were ingested; returns how long each ledger was before."""
        lines: dict[Path, list[str]] = defaultdict(list)
        for item in items:
            lines[self.root / "content" / "seen" / f"{item.date:%Y-%m}.tsv"].append(corpus.ledger(item))
        before = {}
        for file, texts in lines.items():
            file.parent.mkdir(exist_ok=True)
            with open(file, "a", encoding="utf-8") as ledger:
                before[file] = ledger.tell()
                ledger.writelines(texts)
        return before

    def add(self, items: list[Item]) -> Undo:
        """What an `ingest` of new items does to `content/`."""
        for item in items:
            self.write(item)
        before = self.note(items)

        def undo() -> None:
            for item in items:
                self._file(item).unlink()
            for ledger, length in before.items():
                os.truncate(ledger, length)

        return undo

    def edit_body(self, item: Item, words: str) -> Undo:
        """Another paragraph at the end of an item."""
        return _longer(self._file(item), words)

    def edit_template(self, words: str) -> Undo:
        """Another line on every item's page."""
        file = self.theme / "item.html"
        text = file.read_text("utf-8")
        file.write_text(text.replace("</article>", f"<p>{words}</p>\n</article>"), "utf-8")
        return lambda: void(file.write_text(text, "utf-8"))

    def touch(self) -> None:
        """New times for every file of content and theme, as a fresh checkout gives them."""
        for top in ("content", "templates"):
            for folder, _, files in os.walk(self.root / top, topdown=False):
                for name in files:
                    os.utime(f"{folder}/{name}")
                os.utime(folder)

    def _file(self, item: Item) -> Path:
        return self.root / "content" / "items" / f"{item.path}.md"

    # -- what is done with it

    def build(self, *, sampled: bool = False) -> Built:
        """Run `broadsheet build` as anybody would. Raises BenchError where it sets anything aside."""
        done = run(
            [Path(sys.executable).with_name("broadsheet"), "build", "--json", "--quiet"], self.root, sampled=sampled
        )
        return Built(done, json.loads(done.out)["pages"]["written"])

    def forget(self) -> None:
        """Set output and caches aside: the next build is the first one."""
        place = self.aside / str(next(self._numbers))
        place.mkdir()
        for folder in (self.output, self.root / ".broadsheet"):
            if folder.exists():
                folder.rename(place / folder.name)

    def without_theme(self) -> Undo:
        """Take the small theme away, so that the default one is used."""
        place = self.aside / "templates"
        self.theme.rename(place)
        return lambda: void(place.rename(self.theme))

    def shows(self, item: Item, words: str = "") -> bool:
        """Whether an item's page is there and holds these words."""
        file = self.output / file_of(item.route)
        return file.is_file() and words in file.read_text("utf-8")


def _longer(file: Path, words: str) -> Undo:
    text = file.read_text("utf-8")
    file.write_text(f"{text}\n{words}\n", "utf-8")
    return lambda: void(file.write_text(text, "utf-8"))


def void(_: object) -> None:
    """Nothing, whatever was done."""


def expect(holds: bool, what: str) -> None:
    """A build that did something else than what is measured gives no figures."""
    if not holds:
        raise BenchError(f"the build did not do its work: {what}")

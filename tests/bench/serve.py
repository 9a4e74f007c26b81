"""`make bench-serve` and `python -m tests.bench.serve N`: previews beside each other, from a save to what a tab shows.

Never leaves a folder behind, but for Hugo's environment in `.broadsheet/bench/`.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from builder.model import Item
from tests.bench import BenchError, corpus, machine, peer, table
from tests.bench.__main__ import RESULTS, only_one, room, workplace
from tests.bench.cases import Bench
from tests.bench.previews import (
    FILES,
    FIRST,
    ITEM,
    MANY,
    STYLE,
    TEMPLATE,
    Side,
    Waited,
    hugo_side,
    our_side,
    served,
    tab,
    wait,
)
from tests.bench.table import Previews

_PAUSE = 0.3
"""Seconds between two edits: nobody saves faster, and an update is over by then."""
_SETTLED = 3.0


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.serve", description="Measure our preview beside Hugo's."
    )
    parser.add_argument("items", type=int, nargs="?", default=10_000, help="how many items (default: 10000)")
    parser.add_argument("--repeats", type=int, default=20, help="edits of each kind (default: 20)")
    options = parser.parse_args()
    if options.items < FILES or options.repeats < 1:
        parser.error(f"at least {FILES} items and one edit are needed")
    try:
        with only_one() as folder:
            hugo = peer.installed(folder)
            room(folder, options.items * 3)
            with workplace(folder, keep=False) as place:
                found = _measure(place, options.items, options.repeats, hugo)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print("\n" + table.preview_plain(found), end="")
    before = RESULTS.read_text("utf-8") if RESULTS.exists() else ""
    RESULTS.write_text(table.replaced(before, table.preview_markdown(found)), "utf-8")
    print(f"Written to {RESULTS.name}.")
    return 0


def _measure(place: Path, total: int, repeats: int, hugo: Path) -> Previews:
    _say(f"Writing {total:,} items for each side into {place} ...")
    bench = Bench(place, total, hugo, _say)
    bench.prepare()
    # Hugo takes seconds for an edit, and at 100,000 items a minute: a few say enough.
    few = 10 if total <= 20_000 else 3
    waited = list(_of(hugo_side(bench.hugo), total, min(few, repeats), 3 if total <= 20_000 else 1))
    _say("Building, so that there is an index to start from ...")
    bench.ours.build()
    ours = our_side(bench.ours)
    with served(ours._replace(command=[*ours.command[:-1], "--verbose", ours.command[-1]]), "/") as server:
        while not _updates(server.said()):
            time.sleep(_PAUSE)
    updates: list[int] = []
    waited += _of(ours, total, repeats, 5, updates)
    return Previews(total, machine.described(place), waited, updates)


def _of(side: Side, total: int, repeats: int, starts: int, updates: list[int] | None = None) -> Iterator[Waited]:
    """All cases of one side; `updates` takes how many updates each burst of files was, where that is known."""
    numbers, viewed = count(1), corpus.item(total // 2)

    def keep(case: str, seconds: float) -> Waited:
        _say(f"  {'ours' if side.ours else 'Hugo':<5} {case:<30} {seconds:8.3f} s")
        return Waited(case, side.ours, seconds)

    for last in range(starts - 1, -1, -1):
        os.sync()
        with served(side, "/") as server:
            yield keep(FIRST, server.first)
            if last:
                continue
            with tab(server, side.route(viewed)) as opened:
                time.sleep(_SETTLED)
                for case, edit in ((ITEM, _item), (TEMPLATE, _template), (STYLE, _style)):
                    for _ in range(repeats):
                        number = next(numbers)
                        yield keep(case, wait(opened, number, lambda: edit(side, viewed, number)))  # noqa: B023
                        time.sleep(_PAUSE)
                others = [corpus.item(number) for number in range(FILES) if number != total // 2][: FILES - 1]
                for _ in range(5 if side.ours else starts):
                    number, before = next(numbers), len(_updates(server.said()))
                    yield keep(MANY, wait(opened, number, lambda: _many(side, [*others, viewed], number)))  # noqa: B023
                    time.sleep(_SETTLED)
                    if updates is not None:
                        updates.append(len(_updates(server.said())) - before)


def _updates(said: str) -> list[str]:
    return re.findall(r"^.*: [\d,]+ ms$", said, re.MULTILINE)


def _item(side: Side, viewed: Item, number: int) -> None:
    side.edit(viewed, f"Edit number {number}.")


def _many(side: Side, items: list[Item], number: int) -> None:
    """The one that is looked at comes last: when it is shown, all are."""
    for item in items:
        side.edit(item, f"Edit number {number}.")


def _template(side: Side, viewed: Item, number: int) -> None:
    text = side.template.read_text("utf-8")
    side.template.write_text(text.replace("</article>", f"<p>Edit number {number}.</p>\n</article>"), "utf-8")


def _style(side: Side, viewed: Item, number: int) -> None:
    with open(side.style, "a", encoding="utf-8") as file:
        file.write(f"\n:root {{ --edit: {number}; }}\n")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

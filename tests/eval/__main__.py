"""`make eval` and `python -m tests.eval`: import every sample, compare, print a table; 1 where a floor is missed.

Never looks at the reporting halves unless they are asked for.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.eval import EvalError, Sample, corpora, door, invented, table

HALVES = {"tuning": ("tuning",), "reporting": ("reporting",), "both": corpora.HALVES}
OURS = {"invented": invented.digest, "stream": invented.stream}
"""The sets that we wrote ourselves; they have no halves."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    rows = []
    try:
        for sample in _samples(corpora.folder(), options.half, options.set):
            start = time.perf_counter()
            rows.append(table.figures(sample, door.placed(sample.items)))
            what = " ".join(filter(None, (sample.name, sample.half, sample.variant)))
            print(f"{what}: {len(sample.items):,} items in {time.perf_counter() - start:.1f} s", file=sys.stderr)
    except (EvalError, OSError) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2
    print("\n" + table.markdown(rows) + "\n" + _notes())
    missed = [line for row in rows for line in table.missed(row)]
    for line in missed:
        print(f"Missed: {line}.")
    return 1 if missed else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.eval", description="Compare our stories with labelled ones.")
    names = (*(one.name for one in corpora.CORPORA), *OURS)
    parser.add_argument(
        "--half", choices=HALVES, default="both", help="which half of the labelled sets (default: both)"
    )
    parser.add_argument("--set", choices=names, action="append", metavar="NAME", help=f"only this: {', '.join(names)}")
    options = parser.parse_args(arguments)
    options.set = options.set or list(names)
    return options


def _samples(folder: Path | None, half: str, names: list[str]) -> Iterator[Sample]:
    """The samples in the order of the table, each made when its turn comes; variants follow their tuning half."""
    for corpus in corpora.CORPORA:
        if corpus.name not in names:
            continue
        if folder is None:
            print(f"{corpus.name}: not run, BROADSHEET_CORPORA names no folder", file=sys.stderr)
            continue
        for one in HALVES[half]:
            sample = corpora.sample(corpus, folder, one)
            yield sample
            if one == "tuning":
                yield from corpora.variants(sample)
    for name, made in OURS.items():
        if name in names:
            yield made()


def _notes() -> str:
    splits = " and ".join(f"{corpus.name} by {corpus.split_by}" for corpus in corpora.CORPORA)
    return (
        f"Split: {splits}; a {' or '.join(corpus.split_by for corpus in corpora.CORPORA)} whose name has an even MD5 is "
        "in the tuning half. Each row is one `broadsheet import` into a fresh site. Precision, recall and F1 are B-cubed; in brackets: "
        "what the labels say. Joined: items that were taken for an article that was there already.\n"
    )


if __name__ == "__main__":
    sys.exit(main())

"""The figures as a Markdown table, and the floors that they must not fall below.

Never rounds a missed floor into a reached one, and never looks at a story itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from tests.eval import Sample, bcubed
from tests.eval.bcubed import Score, Sizes
from tests.eval.door import Placed


class Floor(NamedTuple):
    """What a sample must reach: the least F1 (`aim`: hoped for), the share of single-item stories, the largest story."""

    f1: float = 0.0
    aim: float | None = None
    singles: tuple[float, float] = (0.0, 1.0)
    largest: int | None = None


FLOORS: dict[tuple[str, str], Floor] = {
    ("uci-6k", "reporting"): Floor(f1=0.84, aim=0.88),
    ("ecbplus", "reporting"): Floor(f1=0.80, aim=0.84),
    ("invented", "whole"): Floor(f1=0.85, singles=(0.6, 0.95), largest=60),
    ("stream", "whole"): Floor(f1=0.80, singles=(0.6, 0.95), largest=60),
}
"""By set and half. Most items of our own sets are single: where every item is alone, F1 is above .8 there already."""
HEADER = (
    "set",
    "half",
    "items",
    "precision",
    "recall",
    "F1",
    "floor",
    "stories",
    "single",
    "largest",
    "joined",
    "lost",
)


class Figures(NamedTuple):
    """All that is measured of one sample: what came out, and in `true` what the labels say the sizes are."""

    name: str
    half: str
    variant: str
    items: int
    score: Score
    sizes: Sizes
    true: Sizes
    joined: int = 0
    lost: int = 0


def figures(sample: Sample, placed: Placed) -> Figures:
    """Compare the stories of a sample with its labels. A lost item counts as one that is alone."""
    names = [placed.stories.get(one.id, f"lost {one.id}") for one in sample.items]
    labels = [one.label for one in sample.items]
    return Figures(
        sample.name,
        sample.half,
        sample.variant,
        len(sample.items),
        bcubed.score(list(zip(names, labels, strict=True))),
        bcubed.sizes(names),
        bcubed.sizes(labels),
        placed.joined,
        len(placed.lost),
    )


def missed(one: Figures) -> list[str]:
    """What a sample does not reach, one line for each. A variant has no floor; nothing may ever be lost."""
    found = [f"{_named(one)}: {one.lost:,} items are lost"] if one.lost else []
    floor = _floor(one)
    if floor is None:
        return found
    least, most = floor.singles
    if one.score.f1 < floor.f1:
        found.append(f"{_named(one)}: F1 is {_down(one.score.f1)}, below {floor.f1:.2f}")
    if not least <= one.sizes.singles <= most:
        found.append(f"{_named(one)}: of the stories {one.sizes.singles:.3f} are single, not {least:.2f} to {most:.2f}")
    if floor.largest is not None and one.sizes.largest > floor.largest:
        found.append(f"{_named(one)}: the largest story has {one.sizes.largest:,} items, more than {floor.largest:,}")
    return found


def markdown(rows: Iterable[Figures]) -> str:
    """The table; what the labels say of sizes stands in brackets."""
    lines = [HEADER, ("---", "---", *["---:"] * (len(HEADER) - 2)), *map(_row, rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _row(one: Figures) -> tuple[str, ...]:
    return (
        one.name,
        one.half + (f", {one.variant}" if one.variant else ""),
        f"{one.items:,}",
        *map(_down, one.score),
        _floor_text(one),
        f"{one.sizes.stories:,} ({one.true.stories:,})",
        f"{one.sizes.singles:.2f} ({one.true.singles:.2f})",
        f"{one.sizes.largest:,} ({one.true.largest:,})",
        f"{one.joined:,}",
        f"{one.lost:,}",
    )


def _floor(one: Figures) -> Floor | None:
    return None if one.variant else FLOORS.get((one.name, one.half))


def _floor_text(one: Figures) -> str:
    floor = _floor(one)
    if floor is None:
        return ""
    aim = f", aim {floor.aim:.2f}" if floor.aim is not None else ""
    return f"≥ {floor.f1:.2f}{aim}" + (", missed" if missed(one) else "")


def _named(one: Figures) -> str:
    return f"{one.name}, {one.half}" + (f", {one.variant}" if one.variant else "")


def _down(share: float) -> str:
    """Three digits, never more than there is: .8399 is .839."""
    return f"{math.floor(share * 1000 + 1e-9) / 1000:.3f}"

"""The figures as a table, for a terminal and for `BENCHMARKS.md`, which has a section for every number of items.

Never rounds a missed goal into a reached one, and touches no section but its own.
"""

from __future__ import annotations

import math
import re
from statistics import median
from typing import NamedTuple

from tests.bench import previews
from tests.bench.cases import BODY, CASES, COLD, HUGO, NOTHING, RECENT, SCATTERED, THEME, Measured
from tests.bench.measuring import Size
from tests.bench.previews import Waited

LEAST = 0.95
"""The share of Hugo's files and bytes that ours must have: who writes less is no measure."""
MEMORY = "peak memory"
GOALS: dict[int, dict[str, float]] = {
    10_000: {
        COLD: 0.35,
        THEME: 0.6,
        NOTHING: 1 / 80,
        BODY: 1 / 40,
        RECENT: 1 / 20,
        SCATTERED: 1 / 12,
        MEMORY: 1 / 4,
    },
    100_000: {
        COLD: 0.35,
        THEME: 0.6,
        NOTHING: 1 / 200,
        BODY: 1 / 130,
        RECENT: 1 / 100,
        SCATTERED: 1 / 45,
        MEMORY: 1 / 10,
    },
}
"""The most that each case may take, as a share of Hugo's time or memory."""
PREVIEW_GOALS: dict[str, tuple[float, float]] = {
    previews.FIRST: (0.6, 0),
    previews.ITEM: (0.12, 0.25),
    previews.TEMPLATE: (0.2, 0),
    previews.STYLE: (0.08, 0),
    previews.MANY: (2.0, 0),
}
"""The most seconds that a median may be, and 95 of 100 waits, if that is asked."""
FIRST_OF_HUGO = 1 / 20
HEADER = ("", "seconds", "range", "of Hugo's", "goal", "pages written", "peak MiB")


class Figures(NamedTuple):
    """All that one run of the benchmark found."""

    total: int
    machine: str
    timed: list[Measured]
    sampled: list[Measured]
    sizes: tuple[Size, Size]

    @property
    def valid(self) -> bool:
        """Whether our output is as large as Hugo's, in files and in bytes."""
        hugo, ours = self.sizes
        return ours.files >= LEAST * hugo.files and ours.bytes >= LEAST * hugo.bytes


def rows(figures: Figures) -> list[tuple[str, ...]]:
    """One row of texts for Hugo and for each case, below `HEADER`."""
    found: list[tuple[str, ...]] = []
    for case in (HUGO, *CASES):
        runs = [one for one in figures.timed if one.case == case]
        seconds = [one.seconds for one in runs]
        peaks = [one.peak for one in figures.sampled if one.case == case and one.peak]
        ratio = median(one.seconds / one.hugo for one in runs)
        goal = GOALS.get(figures.total, {}).get(case)
        found.append(
            (
                case,
                duration(median(seconds)),
                f"{duration(min(seconds))} to {duration(max(seconds))}" if len(seconds) > 1 else "",
                "" if case == HUGO else share(ratio),
                against(ratio, goal),
                "" if case == HUGO else f"{round(median(one.written for one in runs)):,}",
                f"{max(peaks) / 1024**2:,.0f}" if peaks else "not measured",
            )
        )
    return found


def notes(figures: Figures) -> list[str]:
    """What stands below the table: memory, size, validity."""
    hugo, ours = figures.sizes
    files, bytes = ours.files / hugo.files, ours.bytes / hugo.bytes
    size = (
        f"Output: {ours.files:,} files of {hugo.files:,} ({files:.2f}), "
        f"{ours.bytes / 1e6:,.1f} MB of {hugo.bytes / 1e6:,.1f} ({bytes:.2f})."
    )
    if not figures.valid:
        size += f" INVALID: ours must be at least {LEAST} of Hugo's in both."
    return [_memory(figures), size]


def _memory(figures: Figures) -> str:
    theirs = [one.peak for one in figures.sampled if one.case == HUGO and one.peak]
    mine = [one.peak for one in figures.sampled if one.case not in (HUGO, THEME) and one.peak]
    if not theirs or not mine:
        return "Peak memory: not measured on this system."
    ratio = max(mine) / max(theirs)
    goal = against(ratio, GOALS.get(figures.total, {}).get(MEMORY))
    told = f"Peak memory: {max(mine) / 1024**2:,.0f} MiB of {max(theirs) / 1024**2:,.0f} ({share(ratio)}"
    return f"{told}; goal {goal})." if goal else f"{told})."


def duration(seconds: float) -> str:
    """Seconds with as many digits as they are worth."""
    return f"{seconds:.1f}" if seconds >= 10 else f"{seconds:.2f}"


def share(ratio: float) -> str:
    """`0.27`, and from a third down `1/4.5` and `1/83`."""
    if ratio >= 0.3:
        return f"{ratio:.2f}"
    return f"1/{1 / ratio:.0f}" if ratio <= 0.1 else f"1/{1 / ratio:.1f}".removesuffix(".0")


def against(ratio: float, goal: float | None) -> str:
    """The goal, and whether it was missed; `""` where there is none."""
    if goal is None:
        return ""
    return f"≤ {share(goal)}" + (", missed" if ratio > goal else "")


def plain(figures: Figures) -> str:
    """The table for a terminal."""
    lines = _aligned([HEADER, *rows(figures)])
    return f"{figures.total:,} items. {figures.machine}\n\n{lines}\n" + "\n".join(notes(figures)) + "\n"


def _aligned(lines: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ""
    for line in lines:
        cells = [line[0].ljust(widths[0])] + [one.rjust(width) for one, width in zip(line[1:], widths[1:], strict=True)]
        text += "  ".join(cells).rstrip() + "\n"
    return text


def markdown(figures: Figures) -> str:
    """The section of `BENCHMARKS.md`."""
    head = f"{_title(figures.total)}\n\n{figures.machine}.\n\n"
    return head + _table([HEADER, *rows(figures)]) + "\n" + "\n".join(notes(figures)) + "\n"


def _table(lines: list[tuple[str, ...]]) -> str:
    ruled = [lines[0], ("---", *["---:"] * (len(lines[0]) - 1)), *lines[1:]]
    return "".join("| " + " | ".join(line) + " |\n" for line in ruled)


def _title(total: int) -> str:
    return f"## {total:,} items"


def replaced(text: str, section: str) -> str:
    """`BENCHMARKS.md` with this section instead of the one of its title: builds, then previews, in order of size."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    sections = {_place(part): part for part in (*parts, section)}
    ordered = [sections[place] for place in sorted(sections)]
    return "\n\n".join(part.strip("\n") for part in (INTRODUCTION, *ordered)) + "\n"


def _place(section: str) -> tuple[bool, int]:
    """`## 10,000 items`, `## Preview of 10,000 items`."""
    title = section.split("\n", 1)[0].removesuffix(" items").split()
    return "Preview" in title, int(title[-1].replace(",", ""))


# -- previews ------------------------------------------------------------------------------------------


class Previews(NamedTuple):
    """All that one run of the previews' benchmark found; `updates`: how many each burst of files was."""

    total: int
    machine: str
    waited: list[Waited]
    updates: list[int]


PREVIEW_HEADER = ("", "milliseconds", "95th percentile", "goal", "Hugo's", "of Hugo's", "goal")


def preview_rows(found: Previews) -> list[tuple[str, ...]]:
    """One row of texts for each case, below `PREVIEW_HEADER`."""
    found_rows: list[tuple[str, ...]] = []
    for case in previews.CASES:
        ours, his = (
            [one.seconds for one in found.waited if one.case == case and one.ours is side] for side in (True, False)
        )
        most, most_of_all = PREVIEW_GOALS[case]
        goal = f"≤ {1000 * most:.0f}" + (f", ≤ {1000 * most_of_all:.0f}" if most_of_all else "")
        if median(ours) > most or (most_of_all and percentile(ours) > most_of_all):
            goal += ", missed"
        ratio = median(ours) / median(his)
        to_hugo = FIRST_OF_HUGO if case == previews.FIRST and found.total == 10_000 else None
        found_rows.append(
            (
                case,
                f"{1000 * median(ours):,.0f}",
                f"{1000 * percentile(ours):,.0f}" if len(ours) >= 20 else "",
                goal,
                f"{1000 * median(his):,.0f}",
                share(ratio),
                against(ratio, to_hugo),
            )
        )
    return found_rows


def percentile(seconds: list[float], of: float = 0.95) -> float:
    """The least value that so many of all do not exceed."""
    return sorted(seconds)[max(0, math.ceil(of * len(seconds)) - 1)]


def preview_notes(found: Previews) -> list[str]:
    """What stands below the table: how often each was measured, and how many updates a burst of files was."""

    def times(ours: bool) -> str:
        counts = [sum(one.case == case and one.ours is ours for one in found.waited) for case in previews.CASES]
        return ", ".join(map(str, counts))

    bursts = "one update" if set(found.updates) == {1} else f"{found.updates} updates, MISSED: one is the goal"
    return [
        f"Measured {times(True)} times each, Hugo {times(False)} times, in the order of the table.",
        f"1,000 files at once were {bursts} each time." if found.updates else "",
    ]


def preview_plain(found: Previews) -> str:
    """The table for a terminal."""
    lines = _aligned([PREVIEW_HEADER, *preview_rows(found)])
    return f"{found.total:,} items. {found.machine}\n\n{lines}\n" + "\n".join(preview_notes(found)) + "\n"


def preview_markdown(found: Previews) -> str:
    """The section of `BENCHMARKS.md`."""
    head = f"## Preview of {found.total:,} items\n\n{found.machine}.\n\n"
    return head + _table([PREVIEW_HEADER, *preview_rows(found)]) + "\n" + "\n".join(preview_notes(found)) + "\n"


INTRODUCTION = """\
# Benchmarks

How long Broadsheet takes, beside Hugo, on the same invented items, with equal templates, on one machine, in one run.
`make bench` makes the section for 10,000 items anew, `make bench N=100000` that for 100,000; each takes the place of
the one before. Nothing is needed but Python and the package registry, from which Hugo comes. `make bench-serve` does
the same for previews, and needs Chromium.

**How to read it.** Hugo builds everything every time, so its cold build is its time for every change, and each case
is given as a share of it: of Hugo's run in the same pass, and of these shares the median. Seconds are medians too,
with the shortest and the longest run beside them. A machine that others use as well is slower or faster by half
within minutes: believe the shares, not the seconds.

**What is built.** Items have titles of nine words, five tags out of a vocabulary of 6,000 and one of 60 publishers,
both spread by Zipf's law, and dates over two years; a third of the bodies are lists of links, the others three
paragraphs. Our items stand in files as `broadsheet ingest` writes them, with ledgers; Hugo's in files with the same
front matter but for what only ingest reads. Both sites have a page for each item, lists of all items, of every tag
and every publisher however few items it has, feeds of the newest 50 of each (ours of the last two days, where those
hold more) and sitemaps; what a page, a card in a list and an entry of a feed show is the same on both sides. Archives are cut by number in Hugo and by time here, each
as it is made for; the redirects that Hugo would write from the first page of each list are switched off, which at
10,000 items saves it a fifth of its files. There is no search on either side. Figures count only if our output has at
least 0.95 of Hugo's files and of its bytes.

**What is measured.**

| case | before the build |
| --- | --- |
| cold, equal templates | neither output nor caches |
| nothing changed | nothing |
| one body edited | a paragraph more in one item |
| 200 new items, last two days | 200 files and their ledger lines, dated within the last two days |
| 200 new items, over two years | the same, dated anywhere in the two years |
| fresh checkout, caches restored | new times on every file of content and theme; output and caches stay |
| one template edited | a line more in the template of items |
| cold, our own theme | neither output nor caches, and the default theme |

New items are taken out again, and the site built, before the next measurement, so that each starts from the same
state. After each change it is checked that the build did what it is measured for.

**How it is measured.** The programs run as from a shell, from their start to their end by the wall clock: `broadsheet
build` and `hugo`. Passes alternate between the two. Every full build goes into a fresh folder, nothing is removed
before the end, and what waits to be written to the disk is written before each run; what is read is in the kernel's
memory, on both sides. The first pass is not timed: in it the memory of all processes of a run is summed every 50 ms,
as PSS, in which a page that several share counts once. The share of memory is that of our hungriest case with equal
templates.

**Previews.** `broadsheet serve` beside `hugo server`, on the same two sites, one after the other. To the first page:
from the start of the command until the home page is answered, both sites in the kernel's memory and ours with the index
of an earlier run. Edits: headless Chromium has one item's page open; from the moment before a file is written until
the tab shows it, as the page itself notes by the system's clock, every 2 to 4 ms. The template is that of items, the
style sheet that of the site; of the 1,000 files, each with a paragraph more, the one in view is written last.
"""

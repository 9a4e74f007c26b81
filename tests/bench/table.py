"""The figures as a table, for a terminal and for `BENCHMARKS.md`, which has a section for every number of items.

Never rounds a missed goal into a reached one, and touches no section but its own.
"""

from __future__ import annotations

import re
from statistics import median
from typing import NamedTuple

from tests.bench.cases import BODY, CASES, COLD, HUGO, NOTHING, RECENT, SCATTERED, THEME, Measured
from tests.bench.measuring import Size

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
    lines = [HEADER, *rows(figures)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADER))]
    text = f"{figures.total:,} items. {figures.machine}\n\n"
    for line in lines:
        cells = [line[0].ljust(widths[0])] + [one.rjust(width) for one, width in zip(line[1:], widths[1:], strict=True)]
        text += "  ".join(cells).rstrip() + "\n"
    return text + "\n" + "\n".join(notes(figures)) + "\n"


def markdown(figures: Figures) -> str:
    """The section of `BENCHMARKS.md`."""
    head = f"{_title(figures.total)}\n\n{figures.machine}.\n\n"
    table = [HEADER, ("---", *["---:"] * (len(HEADER) - 1)), *rows(figures)]
    lines = "".join("| " + " | ".join(line) + " |\n" for line in table)
    return head + lines + "\n" + "\n".join(notes(figures)) + "\n"


def _title(total: int) -> str:
    return f"## {total:,} items"


def replaced(text: str, total: int, section: str) -> str:
    """`BENCHMARKS.md` with this section instead of the one for as many items; sections stand in order of size."""
    parts = re.split(r"^(?=## [\d,]+ items$)", text, flags=re.MULTILINE)[1:]
    sections = {_number(part): part for part in parts} | {total: section}
    ordered = [sections[number] for number in sorted(sections)]
    return "\n\n".join(part.strip("\n") for part in (INTRODUCTION, *ordered)) + "\n"


def _number(section: str) -> int:
    return int(section.split()[1].replace(",", ""))


INTRODUCTION = """\
# Benchmarks

How long Broadsheet takes, beside Hugo, on the same invented items, with equal templates, on one machine, in one run.
`make bench` makes the section for 10,000 items anew, `make bench N=100000` that for 100,000; each takes the place of
the one before. Nothing is needed but Python and the package registry, from which Hugo comes.

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
"""

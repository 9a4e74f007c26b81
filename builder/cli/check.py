"""`broadsheet check`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click

from builder.check import CheckReport, check as check_site
from builder.cli.make import index_name
from builder.cli.options import Shell, shared
from builder.findings import KINDS, Finding
from builder.names import printable
from builder.workers import Crew, available, few_collections

LINES, PLACES = 100, 3
"""So many lines are shown without -v, and of one complaint so many places."""

Told = tuple[str, int]
"""A line, and how many findings it is the first to tell of."""


@click.command()
@click.option("--output", type=click.Path(path_type=Path), help="Where the site is (default: site/ beside content/).")
@click.option(
    "--published",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE",
    help="Addresses or routes that were published before, one a line; or a sitemap, or the folder of another build.",
)
@click.option("--jobs", type=click.IntRange(1), help="Processes to read with (default: one for each processor).")
@click.option("--wait", is_flag=True, help="Wait for another run instead of giving up.")
@shared
def check(shell: Shell, output: Path | None, published: tuple[Path, ...], jobs: int | None, wait: bool) -> int:
    """Check the site that was built: links, HTML, feeds, sizes; exit 1 if anything is wrong. Changes nothing."""
    content, settings = shell.content, shell.settings
    folder = (output or content.root / "site").resolve()
    few_collections()
    with content.lock(wait), shell.progress("Reading") as show:
        report = check_site(
            content,
            settings,
            output=folder,
            database=content.root / ".broadsheet" / index_name(content.root, folder),
            published=published,
            crew=Crew(jobs or available()),
            progress=lambda done, total: show("", done, total),
        )
    _report(shell, report)
    return 1 if report.findings else 0


def _report(shell: Shell, report: CheckReport) -> None:
    if report.foreign:
        shell.warn(f"{len(report.foreign):,} published addresses are not of this site: {report.foreign[0][:80]} …")
    if not shell.as_json:
        for line in lines(report, LINES if not shell.verbose else 0):
            click.echo(printable(line))
    counts = ", ".join(f"{count:,} {kind}" for kind, count in report.counts.items() if count)
    many = len(report.findings)
    said = f"{many:,} finding{'s' * (many != 1)} ({counts})" if many else "nothing wrong"
    shell.say(f"{report.files:,} files checked: {said}")
    shell.result(report)


def lines(report: CheckReport, most: int) -> Iterator[str]:
    """The findings by kind, in about so many lines (0: in as many as it takes)."""
    groups = [(kind, list(found)) for kind, found in groupby(report.findings, lambda one: one.kind)]
    for kind, found in groups:
        steps = {one.next for one in found}
        yield f"{KINDS[kind]} ({len(found):,})" + (f": {found[0].next}" if len(steps) == 1 else "")
        told = list(_told(found, PLACES if most else 0, each=len(steps) > 1))
        room = max(most // len(groups) - 2, 4) if most else len(told)
        yield from (line for line, _ in told[:room])
        left = sum(count for _, count in told[room:])
        if left:
            yield f"  and {left:,} more: -v shows all"


def _told(found: list[Finding], places: int, each: bool) -> Iterator[Told]:
    """One line for each complaint, and one for each place; of places that are many, the first.

    Where they ask for different things, `each` complaint says for which.
    """
    for what, group in groupby(found, lambda one: one.what):
        ones = list(group)
        step = f"; {ones[0].next}" if each else ""
        if len(ones) == 1:
            yield f"  {_place(ones[0])}: {what}{step}", 1
            continue
        yield f"  {what}{step}", 0
        shown = ones[: places or len(ones)]
        for one in shown[:-1]:
            yield f"    {_place(one)}", 1
        yield f"    {_place(shown[-1])}", len(ones) - len(shown) + 1
        if len(ones) > len(shown):
            yield f"    and {len(ones) - len(shown):,} more", 0


def _place(one: Finding) -> str:
    """Where a finding is, and the file that it comes from."""
    line = f":{one.line}" if one.line else ""
    others = f" and {len(one.also):,} other{'s' * (len(one.also) > 1)}" if one.also else ""
    return f"{one.route}{line}{others} ({one.source})" if one.route else one.source

"""`broadsheet ingest` and `broadsheet import`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import click

from builder.cli.options import Shell, moment, shared, table
from builder.imports import import_files
from builder.ingest import ingest as ingest_sources
from builder.run import IngestReport, SourceReport

FEW = 25
"""So many sources fit on a screen; of more, those are shown without -v that brought something or failed."""


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--force", is_flag=True, help="Ask every source now, also those that asked to be left alone.")
@click.option("--dry-run", is_flag=True, help="Show what would be kept and dropped, and by which rule; write nothing.")
@click.option("--accept-deletions", is_flag=True, help="Believe that a person removed the many files that are missing.")
@click.option("--as-of", callback=moment, metavar="TIME", help="As if it were then: the date of items that state none.")
@click.option("--wait", is_flag=True, help="Wait for another run instead of giving up.")
@shared
def ingest(
    shell: Shell,
    sources: tuple[str, ...],
    force: bool,
    dry_run: bool,
    accept_deletions: bool,
    as_of: datetime | None,
    wait: bool,
) -> int:
    """Bring content/ up to date with its sources, or with those that are named."""
    content, settings = shell.content, shell.settings
    with content.lock(wait), shell.index() as index, shell.progress("Asking") as show:

        def told(source: SourceReport, done: int, total: int) -> None:
            show(source.name, done, total)
            shell.say(_line(source), 1)

        report = ingest_sources(
            content,
            settings,
            index,
            as_of or shell.now,
            only=sources,
            accept_deletions=accept_deletions,
            force=force,
            dry_run=dry_run,
            progress=told,
        )
    if dry_run:
        _show_choice(shell, report)
    return _report(shell, report, dry_run)


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--as-of", callback=moment, metavar="TIME", help="As if it were then: the date of texts that state none.")
@click.option("--wait", is_flag=True, help="Wait for another run instead of giving up.")
@shared
def import_(shell: Shell, paths: tuple[Path, ...], as_of: datetime | None, wait: bool) -> int:
    """Take files and folders into content/: Markdown with front matter, article texts, saved pages, feeds."""
    content, settings = shell.content, shell.settings
    with content.lock(wait), shell.index() as index:
        report = import_files(content, settings, index, as_of or shell.now, paths)
    return _report(shell, report)


def _line(source: SourceReport) -> str:
    """One line per source: what it brought, or why it brought nothing."""
    if source.status == "read":
        said = f"{source.found} found, {source.new} new, {source.updated} updated, {len(source.dropped)} dropped"
    else:
        said = source.status + (f" until {source.next}" if source.status == "waiting" else "")
    return f"{source.name}: {said}" + (f"; {source.error}" if source.error else "")


def _show_choice(shell: Shell, report: IngestReport) -> None:
    """What a dry run is for: every item, kept or dropped."""
    for source in report.sources:
        for kept in source.kept:
            click.echo(f"keep  {source.name}: {kept.where}" + (f" ({kept.reason})" if kept.reason else ""), err=True)
        for dropped in source.dropped:
            click.echo(f"drop  {source.name}: {dropped.where} ({dropped.reason})", err=True)


def _report(shell: Shell, report: IngestReport, dry_run: bool = False) -> int:
    _say_table(shell, report)
    for source in report.sources:
        for dropped in source.dropped if not dry_run else ():
            shell.say(f"{source.name}: {dropped.where}: {dropped.reason}", 1)
        if source.moved:
            shell.say(f"{source.name} has moved for good to {source.moved}: run 'broadsheet sources move' to accept it")
    for reason in report.quarantined:
        shell.warn(reason)
    _say_failing(shell, report)
    if report.many_fail:
        shell.warn(f"{len(report.failing):,} of {len(report.sources):,} sources fail")
    new, updated = (sum(getattr(source, name) for source in report.sources) for name in ("new", "updated"))
    states = Counter(source.status for source in report.sources)
    others = ", ".join(
        f"{states[name]:,} {name}" for name in ("unchanged", "waiting", "stopped", "failed") if states[name]
    )
    done = f"{new:,} new items, {updated:,} updated" + (f" ({others})" if others else "")
    written = "nothing written: a dry run" if dry_run else f"{report.written:,} files written"
    shell.say(f"{len(report.sources):,} sources: {done}; {written}")
    shell.result(report)
    return 3 if report.alarming else 0


def _say_table(shell: Shell, report: IngestReport) -> None:
    """One row per source, and what all of them brought."""
    sources = report.sources
    if len(sources) > FEW and not shell.verbose:
        sources = tuple(source for source in sources if source.new or source.updated or source.status == "failed")
    rows: list[tuple[str, ...]] = [("source", "found", "new", "updated", "deleted", "dropped", "")]
    for source in sources if shell.verbose else sources[:FEW]:
        counts = _counts(source)
        shown = (f"{count:,}" if source.status in ("read", "unchanged") else "-" for count in counts)
        rows.append((source.name[:48], *shown, source.status if source.status != "read" else ""))
    left = len(report.sources) - len(rows) + 1
    if left and len(rows) > 1:
        sums = (sum(column) for column in zip(*map(_counts, report.sources), strict=True))
        rows.append((f"with {left:,} others", *(f"{count:,}" for count in sums), ""))
    if len(rows) > 1:
        shell.say(table(rows))


def _counts(source: SourceReport) -> tuple[int, ...]:
    return source.found, source.new, source.updated, source.deleted, len(source.dropped)


def _say_failing(shell: Shell, report: IngestReport) -> None:
    """The sources that have failed more than once: no news, but nothing to forget either."""
    for source in report.failing:
        if source.failures > 1:
            since = f"since {source.succeeded[:16].replace('T', ' ')}" if source.succeeded else "never read"
            shell.say(f"failing: {source.name} ({since}, {source.failures} times in a row): {source.error}")

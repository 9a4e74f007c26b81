"""`broadsheet ingest` and `broadsheet import`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from builder.cli.options import Shell, moment, shared, table
from builder.imports import import_files
from builder.ingest import IngestReport, ingest as ingest_sources


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--accept-deletions", is_flag=True, help="Believe that a person removed the many files that are missing.")
@click.option("--as-of", callback=moment, metavar="TIME", help="As if it were then: the date of items that state none.")
@click.option("--wait", is_flag=True, help="Wait for another run instead of giving up.")
@shared
def ingest(shell: Shell, sources: tuple[str, ...], accept_deletions: bool, as_of: datetime | None, wait: bool) -> int:
    """Bring content/ up to date with its sources, or with those that are named."""
    content, settings = shell.content, shell.settings
    with content.lock(wait), shell.index() as index, shell.progress("Reading") as show:
        report = ingest_sources(
            content,
            settings,
            index,
            as_of or shell.now,
            only=sources,
            accept_deletions=accept_deletions,
            progress=show,
        )
    return _report(shell, report)


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


def _report(shell: Shell, report: IngestReport) -> int:
    rows: list[tuple[str, ...]] = [("source", "found", "new", "updated", "deleted", "dropped")]
    for source in report.sources:
        counts = (source.found, source.new, source.updated, source.deleted, len(source.dropped))
        shown = (f"{count:,}" if source.found or not source.error else "-" for count in counts)
        rows.append((source.name[:48], *shown))
    if len(rows) > 1 and (shell.verbose or len(rows) <= 25):
        shell.say(table(rows))
    for source in report.sources:
        for dropped in source.dropped:
            shell.say(f"{source.name}: {dropped.where}: {dropped.reason}", 1)
    for reason in report.quarantined:
        shell.warn(reason)
    failed = sum(bool(source.error) for source in report.sources)
    new, updated = (sum(getattr(source, name) for source in report.sources) for name in ("new", "updated"))
    ending = f", {failed} set aside" if failed else ""
    done = f"{new:,} new items, {updated:,} updated{ending}"
    shell.say(f"{len(report.sources):,} sources: {done}; {report.written:,} files written")
    shell.result(report)
    return 3 if report.quarantined else 0

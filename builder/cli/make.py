"""`broadsheet build` and `broadsheet explain`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from builder.build import BuildReport, build as build_site, explain as explain_route, verify as verify_site
from builder.cli.options import Shell, moment, shared, table
from builder.errors import UsageError
from builder.workers import Crew, available, few_collections


@click.command()
@click.option("--full", is_flag=True, help="Forget what is known and build everything.")
@click.option("--verify", is_flag=True, help="Compare with a full build and mend what differs; exit 1 if anything did.")
@click.option("--as-of", callback=moment, metavar="TIME", help="Build as if it were then; later items are invisible.")
@click.option("--output", type=click.Path(path_type=Path), help="Where the site goes (default: site/ beside content/).")
@click.option("--jobs", type=click.IntRange(1), help="Processes to build with (default: one for each processor).")
@click.option("--wait", is_flag=True, help="Wait for another run instead of giving up.")
@shared
def build(
    shell: Shell, full: bool, verify: bool, as_of: datetime | None, output: Path | None, jobs: int | None, wait: bool
) -> int:
    """Build site/ from content/: only what changed."""
    content, settings, now = shell.content, shell.settings, as_of or shell.now
    folder = (output or content.root / "site").resolve()
    name = index_name(content.root, folder)
    findings: list[str] = []
    few_collections()
    crew = Crew(jobs or available())
    with content.lock(wait), shell.index(name) as index, shell.progress("Rendering") as show:
        if verify:
            findings, report = verify_site(content, settings, now, output=folder, index=index, crew=crew)
        else:
            report = build_site(
                content,
                settings,
                now,
                output=folder,
                index=index,
                full=full,
                crew=crew,
                progress=lambda done, total: show("", done, total),
            )
    _report(shell, report, folder, findings)
    return 1 if findings else 3 if report.quarantined else 0


def index_name(root: Path, folder: Path) -> str:
    """Another output folder has an index of its own: each remembers what stands in its folder."""
    from builder.model import fingerprint

    if folder == (root / "site").resolve():
        return "index.sqlite"
    return f"index-{fingerprint(str(folder), 4)}.sqlite"


def _report(shell: Shell, report: BuildReport, folder: Path, findings: list[str]) -> None:
    pages, seconds = report.pages, sum(report.seconds.values())
    for finding in findings:
        shell.say(f"mended {finding}")
    for route, reason in sorted(report.reasons.items()):
        shell.say(f"wrote {route} ({reason})", 1)
    for reason in report.quarantine:
        shell.warn(reason)
    if report.strangers:
        shell.say(f"{len(report.strangers):,} files in {_shown(folder)} are not ours and stay: {report.strangers[0]} …")
    if shell.verbose:
        shell.say(table([("phase", "seconds"), *((name, f"{value:.2f}") for name, value in report.seconds.items())]))
    counts = f"{pages.written:,} written, {pages.unchanged:,} unchanged, {pages.removed:,} removed"
    shell.say(f"{pages.total:,} pages in {_shown(folder)}: {counts} in {seconds:.2f} s")
    if report.next_due:
        shell.say(f"The next item appears at {report.next_due}.", 1)
    found: dict[str, Any] = {"pages": pages, "seconds": report.seconds, "quarantine": report.quarantine}
    found |= {"output": str(folder), "next_due": report.next_due, "findings": findings}
    shell.result(found | ({"reasons": report.reasons} if shell.verbose else {}))


def _shown(folder: Path) -> str:
    try:
        return f"{folder.relative_to(Path.cwd())}/"
    except ValueError:
        return str(folder)


@click.command()
@click.argument("route")
@click.option("--as-of", callback=moment, metavar="TIME", help="As if it were then.")
@shared
def explain(shell: Shell, route: str, as_of: datetime | None) -> int:
    """Say where the page at ROUTE comes from: its group, stories, templates, and what changed."""
    is_file = "." in route.rsplit("/", 1)[-1] or route.strip("/") in ("", "_headers", "_redirects")
    route = "/" + route.strip("/") + ("" if is_file else "/")
    with shell.content.lock(wait=True), shell.index() as index:
        found = explain_route(shell.content, shell.settings, as_of or shell.now, route, index=index)
    if found is None:
        raise UsageError(f"no page has the route {route}", next="routes look like /tags/ukraine/ or /feed.xml")
    shell.result(found)
    if not shell.as_json:
        for name, value in msgspec.to_builtins(found).items():
            lines = value if isinstance(value, tuple) else [value]
            for line in lines or ["-"]:
                click.echo(f"{name and name + ':':<11}{line or '-'}")
                name = ""
    return 0

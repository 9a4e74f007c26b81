"""What all commands share: their options, what they print where, and the one look at the clock."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from builder import config
from builder.content import Content, find_root
from builder.errors import UsageError
from builder.index import Index
from builder.settings import Settings


class Shell:
    """One run of a command: the site it is about, and how it speaks."""

    def __init__(self, root: Path | None, as_json: bool, quiet: bool, verbose: int) -> None:
        self.given_root, self.as_json, self.quiet, self.verbose = root, as_json, quiet, verbose
        self.now = datetime.now(UTC)
        # There is no standard error where it was closed (2>&-).
        self.terminal = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.colour = self.terminal and not os.environ.get("NO_COLOR")

    @functools.cached_property
    def content(self) -> Content:
        if self.given_root is None:
            return Content(find_root(Path.cwd()))
        if not (self.given_root / "content").is_dir():
            raise UsageError(
                f"no 'content' folder in {self.given_root}", next="run 'broadsheet new DIR' to make a site"
            )
        return Content(self.given_root.resolve())

    @functools.cached_property
    def settings(self) -> Settings:
        return config.load(self.content.root)

    @contextmanager
    def index(self, name: str = "index.sqlite") -> Iterator[Index]:
        from builder.version import code_version

        index = Index(self.content.root / ".broadsheet" / name, code_version())
        try:
            yield index
        finally:
            index.close()

    def say(self, text: str, level: int = 0) -> None:
        """A message for people, on standard error. Level 0 is silenced by --quiet, level 1 asks for -v."""
        if not self.quiet and self.verbose >= level:
            click.echo(text, err=True, color=self.colour)

    def warn(self, text: str) -> None:
        """A message that --quiet does not silence."""
        click.echo(click.style("warning: ", fg="yellow") + text, err=True, color=self.colour)

    def result(self, value: Any) -> None:
        """The command's one JSON object, on standard output."""
        if self.as_json:
            import json

            click.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2))

    @contextmanager
    def progress(self, label: str) -> Iterator[Callable[[str, int, int], None]]:
        """A progress bar, on a terminal only."""
        if not self.terminal or self.quiet or self.verbose:
            yield lambda name, done, total: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            # A name is anybody's text: no markup in it counts.
            TextColumn("{task.fields[name]}", markup=False),
        )
        console = Console(stderr=True, no_color=not self.colour)
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(label, total=None, name="")
            yield lambda name, done, total: bar.update(task, completed=done, total=total, name=name[:40])


def moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """`--as-of 2026-01-12` or `--as-of 2026-01-12T08:00+01:00`; without a zone, UTC."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a date: write 2026-01-12T08:00:00+01:00") from None
    if not 1000 < found.year < 9000:
        raise click.BadParameter(f"{value!r} is no year we know")
    return found.replace(tzinfo=found.tzinfo or UTC)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every command takes; the command gets a Shell as its first argument."""

    @click.option(
        "--root", type=click.Path(path_type=Path), help="The folder that holds content/ (default: found upward)."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
    @click.option("--quiet", "-q", is_flag=True, help="Say nothing but warnings and errors.")
    @click.option("--verbose", "-v", count=True, help="Say more.")
    @click.option("--debug", is_flag=True, help="Show a traceback where something fails.")
    @functools.wraps(command)
    def run(root: Path | None, as_json: bool, quiet: bool, verbose: int, debug: bool, **rest: Any) -> Any:
        return command(Shell(root, as_json, quiet, verbose), **rest)

    return run


def table(rows: list[tuple[str, ...]], left: int = 1) -> str:
    """Plain columns, the first `left` aligned so, the others right; the same on a terminal and in a log."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        sized = list(zip(row, widths, strict=True))
        cells = [cell.ljust(width) for cell, width in sized[:left]] + [
            cell.rjust(width) for cell, width in sized[left:]
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)

"""The command line: arguments, printing, exit codes and the clock, and nothing else.

A command's module is imported only when the command runs.
"""

from __future__ import annotations

import importlib
import signal
import sys
from typing import Any

import click

from builder import __version__
from builder.errors import BroadsheetError

COMMANDS = {
    "new": "builder.cli.start",
    "ingest": "builder.cli.take",
    "import": "builder.cli.take",
    "add": "builder.cli.edit",
    "rm": "builder.cli.edit",
    "mv": "builder.cli.edit",
    "stories": "builder.cli.stories",
    "tags": "builder.cli.tags",
    "sources": "builder.cli.sources",
    "theme": "builder.cli.theme",
    "build": "builder.cli.make",
    "check": "builder.cli.check",
    "explain": "builder.cli.make",
    "serve": "builder.cli.preview",
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name])
        found: click.Command = getattr(module, {"import": "import_"}.get(cmd_name, cmd_name))
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        import difflib

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = difflib.get_close_matches(args[0], COMMANDS, 1)
            if not close:
                raise
            raise click.UsageError(f"{error.message} Did you mean {close[0]!r}?", ctx) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="broadsheet")
def cli() -> None:
    """Turn the feeds that you follow into a browsable static site.

    Feeds become Markdown files in content/, content/ becomes pages in site/.

    \b
    Exit codes:
      0    done
      1    findings (check, build --verify, sources check)
      2    wrong usage or configuration; nothing was published
      3    done, but something was newly set aside
      75   another run holds the lock
      130  interrupted (143: terminated)
    """


def main() -> None:
    """Run one command; every failure is one line on standard error and an exit code."""
    # As an exception, so that whatever is under way is ended in order: no temporary file and no process stays.
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        code = error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = 130
    except BrokenPipeError:
        code = 0
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        code = error.exit_code if isinstance(error, BroadsheetError) else 2
        lines = _lines(error)
        for line in lines:
            click.echo(f"error: {line}", err=True)
        if "--json" in sys.argv:
            import json

            click.echo(json.dumps({"errors": lines, "exit_code": code}, ensure_ascii=False))
    sys.exit(code if isinstance(code, int) else 0)


def _terminated(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _lines(error: Exception) -> list[str]:
    """What a person should read of an error: what, where, what next."""
    if isinstance(error, BroadsheetError):
        return str(error).splitlines()
    if isinstance(error, click.ClickException):
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "broadsheet"
        return [f"{' '.join(error.format_message().split())} See '{command} --help'."]
    mended = "nothing is lost, run again when it is mended"
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return [f"{place}{error.strerror or error}; {mended}"]
    if type(error).__module__ == "sqlite3":
        return [f".broadsheet: {error}; {mended}"]
    return [f"{type(error).__name__}: {error}; this is a fault of ours: run with --debug and report it"]

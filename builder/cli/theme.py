"""`broadsheet theme list|eject|diff|accept`."""

from __future__ import annotations

import click

from builder import overrides
from builder.cli.edit import NEXT, WAIT
from builder.cli.options import Shell, shared, table
from builder.names import printable
from builder.templates import DEFAULT

STATES = {
    "default": "",
    "own": "yours",
    "ejected": "yours, ejected",
    "changed": "yours, default changed since",
    "gone": "yours, default is gone",
}
_PARTS = click.argument("parts", nargs=-1, required=True, metavar="PART...")


@click.group()
def theme() -> None:
    """List the templates of the default theme, and copy those that you want to change into your own templates/."""


@theme.command("list")
@shared
def list_(shell: Shell) -> int:
    """List all templates: what each is for, and whether the site has its own."""
    found = overrides.parts(shell.content.root)
    shell.result({"templates": found})
    if shell.as_json:
        return 0
    rows: list[tuple[str, ...]] = [("template", "what it is for", "whose")]
    rows += [(printable(part.name), printable(part.purpose), STATES[part.state]) for part in found]
    click.echo(table(rows, left=3))
    if overrides.is_default(shell.content.root):
        shell.say("templates/ is the default theme itself: change it there.")
    shell.say(f"What each of them sees is written in {DEFAULT / 'README.md'}.")
    return 0


@theme.command()
@_PARTS
@click.option("--extend", is_flag=True, help="Write a template that extends the default, and name its blocks.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@WAIT
@shared
def eject(shell: Shell, parts: tuple[str, ...], extend: bool, force: bool, wait: bool) -> int:
    """Copy PARTs of the default theme into templates/, where you may change them.

    \b
    PART is a file below templates/ (item.html, partials/card.html) or its bare name (card).
    'broadsheet check' says when the default of such a file has changed.
    """
    with shell.content.lock(wait):
        names = overrides.eject(shell.content.root, parts, extend=extend, force=force)
    for name in names:
        shell.say(f"wrote templates/{name}; change it, then {NEXT}")
    shell.result({"ejected": names})
    return 0


@theme.command()
@click.argument("part", metavar="PART")
@shared
def diff(shell: Shell, part: str) -> int:
    """Show how your own PART differs from the default as it is today."""
    found = overrides.diff(shell.content.root, part)
    shell.result({"diff": found})
    if not shell.as_json:
        click.echo(found, nl=False)
    if not found:
        shell.say("There is no difference.")
    return 0


@theme.command()
@_PARTS
@WAIT
@shared
def accept(shell: Shell, parts: tuple[str, ...], wait: bool) -> int:
    """Keep your own PARTs as they are, though their defaults have changed; 'check' names them no more."""
    with shell.content.lock(wait):
        changed = overrides.accept(shell.content.root, parts)
    for name in changed:
        shell.say(f"templates/{printable(name)} stands beside the default of today")
    if not changed:
        shell.say("Their defaults are what they were: nothing to do.")
    shell.result({"accepted": changed})
    return 0

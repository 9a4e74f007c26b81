"""`broadsheet tags suggest|merge`."""

from __future__ import annotations

import click

from builder import suggest
from builder.cli.edit import NEXT, WAIT, edits_of
from builder.cli.options import Shell, shared, table


@click.group()
def tags() -> None:
    """Propose which tags are one, and merge them."""


@tags.command("suggest")
@click.option("--least", default=2, show_default=True, help="Only tags that so many stories carry.")
@WAIT
@shared
def suggest_(shell: Shell, least: int, wait: bool) -> int:
    """Propose tags that are spellings, or short names, of others; nothing is changed."""
    with edits_of(shell, wait) as edits:
        found = suggest.suggestions(edits.index, least)
    shell.result({"suggestions": found})
    if shell.as_json:
        return 0
    if not found:
        shell.say("No tags look like one.")
        return 0
    rows: list[tuple[str, ...]] = [("tag", "stories", "into", "stories", "why")]
    rows += [(one.old[:40], f"{one.stories:,}", one.new[:40], f"{one.into:,}", one.why) for one in found]
    click.echo(table(rows))
    shell.say("'broadsheet tags merge TAG --into TAG' makes two one.")
    return 0


@tags.command()
@click.argument("old", metavar="TAG")
@click.option("--into", required=True, metavar="TAG", help="The tag that it becomes.")
@WAIT
@shared
def merge(shell: Shell, old: str, into: str, wait: bool) -> int:
    """Let TAG become another one; its page redirects, its feed goes on. No item is rewritten."""
    with edits_of(shell, wait) as edits:
        moved = edits.move(_route(old), _route(into))
    if moved.done:
        shell.say(f"/tags/{moved.old}/ is at {moved.route} already: nothing to do")
    else:
        shell.say(f"merged /tags/{moved.old}/ into {moved.route}; {NEXT}")
    shell.result(moved)
    return 0


def _route(said: str) -> str:
    from builder.urls import term_slug

    return said if "/" in said else f"/tags/{term_slug(said)}/"

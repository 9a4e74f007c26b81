"""`broadsheet stories list|merge|split|regroup`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from builder import desk
from builder.cli.edit import NEXT, WAIT, edits_of
from builder.cli.options import Shell, moment, shared, table

FEW_DAYS = 7
_SINCE = click.option(
    "--since", callback=moment, metavar="TIME", help=f"From this day on (default: the last {FEW_DAYS} days)."
)


@click.group()
def stories() -> None:
    """List the stories of several items, merge and split them, group items anew."""


@stories.command("list")
@_SINCE
@WAIT
@shared
def list_(shell: Shell, since: datetime | None, wait: bool) -> int:
    """List the stories of several items that somebody reported lately, the newest first."""
    with edits_of(shell, wait) as edits:
        found = desk.stories(edits, since or shell.now - timedelta(days=FEW_DAYS))
    shell.result({"stories": found})
    if shell.as_json:
        return 0
    if not found:
        shell.say("No story of several items; '--since 2026-01-01' looks further back.")
        return 0
    rows: list[tuple[str, ...]] = [("story", "items", "publishers", "newest")]
    for story in found:
        rows.append(
            (story.title[:60], f"{story.items:,}", f"{story.publishers:,}", story.newest[:16].replace("T", " "))
        )
        rows.append((f"  {story.route}", "", "", ""))
    click.echo(table(rows))
    return 0


@stories.command()
@click.argument("story", metavar="STORY")
@click.option("--into", required=True, metavar="STORY", help="The story that it becomes part of.")
@WAIT
@shared
def merge(shell: Shell, story: str, into: str, wait: bool) -> int:
    """Let STORY, or an item that is alone, become part of another; its address redirects.

    \b
    STORY is a route (/stories/2026/01/12/slug/), the route of an item in it, or an item's file.
    """
    with edits_of(shell, wait) as edits:
        name = desk.merge_into(edits, story, into)
    shell.say(f"{story} is part of /stories/{name}/; {NEXT}")
    shell.result({"story": name})
    return 0


@stories.command()
@click.argument("item", metavar="ITEM")
@WAIT
@shared
def split(shell: Shell, item: str, wait: bool) -> int:
    """Take ITEM out of its story; it stays alone, whatever comes."""
    with edits_of(shell, wait) as edits:
        found = desk.split(edits, item)
    shell.say(f"content/items/{found.path}.md is alone (story: none); {NEXT}")
    shell.result({"item": found.path})
    return 0


@stories.command()
@_SINCE
@WAIT
@shared
def regroup(shell: Shell, since: datetime | None, wait: bool) -> int:
    """Group the items of the last days anew, as if they came today; what you said of their stories stands."""
    with edits_of(shell, wait) as edits:
        done = desk.regroup(edits, since or shell.now - timedelta(days=FEW_DAYS))
    for old, new in done.moved.items():
        shell.say(f"/stories/{old}/ is /stories/{new}/ now", 1)
    count = len(done.changed)
    shell.say(f"{done.items:,} items looked at, {count:,} changed" + (f"; {NEXT}" if count else ""))
    shell.result(done)
    return 0

"""`broadsheet add`, `broadsheet rm` and `broadsheet mv`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from builder.cli.options import Shell, shared
from builder.edits import Edits, Said
from builder.fetch import Client

NEXT = "run 'broadsheet build'"
WAIT = click.option("--wait", is_flag=True, help="Wait for another run instead of giving up.")


@click.command()
@click.argument("url")
@click.option("--note", default="", metavar="TEXT", help="What you say of it; shown on its page.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="A tag; may be given several times.")
@click.option("--category", "categories", multiple=True, metavar="NAME", help="A category; may be given several times.")
@click.option("--title", default="", metavar="TEXT", help="Its headline, also where its page cannot be read.")
@click.option(
    "--show",
    type=click.Choice(["headline", "excerpt", "full"]),
    help="How much of its text is kept (default: as content/site.toml says).",
)
@WAIT
@shared
def add(
    shell: Shell,
    url: str,
    note: str,
    tags: tuple[str, ...],
    categories: tuple[str, ...],
    title: str,
    show: str | None,
    wait: bool,
) -> int:
    """Add the article at URL, found by hand; one that is there already gets the note and the tags."""
    said = Said(note=note, tags=tags, categories=categories, title=title, show=show or "")
    with edits_of(shell, wait) as edits:
        client = Client(shell.settings.base_url, proxy=shell.settings.proxy)
        added = edits.add(url, said, client)
    if added.unread:
        shell.warn(f"{url}: {added.unread}; only what you said is kept")
    if not added.known:
        shell.say(f"added {added.file} as {added.route}; {NEXT}")
    elif added.changed:
        shell.say(f"{added.file} is there already: changed its {', '.join(added.changed)}; {NEXT}")
    else:
        shell.say(f"{added.file} is there already, as {added.route}: nothing to do")
    shell.result(added)
    return 0


@click.command()
@click.argument("target", metavar="ROUTE|URL|FILE")
@click.option("--reason", default="", metavar="TEXT", help="Why; shown with the date at the address that it had.")
@WAIT
@shared
def rm(shell: Shell, target: str, reason: str, wait: bool) -> int:
    """Take down an item, or an article wherever it is named; it does not come back."""
    from builder.takedown import take_down

    with edits_of(shell, wait) as edits:
        removed = take_down(edits, target, reason)
    for hint in removed.hints:
        shell.warn(hint)
    if removed.done:
        shell.say(f"{target} was taken down on {removed.date}: nothing to do")
    else:
        counts = [(len(removed.items), "item"), (len(removed.coverage), "mention"), (len(removed.images), "image")]
        gone = ", ".join(f"{count} {name}{'s' * (count > 1)}" for count, name in counts if count) or "nothing"
        shell.say(f"took down {gone} ({', '.join(removed.items) or target}), noted in content/moves.tsv; {NEXT}")
    shell.result(removed)
    return 0


@click.command()
@click.argument("old")
@click.argument("new")
@WAIT
@shared
def mv(shell: Shell, old: str, new: str, wait: bool) -> int:
    """Move an item, a story or a term from OLD to NEW; the old address redirects.

    \b
    OLD and NEW are routes (/tags/ukrain/ /tags/ukraine/) or files; NEW may be the last part alone.
    """
    with edits_of(shell, wait) as edits:
        moved = edits.move(old, new)
    before = f"/{moved.kind}/{moved.old}/" if moved.kind != "items" else f"/{moved.old}/"
    if moved.done:
        shell.say(f"{before} is at {moved.route} already: nothing to do")
    else:
        shell.say(f"moved {before} to {moved.route}; {NEXT}")
    shell.result(moved)
    return 0


@contextmanager
def edits_of(shell: Shell, wait: bool) -> Iterator[Edits]:
    content, settings = shell.content, shell.settings
    with content.lock(wait), shell.index() as index:
        yield Edits(content, settings, index, shell.now)

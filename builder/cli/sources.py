"""`broadsheet sources list|add|move|remove|check|import|export`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from builder import allowed, subscriptions, urls
from builder.cli.options import Shell, shared, table
from builder.errors import SourceError, UsageError
from builder.fetch import BODY_BYTES, Client
from builder.finder import Feed, Finder, stated
from builder.names import printable
from builder.parsers import Parsers
from builder.settings import Settings, Source
from builder.state import States
from builder.subscriptions import Health

_wait = click.option("--wait", is_flag=True, help="Wait for another run instead of giving up.")


@click.group()
def sources() -> None:
    """List, add, move, remove, check, import and export the sources in content/site.toml."""


@contextmanager
def _states(shell: Shell, readonly: bool = False) -> Iterator[States]:
    states = States(shell.content.root / ".broadsheet" / "state.sqlite", readonly)
    try:
        yield states
    finally:
        states.close()


# -- list --------------------------------------------------------------------------------------------


@sources.command("list")
@shared
def list_(shell: Shell) -> int:
    """List the sources and how each fares: last success, newest item, next check, failures, what is wrong."""
    settings = shell.settings
    with _states(shell, readonly=True) as states:
        found = subscriptions.health(settings, states, shell.now)
    shell.result({"sources": found})
    if shell.as_json:
        return 0
    if not found:
        shell.say("There are no sources yet: 'broadsheet sources add URL' adds one.")
        return 0

    def when(stamp: str) -> str:
        return _when(stamp, shell.now, settings)

    rows: list[tuple[str, ...]] = [("source", "state", "last success", "newest item", "next check", "failures")]
    for one in found:
        next = "-" if one.state == "stopped" else when(one.next) if one.next else "now"
        failures = f"{one.failures:,}" if one.failures else "-"
        rows.append((one.name[:48], one.state, when(one.succeeded), when(one.newest), next, failures))
    click.echo(table(rows))
    for one in found:
        for said in _notes(one, when):
            click.echo(printable(f"{one.name}: {said}"))
    return 0


def _notes(one: Health, when: Callable[[str], str]) -> Iterator[str]:
    """What a table has no room for."""
    if one.state == "stopped":
        yield f"stopped: {one.error}"
    elif one.state == "failing":
        since = f" since {when(one.succeeded)}" if one.succeeded else ""
        yield (f"failing for long{since}: " if one.long else "failing: ") + one.error
    elif one.state == "moved":
        yield f"has moved for good to {one.moved}; to accept it: broadsheet sources move {_quoted(one.name)}"


def _quoted(name: str) -> str:
    import shlex

    return shlex.quote(name)


def _when(stamp: str, now: datetime, settings: Settings) -> str:
    """A moment as a person reads it in a column: `5 min ago`, `in 2 h`, `12 Jan 08:10`, `2024-01-12`."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return "-"
    away = abs(now - moment)
    if away < timedelta(minutes=1):
        return "now"
    if away < timedelta(hours=24):
        minutes = int(away.total_seconds()) // 60
        said = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
        return f"{said} ago" if moment < now else f"in {said}"
    there = moment.astimezone(settings.zone)
    if there.year != now.astimezone(settings.zone).year:
        return there.strftime("%Y-%m-%d")
    # Not %b: it speaks the language of the machine.
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][there.month - 1]
    return f"{there.day} {month} {there:%H:%M}"


# -- add ---------------------------------------------------------------------------------------------


@sources.command()
@click.argument("url")
@click.option("--name", default="", help="What it is called, for good (default: its feed's title).")
@click.option("--category", "categories", multiple=True, help="For items that bring none of their own; repeatable.")
@click.option("--tag", "tags", multiple=True, help="Given to all of its items; repeatable.")
@click.option("--show", type=click.Choice(allowed.SHOW), help="How much of its items is kept.")
@click.option("--private-network", is_flag=True, help="It stands on this machine or in a private network.")
@click.option("--no-check", "--offline", is_flag=True, help="Ask nobody: take URL as it is. Needs --name.")
@_wait
@shared
def add(
    shell: Shell,
    url: str,
    name: str,
    categories: tuple[str, ...],
    tags: tuple[str, ...],
    show: str | None,
    private_network: bool,
    no_check: bool,
    wait: bool,
) -> int:
    """Add the feed at URL, or that of the web page at URL, to content/site.toml."""
    settings, url = shell.settings, stated(url)
    subscriptions.refuse_known(settings, url, name)
    if no_check and not name:
        raise UsageError("without asking, its title is not known", next="give a --name")
    feed = Feed(url=url, title="", found=0, newest="")
    if not no_check:
        client = Client(settings.base_url, proxy=settings.proxy)
        with Parsers() as parsers:
            feed = Finder(client, parsers, shell.now, private_network).find(url)
    source = Source(
        name=name, url=feed.url, categories=categories, tags=tags, show=show or "", private_network=private_network
    )
    with shell.content.lock(wait):
        source = subscriptions.add(shell.content, source, feed.title)
    known = f": {feed.found:,} items, the newest of {feed.newest[:10] or 'no date'}" if not no_check else ""
    shell.say(f"Added {source.name!r} from {urls.bare(source.url)}{known}. Next: broadsheet ingest")
    for other in feed.others:
        shell.say(f"Its page names another feed: {other.url}" + (f" ({other.title})" if other.title else ""))
    shell.result({"name": source.name, "feed": feed})
    return 0


# -- move, remove --------------------------------------------------------------------------------------


@sources.command()
@click.argument("name")
@click.argument("url", required=False, default="")
@_wait
@shared
def move(shell: Shell, name: str, url: str, wait: bool) -> int:
    """Give the source NAME another address, or accept the one it has moved to for good. Nothing is ingested anew."""
    _ = shell.settings
    with shell.content.lock(wait), _states(shell) as states:
        new = url and stated(url)
        moved = subscriptions.move(shell.content, states, name, new)
    shell.say(f"{moved.name!r} is read from {moved.after} from now on, no longer from {moved.before}")
    if moved.named:
        shell.say(
            "It had no name; now that is its name, since its items are known by it: keep it. "
            "Name a source before it is first ingested."
        )
    shell.result(moved)
    return 0


@sources.command()
@click.argument("name")
@_wait
@shared
def remove(shell: Shell, name: str, wait: bool) -> int:
    """Follow the source NAME no longer. Its items stay."""
    _ = shell.settings
    with shell.content.lock(wait), _states(shell) as states:
        source = subscriptions.remove(shell.content, states, name)
    shell.say(f"{source.name!r} is followed no longer; its items stay in content/items/")
    shell.result({"name": source.name, "url": urls.bare(source.url), "file": source.file})
    return 0


# -- check -----------------------------------------------------------------------------------------------


@sources.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@shared
def check(shell: Shell, names: tuple[str, ...]) -> int:
    """Ask all sources, or those that are named, and say what is wrong; exit 1 if anything is. Keeps nothing."""
    settings = shell.settings
    client = Client(settings.base_url, proxy=settings.proxy)
    with _states(shell, readonly=True) as states, Parsers() as parsers, shell.progress("Asking") as show:
        found = subscriptions.check(shell.content, settings, states, names, client, parsers, shell.now, show)
    for one in found:
        for finding in one.findings:
            click.echo(printable(f"{one.name}: {finding}"), err=shell.as_json)
        if not one.findings:
            shell.say(f"{one.name}: fine; {one.found:,} items, the newest of {one.newest[:10] or 'no date'}", 1)
    bad = sum(bool(one.findings) for one in found)
    shell.say(f"{len(found):,} sources asked, {bad:,} with findings")
    shell.result({"sources": found})
    return 1 if bad else 0


# -- OPML ------------------------------------------------------------------------------------------------


@sources.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Say what would be added; write nothing.")
@click.option("--secrets", is_flag=True, help="Believe ${NAME} in addresses: for a file of your own only.")
@_wait
@shared
def import_(shell: Shell, file: Path, dry_run: bool, secrets: bool, wait: bool) -> int:
    """Add the sources of an OPML file that are not there yet; its folders become categories. `-` is standard input."""
    _ = shell.settings
    body = _read(file)
    with shell.content.lock(wait):
        found = subscriptions.import_opml(shell.content, body, secrets=secrets, dry_run=dry_run)
    for source in found.added:
        place = f" ({', '.join(source.categories)})" if source.categories else ""
        shell.say(f"{'would add' if dry_run else 'added'} {source.name!r}{place}: {source.url}", 0 if dry_run else 1)
    for source in found.known:
        shell.say(f"there already: {source.url}", 1)
    for dropped in found.dropped:
        shell.warn(f"{dropped.where}: {dropped.reason}")
    counts = f"{len(found.known):,} there already, {len(found.dropped):,} left out"
    shell.say(f"{len(found.added):,} sources {'to add' if dry_run else 'added'}, {counts}")
    shell.result({"dry_run": dry_run, "added": found.added, "known": found.known, "dropped": found.dropped})
    return 3 if found.dropped else 0


def _read(file: Path) -> bytes:
    try:
        with click.open_file(str(file), "rb") as stream:
            body: bytes = stream.read(BODY_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(file), next="give an OPML file") from None
    if len(body) > BODY_BYTES:
        raise SourceError(f"larger than {BODY_BYTES // 1024**2} MiB", where=str(file), next="is this OPML?")
    return body


@sources.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--all", "everything", is_flag=True, help="Sources that are not public too.")
@shared
def export(shell: Shell, file: Path | None, everything: bool) -> int:
    """Write the sources as OPML 2.0 to FILE, or to standard output, without passwords and secrets."""
    body, left_out = subscriptions.export_opml(shell.settings, everything)
    to_file = file is not None and str(file) != "-"
    said: dict[str, Any] = {"left_out": left_out}
    if file is not None and to_file:
        subscriptions.write_file(file, body)
        shell.say(f"Wrote {file}")
        said["file"] = str(file)
    elif shell.as_json:
        said["opml"] = body.decode("utf-8")
    else:
        sys.stdout.buffer.write(body)
        sys.stdout.flush()
    if left_out:
        shell.say(f"Left out, since OPML is for public feeds: {', '.join(left_out)}")
    shell.result(said)
    return 0

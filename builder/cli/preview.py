"""`broadsheet serve`."""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Collection
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import click
from click.core import ParameterSource

from builder import urls
from builder.cli.options import Shell, shared
from builder.errors import BroadsheetError, UsageError
from builder.folder import Folder
from builder.previewing import LEAVE_SECONDS, LiveSite
from builder.server import Preview, Site
from builder.shown import Trouble
from builder.watching import Changes

PORTS = 20
"""So many ports are tried, from the default one on."""
FIRST_SECONDS = 0.5
"""How long the first look at all files waits for the first page."""
TROUBLES = 10
"""So many new troubles are told at once; `/_broadsheet/` shows all."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port; 0 takes any. Unless it is given, the next free one if that is taken.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the site in a browser.")
@click.option("--drafts", is_flag=True, help="Show drafts as well.")
@click.option("--future", is_flag=True, help="Show what is dated ahead as well.")
@click.option("--static", is_flag=True, help="Serve site/ as it was built.")
@click.option("--poll", is_flag=True, help="Look at all files each second, where the system does not tell of changes.")
@shared
@click.pass_context
def serve(
    context: click.Context,
    shell: Shell,
    host: str,
    port: int,
    open_browser: bool,
    drafts: bool,
    future: bool,
    static: bool,
    poll: bool,
) -> int:
    """Preview the site: any page at once, and every change as it is saved. Takes no lock and leaves site/ alone."""
    root = shell.content.root
    if static and (drafts or future):
        raise UsageError("--static serves what was built", next="leave out --drafts and --future")
    chosen = context.get_parameter_source("port") is not ParameterSource.DEFAULT
    folders = ("site",) if static else ("content", "templates")
    with _site(shell, drafts, future, static) as site, _server(host, port, chosen, site) as server:
        terminal = _Terminal(shell, server)
        server.tell = terminal.page
        changes = Changes(root, terminal, folders, poll or None)
        changes.start()
        watching = threading.Thread(target=_watch, args=(shell, server, terminal, changes), daemon=True)
        watching.start()
        _greet(shell, server, host, changes)
        if open_browser:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        finally:
            changes.stop()
            watching.join(LEAVE_SECONDS)
    return 0


def _site(shell: Shell, drafts: bool, future: bool, static: bool) -> closing[LiveSite] | nullcontext[Folder]:
    if not static:
        return closing(LiveSite(shell.content.root, lambda: datetime.now(UTC), drafts=drafts, future=future))
    folder = shell.content.root / "site"
    if not (folder / "index.html").is_file():
        raise UsageError("there is no site yet", where="site/", next="run 'broadsheet build'")
    return nullcontext(Folder(folder, urls.base_path(shell.settings.base_url)))


def _server(host: str, port: int, chosen: bool, site: Site) -> Preview:
    """A server on the port, or, where nobody chose it, on the next that is free."""
    for number in range(port, port + (1 if chosen else PORTS)):
        try:
            return Preview((host, number), site)
        except OSError as error:
            reason = error.strerror or str(error)
    raise UsageError(f"cannot listen on {host}:{number}: {reason}", next="give another --port or --host")


def _greet(shell: Shell, server: Preview, host: str, changes: Changes) -> None:
    shell.say(f"Serving {server.url} (Ctrl+C stops it)")
    if host in ("0.0.0.0", "::", ""):  # noqa: S104
        place = _outside()
        where = f" at http://{place}:{server.server_address[1]}{server.site.base_path}" if place else ""
        shell.warn(f"everybody on this network can read the preview{where}")
    if changes.polls:
        shell.say("Looking for changes each second: this file system does not tell of them")


def _outside() -> str:
    """This machine's address in its network, as far as it knows: no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))
            return str(one.getsockname()[0])
        except OSError:
            return ""


class _Terminal:
    """Takes in changes, and says in one line what they were; of what is wrong, what it has not said before."""

    def __init__(self, shell: Shell, server: Preview) -> None:
        self._shell, self._server = shell, server
        self._told: frozenset[Trouble] = frozenset()
        self._seen: set[Trouble] = set()

    def __call__(self, paths: Collection[Path] = ()) -> None:
        # Told of open pages while the update is announced: what was known before is no news.
        self._seen = set(self._told)
        update, names = self._server.refresh(paths), sorted(path.name for path in paths if path.suffix)
        self._told = frozenset(update.troubles.values())
        new = [trouble for trouble in update.troubles.values() if trouble not in self._seen]
        self._seen |= self._told
        for trouble in new[:TROUBLES]:
            self._warn(trouble)
        if len(new) > TROUBLES:
            self._shell.warn(
                f"and {len(new) - TROUBLES:,} more: {urljoin(self._server.url, '/_broadsheet/')} shows all"
            )
        if not new:
            what = names[0] if len(names) == 1 else f"{len(names):,} files" if names else "all files"
            self._shell.say(f"{what}: {1000 * update.seconds:.0f} ms", level=0 if names else 1)

    def page(self, trouble: Trouble) -> None:
        """A page that was asked for cannot be made: said once, and again if it is so after the next change."""
        if trouble not in self._seen:
            self._seen.add(trouble)
            self._warn(trouble)

    def _warn(self, trouble: Trouble) -> None:
        self._shell.warn(str(BroadsheetError(trouble.what, where=trouble.where, next=trouble.next)))


def _watch(shell: Shell, server: Preview, terminal: _Terminal, changes: Changes) -> None:
    """Bring the site up to date, then follow each change. What is asked for meanwhile is shown as it was last known."""
    site = server.site
    if isinstance(site, LiveSite) and site.is_ready:
        # Who opens it at once is not kept waiting by a look at all files.
        server.answered.wait(FIRST_SECONDS)
    elif isinstance(site, LiveSite):
        shell.say("Reading all of content/, as nothing is known of it yet")
    terminal()
    changes.watch()

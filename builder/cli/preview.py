"""`broadsheet serve`."""

from __future__ import annotations

import threading
import webbrowser
from datetime import UTC, datetime
from pathlib import Path

import click

from builder import config, urls
from builder.build import BuildReport, build
from builder.cli.options import Shell, shared
from builder.errors import BroadsheetError, UsageError
from builder.folder import Folder
from builder.server import Preview
from builder.watching import Changes


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 takes any.")
@click.option("--open", "open_browser", is_flag=True, help="Open the site in a browser.")
@shared
def serve(shell: Shell, host: str, port: int, open_browser: bool) -> int:
    """Preview the site, rebuild on change and reload the browser. Takes no lock and leaves site/ alone."""
    folder = shell.content.root / ".broadsheet" / "preview"
    base = urls.base_path(shell.settings.base_url)
    try:
        server = Preview((host, port), Folder(folder, base))
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}", next="give another --port") from None
    with server:
        changes = Changes(shell.content.root, lambda: _rebuild(shell, server, folder))
        changes.start()
        _rebuild(shell, server, folder)
        watching = threading.Thread(target=changes.watch, daemon=True)
        watching.start()
        shell.say(f"Serving {server.url} (Ctrl+C stops it)")
        if host == "0.0.0.0":  # noqa: S104
            shell.warn("everybody on this network can read the preview")
        if open_browser:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        finally:
            changes.stop()
            watching.join()
    return 0


def _rebuild(shell: Shell, server: Preview, folder: Path) -> None:
    """Build what changed. What is wrong is said, and the last good site stays."""
    try:
        settings = config.load(shell.content.root)
        with shell.index("preview.sqlite") as index:
            report = build(shell.content, settings, datetime.now(UTC), output=folder, index=index)
    except BroadsheetError as error:
        for line in str(error).splitlines():
            shell.warn(line)
        return
    except Exception as error:
        # The watcher goes on: the next save may mend it.
        shell.warn(f"{type(error).__name__}: {error}; the last good site stays")
        return
    _say(shell, report)
    if report.pages.written or report.pages.removed:
        server.refresh()


def _say(shell: Shell, report: BuildReport) -> None:
    for reason in report.quarantined:
        shell.warn(reason)
    pages = report.pages
    if pages.written or pages.removed:
        shell.say(f"{pages.written:,} written, {pages.removed:,} removed in {sum(report.seconds.values()):.2f} s")

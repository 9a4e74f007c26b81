"""A local preview that rebuilds on change and reloads the browser.

Builds into `.broadsheet/preview/` with an index of its own, takes no lock and leaves `site/` alone,
so ingest and build can run beside it. Never answers anybody but this machine unless told to.
"""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from builder import urls

SETTLE_SECONDS, PULSE_SECONDS = 0.1, 15.0
_REACT_TO = ("created", "modified", "deleted", "moved")
_OWN = "/_broadsheet/"
_SCRIPT = b"""const events = new EventSource(document.currentScript.src.replace("reload.js", "events"));
let first;
events.onmessage = (event) => {
  first ??= event.data;
  if (event.data !== first) location.reload();
};
"""


class Changes(FileSystemEventHandler):
    """Calls `rebuild` once after each burst of changes below `content/` and `templates/`."""

    def __init__(self, root: Path, rebuild: Callable[[], None]) -> None:
        self._root, self._rebuild = root.resolve(), rebuild
        self._changed, self._stopped = threading.Event(), threading.Event()
        self._observer = Observer()
        self._folders = [self._root / name for name in ("content", "templates")]

    def on_any_event(self, event: FileSystemEvent) -> None:
        born = Path(str(event.dest_path or event.src_path))
        if event.is_directory and event.event_type in ("created", "moved") and born in self._folders:
            # A site's first own template comes in a folder that was not there to be watched.
            self._observer.schedule(self, str(born), recursive=True)
            self._changed.set()
        if self.counts(event):
            self._changed.set()

    def counts(self, event: FileSystemEvent) -> bool:
        """Reading a file is no change, and neither is what we write ourselves: else each build would start the next."""
        # A folder that is moved away takes its files with it unmentioned; other news of folders says nothing new.
        if event.event_type not in (("deleted", "moved") if event.is_directory else _REACT_TO):
            return False
        # Editors save by rename, and a renamed file is gone from where it was: either end counts.
        return any(self._is_ours(Path(str(path))) for path in (event.src_path, event.dest_path) if path)

    def _is_ours(self, path: Path) -> bool:
        if not path.is_relative_to(self._root):
            return False
        parts = path.relative_to(self._root).parts
        return parts[0] in ("content", "templates") and not path.name.endswith((".new", "~", ".swp", ".swx"))

    def start(self) -> None:
        """Notice changes from here on: called before the first build, so that an edit during it is not lost."""
        self._observer.schedule(self, str(self._root), recursive=False)
        for folder in self._folders:
            if folder.is_dir():
                self._observer.schedule(self, str(folder), recursive=True)
        self._observer.start()

    def watch(self) -> None:
        """Rebuild after each burst, until `stop`."""
        try:
            while not self._stopped.is_set():
                if self._changed.wait(PULSE_SECONDS):
                    self._settle()
                    if not self._stopped.is_set():
                        self._rebuild()
        finally:
            self._observer.stop()
            self._observer.join()

    def _settle(self) -> None:
        """Wait until nothing has changed for a moment."""
        while self._changed.is_set():
            self._changed.clear()
            self._changed.wait(SETTLE_SECONDS)

    def stop(self) -> None:
        self._stopped.set()
        self._changed.set()


class Preview(ThreadingHTTPServer):
    """Serves one output folder under a base path and tells browsers when it changed."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], folder: Path, base_path: str) -> None:
        super().__init__(address, _Answer)
        self.folder, self.base_path = folder, base_path
        self.version = 0
        self.updated = threading.Condition()
        self.hosts = {"localhost", "127.0.0.1", "[::1]", address[0]}

    def announce(self) -> None:
        """Tell every open page that there is something new."""
        with self.updated:
            self.version += 1
            self.updated.notify_all()

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.server_address[0] in ("0.0.0.0", "") else self.server_address[0]  # noqa: S104
        return f"http://{host!s}:{self.server_address[1]}{self.base_path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closed its connection is no error of ours."""


class _Answer(BaseHTTPRequestHandler):
    server: Preview
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(head=True)

    def do_GET(self) -> None:
        self._answer(head=False)

    def _answer(self, head: bool) -> None:
        host = self.headers.get("Host", "")
        if host.rsplit(":", 1)[0] not in self.server.hosts and "0.0.0.0" not in self.server.hosts:  # noqa: S104
            self._send(403, b"This preview answers only to the names of this machine.\n", "text/plain", head)
            return
        path = unquote(urlsplit(self.path).path, errors="replace")
        if path == _OWN + "events" and not head:
            self._stream()
        elif path == _OWN + "reload.js":
            self._send(200, _SCRIPT, "text/javascript", head)
        elif path == "/" != self.server.base_path:
            self.send_response(302)
            self.send_header("Location", self.server.base_path)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._page(path, head)

    def _page(self, path: str, head: bool) -> None:
        file = self._file(path)
        status = 200 if file else 404
        file = file or self.server.folder / "404.html"
        try:
            body = file.read_bytes()
        except OSError:
            body, file = b"Not found\n", Path("404.txt")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if file.suffix == ".xml":
            kind = "application/xml"
        if kind == "text/html":
            script = b'<script src="' + _OWN.encode() + b'reload.js"></script></body>'
            body = body.replace(b"</body>", script, 1)
        self._send(status, body, kind + ("; charset=utf-8" if kind.startswith("text/") else ""), head)

    def _file(self, path: str) -> Path | None:
        """The output file of a path; `None` for what is not there, hidden, or outside."""
        if not path.startswith(self.server.base_path) or "\0" in path or "\\" in path:
            return None
        route = "/" + path[len(self.server.base_path) :]
        if any(part.startswith(".") and part != ".well-known" for part in route.split("/")):
            return None
        file = self.server.folder / urls.file_of(route)
        inside = file.resolve().is_relative_to(self.server.folder.resolve())
        return file if inside and file.is_file() else None

    def _send(self, status: int, body: bytes, kind: str, head: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if not head:
            self.wfile.write(body)

    def _stream(self) -> None:
        """Server-sent events: the number of the last rebuild, now and after each."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        sent = -1
        while True:
            with self.server.updated:
                if sent == self.server.version:
                    self.server.updated.wait(PULSE_SECONDS)
                sent = self.server.version
            self.wfile.write(f"data: {sent}\n\n".encode())
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the terminal is for what the site says."""

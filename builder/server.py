"""The preview's web server: pages as `Site` shows them, with the client that keeps them up to date.

Answers nobody but this machine unless told to (`security`), and never with a file that `Site` did not hand it.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from http.client import LineTooLong
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from secrets import token_urlsafe
from socketserver import TCPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, quote, urlsplit

from builder import dressing, notices, security
from builder.mediatypes import kind_of, stated
from builder.shown import Section, Shown, Trouble, Update
from builder.streams import PULSE_SECONDS, Streams, tabs_of, version_of
from builder.urls import SAFE

IDLE_SECONDS = 30.0
HEADER_BYTES, LINE_BYTES = 64 * 1024, 32 * 1024
MOST_CONNECTIONS = 200
_OWN = "/_broadsheet/"
_CLIENT = Path(__file__).parent / "client"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    # Kept, but asked for anew each time: that is what the versions are for.
    "Cache-Control": "no-cache",
}


class Site(Protocol):
    """What a server serves. Every method may be called from any thread, and `update` from one at a time."""

    @property
    def base_path(self) -> str: ...

    def shown(self, route: str) -> Shown | Trouble | None:
        """The page or file at a route (`/tags/x/`: no base path, nothing quoted); `None`: there is none."""

    def versions(self, routes: Iterable[str]) -> dict[str, str]:
        """The versions of pages as they are now, as `shown` has them, without rendering; `""`: none, or in trouble."""

    def near(self, route: str) -> tuple[str, ...]:
        """Some routes that are close to one that is not there."""

    def about(self, route: str) -> tuple[Section, ...]:
        """What is to be known of the site under edit, and of the page at a route (`""`: of none)."""

    def update(self, paths: Iterable[Path] = ()) -> Update:
        """Take in what was changed since the last time: in the files at `paths`; where none is named, in any."""


class Preview(ThreadingHTTPServer):
    """Serves one site and tells browsers when it changed."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], site: Site) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.site, self.host = site, address[0]
        # Who else wants to hear of pages that cannot be made.
        self.tell: Callable[[Trouble], object] = lambda trouble: None
        self.token = token_urlsafe(32)
        self.streams = Streams(self.versions, self.shown)
        self.client = {file.name: file.read_bytes() for file in _CLIENT.iterdir() if file.is_file()}
        self.client_version = blake2b(b"".join(self.client.values()), digest_size=6).hexdigest()
        # An answer's version names the process too, since pages carry its token.
        self.process = blake2b(self.token.encode(), digest_size=6).hexdigest()
        self.answered = threading.Event()
        self._lock, self._connections = threading.Lock(), dict[socket.socket, bool]()
        super().__init__(address, _Answer)

    @property
    def url(self) -> str:
        """Where to look at it, on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_address[1]}{self.site.base_path}"

    def refresh(self, paths: Iterable[Path] = ()) -> Update:
        """Take in what was changed, at `paths` or anywhere, and tell who shows it; also what could not be taken in."""
        try:
            update = self.site.update(paths)
        except Exception as error:
            update = Update(troubles={"": Trouble(what=f"{type(error).__name__}: {error}")})
        self.announce(update)
        return update

    def announce(self, update: Update) -> int:
        """Tell open tabs what an update means for them; how many browsers there was something to tell."""
        return self.streams.announce(update)

    def shown(self, route: str) -> Shown | Trouble | None:
        """What stands at a route; a fault in making it is a trouble like others."""
        try:
            found = self.site.shown(route)
        except Exception as error:
            found = Trouble(what=f"{type(error).__name__}: {error}")
        if isinstance(found, Trouble):
            self.tell(found)
        return found

    def versions(self, routes: Iterable[str]) -> dict[str, str]:
        """The versions of pages; none are known if there is a fault, so that each is looked at by itself."""
        try:
            return self.site.versions(routes)
        except Exception:
            return {}

    def near(self, route: str) -> tuple[str, ...]:
        """Some routes close to one that is not there; none if there is a fault in looking for them."""
        with suppress(Exception):
            return self.site.near(route)
        return ()

    def about(self, route: str) -> tuple[Section, ...]:
        """What is to be known of the site; if there is a fault in finding out, that."""
        try:
            return self.site.about(route)
        except Exception as error:
            return (Section(title="Trouble", rows=((f"{type(error).__name__}: {error}",),)),)

    def link(self, route: str) -> str:
        """The address of a route from any page."""
        return quote(self.site.base_path + route[1:], safe=SAFE)

    # -- connections

    def server_bind(self) -> None:
        # HTTPServer would ask the network for the name of this machine.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.host, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a new connection, at the cost of the one that has waited longest if there are too many."""
        with self._lock:
            if len(self._connections) >= MOST_CONNECTIONS:
                idle = next((one for one, waits in self._connections.items() if waits), request)
                with suppress(OSError):
                    idle.shutdown(socket.SHUT_RDWR)
                self._connections.pop(idle, None)
            self._connections[request] = True
        super().process_request(request, client_address)

    def waits(self, connection: socket.socket, still: bool) -> None:
        """Note whether a connection waits for a whole request, or for our answer."""
        with self._lock:
            if self._connections.pop(connection, None) is not None:
                self._connections[connection] = still

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        self.streams.end()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closed its connection is no error of ours."""


class _Bounded:
    """The lines of one request's head, which may not be long without end."""

    def __init__(self, file: BufferedIOBase) -> None:
        self._file, self._left = file, HEADER_BYTES

    def readline(self, limit: int) -> bytes:
        line = self._file.readline(min(limit, LINE_BYTES + 1))
        self._left -= len(line)
        if len(line) > LINE_BYTES or self._left < 0:
            raise LineTooLong("header")
        return line


class _Answer(BaseHTTPRequestHandler):
    server: Preview
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    # -- may this be asked?

    def handle_one_request(self) -> None:
        self.server.waits(self.connection, True)
        with suppress(ConnectionError):
            super().handle_one_request()
            return
        self.close_connection = True

    def parse_request(self) -> bool:
        """Read the head of a request; `False` if that alone got it an answer."""
        whole, self.rfile = self.rfile, _Bounded(self.rfile)  # type: ignore[assignment]
        try:
            good = super().parse_request()
        finally:
            self.rfile = whole
        self.server.waits(self.connection, False)
        if good and (status := self._refusal()):
            self.send_error(status)
            return False
        return good

    def _refusal(self) -> int:
        """The status that a request is refused with, or 0."""
        said = self.headers
        if self.command not in ("GET", "HEAD"):
            return 405
        bodied = "Transfer-Encoding" in said or said.get("Content-Length", "0") != "0"
        if bodied or len(said.get_all("Host", [])) != 1 or len(said.get_all("Origin", [])) > 1:
            return 400
        if len(self.requestline) > LINE_BYTES:
            return 414
        if not self.path.startswith("/"):
            return 400
        names = security.names_of(self.server.host, str(self.connection.getsockname()[0]))
        if not (security.is_own(said["Host"], names) and security.is_from_here(said.get)):
            return 403
        return 0

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    # -- what is answered

    def _answer(self) -> None:
        route, base = security.route_of(self.path), self.server.site.base_path
        if route is None:
            self._missing("")
        elif route.startswith(_OWN):
            self._own(route.removeprefix(_OWN))
        elif route in ("/", base.rstrip("/")) and route != base:
            self._lead(base)
        elif route.startswith(base):
            self._page("/" + route.removeprefix(base))
            self.server.answered.set()
        else:
            self._missing("")

    def _own(self, name: str) -> None:
        """What we serve ourselves: the page about the site, the client's files, and the stream."""
        if name == "events" and self.command == "GET":
            self._stream()
        elif name == "":
            came = parse_qs(urlsplit(self.path).query).get("from", [""])[0]
            page = notices.about_page(self.server.about(came), self.server.link)
            self._send(200, page, "text/html")
        elif name in self.server.client:
            self._send(200, self.server.client[name], kind_of(name), self.server.client_version)
        else:
            self._missing("")

    def _page(self, route: str) -> None:
        serial, found = self.server.streams.serial, self.server.shown(route)
        if isinstance(found, Trouble):
            self._dressed(500, notices.trouble_page(found), route, version_of(found), serial)
        elif found is None and not route.endswith("/") and isinstance(self.server.shown(route + "/"), Shown | Trouble):
            self._lead(self.server.link(route + "/"))
        elif found is None:
            self._missing(route)
        elif found.kind != "text/html":
            self._send(200, found.body, found.kind, found.version)
        else:
            self._dressed(200, found.body, route, found.version, serial, found)

    def _missing(self, route: str) -> None:
        """The site's own page for that, with where one may have wanted to go; it shows the page when there is one."""
        own = self.server.shown("/404.html")
        body = own.body if isinstance(own, Shown) else notices.missing_page(route or self.path)
        near = self.server.near(route) if route else ()
        body = dressing.with_note(body, notices.of_near(near, self.server.link))
        self._dressed(404, body, route, "", self.server.streams.serial)

    def _dressed(
        self, status: int, page: bytes, route: str, version: str, serial: int, shown: Shown | None = None
    ) -> None:
        """A page with the client, which is told what it shows and how to ask for news of it."""
        server, source, template = self.server, shown.source if shown else "", shown.template if shown else ""
        told = {
            "status": status,
            "route": route,
            "version": version,
            "source": source,
            "files": [file for file in (source, template) if file],
            "serial": serial,
            "base": server.site.base_path,
            "token": server.token,
            "client": server.client_version,
        }
        # A page from the browser's cache must not ask for news from before it was asked for again.
        tag = f"{version}-{server.process}-{serial}" if status == 200 else ""
        self._send(status, dressing.dressed(page, told, server.client_version), "text/html", tag)

    def _stream(self) -> None:
        """Server-sent events, as long as the browser listens."""
        if not security.is_page_of(self.server.token, self.headers.get):
            self.send_error(403)
            return
        asked = parse_qs(urlsplit(self.path).query)
        try:
            tabs = tabs_of(asked.get("tabs", ["[]"])[0])
            since = int(asked.get("since", ["0"])[0])
        except ValueError:
            self.send_error(400)
            return
        self._head(200, {"Content-Type": "text/event-stream", "Connection": "close"})
        self.close_connection = True
        stream = self.server.streams.open(asked.get("name", [str(self.client_address)])[0], tabs, since)
        try:
            for chunk in stream.chunks(PULSE_SECONDS):
                self.wfile.write(chunk)
        finally:
            self.server.streams.close(stream)

    # -- how it is said

    def _lead(self, where: str) -> None:
        self._head(302, {"Location": where, "Content-Length": "0"})

    def _send(self, status: int, body: bytes, kind: str, version: str = "") -> None:
        headers = {"Content-Type": stated(kind), "Content-Length": str(len(body))}
        if version and re.fullmatch(r"[!#-~]+", version):
            headers["ETag"] = f'"{version}"'
            if self._knows(headers["ETag"]):
                self._head(304, {"ETag": headers["ETag"]})
                return
        self._head(status, headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def _knows(self, tag: str) -> bool:
        """Whether the browser has this version (RFC 9110, 13.1.2)."""
        known = self.headers.get("If-None-Match", "")
        return known.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in known.split(",")]

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in (_ALWAYS | dict(headers)).items():
            self.send_header(name, value)
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse in a few words, which repeat nothing of what was asked; a refused connection is not used again."""
        self.close_connection = True
        reason = _REFUSED.get(code, self.responses.get(code, ("Refused",))[0])
        body = f"{reason}\n".encode()
        headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)), "Connection": "close"}
        self._head(code, headers | ({"Allow": "GET, HEAD"} if code == 405 else {}))
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "Broadsheet"

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the terminal is for what the site says."""


_REFUSED = {403: "This preview answers only to the names of this machine, and to its own pages."}

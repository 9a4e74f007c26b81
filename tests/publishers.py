"""Publishers: servers on this machine, under any name and address, that behave well or badly as a test says.

Never sends a packet to another machine: every connection ends on 127.0.0.1, whatever address it was meant for.
"""

from __future__ import annotations

import gzip
import os
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from builder.errors import SourceError
from builder.fetch import Client
from builder.guard import Network

ENDINGS = (".example", ".test")
"""Names that the resolver knows; there are no others."""


@dataclass(frozen=True)
class Request:
    """What was asked: the host without its port, the path with its query, headers by lower-case names."""

    host: str
    path: str
    headers: Mapping[str, str]
    method: str = "GET"


@dataclass
class Visit:
    """One connection with its request. A behaviour says what it wants with `send`, and waits with `gone`."""

    server: Publishers
    wire: socket.socket
    request: Request

    def send(self, data: bytes) -> None:
        self.wire.sendall(data)

    def gone(self, seconds: float | None = None) -> bool:
        """Wait, for good or so long, until the client leaves or the test is over, and say whether that is so."""
        return bool(wait([self.wire, self.server.closing], seconds))

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """An honest answer; `Content_Type="…"` is the header `Content-Type`."""
        said = {"Content-Length": str(len(body)), "Connection": "close"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        self.send(f"HTTP/1.1 {status} So\r\n{head}\r\n".encode("latin-1") + body)


Behaviour = Callable[[Visit], None]


@dataclass
class Publishers:
    """The servers. `pages` maps (host, path) or (host, "*") to what happens there, `tls` a host to its certificate.

    `requests` holds all that was asked, `connected` every (address, port) that was connected to.
    """

    pages: dict[tuple[str, str], Behaviour] = field(default_factory=dict)
    tls: dict[str, ssl.SSLContext] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.closing, self._close = socket.socketpair()
        self._lock = threading.Lock()
        self._wires: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def on(self, url: str, behaviour: Behaviour) -> str:
        """Say what happens at an address without scheme (`gazette.example/feed`), and return it with `http://`."""
        host, slash, path = url.partition("/")
        self.pages[host, slash + path or "*"] = behaviour
        return f"http://{url}"

    def address(self, host: str) -> str:
        """The made-up public address of a host."""
        with self._lock:
            number = len(self.addresses)
            return self.addresses.setdefault(host, f"93.184.{number // 250}.{number % 250 + 1}")

    def close(self) -> None:
        """End every visit and wait for its thread."""
        self._close.close()
        self._threads[0].join()
        for wire in list(self._wires):
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self.listener.close()
        self.closing.close()

    def _listen(self) -> None:
        while self.closing not in wait([self.listener, self.closing]):
            wire, _ = self.listener.accept()
            self._wires.add(wire)
            self._threads.append(threading.Thread(target=self._serve, args=(wire,)))
            self._threads[-1].start()

    def _serve(self, wire: socket.socket) -> None:
        # A client that leaves early is what many of the tests are about.
        with suppress(OSError), wire:
            self._converse(wire)
        self._wires.discard(wire)

    def _converse(self, wire: socket.socket) -> None:
        with self._secured(wire) as wire:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (data := wire.recv(65536)):
                    return
                head += data
            request = _read(head)
            self.requests.append(request)
            visit = Visit(self, wire, request)
            if request.method == "CONNECT" and (request.host, "CONNECT") not in self.pages:
                visit.send(b"HTTP/1.1 200 Go on\r\n\r\n")
                self._relay(wire)
                return
            path = "CONNECT" if request.method == "CONNECT" else request.path
            behaviour = self.pages.get((request.host, path)) or self.pages.get((request.host, "*")) or status(404)
            behaviour(visit)

    def _relay(self, wire: socket.socket) -> None:
        """What a proxy does: hand on what either side says, to these same servers."""
        with socket.create_connection(self.listener.getsockname()) as inner:
            while self.closing not in (ready := wait([wire, inner, self.closing])):
                for one, other in ((wire, inner), (inner, wire)):
                    data = one.recv(65536) if one in ready else b""
                    while isinstance(one, ssl.SSLSocket) and one.pending():
                        data += one.recv(65536)
                    if one in ready and not data:
                        return
                    other.sendall(data)

    @contextmanager
    def _secured(self, wire: socket.socket) -> Iterator[socket.socket]:
        """The connection, under TLS if it begins with a handshake and there are certificates."""
        if not self.tls or wire.recv(1, socket.MSG_PEEK) != b"\x16":
            yield wire
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(one: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            if name not in self.tls:
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            one.context = self.tls[name]
            return None

        context.sni_callback = choose
        with context.wrap_socket(wire, server_side=True) as secure:
            yield secure


def _read(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    # A proxy is asked for whole addresses, or for a host and its port.
    path = "/" + target.split("/", 3)[3] if target.startswith("http://") else target
    host = target if method == "CONNECT" else headers.get("host", "")
    return Request(re.sub(r":\d+$", "", host), path, headers, method)


@contextmanager
def publishers() -> Iterator[Publishers]:
    """Servers that run within the `with`."""
    server = Publishers()
    try:
        yield server
    finally:
        server.close()


def network(server: Publishers, names: Mapping[str, str] | None = None) -> Network:
    """The network as it looks from these servers: each name has a public address of its own, or that of `names`."""

    def resolve(host: str, port: int) -> list[str]:
        if names and host in names:
            return [names[host]]
        if not host.endswith(ENDINGS):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [server.address(host)]

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        server.connected.append((address, port))
        return socket.create_connection(server.listener.getsockname(), timeout=seconds)

    return Network(resolve, connect)


# -- good behaviour --------------------------------------------------------------------------------


def page(body: bytes, **headers: str) -> Behaviour:
    return lambda visit: visit.answer(200, body, **headers)


def status(code: int, **headers: str) -> Behaviour:
    return lambda visit: visit.answer(code, b"<p>Sorry.</p>", **headers)


def redirect(to: str, code: int = 302) -> Behaviour:
    return lambda visit: visit.answer(code, Location=to.encode().decode("latin-1"))


def conditional(body: bytes, etag: str) -> Behaviour:
    """304 for whoever has it already."""

    def behaviour(visit: Visit) -> None:
        known = visit.request.headers.get("if-none-match") == etag
        visit.answer(304, ETag=etag) if known else visit.answer(200, body, ETag=etag)

    return behaviour


# -- bad behaviour ---------------------------------------------------------------------------------


def stall(visit: Visit) -> None:
    """Takes the request and never says a word."""
    visit.gone()


def drip_headers(visit: Visit) -> None:
    """A byte of a header at a time, for ever."""
    visit.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not visit.gone(0.01):
        visit.send(b"a")


def drip_body(visit: Visit) -> None:
    """A byte of the body at a time, for ever."""
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while not visit.gone(0.01):
        visit.send(b" ")


def hang_up(visit: Visit) -> None:
    """Closes without an answer."""


def reset(visit: Visit) -> None:
    """Breaks the connection off in the midst of a body (TCP RST)."""
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<rss>")
    visit.wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbage(visit: Visit) -> None:
    """Speaks something, but not HTTP."""
    visit.send(b"SSH-2.0-OpenSSH_9.2\r\n\x00\xff\xfe\r\n\r\n")


def short(visit: Visit) -> None:
    """Less than its Content-Length promises."""
    visit.answer(200, b"<rss>", Content_Length="1000")


def short_chunks(visit: Visit) -> None:
    """Chunks without an end."""
    visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n")


def negative_chunk(visit: Visit) -> None:
    """A chunk of the length -1, which says 'all there is' to many a reader, and then no end of it."""
    _pour(visit, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", b" " * 65536)


def endless(visit: Visit) -> None:
    """A body that never ends, in chunks."""
    _pour(visit, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n")


def endless_continue(visit: Visit) -> None:
    """An answer that is always about to come."""
    _pour(visit, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def many_headers(visit: Visit) -> None:
    _pour(visit, b"HTTP/1.1 200 OK\r\n", b"".join(b"X-%d: a\r\n" % number for number in range(1000)))


def long_header(visit: Visit) -> None:
    _pour(visit, b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * 65536)


def _pour(visit: Visit, head: bytes, piece: bytes) -> None:
    """Send until the client has had enough."""
    visit.send(head)
    while not visit.gone(0):
        visit.send(piece)


def packed(data: bytes, coding: str) -> Behaviour:
    """A body with a Content-Encoding."""
    return page(data, Content_Encoding=coding)


def gzip_bomb(size: int = 200_000_000, times: int = 1) -> Behaviour:
    """Spaces without end in a few kilobytes, packed so many times over."""
    data = gzip.compress(b" " * 1_000_000) * (size // 1_000_000)
    for _ in range(times - 1):
        data = gzip.compress(data)
    return packed(data, ", ".join(["gzip"] * times))


HOSTILE: dict[str, Behaviour] = {
    behaviour.__name__: behaviour
    for behaviour in (
        stall,
        drip_headers,
        drip_body,
        hang_up,
        reset,
        garbage,
        short,
        short_chunks,
        negative_chunk,
        endless,
        endless_continue,
        many_headers,
        long_header,
    )
}


# -- no network at all -----------------------------------------------------------------------------

HERE, PUBLIC = "gazette.example", "93.184.216.34"


class Tripwire:
    """A network within this process: `gazette.example` answers with the bytes that it is given, and `touched` holds
    whatever else was to be connected to, and was refused.
    """

    def __init__(self, answer: bytes = b"", resolve: Callable[[str], Sequence[str]] | None = None) -> None:
        self.answer, self.names = answer, resolve or self.resolve
        self.asked: list[str] = []
        self.touched: list[str] = []
        self.ends: list[int] = []
        self.network = Network(self._resolve, self._connect)
        self.client = Client("https://news.example/", network=self.network, environment={}, host_gap=0)

    def resolve(self, host: str) -> Sequence[str]:
        return [PUBLIC] if host == HERE else ["127.0.0.1"] if host.endswith("localhost") else []

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.names(host)

    def _connect(self, address: str, port: int, seconds: float) -> socket.socket:
        if address != PUBLIC:
            self.touched.append(address)
            raise ConnectionRefusedError(111, "Connection refused")
        self.close()
        ours, theirs = socket.socketpair()
        theirs.sendall(self.answer)
        theirs.shutdown(socket.SHUT_WR)
        # Open until the next: the client has still to write to it.
        self.ends.append(theirs.detach())
        return ours

    def fetch(self, url: str, *, private: bool = False) -> str:
        """The reason why there is no answer."""
        try:
            raise AssertionError(f"{url} answers {self.client.get(url, private=private).status}")
        except SourceError as error:
            return str(error)

    def close(self) -> None:
        while self.ends:
            os.close(self.ends.pop())

    __del__ = close


def redirecting(to: str, code: int) -> bytes:
    return f"HTTP/1.1 {code} Over there\r\nLocation: ".encode() + to.encode() + b"\r\nContent-Length: 0\r\n\r\n"

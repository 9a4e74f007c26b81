"""Connections that watch their own time and bytes, whatever reads from them: headers, chunks, TLS or a body.

Never makes a TCP connection itself: it is handed one by `guard`.
"""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from builder.errors import SourceError
from builder.guard import plain

_OVERHEAD_BYTES = 1024 * 1024
"""What headers and the framing of a body may take on the wire, beyond the body."""
_PIECE = 65536
CUT_OFF, LONG_HEAD = "its answer is cut off", "its headers are too large"
IN_A_BROWSER = "check the address in a browser"
_CODINGS, _CODINGS_AT_ONCE = ("gzip", "x-gzip", "deflate"), 2
FAILURES = (HTTPError, http.client.HTTPException, OSError, ValueError, zlib.error)
"""What reading from a connection may raise, besides SourceError."""

# Its lines hold whole addresses, with whatever secrets they carry.
logging.getLogger("urllib3").propagate = False


class Budget:
    """What one request may still take: seconds over all its redirects, `limit` bytes of body for each answer.

    Time runs within `spent()` alone. Neither urllib3 nor http.client has a deadline for the whole of an answer:
    their timeouts begin anew with every byte.
    """

    def __init__(self, seconds: float, limit: int) -> None:
        self.seconds, self.limit = seconds, limit
        self._spent = self._began = 0.0
        self._bytes, self._in_body = 0, False
        self._lock = threading.Lock()
        self._wire: socket.socket | None = None
        self._stopped = False

    @contextmanager
    def spent(self) -> Iterator[None]:
        """One request and its answer."""
        self._began, self._bytes, self._in_body = monotonic(), 0, False
        try:
            yield
        finally:
            self._spent += monotonic() - self._began
            with self._lock:
                if self._wire:
                    self._wire.close()
                self._wire = None

    def left(self) -> float:
        """The seconds that are left. Raises SourceError where there are none."""
        if self._stopped:
            raise SourceError("interrupted")
        left = self.seconds - self._spent - (monotonic() - self._began)
        if left <= 0:
            raise SourceError(f"no whole answer within {self.seconds:g} s", next="try again later")
        return left

    def took(self, size: int) -> None:
        """Count bytes of the wire; chunks of a negative length and floods of `100 Continue` end here."""
        self._bytes += size
        if self._bytes > _OVERHEAD_BYTES + self.limit * self._in_body:
            raise too_large(self.limit) if self._in_body else SourceError(LONG_HEAD, next=IN_A_BROWSER)

    def expect_body(self) -> None:
        """From here on there may be as many bytes more as a body may have."""
        self._in_body = True

    def watch(self, wire: socket.socket) -> socket.socket:
        """The same connection, read within this budget."""
        watched = PlainSocket(wire.family, wire.type, wire.proto, fileno=wire.detach())
        watched.budget = self
        try:
            with self._lock:
                self._wire = watched.dup()
            watched.settimeout(self.left())
        except BaseException:
            watched.close()
            raise
        return watched

    def stop(self) -> None:
        """End the request from another thread, even within a TLS handshake: hence the second handle of the socket."""
        with self._lock, suppress(OSError):
            self._stopped = True
            if self._wire:
                self._wire.shutdown(socket.SHUT_RDWR)


class PlainSocket(socket.socket):
    """A socket on whose time and bytes a budget has an eye."""

    budget: Budget | None = None

    def recv_into(self, buffer: Any, *args: Any, **kwargs: Any) -> int:
        size: int = self._within(super().recv_into, buffer, *args, **kwargs)
        return size

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        data: bytes = self._within(super().recv, *args, **kwargs)
        return data

    def _within(self, receive: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not self.budget:
            return receive(*args, **kwargs)
        self.settimeout(self.budget.left())
        try:
            got = receive(*args, **kwargs)
        except TimeoutError:
            self.budget.left()
            raise
        self.budget.took(got if isinstance(got, int) else len(got))
        return got


class SecureSocket(PlainSocket, ssl.SSLSocket):
    """The same under TLS. The handshake has one timeout for all of it, which the plain socket hands down."""


class Plain(HTTPConnection):
    """HTTP over a connection that `dial` makes, within `budget`."""

    dial: Callable[[], socket.socket]
    budget: Budget

    def _new_conn(self) -> socket.socket:
        return self.budget.watch(self.dial())


class Secure(HTTPSConnection):
    """HTTPS over a connection that `dial` makes, within `budget`; the host's name stays that of the URL.

    Its `ssl_context` makes sockets of the class `SecureSocket`.
    """

    dial: Callable[[], socket.socket]
    budget: Budget

    def _new_conn(self) -> socket.socket:
        return self.budget.watch(self.dial())

    def _tunnel(self) -> None:
        super()._tunnel()
        self.sock.settimeout(self.budget.left())

    def _connect_tls_proxy(self, hostname: str, sock: socket.socket) -> ssl.SSLSocket:
        wrapped = super()._connect_tls_proxy(hostname, sock)
        wrapped.budget = self.budget  # type: ignore[attr-defined]
        return wrapped

    def connect(self) -> None:
        super().connect()
        if isinstance(self.sock, SecureSocket):
            self.sock.budget = self.budget


# -- what comes of them ----------------------------------------------------------------------------


def body(response: BaseHTTPResponse, headers: Mapping[str, str], budget: Budget) -> Iterator[bytes]:
    """The unpacked body in small pieces. Raises SourceError at the first byte too many, or one of FAILURES."""
    names = [name.strip().lower() for name in headers.get("content-encoding", "").split(",")]
    codings = [name for name in names if name not in ("", "identity")]
    if unknown := [name for name in codings if name not in _CODINGS]:
        raise SourceError(f"its body is packed as {unknown[0][:40]!r}, which was not asked for")
    if len(codings) > _CODINGS_AT_ONCE:
        raise SourceError(f"its body is packed {len(codings)} times over")
    if (response.length_remaining or 0) > budget.limit:
        raise too_large(budget.limit)
    pieces: Iterator[bytes] = response.stream(_PIECE, decode_content=False)
    for coding in reversed(codings):
        pieces = _unpacked(pieces, coding)
    budget.expect_body()
    size = 0
    for piece in pieces:
        budget.left()
        size += len(piece)
        if size > budget.limit:
            raise too_large(budget.limit)
        yield piece


def _unpacked(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """RFC 9110 §8.4.1: gzip, member after member, or deflate, which many servers send without its zlib wrapping.

    At most `_PIECE` bytes at a time, and nothing but an empty piece where a member holds nothing.
    """
    inflate = None
    for piece in pieces:
        while piece:
            if inflate is None:
                # All zlib wrappings in use begin with a byte that ends in 8, and no deflate stream does.
                plain_deflate = coding == "deflate" and piece[0] & 0x0F != 8
                inflate = zlib.decompressobj(-15 if plain_deflate else 47)
            yield inflate.decompress(piece, _PIECE)
            piece = inflate.unconsumed_tail
            if inflate.eof:
                piece, inflate = inflate.unused_data, None
                if not piece.startswith(b"\x1f"):
                    return
    while inflate and not inflate.eof:
        if not (rest := inflate.decompress(b"", _PIECE)):
            raise SourceError(CUT_OFF, next="try again later")
        yield rest


def too_large(limit: int) -> SourceError:
    size = f"{limit // 1024**2} MiB" if limit >= 1024**2 else f"{limit // 1024} KiB"
    return SourceError(f"larger than {size}", next="is this a feed?")


def reason(error: BaseException) -> str:
    """What one of FAILURES means, in plain words."""
    while isinstance(error, HTTPError) and error.args and isinstance(error.args[-1], Exception):
        error = error.args[-1]
    text = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        message = error.verify_message.rstrip(".")
        return f"its certificate is not valid: {message[:1].lower()}{message[1:]}"
    if isinstance(error, ssl.SSLError):
        return f"no secure connection: {(error.reason or text).replace('_', ' ').lower()}"
    if isinstance(error, http.client.RemoteDisconnected):
        return "closes the connection without an answer"
    if isinstance(error, http.client.IncompleteRead) or "ended prematurely" in text:
        return CUT_OFF
    if isinstance(error, http.client.LineTooLong) or "headers" in text:
        return LONG_HEAD
    if isinstance(error, zlib.error):
        return "its body cannot be unpacked"
    if isinstance(error, OSError) and text.startswith("Tunnel connection failed"):
        return f"the proxy refuses: {text.partition(': ')[2]}"
    if isinstance(error, OSError):
        return f"the connection breaks off: {plain(error)}"
    return "does not answer in HTTP"

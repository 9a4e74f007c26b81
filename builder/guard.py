"""Which addresses may be connected to: where a URL leads, whatever its spelling, and what stands there.

Never lets a connection go to an address that was not itself checked, and never asks DNS what a spelling already tells.
"""

from __future__ import annotations

import ipaddress
import os
import queue
import re
import select
import socket
import threading
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from urllib.parse import quote, unquote

from builder.errors import SourceError

CONNECT_SECONDS = 10.0
_STEP_SECONDS = 0.1
"""So often whoever waits looks up, since all may be over."""
IF_MEANT = "private_network = true if you mean it"
_URL_CHARACTERS, _HOST_CHARACTERS = 8000, 253
_ADDRESS, _NETWORK = "check the address", "check the network"
# EAI_NODATA is not in POSIX: the name is known, and has no address.
_UNKNOWN = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME), socket.EAI_FAIL)
_PORTS = {"http": 80, "https": 443}

# The IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), the multicast blocks, and what their RFCs took
# out of use: `ipaddress.is_global` of Python 3.11 lets NAT64, 6to4, site-local, multicast and others pass.
_SPECIAL = [
    (ipaddress.ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "an address of this machine"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a shared address of a provider's network"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "an address for protocols"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a 6to4 relay's address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("255.255.255.255/32", "the broadcast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/128", "an address of this machine"),
        ("::1/128", "a loopback address"),
        ("::ffff:0:0/96", "an IPv4-mapped address"),
        ("::/96", "an IPv4-compatible address"),
        ("64:ff9b::/96", "a NAT64 address"),
        ("64:ff9b:1::/48", "a NAT64 address"),
        ("100::/64", "an address to discard"),
        ("2001::/32", "a Teredo address"),
        ("2001:2::/48", "an address for benchmarks"),
        ("2001::/23", "an address for protocols"),
        ("2001:db8::/32", "an address for documentation"),
        ("2002::/16", "a 6to4 address"),
        ("3fff::/20", "an address for documentation"),
        ("5f00::/16", "a segment-routing address"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
]
_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out to the public (RFC 4291 §2.4, IANA); the rest is reserved."""


def refusal(address: str) -> str:
    """Why an IPv4 or IPv6 address may not be connected to, or `""`.

    >>> refusal("192.168.0.1"), refusal("64:ff9b::7f00:1"), refusal("93.184.216.34")
    ('a private address', 'a NAT64 address', '')
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "no address"
    for network, what in _SPECIAL:
        if ip in network:
            return what
    return "" if ip.version == 4 or ip in _UNICAST else "a reserved address"


# -- what a URL says -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a URL leads: `host` is a name as DNS knows it, or an address in its usual form without brackets.

    `target` is the path with its query, `login` the userinfo as it stands.
    """

    scheme: str
    host: str
    port: int
    target: str
    login: str = ""

    @property
    def authority(self) -> str:
        """The host as a URL and the `Host` header name it, with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The address without userinfo and fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"


def place(url: str) -> Place:
    """Where an http or https URL leads. Raises SourceError for any other, and for one that can be read in two ways.

    >>> place("http://user:pw@EXAMPLE.org:8080/ä?q#top")
    Place(scheme='http', host='example.org', port=8080, target='/%C3%A4?q', login='user:pw')
    """
    url = url.strip(" ")
    parts = re.fullmatch(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", url, re.I)
    if not parts or len(url) > _URL_CHARACTERS or re.search(r"[\x00-\x1f\x7f]", url):
        raise SourceError("its address is no http or https URL", next=_ADDRESS)
    # A backslash is a slash to browsers and nothing to others: they would connect to different hosts.
    if re.search(r"[\s\\]", parts[2]):
        raise SourceError("its address has a space or a backslash in its host", next=_ADDRESS)
    login, _, rest = parts[2].rpartition("@")
    found = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?", rest)
    if not found:
        raise SourceError("its address names no host and port", next=_ADDRESS)
    scheme = parts[1].lower()
    port = int(found[2] or _PORTS[scheme])
    if not 0 < port < 65536:
        raise SourceError(f"its address names the port {port}, which there is not", next=_ADDRESS)
    target = quote((parts[3] or "/") + (parts[4] or ""), safe="%/:?[]@!$&'()*+,;=~-._", errors="replace")
    return Place(scheme, host_name(found[1]), port, target, login)


def host_name(host: str) -> str:
    """A host as it stands in a URL -> the name that DNS is asked for, or the address that it spells.

    Percent-encoding, full-width and circled characters, upper case and a trailing dot do not count; `127.1`,
    `0x7f.1`, `017700000001` and `2130706433` are all `127.0.0.1`, as `inet_aton` and the WHATWG URL standard have it.
    """
    error = SourceError("its address names no host", next=_ADDRESS)
    if host.startswith("["):
        try:
            address = ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise error from None
        if address.scope_id:
            raise SourceError("its address names a network interface", next=_ADDRESS)
        return str(address)
    try:
        # Long before the codec below would take its time over it.
        text = unicodedata.normalize("NFKC", unquote(host, errors="strict")) if len(host) < _URL_CHARACTERS else ""
        name = text[: 4 * _HOST_CHARACTERS].encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise error from None
    if len(name) > _HOST_CHARACTERS or not re.fullmatch(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", name):
        raise error
    if not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", name.rsplit(".", 1)[-1]):
        return name
    if (number := _ipv4(name.split("."))) is None:
        raise error
    return str(ipaddress.IPv4Address(number))


def _ipv4(parts: Sequence[str]) -> int | None:
    """The number of an address written in one to four parts, each decimal, octal (`0…`) or hexadecimal (`0x…`)."""
    numbers = []
    for part in parts:
        digits, base = (part[2:] or "0", 16) if part.startswith("0x") else (part, 8 if part.startswith("0") else 10)
        try:
            numbers.append(int(digits, base))
        except ValueError:
            return None
    *first, last = numbers
    if len(numbers) > 4 or any(number > 255 for number in first) or last >= 256 ** (5 - len(numbers)):
        return None
    return last + sum(number << 8 * (3 - place) for place, number in enumerate(first))


def is_address(host: str) -> bool:
    """Whether a host of a `Place` is an address and not a name."""
    return ":" in host or host.rsplit(".", 1)[-1].isdigit()


def check_spelling(host: str) -> None:
    """Raise SourceError where the host of a `Place` may not be connected to, as far as one sees without DNS."""
    if host == "localhost" or host.endswith(".localhost"):
        raise _refused(f"{host} is this machine itself")
    if is_address(host) and (why := refusal(host)):
        raise _refused(f"{host} is {why}")


def _refused(what: str) -> SourceError:
    return SourceError(what, next=IF_MEANT)


# -- the network -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """What stands between us and the network: DNS, and TCP to an address."""

    resolve: Callable[[str, int], Sequence[str]]
    """Host, port -> IP addresses. Raises `socket.gaierror`."""
    connect: Callable[[str, int, float], socket.socket]
    """IP address, port, seconds -> a socket that is connected, or about to be. Raises OSError."""


def _resolve(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    """Begins to connect and does not wait: `connect` does, which knows when to give up."""
    found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    family, kind, protocol, _, end = found[0]
    connection = socket.socket(family, kind, protocol)
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(BlockingIOError):
            connection.connect(end)
    except BaseException:
        connection.close()
        raise
    return connection


REAL = Network(_resolve, _connect)


def connect(network: Network, host: str, port: int, *, private: bool, seconds: Callable[[], float]) -> socket.socket:
    """A TCP connection to the host of a `Place`, at one of the addresses that were checked: they are asked for once.

    `seconds` says what time is left, or raises. All attempts together take `CONNECT_SECONDS` at most.
    Raises SourceError, where no address is public and `private` is not said as well.
    """
    if not private:
        check_spelling(host)
    found = [host] if is_address(host) else _look_up(network, host, port, seconds)
    fine = found if private else [address for address in found if not refusal(address)]
    if not fine:
        raise _refused(f"{host}: {found[0]} is {refusal(found[0])}")
    error = SourceError(f"cannot be reached: {host} does not take the connection within {CONNECT_SECONDS:.0f} s")
    left = CONNECT_SECONDS
    for number, address in enumerate(fine):
        # A share each, so that one silent address leaves time for the others.
        share = min(left / (len(fine) - number), seconds())
        try:
            return _connected(network.connect(address, port, share), share, seconds)
        except TimeoutError:
            left -= share
        except OSError as reason:
            error = SourceError(f"cannot be reached: {plain(reason)}", next=_ADDRESS)
    seconds()
    raise error


def _connected(connection: socket.socket, share: float, seconds: Callable[[], float]) -> socket.socket:
    """The socket, connected. Raises TimeoutError after its share of seconds, OSError, or what `seconds` raises."""
    try:
        watch = select.poll()
        watch.register(connection, select.POLLOUT)
        until = monotonic() + share
        while not watch.poll(1000 * max(min(_STEP_SECONDS, until - monotonic(), seconds()), 0)):
            if monotonic() >= until:
                raise TimeoutError
        if error := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))
        connection.setblocking(True)
    except BaseException:
        connection.close()
        raise
    return connection


def _look_up(network: Network, host: str, port: int, seconds: Callable[[], float]) -> list[str]:
    """The addresses of a name, each once, in DNS's order. Python cannot end a look-up, so a thread is left with it."""
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(network.resolve(host, port))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True, name=f"look-up of {host}").start()
    # Short steps, since `seconds` also tells when all is to end.
    answer: Sequence[str] | Exception | None = None
    waited = 0.0
    while answer is None:
        step = min(seconds(), _STEP_SECONDS)
        try:
            answer = answers.get(timeout=step)
        except queue.Empty:
            waited += step
            if waited >= CONNECT_SECONDS:
                what = f"{host}: DNS does not answer within {CONNECT_SECONDS:.0f} s"
                raise SourceError(what, next=_NETWORK) from None
    if isinstance(answer, OSError) and not (isinstance(answer, socket.gaierror) and answer.errno in _UNKNOWN):
        raise SourceError(f"{host}: DNS does not answer: {plain(answer)}", next=_NETWORK)
    if isinstance(answer, Exception) or not answer:
        raise SourceError(f"no such host: {host}", next=_ADDRESS)
    return list(dict.fromkeys(answer))


def plain(error: OSError) -> str:
    """What the system says of a failure, without numbers and names of functions."""
    return (error.strerror or str(error) or type(error).__name__).lower()

"""Answers over HTTP: guarded at every connection, bounded in time and size, polite to every host.

Never connects to what `guard` refuses, never takes more than it may, never shows a secret.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from time import monotonic
from types import MappingProxyType
from urllib.parse import quote, unquote, urljoin

from urllib3.connection import ProxyConfig

from builder import __version__, connections, guard
from builder.connections import Budget, Plain, Secure, SecureSocket
from builder.errors import SourceError
from builder.guard import CONNECT_SECONDS as CONNECT_SECONDS, Network, Place
from builder.secrets import Secrets

BODY_BYTES = 15 * 1024 * 1024
TOTAL_SECONDS, HOST_GAP_SECONDS = 30.0, 1.0
REDIRECTS, AT_ONCE, PER_HOST = 5, 16, 2
FEEDS = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, application/json;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_MOVED = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Answer:
    """What a server said. `url` is the address that answered in the end, `headers` have lower-case names.

    `moved` is that address where every redirect on the way to it was permanent (301 or 308), else `""`.
    `body` is unpacked, and empty but for a status of 200. Secrets stand as `${NAME}` in all of it.
    `conditional` is whether this very answer was asked for with conditional headers: no other can mean its 304.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    moved: str = ""
    conditional: bool = False


@dataclass(frozen=True)
class _Question:
    """What `Client.get` was asked for, apart from the address."""

    headers: Mapping[str, str]
    validates: str
    private: bool
    allows: Callable[[str, bool], bool] | None
    accept: str


class Client:
    """Asks for one address at a time in each of many threads. `home` is our site, named in the User-Agent.

    `proxy` is the URL of an HTTP proxy, or `"environment"` for those that `http_proxy`, `https_proxy` and `no_proxy`
    of `environment` name. A proxy looks names up itself, so addresses behind names are then its business.
    """

    def __init__(
        self,
        home: str,
        *,
        network: Network = guard.REAL,
        proxy: str = "",
        environment: Mapping[str, str] = os.environ,
        total_seconds: float = TOTAL_SECONDS,
        host_gap: float = HOST_GAP_SECONDS,
    ) -> None:
        self.agent = f"Broadsheet/{__version__} (+{quote(home, safe='/:?[]@!$&*+,;=~-._%')})"
        self.network, self.proxy, self.environment = network, proxy, environment
        self.total_seconds, self.host_gap = total_seconds, host_gap
        self._lock = threading.Lock()
        self._turns: dict[str, _Turn] = {}
        self._budgets: set[Budget] = set()
        self._stopped = threading.Event()
        self._tls: ssl.SSLContext | None = None

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        validates: str = "",
        private: bool = False,
        allows: Callable[[str, bool], bool] | None = None,
        accept: str = FEEDS,
        limit: int = BODY_BYTES,
        expand: bool = True,
    ) -> Answer:
        """What the server at `url` answers, with a body of at most `limit` bytes.

        `${NAME}` in `url` is a secret of the environment; say `expand=False` for addresses that others wrote.
        `headers` are conditional ones; they go to the address `validates` alone, which is the `Answer.url` that gave
        them, wherever among the redirects it comes; without it, to the origin of `url`. `private` lifts the guard for
        the host of `url`, and for no other that it redirects to. `allows` is asked before every address, redirects
        included, with it and with whether the guard is lifted there. Raises SourceError where it says no, and for all
        that goes wrong below HTTP; whatever status comes back is an answer.
        """
        secrets = Secrets(url, self.environment if expand else None)
        budget = Budget(self.total_seconds, limit)
        with self._lock:
            self._budgets.add(budget)
        try:
            return self._follow(secrets, _Question(headers, validates, private, allows, accept), budget)
        except SourceError as error:
            raise SourceError(secrets.hide(error.what), next=secrets.hide(error.next)) from None
        finally:
            with self._lock:
                self._budgets.discard(budget)

    def server(self, url: str) -> tuple[str, int]:
        """The host and port of an address. Secrets are expanded in those, and nowhere else in it.

        Raises SourceError where it is none.
        """
        base = re.match(r"[^/?#]*//[^/?#]*", url)
        place = guard.place(Secrets(base[0] if base else url, self.environment).url)
        return place.host, place.port

    def stop(self) -> None:
        """End every request at once, under way or to come; each raises SourceError."""
        self._stopped.set()
        with self._lock:
            budgets = list(self._budgets)
        for budget in budgets:
            budget.stop()

    def _follow(self, secrets: Secrets, question: _Question, budget: Budget) -> Answer:
        first = here = guard.place(secrets.url)
        fixed = {"User-Agent": self.agent, "Accept": question.accept}
        fixed |= {"Accept-Encoding": "gzip, deflate", "Connection": "close"}
        conditions = {name: value for name, value in question.headers.items() if _may_be_sent(value)}
        login = {"Authorization": _basic(first.login)} if first.login else {}
        redirects: list[int] = []
        trail = ""
        while True:
            is_first, address = here.origin == first.origin, secrets.hide(here.url)
            own = conditions if (address == question.validates if question.validates else is_first) else {}
            headers = {"Host": here.authority, **fixed, **own, **(login if is_first else {})}
            # Whoever is asked for at home does not get to say who else is.
            private = question.private and here.host == first.host
            try:
                self._check(here, question, private)
                with self._turn(here.host), budget.spent():
                    status, said, body = self._ask(here, headers, private, budget)
            except SourceError as error:
                strayed = private != question.private and error.next == guard.IF_MEANT
                next = "follow that address itself if you mean it" if strayed else error.next
                raise SourceError(trail + error.what, next=next) from None
            if status not in _MOVED:
                break
            redirects.append(status)
            if len(redirects) > REDIRECTS:
                raise SourceError(f"too many redirects: more than {REDIRECTS}", next=connections.IN_A_BROWSER)
            here = _next(here, status, said)
            trail = f"redirects to {here.url[:200]}: "
        shown = {name: secrets.hide(value) for name, value in said.items()}
        moved = address if redirects and set(redirects) <= {301, 308} else ""
        return Answer(status, address, shown, secrets.hide_in(body), moved, bool(own))

    def _check(self, place: Place, question: _Question, private: bool) -> None:
        """Raise SourceError where `allows` says no. Takes no turn, since robots.txt is of the same host."""
        if question.allows and not question.allows(place.url, private):
            if self._stopped.is_set():
                raise SourceError("interrupted")
            raise SourceError("may not be read by programs (robots.txt)")

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        """Wait until one more request may go to a host."""
        with self._lock:
            turn = self._turns.setdefault(host, _Turn())
        with turn.free:
            with turn.lock:
                start = max(monotonic(), turn.next)
                turn.next = start + self.host_gap
            if self._stopped.wait(max(start - monotonic(), 0)):
                raise SourceError("interrupted")
            yield

    def _ask(
        self, place: Place, headers: Mapping[str, str], private: bool, budget: Budget
    ) -> tuple[int, dict[str, str], bytes]:
        """One request, no redirect followed: status, headers, and the body where the status is 200."""
        connection, target, headers = self._connection(place, headers, private, budget)
        try:
            connection.request("GET", target, headers=headers, preload_content=False, decode_content=False)
            with connection.getresponse() as response:
                said = {name.lower(): value for name, value in response.headers.itermerged()}
                body = b"".join(connections.body(response, said, budget)) if response.status == 200 else b""
            # A connection that `stop` has shut looks like one that has come to its end.
            budget.left()
            return response.status, said, body
        except connections.FAILURES as error:
            budget.left()
            raise SourceError(connections.reason(error), next=connections.IN_A_BROWSER) from None
        finally:
            connection.close()

    def _connection(
        self, place: Place, headers: Mapping[str, str], private: bool, budget: Budget
    ) -> tuple[Plain | Secure, str, Mapping[str, str]]:
        """A connection for a place that is not made yet, what to ask it for, and with which headers."""
        if not private:
            guard.check_spelling(place.host)
        proxy = self._proxy_for(place)
        end = proxy or place
        secure = self._context() if "https" in (end.scheme, place.scheme) else None

        def dial() -> socket.socket:
            try:
                private_end = private or proxy is not None
                return guard.connect(self.network, end.host, end.port, private=private_end, seconds=budget.left)
            except SourceError as error:
                raise SourceError(("the proxy: " if proxy else "") + error.what, next=error.next) from None

        connection: Plain | Secure
        if secure:
            config = ProxyConfig(secure, False, None, None)
            connection = Secure(end.host, end.port, timeout=budget.left(), ssl_context=secure, proxy_config=config)
        else:
            connection = Plain(end.host, end.port, timeout=budget.left())
        connection.dial, connection.budget = dial, budget
        if not proxy:
            return connection, place.target, headers
        login = {"Proxy-Authorization": _basic(proxy.login)} if proxy.login else {}
        if place.scheme == "http":
            return connection, place.url, {**headers, **login}
        connection.set_tunnel(place.host, place.port, login, proxy.scheme)
        return connection, place.target, headers

    def _proxy_for(self, place: Place) -> Place | None:
        if self.proxy != "environment":
            return guard.place(Secrets(self.proxy, self.environment).url) if self.proxy else None
        # Not HTTP_PROXY: a web server sets it for what it starts, to whatever a visitor's `Proxy` header says.
        names = ["http_proxy"] if place.scheme == "http" else ["https_proxy", "HTTPS_PROXY"]
        proxy = next((self.environment[name] for name in names if self.environment.get(name)), "")
        if not proxy or _is_exempt(place, self.environment.get("no_proxy") or self.environment.get("NO_PROXY") or ""):
            return None
        return guard.place(proxy if "://" in proxy else f"http://{proxy}")

    def _context(self) -> ssl.SSLContext:
        """What all TLS connections share: certificates are verified, always."""
        with self._lock:
            if self._tls is None:
                self._tls = ssl.create_default_context()
                self._tls.sslsocket_class = SecureSocket
            return self._tls


@dataclass
class _Turn:
    """Who may ask one host, and when the next may."""

    free: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(PER_HOST))
    lock: threading.Lock = field(default_factory=threading.Lock)
    next: float = 0.0


def _next(here: Place, status: int, headers: Mapping[str, str]) -> Place:
    """Where a redirect leads. Raises SourceError where that is nowhere, or less safe than here."""
    location = headers.get("location", "")
    # http.client reads bytes as Latin-1; servers that do not escape an address write UTF-8.
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    location = location.strip(" ")
    if not location:
        raise SourceError(f"redirects without saying where to (HTTP {status})")
    try:
        # Here, since urljoin drops tabs and line breaks, and so makes another host of what holds them.
        if re.search(r"[\x00-\x1f\x7f]", location):
            raise ValueError
        there = guard.place(urljoin(here.url, location))
    except SourceError as error:
        raise SourceError(f"redirects (HTTP {status}), but {error.what}") from None
    except ValueError:
        raise SourceError(f"redirects (HTTP {status}), but not to a URL") from None
    if here.scheme == "https" and there.scheme == "http":
        raise SourceError(f"redirects from https to http: {there.url[:200]}", next=connections.IN_A_BROWSER)
    # Whoever redirects does not get to say who we are.
    return replace(there, login="")


def _is_exempt(place: Place, names: str) -> bool:
    """Whether `no_proxy` names a host: itself or a domain above it, with or without a port, or `*` for all."""
    for name in (one.strip().lower().removeprefix("*.").lstrip(".") for one in names.split(",")):
        host, _, port = name.partition(":") if name.count(":") == 1 else (name.strip("[]"), "", "")
        if name == "*" or (host and f".{place.host}".endswith(f".{host}") and port in ("", str(place.port))):
            return True
    return False


def _basic(login: str) -> str:
    """RFC 7617: the userinfo of a URL as a header."""
    user, _, password = login.partition(":")
    return "Basic " + b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode("ascii")


def _may_be_sent(value: str) -> bool:
    """Whether a header's value, mostly one that a server once sent, is one line of a sane length."""
    return len(value) <= 8000 and not re.search(r"[^\t\x20-\x7e\x80-\xff]", value)

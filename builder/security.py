"""Who may ask the preview, and for what: the names it answers to, where requests come from, routes that can be meant.

Never trusts a header to be there once, or at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from ipaddress import ip_address
from secrets import compare_digest
from urllib.parse import unquote

Header = Callable[[str], str | None]

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::[0-9]{1,5})?", re.I)
# What is decoded must not make another path: no slash of either kind, no NUL, and no percent sign that stands alone.
_TRICK = re.compile(r"%(?![0-9A-Fa-f]{2})|%(?:00|2[fF]|5[cC])|[^\x21-\x7e]|[\\#]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")


def route_of(target: str) -> str | None:
    """The route that a request's target asks for, decoded once; `None` if nothing can stand there, or it is hidden.

    A query changes nothing.

    >>> route_of("/tags/c%2B%2B/?page=2"), route_of("/%2e%2e/secret"), route_of("/a%2fb"), route_of("/.git/config")
    ('/tags/c++/', None, None, None)
    """
    path = target.partition("?")[0]
    if not path.startswith("/") or _TRICK.search(path):
        return None
    try:
        route = unquote(path, errors="strict")
    except UnicodeDecodeError:
        return None
    *folders, name = route[1:].split("/")
    if _CONTROL.search(route) or "" in folders:
        return None
    hidden = any(part.startswith(".") and part != ".well-known" for part in (*folders, name))
    return None if hidden else route


def names_of(*hosts: str) -> set[str]:
    """Addresses and names of this machine as a `Host` header has them."""
    # Where IPv6 listens for both, an IPv4 address has another form.
    plain = (host.removeprefix("::ffff:").lower() for host in hosts)
    return {f"[{host}]" if ":" in host else host for host in plain}


def is_own(host: str, names: Collection[str]) -> bool:
    """Whether a `Host` header names this machine, on any port: as one of `names`, or as it is called everywhere.

    Another name would be one that somebody else's DNS points here, so that his page may read ours (DNS rebinding).

    >>> [is_own(host, ()) for host in ("localhost:8000", "my.localhost", "127.0.0.1", "[::1]:80", "news.example")]
    [True, True, True, True, False]
    """
    match = _HOST.fullmatch(host)
    name = match["name"].lower() if match else ""
    if name in names or name == "localhost" or name.endswith(".localhost"):
        return bool(name)
    try:
        address = ip_address(name.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback and name.startswith("[") == (address.version == 6)


def is_from_here(header: Header) -> bool:
    """Whether a request comes from a page of ours, or from whoever types an address or follows a link to us.

    No other site's page may load ours into itself, not even one of another port of this machine.
    """
    if (origin := header("Origin")) is not None and origin != f"http://{header('Host')}":
        return False
    if (header("Sec-Fetch-Site") or "none") in ("same-origin", "none"):
        return True
    return header("Sec-Fetch-Mode") == "navigate" and header("Sec-Fetch-Dest") == "document"


def is_page_of(token: str, header: Header) -> bool:
    """Whether a request comes from a page that this process served: only those can tell its token."""
    return compare_digest((header("Broadsheet-Token") or "").encode(), token.encode()) and is_from_here(header)

"""Addresses: what may be shown, slugs, routes, and links under a base path.

Never resolves a name. When two addresses name one article, `builder.canonical` tells.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from builder.errors import BroadsheetError, RouteError

SLUG_BYTES = 80
_SCHEMES = ("http", "https", "mailto")
# What an address may hold unescaped; parentheses and quotes are escaped because Markdown reads them.
SAFE = "/:?#[]@!$&*+,;=%~-._"
# What most addresses look like: nothing in them plays a trick, or needs to be encoded.
_PLAIN = re.compile(r"https?://[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*+(?:[/?][a-zA-Z0-9/:?@!$&*+,;=%~._-]*)?")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_FORGIVEN = re.compile(rf"{_LONE_PERCENT.pattern}|[\[\]#]")
_HOST = re.compile(r"[a-zA-Z]+://[^/?#]*")
# What is right to the letter, as most addresses are: a host that is no number, and no percent sign that stands alone.
_FINE = re.compile(
    r"https?://(?=[^/?#]{4,200}(?:[/?#]|$))(?:(?!xn--)[a-zA-Z0-9-]{1,63}\.)+(?!xn--)[a-zA-Z][a-zA-Z0-9-]{1,60}"
    r"(?:/(?:[a-zA-Z0-9/:@!$&*+,;=~._-]|%[0-9A-Fa-f]{2})*+)?(?:\?(?:[a-zA-Z0-9/?:@!$&*+,;=~._-]|%[0-9A-Fa-f]{2})*+)?"
)
_PORT = re.compile(r"(\[[^]]*\]|[^:]*)(?::(.*))?", re.S)
_NO_HOST = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_PLAIN_ROUTE = re.compile(r"/(?:[a-zA-Z0-9:?#@!$&*+,;=%~._-][a-zA-Z0-9/:?#@!$&*+,;=%~._-]*)?")


_PUBLIC_HOST = re.compile(r"(?!.*\.(?:local|localhost|internal|lan|home|corp|arpa|test|onion)$)(?:[^.]+\.)+[^.\d][^.]*")


def is_public_link(url: str) -> bool:
    """Whether a link may be shown: `http`, `https` or `mailto`, whatever tricks its spelling plays."""
    if _PLAIN.fullmatch(url):
        return True
    bare = re.sub(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]", "", url)
    try:
        parts = urlsplit(bare)
    except ValueError:
        return False
    if parts.scheme.lower() == "mailto":
        return "@" in parts.path
    return parts.scheme.lower() in _SCHEMES and bool(parts.hostname)


def is_public_image(url: str) -> bool:
    """Whether a picture may be linked to: `https`, and a host by its name, none of a reader's own network.

    The name counts as a browser reads it: `%31` is `1` there, a full stop is a point in any script, and what it
    passes over without a word (a soft hyphen) hides no ending.
    """
    try:
        parts = urlsplit(strict(url))
        name = unicodedata.normalize("NFKC", unquote(parts.hostname or "", errors="strict"))
    except ValueError:
        return False
    name = name.replace("\u3002", ".").casefold().removesuffix(".")
    last = name.rpartition(".")[2]
    is_one_script = last.isascii() or not any(letter.isascii() for letter in last)
    return url[:8].lower() == "https://" and is_one_script and bool(_PUBLIC_HOST.fullmatch(name))


def absolute(url: str, base: str = "") -> str:
    """`url` against `base`, percent-encoded where Markdown or HTML would stumble; `""` where it may not be shown.

    >>> absolute("../a (1).html", "https://example.org/b/c/")
    'https://example.org/b/a%20%281%29.html'
    >>> absolute("java\\nscript:alert(1)")
    ''
    """
    if not base and _PLAIN.fullmatch(url):
        return url
    url = re.sub(r"[\t\r\n]", "", url).strip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x1f \u00a0")
    if not url:
        return ""
    try:
        joined = urljoin(base, url) if base else url
    except ValueError:
        return ""
    if joined.startswith("//"):
        joined = "https:" + joined
    if not is_public_link(joined):
        return ""
    return quote(joined.encode("utf-8", "replace").decode(), safe=SAFE)


def bare(url: str) -> str:
    """The URL without userinfo, for all that is shown or written.

    >>> bare("https://user:word@example.org/feed?a=@b")
    'https://example.org/feed?a=@b'
    """
    return re.sub(r"^(\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//)[^/?#]*@", r"\1", url)


def host(url: str) -> str:
    """The host of a URL in lower case without `www.`, or `""`."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return name.lower().removeprefix("www.")


def slug(text: str, limit: int = SLUG_BYTES) -> str:
    """A name for files and routes: `^[a-z0-9][a-z0-9-]*$`, at most `limit` bytes, cut at a word; or `""`.

    What distinguishes is kept: `C++` is `c-plus-plus`, `C#` is `c-sharp`. Other scripts are transliterated.
    """
    from anyascii import anyascii

    text = unicodedata.normalize("NFKC", text).replace("+", " plus ").replace("#", " sharp ").replace("&", " and ")
    text = re.sub(r"(?<=\w)['\u2019\u02bc](?=\w)", "", text)
    words = re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")
    if len(words) <= limit:
        return words
    cut = words[: limit + 1].rsplit("-", 1)[0] if "-" in words[: limit + 1] else words[:limit]
    return cut[:limit].strip("-")


def item_slug(title: str, id: str) -> str:
    """The last segment of an item's route. Numbers alone are left to days and hours.

    >>> item_slug("2026", "9f8e7d6c")
    'item-2026'
    """
    name = slug(title)
    if not name:
        return f"item-{id[:8]}"
    return f"item-{name}" if re.fullmatch(r"w?\d+|all-day", name) else name


@lru_cache(16384)
def term_slug(name: str) -> str:
    """The slug that groups a term's spellings: case and accents do not count, script does.

    Transliteration maps many words of other scripts to one, so those carry a short hash as well.

    >>> term_slug("Zürich") == term_slug("zurich"), term_slug("C++") == term_slug("C#")
    (True, False)
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold()).strip()
    base = slug(folded, 60)
    long = len(slug(folded, 10_000)) > 60
    foreign = any(c.isalpha() and not unicodedata.name(c, "").startswith("LATIN") for c in folded)
    if base and not foreign and not long:
        return base
    tail = hashlib.blake2b(folded.encode("utf-8", "replace"), digest_size=3).hexdigest()
    return f"{base}-{tail}" if base else tail


def month_of(path: str) -> str:
    """The month of an item's path, `2026/01/12/slug` -> `2026-01`; `other` for one outside the folders of days."""
    parts = path.split("/")
    return "-".join(parts[:2]) if len(parts) == 4 else "other"


def file_of(route: str) -> str:
    """The output file of a route, relative to `site/`: `/tags/` is `tags/index.html`."""
    if ".." in route and ".." in route.split("/"):
        raise RouteError([BroadsheetError(f"the route {route!r} leads out of the site")])
    return route.lstrip("/") + ("index.html" if route.endswith("/") else "")


@lru_cache(16)
def base_path(base_url: str) -> str:
    """The path that the site lives under, with a slash at both ends: `/` or `/digest/`."""
    path = urlsplit(base_url).path.strip("/")
    return f"/{path}/" if path else "/"


def under(base_url: str, route: str) -> str:
    """A route as a link from any page of the site; other addresses pass if they may be shown."""
    if _PLAIN_ROUTE.fullmatch(route):
        return base_path(base_url) + route[1:]
    if not route.startswith("/") or route.startswith("//"):
        return strict(absolute(route)) or "#"
    return base_path(base_url) + quote(route[1:], safe=SAFE, errors="replace")


def strict(url: str) -> str:
    """An absolute URL as the URL standard writes it, or `""`: what browsers forgive is an error to who checks pages.

    A percent sign stands before two digits, brackets in a host alone, there is one fragment, and no user's name.

    >>> strict("https://me:word@gazette.example/a|b[1]?100%")
    'https://gazette.example/a%7Cb%5B1%5D?100%25'
    >>> strict("https://gazette..example/")
    ''
    """
    if _FINE.fullmatch(url):
        return url
    url = absolute(bare(url))
    host = _HOST.match(url)
    if host and not _is_host(host[0].partition("://")[2]):
        return ""
    start = host.end() if host else 0
    path, hash, fragment = url[start:].partition("#")
    path, fragment = (_FORGIVEN.sub(lambda odd: quote(odd[0], safe=""), part) for part in (path, fragment))
    return url[:start] + path + hash + fragment


def may_be_shown(url: str) -> bool:
    """Whether a page may link to an address: one that `strict` leaves something of."""
    return _FINE.fullmatch(url) is not None or bool(strict(absolute(url)))


def _is_host(text: str) -> bool:
    """Whether this can be a host with its port (URL standard §3.5)."""
    name, port = _PORT.fullmatch(text).groups()  # type: ignore[union-attr]
    # Of thousands of digits Python makes no number.
    digits = (port or "").lstrip("0")
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) < 6 and int(digits) < 65536):
        return False
    try:
        if name.startswith("["):
            return bool(IPv6Address(name[1:-1]))
        name = unicodedata.normalize("NFKC", unquote(name, errors="strict")).removesuffix(".")
        labels = re.split("[.\u3002]", name)
        if re.fullmatch(r"\d+|0[xX][0-9a-fA-F]*", labels[-1], re.A):
            return bool(IPv4Address(name))
        return len(name) < 254 and all(map(_is_label, labels))
    except ValueError:
        return False


def _is_label(label: str) -> bool:
    if label.isascii():
        if label[:4].lower() == "xn--":
            told = label[4:].encode().decode("punycode")
            return not told.isascii() and told.encode("punycode").decode() == label[4:].lower() and _is_label(told)
        return 0 < len(label) < 64 and not _NO_HOST.search(label)
    kinds = [unicodedata.category(letter) for letter in label]
    odd = kinds[0][0] == "M" or not {"Cc", "Cn", "Co", "Cs", "Zs"}.isdisjoint(kinds)
    return not odd and not _NO_HOST.search(label) and len(label.encode("punycode")) < 60


def full(base_url: str, route: str) -> str:
    """A route as an absolute URL, for feeds and sitemaps."""
    return _origin(base_url) + under(base_url, route)


@lru_cache(16)
def _origin(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def for_source(stated: str, base: str = "", *, secrets: bool = False) -> str:
    """The address of a feed as `content/site.toml` and OPML hold it; `""` where it is no http or https URL.

    `feed:` is http. What a URL cannot hold is percent-encoded, and braces above all: a stranger's address names
    no secret of ours. Those of `${NAME}` stay where `secrets` says so. All else is kept as it is stated.

    >>> for_source("feed://gazette.example/a b?${KEY}")
    'http://gazette.example/a%20b?$%7BKEY%7D'
    """
    stated = re.sub(r"[\x00-\x1f\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]", "", stated).strip()
    if stated[:5].lower() == "feed:":
        stated = stated[5:] if re.match(r"https?:", stated[5:], re.I) else "http://" + stated[5:].lstrip("/")
    try:
        parts = urlsplit(urljoin(base, stated) if base else stated)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return ""
    if not fine:
        return ""
    address = urlunsplit(parts._replace(fragment=""))
    kept = r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})|" if secrets else "()"
    odd = re.compile(kept + r'[ "<>\\^`{|}\ud800-\udfff]')
    return odd.sub(lambda match: match[1] or quote(match[0], errors="replace"), address)

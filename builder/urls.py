"""Addresses: keys that tell when two URLs name one article, slugs, routes, and links under a base path.

Never resolves a name and never changes a URL that is shown: a key is only a key.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from builder.errors import BroadsheetError, RouteError

SLUG_BYTES = 80
_TRACKING = re.compile(
    r"(utm_\w+|at_\w+|mc_[ce]id|pk_\w+|mtm_\w+|hsa_\w+|oly_\w+|_hs\w+|vero_\w+|__twitter_impression"
    r"|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|twclid|ttclid|li_fat_id|wickedid|s_cid|cmpid|cmp|icid"
    r"|ocid|smid|smtyp|guccounter|guce_referrer\w*|ref_src|ref_url|maca|xtor|ncid|sr_share|oc|outputtype|amp)",
    re.I,
)
_SCHEMES = ("http", "https", "mailto")
_PORTS = {"http": 80, "https": 443}
# What an address may hold unescaped; parentheses and quotes are escaped because Markdown reads them.
_SAFE = "/:?#[]@!$&*+,;=%~-._"


def is_public_link(url: str) -> bool:
    """Whether a link may be shown: `http`, `https` or `mailto`, whatever tricks its spelling plays."""
    bare = re.sub(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]", "", url)
    try:
        parts = urlsplit(bare)
    except ValueError:
        return False
    if parts.scheme.lower() == "mailto":
        return "@" in parts.path
    return parts.scheme.lower() in _SCHEMES and bool(parts.hostname)


def absolute(url: str, base: str = "") -> str:
    """`url` against `base`, percent-encoded where Markdown or HTML would stumble; `""` where it may not be shown.

    >>> absolute("../a (1).html", "https://example.org/b/c/")
    'https://example.org/b/a%20%281%29.html'
    >>> absolute("java\\nscript:alert(1)")
    ''
    """
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
    return quote(joined.encode("utf-8", "replace").decode(), safe=_SAFE)


def host(url: str) -> str:
    """The host of a URL in lower case without `www.`, or `""`."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return name.lower().removeprefix("www.")


def key(url: str) -> str:
    """A string equal for all the addresses of one article: `example.org/a?id=5`.

    Scheme, `www.`/`m.`/`amp.`, default port, dot segments, AMP forms, tracking parameters, fragment
    and a trailing slash do not count; what is left of the query is sorted.

    >>> key("http://www.example.org:80/x/../a/amp/?utm_source=b&id=5#top")
    'example.org/a?id=5'
    """
    try:
        parts = urlsplit(url.strip())
        name, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return url.strip()
    if not name:
        return url.strip()
    for prefix in ("www.", "m.", "mobile.", "amp."):
        if name.startswith(prefix) and name.count(".") > 1:
            name = name.removeprefix(prefix)
    place = name if port in (None, _PORTS.get(parts.scheme.lower())) else f"{name}:{port}"
    # Slashes first: `//a` against a base would be read as a host.
    path = urlsplit(urljoin(f"http://{name}/", re.sub("//+", "/", parts.path) or "/")).path
    path = re.sub(r"(/amp|\.amp)?(/(index\.html?)?)?$", "", path)
    query = sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k))
    return place + path + ("?" + urlencode(query) if query else "")


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
    if ".." in route.split("/"):
        raise RouteError([BroadsheetError(f"the route {route!r} leads out of the site")])
    return route.lstrip("/") + ("index.html" if route.endswith("/") else "")


def base_path(base_url: str) -> str:
    """The path that the site lives under, with a slash at both ends: `/` or `/digest/`."""
    path = urlsplit(base_url).path.strip("/")
    return f"/{path}/" if path else "/"


def under(base_url: str, route: str) -> str:
    """A route as a link from any page of the site; other addresses pass if they may be shown."""
    if not route.startswith("/") or route.startswith("//"):
        return absolute(route) or "#"
    return base_path(base_url) + quote(route[1:], safe=_SAFE, errors="replace")


def full(base_url: str, route: str) -> str:
    """A route as an absolute URL, for feeds and sitemaps."""
    parts = urlsplit(base_url)
    return urlunsplit((parts.scheme, parts.netloc, under(base_url, route), "", ""))

"""When two addresses name one article: keys, the addresses that others lead to, tracking parameters.

Never resolves a name and never changes a URL that is shown: a key is only a key.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from builder.urls import SAFE, is_public_link

LONGEST = 8192
# Parameters that only say by which way a reader came: those that ClearURLs and AdGuard list, and some of papers' feeds.
_TRACKING = re.compile(
    r"utm(_\w*)?|(ga|at|pk|piwik|mtm|matomo|hsa|oly|vero|otm)_\w+|_ga|_gl|__?hs\w+|hscta\w+"
    r"|[ih]tm_(campaign|medium|source|content|term)|hmb_(campaign|medium|source)|ns_(source|mchannel|campaign|linkname|fee)"
    r"|mc_(cid|eid|tc)|ml_subscriber(_hash)?|mkt_tok|ck_subscriber_id|wt_z?mc(_\w+)?|wtrid|guce_referrer\w*|guccounter|soc_(src|trk)"
    r"|fbclid|fb_(source|ref|action_ids|action_types)|gclid|gclsrc|dclid|gbraid|wbraid|srsltid|msclkid|yclid|ysclid|_openstat|twclid"
    r"|ttclid|igshid|igsh|ig_rid|li_fat_id|epik|rdt_cid|sccid|wickedid|rb_clickid|s_cid|s_kwcid|ef_id|cmpid|cmp|icid|ncid|ocid|intcid"
    r"|intcmp|smid|smtyp|mbid|ftag|maca|xtor|sr_share|spm|xing_share|wpisrc|wpmm|wprss|feedname|feedtype|__source|__s|echobox"
    r"|ref_src|ref_url|refsrc|__twitter_impression|tracking_source|os_ehash",
    re.I,
)
# What says so on one site, and could be anything on another.
_TRACKING_OF = {
    "youtube.com": {"si", "feature", "pp", "ab_channel", "kw"}, "youtu.be": {"si", "feature"},
    "twitter.com": {"s", "t", "cxt"}, "x.com": {"s", "t", "cxt"}, "msn.com": {"cvid", "ei", "pc"},
    "spotify.com": {"si"},
    "news.google.com": {"oc", "hl", "gl", "ceid", "ved", "usg", "sa", "fd", "ct2", "ei", "cid", "clid"},
    "nytimes.com": {"partner", "emc", "rref", "te", "nl", "campaign_id", "instance_id", "segment_id", "user_id"},
    "wsj.com": {"mod", "reflink"}, "marketwatch.com": {"mod", "siteid"}, "barrons.com": {"mod"},
}  # fmt: skip
_VALUES = (
    (re.compile(r"ref|source|src|from|via|origin|partner", re.I), re.compile(r"rss|rss2|feed|atom|newsfeed", re.I)),
    (re.compile(r"output|outputtype|mode|view|format|type|platform", re.I), re.compile(r"(valid_)?amp", re.I)),
    (re.compile(r"amp", re.I), re.compile(r"|0|1|true|amp", re.I)),
)
# Addresses that lead to the one they name, in a parameter, or in their path, as caches of AMP pages do.
_REDIRECTS = (
    (re.compile(r"news\.google(\.[a-z]{2,3}){1,2}"), re.compile(r"/news(/\w+)?/url"), ("url",)),
    (re.compile(r"(www\.)?google(\.[a-z]{2,3}){1,2}"), re.compile(r"/url"), ("url", "q")),
    (re.compile(r"(www\.)?bing\.com"), re.compile(r"/news/apiclick\.aspx", re.I), ("url",)),
    (re.compile(r"lm?\.(facebook|instagram)\.com"), re.compile(r"/?|/l\.php"), ("u",)),
)
_CACHES = (
    (re.compile(r"[a-z0-9-]+\.(cdn\.ampproject\.org|bing-amp\.com)"), re.compile(r"/[cvr]/(s/)?([^/]+\.[^/]+.*)")),
    (re.compile(r"(www\.)?google(\.[a-z]{2,3}){1,2}"), re.compile(r"/amp/(s/)?([^/]+\.[^/]+.*)")),
)
_SHARED = re.compile(r"(co|com|org|net|gov|ac|edu)\.[a-z]{2}")


def target(url: str) -> str:
    """The address that a redirecting one names, without asking anybody: of Google News before 2020, Google Alerts,
    Bing News and the caches of AMP pages; any other address comes back as it is.

    >>> target("https://www.google.com/url?rct=j&url=https://a.example/x%3Fid%3D5&ct=ga")
    'https://a.example/x?id=5'
    """
    for _ in range(4):
        inner = _named(url)
        if not inner:
            break
        url = inner
    return url


def _named(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        name = (parts.hostname or "").lower()
    except ValueError:
        return ""
    for host, path, names in _REDIRECTS:
        if host.fullmatch(name) and path.fullmatch(parts.path):
            stated = dict(reversed(parse_qsl(parts.query[:LONGEST])))
            found = (stated[one] for one in names if re.match(r"https?://", stated.get(one, ""), re.I))
            return next((one for one in found if is_public_link(one)), "")
    for host, path in _CACHES:
        if host.fullmatch(name) and (match := path.fullmatch(parts.path)):
            inner = f"http{'s' * bool(match[1])}://{match[2]}" + (f"?{parts.query}" if parts.query else "")
            return inner if is_public_link(inner) else ""
    return ""


def key(url: str) -> str:
    """A string equal for all the addresses of one article: `example.org/a?id=5`.

    Scheme, `www.`/`m.`/`amp.`, default ports, dot segments, AMP forms, tracking parameters, the fragment (but
    for `#!` and `#/`, which are routes), a trailing slash and the spelling of characters do not count; what is
    left of the query is sorted. An address that leads to one it names has that one's key (see `target`).
    A key with `https://` before it has that key. What is no address, or a very long one, is its own key.

    >>> key("http://www.example.org:80/x/../a/amp/?utm_source=b&id=5#top")
    'example.org/a?id=5'
    """
    url = url.strip()
    for _ in range(8):
        found = _key(target(url).strip())
        inner = _named("https://" + found)
        if not inner:
            break
        # Only in its normal form was it seen to be an address that names another.
        url = inner
    return found


def _key(url: str) -> str:
    if len(url) > LONGEST:
        return url
    try:
        parts = urlsplit(url)
        name, port = _host_key(parts.hostname or ""), parts.port
    except ValueError:
        return url
    if not re.fullmatch(r"[^\s/?#@\[\]\\]+", name):
        return url
    place = f"[{name}]" if ":" in name else name
    place += "" if port in (None, 80, 443) else f":{port}"
    found = place + _path_key(parts.path) + _query_key(parts.query, name)
    if re.match(r"[!/].*\w", parts.fragment):
        # A route may end in anything, and is kept as it is spelt.
        found += "#" + quote(parts.fragment.encode("utf-8", "replace"), safe=SAFE)
    return found


def _host_key(name: str) -> str:
    """A host in lower case and in ASCII, without a final dot and without what sites put before their name."""
    name = re.sub("[\u3002\uff0e\uff61]", ".", name)
    name = ".".join(_label(label) for label in name.split(".")).rstrip(".")
    while match := re.match(r"(?:(?:www|m|mobile|amp)\.|([a-z]{2,3}\.)m\.(?=[^.]+\.))(?=.+\.)", name):
        rest = (match[1] or "") + name[match.end() :]
        if _SHARED.fullmatch(rest):
            break
        name = rest
    return name


def _label(label: str) -> str:
    folded = unicodedata.normalize("NFKC", label.encode("utf-8", "replace").decode()).lower()
    return folded if folded.isascii() else "xn--" + folded.encode("punycode").decode("ascii")


def _path_key(path: str) -> str:
    """A path spelt in one way, without dot segments, AMP's marks, an index page and a final slash."""
    kept: list[str] = []
    for segment in _spelt(path).split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in (".", ""):
            kept.append(segment)
    while kept:
        last = re.sub(r"(\.amp)+(?=\.html?$|$)", "", kept[-1], flags=re.I)
        # What would be a dot segment without its mark keeps it, or its key would have another key.
        last = kept[-1] if last in (".", "..") else last
        if last and not re.fullmatch(r"index\.html?", last) and not (last.lower() == "amp" and len(kept) > 1):
            kept[-1] = last
            break
        kept.pop()
    while len(kept) > 2 and kept[0].lower() == "amp":
        kept = kept[1:]
    return "".join(f"/{segment}" for segment in kept)


def _spelt(text: str) -> str:
    """Percent-encoding in its normal form (RFC 3986 §6.2.2): only what would be read otherwise stays encoded."""

    def decoded(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if (char.isalnum() and char.isascii()) or char in "-._~!$&'()*+,;=:@" else match[0].upper()

    text = re.sub("%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(re.sub("%([0-9A-Fa-f]{2})", decoded, text).encode("utf-8", "replace"), safe="/%-._~!$&'()*+,;=:@")


def _query_key(query: str, host: str) -> str:
    """What is left of a query without tracking, sorted; bytes that are no UTF-8, as on old sites, stay apart."""
    pairs = parse_qsl(quote(query.encode("utf-8", "replace"), safe="%+&=;"), keep_blank_values=True, encoding="latin-1")
    here = next((names for site, names in _TRACKING_OF.items() if f".{host}".endswith(f".{site}")), set())
    kept = sorted((name, value) for name, value in pairs if not _is_tracking(name, value, here))
    return "?" + urlencode(kept, encoding="latin-1") if kept else ""


def _is_tracking(name: str, value: str, here: set[str]) -> bool:
    return (
        bool(_TRACKING.fullmatch(name))
        or name.lower() in here
        or any(names.fullmatch(name) and values.fullmatch(value) for names, values in _VALUES)
    )


def untracked(url: str) -> str:
    """A URL without its tracking parameters and its fragment; all else stays as it is spelt.

    >>> untracked("https://gazette.example/a?utm_source=x&id=5#top")
    'https://gazette.example/a?id=5'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    here = next((names for site, names in _TRACKING_OF.items() if f".{parts.hostname}".endswith(f".{site}")), set())
    pairs = [(one, *one.partition("=")[::2]) for one in parts.query.split("&") if one]
    query = "&".join(one for one, name, value in pairs if not _is_tracking(name, value, here))
    fragment = parts.fragment if re.match(r"[!/].*\w", parts.fragment) else ""
    return urlunsplit(parts._replace(query=query, fragment=fragment))

"""What each key of `site.toml` may hold: a check for each, which says what is wrong with a value.

Never reads a file, and never changes a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Check = Callable[[Any], str]
"""A value -> what is wrong with it, or `""`."""

SHOW = ("headline", "excerpt", "full")
SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A secret's place in a URL: the name of a variable of the environment."""
RULE_FIELDS = ("title", "link", "tag", "author", "publisher")
# A name in quotes, or words that begin with a letter (CSS Fonts §3.1). Each sign can be read in one way only: of a long
# list with a slip at its end one hears at once.
_FAMILY = r""" *+(?:"[\w .&+'-]+"|'[\w .&+-]+'|-?[^\W\d][\w-]*+(?: ++-?[^\W\d][\w-]*+)*+ *+) *+"""
_FONTS = re.compile(f"{_FAMILY}(?:,{_FAMILY})*+")
_POLICY = re.compile(
    r"'self'|'wasm-unsafe-eval'|'sha(256|384|512)-[A-Za-z0-9+/=]+'|(https|wss|data|blob):"
    r"|((https?|wss)://)?(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?(/[\w./%~-]*)?",
    re.I,
)
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,30}|(rgb|hsl|oklch|oklab|lab|lch)\([0-9a-z.,%/ ]{1,60}\)")


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "is no text: put it in quotes"


def _texts(value: Any) -> str:
    fine = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return "" if fine else 'is no list of texts: write ["one", "two"]'


def _one_of(*choices: str) -> Check:
    return lambda value: "" if value in choices else f"is none of {', '.join(choices)}"


def _url(value: Any) -> str:
    if problem := _text(value):
        return problem
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0 and " " not in value
    except ValueError:
        fine = False
    return "" if fine else f"is no http or https URL: {value!r}"


def _base_url(value: Any) -> str:
    problem = _url(value)
    if not problem and (urlsplit(value).query or urlsplit(value).fragment):
        return "has a query or fragment"
    return problem


def _timezone(value: Any) -> str:
    if problem := _text(value):
        return problem
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):
        return f"is no time zone: {value!r} (for example Europe/Berlin)"
    return ""


def _language(value: Any) -> str:
    fine = isinstance(value, str) and re.fullmatch(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*", value)
    return "" if fine else "is no language tag (for example en or pt-BR)"


def _colour(value: Any) -> str:
    return "" if isinstance(value, str) and _COLOUR.fullmatch(value) else "is no colour (for example #b00020)"


def _id(value: Any) -> str:
    fine = isinstance(value, str) and re.fullmatch(r"[\w.@-]+,\d{4}(-\d\d){0,2}(:[\w.~-]+)?", value)
    return "" if fine else "is no tag URI base (RFC 4151, for example example.org,2026)"


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "is neither true nor false"


def seconds(value: str) -> int:
    """`30m`, `6h` or `1d` in seconds."""
    return int(value[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[value[-1]]


def _interval(value: Any) -> str:
    fine = isinstance(value, str) and re.fullmatch(r"\d{1,4}[smhd]", value, re.ASCII) and seconds(value) <= 30 * 86400
    return "" if fine else 'is no span of time of at most 30 days: write "30m", "6h" or "1d"'


def _count(value: Any) -> str:
    fine = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000
    return "" if fine else "is no number from 1 to 1000"


def _proxy(value: Any) -> str:
    return "" if value == "environment" else _url(value) and 'is neither "environment" nor an http or https URL'


def _source_url(value: Any) -> str:
    # What stands for a secret may be any part but the scheme.
    return _url(SECRET.sub("secret", value) if isinstance(value, str) else value)


def _rules(value: Any) -> str:
    if not isinstance(value, list) or not all(isinstance(one, dict) and one for one in value):
        return 'is no list of rules: write [{ title = "sponsored" }]'
    for one in value:
        for field, said in one.items():
            if field not in RULE_FIELDS:
                return f"holds a rule for {field!r}; rules are for {', '.join(RULE_FIELDS)}"
            if not isinstance(said, str) or not said.removeprefix("re:").strip():
                return f"holds a rule for {field!r} that says nothing"
            if said.startswith("re:") and (problem := _pattern(said[3:])):
                return f"holds {said!r}, no regular expression: {problem}"
    return ""


def _pattern(said: str) -> str:
    try:
        re.compile(said)
    except re.error as error:
        return str(error)
    return ""


def _crawlers(value: Any) -> str:
    if problem := _texts(value):
        return problem
    # RFC 9309 §2.2.1 allows letters, "_" and "-"; what is in use has digits and dots as well.
    strange = next((one for one in value if not re.fullmatch(r"[\w.-]+", one, re.ASCII)), None)
    return "" if strange is None else f"holds {strange!r}: give the product alone, as its User-Agent begins (GPTBot)"


def _font(value: Any) -> str:
    fine = isinstance(value, str) and _FONTS.fullmatch(value)
    what = 'is neither "serif" nor "sans" nor a list of font families (for example Literata, serif)'
    return "" if fine else f"{what}: put a name that holds digits or signs in quotes of its own"


def _icon(value: Any) -> str:
    fine = isinstance(value, str) and re.fullmatch(r"(/(?!/)|https?://).*\.(svg|png|ico)", value, re.I)
    return "" if fine else "is no .svg, .png or .ico file below content/static/ (for example /icon.png)"


def _scripts(value: Any) -> str:
    if problem := _texts(value):
        return problem
    for one in value:
        if re.fullmatch(r"/[^/\s].*", one):
            continue
        # Its origin becomes part of the policy, which knows no more than a scheme, a host and a port.
        if _url(one) or not _POLICY.fullmatch("{0.scheme}://{0.netloc}".format(urlsplit(one))):
            return f"holds {one!r}: a script is a path below content/static/, as /counter.js, or a plain URL"
    return ""


def _script_policy(value: Any) -> str:
    if problem := _policy(value):
        return problem
    # Such an address holds the script itself.
    inline = next((one for one in value if one.lower() == "data:"), "")
    return f"holds {inline!r}, and a feed could run what it likes: name an origin" if inline else ""


def _policy(value: Any) -> str:
    """What a directive of the Content-Security-Policy may name besides its defaults."""
    if problem := _texts(value):
        return problem
    for one in value:
        if "unsafe-" in one and one != "'wasm-unsafe-eval'":
            return f"holds {one!r}, and a feed could run what it likes: put the code into a file, or name its hash"
        # Without its quotes, a keyword is the name of a host.
        if not _POLICY.fullmatch(one) or one.lower() in ("self", "none"):
            return f"holds {one!r}: write an origin (https://counter.example), 'self', a hash or a scheme (https:)"
    return ""


SITE: dict[str, Check] = {
    "title": _text,
    "description": _text,
    "base_url": _base_url,
    "id_base": _id,
    "timezone": _timezone,
    "language": _language,
    "headline_link": _one_of("publisher", "page"),
    "show": _one_of(*SHOW),
    "images": _one_of("none", "link"),
    "crawlers": _one_of("all", "search", "none"),
    "block_crawlers": _crawlers,
    "interval": _interval,
    "tag_pages": _count,
    "proxy": _proxy,
    "keep": _rules,
    "drop": _rules,
    "block": _texts,
}
SOURCE: dict[str, Check] = {
    "name": _text,
    "url": _source_url,
    "file": _text,
    "categories": _texts,
    "tags": _texts,
    "show": _one_of(*SHOW),
    "interval": _interval,
    "private_network": _flag,
    "public": _flag,
    "noindex": _flag,
    "assume_timezone": _timezone,
    "fetch_article": _flag,
    "keep": _rules,
    "drop": _rules,
}
MENU: dict[str, Check] = {"name": _text, "url": _text}
THEME: dict[str, Check] = {
    "accent": _colour,
    "font": _font,
    "logo": _text,
    "icon": _icon,
    "footer": _text,
    "css": _text,
    "scripts": _scripts,
}
CSP: dict[str, Check] = {
    **dict.fromkeys(("script-src", "worker-src"), _script_policy),
    **dict.fromkeys(
        ("style-src", "img-src", "font-src", "media-src", "connect-src", "frame-src", "form-action"), _policy
    ),
}

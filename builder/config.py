"""`content/site.toml` -> Settings: every complaint at once, each with its line and what was probably meant.

Never fetches and never changes the file.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from builder import urls
from builder.errors import BroadsheetError, ConfigError
from builder.settings import MenuEntry, Rule, Settings, Source, Theme

SHOW = ("headline", "excerpt", "full")
HEADLINE_LINK = ("publisher", "page")
_SYNONYMS = {
    **dict.fromkeys(("feed", "feeds", "sources"), "source"),
    "name": "title",
    "url": "base_url",
    "baseurl": "base_url",
    "tz": "timezone",
    "lang": "language",
}
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,30}|(rgb|hsl|oklch|oklab|lab|lch)\([0-9a-z.,%/ ]{1,60}\)")

SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A secret's place in a URL: the name of a variable of the environment."""
RULE_FIELDS = ("title", "link", "tag", "author", "publisher")

Check = Callable[[Any], str]
"""A value -> what is wrong with it, or `""`."""


def load(root: Path) -> Settings:
    """The site's settings. Raises ConfigError with all that is wrong with the file."""
    file = root / "content" / "site.toml"
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        error = BroadsheetError(
            "no such file", where="content/site.toml", next="run 'broadsheet new DIR' to make a site"
        )
        raise ConfigError([error]) from None
    except UnicodeDecodeError:
        raise ConfigError([BroadsheetError("not UTF-8", where="content/site.toml", next="save it as UTF-8")]) from None
    return parse(text)


def parse(text: str, where: str = "content/site.toml") -> Settings:
    """The settings that a TOML text says."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        # Otherwise it says "at end of document".
        line, column = found.groups() if found else (text.count("\n") + 1, len(text) - text.rfind("\n"))
        place = f"{where}:{line}:{column}"
        what = f"not TOML: {str(error).split(' (at ')[0]}"
        raise ConfigError([BroadsheetError(what, where=place, next="see https://toml.io")]) from None
    reading = _Reading(text, where)
    settings = reading.settings(raw)
    if reading.complaints:
        raise ConfigError(reading.complaints)
    return settings


def named(settings: Settings) -> tuple[Source, ...]:
    """Every source with the name that it is known by, and with the site's `show` and `interval` where it has none.

    That name is its own; else its file's, and the whole `file` where another source has that name as well; else its
    address without userinfo. No two sources of checked settings have one name.
    """
    return tuple(
        msgspec.structs.replace(
            source, name=name, show=source.show or settings.show, interval=source.interval or settings.interval
        )
        for source, name in zip(settings.sources, _names(settings.sources), strict=True)
    )


def _names(sources: Sequence[Source]) -> list[str]:
    names = [_known_as(source) for source in sources]
    times = Counter(names)
    return [
        source.file if source.file and not source.name and times[name] > 1 else name
        for source, name in zip(sources, names, strict=True)
    ]


def _known_as(source: Source) -> str:
    """What a source is called: its name, else its file's name, else its address."""
    return source.name or Path(source.file).name or source.file or urls.bare(source.url)


class _Reading:
    """One pass over a parsed file, collecting complaints."""

    def __init__(self, text: str, where: str) -> None:
        self.lines, self.where = list(_places(text)), where
        self.complaints: list[BroadsheetError] = []

    def settings(self, raw: Mapping[str, Any]) -> Settings:
        plain = self.table(raw, _SITE, (), tables=("source", "menu", "theme"))
        plain |= self.given(plain)
        theme = self.table(self.child(raw, "theme", dict), _THEME, ("theme",))
        sources = [
            self.source(one, index)
            for index, one in enumerate(self.child(raw, "source", list))
            if self.is_table(one, "source")
        ]
        menu = [
            MenuEntry(**({"name": "", "url": ""} | self.table(one, _MENU, ("menu", index))))
            for index, one in enumerate(self.child(raw, "menu", list))
            if self.is_table(one, "menu")
        ]
        self.unique(sources)
        settings = Settings(**plain, theme=Theme(**theme), sources=tuple(sources), menu=tuple(menu))
        if settings.id_base:
            return settings
        # Without an own base, entry ids rest on the address that the site has: fine until it moves.
        return Settings(
            **plain,
            id_base=_id_base(settings.base_url),
            theme=settings.theme,
            sources=settings.sources,
            menu=settings.menu,
        )

    def child(self, raw: Mapping[str, Any], name: str, kind: type) -> Any:
        value = raw.get(name, kind())
        if isinstance(value, kind):
            return value
        form = f"[{name}]" if kind is dict else f"[[{name}]]"
        self.complain((name,), f"{name!r} is no table", f"write {form} on a line of its own")
        return kind()

    def is_table(self, one: Any, name: str) -> bool:
        if not isinstance(one, dict):
            self.complain(
                (name,), f"{name!r} holds something that is no table", f"write [[{name}]] on a line of its own"
            )
        return isinstance(one, dict)

    def source(self, raw: Mapping[str, Any], index: int) -> Source:
        plain = self.table(raw, _SOURCE, ("source", index))
        found = Source(**(plain | self.given(plain)))
        if bool(found.url) == bool(found.file) and not {"url", "file"} & self.wrong(raw, _SOURCE):
            what = "a source has both 'url' and 'file'" if found.url else "a source has neither 'url' nor 'file'"
            self.complain(("source", index), what, "give it one of the two")
        if not found.public and not found.name:
            self.complain(("source", index, "public"), "a source that is not public has no 'name'", "give it one")
        return found

    def given(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """The values that TOML writes otherwise than we keep them: seconds, and rules."""
        given: dict[str, Any] = {name: _seconds(plain[name]) for name in ("interval",) if name in plain}
        return given | {name: tuple(Rule(**one) for one in plain[name]) for name in ("keep", "drop") if name in plain}

    def unique(self, sources: list[Source]) -> None:
        seen = set[str]()
        for index, name in enumerate(_names(sources)):
            if name and name in seen:
                self.complain(("source", index), f"two sources are named {name!r}", "give one of them another 'name'")
            seen.add(name)

    def wrong(self, raw: Mapping[str, Any], checks: Mapping[str, Check]) -> set[str]:
        return {key for key, value in raw.items() if key in checks and checks[key](value)}

    def table(
        self, raw: Mapping[str, Any], checks: Mapping[str, Check], path: tuple[Any, ...], tables: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """The good keys of one table; the others are complained of."""
        good: dict[str, Any] = {}
        for key, value in raw.items():
            if key in tables:
                continue
            if key not in checks:
                self.complain((*path, key), f"unknown key {key!r}", _meant(key, (*checks, *tables)))
            elif problem := checks[key](value):
                self.complain((*path, key), f"{key!r} {problem}", "correct the value")
            else:
                good[key] = tuple(value) if isinstance(value, list) else value
        return good

    def complain(self, path: tuple[Any, ...], what: str, next: str) -> None:
        line, column = next_best(self.lines, path)
        self.complaints.append(BroadsheetError(what, where=f"{self.where}:{line}:{column}", next=next))


def next_best(lines: list[tuple[tuple[Any, ...], int, int]], path: tuple[Any, ...]) -> tuple[int, int]:
    """Line and column of a key, or of the nearest table above it."""
    while path:
        for found, line, column in lines:
            if found == path:
                return line, column
        path = path[:-1]
    return 1, 1


def _places(text: str) -> Iterator[tuple[tuple[Any, ...], int, int]]:
    """Where each table and key of a TOML file stands; arrays of tables are numbered."""
    table: tuple[Any, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        column = len(line) - len(line.lstrip()) + 1
        if many := re.match(r"\s*\[\[\s*[\"']?([\w.-]+)[\"']?\s*\]\]", line):
            table = (many[1], counts.get(many[1], 0))
            counts[many[1]] = counts.get(many[1], 0) + 1
            yield table[:1], number, column
            yield table, number, column
        elif one := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            table = tuple(one[1].split("."))
            yield table, number, column
        elif key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*[=.]", line):
            yield (*table, key[1]), number, column


def _meant(key: str, known: tuple[str, ...]) -> str:
    import difflib

    close = difflib.get_close_matches(key.lower(), known, 1, 0.6)
    meant = _SYNONYMS.get(key.lower()) if _SYNONYMS.get(key.lower()) in known else (close[0] if close else "")
    if not meant:
        return "known keys: " + ", ".join(known)
    return f"did you mean '[[{meant}]]'?" if meant in ("source", "menu") else f"did you mean {meant!r}?"


def _id_base(base_url: str) -> str:
    return f"{urlsplit(base_url).hostname or 'localhost'},2026"


# -- checks: a value -> what is wrong with it ----------------------------------------------------------


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


def _seconds(value: str) -> int:
    """`30m`, `6h` or `1d` in seconds."""
    return int(value[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[value[-1]]


def _interval(value: Any) -> str:
    fine = isinstance(value, str) and re.fullmatch(r"\d{1,4}[smhd]", value, re.ASCII) and _seconds(value) <= 30 * 86400
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


_SITE: dict[str, Check] = {
    "title": _text,
    "description": _text,
    "base_url": _base_url,
    "id_base": _id,
    "timezone": _timezone,
    "language": _language,
    "headline_link": _one_of(*HEADLINE_LINK),
    "show": _one_of(*SHOW),
    "interval": _interval,
    "tag_pages": _count,
    "proxy": _proxy,
    "keep": _rules,
    "drop": _rules,
    "block": _texts,
}
_SOURCE: dict[str, Check] = {
    "name": _text,
    "url": _source_url,
    "file": _text,
    "categories": _texts,
    "tags": _texts,
    "show": _one_of(*SHOW),
    "interval": _interval,
    "private_network": _flag,
    "public": _flag,
    "assume_timezone": _timezone,
    "fetch_article": _flag,
    "keep": _rules,
    "drop": _rules,
}
_MENU: dict[str, Check] = {"name": _text, "url": _text}
_THEME: dict[str, Check] = {"accent": _colour, "logo": _text, "footer": _text, "css": _text}

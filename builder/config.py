"""`content/site.toml` -> Settings: every complaint at once, each with its line and what was probably meant.

Never fetches and never changes the file.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from builder import allowed, urls
from builder.allowed import Check
from builder.errors import BroadsheetError, ConfigError
from builder.settings import MenuEntry, Rule, Settings, Source, Theme

_SYNONYMS = {
    **dict.fromkeys(("feed", "feeds", "sources"), "source"),
    "name": "title",
    "url": "base_url",
    "baseurl": "base_url",
    "tz": "timezone",
    "lang": "language",
}


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
        plain = self.table(raw, allowed.SITE, (), tables=("source", "menu", "theme", "csp"))
        plain |= self.given(plain)
        theme = self.table(self.child(raw, "theme", dict), allowed.THEME, ("theme",))
        plain["csp"] = self.table(self.child(raw, "csp", dict), allowed.CSP, ("csp",))
        sources = [
            self.source(one, index)
            for index, one in enumerate(self.child(raw, "source", list))
            if self.is_table(one, "source")
        ]
        menu = [
            MenuEntry(**({"name": "", "url": ""} | self.table(one, allowed.MENU, ("menu", index))))
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
        plain = self.table(raw, allowed.SOURCE, ("source", index))
        found = Source(**(plain | self.given(plain)))
        if bool(found.url) == bool(found.file) and not {"url", "file"} & self.wrong(raw, allowed.SOURCE):
            what = "a source has both 'url' and 'file'" if found.url else "a source has neither 'url' nor 'file'"
            self.complain(("source", index), what, "give it one of the two")
        wishes = (("public", not found.public, "not public"), ("noindex", found.noindex, "not to be indexed"))
        for key, wished, what in wishes:
            if wished and not found.name:
                self.complain(("source", index, key), f"a source that is {what} has no 'name'", "give it one")
        return found

    def given(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """The values that TOML writes otherwise than we keep them: seconds, and rules."""
        given: dict[str, Any] = {name: allowed.seconds(plain[name]) for name in ("interval",) if name in plain}
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

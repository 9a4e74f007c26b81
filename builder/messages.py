"""What the site itself says, in its language: the interface's texts, plural forms, and days in words.

Never reads a file, and never guesses a text: what a language does not say is said in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from builder.errors import TemplateError

if TYPE_CHECKING:
    from babel import Locale

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Texts = dict[str, str | dict[str, str]]
"""English text -> what to say for it: a text, or one for each plural form of the language (CLDR: one, few, other …)."""


def names(language: str) -> tuple[str, ...]:
    """The files that may speak a language, the closest first: `de-AT`, `de`, and always `en`."""
    parts = language.split("-")
    return tuple(dict.fromkeys([*("-".join(parts[:n]) for n in range(len(parts), 0, -1)), "en"]))


def parse(text: str, file: str) -> Texts:
    """The texts in a file of messages. TemplateError where it holds something else."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TemplateError(f"not TOML: {error}", where=file, next="see https://toml.io") from None
    for key, value in raw.items():
        forms = value.values() if isinstance(value, dict) else [value]
        if not all(isinstance(form, str) for form in forms) or (isinstance(value, dict) and "other" not in value):
            next = 'write "Latest" = "Neueste", or { one = "…", other = "…" } for what is counted'
            raise TemplateError(f"{key!r} is neither a text nor plural forms", where=file, next=next)
    return raw


class Messages:
    """The interface in one language. `texts` are those of its files, the closest first."""

    def __init__(self, language: str, texts: Iterable[Mapping[str, Any]] = ()) -> None:
        self._language = language
        self._texts: Texts = {}
        for layer in texts:
            self._texts = {**layer, **self._texts}

    @cached_property
    def locale(self) -> Locale:
        from babel import Locale, UnknownLocaleError

        for name in names(self._language)[:-1]:
            try:
                return Locale.parse(name, sep="-")
            except (UnknownLocaleError, ValueError):
                continue
        # English without a country writes days as most of the world does.
        return Locale("en", "GB")

    @property
    def _is_plain(self) -> bool:
        """Whether plain English will do: what Babel says of it, without the time that it takes to load."""
        return self._language == "en"

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return "ltr" if self._is_plain else self.locale.text_direction

    def say(self, text: str, n: int | None = None, **parts: object) -> str:
        """What an English text is in this language, its plural form for `n`, with its `{parts}` filled in.

        Parts that are HTML stay so; the text around them is then escaped.
        """
        found = self._texts.get(text, text)
        if isinstance(found, dict):
            form = ("one" if n == 1 else "other") if self._is_plain else self.locale.plural_form(n or 0)
            found = found.get(form) or found["other"]
        if n is not None:
            parts["n"] = n
        if not parts:
            return found
        from markupsafe import Markup, escape

        if any(isinstance(part, Markup) for part in parts.values()):
            return Markup(escape(found)).format(**parts)  # noqa: S704 - the text itself is escaped
        return found.format(**parts)

    def period(self, name: str, style: str = "long") -> str:
        """A day, week, month or year in words: `2026-01-12` is `12 January 2026`.

        A day may also be told as `medium`, `12 Jan 2026`, or as `full`, `Monday 12 January 2026`.
        """
        year, _, rest = name.partition("-")
        if not rest:
            return year
        if rest.startswith("w"):
            return self.say("Week {week}, {year}", week=int(rest[1:]), year=year)
        is_month = len(rest) == 2
        day = date.fromisoformat(f"{name}-01" if is_month else name)
        if self._is_plain:
            month = _MONTHS[day.month - 1]
            said = f"{month} {year}" if is_month else f"{day.day} {month[:3] if style == 'medium' else month} {year}"
            return f"{_DAYS[day.weekday()]} {said}" if style == "full" and not is_month else said
        from babel import dates

        if is_month:
            return str(dates.format_skeleton("yMMMM", day, locale=self.locale))
        return str(dates.format_date(day, style, self.locale))

    def weekdays(self) -> list[tuple[str, str]]:
        """The days of the week from Monday on, each short and in full."""
        if self._is_plain:
            return [(name[:3], name) for name in _DAYS]
        days = self.locale.days["stand-alone"]
        return [(days["abbreviated"][number], days["wide"][number]) for number in range(7)]

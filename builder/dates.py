"""Reads the dates that sources state, and says how much of each was stated.

Never reads a clock, never guesses a date that was not stated, and never raises on any string.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

LONGEST = 120
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=24)
# English, German, Spanish, French, Italian, Portuguese and Dutch, without accents; papers shorten them at any letter.
_NAMES = (
    "january januar janner enero janvier gennaio janeiro januari",
    "february februar feber febrero fevrier febbraio fevereiro februari",
    "march marz maerz marzo mars marco maart mrt",
    "april abril avril aprile",
    "may mai mayo maggio maio mei",
    "june juni junio juin giugno junho",
    "july juli julio juillet luglio julho",
    "august agosto aout augustus",
    "september septiembre setiembre septembre settembre setembro",
    "october oktober octubre octobre ottobre outubro",
    "november noviembre novembre novembro",
    "december dezember diciembre decembre dicembre dezembro",
)
_MONTHS = {
    name[:length]: number
    for number, names in enumerate(_NAMES, 1)
    for name in names.split()
    for length in range(3, len(name) + 1)
    if name[:length] != "jui"  # juin or juillet
}

_ISO = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?"
    r"(?:[Tt\s]\s*(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*"
    r"(?P<zone>[A-Za-z]{1,5}|[+-]\d\d(?::?\d\d)?)?)?"
)
_BASIC = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[Tt](?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
# The zone names of RFC 822 §5.1, and those that American and European papers print.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "msk": 180, "mez": 60, "mesz": 120,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "et": -300,
}  # fmt: skip
_WEEKDAY = (
    r"(?:(?:(?:mon|tue|wed|thu|fri|sat|sun|die|mit|don|fre|sam|son|lun|mar|mie|mer|jue|jeu|vie|ven|sab|dom|dim|gio|seg|ter"
    r"|qua|qui|sex|maa|din|woe|vri|zat|zon)[a-z]*(?:-feira)?|mo|di|mi|do|fr|sa|so)\.?,?\s+(?:(?:den|dem|the|el)\s+)?)?"
)
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})(?![a-z])\.?"
_TIME = (
    r"(?:,?\s+(?:[-–—|·]\s+)?(?:(?:at|um|a|a\s+las|as|alle|alle\s+ore|ore|om|kl)\.?\s+)?"
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d\d)(?!\d)(?::(?P<second>\d\d))?|(?=\s*(?:h|uhr|uur)\b))\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?:(?:h|hs|hrs|uhr|uur)\b\.?)?\s*"
)
_CLOCK = _TIME + r"\(?(?P<zone>[a-z]{1,5}|[+-]\d\d:?\d\d)?\)?)?"
_FORMS = (
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.?[oaº°]|\.)?[\s-]+(?:de\s+)?{_MONTH},?[\s-]+(?:del?\s+)?(?P<year>\d{{4}})",
    rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}})",
)
_SPOKEN = tuple(re.compile(form + _CLOCK, re.I) for form in _FORMS)
# In the middle of a line only a zone that we know is one: in "08:10 by Ann Lee", "by" is none.
_WITHIN = re.compile(
    r"(?<![\w./])(?:"
    + "|".join(
        re.sub(r"\?P<\w+>", "?:", rf"{form}(?!\d){_TIME}(?:\(?(?:(?:{'|'.join(_ZONES)})\b|[+-]\d\d:?\d\d)\)?)?)?")
        for form in _FORMS
    )
    + r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?|\d{4}/\d\d/\d\d|\d\d?/\d\d?/\d{4})(?![\w/])",
    re.I,
)


def parse(raw: str, *, as_of: datetime, fallback: datetime | None = None) -> tuple[datetime, str] | None:
    """The aware moment that `raw` states, in its own zone, and `"published"`, or `"day"` where no time is stated.

    Understands RFC 822, RFC 3339, and the plain dates that papers print; a time without a zone is UTC.
    `fallback` is what feedparser made of a form that we do not know. Dates that do not exist, dates
    before 1970 and dates more than 24 hours after `as_of` are `None`: feedparser turns 30 February
    into 2 March and year 10000 into 2010, so its word never overrules a form that we do know.
    """
    text = " ".join(raw[:LONGEST].split()) if len(raw) <= LONGEST else ""
    if not text or not text.isprintable():
        return None
    try:
        found = _known(text)
        if found is None and fallback is not None and _agrees(fallback, text):
            found = fallback, "published" if re.search(r"\d:\d\d", text) else "day"
        if found is None or not _EARLIEST <= found[0] <= as_of + _AHEAD:
            return None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return found


def within(line: str) -> str:
    """The first date that stands in a line, in the line's own words; `""` where none does."""
    match = _WITHIN.search(_plain(line)) if len(line) <= 500 else None
    return unicodedata.normalize("NFC", line)[match.start() : match.end()].strip(" ,|") if match else ""


def first_seen(as_of: datetime) -> datetime:
    """The date of an item that states none: when it was first seen, to the second."""
    return as_of.replace(microsecond=0)


def _known(text: str) -> tuple[datetime, str] | None:
    plain = _plain(text)
    for form in (_ISO, _BASIC, *_SPOKEN):
        if match := form.fullmatch(plain):
            return _built(match)
    if re.match(r"[+-]?\d{3,}(-|$)", text):
        raise ValueError("looks like ISO 8601 and is not")
    parts = parsedate_tz(text)
    if parts is None:
        return None
    # Real feeds state :60 now and then, which is a leap second.
    moment = datetime(*parts[:5], min(parts[5], 59), tzinfo=_offset((parts[9] or 0) // 60))
    return moment, "published"


def _plain(text: str) -> str:
    """The text without accents, letter for letter."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in unicodedata.normalize("NFC", text))


def _built(match: re.Match[str]) -> tuple[datetime, str]:
    part = match.groupdict()
    month = part["month"]
    number = int(month) if month.isdigit() else _MONTHS[month.lower()]
    day = datetime(int(part["year"]), number, int(part["day"] or 1), tzinfo=UTC)
    if part["hour"] is None:
        return day, "day"
    hour = int(part["hour"])
    if half := part.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("not an hour of a 12-hour clock")
        hour = hour % 12 + (12 if half[0].lower() == "p" else 0)
    second = min(int(part["second"] or 0), 59) if part["second"] in (None, "60") else int(part["second"])
    return day.replace(
        hour=hour, minute=int(part["minute"] or 0), second=second, tzinfo=_zone(part["zone"])
    ), "published"


def _zone(name: str | None) -> timezone:
    if not name:
        return UTC
    if name[0] in "+-":
        digits = name[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return _offset(minutes if name[0] == "+" else -minutes)
    return _offset(_ZONES.get(name.lower(), 0))


def _offset(minutes: int) -> timezone:
    if abs(minutes) > 14 * 60:
        raise ValueError("no zone is more than 14 hours from UTC")
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def _agrees(fallback: datetime, text: str) -> bool:
    """Whether a date made by feedparser holds the year and a day that the text itself shows, give or take a zone."""
    numbers = {int(number) for number in re.findall(r"\d{1,4}", text)}
    years = {fallback.year, fallback.year % 100}
    return bool(numbers & years) and bool(numbers & {fallback.day - 1, fallback.day, fallback.day + 1})

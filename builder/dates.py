"""Reads the dates that sources state, and says how much of each was stated.

Never reads a clock, never guesses a date that was not stated, and never raises on any string.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

LONGEST = 120
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=24)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ISO = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?"
    r"(?:[Tt\s]\s*(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*"
    r"(?P<zone>[A-Za-z]{1,5}|[+-]\d\d(?::?\d\d)?)?)?"
)
_BASIC = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[Tt](?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_MONTH = r"(?P<month>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\.?"
_CLOCK = (
    r"(?:,?\s+(?:at\s+|-\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*\(?(?P<zone>[a-z]{1,5}|[+-]\d\d:?\d\d)?\)?)?"
)
_SPOKEN = (
    re.compile(
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]+{_MONTH},?[\s-]+(?P<year>\d{{4}}){_CLOCK}", re.I
    ),
    re.compile(rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_CLOCK}", re.I),
)
# The zone names of RFC 822 §5.1, and those that American and European papers print.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "msk": 180,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "et": -300,
}  # fmt: skip


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


def first_seen(as_of: datetime) -> datetime:
    """The date of an item that states none: when it was first seen, to the second."""
    return as_of.replace(microsecond=0)


def _known(text: str) -> tuple[datetime, str] | None:
    for form in (_ISO, _BASIC, *_SPOKEN):
        if match := form.fullmatch(text):
            return _built(match)
    if re.match(r"[+-]?\d{3,}(-|$)", text):
        raise ValueError("looks like ISO 8601 and is not")
    parts = parsedate_tz(text)
    if parts is None:
        return None
    # Real feeds state :60 now and then, which is a leap second.
    moment = datetime(*parts[:5], min(parts[5], 59), tzinfo=_offset((parts[9] or 0) // 60))
    return moment, "published"


def _built(match: re.Match[str]) -> tuple[datetime, str]:
    part = match.groupdict()
    month = part["month"]
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    day = datetime(int(part["year"]), number, int(part["day"] or 1), tzinfo=UTC)
    if part["hour"] is None:
        return day, "day"
    hour = int(part["hour"])
    if half := part.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("not an hour of a 12-hour clock")
        hour = hour % 12 + (12 if half[0].lower() == "p" else 0)
    second = min(int(part["second"] or 0), 59) if part["second"] in (None, "60") else int(part["second"])
    return day.replace(hour=hour, minute=int(part["minute"]), second=second, tzinfo=_zone(part["zone"])), "published"


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

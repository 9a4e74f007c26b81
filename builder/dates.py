"""Reads the dates that sources state, and says how much of each was stated.

Never reads a clock, never guesses a date that was not stated, and never raises on any string.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo

LONGEST = 120
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=24)
_FAR = 20  # years; what is stated beyond stands for "never"
# English, German, Spanish, French, Italian, Portuguese, Dutch, Scandinavian and Russian, without accents; papers
# shorten them at any letter.
_NAMES = (
    "january januar janner enero janvier gennaio janeiro januari январь января",
    "february februar feber febrero fevrier febbraio fevereiro februari февраль февраля",
    "march marz maerz marzo mars marco maart mrt март марта",
    "april abril avril aprile апрель апреля",
    "may mai mayo maggio maio mei maj маи мая",
    "june juni junio juin giugno junho июнь июня",
    "july juli julio juillet luglio julho июль июля",
    "august agosto aout augustus август августа",
    "september septiembre setiembre septembre settembre setembro сентябрь сентября",
    "october oktober octubre octobre ottobre outubro октябрь октября",
    "november noviembre novembre novembro ноябрь ноября",
    "december dezember diciembre decembre dicembre dezembro desember декабрь декабря",
)
_MONTHS = {
    name[:length]: number
    for number, names in enumerate(_NAMES, 1)
    for name in names.split()
    for length in range(3, len(name) + 1)
    if name[:length] != "jui"  # juin or juillet
}

_OFFSET = r"(?:gmt|utc)?[+-]\d{1,2}(?::?\d\d)?|[A-Za-z]{1,5}"
_ISO = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?"
    r"(?:[Tt\s]\s*(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*"
    rf"(?P<zone>{_OFFSET})?(?:\[[\w/+-]+\])?)?"
)
# Week dates and days of the year (ISO 8601 §4.1.3 and §4.1.4).
_COUNTED = re.compile(
    r"(?P<year>\d{4})-?(?:W(?P<week>\d\d)(?:-?(?P<weekday>[1-7]))?|(?<=-)(?P<ordinal>\d{3}))"
    rf"(?:[Tt\s](?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<zone>{_OFFSET})?)?"
)
_BASIC = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[Tt]?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?)?"
)
_SECONDS = re.compile(r"(\d{9,10}|\d{13})(?:\.\d+)?")
# The zone names of RFC 822 §5.1, and those that American and European papers print.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "msk": 180, "mez": 60, "mesz": 120, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
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
_CLOCK = _TIME + rf"\(?(?P<zone>{_OFFSET})?\)?(?:\s*\([a-z ]{{1,40}}\))?)?"
_FORMS = (
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.?[oaº°]|\.)?[\s-]+(?:de\s+)?{_MONTH},?[\s-]+(?:del?\s+)?(?P<year>\d{{4}})",
    rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}})",
)
_SPOKEN = tuple(re.compile(form + _CLOCK, re.I) for form in _FORMS)
# Which of the two is the month must be seen from a number above 12 or from the day of the week.
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SLASHED = re.compile(
    rf"(?:(?P<name>{'|'.join(_DAYS)})[a-z]*\.?,?\s+)?(?P<one>\d{{1,2}})/(?P<two>\d{{1,2}})/(?P<year>\d{{4}})" + _CLOCK,
    re.I,
)
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


def parse(
    raw: str, *, as_of: datetime, fallback: datetime | None = None, zone: tzinfo = UTC
) -> tuple[datetime, str] | None:
    """The aware moment that `raw` states, in its own zone, and `"published"`, or `"day"` where no time is stated.

    Understands RFC 822, RFC 3339, ISO 8601, seconds since 1970, and the plain dates that papers print; a time
    without a zone is of `zone`. `fallback` is what feedparser made of a form that we do not know. Dates that do
    not exist, dates before 1970 and dates more than 24 hours after `as_of` are `None`: feedparser turns 30 February
    into 2 March and year 10000 into 2010, so its word never overrules a form that we do know. So is midnight of
    1 January 1970, which is what programs state that have no date.
    """
    found = stated(raw, as_of=as_of, fallback=fallback, zone=zone)
    return None if found is None or is_ahead(found[0], as_of) else found


def stated(
    raw: str, *, as_of: datetime, fallback: datetime | None = None, zone: tzinfo = UTC
) -> tuple[datetime, str] | None:
    """Like `parse`, but a date up to 20 years ahead is one."""
    text = " ".join(raw[:LONGEST].split()) if len(raw) <= LONGEST else ""
    if not text or not text.isprintable():
        return None
    try:
        found = _known(text, zone)
        if found is None and fallback is not None and _agrees(fallback, text):
            found = fallback, "published" if re.search(r"\d:\d\d", text) else "day"
        if found is None or found[0] <= _EARLIEST or found[0].replace(tzinfo=UTC) == _EARLIEST:
            return None
        return found if found[0].astimezone(UTC).year <= as_of.year + _FAR else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def is_ahead(moment: datetime, as_of: datetime) -> bool:
    """Whether a date is more than 24 hours ahead: farther than any zone that was left out explains."""
    return moment > as_of + _AHEAD


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name; UTC for none, and for one that nobody knows."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError, KeyError):
        return UTC


def within(line: str) -> str:
    """The first date that stands in a line, in the line's own words; `""` where none does."""
    match = _WITHIN.search(_plain(line)) if len(line) <= 500 else None
    return unicodedata.normalize("NFC", line)[match.start() : match.end()].strip(" ,|") if match else ""


def first_seen(as_of: datetime) -> datetime:
    """The date of an item that states none: when it was first seen, to the second."""
    return as_of.replace(microsecond=0)


def _known(text: str, zone: tzinfo) -> tuple[datetime, str] | None:
    plain = _plain(text)
    for form in (_ISO, _BASIC, _COUNTED, *_SPOKEN, _SLASHED):
        if match := form.fullmatch(plain):
            return _built(match, zone)
    if match := _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(match[1]) / (1000 if len(match[1]) == 13 else 1), UTC), "published"
    if re.match(r"[+-]?\d{3,}(-|$)", text):
        raise ValueError("looks like ISO 8601 and is not")
    parts = parsedate_tz(text)
    if parts is None:
        return None
    # Real feeds state :60 now and then, which is a leap second.
    moment = datetime(*parts[:5], min(parts[5], 59))
    # The standard library takes no zone, and one that it does not know, for UTC.
    if not parts[9] and not re.search(r"\b(gmt|utc?|z)\b|[+-]\d{4}", text, re.I):
        return _placed(moment, zone), "published"
    return moment.replace(tzinfo=_offset((parts[9] or 0) // 60)), "published"


def _plain(text: str) -> str:
    """The text without accents, letter for letter."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in unicodedata.normalize("NFC", text))


def _built(match: re.Match[str], zone: tzinfo) -> tuple[datetime, str]:
    part = match.groupdict()
    day = datetime.combine(_day(part), datetime.min.time())
    if part["hour"] is None:
        return day.replace(tzinfo=UTC), "day"
    hour, minute = int(part["hour"]), int(part["minute"] or 0)
    if half := part.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("not an hour of a 12-hour clock")
        hour = hour % 12 + (12 if half[0].lower() == "p" else 0)
    second = min(int(part["second"] or 0), 59) if part["second"] in (None, "60") else int(part["second"])
    if (hour, minute, second) == (24, 0, 0):
        # The end of a day (ISO 8601 §4.2.3).
        day, hour = day + timedelta(days=1), 0
    moment, offset = day.replace(hour=hour, minute=minute, second=second), _zone(part["zone"] or "")
    return (_placed(moment, zone) if offset is None else moment.replace(tzinfo=offset)), "published"


def _day(part: dict[str, str | None]) -> date:
    year = int(part["year"] or 0)
    if week := part.get("week"):
        return date.fromisocalendar(year, int(week), int(part["weekday"] or 1))
    if ordinal := part.get("ordinal"):
        found = date(year, 1, 1) + timedelta(days=int(ordinal) - 1)
        if found.year != year:
            raise ValueError("not a day of that year")
        return found
    if one := part.get("one"):
        return _slashed(year, int(one), int(part["two"] or 0), part["name"])
    month = part["month"] or ""
    return date(year, int(month) if month.isdigit() else _MONTHS[month.lower()], int(part["day"] or 1))


def _slashed(year: int, one: int, two: int, name: str | None) -> date:
    """5/3/2019: which is the month can be told by a number above 12, or by the day of the week."""
    found = {date(year, *pair) for pair in ((one, two), (two, one)) if pair[0] <= 12}
    if len(found) > 1 and name:
        found = {day for day in found if day.weekday() == _DAYS.index(name.lower())}
    if len(found) != 1:
        raise ValueError("which is the month cannot be told")
    return found.pop()


def _placed(moment: datetime, zone: tzinfo) -> datetime:
    """A time without a zone in the zone that is assumed, as a fixed offset; one that was skipped is read as if not."""
    offset = moment.replace(tzinfo=zone).utcoffset() or timedelta()
    return moment.replace(tzinfo=_offset(round(offset / timedelta(minutes=1))))


def _zone(name: str) -> timezone | None:
    """The zone that is stated; `None` where it is a name that says nothing (RFC 5322 §4.3)."""
    bare = re.sub("^(?:gmt|utc)(?=[+-])", "", name.lower())
    if bare[:1] in ("+", "-"):
        digits = bare[1:].replace(":", "")
        hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
        return _offset((60 * hours + minutes) * (1 if bare[0] == "+" else -1))
    return _offset(_ZONES[bare]) if bare in _ZONES else None


def _offset(minutes: int) -> timezone:
    if abs(minutes) > 14 * 60:
        raise ValueError("no zone is more than 14 hours from UTC")
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def _agrees(fallback: datetime, text: str) -> bool:
    """Whether a date made by feedparser holds the year and a day that the text itself shows, give or take a zone."""
    numbers = {int(number) for number in re.findall(r"\d{1,4}", text)}
    years = {fallback.year, fallback.year % 100}
    return bool(numbers & years) and bool(numbers & {fallback.day - 1, fallback.day, fallback.day + 1})

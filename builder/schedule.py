"""When a source may be asked again: pure decisions from what it answered, with the moment handed in.

Never says more than 24 hours ahead, so that nothing a server claims can silence a source for good.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from builder.model import fingerprint

DAY_SECONDS = 86_400
LONGEST = timedelta(seconds=DAY_SECONDS)
FIRST_BACK_OFF = timedelta(minutes=5)
VALIDATORS_LAST = timedelta(days=8)
"""Some servers answer 304 for ever; NetNewsWire drops what it stored after so long, and so do we."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def next_check(
    now: datetime,
    interval: int,
    headers: Mapping[str, str],
    *,
    ttl: int = 0,
    skip_hours: tuple[int, ...] = (),
    skip_days: tuple[str, ...] = (),
) -> datetime:
    """The moment before which a source that answered need not be asked: spans in seconds, header names in lower case.

    The longest of the configured `interval`, `Cache-Control: max-age` or `Expires`, RSS `ttl`, and the end of the
    RSS `skipHours` and `skipDays`.
    """
    # To the whole minute, or a job that runs every hour would find itself a second early every other time.
    earliest = now.replace(second=0, microsecond=0) + timedelta(seconds=interval)
    wait = max(_freshness(headers, now), timedelta(seconds=min(max(ttl, 0), DAY_SECONDS)))
    return min(_skipped(max(earliest, now + wait), skip_hours, skip_days), max(now + LONGEST, earliest))


def back_off(now: datetime, interval: int, failures: int, headers: Mapping[str, str], name: str) -> datetime:
    """The moment before which a source that failed `failures` times in a row is left alone.

    Twice as long after each failure, plus up to a quarter that differs from source to source; at least `Retry-After`.
    """
    doubled = FIRST_BACK_OFF * (1 << min(max(failures, 1) - 1, 12))
    jitter = int(fingerprint((name, failures), 2), 16) / 0xFFFF / 4
    wait = max(min(doubled * (1 + jitter), LONGEST), retry_after(headers, now), timedelta(seconds=interval))
    return now + wait


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long `Retry-After` asks to wait, in seconds or until a date (RFC 9110 §10.2.3): at most 24 hours."""
    stated = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,300}", stated):
        return min(timedelta(seconds=min(int(stated), 10**6)), LONGEST)
    return _until(stated, now)


def is_due(next: str, asked: str, now: datetime) -> bool:
    """Whether a source may be asked, from the stamps of its next check and of when it was asked last.

    One that was asked in the future was asked by a clock that was wrong.
    """
    try:
        return now >= datetime.fromisoformat(next) or now < datetime.fromisoformat(asked)
    except (ValueError, TypeError):
        return True


def still_valid(validated: str, now: datetime) -> bool:
    """Whether validators stored at a stamp may be sent again."""
    try:
        age = now - datetime.fromisoformat(validated)
    except ValueError:
        return False
    return timedelta(0) <= age <= VALIDATORS_LAST


def _freshness(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long an answer says that it stays fresh (RFC 9111 §4.2.1); `max-age` goes before `Expires`."""
    control = headers.get("cache-control", "").lower()
    if re.search(r"\bno-(cache|store)\b", control):
        return timedelta(0)
    if found := re.search(r"(?<![\w-])max-age\s*=\s*\"?([0-9]{1,300})\b", control):
        age = headers.get("age", "").strip()
        passed = min(int(age), 10**9) if re.fullmatch(r"[0-9]{1,300}", age) else 0
        return min(timedelta(seconds=max(min(int(found[1]), 10**9) - passed, 0)), LONGEST)
    return _until(headers.get("expires", ""), now)


def _until(date: str, now: datetime) -> timedelta:
    """From now to an HTTP date, between zero and 24 hours; zero where it is none."""
    try:
        moment = parsedate_to_datetime(date.strip()[:100])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max(moment - now, timedelta(0)), LONGEST)
    except (ValueError, TypeError, OverflowError, IndexError):
        return timedelta(0)


def _skipped(moment: datetime, hours: tuple[int, ...], days: tuple[str, ...]) -> datetime:
    """The first moment from this one on that is in no hour and on no day to be skipped; who skips all skips none."""
    hours = hours if len({hour for hour in hours if 0 <= hour < 24}) < 24 else ()
    days = days if len(set(days) & set(_DAYS)) < 7 else ()
    utc = moment.astimezone(UTC)
    for _ in range(8 * 24):
        if utc.hour not in hours and _DAYS[utc.weekday()] not in days:
            break
        utc = utc.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return utc

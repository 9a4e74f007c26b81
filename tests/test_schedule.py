"""When a source may be asked again: what servers say, what feeds say, and what no server may do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from builder import schedule

NOW = datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)
DAY = timedelta(hours=24)
_junk = st.one_of(
    st.text(max_size=60),
    st.integers().map(str),
    st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)).map(
        lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True)
    ),
    st.sampled_from(["", "max-age=", "max-age=-1", "max-age=1e12", "Fri, 31 Dec 9999 23:59:59 GMT", "0", "٣"]),
)
_headers = st.dictionaries(
    st.sampled_from(["cache-control", "expires", "age", "retry-after"]),
    st.one_of(_junk, _junk.map(lambda text: f"public, max-age={text}")),
)


def wait(headers: dict[str, str], **more: object) -> timedelta:
    return schedule.next_check(NOW, 0, headers, **more) - NOW  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=3600"}, 3600),
        ({"cache-control": 'public, MAX-AGE = "600"'}, 600),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"cache-control": "max-age=600, no-cache"}, 0),
        ({"cache-control": "max-age=600", "age": "200"}, 400),
        ({"cache-control": "max-age=1" + "0" * 200}, 86400),
        ({"expires": "Sun, 22 Nov 2026 10:30:05 GMT"}, 1800),
        ({"expires": "Sun, 22 Nov 2026 09:00:00 GMT"}, 0),
        ({"expires": "0"}, 0),
        ({"cache-control": "max-age=60", "expires": "Sun, 22 Nov 2026 12:00:00 GMT"}, 60),
    ],
)
def test_a_server_says_how_long_its_answer_is_fresh(headers: dict[str, str], seconds: int) -> None:
    assert max(wait(headers), timedelta(0)) == timedelta(seconds=seconds)


def test_the_longest_of_all_that_is_said_holds() -> None:
    headers = {"cache-control": "max-age=600"}
    assert wait(headers, ttl=1200) == timedelta(seconds=1200)
    assert schedule.next_check(NOW, 3600, headers, ttl=1200) == NOW.replace(second=0) + timedelta(hours=1)


def test_an_hourly_job_that_starts_a_second_early_still_asks() -> None:
    next = schedule.next_check(NOW, 3600, {})
    assert schedule.is_due(next.isoformat(), NOW.isoformat(), NOW + timedelta(seconds=3599))
    assert not schedule.is_due(next.isoformat(), NOW.isoformat(), NOW + timedelta(seconds=3500))


def test_an_interval_of_days_is_kept() -> None:
    assert schedule.next_check(NOW, 7 * 86400, {}) - NOW > 6 * DAY


def test_hours_and_days_that_a_feed_wants_skipped_are_skipped() -> None:
    assert schedule.next_check(NOW, 0, {}, skip_hours=(10, 11)) == NOW.replace(hour=12, minute=0, second=0)
    assert schedule.next_check(NOW, 0, {}, skip_days=("sunday",)) == NOW.replace(day=23, hour=0, minute=0, second=0)
    assert wait({}, skip_hours=tuple(range(24))) <= timedelta(0)
    assert wait({}, skip_days=("saturday", "sunday", "monday", "tuesday")) == DAY


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("120", 120),
        ("Sun, 22 Nov 2026 10:30:05 GMT", 1800),
        ("Sun, 22 Nov 2026 09:30:05 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
        ("99999999999999999999", 86400),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(stated: str, seconds: int) -> None:
    assert schedule.retry_after({"retry-after": stated}, NOW) == timedelta(seconds=seconds)


def test_failures_double_the_wait_up_to_a_day_and_sources_do_not_come_back_together() -> None:
    waits = [schedule.back_off(NOW, 0, failures, {}, "Gazette") - NOW for failures in range(1, 30)]
    assert waits[0] >= timedelta(minutes=5)
    assert all(later >= earlier * 1.5 or later >= DAY / 1.25 for earlier, later in pairwise(waits))
    assert waits[-1] == DAY
    assert len({schedule.back_off(NOW, 0, 3, {}, f"Gazette {number}") for number in range(50)}) > 25


@given(_headers)
def test_retry_after_is_never_cut_short_nor_longer_than_a_day(headers: dict[str, str]) -> None:
    asked = schedule.retry_after(headers, NOW)
    assert timedelta(0) <= asked <= DAY
    assert asked <= schedule.back_off(NOW, 0, 1, headers, "Gazette") - NOW <= DAY


@given(_headers, st.integers(), st.lists(st.integers()), st.lists(st.sampled_from(schedule._DAYS)))
def test_no_server_can_silence_a_source_for_more_than_a_day(
    headers: dict[str, str], ttl: int, hours: list[int], days: list[str]
) -> None:
    next = schedule.next_check(NOW, 0, headers, ttl=ttl, skip_hours=tuple(hours), skip_days=tuple(days))
    assert next - NOW <= DAY
    assert schedule.is_due(next.isoformat(), NOW.isoformat(), NOW + DAY)


@given(st.text(max_size=40))
def test_a_stamp_that_is_none_asks_again(stamp: str) -> None:
    assert schedule.is_due(stamp, NOW.isoformat(), NOW) or datetime.fromisoformat(stamp)


@pytest.mark.parametrize("days", [1, 25, 3650])
def test_a_clock_that_was_ahead_silences_nobody(days: int) -> None:
    wrong = NOW + timedelta(days=days)
    next = schedule.next_check(wrong, 3600, {})
    assert schedule.is_due(next.isoformat(), wrong.isoformat(), NOW)


def test_validators_are_good_for_eight_days() -> None:
    assert schedule.still_valid("2026-11-15T10:00:00Z", NOW)
    assert not schedule.still_valid("2026-11-14T09:00:00Z", NOW)
    assert not schedule.still_valid("2026-11-23T10:00:00Z", NOW)
    assert not schedule.still_valid("", NOW)

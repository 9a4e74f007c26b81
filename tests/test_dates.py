"""How the dates of feeds are read, and which are not believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from builder import dates

NOW = datetime(2026, 1, 13, 12, 30, 15, 999, tzinfo=UTC)


def iso(raw: str, fallback: datetime | None = None) -> str | None:
    found = dates.parse(raw, as_of=NOW, fallback=fallback)
    return f"{found[0].isoformat()} {found[1]}" if found else None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon, 12 Jan 2026 08:04:00 +0100", "2026-01-12T08:04:00+01:00 published"),
        ("Mon, 12 Jan 26 08:04:00 EST", "2026-01-12T08:04:00-05:00 published"),
        ("12 Jan 2026 08:04 GMT", "2026-01-12T08:04:00+00:00 published"),
        ("2026-01-12T08:04:00.123-03:30", "2026-01-12T08:04:00-03:30 published"),
        ("2026-01-12T08:04:00", "2026-01-12T08:04:00+00:00 published"),
        ("2026-01-12 08:04", "2026-01-12T08:04:00+00:00 published"),
        ("20260112T080400Z", "2026-01-12T08:04:00+00:00 published"),
        ("Jan. 12, 2026, 8:04 PM EST", "2026-01-12T20:04:00-05:00 published"),
        ("12 January 2026 at 12:04 am", "2026-01-12T00:04:00+00:00 published"),
        ("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59+00:00 published"),
        ("2026-01-12", "2026-01-12T00:00:00+00:00 day"),
        ("2026/01/12", "2026-01-12T00:00:00+00:00 day"),
        ("12 January 2026", "2026-01-12T00:00:00+00:00 day"),
        ("January 12, 2026", "2026-01-12T00:00:00+00:00 day"),
        ("Monday, 12th January 2026", "2026-01-12T00:00:00+00:00 day"),
        ("12. Januar 2026", "2026-01-12T00:00:00+00:00 day"),
        ("Montag, 12. Jänner 2026, 08:10 Uhr", "2026-01-12T08:10:00+00:00 published"),
        ("Mo, 12.01.2026 08:10 MEZ", "2026-01-12T08:10:00+01:00 published"),
        ("12.1.2026", "2026-01-12T00:00:00+00:00 day"),
        ("12. MAERZ 2025 um 8 Uhr", "2025-03-12T08:00:00+00:00 published"),
        ("12 de enero de 2026", "2026-01-12T00:00:00+00:00 day"),
        ("lunes, 12 de Enero del 2026 a las 8:10", "2026-01-12T08:10:00+00:00 published"),
        ("12 ago. 2025", "2025-08-12T00:00:00+00:00 day"),
        ("12 janvier 2026 à 08h10", "2026-01-12T08:10:00+00:00 published"),
        ("1er août 2025", "2025-08-01T00:00:00+00:00 day"),
        ("3 Févr. 2025", "2025-02-03T00:00:00+00:00 day"),
        ("lunedì 12 gennaio 2026 ore 8:10", "2026-01-12T08:10:00+00:00 published"),
        ("segunda-feira, 12 de janeiro de 2026 às 08h10", "2026-01-12T08:10:00+00:00 published"),
        ("1º de marco de 2025", "2025-03-01T00:00:00+00:00 day"),
        ("maandag 12 januari 2026 om 08.10 uur", "2026-01-12T08:10:00+00:00 published"),
        ("12 mrt 2025", "2025-03-12T00:00:00+00:00 day"),
        ("2025-11", "2025-11-01T00:00:00+00:00 day"),
        ("1970-01-01T00:00:01Z", "1970-01-01T00:00:01+00:00 published"),
        ("2026-01-12T08:04:00+01:00[Europe/Berlin]", "2026-01-12T08:04:00+01:00 published"),
        ("2026-01-11T24:00:00Z", "2026-01-12T00:00:00+00:00 published"),
        ("2026-W03-1", "2026-01-12T00:00:00+00:00 day"),
        ("2026W031T0804Z", "2026-01-12T08:04:00+00:00 published"),
        ("2026-012", "2026-01-12T00:00:00+00:00 day"),
        ("20260112080400", "2026-01-12T08:04:00+00:00 published"),
        ("1768205040", "2026-01-12T08:04:00+00:00 published"),
        ("1768205040123", "2026-01-12T08:04:00.123000+00:00 published"),
        ("Mon, 12 Jan 2026 08:04:00 GMT+1", "2026-01-12T08:04:00+01:00 published"),
        ("Mon, 12 Jan 2026 08:04:00 -0000", "2026-01-12T08:04:00+00:00 published"),
        ("Mon, 12 Jan 2026 08:04:00 +0100 (Central European Time)", "2026-01-12T08:04:00+01:00 published"),
        ("Mon, 12 Jan 2026 08:04:00 XYZ", "2026-01-12T08:04:00+00:00 published"),
        ("Mon, 12 Jan 26 08:04:00 -0000", "2026-01-12T08:04:00+00:00 published"),
        ("12 января 2026", "2026-01-12T00:00:00+00:00 day"),
        ("12 maj 2025 kl 08:04", "2025-05-12T08:04:00+00:00 published"),
        ("12/25/2025", "2025-12-25T00:00:00+00:00 day"),
        ("25/12/2025 08:04", "2025-12-25T08:04:00+00:00 published"),
        ("Mon, 05/12/2025 - 08:04", "2025-05-12T08:04:00+00:00 published"),
        ("Fri, 05/12/2025 - 08:04", "2025-12-05T08:04:00+00:00 published"),
    ],
)
def test_dates_keep_their_zone_and_say_how_much_was_stated(raw: str, expected: str) -> None:
    assert iso(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "", " ", "yesterday", "not a date", "99999999999999999999", "2026-02-30T00:00:00Z", "30 February 2026", "2026-13-45T99:99:99Z",
        "10000-01-01T00:00:00Z", "-0001-01-01T00:00:00Z", "Sat, 01 Jan 0000 00:00:00 GMT", "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00", "Mon, 12 Jan 2026 00:00:00 +9999", "2026-01-12T08:00:00+14:01", "1969-12-31T23:59:59Z",
        "2026-01-12T25:00:00Z", "13:00 pm 12 January 2026", "12 jui 2025", "30. Februar 2025", "12.13.2025", "2026-01-12\x00", "2" * 5000,
        "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 01:00:00 +0100", "1970-01-01", "1970-01-01T00:00:00-05:00", "0000000000", "2026-W54-1",
        "2026-366", "2026-000", "05/12/2025", "Sun, 05/12/2025", "13/13/2025", "2026-01-11T24:00:01Z", "3026-01-12",
    ],
)  # fmt: skip
def test_what_does_not_exist_or_cannot_be_true_is_none(raw: str) -> None:
    assert iso(raw) is None
    assert iso(raw, fallback=datetime(2010, 11, 1, tzinfo=UTC)) is None


BERLIN = dates.zone_of("Europe/Berlin")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-01-12T08:04:00", "2026-01-12T08:04:00+01:00"),
        ("Sat, 12 Jul 2025 08:04:00", "2025-07-12T08:04:00+02:00"),
        ("12 Jul 25 08:04", "2025-07-12T08:04:00+02:00"),
        ("Mon, 12 Jan 2026 08:04:00 XYZ", "2026-01-12T08:04:00+01:00"),
        ("Mon, 12 Jan 2026 08:04:00 GMT", "2026-01-12T08:04:00+00:00"),
        ("Mon, 12 Jan 2026 08:04:00 -0000", "2026-01-12T08:04:00+00:00"),
        ("2025-03-30T02:30:00", "2025-03-30T02:30:00+01:00"),
        ("2025-10-26T02:30:00", "2025-10-26T02:30:00+02:00"),
        ("2026-01-12", "2026-01-12T00:00:00+00:00"),
    ],
)
def test_a_time_without_a_zone_is_of_the_zone_that_is_assumed(raw: str, expected: str) -> None:
    """Also where the clocks go forward, which skips it, and back, which has it twice; a day is one in every zone."""
    found = dates.parse(raw, as_of=NOW, zone=BERLIN)
    assert found and found[0].isoformat() == expected


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "../../etc/hostname", "Europe", "\0", "/etc/localtime"])
def test_a_zone_that_nobody_knows_is_utc(name: str) -> None:
    assert dates.zone_of(name) == UTC


def test_a_date_may_be_a_day_ahead_and_no_more() -> None:
    assert dates.parse((NOW + timedelta(hours=23)).isoformat(), as_of=NOW)
    assert dates.parse((NOW + timedelta(hours=25)).isoformat(), as_of=NOW) is None


def test_feedparser_is_believed_where_the_form_is_unknown_and_the_numbers_agree() -> None:
    korean = "2026년 01월 12일 오전 08:04:00"
    assert iso(korean, fallback=datetime(2026, 1, 11, 23, 4, tzinfo=UTC)) == "2026-01-11T23:04:00+00:00 published"
    assert iso(korean, fallback=datetime(2010, 3, 4, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Stand: 12.01.2026", "12.01.2026"),
        ("Publié le 12 janvier 2026 à 08h10", "12 janvier 2026 à 08h10"),
        ("12 January 2026, 08:10 by Ann Lee", "12 January 2026, 08:10"),
        ("Jan. 12, 2026, 8:04 PM EST | Ann Lee", "Jan. 12, 2026, 8:04 PM EST"),
        ("Version 1.12.01.2026 of the plan", ""),
        ("12 settlers 2026", ""),
    ],
)
def test_a_date_is_found_in_a_line(line: str, date: str) -> None:
    assert dates.within(line) == date


def test_the_date_of_what_states_none_is_when_it_was_seen() -> None:
    assert dates.first_seen(NOW) == datetime(2026, 1, 13, 12, 30, 15, tzinfo=UTC)


@given(
    st.one_of(
        st.text(),
        st.from_regex(
            r"[A-Za-z]{0,3},? ?\d{1,5}[-/ ][0-9A-Za-z]{1,3}[-/ ]\d{1,6}([T ]\d\d:\d\d(:\d\d)?)? ?[+-]?\d{0,6}",
            fullmatch=True,
        ),
    )
)
def test_no_string_raises_and_every_date_is_aware_and_plausible(raw: str) -> None:
    found = dates.parse(raw, as_of=NOW)
    assert found is None or datetime(1970, 1, 1, tzinfo=UTC) <= found[0].astimezone(UTC) <= NOW + timedelta(hours=24)

"""The kinds of page that are cut by time: days, weeks, months, years, and the months of a term.

Cut at days and hours, never by counting from the newest end: a new or late item changes the pages
of its day, week, month and year, and no other.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from builder import cards
from builder.kinds import Group, Key, Page, PageKind, Place, Summary, no_pages
from builder.model import Card, Item, Settings, Story, Subject

DAY, TERM_MONTH, LARGE, TOP = 200, 200, 50, 10
_HEAD = 30


def no_places(subject: Subject, settings: Settings) -> Iterable[Place]:
    """A kind that no subject belongs to: it rests on summaries or on the settings."""
    return ()


def day_route(day: str) -> str:
    """`2026-01-12` -> `/2026/01/12/`."""
    return "/" + day.replace("-", "/") + "/"


def week_of(day: str) -> str:
    """`2026-01-12` -> `2026-w03` (ISO 8601 weeks and week years)."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year:04}-w{week:02}"


def route_of(key: Key) -> str:
    """The route of a day, week, month or year group."""
    return day_route(key[1])


def counted(summary: Summary) -> dict[str, Any]:
    """What a page shows of another period: its name, its route, how many stories it has."""
    return {"name": summary.key[1], "route": route_of(summary.key), "count": summary.count}


def _by_period(name: str, period: Any) -> Any:
    """Places of a story in the periods of its items; in each it stands where its newest item there stands."""

    def places(subject: Subject, settings: Settings) -> Iterator[Place]:
        if isinstance(subject, Story):
            newest: dict[str, Item] = {period(item.day(settings.zone)): item for item in subject.items}
            for key, item in newest.items():
                yield Place(key=(name, key), sort=item.sort(settings.zone))

    return places


def _day_pages(group: Group) -> Iterator[Page]:
    """`/2026/01/12/`; over 200 stories it is cut by hour, `/2026/01/12/08/`."""
    day, count = group.key[1], group.count()
    head = {"day": day, "count": count} | _around(day)
    if count <= DAY:
        stories = group.between("", "~")
        yield Page(route=day_route(day), template="day.html", data=head | {"hour": "", "hours": [], "stories": stories})
        return
    hours = [
        {"name": f"{sort[11:]}:00", "route": day_route(day) + (sort[11:] or "all-day") + "/", "count": n, "sort": sort}
        for sort, n in group.counts(13)
    ]
    for hour in hours:
        if hour["sort"] == day:
            hour["name"] = "all day"
        end = f"{hour['sort']} !" if hour["sort"] == day else f"{hour['sort']}~"
        data = head | {"hour": hour["name"], "hours": hours, "stories": group.between(str(hour["sort"]), end)}
        yield Page(route=str(hour["route"]), template="day.html", data=data)
    yield Page(
        route=day_route(day),
        template="day.html",
        data=head | {"hour": "", "hours": hours, "stories": group.newest(_HEAD)},
    )


def _around(day: str) -> dict[str, str]:
    """The week and the month of a day."""
    week, month = week_of(day), day[:7]
    return {"week": week, "week_route": day_route(week), "month": month, "month_route": day_route(month)}


def _week_pages(group: Group) -> Iterator[Page]:
    week = group.key[1]
    days = [summary for day in _days_of_week(week) for summary in group.summaries("day", day)]
    data = {"week": week, "count": group.count(), "days": [counted(day) for day in days], "top": _top(days)}
    yield Page(route=day_route(week), template="week.html", data=data)


def _days_of_week(week: str) -> list[str]:
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    return [(monday + timedelta(days=n)).isoformat() for n in range(7)]


def _month_pages(group: Group) -> Iterator[Page]:
    month = group.key[1]
    days = {summary.key[1]: summary for day in _days_of_month(month) for summary in group.summaries("day", day)}
    data = {
        "month": month,
        "year": month[:4],
        "year_route": day_route(month[:4]),
        "count": group.count(),
        "weeks": _calendar(month, days),
        "top": _top(days.values()),
    }
    yield Page(route=day_route(month), template="month.html", data=data)


def _days_of_month(month: str) -> list[str]:
    year, number = int(month[:4]), int(month[5:])
    return [f"{month}-{day:02}" for day in range(1, calendar.monthrange(year, number)[1] + 1)]


def _calendar(month: str, days: dict[str, Summary]) -> list[dict[str, Any]]:
    """The weeks of a month, Monday first: each with its seven days, `None` outside the month."""
    rows = []
    for numbers in calendar.Calendar().monthdayscalendar(int(month[:4]), int(month[5:])):
        cells: list[dict[str, Any] | None] = []
        for number in numbers:
            day = f"{month}-{number:02}"
            count = days[day].count if number and day in days else 0
            cells.append({"number": number, "route": day_route(day), "count": count} if number else None)
        first = next(f"{month}-{number:02}" for number in numbers if number)
        full = any(cell and cell["count"] for cell in cells)
        rows.append({"week": week_of(first), "route": day_route(week_of(first)) if full else "", "days": cells})
    return rows


def _year_pages(group: Group) -> Iterator[Page]:
    year = group.key[1]
    months = [summary for n in range(1, 13) for summary in group.summaries("month", f"{year}-{n:02}")]
    data = {"year": year, "count": group.count(), "months": [counted(month) for month in months], "top": _top(months)}
    yield Page(route=day_route(year), template="year.html", data=data)


def _top(summaries: Iterable[Summary]) -> list[Card]:
    """The stories with the most publishers of several periods, the newest first among equals."""
    found = {card.id: card for summary in summaries for card in summary.top}
    return sorted(found.values(), key=lambda card: (len(card.publishers), card.sort, card.id), reverse=True)[:TOP]


# -- periods that a story left ------------------------------------------------------------------------


def period_of(route: str) -> str:
    """The period of a route, whether or not it is one: `/2026/01/12/` -> `2026-01-12`."""
    return route.strip("/").replace("/", "-")


def _periods(day: str) -> set[str]:
    return {day, week_of(day), day[:7], day[:4]}


def _was_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    """An edited date or zone takes a story off the pages of the day in its address; those keep their routes."""
    if isinstance(subject, Story):
        left: set[str] = set()
        for item in subject.items:
            day = "-".join(item.path.split("/")[:3])
            try:
                left |= _periods(date.fromisoformat(day).isoformat()) - _periods(item.day(settings.zone))
            except ValueError:
                continue  # A file that stands outside the folders of days.
        for period in sorted(left):
            yield Place(key=("was", period))


def _was_pages(group: Group) -> Iterator[Page]:
    """A day, week, month or year without stories, where there is none with some."""
    period = group.key[1]
    kind = {4: "year", 7: "month", 8: "week", 10: "day"}[len(period)]
    data: dict[str, Any] = {kind: period, "count": 0, "top": [], "days": [], "months": [], "stories": (), "hours": []}
    if kind == "day":
        data |= _around(period) | {"hour": ""}
    if kind == "month":
        data |= {"year": period[:4], "year_route": day_route(period[:4]), "weeks": _calendar(period, {})}
    yield Page(route=day_route(period), template=f"{kind}.html", data=data)


# -- the months of a term ------------------------------------------------------------------------------


def _term_month_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    if isinstance(subject, Story):
        newest = {item.day(settings.zone)[:7]: item.sort(settings.zone) for item in subject.items}
        for taxonomy in cards.TAXONOMIES:
            for link in cards.terms(subject.items, taxonomy, settings):
                for month, sort in newest.items():
                    yield Place(
                        key=("term_month", taxonomy, link.route.split("/")[2], month), sort=sort, label=link.name
                    )


def _large_term_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    if isinstance(subject, Story):
        for taxonomy in cards.TAXONOMIES:
            for link in cards.terms(subject.items, taxonomy, settings):
                yield Place(key=("large_term", taxonomy, link.route.split("/")[2]))


def _term_month_pages(group: Group) -> Iterator[Page]:
    """`/tags/ukraine/2026-01/`, for terms with over 50 stories; over 200 it is cut at days, `…/2026-01-12/`."""
    _, taxonomy, slug, month = group.key
    if not any(summary.large for summary in group.summaries("large_term", taxonomy, slug)):
        return
    route, count = f"/{taxonomy}/{slug}/", group.count()
    days = group.counts(10) if count > TERM_MONTH else ()
    parts = [{"name": day, "route": f"{route}{day}/", "count": n} for day, n in days]
    head = {"taxonomy": taxonomy, "name": group.label() or slug, "month": month, "count": count, "parts": parts}
    for day, _ in days:
        data = head | {"part": day, "stories": group.between(day, day + "~")}
        yield Page(route=f"{route}{day}/", template="term_month.html", data=data)
    stories = group.newest(_HEAD) if days else group.between("", "~")
    yield Page(route=f"{route}{month}/", template="term_month.html", data=head | {"part": "", "stories": stories})


def months_of_term(key: Key) -> Iterable[Key]:
    """A term's page reads how many stories each of its months has."""
    return (("term_month", *key[1:]),)


def term_months(group: Group) -> list[dict[str, Any]]:
    """The months of a large term, newest first."""
    _, taxonomy, slug = group.key
    return [
        {"name": month.key[3], "route": f"/{taxonomy}/{slug}/{month.key[3]}/", "count": month.count}
        for month in reversed(group.summaries("term_month", taxonomy, slug))
    ]


def _days(key: Key) -> Iterable[Key]:
    days = _days_of_week(key[1]) if key[0] == "week" else _days_of_month(key[1])
    return (("day", day) for day in days)


PAGE_KINDS: tuple[PageKind, ...] = (
    PageKind(name="day", places=_by_period("day", str), pages=_day_pages, top=3),
    PageKind(name="week", places=_by_period("week", week_of), pages=_week_pages, reads=_days),
    PageKind(name="month", places=_by_period("month", lambda day: day[:7]), pages=_month_pages, reads=_days, top=3),
    PageKind(
        name="year",
        places=_by_period("year", lambda day: day[:4]),
        pages=_year_pages,
        reads=lambda key: (("month", f"{key[1]}-{n:02}") for n in range(1, 13)),
    ),
    PageKind(
        name="term_month",
        places=_term_month_places,
        pages=_term_month_pages,
        reads=lambda key: (("large_term", key[1], key[2]),),
    ),
    PageKind(name="was", places=_was_places, pages=_was_pages, weak=True),
    # Has no page: only whether it is large, so that a term's months read that and not its count.
    PageKind(name="large_term", places=_large_term_places, pages=no_pages, only_large=LARGE),
)

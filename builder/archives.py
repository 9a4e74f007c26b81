"""The kinds of page that are cut by time: days, weeks, months and years.

Cut at days and hours, never by counting from the newest end: a new or late item changes the pages
of its day, week, month and year, and no other. Which pages there are rests on items and their addresses,
never on how they are joined to stories: what was published once stays, if only to lead on.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from builder.kinds import Group, Key, Listed, Page, PageKind, Place, Shares, Stretch, Summary, Top
from builder.model import Item, Link, Story, Subject
from builder.redirects import redirect
from builder.settings import Settings

DAY, TOP = 100, 10
NEAR = 7
"""So many days before and after a day its page looks for one with stories to lead to."""
HEAD = 30
_HOURS = ("all-day", *(f"{hour:02}" for hour in range(24)))


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


def exists(group: Group) -> Summary | None:
    """The summary of a group of which others only need to know that it is there: that it has a story to show."""
    return Summary(key=group.key) if group.count() else None


# -- where items stand ---------------------------------------------------------------------------------


def addressed(item: Item) -> str:
    """The day in an item's address, `2026-01-12`; `""` for a file that stands outside the folders of days."""
    day = "-".join(item.path.split("/")[:3])
    try:
        return day if date.fromisoformat(day).isoformat() == day else ""
    except ValueError:
        return ""


def is_plain(story: Story, settings: Settings) -> bool:
    """Whether a story is one item that is listed where its address says, as most are."""
    item = story.lead
    return (
        not story.plural and not story.hidden and item.path.startswith(item.day(settings.zone).replace("-", "/") + "/")
    )


def shares(story: Story, settings: Settings, width: int) -> Shares:
    """How many items a story has on each day (`width` 10) or in each month (7): on that of their date, and on that of
    their address, which stays whatever becomes of the date."""
    found: Counter[str] = Counter()
    for item in story.items:
        days = {item.day(settings.zone), addressed(item)} - {""}
        found.update({day[:width] for day in days})
    return tuple(sorted(found.items()))


def in_sitemap(group: Group) -> Iterable[Key]:
    """The sitemap of all pages that rest on no story."""
    return (("sitemap_index",),)


def _when_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    """A story stands on each day of its items, where its newest item of that day stands."""
    if not isinstance(subject, Story):
        return
    zone = settings.zone
    if is_plain(subject, settings):
        yield Place(key=("when",), sort=subject.lead.sort(zone))
    else:
        newest: dict[str, Item] = {item.day(zone): item for item in subject.items}
        besides = dict(shares(subject, settings, 10))
        for day, item in newest.items():
            number = besides.pop(day)
            yield Place(key=("when",), sort=item.sort(zone), shares=((day, number),))
        if besides:
            # An edited date or zone takes a story off the pages of the day in its address; those keep their routes.
            yield Place(key=("when",), listed=False, shares=tuple(besides.items()))


def _day_summary(group: Group) -> Summary | None:
    if not group.count():
        return None
    return Summary(key=group.key, count=group.count(), top=group.top(3))


def _day_readers(group: Group) -> Iterable[Key]:
    day = group.key[1]
    return ("week", week_of(day)), ("month", day[:7]), ("sitemap_index",)


def _day_pages(group: Group) -> Iterator[Page]:
    """`/2026/01/12/`; over 100 stories it is cut by hour, `/2026/01/12/08/`. On a day that ever had so many every hour
    has its route; it leads to the day where there is nothing to show."""
    day, count = group.key[1], group.count()
    head, cut = {"day": day, "count": count} | _around(day) | _beside(group, day), count > DAY
    hours = _hours(group) if cut else []
    stories = group.newest(HEAD) if cut else group.between("", "~")
    data = head | {"hour": "", "hours": hours, "stories": stories}
    yield Page(route=day_route(day), template="day.html", data=data)
    for hour in hours:
        end = f"{hour['sort']} !" if hour["sort"] == day else f"{hour['sort']}~"
        data = head | {"hour": hour["name"], "hours": hours, "stories": group.between(str(hour["sort"]), end)}
        yield Page(route=str(hour["route"]), template="day.html", data=data)
    if cut or group.size() > DAY:
        routes = {f"{day_route(day)}{hour}/" for hour in _HOURS} - {str(hour["route"]) for hour in hours}
        yield from leading(routes, day_route(day))


def leading(routes: Iterable[str], to: str) -> Iterator[Page]:
    """Redirects from pages that had stories once, or might have had."""
    for route in sorted(routes):
        yield from redirect(route, to, "")


def _hours(group: Group) -> list[dict[str, Any]]:
    """The hours of a day that have stories, newest first."""
    day = group.key[1]
    hours = [
        {"name": f"{sort[11:]}:00", "route": day_route(day) + (sort[11:] or "all-day") + "/", "count": n, "sort": sort}
        for sort, n in group.counts(13)
    ]
    for hour in hours:
        if hour["sort"] == day:
            hour["name"] = "all day"
    return hours


def _around(day: str) -> dict[str, str]:
    """The week and the month of a day."""
    week, month = week_of(day), day[:7]
    return {"week": week, "week_route": day_route(week), "month": month, "month_route": day_route(month)}


def _beside(group: Group, day: str) -> dict[str, Link | None]:
    """The day with stories before a day, and the one after it, where they are not too far."""
    found: dict[str, Link | None] = {}
    for name, step in (("before", -1), ("after", 1)):
        days = (days_from(day, step * number) for number in range(1, NEAR + 1))
        there = next((one for one in days if group.summaries("open", one)), "")
        found[name] = Link(name=there, route=day_route(there)) if there else None
    return found


def days_from(day: str, number: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=number)).isoformat()


def _open_readers(group: Group) -> Iterable[Key]:
    """The days from which this one may be the nearest."""
    day = group.key[1]
    return (("day", days_from(day, number)) for number in range(-NEAR, NEAR + 1) if number)


def _week_pages(group: Group) -> Iterator[Page]:
    week = group.key[1]
    days = [summary for day in _days_of_week(week) for summary in group.summaries("day", day)]
    data = {"week": week, "count": group.count(), "days": [counted(day) for day in days]}
    data["top"] = _top(group, days)
    yield Page(route=day_route(week), template="week.html", data=data)


def _days_of_week(week: str) -> list[str]:
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    return [(monday + timedelta(days=n)).isoformat() for n in range(7)]


def _month_pages(group: Group) -> Iterator[Page]:
    month = group.key[1]
    days = {summary.key[1]: summary for day in days_of_month(month) for summary in group.summaries("day", day)}
    data = {
        "month": month,
        "year": month[:4],
        "year_route": day_route(month[:4]),
        "count": group.count(),
        "weeks": _calendar(month, days),
        "top": _top(group, days.values()),
    }
    yield Page(route=day_route(month), template="month.html", data=data)


def days_of_month(month: str) -> list[str]:
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
    data = {"year": year, "count": group.count(), "months": [counted(month) for month in months]}
    data["top"] = _top(group, months)
    yield Page(route=day_route(year), template="year.html", data=data)


def _best(summaries: Iterable[Summary], n: int) -> tuple[Top, ...]:
    """The stories with the most publishers of several periods, the newest first among equals."""
    found = {top.name: top for summary in summaries for top in sorted(summary.top, key=_rank)}
    return tuple(sorted(found.values(), key=_rank, reverse=True)[:n])


def _rank(top: Top) -> tuple[int, str, str]:
    return top.weight, top.sort, top.name


def _top(group: Group, summaries: Iterable[Summary]) -> tuple[Listed, ...]:
    return group.named(top.name for top in _best(summaries, TOP))


def _month_summary(group: Group) -> Summary | None:
    if not group.count():
        return None
    days = (summary for day in days_of_month(group.key[1]) for summary in group.summaries("day", day))
    return Summary(key=group.key, count=group.count(), top=_best(days, 3))


def _month_readers(group: Group) -> Iterable[Key]:
    return ("year", group.key[1][:4]), ("latest",), ("sitemap_index",)


# -- the kinds -----------------------------------------------------------------------------------------


def _falls_in(name: str, period: Callable[[str], str], key: Key, day: str) -> Iterable[Key]:
    """The day, week, month or year that a place of a story on one of its days falls in."""
    return ((name, period(day)),)


def _stretch_of_period(key: Key) -> Stretch:
    first = last = key[1]
    if key[0] == "week":
        days = _days_of_week(key[1])
        first, last = days[0], days[-1]
    return Stretch(key=("when",), after=first, before=last + "~")


def _month_of(day: str) -> str:
    return day[:7]


def _year_of(day: str) -> str:
    return day[:4]


def _period_kind(name: str, period: Callable[[str], str], **rest: Any) -> PageKind:
    return PageKind(name=name, of="when", keys=partial(_falls_in, name, period), stretch=_stretch_of_period, **rest)


PAGE_KINDS: tuple[PageKind, ...] = (
    # Every day of every story: days, weeks, months and years are stretches of it.
    PageKind(name="when", places=_when_places),
    _period_kind("day", str, pages=_day_pages, summary=_day_summary, read_by=_day_readers),
    # Has no page: only that there are stories on a day, which the days beside it need to know, and not how many.
    _period_kind("open", str, summary=exists, read_by=_open_readers),
    _period_kind("week", week_of, pages=_week_pages, summary=exists, read_by=in_sitemap),
    _period_kind("month", _month_of, pages=_month_pages, summary=_month_summary, read_by=_month_readers),
    _period_kind("year", _year_of, pages=_year_pages, summary=exists, read_by=in_sitemap),
)

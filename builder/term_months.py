"""Terms that many items carry, and the pages of their months, cut at days where there is much.

Never counts stories to say which pages there are: items do, which stay when stories join.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from builder import archives
from builder.kinds import Group, Key, Page, PageKind, Stretch, Summary

TERM_MONTH, LARGE = 200, 50
VOLUME = 24
"""Months that the line of a term's volume shows, up to the newest with a story."""
Counts = tuple[tuple[str, int], ...]
"""Months, each with a number of stories."""


def _month_of_term(key: Key, day: str) -> Iterable[Key]:
    return (("term_month", *key[1:], day[:7]),) if day else ()


def _stretch_of_term(key: Key) -> Stretch:
    return Stretch(key=("term", *key[1:3]), after=key[3], before=key[3] + "~")


def has_page(group: Group) -> bool:
    """Whether a term has a page: an editor's or a promoted one, and one that a person gave a story."""
    taxonomy, slug = group.key[1], current(group) or group.key[2]
    return group.settings.has_page(taxonomy, slug) or bool(group.summaries("by_hand", taxonomy, slug))


def name_of(group: Group) -> str:
    """What a term is called: as the editor says, else as most stories do."""
    _, taxonomy, slug = group.key[:3]
    said = group.settings.vocabulary.tags.get(slug) if taxonomy == "tags" else None
    return (said.name if said else "") or group.label() or slug


def current(group: Group) -> str:
    """The slug by which a term goes now: its own, that of the term that it was merged into, `""` for a hidden one."""
    return group.settings.moves.resolve(*group.key[1:3])


def is_large(group: Group) -> bool:
    """Whether so many items carry a term that it has pages of months, for good."""
    return group.size() > LARGE


def _large_summary(group: Group) -> Summary:
    """Whether a term has pages of months, and its name on them, or where they lead; else nothing, so that they hear of
    no small change."""
    now, slug = current(group), group.key[2]
    large = is_large(group) and (not now or has_page(group))
    return Summary(key=group.key, large=large, label=(name_of(group) if now == slug else f"/{now}") if large else "")


def _large_readers(group: Group) -> Iterable[Key]:
    months = {month for month, _ in group.counts(7)} | set(group.parts())
    return (("term_month", *group.key[1:], month) for month in sorted(months))


def _term_month_pages(group: Group) -> Iterator[Page]:
    """`/tags/ukraine/2026-01/`, for terms with over 50 items; over 200 stories it is cut at days, `…/2026-01-12/`.
    What has nothing to show leads to the month, or to the term."""
    _, taxonomy, slug, month = group.key
    term = next(iter(group.summaries("large_term", taxonomy, slug)), None)
    if term is None or not term.large:
        return
    if (now := current(group)) != slug:
        to = f"/{taxonomy}/{now}/{month}/" if now else f"/{taxonomy}/"
        yield from archives.leading(_routes_of(group, ()), to)
        return
    route, count = f"/{taxonomy}/{slug}/", group.count()
    days = group.counts(10) if count > TERM_MONTH else ()
    parts = [{"name": day, "route": f"{route}{day}/", "count": n} for day, n in days]
    head = {"taxonomy": taxonomy, "name": term.label or slug, "month": month, "month_route": f"{route}{month}/"}
    head["feed"] = f"{route}feed.xml"
    for day, number in days:
        # Says nothing of the other days: another story makes the page of its day anew, and not those of a month.
        data = head | {"part": day, "parts": [], "count": number, "stories": group.between(day, day + "~")}
        yield Page(route=f"{route}{day}/", template="term_month.html", data=data)
    if count:
        stories = group.newest(archives.HEAD) if days else group.between("", "~")
        data = head | {"part": "", "parts": parts, "count": count, "stories": stories}
        yield Page(route=f"{route}{month}/", template="term_month.html", data=data)
    shown = [month, *(day for day, _ in days)] if count else []
    yield from archives.leading(_routes_of(group, shown), f"{route}{month}/" if count else route)


def _routes_of(group: Group, shown: Iterable[str]) -> set[str]:
    """The routes of a month of a term and, where it ever was cut, of its days, but for those that show something."""
    _, taxonomy, slug, month = group.key
    days = archives.days_of_month(month) if group.size() > TERM_MONTH else []
    return {f"/{taxonomy}/{slug}/{part}/" for part in {month, *days} - set(shown)}


def months_of(group: Group, months: Counts) -> list[dict[str, Any]]:
    """The months of a large term, newest first, each with the number of its stories as `Group.counts` tells it."""
    _, taxonomy, slug = group.key
    return [{"name": month, "route": f"/{taxonomy}/{slug}/{month}/", "count": n} for month, n in months]


def volume(months: Counts) -> list[dict[str, Any]]:
    """How many stories there are in each month from the first to the newest, of the last `VOLUME`; oldest first."""
    counts = {month: number for month, number in months if len(month) == 7}
    if not counts:
        return []
    first, last = (12 * int(month[:4]) + int(month[5:]) - 1 for month in (min(counts), max(counts)))
    names = [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(max(first, last - VOLUME + 1), last + 1)]
    return [{"name": name, "count": counts.get(name, 0)} for name in names]


def _large_term_of(key: Key, day: str) -> Iterable[Key]:
    return (("large_term", *key[1:]),)


def _term_of_month(key: Key) -> Key:
    return ("large_term", *key[1:3])


def _whole_term(key: Key) -> Stretch:
    return Stretch(key=("term", *key[1:]))


PAGE_KINDS: tuple[PageKind, ...] = (
    PageKind(
        name="term_month",
        of="term",
        keys=_month_of_term,
        stretch=_stretch_of_term,
        under=_term_of_month,
        pages=_term_month_pages,
    ),
    # Has no page: only what the months of a term need to know of it, so that they do not read its count.
    PageKind(
        name="large_term",
        of="term",
        keys=_large_term_of,
        stretch=_whole_term,
        summary=_large_summary,
        read_by=_large_readers,
    ),
)

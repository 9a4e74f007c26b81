"""Sitemaps (sitemaps.org): one for each month, cut at days where there is much, and one of all other pages.

Never says when a page was built: `lastmod` comes from the content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder import archives, cards, urls
from builder.kinds import LAST, Group, Key, Page, PageKind, Place, Stretch, Summary
from builder.model import Document, Story, Subject
from builder.settings import Settings

SITEMAP = 1_000
"""Items of a month from which on its sitemap is cut at days: one more story makes one short file anew."""
SITEMAP_PAGES = 20_000
"""Addresses in one sitemap of pages that rest on no story; sitemaps.org allows 50,000."""


def _places(subject: Subject, settings: Settings) -> Iterator[Place]:
    # By the day of the address, not of the date: neither an edited date nor a story that goes on moves anything between
    # sitemaps, so what has a sitemap once keeps it.
    if isinstance(subject, Story):
        months: dict[str, list[str]] = {}
        for item in subject.items:
            months.setdefault(urls.month_of(item.path), []).append(item.path)
        for month, paths in months.items():
            first = {path[:10]: path for path in reversed(paths)}
            besides = len(paths) - len(first)
            for path in first.values():
                # Where it is hidden, its day is known by the part of time.
                yield Place(key=("sitemap", month), sort=path, shares=(("", 1 + besides), (path[:10], 1)))
                besides = 0


def _month_pages(group: Group) -> Iterator[Page]:
    """`/sitemaps/2026-01.xml`; for a month with too many items it names those of the days."""
    if group.size() <= SITEMAP:
        yield _page(group.key[1], group)
    else:
        days = [_route(day.replace("/", "-")) for day, _ in group.counts(10)]
        yield Page(route=_route(group.key[1]), template="sitemap_index.xml", data={"sitemaps": days})


def _day_pages(group: Group) -> Iterator[Page]:
    """`/sitemaps/2026-01-12.xml`, where the month has too many items for one file."""
    if any(month.large for month in group.summaries("sitemap", group.key[1])):
        yield _page(group.key[2].replace("/", "-"), group, group.key[2])


def _page(name: str, group: Group, day: str = "") -> Page:
    """The addresses of a month, or of one of its days, as those begin."""
    month, located = group.key[1], []
    stories = group.between("", LAST)
    if stories:
        stories[0].read(stories)
    for story in stories:
        card = story.card
        paths = [link.route.strip("/") for link in card.items]
        routes = [f"/{path}/" for path in paths if urls.month_of(path) == month and path.startswith(day)]
        if card.route.startswith("/stories/") and card.items[0].route in routes:
            routes.append(card.route)
        if card.unindexed:
            out = {*card.unindexed, *((card.route,) if len(card.unindexed) == len(card.items) else ())}
            routes = [route for route in routes if route not in out]
        # A publisher's further report is no news to readers of feeds, but it changed the page.
        changed = max(card.updated, card.stamp)
        located += [{"route": route, "updated": changed} for route in routes]
    # One that names nothing is not valid (sitemaps.org), and one that is gone would be missed.
    located = located or [{"route": "/", "updated": ""}]
    data = {"pages": sorted(located, key=lambda place: place["route"])}
    return Page(route=_route(name), template="sitemap.xml", data=data)


def _route(name: str) -> str:
    return f"/sitemaps/{name}.xml"


def _month_summary(group: Group) -> Summary:
    """Whether a month is cut, and at which days: so they hear of no small change."""
    large = group.size() > SITEMAP
    return Summary(key=group.key, large=large, days=tuple(day for day, _ in group.counts(10)) if large else ())


def _month_readers(group: Group) -> Iterable[Key]:
    yield ("sitemap_index",)
    days = {day for day, _ in group.counts(10)} | set(group.parts())
    yield from (("sitemap_day", group.key[1], day) for day in sorted(days))


def _day_of(key: Key, day: str) -> Iterable[Key]:
    return (("sitemap_day", key[1], day),) if day else ()


def _month_of(key: Key) -> Key:
    return ("sitemap", key[1])


def _stretch_of_day(key: Key) -> Stretch:
    return Stretch(key=("sitemap", key[1]), after=key[2], before=key[2] + LAST)


def _index_pages(group: Group) -> Iterator[Page]:
    routes = ["/", "/latest/"]
    routes += [f"/{taxonomy}/" for taxonomy in cards.TAXONOMIES]
    routes += [f"/{term.key[1]}/{term.key[2]}/" for term in group.summaries("term")]
    routes += [archives.day_route(day.key[1]) for day in group.summaries("day")]
    for kind in ("week", "month", "year"):
        routes += [archives.route_of(summary.key) for summary in group.summaries(kind)]
    routes += [Document(path=d.key[1], title="").route for d in group.summaries("document")]
    chunks = [sorted(routes)[i : i + SITEMAP_PAGES] for i in range(0, len(routes), SITEMAP_PAGES)]
    names = []
    for number, chunk in enumerate(chunks, 1):
        names.append(_route("pages" if number == 1 else f"pages-{number}"))
        data = {"pages": [{"route": route, "updated": ""} for route in chunk]}
        yield Page(route=names[-1], template="sitemap.xml", data=data)
    for month in group.summaries("sitemap"):
        names += [_route(day.replace("/", "-")) for day in month.days] or [_route(month.key[1])]
    yield Page(route="/sitemap.xml", template="sitemap_index.xml", data={"sitemaps": names})


PAGE_KINDS: tuple[PageKind, ...] = (
    PageKind(
        name="sitemap",
        places=_places,
        pages=_month_pages,
        summary=_month_summary,
        read_by=_month_readers,
    ),
    PageKind(
        name="sitemap_day",
        of="sitemap",
        keys=_day_of,
        stretch=_stretch_of_day,
        under=_month_of,
        pages=_day_pages,
    ),
    PageKind(name="sitemap_index", pages=_index_pages, always=(("sitemap_index",),)),
)

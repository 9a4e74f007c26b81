"""Every kind of page: the site map in code.

Each kind is a group-by over stories (or documents, assets, removed addresses) and builds its pages
from one group and the summaries it reads. Never reads a file, and never looks at the whole site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import msgspec

from builder import archives, cards, languages, redirects, sitemaps, term_months, terms, urls
from builder.feeds import FEED, feed_data, window
from builder.kinds import Body, Group, Key, Listed, Page, PageKind, Place, Stretch, Summary
from builder.model import Asset, Document, Gone, Item, Link, Mention, Note, Story, Subject, stamp
from builder.redirects import redirect
from builder.settings import Settings

HOME, LATEST = 30, 100


# -- one story ---------------------------------------------------------------------------------------


def _story_pages(group: Group) -> Iterator[Page]:
    """`/2026/01/12/slug/` for each item, `/stories/2026/01/12/slug/` from two on; redirects from former addresses."""
    story, settings = group.subject(), group.settings
    assert isinstance(story, Story)
    for item in story.items:
        yield _item_page(item, story, settings)
        former = settings.moves.former("items", item.path)
        for old in (*item.aliases, *(f"/{path}/" for path in former)):
            yield from redirect(old, item.route, _file(item))
    if story.plural:
        yield _coverage_page(group, story)
    elif story.named:
        yield from redirect(story.own_route, story.lead.route, _file(story.lead))
    for old in settings.moves.former("stories", story.name):
        yield from redirect(f"/stories/{old}/", story.route, "moves.tsv")


def _item_page(item: Item, story: Story, settings: Settings) -> Page:
    said = None if story.plural else story.note
    data: dict[str, Any] = {
        **_facts(item, settings),
        "note": (said and said.note) or str(item.extra.get("note", "")),
        "tags": cards.shown_tags(story, settings, [item] if story.plural else ()),
        "categories": cards.terms([item], "categories", settings),
        "coverage": [_report(mention, settings) for mention in item.coverage],
        "noindex": item.source in settings.unindexed,
        "story": Link(name=cards.headline(story, settings), route=story.route) if story.plural else None,
        "others": [Link(name=other.title, route=other.route) for other in story.items if other is not item],
    }
    body = Body(file=_file(item), hash=item.body, own=not item.link)
    note = _note_body(said)
    return Page(route=item.route, template="item.html", data=data, body=body, note=note, origin=_file(item))


def _note_body(note: Note | None) -> Body | None:
    """The text of a note: the owner’s own, and trusted as such."""
    return Body(file=note.file, hash=note.body, trusted=True, own=True) if note and note.body else None


def _coverage_page(group: Group, story: Story) -> Page:
    settings, seen = group.settings, set[str]()
    timeline = []
    for item in story.items:
        # Who reports again says so further below.
        if not item.publisher or item.publisher.casefold() not in seen:
            timeline.append(_facts(item, settings))
        seen.add(item.publisher.casefold())
    data = {
        "card": cards.card(story, settings),
        "note": story.note.note if story.note else "",
        "count": len(story.items),
        "timeline": timeline,
        "coverage": _by_publisher(story, settings),
        # No chain holds a hidden story, so it would not hear what becomes of one.
        "earlier": () if story.hidden else _chained(group, cards.followed(story, settings)),
        "later": () if story.hidden else _chained(group, story.name, but=story.name),
        "tags": cards.shown_tags(story, settings),
        "noindex": all(item.source in settings.unindexed for item in story.items),
        "categories": cards.terms_of(story, "categories", settings),
    }
    note = _note_body(story.note)
    return Page(route=story.own_route, template="story.html", data=data, note=note, origin=_file(story.lead))


def _by_publisher(story: Story, settings: Settings) -> list[dict[str, Any]]:
    """Every report under its publisher, in the order of their first; the time of those that are items of ours."""
    found: dict[str, dict[str, Any]] = {}
    for mention, item in cards.reports(story):
        own = mention.link == item.link
        day, time = cards.when(item, settings) if own else ("", "")
        report = _report(mention, settings)
        report |= {"day": day, "time": time, "stamp": stamp(item.date), "route": item.route if own else ""}
        known = found.setdefault(mention.publisher.casefold(), {"publisher": report.pop("publisher"), "reports": []})
        known["reports"].append(report)
    return list(found.values())


# -- stories that follow others ------------------------------------------------------------------------

CHAIN = 20
"""So many later stories are named on the page of one that they follow."""


def _chain_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    """A story of several items stands in its own chain, and in that of the story that it follows."""
    if isinstance(subject, Story) and subject.plural:
        sort = subject.lead.sort(settings.zone)
        for name in {subject.name, cards.followed(subject, settings)} - {""}:
            yield Place(key=("chain", name), sort=sort)


def _chain_summary(group: Group) -> Summary | None:
    """The stories of a chain with the most publishers, and in any case the one that they follow."""
    tops = group.top(group.count())
    shown = (top for number, top in enumerate(tops) if number < CHAIN or top.name == group.key[1])
    return Summary(key=group.key, top=tuple(shown)) if len(tops) > 1 else None


def _chain_readers(group: Group) -> Iterable[Key]:
    return (("story", top.name) for top in group.top(group.count()))


def _chained(group: Group, name: str, but: str = "") -> list[Link]:
    """The story of a name where another follows it; or, of its followers, those but itself, in the order of time."""
    if not name:
        return []
    tops = [top for chain in group.summaries("chain", name) for top in chain.top]
    wanted = [top.name for top in sorted(tops, key=lambda top: (top.sort, top.name)) if (top.name == name) != bool(but)]
    return [Link(name=story.card.title, route=story.card.route) for story in group.named(wanted)]


def _facts(item: Item, settings: Settings) -> dict[str, Any]:
    """What every page that shows an item says of it; moments are local days and times."""
    day, time = cards.when(item, settings)
    updated = None
    if item.updated:
        there = cards.local(item.updated, settings)
        updated = {"day": there[0], "time": there[1], "stamp": stamp(item.updated)}
    return {
        "item": _shown(item, settings),
        "day": Link(name=day, route=archives.day_route(day)),
        "time": time,
        "stamp": stamp(item.date) if item.timed else day,
        "updated": updated,
        "publisher": cards.term("publishers", item.publisher, settings) if item.publisher else None,
    }


def _report(mention: Mention, settings: Settings) -> dict[str, Any]:
    publisher = cards.term("publishers", mention.publisher, settings) if mention.publisher else None
    return {"title": mention.title, "link": mention.link, "publisher": publisher}


def _shown(item: Item, settings: Settings) -> Item:
    """What a reader may see of an item: not its identity, what ingest remembers of it, or what is not public."""
    hidden = {source.name for source in settings.sources if not source.public}
    own_image = item.image.startswith("/") and not item.image.startswith("//")
    also = tuple(name for name in item.also if name not in hidden)
    source = "" if item.source in hidden else item.source
    link = item.link if urls.may_be_shown(item.link) else ""
    files = tuple(file for file in item.enclosures if urls.may_be_shown(file.url))
    return msgspec.structs.replace(
        item,
        link=link,
        image=item.image if own_image or urls.is_public_image(item.image) else "",
        enclosures=files,
        lang=cards.language(item),
        source=source,
        also=also,
        id="",
        written={},
        date_raw="",
        body="",
        story="",
        aliases=(),
        slug="",
    )


def _file(item: Item) -> str:
    return f"items/{item.path}.md"


# -- the whole site ----------------------------------------------------------------------------------


def _all_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    if isinstance(subject, Story):
        yield Place(key=("all",), sort=subject.latest.sort(settings.zone))


def _of_all(name: str, pages: Callable[[Group], Iterable[Page]]) -> PageKind:
    """A kind with one group, of all stories."""
    return PageKind(name=name, of="all", keys=partial(_only, name), stretch=_whole_site, pages=pages, always=((name,),))


def _only(name: str, key: Key, day: str) -> Iterable[Key]:
    return ((name,),)


def _whole_site(key: Key) -> Stretch:
    return Stretch(key=("all",))


def _home_pages(group: Group) -> Iterator[Page]:
    """`/`: the lead, what else is pinned, and the newest, 30 in all."""
    tops = [top for pinned in group.summaries("pinned") for top in pinned.top]
    pinned = group.named(top.name for top in sorted(tops, key=lambda top: (top.sort, top.name), reverse=True))
    known = {story.fingerprint for story in pinned}
    found = group.newest(HOME)
    newest = [story for story in found if story.fingerprint not in known][: HOME - len(pinned)]
    lead = pinned[0] if pinned else _lead(newest)
    data = {
        "lead": lead,
        "pinned": pinned,
        "stories": [story for story in newest if story is not lead],
        "count": group.count(),
        "day": Link(name=found[0].day, route=archives.day_route(found[0].day)) if found else None,
    }
    yield Page(route="/", template="home.html", data=data)


def _lead(stories: list[Listed]) -> Listed | None:
    """What most publishers report, of the newest stories: of the last day that has any, and the day before it."""
    if not stories:
        return None
    since = archives.days_from(stories[0].day, -1)
    near = [story for story in stories if story.day >= since]
    near[0].read(near)
    return max(near, key=lambda story: len(story.card.publishers))


def _pinned_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    if isinstance(subject, Story) and subject.pinned:
        yield Place(key=("pinned",), sort=subject.latest.sort(settings.zone))


def _hidden_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    """Who is in no list is found here."""
    if isinstance(subject, Story) and subject.hidden:
        yield Place(key=("hidden",))


def _pinned_summary(group: Group) -> Summary:
    return Summary(key=group.key, top=group.top(HOME))


def _pinned_readers(group: Group) -> Iterable[Key]:
    return (("home",),)


def _latest_pages(group: Group) -> Iterator[Page]:
    months = [archives.counted(month) for month in reversed(group.summaries("month"))]
    yield Page(route="/latest/", template="latest.html", data={"stories": group.newest(LATEST), "months": months})


def _feed_pages(group: Group) -> Iterator[Page]:
    data = feed_data(window(group, group.newest(FEED)), "", "/", "/feed.xml")
    yield Page(route="/feed.xml", template="feed.xml", data=data)
    yield Page(route="/feed.json", template="feed.json", data=data | {"self": "/feed.json"})


def _site_pages(group: Group) -> Iterator[Page]:
    """What rests on the settings alone."""
    public = [source for source in group.settings.sources if source.public]
    addresses = [urls.for_source(urls.bare(source.url), secrets=True) for source in public]
    sources = [
        {"name": source.name or url or source.file, "url": url} for source, url in zip(public, addresses, strict=True)
    ]
    yield Page(route="/opml.xml", template="opml.xml", data={"sources": sources})
    yield Page(route="/404.html", template="404.html")
    yield Page(route="/robots.txt", template="robots.txt")
    yield Page(route="/_headers", template="_headers")
    yield Page(route="/theme.css", template="theme.css")
    yield Page(route="/words.js", template="words.js")
    yield Page(route="/manifest.webmanifest", template="manifest.webmanifest")


# -- files -----------------------------------------------------------------------------------------


def _document_pages(group: Group) -> Iterator[Page]:
    document = group.subject()
    assert isinstance(document, Document)
    origin = f"pages/{document.path}.md"
    body = Body(file=origin, hash=str(document.extra.get("body", "")), trusted=True, own=True)
    data = {
        "document": msgspec.structs.replace(
            document, extra={}, aliases=(), data={}, datasets={}, lang=languages.tag(document.lang)
        ),
        "datasets": document.datasets,
    }
    yield Page(route=document.route, template=document.template, data=data, body=body, origin=origin)
    for old in document.aliases:
        yield from redirect(old, document.route, origin)


def _asset_pages(group: Group) -> Iterator[Page]:
    asset = group.subject()
    assert isinstance(asset, Asset)
    # `tags/index.html` is the page /tags/: who else asks for that is told so.
    route = asset.route.removesuffix("index.html") if asset.route.endswith("/index.html") else asset.route
    yield Page(route=route, asset=asset, origin=asset.file if asset.origin == "content" else f"templates/{asset.file}")


def _gone_pages(group: Group) -> Iterator[Page]:
    """A published address never dies: what was removed leaves a notice, there and at its former addresses."""
    gone = group.subject()
    assert isinstance(gone, Gone)
    data = {"date": gone.date, "reason": gone.reason}
    for old in (gone.path, *group.settings.moves.former("items", gone.path)):
        yield Page(route=f"/{old}/", template="gone.html", data=data, origin="seen/")


PAGE_KINDS: tuple[PageKind, ...] = (
    # Every story by its newest item: what is as wide as the site is a stretch of it.
    PageKind(name="all", places=_all_places),
    # Before the terms and their months, whose summaries rest on it.
    terms.BY_HAND,
    PageKind(name="hidden", places=_hidden_places, hidden=True),
    PageKind(name="pinned", places=_pinned_places, summary=_pinned_summary, read_by=_pinned_readers),
    _of_all("home", _home_pages),
    _of_all("latest", _latest_pages),
    _of_all("feed", _feed_pages),
    PageKind(name="site", pages=_site_pages, always=(("site",),)),
    PageKind(name="story", pages=_story_pages, single=True),
    PageKind(name="chain", places=_chain_places, summary=_chain_summary, read_by=_chain_readers),
    *archives.PAGE_KINDS,
    *term_months.PAGE_KINDS,
    *terms.PAGE_KINDS,
    PageKind(
        name="document",
        pages=_document_pages,
        summary=archives.exists,
        read_by=archives.in_sitemap,
        single=True,
    ),
    PageKind(name="asset", pages=_asset_pages, single=True),
    PageKind(name="gone", pages=_gone_pages, single=True, weak=True),
    *sitemaps.PAGE_KINDS,
    redirects.PAGE_KIND,
)

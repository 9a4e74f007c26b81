"""Tags, categories and publishers: the pages of their terms, and which terms have one.

An ingested tag has a page once it was promoted, for good; one that a person gives, or that `tags.toml` names, always.
Never counts how many stories carry a tag to say whether it has a page: ingest does, once, and writes it down.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from builder import archives, cards, term_months, urls
from builder.feeds import feed_data, window
from builder.kinds import Group, Key, Listed, Page, PageKind, Place, Shares, Summary
from builder.model import Link, Story, Subject
from builder.redirects import redirect
from builder.settings import Settings, Tag

STEPS = 5
"""Sizes in which a taxonomy shows its terms, by the logarithm of their stories."""
TERM, RELATED = 50, 8
"""Stories on a term's page, and tags that stand beside it."""


def _term_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    """A story stands in the terms of all its items by the latest of them; in each month of an item it has its share."""
    if isinstance(subject, Story):
        sort = subject.latest.sort(settings.zone)
        months = () if archives.is_plain(subject, settings) else archives.shares(subject, settings, 7)
        carried = _carried(subject, settings) if subject.plural or _retagged(subject) else {}
        for taxonomy in cards.TAXONOMIES:
            for link in cards.terms_of(subject, taxonomy, settings):
                key, label = _term(link.route, link.name)
                yield Place(key=key, sort=sort, label=label, shares=_with(carried.get(key, 1), months))
        for slug in _above(cards.terms_of(subject, "tags", settings), settings):
            key = ("term", "tags", slug)
            yield Place(key=key, sort=sort, shares=_with(carried.get(key, 1), months))
        if _retagged(subject):
            yield from _replaced(subject, settings, carried)
        yield from _merged(subject, settings)


def _with(number: int, months: Shares) -> Shares:
    """The shares of a story in a term: so many of its items carry the term, and so many it has in each month."""
    return (("", number), *months) if months else ()


def _carried(story: Story, settings: Settings) -> Counter[Key]:
    """How many items of a story carry each term, or a tag below it."""
    found: Counter[Key] = Counter()
    for item in story.items:
        for taxonomy in cards.TAXONOMIES:
            links = cards.terms([item], taxonomy, settings)
            found.update(_term(link.route, "")[0] for link in links)
            if taxonomy == "tags":
                found.update(("term", "tags", slug) for slug in _above(links, settings))
    return found


def _retagged(story: Story) -> bool:
    """Whether an editor says which tags a story has."""
    return story.note is not None and story.note.tags is not None


def _replaced(story: Story, settings: Settings, carried: Mapping[Key, int]) -> Iterator[Place]:
    """The tags of items that the note does not name, which may be that of a story they joined: their pages stay."""
    tags = cards.terms_of(story, "tags", settings)
    stands = {_term(link.route, "")[0] for link in tags} | {("term", "tags", slug) for slug in _above(tags, settings)}
    for key, number in carried.items():
        if key[1] == "tags" and key not in stands:
            yield Place(key=key, listed=False, shares=_with(number, archives.shares(story, settings, 7)))


def _merged(story: Story, settings: Settings) -> Iterator[Place]:
    """The terms that a story would stand in, had they not been merged or hidden: their months lead on."""
    found: Counter[Key] = Counter()
    for taxonomy in cards.TAXONOMIES:
        if targets := settings.moves.targets.get(taxonomy):
            for item in story.items:
                slugs = {urls.term_slug(name) for name in cards.names(item, taxonomy)}
                found.update(("term", taxonomy, slug) for slug in slugs if slug in targets)
            said = story.note.tags or () if story.note and taxonomy == "tags" else ()
            for slug in {urls.term_slug(name) for name in said} & targets.keys():
                found["term", taxonomy, slug] = max(found["term", taxonomy, slug], 1)
    for key, number in found.items():
        shares = _with(number, archives.shares(story, settings, 7))
        yield Place(key=key, listed=False, shares=shares)


def _above(tags: Iterable[Link], settings: Settings) -> Iterable[str]:
    """The tags that are parents of some, and their parents: a story of those is theirs as well."""
    said = settings.vocabulary.tags
    if not said:
        return ()
    own = {cards.slug_of(link) for link in tags}
    found: dict[str, None] = {}
    for slug in sorted(own):
        while slug in said and (slug := settings.moves.resolve("tags", said[slug].parent)) and slug not in found:
            if slug not in own:
                found[slug] = None
    return found


@lru_cache(16384)
def _term(route: str, name: str) -> tuple[Key, str]:
    """The key of the term at a route, and the name that a story uses for it."""
    taxonomy, slug = route.strip("/").split("/")
    # A merged term goes by the name that is its own, not by a former one.
    return ("term", taxonomy, slug), name if urls.term_slug(name) == slug else ""


def _term_pages(group: Group) -> Iterator[Page]:
    """`/tags/ukraine/`: the newest 50 and the term's months; its feed, at every address it ever had."""
    _, taxonomy, slug = group.key
    if not term_months.has_page(group) or term_months.current(group) not in ("", slug):
        return
    route, stories, count = f"/{taxonomy}/{slug}/", group.newest(TERM), group.count()
    # Counted once: that looks at every story of the term.
    counts = group.counts(7)
    months = term_months.months_of(group, counts) if term_months.is_large(group) else []
    said = group.settings.vocabulary.tags.get(slug, Tag()) if taxonomy == "tags" else Tag()
    hidden = not term_months.current(group)
    if hidden:
        yield from redirect(route, f"/{taxonomy}/", "tags.toml")
    name = term_months.name_of(group)
    head = {"taxonomy": taxonomy, "name": name, "count": count}
    above = _parents(said, group.settings)
    about = {"description": said.description, "kind": said.kind, "parents": above, "related": _related(group, stories)}
    about["volume"] = term_months.volume(counts)
    data = head | about | {"stories": stories, "months": months, "feed": f"{route}feed.xml"}
    if not hidden:
        yield Page(route=route, template="term.html", data=data)
    feed = feed_data(window(group, stories), name, route, f"{route}feed.xml")
    yield Page(route=f"{route}feed.xml", template="feed.xml", data=feed)
    for old in group.settings.moves.former(taxonomy, slug):
        yield from redirect(f"/{taxonomy}/{old}/", route, "moves.tsv")
        yield Page(route=f"/{taxonomy}/{old}/feed.xml", template="feed.xml", data=feed, origin="moves.tsv")


def keeps(key: Key, settings: Settings) -> bool:
    """Whether a term's page stays without a story: its address was promised."""
    return key[1] == "tags" and settings.vocabulary.promises(key[2])


def _parents(said: Tag, settings: Settings) -> list[Link]:
    """The parent of a tag, as text where it has no page; none that is hidden."""
    if not said.parent or not settings.moves.resolve("tags", said.parent):
        return []
    link = cards.term("tags", said.parent, settings)
    return [link if settings.has_page("tags", cards.slug_of(link)) else Link(name=link.name, route="")]


def _related(group: Group, stories: tuple[Listed, ...]) -> list[Link]:
    """The tags that stand most often beside a tag, on the cards of its page."""
    _, taxonomy, slug = group.key
    if taxonomy != "tags" or not stories:
        return []
    stories[0].read(stories)
    links = [link for story in stories for link in story.card.tags if link.route and link.route != f"/tags/{slug}/"]
    times = Counter(link.route for link in links)
    names = {link.route: link for link in links}
    often = sorted((route for route in times if times[route] > 1), key=lambda route: (-times[route], route))
    return [names[route] for route in often[:RELATED]]


def _term_summary(group: Group) -> Summary | None:
    """Nothing of a tag that is hidden or has no page, nor of a term without a story or a promise: no list names it."""
    there = group.count() or keeps(group.key, group.settings)
    if not there or not term_months.current(group) or not term_months.has_page(group):
        return None
    return Summary(key=group.key, label=term_months.name_of(group), count=group.count())


def _term_readers(group: Group) -> Iterable[Key]:
    return ("taxonomy", group.key[1]), ("sitemap_index",)


def _taxonomy_pages(group: Group) -> Iterator[Page]:
    taxonomy = group.key[1]
    terms: list[dict[str, Any]] = [
        {"name": term.label or term.key[2], "route": f"/{taxonomy}/{term.key[2]}/", "count": term.count}
        for term in group.summaries("term", taxonomy)
        if term.count
    ]
    terms.sort(key=lambda term: (term["name"].casefold(), term["route"]))
    most = math.log(max((term["count"] for term in terms), default=1)) or 1
    for term in terms:
        term["weight"] = 1 + round((STEPS - 1) * math.log(term["count"]) / most)
    yield Page(route=f"/{taxonomy}/", template="taxonomy.html", data={"taxonomy": taxonomy, "terms": terms})


# -- tags that a person gave -----------------------------------------------------------------------------


def _by_hand_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    """Where a tag has no page of its own right, one story is enough if a person says that it has the tag."""
    if isinstance(subject, Story) and settings.tag_pages > 1:
        for slug in sorted(cards.by_hand(subject, settings)):
            if not settings.has_page("tags", slug):
                yield Place(key=("by_hand", "tags", slug))


def _by_hand_readers(group: Group) -> Iterable[Key]:
    _, taxonomy, slug = group.key
    yield "term", taxonomy, slug
    for name in (slug, *group.settings.moves.former(taxonomy, slug)):
        yield "large_term", taxonomy, name


BY_HAND = PageKind(
    name="by_hand", places=_by_hand_places, summary=archives.exists, read_by=_by_hand_readers, hidden=True
)
PAGE_KINDS: tuple[PageKind, ...] = (
    PageKind(
        name="term", places=_term_places, pages=_term_pages, summary=_term_summary, read_by=_term_readers, keeps=keeps
    ),
    PageKind(
        name="taxonomy",
        pages=_taxonomy_pages,
        always=tuple(("taxonomy", taxonomy) for taxonomy in cards.TAXONOMIES),
    ),
)

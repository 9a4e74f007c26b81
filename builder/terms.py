"""Tags, categories and publishers: the pages of their terms, and which terms have one.

An ingested tag has a page once it was promoted, for good; one that a person gives, or that `tags.toml` names, always.
Never counts how many stories carry a tag to say whether it has a page: ingest does, once, and writes it down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from builder import archives, cards, urls
from builder.feeds import FEED, feed_data
from builder.kinds import Group, Key, Listed, Page, PageKind, Place, Summary
from builder.model import Link, Story, Subject
from builder.redirects import redirect
from builder.settings import Settings, Tag

TERM, RELATED = 50, 8
"""Stories on a term's page, and tags that stand beside it."""


def _term_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    if isinstance(subject, Story):
        sort = subject.latest.sort(settings.zone)
        for taxonomy in cards.TAXONOMIES:
            for link in cards.terms_of(subject, taxonomy, settings):
                key, label = _term(link.route, link.name)
                yield Place(key=key, sort=sort, label=label)
        for slug in _above(subject, settings):
            yield Place(key=("term", "tags", slug), sort=sort)


def _above(story: Story, settings: Settings) -> Iterable[str]:
    """The tags that are parents of a story's, and their parents: its stories are theirs as well."""
    said = settings.vocabulary.tags
    if not said:
        return ()
    own = {cards.slug_of(link) for link in cards.terms_of(story, "tags", settings)}
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
    count = group.count()
    months = archives.term_months(group) if count > TERM else []
    yield from _pages(group, group.newest(TERM), count, months)


def _pages(group: Group, stories: tuple[Listed, ...], count: int, months: list[dict[str, Any]]) -> Iterator[Page]:
    _, taxonomy, slug = group.key
    if not archives.has_page(group):
        return
    route = f"/{taxonomy}/{slug}/"
    said = group.settings.vocabulary.tags.get(slug, Tag()) if taxonomy == "tags" else Tag()
    hidden = not group.settings.moves.resolve(taxonomy, slug)
    if hidden:
        yield from redirect(route, "/tags/", "tags.toml")
    name = archives.name_of(group)
    head = {"taxonomy": taxonomy, "name": name, "count": count}
    above = _parents(said, group.settings)
    about = {"description": said.description, "kind": said.kind, "parents": above, "related": _related(group, stories)}
    data = head | about | {"stories": stories, "months": months, "feed": f"{route}feed.xml"}
    if not hidden:
        yield Page(route=route, template="term.html", data=data)
    feed = feed_data(stories[:FEED], name, route, f"{route}feed.xml")
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
    """Nothing of a tag without a page: no list may name it."""
    if not archives.has_page(group):
        return None
    return Summary(key=group.key, label=archives.name_of(group), count=group.count())


def _term_readers(group: Group) -> Iterable[Key]:
    return ("taxonomy", group.key[1]), ("sitemap_index",)


def _taxonomy_pages(group: Group) -> Iterator[Page]:
    taxonomy = group.key[1]
    terms = [
        {"name": term.label or term.key[2], "route": f"/{taxonomy}/{term.key[2]}/", "count": term.count}
        for term in group.summaries("term", taxonomy)
        if term.count
    ]
    terms.sort(key=lambda term: (str(term["name"]).casefold(), str(term["route"])))
    yield Page(route=f"/{taxonomy}/", template="taxonomy.html", data={"taxonomy": taxonomy, "terms": terms})


# -- terms of stories that an editor hides --------------------------------------------------------------


def _hidden_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    """A hidden story is on no term's page, but the pages of its terms stay."""
    if isinstance(subject, Story) and subject.hidden:
        for place in _term_places(subject, settings):
            yield Place(key=("hidden_term", *place.key[1:]), label=place.label)


def _hidden_pages(group: Group) -> Iterator[Page]:
    """A term without a story that is shown."""
    yield from _pages(group, (), 0, [])


def _hidden_at(route: str, settings: Settings) -> Iterable[Key]:
    taxonomy, slug = (*route.split("/"), "", "")[1:3]
    return (("hidden_term", taxonomy, settings.moves.resolve(taxonomy, slug)),)


# -- tags that a person gave -----------------------------------------------------------------------------


def _by_hand_places(subject: Subject, settings: Settings) -> Iterator[Place]:
    """Where a tag has no page of its own right, one story is enough if a person says that it has the tag."""
    if isinstance(subject, Story) and settings.tag_pages > 1:
        for slug in sorted(cards.by_hand(subject, settings)):
            if not settings.has_page("tags", slug):
                yield Place(key=("by_hand", "tags", slug))


def _by_hand_readers(group: Group) -> Iterable[Key]:
    return ((name, *group.key[1:]) for name in ("term", "large_term", "hidden_term"))


BY_HAND = PageKind(
    name="by_hand", places=_by_hand_places, summary=archives.exists, read_by=_by_hand_readers, hidden=True
)
PAGE_KINDS: tuple[PageKind, ...] = (
    PageKind(
        name="term", places=_term_places, pages=_term_pages, summary=_term_summary, read_by=_term_readers, keeps=keeps
    ),
    PageKind(name="hidden_term", places=_hidden_places, pages=_hidden_pages, weak=True, at=_hidden_at, hidden=True),
    PageKind(
        name="taxonomy",
        pages=_taxonomy_pages,
        always=tuple(("taxonomy", taxonomy) for taxonomy in cards.TAXONOMIES),
    ),
)

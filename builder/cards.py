"""What a list may show of a story, computed from its items and the settings alone.

Never looks at a body: an edit of a body changes no card, and so no list.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

import msgspec

from builder import languages, notes, urls
from builder.frontmatter import is_edited, moment
from builder.model import Card, Item, Link, Mention, Story, stamp
from builder.moves import TERM_KINDS
from builder.settings import Settings

TAXONOMIES = TERM_KINDS
ALONE = "#alone"
"""Ends the name of a story whose only item says `story: none`: another may go by the plain name."""
_SHOWN_TAGS = 3
_REMEMBERED = 20_000
_SHOWN_OTHERS = 8


def terms(items: Iterable[Item], taxonomy: str, settings: Settings) -> tuple[Link, ...]:
    """The terms of one taxonomy that items carry, each spelling group once, in the order first seen.

    A term that `moves.tsv` removed is carried by nobody.
    """
    return _links(taxonomy, (name for item in items for name in names(item, taxonomy)), settings)


def _links(taxonomy: str, names: Iterable[str], settings: Settings) -> tuple[Link, ...]:
    found: dict[str, Link] = {}
    for name in names:
        link = term(taxonomy, name, settings)
        if link.name and not link.route.endswith("//"):
            found.setdefault(link.route, link)
    return tuple(found.values())


def terms_of(story: Story, taxonomy: str, settings: Settings) -> tuple[Link, ...]:
    """The terms of one taxonomy that a story's items carry; its tags are those of its note, where that names any."""
    # A story is asked for them by its card, and by each kind of page that it stands on.
    known: dict[str, tuple[Link, ...]]
    asked, known = story.__dict__.get("terms", (None, {}))
    if asked is not settings:
        asked, known = story.__dict__["terms"] = settings, {}
    found = known.get(taxonomy)
    if found is None:
        said = story.note.tags if story.note and taxonomy == "tags" else None
        found = _links(taxonomy, said, settings) if said is not None else terms(story.items, taxonomy, settings)
        known[taxonomy] = found
    return found


def term(taxonomy: str, name: str, settings: Settings) -> Link:
    """A term's page, wherever it moved to."""
    # Each of a day's items asks for the same ones; the settings are what they rest on.
    known: dict[tuple[str, str], Link] = settings.__dict__.setdefault("terms", {})
    found = known.get((taxonomy, name))
    if found is None:
        if len(known) >= _REMEMBERED:
            known.clear()
        slug = settings.moves.resolve(taxonomy, urls.term_slug(name))
        said = settings.vocabulary.tags.get(slug) if taxonomy == "tags" else None
        shown = (said.name if said else "") or name.strip()
        found = known[taxonomy, name] = Link(name=shown, route=f"/{taxonomy}/{slug}/")
    return found


def shown_tags(story: Story, settings: Settings, items: Iterable[Item] = ()) -> tuple[Link, ...]:
    """The tags of a story, or of some of its items; those that have no page are text, without a route."""
    of_story = not items or (story.note is not None and story.note.tags is not None)
    found = terms_of(story, "tags", settings) if of_story else terms(items, "tags", settings)
    if all(settings.has_page("tags", slug_of(link)) for link in found):
        return found
    own = by_hand(story, settings)
    return tuple(
        link if slug_of(link) in own or settings.has_page("tags", slug_of(link)) else Link(name=link.name, route="")
        for link in found
    )


def by_hand(story: Story, settings: Settings) -> frozenset[str]:
    """The tags that a person gave a story, or its items: in its note, in a file that ingest did not write, or in one
    whose tags were changed."""
    known: frozenset[str] | None = story.__dict__.get("by_hand")
    if known is None:
        said = [item for item in story.items if item.tags and (not item.written or is_edited(item, "tags"))]
        links = terms(said, "tags", settings)
        if story.note and story.note.tags is not None:
            links += terms_of(story, "tags", settings)
        known = story.__dict__["by_hand"] = frozenset(map(slug_of, links))
    return known


def slug_of(link: Link) -> str:
    """`/tags/ukraine/` -> `ukraine`."""
    return link.route.split("/")[2]


def names(item: Item, taxonomy: str) -> tuple[str, ...]:
    """What an item says of one taxonomy, as it stands there."""
    if taxonomy == "tags":
        return item.tags
    if taxonomy == "categories":
        return item.categories
    return (item.publisher, *(mention.publisher for mention in item.coverage))


def reports(story: Story) -> tuple[tuple[Mention, Item], ...]:
    """Every report of the story, its items' own and those they name, each article once, and the item that brings it."""
    found: dict[tuple[str, str], tuple[Mention, Item]] = {}
    keys: set[str] = set()
    for item in story.items:
        own = Mention(title=item.title, link=item.link, publisher=item.publisher)
        for mention in item.coverage or (own,):
            key = mention.key or mention.link
            if not key or key not in keys:
                found.setdefault(_headline(mention), (mention, item))
            keys.add(key)
    return tuple(found.values())


def _headline(mention: Mention) -> tuple[str, str]:
    """The same article comes by its own link and by an aggregator's: its publisher and headline tell."""
    return mention.title.casefold().strip(), mention.publisher.casefold().strip()


def when(item: Item, settings: Settings) -> tuple[str, str]:
    """The item's local day and time, `("2026-01-12", "08:10")`; no time where none is known."""
    return local(item.date, settings) if item.timed else (item.day(settings.zone), "")


def local(moment: datetime, settings: Settings) -> tuple[str, str]:
    """A moment's day and time in the site's zone."""
    there = moment.astimezone(settings.zone)
    written = there.isoformat()
    return written[:10], written[11:16]


def story_name(item: Item, founded_at: str) -> str:
    """The permanent name of the story that an item belongs to: what its file says, else where it was founded.

    An item that says `none` is alone, whoever else goes by its name.
    """
    return founded_at + ALONE if is_alone(item) else written_name(item.story) or founded_at


def written_name(said: str) -> str:
    """The name of a story, `2026/01/12/slug`, from what somebody wrote for it."""
    return "/".join(part for part in map(urls.slug, said.split("/")) if part)


def is_alone(item: Item) -> bool:
    """Whether an item's file says that it belongs to no story, or to no list."""
    return item.story.casefold() == "none" or notes.is_hidden(item)


def names_story(item: Item) -> bool:
    """Whether an item's file says to which story it belongs."""
    return bool(item.story) and not is_alone(item)


def followed(story: Story, settings: Settings) -> str:
    """The name of the story that a story follows, as its oldest item says; `""` for none, and for itself."""
    said = next((str(item.extra["follows"]) for item in story.items if item.extra.get("follows")), "")
    name = settings.moves.resolve("stories", written_name(said))
    return "" if name == story.name else name


def entry_id(story: Story, settings: Settings) -> str:
    """The `tag:` URI (RFC 4151) of a story in feeds: it rests on the name that the story had before all moves."""
    return f"tag:{settings.id_base}:{_first_name(story, settings).replace('#', '/')}"


def _first_name(story: Story, settings: Settings) -> str:
    """A name that stands in no item's file is one that the story was moved to; what joined it there did so later."""
    name, moves = story.name, settings.moves
    if name not in moves.first:
        return name
    own: set[str] = set()
    for item in story.items:
        own |= {written_name(item.story)} if names_story(item) else {item.path, *moves.former("items", item.path)}
    # A circle of moves names each once.
    while name in moves.first and name not in own:
        own.add(name)
        name = moves.first[name]
    return name


def updated(story: Story, settings: Settings) -> str:
    """When the story last changed so that readers should hear of it (RFC 4287 §4.2.15); never says so by a clock.

    That is when another publisher first reported it, or when an edit is dated: by a publisher in the first of its
    reports, or by a person in any item or in the story's note. A publisher's further reports move nothing.
    """
    seen: set[str] = set()
    moments = [moment(story.note.updated, settings.zone)[0]] if story.note and story.note.updated else []
    for item in story.items:
        named = (item.publisher or item.source, *(mention.publisher for mention in item.coverage))
        told = {name.casefold() for name in named if name}
        # Who does not say whose it is, is nobody's second report.
        first = not told or not told <= seen
        seen |= told
        if first:
            moments.append(item.date)
        if item.updated and (first or is_edited(item, "updated")):
            moments.append(item.updated)
    return stamp(max(moments))


def central(story: Story, settings: Settings) -> Item:
    """The item whose headline says most of what the others say, the oldest of several."""
    if not story.plural:
        return story.lead
    # A story is asked for it by its card, and by the page of each of its items.
    found: Item | None = story.__dict__.get("central")
    if found is None:
        said = [_said(item, settings) for item in story.items]
        shared = Counter(term for terms in said for term in terms)
        scores = [sum(shared[term] - 1 for term in terms) / math.sqrt(len(terms) or 1) for terms in said]
        best = max(range(len(scores)), key=lambda number: (scores[number], -number))
        found = story.__dict__["central"] = story.items[best]
    return found


def _said(item: Item, settings: Settings) -> set[str]:
    """The words of a headline that say something."""
    # Loaded where titles are compared: few builds do.
    from builder.words import stop_words, words

    stop = stop_words(item.lang or settings.language)
    return {word.term for word in words(item.title) if word.term not in stop or word.caps}


def language(item: Item) -> str:
    """The language of an item; `""` where a file says what is no tag of one (RFC 5646 §2.1)."""
    return languages.tag(item.lang) if item.lang else ""


def headline(story: Story, settings: Settings) -> str:
    """What a story is called: as its note says, else by the most central headline."""
    return (story.note.title if story.note else "") or central(story, settings).title


def _shown(mention: Mention) -> Mention:
    """A report without a link that may not be shown."""
    fine = not mention.link or urls.may_be_shown(mention.link)
    return mention if fine else msgspec.structs.replace(mention, link="")


def card(story: Story, settings: Settings) -> Card:
    """The card of a story; it links to the article with the most central headline."""
    lead = central(story, settings)
    day, time = when(story.latest, settings)
    others: tuple[Mention, ...] = ()
    if story.plural or lead.coverage:
        own = _headline(Mention(title=lead.title, link=lead.link, publisher=lead.publisher))
        told = (mention for mention, _ in reports(story) if mention.title and _headline(mention) != own)
        others = tuple(_shown(mention) for mention in islice(told, _SHOWN_OTHERS))
    return Card(
        title=headline(story, settings),
        route=story.route,
        link=lead.link if urls.may_be_shown(lead.link) else "",
        publisher=lead.publisher,
        publishers=tuple(link.name for link in terms_of(story, "publishers", settings)),
        summary=lead.summary or lead.description,
        day=day,
        time=time,
        stamp=stamp(story.latest.date),
        sort=story.latest.sort(settings.zone),
        published=stamp(story.lead.date),
        updated=updated(story, settings),
        id=entry_id(story, settings),
        lang=language(lead),
        categories=terms_of(story, "categories", settings)[:1],
        tags=shown_tags(story, settings)[:_SHOWN_TAGS],
        others=others,
        items=tuple(Link(name=item.title, route=item.route) for item in story.items),
        unindexed=tuple(item.route for item in story.items if item.source in settings.unindexed),
    )

"""New items and the stories that may be open: what those say is gathered here, and what was decided is handed back.

Reads the index and the files of few items, those near the new ones in time and those that name the same articles.
Never writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property

import msgspec

from builder import identity
from builder.cards import is_alone, names_story
from builder.clusters import WINDOW, Told
from builder.content import Content
from builder.errors import BroadsheetError
from builder.frontmatter import is_edited
from builder.index import Index
from builder.model import Item, stamp
from builder.settings import Settings
from builder.sources import googlenews
from builder.stories import BEFORE, Assigned, assign, predecessors
from builder.vectors import Vectors
from builder.words import Text

SAMPLE, BATCH = 3_000, 20_000
"""So many of the newest items, and of the new ones, tell which words are rare and which are names."""
_LEAD = 1_500
"""Characters of a text in which it says what it is about."""
_MARKUP = re.compile(r"\]\([^)]*\)|<[^>]+>|https?://\S+")


class Joining:
    """What a run knows of the stories of one site."""

    def __init__(self, content: Content, index: Index, settings: Settings) -> None:
        self._content, self._index, self._settings = content, index, settings

    def stories(self, new: Iterable[Item], grown: Iterable[Item] = ()) -> Assigned:
        """The stories of new items, each in its place, and of items that name more articles than before."""
        more = {item.path: item for item in grown}
        fresh = [self.told(item, item.body) for item in new if may_be_told(item) and not item.story]
        if not fresh and not more:
            return Assigned({}, {})
        stated = [self.told(item, item.body) for item in new if item.story and may_be_told(item)]
        known = {item.path: item for item in self._near(fresh)} | {
            item.path: item for item in self._linked(fresh, more.values())
        }
        known = {path: item for path, item in self._whole(known | more).items() if may_be_told(item)}
        told = [self.told(item, self._body(item), grew=path in more) for path, item in known.items()]
        vectors = self._vectors(fresh, [*stated, *told])
        assigned = assign(fresh, [*stated, *told], vectors)
        return assigned._replace(follows=self._predecessors(assigned, vectors))

    def _predecessors(self, assigned: Assigned, vectors: Vectors) -> dict[str, str]:
        """For the stories that were founded just now, those of the last weeks from which they go on."""
        moments = [told.moment for members in assigned.founded.values() for told in members]
        if not moments:
            return {}
        first, last = datetime.fromtimestamp(min(moments) - BEFORE, UTC), datetime.fromtimestamp(max(moments), UTC)
        stories: dict[str, list[Told]] = {}
        for item in self._index.items_between(stamp(first), stamp(last)):
            if names_story(item):
                told = self._headline(item)
                stories.setdefault(told.story, []).append(told)
        gone = {*assigned.founded, *assigned.merges}
        several = {name: told for name, told in stories.items() if len(told) > 1 and name not in gone}
        return predecessors(assigned.founded, several, vectors)

    def regrouped(self, loose: Mapping[str, Item]) -> Assigned:
        """The stories of items that are there, as if none of these had one yet."""
        fresh = [self.told(msgspec.structs.replace(item, story=""), self._body(item)) for item in loose.values()]
        fresh = [told._replace(story=told.path) for told in fresh]
        known = {item.path: item for item in (*self._near(fresh), *self._linked(fresh, ()))}
        others = [item for path, item in self._whole(known).items() if path not in loose and may_be_told(item)]
        told = [self.told(item, self._body(item)) for item in others]
        return assign(fresh, told, self._vectors(fresh, told))

    def _vectors(self, fresh: Iterable[Told], known: Iterable[Told]) -> Vectors:
        """What the site's newest texts and these say of words."""
        texts = {told.path: told.text for told in (*known, *sorted(fresh, key=_newest)[:BATCH])}
        return Vectors([*texts.values(), *(text for path, text in self.newest.items() if path not in texts)])

    @cached_property
    def newest(self) -> dict[str, Text]:
        """What the site's newest items say, by their places, without their bodies: read once for stories and tags."""
        return {item.path: self.text(item, "") for item in self._index.newest_items(SAMPLE)}

    def told(self, item: Item, body: str, grew: bool = False) -> Told:
        """An item as stories see it."""
        return Told(
            path=item.path,
            id=item.id,
            moment=item.date.timestamp(),
            text=self.text(item, body),
            dated=item.date_basis != "first-seen",
            named=frozenset(mention.key for mention in item.coverage if mention.key),
            own=googlenews.article_key(item.link) if item.link else "",
            same=identity.text_key(item),
            story=self._index.story_name(item.path) or item.story or item.path,
            stated=bool(item.story),
            fixed=bool(item.story) and is_edited(item, "story"),
            grew=grew,
        )

    def _headline(self, item: Item) -> Told:
        """What tells whether a story goes on from another: when, and the words of a headline."""
        text = Text(item.title, language=item.lang or self._settings.language)
        return Told(item.path, item.id, item.date.timestamp(), text, story=self._index.story_name(item.path))

    def text(self, item: Item, body: str) -> Text:
        """What stories and tags read of an item."""
        plain = _MARKUP.sub(" ", body[:4_000])[:_LEAD]
        said = item.summary or item.description
        return Text(
            title=item.title,
            lead="" if len(item.coverage) > 1 else max(plain, said, key=len),
            headlines=tuple(mention.title for mention in item.coverage),
            publishers=tuple(filter(None, (item.publisher, *(mention.publisher for mention in item.coverage)))),
            language=item.lang or self._settings.language,
            candidates=item.tags,
        )

    def _body(self, item: Item) -> str:
        try:
            return self._content.body(f"items/{item.path}.md")
        except (OSError, BroadsheetError):
            return ""

    def _near(self, fresh: Iterable[Told]) -> Iterator[Item]:
        """The items of which one at least is in each story that a new item may join: those around it in time."""
        reach = timedelta(seconds=WINDOW)
        spans: list[list[datetime]] = []
        for moment in sorted(datetime.fromtimestamp(told.moment, UTC) for told in fresh):
            if spans and moment - reach <= spans[-1][1]:
                spans[-1][1] = moment + reach
            else:
                spans.append([moment - reach, moment + reach])
        for first, last in spans:
            yield from self._index.items_between(stamp(first), stamp(last))

    def _whole(self, known: Mapping[str, Item]) -> dict[str, Item]:
        """These items and all others of their stories: how long a story is open, and whether a person had a hand in it,
        is what all of it says."""
        found = dict(known)
        for name in sorted({self._index.story_name(path) for path in known}):
            story = self._index.story(name)
            found |= {item.path: item for item in (story.items if story else ()) if item.path not in found}
        return found

    def _linked(self, fresh: Iterable[Told], grown: Iterable[Item]) -> Iterator[Item]:
        """The items that name one of the articles of others, or are it, or say the same text."""
        named: set[str] = set()
        own: set[str] = set()
        same: set[str] = set()
        for told in (*fresh, *(self.told(item, "") for item in grown)):
            named |= told.named
            own.add(told.own)
            same.add(told.same)
        keys = (
            {f"named {key}" for key in named | own} | {f"own {key}" for key in named} | {f"same {key}" for key in same}
        )
        yield from self._index.items_with(sorted(keys))


def may_be_told(item: Item) -> bool:
    """Whether ingest may say to which story an item belongs: it is no post of the site's own, and nobody has said
    that it is alone."""
    is_own = not item.link and not item.written and not item.id
    alone = is_alone(item) or (not item.story and "story" in item.written)
    return not is_own and not alone and not item.draft


def _newest(told: Told) -> tuple[float, str]:
    return -told.moment, told.path

"""New items and their tags: what the site calls things is gathered here, and what was chosen is handed back.

Reads the index and the package's own table of names. Never writes, and never looks at an item that has its tags.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from builder import gazetteer, tags, urls
from builder.cards import names_story
from builder.index import Index
from builder.joining import Joining
from builder.merge import tagged
from builder.model import Item
from builder.settings import Settings
from builder.words import Text

BATCH, BESIDE = 1_000, 20
"""So many new items are looked at in one go; and so many of those that a story has already are read beside them."""


class Tagging:
    """The tags of new items of one site."""

    def __init__(self, index: Index, joining: Joining, settings: Settings) -> None:
        self._index, self._joining, self._settings = index, joining, settings
        words = settings.vocabulary.tags
        aliases = {alias: tag.name for tag in words.values() if tag.name for alias in (*tag.aliases, tag.name)}
        self._names = gazetteer.names(settings.language, aliases)
        self._hidden = {slug for slug, tag in words.items() if tag.hide}

    def tagged(self, new: Mapping[str, Item], own: Mapping[str, tuple[str, ...]]) -> dict[str, Item]:
        """New items, by their places, with their tags: `own` are those that an item's source gives to all of its."""
        if not new:
            return {}
        stories: dict[str, list[Item]] = {}
        for item in new.values():
            stories.setdefault(item.story if names_story(item) else item.path, []).append(item)
        background = [text for path, text in self._joining.newest.items() if path not in new]
        found: dict[str, Item] = {}
        names = list(stories)
        for start in range(0, len(names), BATCH):
            part = [stories[name] for name in names[start : start + BATCH]]
            texts = [self._texts(name, items) for name, items in zip(names[start : start + BATCH], part, strict=True)]
            for items, chosen in zip(part, tags.choose(texts, background, self._names, self._hidden), strict=True):
                for item, said in zip(items, chosen, strict=False):
                    # Those that a person gives stand as they are.
                    said = () if "tags" in item.written else said
                    found[item.path] = tagged(item, self._called((*own.get(item.path, ()), *said)))
        return found

    def _texts(self, name: str, items: list[Item]) -> list[Text]:
        """What the new items of a story say, and then what those say that are there."""
        story = self._index.story(name)
        beside = list(story.items[-BESIDE:]) if story else []
        return [self._joining.text(item, item.body) for item in items] + [
            self._joining.text(msgspec.structs.replace(item, tags=()), "") for item in beside
        ]

    def _called(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Each tag once, by the name that the editor gives it."""
        found: dict[str, str] = {}
        for name in names:
            slug = self._settings.moves.resolve("tags", urls.term_slug(name))
            said = self._settings.vocabulary.tags.get(slug)
            if slug:
                found.setdefault(slug, (said.name if said else "") or name)
        return tuple(found.values())

"""What a change of settings or of `moves.tsv` means for what is indexed: who is placed anew, which groups are dirty.

Never reads `content/`, and never changes the index but to remember what it compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from builder.groups import join
from builder.index import Index
from builder.kinds import Key
from builder.model import fingerprint
from builder.settings import Moves, Settings, Vocabulary

_Targets = dict[str, dict[str, str]]


@dataclass
class Change:
    """`stories` and items at `places` are placed anew; notices at `gone` are looked at; groups of `keys` are dirty."""

    index: Index
    now: dict[str, str]
    stories: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def record(self) -> None:
        """Remember what the index rests on now."""
        for name, value in self.now.items():
            self.index.put_meta(name, value)


def of(index: Index, fresh: bool) -> Change:
    """What changed since the index was last brought up to date; everything that is `fresh` rests on today's."""
    settings = index.settings
    moved = settings.moves.targets | {"founded": settings.moves.founded, "first": settings.moves.first}
    targets = msgspec.json.encode(moved, order="deterministic").decode()
    change = Change(index, {
        "placing": fingerprint([settings.timezone, settings.id_base, settings.tag_pages, sorted(settings.unindexed)]),
        "showing": showing(settings),
        "sources": fingerprint(settings.sources),
        "removed": fingerprint(settings.moves.removed),
        "targets": targets,
        "tags": msgspec.json.encode(_tags(settings), order="deterministic").decode(),
    })  # fmt: skip
    changed = {name for name, value in change.now.items() if index.meta(name) != value}
    if fresh:
        change.keys |= {join(key) for kind in index.kinds.values() for key in kind.always}
        change.keys |= {join(("term", "tags", slug)) for slug in _tags(settings)}
        change.gone |= set(settings.moves.removed) | set(settings.moves.targets.get("items", {}).values())
        return change
    if "targets" in changed:
        before: _Targets = msgspec.json.decode(index.meta("targets") or "{}", type=_Targets)
        _Moved(change, before).look()
    if "tags" in changed:
        tags: dict[str, str] = msgspec.json.decode(index.meta("tags") or "{}", type=dict[str, str])
        now = _tags(settings)
        slugs = {slug for slug in tags.keys() | now.keys() if tags.get(slug) != now.get(slug)}
        # A tag's page names its parent.
        resolve, said = settings.moves.resolve, settings.vocabulary.tags
        slugs |= {slug for slug, tag in said.items() if {tag.parent, resolve("tags", tag.parent)} & slugs}
        _terms(change, "tags", slugs)
    if "placing" in changed:
        _everything(change)
    if "showing" in changed:
        change.keys |= {key for (key,) in index.db.execute("SELECT DISTINCT key FROM page")}
        change.keys |= {join(key) for kind in index.kinds.values() for key in kind.always}
    if "sources" in changed:
        change.keys.add(join(("site",)))
    if "removed" in changed:
        change.gone |= index.noticed()
    return change


def showing(settings: Settings) -> str:
    """A fingerprint of the settings that any page may show."""
    hidden = sorted(source.name for source in settings.sources if not source.public)
    unseen: dict[str, Any] = dict.fromkeys(("keep", "drop", "block", "sources"), ())
    unseen |= {"moves": Moves(), "vocabulary": Vocabulary(), "interval": 0, "proxy": "", "show": ""}
    return fingerprint([msgspec.structs.replace(settings, **unseen), hidden, sorted(settings.unindexed)])


def _tags(settings: Settings) -> dict[str, str]:
    """What is said of each tag that has a page for good, as a fingerprint."""
    words = settings.vocabulary
    said = {slug: fingerprint(tag, 8) for slug, tag in words.tags.items()}
    return {slug: said.get(slug, "") + "+" * (slug in words.promoted) for slug in words.promoted | said.keys()}


def _everything(change: Change) -> None:
    """Every item is placed anew, from its row, and every notice looked at."""
    db = change.index.db
    change.places |= {path for (path,) in db.execute("SELECT path FROM item")}
    change.stories |= {name for (name,) in db.execute("SELECT DISTINCT story FROM item")}
    change.gone |= change.index.ever_gone()


class _Moved:
    """Lines of `moves.tsv` that are new, or gone: what they touch, and no more."""

    def __init__(self, change: Change, before: _Targets) -> None:
        self._change, self._db = change, change.index.db
        moves = change.index.settings.moves
        self._before, self._now = before, moves.targets | {"founded": moves.founded, "first": moves.first}

    def look(self) -> None:
        for kind in sorted(self._before.keys() | self._now.keys()):
            before, now = self._before.get(kind, {}), self._now.get(kind, {})
            olds = {old for old in before.keys() | now.keys() if before.get(old) != now.get(old)}
            ends = olds | {targets[old] for targets in (before, now) for old in olds if targets.get(old)}
            if kind in ("items", "founded"):
                self._items(ends)
            elif kind in ("stories", "first"):
                resolve = self._change.index.settings.moves.resolve
                self._stories(ends | {resolve("stories", name) for name in ends})
            elif any(before.get(old) == "" for old in olds):
                # Nobody stands in a term that was removed, so only all of them know who carries it.
                _everything(self._change)
            else:
                _terms(self._change, kind, ends)

    def _items(self, paths: set[str]) -> None:
        self._change.places |= paths
        self._change.gone |= paths
        # A notice stands at former addresses as well.
        self._change.keys |= {join(("gone", path)) for path in paths}
        for path in paths:
            row = self._db.execute("SELECT story FROM item WHERE path = ?", (path,)).fetchone()
            self._change.stories |= {row[0]} if row else set()

    def _stories(self, names: set[str]) -> None:
        self._change.stories |= names
        self._change.keys |= {join(("story", name)) for name in names}
        for name in names:
            rows = self._db.execute("SELECT path FROM item WHERE story = ?", (name,))
            self._change.places |= {path for (path,) in rows}
            # Who follows it stands in its chain, by the name that it has.
            self._change.stories |= _members(self._change, ("chain", name))


def _terms(change: Change, kind: str, slugs: set[str]) -> None:
    """The stories that carry one of these terms, and the terms' own pages."""
    for slug in slugs:
        key = ("term", kind, slug)
        change.keys |= {join(key), join(("large_term", kind, slug))}
        change.stories |= _members(change, key)
    if slugs:
        # No list says which terms those carry, nor those whose tags a note replaces.
        change.stories |= _members(change, ("hidden",))
        change.stories |= {name for (name,) in change.index.db.execute("SELECT DISTINCT story FROM note")}


def _members(change: Change, key: Key) -> set[str]:
    """The stories that stand in a group."""
    return {name.removeprefix("story\t") for name in change.index.subjects_in(key)}

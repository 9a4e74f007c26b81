"""An editor's hand on stories: merged, split, listed and grouped anew, as edits of files below `content/`.

Every command can be run again and does what is left to do. Never lets a published address die.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from builder import cards, frontmatter, merge
from builder.content import MOVES
from builder.edits import Edits
from builder.errors import UsageError
from builder.joining import Joining, may_be_told
from builder.model import Item, Report, Story, stamp


class Listing(Report, frozen=True):
    """A story of several items: its name and route, its headline, how many items and publishers report it, and when
    the newest of them did."""

    name: str
    route: str
    title: str
    items: int
    publishers: int
    newest: str


class Regrouped(Report, frozen=True):
    """What was grouped anew: the items looked at, the files changed, and what became of former stories."""

    items: int
    changed: tuple[str, ...] = ()
    moved: Mapping[str, str] = {}


def stories(edits: Edits, since: datetime) -> list[Listing]:
    """The stories of several items that somebody reported since a moment, the newest first."""
    found: dict[str, Story] = {}
    for item in edits.index.items_between(stamp(since), stamp(edits.as_of)):
        name = edits.index.story_name(item.path)
        story = edits.index.story(name) if name not in found else None
        if story and story.plural:
            found[name] = story
    listed = [_listing(story, edits) for story in found.values()]
    return sorted(listed, key=lambda one: (one.newest, one.name), reverse=True)


def _listing(story: Story, edits: Edits) -> Listing:
    publishers = cards.terms_of(story, "publishers", edits.settings)
    return Listing(
        name=story.name,
        route=story.route,
        title=cards.headline(story, edits.settings),
        items=len(story.items),
        publishers=len(publishers),
        newest=stamp(story.latest.date),
    )


def merge_into(edits: Edits, said: str, into: str) -> str:
    """Let one story, or an item that is alone, become part of another; returns that one's name. Items stay as they are,
    but for one that was alone: its file then says whose it is."""
    name, target = _named(edits, said), _named(edits, into)
    if target.endswith(cards.ALONE):
        # Who was alone by a person's word is it no more.
        alone = edits.index.members(target)
        target = target.removesuffix(cards.ALONE)
        _write(edits, dict.fromkeys(alone, target))
        edits.refresh()
    if name == target:
        return target
    story = edits.index.story(name)
    assert story is not None
    if story.named and not name.endswith(cards.ALONE):
        edits.move(f"/stories/{name}/", f"/stories/{target}/")
    else:
        _write(edits, {item.path: target for item in story.items})
    edits.refresh()
    return target


def split(edits: Edits, said: str) -> Item:
    """Take an item out of its story, for good: its file then says that it is alone."""
    item = _item(edits, said)
    if item.story.casefold() != "none":
        _write(edits, {item.path: "none"})
        edits.refresh()
    return item


def _meant(edits: Edits, said: str) -> tuple[str, str]:
    """The kind of what a route, a file or a bare name means, and its name (see `Edits.named`)."""
    return edits.named(said if said.startswith(("/", "http")) or said.endswith(".md") else f"/{said}/")


def _named(edits: Edits, said: str) -> str:
    """The name of the story that a route, a file or a name means."""
    kind, name = _meant(edits, said)
    if kind == "stories" and edits.index.story(edits.settings.moves.resolve("stories", name)):
        return edits.settings.moves.resolve("stories", name)
    path = edits.current(name) if kind == "items" else ""
    found = edits.index.story_name(path) if path else edits.settings.moves.resolve("stories", name)
    if not edits.index.story(found):
        raise UsageError(f"there is no story {said}", next="see 'broadsheet stories list'")
    return found


def _item(edits: Edits, said: str) -> Item:
    kind, name = _meant(edits, said)
    item = edits.index.item(edits.current(name)) if kind == "items" else None
    if item is None:
        raise UsageError(f"there is no item {said}", next="give its route, or its file")
    return item


def _write(edits: Edits, stories: Mapping[str, str], by_hand: bool = True) -> list[str]:
    """Let files say to which stories they belong. What is said by hand has no fingerprint: ingest then leaves it."""
    files, before = {}, {}
    for path, name in stories.items():
        file = f"items/{path}.md"
        text = before[file] = edits.content.text(file)
        old = frontmatter.load(text, path)
        new = msgspec.structs.replace(old, story=name) if by_hand else merge.in_story(old, name)
        if new != old:
            files[file] = frontmatter.update(text, old, new)
    if passed := edits.content.write(files, before):
        where = f"content/{min(passed)}"
        raise UsageError("was changed by somebody else meanwhile", where=where, next="run it again")
    return sorted(f"content/{file}" for file in files)


def regroup(edits: Edits, since: datetime) -> Regrouped:
    """Group the items since a moment anew, as if they came today; what a person said of their stories stands."""
    items = list(edits.index.items_between(stamp(since), stamp(edits.as_of)))
    free = [item for item in items if item.written and may_be_told(item) and not frontmatter.is_edited(item, "story")]
    loose = {item.path: item for item in free}
    joining = Joining(edits.content, edits.index, edits.settings)
    assigned = joining.regrouped(loose)
    resolve = edits.settings.moves.resolve
    before = {path: resolve("stories", item.story) for path, item in loose.items() if item.story}
    after = {path: resolve("stories", assigned.names.get(path, path)) for path in loose}
    lost = _lost(edits, before, after)
    # Where a story's address led to its founder, who is alone now, the founder goes on saying so.
    told = {path: name for path, name in after.items() if path in assigned.names or path in before or name in lost}
    for old, new in assigned.merges.items():
        if resolve("stories", old) != resolve("stories", new):
            lost.setdefault(resolve("stories", old), resolve("stories", new))
    edits.content.append(MOVES, [f"stories\t{old}\t{new}" for old, new in sorted(lost.items())])
    changed = _write(edits, {path: name for path, name in told.items() if name != before.get(path)}, by_hand=False)
    edits.refresh()
    return Regrouped(items=len(items), changed=tuple(changed), moved=lost)


def _lost(edits: Edits, before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """The names that no item goes by any more, each with the name that most of its items have now."""
    kept = set(after.values()) | {
        edits.index.story_name(path) for name in set(before.values()) for path in _others(edits, name, before)
    }
    lost: dict[str, Counter[str]] = {}
    for path, name in before.items():
        if name not in kept:
            lost.setdefault(name, Counter())[after[path]] += 1
    return {name: min(found, key=lambda new: (-found[new], new)) for name, found in lost.items()}


def _others(edits: Edits, name: str, loose: Mapping[str, str]) -> Iterable[str]:
    """The items of a story that stay as they are."""
    return [path for path in edits.index.members(name) if path not in loose]

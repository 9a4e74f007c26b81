"""Taking an article down: gone from items, coverage and images, forbidden for good, with a notice at its address.

What it does are edits of files and lines of `moves.tsv`, so doing it by hand is the same. Never touches the words
that a person wrote, and never says on a page what it was that is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from builder import canonical, frontmatter, rules, urls
from builder.content import MOVES, item as item_of
from builder.edits import Edits
from builder.errors import ContentError, UsageError
from builder.frontmatter import field_fingerprint
from builder.merge import MERGED
from builder.model import Item, Mention, Report
from builder.moves import LINKS, link_of
from builder.names import safe_path
from builder.settings import Removal
from builder.sources import fold, googlenews

Head = tuple[str, str]
_LOST = ("title", "publisher", "link", "summary", "description", "image", "coverage")
"""What an item may lose with an article that it names."""
_OWN_WORDS = ("title", "summary", "description")


class Removed(Report, frozen=True):
    """What was taken down: items by their route, and by their files those that lost a mention or an image.

    `links` may not be named again; `hints` say what is left to a person; `done`: there was nothing left to do.
    """

    items: tuple[str, ...] = ()
    coverage: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    date: str = ""
    reason: str = ""
    hints: tuple[str, ...] = ()
    done: bool = False


def take_down(edits: Edits, said: str, reason: str = "") -> Removed:
    """Take down the item of a route or file, or the article of an address, wherever it is named."""
    place = edits.place(said)
    there = edits.current(place)
    if there:
        return _Takedown(edits, reason).item(there)
    place = edits.settings.moves.resolve("items", place)
    if place and (place in edits.settings.moves.removed or edits.index.taken(place)):
        return _Takedown(edits, reason).run([place])
    if re.match(r"https?://", said, re.I):
        return _Takedown(edits, reason).article(said)
    next = "give an item's route or file, or an article's address with https://"
    raise UsageError(f"there is no item {said!r}", next=next)


class _Takedown:
    def __init__(self, edits: Edits, reason: str) -> None:
        self.edits, self.index, self.reason = edits, edits.index, " ".join(reason.split())
        self.links: dict[str, str] = {}
        self.heads: set[Head] = set()
        self.hints: list[str] = []

    def item(self, place: str) -> Removed:
        """One item, and its link wherever that is named."""
        item = self.index.item(place)
        if item is None:
            self.hints.append("its file could not be read, and so its link is not known: run the command with that too")
        elif item.link:
            key = googlenews.article_key(item.link)
            others = [one.path for one in self.index.items() if one.path != place and _is_of(one, {key})]
            if others:
                # Some feeds give all of their entries the address of the site.
                stay = f"{len(others):,} other items have its link and stay, items/{others[0]}.md for one"
                self.hints.append(f"{stay}: run the command with the link to remove them too")
            else:
                self.links[key] = item.link
        return self.run([place])

    def article(self, url: str) -> Removed:
        """All items of an address, and every mention of it."""
        self.links = {link_of(url): url}
        places = [item.path for item in self.index.items() if _is_of(item, self.links)]
        known = places or self.links.keys() & self.edits.settings.moves.links
        if not known and not any(_named(item, self.links, set()) for item in self.index.items()):
            next = f"to forbid it all the same, write into content/{MOVES}: {LINKS} TAB address TAB TAB date TAB reason"
            raise UsageError("no item has this address and none names it", where=url, next=next)
        return self.run(places)

    def run(self, places: Sequence[str]) -> Removed:
        """The lines of `moves.tsv` come first and the items' files last: what a kill leaves undone is found again."""
        removed = [item for place in places if (item := self.index.item(place))]
        self.heads = {head for item in removed if self.links for head in _heads(item)}
        images = {canonical.key(item.image) for item in removed if item.image.startswith("http")}
        changed, emptied = self.changes(places, images)
        places = [*emptied, *places]
        lines, date, reason = self.lines(places)
        self.edits.content.append(MOVES, lines)
        self.write(changed)
        there = [place for place in places if self.index.has_file(place)]
        for place in there:
            self.edits.content.remove(f"items/{place}.md")
        return Removed(
            items=tuple(f"/{place}/" for place in sorted(places)),
            coverage=tuple(file for file, (_, what) in sorted(changed.items()) if "coverage" in what),
            images=tuple(file for file, (_, what) in sorted(changed.items()) if "image" in what),
            links=tuple(self.links.values()),
            date=date,
            reason=reason,
            hints=(*self.hints, *self.unreadable(places), *self.own_images(removed)),
            done=not (lines or changed or there),
        )

    # -- what names it

    def changes(self, places: Sequence[str], images: set[str]) -> tuple[dict[str, tuple[Item, set[str]]], list[str]]:
        """The files that name the articles, each with what it shall say and what it loses; and the places of
        items that are no more than such an article, named by an aggregator."""
        keys = set(self.links)
        for item in self.index.items():
            self.heads |= {head for mention in _named(item, keys, set()) for head in _heads(mention)}
        changed: dict[str, tuple[Item, set[str]]] = {}
        emptied: list[str] = []
        for item in self.index.items():
            if item.path in places:
                continue
            gone, left, lost = _named(item, keys, self.heads), item, set()
            for key in map(_key, gone):
                # By its headline and publisher alone: then its key is all that can be forbidden.
                self.links.setdefault(key, key)
            if gone and set(gone) == set(item.coverage) and rules.is_first(item):
                emptied.append(item.path)
                continue
            if gone:
                left, lost = rules.without(item, set(gone)) or msgspec.structs.replace(item, coverage=()), {"coverage"}
            if item.image.startswith("http") and canonical.key(item.image) in images:
                left, lost = msgspec.structs.replace(left, image=""), lost | {"image"}
            if lost:
                changed[f"items/{item.path}.md"] = left, lost
        return changed, emptied

    def unreadable(self, places: Sequence[str]) -> list[str]:
        """The files that cannot be read as items, and hold an address that is removed."""
        needles = [re.sub(r"^https?://(www\.)?|[?#].*$", "", link, flags=re.I).encode() for link in self.links.values()]
        found = []
        for what in self.index.quarantine():
            file = what.removeprefix("content/")
            if what.startswith("content/items/") and (self.edits.content.folder / file).is_file():
                raw = self.edits.content.read(file)
                if any(needle in raw for needle in needles):
                    found.append(f"{what} cannot be read and holds the address: mend it and run the command again")
        return found

    def own_images(self, removed: Sequence[Item]) -> list[str]:
        """The site's own pictures that only a removed item showed."""
        own = {item.image for item in removed if item.image.startswith("/") and safe_path(item.image[1:])}
        gone = {item.path for item in removed}
        own -= {item.image for item in self.index.items() if item.path not in gone} if own else set()
        files = (f"static{image}" for image in sorted(own))
        return [
            f"content/{one} is no item's picture now" for one in files if (self.edits.content.folder / one).is_file()
        ]

    # -- what is written

    def lines(self, places: Sequence[str]) -> tuple[list[str], str, str]:
        """What `moves.tsv` does not say yet; and since when, and why, all of it is gone."""
        moves, now = self.edits.settings.moves, self.edits.as_of.astimezone(self.edits.settings.zone)
        lines: list[str] = []
        notes: list[Removal] = []
        links = {key: _stated(key, link) for key, link in self.links.items()}
        said: list[tuple[str, Mapping[str, Removal], dict[str, str]]] = [
            ("items", moves.removed, dict(zip(places, places, strict=True))),
            (LINKS, moves.links, links),
        ]
        for kind, known, names in said:
            for name, text in names.items():
                old = known.get(name, Removal())
                note = Removal(date=old.date or f"{now:%Y-%m-%d}", reason=self.reason or old.reason)
                notes.append(note)
                if note != old:
                    lines.append(f"{kind}\t{text}\t\t{note.date}\t{note.reason}".rstrip("\t"))
        return lines, min(note.date for note in notes), max(note.reason for note in notes)

    def write(self, changed: Mapping[str, tuple[Item, set[str]]]) -> None:
        """Change files so that they say these items; comments and what a person wrote stay."""
        before = {file: self.edits.content.text(file) for file in changed}
        after = {file: _rewritten(file, before[file], item) for file, (item, _) in changed.items()}
        if passed := self.edits.content.write(after, before):
            what = "was changed by somebody else meanwhile"
            raise ContentError(what, where=f"content/{min(passed)}", next="run the command again")


def _rewritten(file: str, text: str, item: Item) -> str:
    """A file's text with what an item lost. Where its source was followed, the new words are the source's too."""
    old = frontmatter.load(text, item.path)
    followed = {name for name in MERGED if field_fingerprint(old, name) == old.written.get(name, "")}
    kept = {name for name in _OWN_WORDS if old.written and name not in followed}
    changes = {name: getattr(item, name) for name in _LOST if name not in kept}
    new = msgspec.structs.replace(item_of(file, text), **changes)
    if old.written:
        marks = {name: field_fingerprint(new, name) for name in _LOST if name in followed and name != "image"}
        written = {name: mark for name, mark in (old.written | marks).items() if mark}
        new = msgspec.structs.replace(new, written=written)
    return frontmatter.update(text, old, new)


def _stated(key: str, link: str) -> str:
    """An address as `moves.tsv` can hold it: itself without tracking, else its key."""
    plain = canonical.untracked(urls.absolute(urls.bare(link)))
    return plain if re.match(r"https?://", plain) and link_of(plain) == key else key


def _is_of(item: Item, keys: Iterable[str]) -> bool:
    return bool(item.link) and googlenews.article_key(item.link) in keys


def _key(mention: Mention) -> str:
    return mention.key or googlenews.article_key(mention.link)


def _named(item: Item, keys: Iterable[str], heads: set[Head]) -> tuple[Mention, ...]:
    """The mentions of an item that are one of the articles, by key, or by headline and publisher."""
    return tuple(
        mention
        for mention in item.coverage
        if mention.key in keys
        # An aggregator's key stays where the link has become the publisher's.
        or (not mention.key.startswith("url:") and googlenews.article_key(mention.link) in keys)
        or (heads and not heads.isdisjoint(_heads(mention)))
    )


def _heads(one: Item | Mention) -> set[Head]:
    """Publisher and headline, where that is long enough to tell an article from the others of its publisher."""
    words = fold(one.title)
    long = len(words.split()) > 3 or (not words.isascii() and len(words) > 11)
    return {(urls.term_slug(one.publisher), words)} if one.publisher and long else set()

"""One run over `content/`: what is known, what sources state, where it belongs, and what is written.

Nothing that a person edited or removed is ever overwritten or made again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from builder import config, frontmatter, merge, urls, vocabulary
from builder.content import MOVES, TERMS, Content
from builder.errors import BroadsheetError
from builder.found import Dropped, Found, Parsed
from builder.index import Index
from builder.joining import Joining, may_be_told
from builder.model import Item, Report, fingerprint, stamp
from builder.settings import Settings, Source
from builder.sources import googlenews
from builder.sync import sync
from builder.tagging import Tagging


class SourceReport(Report, frozen=True):
    """What one source brought; `kept` says so of each item, and why, in a dry run alone.

    `status` is `read`, `unchanged` since it was read last, `waiting` until `next`, `stopped` (it is gone for good) or
    `failed`, with the reason in `error`; `failures` are those in a row, `moved` where permanent redirects led.
    """

    name: str
    status: str = "read"
    found: int = 0
    new: int = 0
    updated: int = 0
    deleted: int = 0
    kept: tuple[Dropped, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    error: str = ""
    failures: int = 0
    succeeded: str = ""
    next: str = ""
    moved: str = ""


class IngestReport(Report, frozen=True):
    """What one run did to `content/`; `quarantined` is what was newly set aside."""

    sources: tuple[SourceReport, ...] = ()
    written: int = 0
    removed: int = 0
    quarantined: tuple[str, ...] = ()

    @property
    def failing(self) -> tuple[SourceReport, ...]:
        """The sources whose last answer was none, whether they were asked now or are being left alone for a while."""
        return tuple(source for source in self.sources if source.failures and source.status != "stopped")

    @property
    def alarming(self) -> bool:
        """Whether a person should look: something is newly set aside, or many sources fail."""
        return bool(self.quarantined) or self.many_fail

    @property
    def many_fail(self) -> bool:
        """Whether a fifth of the sources fails, and not just one of a few that has long been failing."""
        failing, all = len(self.failing), len(self.sources)
        return failing * 5 >= all and (failing > 1 or failing == all > 0)


class Run:
    """One run: what is known, what is matched, what will be written."""

    def __init__(self, content: Content, settings: Settings, index: Index, as_of: datetime, dry: bool = False) -> None:
        self.settings = content.applied(settings)
        self.content, self.index, self.as_of, self.dry = content, index, as_of, dry
        sync(index, content, self.settings, stamp(as_of))
        self.files: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.ledger: list[tuple[str, str]] = []
        self.placing: list[tuple[Found, Source] | None] = []
        self.pending: dict[str, int | str] = {}
        self.reports: dict[str, SourceReport] = {}
        self.quarantined: list[str] = []
        self.passed: set[str] = set()
        self.headlines: dict[str, str] = {}
        self.grown: dict[str, Item] = {}
        self.moves: list[str] = []
        self.shows = {source.name: source.show for source in config.named(settings)}

    def note(self, source: Source, **counts: int) -> None:
        report = self.reports.setdefault(source.name, SourceReport(name=source.name))
        changed = {name: getattr(report, name) + count for name, count in counts.items()}
        self.reports[source.name] = msgspec.structs.replace(report, **changed)

    def told(self, name: str, **facts: object) -> None:
        """Put facts into a source's report."""
        report = self.reports.get(name, SourceReport(name=name))
        self.reports[name] = msgspec.structs.replace(report, **facts)

    def set_aside(self, what: str, error: BroadsheetError, news: bool = False) -> None:
        """Quarantine a source or file. It is news the first time and when `news` says so, not with each new reason."""
        reason = f"{what}: {type(error)(error.what, next=error.next)}"
        if news or what not in self.index.quarantine():
            self.quarantined.append(reason)
        if not self.dry:
            self.index.set_aside(what, reason)

    def release(self, what: str) -> None:
        """A source or file that is well again."""
        if not self.dry:
            self.index.release(what)

    def release_source(self, name: str, bad: set[str], files: bool) -> None:
        """A source that is well again; and its `files`, those that can be read and those that are gone."""
        for what in self.index.quarantine():
            mine = what == f"source {name}" or (files and what.startswith(f"source {name} ("))
            if mine and what not in bad:
                self.release(what)

    def finish(self, removed: int = 0) -> IngestReport:
        """Place and write what was taken, and let the index know of it."""
        self.place()
        written = self.write()
        sync(self.index, self.content, self.settings, stamp(self.as_of))
        self.promote()
        return self.report(written, removed)

    def promote(self) -> None:
        """Give a page, for good, to each tag that enough stories carry by now: builds never count."""
        words = self.settings.vocabulary
        found = {*self.index.terms_with("tags", self.settings.tag_pages), *words.tags}
        # What a person gave a page is published as well, and so is every spelling that leads to it.
        found |= set(self.index.by_hand("tags"))
        found |= {old for slug in found for old in self.settings.moves.former("tags", slug)}
        self.content.append(TERMS, vocabulary.lines(found - self.content.promoted()))

    def report(self, written: int = 0, removed: int = 0) -> IngestReport:
        reports, quarantined = tuple(self.reports.values()), tuple(self.quarantined)
        return IngestReport(sources=reports, written=written, removed=removed, quarantined=quarantined)

    # -- matching

    def take(self, parsed: Parsed, source: Source) -> None:
        """Match what one document states with what is known: first by its strongest identity, then by the others.

        One known item is matched with one stated one at most: two entries of one document are two items.
        """
        self.note(source, found=len(parsed.found))
        report = self.reports[source.name]
        self.reports[source.name] = msgspec.structs.replace(report, dropped=(*report.dropped, *parsed.dropped))
        matched: set[str | int] = set()
        waiting = list(parsed.found)
        for depth in range(max((len(found.identities) for found in waiting), default=0)):
            rest = []
            for found in waiting:
                place = self.place_by(found, depth, source)
                if place is None or place in matched:
                    rest.append(found)
                    continue
                matched.add(place)
                if isinstance(place, int):
                    self.again(place, found, source)
                else:
                    self.known(place, found, source)
            waiting = rest
        for found in waiting:
            self.new(found, source)

    def place_by(self, found: Found, depth: int, source: Source) -> str | int | None:
        """Where an item is known by one of its identities: a path, or the number of one that waits for its place."""
        if depth >= len(found.identities):
            return None
        hash = found.identities[depth]
        path = self.index.place_of(hash) or self.pending.get(hash)
        if not isinstance(path, str):
            return path
        path = self.settings.moves.resolve("items", path) or path
        known = self.index.item(path)
        if known and depth and known.source == source.name and merge.contradicts(known, found, hash):
            return None
        if known and source.name not in known.also and merge.is_another(known, found):
            return None
        return path

    def known(self, path: str, found: Found, source: Source) -> None:
        """An item that has, or had, a file: merged into it; or, where a person deleted the file, left alone."""
        known = self.index.item(path)
        self.learn(path, found)
        if known is None:
            self.note(source, deleted=0 if self.index.has_file(path) else 1)
            return
        file, show = f"items/{path}.md", self.show_of(source, known)
        found = self.joined(found)
        if show != source.show:
            found = msgspec.structs.replace(found, item=merge.limited(found.item, show))
        if file not in self.files and not merge.has_news(known, found.item, show):
            return
        text = self.files.get(file) or self.content.text(file)
        self.before.setdefault(file, text)
        old = frontmatter.load(text, path)
        new = merge.merge(old, found.item, show)
        if new != old:
            self.files[file] = frontmatter.update(text, old, new)
            self.note(source, updated=1)
            if new.coverage != old.coverage:
                self.grown[path] = msgspec.structs.replace(new, path=path)

    def learn(self, path: str, found: Found) -> None:
        """What an item is known by from now on, in this run too. One that waits for its place may be the same."""
        self.remember(found, path)
        known = self.index.item(path)
        for hash in found.identities:
            number = self.pending.get(hash)
            self.pending[hash] = path
            waiting = self.placing[number] if isinstance(number, int) else None
            if not waiting or not known or not isinstance(number, int):
                continue
            if known.source != waiting[1].name or not merge.contradicts(known, waiting[0], hash):
                self.placing[number] = None
                self.note(waiting[1], new=-1)
                self.known(path, *waiting)

    def show_of(self, source: Source, item: Item, *others: str) -> str:
        """How much of an item may be shown: the strictest that any of its sources says."""
        names = [source.show or self.settings.show, *others]
        return merge.strictest(
            [*names, *(self.shows[name] for name in (item.source, *item.also) if name in self.shows)]
        )

    def joined(self, found: Found) -> Found:
        """What was found, with the publishers' own links in its coverage where their feeds brought those articles."""
        coverage = []
        for mention in found.item.coverage:
            links = (
                self.headlines.get(hash) or self.index.own_link(hash) for hash in googlenews.headline_keys_of(mention)
            )
            link = next(filter(None, links), "") if mention.key.startswith("gn:") else ""
            coverage.append(msgspec.structs.replace(mention, link=link) if link else mention)
        if tuple(coverage) == found.item.coverage:
            return found
        return msgspec.structs.replace(found, item=msgspec.structs.replace(found.item, coverage=tuple(coverage)))

    def wants(self, found: Found, source: Source) -> bool:
        """Whether the page that an item links to is to be read: it is new, or its feed now says something else."""
        for hash in found.identities:
            path = self.index.place_of(hash)
            if path is not None:
                known = self.index.item(self.settings.moves.resolve("items", path) or path)
                read_before = known is not None and any(
                    name.endswith(merge.OF_FEED) and name != "tags" + merge.OF_FEED for name in known.written
                )
                return read_before and known is not None and merge.has_news(known, found.item, source.show)
        return True

    def again(self, number: int, found: Found, source: Source) -> None:
        """An item that this run has already found: by another source, or in an older document of the same one."""
        first, owner = self.placing[number] or (found, source)
        same = owner.name == source.name
        item = found.item if same else merge.merge(first.item, found.item)
        show = self.show_of(source if same else owner, item, source.show)
        item = merge.limited(msgspec.structs.replace(item, id=first.item.id), show)
        hashes = tuple(dict.fromkeys((*first.identities, *found.identities)))
        self.placing[number] = (Found(item=item, identities=hashes), owner)
        for hash in hashes:
            self.pending.setdefault(hash, number)

    def new(self, found: Found, source: Source) -> None:
        """An item never seen: it gets its place when all sources are parsed."""
        for hash in found.identities:
            self.pending.setdefault(hash, len(self.placing))
        self.placing.append((found, source))
        self.headlines |= dict.fromkeys(googlenews.headline_keys(found.item), found.item.link)
        self.note(source, new=1)

    def remember(self, found: Found, path: str) -> None:
        """Lines for the ledger: every identity by which the item may come again."""
        for hash in found.identities:
            if not self.index.is_seen(hash):
                self.ledger.append((hash, path))

    def held(self, ids: Iterable[str]) -> str:
        """A fingerprint of what `content/` holds of some items, as ingest last wrote them; `""` if not of all.

        What a source was asked for only counts as answered while this is what it was after the answer:
        after a lost push, or in an older checkout, it is not.
        """
        parts: list[object] = []
        for id in ids:
            path = self.index.place_of(id)
            if path is None or not self.index.is_seen(id) or f"items/{path}.md" in self.passed:
                return ""
            item = self.index.item(self.settings.moves.resolve("items", path) or path)
            parts.append(item and item.written)
        return fingerprint(parts)

    # -- placing and writing

    def place(self) -> None:
        """Give each new item its path for good: local day and slug, with a number where that is taken."""
        zone = self.settings.zone
        taken: set[str] = set()
        placing = list(filter(None, self.placing))
        new: dict[str, Item] = {}
        own: dict[str, tuple[str, ...]] = {}
        for found, source in sorted(placing, key=lambda one: (stamp(one[0].item.date), one[0].item.id)):
            item = self.joined(found).item
            base = f"{item.day(zone).replace('-', '/')}/{urls.item_slug(item.slug or item.title, item.id)}"
            path, number = base, 1
            while path in taken or self.index.taken(path) or self.settings.moves.resolve("items", path) != path:
                number += 1
                path = f"{base}-{number}"
            taken.add(path)
            new[path], own[path] = msgspec.structs.replace(item, path=path), source.tags
            self.remember(found, path)
        joining = Joining(self.content, self.index, self.settings)
        self.join(new, joining)
        new = Tagging(self.index, joining, self.settings).tagged(new, own)
        self.files |= {f"items/{path}.md": frontmatter.dump(merge.fresh(item, path)) for path, item in new.items()}

    def join(self, new: dict[str, Item], joining: Joining) -> None:
        """Give new items their stories. Who was alone so far is told the name; stories that became one, by a move."""
        assigned = joining.stories(new.values(), self.grown.values())
        for path, name in assigned.names.items():
            follows = assigned.follows.get(name, "") if path == name else ""
            if path in new:
                new[path] = merge.in_story(new[path], name, follows)
                continue
            file = f"items/{path}.md"
            try:
                text = self.files.get(file) or self.content.text(file)
                old = frontmatter.load(text, path)
            except (OSError, BroadsheetError):
                continue
            # It may say something else by now than when this run began.
            if old.written and may_be_told(old) and not frontmatter.is_edited(old, "story"):
                self.before.setdefault(file, text)
                self.files[file] = frontmatter.update(text, old, merge.in_story(old, name, follows))
        self.moves += [f"stories\t{old}\t{name}" for old, name in assigned.merges.items()]

    def write(self) -> int:
        """Items first, ledgers after: a crash between leaves items that the next run finds by their id.

        A file that a person changed while this ran is left to the next run.
        """
        # First of all: who joined one of two stories is in the other by this line alone.
        if self.moves:
            self.content.append(MOVES, self.moves)
            self.settings = self.content.applied(self.settings)
        files = {path: text for path, text in self.files.items() if self.before.get(path) != text}
        passed = self.passed = self.content.write(files, self.before)
        ledgers: dict[str, list[str]] = {}
        for hash, path in dict.fromkeys(self.ledger):
            if f"items/{path}.md" not in passed:
                ledgers.setdefault(f"seen/{urls.month_of(path)}.tsv", []).append(f"{hash}\t{path}")
        for path, lines in sorted(ledgers.items()):
            self.content.append(path, lines)
        return len(files) - len(passed)

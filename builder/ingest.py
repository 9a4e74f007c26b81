"""Sources -> `content/`: fetch, parse, match, merge, place, write.

One bad source or item is set aside with its reason, never a stopped run. Nothing that a person
edited or removed is ever overwritten or made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from builder import fetch, frontmatter, merge, sources, urls
from builder.content import MOVES, Content
from builder.errors import BroadsheetError, ContentError, SourceError, UsageError
from builder.index import Index
from builder.model import Dropped, Found, Parsed, Report, Settings, Source, stamp
from builder.sync import sync

MANY_FILES, MANY_SHARE, FEW_FILES = 20, 0.05, 5
"""So many files missing at once, or this share of all (but at least so many), is not believed to be a person's work."""

Progress = Callable[[str, int, int], None]
"""Told of each source's name, how many are done, how many there are."""


class SourceReport(Report, frozen=True):
    """What one source brought."""

    name: str
    found: int = 0
    new: int = 0
    updated: int = 0
    deleted: int = 0
    dropped: tuple[Dropped, ...] = ()
    error: str = ""


class IngestReport(Report, frozen=True):
    """What one run did to `content/`."""

    sources: tuple[SourceReport, ...] = ()
    written: int = 0
    removed: int = 0
    quarantined: tuple[str, ...] = ()


class Run:
    """One run: what is known, what is matched, what will be written."""

    def __init__(self, content: Content, settings: Settings, index: Index, as_of: datetime) -> None:
        self.settings = msgspec.structs.replace(settings, moves=content.moves())
        self.content, self.index, self.as_of = content, index, as_of
        sync(index, content, self.settings, stamp(as_of))
        self.files: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.ledger: list[tuple[str, str]] = []
        self.placing: list[tuple[Found, Source]] = []
        self.pending: dict[str, int] = {}
        self.reports: dict[str, SourceReport] = {}
        self.quarantined: list[str] = []

    def note(self, source: Source, **counts: int) -> None:
        report = self.reports.setdefault(source.name, SourceReport(name=source.name))
        changed = {name: getattr(report, name) + count for name, count in counts.items()}
        self.reports[source.name] = msgspec.structs.replace(report, **changed)

    def set_aside(self, what: str, error: BroadsheetError) -> None:
        """Quarantine a source or file; it is news only the first time."""
        reason = f"{what}: {type(error)(error.what, next=error.next)}"
        if self.index.quarantine().get(what) != reason:
            self.quarantined.append(reason)
        self.index.set_aside(what, reason)

    def fail(self, name: str, error: BroadsheetError) -> None:
        report = self.reports.get(name, SourceReport(name=name))
        self.reports[name] = msgspec.structs.replace(report, error=str(error))

    def finish(self, removed: int = 0) -> IngestReport:
        """Place and write what was taken, and let the index know of it."""
        self.place()
        written = self.write()
        sync(self.index, self.content, self.settings, stamp(self.as_of))
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
        path = self.index.place_of(hash)
        if path is None:
            return self.pending.get(hash)
        path = self.settings.moves.resolve("items", path) or path
        known = self.index.item(path) if depth else None
        if known and known.source == source.name and merge.contradicts(known, found, hash):
            return None
        return path

    def known(self, path: str, found: Found, source: Source) -> None:
        """An item that has, or had, a file: merged into it; or, where a person deleted the file, left alone."""
        known = self.index.item(path)
        self.remember(found, path)
        if known is None:
            self.note(source, deleted=0 if self.index.has_file(path) else 1)
            return
        withheld = frozenset({"summary", "body", "description"}) if source.show == "headline" else frozenset()
        file = f"items/{path}.md"
        if file not in self.files and not merge.has_news(known, found.item, withheld):
            return
        text = self.files.get(file) or self.content.text(file)
        self.before.setdefault(file, text)
        old = frontmatter.load(text, path)
        new = merge.merge(old, found.item, withheld)
        if new != old:
            self.files[file] = frontmatter.update(text, old, new)
            self.note(source, updated=1)

    def again(self, number: int, found: Found, source: Source) -> None:
        """An item that this run has already found: by another source, or in an older document of the same one."""
        first, owner = self.placing[number]
        same = owner.name == source.name
        item = msgspec.structs.replace(found.item, id=first.item.id) if same else merge.merge(first.item, found.item)
        hashes = tuple(dict.fromkeys((*first.identities, *found.identities)))
        self.placing[number] = (Found(item=item, identities=hashes), owner)
        for hash in hashes:
            self.pending.setdefault(hash, number)

    def new(self, found: Found, source: Source) -> None:
        """An item never seen: it gets its place when all sources are parsed."""
        for hash in found.identities:
            self.pending.setdefault(hash, len(self.placing))
        self.placing.append((found, source))
        self.note(source, new=1)

    def remember(self, found: Found, path: str) -> None:
        """Lines for the ledger: every identity by which the item may come again."""
        for hash in found.identities:
            if not self.index.is_seen(hash):
                self.ledger.append((hash, path))

    # -- placing and writing

    def place(self) -> None:
        """Give each new item its path for good: local day and slug, with a number where that is taken."""
        zone = self.settings.zone
        taken: set[str] = set()
        for found, _ in sorted(self.placing, key=lambda one: (stamp(one[0].item.date), one[0].item.id)):
            item = found.item
            base = f"{item.day(zone).replace('-', '/')}/{urls.item_slug(item.slug or item.title, item.id)}"
            path, number = base, 1
            while path in taken or self.index.taken(path) or self.settings.moves.resolve("items", path) != path:
                number += 1
                path = f"{base}-{number}"
            taken.add(path)
            self.files[f"items/{path}.md"] = frontmatter.dump(merge.fresh(item, path))
            self.remember(found, path)

    def write(self) -> int:
        """Items first, ledgers after: a crash between leaves items that the next run finds by their id.

        A file that a person changed while this ran is left to the next run.
        """
        files = {path: text for path, text in self.files.items() if self.before.get(path) != text}
        passed = self.content.write(files, self.before)
        ledgers: dict[str, list[str]] = {}
        for hash, path in dict.fromkeys(self.ledger):
            if f"items/{path}.md" not in passed:
                ledgers.setdefault(f"seen/{urls.month_of(path)}.tsv", []).append(f"{hash}\t{path}")
        for path, lines in sorted(ledgers.items()):
            self.content.append(path, lines)
        return len(files) - len(passed)


def ingest(
    content: Content,
    settings: Settings,
    index: Index,
    as_of: datetime,
    *,
    only: Iterable[str] = (),
    accept_deletions: bool = False,
    progress: Progress = lambda name, done, total: None,
) -> IngestReport:
    """Bring `content/` up to date with its sources; the caller holds the lock. `only` names some of them."""
    chosen = _chosen(settings, only)
    run = Run(content, settings, index, as_of)
    removed = _conclude_deletions(run, accept_deletions)
    _report_twins(run)
    for done, (source, bodies) in enumerate(_bodies(content, chosen, settings), 1):
        for name, body in bodies:
            _take(run, source, name, body)
        progress(known_as(source), done, len(chosen))
    return run.finish(removed)


def known_as(source: Source) -> str:
    """What a source is called: its name, else its file's name, else its address."""
    return source.name or (Path(source.file).name if source.file else source.url)


def _chosen(settings: Settings, only: Iterable[str]) -> list[Source]:
    """The sources asked for, with the site's `show` where they have none of their own."""
    wanted = set(only)
    names = [known_as(source) for source in settings.sources]
    for name in sorted(wanted.difference(names)):
        known = "known: " + ", ".join(names) if names else "there are none yet"
        raise UsageError(f"no source is named {name!r}", where="content/site.toml", next=known)
    return [
        msgspec.structs.replace(
            source, show=source.show or settings.show, name=source.name or _file_name(source, names)
        )
        for source, name in zip(settings.sources, names, strict=True)
        if not wanted or name in wanted
    ]


def _file_name(source: Source, names: list[str]) -> str:
    """The file's name where it stands for one source alone; a feed's own title is known only when it is read."""
    name = Path(source.file).name if source.file else ""
    return name if names.count(name) < 2 else source.file


def _conclude_deletions(run: Run, accept: bool) -> int:
    """Note in `moves.tsv` the items whose files a person removed, unless there are too many to believe."""
    missing, total = run.index.missing(run.content.removed())
    many = len(missing) > MANY_FILES or len(missing) > max(FEW_FILES - 1, MANY_SHARE * total)
    if many and not accept:
        what = f"{len(missing)} of {total} item files are missing (items/{missing[0]}.md …)"
        next = "is this an old checkout? If you removed them, run with --accept-deletions"
        run.quarantined.append(str(ContentError(what, where="content", next=next)))
        return 0
    # A file that a person renamed is known by its id: that is a move, and the old address redirects.
    renamed = {path: run.index.renamed(path) for path in missing}
    run.content.append(MOVES, [f"items\t{path}\t{renamed[path]}" for path in missing])
    return sum(not new for new in renamed.values())


def _report_twins(run: Run) -> None:
    """Two files with one id, as two clones that ingested the same undated entry leave: a person has to choose."""
    twins = {f"items/{second}.md": first for first, second in run.index.twins()}
    for what in run.index.quarantine():
        if what.startswith("items/") and what not in twins:
            run.index.release(what)
    for what, first in twins.items():
        run.set_aside(what, ContentError(f"is the same item as items/{first}.md", next="remove one of the two"))


Body = tuple[str, "bytes | SourceError"]


def _bodies(content: Content, chosen: list[Source], settings: Settings) -> Iterator[tuple[Source, list[Body]]]:
    """Each source with the bytes of its documents, each with a name, or with the reason why there are none."""
    fetched = dict(fetch.fetch_all([source for source in chosen if source.url], settings.base_url))
    for source in chosen:
        yield source, [(source.url, fetched[source])] if source.url else _files(content, source)


def _files(content: Content, source: Source) -> list[Body]:
    path = content.folder / source.file
    if path.is_dir():
        return [
            (str(file), read(file))
            for file in sorted(path.rglob("*"))
            if file.is_file() and not file.name.startswith(".")
        ]
    return [(str(path), read(path))]


def read(path: Path) -> bytes | SourceError:
    try:
        if path.stat().st_size > fetch.BODY_BYTES:
            return SourceError(f"larger than {fetch.BODY_BYTES // 1024 // 1024} MiB", next="is this a feed?")
        return path.read_bytes()
    except OSError as error:
        return SourceError(f"cannot be read: {error.strerror}", next="check 'file' in content/site.toml")


def _take(run: Run, source: Source, name: str, body: bytes | SourceError) -> None:
    """Parse one document of a source and take what it states; set it aside where that fails."""
    file = Path(name).name if source.file else ""
    what = f"source {known_as(source)}" + (f" ({file})" if file and file != Path(source.file).name else "")
    try:
        if isinstance(body, SourceError):
            raise body
        # Identities rest on a name; a source that has none is known by its address, and shown by its feed's title.
        parsed = sources.parse(
            body, msgspec.structs.replace(source, name=known_as(source)), as_of=run.as_of, filename=file
        )
    except SourceError as error:
        run.set_aside(what, error)
        run.fail(known_as(source), error)
        return
    run.index.release(what)
    if not source.name:
        source = msgspec.structs.replace(source, name=parsed.title or urls.host(source.url))
        found = tuple(
            msgspec.structs.replace(one, item=msgspec.structs.replace(one.item, source=source.name))
            for one in parsed.found
        )
        parsed = msgspec.structs.replace(parsed, title=source.name, found=found)
    run.take(parsed, source)

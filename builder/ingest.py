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
        self.content, self.settings, self.index, self.as_of = content, settings, index, as_of
        self.files: dict[str, str] = {}
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
        reason = f"{what}: {error}"
        if self.index.quarantine().get(what) != reason:
            self.quarantined.append(reason)
        self.index.set_aside(what, reason)

    def fail(self, name: str, error: BroadsheetError) -> None:
        report = self.reports.get(name, SourceReport(name=name))
        self.reports[name] = msgspec.structs.replace(report, error=str(error))

    def name_for(self, title: str, source: Source) -> str:
        """A name for a source that has none: its feed's title, with the host where two feeds have one title."""
        host = urls.host(source.url)
        name = title or host
        return f"{name} ({host})" if name in self.reports else name

    def report(self, written: int, removed: int = 0) -> IngestReport:
        reports, quarantined = tuple(self.reports.values()), tuple(self.quarantined)
        return IngestReport(sources=reports, written=written, removed=removed, quarantined=quarantined)

    # -- matching

    def take(self, parsed: Parsed, source: Source) -> None:
        """Match what one source states with what is known: first by its strongest identity, then by the others."""
        self.note(source, found=len(parsed.found))
        report = self.reports[source.name]
        self.reports[source.name] = msgspec.structs.replace(report, dropped=(*report.dropped, *parsed.dropped))
        matched: set[str] = set()
        waiting = list(parsed.found)
        for depth in range(4):
            rest = []
            for found in waiting:
                hashes = found.identities[depth : depth + 1]
                path = self.index.place_of(hashes[0]) if hashes else None
                if path is None or path in matched:
                    rest.append(found)
                else:
                    matched.add(path)
                    self.known(path, found, source)
            waiting = rest
        for found in waiting:
            self.new(found, source)

    def known(self, path: str, found: Found, source: Source) -> None:
        """An item that has, or had, a file: merged into it; or, where a person deleted the file, left alone."""
        path = self.settings.moves.resolve("items", path) or path
        known = self.index.item(path)
        self.remember(found, path)
        if known is None:
            self.note(source, deleted=0 if self.index.has_file(path) else 1)
            return
        withheld = frozenset({"summary", "body", "description"}) if source.show == "headline" else frozenset()
        if not merge.has_news(known, found.item, withheld):
            return
        file = f"items/{path}.md"
        text = self.files.get(file) or self.content.text(file)
        old = frontmatter.load(text, path)
        new = merge.merge(old, found.item, withheld)
        if new != old:
            self.files[file] = frontmatter.update(text, old, new)
            self.note(source, updated=1)

    def new(self, found: Found, source: Source) -> None:
        """An item never seen: it gets its place when all sources are parsed. Two sources may bring it in one run."""
        for hash in found.identities:
            if hash in self.pending:
                first, owner = self.placing[self.pending[hash]]
                if owner.name != source.name:
                    item = merge.merge(first.item, found.item)
                    hashes = tuple(dict.fromkeys((*first.identities, *found.identities)))
                    self.placing[self.pending[hash]] = (Found(item=item, identities=hashes), owner)
                    return
        for hash in found.identities:
            self.pending.setdefault(hash, len(self.placing))
        self.placing.append((found, source))
        self.note(source, new=1)

    def remember(self, found: Found, path: str) -> None:
        """Lines for the ledger: every identity by which the item may come again."""
        for hash in found.identities:
            if self.index.place_of(hash) is None:
                self.ledger.append((hash, path))

    # -- placing and writing

    def place(self) -> None:
        """Give each new item its path for good: local day and slug, with a number where that is taken."""
        zone = self.settings.zone
        taken: set[str] = set()
        for found, _ in sorted(self.placing, key=lambda one: (stamp(one[0].item.date), one[0].item.id)):
            item = found.item
            slug = urls.slug(item.slug) if item.slug else ""
            base = f"{item.day(zone).replace('-', '/')}/{slug or urls.item_slug(item.title, item.id)}"
            path, number = base, 1
            while path in taken or self.index.taken(path) or self.settings.moves.resolve("items", path) != path:
                number += 1
                path = f"{base}-{number}"
            taken.add(path)
            self.files[f"items/{path}.md"] = frontmatter.dump(merge.fresh(item, path))
            self.remember(found, path)

    def write(self) -> int:
        """Items first, ledgers after: a crash between leaves items that the next run finds by their id."""
        self.content.write(self.files)
        ledgers: dict[str, list[str]] = {}
        for hash, path in dict.fromkeys(self.ledger):
            parts = path.split("/")
            month = "-".join(parts[:2]) if len(parts) == 4 else "other"
            ledgers.setdefault(f"seen/{month}.tsv", []).append(f"{hash}\t{path}")
        for path, lines in sorted(ledgers.items()):
            self.content.append(path, lines)
        return len(self.files)


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
    settings = msgspec.structs.replace(settings, moves=content.moves())
    chosen = _chosen(settings, only)
    sync(index, content, settings, stamp(as_of))
    run = Run(content, settings, index, as_of)
    removed = _conclude_deletions(run, accept_deletions)
    for done, (source, bodies) in enumerate(_bodies(content, chosen, settings), 1):
        for name, body in bodies:
            _take(run, source, name, body)
        progress(known_as(source), done, len(chosen))
    run.place()
    written = run.write()
    sync(index, content, settings, stamp(as_of))
    return run.report(written, removed)


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
    run.content.append(MOVES, [f"items\t{path}\t" for path in missing])
    return len(missing)


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
    """Parse one document of a source and take what it states; set the source aside where that fails."""
    what = f"source {known_as(source)}"
    try:
        if isinstance(body, SourceError):
            raise body
        parsed = sources.parse(body, source, as_of=run.as_of, filename=Path(name).name)
        if not source.name:
            # Identities rest on the name, so what was parsed without one is parsed again.
            source = msgspec.structs.replace(source, name=run.name_for(parsed.title, source))
            parsed = sources.parse(body, source, as_of=run.as_of, filename=Path(name).name)
    except SourceError as error:
        run.set_aside(what, error)
        run.fail(known_as(source), error)
        return
    run.index.release(what)
    run.take(parsed, source)

"""What the site follows: sources listed, added, moved, removed, checked, and exchanged as OPML.

Changes `content/site.toml` alone; never an item, and never the file where a feed could not be read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path

import msgspec

from builder import config, opml, sitefile, urls
from builder.collect import Ask, Collected, Collector
from builder.content import Content
from builder.errors import SourceError, UsageError
from builder.fetch import Client
from builder.model import Dropped, Parsed, Report, Settings, Source, stamp
from builder.parsers import Parsers
from builder.sanitize import line
from builder.state import SourceState, States

NAME = 100
"""The longest name that is made from a title, in characters."""
OLD = timedelta(days=365)
LONG = timedelta(days=7)
"""A source that has not been read for so long is said to be failing for long."""


# -- what there is -----------------------------------------------------------------------------------


class Health(Report, frozen=True):
    """A source and how it fares; moments are UTC stamps, `""` where there is none.

    `state` is `new` (never asked), `ok`, `moved` (for good), `failing`, or `stopped` (gone for good, not asked
    again); `long` says that it has failed for over a week.
    """

    name: str
    url: str
    file: str
    state: str
    long: bool
    succeeded: str
    newest: str
    next: str
    failures: int
    found: int
    moved: str
    error: str


def named(settings: Settings) -> list[Source]:
    """The sources of a site, each with the name that it goes by."""
    names = [config.known_as(source) for source in settings.sources]
    doubles = {name for name, times in Counter(names).items() if times > 1}
    return [
        msgspec.structs.replace(source, name=source.file if name in doubles and source.file else name)
        for source, name in zip(settings.sources, names, strict=True)
    ]


def number_of(settings: Settings, name: str) -> int:
    """Which source goes by a name, or stands at an address; UsageError where none does."""
    sources = named(settings)
    names = [source.name for source in sources]
    if name in names:
        return names.index(name)
    at = [number for number, source in enumerate(sources) if source.url and place(source.url) == place(name)]
    if len(at) == 1:
        return at[0]
    known = "known: " + ", ".join(names) if names else "there are none yet"
    raise UsageError(f"no source is named {name!r}", where=f"content/{sitefile.FILE}", next=known)


def health(settings: Settings, states: States | None, now: datetime) -> tuple[Health, ...]:
    """How every source fares, in their order, by what fetching remembers."""
    return tuple(
        _health(source, states.get(source.name) if states else SourceState(), now) for source in named(settings)
    )


def _health(source: Source, state: SourceState, now: datetime) -> Health:
    if source.url and state.url != source.url:
        # What is remembered is of a former address.
        state = SourceState()
    return Health(
        name=source.name,
        url=urls.bare(source.url),
        file=source.file,
        state=_word(state),
        long=state.failures > 1 and state.succeeded < stamp(now - LONG),
        **{
            fact: getattr(state, fact)
            for fact in ("succeeded", "newest", "next", "failures", "found", "moved", "error")
        },
    )


def _word(state: SourceState) -> str:
    if state.stopped:
        return "stopped"
    if state.failures:
        return "failing"
    if state.moved:
        return "moved"
    return "ok" if state.succeeded else "new"


def place(url: str) -> str:
    """A string equal for the spellings of one feed's address. Unlike `urls.key`, it keeps the whole query:
    a feed's language and country stand there."""
    found = re.match(r"https?://(?:[^/?#]*@)?(?:www\.)?([^/?#:]*)(?::(?:80|443)(?=[/?#]|$))?", url, re.I)
    if not found:
        return url
    rest = url[found.end() :].partition("#")[0]
    path, mark, query = rest.partition("?")
    return found[1].lower() + path.rstrip("/") + mark + query


# -- edits; the caller holds the lock ----------------------------------------------------------------


def add(content: Content, source: Source, title: str = "") -> Source:
    """Write one more source. Without a name it is called by the feed's title, or else its host; each name once.

    UsageError where there is a source of that name or address.
    """
    text, settings = _read(content)
    name, categories, tags = line(source.name), _lines(source.categories), _lines(source.tags)
    source = msgspec.structs.replace(source, name=name, categories=categories, tags=tags)
    refuse_known(settings, source.url, source.name)
    if not source.name:
        taken = {one.name for one in named(settings)}
        source = msgspec.structs.replace(source, name=_unique(line(title)[:NAME].strip(), source.url, taken))
    sitefile.write(content, text, sitefile.add(text, source))
    return source


def refuse_known(settings: Settings, url: str, name: str = "") -> None:
    """UsageError where there is a source of that name or address."""
    for source in named(settings):
        if source.url and place(source.url) == place(url):
            what = f"the source {source.name!r} has that address already"
            raise UsageError(what, where=f"content/{sitefile.FILE}", next="nothing is to be done")
        if name and source.name == name:
            what = f"there is a source named {name!r} already"
            raise UsageError(what, where=f"content/{sitefile.FILE}", next="give another --name")


def move(content: Content, states: States, name: str, url: str = "") -> tuple[str, str, str]:
    """Give a source another address, or the one where it has moved for good; its name, old address and new one.

    What it brings under its new address is known by its name, so a source without one gets that which it goes by.
    """
    text, settings = _read(content)
    number = number_of(settings, name)
    source = named(settings)[number]
    if not source.url:
        raise UsageError(f"the source {source.name!r} is a file", next="change 'file' in content/site.toml")
    state = states.get(source.name)
    new = url or (state.moved if state.url == source.url else "")
    if not new:
        raise UsageError(f"the source {source.name!r} is not known to have moved", next="say where to: give a URL")
    if new == source.url:
        raise UsageError(f"the source {source.name!r} has that address already", next="nothing is to be done")
    for other in named(settings):
        if other.name != source.name and other.url and place(other.url) == place(new):
            what = f"the source {other.name!r} has that address already"
            raise UsageError(what, where=f"content/{sitefile.FILE}", next="remove one of the two")
    after = sitefile.change(text, number, "url", new)
    if not settings.sources[number].name:
        after = sitefile.change(after, number, "name", source.name)
    sitefile.write(content, text, after)
    # The validators belong to the old address; what its publisher asked for may not hold for the new one.
    kept = {fact: getattr(state, fact) for fact in ("title", "succeeded", "newest", "found")}
    states.put({source.name: SourceState(url=new, **kept)})
    return source.name, urls.bare(source.url), urls.bare(new)


def remove(content: Content, states: States, name: str) -> Source:
    """Follow a source no longer. Its items stay."""
    text, settings = _read(content)
    number = number_of(settings, name)
    source = named(settings)[number]
    sitefile.write(content, text, sitefile.remove(text, number))
    states.forget(source.name)
    return source


def _read(content: Content) -> tuple[str, Settings]:
    text = sitefile.read(content)
    return text, config.parse(text.removeprefix("\ufeff"))


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(line, texts))))


def _unique(title: str, url: str, taken: Iterable[str]) -> str:
    """A name that no other source has: the title, the title with the host, and then numbers."""
    host = urls.host(url) or "source"
    first = [title, f"{title} ({host})"] if title else [host]
    rest = (f"{first[-1]} {number}" for number in count(2))
    return next(name for name in chain(first, rest) if name not in taken)


# -- checking ----------------------------------------------------------------------------------------


class Checked(Report, frozen=True):
    """A source that was asked, and what a person should know of it."""

    name: str
    url: str
    found: int
    newest: str
    moved: str
    findings: tuple[str, ...]


Progress = Callable[[str, int, int], None]


def check(
    content: Content,
    settings: Settings,
    names: Iterable[str],
    client: Client,
    parsers: Parsers,
    now: datetime,
    progress: Progress = lambda name, done, total: None,
) -> tuple[Checked, ...]:
    """Ask sources, all or those that are named, and read what they answer; nothing is kept of it."""
    sources = named(settings)
    wanted = {number_of(settings, name) for name in names} or set(range(len(sources)))
    asks = [Ask(sources[number], SourceState(url=sources[number].url), "") for number in sorted(wanted)]
    collector = Collector(client, parsers, content.folder, now, force=True)
    places: dict[str, list[str]] = {}
    for source in sources:
        places.setdefault(place(source.url) if source.url else source.file, []).append(source.name)
    found = []
    for collected in collector.collect(asks):
        source = collected.source
        twins = places[place(source.url) if source.url else source.file]
        found.append(_checked(collected, [name for name in twins if name != source.name], now))
        progress(collected.source.name, len(found), len(asks))
    return tuple(found)


def _checked(collected: Collected, twins: list[str], now: datetime) -> Checked:
    source, state = collected.source, collected.state
    findings = list(_findings(collected, now))
    findings += [f"has the address of {name!r} as well; remove one of the two" for name in twins]
    facts = {fact: getattr(state, fact) for fact in ("found", "newest", "moved")}
    return Checked(name=source.name, url=urls.bare(source.url), findings=tuple(findings), **facts)


def _findings(collected: Collected, now: datetime) -> Iterator[str]:
    source, state = collected.source, collected.state
    for file, document in collected.documents:
        if isinstance(document, SourceError):
            where = "" if source.url or not file else file
            yield str(SourceError(document.what, where=where, next=document.next))
    if state.moved and state.moved != source.url:
        yield f"has moved for good to {state.moved}; run 'broadsheet sources move' with that address"
    if not any(isinstance(document, Parsed) for _, document in collected.documents):
        return
    if not state.found:
        yield "holds no items; is this the right feed?"
    elif state.newest and state.newest < stamp(now - OLD):
        yield f"its newest item is of {state.newest[:10]}; has it been given up?"


# -- OPML --------------------------------------------------------------------------------------------


class Imported(Report, frozen=True):
    """What an OPML file brought: sources added, those passed over since they are there, and what cannot be a source."""

    added: tuple[Source, ...]
    known: tuple[Source, ...]
    dropped: tuple[Dropped, ...]


def import_opml(content: Content, body: bytes, *, secrets: bool = False, dry_run: bool = False) -> Imported:
    """Add the sources of an OPML file that are not there yet; the caller holds the lock."""
    text, settings = _read(content)
    outlines = opml.read(body, secrets)
    places = {place(source.url) for source in settings.sources if source.url}
    names = {source.name for source in named(settings)}
    added, known = list[Source](), list[Source]()
    for source in outlines.sources:
        if place(source.url) in places:
            known.append(source)
            continue
        source = msgspec.structs.replace(source, name=_unique(source.name, source.url, names))
        added.append(source)
        places.add(place(source.url))
        names.add(source.name)
    if added and not dry_run:
        sitefile.write(content, text, sitefile.add(text, *added))
    return Imported(added=tuple(added), known=tuple(known), dropped=outlines.dropped)


def export_opml(settings: Settings, everything: bool = False) -> tuple[bytes, tuple[str, ...]]:
    """The sources as OPML, and the names of those left out: files, and but for `everything` what is not public."""
    sources = named(settings)
    listed = [source for source in sources if source.url and (source.public or everything)]
    left_out = tuple(source.name for source in sources if source not in listed)
    return opml.write(f"Sources of {settings.title}", listed), left_out


def write_file(path: Path, data: bytes) -> None:
    """Replace a file, whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

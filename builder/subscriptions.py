"""What the site follows: sources listed, added, moved, removed, checked, and exchanged as OPML.

Changes `content/site.toml` alone; never an item, and never the file where a feed could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from builder import allowed, config, opml, sitefile, urls
from builder.collect import Ask, Collected, Collector
from builder.content import Content
from builder.errors import SourceError, UsageError
from builder.fetch import Client
from builder.found import Dropped, Parsed
from builder.model import Report, stamp
from builder.parsers import Parsers
from builder.sanitize import line
from builder.settings import Settings, Source
from builder.state import SourceState, States

NAME = 100
"""The longest name that is made from a title, in characters."""
OLD = timedelta(days=365)
LONG = timedelta(days=7)
"""A source that has not been read for so long is said to be failing for long."""
_FILE = f"content/{sitefile.FILE}"


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


def number_of(settings: Settings, name: str, states: States) -> int:
    """Which source goes by a name, stands at an address, or alone has a feed of that title.

    UsageError where none does.
    """
    sources = config.named(settings)
    names = [source.name for source in sources]
    if name in names:
        return names.index(name)
    at = [number for number, source in enumerate(sources) if source.url and place(source.url) == place(name)]
    titled = [number for number, source in enumerate(sources) if name and _state(source, states).title == name]
    for found in (at, titled):
        if len(found) == 1:
            return found[0]
    if titled:
        next = "say which: " + ", ".join(names[number] for number in titled)
        raise UsageError(f"several sources are titled {name!r}", where=_FILE, next=next)
    next = "known: " + ", ".join(names) if names else "there are none yet"
    raise UsageError(f"no source is named {name!r}", where=_FILE, next=next)


def _state(source: Source, states: States) -> SourceState:
    """What is remembered of a source, but not that of a former address."""
    state = states.get(source.name)
    return SourceState() if source.url and state.url != source.url else state


def health(settings: Settings, states: States, now: datetime) -> tuple[Health, ...]:
    """How every source fares, in their order, by what fetching remembers."""
    return tuple(_health(source, _state(source, states), now) for source in config.named(settings))


def _health(source: Source, state: SourceState, now: datetime) -> Health:
    word = _word(state)
    facts = {fact: getattr(state, fact) for fact in ("succeeded", "newest", "next", "failures", "found", "moved")}
    return Health(
        name=source.name,
        url=urls.bare(source.url),
        file=source.file,
        state=word,
        long=state.failures > 1 and state.succeeded < stamp(now - LONG),
        error=state.error or ("cannot be read" if word in ("failing", "stopped") else ""),
        **facts,
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
    """A string equal for the spellings of one feed's address. Unlike `canonical.key`, it keeps the whole query:
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
        names = Names({one.name for one in config.named(settings)})
        source = msgspec.structs.replace(source, name=names.another(line(title)[:NAME].strip(), source.url))
    sitefile.write(content, text, sitefile.add(text, source))
    return source


def refuse_known(settings: Settings, url: str, name: str = "") -> None:
    """UsageError where there is a source of that name or address."""
    for source in config.named(settings):
        if source.url and place(source.url) == place(url):
            what = f"the source {source.name!r} has that address already"
            raise UsageError(what, where=_FILE, next="nothing is to be done")
        if name and source.name == name:
            what = f"there is a source named {name!r} already"
            raise UsageError(what, where=_FILE, next="give another --name")


class Moved(Report, frozen=True):
    """A source that has another address: its name, its addresses without userinfo, and whether it got that name now."""

    name: str
    before: str
    after: str
    named: bool


def move(content: Content, states: States, name: str, url: str = "") -> Moved:
    """Give a source another address, or the one where it has moved for good.

    Items are known by their source's name, so one without gets the name that it goes by, its former address.
    Where it has moved it is asked with the userinfo that it has, if that is of the same origin.
    """
    text, settings = _read(content)
    number = number_of(settings, name, states)
    source = config.named(settings)[number]
    if not source.url:
        raise UsageError(f"the source {source.name!r} is a file", next="change 'file' in content/site.toml")
    new = url or _accepted(source, _state(source, states).moved)
    if new == source.url:
        raise UsageError(f"the source {source.name!r} has that address already", next="nothing is to be done")
    for other in config.named(settings):
        if other.name != source.name and other.url and place(other.url) == place(new):
            what = f"the source {other.name!r} has that address already"
            raise UsageError(what, where=_FILE, next="remove one of the two")
    after = sitefile.change(text, number, "url", new)
    nameless = not settings.sources[number].name
    if nameless:
        after = sitefile.change(after, number, "name", source.name)
    sitefile.write(content, text, after)
    # The validators belong to the old address; what its publisher asked for may not hold for the new one.
    state = states.get(source.name)
    kept = {fact: getattr(state, fact) for fact in ("title", "succeeded", "newest", "found")}
    states.put({source.name: SourceState(url=new, **kept)})
    return Moved(name=source.name, before=urls.bare(source.url), after=urls.bare(new), named=nameless)


def _accepted(source: Source, moved: str) -> str:
    """The address where a source has moved for good, as `site.toml` may hold it. UsageError where a person has to say.

    Its server chose that address: it gets no secret that it has not had, and another origin no password of this one.
    """
    if not moved:
        raise UsageError(f"the source {source.name!r} is not known to have moved", next="say where to: give a URL")
    where = f"the source {source.name!r} has moved to {moved}"
    if strange := sorted(set(allowed.SECRET.findall(moved)) - set(allowed.SECRET.findall(source.url))):
        what = f"{where}, which asks for the secret {', '.join(strange)} that its url does not hold"
        raise UsageError(what, next="if you trust it, give that URL yourself")
    scheme, login, here = _origin(source.url)
    if not login:
        return moved
    there_scheme, _, there = _origin(moved)
    if (scheme, here) != (there_scheme, there):
        raise UsageError(f"{where}, and its password is for {scheme}://{here}", next="give the URL to ask there")
    start, rest = moved.split("://", 1)
    return f"{start}://{login}{rest}"


def _origin(url: str) -> tuple[str, str, str]:
    """Scheme, userinfo with its `@` and host with its port of an address, which may hold `${NAME}`."""
    found = re.match(r"(https?)://([^/?#]*@)?([^/?#]*)", url, re.I)
    if not found:
        return "", "", url
    scheme = found[1].lower()
    return scheme, found[2] or "", found[3].lower().removesuffix(":80" if scheme == "http" else ":443")


def remove(content: Content, states: States, name: str) -> Source:
    """Follow a source no longer. Its items stay."""
    text, settings = _read(content)
    number = number_of(settings, name, states)
    source = config.named(settings)[number]
    sitefile.write(content, text, sitefile.remove(text, number))
    states.forget(source.name)
    return source


def _read(content: Content) -> tuple[str, Settings]:
    text = sitefile.read(content)
    return text, config.parse(text.removeprefix("\ufeff"))


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(line, texts))))


class Names:
    """The names that sources have, to give others that none of them has."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self._numbers: dict[str, int] = {}

    def another(self, title: str, url: str) -> str:
        """A name for one more source: the title, the title with the host, and then numbers."""
        host = urls.host(url) or "source"
        base = f"{title} ({host})" if title else host
        name = title or host
        if name in self.taken:
            name = base
        # Numbers go on where they ended: all outlines of a file may have one name.
        while name in self.taken:
            self._numbers[base] = self._numbers.get(base, 1) + 1
            name = f"{base} {self._numbers[base]}"
        self.taken.add(name)
        return name


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
    states: States,
    names: Iterable[str],
    client: Client,
    parsers: Parsers,
    now: datetime,
    progress: Progress = lambda name, done, total: None,
) -> tuple[Checked, ...]:
    """Ask sources, all or those that are named, and read what they answer; nothing is kept of it."""
    sources = config.named(settings)
    wanted = {number_of(settings, name, states) for name in names} or set(range(len(sources)))
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
    names = Names({source.name for source in config.named(settings)})
    added, known = list[Source](), list[Source]()
    for source in outlines.sources:
        if place(source.url) in places:
            known.append(source)
            continue
        source = msgspec.structs.replace(source, name=names.another(source.name, source.url))
        added.append(source)
        places.add(place(source.url))
    if added and not dry_run:
        sitefile.write(content, text, sitefile.add(text, *added))
    return Imported(added=tuple(added), known=tuple(known), dropped=outlines.dropped)


def export_opml(settings: Settings, everything: bool = False) -> tuple[bytes, tuple[str, ...]]:
    """The sources as OPML, and the names of those left out: files, and but for `everything` what is not public."""
    sources = config.named(settings)
    listed = [source for source in sources if source.url and (source.public or everything)]
    here = {source.name for source in listed}
    left_out = tuple(source.name for source in sources if source.name not in here)
    return opml.write(f"Sources of {settings.title}", listed), left_out


def write_file(path: Path, data: bytes) -> None:
    """Replace a file, whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

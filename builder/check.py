"""A built site -> what is wrong with it: every file read to facts, the facts judged, and what the index knows added.

Changes nothing: it reads the folder, the index and the settings, and asks for a build where they do not go together.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from builder import facts, findings, overrides, urls
from builder.build import ALONE, Progress
from builder.content import TAGS, Content
from builder.errors import UsageError
from builder.facts import Facts
from builder.feedform import xml
from builder.findings import Finding, Judge, Known
from builder.index import Index
from builder.links import Links
from builder.model import Report
from builder.moves import TERM_KINDS
from builder.output import Output
from builder.plan import place_of
from builder.rekeying import showing
from builder.settings import Settings
from builder.suggest import Suggestion, spellings
from builder.version import code_version
from builder.workers import Crew

CHUNK = 64
"""Files read in one go."""
_BUILD = "run 'broadsheet build'"


class CheckReport(Report, frozen=True):
    """What a check found. `files` were read; `foreign` are published addresses that are not of this site."""

    output: str
    files: int
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    foreign: tuple[str, ...] = ()


def check(
    content: Content,
    settings: Settings,
    *,
    output: Path,
    database: Path,
    published: Iterable[Path] = (),
    crew: Crew = ALONE,
    progress: Progress = lambda done, total: None,
) -> CheckReport:
    """Check the site built into the folder `output`, of which the index in the file `database` knows."""
    settings = content.applied(settings)
    links = Links(settings.base_url)
    routes, foreign = _published(published, links)
    with _built(Output(output), database, settings) as index:
        known = _known(index)
        judge = Judge(set(_files(output)), known, _blamed(settings, links))
        _read_all(judge, sorted(known), Reader(output, settings.base_url), crew, progress)
        judge.published(routes, urls.base_path(settings.base_url))
        # Whatever else there is to find is one more part of this sum.
        found = [*judge.findings(), *_spellings(index), *overrides.findings(content.root)]
    found.sort(key=findings.order)
    counts = {kind: sum(one.kind == kind for one in found) for kind in findings.KINDS}
    return CheckReport(
        output=str(output), files=len(known), findings=tuple(found), counts=counts, foreign=tuple(foreign)
    )


# -- what was built ---------------------------------------------------------------------------------------------


@contextmanager
def _built(out: Output, database: Path, settings: Settings) -> Iterator[Index]:
    """The index of a built site, to read; UsageError where there is none, or where it is not that of the folder."""
    if not out.build_id:
        what = "no site was built there" if not out.routes() else "the last build was interrupted"
        raise UsageError(what, where=str(out.folder), next=_BUILD)
    if not database.is_file():
        raise UsageError("what the last build knew is gone", where=str(database), next=_BUILD)
    with closing(Index(database, code_version(), readonly=True)) as index:
        try:
            same = (index.meta("version"), index.meta("build")) == (index.version, out.build_id)
        except sqlite3.DatabaseError:
            same = False
        if not same:
            raise UsageError("it was built by another version, or by others", where=str(out.folder), next=_BUILD)
        if index.meta("showing") != showing(settings):
            raise UsageError("the settings were changed since the build", where=str(out.folder), next=_BUILD)
        index.settings, index.as_of = settings, index.meta("as_of")
        yield index


def _known(index: Index) -> dict[str, Known]:
    """The files that the build wrote, by their routes."""
    hidden = set(index.subjects_in(("hidden",)))
    rows = index.db.execute("SELECT route, key, template, origin FROM page")
    found = {}
    for route, key, template, origin in rows:
        listed = key not in hidden and not key.startswith("asset\t") and bool(template)
        place = place_of(origin) if origin and not origin.startswith("/") else ""
        found[route] = Known(template or "", place, listed)
    return found


def _files(folder: Path) -> Iterator[str]:
    """Every file of the folder by its name below it, also those that are not ours."""
    top = str(folder)
    for place, folders, names in os.walk(top):
        below = place[len(top) + 1 :]
        if not below:
            folders[:] = [name for name in folders if name not in (".broadsheet", ".git")]
        yield from (f"{below}/{name}" if below else name for name in names)


def _blamed(settings: Settings, links: Links) -> dict[str, str]:
    """The routes that the settings ask for: whoever links to them does so on their behalf."""
    named = [entry.url for entry in settings.menu] + [settings.theme.logo, settings.theme.css]
    targets = [links.target(urls.under(settings.base_url, url)) for url in named if url]
    return {target.route: "content/site.toml" for target in targets if target}


class Read(NamedTuple):
    """A file that was read: its route, its facts (`None`: it is not there), its size after gzip where that counts."""

    route: str
    facts: Facts | None
    packed: int = 0


class Reader:
    """Reads files of one folder to their facts, in any process."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.arguments = (folder, base_url)
        self._folder, self._links = folder, Links(base_url)

    def __call__(self, wanted: list[tuple[str, int | None]]) -> list[Read]:
        """Read these routes; of a file larger than so many bytes it counts how large it is."""
        return [self._read(route, limit) for route, limit in wanted]

    def _read(self, route: str, limit: int | None) -> Read:
        try:
            data = (self._folder / urls.file_of(route)).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return Read(route, None)
        size = len(zlib.compress(data, 6, 31)) if limit is not None and len(data) > limit else 0
        return Read(route, facts.read(route, data, self._links), size)


def _read_all(judge: Judge, routes: list[str], reader: Reader, crew: Crew, progress: Progress) -> None:
    wanted, done = [(route, judge.limit(route)) for route in routes], 0
    for chunk in crew.spread(Reader, reader.arguments, wanted, CHUNK):
        for read in chunk:
            if read.facts is None:
                judge.lose(read.route)
            else:
                judge.take(read.facts, read.packed)
        done += len(chunk)
        progress(done, len(routes))


# -- what was published before ------------------------------------------------------------------------------------


def _published(files: Iterable[Path], links: Links) -> tuple[list[str], list[str]]:
    """The routes that files name, and the lines that are no addresses of this site."""
    routes: dict[str, None] = {}
    foreign: list[str] = []
    for file in files:
        before = len(routes)
        for line in _addresses(file, links):
            route = links.published(line)
            if route is None:
                foreign.append(line)
            else:
                routes[route] = None
        if len(routes) == before and foreign:
            what = f"holds no address of this site ({foreign[-1][:60]} …)"
            raise UsageError(what, where=str(file), next="see base_url in content/site.toml")
    return list(routes), foreign


def _addresses(file: Path, links: Links) -> Iterator[str]:
    """The addresses or routes of a list, a sitemap, the notes of another build, or the folder that it built.

    The sitemaps that an index names are read where they lie beside it as on the site.
    """
    if file.is_dir() or file.parent.name == ".broadsheet":
        yield from Output(file if file.is_dir() else file.parent.parent).routes()
        return
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError(f"cannot be read: {reason}", where=str(file), next="give a list of addresses") from None
    if text.lstrip().startswith("<"):
        form = xml(text)
        if form.faults and not form.links:
            raise UsageError(form.faults[0][0], where=f"{file}:{form.faults[0][1]}", next="give a sitemap")
        yield from form.links
        for link in form.links if "<sitemapindex" in text else ():
            beside = file.parent / (links.published(link) or "").lstrip("/")
            if beside != file and beside.is_file():
                yield from _addresses(beside, links)
        return
    lines = (line.partition("\t")[0].strip() for line in text.splitlines())
    yield from (line for line in lines if line and not line.startswith("#"))


# -- names of one term --------------------------------------------------------------------------------------------


def _spellings(index: Index) -> Iterator[Finding]:
    """Terms whose names differ in spelling only; two that both stand in `tags.toml` are two."""
    said = index.settings.vocabulary.tags
    for taxonomy in TERM_KINDS:
        for one in spellings(index, taxonomy):
            if taxonomy != "tags" or not (one.old in said and one.new in said):
                yield _spelling(index, taxonomy, one)


def _spelling(index: Index, taxonomy: str, one: Suggestion) -> Finding:
    old, new = (index.group(("term", taxonomy, slug)).label() or slug for slug in (one.old, one.new))
    if taxonomy == "tags":
        command = f"broadsheet tags merge {one.old} --into {one.new}"
        step = f"run '{command}', or write aliases = [\"{old}\"] below [{one.new}]; if they are two, give both a table"
    else:
        step = f"run 'broadsheet mv /{taxonomy}/{one.old}/ {one.new}'"
    return Finding(
        kind="spelling",
        route=f"/{taxonomy}/{one.old}/",
        what=f"{old!r} ({one.stories:,} stories) may be {new!r} ({one.into:,})",
        source=f"content/{TAGS}" if taxonomy == "tags" else "content/moves.tsv",
        next=step,
    )

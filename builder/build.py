"""`content/` -> `site/`: sync, render, then invalidate, replace, prune, record.

A page is written when its fingerprint changed and its bytes differ. Everything is rendered before
anything is replaced, so an error publishes nothing; a crash at any point is repaired by the next build.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from builder.content import Content
from builder.errors import TemplateError, UsageError
from builder.groups import split
from builder.index import Index
from builder.kinds import Page
from builder.model import Report, stamp
from builder.output import Output
from builder.plan import Plan
from builder.redirects import LISTED_AT, REDIRECTS, listing
from builder.settings import Settings
from builder.sync import sync
from builder.templates import Templates
from builder.version import code_version
from builder.workers import Crew

if TYPE_CHECKING:
    from builder.rendering import Job

Progress = Callable[[int, int], None]
"""Told how many groups are done, and how many there are."""
ALONE = Crew()


class Pages(Report, frozen=True):
    """How many pages there are, and what happened to them."""

    total: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0


class BuildReport(Report, frozen=True):
    """What one build did to `site/`.

    `reasons` says for each page written why; `next_due` when the next item appears; `strangers`, where the
    whole folder was compared, which of its files are not ours.
    """

    pages: Pages = Pages()
    seconds: dict[str, float] = {}
    quarantine: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    reasons: dict[str, str] = {}
    next_due: str = ""
    strangers: tuple[str, ...] = ()


MOST_REASONS = 20_000
"""Pages written from which on a report does not say why each was: all of them were, for the same reason."""


class Stopwatch:
    """Seconds per phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, phase: str) -> None:
        now = time.perf_counter()
        self.seconds[phase] = round(self.seconds.get(phase, 0.0) + now - self._last, 4)
        self._last = now


def build(
    content: Content,
    settings: Settings,
    as_of: datetime,
    *,
    output: Path,
    index: Index,
    full: bool = False,
    crew: Crew = ALONE,
    progress: Progress = lambda done, total: None,
) -> BuildReport:
    """Bring the folder `output` up to date with `content/` as of a moment; the caller holds the lock."""
    watch = Stopwatch()
    _keep_apart(content.folder.resolve(), output.resolve())
    if full:
        index.forget()
    out = Output(output)
    out.open()
    templates = _prepare(content, settings, as_of, index, crew)
    watch.lap("sync")
    plan = Plan(index, trusted=not out.empty and out.build_id == index.meta("build") != "")
    _render(plan, content, index, templates, out, crew, progress)
    watch.lap("render")
    removed = _publish(plan, index, out, templates)
    watch.lap("publish")
    total, written = index.page_count(), plan.count_staged()
    quarantine, untold = index.quarantine(), index.untold()
    index.tell()
    return BuildReport(
        pages=Pages(total=total, written=written, unchanged=total - written, removed=removed),
        seconds=watch.seconds,
        quarantine=tuple(reason for what, reason in quarantine.items() if what.startswith("content/")),
        quarantined=tuple(untold.values()),
        strangers=tuple(out.strangers()) if not plan.trusted and not out.empty else (),
        reasons=plan.reasons() if written <= MOST_REASONS else {},
        next_due=index.next_due(),
    )


def _prepare(content: Content, settings: Settings, as_of: datetime, index: Index, crew: Crew) -> Templates:
    """Bring the index up to date with content, settings and theme; returns the theme."""
    settings = content.applied(settings)
    templates = Templates(content.root, settings, index.version, index.meta("theme"))
    sync(index, content, settings, stamp(as_of), templates.assets(), crew)
    _mark_templates(index, templates)
    return templates


def _mark_templates(index: Index, templates: Templates) -> None:
    """Mark the groups whose pages were made with a template that has changed since."""
    for name, old in index.db.execute("SELECT name, fingerprint FROM template").fetchall():
        try:
            same = templates.fingerprint(name) == old
        except TemplateError:
            same = False
        if not same:
            index.db.execute("INSERT OR IGNORE INTO dirty SELECT DISTINCT key FROM page WHERE template = ?", (name,))
    index.put_meta("theme", templates.remembered())


def _keep_apart(folder: Path, output: Path) -> None:
    """What is built must not lie where it is built from, nor the other way round."""
    if output.is_relative_to(folder) or folder.is_relative_to(output):
        raise UsageError(f"the site cannot be built into {output}", next="give an --output beside content/")


def _job(content: Content, index: Index, templates: Templates, out: Output, trusted: bool) -> Job:
    from builder.rendering import Job

    return Job(
        root=str(content.root),
        settings=index.settings,
        as_of=index.as_of,
        database=str(index.path),
        version=index.version,
        kinds=tuple(index.kinds.values()),
        templates=templates.remembered(),
        output=str(out.folder),
        trusted=trusted,
        empty=out.empty,
    )


def _render(
    plan: Plan, content: Content, index: Index, templates: Templates, out: Output, crew: Crew, progress: Progress
) -> None:
    """Stage every changed page whose bytes differ; nothing is replaced yet."""
    if not plan.is_any and not plan.weak_keys():
        return
    # Loaded where there is something to render.
    from builder.rendering import CHUNK, Renderer

    job = _job(content, index, templates, out, plan.trusted)
    done = 0
    for found in crew.spread(Renderer, (job,), plan.keys, CHUNK):
        plan.take(found)
        done += CHUNK
        progress(min(done, len(plan.keys)), len(plan.keys))
    if weak := plan.weak_keys():
        with closing(Renderer(job, plan.is_claimed)) as renderer:
            plan.take(renderer(weak))
    # Most sites have none, and no build of theirs pays for them.
    if (redirects := plan.redirects()) or index.owner(LISTED_AT):
        with closing(Renderer(job)) as renderer:
            plan.take(renderer.last(REDIRECTS, listing(redirects)))
    plan.check()


def _publish(plan: Plan, index: Index, out: Output, templates: Templates) -> int:
    """Invalidate, replace, prune, record: a crash between any two leaves a folder that the next build mends."""
    stale, strays = set(plan.removed), {}
    if not plan.trusted:
        unknown = {route: origin for route, origin in out.routes().items() if not plan.stands(route)}
        strays = {route: origin for route, origin in unknown.items() if index.is_broken(origin)}
        stale |= unknown.keys() - strays.keys()
    touched = bool(plan.count_staged() or stale or not plan.trusted)
    if touched:
        out.invalidate(plan.added())
        out.replace(plan.staged())
    removed = out.prune(stale)
    build_id = plan.record(strays, templates.fingerprint)
    out.record(build_id, plan.all_routes() if not plan.trusted or out.is_long else None)
    return removed


# -- what verify and explain ask -----------------------------------------------------------------------


def verify(
    content: Content, settings: Settings, as_of: datetime, *, output: Path, index: Index, crew: Crew = ALONE
) -> tuple[list[str], BuildReport]:
    """Build in full to a temporary folder, name every file of `output` that differs, and mend it."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="broadsheet-") as name:
        fresh, other = Path(name) / "site", Index(Path(name) / "index.sqlite", code_version())
        try:
            build(content, settings, as_of, output=fresh, index=other, crew=crew)
            findings = _differences(fresh, output, other)
        finally:
            other.close()
    return findings, build(content, settings, as_of, output=output, index=index, full=bool(findings), crew=crew)


def _differences(fresh: Path, output: Path, index: Index) -> list[str]:
    found, here = Output(fresh), Output(output)
    findings = []
    origins = here.routes()
    for route in sorted(found.routes().keys() | origins.keys()):
        wanted, there = found.file(route), here.file(route)
        if not wanted.is_file():
            if there.is_file() and not index.is_broken(origins[route]):
                findings.append(f"{route}: is no page any more")
        elif not there.is_file():
            findings.append(f"{route}: missing")
        elif wanted.read_bytes() != there.read_bytes():
            findings.append(f"{route}: differs")
    return findings


class Explanation(Report, frozen=True):
    """Where a page comes from."""

    route: str
    group: str
    template: str
    templates: tuple[str, ...]
    origin: str
    stories: tuple[str, ...]
    read_by: tuple[str, ...]
    changed: str


def explain(content: Content, settings: Settings, as_of: datetime, route: str, *, index: Index) -> Explanation | None:
    """The group, stories and templates behind a route, and what of it changed since the last build.

    `None`: no such page.
    """
    import tempfile

    from builder.rendering import Renderer

    templates = _prepare(content, settings, as_of, index, ALONE)
    found = _page_at(index, route)
    if found is None:
        return None
    key, page = found
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as folder:
        job = _job(content, index, templates, Output(Path(folder)), trusted=True)
        with closing(Renderer(job)) as renderer:
            changed = {row.route: row.why for row in renderer([key]).rows}.get(route, "")
    stories = tuple(f"{story.card.route} {story.card.title}" for story in index.group(split(key)).newest(20))
    kind = index.kinds[split(key)[0]]
    return Explanation(
        route=route,
        group=" ".join(split(key)),
        template=page.template,
        templates=tuple(sorted(templates.closure(page.template))) if page.template else (),
        origin=f"content/{page.origin}" if page.origin else "",
        stories=stories,
        read_by=tuple(sorted(" ".join(target) for target in kind.read_by(index.group(split(key))))),
        changed=changed,
    )


def _page_at(index: Index, route: str) -> tuple[str, Page] | None:
    """The page that stands at a route, or will, and the key of its group."""
    from builder.rendering import pages_of

    owner = index.owner(route)
    keys = [owner[0]] if owner else []
    keys += [key for (key,) in index.db.execute("SELECT key FROM dirty ORDER BY key")]
    for key in keys:
        for page in pages_of(index, key):
            if page.route == route:
                return key, page
    return None

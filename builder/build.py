"""`content/` -> `site/`: sync, plan, render, then invalidate, replace, prune, record.

A page is written when its fingerprint changed and its bytes differ. Everything is rendered before
anything is replaced, so an error publishes nothing; a crash at any point is repaired by the next build.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from builder.content import Content
from builder.errors import UsageError
from builder.groups import split
from builder.index import Index
from builder.kinds import Page
from builder.model import Report, Settings, stamp
from builder.output import Output
from builder.plan import Plan, code_version
from builder.sync import sync
from builder.templates import Templates

Progress = Callable[[int, int], None]
"""Told how many pages are rendered, and how many there are to render."""


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
    progress: Progress = lambda done, total: None,
) -> BuildReport:
    """Bring the folder `output` up to date with `content/` as of a moment; the caller holds the lock."""
    watch = Stopwatch()
    _keep_apart(content.folder.resolve(), output.resolve())
    if full:
        index.forget()
    out = Output(output)
    out.open()
    templates = _prepare(content, settings, as_of, index)
    watch.lap("sync")
    trusted = bool(out.build_id) and out.build_id == index.meta("build")
    plan = Plan(index, templates, trusted)
    watch.lap("plan")
    written = _render(plan, content, templates, out, progress)
    watch.lap("render")
    removed = _publish(plan, index, out)
    watch.lap("publish")
    total = index.page_count()
    quarantine, untold = index.quarantine(), index.untold()
    index.tell()
    return BuildReport(
        pages=Pages(total=total, written=len(written), unchanged=total - len(written), removed=removed),
        seconds=watch.seconds,
        quarantine=tuple(reason for what, reason in quarantine.items() if what.startswith("content/")),
        quarantined=tuple(untold.values()),
        strangers=tuple(out.strangers()) if not trusted else (),
        reasons={route: plan.reason(route) for route in written},
        next_due=index.next_due(),
    )


def _prepare(content: Content, settings: Settings, as_of: datetime, index: Index) -> Templates:
    """Bring the index up to date with content, settings and theme; returns the theme."""
    settings = msgspec.structs.replace(settings, moves=content.moves())
    templates = Templates(content.root, settings, code_version())
    sync(index, content, settings, stamp(as_of), templates.assets())
    index.mark_templates(templates.fingerprint)
    return templates


def _keep_apart(folder: Path, output: Path) -> None:
    """What is built must not lie where it is built from, nor the other way round."""
    if output.is_relative_to(folder) or folder.is_relative_to(output):
        raise UsageError(f"the site cannot be built into {output}", next="give an --output beside content/")


def _render(plan: Plan, content: Content, templates: Templates, out: Output, progress: Progress) -> list[str]:
    """Stage every changed page whose bytes differ; nothing is replaced yet."""
    written = []
    for done, route in enumerate(sorted(plan.changed), 1):
        page = plan.rows[route][1]
        if out.stage(route, render(page, content, templates)):
            written.append(route)
        progress(done, len(plan.changed))
    return written


def render(page: Page, content: Content, templates: Templates) -> bytes:
    """The bytes of one page: a copy of its asset, or its template filled."""
    if page.asset:
        root = (
            content.folder / page.asset.file
            if page.asset.origin == "content"
            else templates.asset_file(page.asset.file)
        )
        return root.read_bytes()
    return templates.render(page, content.body(page.body.file) if page.body else None)


def _publish(plan: Plan, index: Index, out: Output) -> int:
    """Invalidate, replace, prune, record: a crash between any two leaves a folder that the next build mends."""
    stale = set(plan.removed)
    held: dict[str, str] = {}
    if not plan.trusted:
        unknown = {route: origin for route, origin in out.routes().items() if route not in plan.rows}
        held = {route: origin for route, origin in unknown.items() if index.is_broken(origin)}
        stale |= unknown.keys() - held.keys()
    added = plan.rows.keys() - plan.old.keys()
    if out.staged or stale or not plan.trusted:
        out.invalidate({route: plan.rows[route][1].origin for route in out.staged})
        out.replace()
    removed = out.prune(stale)
    rows = [(route, key, page.template, now, page.origin) for route, (key, page, now) in plan.rows.items()]
    rows += [(route, "held", "", "", origin) for route, origin in held.items()]
    build_id = index.record(rows, stale, plan.templates.fingerprint)
    out.record(build_id, index.routes() if added or stale or not plan.trusted else None)
    return removed


# -- what verify and explain ask -----------------------------------------------------------------------


def verify(
    content: Content, settings: Settings, as_of: datetime, *, output: Path, index: Index
) -> tuple[list[str], BuildReport]:
    """Build in full to a temporary folder, name every file of `output` that differs, and mend it."""
    with tempfile.TemporaryDirectory(prefix="broadsheet-") as name:
        fresh, other = Path(name) / "site", Index(Path(name) / "index.sqlite", code_version())
        try:
            build(content, settings, as_of, output=fresh, index=other)
            findings = _differences(fresh, output, other)
        finally:
            other.close()
    return findings, build(content, settings, as_of, output=output, index=index, full=bool(findings))


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
    reads: tuple[str, ...]
    changed: str


def explain(content: Content, settings: Settings, as_of: datetime, route: str, *, index: Index) -> Explanation | None:
    """The group, stories and templates behind a route, and what of it changed since the last build.

    `None`: no such page.
    """
    templates = _prepare(content, settings, as_of, index)
    plan = Plan(index, templates, trusted=True)
    if route in plan.rows:
        key, page, _ = plan.rows[route]
        changed = plan.reason(route) if route in plan.changed else ""
    else:
        owner = index.owner(route)
        if not owner or route in plan.removed:
            return None
        key, changed = owner[0], ""
        page = next(page for page in plan.pages(key) if page.route == route)
    stories = tuple(f"{card.route} {card.title}" for card in index.group(split(key)).newest(20) if card)
    kind = index.kinds[split(key)[0]]
    return Explanation(
        route=route,
        group=" ".join(split(key)),
        template=page.template,
        templates=tuple(sorted(templates.closure(page.template))) if page.template else (),
        origin=f"content/{page.origin}" if page.origin else "",
        stories=stories,
        reads=tuple(" ".join(target) for target in kind.reads(split(key))),
        changed=changed,
    )

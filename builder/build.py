"""`content/` -> `site/`: sync, plan, render, then invalidate, replace, prune, record.

A page is written when its fingerprint changed and its bytes differ. Everything is rendered before
anything is replaced, so an error publishes nothing; a crash at any point is repaired by the next build.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec

from builder.content import Content
from builder.errors import BroadsheetError, RouteError, UsageError
from builder.groups import split
from builder.index import Index
from builder.kinds import Page
from builder.model import Report, Settings, fingerprint, stamp
from builder.output import Output
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


@cache
def code_version() -> str:
    """A fingerprint of our own code and of the libraries that make bytes: a changed filter leaves no stale page."""
    hashed = hashlib.blake2b(digest_size=8)
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        hashed.update(file.read_bytes())
    for name in ("jinja2", "markdown", "nh3", "markupsafe"):
        hashed.update(importlib.metadata.version(name).encode())
    return hashed.hexdigest()


class Stopwatch:
    """Seconds per phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, phase: str) -> None:
        now = time.perf_counter()
        self.seconds[phase] = round(self.seconds.get(phase, 0.0) + now - self._last, 4)
        self._last = now


def _folders(route: str) -> list[str]:
    """The files that could stand where a route needs a folder: of `/tags/x/`, `/tags` and `/tags/x`."""
    parts = route.split("/")[:-1]
    return ["/".join(parts[:length]) for length in range(2, len(parts) + 1)]


def _place(origin: str) -> str:
    """Where a page comes from, as its owner would look for it."""
    if not origin or origin.startswith(("/", "templates/")):
        return (origin.strip("/") and origin) or "the site's own pages"
    return f"content/{origin}"


class Plan:
    """The pages of the dirty groups, beside those that were recorded."""

    def __init__(self, index: Index, templates: Templates, trusted: bool) -> None:
        self.index, self.templates, self.trusted = index, templates, trusted
        self.rows: dict[str, tuple[str, Page, str]] = {}
        self.old: dict[str, str] = {}
        self._chrome = fingerprint(templates.chrome, 8)
        self._collisions: list[BroadsheetError] = []
        keys = index.dirty() if trusted else index.all_groups()
        for key in keys:
            self.old |= index.recorded(key)
            for page in self._pages(key):
                self._claim(key, page)
        self._check_others(set(keys))
        if self._collisions:
            raise RouteError(self._collisions)
        self.changed = [route for route, (_, _, now) in self.rows.items() if not trusted or self.old.get(route) != now]
        self.removed = [route for route in self.old if route not in self.rows and not index.is_held(route)]

    def _pages(self, key: str) -> Iterator[Page]:
        kind = self.index.kinds.get(split(key)[0])
        group = self.index.group(split(key))
        if kind and (group.key in kind.always or group.count()):
            yield from kind.pages(group)

    def _claim(self, key: str, page: Page) -> None:
        if page.route in self.rows:
            self._collide(page.route, self.rows[page.route][1].origin, page.origin)
        self.rows[page.route] = (key, page, self._fingerprint(page))

    def _fingerprint(self, page: Page) -> str:
        template = "" if page.asset else self.templates.fingerprint(page.template)[:16]
        data = fingerprint(msgspec.structs.replace(page, origin=""))
        return ".".join((code_version(), self._chrome, template, data))

    def _check_others(self, keys: set[str]) -> None:
        """Routes that a group not in this plan already has, and files where other pages need a folder."""
        for route, (_, page, _) in self.rows.items():
            owner = self.index.owner(route)
            if owner and owner[0] not in keys:
                self._collide(route, owner[1], page.origin)
            if route in self.old:
                continue
            below = () if route.endswith("/") else self.index.routes_below(route + "/")
            for other in (*_folders(route), *below):
                holder = self._holder(other, keys)
                if holder is not None:
                    self._collide(min(route, other, key=len), holder, page.origin)
                    break

    def _holder(self, route: str, keys: set[str]) -> str | None:
        """The origin of the page that will stand at a route; `None` where none will."""
        if route in self.rows:
            return self.rows[route][1].origin
        owner = self.index.owner(route)
        return owner[1] if owner and owner[0] not in keys else None

    def _collide(self, route: str, first: str, second: str) -> None:
        names = " and ".join(sorted({_place(first), _place(second)}))
        what = f"two files ask for {route}: {names}"
        self._collisions.append(BroadsheetError(what, next="rename one, or remove its alias"))

    def reason(self, route: str) -> str:
        """Why a page is rendered: which part of its fingerprint changed."""
        if route not in self.old:
            return "new"
        parts = zip(
            ("code", "chrome", "template", "data"),
            self.old[route].split("."),
            self.rows[route][2].split("."),
            strict=False,
        )
        return ", ".join(name for name, old, new in parts if old != new) or "lost"


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
    settings = msgspec.structs.replace(settings, moves=content.moves())
    templates, out = Templates(content.root, settings, code_version()), Output(output)
    out.open()
    sync(index, content, settings, stamp(as_of), templates.assets())
    index.mark_templates(templates.fingerprint)
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
    held: set[str] = set()
    if not plan.trusted:
        unknown = out.routes() - plan.rows.keys() - stale
        held = {route for route in unknown if index.is_held(route)}
        stale |= unknown - held
    added = plan.rows.keys() - plan.old.keys()
    if out.staged or stale or not plan.trusted:
        out.invalidate(out.staged)
        out.replace()
    removed = out.prune(stale)
    rows = [(route, key, page.template, now, page.origin) for route, (key, page, now) in plan.rows.items()]
    rows += [(route, "held", "", "", "") for route in held]
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
    for route in sorted(found.routes() | here.routes()):
        wanted, there = found.file(route), here.file(route)
        if not wanted.is_file():
            if there.is_file() and not index.is_held(route):
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
    settings = msgspec.structs.replace(settings, moves=content.moves())
    templates = Templates(content.root, settings, code_version())
    sync(index, content, settings, stamp(as_of), templates.assets())
    index.mark_templates(templates.fingerprint)
    plan = Plan(index, templates, trusted=True)
    if route in plan.rows:
        key, page, _ = plan.rows[route]
        changed = plan.reason(route) if route in plan.changed else ""
    else:
        owner = index.owner(route)
        if not owner or route in plan.removed:
            return None
        key, changed = owner[0], ""
        page = next(page for page in plan._pages(key) if page.route == route)
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

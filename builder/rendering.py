"""The pages of groups: worked out, compared with those that stand, rendered and staged, in any process.

Never replaces a file of the site, and never writes to the index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from builder.content import Content
from builder.errors import ContentError, TemplateError
from builder.groups import is_there, split
from builder.index import Index
from builder.kinds import Page, PageKind
from builder.model import fingerprint
from builder.output import Staging, rank
from builder.plan import Rendered, Row, place_of
from builder.settings import Settings
from builder.templates import Templates

CHUNK = 64
"""Groups worked on in one go."""


class Job(NamedTuple):
    """What a renderer needs to know: where things are, as of when, and whether the folder is as the index says."""

    root: str
    settings: Settings
    as_of: str
    database: str
    version: str
    kinds: tuple[PageKind, ...]
    templates: str
    output: str
    trusted: bool
    empty: bool


def never(route: str) -> bool:
    """No page has to give way."""
    return False


class Renderer:
    """Renders groups of one site by their keys."""

    def __init__(self, job: Job, claimed: Callable[[str], bool] = never) -> None:
        self._content = Content(Path(job.root))
        self._index = Index(Path(job.database), job.version, job.kinds, readonly=True)
        self._index.settings, self._index.as_of = job.settings, job.as_of
        self._templates = Templates(self._content.root, job.settings, job.version, job.templates)
        self._staging = Staging(Path(job.output), job.empty)
        self._trusted, self._claimed = job.trusted, claimed
        self._chrome = fingerprint(self._templates.chrome, 4)

    def close(self) -> None:
        self._index.close()

    def __call__(self, keys: list[str]) -> Rendered:
        result = Rendered([], [], [])
        self._index.read_ahead(keys)
        for key in keys:
            self._pages(key, pages_of(self._index, key), result)
        return result

    def last(self, key: str, pages: Iterable[Page]) -> Rendered:
        """Render pages of a group that rest on what all others are."""
        result = Rendered([], [], [])
        self._index.read_ahead([key])
        self._pages(key, pages, result)
        return result

    def _pages(self, key: str, pages: Iterable[Page], result: Rendered) -> None:
        old = dict(self._index.recorded(key))
        for page in pages:
            if self._claimed(page.route):
                continue
            before = old.pop(page.route, "")
            now = self._fingerprint(page)
            if self._trusted and before == now:
                continue
            staged = self._staging.put(page.route, render(page, self._content, self._templates))
            why = _why(before, now) if staged else ""
            row = Row(page.route, key, page.template, now, page.origin, page.leads, rank(page.route), staged, why)
            result.rows.append(row)
        for route in old:
            owner = self._index.owner(route)
            (result.held if owner and self._index.is_broken(owner[1]) else result.removed).append(route)

    def _fingerprint(self, page: Page) -> str:
        try:
            template = "" if page.asset else self._templates.fingerprint(page.template)[:12]
        except TemplateError as error:
            asked = f" (asked for by {place_of(page.origin)})" if page.origin else ""
            raise TemplateError(error.what + asked, where=error.where, next=error.next) from None
        return fingerprint_of(page, self._chrome, template)


def fingerprint_of(page: Page, chrome: str, template: str) -> str:
    """What tells that a page may be another: the fingerprints of the chrome, of its template, of all that it shows."""
    return f"{chrome}.{template}.{fingerprint(msgspec.structs.replace(page, origin=''), 12)}"


def pages_of(index: Index, key: str) -> Iterator[Page]:
    """The pages of one group; none if it is empty."""
    kind = index.kinds.get(split(key)[0])
    if kind:
        group = index.group(split(key))
        if is_there(group, kind):
            yield from kind.pages(group)


def render(page: Page, content: Content, templates: Templates) -> bytes:
    """The bytes of one page: a copy of its asset, or its template filled."""
    if page.asset:
        own = page.asset.origin == "content"
        return own_asset(content.folder, page.asset.file) if own else templates.asset_file(page.asset.file).read_bytes()
    body, note = (content.body(part.file) if part else None for part in (page.body, page.note))
    return templates.render(page, body, note)


def own_asset(folder: Path, place: str) -> bytes:
    """The bytes of a file below `static/`, which lies where it seems to lie: a link may have come into its place."""
    top, _, rest = place.partition("/")
    file = folder / place
    if file.resolve() != (folder / top).resolve() / rest:
        raise ContentError("leads elsewhere", where=f"content/{place}", next="remove the symbolic link")
    return file.read_bytes()


def _why(before: str, now: str) -> str:
    """Which part of its fingerprint changed."""
    if not before:
        return "new"
    parts = zip(("chrome", "template", "data"), before.split("."), now.split("."), strict=True)
    return ", ".join(name for name, old, new in parts if old != new) or "lost"

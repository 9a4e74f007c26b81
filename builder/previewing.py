"""A site in memory: any page of it rendered when it is asked for, from an index of its own, as `build` would write it.

Takes no lock and writes nothing but that index, so ingest and build can run beside it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from builder import about, addresses, config, seals, urls
from builder.content import Content
from builder.errors import BroadsheetError
from builder.groups import join
from builder.index import Index
from builder.kinds import Key, Page
from builder.mediatypes import LOADED, kind_of
from builder.model import fingerprint, stamp
from builder.rekeying import showing
from builder.rendering import fingerprint_of, pages_of, render
from builder.settings import Settings
from builder.shown import Section, Shown, Trouble, Update
from builder.sync import sync
from builder.templates import Templates
from builder.troubles import trouble_of, troubles_in
from builder.version import code_version

FAR = datetime(9999, 12, 31, tzinfo=UTC)
"""When everything that is dated ahead has come."""
LEAVE_SECONDS = 2.0
"""How long an update that is under way may delay the end."""
_REMEMBERED = 2_000
_PATIENCE = 600.0
"""Seconds for which a page waits at most until all of `content/` was read for the first time."""
_LOADED = ("/theme.css", "/words.js")
"""What every page loads, and is made of a template."""


class LiveSite:
    """One site under edit. See `server.Site`; `clock` says what time it is, `future` that all of it has come."""

    def __init__(
        self, root: Path, clock: Callable[[], datetime], *, drafts: bool = False, future: bool = False
    ) -> None:
        self._content, self._clock, self._drafts, self._future = Content(root), clock, drafts, future
        self._lock, self._updating = threading.Lock(), threading.Lock()
        self._missed = False
        self._seconds: dict[str, float] = {}
        self._ready = threading.Event()
        self._last: tuple[Update, tuple[str, ...], tuple[str, ...]] = (Update(), (), ())
        settings = self._load()
        file = root / ".broadsheet" / f"preview{'-drafts' * drafts}{'-future' * future}.sqlite"
        if not drafts and not Index.is_usable(file, code_version()):
            # What a build knows is most of what there is to know; after a crash, too, and with a new version of ours.
            file.parent.mkdir(exist_ok=True)
            seals.copy(root / ".broadsheet" / "index.sqlite", file)
        self._writer = Index(file, code_version())
        # So that a page can be read while the index is brought up to date.
        self._writer.db.execute("PRAGMA journal_mode = WAL")
        self._reader = Index(file, code_version(), readonly=True)
        self._show(settings, self._writer.meta("as_of") or stamp(self._now()), self._templates_of(settings))
        if not self._writer.is_new:
            self._ready.set()

    def close(self) -> None:
        """End it. An update that goes on for long is left alone: the index it leaves will be taken for none."""
        if self._updating.acquire(timeout=LEAVE_SECONDS):
            with self._lock:
                self._reader.close()
                self._writer.close()

    @property
    def base_path(self) -> str:
        return urls.base_path(self._reader.settings.base_url)

    def _now(self) -> datetime:
        return FAR if self._future else self._clock()

    def _load(self) -> Settings:
        settings = msgspec.structs.replace(config.load(self._content.root), drafts=self._drafts)
        return self._content.applied(settings)

    def _templates_of(self, settings: Settings) -> Templates:
        return Templates(self._content.root, settings, self._writer.version, self._writer.meta("theme"))

    def _show(self, settings: Settings, as_of: str, templates: Templates) -> None:
        with self._lock:
            self._reader.settings, self._reader.as_of = settings, as_of
            self._templates, self._chrome = templates, fingerprint(templates.chrome, 4)

    # -- what is asked for

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One state of the index for all that is asked of it, whatever an update commits meanwhile."""
        with self._lock:
            self._reader.db.execute("BEGIN")
            try:
                yield
            finally:
                self._reader.db.execute("COMMIT")

    def shown(self, route: str) -> Shown | Trouble | None:
        # Who knows nothing yet would say of every page that it is not there.
        self._ready.wait(_PATIENCE)
        with self._reading():
            start = time.perf_counter()
            try:
                _, page = self._page_at(route)
                if page is None:
                    return self._broken_at(route)
                body = render(page, self._content, self._templates)
                self._note(route, time.perf_counter() - start)
                return Shown(
                    route=route,
                    body=body,
                    kind=kind_of(route),
                    version=self._version(page),
                    source=_source(page),
                    template=f"templates/{page.template}" if page.template else "",
                )
            except (BroadsheetError, OSError) as error:
                return trouble_of(error, self._content.root)

    def versions(self, routes: Iterable[str]) -> dict[str, str]:
        with self._reading():
            return {route: self._version_at(route) for route in routes}

    def _note(self, route: str, seconds: float) -> None:
        """Remember how long a page took, of so many that were asked for."""
        self._seconds.pop(route, None)
        self._seconds[route] = seconds
        if len(self._seconds) > _REMEMBERED:
            del self._seconds[next(iter(self._seconds))]

    def about(self, route: str) -> tuple[Section, ...]:
        with self._reading():
            here = []
            # What is wrong with a page is told in its place.
            with suppress(BroadsheetError):
                key, page = self._page_at(route) if route else ("", None)
                here = [about.of_page(self._reader, key, page, _source(page), self._templates)] if page else []
            state = self._content.root / ".broadsheet" / "state.sqlite"
            return (
                *here,
                about.set_aside(self._reader),
                about.last(*self._last),
                about.unpublished(self._reader, self._content, self._clock()),
                about.sources(self._reader, state, self._clock()),
                about.slowest(self._seconds),
            )

    def near(self, route: str) -> tuple[str, ...]:
        with self._reading():
            known = addresses.around(self._reader, route)
        return addresses.near(known, route)

    def _page_at(self, route: str) -> tuple[str, Page | None]:
        """The page at a route, and the key of its group; a notice of what is gone only where nothing else is."""
        seen = set[Key]()
        weak: tuple[str, Page | None] = "", None
        # One after the other: to ask for former addresses takes long.
        for key in addresses.keys_at(self._reader, route):
            if key in seen:
                continue
            seen.add(key)
            for page in pages_of(self._reader, join(key)):
                if page.route == route and not self._reader.kinds[key[0]].weak:
                    return join(key), page
                if page.route == route:
                    weak = join(key), page
        return weak

    def _version_at(self, route: str) -> str:
        with suppress(BroadsheetError, OSError):
            if page := self._page_at(route)[1]:
                return self._version(page)
        return ""

    def _version(self, page: Page) -> str:
        if page.asset:
            return page.asset.hash
        return fingerprint_of(page, self._chrome, self._templates.fingerprint(page.template)[:12])

    def _broken_at(self, route: str) -> Trouble | None:
        """What is wrong with the file whose page would stand at a route."""
        troubles, place = self._troubles(), route.strip("/")
        files = (f"content/items/{place}.md", f"content/pages/{place or 'index'}.md", f"content/pages/{place}/index.md")
        return next((troubles[file] for file in files if file in troubles), None)

    def _troubles(self) -> dict[str, Trouble]:
        return troubles_in(self._reader.quarantine(), self._content.root)

    # -- what was changed

    @property
    def is_ready(self) -> bool:
        """Whether there is anything to show; if not, all pages wait for the first update."""
        return self._ready.is_set()

    def update(self, paths: Iterable[Path] = ()) -> Update:
        """Take in what was changed: in the files named, or, where none is, wherever that was."""
        with self._updating:
            # What an update did not come to, because something was wrong, the next one finds wherever it is.
            files = [] if self._missed else self._named(paths)
            self._missed = True
            try:
                return self._updated(files)
            finally:
                self._ready.set()

    def _updated(self, files: list[str]) -> Update:
        start = time.perf_counter()
        before, theme = self._loaded(), self._templates
        try:
            settings = self._load()
            same = showing(settings) == showing(self._reader.settings)
            if not same or not files or any(file.startswith("templates/") for file in files):
                theme = self._templates_of(settings)
            sync(self._writer, self._content, settings, stamp(self._now()), theme.assets(), touched=_touched(files))
            groups = tuple(key for (key,) in self._writer.db.execute("DELETE FROM dirty RETURNING key"))
            self._writer.put_meta("theme", theme.remembered())
        except (BroadsheetError, OSError) as error:
            return Update(troubles={"": trouble_of(error, self._content.root)}, seconds=time.perf_counter() - start)
        self._show(settings, self._writer.as_of, theme)
        self._missed = False
        with self._reading():
            troubles = self._troubles()
        after = self._loaded()
        # Of what was not known before, nobody has loaded anything.
        known = before.keys() | after.keys() if self.is_ready else ()
        assets = sorted(route for route in known if before.get(route) != after.get(route))
        update = Update(troubles=troubles, assets=tuple(assets), seconds=time.perf_counter() - start)
        self._last = update, tuple(files), groups
        return update

    def _named(self, paths: Iterable[Path]) -> list[str]:
        """The files below the site's folder; none, which is all, where one lies elsewhere or has a name of no text."""
        root = self._content.root.resolve()
        named = [path.relative_to(root).as_posix() if path.is_relative_to(root) else "" for path in paths]
        return named if all(name and name.isprintable() for name in named) else []

    def _loaded(self) -> dict[str, str]:
        """The style sheets, scripts and pictures that pages may load, each with its version."""
        with self._reading():
            found = dict(self._assets())
            for route in _LOADED:
                # Few: so it is the bytes that tell, since their version changes with all of the settings.
                with suppress(BroadsheetError, OSError):
                    if page := self._page_at(route)[1]:
                        found[route] = fingerprint(render(page, self._content, self._templates).decode())
            return found

    def _assets(self) -> Iterator[tuple[str, str]]:
        sql = "SELECT substr(name, 7), value FROM subject JOIN written ON subject = id WHERE name >= ? AND name < ?"
        for route, value in self._reader.db.execute(sql, ("asset\t", "asset\n")):
            if route.endswith(LOADED):
                yield route, fingerprint(str(value))


def _source(page: Page) -> str:
    """The file to edit for a page."""
    if page.origin.startswith("templates/"):
        return page.origin
    if page.origin and "/" in page.origin:
        return f"content/{page.origin}"
    return f"templates/{page.template}" if page.template else ""


def _touched(files: list[str]) -> frozenset[str] | None:
    """What was touched below `content/`; `None`: it may have been anything."""
    if not files or "content" in files:
        return None
    return frozenset(file.removeprefix("content/") for file in files if file.startswith("content/"))

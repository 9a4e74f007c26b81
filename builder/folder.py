"""A built folder as a `Site`: its files as they are, for `serve --static`.

Never follows a link out of the folder, and never writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from hashlib import blake2b
from pathlib import Path

from builder import urls
from builder.mediatypes import LOADED, kind_of
from builder.shown import Section, Shown, Update


class Folder:
    """The files below `root` under a base path (`/` or `/digest/`). Its versions are those of their bytes."""

    def __init__(self, root: Path, base_path: str = "/") -> None:
        self.root, self.base_path = root, base_path
        self._stamps = dict(self._loaded())

    def shown(self, route: str) -> Shown | None:
        """The file at a route; nothing that is hidden, and nothing outside."""
        if any(part.startswith(".") and part != ".well-known" for part in route.split("/")):
            return None
        try:
            file = (self.root / urls.file_of(route)).resolve(strict=True)
            if not file.is_relative_to(self.root.resolve()) or not file.is_file():
                return None
            body = file.read_bytes()
        except (OSError, ValueError):
            return None
        version = blake2b(body, digest_size=8).hexdigest()
        return Shown(route=route, body=body, kind=kind_of(route), version=version)

    def versions(self, routes: Iterable[str]) -> dict[str, str]:
        found = {route: self.shown(route) for route in routes}
        return {route: one.version if one else "" for route, one in found.items()}

    def near(self, route: str) -> tuple[str, ...]:
        """What is called alike in the nearest folder that is there."""
        parts = route.strip("/").split("/")
        for depth in range(len(parts) - 1, -1, -1):
            folder = "/".join(["", *parts[:depth], ""])
            names = {f"{folder}{name}/" for name in self._folders(folder)}
            if close := get_close_matches(f"{folder}{parts[depth]}/", names, n=5):
                return tuple(close)
        return ()

    def _folders(self, folder: str) -> list[str]:
        try:
            below = [entry for entry in os.scandir(self.root / folder.strip("/")) if not entry.name.startswith(".")]
            return [entry.name for entry in below if (Path(entry.path) / "index.html").is_file()]
        except (OSError, ValueError):
            return []

    def about(self, route: str) -> tuple[Section, ...]:
        return (Section(title="Files", rows=(("served as they are from", str(self.root)),)),)

    def update(self, paths: Iterable[Path] = ()) -> Update:
        """Which of the files that pages load were changed; a page is looked at when it is asked for."""
        before, self._stamps = self._stamps, dict(self._loaded())
        changed = [route for route, stamp in self._stamps.items() if before.get(route) != stamp]
        return Update(assets=tuple(sorted(changed)))

    def _loaded(self) -> Iterator[tuple[str, tuple[int, int, int]]]:
        """Files that pages load, at the top and below `static/`, with what tells that one was changed."""
        places = [(self.root, False), (self.root / "static", True)]
        while places:
            place, deep = places.pop()
            try:
                entries = list(os.scandir(place))
            except OSError:
                continue
            for entry in entries:
                if deep and entry.is_dir(follow_symlinks=False):
                    places.append((Path(entry.path), True))
                elif entry.name.endswith(LOADED):
                    route = "/" + Path(entry.path).relative_to(self.root).as_posix()
                    # A build may have removed it by now.
                    with suppress(OSError):
                        stat = entry.stat(follow_symlinks=False)
                        yield route, (stat.st_mtime_ns, stat.st_size, stat.st_ino)

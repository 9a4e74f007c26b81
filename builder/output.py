"""`site/` on disk: staged, replaced file by file, pruned, and marked as ours.

Never deletes a file that it did not write: `site/.broadsheet/routes` says which those are.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from builder import urls
from builder.content import write_named
from builder.errors import UsageError

_OWN = ".broadsheet"
_GENERATOR = b"<generator>Broadsheet</generator>"


class Output:
    """One output folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.own = folder, folder / _OWN
        self.staging = self.own / "staging"
        self.staged: dict[str, Path] = {}

    def open(self) -> None:
        """Make the folder, and clear what an interrupted build left. Refuses a folder that holds other things."""
        if self.folder.is_dir() and not self.own.is_dir():
            strange = sorted(
                one.name for one in self.folder.iterdir() if one.name not in (".git", ".gitignore", ".nojekyll")
            )
            if strange and not _is_ours(self.folder):
                what = f"{self.folder} holds files that are not ours ({strange[0]} …)"
                raise UsageError(what, next="give another --output, or empty the folder")
        self.own.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.staging, ignore_errors=True)

    @property
    def build_id(self) -> str:
        return self._read("build")

    def routes(self) -> dict[str, str]:
        """The routes that stand in the folder, as far as it knows, each with the content file that it comes from."""
        lines = (line.partition("\t") for line in self._read("routes").split("\n") if line)
        return {route: origin for route, _, origin in lines}

    def _read(self, name: str) -> str:
        try:
            return (self.own / name).read_text("utf-8").rstrip("\n")
        except (FileNotFoundError, UnicodeDecodeError):
            return ""

    def file(self, route: str) -> Path:
        return self.folder / urls.file_of(route)

    # -- stage, replace, prune, record

    def stage(self, route: str, data: bytes) -> bool:
        """Put bytes aside for a route; whether they differ from what stands there."""
        try:
            if self.file(route).read_bytes() == data:
                return False
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            pass
        self.staging.mkdir(exist_ok=True)
        self.staged[route] = self.staging / str(len(self.staged))
        write_named(self.staged[route], data)
        return True

    def invalidate(self, routes: Mapping[str, str]) -> None:
        """From here on the folder is in between: a build that finds it so compares everything."""
        (self.own / "build").unlink(missing_ok=True)
        known = self.routes()
        if not known.keys() >= routes.keys():
            self._write_routes(known | dict(routes))

    def replace(self) -> None:
        """Move what is staged into place: assets and pages first, lists and feeds after the pages they name."""
        for route in sorted(self.staged, key=_rank):
            target = self.file(route)
            for folder in reversed(target.relative_to(self.folder).parents):
                if (self.folder / folder).is_file():
                    (self.folder / folder).unlink()
            if target.is_dir():
                shutil.rmtree(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.staged[route], target)

    def prune(self, routes: Iterable[str]) -> int:
        """Remove the files of routes that are no more, and the folders that this empties."""
        removed = 0
        for route in routes:
            target = self.file(route)
            if target.is_file() or target.is_symlink():
                target.unlink()
                removed += 1
            for folder in target.parents:
                if folder == self.folder or not folder.is_dir() or any(folder.iterdir()):
                    break
                folder.rmdir()
        return removed

    def record(self, build_id: str, routes: Mapping[str, str] | None) -> None:
        """Say that the folder is whole. `None`: the routes are those it had."""
        if routes is not None:
            self._write_routes(routes)
        shutil.rmtree(self.staging, ignore_errors=True)
        if self.build_id != build_id:
            self._write("build", [build_id])

    def _write_routes(self, routes: Mapping[str, str]) -> None:
        self._write("routes", [f"{route}\t{origin}".rstrip("\t") for route, origin in sorted(routes.items())])

    def _write(self, name: str, lines: Iterable[str]) -> None:
        temporary = self.own / f"{name}.new"
        temporary.write_text("".join(line + "\n" for line in lines), "utf-8")
        os.replace(temporary, self.own / name)

    def strangers(self) -> list[str]:
        """Files in the folder that no route stands for: reported, never deleted."""
        ours = {urls.file_of(route) for route in self.routes()}
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if not path.is_dir())
        paths = [path for path in found if path.parts[0] not in (_OWN, ".git") and path.name != ".gitignore"]
        return sorted(str(path) for path in paths if str(path) not in ours)


def _is_ours(folder: Path) -> bool:
    """Whether a folder that lost our notes holds a site of ours all the same."""
    try:
        return _GENERATOR in (folder / "feed.xml").read_bytes()
    except OSError:
        return False


def _rank(route: str) -> tuple[int, str]:
    """Files that others refer to come first: assets, then items, then lists, then feeds and sitemaps."""
    if route.startswith("/static/"):
        return 0, route
    if not route.endswith("/"):
        return 3, route
    return (1, route) if route.count("/") == 5 and not route.startswith("/stories/") else (2, route)

"""`site/` on disk: staged, replaced file by file, pruned, and marked as ours.

Never deletes a file that it did not write: `site/.broadsheet/routes` says which those are.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from builder import urls
from builder.errors import UsageError

_OWN = ".broadsheet"
_STAGING = "staging"
_GENERATOR = b"<generator>Broadsheet</generator>"
_ALWAYS = (".git", ".gitignore", ".nojekyll")


def rank(route: str) -> int:
    """Files that others refer to come first: assets, then items, then lists, then feeds and sitemaps."""
    if route.startswith("/static/"):
        return 0
    if not route.endswith("/"):
        return 3
    return 1 if route.count("/") == 5 and not route.startswith("/stories/") else 2


class Staging:
    """Where the pages of one build wait for each other. Many processes may put pages there at once.

    What goes into a folder that is `empty` is laid out as it will stand, so that its folders can be moved whole;
    else one folder holds it all, and each file takes the place of another.
    """

    def __init__(self, folder: Path, empty: bool = False) -> None:
        self._folder, self._staging = f"{folder}/", f"{folder}/{_OWN}/{_STAGING}/"
        self._empty = empty
        self._made: set[str] = set()

    def put(self, route: str, data: bytes) -> bool:
        """Put bytes aside for a route; whether they differ from what stands there."""
        file = urls.file_of(route)
        if not self._empty and _read(self._folder + file) == data:
            return False
        target = self._staging + (file if self._empty else _flat(file))
        # Where a file stands and a folder must, two pages ask for one place: who plans the build says so.
        with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
            folder = target.rpartition("/")[0]
            if folder not in self._made:
                _make(folder)
                if len(self._made) > 10_000:
                    self._made.clear()
                self._made.add(folder)
            _write(target, data)
        return True


def _flat(file: str) -> str:
    """The name under which a file waits in a folder that holds all that do."""
    return hashlib.blake2b(file.encode(), digest_size=16).hexdigest()


def _make(folder: str) -> None:
    """Make a folder, whose parent mostly stands."""
    try:
        os.mkdir(folder)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise


def _read(file: str) -> bytes | None:
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    try:
        with open(descriptor, "rb", closefd=False, buffering=0) as opened:
            return opened.read()
    except IsADirectoryError:
        return None
    finally:
        os.close(descriptor)


def _write(file: str, data: bytes) -> None:
    """Write a file with as few calls as there can be; where the disk is full, the error names it."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OSError(error.errno, error.strerror, file) from None


class Output:
    """One output folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.own = folder, folder / _OWN
        self.staging = self.own / _STAGING
        self.empty = False

    def open(self) -> None:
        """Make the folder, and clear what an interrupted build left. Refuses a folder that holds other things."""
        there = sorted(one.name for one in self.folder.iterdir()) if self.folder.is_dir() else []
        strange = [name for name in there if name not in (_OWN, *_ALWAYS)]
        if strange and not self.own.is_dir() and not _is_ours(self.folder):
            what = f"{self.folder} holds files that are not ours ({strange[0]} …)"
            raise UsageError(what, next="give another --output, or empty the folder")
        self.empty = not strange
        self.own.mkdir(parents=True, exist_ok=True)
        self._clear()

    def _clear(self) -> None:
        if self.staging.is_dir():
            import shutil

            shutil.rmtree(self.staging, ignore_errors=True)

    @property
    def build_id(self) -> str:
        return self._text("build")

    def routes(self) -> dict[str, str]:
        """The routes that stand in the folder, as far as it knows, each with the content file that it comes from."""
        found: dict[str, str] = {}
        for line in (self._text("routes") + "\n" + self._text("routes.log")).split("\n"):
            if line.startswith("-"):
                found.pop(line[1:], None)
            elif line:
                route, _, origin = line.partition("\t")
                found[route] = origin
        return found

    def _text(self, name: str) -> str:
        try:
            return (self.own / name).read_text("utf-8").rstrip("\n")
        except (FileNotFoundError, UnicodeDecodeError):
            return ""

    def file(self, route: str) -> Path:
        return self.folder / urls.file_of(route)

    # -- replace, prune, record

    def invalidate(self, added: Iterable[tuple[str, str]]) -> None:
        """From here on the folder is in between: a build that finds it so compares everything.

        The routes that it is going to have are noted, each with the content file that it comes from.
        """
        (self.own / "build").unlink(missing_ok=True)
        self._log(f"{route}\t{origin}".rstrip("\t") for route, origin in added)

    def _log(self, lines: Iterable[str]) -> None:
        with open(self.own / "routes.log", "a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)

    def replace(self, routes: Iterable[str]) -> None:
        """Move what is staged for these routes into place, in their order."""
        staging, folder = f"{self.staging}/", f"{self.folder}/"
        files = map(urls.file_of, routes)
        if self.empty:
            _move_folders(files, staging, folder)
            return
        for file in files:
            try:
                os.replace(staging + _flat(file), folder + file)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                _make_way(folder, file)
                os.replace(staging + _flat(file), folder + file)

    def prune(self, routes: Iterable[str]) -> int:
        """Remove the files of routes that are no more, and the folders that this empties."""
        removed, gone = 0, []
        for route in routes:
            target = self.file(route)
            if target.is_file() or target.is_symlink():
                target.unlink()
                removed += 1
            gone.append(f"-{route}")
            for folder in target.parents:
                if folder == self.folder or not folder.is_dir() or any(folder.iterdir()):
                    break
                folder.rmdir()
        if gone:
            self._log(gone)
        return removed

    def record(self, build_id: str, routes: Iterable[tuple[str, str]] | None) -> None:
        """Say that the folder is whole. `None`: the routes are those it had, with those logged since."""
        if routes is not None:
            self._write("routes", (f"{route}\t{origin}".rstrip("\t") for route, origin in routes))
            (self.own / "routes.log").unlink(missing_ok=True)
        self._clear()
        if self.build_id != build_id:
            self._write("build", [build_id])

    @property
    def is_long(self) -> bool:
        """Whether what was logged since the routes were written is longer than they are."""
        sizes = [_size(self.own / name) for name in ("routes", "routes.log")]
        return sizes[1] > sizes[0] + 4096

    def _write(self, name: str, lines: Iterable[str]) -> None:
        temporary = self.own / f"{name}.new"
        with open(temporary, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        os.replace(temporary, self.own / name)

    def strangers(self) -> list[str]:
        """Files in the folder that no route stands for: reported, never deleted."""
        ours = {urls.file_of(route) for route in self.routes()}
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if not path.is_dir())
        paths = [path for path in found if path.parts[0] not in (_OWN, ".git") and path.name != ".gitignore"]
        return sorted(str(path) for path in paths if str(path) not in ours)


def _move_folders(files: Iterable[str], staging: str, folder: str) -> None:
    """Move files from one tree to another, and whole the folders that are not there yet."""
    there, moved = {""}, set()
    for file in files:
        for end in _ends(file):
            part = file[:end]
            if part in moved:
                break
            if part in there:
                continue
            if end == len(file) or not os.path.isdir(folder + part):
                os.replace(staging + part, folder + part)
                if end < len(file):
                    moved.add(part)
                break
            there.add(part)


def _ends(path: str) -> Iterator[int]:
    """Where each part of a path ends: of `a/b/c` after `a`, `a/b` and `a/b/c`."""
    end = path.find("/")
    while end >= 0:
        yield end
        end = path.find("/", end + 1)
    yield len(path)


def _make_way(folder: str, file: str) -> None:
    """Make the folders that a file needs, and remove what stands where it must, or they."""
    import shutil

    for end in _ends(file):
        part = folder + file[:end]
        if end < len(file):
            if os.path.lexists(part) and not os.path.isdir(part):
                os.unlink(part)
            if not os.path.isdir(part):
                os.mkdir(part)
        elif os.path.isdir(part) and not os.path.islink(part):
            shutil.rmtree(part)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _is_ours(folder: Path) -> bool:
    """Whether a folder that lost our notes holds a site of ours all the same."""
    try:
        return _GENERATOR in (folder / "feed.xml").read_bytes()
    except OSError:
        return False

"""Which files below `content/` count, by folder, and what tells that one was touched.

Never follows a symbolic link, and never opens a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from builder import datasets

FOLDERS = ("items", "pages", "stories", "data", "seen", "static")
_NEVER_COPIED = {".git", ".hg", ".svn", ".broadsheet"}
_ENDINGS: dict[str, str | tuple[str, ...]] = {"seen": ".tsv", "data": datasets.ENDINGS}
"""What files that count end in, where that is not `.md`."""
Signature = tuple[int, int, int, int]
"""Size, mtime, ctime and inode: what tells git that a file was touched."""
Listing = list[tuple[str, Signature]]
"""The files of one folder by name."""


def listings(content: Path, within: Iterable[str] = FOLDERS) -> Iterator[tuple[str, Listing]]:
    """Every folder below `content/` that may hold files that count, with those in it, in no particular order.

    `within` names those to begin at, `items/2026/01` for example.
    """
    for name in within:
        if name.partition("/")[0] in FOLDERS:
            yield from _walk(f"{content}/{name}", name)


def signature(content: Path, path: str) -> Signature | None:
    """How one file looks, `items/2026/01/a.md` for example; `None` where no file is."""
    try:
        stat = os.lstat(f"{content}/{path}")
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _signature(stat) if S_ISREG(stat.st_mode) else None


def _walk(folder: str, path: str) -> Iterator[tuple[str, Listing]]:
    files: Listing = []
    try:
        found = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    top = path.partition("/")[0]
    static, ending = top == "static", _ENDINGS.get(top, ".md")
    for one in found:
        name = one.name
        # This is done for every file at every build.
        counts = not _is_left_out(name) if static else name.endswith(ending) and name[0] not in ".#"
        if not counts:
            # A name that is no file's may be a folder's.
            if one.is_dir(follow_symlinks=False) and _is_entered(path, name):
                yield from _walk(one.path, f"{path}/{name}")
            continue
        try:
            stat = one.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if S_ISREG(stat.st_mode):
            files.append((name, _signature(stat)))
        elif S_ISDIR(stat.st_mode) and _is_entered(path, name):
            yield from _walk(one.path, f"{path}/{name}")
    yield path, files


def _signature(stat: os.stat_result) -> Signature:
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def _is_entered(path: str, name: str) -> bool:
    return not (name.startswith(".") and not path.startswith("static")) and not _is_left_out(name)


def _is_left_out(name: str) -> bool:
    """What other tools keep, what editors and file managers leave behind, and our own unfinished files."""
    noise = name.endswith(("~", ".swp", ".swx", ".new")) or name.startswith((".#", "#")) or name == ".DS_Store"
    return noise or name in _NEVER_COPIED

"""Names of files and paths: which may stand, and how a message shows one.

Never looks at a disk.
"""

from __future__ import annotations

import re

from builder.errors import ContentError


def safe_path(path: str) -> bool:
    """Whether a path that a ledger names stays below its folder."""
    parts = path.split("/")
    return path.isprintable() and all(part not in ("", ".", "..") and len(part.encode()) <= 255 for part in parts)


def printable(path: str) -> str:
    """A file's name as a message can show it."""
    if path.isprintable():
        return path
    shown = path.encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else "\ufffd" for char in shown)


def checked_name(path: str) -> str:
    """The path of a file whose name can stand in an address; ContentError for any other."""
    if printable(path) != path:
        raise ContentError("its name is not UTF-8, or holds a character that cannot be seen")
    if not path.startswith("static/") and (odd := re.search(r"[?#%\\]", path)):
        raise ContentError(f"its name holds {odd[0]!r}, which an address cannot")
    return path

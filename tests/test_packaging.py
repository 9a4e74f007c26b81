"""The wheel: an installed `broadsheet` has the theme and the samples with it, and works outside the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel holds, unpacked far from the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_carries_the_theme_the_samples_and_the_command(installed: Path) -> None:
    files = {path.relative_to(installed).as_posix() for path in installed.rglob("*")}
    assert {
        "builder/_templates/base.html",
        "builder/_templates/static/style.css",
        "builder/_templates/README.md",
        "builder/_starter/site.toml",
        "builder/data/names.tsv",
        "builder/client/client.js",
        "builder/client/idiomorph.js",
        "builder/client/idiomorph.LICENSE.txt",
    } <= files
    assert any(name.startswith("builder/_starter/samples/") for name in files)
    assert not any("_starter/items" in name or "_starter/seen" in name for name in files)
    entry_points = next(installed.glob("*.dist-info/entry_points.txt")).read_text("utf-8")
    assert "broadsheet = builder.cli:main" in entry_points


def test_an_installed_broadsheet_makes_a_site_outside_the_repository(installed: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(installed)}

    def broadsheet(*arguments: str, cwd: Path = tmp_path) -> None:
        command = [sys.executable, "-P", "-m", "builder", *arguments]
        subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True)

    where = [sys.executable, "-P", "-c", "import builder; print(builder.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert found.stdout.startswith(str(installed))
    broadsheet("new", "digest")
    broadsheet("ingest", cwd=tmp_path / "digest")
    broadsheet("build", cwd=tmp_path / "digest")
    assert "<html" in (tmp_path / "digest/site/index.html").read_text("utf-8")
    assert (tmp_path / "digest/site/static/style.css").is_file()

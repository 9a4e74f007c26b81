"""Small sites, each with every byte that it is expected to become.

`make golden` rewrites `expected/`; what a change does to real pages is then read as a diff.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builder.templates import DEFAULT
from tests.sitetest import SiteTest

SITES = Path(__file__).parent / "sites"
CASES = sorted(folder.name for folder in SITES.iterdir() if folder.is_dir())


def built(case: str, root: Path) -> SiteTest:
    """The site of one case, built in a folder of its own."""
    shutil.copytree(SITES / case, root, ignore=shutil.ignore_patterns("expected"), dirs_exist_ok=True)
    return SiteTest(root).build()


def published(site: SiteTest) -> dict[str, bytes]:
    """The files that a case's `expected/` holds: all, but for the copies of the default theme's own assets."""
    theme = {
        path.relative_to(DEFAULT).as_posix(): path.read_bytes()
        for path in (DEFAULT / "static").rglob("*")
        if path.is_file()
    }
    found = site.files()
    assert theme.keys() <= found.keys()
    return {name: data for name, data in found.items() if theme.get(name) != data}


def expected(case: str) -> dict[str, bytes]:
    folder = SITES / case / "expected"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rewrite(case: str, files: dict[str, bytes]) -> None:
    folder = SITES / case / "expected"
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@pytest.mark.parametrize("case", CASES)
def test_a_site_becomes_these_files(case: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    found = published(built(case, tmp_path))
    if request.config.getoption("--golden"):
        rewrite(case, found)
    wanted = expected(case)
    assert sorted(found) == sorted(wanted)
    for name, data in wanted.items():
        assert found[name].decode() == data.decode(), name


@pytest.mark.parametrize("case", CASES)
def test_building_again_writes_nothing(case: str, tmp_path: Path) -> None:
    site = built(case, tmp_path)
    assert site.build().report.pages.written == 0


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    site = built("minimal", tmp_path)
    site.file("site/robots.txt", site.text("/robots.txt") + "# changed\n")
    assert published(site) != expected("minimal")

"""Full disks and foreign folders: one line that says where, nothing lost, and the next run mends it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sitetest import AS_OF, SiteTest
from tests.test_ingest import content, entry, site_of
from tests.test_laws import assert_same, full_build


def run_with_full_disk(site: SiteTest, command: str, size: int) -> subprocess.CompletedProcess[str]:
    """Run a command that may write no file larger than `size` bytes, as on a disk that fills."""
    full = [sys.executable, "-m", "builder", command, "--root", str(site.root)]
    limits = (size, resource.RLIM_INFINITY)
    return subprocess.run(
        full,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_stops_a_build_with_one_line_and_the_next_one_mends_it(tmp_path: Path) -> None:
    site = SiteTest(tmp_path / "site").item("2026/01/05/a").build()
    before = site.files()
    for number in range(12):
        site.item(f"2026/01/06/n{number}", title="A long headline " * 12, body="word " * 2000)
    result = run_with_full_disk(site, "build", 10_000)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "nothing is lost" in result.stderr
    assert site.files() == before
    assert_same(site.build().files(), full_build(site, tmp_path / "full", AS_OF))


@pytest.mark.parametrize("size", [0, 300, 700])
def test_a_full_disk_tears_no_item_and_the_next_ingest_has_them_all(tmp_path: Path, size: int) -> None:
    site = site_of(tmp_path / "a", *(entry(n) for n in range(9)))
    result = run_with_full_disk(site, "ingest", size)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    for name, data in content(site).items():
        assert name.startswith("items/") is False or data.endswith(b"\n")
    whole = site_of(tmp_path / "b", *(entry(n) for n in range(9))).ingest()
    assert content(site.ingest()) == content(whole)


@pytest.mark.parametrize("output", ["content", "content/static/site", ".", ".."])
def test_the_site_is_not_built_where_the_content_is(tmp_path: Path, output: str) -> None:
    site = SiteTest(tmp_path / "site").item("2026/01/05/a")
    command = [sys.executable, "-m", "builder", "build", "--root", str(site.root), "--output", str(site.root / output)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "cannot be built into" in result.stderr


def test_a_broken_file_that_could_not_be_read_for_a_while_is_still_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = (
        SiteTest(tmp_path).item("2026/01/12/a").file("content/items/2026/01/12/b.md", "---\ntitle: [A\n---\n").build()
    )
    (broken,) = site.report.quarantine
    file, opened = site.root / "content/items/2026/01/12/b.md", os.open
    with monkeypatch.context() as patched:

        def denied(path: str, *how: Any, **more: Any) -> int:
            if path == str(file):
                raise PermissionError(13, "Permission denied", path)
            return opened(path, *how, **more)

        patched.setattr(os, "open", denied)
        os.utime(file)
        (hidden,) = site.build().report.quarantine
        assert "Permission denied" in hidden
    assert site.build().report.quarantine == (broken,)

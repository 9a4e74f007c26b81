"""Runs that are ended or hindered from outside: one line, an exit code, no process left behind, nothing half done."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from tests.cliprocess import COMMAND, environment, run
from tests.sitetest import SiteTest
from tests.test_ingest import entry, items, rss

BURNING = "<rss version='2.0'><channel><title>Bomb</title>" + "<item><title>a</title></item>" * 400_000


def site_of(root: Path, *names: str) -> SiteTest:
    """A site with these sources; `Burning` takes its parser more CPU than it may have."""
    site = SiteTest(root).config(source=[{"name": name, "file": f"{number}.xml"} for number, name in enumerate(names)])
    for number, name in enumerate(names):
        site.file(f"content/{number}.xml", BURNING if name == "Burning" else rss(entry(number)))
    return site


def children_of(group: int) -> list[int]:
    """The living processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def is_tracker(pid: int) -> bool:
    """Whether a process is multiprocessing's resource tracker, which no signal ends: it ends when it sees us gone."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True  # It has just ended.
    # One that is about to be gone has no command any more.
    return not command or b"resource_tracker" in command


def assert_ended(group: int) -> None:
    """A process whose parent was killed ends by itself."""
    for _ in range(6000):
        if not children_of(group):
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"left behind: {children_of(group)}")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="counts processes in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_ended_while_a_feed_burns_leaves_no_process(tmp_path: Path, number: int, code: int) -> None:
    site = site_of(tmp_path, "Good", "Burning")
    with subprocess.Popen(
        [*COMMAND, "ingest", "-v"], cwd=site.root, env=environment(), stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        assert process.stderr and process.stderr.readline().startswith("Good: 1 found")
        os.killpg(process.pid, number)
        # Far less than the burning feed would take.
        rest = process.communicate(timeout=8)[1]
    assert process.returncode == code
    assert rest.strip() == ("interrupted" if code == 130 else "")
    assert [pid for pid in children_of(process.pid) if not is_tracker(pid)] == []
    assert_ended(process.pid)
    assert items(site) == {}
    site.config(source=[{"name": "Good", "file": "0.xml"}])
    assert run(site.root, "ingest").code == 0


def test_a_name_is_no_markup_in_the_progress_bar(tmp_path: Path) -> None:
    site = site_of(tmp_path, "[/b] News [red]")
    ours, theirs = pty.openpty()
    with subprocess.Popen([*COMMAND, "ingest"], cwd=site.root, env=environment(TERM="xterm"), stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # the other end is closed
            pass
        finally:
            os.close(ours)
    assert process.returncode == 0
    assert b"Traceback" not in shown and b"MarkupError" not in shown and b"[/b] News" in shown


def test_where_no_parser_can_be_started_the_run_ends_and_says_why(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    ran = run(site_of(tmp_path / "site", "Good").root, "ingest", TMPDIR=str(long))
    assert ran.code == 3
    assert "no process to read it can be started: AF_UNIX path too long; set TMPDIR to a shorter path" in ran.err


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    site = site_of(tmp_path, "Good", "Pipe")
    (tmp_path / "content/1.xml").unlink()
    os.mkfifo(tmp_path / "content/1.xml")
    ran = run(site.root, "ingest")
    assert "source Pipe: is neither a file nor a folder" in ran.err and len(items(site)) == 1


def test_without_standard_error_a_run_does_its_work(tmp_path: Path) -> None:
    site = site_of(tmp_path, "Good")
    command = " ".join([*COMMAND, "ingest", "2>&-"])
    assert subprocess.run(["/bin/sh", "-c", command], cwd=site.root, env=environment(), timeout=60).returncode == 0
    assert len(items(site)) == 1


def test_a_folder_says_of_each_bad_file_once_and_forgets_it_when_it_is_gone(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(source=[{"name": "Archive", "file": "archive"}])
    site.file("content/archive/good.xml", rss(entry(1))).file("content/archive/bad.xml", "nothing")
    told = [site.ingest().ingested.quarantined for _ in range(2)]
    assert [len(reasons) for reasons in told] == [1, 0] and "(bad.xml)" in told[0][0]
    assert site.ingested.sources[0].status == "unchanged" and not site.ingested.alarming
    site.remove("content/archive/bad.xml").ingest()
    site.file("content/archive/bad.xml", "nothing again").ingest()
    assert len(site.ingested.quarantined) == 1


def test_a_folder_that_comes_back_and_goes_again_is_news_again(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(source=[{"name": "Archive", "file": "archive"}])
    site.ingest().file("content/archive/good.xml", rss(entry(1))).ingest()
    assert len(items(site)) == 1
    (tmp_path / "content/archive/good.xml").unlink()
    (tmp_path / "content/archive").rmdir()
    assert len(site.ingest().ingested.quarantined) == 1

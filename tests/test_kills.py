"""`broadsheet build` killed at any moment: no reader sees half a page, no process stays, the next build is a full one.

A real command with real workers, and a reader that never pauses.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from hashlib import sha256
from multiprocessing import Queue, get_context
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from tests.cliprocess import COMMAND, environment
from tests.sitetest import AS_OF, SiteTest
from tests.sweeps import LONG
from tests.test_interruptions import assert_ended, children_of
from tests.test_laws import assert_same, full_build

# `make laws` kills at many more moments.
KILLS = 200 if LONG else 7
_BUILD = [*COMMAND, "build", "--quiet", "--jobs", "3", "--as-of", f"{AS_OF:%Y-%m-%d}"]


def version(root: Path, name: str, other: str) -> SiteTest:
    """A site of so many files and terms that workers read and render; almost every page differs from the `other`'s."""
    site = SiteTest(root).config(title=f"News {name}")
    for number in range(28):
        tags = [f"t{number}x{part}" for part in range(10)] + [name]
        path = f"2026/01/{number + 1:02}/n{number}" if number % 8 else f"2026/01/{number + 1:02}/{name}{number}"
        site.item(path, tags=tags, title=f"{name} {number}", body=f"Text of {name}. " * 200).seen(path)
    for number in range(700):
        site.document(f"drafts/{number}", draft=True, title=name)
    return site.document(name, title=name).move("tags", other, name)


class TwoVersions:
    """A site whose `content/` is that of one version or the other, and what a full build makes of each."""

    def __init__(self, folder: Path) -> None:
        self.site, self.other = version(folder / "site", "dawn", "dusk"), folder / "other"
        self.now, self.then = [full_build(one, folder / name, AS_OF) for one, name in (
            (self.site, "dawn-full"), (version(folder / "second", "dusk", "dawn"), "dusk-full")
        )]  # fmt: skip
        self.dawn = self.now
        (folder / "second" / "content").rename(self.other)
        self.site.output = self.site.root / "site"

    def turn(self) -> None:
        """Make `content/` the other version."""
        content, aside = self.site.root / "content", self.other.with_name("aside")
        content.rename(aside)
        self.other.rename(content)
        aside.rename(self.other)
        self.now, self.then = self.then, self.now

    def known(self) -> dict[str, set[str]]:
        """The fingerprints that each file may have."""
        found: dict[str, set[str]] = {}
        for pages in (self.now, self.then):
            for name, data in pages.items():
                found.setdefault(name, set()).add(sha256(data).hexdigest())
        return found


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> TwoVersions:
    """Every test leaves `content/` one of the two."""
    return TwoVersions(tmp_path_factory.mktemp("versions"))


def read_once(folder: str, known: dict[str, set[str]]) -> tuple[int, list[str]]:
    """Read every file of a site; returns how many there were, and which of them were of no version."""
    torn, count = [], 0
    for inside, folders, files in os.walk(folder):
        with suppress(ValueError):
            folders.remove(".broadsheet")
        for file in files:
            # A page that goes while its folder is read is no half page.
            with suppress(FileNotFoundError), open(f"{inside}/{file}", "rb") as opened:
                name = f"{inside}/{file}"[len(folder) + 1 :]
                count += 1
                if sha256(opened.read()).hexdigest() not in known.get(name, ()):
                    torn.append(name)
    return count, torn


def read_all(folder: str, known: dict[str, set[str]], end: Event, found: Queue[tuple[int, list[str]]]) -> None:
    """Read a site over and over, and say in the end what was found."""
    count, torn = 0, set[str]()
    while not end.is_set():
        more, wrong = read_once(folder, known)
        count, torn = count + more, torn.union(wrong)
    found.put((count, sorted(torn)))


def is_gone(file: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a file is removed, or the process has ended."""
    while file.exists() and process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.001)


def start(site: SiteTest) -> subprocess.Popen[bytes]:
    return subprocess.Popen(_BUILD, cwd=site.root, env=environment(), process_group=0)


def durations(versions: TwoVersions) -> tuple[float, float]:
    """How long a build takes, and how long the part of it in which the site is between two versions, in seconds."""
    begin = time.monotonic()
    with start(versions.site) as process:
        is_gone(versions.site.output / ".broadsheet" / "build", process)
        between = time.monotonic()
    assert process.returncode == 0
    return time.monotonic() - begin, time.monotonic() - between


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="counts processes in /proc")
def test_a_build_killed_at_any_moment_tears_no_page_and_the_next_one_is_full(versions: TwoVersions) -> None:
    """Kill it alone, now anywhere, now while it replaces pages, and build again at once, before its workers know."""
    processes = get_context("forkserver")
    site, die = versions.site.build(), random.Random(KILLS)
    versions.turn()
    whole, between = durations(versions)
    end, found = processes.Event(), processes.Queue()
    reader = processes.Process(target=read_all, args=(str(site.output), versions.known(), end, found))
    reader.start()
    most, cut = 0, 0
    for number in range(KILLS):
        versions.turn()
        share = (number // 2 + die.random()) / ((KILLS + 1) // 2)
        with start(site) as process:
            if number % 2:
                is_gone(site.output / ".broadsheet" / "build", process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(share * (between if number % 2 else whole))
            most = max(most, len(children_of(process.pid)))
            process.kill()
        cut += not (site.output / ".broadsheet" / "build").exists()
        assert_same(site.build().files(), versions.now)
        assert_ended(process.pid)
    end.set()
    read, torn = found.get()
    reader.join()
    assert torn == []
    assert read > len(versions.now) * KILLS
    # It was really killed while it had workers, and while the site was in between.
    assert most >= 3 and cut > 0


def test_half_a_page_would_be_noticed(versions: TwoVersions, tmp_path: Path) -> None:
    folder = shutil.copytree(versions.site.build().output, tmp_path / "site")
    assert read_once(str(folder), versions.known()) == (len(versions.now), [])
    os.truncate(folder / "latest" / "index.html", 1000)
    assert read_once(str(folder), versions.known())[1] == ["latest/index.html"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="counts processes in /proc")
@pytest.mark.parametrize(("running", "later"), [(3, 0.1), (3, 0.25), (5, 0.0)], ids=["loading", "starting", "at work"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_build_that_is_ended_while_its_workers_start_or_work_leaves_no_process_and_no_traceback(
    versions: TwoVersions, tmp_path: Path, number: int, code: int, running: int, later: float
) -> None:
    """End all processes at once, as Ctrl-C does: the build, what multiprocessing runs beside it, and two workers."""
    site = version(tmp_path / "site", "dawn", "dusk")
    with subprocess.Popen(
        _BUILD, cwd=site.root, env=environment(), stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        while len(children_of(process.pid)) < running and process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.001)
        with suppress(subprocess.TimeoutExpired):
            process.wait(later)
        os.killpg(process.pid, number)
        told = process.communicate()[1]
    assert (process.returncode, told.strip()) == (code, "interrupted" if code == 130 else "")
    assert_ended(process.pid)
    assert_same(site.build().files(), versions.dawn)

"""Seconds and memory of a command with all the processes it starts, and the size of what it leaves.

Never looks into a process that is being timed: memory is sampled in runs of its own.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench import BenchError

PAUSE = 0.05
"""Seconds between two looks at the memory of a run."""
_PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)


class Run(NamedTuple):
    """One finished command: its wall time in seconds, its output, and its peak memory in bytes if that was sampled."""

    seconds: float
    out: str
    peak: int | None


class Size(NamedTuple):
    """What a folder holds."""

    files: int
    bytes: int


def run(command: Sequence[str | Path], folder: Path, *, sampled: bool = False) -> Run:
    """Run a command in `folder` until it ends. Raises BenchError with the last line it said where it fails."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        # A session of its own: whatever it starts is known by it, even after a parent has ended.
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err, start_new_session=True)
        sampler = Sampler(process.pid) if sampled else None
        try:
            code = process.wait()
            seconds = time.perf_counter() - start
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
        finally:
            peak = sampler.end() if sampler else None
        out.seek(0), err.seek(0)
        said = Run(seconds, out.read(), peak)
        if code:
            lines = (err.read() or said.out).strip().splitlines() or ["nothing"]
            raise BenchError(f"{Path(command[0]).name} ended with {code}, and said: {lines[-1]}")
    return said


class Sampler(threading.Thread):
    """Looks at the memory of a session again and again, and keeps the peak."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        # The first look is taken here: a command may have ended before the thread runs.
        self.session, self.peak, self._ended = session, memory_of(session), threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(PAUSE):
            self.peak = max(self.peak, memory_of(self.session))

    def end(self) -> int | None:
        """The peak in bytes; `None` where the system does not say."""
        self._ended.set()
        self.join()
        return self.peak or None


def memory_of(session: int) -> int:
    """The sum of PSS of all processes of a session, in bytes; 0 where there is none, or no Linux.

    PSS counts a page that several processes share once, a part of it for each (proc(5), smaps_rollup).
    """
    total = 0
    for process in _processes():
        try:
            # The name in parentheses may hold anything; after it come state, parent, group and session.
            fields = (process / "stat").read_bytes().rpartition(b")")[2].split()
            if int(fields[3]) == session and (found := _PSS.search((process / "smaps_rollup").read_bytes())):
                total += int(found[1]) * 1024
        except (OSError, IndexError):
            continue  # It has just ended.
    return total


def _processes() -> list[Path]:
    try:
        return [Path("/proc", name) for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return []


def size_of(folder: Path) -> Size:
    """Files below a folder and their bytes, without the builder's own notes in hidden folders."""
    files = total = 0
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as found:
            for one in found:
                if one.is_dir(follow_symlinks=False):
                    if not one.name.startswith("."):
                        waiting.append(one.path)
                elif one.name != ".gitignore":
                    files += 1
                    total += one.stat(follow_symlinks=False).st_size
    return Size(files, total)

"""What the figures were measured on: processor, cores, kernel, file system, versions, day.

Never guesses: what the system does not tell is called unknown.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from builder import __version__
from tests.bench import peer


def described(folder: Path) -> str:
    """One line on the machine, the file system of `folder`, the versions that ran and the day they did."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3
    return (
        f"{_processor()}, {cores} cores, {memory:.0f} GiB; {platform.system()} {platform.release()}, "
        f"{file_system(folder)}; Broadsheet {__version__}, Python {platform.python_version()}, Hugo {peer.VERSION}; "
        f"{datetime.now(UTC):%Y-%m-%d}"
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
        if found := re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE):
            return found[1].strip()
    except OSError:
        done = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True)
        if done.stdout.strip():
            return done.stdout.strip()
    return platform.machine() or "unknown processor"


def file_system(folder: Path) -> str:
    """The kind of file system that a folder is on, `ext4`."""
    best, kind = "", "unknown file system"
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return kind
    for line in lines:
        # proc(5): the fifth field is the mount point, the first after the lone hyphen the kind.
        before, _, after = line.partition(" - ")
        place = before.split()[4].replace("\\040", " ")
        if folder.resolve().is_relative_to(place) and len(place) >= len(best):
            best, kind = place, after.split()[0]
    return kind

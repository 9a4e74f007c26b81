"""What all tests share: the option that rewrites expected files, and the comparison that reads them."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# `make web` runs these: they need tools that `make test` does without.
collect_ignore = ["web"]

# No test is about time: a slow machine fails none. The same examples every time; `make laws` searches for new ones.
settings.register_profile("same", deadline=None, derandomize=True, max_examples=150)
settings.register_profile("search", deadline=None, max_examples=10_000)
settings.load_profile("same")


def pytest_configure() -> None:
    # A shell's job in the background ignores Ctrl+C, and so would the commands that tests start and interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden", action="store_true", help="write the expected files anew; read the diff before you commit it"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """`golden(path, text)` asserts that a file holds this text, or writes it under `--golden`."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--golden"):
            path.write_text(text, encoding="utf-8")
            return
        assert path.exists(), f"{path} is missing; run pytest --golden"
        assert text == path.read_text(encoding="utf-8"), f"{path} differs; if the change is meant, run pytest --golden"

    return compare


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not run for want of third parties' texts, and what the random tests drew."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "corpus" in report.keywords]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} corpus tests not run: BROADSHEET_CORPORA names no folder")
    drawn: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name.startswith("drawn "):
                drawn[name.removeprefix("drawn ")] += value
    if drawn:
        counts = ", ".join(f"{name} {count}" for name, count in sorted(drawn.items()))
        terminalreporter.write_line(f"edits drawn: {counts}")

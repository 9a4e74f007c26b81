"""What all tests share: the option that rewrites expected files, and the comparison that reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


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

"""What the checks of built sites share: the sites, each made once for all processes of a run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.sites import Built, built


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run, the same in all its processes."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def site_of(shared: Path) -> Callable[[str], Built]:
    """`site_of("sample at /")`: that site, built."""
    return lambda name: built(name, shared / "sites")

"""The frozen stream: 28,000 invented headlines of seven months through the front door, in which no saga may chain."""

from __future__ import annotations

import pytest

from tests.eval import door, invented, table


@pytest.mark.xfail(reason="stories are not assigned yet: every item is alone", strict=False)
def test_the_stream_reaches_its_floor() -> None:
    found = invented.stream()
    assert table.missed(table.figures(found, door.placed(found.items))) == []

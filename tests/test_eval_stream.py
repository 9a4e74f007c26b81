"""The frozen stream: 28,000 invented headlines of seven months, in which no saga may chain into one story.

`make eval` sends it through the front door; here the stories are asked at once, since writing so many files takes a minute.
"""

from __future__ import annotations

from collections import Counter

import pytest

from builder.clusters import Told
from builder.stories import HOW, assign
from builder.vectors import Vectors
from builder.words import Text
from tests.eval import Labelled, invented, table
from tests.eval.door import Placed


def told(one: Labelled) -> Told:
    assert one.date
    text = Text(one.title, one.text, publishers=(one.publisher,), language="en")
    return Told(path=one.id.zfill(6), id=one.id.zfill(6), moment=one.date.timestamp(), text=text)


def test_the_stream_reaches_its_floor() -> None:
    found = invented.stream()
    stream = [told(one) for one in found.items]
    names = assign(stream, [], Vectors(one.text for one in stream)).names
    stories = {one.id: names.get(item.path, item.path) for one, item in zip(found.items, stream, strict=True)}
    assert table.missed(table.figures(found, Placed(stories))) == []


def test_without_windows_and_with_little_asked_a_saga_becomes_one_story(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.clusters.SPAN", 10**9)
    monkeypatch.setattr("builder.clusters.WINDOW", 10**9)
    stream = [told(one) for one in invented.stream().items[:4_000]]
    how = HOW._replace(join=(0.05, 0.0), member=(0.02, 0.0), merge=(0.08, 0.0), shared=1, contradiction=0.0, veto=2.0)
    names = assign(stream, [], Vectors(one.text for one in stream), how).names
    assert max(Counter(names.values()).values()) > 60

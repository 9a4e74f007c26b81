"""The labelled sets of third parties in the folder that BROADSHEET_CORPORA names, their halves, and variants of them.

Never imports anything, and never gives the items of one half to those who ask for the other.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tests.eval import Labelled, Sample

HALVES = ("tuning", "reporting")
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)
Change = Callable[[tuple[Labelled, ...]], tuple[Labelled, ...]]


class Corpus(NamedTuple):
    """One set: where it stands, how a line of it is read, and what decides to which half an item belongs."""

    name: str
    file: str
    read: Callable[[dict[str, Any]], Labelled]
    split: Callable[[Labelled], str]
    split_by: str


def _uci(line: dict[str, Any]) -> Labelled:
    """A headline. Its link is as the set has it, with a stray backslash in some: it stays distinct."""
    date = datetime.fromtimestamp(line["ts"], UTC)
    return Labelled(line["id"], line["label"], line["title"], date=date, link=line["url"], publisher=line["publisher"])


def _ecbplus(line: dict[str, Any]) -> Labelled:
    """An article's text. The few dates that the set knows are of its addresses, and left out: it is the undated set."""
    return Labelled(line["id"], line["label"], line["title"], text=line["text"], link=line["url"])


def topic(one: Labelled) -> str:
    """The topic of a label of ecbplus, which has two look-alike stories: `12` of `12_ecbplus`."""
    return one.label.partition("_")[0]


CORPORA = (
    Corpus("uci-6k", "uci-6k/items.jsonl", _uci, lambda one: one.label, "story"),
    Corpus("ecbplus", "ecbplus/items.jsonl", _ecbplus, topic, "topic"),
)


def folder() -> Path | None:
    """The folder of the sets; `None` where the environment names none."""
    named = os.environ.get("BROADSHEET_CORPORA", "")
    return Path(named) if named else None


def sample(corpus: Corpus, folder: Path, half: str) -> Sample:
    """The items of one half, whole stories each."""
    with open(folder / corpus.file, encoding="utf-8") as lines:
        items = (corpus.read(json.loads(line)) for line in lines)
        return Sample(corpus.name, half, tuple(one for one in items if half_of(corpus.split(one)) == half))


def half_of(name: str) -> str:
    """Where a story or topic belongs: the tuning half where the MD5 of its name is even."""
    return HALVES[_number(name) % 2]


def _number(name: str) -> int:
    return int(hashlib.md5(name.encode()).hexdigest(), 16)


# -- variants: whether one setting carries over to what the sets lack or have --------------------------------


def _undated(items: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
    return tuple(one._replace(date=None) for one in items)


def _headlines(items: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
    return tuple(one._replace(text="") for one in items)


def _dated(items: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
    """Invented dates: the items of a story within 36 hours, the stories of a topic 2 to 20 days apart."""
    starts = _starts({(topic(one), one.label) for one in items})
    return tuple(
        one._replace(date=starts[one.label] + timedelta(seconds=_number(one.id) % (36 * 3600))) for one in items
    )


def _starts(stories: Iterable[tuple[str, str]]) -> dict[str, datetime]:
    """When each story begins. Which one of a topic comes first is as good as drawn, and always the same."""
    found: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    for topic, label in sorted(stories, key=lambda pair: _number(pair[1])):
        if topic in last:
            # From the last item of the one to the first of the other it is two days at least.
            found[label] = last[topic] + timedelta(hours=36 + 48 + _number("gap " + label) % (18 * 24 - 36))
        else:
            found[label] = _FIRST + timedelta(days=_number("start " + topic) % 300)
        last[topic] = found[label]
    return found


VARIANTS: tuple[tuple[str, str, Change], ...] = (
    ("uci-6k", "without dates", _undated),
    ("ecbplus", "headlines only", _headlines),
    ("ecbplus", "with invented dates", _dated),
)
"""Set, what is changed in it, and how: scored on the tuning half alone."""


def variants(base: Sample) -> list[Sample]:
    """The variants of a sample."""
    return [
        base._replace(items=change(base.items), variant=what) for name, what, change in VARIANTS if name == base.name
    ]

"""The laws of stories over a long run: a stream of news in a hundred fetches, an editor who merges, splits and overrules."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from builder import archives, config, desk, joining, sitemaps, terms
from builder.content import Content
from builder.edits import Edits
from tests.eval import Labelled, invented
from tests.sitetest import SiteTest
from tests.test_laws import assert_same, full_build
from tests.test_newsroom import stories

# `make laws` goes on for longer.
FETCHES = 60 if (settings.default or settings()).derandomize else 100
BUILD_EVERY = 20
# So few stories make a large day, a large month of a term, a large term, a large sitemap: most joins cross one of them.
LIMITS = {archives: {"DAY": 30, "TERM_MONTH": 8, "LARGE": 4}, terms: {"TERM": 4}, sitemaps: {"SITEMAP": 60}}


def document(items: list[Labelled]) -> str:
    """A JSON Feed of these items."""
    found = [
        {
            "id": one.id,
            "url": one.link or f"https://paper.example/{one.id}",
            "title": one.title,
            "content_text": one.text,
            "date_published": one.date.isoformat() if one.date else None,
            "authors": [{"name": one.publisher}],
        }
        for one in items
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": found})


class Newsroom:
    """A site, its feed and an editor with a die."""

    def __init__(self, root: Path, seed: int) -> None:
        self.site = SiteTest(root).config(source=[{"name": "news", "file": "news.json"}], show="full")
        self.die = random.Random(seed)
        self.stream = [one for one in invented.digest().items if one.date][: FETCHES * 4]
        self.said: dict[str, str] = {}
        self.done: Counter[str] = Counter()

    def fetch(self, number: int) -> None:
        """What the feed holds by now, in any order."""
        items = self.stream[: (number + 1) * 4][-30:]
        self.die.shuffle(items)
        self.site.file("content/news.json", document(items))
        newest = max(one.date for one in items if one.date)
        before = stories(self.site)
        self.site.ingest(as_of=newest + timedelta(hours=1))
        after = stories(self.site)
        self.done["joins"] += sum(bool(after[path]) and not before.get(path) for path in after)
        changed = [path for path in before if before[path] and before[path] != after.get(path)]
        assert not changed, "what has a story keeps it"

    def edit(self) -> None:
        """One thing that an editor says."""
        said = stories(self.site)
        several = sorted(
            {name for name, count in Counter(said.values()).items() if name not in ("", "none") and count > 1}
        )
        grouped = sorted(path for path, name in said.items() if name in several and path not in self.said)
        with self.site.index() as index:
            root = self.site.root
            edits = Edits(Content(root), config.load(root), index, self.as_of())
            if self.die.random() < 0.4 and grouped:
                path = self.die.choice(grouped)
                desk.split(edits, f"/{path}/")
                self.said[path] = "none"
                self.done["splits"] += 1
            elif len(several) > 1:
                old, new = self.die.sample(several, 2)
                resolve = edits.settings.moves.resolve
                if resolve("stories", old) != resolve("stories", new) and edits.index.story(resolve("stories", old)):
                    desk.merge_into(edits, f"/stories/{old}/", f"/stories/{new}/")
                    self.done["merges"] += 1

    def as_of(self) -> datetime:
        return max(one.date for one in self.stream if one.date) + timedelta(days=1)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """The site after a hundred fetches, with an edit after every second one; built now and then."""
    room = Newsroom(tmp_path_factory.mktemp("newsroom"), 7)
    with pytest.MonkeyPatch.context() as limits:
        for module, names in LIMITS.items():
            for name, value in names.items():
                limits.setattr(module, name, value)
        run(room)
        yield room


def run(room: Newsroom) -> None:
    published: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        # A hundred fetches read the newest items a hundred times: fewer tell as much here.
        patch.setattr(joining, "SAMPLE", 50)
        for number in range(FETCHES):
            room.fetch(number)
            if number > 8:
                room.edit()
            if number % BUILD_EVERY == BUILD_EVERY - 1:
                published |= room.site.build(as_of=room.as_of()).routes()
                assert published <= room.site.routes(), sorted(published - room.site.routes())[:5]


def test_there_was_enough_to_learn_from(newsroom: Newsroom) -> None:
    assert newsroom.done["joins"] >= 100
    assert newsroom.done["merges"] >= 20
    assert newsroom.done["splits"] >= 20


def test_there_was_enough_that_outgrew_a_limit_or_fell_below_it(newsroom: Newsroom) -> None:
    routes = newsroom.site.routes()
    hours = [route for route in routes if re.fullmatch(r"/\d{4}/\d\d/\d\d/\d\d/", route)]
    parts = [route for route in routes if re.fullmatch(r"/\w+/[^/]+/\d{4}-\d\d(-\d\d)?/", route)]
    for found in (hours, parts):
        empty = [route for route in found if "This page has moved" in newsroom.site.text(route)]
        assert 0 < len(empty) < len(found)
    assert any(re.fullmatch(r"/sitemaps/\d{4}-\d\d-\d\d\.xml", route) for route in routes)


def test_what_an_editor_said_is_still_said_after_all_that_came_later(newsroom: Newsroom) -> None:
    said = stories(newsroom.site)
    assert newsroom.said and {path: said[path] for path in newsroom.said} == newsroom.said


def test_ingesting_once_more_changes_no_file(newsroom: Newsroom) -> None:
    before = stories(newsroom.site)
    newsroom.site.ingest(as_of=newsroom.as_of(), force=True)
    assert stories(newsroom.site) == before


def test_incremental_is_full(newsroom: Newsroom, tmp_path: Path) -> None:
    ours = newsroom.site.build(as_of=newsroom.as_of()).files()
    assert_same(ours, full_build(newsroom.site, tmp_path / "full", newsroom.as_of()))


def test_losing_the_index_changes_no_story(newsroom: Newsroom, tmp_path: Path) -> None:
    before = stories(newsroom.site)
    (newsroom.site.root / ".broadsheet/index.sqlite").unlink()
    newsroom.site.ingest(as_of=newsroom.as_of(), force=True)
    assert stories(newsroom.site) == before

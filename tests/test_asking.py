"""How sources with an address are asked: never more often than they want, and never so that an item is lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builder.errors import UsageError
from builder.fetch import Client
from builder.run import SourceReport
from builder.state import SourceState, States
from tests.publishers import (
    Behaviour,
    Publishers,
    Visit,
    conditional,
    network,
    page,
    publishers,
    redirect,
    status,
)
from tests.sitetest import AS_OF, SiteTest
from tests.test_ingest import entry, items, rss

FEED = "http://gazette.example/feed"
HOUR = timedelta(hours=1)


@pytest.fixture
def server() -> Iterator[Publishers]:
    with publishers() as server:
        yield server


class Asking:
    """A site with one source, the Gazette, whose server behaves as the test says."""

    def __init__(self, root: Path, server: Publishers, **source: Any) -> None:
        self.server = server
        self.site = SiteTest(root).config(source=[{"name": "Gazette", "url": FEED} | source])
        self.now = AS_OF

    def serves(self, behaviour: Behaviour, url: str = "gazette.example/feed") -> Asking:
        self.server.on(url, behaviour)
        return self

    def ingest(self, after: timedelta = timedelta(0), **how: Any) -> SourceReport:
        """Ingest so much later than the last time."""
        self.now += after
        client = Client("https://news.example/", network=network(self.server), host_gap=0)
        return self.site.ingest(as_of=self.now, client=client, **how).ingested.sources[0]

    @property
    def asked(self) -> list[dict[str, str]]:
        """The conditions of every question so far."""
        return [
            {name: value for name, value in request.headers.items() if name.startswith("if-")}
            for request in self.server.requests
        ]

    @property
    def state(self) -> SourceState:
        states = States(self.site.root / ".broadsheet/state.sqlite")
        try:
            return states.get("Gazette")
        finally:
            states.close()


@pytest.fixture
def asking(tmp_path: Path, server: Publishers) -> Asking:
    return Asking(tmp_path, server)


def feed(*numbers: int, **headers: str) -> Behaviour:
    return page(rss(*(entry(number) for number in numbers)).encode(), **headers)


def ago(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


# -- conditions --------------------------------------------------------------------------------------


def test_a_second_question_is_conditional_and_a_304_is_no_work(asking: Asking) -> None:
    asking.serves(conditional(rss(entry(1)).encode(), '"a-1"'))
    assert asking.ingest().new == 1
    before = {path: path.stat().st_mtime_ns for path in (asking.site.root / "content").rglob("*")}
    again = asking.ingest(HOUR)
    assert (again.status, again.found, asking.site.ingested.written) == ("unchanged", 1, 0)
    assert asking.asked == [{}, {"if-none-match": '"a-1"'}]
    assert {path: path.stat().st_mtime_ns for path in (asking.site.root / "content").rglob("*")} == before


@pytest.mark.parametrize("etag", ['"a"', 'W/"a b"', "unquoted", '"ü"', '"a--gzip"'])
def test_validators_go_back_as_they_came(asking: Asking, etag: str) -> None:
    asking.serves(feed(1, ETag=etag, Last_Modified="yesterday, about noon"))
    asking.ingest(), asking.ingest(HOUR)
    assert asking.asked[1] == {"if-none-match": etag, "if-modified-since": "yesterday, about noon"}


def test_the_same_body_is_no_work_whatever_its_validators(asking: Asking) -> None:
    asking.serves(feed(1, ETag='"a"')).ingest()
    asking.serves(feed(1, ETag='"b"'))
    assert asking.ingest(HOUR).status == "unchanged"
    asking.ingest(HOUR)
    assert asking.asked[2] == {"if-none-match": '"b"'}


def test_a_304_may_bring_a_newer_validator(asking: Asking) -> None:
    asking.serves(feed(1, ETag='"a"')).ingest()
    asking.serves(status(304, ETag='"b"')).ingest(HOUR)
    asking.ingest(HOUR)
    assert [one.get("if-none-match") for one in asking.asked] == [None, '"a"', '"b"']


def test_validators_are_dropped_after_eight_days(asking: Asking) -> None:
    asking.serves(conditional(rss(entry(1)).encode(), '"a"')).ingest()
    asking.ingest(timedelta(days=7)), asking.ingest(timedelta(days=2))
    assert asking.asked == [{}, {"if-none-match": '"a"'}, {}]


def test_validators_go_to_the_address_that_gave_them_and_to_no_other(asking: Asking) -> None:
    asking.serves(redirect("http://cdn.example/feed"))
    asking.serves(conditional(rss(entry(1)).encode(), '"a"'), "cdn.example/feed").ingest()
    assert asking.ingest(HOUR).status == "unchanged"
    asked = [(request.host, request.headers.get("if-none-match")) for request in asking.server.requests[2:]]
    assert asked == [("gazette.example", None), ("cdn.example", '"a"')]
    # The first address answers itself one day, and happens to use the same words for another body.
    asking.serves(conditional(rss(entry(1), entry(2)).encode(), '"a"'))
    assert asking.ingest(HOUR).new == 1


def test_a_304_that_nobody_asked_for_is_a_failure(asking: Asking) -> None:
    asking.serves(feed(1, ETag='"a"')).ingest()
    asking.serves(status(304))
    assert asking.ingest(HOUR).status == "unchanged"
    assert asking.ingest(timedelta(days=9)).status == "failed"


def test_a_page_that_is_no_feed_leaves_no_validators(asking: Asking) -> None:
    asking.serves(feed(1, ETag='"feed"')).ingest()
    asking.serves(page(b"<!doctype html><title>Sign in</title>", ETag='"login"'))
    assert "HTML page" in asking.ingest(HOUR).error
    asking.serves(feed(1, 2)).ingest(HOUR)
    assert asking.asked[2] == {"if-none-match": '"feed"'}
    assert len(items(asking.site)) == 2


def test_other_settings_ask_for_everything_again(asking: Asking) -> None:
    asking.serves(conditional(rss(entry(1)).encode(), '"a"')).ingest()
    asking.site.config(source=[{"name": "Gazette", "url": FEED, "show": "headline"}])
    assert asking.ingest(HOUR).updated == 1
    assert asking.asked == [{}, {}]


# -- what was asked belongs to what is there ---------------------------------------------------------


def test_a_lost_push_and_then_a_304_lose_no_item(asking: Asking, tmp_path: Path) -> None:
    asking.serves(conditional(rss(entry(1)).encode(), '"a"')).ingest()
    shutil.copytree(tmp_path / "content", tmp_path / "pushed")
    asking.serves(conditional(rss(entry(1), entry(2)).encode(), '"b"'))
    assert asking.ingest(HOUR).new == 1
    # The push is rejected, the clone goes back to what the others have; its fetch state stays.
    shutil.rmtree(tmp_path / "content")
    shutil.move(tmp_path / "pushed", tmp_path / "content")
    assert asking.ingest(HOUR).new == 1
    assert len(items(asking.site)) == 2
    assert [one.get("if-none-match") for one in asking.asked] == [None, '"a"', None]


def test_a_lost_push_of_an_edit_upstream_is_made_good(asking: Asking, tmp_path: Path) -> None:
    asking.serves(conditional(rss(entry(1)).encode(), '"a"')).ingest()
    shutil.copytree(tmp_path / "content", tmp_path / "pushed")
    asking.serves(conditional(rss(entry(1, title="Corrected")).encode(), '"b"'))
    assert asking.ingest(HOUR).updated == 1
    shutil.rmtree(tmp_path / "content")
    shutil.move(tmp_path / "pushed", tmp_path / "content")
    assert asking.ingest(HOUR).updated == 1
    assert "Corrected" in next(iter(items(asking.site).values()))


@pytest.mark.parametrize("meanwhile", ["nothing is asked", "an answer fails"])
def test_what_was_lost_is_made_good_also_after_a_run_that_read_nothing(
    asking: Asking, tmp_path: Path, meanwhile: str
) -> None:
    asking.serves(conditional(rss(entry(1)).encode(), '"a"')).ingest()
    shutil.copytree(tmp_path / "content", tmp_path / "pushed")
    title = entry(1, title="Corrected")

    def corrected(visit: Visit) -> None:
        known = visit.request.headers.get("if-none-match") == '"b"'
        visit.answer(304) if known else visit.answer(200, rss(title).encode(), ETag='"b"', Cache_Control="max-age=7200")

    asking.serves(corrected).ingest(HOUR)
    shutil.rmtree(tmp_path / "content")
    shutil.move(tmp_path / "pushed", tmp_path / "content")
    if meanwhile == "an answer fails":
        asking.serves(status(500)).ingest(HOUR)
        asking.serves(corrected)
    else:
        assert asking.ingest().status == "waiting"
    asking.ingest(timedelta(days=1))
    assert "Corrected" in next(iter(items(asking.site).values()))


def test_an_edit_upstream_that_met_a_persons_edit_comes_with_the_next_run(asking: Asking) -> None:
    """The person changed the file while the run was under way: it was passed over, and so is not yet answered for."""
    asking.serves(conditional(rss(entry(1)).encode(), '"a"')).ingest()
    asking.serves(conditional(rss(entry(1, title="Corrected")).encode(), '"b"'))
    ((path, text),) = items(asking.site).items()
    asking.ingest(HOUR, progress=lambda *_: asking.site.file(f"content/items/{path}", text + "\nMore."))
    assert "Corrected" not in items(asking.site)[path]
    asking.serves(status(500)).ingest(HOUR)
    asking.serves(conditional(rss(entry(1, title="Corrected")).encode(), '"b"')).ingest(HOUR)
    assert "Corrected" in items(asking.site)[path] and "More." in items(asking.site)[path]


def test_a_persons_edit_is_no_reason_to_ask_for_everything(asking: Asking) -> None:
    asking.serves(conditional(rss(entry(1)).encode(), '"a"')).ingest()
    path, text = next(iter(items(asking.site).items()))
    asking.site.file(f"content/items/{path}", text.replace("Storm number 1", "My own words"))
    asking.ingest(HOUR)
    assert asking.asked[1] == {"if-none-match": '"a"'}
    assert "My own words" in next(iter(items(asking.site).values()))


def test_a_removed_item_stays_removed_and_the_next_answer_counts_again(asking: Asking) -> None:
    asking.serves(conditional(rss(entry(1), entry(2)).encode(), '"a"')).ingest()
    asking.site.remove(f"content/items/{next(iter(items(asking.site)))}")
    asking.ingest(HOUR), asking.ingest(HOUR)
    assert asking.asked == [{}, {}, {"if-none-match": '"a"'}]
    assert len(items(asking.site)) == 1


def test_losing_the_fetch_state_costs_a_full_answer_and_nothing_else(asking: Asking) -> None:
    asking.serves(conditional(rss(entry(1)).encode(), '"a"')).ingest()
    shutil.rmtree(asking.site.root / ".broadsheet")
    report = asking.ingest(HOUR)
    assert (report.new, report.updated, asking.site.ingested.written) == (0, 0, 0)
    assert asking.asked == [{}, {}]


def test_fetch_state_that_cannot_be_opened_is_one_line_and_is_not_removed(asking: Asking) -> None:
    path = asking.site.root / ".broadsheet/state.sqlite"
    path.mkdir(parents=True)
    with pytest.raises(UsageError, match=r"\.broadsheet/state\.sqlite: unable to open"):
        asking.serves(feed(1)).ingest()
    assert path.is_dir()


def test_fetch_state_of_a_newer_make_is_left_alone(asking: Asking) -> None:
    path = asking.site.root / ".broadsheet/state.sqlite"
    asking.serves(feed(1)).ingest()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="newer Broadsheet"):
        asking.ingest()
    assert path.read_bytes() == before


def test_looking_at_the_fetch_state_changes_nothing(asking: Asking) -> None:
    path = asking.site.root / ".broadsheet/state.sqlite"
    assert (States(path, readonly=True).get("Gazette"), path.exists()) == (SourceState(), False)
    asking.serves(feed(1)).ingest()
    before = path.stat()
    assert States(path, readonly=True).get("Gazette").found == 1
    path.write_bytes(b"x" * 5000)
    assert States(path, readonly=True).get("Gazette") == SourceState()
    assert (path.stat().st_size, before.st_ino) == (5000, path.stat().st_ino)


def test_fetch_state_of_any_bytes_is_made_anew(asking: Asking) -> None:
    asking.serves(feed(1)).ingest()
    (asking.site.root / ".broadsheet/state.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert asking.ingest(HOUR).status == "read"


# -- when --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        feed(1, Cache_Control="max-age=7200"),
        feed(1, Expires=ago(AS_OF + 2 * HOUR)),
        page(rss(entry(1)).replace("<channel>", "<channel><ttl>120</ttl>").encode()),
        status(429, Retry_After="7200"),
        status(503, Retry_After=ago(AS_OF + 2 * HOUR)),
    ],
    ids=["max-age", "expires", "ttl", "429", "503"],
)
def test_a_source_is_left_alone_for_as_long_as_it_wants(asking: Asking, answer: Behaviour) -> None:
    asking.serves(answer).ingest()
    assert asking.ingest(1.9 * HOUR).status == "waiting"
    assert len(asking.asked) == 1
    asking.ingest(0.2 * HOUR)
    assert len(asking.asked) == 2


def test_a_configured_interval_is_kept_and_force_overrides_it(tmp_path: Path, server: Publishers) -> None:
    asking = Asking(tmp_path, server, interval="6h").serves(feed(1))
    asking.ingest(), asking.ingest(5 * HOUR)
    assert len(asking.asked) == 1
    asking.ingest(force=True)
    assert len(asking.asked) == 2


def test_failures_make_us_wait_longer_each_time(asking: Asking) -> None:
    asking.serves(status(500))
    for _ in range(48):
        asking.ingest(HOUR / 4)
    assert 5 <= len(asking.asked) <= 8
    assert asking.state.failures == len(asking.asked)


def test_a_source_that_is_well_again_is_asked_as_usual(asking: Asking) -> None:
    asking.serves(status(500)).ingest()
    asking.serves(feed(1)).ingest(HOUR)
    asking.ingest(HOUR / 6)
    assert len(asking.asked) == 3 and asking.state.failures == 0
    assert asking.site.ingested.failing == ()


# -- addresses that change ---------------------------------------------------------------------------


@pytest.mark.parametrize("code", [301, 308])
def test_a_permanent_redirect_is_followed_remembered_and_reported(asking: Asking, code: int) -> None:
    asking.serves(redirect("http://new.example/feed", code)).serves(feed(1), "new.example/feed")
    assert asking.ingest().moved == "http://new.example/feed"
    assert asking.ingest(HOUR).moved == "http://new.example/feed"
    assert [request.host for request in asking.server.requests] == ["gazette.example", "new.example", "new.example"]


@pytest.mark.parametrize("code", [302, 303, 307])
def test_a_temporary_redirect_is_followed_and_not_remembered(asking: Asking, code: int) -> None:
    asking.serves(redirect("http://new.example/feed", code)).serves(feed(1), "new.example/feed")
    assert asking.ingest().moved == ""
    asking.ingest(HOUR)
    assert [request.host for request in asking.server.requests] == 2 * ["gazette.example", "new.example"]


def test_a_redirect_to_what_is_no_feed_is_not_remembered(asking: Asking) -> None:
    asking.serves(redirect("http://parked.example/", 301)).serves(page(b"<html>Buy me"), "parked.example/")
    assert asking.ingest().moved == ""


def test_a_remembered_address_that_fails_is_forgotten(asking: Asking) -> None:
    asking.serves(redirect("http://new.example/feed", 301)).serves(feed(1), "new.example/feed").ingest()
    asking.serves(feed(1, 2)).serves(status(404), "new.example/feed").ingest(HOUR)
    assert asking.ingest(HOUR).new == 1


def test_an_address_changed_in_the_settings_brings_nothing_anew(asking: Asking) -> None:
    asking.serves(feed(1)).ingest()
    asking.site.config(source=[{"name": "Gazette", "url": "http://new.example/feed"}])
    assert asking.serves(feed(1), "new.example/feed").ingest(HOUR).new == 0
    assert len(items(asking.site)) == 1


def test_a_server_cannot_have_our_environment_sent_to_it(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_KEY", "canary-4711")
    asking.serves(redirect("http://evil.example/?k=${CLOUD_KEY}", 301)).serves(feed(1), "evil.example/*")
    asking.server.on("evil.example", feed(1))
    asking.ingest(), asking.ingest(HOUR)
    assert not [request for request in asking.server.requests if "canary" in request.path]


def test_410_stops_a_source_until_it_is_forced(asking: Asking) -> None:
    asking.serves(feed(1)).ingest()
    stopped = asking.serves(status(410)).ingest(HOUR)
    assert stopped.status == "stopped" and "gone for good" in stopped.error
    assert len(asking.site.ingested.quarantined) == 1
    assert asking.ingest(timedelta(days=30)).status == "stopped"
    assert not asking.site.ingested.alarming
    assert len(asking.asked) == 2
    assert asking.serves(feed(1)).ingest(force=True).status == "unchanged"
    assert asking.ingest(HOUR).status == "unchanged"


def test_the_tenth_404_in_a_row_is_said_once_more(asking: Asking) -> None:
    asking.serves(status(404))
    told = []
    for _ in range(12):
        asking.ingest(timedelta(days=2))
        told.append(len(asking.site.ingested.quarantined))
    assert told == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]


def test_reasons_that_change_are_no_news(asking: Asking) -> None:
    told = []
    for code in (500, 502, 403, 500):
        asking.serves(status(code)).ingest(timedelta(days=2))
        told.append(asking.site.ingested.quarantined)
    assert told[0] == ("source Gazette: HTTP 500; it is tried again",) and not any(told[1:])


# -- secrets -----------------------------------------------------------------------------------------


def test_a_secret_is_sent_and_stands_nowhere(
    tmp_path: Path, server: Publishers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "canary-4711")
    monkeypatch.setenv("PASSWORD", "canary/4712")
    asking = Asking(tmp_path, server, url="http://me:${PASSWORD}@gazette.example/feed?token=${TOKEN}")
    told = rss(entry(1, link="http://gazette.example/a?token=canary-4711", guid="")).encode()
    asking.serves(page(told, ETag='"canary-4711"'), "gazette.example/feed?token=canary-4711")
    report = asking.ingest()
    assert report.new == 1
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    asking.site.build()
    asking.serves(status(500), "gazette.example/feed?token=canary-4711").ingest(HOUR)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path for path in files if b"canary" in path.read_bytes()] == []
    assert "canary" not in repr(asking.site.ingested)


def test_a_variable_that_is_not_set_is_one_line(tmp_path: Path, server: Publishers) -> None:
    asking = Asking(tmp_path, server, url="http://gazette.example/${NO_SUCH_TOKEN}")
    assert "NO_SUCH_TOKEN" in asking.ingest().error
    assert server.requests == []


# -- several ------------------------------------------------------------------------------------------


def test_one_bad_source_does_not_stop_the_others(tmp_path: Path, server: Publishers) -> None:
    bad, good = {"name": "Bad", "url": "http://bad.example/feed"}, {"name": "Good", "url": "http://good.example/feed"}
    asking = Asking(tmp_path, server).serves(feed(1), "good.example/feed")
    asking.site.config(source=[bad, good])
    asking.ingest()
    assert asking.site.ingested.quarantined == ("source Bad: HTTP 404; check the address in a browser",)
    assert len(items(asking.site)) == 1


def test_a_source_without_a_name_is_known_by_its_address(tmp_path: Path, server: Publishers) -> None:
    asking = Asking(tmp_path, server).serves(feed(1))
    asking.site.config(source=[{"url": FEED}])
    assert asking.ingest().name == FEED
    assert asking.ingest(HOUR).name == FEED
    (text,) = items(asking.site).values()
    assert f'source: "{FEED}"' in text and 'publisher: "The Gazette"' in text


def test_a_feed_cannot_take_anothers_name(tmp_path: Path, server: Publishers) -> None:
    asking = Asking(tmp_path, server).serves(feed(1))
    asking.serves(page(rss(entry(1, title="Buy this", guid="evil")).encode()), "evil.example/feed")
    asking.site.config(source=[{"url": "http://evil.example/feed"}, {"name": "The Gazette", "url": FEED}])
    asking.ingest()
    asking.serves(page(rss(entry(1, title="Buy more", guid="evil")).encode()), "evil.example/feed")
    asking.site.config(source=[{"name": "The Gazette", "url": FEED}, {"url": "http://evil.example/feed"}])
    asking.serves(feed(1, 2)).ingest(HOUR)
    assert [source.name for source in asking.site.ingested.sources] == ["The Gazette", "http://evil.example/feed"]


def test_the_order_of_sources_decides_and_not_the_order_of_answers(tmp_path: Path, server: Publishers) -> None:
    """The first source is slow, the second quick; the article is the first one's all the same."""

    def slow(visit: Visit) -> None:
        visit.gone(0.2)
        feed(1)(visit)

    asking = Asking(tmp_path, server).serves(slow).serves(feed(1), "quick.example/feed")
    asking.site.config(source=[{"name": "Slow", "url": FEED}, {"name": "Quick", "url": "http://quick.example/feed"}])
    asking.ingest()
    assert 'source: "Slow"' in next(iter(items(asking.site).values()))


def test_a_dry_run_says_what_it_would_keep_and_leaves_nothing_behind(tmp_path: Path, server: Publishers) -> None:
    asking = Asking(tmp_path, server).serves(feed(1, 2, 3))
    text = (tmp_path / "content/site.toml").read_text()
    asking.site.file("content/site.toml", text + 'drop = [{ title = "number 2" }]\n')
    report = asking.ingest(dry_run=True)
    assert [kept.where for kept in report.kept] == ["Storm number 1", "Storm number 3"]
    assert [(dropped.where, dropped.reason) for dropped in report.dropped] == [
        ("Storm number 2", 'dropped by drop = { title = "number 2" } (source Gazette)')
    ]
    assert items(asking.site) == {} and asking.state == SourceState()
    assert asking.ingest().new == 2

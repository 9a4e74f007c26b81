"""A hundred sources at once: the hostile ones are set aside by name, the good ones lose nothing by them."""

from __future__ import annotations

from pathlib import Path

from tests.hundred import GOOD, HOSTILE, ask, astray, good_feed, open_doors, site_of
from tests.publishers import conditional, publishers
from tests.test_ingest import content, items


def test_sixty_good_sources_are_read_beside_forty_hostile_ones(tmp_path: Path) -> None:
    assert (len(GOOD), len(HOSTILE)) == (60, 40)
    site = site_of(tmp_path / "site", [*GOOD, *HOSTILE])
    with publishers() as server:
        open_doors(server)
        outcome = ask(site, server, seconds=15, cpu=1)
    assert outcome.read == sorted(GOOD)
    assert astray(outcome) == {}
    assert len(outcome.report.quarantined) == 40
    assert len(items(site)) == 180
    assert not any("127.0.0.1" in address for address, _ in server.connected)
    assert {path.name for path in tmp_path.iterdir()} == {"site"}


def test_the_second_run_over_a_hundred_good_sources_is_a_hundred_questions_and_no_work(tmp_path: Path) -> None:
    names = [f"good-{number}" for number in range(100)]
    site = site_of(tmp_path, names)
    with publishers() as server:
        for name in names:
            server.on(f"{name}.example/feed", conditional(good_feed(name), f'"{name}"'))
        assert len(ask(site, server).read) == 100
        before = content(site), {path: path.stat().st_mtime_ns for path in (tmp_path / "content").rglob("*")}
        server.requests.clear()
        again = ask(site, server)
    assert sorted(request.headers["if-none-match"] for request in server.requests) == sorted(f'"{n}"' for n in names)
    assert {source.status for source in again.report.sources} == {"unchanged"}
    assert again.report.written == 0
    assert before == (content(site), {path: path.stat().st_mtime_ns for path in (tmp_path / "content").rglob("*")})

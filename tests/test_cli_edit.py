"""`add`, `rm` and `mv` as a shell sees them: exit codes, one line of what was done, one of what is next."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from tests.cliprocess import run
from tests.sitetest import SiteTest

PRIVATE = "http://127.0.0.1:9/a"
"""An address that is never asked, so that no test needs a publisher."""


@pytest.fixture
def site(tmp_path: Path) -> SiteTest:
    link = "https://gazette.example/a"
    return SiteTest(tmp_path).warmed().item("2026/01/12/a", title="A storm", tags=["x"], link=link, body="Text.")


def test_an_article_that_cannot_be_read_is_added_with_its_title_or_not_at_all(site: SiteTest) -> None:
    refused = run(site.root, "add", PRIVATE, "--note", "Mine")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1 and PRIVATE in refused.err and "give a --title" in refused.err
    told = run(
        site.root, "add", PRIVATE, "--note", "Mine", "--tag", "x", "--tag", "y", "--title", "What I read", "--json"
    )
    assert told.code == 0
    assert told.json["route"].endswith("/what-i-read/") and told.json["unread"]
    assert "only what you said is kept" in told.err and "run 'broadsheet build'" in told.err
    again = run(site.root, "add", PRIVATE, "--tag", "x", "--json")
    assert (again.code, again.json["known"], again.json["changed"]) == (0, True, [])
    assert "nothing to do" in again.err
    assert "Mine" in (site.root / told.json["file"]).read_text("utf-8")


def test_an_address_that_is_none_is_refused(site: SiteTest) -> None:
    ran = run(site.root, "add", "javascript:alert(1)", "--title", "A")
    assert (ran.code, ran.out) == (2, "") and "is no address of a page" in ran.err


def test_a_takedown_says_what_is_gone_and_what_is_next(site: SiteTest) -> None:
    run(site.root, "build")
    ran = run(site.root, "rm", "/2026/01/12/a/", "--reason", "asked", "--json")
    assert (ran.code, ran.json["items"], ran.json["done"]) == (0, ["/2026/01/12/a/"], False)
    assert ran.err.count("\n") == 1
    assert "took down 1 item (/2026/01/12/a/)" in ran.err and "run 'broadsheet build'" in ran.err
    run(site.root, "build")
    assert "asked" in site.text("/2026/01/12/a/") and not site.has("/tags/x/")
    again = run(site.root, "rm", "https://gazette.example/a", "--json")
    assert (again.code, again.json["done"]) == (0, True) and "nothing to do" in again.err


def test_what_is_not_there_cannot_be_taken_down(site: SiteTest) -> None:
    for said in ("/2026/01/12/b/", "https://gazette.example/b"):
        ran = run(site.root, "rm", said, "--json")
        assert ran.code == 2 and ran.err.count("\n") == 1 and said in ran.err
    assert not (site.root / "content/moves.tsv").exists()


def test_a_move_says_where_to_and_what_is_next(site: SiteTest) -> None:
    ran = run(site.root, "mv", "/2026/01/12/a/", "storm", "--json")
    assert (ran.code, ran.json["route"]) == (0, "/2026/01/12/storm/")
    assert ran.err == "moved /2026/01/12/a/ to /2026/01/12/storm/; run 'broadsheet build'\n"
    assert "nothing to do" in run(site.root, "mv", "/2026/01/12/a/", "storm").err
    term = run(site.root, "mv", "/tags/x/", "/tags/Weather/")
    assert (term.code, term.err) == (0, "moved /tags/x/ to /tags/weather/; run 'broadsheet build'\n")
    run(site.root, "build")
    assert site.has("/tags/weather/") and "refresh" in site.text("/tags/x/")


def test_a_move_that_cannot_be_is_refused(site: SiteTest) -> None:
    ran = run(site.root, "mv", "/2026/01/12/a/", "/tags/x/")
    assert (ran.code, ran.out) == (2, "") and "not of one kind" in ran.err


def test_a_broken_ledger_is_named_with_its_line(site: SiteTest) -> None:
    site.file("content/moves.tsv", "items\t2026/01/12/b\t\tsoon\n")
    ran = run(site.root, "rm", "/2026/01/12/a/")
    assert ran.code == 2 and "content/moves.tsv:1: 'soon' is no date" in ran.err


def test_an_edit_gives_up_while_another_run_holds_the_lock(site: SiteTest) -> None:
    (site.root / ".broadsheet").mkdir(exist_ok=True)
    with open(site.root / ".broadsheet" / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = run(site.root, "rm", "/2026/01/12/a/")
    assert ran.code == 75 and "--wait" in ran.err
    assert (site.root / "content/items/2026/01/12/a.md").exists()

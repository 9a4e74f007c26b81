"""`broadsheet sources`: what its commands say, where they say it, and their exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from builder import config
from builder.cli import main
from builder.model import stamp
from builder.settings import Settings
from builder.state import SourceState, States
from tests import cliprocess
from tests.publishers import Publishers, page, publishers, redirect
from tests.sitetest import SiteTest

NOTED = """\
title = "The Quay Post"   # ours

# -- sources

[[source]]
name = "Gazette"  # the oldest
url = "https://gazette.example/feed"
categories = ["Coast"]

# quiet since 2025
[[source]]
name = "Hushed"
url = "https://hushed.example/"
public = false

# -- theme

[theme]
accent = "#8a2b1d"
"""
RSS = b"""<rss version="2.0"><channel><title>Harbour News</title>
<item><title>A</title><link>https://a.example/1</link><pubDate>Mon, 12 Jan 2026 08:00:00 GMT</pubDate></item></channel></rss>"""


@pytest.fixture
def site(tmp_path: Path) -> SiteTest:
    return SiteTest(tmp_path).file("content/site.toml", NOTED)


@pytest.fixture
def server() -> Iterator[Publishers]:
    with publishers() as server:
        server.on("127.0.0.1/feed", page(RSS))
        yield server


class Ran:
    """A command that ran in this process: a new one for each would take most of the tests' time."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(site: SiteTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("sources", "list")` in the folder of the site, or in another one."""

    def run(*args: str, root: Path = site.root) -> Ran:
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["broadsheet", *args])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, *capsys.readouterr())

    return run


def here(server: Publishers, path: str) -> str:
    """The address of a page of ours, on this machine."""
    return f"http://127.0.0.1:{server.listener.getsockname()[1]}{path}"


def toml(site: SiteTest) -> str:
    return (site.root / "content" / "site.toml").read_text("utf-8")


def refused(ran: Ran, site: SiteTest, *parts: str) -> None:
    """Exit code 2, one line that holds these parts, and a file as it was."""
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1 and all(part in ran.err for part in parts), ran.err
    assert toml(site) == NOTED


# -- list --------------------------------------------------------------------------------------------------


def remember(site: SiteTest, **states: SourceState) -> None:
    file = States(site.root / ".broadsheet" / "state.sqlite")
    file.put(states)
    file.close()


def ago(**span: int) -> str:
    return stamp(datetime.now(UTC) - timedelta(**span))


def test_list_shows_how_each_source_fares(site: SiteTest, run: Run) -> None:
    gazette = SourceState(
        url="https://gazette.example/feed",
        moved="https://gazette.example/new",
        succeeded=ago(hours=2, minutes=5),
        newest="2024-01-12T08:00:00Z",
        next=ago(minutes=-31),
        found=7,
    )
    hushed = SourceState(url="https://hushed.example/", succeeded=ago(days=400), failures=12, error="HTTP 500")
    remember(site, Gazette=gazette, Hushed=hushed)
    ran = cliprocess.run(site.root, "sources", "list")
    assert (ran.code, ran.err) == (0, "")
    head, first, second, *notes = ran.out.splitlines()
    assert head.split("  ")[1] == "source"
    assert first.split() == ["Gazette", "moved", "2", "h", "ago", "2024-01-12", "in", "30", "min", "-"]
    assert second.split()[:2] == ["Hushed", "failing"] and second.endswith("12")
    assert (
        notes[0]
        == "Gazette: has moved for good to https://gazette.example/new; to accept it: broadsheet sources move Gazette"
    )
    assert notes[1].startswith("Hushed: failing for long since 20") and notes[1].endswith(": HTTP 500")
    listed = run("sources", "list", "--json").json["sources"]
    assert [(one["name"], one["state"], one["long"], one["found"]) for one in listed] == [
        ("Gazette", "moved", False, 7),
        ("Hushed", "failing", True, 0),
    ]


def test_list_needs_no_state_and_makes_none(site: SiteTest, run: Run) -> None:
    ran = run("sources", "list")
    assert ran.out.splitlines()[1].split() == ["Gazette", "new", "-", "-", "now", "-"]
    assert not (site.root / ".broadsheet").exists()
    site.file("content/site.toml", "")
    assert "sources add URL" in run("sources", "list").err


@pytest.mark.parametrize("body", [b"", b"no database " * 100])
def test_list_leaves_a_state_that_cannot_be_read_as_it_is(site: SiteTest, run: Run, body: bytes) -> None:
    (site.root / ".broadsheet").mkdir()
    file = site.root / ".broadsheet" / "state.sqlite"
    file.write_bytes(body)
    assert run("sources", "list").out.splitlines()[1].split()[:2] == ["Gazette", "new"]
    assert [one.name for one in file.parent.iterdir()] == [file.name] and file.read_bytes() == body


def test_list_works_where_nothing_may_be_written_and_changes_nothing(site: SiteTest, run: Run) -> None:
    remember(site, Gazette=SourceState(url="https://gazette.example/feed", failures=1))
    folder = site.root / ".broadsheet"
    before = {file: file.read_bytes() for file in folder.iterdir()}
    folder.chmod(0o500)
    try:
        assert "Gazette: failing: cannot be read" in run("sources", "list").out
    finally:
        folder.chmod(0o700)
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_a_file_that_cannot_be_read_fails_with_its_reason(site: SiteTest, run: Run) -> None:
    site.config(source=[{"name": "Gazette", "file": "none.xml"}, {"name": "Notes", "file": "notes.xml"}])
    site.file("content/notes.xml", "plain text")
    assert run("ingest").code == 3
    first, second = run("sources", "list").out.splitlines()[-2:]
    assert first.startswith("Gazette: failing: cannot be read") and second.startswith("Notes: failing: ")
    assert second.removeprefix("Notes: failing: ")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-02-01T11:59:30Z", "now"),
        ("2026-02-01T11:18:00Z", "42 min ago"),
        ("2026-01-31T13:00:00Z", "23 h ago"),
        ("2026-02-01T14:00:00Z", "in 2 h"),
        ("2026-01-11T23:30:00Z", "12 Jan 00:30"),
        ("2025-12-31T22:30:00Z", "2025-12-31"),
        ("2025-12-31T23:30:00Z", "1 Jan 00:30"),
        ("", "-"),
        ("broken", "-"),
    ],
)
def test_moments_are_short_and_in_the_zone_of_the_site(moment: str, said: str) -> None:
    from builder.cli.sources import _when

    assert _when(moment, datetime(2026, 2, 1, 12, tzinfo=UTC), Settings(timezone="Europe/Berlin")) == said


# -- add, move, remove ------------------------------------------------------------------------------------------


def test_add_finds_the_feed_of_a_page_and_writes_it_after_the_others(
    site: SiteTest, run: Run, server: Publishers
) -> None:
    links = '<link rel="alternate" type="application/rss+xml" href="/feed"><link rel="alternate" type="application/rss+xml" title="Sport" href="/sport">'
    server.on("127.0.0.1/", page(f"<!doctype html><head>{links}</head>".encode()))
    ran = run(
        "sources",
        "add",
        here(server, "/"),
        "--category",
        "Coast",
        "--tag",
        "sea",
        "--private-network",
        "--json",
    )
    assert ran.code == 0, ran.err
    assert ran.json["name"] == "Harbour News" and ran.json["feed"]["url"] == here(server, "/feed")
    assert ran.json["feed"]["others"] == [{"url": here(server, "/sport"), "title": "Sport", "kind": "rss"}]
    assert "Added 'Harbour News'" in ran.err and "another feed" in ran.err
    block = f'[[source]]\nname = "Harbour News"\nurl = "{here(server, "/feed")}"\ncategories = ["Coast"]\ntags = ["sea"]\nprivate_network = true\n'
    assert toml(site) == NOTED.replace("\n# -- theme", f"\n{block}\n# -- theme")
    assert run("sources", "remove", "Harbour News").code == 0
    assert toml(site) == NOTED


def test_add_refuses_and_writes_nothing(site: SiteTest, run: Run, server: Publishers) -> None:
    for args, *parts in (
        ([here(server, "/feed")], "127.0.0.1", "private_network"),
        ([here(server, "/none"), "--private-network"], "HTTP 404"),
        (["https://gazette.example/feed/"], "'Gazette' has that address already"),
        (["https://me:word@x.example/"], "holds a name or password", "${USER}"),
        (["ftp://x.example/", "--name", "X", "--no-check"], "no http or https URL"),
        (["https://x.example/\udcff", "--name", "X", "--no-check"], "no http or https URL"),
        (["https://x.example/", "--no-check"], "give a --name"),
    ):
        ran = run("sources", "add", *args)
        refused(ran, site, *parts)
        assert "word@" not in ran.err


def test_names_are_written_as_text_whatever_is_typed(site: SiteTest, run: Run) -> None:
    ran = run(
        "sources",
        "add",
        "https://x.example/",
        "--offline",
        "--name",
        "a\x1b[31m\udcff \u202eb",
        "--tag",
        "\udcff",
        "--tag",
        "x",
    )
    assert ran.code == 0
    assert (config.load(site.root).sources[-1].name, config.load(site.root).sources[-1].tags) == ("a[31m b", ("x",))


def test_add_without_asking_takes_what_it_is_given(site: SiteTest, run: Run) -> None:
    assert run("sources", "add", "x.example/feed?k=${KEY}", "--offline", "--name", "X").code == 0
    assert config.load(site.root).sources[-1].url == "https://x.example/feed?k=${KEY}"


def test_move_changes_the_address_and_nothing_else(site: SiteTest, run: Run) -> None:
    refused(run("sources", "move", "Gazette"), site, "is not known to have moved")
    ran = run("sources", "move", "Gazette", "https://gazette.example/new", "--json")
    assert ran.json == {
        "name": "Gazette",
        "before": "https://gazette.example/feed",
        "after": "https://gazette.example/new",
        "named": False,
    }
    assert toml(site) == NOTED.replace("gazette.example/feed", "gazette.example/new")


def test_a_source_without_a_name_is_told_what_it_is_called_when_it_moves(site: SiteTest, run: Run) -> None:
    site.config(source=[{"url": "https://gazette.example/feed"}])
    remember(site, **{"https://gazette.example/feed": SourceState(url="https://gazette.example/feed", title="Gazette")})
    ran = run("sources", "move", "Gazette", "https://gazette.example/new")
    assert ran.code == 0
    assert "'https://gazette.example/feed' is read from https://gazette.example/new" in ran.err
    assert "It had no name" in ran.err and "before it is first ingested" in ran.err
    assert config.load(site.root).sources[0].name == "https://gazette.example/feed"


def test_a_feed_that_moved_is_ingested_checked_and_moved(site: SiteTest, run: Run, server: Publishers) -> None:
    server.on("127.0.0.1/old", redirect("/feed", 301))
    site.config(source=[{"name": "Gazette", "url": here(server, "/old"), "private_network": True}])
    assert run("ingest").code == 0
    checked = run("sources", "check")
    assert checked.code == 1 and f"Gazette: has moved for good to {here(server, '/feed')}" in checked.out
    assert run("sources", "move", "Gazette").code == 0
    assert config.load(site.root).sources[0].url == here(server, "/feed")
    assert run("ingest", "--json").json["written"] == 0
    checked = run("sources", "check", "-v")
    assert (checked.code, checked.out) == (0, "") and "Gazette: fine; 1 items, the newest of 2026-01-12" in checked.err


def test_remove_takes_the_source_and_what_is_said_of_it(site: SiteTest, run: Run) -> None:
    ran = run("sources", "remove", "Hushed")
    assert ran.code == 0 and "its items stay" in ran.err
    assert toml(site) == NOTED[: NOTED.index("\n# quiet")] + NOTED[NOTED.index("\n# -- theme") :]
    site.file("content/site.toml", NOTED)
    refused(run("sources", "remove", "Hushd"), site, "no source is named 'Hushd'", "Gazette, Hushed")


def test_a_run_that_holds_the_lock_is_not_disturbed(site: SiteTest, run: Run) -> None:
    import fcntl

    (site.root / ".broadsheet").mkdir()
    with open(site.root / ".broadsheet" / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for args in (["add", "https://x.example/", "--no-check", "--name", "X"], ["remove", "Gazette"]):
            assert run("sources", *args).code == 75
    assert toml(site) == NOTED


# -- OPML --------------------------------------------------------------------------------------------------------

OPML = """<opml version="2.0"><body><outline text="Hills &undeclared;">
<outline text="Hill News" xmlUrl="https://hill.example/feed"><outline text="Gazette" xmlUrl="http://gazette.example/feed"/>
<outline text="Thief" xmlUrl="https://thief.example/?k=${HOME}"/>"""


def test_import_adds_what_is_new_and_names_what_cannot_be(site: SiteTest, run: Run) -> None:
    site.file("in.opml", OPML)
    dry = run("sources", "import", "in.opml", "--dry-run")
    assert "would add 'Hill News'" in dry.err and toml(site) == NOTED
    ran = run("sources", "import", "in.opml", "--json")
    assert ran.code == 3
    assert [one["name"] for one in ran.json["added"]] == ["Hill News"]
    assert [one["url"] for one in ran.json["known"]] == ["http://gazette.example/feed"]
    assert "Thief: its address asks for a secret" in ran.err
    assert "1 sources added, 1 there already, 1 left out" in ran.err
    assert config.load(site.root).sources[-1].categories == ("Hills &undeclared;",)
    assert run("sources", "import", "in.opml", "--secrets").code == 0
    assert config.load(site.root).sources[-1].url == "https://thief.example/?k=${HOME}"


def test_import_of_what_is_no_opml_is_refused(site: SiteTest, run: Run) -> None:
    site.file("in.opml", "plain text")
    refused(run("sources", "import", "in.opml"), site, "this is no OPML")
    refused(run("sources", "import", "none.opml"), site, "none.opml: cannot be read")
    refused(run("sources", "import", "content"), site, "content: cannot be read")


def test_export_writes_what_import_reads(site: SiteTest, run: Run) -> None:
    ran = cliprocess.run(site.root, "sources", "export")
    assert ran.code == 0 and "Left out" in ran.err and "Hushed" in ran.err
    folder = ElementTree.fromstring(ran.out.encode()).find("body/outline")
    assert folder is not None and [one.get("xmlUrl") for one in folder] == ["https://gazette.example/feed"]
    assert run("sources", "export", "out.opml", "--all").code == 0
    other = SiteTest(site.root / "other").file("content/site.toml", "")
    assert run("sources", "import", "../out.opml", root=other.root).code == 0
    assert {source.name for source in config.load(other.root).sources} == {"Gazette", "Hushed"}


def test_help_lists_what_can_be_done_with_sources(run: Run) -> None:
    ran = run("sources", "--help")
    assert ran.code == 0
    for word in ("list", "add", "move", "remove", "check", "import", "export"):
        assert word in ran.out

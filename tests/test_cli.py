"""The command line's contract: exit codes, what goes to which stream, and messages that name a next step."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder import __version__
from tests.cliprocess import Ran, environment, run
from tests.sitetest import SiteTest


@pytest.fixture
def site(tmp_path: Path) -> SiteTest:
    return SiteTest(tmp_path).warmed().item("2026/01/12/a", title="A", tags=["x"], body="Text.")


# -- 0: done -----------------------------------------------------------------------------------------


def test_version_names_the_command_and_its_version(tmp_path: Path) -> None:
    ran = run(tmp_path, "--version")
    assert (ran.code, ran.out) == (0, f"broadsheet, version {__version__}\n")


def test_help_lists_the_commands_and_the_exit_codes(tmp_path: Path) -> None:
    ran = run(tmp_path, "--help")
    assert ran.code == 0
    for word in ("new", "ingest", "import", "build", "explain", "serve", "130  interrupted"):
        assert word in ran.out


def test_a_new_site_ingests_and_builds_and_then_has_nothing_to_do(tmp_path: Path) -> None:
    assert run(tmp_path, "new", "mine").code == 0
    mine = tmp_path / "mine"
    first, again = run(mine, "ingest", "--json"), run(mine, "ingest", "--json")
    assert first.code == again.code == 0
    assert first.json["written"] > 0 == again.json["written"]
    built, rebuilt = run(mine, "build", "--json"), run(mine, "build", "--json")
    assert built.code == rebuilt.code == 0
    assert built.json["pages"]["written"] == built.json["pages"]["total"] > 0
    assert rebuilt.json["pages"]["written"] == 0
    assert (mine / "site" / "index.html").is_file()


def test_a_new_site_never_overwrites_one(site: SiteTest) -> None:
    ran = run(site.root, "new", ".")
    assert ran.code == 2 and "give another folder" in ran.err


def test_explain_says_where_a_page_comes_from(site: SiteTest) -> None:
    site.build()
    ran = run(site.root, "explain", "/tags/x/")
    assert ran.code == 0
    for part in ("term tags x", "term.html", "/2026/01/12/a/ A"):
        assert part in ran.out


def test_explain_takes_a_route_without_its_slashes(site: SiteTest) -> None:
    assert run(site.root, "explain", "tags/x", "--json").json["route"] == "/tags/x/"


def test_as_of_hides_what_is_due_later_and_shows_it_then(site: SiteTest) -> None:
    site.item("2026/01/20/later", date="2026-01-20T08:00:00Z")
    before = run(site.root, "build", "--json", "--as-of", "2026-01-15")
    assert before.json["next_due"] == "2026-01-20T08:00:00Z"
    assert not site.has("/2026/01/20/later/")
    run(site.root, "build", "--as-of", "2026-01-20T09:00:00+01:00")
    assert site.has("/2026/01/20/later/")


def test_output_names_another_folder(site: SiteTest, tmp_path: Path) -> None:
    ran = run(site.root, "build", "--output", "elsewhere", "--json")
    assert ran.json["output"] == str(tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "tags" / "x" / "index.html").is_file()
    assert not (tmp_path / "site").exists()


def test_the_site_is_found_upward(site: SiteTest) -> None:
    assert run(site.root / "content" / "items", "build").code == 0


# -- 1: findings ---------------------------------------------------------------------------------------


def test_verify_names_a_damaged_page_mends_it_and_exits_1(site: SiteTest) -> None:
    good = site.build().text("/tags/x/")
    site.file("site/tags/x/index.html", "damaged")
    ran = run(site.root, "build", "--verify", "--json")
    assert (ran.code, ran.json["findings"]) == (1, ["/tags/x/: differs"])
    assert site.text("/tags/x/") == good


def test_verify_of_a_whole_site_exits_0(site: SiteTest) -> None:
    run(site.root, "build")
    ran = run(site.root, "build", "--verify", "--json")
    assert (ran.code, ran.json["findings"], ran.json["pages"]["written"]) == (0, [], 0)


# -- 2: usage and configuration --------------------------------------------------------------------------


def refused(ran: Ran, *parts: str) -> None:
    """Exit code 2, nothing on standard output, and a message that holds these parts."""
    assert (ran.code, ran.out) == (2, "")
    for part in parts:
        assert part in ran.err


def test_an_unknown_command_is_told_what_was_meant(tmp_path: Path) -> None:
    refused(run(tmp_path, "buidl"), "Did you mean 'build'?")


def test_an_unknown_option_is_refused(site: SiteTest) -> None:
    refused(run(site.root, "build", "--ful"), "--full")


def test_a_time_that_is_none_is_refused(site: SiteTest) -> None:
    refused(run(site.root, "build", "--as-of", "yesterday"), "is not a date")


def test_settings_that_are_not_toml_are_refused_with_line_and_column(site: SiteTest) -> None:
    site.file("content/site.toml", 'title = "A"\nbase_url = \n')
    refused(run(site.root, "build"), "content/site.toml:2:12: not TOML")


def test_all_unknown_settings_are_named_at_once(site: SiteTest) -> None:
    site.file("content/site.toml", 'titel = "A"\n\n[[feed]]\nurl = "https://gazette.example/feed"\n')
    refused(
        run(site.root, "build"),
        "content/site.toml:1:1: unknown key 'titel'; did you mean 'title'?",
        "content/site.toml:3:1: unknown key 'feed'; did you mean '[[source]]'?",
    )


def test_a_folder_without_content_is_refused(tmp_path: Path) -> None:
    refused(run(tmp_path, "build"), "no 'content' folder", "broadsheet new")


def test_an_unknown_source_is_refused_with_those_there_are(site: SiteTest) -> None:
    site.config(source=[{"name": "The Harbour Gazette", "file": "samples/a.xml"}])
    refused(run(site.root, "ingest", "Harbor Gazette"), "'Harbor Gazette'", "The Harbour Gazette")


def test_an_unknown_route_is_refused(site: SiteTest) -> None:
    refused(run(site.root, "explain", "/tags/y/"), "no page has the route /tags/y/")


def test_a_fault_in_a_template_is_named_by_its_line_and_publishes_nothing(site: SiteTest) -> None:
    site.build()
    before = site.files()
    site.file("templates/item.html", "<p>\n{{ page.nothing }}\n").item("2026/01/13/b")
    refused(run(site.root, "build"), "templates/item.html:2", "nothing was published")
    assert site.files() == before


def test_two_files_that_ask_for_one_route_are_both_named(site: SiteTest) -> None:
    site.document("tags/x")
    refused(run(site.root, "build"), "two files ask for /tags/x/", "content/pages/tags/x.md")


def test_a_folder_that_holds_other_things_is_no_output(site: SiteTest) -> None:
    site.file("home/letters.txt", "Dear …")
    refused(run(site.root, "build", "--output", "home"), "letters.txt", "give another --output")
    assert (site.root / "home" / "letters.txt").read_text("utf-8") == "Dear …"


# -- 3: newly set aside ------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_read_exits_3_once_and_is_reported_always(site: SiteTest) -> None:
    site.item("2026/01/13/b").file("content/items/2026/01/13/b.md", "no front matter")
    first, second = run(site.root, "build", "--json"), run(site.root, "build", "--json")
    assert (first.code, second.code) == (3, 0)
    assert first.json["quarantine"] == second.json["quarantine"] != []
    assert (
        "content/items/2026/01/13/b.md:1" in first.err
        and first.err.count("warning") == second.err.count("warning") == 1
    )
    assert site.has("/2026/01/12/a/")


_FINE = [{"name": f"Fine {number}", "file": f"fine-{number}.xml"} for number in range(5)]


def test_a_source_that_cannot_be_read_exits_3_once_and_is_reported_always(site: SiteTest) -> None:
    site.config(source=[{"name": "Gone", "file": "samples/gone.xml"}, *_FINE])
    for source in _FINE:
        site.file(f"content/{source['file']}", "<rss version='2.0'><channel><title>Fine</title></channel></rss>")
    first, second = run(site.root, "ingest", "--json"), run(site.root, "ingest", "--json")
    assert (first.code, second.code) == (3, 0)
    assert first.json["sources"][0]["error"] == second.json["sources"][0]["error"] != ""
    assert "1 failed" in second.err and "failing: Gone (never read, 2 times in a row)" in second.err


def test_a_fifth_of_the_sources_failing_exits_3_every_time(site: SiteTest) -> None:
    gone = [{"name": f"Gone {number}", "file": f"samples/gone-{number}.xml"} for number in range(2)]
    site.config(source=[*gone, *_FINE])
    for source in _FINE:
        site.file(f"content/{source['file']}", "<rss version='2.0'><channel><title>Fine</title></channel></rss>")
    assert [run(site.root, "ingest").code for _ in range(2)] == [3, 3]
    assert "2 of 7 sources fail" in run(site.root, "ingest", "--quiet").err


# -- 75: another run ---------------------------------------------------------------------------------------


def test_a_second_run_gives_up_while_another_holds_the_lock(site: SiteTest) -> None:
    (site.root / ".broadsheet").mkdir(exist_ok=True)
    with open(site.root / ".broadsheet" / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = run(site.root, "build")
        assert (ran.code, ran.out) == (75, "") and "--wait" in ran.err
    assert run(site.root, "build").code == 0


# -- streams ------------------------------------------------------------------------------------------------


def test_messages_go_to_standard_error(site: SiteTest) -> None:
    ran = run(site.root, "build")
    assert ran.out == "" and "pages in site/" in ran.err


def test_quiet_says_nothing(site: SiteTest) -> None:
    ran = run(site.root, "build", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_json_is_the_only_thing_on_standard_output(site: SiteTest) -> None:
    for command in (["ingest"], ["build", "-v"], ["explain", "/"]):
        assert isinstance(run(site.root, *command, "--json").json, dict)


def on_a_terminal(root: Path, *args: str, **env: str) -> str:
    """What a command writes to standard error when that is a terminal."""
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "builder", *args], cwd=root, env=environment(TERM="xterm", **env), stderr=follower
    )
    os.close(follower)
    text = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # Linux says EIO where others say end of file
            break
        if not part:
            break
        text += part
    os.close(leader)
    process.wait(60)
    return text.decode()


def test_colours_are_for_terminals_that_want_them(site: SiteTest) -> None:
    site.file("content/items/2026/01/13/b.md", "no front matter")
    assert "\x1b[33m" in on_a_terminal(site.root, "build", "-v")
    assert "\x1b[33m" not in on_a_terminal(site.root, "build", "-v", NO_COLOR="1")


# -- what is loaded -------------------------------------------------------------------------------------------


def imported(*args: str) -> set[str]:
    """The top-level modules that a Python process loads."""
    done = subprocess.run([sys.executable, "-X", "importtime", *args], capture_output=True, text=True, check=True)
    return {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}


HEAVY = {"feedparser", "jinja2", "markdown", "urllib3", "rich", "watchdog"}


def test_the_version_is_told_without_loading_what_only_commands_need() -> None:
    assert not imported("-m", "builder", "--version") & HEAVY


def test_a_heavy_import_would_be_noticed() -> None:
    assert imported("-c", "import markdown") & HEAVY == {"markdown"}

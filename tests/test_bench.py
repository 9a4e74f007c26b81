"""The benchmark measures what it says: equal items, a theme that builds, memory of all processes, a table that keeps its neighbours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import feedparser
import pytest

from builder import frontmatter
from builder.templates import DEFAULT
from tests.bench import BenchError, corpus, machine, measuring, previews, table
from tests.bench.cases import CASES, CHECKOUT, COLD, HUGO, NOTHING, Measured
from tests.bench.measuring import Size
from tests.bench.previews import Waited
from tests.bench.sites import HERE, OurSite
from tests.bench.table import Figures

MIB = 1024**2


# -- the items -------------------------------------------------------------------------------------


def test_an_item_depends_on_its_number_alone() -> None:
    assert list(corpus.items(3, start=4)) == [corpus.item(4), corpus.item(5), corpus.item(6)]
    assert len({corpus.item(number).path for number in range(200)}) == 200


def test_the_items_are_the_same_on_every_machine() -> None:
    item = corpus.item(0)
    assert item.path == "2024/10/25/rinenen-enur-fipravel-zimjenrinso-alhuka-talnuqui-gorsowy-nukazim-0"
    assert item.tags == ("zimjenrinso", "fipravel", "talnuqui", "rinenen", "gorsowy")
    assert item.publisher == "Huyor"


def test_the_newest_items_are_of_the_last_two_days() -> None:
    assert {f"{item.date:%m-%d}" for item in corpus.items(50, last_days=2)} == {"12-30", "12-31"}


def test_a_third_of_the_bodies_are_lists_and_tags_are_unevenly_spread() -> None:
    items = list(corpus.items(300))
    assert 75 < sum(item.body.startswith("1. ") for item in items) < 125
    counts = sorted(sum(tag in item.tags for item in items) for tag in {tag for item in items for tag in item.tags})
    assert counts[-1] > 30 and counts[len(counts) // 2] < 3


def test_both_forms_say_the_same() -> None:
    for item in corpus.items(20):
        ours, his = frontmatter.split(corpus.ours(item)), frontmatter.split(corpus.for_hugo(item))
        assert frontmatter.load(corpus.ours(item), item.path) == item
        assert ours[1] == his[1] == item.body
        assert his[0].pop("publishers") == [ours[0]["publisher"]]
        assert his[0] == {name: ours[0][name] for name in frontmatter.ALWAYS}


# -- our site ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> OurSite:
    """Thirty items, built once."""
    site = OurSite(tmp_path_factory.mktemp("bench") / "ours")
    items = list(corpus.items(30))
    for item in items:
        site.write(item)
    site.note(items)
    site.build()
    return site


def test_the_small_theme_stands_in_for_all_of_the_default_one() -> None:
    def pages(folder: Path) -> set[str]:
        return {file.name for file in folder.iterdir() if file.suffix in (".html", ".xml", ".json", ".txt", ".css")}

    assert pages(DEFAULT) <= pages(HERE / "ours")


def test_pages_show_what_hugos_show(site: OurSite) -> None:
    item = corpus.item(7)
    assert site.shows(item, f'<h1><a href="{item.link}">{item.title}</a></h1>')
    assert site.shows(item, f'<a href="/publishers/{item.publisher.lower()}/">{item.publisher}</a>')
    term = (site.output / "tags" / item.tags[0] / "index.html").read_text()
    card = f'<h2><a href="{item.route}">{item.title}</a></h2>'
    assert card in term and item.summary in term
    publisher = (site.output / "publishers" / item.publisher.lower() / "index.html").read_text()
    assert card in publisher, "a card's link to its publisher leads to a page"
    assert f"<summary>{item.summary}</summary>" in (site.output / "tags" / item.tags[0] / "feed.xml").read_text()


def test_its_feeds_can_be_read(site: OurSite) -> None:
    told = json.loads((site.output / "feed.json").read_text())
    assert len(told["items"]) == 30
    feed = feedparser.parse((site.output / "feed.xml").read_bytes())
    assert not feed.bozo and len(feed.entries) == 30


def test_every_edit_can_be_taken_back(site: OurSite) -> None:
    before, new = files(site), list(corpus.items(5, 30, last_days=2))
    undos = [
        site.add(new),
        site.edit_body(corpus.item(3), "Edited."),
        site.edit_template("Another line."),
    ]
    assert site.build().written > 30
    assert site.shows(new[0]) and site.shows(corpus.item(3), "Edited.") and site.shows(corpus.item(4), "Another line.")
    for undo in undos:
        undo()
    site.touch()
    site.build()
    assert files(site) == before


def test_a_forgotten_site_is_built_as_if_for_the_first_time(site: OurSite) -> None:
    before = files(site)
    site.forget()
    assert not site.output.exists()
    assert site.build().written == len(before)
    assert measuring.size_of(site.output) == Size(len(before), sum(map(len, before.values())))


def files(site: OurSite) -> dict[str, bytes]:
    found = (file for file in site.output.rglob("*") if file.is_file())
    named = {file.relative_to(site.output).as_posix(): file.read_bytes() for file in found}
    return {name: data for name, data in named.items() if not name.startswith(".")}


# -- measuring ---------------------------------------------------------------------------------------


@contextmanager
def family(child: int) -> Iterator[int]:
    """A process that holds little and a child of it that holds so many bytes; both wait until they are measured."""
    hold = f"held = bytearray(b'x') * {child}; print(len(held), flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])"
    process = subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    with process:
        assert process.stdout and process.stdout.readline() == b"%d\n" % child
        yield process.pid
        process.communicate(b"\n")


linux = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the system does not tell PSS")


@linux
def test_the_memory_of_a_child_counts() -> None:
    with family(100 * MIB) as session:
        assert 100 * MIB < measuring.memory_of(session) < 160 * MIB


@linux
def test_a_child_that_holds_nothing_counts_little() -> None:
    with family(1) as session:
        assert 0 < measuring.memory_of(session) < 60 * MIB
    assert measuring.memory_of(session) == 0


@linux
def test_a_sampled_run_has_a_peak_and_a_timed_one_has_none(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('done')"]
    assert measuring.run(command, tmp_path, sampled=True).peak
    timed = measuring.run(command, tmp_path)
    assert timed.out == "done\n" and timed.seconds > 0 and timed.peak is None


def test_a_command_that_fails_gives_no_figures(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="ended with 3, and said: no"):
        measuring.run([sys.executable, "-c", "import sys; print('no', file=sys.stderr); sys.exit(3)"], tmp_path)


def test_the_machine_is_named(tmp_path: Path) -> None:
    assert "cores" in machine.described(tmp_path)
    assert machine.file_system(Path("/proc")) in ("proc", "unknown file system")


# -- the table -----------------------------------------------------------------------------------------


def figures(total: int = 10_000, *, ours: float = 2.0, files: int = 100, peak: int | None = 20 * MIB) -> Figures:
    """Hugo at 10 seconds and 100 MiB, every case of ours at so many seconds."""
    timed = [Measured(HUGO, 10.0, 10.0, 0, None)] + [Measured(case, ours, 10.0, 7, None) for case in CASES]
    sampled = [one._replace(peak=100 * MIB if one.case == HUGO else peak) for one in timed]
    return Figures(total, "A machine", timed, sampled, (Size(100, 1000), Size(files, 1000)))


def row(text: str, case: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {case} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_gives_seconds_share_goal_pages_and_memory() -> None:
    text = table.markdown(figures())
    assert row(text, COLD) == [COLD, "2.00", "", "1/5", "≤ 0.35", "7", "20"]
    assert row(text, NOTHING)[3:5] == ["1/5", "≤ 1/80, missed"]
    assert row(text, CHECKOUT)[4] == "", "no goal was set"
    assert "20 MiB of 100 (1/5; goal ≤ 1/4)" in text
    assert COLD in table.plain(figures())


def test_a_share_is_of_the_hugo_run_of_the_same_pass() -> None:
    slow = [one._replace(seconds=4 * one.seconds, hugo=40.0) for one in figures().timed]
    both = figures()._replace(timed=figures().timed + slow)
    assert row(table.markdown(both), COLD)[1:4] == ["5.00", "2.00 to 8.00", "1/5"]


def test_memory_that_no_system_told_is_not_invented() -> None:
    assert "not measured" in table.markdown(figures(peak=None))


def test_who_writes_less_than_hugo_has_no_valid_figures() -> None:
    assert figures(files=95).valid and not figures(files=94).valid
    assert "INVALID" in table.plain(figures(files=94)) and "INVALID" not in table.plain(figures())


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(2.0, "2.00"), (0.35, "0.35"), (0.25, "1/4"), (0.15, "1/6.7"), (1 / 12, "1/12"), (1 / 200, "1/200")],
)
def test_small_shares_are_fractions(ratio: float, shown: str) -> None:
    assert table.share(ratio) == shown


def test_a_missed_goal_is_never_rounded_into_a_reached_one() -> None:
    assert table.against(0.3501, 0.35) == "≤ 0.35, missed"
    assert table.against(0.35, 0.35) == "≤ 0.35"


def test_a_section_takes_the_place_of_its_own_and_of_no_other() -> None:
    large = table.replaced("", "## 100,000 items\n\nOne.\n")
    both = table.replaced(large, "## 10,000 items\n\nTwo.\n")
    assert both.startswith("# Benchmarks\n")
    assert both.index("Two.") < both.index("One."), "sections stand in order of size"
    again = table.replaced(both, "## 10,000 items\n\nThree.\n")
    assert "Two." not in again and "One." in again and again.count("## 10,000 items") == 1
    assert table.replaced(again, "## 10,000 items\n\nTwo.\n") == both


# -- previews ----------------------------------------------------------------------------------------


def previewed(item: list[float], *, first: float = 0.3, updates: int = 1, total: int = 10_000) -> table.Previews:
    """What a run would have found, where an edited item took so many seconds to be seen."""
    ours = {case: [0.05] * 5 for case in previews.CASES} | {previews.ITEM: item, previews.FIRST: [first]}
    waited = [Waited(case, True, seconds) for case, all in ours.items() for seconds in all]
    waited += [Waited(case, False, 6.0) for case in previews.CASES]
    return table.Previews(total, "A machine", waited, [updates] * 3)


def test_previews_are_told_with_their_goals_and_what_was_missed() -> None:
    rows = {row[0]: row[1:] for row in table.preview_rows(previewed([0.1] * 19 + [0.2]))}
    assert rows[previews.ITEM] == ("100", "100", "≤ 120, ≤ 250", "6,000", "1/60", "")
    assert rows[previews.FIRST] == ("300", "", "≤ 600", "6,000", "1/20", "≤ 1/20")
    rows = {row[0]: row[1:] for row in table.preview_rows(previewed([0.1] * 18 + [0.3] * 2, first=0.601))}
    assert rows[previews.ITEM][2] == "≤ 120, ≤ 250, missed", "19 of 20 are within the goal, and 18 are not"
    assert rows[previews.FIRST][2].endswith("missed") and rows[previews.FIRST][-1].endswith("missed")
    larger = {row[0]: row[-1] for row in table.preview_rows(previewed([0.1], total=100_000))}
    assert larger[previews.FIRST] == "", "a share of Hugo's time is asked at one size alone"


def test_a_burst_that_was_two_updates_is_a_missed_goal() -> None:
    assert "one update each time" in table.preview_plain(previewed([0.1]))
    assert "MISSED" in table.preview_plain(previewed([0.1], updates=2))


def test_sections_of_previews_stand_behind_those_of_builds() -> None:
    text = table.replaced("", table.preview_markdown(previewed([0.1])))
    text = table.replaced(text, "## 100,000 items\n\nOne.\n")
    text = table.replaced(text, table.preview_markdown(previewed([0.2])))
    titles = [line for line in text.splitlines() if line.startswith("## ")]
    assert titles == ["## 100,000 items", "## Preview of 10,000 items"] and "| 200 |" in text

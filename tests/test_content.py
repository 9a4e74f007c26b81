"""`content/` on disk: written whole or not at all, read exactly, and never left by a symbolic link."""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from builder.content import Content, document, find_root, item
from builder.errors import ContentError, LockError, UsageError
from builder.listings import listings
from builder.names import safe_path
from builder.settings import Moves, Removal
from builder.sources import googlenews
from tests.sitetest import SiteTest


@pytest.fixture
def content(tmp_path: Path) -> Content:
    (tmp_path / "content").mkdir()
    return Content(tmp_path)


def scanned(content: Content) -> list[str]:
    return sorted(f"{folder}/{name}" for folder, files in listings(content.folder) for name, _ in files)


# -- writing ---------------------------------------------------------------------------------------------


def test_a_file_is_written_with_its_folders_and_without_leftovers(content: Content) -> None:
    content.write({"items/2026/01/12/a.md": "Zürich\r\n"})
    assert content.read("items/2026/01/12/a.md") == "Zürich\r\n".encode()
    assert [path.name for path in (content.folder / "items/2026/01/12").iterdir()] == ["a.md"]


def test_a_write_that_fails_leaves_the_old_file(content: Content) -> None:
    content.write({"items/a.md": "old"})
    with pytest.raises(UnicodeEncodeError):
        content.write({"items/a.md": "new \ud800"})
    assert content.text("items/a.md") == "old"
    assert [path.name for path in (content.folder / "items").iterdir()] == ["a.md"]


def test_a_replaced_file_is_another_file(content: Content) -> None:
    """A reader that opened the old one reads on in it."""
    content.write({"items/a.md": "old"})
    with open(content.folder / "items/a.md") as reader:
        content.write({"items/a.md": "new"})
        assert reader.read() == "old"


def test_a_ledger_grows_by_whole_lines(content: Content) -> None:
    content.append("seen/2026-01.tsv", ["1\ta"])
    content.append("seen/2026-01.tsv", ["2\tb", "3\tc"])
    assert content.text("seen/2026-01.tsv") == "1\ta\n2\tb\n3\tc\n"


def test_a_line_that_a_crash_left_unfinished_is_closed_first(content: Content) -> None:
    content.write({"seen/2026-01.tsv": "1\ta\n2\t"})
    content.append("seen/2026-01.tsv", ["3\tc"])
    assert content.text("seen/2026-01.tsv") == "1\ta\n2\t\n3\tc\n"


def test_no_lines_make_no_ledger(content: Content) -> None:
    content.append("seen/2026-01.tsv", [])
    assert scanned(content) == []


# -- reading -----------------------------------------------------------------------------------------------


def test_what_counts_is_found(content: Content) -> None:
    files = [
        "items/2026/01/12/a.md",
        "pages/a/b.md",
        "seen/2026-01.tsv",
        "static/.well-known/x",
        "static/CNAME",
    ]
    content.write(dict.fromkeys(files, ""))
    assert scanned(content) == files


@pytest.mark.parametrize(
    "path",
    [
        "items/a.txt",
        "items/a.md~",
        "items/.a.md.swp",
        "items/.a.md.new",
        "items/.#a.md",
        "items/#a.md#",
        "items/.hidden.md",
        "items/.obsidian/a.md",
        "static/.DS_Store",
        "samples/a.md",
        "seen/README.md",
        "a.md",
    ],
)
def test_what_editors_leave_behind_does_not_count(content: Content, path: str) -> None:
    (content.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (content.folder / path).touch()
    assert scanned(content) == []


def test_symbolic_links_are_not_followed(content: Content, tmp_path: Path) -> None:
    content.write({"items/2026/a.md": "A"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text("secret")
    (content.folder / "items" / "folder").symlink_to(tmp_path / "outside")
    (content.folder / "items" / "file.md").symlink_to(tmp_path / "outside" / "secret.md")
    (content.folder / "items" / "circle").symlink_to(content.folder / "items")
    assert scanned(content) == ["items/2026/a.md"]


@pytest.mark.parametrize("path", ["../a.md", "items/../../a.md", "items/out/a.md", "items/link.md"])
def test_nothing_is_written_outside(content: Content, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").mkdir()
    (content.folder / "items").mkdir()
    (content.folder / "items" / "out").symlink_to(tmp_path / "outside")
    (content.folder / "items" / "link.md").symlink_to(tmp_path / "outside" / "a.md")
    with pytest.raises(ContentError, match="leads out of content/"):
        content.write({path: "x"})
    with pytest.raises(ContentError, match="leads out of content/"):
        content.append(path, ["x"])
    assert not list(tmp_path.rglob("a.md"))


def test_no_line_ending_is_translated_and_no_byte_order_mark_lost(content: Content) -> None:
    raw = b"\xef\xbb\xbf---\r\ntitle: A\r\ndate: 2026-01-12\r\n---\r\none\r\ntwo\n"
    (content.folder / "items").mkdir()
    (content.folder / "items" / "a.md").write_bytes(raw)
    text = content.text("items/a.md")
    assert text.encode() == raw
    assert item("items/a.md", text).body == "one\r\ntwo\n"


def test_a_file_that_is_not_utf_8_is_an_error_with_its_line(content: Content) -> None:
    (content.folder / "items").mkdir()
    (content.folder / "items" / "a.md").write_bytes(b"---\ntitle: Z\xfcrich\n---\n")
    with pytest.raises(ContentError, match=r"content/items/a\.md:2: not UTF-8"):
        content.text("items/a.md")


@pytest.mark.parametrize(
    ("front", "what"),
    [("date: 2026-01-12", "no title"), ("title: A", "no date"), ("title: A\ndate: soon", "'soon' is not a date")],
)
def test_an_item_needs_a_title_and_a_date(front: str, what: str) -> None:
    with pytest.raises(ContentError, match=what) as caught:
        item("items/a.md", f"---\n{front}\n---\n")
    assert caught.value.where.startswith("content/items/a.md:")


def test_a_document_needs_no_front_matter() -> None:
    assert document("pages/how-it-works.md", "# Text").title == "How it works"


@pytest.mark.parametrize(
    ("path", "route"), [("index", "/"), ("about", "/about/"), ("a/index", "/a/"), ("a/b", "/a/b/")]
)
def test_a_documents_route_is_its_path(path: str, route: str) -> None:
    assert document(f"pages/{path}.md", "Text").route == route


@pytest.mark.parametrize("word", ["true", "True", "yes", "on", "1"])
def test_a_draft_is_not_published(tmp_path: Path, word: str) -> None:
    site = SiteTest(tmp_path).document("plan", title="Plan", draft=word).item("2026/01/12/a", draft=word).build()
    assert not site.has("/plan/") and not site.has("/2026/01/12/a/")


@pytest.mark.parametrize(
    "front", ["title: [a]", "aliases: [[a]]", "aliases: {a: b}", "draft: {}\ntemplate: [x]", "title: [", "a: 1\na: 2"]
)
def test_a_document_that_cannot_be_read_is_an_error_with_its_line(front: str) -> None:
    with pytest.raises(ContentError) as caught:
        document("pages/a.md", f"---\n{front}\n---\n")
    assert re.fullmatch(r"content/pages/a\.md:\d+", caught.value.where)


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are always UTF-8")
def test_a_file_name_that_is_not_utf_8_is_set_aside(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a")
    folder = os.fsencode(site.root / "content" / "items" / "2026" / "01" / "12")
    with open(folder + b"/\xff.md", "wb") as file:
        file.write(b"---\ntitle: B\ndate: 2026-01-12\n---\n")
    site.build()
    assert site.has("/2026/01/12/a/") and site.report.quarantine


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are always UTF-8")
def test_a_folder_whose_name_is_not_utf8_stops_no_build(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a")
    folder = os.fsencode(tmp_path / "content" / "items") + b"/\xff"
    Path(os.fsdecode(folder)).mkdir()
    assert site.build().build().has("/2026/01/12/a/")
    with open(folder + b"/b.md", "wb") as file:
        file.write(b"---\ntitle: B\n---\n")
    for _ in range(2):
        assert len(site.build().report.quarantine) == 1


def test_beside_a_file_that_cannot_be_used_edits_and_deletions_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only for as long as the rule for files that were just touched looks at them again."""
    monkeypatch.setattr("builder.scan._RACY", 0)
    site = SiteTest(tmp_path).item("2026/01/12/a", story="2026/01/12/storm", tags=["x"]).item("2026/01/12/c")
    site.file("content/items/2026/01/12/50%.md", "---\ntitle: Half\n---\n").build()
    assert len(site.report.quarantine) == 1
    site.item("2026/01/12/a", story="2026/01/12/flood", tags=["y"]).build()
    assert site.has("/tags/y/") and not site.has("/tags/x/")
    assert site.build().report.pages.written == 0
    site.remove("content/items/2026/01/12/a.md").build()
    assert not site.has("/2026/01/12/a/") and site.has("/2026/01/12/c/")
    shutil.rmtree(site.root / "content" / "items" / "2026")
    assert not site.build().has("/2026/01/12/c/")


def test_the_root_is_found_upward_or_the_next_step_is_named(content: Content, tmp_path: Path) -> None:
    assert find_root(content.folder / "items") == tmp_path.resolve()
    with pytest.raises(UsageError, match="broadsheet new"):
        find_root(Path("/"))


# -- moves ---------------------------------------------------------------------------------------------------


def moves(content: Content, *lines: str) -> Moves:
    content.write({"moves.tsv": "".join(line + "\n" for line in lines)})
    return content.moves()


def test_a_chain_of_moves_leads_straight_to_its_end(content: Content) -> None:
    found = moves(content, "items\ta\tb", "items\tb\tc", "items\tc\td")
    assert [found.resolve("items", name) for name in "abcd"] == ["d", "d", "d", "d"]
    assert found.former("items", "d") == ("a", "b", "c")


def test_a_circle_of_moves_has_an_end(content: Content) -> None:
    found = moves(content, "tags\ta\tb", "tags\tb\ta")
    assert {found.resolve("tags", name) for name in "ab"} <= {"a", "b"}


def test_moves_of_one_kind_are_none_of_another(content: Content) -> None:
    found = moves(content, "tags\ta\tb")
    assert (found.resolve("tags", "a"), found.resolve("categories", "a")) == ("b", "a")


def test_the_later_of_two_moves_counts(content: Content) -> None:
    assert moves(content, "tags\ta\tb", "tags\ta\tc").resolve("tags", "a") == "c"


def test_an_item_whose_file_is_there_again_has_not_moved(content: Content) -> None:
    content.write({"items/a.md": ""})
    assert moves(content, "items\ta\tb").resolve("items", "a") == "a"


def test_a_removal_says_when_and_why_and_a_line_that_says_nothing_takes_nothing_back(content: Content) -> None:
    found = moves(content, "items\ta\t\t2026-01-12\tThe  court", "items\ta\t", "items\tb\t\t2026-01-13", "items\tc\t")
    assert found.removed == {
        "a": Removal(date="2026-01-12", reason="The court"),
        "b": Removal(date="2026-01-13"),
        "c": Removal(),
    }
    assert found.targets == {}


def test_lines_that_stand_twice_in_any_order_say_what_they_say_once(content: Content) -> None:
    lines = [
        "items\ta\t\t2026-01-12\twhy",
        "links\thttps://a.example/a\t\t2026-01-12\twhy",
        "tags\ta\tb",
        "items\tb\tc",
    ]
    once = moves(content, *lines)
    assert moves(content, *lines, *reversed(lines), *lines) == once
    assert moves(content, *(line + "\r" for line in lines)) == once


def test_an_article_is_forbidden_by_any_spelling_of_its_address_or_by_its_key(content: Content) -> None:
    key = "gn:0123456789abcdef"
    found = moves(
        content,
        "links\thttp://www.a.example/a/?utm_source=x",
        "links\thttps://a.example/a\t\t2026-01-12",
        f"links\t{key}",
    )
    assert found.links == {googlenews.article_key("https://a.example/a"): Removal(date="2026-01-12"), key: Removal()}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("items\ta\t2026-01-12\twhy", "no removal"),
        ("links\thttps://a.example/\t2026-01-12\twhy", "no removal"),
        ("items\ta\t\t12 January\twhy", "'12 January' is no date"),
        ("items\ta\t\t2026-02-30", "is no date"),
        ("links\ta.example/a", "no address of an article"),
        ("links\tjavascript:alert(1)", "no address of an article"),
        ("links\tfile:///etc/passwd", "no address of an article"),
    ],
)
def test_a_removal_that_cannot_be_understood_is_an_error_with_its_line(content: Content, line: str, what: str) -> None:
    with pytest.raises(ContentError, match=rf"content/moves\.tsv:2: .*{what}"):
        moves(content, "tags\ta\tb", line)


@given(st.text(alphabet=st.sampled_from("items\tlinkshttps://a.b/-0126..\u202e\x00\r\n#gn:"), max_size=60))
def test_any_ledger_is_read_or_is_an_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    content = Content(tmp_path_factory.mktemp("moves"))
    content.folder.mkdir()
    (content.folder / "moves.tsv").write_bytes(text.encode())
    with suppress(ContentError):
        found = content.moves()
        assert all(safe_path(place) for place in found.removed)


def test_comments_and_empty_lines_are_no_moves(content: Content) -> None:
    assert moves(content, "# two spellings", "", "tags\ta\tb").targets == {"tags": {"a": "b"}}


@pytest.mark.parametrize("line", ["tag\ta\tb", "tags a b", "tags", "\ta\tb"])
def test_a_line_that_is_no_move_is_an_error_with_its_number(content: Content, line: str) -> None:
    with pytest.raises(ContentError, match=r"content/moves\.tsv:2: no move"):
        moves(content, "tags\ta\tb", line)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=8))
def test_moves_always_end_where_nothing_moves_on(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    content = Content(tmp_path_factory.mktemp("moves"))
    content.folder.mkdir()
    found = moves(content, *(f"tags\t{old}\t{new}" for old, new in steps))
    ends = dict(steps)
    for name in "abcde":
        end, passed = found.resolve("tags", name), set()
        while name in ends and name not in passed:
            passed.add(name)
            name = ends[name]
        assert end == name or end in passed


# -- one run at a time -------------------------------------------------------------------------------------------


def test_a_lock_is_held_by_one_run_and_free_afterwards(content: Content) -> None:
    with content.lock(), pytest.raises(LockError), Content(content.root).lock():
        raise AssertionError("two runs hold the lock")
    with content.lock():
        assert (content.root / ".broadsheet" / "lock").exists()

"""The fast ways of reading: wherever one answers at all, it says what the library says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import find, given, settings, strategies as st
from markdown import Markdown

from builder import converter, effort, frontmatter, markdown, merge, plain
from builder.errors import ContentError
from builder.model import Item, Mention
from builder.yaml import HANDLER
from tests.sweeps import one_in

_CORPORA = os.environ.get("BROADSHEET_CORPORA", "")
_LIBRARY = Markdown(extensions=["fenced_code", "tables", "sane_lists"])

# -- what the libraries say --------------------------------------------------------------------------------


def by_yaml(text: str) -> tuple[dict[str, Any], str] | None:
    """What libyaml reads; `None` where it is an error."""
    try:
        front, body = HANDLER.split(text)
        return HANDLER.load(front), body
    except (ContentError, UnicodeEncodeError):
        return None


def by_library(text: str) -> str | None:
    """What the whole of Python-Markdown makes of a text; `None` where it fails."""
    try:
        return _LIBRARY.reset().convert(text)
    except Exception:
        _LIBRARY.parser.state.clear()
        return None


def lines(*front: str) -> str:
    return "---\n" + "".join(f"{line}\n" for line in front) + "---\nBody\n"


# -- texts that are plain, and their near misses -----------------------------------------------------------

ODD = st.sampled_from([
    *"\"'\\ \n\t\r:-#,{}[]&*!|>%@`~=+.1aé漢_()<\0\x7f\x85\xa0\u2028\u200b\ufeff\ud800\U0001f600\2\3",
    ": ", "- ", "  ", "    ", "  \n", "\n\n", "---\n", "--- \n", "\r\n", " #", "1. ", "## ", "> ", "](", "![", "**", "***",
    "_so_", "`c`", "&#38;", "&#38", "&copy;", "&copy", "&amp;", "<b>", "<div>", "```", "~~~\n", "==\n", "--\n", "|", "-|-\n", "[x]: http://e\n", "[x]",
])  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with up to two odd things put in, anywhere, or in place of a character."""
    text = draw(texts)
    for odd in draw(st.lists(ODD, max_size=2)):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + odd + text[place + draw(st.integers(0, 1)) :]
    return text


KEYS = st.sampled_from(["title", "date", "tags", "coverage", "written", "note", "yes", "null", "_x", "on", "A1"])
SCALARS = st.sampled_from([
    '"a"', '"a b: c # d"', "'a'", "'a: \"b\" \\'", '""', "''", '"\\"q\\" r"', "2026-01-12", "2026-01-12T08:10:00+01:00",
    "2026-01-12T08:10:00Z", "true", "false", "12", '"é 漢"',
])  # fmt: skip
STRANGE = st.sampled_from([
    "", "null", "~", "no", "12:30", "1e3", "0x1F", "1:", "+1", "bare", "a: b", "&a x", "*a", "!!str x", "|", ">", "'it''s'", '"\\u00e9"',
    '"\\\\"', '"\\"', '"a" # c', '"a" "b"', '"a', '["a"]', "{a: b}", '{"a": "b", "a": "c"}', '{"a": ""}', '{"a": "b",}', "[]", "{}",
])  # fmt: skip
MAPS = st.dictionaries(KEYS, st.text("ab0", min_size=1, max_size=3), min_size=1, max_size=3).map(
    lambda found: "{" + ", ".join(f'"{key}": "{value}"' for key, value in found.items()) + "}"
)
SAID = SCALARS | SCALARS | MAPS | STRANGE
PAIRS = st.tuples(KEYS, SAID).map(": ".join)
LISTED = st.lists(st.tuples(st.sampled_from(["- ", "- ", "  "]), SCALARS | PAIRS | SAID).map("".join), max_size=4)
LISTS = st.tuples(KEYS, LISTED).map(lambda found: "\n".join([f"{found[0]}:", *found[1]]))
FRONT = st.lists(PAIRS | PAIRS | LISTS | st.just(""), max_size=5, unique_by=lambda line: line.split(":")[0] or object())
FILES = spoilt(st.tuples(FRONT, st.sampled_from(["", "Body\n", "a\n---\nb", "\r\n"])).map(
    lambda found: "---\n" + "".join(f"{line}\n" for line in found[0]) + "---\n" + found[1]
))  # fmt: skip

PHRASES = st.sampled_from([
    "word", "more words", "a.", "é 漢", "(b)", "**bold**", "*so*", "a_b", "\\*", "\\[x\\]", "&amp;", "&lt;i&gt;", "[link](http://e.example/a)",
    "[a *b* c](https://e.example/?a=1&b=2;c)", "![alt \"x\"](http://e.example/i_j.png)", "[![alt](http://e.example/i.png)](http://e.example/)",
    "**[a](http://e.example)**", "2026", "3.5", "!", "a | b", "=", "- x", "#1", "\xa0",
])  # fmt: skip
PROSE = st.lists(PHRASES, min_size=1, max_size=4).flatmap(
    lambda found: st.sampled_from([" ", " ", " ", ""]).map(lambda space: space.join(found))
)
PARAGRAPHS = st.lists(PROSE, min_size=1, max_size=3).flatmap(
    lambda found: st.sampled_from(["\n", "  \n"]).map(lambda end: end.join(found))
)
BULLETS = st.lists(PROSE, min_size=1, max_size=3).map(lambda found: "\n".join(f"- {one}" for one in found))
NUMBERS = st.lists(PROSE, min_size=1, max_size=3).map(
    lambda found: "\n".join(f"{number}. {one}" for number, one in enumerate(found, 1))
)
HEADINGS = st.tuples(st.integers(1, 7), PROSE).map(lambda found: f"{'#' * found[0]} {found[1]}")
BODIES = spoilt(
    st.lists(PARAGRAPHS | PARAGRAPHS | BULLETS | NUMBERS | HEADINGS, max_size=3).map(
        lambda found: "\n\n".join(found) + "\n"
    )
)
SOUP = st.lists(ODD | PHRASES | st.sampled_from(["- a\n", "1. b\n", "    c\n", "> d\n", "e\n", "\n"]), max_size=12).map(
    "".join
)


FEWER = one_in(4)


# -- the laws ------------------------------------------------------------------------------------------------


def front_matter_differs(text: str) -> bool:
    return (found := plain.front_matter(text)) is not None and found != by_yaml(text)


def prose_differs(text: str) -> bool:
    return (found := plain.html_of(text)) is not None and found != by_library(text)


@given(FILES)
def test_front_matter_read_plainly_is_what_libyaml_reads(text: str) -> None:
    assert not front_matter_differs(text)


@given(BODIES | SOUP)
def test_prose_read_plainly_is_what_python_markdown_makes_of_it(text: str) -> None:
    assert not prose_differs(text)


@FEWER
@given(SOUP | BODIES)
def test_the_parts_of_python_markdown_that_are_left_out_find_nothing(text: str) -> None:
    assert converter.convert(text) == by_library(text)


@FEWER
@given(
    st.lists(
        st.tuples(ODD | PHRASES, st.sampled_from([1, 1, 2, 40, 400])).map(lambda one: one[0] * one[1]), max_size=20
    ).map("".join)
)
def test_what_a_text_costs_at_most_is_no_less_than_what_it_costs(text: str) -> None:
    assert effort._most(text) >= effort.of(text)
    assert effort.exceeds(text, 0.05) == (effort.of(text) > 0.05)


# -- what would be wrong is noticed --------------------------------------------------------------------------


def without(pattern: re.Pattern[str], part: str) -> re.Pattern[str]:
    """A pattern without the last occurrence of a part of it."""
    before, found, after = pattern.pattern.rpartition(part)
    assert found
    return re.compile(before + after)


@pytest.mark.parametrize(
    ("name", "wrong", "line"),
    [
        ("_BARE", re.compile(r"[\w~+:-]+"), "title: null"),
        ("_BARE", re.compile(r"[\w~+:-]+"), "title: 1:"),
        ("_MAP", re.compile(r"\{.*\}"), 'written: {"a": "b", c: d}'),
        ("_is_key", lambda text: True, '"title": "a"'),
        ("_scalar", lambda said: said[1:-1], "title: bare"),
        ("_scalar", lambda said: said[1:-1], 'title: "\\n"'),
    ],
)
def test_front_matter_read_too_freely_is_noticed(
    name: str, wrong: Any, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plain.front_matter(lines(line)) is None
    monkeypatch.setattr(plain, name, wrong)
    assert front_matter_differs(lines(line))


@pytest.mark.parametrize(
    ("name", "wrong", "text"),
    [
        ("_OPENING", re.compile(r"(?!)"), "a\n==="),
        ("_OPENING", without(plain._OPENING, r"\d+\. |"), "2. a"),
        ("_check", lambda line: None, "a\n\n    b"),
        ("_HEADING", re.compile(r"(#{1,6}) (.*)"), "# a #"),
        ("_MARKED", without(plain._MARKED, r"|!\["), "![a ![b](http://e.example) c](http://e.example)"),
        ("_MARKED", without(plain._MARKED, r"|_(?<![^\W_]_)|_(?![^\W_])"), "_a_"),
        ("_MARKED", without(plain._MARKED, r"(?![\s*])"), "* a*"),
        ("_MARKED", without(plain._MARKED, r"|&(?!(?:amp|lt|gt);)"), "a & b"),
        ("_MARKED", without(plain._MARKED, "|`"), "`a`"),
        ("_MARKED", without(plain._MARKED, "|<"), "a < b"),
        ("_MARKED", without(plain._MARKED, "|>"), "a > b"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_prose_read_too_freely_is_noticed(name: str, wrong: Any, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plain.html_of(text) is None
    monkeypatch.setattr(plain, name, wrong)
    assert prose_differs(text)


def test_the_texts_that_are_tried_would_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "_attribute", str)
    tried = settings(max_examples=2000, derandomize=True, deadline=None, database=None)
    assert find(BODIES, prose_differs, settings=tried)


LEFT_OUT = [
    ("html_block", "<div>\n*a*\n</div>"), ("fenced_code_block", "```\na\n```"), ("indent", "- a\n\n    b"), ("code", "    a"),
    ("table", "a|b\n-|-\nc|d"), ("hashheader", "# a"), ("setextheader", "a\n==="), ("hr", "a\n\n***"), ("olist", "1. a"), ("ulist", "+ a"),
    ("quote", "> a"), ("reference", "[a][x]\n\n[x]: http://e.example"), ("short_reference", "[x]\n\n[x]: http://e.example"),
    ("image_reference", "![a][x]\n\n[x]: http://e.example"), ("short_image_ref", "![x]\n\n[x]: http://e.example"), ("backtick", "`a`"),
    ("escape", "\\*"), ("link", "[a](b)"), ("image_link", "![a](b)"), ("autolink", "<http://e.example>"), ("automail", "<a@e.example>"),
    ("html", "a <b>c</b>"), ("linebreak", "a  \nb"), ("em_strong", "*a*"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), LEFT_OUT, ids=[name for name, _ in LEFT_OUT])
def test_a_part_that_is_left_out_though_it_finds_something_is_noticed(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert name in converter.idle("Words") and name not in converter.idle(text)
    assert converter.convert(text) == by_library(text)
    monkeypatch.setattr(converter, "idle", lambda text: frozenset({name}))
    assert converter.convert(text) != by_library(text)


# -- what is plain --------------------------------------------------------------------------------------------


def test_what_ingest_writes_is_read_plainly() -> None:
    mention = Mention(title='The "storm"', link="https://gazette.example/a", publisher="Gazette")
    moment = datetime(2026, 1, 12, 8, 10, tzinfo=UTC)
    item = Item(title="Café “Ö”", date=moment, tags=("C++", "no"), coverage=(mention,), body="Text\n\n---\n")
    text = frontmatter.dump(merge.fresh(item, "2026/01/12/cafe"))
    assert "written: {" in text and plain.front_matter(text) == by_yaml(text) is not None


def test_files_that_another_program_wrote_so_are_read_plainly() -> None:
    text = lines('title: "A"', "date: 2026-01-12T08:10:00Z", "image: ''", "tags:", "- 'a'", "- 'b'", "", "draft: false")
    found = plain.front_matter(text)
    assert found == by_yaml(text) and found is not None and found[0]["tags"] == ["a", "b"]


@pytest.mark.parametrize(
    "line",
    ["title: bare words", "title: null", "title: ~", 'title: "a" # b', 'title: "a\\tb"', "title: [a]", "title: a: b", "- a",
     "title: 'it''s'", 'title: "a" ', '\ttitle: "a"', "tags: *a", 'Title Case: "a"', '"title": "a"', "title: |", "..."],
)  # fmt: skip
def test_anything_else_is_left_to_libyaml(line: str) -> None:
    assert plain.front_matter(lines(line)) is None


@pytest.mark.parametrize(
    "text", [lines('a: "b"', 'a: "c"'), lines("a:", '- b: "c"', '  b: "d"'), lines('written: {"a": "b", "a": "c"}')]
)
def test_what_stands_twice_is_the_librarys_error(text: str) -> None:
    assert plain.front_matter(text) is None
    with pytest.raises(ContentError, match="twice"):
        frontmatter.split(text)


def test_prose_is_read_plainly() -> None:
    text = "## Head\n\nOne *two* **three** [four](https://e.example/?a=1&b=2)  \nfive.\n\n1. a\n2. b\n\nEnd \\*\n\n- c\n- d\n"
    assert plain.html_of(text) == by_library(text) == (
        '<h2>Head</h2>\n<p>One <em>two</em> <strong>three</strong> <a href="https://e.example/?a=1&amp;b=2">four</a><br />\nfive.</p>'
        "\n<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n<p>End *</p>\n<ul>\n<li>c</li>\n<li>d</li>\n</ul>"
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["a\n===", "- a\n\n- b", "- a\n    - b", "1. a\n\n2. b", "2. a", "> a", "`a`", "a <b>", "_a_", "*a **b** c*", "a\tb", "a\r\nb", "    a",
     "[a](/b)", "[a](javascript:b)", '[a](http://e "t")', "[a](http://e/(b))", "[a][b]", "a|b\n-|-", "# a\nb", "# a #", "***", "a &copy; b"],
)  # fmt: skip
def test_anything_else_is_left_to_python_markdown(text: str) -> None:
    assert plain.html_of(text) is None


LOAD = "from builder import content, markdown; item = content.item('items/2026/01/12/a.md', {text!r}); markdown.to_html(item.body)"


def loaded(text: str) -> set[str]:
    """Which of the slow libraries a process loads that reads one item."""
    code = LOAD.format(text=text) + "; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {"yaml", "frontmatter", "markdown"} & set(done.stdout.split())


def test_a_plain_item_is_read_without_loading_the_libraries() -> None:
    assert loaded(lines('title: "A"', "date: 2026-01-12")) == set()
    assert loaded(lines("title: A", "date: 2026-01-12").replace("Body", "`Body`")) == {
        "yaml",
        "frontmatter",
        "markdown",
    }


# -- Python-Markdown ------------------------------------------------------------------------------------------

DEEPEST = ["- " * 500 + "x", "1. " * 600 + "x"]


@pytest.mark.parametrize("deep", DEEPEST)
def test_a_text_that_python_markdown_fails_on_changes_no_other(deep: str) -> None:
    before = converter.convert("`one`\n\ntwo")
    assert converter.convert(deep) is None
    assert converter.convert("`one`\n\ntwo") == before == "<p><code>one</code></p>\n<p>two</p>"


def below(depth: int, call: Callable[[], str]) -> str:
    return below(depth - 1, call) if depth else call()


@pytest.mark.parametrize("text", [">" * 290 + "deep", "> " * 330 + "deep", *DEEPEST, "*a " * 300 + "b" + "*" * 300])
def test_what_a_text_becomes_does_not_depend_on_who_asks(text: str) -> None:
    assert len({below(depth, lambda: markdown.to_html(text)) for depth in (0, 20, 40, 300)}) == 1


def test_threads_do_not_disturb_each_other() -> None:
    texts = [f"`{n}`" + "\n\n> quote" * (n % 3) + "\n\n- [a](b)" * (n % 2) for n in range(60)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(converter.convert, texts)) == [by_library(text) for text in texts]


def test_links_below_the_site_are_led_to_its_root_whatever_was_converted_before() -> None:
    assert markdown.to_html("[a](/b/)", trusted=True, root="/digest/") == '<p><a href="/digest/b/">a</a></p>'
    assert markdown.to_html("[a](/b/)", trusted=True) == '<p><a href="/b/">a</a></p>'

"""What Markdown shows, and that HTML which becomes Markdown still shows the same text."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, strategies as st

from builder import effort, markdown, sanitize


def visible(page: str) -> str:
    """Visible text with whitespace folded, so that two renderings can be compared."""
    return re.sub(r"\s+", " ", sanitize.text(page))


NASTY = st.text(alphabet="ab1 *_[]()<>&#\\`~.-+!|=:{}\"'\u00a0é漢\n", max_size=24)
TEXT = st.one_of(
    NASTY,
    st.sampled_from(
        [
            "1. one",
            "- a",
            "+ b",
            "# c",
            "---",
            "***",
            "===",
            "> q",
            "```",
            "~~~",
            "[a]: http://x",
            "| a | b |",
            "&lt;",
            "<b>",
            "![x](y)",
            "    x",
        ]
    ),
).map(html.escape)


def wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Inline HTML around inline HTML."""
    tags = st.sampled_from(["em", "strong", "b", "i", "code", "del", "sub", "span", "q", "a"])
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(tags, inner).map(
            lambda part: f'<{part[0]} href="http://e.org/a_(b)?c=1&amp;copy;*d*">{part[1]}</{part[0]}>'
        ),
        st.tuples(inner, inner).map(lambda part: f"{part[0]}<br>{part[1]}"),
    )


INLINE = st.recursive(TEXT, wrapped, max_leaves=5)


def boxed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Blocks around blocks."""
    tags = st.sampled_from(["div", "blockquote", "ul", "ol", "section"])
    items = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        items.map("".join),
        st.tuples(tags, items).map(
            lambda part: (
                f"<{part[0]}>{''.join(f'<li>{i}</li>' if part[0] in ('ul', 'ol') else i for i in part[1])}</{part[0]}>"
            )
        ),
    )


LEAF = st.one_of(
    st.tuples(st.sampled_from(["p", "h1", "h3", "li", "pre", "div"]), INLINE).map(
        lambda part: f"<{part[0]}>{part[1]}</{part[0]}>"
    ),
    INLINE,
    st.lists(st.lists(INLINE, min_size=2, max_size=2), min_size=2, max_size=3).map(
        lambda rows: (
            "<table>"
            + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
            + "</table>"
        )
    ),
)
DOCUMENTS = st.recursive(LEAF, boxed, max_leaves=5)


@given(DOCUMENTS)
def test_html_shows_the_same_text_after_a_way_through_markdown(page: str) -> None:
    written = markdown.from_html(page)
    assert visible(markdown.to_html(written)).replace(" ", "") == visible(page).replace(" ", ""), written


@given(NASTY)
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    assert markdown.to_text(markdown.escape(text)) == sanitize.line(text)


@pytest.mark.parametrize(
    ("page", "written"),
    [
        ("<h1>A</h1><h2>B</h2><p>c</p>", "## A\n\n### B\n\nc"),
        ("<p>AT&amp;T &lt;b&gt; *x*</p>", "AT&amp;T &lt;b&gt; \\*x\\*"),
        ("<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>", "- a\n\n    1. b\n\n- c"),
        ('<a href="/x (1)?a=1&amp;b=2">y</a>', "[y](https://e.example/x%20%281%29?a=1&b=2)"),
        ("<a href=/x><h3>T</h3><p>p</p></a>", "## [T](https://e.example/x)\n\n[p](https://e.example/x)"),
        ("<pre>  a\n\n  b</pre>", "```\n  a\n\n  b\n```"),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2|3</td></tr></table>",
            "| a | b |\n| --- | --- |\n| 1 | 2&#124;3 |",
        ),
        ("<table><tr><td><p>only</p></td><td><p>layout</p></td></tr></table>", "only\n\nlayout"),
        ("1. not a list<br>- nor this", "1\\. not a list  \n\\- nor this"),
        ('<img src="a.png" alt="A"><img src="t.gif" width=1 height=1>', "![A](https://e.example/a.png)"),
        ('<a href="javascript:x">y</a>', "y"),
        ("one < two", "one &lt; two"),
    ],
)
def test_html_is_written_as_plain_markdown(page: str, written: str) -> None:
    assert markdown.from_html(page, "https://e.example/") == written


def test_markdown_from_a_stranger_is_made_safe_and_the_owners_is_not() -> None:
    text = "a <b>b</b> <span class=x>c</span> ![i](https://e.example/i.png) [j](javascript:x)"
    assert markdown.to_html(text) == "<p>a <b>b</b> c  j</p>"
    assert "<img" in markdown.to_html(text, trusted=True) and "class=x" in markdown.to_html(text, trusted=True)


@pytest.mark.parametrize(
    "text",
    [
        ">" * 5000 + "deep",
        "- a\n" * 5000 + "deep",
        "<![x deep",
        "[" * 5000 + "deep",
        "*" * 5000 + "deep",
        "    - " * 2000 + "deep",
        "# x\n" * 100_000 + "deep",
        "---\n" * 100_000 + "deep",
        "a|b\n-|-\n" + "a|b\n" * 50_000 + "deep",
        "*_" * 100_000 + "deep",
        "![](" * 100_000 + "deep",
        "> " * 100_000 + "deep",
        "~~~a\n" * 50_000 + "deep",
        "`a``b" * 50_000 + "deep",
        "<a " * 100_000 + "deep",
        "<![CDATA[" * 20_000 + "deep",
        "- a\n" * 100_000 + "deep",
        "&#35;" * 50_000 + "deep",
    ],
)
def test_no_markdown_raises_or_loses_its_text(text: str) -> None:
    assert "deep" in markdown.to_text(text)


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 20_000 + "deep",
        "<b>" * 20_000 + "deep",
        "<blockquote><ul><li>" * 3000 + "deep",
        "<table><tr><td>" * 3000 + "deep",
        "<p>x" * 50_000 + "deep",
        "<ul><li>x" * 5_000 + "deep",
        "<h1>x</h1>" * 50_000 + "deep",
        "<table><tr>" + "<td>x" * 3000 + "</tr>" + "<tr><td>y</tr>" * 3000 + "</table>deep",
        "*a _b " * 50_000 + "deep",
    ],
)
def test_no_depth_loses_text(page: str) -> None:
    assert "deep" in markdown.to_text(markdown.from_html(page))


def test_a_text_that_costs_too_much_is_shown_as_it_is_read() -> None:
    shown = markdown.to_html("# x \\* &amp; y\n" * 50_000)
    assert shown.startswith("<p># x * &amp; y") and "<h2>" not in shown
    assert "<h2>" in markdown.to_html("# x\n" * 100)


PAGE = (
    "## Head\n\n" + "A *word* and a [link](https://e.example/a_(b)) to `code`. " * 40
    + "\n\n- one\n- two\n\n```\na < b\n```\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n"
)  # fmt: skip


def test_what_people_write_costs_little() -> None:
    assert effort.of(PAGE * 20) < markdown.MOST_SECONDS < effort.of("[" * 20_000)
    assert "<h2>" in markdown.to_html(PAGE * 20)


@given(st.text("#*_`[]()<>&|-=~!\\ \n\ta1", max_size=3000))
def test_any_text_has_a_cost(text: str) -> None:
    assert effort.of(text) >= 0


def test_an_excerpt_is_plain_and_ends_where_its_words_do() -> None:
    text = "## Head\n\nOne *two* [three](https://e.example/).\n\n1\\. four five six"
    assert markdown.excerpt(text, 100) == "Head\n\nOne two three.\n\n1\\. four five six"
    assert markdown.excerpt(text, 5) == "Head\n\nOne two three.\n\n1…"
    assert markdown.excerpt(text, 4) == "Head\n\nOne two three…"
    assert markdown.excerpt("漢字" * 50, 10) == "漢字" * 10 + "…"
    assert markdown.excerpt("", 5) == ""


def test_sentences_end_at_full_stops_that_end_sentences() -> None:
    text = 'Mr. J. Smith of the U.S. said so. "Is it?" he asked. Yes! It rose 3.5 points. 日本。'
    assert list(markdown.sentences(text)) == [
        "Mr. J. Smith of the U.S. said so.",
        '"Is it?" he asked.',
        "Yes!",
        "It rose 3.5 points.",
        "日本。",
    ]
    assert markdown.first_sentence("word " * 100, 30) == "word word word word word word…"


def test_a_shortened_text_ends_at_a_sentence_or_a_word() -> None:
    assert markdown.shorten("One two three four five. Six seven eight.", 30) == "One two three four five."
    assert markdown.shorten("One. " + "long " * 30, 24) == "One. long long long…"
    assert markdown.shorten("字" * 50, 10) == "字" * 9 + "…"
    assert markdown.shorten("short", 10) == "short"


@given(st.text(max_size=300), st.integers(10, 100))
def test_nothing_is_ever_longer_than_asked(text: str, limit: int) -> None:
    assert len(markdown.shorten(text, limit)) <= limit and len(markdown.first_sentence(text, limit)) <= limit


def test_a_table_says_by_class_how_a_cell_is_aligned() -> None:
    shown = markdown.to_html("| a | b | c |\n| :- | -: | :-: |\n| 1 | 2 | 3 |\n", trusted=True)
    assert "style" not in shown
    assert shown.count('class="left"') == shown.count('class="right"') == shown.count('class="center"') == 2

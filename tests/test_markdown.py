"""What Markdown shows, and that HTML which becomes Markdown still shows the same text."""

from __future__ import annotations

import html
import re

from hypothesis import given, settings, strategies as st

from builder import markdown, sanitize


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


@settings(max_examples=400, deadline=None)
@given(DOCUMENTS)
def test_html_shows_the_same_text_after_a_way_through_markdown(page: str) -> None:
    written = markdown.from_html(page)
    assert visible(markdown.to_html(written)).replace(" ", "") == visible(page).replace(" ", ""), written


@settings(max_examples=200, deadline=None)
@given(NASTY)
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    assert markdown.to_text(markdown.escape(text)) == sanitize.line(text)

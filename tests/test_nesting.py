"""That whatever a stranger writes is valid HTML in the end, and says what it said."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from builder import nesting, sanitize
from tests.htmltest import faults, misplaced

REL = 'rel="noopener noreferrer nofollow ugc"'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul>text<li>one</li></ul>", "<ul><li>text</li><li>one</li></ul>"),
        ("<ul></ul><p> </p><table></table><h2><br></h2>x", "x"),
        ("<li>one</li><li>two</li>three", "<ul><li>one</li><li>two</li></ul>three"),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        ("<dl><dd>b</dd><dt>a</dt></dl>", "<ul><li>b</li><li>a</li></ul>"),
        ("<h1>a</h1><h4>b</h4><h2>c</h2>", "<h2>a</h2><h3>b</h3><h2>c</h2>"),
        ("<h2>a<ul><li>b</ul></h2>", "<h2>a</h2><ul><li>b</li></ul>"),
        ("<b>a<p>b</p></b>", "<b>a</b><p><b>b</b></p>"),
        ("<b><hr></b>", "<hr>"),
        ("<figure>a<figcaption>b</figcaption>c</figure>", "<figure>ac<figcaption>b</figcaption></figure>"),
        ("<figcaption>b</figcaption>", "<p>b</p>"),
        ("<pre><p>a</p><p>b</p></pre>", "<pre>a\nb</pre>"),
        ('<ol start="x"><li>a</ol><ol start="3"><li>b</ol>', '<ol><li>a</li></ol><ol start="3"><li>b</li></ol>'),
    ],
)
def test_what_is_out_of_place_is_put_where_it_may_stand(html: str, expected: str) -> None:
    assert sanitize.clean(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("https://a.example/x|y[1]", "https://a.example/x%7Cy%5B1%5D"),
        ("https://me:word@a.example/", "https://a.example/"),
        ("https://a.example/?q=1&amp;copy=2", "https://a.example/?q=1&amp;copy=2"),
    ],
)
def test_a_link_is_written_as_the_standard_wants_it(html: str, expected: str) -> None:
    assert sanitize.clean(f'<a href="{html}">x</a>') == f'<a href="{expected}" {REL}>x</a>'


def test_a_link_that_shows_nothing_or_leads_nowhere_is_none() -> None:
    assert sanitize.clean('<a href="https://a.example/"> </a><a href="https://a..example/">x</a><a>y</a>') == " xy"


def test_of_two_links_the_inner_one_counts_and_each_block_has_its_own() -> None:
    html = '<a href="https://a.example/">x<table><tr><td><a href="https://b.example/">y</a>z</table></a>'
    cell = f'<a href="https://b.example/" {REL}>y</a><a href="https://a.example/" {REL}>z</a>'
    assert sanitize.clean(html) == (
        f'<a href="https://a.example/" {REL}>x</a><table>\n<tbody>\n<tr>\n<td>{cell}</td>\n</tr>\n</tbody>\n</table>'
    )


def spans(rows: str) -> int:
    return sanitize.clean(f"<table>{rows}</table>").count("span=")


def test_spans_of_cells_stay_where_they_fit() -> None:
    assert spans("<tr><td rowspan=2>a<td>b<tr><td>c<tr><td colspan=2>d") == 2
    assert spans("<tr><td>a<td rowspan=2>b<tr><td colspan=2>lies on b") == 0
    assert spans("<tr><td rowspan=2>reaches out") == 0
    assert spans("<tr><td colspan=5>nothing begins in four columns") == 0
    assert spans("<tr><td colspan=0>a<td colspan=x>b<td rowspan=-1>c") == 0


def test_a_head_without_words_is_a_cell_and_a_row_without_cells_is_none() -> None:
    html = sanitize.clean("<table><tr><th></th><th scope=bad>a</th></tr><tr></tr></table>")
    assert "<td></td>\n<th>a</th>" in html and html.count("<tr>") == 1


TAGS = st.sampled_from(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h4",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "span",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
GIVEN = st.sampled_from(["", ' href="https://x.example/"', ' href="https://x.example/[|"', " colspan=2", " rowspan=3"])
PIECES = st.one_of(
    st.tuples(TAGS, GIVEN).map(lambda tag: f"<{tag[0]}{tag[1]}>"),
    TAGS.map(lambda tag: f"</{tag}>"),
    st.sampled_from(["one", "two", " ", "\n", "&nbsp;", "&lt;b&gt;", "a & b", "\u3000"]),
)
SOUP = st.lists(PIECES, max_size=16).map("".join)


@given(SOUP)
def test_every_soup_is_valid_and_safe_in_the_end_and_stays_so(soup: str) -> None:
    html = sanitize.clean(soup)
    assert misplaced(html) == [] and faults(html) == []
    assert sanitize.clean(html) == html


@given(SOUP)
def test_no_word_is_lost(soup: str) -> None:
    def words(html: str) -> list[str]:
        # A caption stands first or last.
        return sorted(sanitize.text(html).split())

    assert words(sanitize.clean(soup)) == words(soup)


PLAIN = st.lists(
    st.sampled_from([
        "<p>", "</p>", "<p>x</p>", "<ul>", "<li>", "</li>", "</ul>", "<h2>", "</h2>", "<h3>", "</h3>", "<em>", "</em>",
        "<strong>", "</strong>", "<br>", "<hr>", "<a href=https://x.example/a?b=c&d=e>", "</a>", "<blockquote>",
        "</blockquote>", "one", "two", " ", "\n", "&nbsp;",
    ]),
    max_size=24,
).map("".join)  # fmt: skip


@given(PLAIN | SOUP)
def test_what_is_passed_over_as_plain_is_what_would_come_of_it(soup: str) -> None:
    html = sanitize._CLEANER.clean(soup)
    assert nesting.mended(html) == nesting._Mending(len(html)).of(html)


def test_what_people_write_is_passed_over() -> None:
    html = f'<p>One <strong>two</strong><br>\n<a href="https://x.example/a?b=c&amp;d#e" {REL}>three</a></p>\n'
    html += (
        "<h2>Four</h2>\n<ul>\n<li>five</li>\n<li><em>six</em></li>\n</ul>\n<blockquote>\n<p>seven</p>\n</blockquote>"
    )
    assert nesting.is_plain(html) and misplaced(html) == []


@pytest.mark.parametrize(
    "html",
    ["<ul>x</ul>", "<p><p>x</p></p>", "<h1>x</h1>", "<h3>x</h3>", "<li>x</li>", "<dl><dd>x</dd></dl>", "<p>x", "<tr></tr>",
     '<a href="https://x.example/a b">x</a>', "<a><a>x</a></a>", '<ol start="x"><li>a</li></ol>', "<b><hr></b>"],
)  # fmt: skip
def test_what_is_not_valid_is_seen(html: str) -> None:
    assert misplaced(html)


@pytest.mark.parametrize(
    "html",
    ["one<p></p>two", "<em>one<table></table>two</em>", "<ul><li>one</li><ol></ol>two</ul>",
     "<figcaption>x<figcaption>y</figcaption>one</figcaption>two", "<td>one<p> </p>two"],
)  # fmt: skip
def test_words_that_a_block_kept_apart_stay_apart_where_nothing_is_left_of_it(html: str) -> None:
    assert "one two" in sanitize.text(sanitize.clean(html))


def test_cells_that_ask_for_more_places_than_anybody_can_mean_have_none() -> None:
    wide = "<tr><td colspan=1000 rowspan=99>a" + "<tr><td>b" * 98
    assert "span" not in sanitize.clean(f"<table>{wide}</table>")
    row = "<tr>" + "<td>b</td>" * 20 + "</tr>"
    assert 'colspan="20"' in sanitize.clean(f"<table><tr><td colspan=20>a</td></tr>{row}</table>")


def test_what_stands_around_many_blocks_is_not_written_without_end() -> None:
    address = "https://x.example/" + "a" * 4000
    html = sanitize.clean(f'<a href="{address}">' + "<p>x</p>" * 10_000 + "</a>")
    assert len(html) < 1_000_000 and html.count(">x<") == 10_000

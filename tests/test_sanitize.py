"""What untrusted HTML may become, and what plain text is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from builder import sanitize
from tests.htmltest import faults


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p onclick=x id=a class=b style=c name=d>t</p>", "<p>t</p>"),
        ("<script>alert(1)</script><style>p{}</style>t", "t"),
        ("<img src=https://x.example/a.png onerror=x>t", "t"),
        ("<svg><script>alert(1)</script></svg><math><mi>x</mi></math>t", "t"),
        ("<!-- c -->t", "t"),
        ("<del>a</del><ins>b</ins><sub>c</sub>", "<del>a</del><ins>b</ins><sub>c</sub>"),
        ('<td colspan="2" onload=x>', ""),
    ],
)
def test_only_what_is_allowed_stays(html: str, expected: str) -> None:
    assert sanitize.clean(html) == expected


def test_a_link_says_that_nobody_vouches_for_it() -> None:
    assert (
        sanitize.clean('<a href="https://x.example/" target=_blank>x</a>')
        == '<a href="https://x.example/" rel="noopener noreferrer nofollow ugc">x</a>'
    )


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "java\nscript:x",
        "&#106;avascript:x",
        " javascript:x",
        "data:text/html,x",
        "vbscript:x",
        "/relative",
        "//x.example/",
        "file:///etc",
    ],
)
def test_other_addresses_are_dropped(href: str) -> None:
    assert "href" not in sanitize.clean(f'<a href="{href}">x</a>')


@given(st.text(alphabet="<>/=\"'&;:!-abijnorsvpt \n\x00", max_size=80))
def test_nothing_dangerous_survives_any_soup(soup: str) -> None:
    assert faults(sanitize.clean(soup)) == []


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h1>One</h1><p>Two<br>three</p>four", "One Two three four"),
        ("AT&amp;T &amp;lt;b&amp;gt;", "AT&T &lt;b&gt;"),
        ("a &lt;b&gt; c", "a <b> c"),
        ("wo<b>rd</b>", "word"),
        ("<script>no</script>yes", "yes"),
        ("a&nbsp;&nbsp;b\n\tc", "a b c"),
        ("cafe&#x301;", "café"),
        ("a&#x202e;b&#x200b;c&#7;d", "abcd"),
    ],
)
def test_text_is_what_a_reader_sees_on_one_line(html: str, expected: str) -> None:
    assert sanitize.text(html) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb\u2066c\u200bd\u00ade", "abcde"),
        ("<b> & &amp;", "<b> & &amp;"),
        (" a \n b ", "a b"),
        ("👩\u200d🚀 ok", "👩\u200d🚀 ok"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200db", "ab"),
        ("x\ud800y", "xy"),
        ("a\x00\x07\x1bb", "ab"),
        ("e\u0301", "é"),
        ("❤\ufe0f 1\ufe0f\u20e3", "❤\ufe0f 1\ufe0f\u20e3"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ("a\U000e0041\U000e0042b", "ab"),
        ("x" + "\ufe0f" * 50, "x\ufe0f"),
        ("\ufe0fa", "a"),
        ("z" + "\u0335" * 50 + "a", "z" + "\u0335" * 4 + "a"),
        ("ก" + "\u0e47" * 50, "ก" + "\u0e47" * 4),
        ("किताब บ้าน", "किताब บ้าน"),
        ("a\ufdd0\U0001fffe\u3164\u2800b", "a\u2800b"),
        ("a\u2028b\u2029c", "a b c"),
    ],
)
def test_a_line_loses_only_what_cannot_be_seen(text: str, expected: str) -> None:
    assert sanitize.line(text) == expected


MARKED = st.lists(
    st.sampled_from("aéम葛❤🏴\u0301\u0316\u0327\u0344\u0e47\u20e3\u200d\u200c\ufe0f\ufe0e\U000e0100\U000e0067\U000e007f\u202e\u1100\u1161 \n"),
    max_size=30,
).map("".join)  # fmt: skip


@given(st.text() | MARKED)
def test_a_line_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = sanitize.line(text)
    assert sanitize.line(line) == line and "\n" not in line
    line.encode("utf-8")


def test_links_and_images_are_made_absolute_on_the_way_to_markdown() -> None:
    html = '<a href="../x (1)">a</a><img src="//cdn.example/i.png" onerror=x><a href="javascript:x">b</a><form>c</form>'
    assert sanitize.for_markdown(html, "https://x.example/b/c") == (
        '<a href="https://x.example/x%20%281%29">a</a><img src="https://cdn.example/i.png"><a>b</a>c'
    )


def test_what_follows_too_many_tags_is_text_without_what_scripts_hold() -> None:
    tail = "<script>hidden</script><p class='a'>one</p>&lt;two&gt;<a href=x>three"
    assert sanitize.text("<p>x</p>" * 30_000 + tail).endswith("x one <two> three")
    assert faults(sanitize.clean("<p>x</p>" * 30_000 + tail)) == []


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 50_000,
        "<b>" * 50_000,
        "<p " + 'a="1" ' * 0 + " ".join(f'a{n}="1"' for n in range(20_000)) + ">",
        "<!--" * 100_000,
        "<div><p>" * 30_000,
        "<table>" * 20_000,
        "<p>x" * 50_000,
        "<li>x" * 50_000,
        "<table><tr>" + "<td>x" * 50_000,
        "<table>" + "x<tr>" * 50_000,
        "<b><i><p>x" * 20_000,
        "<h1>x</h1>" * 20_000,
        "&" * 300_000,
        "a\u0316\u0301" + "\u0316\u0301" * 100_000,
    ],
)
def test_time_is_linear_in_what_is_nested_or_piled_up(bomb: str) -> None:
    start = time.process_time()
    assert "kept" in sanitize.text(bomb + "</p>kept") or bomb.startswith("<!--")
    sanitize.clean(bomb)
    assert time.process_time() - start < 5

"""What a page gets on its way to the browser of who edits it, and only there."""

from __future__ import annotations

import pytest

from builder.dressing import dressed, relaxed, with_note
from builder.mediatypes import kind_of, stated


@pytest.mark.parametrize(
    ("policy", "after"),
    [
        ("default-src 'none'; script-src 'self'", "default-src 'none'; script-src 'self'; connect-src 'self'"),
        ("default-src 'self'", "default-src 'self'"),
        ("connect-src 'none'", "connect-src 'self'"),
        ("connect-src https://api.example", "connect-src https://api.example 'self'"),
        ("default-src https:", "default-src https:; connect-src https: 'self'; script-src https: 'self'"),
        ("img-src data:", "img-src data:"),
        ("", ""),
    ],
)
def test_a_policy_lets_the_client_in_and_nobody_else(policy: str, after: str) -> None:
    assert relaxed(policy) == after


def test_the_client_stands_at_the_end_of_the_body_and_cannot_be_broken_out_of() -> None:
    page = b"<body><script>'</body>'</script><p>x</p></BODY ></html>"
    after = dressed(page, {"route": '/"><script>alert(1)</script>/'}, "v1").decode()
    assert after.startswith("<body><script>'</body>'</script><p>x</p><script src=")
    assert after.endswith("</script></BODY ></html>") and "<script>alert" not in after


def test_a_page_without_an_end_is_dressed_too() -> None:
    assert dressed(b"<p>x", {}, "v1").startswith(b"<p>x<script ")
    assert with_note(b"<main>a</main></body>", "<i>b</i>") == b"<main>a<i>b</i></main></body>"


@pytest.mark.parametrize(
    "meta",
    [
        b'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">',
        b"<META content=\"default-src 'none'\" http-equiv='content-security-policy'>",
        b'<meta http-equiv=Content-Security-Policy content="default-src &#39;none&#39;"/>',
    ],
)
def test_a_policy_is_found_however_it_is_written(meta: bytes) -> None:
    assert b"connect-src 'self'" in dressed(b"<head>" + meta + b"</head><body></body>", {}, "v1")


def test_bytes_that_are_no_text_pass_as_they_are() -> None:
    meta = b"<meta http-equiv=Content-Security-Policy data-x='\xff' content=\"default-src 'none'\">"
    assert b"\xff" in dressed(meta + b"\xfe", {}, "v1") and b"\xfe" in dressed(meta + b"\xfe", {}, "v1")


def test_a_file_has_the_kind_of_its_name() -> None:
    assert [kind_of(route) for route in ("/", "/a.WOFF2", "/_headers", "/.well-known/x", "/CNAME")] == [
        "text/html",
        "font/woff2",
        "text/plain",
        "application/octet-stream",
        "text/plain",
    ]
    assert stated("text/css") == "text/css; charset=utf-8" and stated("image/png") == "image/png"

"""Secrets are hidden in whatever comes back, however they are spelt there, and bodies without them are left alone."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given, strategies as st

from builder import secrets
from builder.secrets import Secrets
from tests.sweeps import one_in

KEYS = {"KEY": "k3y-4711", "MORE": "k3y-4711-and-more", "MARKS": "a/b&c d", "WORD": "pässw:rd"}
URL = "https://me:${WORD}@gazette.example/?k=${KEY}&m=${MORE}&x=%20"
MARKS = "https://gazette.example/${MARKS}"


HIDING = Secrets(URL, KEYS), Secrets(MARKS, KEYS | {"MARKS": quote(KEYS["MARKS"])})


def spellings(value: str) -> list[bytes]:
    """Ways in which a server may write a value."""
    raw = value.encode()
    every = "".join(f"%{byte:02X}" for byte in raw)
    some = quote(value, safe="")
    ways = [value, every, every.lower(), some, value.replace("&", "&amp;"), value.replace("/", r"\/")]
    return [
        one.encode(code)
        for one in ways
        for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")
        if value.isascii() or code == "utf-8"
    ]


def plainly(hidden: Secrets, body: bytes) -> bytes:
    """What is to come out: every pattern tried at every place."""
    forms = hidden._forms

    def shown(found: re.Match[bytes]) -> bytes:
        name = forms[(found.lastindex or 1) - 1].shown
        wide = name.encode("utf-16-le")
        return name.encode() if b"\0" not in found[0] else wide if found[0].endswith(b"\0") else wide[:-1]

    return re.sub(b"|".join(b"(" + form.pattern + b")" for form in forms), shown, body)


PIECES = [one for value in (*KEYS.values(), "//me:pässw:rd@", "me:pässw:rd") for one in spellings(value)]
NOISE = [
    b"%",
    b"%6",
    b"k",
    b"k3y-",
    b"k3y-4711-and",
    b"&amp;",
    b"&",
    b"\\/",
    b"/",
    b"\0",
    b"\0\0\0\0",
    b"%6b%33",
    b"a",
    b"//me",
    b"41",
]


@one_in(8)
@given(
    st.lists(st.sampled_from(PIECES + NOISE) | st.binary(max_size=40), max_size=12), st.sampled_from([1, 7, 64, 4096])
)
def test_nothing_is_overlooked_for_being_fast(pieces: list[bytes], block: int) -> None:
    body = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_BLOCK", block)
        for hidden in HIDING:
            assert hidden.hide_in(body) == plainly(hidden, body)


@pytest.mark.parametrize("spelt", spellings(KEYS["KEY"]))
def test_a_secret_is_hidden_in_every_spelling(spelt: bytes) -> None:
    hidden = Secrets("https://gazette.example/${KEY}", KEYS).hide_in(b"<" + spelt + b">")
    assert hidden.replace(b"\0", b"") == b"<${KEY}>"


def test_of_a_large_body_only_what_may_hold_a_secret_is_looked_at() -> None:
    body = b"<item><title>A storm &amp; its harbour: 100%</title></item>" * 250_000
    hidden = Secrets("https://gazette.example/?k=${KEY}&m=${MORE}", KEYS)
    assert hidden.hide_in(body) is body
    middle = 1000 * secrets._BLOCK
    holding = body[:middle] + KEYS["KEY"].encode() + body[middle:]
    assert [form.blocks(holding, False) for form in hidden._forms] == [set(), {1000}]
    assert hidden.hide_in(holding) == body[:middle] + b"${KEY}" + body[middle:]

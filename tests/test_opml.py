"""OPML: what is read of any file that calls itself so, and what is written for others to read."""

from __future__ import annotations

from contextlib import suppress
from xml.etree import ElementTree

import pytest
from hypothesis import given, strategies as st

from builder import markup, opml
from builder.errors import SourceError
from builder.sanitize import line
from builder.settings import Source


def sources(body: str | bytes) -> list[Source]:
    return list(opml.read(body.encode() if isinstance(body, str) else body).sources)


def wrapped(outlines: str) -> str:
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{outlines}</body></opml>'


GAZETTE = '<outline type="rss" text="Gazette" xmlUrl="https://gazette.example/feed"/>'
QUAY = '<outline type="rss" text="Quay" xmlUrl="https://quay.example/feed"/>'


# -- what is read ------------------------------------------------------------------------------------------


def test_an_outline_with_an_address_is_a_source_and_its_folders_are_categories() -> None:
    nested = f'<outline text="Coast"><outline text="North">{GAZETTE}</outline>{QUAY}</outline>'
    assert sources(wrapped(nested)) == [
        Source(name="Gazette", url="https://gazette.example/feed", categories=("Coast", "North")),
        Source(name="Quay", url="https://quay.example/feed", categories=("Coast",)),
    ]


def test_a_title_goes_before_a_text() -> None:
    named = '<outline text="a" title="The &quot;A&quot; &amp;amp; B" xmlUrl="https://a.example/"/>'
    assert sources(wrapped(named))[0].name == 'The "A" &amp; B'


def test_a_category_with_slashes_is_a_path_and_one_without_is_a_tag() -> None:
    stated = '<outline text="A" category="/Coast/North,harbour, /Coast" xmlUrl="https://a.example/"/>'
    assert sources(wrapped(f'<outline text="Papers">{stated}</outline>')) == [
        Source(name="A", url="https://a.example/", categories=("Papers", "Coast", "North"), tags=("harbour",))
    ]


def test_what_is_no_feed_is_passed_over() -> None:
    others = '<outline type="link" text="x" url="https://x.example/"/><outline type="include" url="https://y.example/a.opml"/>'
    assert sources(wrapped(others + '<outline text="a note"/>' + GAZETTE))[0].name == "Gazette"
    assert len(sources(wrapped(others + GAZETTE))) == 1


def test_addresses_of_other_spellings_are_understood() -> None:
    spelt = [
        ("feed://a.example/x", "http://a.example/x"),
        ("feed:https://a.example/x", "https://a.example/x"),
        (" HTTPS://a.example/x#top\n", "https://a.example/x"),
        ("https://a.example/a b|c", "https://a.example/a%20b%7Cc"),
    ]
    for stated, url in spelt:
        assert sources(wrapped(f'<outline text="A" xmlUrl="{stated}"/>'))[0].url == url
    assert sources(wrapped('<outline type="rss" text="A" url="https://a.example/"/>'))[0].url == "https://a.example/"


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("javascript:alert(1)", "no http or https"),
        ("file:///etc/passwd", "no http or https"),
        ("gopher://a.example/", "no http or https"),
        ("https://", "no http or https"),
        ("https://a.example:99999/", "no http or https"),
        ("https://a.example/" + "x" * 5000, "no http or https"),
        ("https://me:secret@a.example/", "holds a password"),
        ("https://a.example/?k=${HOME}", "asks for a secret"),
    ],
)
def test_an_address_that_can_be_no_source_is_dropped_with_its_reason(stated: str, reason: str) -> None:
    found = opml.read(wrapped(f'<outline text="A" xmlUrl="{stated}"/>{GAZETTE}').encode())
    assert [source.name for source in found.sources] == ["Gazette"]
    assert found.dropped[0].where == "A" and reason in found.dropped[0].reason
    assert "secret@" not in found.dropped[0].reason


def test_secrets_are_named_only_by_a_file_that_is_believed() -> None:
    stated = wrapped('<outline text="A" xmlUrl="https://a.example/?k=${KEY}&amp;{x}&amp;j=${JAR}"/>').encode()
    assert opml.read(stated).sources == ()
    assert opml.read(stated, secrets=True).sources[0].url == "https://a.example/?k=${KEY}&%7Bx%7D&j=${JAR}"


# -- what is not well-formed --------------------------------------------------------------------------------------

BOTH = ["Gazette", "Quay"]


@pytest.mark.parametrize(
    "body",
    [
        wrapped(GAZETTE + QUAY).removesuffix("</body></opml>"),
        wrapped(GAZETTE + QUAY).replace("</body>", ""),
        wrapped(GAZETTE + QUAY).replace("<body>", "").replace("</body>", ""),
        f"<outline text='Papers'>{GAZETTE}{QUAY}",
        wrapped(GAZETTE.replace("/>", ">") + QUAY.replace("/>", ">")),
        wrapped(GAZETTE.replace("/>", "></outline>") + QUAY.replace("/>", "></outline>")),
        wrapped(GAZETTE.replace("/>", "") + QUAY),
        wrapped(GAZETTE + '<outline text="left open />' + QUAY),
        wrapped(GAZETTE.replace("xmlUrl", "xmlurl") + QUAY.replace("xmlUrl", "XMLURL")),
        wrapped(GAZETTE + QUAY).upper().replace("GAZETTE", "Gazette").replace("QUAY", "Quay"),
        wrapped(GAZETTE.replace('"', "'") + QUAY.replace('"Quay"', "Quay")),
        wrapped(GAZETTE + '<outline text="Left & <b>right</b> &nbsp; &undeclared;"/>' + QUAY),
        "junk before " + wrapped(GAZETTE + QUAY) + "\0 and after",
        wrapped(GAZETTE + "<!-- " + GAZETTE + " -->" + "<![CDATA[" + GAZETTE + "]]>" + QUAY),
        wrapped(GAZETTE + QUAY) + "<!-- left open",
    ],
)
def test_a_broken_file_gives_what_can_be_told(body: str) -> None:
    assert [source.name for source in sources(body)] == BOTH


def test_folders_hold_what_they_should_where_outlines_of_feeds_are_left_open() -> None:
    left_open = GAZETTE.replace("/>", ">")
    body = wrapped(f'<outline text="Coast">{left_open}{left_open}</outline><outline text="Hills">{QUAY}</outline>')
    assert [source.categories for source in sources(body)] == [("Coast",), ("Coast",), ("Hills",)]


def test_an_ampersand_in_an_address_is_no_reference() -> None:
    body = wrapped('<outline text="A" xmlUrl="https://a.example/?a=1&copy=2&amp;b=&#51;"/>')
    assert sources(body)[0].url == "https://a.example/?a=1&copy=2&b=3"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_names_survive_their_encoding(encoding: str) -> None:
    body = wrapped(GAZETTE.replace("Gazette", "Zürich")).replace('"1.0"', f'"1.0" encoding="{encoding}"')
    assert sources(body.encode(encoding))[0].name == "Zürich"


@pytest.mark.parametrize(
    ("declared", "really"), [("iso-8859-1", "utf-8"), ("utf-8", "cp1252"), ("no-such", "utf-8"), ("hex", "cp1252")]
)
def test_an_encoding_that_is_wrongly_declared_does_no_harm(declared: str, really: str) -> None:
    body = wrapped(GAZETTE.replace("Gazette", "Zürich")).replace('"1.0"', f'"1.0" encoding="{declared}"')
    assert sources(body.encode(really))[0].name == "Zürich"


def test_names_are_one_line_without_what_cannot_be_seen() -> None:
    assert sources(wrapped(GAZETTE.replace("Gazette", "a&#10;\u202eb\u200b&#x7;\ud7ff")))[0].name == "a b\ud7ff"
    assert len(sources(wrapped(GAZETTE.replace("Gazette", "x" * 5000)))[0].name) == opml.NAME


# -- what is hostile -----------------------------------------------------------------------------------------------


def test_declared_entities_are_never_expanded() -> None:
    bomb = '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    assert sources(bomb + wrapped(GAZETTE.replace("Gazette", "&b;&x;")))[0].name == "&b;&x;"


def test_nesting_costs_nothing() -> None:
    deep = '<outline text="f">' * 9_000
    found = sources(wrapped(deep + GAZETTE))
    assert found[0].categories == ("f",)
    named = "".join(f'<outline text="f{number}">' for number in range(100))
    assert len(sources(wrapped(named + GAZETTE))[0].categories) == opml.DEPTH


def test_a_file_of_too_many_outlines_is_refused() -> None:
    with pytest.raises(SourceError, match="more than 10,000 outlines"):
        opml.read(wrapped(QUAY * 30_000).encode())


@pytest.mark.parametrize(
    "part", ['<outline x="', "<outline", "<!--", "<outline a='\"", "<![CDATA[", "<!DOCTYPE [", "<?", "&"]
)
def test_what_is_left_open_costs_no_more_than_its_length(part: str) -> None:
    # In time that grows with the square of the length, this would take minutes.
    text = part * (300_000 // len(part))
    assert sum(1 for _ in markup.tags(text, frozenset({"outline"}))) <= len(text)


@pytest.mark.parametrize(
    "body", [b"", b"plain text", b"<rss><channel/></rss>", b"<!DOCTYPE html><p>x</p>", b"\xff\xfe"]
)
def test_what_is_no_opml_says_so(body: bytes) -> None:
    with pytest.raises(SourceError, match="no OPML"):
        opml.read(body)


@given(
    st.text()
    | st.lists(st.sampled_from([*'<>"=/& ', "outline", "xmlUrl", "text", "https://a.example/", "</", "<!--"])).map(
        "".join
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    for body in (text.encode("utf-8", "replace"), f"<opml>{text}".encode("utf-16", "replace")):
        with suppress(SourceError):
            assert all(one.url.startswith(("http://", "https://")) for one in opml.read(body).sources)


# -- what is written ------------------------------------------------------------------------------------------------


def test_sources_stand_in_the_folder_of_their_first_category() -> None:
    text = opml.write(
        "A & B",
        [
            Source(name="Gazette", url="https://gazette.example/feed", categories=("Coast",)),
            Source(name="Alone", url="https://me:${KEY}@alone.example/?a=1&b=${B}"),
            Source(name='"Quay"', url="https://quay.example/feed", categories=("Coast", "a/b, c"), tags=("x",)),
            Source(name="Samples", file="samples"),
        ],
    ).decode()
    assert text == (
        '<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">\n<head>\n<title>A &amp; B</title>\n</head>\n<body>\n'
        '<outline text="Coast">\n'
        '<outline type="rss" text="Gazette" title="Gazette" xmlUrl="https://gazette.example/feed"/>\n'
        '<outline type="rss" text="&quot;Quay&quot;" title="&quot;Quay&quot;" xmlUrl="https://quay.example/feed"'
        ' category="/Coast,/a%2Fb%2C c,x"/>\n</outline>\n'
        '<outline type="rss" text="Alone" title="Alone" xmlUrl="https://alone.example/?a=1&amp;b=${B}"/>\n'
        "</body>\n</opml>\n"
    )


def test_a_list_of_nothing_is_valid_too() -> None:
    body = ElementTree.fromstring(opml.write("", [])).find("body")
    assert body is not None and len(body) == 1
    assert opml.read(opml.write("", [])).sources == ()


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
TIDY = NAMES.map(line).filter(bool)
SOURCES = st.lists(
    st.builds(
        Source,
        name=TIDY,
        url=st.sampled_from(["https://a.example/", "http://b.example/x?y=1&z=%20#", "https://c.example/${KEY}/é"]).map(
            lambda url: url.removesuffix("#")
        ),
        categories=st.lists(TIDY, max_size=3, unique=True).map(tuple),
        tags=st.lists(TIDY, max_size=2, unique=True).map(tuple),
    ),
    max_size=6,
)


@given(SOURCES)
def test_what_is_written_is_read_again_as_it_was(listed: list[Source]) -> None:
    written = opml.write("x", listed)
    again = opml.read(written, secrets=True)
    assert again.dropped == ()
    assert sorted(map(repr, again.sources)) == sorted(map(repr, listed))
    assert opml.write("x", again.sources) == written


@given(
    st.lists(
        st.builds(
            Source,
            name=NAMES,
            url=st.just("https://a.example/"),
            categories=st.lists(NAMES, max_size=2).map(tuple),
            tags=st.lists(NAMES, max_size=2).map(tuple),
        )
    ),
    NAMES,
)
def test_what_is_written_is_well_formed_whatever_the_names(listed: list[Source], title: str) -> None:
    root = ElementTree.fromstring(opml.write(title, listed))
    assert len([one for one in root.iter("outline") if one.get("xmlUrl")]) == len(listed)

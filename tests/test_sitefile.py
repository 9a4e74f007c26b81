"""Edits of `content/site.toml`: what was asked for changes, and every other byte stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from builder import config, sitefile
from builder.content import Content
from builder.errors import ConfigError, ContentError, UsageError
from builder.settings import Source

SAMPLE = (Path(__file__).parents[1] / "content" / "site.toml").read_bytes().decode()
GAZETTE = Source(name="Gazette", url="https://gazette.example/feed")
ADDED = '[[source]]\nname = "Gazette"\nurl = "https://gazette.example/feed"\n'


# -- adding ------------------------------------------------------------------------------------------------


def test_a_source_is_added_after_the_others_and_before_what_follows() -> None:
    assert sitefile.add(
        'title = "A"\n\n[[source]]\nfile = "a.xml"\n\n# -- menu\n\n[[menu]]\nname = "x"\n', GAZETTE
    ) == (f'title = "A"\n\n[[source]]\nfile = "a.xml"\n\n{ADDED}\n# -- menu\n\n[[menu]]\nname = "x"\n')


def test_the_first_source_is_added_at_the_end() -> None:
    assert sitefile.add("", GAZETTE) == ADDED
    assert sitefile.add('[theme]\naccent = "red"\n', GAZETTE) == f'[theme]\naccent = "red"\n\n{ADDED}'


def test_all_that_is_said_of_a_source_is_written() -> None:
    said = Source(
        name='The "Quay" \\ Zürich 港',
        url="https://quay.example/?k=${KEY}",
        categories=("Coast", "A, B"),
        tags=("x",),
        show="full",
        private_network=True,
        public=False,
    )
    assert config.parse(sitefile.add(SAMPLE, said)).sources[-1] == said


def test_many_are_added_at_once() -> None:
    many = [Source(name=f"S{number}", url=f"https://s{number}.example/") for number in range(3000)]
    assert list(config.parse(sitefile.add(SAMPLE, *many)).sources[-3000:]) == many


def test_lines_end_as_the_others_do() -> None:
    text = sitefile.add('[[source]]\r\nfile = "a.xml"\r\n', GAZETTE)
    assert text == '[[source]]\r\nfile = "a.xml"\r\n\r\n' + ADDED.replace("\n", "\r\n")


def test_a_text_without_a_last_line_end_is_left_without() -> None:
    assert sitefile.add('title = "A"', GAZETTE) == f'title = "A"\n\n{ADDED}'.removesuffix("\n")


def test_a_byte_order_mark_stays_where_it_is() -> None:
    assert sitefile.add('\ufefftitle = "A"\n', GAZETTE) == f'\ufefftitle = "A"\n\n{ADDED}'


# -- removing ------------------------------------------------------------------------------------------------

NOTED = """\
# -- sources

# the harbour's own
[[source]] # since 2024
name = "A"

# moved once
url = "https://a.example/"
# show = "full"

[[source.drop]]
title = "sponsored"

# the second
[[source]]
name = "B"
url = "https://b.example/"

# -- menu

[[menu]]
name = "x"
"""


def test_a_source_is_removed_with_its_rules_and_the_comments_that_are_its_own() -> None:
    assert sitefile.remove(NOTED, 0) == NOTED[: NOTED.index("\n# the harbour")] + NOTED[NOTED.index("\n# the second") :]
    assert sitefile.remove(NOTED, 1) == NOTED[: NOTED.index("\n# the second")] + NOTED[NOTED.index("\n# -- menu") :]


def test_tables_of_other_names_may_stand_between_sources() -> None:
    text = '[[source]]\nfile = "a"\n[[menu]]\nname = "x"\n# of the second\n[[source]]\nfile = "b"\n[theme]\ncss = "c"\n'
    assert sitefile.remove(text, 0) == text[text.index("[[menu]]") :]
    assert sitefile.remove(text, 1) == text.replace('# of the second\n[[source]]\nfile = "b"\n', "")
    assert config.parse(sitefile.add(text, GAZETTE)).sources[2] == GAZETTE


def test_what_only_looks_like_a_table_is_none() -> None:
    text = 'description = """\n[[source]]\n# no comment\n"""\nblock = [\n  "a", # [[source]]\n  "]",\n]\n\n[["source"]]\nfile = \'\'\'a\n[[source]]\'\'\'\n'
    assert sitefile.remove(text, 0) == text[: text.index('\n[["source"]]')]
    assert sitefile.change(text, 0, "file", "b") == text[: text.index("'''a")] + '"b"\n'


# -- changing ------------------------------------------------------------------------------------------------


def test_a_value_is_changed_where_it_stands() -> None:
    text = sitefile.change(NOTED, 0, "url", "https://new.example/")
    assert text == NOTED.replace("https://a.example/", "https://new.example/")


def test_a_key_that_is_not_there_becomes_the_first() -> None:
    text = '  [[source]]\r\n  url = "https://a.example/" # here\r\n'
    named = '  [[source]]\r\n  name = "A"\r\n  url = "https://a.example/" # here\r\n'
    assert sitefile.change(text, 0, "name", "A") == named


# -- arrays on one line -----------------------------------------------------------------------------------------

ARRAY = (
    'title = "A" # kept\nsource = [\n  { name = "A", file = "a" }, # first\n  { name = "B", file = "b" },\n]\n# end\n'
)


def test_sources_in_one_array_are_edited_there() -> None:
    added = sitefile.add(ARRAY, GAZETTE)
    assert [source.name for source in config.parse(added).sources] == ["A", "B", "Gazette"]
    assert added.startswith('title = "A" # kept\nsource = [\n  { name = "A", file = "a" }, # first\n')
    assert added.endswith("]\n# end\n")
    assert [source.name for source in config.parse(sitefile.remove(ARRAY, 0)).sources] == ["B"]
    assert config.parse(sitefile.change(ARRAY, 1, "file", "c")).sources[1].file == "c"
    assert config.parse(sitefile.add("source = []\n[theme]\n", GAZETTE)).sources == (GAZETTE,)


def test_an_edit_that_would_do_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitefile, "_remove", lambda text, layout, number: text.replace("[[menu]]", "[[menus]]"))
    with pytest.raises(UsageError, match="cannot be edited as they are written"):
        sitefile.remove(NOTED, 0)


# -- laws -------------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
COMMENT = st.sampled_from(["# note", "#", "#[[source]]", '# a "quote', "\t# ]"])
BLANK = st.sampled_from(["", "", "  "])
VALUE = st.sampled_from(
    ['"x"', "'[[source]]'", '"""a\n[[source]]\n# b"""', "'''\n\"\"\"\n'''", '"\\"#"', '""', '""""quoted"""""']
)
PAIR = st.builds(lambda value, end: (value, end), VALUE, st.sampled_from(["", "  ", " # c", "# [x]"]))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Settings of any form that TOML allows: comments, blank lines and tables in any order, strings of all kinds."""

    def pairs(prefix: str = "k") -> list[str]:
        found = []
        for number, (value, end) in enumerate(draw(st.lists(PAIR, max_size=3))):
            found += [*draw(st.lists(COMMENT | BLANK, max_size=2)), f"{prefix}{number} = {value}{end}"]
        return found

    lines = draw(st.lists(COMMENT | BLANK, max_size=3)) + pairs()
    if draw(st.booleans()):
        lines += ["list = [ # [", '  "]", [1, 2], { a = "}" }', "]"]
    for count in range(draw(st.integers(0, 4))):
        lines += draw(st.lists(COMMENT | BLANK, max_size=3))
        header = draw(
            st.sampled_from(["[[source]]", "[[ 'source' ]]", "[[menu]]", f"[t{count}]", f"[t{count}.source]"])
        )
        lines += [header + draw(st.sampled_from(["", " # [[source]]"])), *pairs()]
        if "[[" in header and "menu" not in header and draw(st.booleans()):
            lines += [*draw(st.lists(BLANK, max_size=1)), "[[source.keep]]", *pairs()]
    lines += draw(st.lists(COMMENT | BLANK, max_size=3))
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + (text.replace("\n", "\r\n") if draw(st.booleans()) else text)


def data(text: str) -> dict[str, object]:
    return tomllib.loads(text.removeprefix("\ufeff"))


@given(texts(), WORDS, st.lists(WORDS, max_size=2))
def test_what_is_added_and_removed_again_leaves_the_same_bytes(text: str, name: str, tags: list[str]) -> None:
    source = Source(name=name or "x", url="https://x.example/", tags=tuple(tags))
    added = sitefile.add(text, source)
    sources = data(added)["source"]
    assert isinstance(sources, list)
    assert sitefile.remove(added, len(sources) - 1) == text


@given(texts(), st.data())
def test_an_edit_takes_nothing_but_its_own_lines(text: str, drawn: st.DataObject) -> None:
    sources = data(text).get("source", [])
    assert isinstance(sources, list)
    if not sources:
        return
    number = drawn.draw(st.integers(0, len(sources) - 1))
    left = sitefile.remove(text, number).replace("\r", "").removeprefix("\ufeff").split("\n")
    there = iter(text.replace("\r", "").removeprefix("\ufeff").split("\n"))
    assert all(line in there for line in left if line.strip()), (
        "the lines that are left stand in the order they stood in"
    )
    value = drawn.draw(WORDS)
    changed = sitefile.change(text, number, "k0", value)
    assert sitefile.change(changed, number, "k0", value) == changed


# -- the file -----------------------------------------------------------------------------------------------------


@pytest.fixture
def content(tmp_path: Path) -> Content:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "site.toml").write_bytes(SAMPLE.encode())
    return Content(tmp_path)


def test_a_file_is_written_whole(content: Content) -> None:
    before = sitefile.read(content)
    assert sitefile.write(content, before, sitefile.add(before, GAZETTE)).sources[-1] == GAZETTE
    assert [file.name for file in content.folder.iterdir()] == ["site.toml"]


def test_a_file_that_only_its_owner_may_read_stays_so(content: Content) -> None:
    (content.folder / "site.toml").chmod(0o600)
    sitefile.write(content, SAMPLE, sitefile.add(SAMPLE, GAZETTE))
    assert (content.folder / "site.toml").stat().st_mode & 0o777 == 0o600


def test_a_text_that_is_no_settings_is_never_written(content: Content) -> None:
    with pytest.raises(ConfigError):
        sitefile.write(content, SAMPLE, SAMPLE + "x = 1\n")
    assert sitefile.read(content) == SAMPLE


def test_a_file_that_a_person_changed_meanwhile_is_left_alone(content: Content) -> None:
    (content.folder / "site.toml").write_bytes(b"title = 'mine'\n")
    with pytest.raises(ContentError, match="changed meanwhile"):
        sitefile.write(content, SAMPLE, sitefile.add(SAMPLE, GAZETTE))
    assert sitefile.read(content) == "title = 'mine'\n"

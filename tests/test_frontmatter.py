"""Item <-> Markdown text: exact inverses, edits that keep a person's lines, and errors with a line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import example, given, strategies as st

from builder import frontmatter
from builder.errors import ContentError
from builder.model import Enclosure, Item, Mention
from tests.sweeps import one_in

UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
WORDS = ["no", "NO", "~", "null", "1e3", "12:30:45", "0x1F", "010", "2026-01-12", "---", "...", "- a", "a: b", "# a", "&a", "*a", "!!str a",
         "<<", "|", ">", "%YAML", "{a: b}", "[a]", "'", '"', "\\", "\\n", "\t", " a ", "\n", "\r\n", "\u2028", "\u202e", "\ufeff", "\u0085", "é", "漢", "🗞️", "@", "`"]  # fmt: skip
TEXT = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=4).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
).map(lambda text: UNSEEN.sub("", text))
SOME = TEXT.filter(bool)
TEXTS = st.lists(SOME, max_size=3).map(tuple)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)) if minutes else UTC)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=ZONES)
DAYS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
)
KEYS = st.sampled_from(["note", "pin", "Weird Key", "yes", "a.b", "é", "layout"])
VALUES = st.recursive(
    TEXT, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(SOME, inner, max_size=2), max_leaves=4
)


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(["title", "description", "summary", "slug", "image", "link", "source", "id", "domain"], TEXT),
    **dict.fromkeys(["publisher", "lang", "story", "date_raw", "body"], TEXT),
    **dict.fromkeys(frontmatter.LISTS, TEXTS),
    "updated": MOMENTS,
    "draft": st.booleans(),
    "coverage": st.lists(st.builds(Mention, title=TEXT, link=TEXT, publisher=TEXT, key=TEXT, domain=TEXT), max_size=2).map(tuple),
    "enclosures": st.lists(st.builds(Enclosure, url=TEXT, type=TEXT, length=st.integers(0, 10**12)), max_size=2).map(tuple),
    "written": st.dictionaries(st.sampled_from(frontmatter.FIELDS), SOME, max_size=3),
    "extra": st.dictionaries(KEYS, VALUES, max_size=3),
}  # fmt: skip
# What follows from another law, or reads like one, is tried a tenth as often.
SOME_TIMES = one_in(10)
BASES = st.sampled_from(["published", "updated", "first-seen"])
DATES = st.tuples(MOMENTS, BASES) | st.tuples(DAYS, st.just("day"))
SAYINGS = st.lists(
    st.sampled_from(sorted(FIELDS)).flatmap(lambda name: st.tuples(st.just(name), FIELDS[name])), max_size=5
)


def items() -> st.SearchStrategy[Item]:
    """Any item: a date, and arbitrary text in any other fields."""
    return st.builds(lambda date, said: Item(date=date[0], date_basis=date[1], **dict(said)), DATES, SAYINGS)


# -- exact inverses ----------------------------------------------------------------------------------------


@given(items())
def test_what_is_written_is_read_again(item: Item) -> None:
    assert frontmatter.load(frontmatter.dump(item)) == item


@SOME_TIMES
@given(items())
def test_an_item_is_written_in_one_way(item: Item) -> None:
    text = frontmatter.dump(item)
    assert frontmatter.dump(frontmatter.load(text)) == text


@SOME_TIMES
@given(items())
def test_other_generators_can_read_it(item: Item) -> None:
    """Plain YAML 1.1 between fences, with the same text in each field."""
    text = frontmatter.dump(item)
    front = text[4 : text.index("\n---\n", 4) + 1]
    read = yaml.safe_load(front)
    assert read["title"] == item.title and read["tags"] == list(item.tags) and read["draft"] is item.draft
    assert list(read)[: len(frontmatter.ALWAYS)] == list(frontmatter.ALWAYS)


def test_a_file_is_pleasant_to_read() -> None:
    item = Item(title="Café “Ö”", date=datetime(2026, 1, 12, 8, 10, tzinfo=UTC), tags=("C++", "Ö"), body="Text\n")
    assert frontmatter.dump(item).splitlines()[:4] == [
        "---",
        'title: "Café “Ö”"',
        "date: 2026-01-12T08:10:00+00:00",
        'description: ""',
    ]
    assert 'tags:\n- "C++"\n- "Ö"\n' in frontmatter.dump(item)


def test_a_publishers_host_is_written_only_where_there_is_one() -> None:
    mention = Mention(title="A", link="https://news.google.com/a", publisher="Gazette", domain="gazette.example")
    item = Item(title="A", publisher="Gazette", domain="gazette.example", authors=("Ann Lee",), coverage=(mention,))
    lines = frontmatter.dump(item).splitlines()
    assert lines[lines.index('publisher: "Gazette"') + 1] == 'domain: "gazette.example"'
    assert '  domain: "gazette.example"' in lines and frontmatter.load(frontmatter.dump(item)) == item
    assert "domain" not in frontmatter.dump(Item(title="A", coverage=(Mention(title="A", link="b"),)))


# -- reading -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["NO", "no", "1e3", "12:30:45", "0x1F", "010", "1_000", ".inf", "2026-01-12", "="])
def test_a_scalar_is_the_text_that_stands_there(word: str) -> None:
    item = frontmatter.load(f"---\ntitle: {word}\nlang: {word}\ntags: [{word}]\nnote: {word}\n---\n")
    assert (item.title, item.lang, item.tags, item.extra) == (word, word, (word,), {"note": word})


@pytest.mark.parametrize(
    ("date", "basis", "moment"),
    [
        ("2026-01-12", "day", datetime(2026, 1, 12, tzinfo=UTC)),
        ("2026-01-12T08:10:00+01:00", "published", datetime(2026, 1, 12, 7, 10, tzinfo=UTC)),
        ("2026-01-12 08:10:00 +0100", "published", datetime(2026, 1, 12, 7, 10, tzinfo=UTC)),
        ("2026-01-12T08:10:00", "published", datetime(2026, 1, 12, 8, 10, tzinfo=UTC)),
        ("2026-01-12T08:10Z", "published", datetime(2026, 1, 12, 8, 10, tzinfo=UTC)),
    ],
)
def test_a_date_is_a_moment_or_a_day(date: str, basis: str, moment: datetime) -> None:
    item = frontmatter.load(f"---\ndate: {date}\n---\n")
    assert (item.date, item.date_basis) == (moment, basis)


def test_a_rule_in_the_body_or_in_a_value_is_no_fence() -> None:
    item = frontmatter.load('---\ntitle: "a --- b"\nsummary: |\n  one\n  ---\n  two\n---\nabove\n\n---\n\nbelow\n')
    assert item.title == "a --- b" and "---" in item.summary and item.body == "above\n\n---\n\nbelow\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: A\n", 1),
        ("", 1),
        ("---\ntitle: A\n", 1),
        ("--- \ntitle: A\n----\n", 1),
        ("---\n- a\n- b\n---\n", 2),
        ("---\njust words\n---\n", 2),
        ("---\ntitle: [unclosed\n---\n", 3),
        ("---\ntitle: 'unclosed\n---\n", 3),
        ("---\ntitle: a: b\n---\n", 2),
        ("---\ntitle: A\n\tdate: B\n---\n", 3),
        ("---\ntitle: A\ntitle: B\n---\n", 3),
        ("---\ntitle: &a A\nslug: *a\n---\n", 2),
        ("---\na: &a [x]\nb: [*a, *a]\n---\n", 2),
        ("---\na: &a\n  b: *a\n---\n", 2),
        ("---\ntitle: !!python/object:os.system A\n---\n", 2),
        ("---\ntitle: !!binary aGk=\n---\n", 2),
        ("---\ntitle: A\ntags: !!set {a, b}\n---\n", 3),
        ("---\nbase: {a: b}\n<<: {title: A}\n---\n", 3),
        ("---\ntitle: A\n? [complex]\n: key\n---\n", 3),
        ("---\ntitle: A\ndeep: " + "[" * 30 + "]" * 30 + "\n---\n", 3),
        ("---\ntitle: [A, B]\n---\n", 2),
        ("---\ntitle: A\ndate: tomorrow\n---\n", 3),
        ("---\ntitle: A\ndate: 2026-02-30\n---\n", 3),
        ("---\ntitle: A\nupdated: 99999-01-01\n---\n", 3),
        ("---\ntitle: A\ncoverage: much\n---\n", 3),
        ("---\ntitle: A\ncoverage:\n- title: B\n---\n", 3),
        ("---\ntitle: A\nenclosures: [a.mp3]\n---\n", 3),
        ("---\ntitle: A\nwritten: yes\n---\n", 3),
        ("---\ntitle: A\ntags: {a: b}\n---\n", 3),
        ("---\ntitle: A\x00B\n---\n", 2),
    ],
)
def test_what_cannot_be_read_is_one_error_with_a_line(text: str, line: int) -> None:
    with pytest.raises(ContentError) as caught:
        frontmatter.load(text)
    assert int(caught.value.where or 1) == line
    assert "\n" not in str(caught.value)


@given(st.lists(st.sampled_from([*WORDS, "---\n", "title: ", "date: ", "tags:", "\n", "- "]), max_size=12).map("".join))
@example("- a\x85no\n---")
def test_any_text_is_an_item_or_one_error(text: str) -> None:
    try:
        frontmatter.load("---\n" + text)
    except ContentError as error:
        assert int(error.where or 1) <= text.count("\n") + 2


# -- changing what ingest owns, and nothing else -----------------------------------------------------------------

EDITED = """\
---
# Written by hand; keep this line.
note: our own words   # and this comment
title: A   # the short form
tags:
- one  # first
- two

Weird Key: {a: [b, c]}
date: 2026-01-12
link: 'https://gazette.example/a'
---
A body.\r
With two kinds of lines.
"""


def updated(text: str, **changes: Any) -> str:
    old = frontmatter.load(text)
    return frontmatter.update(text, old, msgspec.structs.replace(old, **changes))


def test_an_update_changes_the_lines_of_what_changed_and_no_others() -> None:
    before, after = (
        EDITED.splitlines(keepends=True),
        updated(EDITED, link="https://gazette.example/b").splitlines(keepends=True),
    )
    changed = [line for line in before if line not in after]
    assert changed == ["link: 'https://gazette.example/a'\n"]
    assert [line for line in after if line not in before] == ['link: "https://gazette.example/b"\n']
    assert len(before) == len(after)


def test_nothing_new_is_no_change() -> None:
    assert updated(EDITED) == EDITED


@pytest.mark.parametrize(
    "changes", [{"title": "B"}, {"tags": ("three",)}, {"publisher": "P"}, {"body": "New.\n"}], ids=str
)
def test_an_update_keeps_comments_unknown_keys_and_their_order(changes: dict[str, Any]) -> None:
    text = updated(EDITED, **changes)
    for kept in ("# Written by hand; keep this line.", "# and this comment", "# the short form", "# first"):
        assert kept in text
    item = frontmatter.load(text)
    assert item.extra == {"note": "our own words", "Weird Key": {"a": ["b", "c"]}}
    order = [line.split(":")[0] for line in text.splitlines() if re.match(r"[\w ]+:", line)]
    assert [key for key in order if key != "publisher"][:6] == ["note", "title", "tags", "Weird Key", "date", "link"]


def test_the_body_keeps_its_bytes() -> None:
    assert updated(EDITED, title="B").endswith("---\nA body.\r\nWith two kinds of lines.\n")


@pytest.mark.parametrize(
    "text", [EDITED.replace("\r\n", "\n").replace("\n", "\r\n"), "\ufeff" + EDITED], ids=["CRLF", "BOM"]
)
def test_line_endings_and_a_byte_order_mark_are_kept(text: str) -> None:
    after = updated(text, title="B", publisher="P")
    assert frontmatter.load(after).title == "B"
    new = {"title", "the short form", "publisher"}
    kept, found = (
        [line for line in one.splitlines(keepends=True) if not any(word in line for word in new)]
        for one in (text, after)
    )
    assert found == kept
    assert after.partition("A body")[0].count("\r\n") in (0, after.partition("A body")[0].count("\n"))


@given(items(), items())
def test_an_update_says_what_is_new(old: Item, new: Item) -> None:
    # People's keys are not what an update is about.
    new = msgspec.structs.replace(new, extra=old.extra)
    text = frontmatter.update(frontmatter.dump(old), old, new)
    assert frontmatter.load(text) == new


@SOME_TIMES
@given(items())
def test_an_update_of_a_file_in_flow_style_loses_nothing(new: Item) -> None:
    text = '---\n{title: A, date: 2026-01-12, note: "mine"}\n---\nBody\n'
    old = frontmatter.load(text)
    new = msgspec.structs.replace(new, extra=old.extra)
    assert frontmatter.load(frontmatter.update(text, old, new)) == new

"""A person and a source at work on one file: what the person wrote stands byte for byte, the rest follows the source."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given, strategies as st

from builder import frontmatter, merge
from builder.model import Enclosure, Item, Mention
from builder.yaml import quote
from tests.test_frontmatter import DAYS, MOMENTS, SOME, TEXT, TEXTS

PATH = "2026/01/12/storm"
FIRST = Item(
    title="Storm takes the roof", date=datetime(2026, 1, 12, 8, 10, tzinfo=UTC), description="The storm took the roof.",
    summary="Nobody was hurt.", link="https://gazette.example/storm", source="Gazette", categories=("Coast",), tags=("storm", "Port Ellery"),
    id="0123456789abcdef", publisher="The Gazette", authors=("A. Reed",), lang="en", body="The storm took the roof.\n\nNobody was hurt.\n",
    coverage=(Mention(title="Roof gone", link="https://courier.example/roof", publisher="Courier", key="url:1"),),
)  # fmt: skip
TEXT_FIELDS = ("title", "description", "summary", "image", "link", "publisher", "lang")
LIST_FIELDS = ("categories", "tags", "authors")
PEOPLES = ("slug", "draft", "story", "aliases", "note", "pin", "Weird Key")

Blocks = list[tuple[str, str]]


# -- what a person does ------------------------------------------------------------------------------------


def _scalar(style: str, text: str) -> str:
    """Text as a person may write it in YAML: bare, in either quotes, or as a block."""
    if style == "bare" and re.fullmatch(r"[A-Za-z][A-Za-z ]*[a-z]", text):
        return text
    if style == "single" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if (
        style == "block"
        and text.strip() == text
        and re.fullmatch(r"[ -~\n]+", text)
        and not re.search(r"\n\s|\n$", text)
    ):
        return "|-\n  " + text.replace("\n", "\n  ")
    return quote(text)


STYLES = st.sampled_from(["bare", "single", "double", "block"])
SCALARS = st.builds(_scalar, STYLES, TEXT | st.sampled_from(["A word", "It's # no comment", "one\n# two", "- x: y"]))
LISTS = st.one_of(
    TEXTS.map(lambda names: "[" + ", ".join(map(quote, names)) + "]"),
    st.lists(SOME, min_size=1, max_size=3).map(lambda names: "".join(f"\n  - {quote(one)}" for one in names)),
)
MENTIONS = st.lists(SOME, max_size=2).map(
    lambda titles: (
        "".join(f'\n- link: "https://own.example/{n}"\n  title: {quote(one)}' for n, one in enumerate(titles)) or "[]"
    )
)
VALUES: dict[str, st.SearchStrategy[str]] = {
    **dict.fromkeys([*TEXT_FIELDS, "slug", "story", "note", "pin", "Weird Key"], SCALARS),
    **dict.fromkeys([*LIST_FIELDS, "aliases"], LISTS),
    "coverage": MENTIONS,
    "draft": st.sampled_from(["true", "no", '"yes"']),
    "date": st.sampled_from(["2026-01-13", "2026-01-12 09:00", '"2026-01-12T08:10:00+00:00"', "2026-01-12T10:10:00+02:00"]),
    "updated": st.sampled_from(["2026-01-14T10:00:00Z", "2026-01-14"]),
}  # fmt: skip
REMARK = st.text("abc #:'\"-[]{}é", max_size=8).map(lambda text: f"# remark {text}".rstrip())
EDITS = st.one_of(
    st.sampled_from(sorted(VALUES)).flatmap(lambda name: st.tuples(st.just("set"), st.just(name), VALUES[name])),
    st.tuples(st.just("remark"), st.integers(0, 20), REMARK),
    st.tuples(st.just("tail"), st.integers(0, 20), REMARK),
    st.tuples(st.just("body"), st.just(""), TEXT),
    st.tuples(st.just("drop"), st.sampled_from(sorted(VALUES)), st.just("")),
    st.tuples(st.just("order"), st.randoms(use_true_random=False), st.just("")),
    st.tuples(st.just("windows"), st.just(""), st.just("")),
)


class Person:
    """Someone who edits a file as text, and remembers every byte that is theirs."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.remarks: list[str] = []

    def remark(self, text: str) -> str:
        """A comment unlike any other."""
        found = f"{text} {len(self.remarks)}."
        self.remarks.append(found)
        return found

    def split(self) -> tuple[Blocks, str]:
        """Each key with the lines up to the next one, and the body."""
        newline = "\r\n" if self.text.startswith("---\r\n") else "\n"
        front, _, body = self.text.removeprefix("---" + newline).partition(f"{newline}---{newline}")
        blocks: Blocks = []
        for line in (front + newline).splitlines(keepends=True):
            key = re.match(r'("?)([A-Za-z_][\w ]*)\1:', line)
            if key:
                blocks.append((key[2], line))
            else:
                name, before = blocks.pop() if blocks else ("", "")
                blocks.append((name, before + line))
        return blocks, body

    def edit(self, kind: str, what: Any, how: str) -> None:
        blocks, body = self.split()
        newline = "\r\n" if self.text.startswith("---\r\n") else "\n"
        names = [name for name, _ in blocks]
        if kind == "body":
            body = how
        elif kind == "windows":
            self.text = re.sub("\r?\n", "\r\n", self.text)
            return
        elif kind == "order":
            what.shuffle(blocks)
        elif kind == "drop":
            blocks = [block for block in blocks if block[0] != what]
        elif kind == "set":
            line = f"{what}: {how}\n".replace("\n", newline)
            block = (what, line.replace(": " + newline, ":" + newline))
            blocks = [*(block if one[0] == what else one for one in blocks), *([] if what in names else [block])]
        elif kind == "remark":
            how = self.remark(how)
            name, lines = blocks[what % len(blocks)]
            blocks[what % len(blocks)] = (name, lines + how + newline)
        elif kind == "tail":
            name, lines = blocks[what % len(blocks)]
            if len(lines.splitlines()) == 1 and "#" not in lines:
                how = self.remark(how)
                blocks[what % len(blocks)] = (name, lines.rstrip("\r\n") + " " + how + newline)
        self.text = f"---{newline}{''.join(lines for _, lines in blocks)}---{newline}{body}"


# -- what a source does --------------------------------------------------------------------------------------

STATED: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys([*TEXT_FIELDS, "body"], TEXT),
    **dict.fromkeys(LIST_FIELDS, TEXTS),
    "date": MOMENTS | DAYS,
    "updated": MOMENTS,
    "coverage": st.lists(st.builds(Mention, title=SOME, link=SOME), max_size=2).map(tuple),
    "enclosures": st.lists(st.builds(Enclosure, url=SOME, length=st.integers(0, 9)), max_size=2).map(tuple),
}
UPDATES = st.lists(
    st.sampled_from(sorted(STATED)).flatmap(lambda name: st.tuples(st.just(name), STATED[name])), max_size=4
).map(dict)


def follow(text: str, stated: Item) -> str:
    """A file's text after an ingest of what its source states."""
    known = frontmatter.load(text, PATH)
    merged = merge.merge(known, stated) if merge.has_news(known, stated) else known
    return frontmatter.update(text, known, merged) if merged != known else text


def said(item: Item, name: str) -> Any:
    """What one field says; white space around a body says nothing."""
    return item.body.replace("\r\n", "\n").strip() if name == "body" else frontmatter.plain(item, name)


@given(st.lists(st.tuples(st.lists(EDITS, max_size=4), UPDATES), min_size=1, max_size=3))
def test_a_source_changes_what_no_person_changed_and_nothing_else(
    rounds: list[tuple[list[tuple[str, Any, str]], dict[str, Any]]],
) -> None:
    stated, person = FIRST, Person(frontmatter.dump(merge.fresh(FIRST, PATH)))
    ours = frontmatter.load(person.text, PATH)
    for edits, update in rounds:
        for edit in edits:
            person.edit(*edit)
        before, (blocks, body) = frontmatter.load(person.text, PATH), person.split()
        remarks = [remark for remark in person.remarks if remark in person.text]
        theirs = {name for name in frontmatter.FIELDS if said(before, name) != said(ours, name)}
        stated = msgspec.structs.replace(stated, **update)
        person.text = follow(person.text, stated)
        after = frontmatter.load(person.text, PATH)

        # Every byte of a person's stands, in its order.
        assert [lines for name, lines in blocks if name in theirs | set(PEOPLES) and lines not in person.text] == []
        assert [remark for remark in remarks if person.text.count(remark) != 1] == []
        assert "body" not in theirs or person.text.endswith(body)
        assert after.extra == before.extra
        names = [name for name, _ in blocks]
        assert [name for name, _ in person.split()[0] if name in names] == names
        # All else says what the source says, where it says anything.
        for name in frontmatter.FIELDS:
            if name in theirs or name not in merge.MERGED or not said(stated, name):
                assert name in ("written", "date_basis", "date_raw") or said(after, name) == said(before, name)
            elif name == "coverage":
                assert after.coverage[: len(before.coverage)] == before.coverage
                assert {one.link for one in stated.coverage} <= {one.link for one in after.coverage}
            else:
                assert said(after, name) == said(stated, name)
        ours = msgspec.structs.replace(
            ours, **{name: getattr(after, name) for name in frontmatter.FIELDS if name not in theirs}
        )

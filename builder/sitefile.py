"""Edits of `content/site.toml`: a source added, changed or removed, and every other byte as it was.

Never leaves a file that says anything else than what was asked for, or that can no longer be read.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
import tomlkit

from builder import config
from builder.content import Content
from builder.errors import ContentError, UsageError
from builder.model import Value
from builder.settings import Settings, Source

FILE = "site.toml"
_KEYS = ("name", "url", "file", "categories", "tags", "show", "private_network", "public")
_PART = re.compile(r"""[ \t]*("(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
_BLANK, _SPACE = re.compile(r"[ \t\r\n]*"), re.compile(r"[ \t]*")
_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?:"{0,2})|\'\'\'.*?\'\'\'\'{0,2}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[{\]}]|\n|[^"'#\[\]{}\n]+''',
    re.S,
)


# -- the file ------------------------------------------------------------------------------------------


def read(content: Content) -> str:
    """The text of the settings, exactly."""
    return content.text(FILE)


def write(content: Content, before: str, after: str) -> Settings:
    """Replace the settings that were read as `before`, whole or not at all; what they say now.

    ConfigError where the new text is no settings, ContentError where a person changed the file meanwhile.
    """
    settings = config.parse(after.removeprefix("\ufeff"))
    with _mode_kept(content.folder / FILE):
        passed = content.write({FILE: after}, {FILE: before})
    if passed:
        raise ContentError("was changed meanwhile", where=f"content/{FILE}", next="run again")
    return settings


@contextmanager
def _mode_kept(file: Path) -> Iterator[None]:
    """Whatever takes the file's place within is readable to nobody else, at no time: it may hold passwords."""
    mode = stat.S_IMODE(file.stat().st_mode)
    before = os.umask(0o777 & ~mode)
    try:
        yield
    finally:
        os.umask(before)
    file.chmod(mode)


# -- edits: a text and what is asked for -> a text ---------------------------------------------------------


def add(text: str, *sources: Source) -> str:
    """The text with more sources after those there are; where there are none, at the end."""
    if not sources:
        return text
    said = [_said(source) for source in sources]
    return _edited(text, lambda there: there + said, lambda array: array.extend(map(_inline, said)), _add, said)


def remove(text: str, number: int) -> str:
    """The text without its source of that number, counted from 0, and without the comments directly above it."""
    return _edited(
        text,
        lambda sources: sources[:number] + sources[number + 1 :],
        lambda array: array.__delitem__(number),
        _remove,
        number,
    )


def change(text: str, number: int, key: str, value: str) -> str:
    """The text with another value of one key of a source; a key that is not there yet becomes the first."""
    return _edited(
        text,
        lambda sources: [{**one, key: value} if place == number else one for place, one in enumerate(sources)],
        lambda array: array[number].__setitem__(key, value),
        _change,
        number,
        key,
        value,
    )


def _edited(text: str, wanted: Callable[[list[Any]], list[Any]], inline: Callable[[Any], None], *edit: Any) -> str:
    """Edit a text, and refuse unless exactly what is wanted has changed.

    tomlkit is not asked to write the file: it moves tables of one name together, and comments with them.
    """
    mark, plain = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    before = tomllib.loads(plain)
    layout = _layout(plain)
    array = next((pair for pair in layout[0].pairs if pair.key == ("source",)), None)
    try:
        after = _edited_inline(plain, array, inline) if array else edit[0](plain, layout, *edit[1:])
        found = tomllib.loads(after)
    except (tomllib.TOMLDecodeError, tomlkit.exceptions.TOMLKitError, LookupError):
        found = {}
    if found.pop("source", []) != wanted(before.pop("source", [])) or found != before:
        what, step = "its sources cannot be edited as they are written", "edit it by hand, or write each as [[source]]"
        raise UsageError(what, where=f"content/{FILE}", next=step)
    return mark + after


def _said(source: Source) -> dict[str, Any]:
    """A source as TOML says it, without its defaults."""
    found = msgspec.to_builtins(source)
    return {key: list(found[key]) if isinstance(found[key], tuple) else found[key] for key in _KEYS if key in found}


def _lines(said: dict[str, Any]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in said.items()]


def _value(value: Any) -> str:
    return str(tomlkit.item(value).as_string())


def _inline(said: dict[str, Any]) -> Any:
    table = tomlkit.inline_table()
    table.update(said)
    return table


def _edited_inline(text: str, pair: _Pair, edit: Callable[[Any], None]) -> str:
    """`source = [{ name = "A", url = "…" }]`: the value alone is tomlkit's."""
    start = "source = "
    document = tomlkit.parse(start + text[pair.start : pair.end])
    edit(document["source"])
    return text[: pair.start] + document.as_string().removeprefix(start) + text[pair.end :]


# -- tables ----------------------------------------------------------------------------------------------


class _Pair(Value, frozen=True):
    """`key = value`: where the value stands in the text."""

    key: tuple[str, ...]
    start: int
    end: int


class _Table(Value, frozen=True):
    """A table of the file, the first being what stands above all headers: its lines, as numbers.

    `header` is that of its header (-1 for the first), `last` that of its last pair's end. `owner` is the number of the
    source that it belongs to, or -1.
    """

    header: int = -1
    last: int = -1
    owner: int = -1
    pairs: tuple[_Pair, ...] = ()


def _layout(text: str) -> list[_Table]:
    """The tables of a text that is TOML."""
    tables, pairs, owner = [_Table()], list[_Pair](), -1
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    position = 0
    while (start := _after(_BLANK, text, position)) < len(text):
        if text[start] == "#":
            position = _line_end(text, start)
        elif text[start] == "[":
            array = text.startswith("[[", start)
            key, _ = _key(text, start + (2 if array else 1))
            owner += array and key == ("source",)
            number = bisect_right(starts, start) - 1
            tables.append(_Table(header=number, last=number, owner=owner if key[0] == "source" else -1))
            pairs = []
            position = _line_end(text, start)
        else:
            key, equals = _key(text, start)
            begin, end = _span(text, equals + 1)
            pairs.append(_Pair(key=key, start=begin, end=end))
            tables[-1] = msgspec.structs.replace(tables[-1], last=bisect_right(starts, end) - 1, pairs=tuple(pairs))
            position = _line_end(text, end)
    return tables


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end + 1


def _key(text: str, position: int) -> tuple[tuple[str, ...], int]:
    """A dotted key and where it ends."""
    parts = []
    while match := _PART.match(text, position):
        part, position = match[1], match.end()
        parts.append(str(next(iter(tomllib.loads(f"{part} = 0")))))
        if text[position : position + 1] != ".":
            break
        position += 1
    return tuple(parts), position


def _span(text: str, position: int) -> tuple[int, int]:
    """Where the value after an equals sign starts and ends."""
    begin = end = _after(_SPACE, text, position)
    depth = 0
    while match := _TOKEN.match(text, end):
        part = match[0]
        if depth == 0 and part[0] in "#\n":
            break
        depth += (part in "[{") - (part in "]}")
        end = match.end()
    return begin, begin + len(text[begin:end].rstrip())


def _add(text: str, layout: list[_Table], said: list[dict[str, Any]]) -> str:
    lines = text.split("\n")
    ours = [number for number, table in enumerate(layout) if table.owner >= 0]
    if ours:
        place = _end(lines, layout, ours[-1])
    else:
        place = max((number + 1 for number, line in enumerate(lines) if line.strip()), default=0)
    at_end = place == len(lines)
    spaced = at_end or not lines[place].strip()
    windows = lines[place - 1].endswith("\r") or (place < 2 and "\r\n" in text)
    block = [line for one in said for line in ([""] if spaced else []) + ["[[source]]", *_lines(one)]]
    block = block[1:] if spaced and not place else block
    # A text whose last line has no end is left so.
    if at_end and windows:
        lines[-1] += "\r"
    ended = [line + "\r" for line in block[:-1]] + [block[-1] + ("" if at_end else "\r")] if windows else block
    return "\n".join([*lines[:place], *ended, *lines[place:]])


def _remove(text: str, layout: list[_Table], number: int) -> str:
    lines = text.split("\n")
    for place, table in reversed(list(enumerate(layout))):
        if table.owner != number:
            continue
        end = _end(lines, layout, place)
        # No further up than the table before: the last line of a long string may look like a comment.
        start = table.header - _comments(reversed(lines[layout[place - 1].last + 1 : table.header]))
        if not "".join(lines[end : end + 1]).strip():
            start -= len(list(takewhile(lambda line: not line.strip(), reversed(lines[:start]))))
        at_end = end == len(lines)
        del lines[start:end]
        if at_end and lines:
            lines[-1] = lines[-1].removesuffix("\r")
    return "\n".join(lines)


def _change(text: str, layout: list[_Table], number: int, key: str, value: str) -> str:
    table = next(table for table in layout if table.owner == number)
    for pair in table.pairs:
        if pair.key == (key,):
            return text[: pair.start] + _value(value) + text[pair.end :]
    lines = text.split("\n")
    header = lines[table.header]
    indent, ending = header[: len(header) - len(header.lstrip())], "\r" if header.endswith("\r") else ""
    lines.insert(table.header + 1, f"{indent}{key} = {_value(value)}{ending}")
    return "\n".join(lines)


def _end(lines: list[str], layout: list[_Table], place: int) -> int:
    """The line after a table's last. Comments directly below are its own, unless they stand above the next header."""
    after = layout[place].last + 1
    end = after + _comments(iter(lines[after:]))
    is_next = place + 1 < len(layout) and layout[place + 1].header == end
    return after if is_next else end


def _comments(lines: Any) -> int:
    """How many comment lines come first."""
    return len(list(takewhile(lambda line: line.lstrip().startswith("#"), lines)))

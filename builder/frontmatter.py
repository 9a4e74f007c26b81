"""Item <-> Markdown text: `load` and `dump` are exact inverses, and `update` changes only what changed.

Every scalar is read as a string and typed by the field it stands in, so `lang: no` is Norwegian.
Never guesses: aliases, tags, merge keys, duplicate keys and unclosed fences are errors with a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import frontmatter
import msgspec
import yaml
from frontmatter.default_handlers import BaseHandler

from builder.errors import ContentError
from builder.model import Enclosure, Item, Mention, fingerprint

ALWAYS = ("title", "date", "description", "summary", "slug", "image", "link", "source", "categories", "tags", "draft")
"""The keys that every file holds, in this order, empty or not."""
ADDED = (
    *("id", "updated", "publisher", "domain", "authors", "lang", "story", "coverage", "also", "enclosures"),
    *("date_basis", "date_raw", "aliases", "written"),
)
"""The keys that stand in a file only where they say something."""
FIELDS = ALWAYS + ADDED
LISTS = ("categories", "tags", "authors", "also", "aliases")
_FENCE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ["str", "null", "bool", "int", "float", "timestamp", "map", "seq", "value"]
}
_NULL = "tag:yaml.org,2002:null"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML or XML may not hold, or an editor could not see: escaped when written, dropped when read.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_ESCAPED = re.compile(
    '[\\\\"\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ud800-\udfff]'
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Handler(BaseHandler):
    """python-frontmatter's YAML handler with our rules: whole-line fences, libyaml nodes, all scalars strings."""

    FM_BOUNDARY = _FENCE
    START_DELIMITER = END_DELIMITER = "---"

    def split(self, text: str) -> tuple[str, str]:
        """The YAML and the body, both verbatim; a `---` inside a value or the body is no fence."""
        start = _FENCE.match(text)
        if not start:
            raise ContentError("no front matter", next="start the file with a line '---'")
        end = _FENCE.search(text, start.end())
        if not end:
            raise ContentError("the front matter is not closed", next="end it with a line '---'")
        return text[start.end() + 1 : end.start()], text[end.end() + 1 :]

    def load(self, fm: str) -> dict[str, Any]:
        node = _compose(fm)
        return {} if node is None else _value(node, set())

    def export(self, metadata: dict[str, object], **kwargs: object) -> str:
        return "".join(_lines(key, value) for key, value in metadata.items())

    def format(self, post: frontmatter.Post, **kwargs: object) -> str:
        return f"---\n{self.export(post.metadata)}---\n{post.content}"


_HANDLER = Handler()


# -- reading ------------------------------------------------------------------------------------------


def split(text: str) -> tuple[dict[str, Any], str]:
    """Metadata, with every scalar a string, and the body of any Markdown file with front matter."""
    yaml_text, body = _HANDLER.split(text.removeprefix("\ufeff"))
    return _HANDLER.load(yaml_text), body


def has_front_matter(text: str) -> bool:
    return _FENCE.match(text.removeprefix("\ufeff")) is not None


def load(text: str, path: str = "") -> Item:
    """The item that a file's text says. Raises ContentError with the line in the file."""
    metadata, body = split(text)
    try:
        return item_of(metadata, body, path)
    except ContentError as error:
        key = re.search(r"'(\w+)'", error.what)
        line = re.search(rf"^{key[1]}:", text, re.MULTILINE) if key else None
        raise ContentError(
            error.what, where=str(text.count("\n", 0, line.start()) + 1) if line else "1", next=error.next
        ) from None


def item_of(metadata: Mapping[str, Any], body: str, path: str = "") -> Item:
    """The item that typed metadata and a body make; unknown keys are kept in `extra`."""
    fields: dict[str, Any] = {"body": body, "path": path}
    extra: dict[str, Any] = {}
    for key, raw in metadata.items():
        if key not in FIELDS:
            extra[key] = raw
        elif raw not in ("", [], {}):
            fields[key] = _typed(key, raw)
    if "date" in fields:
        fields["date"], day_only = fields["date"]
        if day_only:
            fields["date_basis"] = "day"
        elif fields.get("date_basis") == "day":
            del fields["date_basis"]
    return Item(**fields, extra=extra)


def moment(raw: str) -> tuple[datetime, bool]:
    """An aware datetime and whether only the day is known. A time without a zone is UTC."""
    raw = raw.strip()
    try:
        found = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d)", "", raw))
    except ValueError:
        raise ContentError(f"{raw!r} is not a date", next="write 2026-01-12 or 2026-01-12T08:10:00+01:00") from None
    if not 1000 < found.year < 9000:
        raise ContentError(f"{raw!r} is no year we know", next="write 2026-01-12 or 2026-01-12T08:10:00+01:00")
    return found.replace(tzinfo=found.tzinfo or UTC), bool(_DAY.fullmatch(raw))


def _moment(key: str, raw: str) -> Any:
    try:
        found, day_only = moment(raw)
    except ContentError as error:
        raise ContentError(f"'{key}': {error.what}", next=error.next) from None
    return (found, day_only) if key == "date" else found


def _typed(key: str, raw: Any) -> Any:
    if key in ("date", "updated"):
        return _moment(key, _text(key, raw))
    if key == "draft":
        return _text(key, raw).lower() in ("true", "yes", "on", "1")
    if key in LISTS:
        names = raw if isinstance(raw, list) else [raw]
        return tuple(text for name in names if (text := _text(key, name)))
    if key == "coverage":
        return tuple(Mention(**_known(key, one, Mention)) for one in _maps(key, raw))
    if key == "enclosures":
        return tuple(_enclosure(_known(key, one, Enclosure)) for one in _maps(key, raw))
    if key == "written":
        if not isinstance(raw, dict):
            raise ContentError("'written' is no map", next="delete the key: ingest writes it anew")
        return {name: _text(key, value) for name, value in raw.items()}
    return _text(key, raw)


def _text(key: str, raw: Any) -> str:
    if not isinstance(raw, str):
        raise ContentError(f"'{key}' is no text", next="put it in quotes on one line")
    return _UNSEEN.sub("", raw)


def _maps(key: str, raw: Any) -> list[dict[str, Any]]:
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise ContentError(f"'{key}' is no list of maps", next="see the README for its form")
    return raw


def _known(key: str, raw: dict[str, Any], kind: type) -> dict[str, Any]:
    names = kind.__struct_fields__  # type: ignore[attr-defined]
    missing = [name for name in names[: 1 if kind is Enclosure else 2] if name not in raw]
    if missing:
        raise ContentError(f"a line of '{key}' has no '{missing[0]}'", next="add it or remove the line")
    return {name: _text(key, raw[name]) for name in names if name in raw}


def _enclosure(raw: dict[str, Any]) -> Enclosure:
    length = raw.pop("length", "0")
    return Enclosure(**raw, length=int(length) if length.isdecimal() and len(length) < 16 else 0)


def _compose(fm: str) -> yaml.MappingNode | None:
    try:
        node = yaml.compose(fm, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise _at(mark.line if mark else 0, f"the front matter is not YAML: {problem}") from None
    except (RecursionError, ValueError) as error:
        raise _at(0, f"the front matter cannot be read: {error}") from None
    if node is not None and not isinstance(node, yaml.MappingNode):
        raise _at(0, "the front matter is not a list of 'key: value' lines")
    return node


def _at(line: int, what: str) -> ContentError:
    # Line 1 of the file is the fence, and marks count from 0.
    return ContentError(what, where=str(line + 2))


def _value(node: yaml.Node, above: set[int], depth: int = 0) -> Any:
    line = node.start_mark.line
    if id(node) in above or depth > 20:
        raise _at(line, "aliases and deep nesting are not read")
    above.add(id(node))
    if node.tag not in _PLAIN_TAGS:
        raise _at(line, f"the tag {node.tag!r} is not read")
    if isinstance(node, yaml.ScalarNode):
        return "" if node.tag == _NULL else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, above, depth + 1) for child in node.value]
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag not in _PLAIN_TAGS:
            raise _at(key.start_mark.line, "a key is not plain text")
        if key.value in found:
            raise _at(key.start_mark.line, f"the key {key.value!r} stands twice")
        found[key.value] = _value(value, above, depth + 1)
    return found


# -- writing ------------------------------------------------------------------------------------------


def dump(item: Item) -> str:
    """The text of a new file."""
    return _HANDLER.format(frontmatter.Post(item.body, _HANDLER, **metadata_of(item)))


def metadata_of(item: Item) -> dict[str, object]:
    """An item's front matter as plain values, in the order of `FIELDS`, then the unknown keys."""
    found: dict[str, object] = {}
    for name in FIELDS:
        value = plain(item, name)
        if name in ALWAYS or value not in ("", [], {}):
            found[name] = value
    return found | item.extra


def plain(item: Item, name: str) -> Any:
    """One field as it stands in the file: strings, lists and maps."""
    value = getattr(item, name)
    if name == "date":
        return item.date.isoformat() if item.timed else f"{item.date:%Y-%m-%d}"
    if name == "date_basis":
        return "" if value == "published" else value
    if name == "updated":
        return value.isoformat() if value else ""
    if name in ("coverage", "enclosures"):
        return [{k: str(v) for k, v in msgspec.to_builtins(one).items()} for one in value]
    return list(value) if isinstance(value, tuple) else value


def field_fingerprint(item: Item, name: str) -> str:
    """A short fingerprint of one field, `""` where it is empty. White space around a body does not count."""
    value = item.body.replace("\r\n", "\n").strip() if name == "body" else plain(item, name)
    return fingerprint(value, 4) if value else ""


def update(text: str, old: Item, new: Item) -> str:
    """`text`, which says `old`, changed so that it says `new`; every other line stays as a person left it."""
    names = [name for name in FIELDS if plain(old, name) != plain(new, name)]
    names += [name for name in new.extra if new.extra[name] != old.extra.get(name)]
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    newline = "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"
    yaml_text, body = _HANDLER.split(text.removeprefix("\ufeff"))
    if new.body != old.body:
        body = new.body
    node = _compose(yaml_text)
    if node is None or node.flow_style:
        return bom + dump(new)
    lines = yaml_text.splitlines(keepends=True)
    blocks = _blocks(node, lines)
    for name in names:
        value = plain(new, name) if name in FIELDS else new.extra[name]
        block = "" if name in ADDED and value in ("", [], {}) else _lines(name, value)
        if name in blocks:
            block = _commented(block, node, name, lines)
            blocks[name] = re.sub("\r?\n", newline, block)
        elif block:
            _insert(blocks, name, block.replace("\n", newline))
    return f"{bom}---{newline}{''.join(blocks.values())}---{newline}{body}"


def _blocks(node: yaml.MappingNode, lines: list[str]) -> dict[str, str]:
    """The text of each top-level key with what follows it; `""` is what stands before the first."""
    starts = [(key.value, key.start_mark.line) for key, _ in node.value]
    ends = [line for _, line in starts[1:]] + [len(lines)]
    blocks = {"": "".join(lines[: starts[0][1]])} if starts else {"": "".join(lines)}
    for (name, start), end in zip(starts, ends, strict=True):
        text = "".join(lines[start:end])
        blocks[name] = text if text.endswith("\n") else text + "\n"
    return blocks


def _commented(block: str, node: yaml.MappingNode, name: str, lines: list[str]) -> str:
    """A block's new text with the comments and empty lines of the old: a person wrote them."""
    names = [key.value for key, _ in node.value]
    place = names.index(name)
    first = node.value[place][0].start_mark.line
    last = node.value[place + 1][0].start_mark.line if place + 1 < len(names) else len(lines)
    # What stands inside a scalar is no comment, however it looks.
    bare = {number: list(lines[number]) for number in range(first, last)}
    for scalar in _scalars(node.value[place][1]):
        start, end = scalar.start_mark, scalar.end_mark
        for number in range(start.line, min(end.line, last - 1) + 1):
            left = start.column if number == start.line else 0
            right = end.column if number == end.line else len(bare[number])
            bare[number][left:right] = "x" * (right - left)
    found = []
    for number in range(first, last):
        text = "".join(bare[number])
        comment = re.search(r"(?:^|\s)(#.*)", text)
        if comment or not text.strip():
            found.append(lines[number][comment.start(1) :] if comment else lines[number])
    return block + "".join(line if line.endswith("\n") else line + "\n" for line in found)


def _scalars(node: yaml.Node) -> Iterable[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _scalars(child)
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            yield from (*_scalars(key), *_scalars(child))


def _insert(blocks: dict[str, str], name: str, block: str) -> None:
    """Put a new key after the last key that stands before it in the usual order; an unknown one at the end."""
    before = FIELDS[: FIELDS.index(name)] if name in FIELDS else tuple(blocks)
    after = [key for key in blocks if key in before]
    place = list(blocks).index(after[-1]) + 1 if after else len(blocks)
    rest = list(blocks.items())
    blocks.clear()
    blocks.update([*rest[:place], (name, block), *rest[place:]])


def quote(text: str) -> str:
    """A double-quoted YAML scalar on one line, readable where it can be."""

    def escape(match: re.Match[str]) -> str:
        char = match[0]
        if char in '\\"':
            return "\\" + char
        return {"\n": "\\n", "\t": "\\t"}.get(char, f"\\u{ord(char):04x}")

    return f'"{_ESCAPED.sub(escape, text)}"'


def _lines(key: str, value: object) -> str:
    name = key if re.fullmatch(r"[A-Za-z_][\w-]*", key) and key.lower() not in _RESERVED else quote(key)
    if isinstance(value, list) and value and key != "written":
        return f"{name}:\n" + "".join(_list_item(one) for one in value)
    if key in ("date", "updated") and isinstance(value, str):
        return f"{name}: {value}\n"
    return f"{name}: {_flow(value)}\n"


_RESERVED = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def _list_item(value: object) -> str:
    if isinstance(value, dict) and value:
        pairs = [
            f"{name}: {_flow(one)}" if name.isidentifier() else f"{quote(name)}: {_flow(one)}"
            for name, one in value.items()
        ]
        return "- " + "\n  ".join(pairs) + "\n"
    return f"- {_flow(value)}\n"


def _flow(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return quote(str(value))

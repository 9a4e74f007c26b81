"""Item <-> Markdown text: `load` and `dump` are exact inverses, and `update` changes only what changed.

Every scalar is read as a string and typed by the field it stands in, so `lang: no` is Norwegian.
Never guesses: aliases, tags, merge keys, duplicate keys and unclosed fences are errors with a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

import msgspec

from builder.errors import ContentError
from builder.model import Enclosure, Item, Mention, fingerprint
from builder.plain import FENCE, front_matter

if TYPE_CHECKING:
    from yaml import MappingNode

ALWAYS = ("title", "date", "description", "summary", "slug", "image", "link", "source", "categories", "tags", "draft")
"""The keys that every file holds, in this order, empty or not."""
ADDED = (
    *("id", "updated", "publisher", "domain", "authors", "lang", "story", "coverage", "also", "enclosures"),
    *("date_basis", "date_raw", "aliases", "written"),
)
"""The keys that stand in a file only where they say something."""
FIELDS = ALWAYS + ADDED
_KNOWN = frozenset(FIELDS)
LISTS = ("categories", "tags", "authors", "also", "aliases")
# What YAML or XML may not hold, or an editor could not see: escaped when written, dropped when read.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


# -- reading ------------------------------------------------------------------------------------------


def split(text: str) -> tuple[dict[str, Any], str]:
    """Metadata, with every scalar a string, and the body of any Markdown file with front matter."""
    text = text.removeprefix("\ufeff")
    if found := front_matter(text):
        return found
    # Slow to import, and not needed for what ingest writes.
    from builder.yaml import HANDLER

    yaml_text, body = HANDLER.split(text)
    return HANDLER.load(yaml_text), body


def has_front_matter(text: str) -> bool:
    return FENCE.match(text.removeprefix("\ufeff")) is not None


def load(text: str, path: str = "") -> Item:
    """The item that a file's text says. Raises ContentError with the line in the file."""
    metadata, body = split(text)
    try:
        return item_of(metadata, body, path)
    except ContentError as error:
        raise at_line(error, text) from None


def at_line(error: ContentError, text: str) -> ContentError:
    """An error that names a key, with the line of that key."""
    key = re.search(r"'(\w+)'", error.what)
    line = re.search(rf"^{key[1]}:", text, re.MULTILINE) if key else None
    return ContentError(error.what, where=str(text.count("\n", 0, line.start()) + 1) if line else "1", next=error.next)


def item_of(metadata: Mapping[str, Any], body: str, path: str = "") -> Item:
    """The item that typed metadata and a body make; unknown keys are kept in `extra`."""
    fields: dict[str, Any] = {"body": body, "path": path}
    extra: dict[str, Any] = {}
    for key, raw in metadata.items():
        if key not in _KNOWN:
            extra[key] = raw
        elif raw:
            fields[key] = (_TYPED.get(key) or _text)(key, raw)
    if "date" in fields:
        fields["date"], day_only = fields["date"]
        if day_only:
            fields["date_basis"] = "day"
        elif fields.get("date_basis") == "day":
            del fields["date_basis"]
    return Item(**fields, extra=extra)


def moment(raw: str, zone: tzinfo = UTC) -> tuple[datetime, bool]:
    """An aware datetime and whether only the day is known. A time without a zone is of `zone`."""
    raw = raw.strip()
    spaced = " " in raw or not raw.isprintable()
    try:
        found = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d)", "", raw) if spaced else raw)
    except ValueError:
        raise ContentError(f"{raw!r} is not a date", next="write 2026-01-12 or 2026-01-12T08:10:00+01:00") from None
    if not 1000 < found.year < 9000:
        raise ContentError(f"{raw!r} is no year we know", next="write 2026-01-12 or 2026-01-12T08:10:00+01:00")
    return found.replace(tzinfo=found.tzinfo or zone), len(raw) == 10 and _DAY.fullmatch(raw) is not None


def _moment(key: str, raw: Any) -> Any:
    text = _text(key, raw)
    try:
        found, day_only = moment(text)
    except ContentError as error:
        raise ContentError(f"'{key}': {error.what}", next=error.next) from None
    return (found, day_only) if key == "date" else found


def _flag(key: str, raw: Any) -> bool:
    return _text(key, raw).lower() in ("true", "yes", "on", "1")


def _names(key: str, raw: Any) -> tuple[str, ...]:
    names = raw if isinstance(raw, list) else [raw]
    return tuple([text for name in names if (text := _text(key, name))])


def _coverage(key: str, raw: Any) -> tuple[Mention, ...]:
    return tuple(Mention(**_known(key, one, Mention)) for one in _maps(key, raw))


def _enclosures(key: str, raw: Any) -> tuple[Enclosure, ...]:
    return tuple(_enclosure(_known(key, one, Enclosure)) for one in _maps(key, raw))


def _written(key: str, raw: Any) -> dict[str, str]:
    if not isinstance(raw, dict):
        raise ContentError("'written' is no map", next="delete the key: ingest writes it anew")
    return {name: _text(key, value) for name, value in raw.items()}


def _text(key: str, raw: Any) -> str:
    if not isinstance(raw, str):
        raise ContentError(f"'{key}' is no text", next="put it in quotes on one line")
    return visible(raw)


def visible(text: str) -> str:
    """The text without the characters that nobody sees and XML may not hold."""
    return text if text.isprintable() else _UNSEEN.sub("", text)


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


_TYPED: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(LISTS, _names),
    **dict.fromkeys(("date", "updated"), _moment),
    "draft": _flag,
    "coverage": _coverage,
    "enclosures": _enclosures,
    "written": _written,
}
"""How the keys are read that are not plain texts."""


# -- writing ------------------------------------------------------------------------------------------


def dump(item: Item) -> str:
    """The text of a new file."""
    from frontmatter import Post

    from builder.yaml import HANDLER

    return HANDLER.format(Post(item.body, HANDLER, **metadata_of(item)))


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


def is_edited(known: Item, name: str) -> bool:
    """Whether a field is not as ingest last wrote it: a person's word."""
    return field_fingerprint(known, name) != known.written.get(name, "")


def update(text: str, old: Item, new: Item) -> str:
    """`text`, which says `old`, changed so that it says `new`; every other line stays as a person left it."""
    from builder import yaml

    names = [name for name in FIELDS if plain(old, name) != plain(new, name)]
    names += [name for name in new.extra if new.extra[name] != old.extra.get(name)]
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    newline = "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"
    yaml_text, body = yaml.HANDLER.split(text.removeprefix("\ufeff"))
    if new.body != old.body:
        body = new.body
    node = yaml.compose(yaml_text)
    if node is None or node.flow_style:
        return bom + dump(new)
    lines = yaml_text.splitlines(keepends=True)
    blocks = _blocks(node, lines)
    for name in names:
        value = plain(new, name) if name in FIELDS else new.extra[name]
        block = "" if name in ADDED and value in ("", [], {}) else yaml.block(name, value)
        if name in blocks:
            block = _commented(block, node, name, lines)
            blocks[name] = re.sub("\r?\n", newline, block)
        elif block:
            _insert(blocks, name, block.replace("\n", newline))
    return f"{bom}---{newline}{''.join(blocks.values())}---{newline}{body}"


def _blocks(node: MappingNode, lines: list[str]) -> dict[str, str]:
    """The text of each top-level key with what follows it; `""` is what stands before the first."""
    starts = [(key.value, key.start_mark.line) for key, _ in node.value]
    ends = [line for _, line in starts[1:]] + [len(lines)]
    blocks = {"": "".join(lines[: starts[0][1]])} if starts else {"": "".join(lines)}
    for (name, start), end in zip(starts, ends, strict=True):
        text = "".join(lines[start:end])
        blocks[name] = text if text.endswith("\n") else text + "\n"
    return blocks


def _commented(block: str, node: MappingNode, name: str, lines: list[str]) -> str:
    """A block's new text with the comments and empty lines of the old: a person wrote them."""
    from builder.yaml import scalars

    names = [key.value for key, _ in node.value]
    place = names.index(name)
    first = node.value[place][0].start_mark.line
    last = node.value[place + 1][0].start_mark.line if place + 1 < len(names) else len(lines)
    # What stands inside a scalar is no comment, however it looks.
    bare = {number: list(lines[number]) for number in range(first, last)}
    for scalar in scalars(node.value[place][1]):
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


def _insert(blocks: dict[str, str], name: str, block: str) -> None:
    """Put a new key after the last key that stands before it in the usual order; an unknown one at the end."""
    before = FIELDS[: FIELDS.index(name)] if name in FIELDS else tuple(blocks)
    after = [key for key in blocks if key in before]
    place = list(blocks).index(after[-1]) + 1 if after else len(blocks)
    rest = list(blocks.items())
    blocks.clear()
    blocks.update([*rest[:place], (name, block), *rest[place:]])

"""What an editor says of a story in `content/stories/….md`, and of a single item: pinned, hidden, and until when.

Never reads a file, and never says anything that an editor did not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from typing import Any

from builder import frontmatter
from builder.errors import ContentError
from builder.model import Item, Note, fingerprint, stamp

FOREVER = "9999"
"""Sorts after every moment."""
_TEXTS = ("title", "note", "pin_until", "updated")
_WISHES = {"pin", "pin_until", "hide"}
_NO, _YES = ("", "false", "no", "off", "0"), ("true", "yes", "on", "1")


def parse(text: str, place: str) -> Note:
    """The note in a file's text; `place` is where it stands below `stories/`, without `.md`.

    Front matter that is not there, and keys that are no note's, say nothing. ContentError for a value that cannot be
    meant.
    """
    metadata, body = frontmatter.split(text) if frontmatter.has_front_matter(text) else ({}, text)
    try:
        return _note(metadata, body, place)
    except ContentError as error:
        raise frontmatter.at_line(error, text) from None


def salvaged(text: str, place: str) -> Note | None:
    """What counts of a file that holds something which cannot be meant: whoever hid a story wants it hidden."""
    try:
        hides = _flag(frontmatter.split(text)[0], "hide")
    except ContentError:
        return None
    return Note(place=place, hide=True, broken=True) if hides else None


def _note(metadata: Mapping[str, Any], body: str, place: str) -> Note:
    texts = {key: _text(metadata, key) for key in _TEXTS}
    tags = metadata.get("tags")
    tags = [tags] if isinstance(tags, str) else tags
    if tags is not None and not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        raise ContentError("'tags' is no list of names", next="write tags: [Ukraine, NATO]")
    check_moment("pin_until", texts["pin_until"])
    check_moment("updated", texts["updated"])
    return Note(
        place=place,
        title=texts["title"],
        note=texts["note"],
        pin_until=texts["pin_until"],
        updated=texts["updated"],
        tags=None if tags is None else tuple(tag for name in tags if (tag := frontmatter.visible(name).strip())),
        pin=_flag(metadata, "pin", bool(texts["pin_until"])),
        hide=_flag(metadata, "hide"),
        body=fingerprint(body) if body.strip() else "",
    )


def check(item: Item, text: str) -> None:
    """ContentError, with its line, where the text of an item says something of pinning or hiding that is no sense."""
    if _WISHES & item.extra.keys():
        try:
            check_moment("pin_until", _text(item.extra, "pin_until"))
            _flag(item.extra, "pin")
            _flag(item.extra, "hide")
        except ContentError as error:
            raise frontmatter.at_line(error, text) from None


def is_hidden(item: Item) -> bool:
    """Whether an item's file says that no list may show it."""
    return "hide" in item.extra and _flag(item.extra, "hide")


def pinned_until(said: Note | Item, zone: tzinfo) -> str:
    """The UTC moment until which a story is pinned, as a sortable string: `""` if it is not, `FOREVER` without an end.

    A day counts to its end, and a time without a zone is of this one.
    """
    if isinstance(said, Note):
        pin, raw = said.pin, said.pin_until
    elif "pin" in said.extra or "pin_until" in said.extra:
        raw = _text(said.extra, "pin_until")
        pin = _flag(said.extra, "pin", bool(raw))
    else:
        return ""
    if not pin or not raw:
        return FOREVER if pin else ""
    moment, day_only = frontmatter.moment(raw, zone)
    return stamp(moment + timedelta(days=1) if day_only else moment)


def check_moment(key: str, raw: str) -> None:
    """ContentError where a key says what is neither a day nor a moment; it may say nothing."""
    if raw:
        try:
            frontmatter.moment(raw)
        except ContentError as error:
            raise ContentError(f"'{key}': {error.what}", next=error.next) from None


def _text(said: Mapping[str, Any], key: str) -> str:
    found = said.get(key) or ""
    if not isinstance(found, str):
        raise ContentError(f"'{key}' is no text", next="put it in quotes on one line")
    return frontmatter.visible(found).strip()


def _flag(said: Mapping[str, Any], key: str, default: bool = False) -> bool:
    if key not in said:
        return default
    found = _text(said, key).lower()
    if found not in _NO + _YES:
        raise ContentError(f"'{key}' is neither true nor false", next=f"write {key}: true")
    return found in _YES

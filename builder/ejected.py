"""The line by which an ejected file says what it was made from, in the comments of its own kind.

Never reads a file, and never changes what a template prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from builder.model import Value, fingerprint

_SIZE = 6
_HEAD = 2048
"""Bytes at the start of a file in which the line is looked for."""
_SAYS = rb"broadsheet: ejected from (\S+), ([0-9a-f]{12})"
_LINE = re.compile(_SAYS)
_COMMENT = re.compile(rb"(?:\{#|/\*|<!--|#) *" + _SAYS + rb" *(?:#\}|\*/|-->)?\r?\n?")
_FIRST = re.compile(rb"(?:<\?xml[^>]*\?>|<!doctype[^>]*>|@charset [^;]*;)\r?\n?", re.IGNORECASE)
"""What only counts where nothing stands before it (XML 1.0 §2.8, HTML §13.2.6.4.1, CSS Syntax §3.2)."""
_STATIC = {
    **dict.fromkeys(("css", "js", "mjs"), ("/*", "*/")),
    **dict.fromkeys(("svg", "xml", "html"), ("<!--", "-->")),
}


class Mark(Value, frozen=True):
    """What an ejected file was made from: the default's name below `templates/`, and its fingerprint then."""

    name: str
    fingerprint: str


def mark_for(name: str, default: bytes) -> Mark:
    """The mark of what is ejected from a default as it is now."""
    return Mark(name=name, fingerprint=fingerprint(default, _SIZE))


def mark_in(data: bytes) -> Mark | None:
    """The mark that a file bears; `None` for one that was made by hand."""
    found = _LINE.search(data[:_HEAD])
    return Mark(name=found[1].decode("utf-8", "replace"), fingerprint=found[2].decode()) if found else None


def marked(default: bytes, mark: Mark) -> bytes:
    """A default with its mark as the first line that may be; as it is, where its kind knows no comments."""
    line = _line(mark)
    if not line:
        return default
    leads = None if line.startswith("{#") else _FIRST.match(default)
    before = default[: leads.end()] if leads else b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    return before + f"{line}\n".encode() + default[leads.end() if leads else 0 :]


def renewed(data: bytes, mark: Mark) -> bytes:
    """A file whose mark says another thing now."""
    return _LINE.sub(_says(mark).encode(), data, count=1)


def unmarked(data: bytes) -> bytes:
    """A file without its mark: nobody compares it with anything from now on."""
    found, pattern = _COMMENT.subn(b"", data, count=1), _LINE
    return found[0] if found[1] else pattern.sub(b"", data, count=1)


def stub(mark: Mark, blocks: Iterable[str]) -> bytes:
    """A template that extends the default and changes nothing yet."""
    named = f"{{# Its blocks: {', '.join(blocks)}. Those that you name here replace the default's;"
    lines = [_line(mark), f'{{% extends "base/{mark.name}" %}}', named, "   {{ super() }} prints what was there. #}"]
    return "".join(f"{line}\n" for line in lines).encode()


def _says(mark: Mark) -> str:
    return f"broadsheet: ejected from {mark.name}, {mark.fingerprint}"


def _line(mark: Mark) -> str:
    """The mark as a comment: a template's renders to nothing; `""` where there are no comments, as in a picture."""
    said = _says(mark)
    if mark.name.startswith("messages/"):
        return f"# {said}"
    if not mark.name.startswith("static/"):
        return f"{{# {said} #}}"
    start, end = _STATIC.get(mark.name.rpartition(".")[2].lower(), ("", ""))
    return f"{start} {said} {end}" if start else ""

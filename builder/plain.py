"""Reads plain front matter and plain Markdown as the libraries read them, many times faster and without their imports.

Never guesses: the answer is `None` where a text holds anything else, and the library is to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

FENCE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
"""A line that begins or ends front matter."""


class _NotPlainError(Exception):
    """Something that only the library knows how to read."""


# -- front matter ----------------------------------------------------------------------------------

# What YAML takes for itself, though nothing stands around it.
_BARE = re.compile(r"[0-9](?:[0-9T:.+-]*[0-9Z])?|true|false")
_PAIR = re.compile(r'"(\w{1,40})": "(\w{1,40})"', re.A)
_MAP = re.compile(rf"\{{{_PAIR.pattern}(?:, {_PAIR.pattern})*+\}}", re.A)


def front_matter(text: str) -> tuple[dict[str, Any], str] | None:
    """Metadata, with every scalar a string, and body of a file in the form of `frontmatter.dump`: see `split` there."""
    end = text.find("\n---\n", 3)
    if end < 0 or not text.startswith("---\n"):
        return None
    head = text[4:end]
    # No tabs, no controls, none of the line ends that YAML alone knows.
    if not head.replace("\n", "").isprintable():
        return None
    try:
        return _metadata(head.split("\n")), text[end + 5 :]
    except _NotPlainError:
        return None


def body(text: str) -> str | None:
    """The body of a file that ingest wrote, which no reader makes another of; its front matter is not read."""
    fence = FENCE.search(text, 4) if text.startswith("---\n") else None
    if fence is None or text.find('\nwritten: {"', 0, fence.start()) < 0:
        return None
    return text[fence.end() + 1 :]


def _metadata(lines: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    name = ""
    values: list[Any] | None = None
    for line in lines:
        key, colon, said = line.partition(": ")
        if colon and _is_key(key):
            if key in found:
                raise _NotPlainError
            found[key] = _scalar(said) if said[:1] == '"' else _value(said)
            values = None
        elif line[:2] == "- " and values is not None:
            found[name] = values
            values.append({key[2:]: _scalar(said)} if colon and _is_key(key[2:]) else _scalar(line[2:]))
        elif line[:2] == "  " and values and isinstance(values[-1], dict):
            if key[2:] in values[-1] or not _is_key(key[2:]):
                raise _NotPlainError
            values[-1][key[2:]] = _scalar(said)
        elif line:
            name, values = line[:-1], []
            if line[-1] != ":" or name in found or not _is_key(name):
                raise _NotPlainError
            found[name] = ""
    return found


@lru_cache(maxsize=512)
def _is_key(text: str) -> bool:
    return text.isidentifier() and text.isascii() and len(text) <= 100


def _value(said: str) -> Any:
    if said == "[]":
        return []
    if said[:1] != "{":
        return _scalar(said)
    if said == "{}":
        return {}
    if not _MAP.fullmatch(said):
        raise _NotPlainError
    pairs = _PAIR.findall(said)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotPlainError
    return found


def _scalar(said: str) -> str:
    inner = said[1:-1]
    if said[:1] == '"' == said[1:][-1:]:
        if '"' not in inner and "\\" not in inner:
            return inner
        # Quotes that are escaped, and nothing else that is.
        if inner.count('"') == inner.count("\\") == inner.count('\\"'):
            return inner.replace('\\"', '"')
    elif said[:1] == "'" == said[1:][-1:] and "'" not in inner:
        return inner
    elif _BARE.fullmatch(said):
        return said
    raise _NotPlainError


# -- Markdown --------------------------------------------------------------------------------------

_MARK = r"[\\`*_{}\[\]()#+.!|-]"
_ADDRESS = r"https?://(?:[^\s\\`*\[\]<>&()\"']|&amp;|&(?!\#|[a-zA-Z0-9]+;))++"
_ALT = rf"(?:[^\n\\`\[\]<>&]++|\\{_MARK}|&(?:amp|lt|gt);)*+"
_LABEL = rf"(?:[^\n\\\[\]!]++|\\.|!(?!\[)|!\[{_ALT}\]\({_ADDRESS}\))++"
_STRESSED = r"(?![\s*])((?:[^\n\\*]++|\\.)++)(?<!\s)"
# All that is more than text, leftmost first; what stands in no group is left to the library. Every alternative begins
# with a character, outside of any group: only so does `re` pass over text quickly.
_MARKED = re.compile(
    rf"\\({_MARK})|!\[({_ALT})\]\(({_ADDRESS})\)|\[({_LABEL})\]\(({_ADDRESS})\)"
    rf"|\*\*{_STRESSED}\*\*(?!\*)|\*{_STRESSED}\*(?!\*)"
    rf"|\\|!\[|\[|\]|\*|`|<|>|&(?!(?:amp|lt|gt);)|_(?<![^\W_]_)|_(?![^\W_])"
)
_UNESCAPED = re.compile(r"\\(.)")
_HEADING = re.compile(r"(#{1,6}) ([^#\s](?:[^#\n]*[^#\s])?)")
_NUMBER = re.compile(r"\d+\. ")
# What opens a block of its own, or makes one of the line above.
_OPENING = re.compile(r"\d+\. |[\s#>+=~|:-]")


def html_of(text: str) -> str | None:
    """What Python-Markdown makes of headings, paragraphs and tight lists with links, images, emphasis and escapes."""
    if not text.replace("\n", "").replace("\xa0", "").isprintable():
        return None
    blocks = text.strip("\n").split("\n\n") if text.strip() else []
    try:
        return "\n".join(_blocks(blocks))
    except _NotPlainError:
        return None


def _blocks(blocks: list[str]) -> Iterator[str]:
    listed = False
    for block in blocks:
        tag = "ul" if block[:2] == "- " else "ol" if block[:3] == "1. " else ""
        if tag and listed:  # Two lists in a row are one, and a loose one.
            raise _NotPlainError
        listed = bool(tag)
        if tag:
            items = "".join(f"<li>{_item(line, tag)}</li>\n" for line in block.split("\n"))
            yield f"<{tag}>\n{items}</{tag}>"
        elif heading := _HEADING.fullmatch(block):
            level = len(heading[1])
            yield f"<h{level}>{_inline(heading[2])}</h{level}>"
        else:
            for line in block.replace("  \n", "\n").split("\n"):
                _check(line)
            yield f"<p>{_inline(block)}</p>".replace("  \n", "<br />\n")


def _item(line: str, tag: str) -> str:
    mark = 2 if line[:2] == "- " else 0
    if tag == "ol":
        number = _NUMBER.match(line)
        mark = number.end() if number else 0
    if not mark:
        raise _NotPlainError
    _check(line[mark:])
    return _inline(line[mark:])


def _check(line: str) -> None:
    """That a line is one of a paragraph, whatever stands above it."""
    if not line or line[-1].isspace() or _OPENING.match(line):
        raise _NotPlainError


def _inline(text: str) -> str:
    return _MARKED.sub(_html, text)


def _html(match: re.Match[str]) -> str:
    escaped, alt, picture, label, address, strong, stressed = match.groups()
    if label:
        return f'<a href="{_attribute(address)}">{_inline(label)}</a>'
    if strong:
        return f"<strong>{_inline(strong)}</strong>"
    if stressed:
        return f"<em>{_inline(stressed)}</em>"
    if escaped:
        return escaped
    if picture:
        alt = _UNESCAPED.sub(r"\1", alt).replace('"', "&quot;")
        return f'<img alt="{alt}" src="{_attribute(picture)}" />'
    raise _NotPlainError


def _attribute(address: str) -> str:
    return address.replace("&amp;", "&").replace("&", "&amp;")

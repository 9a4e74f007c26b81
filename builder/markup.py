"""The tags of a text that may be broken HTML or XML, in one pass whose cost grows with its length alone.

Never expands an entity that a document declares, and never fails.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from builder.model import Value

VALUE, ATTRIBUTES = 8192, 64
"""The longest attribute value, in characters, and the most attributes of a tag; what is longer is broken."""
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# XML 1.0 appendix F: without a mark, the first character tells.
_STARTS = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z][\w.:-]{1,30})""", re.I)
# Codecs that are characters of some script, and no code of another kind (`punycode`, `unicode_escape`).
_ENCODING = re.compile(
    r"(iso-?8859|windows|cp|koi8|mac|latin|shift|euc|gb|big5|iso-2022|tis|us-ascii|ascii)[\w-]*", re.I
)
_START = re.compile(r"<(?:(!--|!\[CDATA\[|!|\?)|(/?)([A-Za-z][^\s/>\"'<=]{0,63}))")
_SPACE = re.compile(r"[\s/]*")
_NAME = re.compile(r"([^\s\"'<>/=]{1,64})\s*(=?)\s*")
_BARE = re.compile(r"[^\s\"'<>]{0,4096}")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")


class Tag(Value, frozen=True):
    """A tag: its name and attributes' names in lower case, values with their references resolved once.

    `closing` is an end tag's, `empty` that of a tag that ends with `/>`.
    """

    name: str
    attributes: dict[str, str] = {}
    closing: bool = False
    empty: bool = False


def decoded(body: bytes) -> str:
    """A document's text: by its byte order mark, else UTF-8 if it is that, else as it declares, else Windows-1252."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for start, encoding in _STARTS:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    found = _DECLARED.search(body[:2048])
    declared = found[1].decode("ascii") if found else ""
    # Few other texts are UTF-8 by chance; but those in ISO 2022 are, since they are ASCII.
    tried = [declared, "utf-8"] if declared.lower().startswith("iso-2022") else ["utf-8", declared]
    for encoding in tried:
        if encoding == "utf-8" or _ENCODING.fullmatch(encoding):
            try:
                return body.decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
    return body.decode("cp1252", "replace")


def tags(text: str, wanted: frozenset[str], raw: frozenset[str] = frozenset()) -> Iterator[Tag]:
    """The tags with a wanted name, in order, but for those in comments, CDATA, declarations and `raw` elements.

    Tolerated: values without quotes, `<` and `&` in values, a quote or `>` that is missing, any case of names.
    """
    reading = _Reading(text)
    position = 0
    while found := _START.search(text, position):
        special, slash, name = found.groups()
        position = found.end()
        if special:
            position = reading.after_special(special, position)
            continue
        name = name.lower()
        # Others are read as well: what looks like a tag in an attribute of theirs is none.
        tag, position = reading.tag(name, bool(slash), position)
        if name in wanted:
            yield tag
        if name in raw and not slash:
            position = reading.after_raw(name, position)


class _Reading:
    """A text, and where in it the next of each mark stands: each is looked for once, however often it is asked for."""

    def __init__(self, text: str) -> None:
        self.text, self.found = text, dict[str, int]()

    def find(self, mark: str, position: int) -> int:
        """The next place of a mark, or the end of the text."""
        if self.found.get(mark, -1) < position:
            place = self.text.find(mark, position)
            self.found[mark] = place if place >= 0 else len(self.text)
        return self.found[mark]

    def after(self, mark: str, position: int) -> int:
        """Where a mark ends; where there is none, the place itself: what is left open holds nothing."""
        place = self.find(mark, position)
        return place + len(mark) if place < len(self.text) else position

    def after_special(self, special: str, position: int) -> int:
        if special == "!--":
            return self.after("-->", position)
        if special == "![CDATA[":
            return self.after("]]>", position)
        if special == "?":
            return self.after(">", position)
        # A document type may declare entities between brackets; they hold tags that are not the document's.
        end, bracket = self.find(">", position), self.find("[", position)
        return self.after("]", bracket) if bracket < end else self.after(">", position)

    def after_raw(self, name: str, position: int) -> int:
        ends = (self.find(f"</{name}", position), self.find(f"</{name.upper()}", position))
        return min(ends) if min(ends) < len(self.text) else position

    def after_space(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def tag(self, name: str, closing: bool, position: int) -> tuple[Tag, int]:
        """The tag whose name ends at a position, and where it ends itself."""
        attributes: dict[str, str] = {}
        size = len(self.text)
        while len(attributes) <= ATTRIBUTES and (position := self.after_space(position)) < size:
            if match := _NAME.match(self.text, position):
                value, position = self.value(name, match.end()) if match[2] else ("", match.end())
                attributes.setdefault(match[1].lower(), value)
            elif self.text[position] == "<":
                break
            elif self.text[position] == ">":
                empty = self.text[position - 1] == "/"
                return Tag(name=name, attributes=attributes, closing=closing, empty=empty), position + 1
            else:
                position += 1
        return Tag(name=name, attributes=attributes, closing=closing), position

    def value(self, name: str, position: int) -> tuple[str, int]:
        """The value that starts at a position, and where it ends."""
        quote = self.text[position : position + 1]
        if quote in ('"', "'"):
            end = self.find(quote, position + 1)
            # A quote that is left open must not swallow the tags that follow.
            following = min(self.find(f"<{name}", position), self.find(f"<{name.upper()}", position))
            if end < min(len(self.text), position + VALUE, following):
                return _resolved(self.text[position + 1 : end]), end + 1
            position += 1
        match = _BARE.match(self.text, position)
        return (_resolved(match[0]), match.end()) if match else ("", position)


def _resolved(value: str) -> str:
    """Character references as characters, once; an `&` that begins none is kept."""
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), value) if "&" in value else value

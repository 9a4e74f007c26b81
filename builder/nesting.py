"""Sanitised HTML with every element at a place where HTML lets it stand, so that no browser builds another tree of it.

Never lets through a tag or an attribute that it does not know, and never loses a word.
"""

from __future__ import annotations

import html as entities
import re

from builder import grids, urls
from builder.grids import Cell, Section

# -- what is fine as it is -------------------------------------------------------------------------

# What most texts are made of: paragraphs, short lists, links. Tags are balanced already, so ends need no look back; and
# words come before blocks, since one expression of both takes longer to compile than most builds to end.
_REL = "noopener noreferrer nofollow ugc"
_FIRST = r"(?=[^\s<&]|&(?!nbsp;)|<(?!br>))"
_HOST = r"(?:(?!xn--)[a-zA-Z0-9-]{1,63}\.){1,3}(?!xn--)[a-zA-Z][a-zA-Z0-9-]{1,60}"
_REST = r"(?:[a-zA-Z0-9/?:@!$*+,;=.~_'()-]|&amp;|%[0-9A-Fa-f]{2})*+"
_LINK = rf'<a href="https?://{_HOST}(?:[/?]{_REST})?(?:#{_REST})?" rel="{_REL}">'
_MARK = "(?:em|strong|code|b|i|del|sub|sup)>"
_LINKED = rf"{_LINK}{_FIRST}(?:[^<]++|<{_MARK}{_FIRST}[^<]++</{_MARK}|<br>)++</a>"
_STRESSED = rf"<{_MARK}{_FIRST}(?:[^<]++|{_LINKED}|<br>)++</{_MARK}"
_WORDS = re.compile(rf"(?<=[pi23]>){_FIRST}(?:[^<]++|{_STRESSED}|{_LINKED}|<br>)++(?=</(?:p|li|h[23])>)")
_P, _LI, _HEADING = r"<p>\0</p>\s*+", r"<li>\0</li>\s*+", r"<(?:h2>\0</h2|h3>\0</h3)>\s*+"
_BLOCK = rf"{_P}|(?:<[uo]l>\s*+(?:{_LI})++</[uo]l>|<blockquote>\s*+(?:{_P})++</blockquote>|<hr>)\s*+"
_PLAIN = re.compile(rf"\s*+(?:{_BLOCK})*+(?:(?=<h2){_HEADING}(?:{_BLOCK}|{_HEADING})*+)?")


def mended(html: str) -> str:
    """What `nh3` wrote, with what may not stand where it stands put elsewhere, made something else, or unwrapped.

    >>> mended("<ul>text<li>one</li></ul><li>two</li>")
    '<ul><li>text</li><li>one</li></ul><ul><li>two</li></ul>'
    """
    return html if is_plain(html) else _Mending(len(html)).of(html)


def is_plain(html: str) -> bool:
    """Is there nothing in it that could stand where it may not?"""
    return "<" not in html or _PLAIN.fullmatch(_WORDS.sub("\0", html)) is not None


# -- what is not -----------------------------------------------------------------------------------

_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z]+="[^"]*")*+)>|([^<]++|<)')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_INLINES = {"a", "abbr", "b", "cite", "code", "del", "em", "i", "ins", "kbd", "q", "s", "samp", "strong", "sub", "sup"}
_BLOCKS = {
    "blockquote", "caption", "dd", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol",
    "p", "pre", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_LISTS = {"ul", "ol"}
_ITEMS = {"li", "dt", "dd"}
_CELLS = {"td", "th"}
_SECTIONS = {"thead", "tbody", "tfoot"}
_OF_A_TABLE = {"caption", "tr"} | _SECTIONS | _CELLS
# What may hold no heading, however deep.
_UNHEADED = {"th", "dt", "figcaption"}
# Into which a word that stands in the first of each goes; and a block.
_WITHIN = {"ul": "li", "ol": "li", "dl": "dd", "table": "tbody", "thead": "tr", "tbody": "tr", "tr": "td"}
_START = re.compile(r"-?\d{1,9}", re.A)


class _Inline:
    """An inline element of the source; it may be written in several parts, when blocks stand in it."""

    __slots__ = ("head", "tag", "written")

    def __init__(self, tag: str, head: str) -> None:
        self.tag, self.head, self.written = tag, head, False


_UNWRAPPED = _Inline("", "")
"""Stands for a block that cannot be where it is: what is in it stays, as words of what is around it."""


class _Block:
    """A block under work. `implied`: the source does not name it; `filled`: there is something to see in it.

    `opened` are the inline elements that are open in its `parts`; `items` those parts that are items of a list, each
    with its place, tag and text. The others are what a table, a section or a row of it, or a figure holds besides.
    """

    __slots__ = (
        *("tag", "told", "implied", "filled", "parts", "opened", "items"),
        *("cells", "rows", "sections", "caption", "leads", "parted"),
    )

    def __init__(self, tag: str, told: dict[str, str], implied: bool = False) -> None:
        self.tag, self.told, self.implied, self.filled = tag, told, implied, False
        self.parts: list[str] = []
        self.opened: list[_Inline] = []
        self.items: list[tuple[int, str, str]] = []
        self.cells: list[Cell] = []
        self.rows: list[list[Cell]] = []
        self.sections: list[Section] = []
        self.caption, self.leads, self.parted = "", False, False

    def html(self) -> str:
        """What it becomes when it ends; `""` where nobody would see anything."""
        tag, inner = self.tag, "".join(self.parts)
        if tag == "table":
            return grids.html(self.caption, self.sections)
        if tag in _LISTS or tag == "dl":
            return self._list(inner)
        if tag == "figure" and self.caption:
            caption = f"<figcaption>{self.caption}</figcaption>"
            inner = caption + inner if self.leads else inner + caption
        if not self.filled:
            return ""
        if tag == "pre" and inner[0] == "\n":
            # A parser drops the first.
            inner = "\n" + inner
        return f"<{tag}>{inner}</{tag}>"

    def _list(self, inner: str) -> str:
        tag = self.tag
        if not self.items:
            return ""
        if tag == "dl" and not (self.items[0][1] == "dt" and self.items[-1][1] == "dd"):
            # Terms without what is said of them, or the other way round, are no list of terms.
            return "<ul>" + "".join(f"<li>{one}</li>" for _, _, one in self.items) + "</ul>"
        start = self.told.get("start", "") if tag == "ol" else ""
        return f'<{tag} start="{start}">{inner}</{tag}>' if _START.fullmatch(start) else f"<{tag}>{inner}</{tag}>"


class _Mending:
    """One run through the tags of a text, which are balanced."""

    def __init__(self, size: int) -> None:
        self._root = _Block("", {})
        self._stack = [self._root]
        # Of the source: what became of each element that is open. Of inline ones: which are to be written.
        self._source: list[_Block | _Inline | None] = []
        self._active: list[_Inline] = []
        self._level = 1
        # How much may be written again of what is around blocks; without an end it would be quadratic.
        self._again = size + 4096

    def of(self, html: str) -> str:
        for close, tag, told, text in _TOKEN.findall(html):
            if not tag:
                self._text(text.replace("<", "&lt;"))
            elif close:
                self._end()
            elif tag == "br":
                self._break()
            elif tag == "hr":
                self._rule()
            elif tag == "img":
                self._picture(dict(_ATTRIBUTE.findall(told)))
            else:
                self._source.append(self._start(tag, dict(_ATTRIBUTE.findall(told))))
        while len(self._stack) > 1:
            self._close()
        self._leave(self._root)
        return "".join(self._root.parts)

    # -- words

    def _text(self, text: str) -> None:
        top = self._stack[-1]
        if text.replace("&nbsp;", " ").isspace():
            # Between the items of a list or the rows of a table, only white space may stand.
            if top.tag not in _WITHIN:
                top.parts.append(text)
            elif "\n" in text and top.tag in ("ul", "ol", "dl"):
                top.parts.append("\n")
            return
        self._put(text)

    def _picture(self, told: dict[str, str]) -> None:
        """A picture: gone without an address, with an `alt` in any case, and telling nobody who reads."""
        address = urls.strict(entities.unescape(told.get("src", "")))
        if address and self._stack[-1].tag != "pre":
            links = [one for one in self._active if one.tag == "a"]
            # A link says where it leads, if not by words.
            alt = told.get("alt", "").strip() or (urls.host(links[-1].head.split('"')[1]) if links else "")
            source = entities.escape(address)
            self._put(f'<img src="{source}" alt="{alt}" loading="lazy" referrerpolicy="no-referrer">')

    def _put(self, text: str) -> None:
        top = self._for_words()
        if top.parted and top.filled:
            top.parts.append("\n" if top.tag == "pre" else " ")
        top.parted = False
        self._write_inlines(top)
        top.parts.append(text)
        top.filled = True

    def _for_words(self) -> _Block:
        """The block that a word goes into: the innermost, or one that has to be opened in it."""
        if self._stack[-1].implied and self._stack[-1].tag in ("ul", "dl"):
            self._close()
        while inner := _WITHIN.get(self._stack[-1].tag):
            self._open(inner, {}, implied=True)
        return self._stack[-1]

    def _write_inlines(self, top: _Block) -> None:
        """End the inline elements that are not meant here, and begin those that are."""
        wanted = self._active
        links = [one for one in wanted if one.tag == "a"]
        if len(links) > 1:
            # Within a link there is no other: the inner one counts.
            wanted = [one for one in wanted if one.tag != "a" or one is links[-1]]
        if top.opened == wanted:
            return
        same = 0
        while same < min(len(top.opened), len(wanted)) and top.opened[same] is wanted[same]:
            same += 1
        self._leave(top, same)
        for one in wanted[same:]:
            if one.written:
                self._again -= len(one.head)
                if self._again < 0:
                    continue
            one.written = True
            top.parts.append(one.head)
            top.opened.append(one)

    def _leave(self, top: _Block, left: int = 0) -> None:
        while len(top.opened) > left:
            top.parts.append(f"</{top.opened.pop().tag}>")

    def _break(self) -> None:
        if self._stack[-1].tag not in _WITHIN:
            self._stack[-1].parts.append("<br>")

    def _rule(self) -> None:
        if self._make_way("hr") == "hr":
            top = self._stack[-1]
            self._leave(top)
            top.parts.append("<hr>")
            top.filled = True

    # -- elements

    def _start(self, tag: str, told: dict[str, str]) -> _Block | _Inline | None:
        if tag in _INLINES:
            head = _link(told) if tag == "a" else f"<{tag}>"
            if head:
                self._active.append(_Inline(tag, head))
            return self._active[-1] if head else None
        if tag not in _BLOCKS:
            return None
        becomes = self._make_way(tag)
        return self._open(becomes, told) if becomes else _UNWRAPPED

    def _end(self) -> None:
        ended = self._source.pop() if self._source else None
        if ended is _UNWRAPPED:
            self._part()
        elif isinstance(ended, _Inline):
            top = self._stack[-1]
            if ended in top.opened:
                self._leave(top, top.opened.index(ended))
            self._active.remove(ended)
        elif ended is not None and ended not in self._stack:
            # It gave way to a block within it, and what came after that stands around it.
            self._part()
        elif ended is not None:
            while self._stack[-1] is not ended:
                self._close()
            self._close()

    def _part(self) -> None:
        """Keep words apart between which the bounds of a block stood that cannot be there."""
        self._stack[-1].parted = True

    def _make_way(self, tag: str) -> str:
        """Close and open what has to be for a block, and say as what it may stand there; `""`: as nothing."""
        while True:
            top = self._stack[-1]
            here = top.tag
            if here in ("pre", "caption") or (here in _HEADINGS and tag in ("p", "figcaption")):
                self._part()
                return ""
            if here == "p" or here in _HEADINGS or (top.implied and not _goes_on(here, tag)):
                self._close()
            elif here in _LISTS:
                if tag in _ITEMS:
                    return "li"
                if tag == "hr":
                    return ""
                self._resume_or_open(top, tag)
            elif here == "dl":
                if tag in _ITEMS:
                    return "dt" if tag == "dt" else "dd"
                self._open("dd", {}, implied=True)
            elif here in _WITHIN:
                if tag in _OF_A_TABLE:
                    return self._in_table(here, tag)
                self._open(_WITHIN[here], {}, implied=True)
            elif tag in _ITEMS:
                self._open("ul" if tag == "li" else "dl", {}, implied=True)
            else:
                return self._in_flow(here, tag)

    def _resume_or_open(self, top: _Block, tag: str) -> None:
        """A list in a list is part of the item above it."""
        if tag in _LISTS and top.items:
            place, _, inner = top.items.pop()
            del top.parts[place:]
            again = self._open("li", {}, implied=True)
            again.parts.append(inner)
            again.filled = bool(inner.strip())
        else:
            self._open("li", {}, implied=True)

    def _in_table(self, here: str, tag: str) -> str:
        if here == "table":
            if tag in _SECTIONS:
                return "thead" if tag == "thead" and not self._stack[-1].sections else "tbody"
            if tag == "caption":
                return tag
        if (tag in _CELLS and here == "tr") or (tag == "tr" and here in _SECTIONS):
            return tag
        return ""

    def _in_flow(self, here: str, tag: str) -> str:
        if tag in _OF_A_TABLE:
            return ""
        if tag == "figcaption":
            return tag if here == "figure" and not self._stack[-1].caption else "p"
        if tag in _HEADINGS and any(one.tag in _UNHEADED for one in self._stack):
            return "p"
        return tag

    def _open(self, tag: str, told: dict[str, str], implied: bool = False) -> _Block:
        self._leave(self._stack[-1])
        self._stack.append(_Block(tag, told, implied))
        return self._stack[-1]

    def _close(self) -> None:
        """End the innermost block, and put what it became where it belongs."""
        block = self._stack.pop()
        self._leave(block)
        above, tag, inner = self._stack[-1], block.tag, "".join(block.parts)
        if tag in _CELLS:
            above.cells.append(grids.cell(tag if block.filled else "td", inner, block.told))
        elif tag == "tr":
            above.rows += [block.cells] if block.cells else []
        elif tag in _SECTIONS:
            above.sections += [(tag, block.rows)] if block.rows else []
        elif tag == "caption":
            above.caption = f"{above.caption} {inner}".strip()
        elif tag == "figcaption":
            above.caption, above.leads = inner if block.filled else "", not above.filled
        elif tag in _ITEMS:
            above.items.append((len(above.parts), tag, inner))
            above.parts.append(f"<{tag}>{inner}</{tag}>")
        else:
            if tag in _HEADINGS and block.filled:
                self._level = min(max(2, int(tag[1])), self._level + 1)
                block.tag = f"h{self._level}"
            written = block.html()
            above.parts.append(written)
            # What stood before it and what comes are two words, though nothing of it is left.
            above.parted = above.parted or not written
        above.filled = above.filled or block.filled


def _goes_on(here: str, tag: str) -> bool:
    """Whether a block stands within one that the source does not name, and does not end it."""
    if here in ("ul", "dl"):
        return tag == "li" if here == "ul" else tag in ("dt", "dd")
    return tag not in _ITEMS and tag not in _OF_A_TABLE


def _link(told: dict[str, str]) -> str:
    """The tag of a link, its address as a checker wants it; `""` where it leads nowhere."""
    address = urls.strict(entities.unescape(told.get("href", "")))
    return f'<a href="{entities.escape(address)}" rel="{_REL}">' if address else ""

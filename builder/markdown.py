"""Markdown to safe HTML and to plain text, and untrusted HTML to Markdown that shows the same text.

Never yields HTML that `sanitize.clean` has not seen last, unless the caller says that its writer is trusted.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from builder import effort, sanitize, urls
from builder.plain import html_of
from builder.prose import WORD, cut, escape, first_sentence, inline, lines, sentences, shorten

__all__ = [
    "cut", "escape", "excerpt", "first_sentence", "from_html", "html_blocks", "paragraphs", "sentences", "shorten",
    "to_html", "to_text",
]  # fmt: skip

DEEPEST = 256
MOST_SECONDS = 1.0
_QUOTES_DEEPEST = 8
_WIDEST = 64


# -- Markdown to HTML and text ---------------------------------------------------------------------


def to_html(text: str, trusted: bool = False, root: str = "", images: bool = False) -> str:
    """Markdown as HTML; safe to show unless `trusted`, which is for the site owner's own documents.

    `root` goes before links that begin with a slash: `/digest/` makes `/about/` lead to `/digest/about/`. `images`
    of others are shown only if asked for: a reader's browser then tells them who reads.
    """
    html = html_of(text)
    if html is None and not trusted and effort.exceeds(text, MOST_SECONDS):
        return sanitize.clean(_as_text(text))
    if html is None:
        # Slow to import, and not needed for most of what ingest writes: see `plain`.
        from builder import converter

        html = converter.convert(text, root)
    if html is None:
        html = _as_text(text)
    return html if trusted else sanitize.clean(html, images)


def _as_text(text: str) -> str:
    """The words of Markdown as paragraphs, its marks as they stand but for escapes."""
    bare = entities.unescape(re.sub(r"\\([\\`*_{}\[\]()#+.!|>~-])", r"\1", text))
    return "".join(f"<p>{entities.escape(block)}</p>" for block in re.split(r"\n\s*\n", bare))


def to_text(text: str) -> str:
    """What a reader of the rendered Markdown sees, as one line of plain text."""
    return sanitize.text(to_html(text))


def paragraphs(text: str) -> list[str]:
    """The visible text of Markdown, block by block."""
    html = to_html(text)
    blocks = re.split(
        r"</?(?:p|h[1-6]|li|ul|ol|dl|dt|dd|blockquote|pre|table|tr|hr|figure|figcaption|caption)\b[^>]*>", html
    )
    return [plain for block in blocks if (plain := sanitize.text(block))]


def excerpt(text: str, words: int) -> str:
    """The first `words` words of a Markdown or text body, as plain paragraphs of Markdown; `…` where it was cut."""
    kept: list[str] = []
    left = words
    for paragraph in paragraphs(text):
        if left <= 0:
            kept[-1] = kept[-1].rstrip(" .,;:") + "…" if kept else "…"
            break
        found = list(WORD.finditer(paragraph))
        if len(found) > left:
            kept.append(paragraph[: found[left - 1].end()].rstrip(" .,;:") + "…")
            break
        kept.append(paragraph)
        left -= len(found)
    return "\n\n".join(escape(paragraph) for paragraph in kept)


# -- HTML to Markdown ------------------------------------------------------------------------------

_VOID = {"br", "hr", "img", "wbr"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
# What each inline element becomes; those that become nothing leave their text.
_INLINE = {
    "a": "a", "b": "strong", "strong": "strong", "em": "em", "i": "em", "cite": "em", "code": "code", "kbd": "code",
    "samp": "code", "tt": "code", "del": "del", "s": "del", "strike": "del", "ins": "ins", "sub": "sub", "sup": "sup",
    "q": "q", "abbr": "",
}  # fmt: skip
_BLOCK_TAGS = sanitize.BLOCKS - {"br"}
_MARKS = {"strong": "**", "em": "*"}


class _Node:
    """An element: its tag, its attributes and what it holds."""

    __slots__ = ("attributes", "children", "tag")

    def __init__(
        self, tag: str, attributes: dict[str, str] | None = None, children: Sequence[_Node | str] = ()
    ) -> None:
        self.tag, self.attributes = tag, attributes or {}
        self.children: list[_Node | str] = list(children)

    def find(self, *tags: str) -> Iterator[_Node]:
        for child in self.children:
            if isinstance(child, _Node):
                if child.tag in tags:
                    yield child
                yield from child.find(*tags)

    def text(self) -> str:
        return "".join(c if isinstance(c, str) else "\n" if c.tag == "br" else c.text() for c in self.children)


class _Tree(HTMLParser):
    """The tree of HTML that nh3 has already made well-formed; what is nested deeper than we go is flattened."""

    def __init__(self, deepest: int) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("div")
        self._open = [self.root]
        self._deepest, self._beyond = deepest, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, {name: value or "" for name, value in attrs})
        if tag in _VOID:
            self._open[-1].children.append(node)
        elif len(self._open) > self._deepest:
            self._beyond += 1
            self._break(tag)
        else:
            self._open[-1].children.append(node)
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self._beyond:
            self._beyond -= 1
            self._break(tag)
        elif len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def _break(self, tag: str) -> None:
        last = self._open[-1].children[-1:]
        if tag not in _INLINE and not (last and isinstance(last[0], _Node) and last[0].tag == "br"):
            self._open[-1].children.append(_Node("br"))


def from_html(html: str, base: str = "") -> str:
    """Untrusted HTML as Markdown that `to_html` shows with the same visible text; headings start at `##`.

    Links are resolved against `base`. Written for Python-Markdown's dialect and no other: lists are
    indented by four, what Markdown cannot say (`<sub>`, awkward emphasis and code) stays as inline HTML.
    """
    return "\n\n".join(html_blocks(html, base))


def html_blocks(html: str, base: str = "") -> list[str]:
    """The blocks of `from_html`, each a paragraph, heading, list, table, quote or code block."""
    if "<" not in html and "&" not in html:
        return [escape(sanitize.characters(html))] if html.strip() else []
    safe = sanitize.for_markdown(html, base)
    # Python's stack is the limit: at 256 levels each takes three frames at most, as the caller needs some too.
    tree = _Tree(DEEPEST)
    tree.feed(safe)
    tree.close()
    try:
        return _Writer(tree.root).blocks(tree.root)
    except RecursionError:
        shallow = _Tree(16)
        shallow.feed(safe)
        shallow.close()
        return _Writer(shallow.root).blocks(shallow.root)


class _Writer:
    """Writes one tree; headings are moved together so that the highest is `##`, below an item's own title."""

    def __init__(self, root: _Node) -> None:
        levels = [int(node.tag[1]) for node in root.find(*_HEADINGS)]
        self._shift = 2 - min(levels, default=2)

    def blocks(self, node: _Node, wraps: tuple[_Node, ...] = (), nested: int = 0) -> list[str]:
        """The blocks of an element. An inline element around blocks (`<a><h2>`) is put inside each of them."""
        written: list[str] = []
        run: list[_Node | str] = []

        def flush() -> None:
            inside: Sequence[_Node | str] = tuple(run)
            run.clear()
            for wrap in reversed(wraps):
                inside = (_Node(wrap.tag, wrap.attributes, inside),)
            if paragraph := lines(self.inline(inside)):
                written.append(paragraph)

        for child in node.children:
            if isinstance(child, str) or child.tag in _VOID - {"hr"}:
                run.append(child)
            elif child.tag in _INLINE:
                if next(child.find(*_BLOCK_TAGS), None):
                    flush()
                    written += self.blocks(child, (*wraps, child), nested)
                else:
                    run.append(child)
            else:
                flush()
                written += self.block(child, wraps, nested)
        flush()
        return written

    def block(self, node: _Node, wraps: tuple[_Node, ...], nested: int) -> list[str]:
        tag = node.tag
        if tag in _HEADINGS:
            inside: Sequence[_Node | str] = node.children
            for wrap in reversed(wraps):
                inside = (_Node(wrap.tag, wrap.attributes, inside),)
            words = " ".join(self.inline(inside, flat=True).split())
            level = min(6, max(2, int(tag[1]) + self._shift))
            # A "#" at the end would be read as the closing mark of an ATX heading.
            return [f"{'#' * level} {re.sub(r'#+$', lambda m: '&#35;' * len(m.group()), words)}"] if words else []
        if tag in ("ul", "ol") and nested < _QUOTES_DEEPEST:
            return self.listing(node, nested)
        if tag == "blockquote" and nested < _QUOTES_DEEPEST:
            inner = "\n\n".join(self.blocks(node, wraps, nested + 1))
            return (
                [
                    "\n".join(
                        f"> {line}".rstrip() if not line.endswith("  ") else f"> {line}" for line in inner.split("\n")
                    )
                ]
                if inner
                else []
            )
        if tag == "pre":
            return self.code(node, nested)
        if tag == "table":
            return self.table(node, wraps, nested)
        if tag == "hr":
            return ["---"]
        return self.blocks(node, wraps, nested)

    def listing(self, node: _Node, nested: int) -> list[str]:
        start = node.attributes.get("start", "")
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 1
        written: list[str] = []
        loose = False
        for child in node.children:
            parts = self.blocks(
                child if isinstance(child, _Node) and child.tag == "li" else _Node("li", {}, (child,)), (), nested + 1
            )
            if not parts:
                continue
            # A list item that starts with a block is not a list item to Python-Markdown.
            if re.match(r"(?:[#>|]|```|---|    |- |\d+\. )", parts[0]):
                parts[0] = escape(to_text(parts[0]))
            loose = loose or len(parts) > 1
            mark = f"{number + len(written)}." if node.tag == "ol" else "-"
            body = "\n\n".join(parts).replace("\n", "\n    ")
            written.append(f"{mark} {re.sub(r'(?m)^ +$', '', body)}")
        return [("\n\n" if loose else "\n").join(written)] if written else []

    def code(self, node: _Node, nested: int) -> list[str]:
        text = sanitize.characters(node.text()).expandtabs(4).replace("\r", "").strip("\n")
        if not text.strip():
            return []
        if nested:
            return ["\n".join(f"    {line}" for line in text.split("\n") if line.strip())]
        longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
        fence = "`" * (longest + 1)
        return [f"{fence}\n{text}\n{fence}"]

    def table(self, node: _Node, wraps: tuple[_Node, ...], nested: int) -> list[str]:
        """A table of data as a table; one that only lays out a page, as newsletters do, as its contents."""
        inner = next(node.find("table", "ul", "ol", "pre", "blockquote", "p", "div", *_HEADINGS), None)
        found = node.find("tr") if inner is None else ()
        rows = [
            [cell for cell in row.children if isinstance(cell, _Node) and cell.tag in ("td", "th")] for row in found
        ]
        rows = [row for row in rows if row]
        width = max((len(row) for row in rows), default=0)
        if inner is not None or not 1 < width <= _WIDEST or len(rows) < 2 or wraps or nested:
            return [
                block for part in node.children if isinstance(part, _Node) for block in self.blocks(part, wraps, nested)
            ]
        captions = [block for caption in node.find("caption") for block in self.blocks(caption)]
        written = [[self.cell(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
        if not all(cell.tag == "th" for cell in rows[0]):
            written.insert(0, [""] * width)
        written.insert(1, ["---"] * width)
        return [*captions, "\n".join("| " + " | ".join(cells) + " |" for cells in written)]

    def cell(self, node: _Node) -> str:
        return " ".join(self.inline(node.children, flat=True).split()).replace("|", "&#124;")

    def inline(self, nodes: Sequence[_Node | str], flat: bool = False, inside: frozenset[str] = frozenset()) -> str:
        """Inline Markdown; a `<br>` is a line end, or a space where the text must be `flat`."""
        written = ""
        for place, node in enumerate(nodes):
            if isinstance(node, str):
                text = inline(re.sub(r"[ \t\r\n\f]+", " ", sanitize.characters(node)))
                # "!" before a link would make it an image.
                written += re.sub(r"!$", r"\\!", text) if place + 1 < len(nodes) else text
            elif node.tag == "br":
                written += " " if flat else "\n"
            elif node.tag == "img":
                written += _image(node)
            elif node.tag != "wbr":
                written += self.element(
                    node, nodes[place - 1] if place else "", nodes[place + 1 : place + 2], flat, inside
                )
        return written

    def element(
        self, node: _Node, before: _Node | str, after: Sequence[_Node | str], flat: bool, inside: frozenset[str]
    ) -> str:
        kind = _INLINE.get(node.tag, "")
        alone = all(isinstance(side, str) or side.tag == "br" for side in (before, *after))
        if kind == "code":
            return _code_span(sanitize.characters(node.text()), alone and not flat)
        text = self.inline(node.children, flat or kind == "a", inside | {kind})
        lead, bare, tail = text[: len(text) - len(text.lstrip())], text.strip(), text[len(text.rstrip()) :]
        if not bare or not kind or kind in inside:
            return text
        if kind == "a":
            address = node.attributes.get("href", "")
            return f"{lead}[{bare}]({_address(address)}){tail}" if address else text
        if (
            kind in _MARKS
            and alone
            and not inside & set(_MARKS)
            and "*" not in bare
            and "<" not in bare
            and "_" not in bare
        ):
            return f"{lead}{_MARKS[kind]}{bare}{_MARKS[kind]}{tail}"
        return f"{lead}<{kind}>{bare}</{kind}>{tail}"


def _address(url: str) -> str:
    # Python-Markdown leaves "&copy;" in an address alone, and a browser would then read a ©.
    return re.sub(r"&(?=#?\w+;)", "&amp;", urls.absolute(url))


def _image(node: _Node) -> str:
    source, sizes = node.attributes.get("src", ""), {node.attributes.get("width"), node.attributes.get("height")}
    if not source or sizes & {"0", "1", "0px", "1px"}:  # a tracking pixel
        return ""
    alt = inline(" ".join(sanitize.characters(node.attributes.get("alt", "")).split()))
    return f"![{alt}]({_address(source)})"


def _code_span(text: str, plain: bool) -> str:
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    # Python-Markdown reads HTML inside back-ticks at the start of a line, so such code is written as HTML.
    if not plain or re.search(r"[`<>&\\|]", words):
        return f"<code>{inline(words)}</code>"
    return f"{' ' * text[:1].isspace()}`{words}`{' ' * text[-1:].isspace()}"

"""A static audit of HTML: what in it could run, load or lead somewhere that it may not, and what is out of place."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from builder import urls

_RUNS = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
    "form",
    "input",
    "base",
    "meta",
    "link",
    "template",
    "img",
    "video",
    "audio",
}


class _Audit(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _RUNS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "id", "class", "name", "srcdoc", "src", "action"):
                self.faults.append(f"{tag} {name}")
            if name == "href" and not urls.is_public_link(value or ""):
                self.faults.append(f"{tag} href={value!r}")


def faults(html: str) -> list[str]:
    """Every element, attribute and address that a page may not hold."""
    audit = _Audit()
    audit.feed(html)
    audit.close()
    return audit.faults


_VOID = {"br", "hr"}
_PHRASING = {
    "a", "abbr", "b", "br", "cite", "code", "del", "em", "i", "ins", "kbd", "q", "s", "samp", "strong", "sub", "sup",
    "#text",
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_FLOW = _PHRASING | _HEADINGS | {"p", "ul", "ol", "dl", "table", "pre", "blockquote", "hr", "figure"}
_HOLDS = {
    **dict.fromkeys(("", "blockquote", "li", "dd", "dt", "td", "th", "figcaption"), _FLOW),
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd"},
    "figure": _FLOW | {"figcaption"},
    "table": {"caption", "thead", "tbody"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tr": {"td", "th"},
}
"""What may stand in what (HTML §4), of the elements that a stranger may use; in all others, words."""
_ATTRIBUTES = {
    "href": r"(https?://[a-zA-Z0-9._%:\[\]-]+([/?#][^\s\[\]|\\^`{}<>\"]*)?|mailto:[^\s\[\]|\\^`{}<>\"]+)",
    "rel": r"noopener noreferrer nofollow ugc",
    "start": r"-?\d+",
    "colspan": r"[1-9]\d{0,3}",
    "rowspan": r"[1-9]\d{0,4}",
    "scope": r"row|col|rowgroup|colgroup",
}


class _Places(HTMLParser):
    """Reads HTML that repairs nothing: every element is closed where its text says so."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._open: list[tuple[str, list[str]]] = [("", [])]
        self._level = 1

    def _child(self, name: str) -> None:
        above, children = self._open[-1]
        if name not in _HOLDS.get(above, _PHRASING):
            self.faults.append(f"<{above}> holds {name}")
        children.append(name)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._child(tag)
        around = [name for name, _ in self._open]
        if (tag == "a" and "a" in around) or (tag == "table" and "caption" in around):
            self.faults.append(f"<{tag}> in itself")
        if tag in _HEADINGS:
            if not 2 <= int(tag[1]) <= self._level + 1 or {"dt", "th", "figcaption"} & set(around):
                self.faults.append(f"<{tag}> after <h{self._level}> in {around}")
            self._level = int(tag[1])
        for name, value in attrs:
            if not re.fullmatch(_ATTRIBUTES.get(name, ""), value or ""):
                self.faults.append(f"{tag} {name}={value!r}")
        if tag not in _VOID:
            self._open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        name, children = self._open.pop() if len(self._open) > 1 else ("nothing", [])
        if name != tag:
            self.faults.append(f"</{tag}> ends <{name}>")
        elements = [child for child in children if child != "#text"]
        if tag in ("ul", "ol", "dl", "table", "thead", "tbody", "tr", *_HEADINGS) and not children:
            self.faults.append(f"<{tag}> is empty")
        if tag == "dl" and (elements[0], elements[-1]) != ("dt", "dd"):
            self.faults.append("<dl> does not pair its terms")
        if "figcaption" in elements[1:-1] or elements.count("figcaption") > 1:
            self.faults.append("<figcaption> in the middle")

    def handle_data(self, data: str) -> None:
        if data.strip(" \t\r\n\f"):
            self._child("#text")


def misplaced(html: str) -> list[str]:
    """Every element of a stranger's text, and every attribute, that HTML does not let stand where it stands."""
    places = _Places()
    places.feed(html)
    places.close()
    return places.faults + [f"<{name}> has no end" for name, _ in places._open[1:]]

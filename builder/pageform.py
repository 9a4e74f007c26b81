"""The form of a page, read strictly: what in it is not as it should be written, its ids, and what it names.

Never resolves a link, and repairs nothing as browsers do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from html import unescape
from html.entities import html5

import msgspec

from builder.model import Value


class Fault(Value, frozen=True):
    """Something wrong with one file by itself: of which kind, what, and in which line (0: nobody knows)."""

    kind: str
    what: str
    line: int = 0


_TOKEN = re.compile(
    r"<(?:"
    r"(?P<raw>script|style|title|textarea)(?=[\s/>])(?P<given>(?:[^>\"']+|\"[^\"]*\"|'[^']*')*+)>(?P<text>.*?)</(?P=raw)\s*>|"
    r"(?P<end>/?)(?P<name>[a-zA-Z][^\s/>\"'<]*)(?P<rest>(?:[^>\"']+|\"[^\"]*\"|'[^']*')*+)>|"
    r"!--.*?-->|!doctype\s[^>]*>|(?P<cdata>!\[CDATA\[.*?\]\]>)"
    r")",
    re.S | re.I,
)
_ATTRIBUTE = re.compile(r"""\s+([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")
_REFERENCE = re.compile(r"&([a-zA-Z][a-zA-Z0-9]*)(;?)")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Whose end may be left out (HTML §13.1.2.4), and which open ones a start tag ends.
_IMPLIED = {
    "body", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rp", "rt", "tbody", "td", "tfoot",
    "th", "thead", "tr",
}  # fmt: skip
_ENDS: dict[str, set[str]] = {
    "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "option": {"option"}, "optgroup": {"option", "optgroup"},
    "tr": {"tr", "td", "th", "colgroup"}, "td": {"td", "th"}, "th": {"td", "th"}, "body": {"head"},
    "tbody": {"tr", "td", "th", "thead", "tbody", "colgroup"}, "tfoot": {"tr", "td", "th", "thead", "tbody"},
    "thead": {"colgroup"}, "rt": {"rt", "rp"}, "rp": {"rt", "rp"},
}  # fmt: skip
_NO_PARAGRAPH = {
    "address", "article", "aside", "blockquote", "details", "dialog", "div", "dl", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "main", "menu", "nav", "ol", "p",
    "pre", "search", "section", "table", "ul",
}  # fmt: skip
_ALONE = {"a", "button", "form"}
"""Elements that may not stand within one of their own kind."""


@lru_cache(8192)
def attributes(text: str) -> tuple[dict[str, str], str]:
    """The attributes of a tag by their names in lower case, and what is wrong with how they are written, or `""`."""
    found: dict[str, str] = {}
    wrong, place, end = "", 0, len(text.rstrip(" \t\n\r\f/"))
    for match in _ATTRIBUTE.finditer(text):
        if match.start() != place:
            break
        place = match.end()
        name = match[1].lower()
        if name in found:
            wrong = f"states {name!r} twice"
        found.setdefault(name, unescape(match[2] or match[3] or match[4] or ""))
    return found, wrong or ("" if place >= end else f"holds {text[place:end].strip()[:40]!r}, which is no attribute")


class PageForm:
    """One page under work: read from its first tag to its last, strictly, as browsers that repair nothing would."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.faults: list[Fault] = []
        self.leads: list[str] = []
        self.loads: list[str] = []
        self.sheets: list[str] = []
        self.scripts: list[str] = []
        self.ids: Counter[str] = Counter()
        self._open: list[str] = []
        self._foreign = 0
        self._place = 0
        self._read()

    def _read(self) -> None:
        if not self.html.lstrip("\ufeff \t\r\n")[:10].lower().startswith("<!doctype "):
            self._fault("html", "does not begin with <!doctype html>")
        titles = 0
        for match in _TOKEN.finditer(self.html):
            start = match.start()
            if start > self._place:
                self._text(self.html[self._place : start])
            self._place = start
            raw, given, text, end, name, rest, cdata = match.groups()
            if name and end:
                self._end(name.lower())
            elif name:
                self._start(name.lower(), rest)
            elif raw:
                titles += raw.lower() == "title" and not self._foreign
                self._raw(raw.lower(), given, text)
            elif cdata and not self._foreign:
                self._fault("html", "holds <![CDATA[ outside of SVG")
            self._place = match.end()
        self._text(self.html[self._place :])
        self._finish(titles)

    def _finish(self, titles: int) -> None:
        for name in self._open:
            if name not in _IMPLIED:
                self._fault("html", f"<{name}> is never closed")
        if titles != 1:
            self._fault("html", "has no <title>" if not titles else f"has {titles} <title>")
        if found := _CONTROLS.search(self.html):
            self._place = found.start()
            self._fault("html", f"holds the character U+{ord(found[0]):04X}, which is no text")
        for name, count in self.ids.items():
            if count > 1:
                self._place = max(self.html.find(f'id="{name}"'), 0)
                self._fault("ids", f"has the id {name!r} {'twice' if count == 2 else f'{count} times'}")

    def _fault(self, kind: str, what: str) -> None:
        self.faults.append(Fault(kind=kind, what=what, line=self.html.count("\n", 0, self._place) + 1))

    def _text(self, text: str) -> None:
        if "<" in text:
            self._fault("html", f"holds a '<' that begins no tag: {text[text.index('<') :][:30].strip()!r}")
        if "&" in text:
            self._references(text, attribute=False)

    def _references(self, text: str, attribute: bool) -> None:
        for name, end in _REFERENCE.findall(text):
            # In an attribute `&copy=` is what it looks like (HTML §13.2.5.73).
            if (end and f"{name};" not in html5) or (not end and not attribute and name in html5):
                self._fault("html", f"holds '&{name}{end}', which is no character: write &amp;")

    # -- elements

    def _start(self, name: str, rest: str) -> None:
        if rest.strip("/ \n"):
            self._attributes(name, rest)
        closed = rest.endswith("/")
        if self._foreign:
            if not closed:
                self._open.append(name)
                self._foreign += name in ("svg", "math")
            return
        if name in ("svg", "math"):
            if not closed:
                self._open.append(name)
                self._foreign = 1
            return
        self._give_way(name)
        if name in _VOID:
            return
        if closed:
            self._fault("html", f"<{name}/> does not close itself")
        if name in _ALONE and name in self._open:
            self._fault("html", f"<{name}> stands within a <{name}>")
        self._open.append(name)

    def _give_way(self, name: str) -> None:
        """End what a start tag ends by itself."""
        ends = _ENDS.get(name, ())
        while self._open and self._open[-1] in ends:
            self._open.pop()
        if name in _NO_PARAGRAPH and self._open:
            if self._open[-1] == "p":
                self._open.pop()
            elif "p" in self._open and not {"button", "object"} & set(self._open):
                self._fault("html", f"<{name}> stands within a <p>")

    def _end(self, name: str) -> None:
        if self._open and self._open[-1] == name:
            self._open.pop()
        elif name not in self._open:
            self._fault("html", f"</{name}> ends nothing" + (": a <p> holds no blocks" if name == "p" else ""))
            return
        else:
            while (last := self._open.pop()) != name:
                if last not in _IMPLIED:
                    self._fault("html", f"</{name}> comes before </{last}>")
        if self._foreign and name in ("svg", "math"):
            self._foreign -= 1

    def _raw(self, name: str, rest: str, text: str) -> None:
        found = self._attributes(name, rest) if rest.strip() else {}
        if name in ("title", "textarea"):
            self._references(text, attribute=False)
        elif found.get("type") == "application/ld+json":
            try:
                msgspec.json.decode(text)
            except msgspec.DecodeError as error:
                self._fault("html", f"its JSON-LD cannot be read: {error}")

    # -- what attributes say

    def _attributes(self, name: str, rest: str) -> dict[str, str]:
        found, wrong = attributes(rest)
        if wrong:
            self._fault("html", f"<{name}> {wrong}")
        if "&" in rest:
            self._references(rest, attribute=True)
        if (id := found.get("id")) is not None:
            self.ids[id] += 1
            if not id or re.search(r"\s", id):
                self._fault("html", f"<{name}> has the id {id!r}: an id is one word")
        if reader := _NAMED.get(name):
            reader(self, found)
        for attribute in ("src", "poster", "data") if name in _LOADING else ():
            if found.get(attribute):
                self.loads.append(found[attribute])
        return found

    def link(self, found: dict[str, str]) -> None:
        if "href" in found:
            self.leads.append(found["href"])

    def area(self, found: dict[str, str]) -> None:
        self.link(found)
        if "href" in found and "alt" not in found:
            self._fault("alt", f"<area> has no alt: {found['href'][:60]}")

    def head_link(self, found: dict[str, str]) -> None:
        if found.get("href"):
            self.loads.append(found["href"])
            if "stylesheet" in found.get("rel", "").lower().split():
                self.sheets.append(found["href"])

    def script(self, found: dict[str, str]) -> None:
        if found.get("src"):
            self.scripts.append(found["src"])

    def image(self, found: dict[str, str]) -> None:
        if "alt" not in found:
            self._fault("alt", f"<img> has no alt: {found.get('src', '')[:60]}")
        self.sources(found)

    def sources(self, found: dict[str, str]) -> None:
        for part in found.get("srcset", "").split(", "):
            if part.strip():
                self.loads.append(part.split()[0])

    def input(self, found: dict[str, str]) -> None:
        if found.get("type", "").lower() == "image" and "alt" not in found:
            self._fault("alt", f"<input> has no alt: {found.get('src', '')[:60]}")

    def meta(self, found: dict[str, str]) -> None:
        content = found.get("content", "")
        if found.get("http-equiv", "").lower() == "refresh":
            self.leads += re.findall(r";\s*url=(.+)", content, re.I)
        elif found.get("property") in ("og:url", "og:image") or found.get("name") == "twitter:image":
            self.loads.append(content)

    def form(self, found: dict[str, str]) -> None:
        if found.get("action"):
            self.leads.append(found["action"])

    def use(self, found: dict[str, str]) -> None:
        self.loads += filter(None, (found.get("href", found.get("xlink:href", "")),))


_LOADING = {"img", "script", "iframe", "audio", "video", "source", "track", "embed", "object", "input"}
_NAMED: dict[str, Callable[[PageForm, dict[str, str]], None]] = {
    "a": PageForm.link, "area": PageForm.area, "form": PageForm.form, "img": PageForm.image, "input": PageForm.input,
    "link": PageForm.head_link, "meta": PageForm.meta, "script": PageForm.script, "source": PageForm.sources,
    "use": PageForm.use,
}  # fmt: skip

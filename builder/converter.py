"""Markdown to HTML by Python-Markdown, run with those of its parts alone that find anything in a text.

Never gives other HTML than the whole of it would, and never raises: text that it stumbles over is shown as it stands.
"""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import Registry


class _OwnLinks(Treeprocessor):
    """Puts `root` before links that begin with a slash: the site may live under a path."""

    root = ""

    def run(self, root: Element) -> None:
        for element in root.iter() if self.root else ():
            for name in ("href", "src"):
                if re.match(r"/(?!/)", element.get(name, "")):
                    element.set(name, self.root + element.get(name, "")[1:])


class _Aligned(Treeprocessor):
    """Says by class how a cell of a table is aligned: no page of ours allows a style of its own."""

    def run(self, root: Element) -> None:
        for cell in (cell for tag in ("th", "td") for cell in root.iter(tag)):
            if side := re.fullmatch(r"text-align: (left|center|right);", cell.get("style", "")):
                del cell.attrib["style"]
                cell.set("class", side[1])


_LOCK = threading.Lock()
_MARKDOWN = Markdown(extensions=["fenced_code", "tables", "sane_lists"])
_OWN_LINKS = _OwnLinks(_MARKDOWN)
_MARKDOWN.treeprocessors.register(_OWN_LINKS, "own_links", 0)
_MARKDOWN.treeprocessors.register(_Aligned(_MARKDOWN), "aligned", 0)

# The parts that find nothing where none of these stands. One that has another name, in another version, is always run.
_TRIGGERS = {
    "html_block": ("<", "&#"),
    "fenced_code_block": ("```", "~~~"),
    "indent": ("    ",),
    "code": ("    ",),
    "table": ("|",),
    "hashheader": ("#",),
    "setextheader": ("=\n", "= ", "-\n", "- "),
    "hr": ("-\n", "- ", "*\n", "* ", "_\n", "_ "),
    "olist": (". ",),
    "ulist": ("* ", "+ ", "- "),
    "quote": (">",),
    "reference": ("]:",),
    "short_reference": ("]:",),
    "image_reference": ("]:",),
    "short_image_ref": ("]:",),
    "backtick": ("`",),
    "escape": ("\\",),
    "link": ("](",),
    "image_link": ("![",),
    "autolink": ("<",),
    "automail": ("<",),
    "html": ("<",),
    "linebreak": ("  \n",),
    "entity": ("&",),
    "not_strong": ("*", "_"),
    "em_strong": ("*", "_"),
    "em_strong2": ("*", "_"),
}
_ALL_TRIGGERS = {trigger for triggers in _TRIGGERS.values() for trigger in triggers}
_Parts = tuple["Registry[Any]", "Registry[Any]", "Registry[Any]"]
_ALL: _Parts = (_MARKDOWN.preprocessors, _MARKDOWN.parser.blockprocessors, _MARKDOWN.inlinePatterns)


# What one thing inside another is written with. With more of one of them, nesting may come near to Python's limit.
_NESTED = (">", "[", "<", "*", "_", "    ")
_SHALLOW = 20
_MARKS = re.compile(rf"(?:(?:[*+-]|\d+\.) +){{{_SHALLOW}}}")


def convert(text: str, root: str = "") -> str | None:
    """The HTML of a text; `None` where Python-Markdown fails on it. See `markdown.to_html` for `root`."""
    if max(map(text.count, _NESTED)) <= _SHALLOW and not _MARKS.search(text):
        return _convert(text, root)
    # Python-Markdown nests as deep as the stack allows: on a stack of its own, that is the same for every caller.
    found: list[str | None] = []
    thread = threading.Thread(target=lambda: found.append(_convert(text, root)))
    thread.start()
    thread.join()
    return found[0]


def _convert(text: str, root: str) -> str | None:
    with _LOCK:
        _OWN_LINKS.root = root
        _MARKDOWN.reset()
        try:
            _use(_parts(idle(text)))
            return _MARKDOWN.convert(text)
        except Exception:  # Nested quotes and odd declarations have made it raise.
            _MARKDOWN.parser.state.clear()
            return None
        finally:
            _use(_ALL)


def idle(text: str) -> frozenset[str]:
    """The names of the parts of Python-Markdown that find nothing in a text."""
    # What its first step makes of it, but for empty lines.
    seen = text.replace("\2", "").replace("\3", "").replace("\r\n", "\n").replace("\r", "\n").expandtabs(4) + "\n"
    # Where it takes HTML out of a text, lines end that did not end before.
    if "<" in seen:
        return frozenset()
    present = {trigger for trigger in _ALL_TRIGGERS if trigger in seen}
    return frozenset(name for name, triggers in _TRIGGERS.items() if present.isdisjoint(triggers))


@lru_cache(maxsize=256)
def _parts(idle: frozenset[str]) -> _Parts:
    preprocessors, blocks, patterns = (_without(registry, idle) for registry in _ALL)
    return preprocessors, blocks, patterns


def _without(registry: Registry[Any], idle: frozenset[str]) -> Registry[Any]:
    left: Registry[Any] = registry[:]
    for name in idle:
        left.deregister(name, strict=False)
    return left


def _use(parts: _Parts) -> None:
    _MARKDOWN.preprocessors, _MARKDOWN.parser.blockprocessors, _MARKDOWN.inlinePatterns = parts
    _MARKDOWN.treeprocessors["inline"].inlinePatterns = parts[2]  # type: ignore[attr-defined]

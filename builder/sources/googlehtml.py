"""What Google News writes into its entries, in all the ways it has written since 2008, as headlines and publishers.

Never guesses: HTML of any other shape names no article.
"""

from __future__ import annotations

import html as entities
import re

import nh3

from builder import sanitize, urls
from builder.model import Value

LONGEST = 300_000
MOST = 100
_SHAPE = nh3.Cleaner(
    tags={"ol", "ul", "li", "a", "font", "table", "img"},
    attributes={"a": {"href"}, "font": {"color"}},
    link_rel=None,
    url_schemes={"http", "https"},
)
_TOKEN = re.compile(r'<(/?)(\w+)((?:\s[\w-]+="[^"]*")*)\s*>|([^<]+)')
_LISTED = re.compile(r"L(?:IAP)+(?:IA)?l")
_SINGLE = re.compile(r"APA?")
_SEARCHED = re.compile(r"APT*A?")
_TABLE = re.compile(r"B.*AP.*")


class Part(Value, frozen=True):
    """A part of an entry's HTML.

    `kind` is `A` a link, `G` a linked picture, `P` a publisher, `T` other text, `B` the beginning of a table,
    `L` and `l` those of a list, `I` of a list item.
    """

    kind: str
    text: str = ""
    link: str = ""


class Said(Value, frozen=True):
    """What an entry says: its articles as (headline, link, publisher), and the first words of the first, if any."""

    articles: tuple[tuple[str, str, str], ...] = ()
    words: str = ""


def is_google(link: str) -> bool:
    """Whether a link leads to Google News, in any country."""
    return re.fullmatch(r"news\.google(\.[a-z]{2,3}){1,2}", urls.host(link)) is not None


def read(html: str, link: str, *, whole: bool = False) -> Said:
    """The articles that an entry's HTML names.

    A list whose every line is a linked headline and a publisher is one on any host; the last line may lead to
    Google's page of the event ("View Full Coverage", 2018 to 2022). A single such line, one with an excerpt below
    it (searches), and the tables that stood here before 2018 ("all 2,781 news articles »") count only for an
    entry that links to Google News. `whole`: only where nothing but the form of the HTML is lost by it.
    """
    if len(html) > LONGEST or "<" not in html or "<font" not in (lower := html.lower()) or "<a" not in lower:
        return Said()
    parts = _parts(html)
    kinds = "".join(part.kind for part in parts)
    links = [part.link for part in parts if part.kind in "AG"]
    if _LISTED.fullmatch(kinds):
        ours = not kinds.endswith("IAl") or is_google(links[-1])
    elif kinds.startswith("B"):
        ours = is_google(link) and all(map(is_google, links)) and bool(_TABLE.fullmatch(kinds))
    else:
        ours = is_google(link) and bool((_SINGLE if whole else _SEARCHED).fullmatch(kinds))
    return _said(parts) if ours else Said()


def _said(parts: list[Part]) -> Said:
    found: list[tuple[str, str, str]] = []
    words: list[str] = []
    for part, after in zip(parts, [*parts[1:], Part(kind="")], strict=True):
        if part.kind == "A" and after.kind == "P":
            title, link, publisher = sanitize.line(part.text), urls.absolute(part.link), sanitize.line(after.text)
            if title and link:
                found.append((title, link, publisher))
        elif part.kind == "T" and len(found) == 1 and not words:
            words.append(part.text)
    # The table's later lines name other publishers, with dashes between.
    said = sanitize.line(" ".join(words))
    return Said(articles=tuple(found[:MOST]), words=said if len(said) > 20 else "")


def _parts(html: str) -> list[Part]:
    """The parts of an entry in order. A publisher stands in coloured `<font>`, or in one right after a link."""
    parts: list[Part] = []
    fonts: list[tuple[bool, int]] = []
    anchor: Part | None = None
    for closing, tag, attributes, raw in _TOKEN.findall(_SHAPE.clean(sanitize.bounded(html))):
        text = " ".join(entities.unescape(raw).split())
        if anchor is not None:
            if tag == "a":
                parts.append(anchor)
                anchor = None
            elif text or tag == "img":
                kind = "G" if tag == "img" else anchor.kind
                anchor = Part(kind=kind, text=f"{anchor.text} {text}".strip(), link=anchor.link)
        elif tag == "a" and not closing:
            address = re.search(r'href="([^"]*)"', attributes)
            anchor = Part(kind="A", link=entities.unescape(address[1]) if address else "")
        elif tag == "font":
            if not closing:
                fonts.append(("color=" in attributes, len(parts)))
            elif fonts and fonts.pop()[1] == len(parts) and parts and parts[-1].kind == "A" and not fonts:
                parts.append(Part(kind="P"))
        elif text:
            right_after = bool(fonts and parts) and fonts[-1][1] == len(parts) and parts[-1].kind == "A"
            parts.append(Part(kind="P" if right_after or any(colour for colour, _ in fonts) else "T", text=text))
        elif tag in ("ol", "ul"):
            parts.append(Part(kind="l" if closing else "L"))
        elif not closing and tag in ("li", "table"):
            parts.append(Part(kind="I" if tag == "li" else "B"))
    return parts

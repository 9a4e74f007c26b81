"""Plain text: its words, its sentences, where to cut it, and how to write it in Markdown.

Never sees markup: what looks like a tag or a heading is text, and is written so that it stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# A run of letters, or two characters of a script that puts no spaces between words, counts as a word.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD = re.compile(rf"[{_UNSPACED}][{_UNSPACED}\u0300-\u036f]?|[^\s{_UNSPACED}]+")


_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*(?=\s)|[。！？।]")
# A full stop after these ends no sentence: titles, months, initials, "U.S.".
_ABBREVIATED = re.compile(
    r"(?:^|[\s(“\"'])(?:[^\W\d_]|(?:[^\W\d_]\.)+[^\W\d_]?|mr|mrs|ms|dr|st|gen|sen|rep|gov|prof|rev|col|lt|sgt|maj|capt|adm|hon"
    r"|pres|jr|sr|vs|no|nos|fig|inc|ltd|co|corp|etc|approx|ca|e\.g|i\.e|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.$",
    re.I,
)


def sentences(text: str) -> Iterator[str]:
    """The sentences of plain text, one after another."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        after = text[match.end() :].lstrip()
        if after[:1].islower() or (
            match.start() == match.end() and _ABBREVIATED.search(text[max(0, match.end() - 24) : match.end()])
        ):
            continue
        if sentence := text[start : match.end()].strip():
            yield sentence
        start = match.end()
    if rest := text[start:].strip():
        yield rest


def first_sentence(text: str, limit: int = 200) -> str:
    """The first sentence of plain text, cut at a word where it is longer than `limit` characters."""
    return cut(next(sentences(text[: 20 * limit]), ""), limit)


def shorten(text: str, limit: int = 240) -> str:
    """Plain text in at most `limit` characters: whole sentences if they fill half of it, else words and `…`."""
    if len(text) <= limit:
        return text
    kept = ""
    for sentence in sentences(text[: 2 * limit]):
        joined = text[: text.index(sentence, len(kept)) + len(sentence)]
        if len(joined) > limit or len(joined) >= 2 * limit:
            break
        kept = joined
    return kept if len(kept) * 2 >= limit else cut(text, limit)


def cut(text: str, limit: int) -> str:
    """Plain text in at most `limit` characters, cut at a word, with `…` where it was cut."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    if not text[limit - 1].isspace() and (space := kept.rfind(" ")) > limit // 2:
        kept = kept[:space]
    # Without spaces, not between a letter and its accent, nor inside one emoji.
    while kept and re.match(
        "[\u0300-\u036f\u0900-\u0903\u093a-\u094d\u0e31\u0e34-\u0e4e\u200d\ufe0f\U0001f3fb-\U0001f3ff]", text[len(kept)]
    ):
        kept = kept[:-1]
    return kept.rstrip(" .,;:-–—\u200d") + "…"


def escape(text: str) -> str:
    """Plain text as one paragraph of Markdown that renders as the same text.

    >>> escape("1. *not* <b>")
    '1\\\\. \\\\*not\\\\* &lt;b&gt;'
    """
    return lines(inline(" ".join(text.split())))


def inline(text: str) -> str:
    """Text as inline Markdown, wherever in a line it stands."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*\[\]])", r"\\\1", text)
    return re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)


def lines(text: str) -> str:
    """The lines of one paragraph, each kept from being read as a heading, list, rule, quote or table."""
    kept = [line_start(bare) for line in text.split("\n") if (bare := line.strip())]
    return "  \n".join(kept)


def line_start(line: str) -> str:
    """A line of inline Markdown that is read as text even where it opens a block."""
    if re.fullmatch(r"[\s:|=+-]+", line):
        line = re.sub(r"[:=]", lambda match: f"&#{ord(match.group())};", line).replace("|", "\\|")
    line = re.sub(r"^(\d+)\.(?=\s|$)", r"\1\\.", line)
    line = re.sub(r"^(?:#|[+-](?=[\s+-]|$))", r"\\\g<0>", line)
    return re.sub(r"^~(?=~~)|^=", lambda match: f"&#{ord(match.group())};", line)

"""The text of an article, as people copy it from a page, as an item: the words of the article and no others.

Never reads a clock, never guesses a date from "20 hours ago", and never drops a paragraph that reads as text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from builder import dates, markdown, sanitize, urls
from builder.errors import SourceError
from builder.model import Item, Value, fingerprint
from builder.sources import fold, furniture, stated

HEADER = 14
_BULLET = re.compile(r"(?:[•‣◦▪●*–-]|\d{1,3}[.)])\s+(?=\S)")
_LISTED = re.compile(r"(?m)^ {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]")
_LABEL = re.compile(
    r"(?P<name>title|headline|subtitle|subheadline|summary|dek|date|published|author|publisher|source|url|link)\s*:\s*(?P<value>\S.*)",
    re.I,
)


class Line(Value, frozen=True):
    """One line of the text, or one block of a page: its plain words, its Markdown, and what it is."""

    text: str
    markdown: str = ""
    kind: str = ""


class Facts(Value, frozen=True):
    """What an article states about itself, from its page's head or from the lines around its text."""

    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    date: str = ""
    updated: str = ""
    link: str = ""
    image: str = ""
    lang: str = ""


def changed(facts: Facts, **said: object) -> Facts:
    """The facts with some replaced."""
    return msgspec.structs.replace(facts, **said)


def parse(text: str, *, as_of: datetime, filename: str = "") -> Item:
    """The item in an article's text, or in a Markdown file without front matter."""
    text = sanitize.characters(text.replace("\r\n", "\n").replace("\r", "\n"))
    if filename.lower().endswith((".md", ".markdown")) or re.search(r"(?m)^#{1,6} \S", text):
        return _markdown_item(text, as_of=as_of, filename=filename)
    return item_of(_lines_of(text), Facts(), as_of=as_of, filename=filename)


def item_of(lines: Sequence[Line], facts: Facts, *, as_of: datetime, filename: str = "") -> Item:
    """The item in an article's lines. What `facts` holds is believed before what the lines say."""
    lines, facts = _labels(lines, facts)
    if not any(furniture.words(line.text) for line in lines):
        raise SourceError("the file holds no text", where=filename, next="remove it")
    facts = _footer(lines, facts)
    start = _body_start(lines, facts)
    facts = _header(lines, start, facts)
    kept = _body(lines[start:], facts)
    if not kept:
        raise SourceError("the file holds no text of an article", where=filename, next="copy the article's text again")
    blocks = _blocks(kept)
    body = "\n\n".join(blocks)
    publisher = facts.publisher or next((name for line in kept[:1] if (name := furniture.agency(line.text))), "")
    return told(changed(facts, publisher=publisher), body, _opening(kept), as_of, filename)


def _opening(kept: Sequence[Line]) -> list[str]:
    """The paragraphs before the first list: what follows a list does not go on from what stands above it."""
    opening: list[str] = []
    for line in kept:
        if not line.kind:
            opening.append(line.text)
        elif opening and _is_listed(line):
            break
    return opening


def told(facts: Facts, body: str, texts: Sequence[str], as_of: datetime, filename: str) -> Item:
    """The item of an article's facts and its Markdown; `texts` are what its sentences are taken from."""
    texts = texts or markdown.paragraphs(body)
    plain = furniture.without_dateline(" ".join(texts))
    title = facts.title or markdown.first_sentence(plain, 120) or filename
    found = dates.parse(facts.date, as_of=as_of)
    updated = dates.parse(facts.updated, as_of=as_of)
    date, basis = found or updated or (dates.first_seen(as_of), "first-seen")
    if not found and updated and basis == "published":
        basis = "updated"
    link = urls.absolute(facts.link)
    return Item(
        title=title,
        date=date,
        date_basis=basis,
        date_raw=facts.date or facts.updated,
        updated=updated[0] if updated and updated[0] > date else None,
        description=stated.sentence(title, (facts.subtitle, *map(furniture.without_dateline, texts))),
        summary=stated.card(title, (facts.subtitle, plain)),
        image=urls.absolute(facts.image, link),
        link=link,
        id=fingerprint(("article", fold(title), *facts.authors[:1]), 8),
        authors=facts.authors,
        publisher=facts.publisher,
        lang=stated.language(facts.lang),
        body=body,
    )


def _markdown_item(text: str, *, as_of: datetime, filename: str) -> Item:
    """A Markdown file keeps its body as it is, but for the heading that is its title."""
    text = text.strip("\n").rstrip()
    if not text.strip():
        raise SourceError("the file holds no text", where=filename, next="remove it")
    match = re.search(r"(?m)^#{1,2} +(.+?)[ #]*$", text)
    title = markdown.to_text(match[1]) if match else ""
    body = text
    if match and not text[: match.start()].strip():
        body = text[match.end() :].strip("\n")
    body, facts = _signed(body, Facts(title=title))
    above = _LISTED.split(body, maxsplit=1)[0]
    texts = [text for text in markdown.paragraphs(above) if furniture.ended(text)]
    texts = texts or [text for text in markdown.paragraphs(body) if furniture.ended(text)]
    return told(facts, body, texts, as_of, filename)


def _signed(body: str, facts: Facts) -> tuple[str, Facts]:
    """A Markdown text without the lines at its start that say who wrote it and when, and what they say."""
    lines = body.split("\n")
    first = [place for place, line in enumerate(lines) if line.strip()][:4]
    for place in first:
        plain = re.sub(r"[*_`]+|\[([^\]]*)\]\([^)]*\)", r"\1", lines[place]).strip()
        goes_on = "".join(lines[place + 1 : place + 2]).lstrip()[:1].islower()
        signed = None if goes_on or furniture.is_prose(plain) else furniture.signed(plain)
        if signed is None or re.match(r"\s*(?:[-+>|#]|\* )", lines[place]):
            continue
        names, date, later = signed
        if not names and not date:
            continue
        lines[place] = ""
        if place and not lines[place - 1].strip():
            lines[place - 1] = "\0"
        facts = changed(facts, authors=(*facts.authors, *(name for name in names if name not in facts.authors)))
        if date and not getattr(facts, when := "updated" if later else "date"):
            facts = changed(facts, **{when: date})
    return "\n".join(line for line in lines if line != "\0").strip("\n"), facts


# -- lines -----------------------------------------------------------------------------------------


def _lines_of(text: str) -> list[Line]:
    """The lines of a text, paragraphs that were wrapped by hand or by a mail program made whole."""
    blocks = [
        [" ".join(line.split()) for line in block.split("\n") if line.strip()] for block in re.split(r"\n\s*\n", text)
    ]
    hard = _wrapped(blocks)
    lines: list[Line] = []
    for block in blocks:
        whole = hard and furniture.ended(block[-1]) if block else False
        for place, line in enumerate(block):
            goes_on = hard and bool(lines and lines[-1].kind) and line[:1].islower()
            joins = place and (goes_on or (whole and len(block[place - 1]) >= 40)) and not _BULLET.match(line)
            if joins:
                last = lines[-1]
                lines[-1] = Line(text=f"{last.text} {line}", kind=last.kind)
            elif (bullet := _BULLET.match(line)) and not furniture.opens_with_date(line):
                lines.append(Line(text=line[bullet.end() :], kind="number" if line[0].isdigit() else "bullet"))
            elif line:
                lines.append(Line(text=line))
    return lines


def _wrapped(blocks: Sequence[Sequence[str]]) -> bool:
    """Whether paragraphs are cut into lines of one width, which then go on in lower case."""
    texts = [block for block in blocks if len(block) > 1 and furniture.ended(block[-1])]
    inner = [line for block in texts for line in block[:-1]]
    going_on = [line for block in texts for line in block[1:] if line[:1].islower()]
    cut = [line for line in inner if 40 <= len(line) <= 100 and not furniture.ended(line)]
    return len(cut) * 2 > len(inner) and len(going_on) * 4 > len(inner) and max(map(len, inner)) <= 110


def _labels(lines: Sequence[Line], facts: Facts) -> tuple[list[Line], Facts]:
    """Facts from lines such as `Title: …` and `Date: …` at the top."""
    names = {
        "headline": "title",
        "subheadline": "subtitle",
        "summary": "subtitle",
        "dek": "subtitle",
        "published": "date",
        "source": "publisher",
        "url": "link",
    }
    rest: list[Line] = []
    said: dict[str, object] = {}
    for place, line in enumerate(lines):
        match = _LABEL.fullmatch(line.text) if place < HEADER and furniture.words(line.text) < 40 else None
        name = match["name"].lower() if match else ""
        if not match or (name == "published" and not dates.within(match["value"])):
            rest.append(line)
        elif name == "author":
            said["authors"] = (
                furniture.byline(match["value"]) or furniture.byline(f"by {match['value']}") or (match["value"],)
            )
        elif re.match(r"https?://", match["value"]):
            said["link"] = match["value"].split()[0]
        else:
            said.setdefault(names.get(name, name), match["value"])
    return rest, changed(facts, **{name: value for name, value in said.items() if not getattr(facts, name)})


def _footer(lines: Sequence[Line], facts: Facts) -> Facts:
    """Title, publisher and address from what sites put below an article."""
    said: dict[str, object] = {}
    for place, line in enumerate(lines):
        if first := furniture.first_on(line.text):
            said["title"], said["publisher"] = first
        elif site := furniture.originally(line.text):
            said.setdefault("publisher", site)
        elif place >= len(lines) - 3 and (host := furniture.domain(line.text)):
            said.setdefault("link", f"https://{host}/")
            above = lines[place - 1].text if place else ""
            if 0 < furniture.words(above) <= 5 and not furniture.ended(above) and not furniture.is_furniture(above):
                said.setdefault("publisher", above)
    return changed(facts, **{name: value for name, value in said.items() if not getattr(facts, name)})


def _body_start(lines: Sequence[Line], facts: Facts) -> int:
    """Where the text begins: at the first paragraph, but below a byline that stands under a one-sentence subtitle."""
    prose = [
        place
        for place, line in enumerate(lines)
        if not line.kind and furniture.is_prose(line.text) and furniture.signed(line.text) is None
    ]
    first = _above_list(lines, prose[0]) if prose else _short_start(lines)
    for place in range(min(HEADER, len(lines)) - 1, first, -1):
        above = [line for line in lines[first:place] if furniture.is_prose(line.text)]
        marked = furniture.signed(lines[place].text) is not None
        if marked and len(above) == 1 and furniture.words(above[0].text) <= 45 and place < prose[-1]:
            return next(
                (later for later in range(place + 1, len(lines)) if furniture.is_prose(lines[later].text)), first
            )
    # A sub-head may stand directly above the first paragraph, but then it is the title that stands there.
    return first


def _is_listed(line: Line) -> bool:
    return line.kind in ("bullet", "number") or (line.kind == "block" and bool(_LISTED.match(line.markdown)))


def _above_list(lines: Sequence[Line], first: int) -> int:
    """The short line that announces a list which stands above the first paragraph, else that paragraph."""
    top = next((place for place in range(first, 0, -1) if not _is_listed(lines[place - 1])), 0)
    announced = 0 < top < first and furniture.words(lines[top - 1].text) >= 4 and lines[top - 1].text.endswith(":")
    return top - 1 if announced else first


def _short_start(lines: Sequence[Line]) -> int:
    """Where a text of short lines begins: at its first sentence, else below who and when, else at once."""
    signed = [place for place, line in enumerate(lines) if furniture.signed(line.text) is not None]
    ended = (place for place, line in enumerate(lines) if furniture.ended(line.text) and place not in signed)
    below = max(signed, default=-1) + 1
    return next(ended, below if below < min(HEADER, len(lines)) else 0)


def _header(lines: Sequence[Line], start: int, facts: Facts) -> Facts:
    """Title, subtitle, byline and date from the lines above the text."""
    repeated = Counter(fold(line.text) for line in lines)
    above = [line.text for line in lines[:start]]
    authors: list[str] = []
    candidates: list[str] = []
    said: dict[str, object] = {}
    for place, text in enumerate(above):
        near = " ".join(above[place + 1 : place + 3] + above[max(0, place - 1) : place])
        if signed := furniture.signed(text):
            names, date, later = signed
            authors += names
            if date:
                said.setdefault("updated" if later else "date", date)
        elif furniture.is_name(text) and (furniture.says_when(near) or re.search(r"\bby$", near, re.I)) and candidates:
            authors.append(text)
        elif not furniture.is_furniture(text) and not furniture.ends_article(text) and not furniture.domain(text):
            candidates.append(text)
    said["authors"] = tuple(dict.fromkeys(authors))
    title = facts.title or _title(candidates, repeated)
    subtitles = [
        text
        for text in candidates[candidates.index(title) + 1 if title in candidates else 0 :]
        if fold(text) != fold(title) and furniture.words(text) >= 5
    ]
    said |= {"title": title, "subtitle": subtitles[0] if subtitles and title else ""}
    return changed(facts, **{name: value for name, value in said.items() if value and not getattr(facts, name)})


def _title(candidates: Sequence[str], repeated: Counter[str]) -> str:
    """The headline among the lines above a text: one that the page repeats, else the first of several words."""
    often = [text for text in candidates if repeated[fold(text)] > 2 and furniture.words(text) > 2]
    long = [text for text in candidates if furniture.words(text) > 3]
    return next(iter([*often, *long, *candidates]), "")


# -- the text --------------------------------------------------------------------------------------


def _body(lines: Sequence[Line], facts: Facts) -> list[Line]:
    """The lines of the text itself, from its first to its last paragraph."""
    total = sum(furniture.words(line.text) for line in lines if furniture.is_prose(line.text)) or 1
    title, kept, seen, skipping = fold(facts.title), [], 0, False
    for line in lines:
        text = line.text
        if furniture.ends_article(text):
            # Some boxes stand in the middle of a text, so only what comes late ends it.
            if seen * 2 >= total and (
                seen * 5 >= total * 4 or not re.match(r"(related|more|read|recommended|share)", text, re.I)
            ):
                break
            skipping = True
            continue
        if furniture.is_prose(text):
            skipping = False
            seen += furniture.words(text)
        if skipping or fold(text) == title or (not line.kind and _not_text(text, facts)):
            continue
        kept.append(line)
    return _trimmed(kept, facts)


def _not_text(text: str, facts: Facts) -> bool:
    return (
        furniture.is_furniture(text)
        or furniture.is_dated(text)
        or bool((furniture.signed(text) or ((),))[0])
        or bool(furniture.domain(text))
        or text in facts.authors
    )


def _trimmed(kept: list[Line], facts: Facts) -> list[Line]:
    """Without what trails the last paragraph: other headlines, a site's name, links, a word about the author."""
    while kept:
        last = kept[-1]
        about = any(
            re.match(rf"{re.escape(name)}\s+(\||is\b|was\b|has\b|writes\b|covers\b|reports\b)", last.text)
            for name in facts.authors
        )
        listed = last.kind and (furniture.words(last.text) > 3 or furniture.ended(last.text))
        if not about and (listed or last.kind == "block" or (furniture.ended(last.text) and not last.kind)):
            break
        if len(kept) == 1 and not about:
            break
        kept.pop()
    return kept


def _blocks(kept: Sequence[Line]) -> list[str]:
    """Markdown blocks: paragraphs, lists, and short lines above a paragraph as sub-heads."""
    blocks: list[str] = []
    number = 0
    levels = [len(match[0]) for line in kept if line.kind == "heading" and (match := re.match("#+", line.markdown))]
    raised = min(levels, default=2) - 2
    for place, line in enumerate(kept):
        if line.kind in ("bullet", "number"):
            number = number + 1 if place and kept[place - 1].kind == line.kind else 1
            written = (
                f"{number}. {markdown.escape(line.text)}"
                if line.kind == "number"
                else f"- {markdown.escape(line.text)}"
            )
            if number > 1:
                blocks[-1] += "\n" + written
            else:
                blocks.append(written)
        elif line.markdown:
            # The page's own title was its highest heading, and is not part of the text.
            blocks.append(line.markdown[raised:] if line.kind == "heading" else line.markdown)
        elif _is_subhead(kept, place):
            blocks.append("## " + re.sub(r"#+$", "", markdown.escape(line.text)).rstrip())
        else:
            blocks.append(markdown.escape(line.text))
    return blocks


def _is_subhead(kept: Sequence[Line], place: int) -> bool:
    text = kept[place].text
    after = kept[place + 1] if place + 1 < len(kept) else None
    if after is None or furniture.words(text) > 14 or text[:1] in "\"“'‘«(" or re.search(r"[.,;:…。][\"'”’»)]*$", text):
        return False
    return bool(after.kind) or furniture.words(after.text) >= 12 or furniture.ended(after.text)

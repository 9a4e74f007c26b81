"""What an entry of any kind of feed states, and the one way in which that becomes an item.

Never invents: what an entry does not state is left out or says so, as `date_basis` does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from builder import dates, markdown, sanitize, urls
from builder.model import Dropped, Enclosure, Found, Item, Parsed, Source, Value
from builder.sources import fold, googlenews, identities

MOST = 500
BODY_BYTES = 1 << 20
TITLE, SUMMARY, TAG, TAGS, WORDS = 300, 240, 60, 12, 80


class Stated(Value, frozen=True):
    """One entry as its feed states it: `summary` and `body` are HTML, the rest is text."""

    title: str = ""
    guid: str = ""
    link: str = ""
    published: str = ""
    published_guess: datetime | None = None
    updated: str = ""
    updated_guess: datetime | None = None
    summary: str = ""
    body: str = ""
    base: str = ""
    images: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    publisher: str = ""
    authors: tuple[str, ...] = ()
    lang: str = ""
    enclosures: tuple[Enclosure, ...] = ()


class Feed(Value, frozen=True):
    """What a feed states about itself."""

    title: str = ""
    home: str = ""
    lang: str = ""


def parsed(feed: Feed, entries: Sequence[Stated], source: Source, *, as_of: datetime) -> Parsed:
    """The items of a feed's entries, in the feed's order."""
    # The link of the whole site, and one that several entries share, say nothing about a single entry.
    shared = Counter(urls.key(entry.link) for entry in entries[:MOST] if entry.link)
    home = urls.key(feed.home) if feed.home else ""
    guids = Counter(entry.guid for entry in entries[:MOST])
    pairs = Counter((entry.guid, urls.key(entry.link)) for entry in entries[:MOST])
    found: list[Found] = []
    dropped: list[Dropped] = []
    known: set[tuple[str, ...]] = set()
    for place, entry in enumerate(entries[:MOST], 1):
        if not (entry.title or entry.summary or entry.body or entry.link or entry.guid or entry.enclosures):
            dropped.append(Dropped(where=f"entry {place}", reason="states nothing: no title, no text, no link"))
            continue
        item = item_of(entry, feed, source, as_of=as_of)
        key = urls.key(entry.link)
        ids = identities(
            source=source.name,
            guid=entry.guid,
            guid_link=_apart(entry, key, guids[entry.guid], pairs[entry.guid, key]),
            link=entry.link if entry.link and shared[key] == 1 and key != home else "",
            title=entry.title,
            date=entry.published or entry.updated,
            text=sanitize.text(entry.body or entry.summary) or item.title,
        )
        # Some feeds state an entry twice, as it was and as it was edited: same guid, same link (scripting.com).
        if ids in known:
            dropped.append(Dropped(where=f"entry {place}: {item.title[:60]}", reason="repeats an entry above it"))
            continue
        known.add(ids)
        found.append(Found(item=replaced(item, id=ids[0]), identities=ids))
    if len(entries) > MOST:
        dropped.append(
            Dropped(
                where=f"entries {MOST + 1} to {len(entries)}",
                reason=f"only the first {MOST} entries of a feed are taken",
            )
        )
    return Parsed(title=feed.title, found=tuple(found), dropped=tuple(dropped))


def _apart(entry: Stated, key: str, guids: int, pairs: int) -> str:
    """What tells entries with one guid apart: their links, and where one page is the link of all, their titles."""
    if guids == 1:
        return ""
    return f"{key} {fold(entry.title)}" if pairs > 1 and entry.title else key


def item_of(entry: Stated, feed: Feed, source: Source, *, as_of: datetime) -> Item:
    """One entry as an item, without an id."""
    base = entry.base or entry.link or feed.home
    html = _capped(entry.body or entry.summary)
    summary, body = sanitize.sentences(entry.summary[:BODY_BYTES]), sanitize.sentences(html)
    date, basis, raw = dated(entry, as_of)
    title = (
        markdown.cut(entry.title, TITLE)
        or markdown.cut(markdown.first_sentence(body or summary), 100)
        or urls.host(entry.link)
        or f"{feed.title} {date:%Y-%m-%d}".strip()
    )
    item = Item(
        title=title,
        date=date,
        date_basis=basis,
        date_raw=raw,
        updated=_later(entry, date, as_of),
        description=sentence(title, (summary, body)),
        summary=card(title, (summary, body)),
        image=_image(entry, html, base),
        link=urls.absolute(entry.link or feed.home or source.url),
        source=source.name,
        categories=source.categories,
        tags=tags((*source.tags, *entry.terms)),
        publisher=entry.publisher or feed.title,
        authors=people(entry.authors),
        lang=language(entry.lang or feed.lang),
        enclosures=tuple(media for media in entry.enclosures if media.url),
    )
    if mentions := googlenews.mentions(entry.body or entry.summary, item.link):
        return _shown(googlenews.cluster(item, mentions), "", source.show)
    return _shown(item, html, source.show, base)


def _shown(item: Item, html: str, show: str, base: str = "") -> Item:
    """The item with as much of its text as the source's policy lets anybody see."""
    if show == "headline":
        return replaced(item, summary="", description="", body="")
    if not html:
        return item
    body = markdown.from_html(html, base)
    if show != "full":
        body = markdown.excerpt(body, WORDS)
    return replaced(item, body=body.encode("utf-8", "replace")[:BODY_BYTES].decode("utf-8", "ignore"))


def replaced(item: Item, **fields: object) -> Item:
    """The item with some fields changed."""
    return msgspec.structs.replace(item, **fields)


def dated(entry: Stated, as_of: datetime) -> tuple[datetime, str, str]:
    """The item's date, how it was obtained, and the words it was read from."""
    if found := dates.parse(entry.published, as_of=as_of, fallback=entry.published_guess):
        return found[0], found[1], entry.published
    if found := dates.parse(entry.updated, as_of=as_of, fallback=entry.updated_guess):
        return found[0], "updated" if found[1] == "published" else found[1], entry.updated
    return dates.first_seen(as_of), "first-seen", entry.published or entry.updated


def _later(entry: Stated, date: datetime, as_of: datetime) -> datetime | None:
    found = dates.parse(entry.updated, as_of=as_of, fallback=entry.updated_guess) if entry.updated else None
    return found[0] if found and found[0] > date else None


def sentence(title: str, texts: Iterable[str]) -> str:
    """One plain sentence for a page's meta tags: the first that says more than the title."""
    for text in texts:
        for said in markdown.sentences(_after_title(title, text)[:4000]):
            if len(fold(said).split()) > 1 or len(said) > 12:
                return markdown.cut(said, 200)
    return ""


def card(title: str, texts: Iterable[str]) -> str:
    """The text of a card, at most 240 characters, that says more than the title."""
    return next((markdown.shorten(rest, SUMMARY) for text in texts if (rest := _after_title(title, text))), "")


def _after_title(title: str, text: str) -> str:
    """The text without a title that it repeats at its start, as many feeds do; `""` if nothing else is left."""
    rest = text[len(title) :] if title and text.casefold().startswith(title.casefold()) else text
    parted = re.match(r"[.:;!?|–—…-]|\s[|–—-]\s", rest) or title[-1:] in ".!?…。！？"
    if rest is not text and (
        parted or (len(title.split()) > 2 and re.match(r"\s+[^\sa-z]", rest) and not rest.split()[0][0].islower())
    ):
        text = rest.lstrip(" .:;!?|-–—…")
    return "" if fold(text) == fold(title) else text


def _capped(html: str) -> str:
    return html if len(html) <= BODY_BYTES else html[:BODY_BYTES].rsplit("<", 1)[0]


def _image(entry: Stated, html: str, base: str) -> str:
    for image in entry.images:
        if (url := urls.absolute(image, base)).startswith("http"):
            return url
    for match in re.finditer(r"<img\b[^>]*>", sanitize.for_markdown(html, base) if "<img" in html.lower() else ""):
        tag = match.group()
        address = re.search(r'\bsrc="(http[^"]*)"', tag)
        if address and not re.search(r'\b(width|height)="[01](px)?"', tag):  # not a tracking pixel
            return address[1].replace("&amp;", "&")
    return ""


def tags(terms: Iterable[str]) -> tuple[str, ...]:
    """Category terms as tags: no addresses, no host names, nothing long, none twice, at most twelve."""
    kept: dict[str, str] = {}
    for term in terms:
        name = sanitize.line(term)
        if (
            not name
            or len(name) > TAG
            or "://" in name
            or re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?", name, re.I)
        ):
            continue
        if not any(character.isalnum() for character in name):
            continue
        kept.setdefault(name.casefold(), name)
    return tuple(kept.values())[:TAGS]


def people(names: Iterable[str]) -> tuple[str, ...]:
    """Names without e-mail addresses: RSS 2.0 asks for an address, nobody wants theirs published."""
    kept: dict[str, str] = {}
    for stated in names:
        name = sanitize.line(re.sub(r"[<(]?\b(mailto:)?[\w.+-]+@[\w-]+(\.[\w-]+)*\b[>)]?", " ", sanitize.line(stated)))
        if name.startswith("(") and name.endswith(")"):
            name = name[1:-1].strip()
        name = name.strip(" ,;<>")
        if name and not re.match(r"https?://", name):
            kept.setdefault(name.casefold(), markdown.cut(name, 100))
    return tuple(kept.values())[:TAGS]


def language(stated: str) -> str:
    """A language tag in the usual shape, `pt-BR` or `zh-Hant`; `""` where it is none (RFC 5646 §2.1.1)."""
    if not re.fullmatch(
        r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|\d{3}))?([-_][A-Za-z0-9]{5,8})?", stated.strip()
    ):
        return ""
    first, *rest = re.split(r"[-_]", stated.strip())
    return "-".join(
        [
            first.lower(),
            *(part.upper() if len(part) < 4 else part.title() if len(part) == 4 else part.lower() for part in rest),
        ]
    )

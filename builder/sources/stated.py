"""What an entry of any kind of feed states, and the one way in which that becomes an item.

Never invents: what an entry does not state is left out or says so, as `date_basis` does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

import msgspec

from builder import canonical, dates, markdown, sanitize, urls
from builder.found import Dropped, Found, Parsed
from builder.model import Enclosure, Item, Value, fingerprint
from builder.settings import Source
from builder.sources import fold, googlenews, identities

MOST = 500
BODY_BYTES = 1 << 20
ADDRESS, NAME, MEDIA, ENOUGH = 4096, 200, 20, 1 << 16
TITLE, SUMMARY, TAG, TAGS, WORDS = 300, 240, 60, 12, 80


class Stated(Value, frozen=True):
    """One entry as its feed states it: `summary` and `body` are HTML, the rest is text.

    `publisher` and `origin`, an address, are of whom the feed has it from.
    """

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
    origin: str = ""
    authors: tuple[str, ...] = ()
    lang: str = ""
    enclosures: tuple[Enclosure, ...] = ()


class Feed(Value, frozen=True):
    """What a feed states about itself; `ttl` and what follows are those of `Parsed`.

    `hosts` tells the host of a publisher by its folded name, as the entries of an aggregator state it.
    """

    title: str = ""
    home: str = ""
    lang: str = ""
    ttl: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    hosts: dict[str, str] = {}


def parsed(feed: Feed, entries: Sequence[Stated], source: Source, *, as_of: datetime) -> Parsed:
    """The items of a feed's entries, in the feed's order, on which nothing else depends."""
    zone = dates.zone_of(source.assume_timezone)
    every = [(place, _limited(entry)) for place, entry in enumerate(entries, 1)]
    if len(every) > MOST:
        every = sorted(sorted(every, key=lambda one: dated(one[1], as_of, zone)[0], reverse=True)[:MOST])
    feed = msgspec.structs.replace(feed, hosts=_hosts(entry for _, entry in every))
    identified = _identified([entry for _, entry in every], feed, source)
    found: dict[tuple[str, ...], Found] = {}
    dropped: list[Dropped] = []
    for (place, entry), ids in zip(every, identified, strict=True):
        if not (entry.title or entry.summary or entry.body or entry.link or entry.guid or entry.enclosures):
            dropped.append(Dropped(where=f"entry {place}", reason="states nothing: no title, no text, no link"))
            continue
        item = replaced(item_of(entry, feed, source, as_of=as_of), id=ids[0])
        # Some feeds state an entry twice, as it was and as it was edited: same guid, same link (scripting.com).
        if ids in found:
            dropped.append(Dropped(where=f"entry {place}: {item.title[:60]}", reason="repeats another entry"))
            item = max(found[ids].item, item, key=_edition)
        found[ids] = Found(item=item, identities=ids)
    kept, again = _once(found.values(), canonical.key(feed.home) if feed.home else "")
    dropped += again
    if len(entries) > MOST:
        reason = f"only the newest {MOST} entries of a feed are taken"
        dropped.append(Dropped(where=f"{len(entries) - MOST} more entries", reason=reason))
    return Parsed(
        title=feed.title,
        ttl=feed.ttl,
        skip_hours=feed.skip_hours,
        skip_days=feed.skip_days,
        found=kept,
        dropped=tuple(dropped),
    )


def _limited(entry: Stated) -> Stated:
    """An entry without addresses that are none, and without more of anything than an item may have."""
    return msgspec.structs.replace(
        entry,
        link=entry.link if len(entry.link) <= ADDRESS else "",
        publisher=markdown.cut(entry.publisher, NAME),
        origin=entry.origin[:ADDRESS],
        images=tuple(image for image in entry.images[:MEDIA] if len(image) <= ADDRESS),
        enclosures=tuple(media for media in entry.enclosures if 0 < len(media.url) <= ADDRESS)[:MEDIA],
    )


def _hosts(entries: Iterable[Stated]) -> dict[str, str]:
    """The hosts of publishers by their folded names, as an aggregator's entries state them."""
    stated = {
        (fold(entry.publisher), host)
        for entry in entries
        if entry.publisher and (host := urls.host(entry.origin)) and googlenews.is_aggregated(entry.link)
    }
    return dict(sorted(stated, reverse=True))


def _identified(entries: Sequence[Stated], feed: Feed, source: Source) -> list[tuple[str, ...]]:
    """What each entry can be known by again (see `identities`)."""
    keys = [canonical.key(entry.link) for entry in entries]
    # The link of the whole site, and one that several entries share, say nothing about a single entry.
    shared = Counter(keys)
    home = canonical.key(feed.home) if feed.home else ""
    guids = Counter(entry.guid for entry in entries)
    pairs = Counter((entry.guid, key) for entry, key in zip(entries, keys, strict=True))
    return [
        identities(
            source=source.name,
            guid=entry.guid,
            guid_link=_apart(entry, key, guids[entry.guid], pairs[entry.guid, key]),
            link=entry.link if entry.link and shared[key] == 1 and key != home else "",
            title=entry.title,
            date=entry.published or entry.updated,
            text=sanitize.text(entry.body or entry.summary) or entry.title or feed.title,
        )
        for entry, key in zip(entries, keys, strict=True)
    ]


def _edition(item: Item) -> tuple[datetime, int, str]:
    """Which of two statements of one entry is the later one: by its dates, else the one that says more."""
    return (item.updated or item.date, len(msgspec.json.encode(item)), fingerprint(item))


def _once(found: Iterable[Found], home: str) -> tuple[tuple[Found, ...], list[Dropped]]:
    """What was found, with one of those that are one entry under two guids (suspilne.media), and the others.

    They have the same headline and day, and lead to the same page, which is not the front page, and the same media.
    """
    kept: dict[object, Found] = {}
    again = []
    for one in found:
        item, ids = one.item, one.identities
        same: object = (item.link, fold(item.title), item.date.astimezone(UTC).date(), item.enclosures)
        same = same if item.link and canonical.key(item.link) != home and fold(item.title) else ids
        if same in kept:
            again.append(Dropped(where=item.title[:60], reason="repeats another entry"))
            item = max(kept[same].item, item, key=_edition)
            # In an order that is the same whichever of them came first.
            ids = (item.id, *sorted({*ids, *kept[same].identities} - {item.id}))
        kept[same] = Found(item=item, identities=ids)
    return tuple(kept.values()), again


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
    date, basis, raw = dated(entry, as_of, dates.zone_of(source.assume_timezone))
    link = urls.absolute(entry.link or feed.home or source.url)
    domain = _domain(entry, link, feed)
    title = (
        markdown.cut(googlenews.without(entry.title, entry.publisher) if domain else entry.title, TITLE)
        or markdown.cut(markdown.first_sentence(body or summary), 100)
        or urls.host(entry.link)
        or f"{feed.title} {date:%Y-%m-%d}".strip()
    )
    item = Item(
        title=title,
        date=date,
        date_basis=basis,
        date_raw=raw,
        updated=_later(entry, date, as_of, dates.zone_of(source.assume_timezone)),
        description=sentence(title, (summary, body)),
        summary=card(title, (summary, body)),
        image=_image(entry, html, base),
        link=link,
        source=source.name,
        categories=source.categories,
        tags=tags((*source.tags, *entry.terms)),
        publisher=entry.publisher or domain or markdown.cut(feed.title, NAME),
        domain=domain,
        authors=people(entry.authors),
        lang=language(entry.lang or feed.lang),
        enclosures=entry.enclosures,
    )
    coverage, words = googlenews.told(entry.body or entry.summary, item.link, feed.hosts)
    if coverage:
        return _shown(googlenews.cluster(item, coverage, words, entry.publisher), "", source.show)
    return _shown(item, html, source.show, base)


def _shown(item: Item, html: str, show: str, base: str = "") -> Item:
    """The item with as much of its text as the source's policy lets anybody see."""
    if show == "headline":
        return replaced(item, summary="", description="", body="")
    if not html:
        return item
    if show == "full":
        body = markdown.from_html(html, base)
    else:
        body = (
            markdown.excerpt(markdown.from_html(html[:ENOUGH].rsplit("<", 1)[0], base), WORDS)
            if len(html) > ENOUGH
            else ""
        )
        body = body if body.endswith("…") else markdown.excerpt(markdown.from_html(html, base), WORDS)
    return replaced(item, body=body.encode("utf-8", "replace")[:BODY_BYTES].decode("utf-8", "ignore"))


def replaced(item: Item, **fields: object) -> Item:
    """The item with some fields changed."""
    return msgspec.structs.replace(item, **fields)


def dated(entry: Stated, as_of: datetime, zone: tzinfo = UTC) -> tuple[datetime, str, str]:
    """The item's date, how it was obtained, and the words it was read from.

    A time without a zone is of `zone`. A date that is more than a day ahead is that of first sight, whatever else
    is stated: else the item would move when the day comes.
    """
    for raw, guess, basis in (
        (entry.published, entry.published_guess, "published"),
        (entry.updated, entry.updated_guess, "updated"),
    ):
        if found := dates.stated(raw, as_of=as_of, fallback=guess, zone=zone):
            if dates.is_ahead(found[0], as_of):
                return dates.first_seen(as_of), "first-seen", _raw(raw)
            return found[0], basis if found[1] == "published" else found[1], _raw(raw)
    return dates.first_seen(as_of), "first-seen", _raw(entry.published or entry.updated)


def _raw(stated: str) -> str:
    return sanitize.characters(stated).strip()[: dates.LONGEST]


def _later(entry: Stated, date: datetime, as_of: datetime, zone: tzinfo) -> datetime | None:
    found = dates.parse(entry.updated, as_of=as_of, fallback=entry.updated_guess, zone=zone) if entry.updated else None
    return found[0] if found and found[0] > date else None


def _domain(entry: Stated, link: str, feed: Feed) -> str:
    """The publisher's host, where the link leads to an aggregator and the entry states whose article it is."""
    if googlenews.is_aggregated(link):
        return googlenews.domain(link, entry.origin)
    here, there = urls.host(link), urls.host(entry.origin)
    apart = here.split(".")[-2:] != there.split(".")[-2:]
    return there if there and apart and here == urls.host(feed.home) else ""


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

"""Cluster feeds understood for what they are: entries that name several articles about one event.

Never asks the network: what a Google News link hides stays hidden, but the same article has the same key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html as entities
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
import nh3

from builder import sanitize, urls
from builder.model import Item, Mention

GOOGLE = "news.google.com"
LONG = 50
_SHAPE = nh3.Cleaner(
    tags={"ol", "li", "a", "font"}, attributes={"a": {"href"}}, link_rel=None, url_schemes={"http", "https"}
)
_GAP = r"(?:\s|&nbsp;)*"
_LINE = rf'{_GAP}<a href="([^"]*)">([^<]*)</a>{_GAP}<font>([^<]*)</font>{_GAP}'
# Until 2022 the last line of each list led to Google's own page about the event.
_MORE = rf'(?:<li>{_GAP}<a href="https://news\.google\.com/[^"]*">[^<]*</a>{_GAP}</li>)?'
_LIST = re.compile(rf"{_GAP}<ol>{_GAP}((?:<li>{_LINE}</li>{_GAP})+){_MORE}{_GAP}</ol>{_GAP}")
_SINGLE = re.compile(_LINE)


def mentions(html: str, link: str = "") -> tuple[Mention, ...]:
    """The articles that an entry's HTML names, if it is such a list and nothing else; else none.

    Known by its shape on any host: an `<ol>` whose every line is a linked headline and a publisher
    in `<font>`. A single such line counts only for an entry that links to Google News.
    """
    if "<font" not in html.lower() or "<a" not in html.lower():
        return ()
    bare = _SHAPE.clean(html)
    listed = _LIST.fullmatch(bare)
    if not listed and not (urls.host(link) == GOOGLE and _SINGLE.fullmatch(bare)):
        return ()
    found = []
    for address, title, publisher in _SINGLE.findall(listed[1] if listed else bare):
        mention = _mention(entities.unescape(address), entities.unescape(title), entities.unescape(publisher))
        if mention.title and mention.link:
            found.append(mention)
    return tuple(found)


def _mention(address: str, title: str, publisher: str) -> Mention:
    link = urls.absolute(address)
    return Mention(
        title=sanitize.line(title), link=link, publisher=sanitize.line(publisher), key=article_key(link) if link else ""
    )


def cluster(item: Item, coverage: Sequence[Mention]) -> Item:
    """The item of a cluster entry: its own headline and publisher, the coverage, one sentence, no body."""
    first = coverage[0]
    title = _without(item.title, first.publisher)
    said = sentence(coverage)
    return msgspec.structs.replace(
        item,
        title=title,
        publisher=first.publisher or item.publisher,
        coverage=tuple(coverage),
        description=said,
        summary=said,
        body="",
    )


def sentence(coverage: Sequence[Mention]) -> str:
    """What another publisher says, in any language: `BBC: Zelensky says … from allies.`; `""` where none does."""
    if len(coverage) < 2:
        return ""
    second = coverage[1]
    said = f"{second.publisher}: {second.title}" if second.publisher else second.title
    return said if re.search(r"[.!?…。！？]['\"”’»)]*$", said) else said + "."


def normalise(item: Item) -> Item:
    """An item whose file holds a cluster entry as raw HTML, as the same clean item that its feed gives.

    Such files have the publisher in title and slug, a description of headlines glued together, and a
    host for a category. What a person wrote stays: any other item comes back untouched.
    """
    hosts = {urls.host(item.link), urls.host(item.source)} - {""}
    kept = tuple(name for name in item.categories if name.lower().removeprefix("www.") not in hosts)
    if kept != item.categories:
        item = msgspec.structs.replace(item, categories=kept)
    coverage = mentions(item.body, item.link)
    if not coverage:
        return item
    clean = cluster(item, coverage)
    slug = item.slug if clean.title == item.title else _slug_without(item.slug, clean.title, coverage[0].publisher)
    described = not _glued(item.description, item.title, coverage)
    summary = clean.summary or (item.description if described else "")
    return msgspec.structs.replace(
        clean,
        slug=slug,
        publisher=item.publisher or clean.publisher,
        coverage=item.coverage or clean.coverage,
        description=item.description if described else clean.description,
        summary=summary if _glued(item.summary, item.title, coverage) else item.summary,
    )


def _slug_without(slug: str, title: str, publisher: str) -> str:
    """A slug without its publisher, or without the part of it that was left when the slug was cut at its limit."""
    tail = "-" + urls.slug(publisher)
    if len(tail) > 1 and slug.endswith(tail):
        return slug.removesuffix(tail)
    whole = urls.slug(title, len(title) * 8).replace("-", "")
    first = len(tail[1:].split("-")[0]) + 1
    for length in range(len(tail) - 1, 0, -1):
        rest = slug.removesuffix(tail[:length])
        # Made by another program it may spell the title otherwise; then only a whole word of the publisher is cut.
        known = rest.replace("-", "") == whole
        if rest != slug and rest and (known or (len(slug) >= LONG and first < length)):
            return rest
    return slug


def _glued(text: str, title: str, coverage: Sequence[Mention]) -> bool:
    """Whether a text is empty or only the coverage's headlines and publishers run together."""
    letters = _letters(text)
    if not letters or not _letters("".join(mention.title + mention.publisher for mention in coverage)).startswith(
        letters
    ):
        return not letters
    # What says a part of the first headline, and no publisher, was written so if it is a sentence or stands alone.
    part = len(letters) <= len(_letters(coverage[0].title)) and "\xa0" not in entities.unescape(text)
    alone = len(coverage) == 1 and text not in (title, coverage[0].title) and not text.endswith("…")
    return not part or not (alone or re.search(r"[.!?。！？]$", text))


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", sanitize.text(text)).casefold()


def _without(title: str, publisher: str) -> str:
    """A headline without the ` - Publisher` that Google News puts behind it."""
    for dash in (" - ", " – ", " | "):
        tail = dash + publisher
        if publisher and title.casefold().endswith(tail.casefold()) and len(title) > len(tail):
            return title[: -len(tail)].rstrip()
    return title


# -- keys ------------------------------------------------------------------------------------------


def article_key(link: str) -> str:
    """The key of the article that a link leads to: `gn:` or `url:` and 16 hex digits.

    >>> article_key("http://www.example.org/a?utm_source=x") == article_key("https://example.org/a")
    True
    """
    key = link_key(link)
    return key if key.startswith("gn:") else "url:" + _hash(key.encode("utf-8", "replace"))


def link_key(link: str) -> str:
    """`gn:` with a hash for an opaque Google News link; else `urls.key`, of the publisher's link where one is inside.

    A link's last segment is base64url of a protobuf message. Field 4 names the article: until July
    2024 as its address, since then in a form that only Google reads. The optional field 26 is for its
    AMP page, and differs between two links to one article.
    """
    payload = _field(link, 4)
    if payload is None:
        return urls.key(link)
    try:
        inner = payload.decode("ascii")
    except UnicodeDecodeError:
        inner = ""
    if re.match(r"https?://\S+$", inner):
        return urls.key(inner)
    return "gn:" + _hash(payload)


def _hash(value: bytes) -> str:
    return hashlib.blake2b(value, digest_size=8).hexdigest()


def _field(link: str, wanted: int) -> bytes | None:
    """The bytes of one field of a Google News link's message."""
    if urls.host(link) != GOOGLE:
        return None
    match = re.search(r"/(?:articles|read)/([A-Za-z0-9_-]{8,4096})=*$", urlsplit(link).path)
    if not match:
        return None
    try:
        message = base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4))
    except (ValueError, binascii.Error):
        return None
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == 0:
            _, place = _varint(message, place)
            continue
        size, place = _varint(message, place) if kind == 2 else ({1: 8, 5: 4}.get(kind, len(message)), place)
        if place + size > len(message):
            return None
        if tag >> 3 == wanted and kind == 2:
            return message[place : place + size] or None
        place += size
    return None


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(message) and shift < 64:
        byte = message[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
    return value, len(message) + 1


# -- headlines -------------------------------------------------------------------------------------


def headline_keys(item: Item) -> tuple[str, ...]:
    """The keys of an item of a publisher's own feed, by which a mention of it is known; none for a cluster."""
    if item.coverage or not item.link or urls.host(item.link) == GOOGLE:
        return ()
    return _headline_keys(item.title, item.publisher, item.domain or urls.host(item.link))


def headline_keys_of(mention: Mention) -> tuple[str, ...]:
    """The keys that an item has which a mention means: of headline and publisher's name, of headline and its host."""
    return _headline_keys(mention.title, mention.publisher, mention.domain)


def _headline_keys(title: str, publisher: str, domain: str) -> tuple[str, ...]:
    from builder.sources import fold

    headline = fold(title)
    names = [name for name in (fold(publisher), domain.lower().removeprefix("www.")) if name]
    return tuple(_hash(f"{headline}\n{name}".encode()) for name in names) if headline else ()

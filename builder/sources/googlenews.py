"""Cluster feeds understood for what they are: entries that name several articles about one event.

Never asks the network: what a Google News link hides stays hidden, but the same article has the same key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html as entities
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

import msgspec

from builder import canonical, markdown, sanitize, urls
from builder.model import Item, Mention
from builder.sources import googlehtml

LONG = 50
LONGEST_TITLE = 300
NOTHING: Mapping[str, str] = MappingProxyType({})
_PROXY = re.compile(r"feedproxy\.google\.com|feeds?\.feedburner\.com|rss\.feedsportal\.com")
_VIDEO = re.compile(r"//(www\.)?youtube\.com/")


def mentions(html: str, link: str = "", names: Mapping[str, str] = NOTHING) -> tuple[Mention, ...]:
    """The articles that an entry's HTML names, if it is a cluster's and nothing else; else none (see `googlehtml`).

    `names` tells the host of a publisher by its folded name, where the feed states it elsewhere.
    """
    return told(html, link, names, whole=True)[0]


def told(
    html: str, link: str, names: Mapping[str, str] = NOTHING, *, whole: bool = False
) -> tuple[tuple[Mention, ...], str]:
    """Like `mentions`, with the first words of the first article, which searches used to give."""
    said = googlehtml.read(html, link, whole=whole)
    return tuple(_mention(*article, names) for article in said.articles), said.words


def _mention(title: str, link: str, publisher: str, names: Mapping[str, str]) -> Mention:
    from builder.sources import fold

    found = Mention(title=markdown.cut(title, LONGEST_TITLE), link=link, publisher=publisher, key=article_key(link))
    host = domain(link) or (names.get(fold(publisher), "") if is_aggregated(link) else "")
    return msgspec.structs.replace(found, domain=host)


def domain(link: str, stated: str = "") -> str:
    """The publisher's host where a link does not show it: what the source states, else what the link hides."""
    if not is_aggregated(link):
        return ""
    inner = inside(link)
    host = "" if _VIDEO.search(inner) else urls.host(inner)
    return host or urls.host(stated)


def is_aggregated(link: str) -> bool:
    """Whether a link leads to a publisher by way of somebody else, whose host says nothing of it."""
    return googlehtml.is_google(link) or canonical.target(link) != link or _PROXY.fullmatch(urls.host(link)) is not None


def cluster(item: Item, coverage: Sequence[Mention], words: str = "", name: str = "") -> Item:
    """The item of a cluster entry: its own headline and publisher, the coverage, one sentence, no body.

    `words` are those that the entry gives of its first article, `name` is the publisher as the entry states it.
    """
    first = coverage[0]
    if not first.domain and first.key == article_key(item.link):
        first = msgspec.structs.replace(first, domain=item.domain)
    said = markdown.first_sentence(words) or sentence(coverage)
    return msgspec.structs.replace(
        item,
        title=without(item.title, first.publisher, name),
        publisher=first.publisher or item.publisher,
        domain=item.domain or first.domain,
        coverage=(first, *coverage[1:]),
        description=said,
        summary=markdown.shorten(words) or said,
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
    hosts = {urls.host(item.link), urls.host(item.source)} - {""} if item.categories else set()
    kept = tuple(name for name in item.categories if name.lower().removeprefix("www.") not in hosts)
    if kept != item.categories:
        item = msgspec.structs.replace(item, categories=kept)
    coverage, words = told(item.body, item.link, whole=True)
    if not coverage:
        return item
    clean = cluster(item, coverage, words)
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


def without(title: str, *names: str) -> str:
    """A headline without the ` - Publisher` that Google News puts behind it."""
    for name in names:
        for dash in (" - ", " – ", " | "):
            tail = dash + name
            if name and title.casefold().endswith(tail.casefold()) and len(title) > len(tail):
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
    """`gn:` and a hash for an opaque Google link; else `canonical.key`, of the publisher's link where one is inside."""
    payload = _field(link, 4)
    if payload is None:
        return canonical.key(link)
    inner = inside(link)
    return canonical.key(inner) if inner else "gn:" + _hash(payload)


def inside(link: str) -> str:
    """The publisher's address that a link holds, `""` for any other.

    The last segment of a Google News link is base64url of a protobuf message. Field 4 names the article: until
    July 2024 as its address, since then in a form that only Google reads; where field 1 is 32 it is a video of
    YouTube. The optional field 26 is for its AMP page, and differs between two links to one article.
    """
    if canonical.target(link) != link:
        return canonical.target(link)
    try:
        inner = (_field(link, 4) or b"").decode("utf-8")
    except UnicodeDecodeError:
        return ""
    if re.fullmatch(r"https?://\S+", inner):
        return inner
    return f"https://www.youtube.com/watch?v={inner}" if re.fullmatch(r"[\w-]{11}", inner, re.A) else ""


def _hash(value: bytes) -> str:
    return hashlib.blake2b(value, digest_size=8).hexdigest()


def _field(link: str, wanted: int) -> bytes | None:
    """The bytes of one field of a Google News link's message."""
    if not googlehtml.is_google(link):
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
    if item.coverage or not item.link or is_aggregated(item.link):
        return ()
    return _headline_keys(item.title, item.publisher, item.domain or urls.host(item.link))


def headline_keys_of(mention: Mention) -> tuple[str, ...]:
    """The keys that an item has which a mention means: of headline and publisher's name, of headline and its host."""
    return _headline_keys(mention.title, mention.publisher, mention.domain)


def _headline_keys(title: str, publisher: str, domain: str) -> tuple[str, ...]:
    from builder.sources import fold

    headline = fold(title)
    names = [name for name in (fold(publisher), domain.lower().removeprefix("www.")) if name]
    return tuple(_hash(f"{headline}\n{name}".encode("utf-8", "replace")) for name in names) if headline else ()

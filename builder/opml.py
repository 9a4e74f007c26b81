"""OPML 1.0 and 2.0 as sources, and sources as OPML 2.0.

Never expands an entity that a file declares, and never follows what it includes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from builder import markup, urls
from builder.errors import SourceError
from builder.found import Dropped
from builder.model import Value
from builder.sanitize import line
from builder.settings import Source

OUTLINES, DEPTH, NAME, URL = 10_000, 32, 200, 4096
"""The most outlines of a file and levels of folders in it; the longest name and address, in characters."""
_TAGS = frozenset({"opml", "outline"})
# What no XML 1.0 document may hold, not even as a reference.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SECRET = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_CODED = {"%": "%25", ",": "%2C", "/": "%2F"}


class Outlines(Value, frozen=True):
    """The sources of an OPML file, as they stand there, and those that cannot be sources, and why."""

    sources: tuple[Source, ...] = ()
    dropped: tuple[Dropped, ...] = ()


# -- reading ------------------------------------------------------------------------------------------


def read(body: bytes, secrets: bool = False) -> Outlines:
    """What an OPML file lists, well-formed or not: `name` may be empty, folders are `categories`, outermost first.

    A `category` without a slash is a tag, as OPML 2.0 says; one with slashes is a path of categories.
    An address that holds `${NAME}` is dropped, since it would carry a secret of ours to whoever wrote
    the file, unless `secrets` says that it is believed. SourceError where the bytes are no OPML at all,
    or hold more than 10,000 outlines.
    """
    found, known = [], False
    for tag in markup.tags(markup.decoded(body), _TAGS):
        known = True
        if tag.name == "outline":
            found.append(tag)
        if len(found) > 2 * OUTLINES:
            raise SourceError(f"more than {OUTLINES:,} outlines", next="cut the file into several")
    if not known:
        raise SourceError("this is no OPML", next="to follow one feed, run 'broadsheet sources add URL'")
    sources: list[Source] = []
    dropped: list[Dropped] = []
    for tag, folders in _leaves(found):
        source = _source(tag, folders, secrets)
        if problem := _problem(_address(tag), source, secrets):
            dropped.append(Dropped(where=source.name or "an outline without a name", reason=problem))
        else:
            sources.append(source)
    return Outlines(sources=tuple(sources), dropped=tuple(dropped))


def _leaves(tags: list[markup.Tag]) -> Iterator[tuple[markup.Tag, tuple[str, ...]]]:
    """Each outline that has an address, with the names of the folders that it stands in.

    Some programs leave the outlines of feeds open. Where ends are missing, an outline with an address
    holds nothing; and where they are too few to be theirs, the end that follows one directly is its folder's.
    """
    feeds = sum(bool(_address(tag)) for tag in tags if not tag.closing and not tag.empty)
    missing = sum(1 if not tag.closing else -1 for tag in tags if tag.closing or not tag.empty)
    folders: list[str] = []
    own_end = False
    for tag in tags:
        if tag.closing:
            if folders and not own_end:
                folders.pop()
            own_end = False
            continue
        feed = bool(_address(tag))
        if feed:
            yield tag, tuple(dict.fromkeys(name for name in folders[:DEPTH] if name))
        own_end = feed and not tag.empty and 0 != missing < feeds
        if not tag.empty and not (feed and missing):
            folders.append("" if feed else _name(tag))


def _address(tag: markup.Tag) -> str:
    stated = tag.attributes
    # Radio UserLand wrote `url`; with the types `link` and `include` it is no feed's.
    old = stated.get("url", "") if stated.get("type", "").lower() in ("rss", "atom", "jsonfeed") else ""
    return (stated.get("xmlurl", "") or old).strip()


def _name(tag: markup.Tag) -> str:
    stated = tag.attributes
    return line(stated.get("title", ""))[:NAME].strip() or line(stated.get("text", ""))[:NAME].strip()


def _source(tag: markup.Tag, folders: tuple[str, ...], secrets: bool) -> Source:
    categories, tags = list(folders), list[str]()
    for stated in tag.attributes.get("category", "").split(","):
        names = [line(_uncoded(part))[:NAME].strip() for part in stated.split("/")]
        (categories if "/" in stated else tags).extend(name for name in names if name)
    return Source(
        name=_name(tag),
        url=_url(_address(tag), secrets),
        categories=tuple(dict.fromkeys(categories)),
        tags=tuple(dict.fromkeys(tags)),
    )


def _url(stated: str, secrets: bool) -> str:
    """An address for `site.toml`, or `""`; the places of secrets stay as they are where the file is believed."""
    return urls.for_source(stated, secrets=secrets) if len(stated) <= URL else ""


def _problem(stated: str, source: Source, secrets: bool) -> str:
    if not secrets and _SECRET.search(stated):
        return "its address asks for a secret of the environment"
    if not source.url:
        return "its address is no http or https URL"
    if urls.bare(source.url) != source.url:
        return "its address holds a password: write ${NAME} instead and set NAME in the environment"
    return ""


# -- writing ------------------------------------------------------------------------------------------


def write(title: str, sources: Iterable[Source]) -> bytes:
    """OPML 2.0 that lists sources with an address, in the folder of their first category; others are left out.

    All categories and tags stand in `category` where a folder cannot say them. Addresses lose their
    userinfo and keep `${NAME}` as it is.
    """
    folders: dict[str, list[str]] = {}
    for number, source in enumerate(sources):
        if source.url:
            folder = source.categories[0] if source.categories and source.categories[0].strip() else ""
            # Without a folder, each is one of its own: order is kept.
            folders.setdefault(f"f{folder}" if folder else f"n{number}", []).append(_outline(source))
    lines = []
    for key, outlines in folders.items():
        if key.startswith("f"):
            outlines = [f"<outline{_attributes(text=key[1:])}>", *outlines, "</outline>"]
        lines += outlines
    head = ['<?xml version="1.0" encoding="utf-8"?>', '<opml version="2.0">', "<head>"]
    head += [f"<title>{_escaped(title)}</title>", "</head>", "<body>"]
    # OPML 2.0: a body holds at least one outline.
    body = lines or ['<outline text="No sources yet"/>']
    return "\n".join([*head, *body, "</body>", "</opml>", ""]).encode("utf-8")


def _outline(source: Source) -> str:
    name = source.name or urls.host(source.url)
    stated = {"type": "rss", "text": name, "title": name, "xmlUrl": urls.bare(source.url)}
    if len(source.categories) > 1 or source.tags:
        paths = [f"/{_coded(category)}" for category in source.categories if category.strip()]
        stated["category"] = ",".join(paths + [_coded(tag) for tag in source.tags if tag.strip()])
    return f"<outline{_attributes(**stated)}/>"


def _attributes(**stated: str) -> str:
    return "".join(f' {name}="{_escaped(value)}"' for name, value in stated.items())


def _escaped(text: str) -> str:
    text = escape(_FORBIDDEN.sub("", text)).replace("&#x27;", "'")
    return re.sub(r"[\t\n\r]", lambda match: f"&#{ord(match[0])};", text)


def _coded(name: str) -> str:
    """A name in a list that commas and slashes divide."""
    return re.sub("[%,/]", lambda match: _CODED[match[0]], name)


def _uncoded(name: str) -> str:
    back = {code.lower(): char for char, code in _CODED.items()}
    return re.sub("%(25|2c|2f)", lambda match: back[match[0].lower()], name, flags=re.I)

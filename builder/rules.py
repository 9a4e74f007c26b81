"""Which of a source's items a site takes: `keep`, `drop` and `block`, and what was removed for good.

Never reads a file, and never changes what an editor wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from builder import urls
from builder.found import Dropped, Found, Parsed
from builder.identity import link_identity
from builder.model import Item, Mention
from builder.settings import Moves, Removal, Rule, Settings, Source
from builder.sources import googlenews

SEARCHED = 2000
"""So many characters of a text are searched: a source writes it, and the owner's expression may be slow."""

# Scripts that put no spaces between words: there any place may be the edge of one.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def filtered(parsed: Parsed, source: Source, settings: Settings) -> Parsed:
    """What is left of a source's items; the others are in `dropped`, each with the rule that it met.

    In order: what was removed for good, `block`, the site's `drop`, the source's, then `keep`. `settings`
    must hold the moves. Nothing to decide gives the same object back.
    """
    links = settings.moves.links
    if not (links or settings.block or settings.keep or settings.drop or source.keep or source.drop):
        return parsed
    found: list[Found] = []
    dropped: list[Dropped] = []
    for one in parsed.found:
        left, told = _allowed(one, settings)
        dropped += told
        reason = _refused(left.item, source, settings) if left else ""
        if left and not reason:
            found.append(left)
        elif reason:
            dropped.append(Dropped(where=_where(one.item.title), reason=reason))
    if len(found) == len(parsed.found) and all(a is b for a, b in zip(found, parsed.found, strict=True)):
        return parsed
    return msgspec.structs.replace(parsed, found=tuple(found), dropped=(*parsed.dropped, *dropped))


def why(item: Item, source: Source, settings: Settings) -> str:
    """The `keep` rule for which an item is taken; `""` where there are none."""
    rules, owner = (source.keep, f"source {source.name}") if source.keep else (settings.keep, "site")
    rule = _first(rules, item)
    return f"kept by {_said('keep', rule)} ({owner})" if rule else ""


def _refused(item: Item, source: Source, settings: Settings) -> str:
    """Why an item is not taken by the rules of the site and of its source; `""` where it is."""
    for rules, owner in ((settings.drop, "site"), (source.drop, f"source {source.name}")):
        if rule := _first(rules, item):
            return f"dropped by {_said('drop', rule)} ({owner})"
    keep, owner = (source.keep, f"source {source.name}") if source.keep else (settings.keep, "site")
    if keep and not _first(keep, item):
        return f"kept by no keep rule ({owner})"
    return ""


def _said(kind: str, rule: Rule) -> str:
    """A rule as it stands in TOML: `drop = { title = "sponsored" }`."""
    parts = (f"{name} = {msgspec.json.encode(value).decode()}" for name, value in msgspec.to_builtins(rule).items())
    return f"{kind} = {{ {', '.join(parts)} }}"


def _where(title: str) -> str:
    return title[:60]


# -- what a rule finds -------------------------------------------------------------------------------


def _first(rules: Iterable[Rule], item: Item) -> Rule | None:
    return next((rule for rule in rules if matches(rule, item)), None)


def matches(rule: Rule, item: Item) -> bool:
    """Whether every field that a rule gives is found in an item."""
    return all(_FOUND[name](said, item) for name, said in msgspec.to_builtins(rule).items())


def _in_title(said: str, item: Item) -> bool:
    return _search(said, item.title) if said.startswith("re:") else _words(said, item.title)


def _in_link(said: str, item: Item) -> bool:
    return _search(said, item.link) if said.startswith("re:") else said.casefold() in item.link.casefold()


def _named(said: str, names: Iterable[str]) -> bool:
    """Whether one of the names is the one that was said; as everywhere, case and accents do not count."""
    if said.startswith("re:"):
        return any(_search(said, name) for name in names)
    return any(_slug(said) == _slug(name) for name in names if name)


def _is_publisher(said: str, item: Item) -> bool:
    hosts = (urls.host(item.link), item.domain)
    if said.startswith("re:"):
        return any(_search(said, name) for name in (item.publisher, *hosts) if name)
    return _publishes(said, item.publisher, hosts)


_FOUND: dict[str, Callable[[str, Item], bool]] = {
    "title": _in_title,
    "link": _in_link,
    "tag": lambda said, item: _named(said, item.tags),
    "author": lambda said, item: _named(said, item.authors),
    "publisher": _is_publisher,
}


def _search(said: str, text: str) -> bool:
    return _pattern(said).search(text[:SEARCHED]) is not None


@lru_cache(maxsize=1024)
def _pattern(said: str) -> re.Pattern[str]:
    return re.compile(said.removeprefix("re:"), re.IGNORECASE)


def _words(said: str, text: str) -> bool:
    """Whether a text holds words as whole words, in any case, with any white space between them."""
    said, text = _folded(said), _folded(text)
    place = text.find(said)
    while place >= 0:
        end = place + len(said)
        if not _joined(text[place - 1 : place], said[:1]) and not _joined(said[-1:], text[end : end + 1]):
            return True
        place = text.find(said, place + 1)
    return False


@lru_cache(maxsize=1024)
def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word. Vowel signs, as those of Devanagari, are part of a word."""
    return all(char and unicodedata.category(char)[0] in "LMN" and not _UNSPACED.match(char) for char in (left, right))


@lru_cache(maxsize=4096)
def _slug(name: str) -> str:
    return urls.term_slug(name)


# -- publishers ----------------------------------------------------------------------------------------


def _publishes(said: str, name: str, hosts: Iterable[str]) -> bool:
    """Whether a publisher goes by the name that was said, or its host is the domain that was said or below it."""
    if name and _slug(said) == _slug(name):
        return True
    domain = _domain(said)
    return bool(domain) and any(f".{_plain_host(host)}".endswith(f".{domain}") for host in hosts if host)


@lru_cache(maxsize=1024)
def _domain(said: str) -> str:
    """The domain in what an owner wrote, as a name or as an address; `""` where it is neither."""
    host = urls.host(said) if "//" in said else said.strip().split("/")[0]
    return _plain_host(host) if re.fullmatch(r"[^\s.]+(\.[^\s.]+)+\.?", host) else ""


@lru_cache(maxsize=4096)
def _plain_host(host: str) -> str:
    """A host in lower case, in ASCII, without `www.` and a last dot."""
    host = host.casefold().rstrip(".").removeprefix("www.")
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host


def blocked(block: Iterable[str], link: str, publisher: str, domain: str) -> str:
    """The line of `block` that an article meets; `""` where none."""
    hosts = (urls.host(link), domain)
    return next((said for said in block if _publishes(said, publisher, hosts)), "")


# -- what may not be named -----------------------------------------------------------------------------


def removal(moves: Moves, link: str, key: str = "") -> Removal | None:
    """When and why an article was removed for good; `None` where it was not. `key` is a mention's."""
    if not moves.links:
        return None
    return moves.links.get(key) or (moves.links.get(googlenews.article_key(link)) if link else None)


def _forbidden(settings: Settings, one: Item | Mention) -> str:
    """Why an article may not be named at all; `""` where it may."""
    gone = removal(settings.moves, one.link, getattr(one, "key", ""))
    if gone is not None:
        return f"removed{f' on {gone.date}' if gone.date else ''}{f': {gone.reason}' if gone.reason else ''}"
    said = blocked(settings.block, one.link, one.publisher, one.domain)
    return f"blocked: {said}" if said else ""


def _allowed(found: Found, settings: Settings) -> tuple[Found | None, list[Dropped]]:
    """What may be shown of an item, its coverage included, and what had to go.

    A cluster is more than the article that stands first in it: without that one it is told by the next.
    """
    item = found.item
    own = _forbidden(settings, item)
    reasons = {mention: reason for mention in item.coverage if (reason := _forbidden(settings, mention))}
    if not own and not reasons:
        return found, []
    if own and not _is_retold(item, settings):
        return None, [Dropped(where=_where(item.title), reason=own)]
    left = without(item, {*reasons, item.coverage[0]} if own else set(reasons))
    if left is None:
        return None, [Dropped(where=_where(item.title), reason=own or next(iter(reasons.values())))]
    told = [Dropped(where=_where(m.title), reason=f"{reason} (in a coverage)") for m, reason in reasons.items()]
    return _known_by(found, left), told


def _is_retold(item: Item, settings: Settings) -> bool:
    """Whether an item that may not be named can be told by the next article: its own link must not be at fault."""
    if not item.coverage or not is_first(item):
        return False
    return has_link_of(item, item.coverage[0]) or not _forbidden(settings, msgspec.structs.replace(item, publisher=""))


def _known_by(found: Found, left: Item) -> Found:
    """An item that goes by another article's link now, known by that link too."""
    hashes = found.identities
    if left.link != found.item.link:
        old, new = link_identity(found.item.link), link_identity(left.link)
        hashes = tuple(dict.fromkeys(new if hash == old else hash for hash in hashes))
        if new not in hashes:
            hashes = (hashes[0], new, *hashes[1:])
    return Found(item=msgspec.structs.replace(left, id=hashes[0]), identities=hashes)


def is_first(item: Item) -> bool:
    """Whether a cluster goes by the article that stands first in it."""
    first = item.coverage[0]
    return has_link_of(item, first) or (item.title, item.publisher) == (first.title, first.publisher)


def has_link_of(item: Item, mention: Mention) -> bool:
    """Whether an item's own link leads to the article of a mention."""
    return bool(item.link) and googlenews.article_key(item.link) in (mention.key, googlenews.article_key(mention.link))


def without(item: Item, gone: set[Mention]) -> Item | None:
    """A cluster without some of its mentions, told by those that are left; `None` where none is."""
    left = tuple(mention for mention in item.coverage if mention not in gone)
    if not left:
        return None
    changes: dict[str, object] = {"coverage": left}
    before, now = googlenews.sentence(item.coverage), googlenews.sentence(left)
    changes |= {name: now for name in ("summary", "description") if before and getattr(item, name) == before}
    if item.coverage[0] in gone and is_first(item):
        changes |= {"title": left[0].title, "publisher": left[0].publisher}
        if has_link_of(item, item.coverage[0]):
            changes |= {"link": left[0].link, "domain": left[0].domain, "image": ""}
    return msgspec.structs.replace(item, **changes)

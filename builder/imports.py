"""Files given by hand -> `content/`: Markdown files, article texts, saved pages and feeds.

The files themselves are never changed; importing the same ones again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from builder import canonical, frontmatter, identity, rules, urls
from builder.collect import read
from builder.content import Content, decode
from builder.errors import ContentError, SourceError, UsageError
from builder.found import Found, Parsed
from builder.index import Index
from builder.model import NO_DATE
from builder.parsers import Parsers
from builder.run import IngestReport, Run
from builder.settings import Settings, Source
from builder.sources import googlenews


def import_files(
    content: Content, settings: Settings, index: Index, as_of: datetime, paths: Iterable[Path]
) -> IngestReport:
    """Take in Markdown files, article texts, saved pages and feeds; the caller holds the lock."""
    run = Run(content, settings, index, as_of)
    taken_down = Settings(moves=run.settings.moves)
    with Parsers() as parsers:
        for path in _all_files(paths):
            try:
                body = read(path)
                if isinstance(body, SourceError):
                    raise body
                # What was taken down does not come back by another door; the rules for sources are for sources.
                allowed = rules.filtered(_imported(body, path, as_of, parsers), Source(), taken_down)
                # The tags of a post of one's own stand; of what somebody else wrote they are a proposal.
                own = [one.item for one in allowed.found if not one.item.link and not one.item.source]
                given = own[0].tags if len(own) == len(allowed.found) == 1 else ()
                run.take(allowed, Source(name=path.name, show="full", tags=given))
                run.release(f"import {path}")
            except (SourceError, ContentError) as error:
                run.set_aside(f"import {path}", error)
                run.told(path.name, status="failed", error=str(error))
    return run.finish()


def _all_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if file.is_file() and not file.name.startswith("."))
        elif path.exists():
            yield path
        else:
            raise UsageError(f"no such file: {path}", next="give files or folders")


def _imported(body: bytes, path: Path, as_of: datetime, parsers: Parsers) -> Parsed:
    """What one file holds: an item with front matter, a feed, or the text of an article."""
    text = decode(body, path.name) if path.suffix.lower() in (".md", ".markdown", ".txt", ".text") else ""
    if text and frontmatter.has_front_matter(text):
        return Parsed(found=(_with_front_matter(text, path, as_of),))
    if not text and path.suffix.lower() not in (".html", ".htm"):
        return parsers.feed(body, Source(name=path.name, show="full"), as_of, path.name)
    item = parsers.article(body, as_of, path.name)
    if item.link and canonical.key(item.link) == urls.host(item.link):
        # A text that only names its site's domain has no address of its own, and all of that site's would share it.
        item = msgspec.structs.replace(item, link="")
    identities = identity.given_identities(item)
    return Parsed(found=(Found(item=msgspec.structs.replace(item, id=identities[0]), identities=identities),))


def _with_front_matter(text: str, path: Path, as_of: datetime) -> Found:
    item = frontmatter.load(text)
    if not item.written:
        item = googlenews.normalise(item)
    if item.date == NO_DATE:
        first, basis = as_of.replace(microsecond=0), "first-seen"
        item = msgspec.structs.replace(item, date=first, date_basis=basis)
    if not item.title.strip():
        raise ContentError("no title", where=f"{path}:1", next="add a line 'title: …'")
    stated = [item.id] if item.id else []
    stated += identity.given_identities(item)
    identities = tuple(dict.fromkeys(stated))
    return Found(item=msgspec.structs.replace(item, id=identities[0], written={}), identities=identities)

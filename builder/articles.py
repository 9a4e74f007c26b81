"""The pages that items link to, for sources that want them: asked for politely, and where robots.txt allows it.

Only fills in what a feed leaves unsaid; a page that cannot be had costs its item nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import msgspec

from builder import guard
from builder.collect import Collected
from builder.errors import SourceError
from builder.fetch import Client
from builder.found import Dropped, Found, Parsed
from builder.frontmatter import field_fingerprint
from builder.merge import OF_FEED
from builder.model import Item
from builder.parsers import Parsers
from builder.robots import Robots
from builder.settings import Source

MOST = 50
"""So many pages are asked for per source and run; two a second would be rude, and one takes a second."""
AT_ONCE = 8
_PAGES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"

Waiting = dict[int, "Future[Item | Dropped]"]


class Articles:
    """Reads linked pages. `wanted` says of which items: the new ones, and those whose feed says something new."""

    def __init__(self, client: Client, parsers: Parsers, wanted: Callable[[Found, Source], bool]) -> None:
        self.client, self.robots, self.parsers, self.wanted = client, Robots(client), parsers, wanted

    def added(self, stream: Iterable[Collected]) -> Generator[Collected]:
        """The same answers in the same order, with what the linked pages say; meanwhile others are being collected."""
        waiting: deque[tuple[Collected, Waiting]] = deque()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                for collected in stream:
                    waiting.append((collected, self.asked(collected, pool)))
                    while waiting and all(future.done() for future in waiting[0][1].values()):
                        yield _filled(*waiting.popleft())
                while waiting:
                    yield _filled(*waiting.popleft())
            except BaseException:
                # Somebody gave up: leaving the pool waits for all that it reads.
                self.client.stop()
                self.parsers.stop()
                pool.shutdown(cancel_futures=True)
                raise

    def asked(self, collected: Collected, pool: ThreadPoolExecutor) -> Waiting:
        """The pages that are being read for a source's items, by the items' numbers."""
        if not collected.source.fetch_article:
            return {}
        wanted = [
            (number, one.item)
            for number, one in enumerate(one for parsed in _parsed(collected) for one in parsed.found)
            if one.item.link and not one.item.coverage and self.wanted(one, collected.source)
        ]
        newest = sorted(wanted, key=lambda one: one[1].date, reverse=True)[:MOST]
        return {number: pool.submit(self.read, item, collected.source) for number, item in newest}

    def read(self, item: Item, source: Source) -> Item | Dropped:
        """An item with what its page says, or why that cannot be had."""
        try:
            private, allows = self.is_beside(item.link, source), self.robots.allows
            # Not expanded: a feed that could name variables of our environment could have them sent to itself.
            answer = self.client.get(item.link, private=private, allows=allows, accept=_PAGES, expand=False)
            if answer.status != 200:
                return Dropped(where=item.title, reason=f"its page answers HTTP {answer.status}: {item.link}")
            page = self.parsers.linked(answer.body, source, item.date, answer.url)
        except SourceError as error:
            return Dropped(where=item.title, reason=f"its page cannot be read: {error.what}")
        return filled(item, page, source.show)

    def is_beside(self, link: str, source: Source) -> bool:
        """Whether a link leads to the server in a private network that its source may be asked at: the same host and
        port. Whoever feeds a source there with others' items must not open all of the network to them."""
        if not (source.private_network and source.url):
            return False
        there, (host, port) = guard.place(link), self.client.server(source.url)
        return there.host == host and (there.port == port or {there.port, port} == {80, 443})


def filled(item: Item, page: Item, show: str) -> Item:
    """An item with what its feed leaves unsaid; and with the page's text, where that may be shown and says more."""
    said = {
        name: getattr(page, name)
        for name in ("description", "image", "authors", "tags")
        if getattr(page, name) and not getattr(item, name) and not (show == "headline" and name == "description")
    }
    if show == "full" and len(page.body) > len(item.body):
        said["body"] = page.body
    marks = {name + OF_FEED: print for name in said if (print := field_fingerprint(item, name))}
    return msgspec.structs.replace(item, **said, written=marks)


def _parsed(collected: Collected) -> list[Parsed]:
    return [parsed for _, parsed in collected.documents if isinstance(parsed, Parsed)]


def _filled(collected: Collected, waiting: Waiting) -> Collected:
    if not waiting:
        return collected
    documents, number = [], 0
    for file, parsed in collected.documents:
        if isinstance(parsed, Parsed):
            found, dropped = [], list(parsed.dropped)
            for one in parsed.found:
                result = waiting[number].result() if number in waiting else None
                number += 1
                if isinstance(result, Dropped):
                    dropped.append(result)
                found.append(msgspec.structs.replace(one, item=result) if isinstance(result, Item) else one)
            parsed = msgspec.structs.replace(parsed, found=tuple(found), dropped=tuple(dropped))
        documents.append((file, parsed))
    return replace(collected, documents=tuple(documents))

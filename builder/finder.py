"""The feed at an address that a person gives, or that of the page which stands there.

Never writes anything, and never lets a page name a secret of ours or an address in our network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import msgspec

from builder import discover, guard, urls
from builder.errors import SourceError, UsageError
from builder.fetch import Answer, Client
from builder.model import Report, stamp
from builder.parsers import Parsers
from builder.sanitize import line
from builder.settings import Source

TRIES = 10
"""So many addresses are asked for the feed of one page."""
_PAGE = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.I)
_PLACES = re.compile(r"\$\{\w+\}(:\$\{\w+\})?")


class Feed(Report, frozen=True):
    """A feed that was found: its address, what it says of itself, and the other feeds that its page names."""

    url: str
    title: str
    found: int
    newest: str
    others: tuple[discover.FeedLink, ...] = ()


@dataclass(frozen=True)
class Finder:
    """Finds the feed at an address, or that of the page which stands there."""

    client: Client
    parsers: Parsers
    now: datetime
    private: bool = False

    def find(self, url: str) -> Feed:
        """SourceError where there is neither a feed nor a page that leads to one."""
        try:
            answer = self.ask(url, private=self.private, expand=True)
            try:
                return self.feed(url, answer)
            except SourceError:
                links = discover.feeds(answer.body, answer.url)
                if not links and not _PAGE.search(answer.body[:4096]):
                    raise
        except SourceError as error:
            raise SourceError(error.what, where=urls.bare(url), next=error.next) from None
        guessed = links or tuple(discover.FeedLink(url=one) for one in discover.guesses(answer.url))
        home = self.home(url, answer)
        for link in guessed[:TRIES]:
            try:
                private = bool(home) and guard.place(link.url).host == home
                feed = self.feed(link.url, self.ask(link.url, private, expand=False))
            except SourceError:
                continue
            others = tuple(other for other in links if other.url != link.url)
            return msgspec.structs.replace(feed, others=others)
        what = "the feeds that this page names cannot be read" if links else "this page names no feed"
        raise SourceError(what, where=urls.bare(url), next="give the address of the feed itself")

    def home(self, url: str, answer: Answer) -> str:
        """The one host that may be private among those that a page names: where it was asked for, and stands itself."""
        host, _ = self.client.server(url)
        return host if self.private and self.client.server(answer.url)[0] == host else ""

    def ask(self, url: str, private: bool, expand: bool) -> Answer:
        """What stands at an address. One that a page names may hold no secret of ours."""
        answer = self.client.get(url, private=private, expand=expand)
        if answer.status != 200:
            raise SourceError(f"HTTP {answer.status}", next="check the address in a browser")
        return answer

    def feed(self, url: str, answer: Answer) -> Feed:
        """The feed in an answer, at the address where permanent redirects led. A password is not taken there."""
        parsed = self.parsers.feed(answer.body, Source(name=urls.bare(url), url=url), self.now)
        moved = answer.moved if urls.bare(url) == url else ""
        dates = [one.item.date for one in parsed.found if one.item.date_basis != "first-seen"]
        newest = stamp(max(dates)) if dates else ""
        return Feed(url=moved or url, title=line(parsed.title), found=len(parsed.found), newest=newest)


def stated(url: str) -> str:
    """An address as a person types it; without a scheme it is https.

    UsageError where it can be none, or holds a password.
    """
    url = url.strip()
    url = url if "://" in url else f"https://{url}"
    if not url.isprintable() or " " in url:
        raise UsageError(f"{url!r} is no http or https URL", next="copy it from a browser")
    found = re.match(r"[\w+.-]+://([^/?#]*)@", url)
    if found and not _PLACES.fullmatch(found[1]):
        next = "set them in the environment and write https://${USER}:${PASSWORD}@…"
        raise UsageError("the address holds a name or password", where=urls.bare(url), next=next)
    return url

"""The invented items that both sides publish: the same ones on every machine, by their numbers alone.

Never reads a file, a clock or another corpus: every word is made of syllables.
"""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec

from builder import frontmatter, merge, urls
from builder.model import Item
from builder.sources import identities

FIRST = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 731
"""Two years, the second a leap year: all past, so no item waits for its day."""
_DAY = 24 * 60
_SYLLABLES = "al bo cra du en fi gor hu is jen ka lo mer nu op pra qui rin so tal ur vel wy xa yor zim"


class Zipf:
    """Draws from a list, its n-th element about n times as rarely as its first."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.sums = list(itertools.accumulate(1 / rank**1.05 for rank in range(1, len(names) + 1)))

    def draw(self, die: random.Random) -> str:
        return self.names[bisect.bisect(self.sums, die.random() * self.sums[-1])]


def below(die: random.Random, limit: int) -> int:
    # Of a seeded `Random` only `random()` is promised to be the same in every Python.
    return int(die.random() * limit)


@cache
def words(count: int) -> Zipf:
    """Different words of two to four syllables, the first the most frequent."""
    die, syllables = random.Random(count), _SYLLABLES.split()
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(syllables[below(die, len(syllables))] for _ in range(2 + below(die, 3)))] = None
    return Zipf(list(found))


def item(number: int, last_days: int = DAYS) -> Item:
    """The item of a number, as ingest would write it, dated within the `last_days` of the two years.

    Nine words of title, of which the five longest are its tags; one of 60 publishers; a third of the bodies
    are lists of five links, the others three paragraphs.
    """
    die = random.Random(number)
    vocabulary, names = words(6000), words(60)
    head = [vocabulary.draw(die) for _ in range(9)]
    title = " ".join(head).capitalize()
    publisher = names.draw(die)
    minute = (DAYS - last_days) * _DAY + below(die, last_days * _DAY)
    date = FIRST + timedelta(minutes=minute)
    summary = _sentence(die)
    body = _links(die, number) if die.random() < 1 / 3 else _paragraphs(die, number, publisher)
    link = f"https://{publisher}.example/{number}"
    found = Item(
        title=title,
        date=date,
        description=summary,
        summary=summary,
        link=link,
        source=publisher.capitalize(),
        tags=tuple(dict.fromkeys(sorted(head, key=len, reverse=True)))[:5],
        id=_hashes(publisher, link, title, date)[0],
        publisher=publisher.capitalize(),
        body=body,
    )
    return merge.fresh(found, f"{date:%Y/%m/%d}/{urls.slug(title, 70)}-{number}")


def items(count: int, start: int = 0, last_days: int = DAYS) -> Iterator[Item]:
    """Items number `start` to `start + count`."""
    return (item(number, last_days) for number in range(start, start + count))


def _sentence(die: random.Random) -> str:
    return " ".join(words(6000).draw(die) for _ in range(14)).capitalize() + "."


def _links(die: random.Random, number: int) -> str:
    lines = []
    for place in range(1, 6):
        text, host = _sentence(die)[:-1], words(60).draw(die)
        lines.append(f"{place}. [{text}](https://{host}.example/{number}-{place}) — {host.capitalize()}\n")
    return "".join(lines)


def _paragraphs(die: random.Random, number: int, publisher: str) -> str:
    found = []
    for place in range(1, 4):
        strong, name = words(6000).draw(die), words(6000).draw(die)
        link = f"[{name}](https://{publisher}.example/{number}/{place})"
        found.append(" ".join(_sentence(die) for _ in range(4)) + f" **{strong}** {link}.\n")
    return "\n".join(found)


def _hashes(publisher: str, link: str, title: str, date: datetime) -> tuple[str, ...]:
    return identities(source=publisher.capitalize(), link=link, title=title, date=date.isoformat())


def ledger(found: Item) -> str:
    """The lines of `content/seen/` that ingest writes for an item."""
    hashes = _hashes(found.publisher.lower(), found.link, found.title, found.date)
    return "".join(f"{hash}\t{found.path}\n" for hash in hashes)


def ours(found: Item) -> str:
    """The file below `content/items/`."""
    return frontmatter.dump(found)


def for_hugo(found: Item) -> str:
    """The same item for Hugo, without what only ingest reads; its publisher is a taxonomy there as it is here."""
    lean = msgspec.structs.replace(found, id="", written={}, publisher="", extra={"publishers": [found.publisher]})
    return frontmatter.dump(lean)

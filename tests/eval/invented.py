"""An invented stream of news, labelled by event: single items, sagas, look-alikes, wire copies, series, five languages.

The same on every machine and at any time. Never a word of what anybody published.
"""

from __future__ import annotations

import random
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from tests.eval import Labelled, Sample, kinds, telling, tongues
from tests.eval.telling import Event
from tests.eval.vocabulary import Spread, below, pick

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
_DAY = 24 * 60
_SPANS = (24, 24, 36, 72)
"""Hours from the first report of an event to the last."""
_SIZES = {most: Spread([str(size) for size in range(2, most + 1)], 0) for most in (6, 12, 25)}
_SMALL = {"a", "an", "and", "as", "at", "by", "in", "of", "on", "the", "to", "with"}


class Plan(NamedTuple):
    """How many items in how many days, how many sagas among them, and whether items have a text."""

    items: int
    days: int
    sagas: int
    texts: bool
    seed: int


@cache
def digest() -> Sample:
    """About 1,200 items of three weeks, most with a text."""
    return _sample("invented", Plan(1200, 21, 5, True, 1))


@cache
def stream() -> Sample:
    """28,000 headlines of seven months: what shows whether a saga chains into one story."""
    return _sample("stream", Plan(28_000, 213, 14, False, 2))


def _sample(name: str, plan: Plan) -> Sample:
    return Sample(name, "whole", _News(plan).items())


class _Told(NamedTuple):
    label: str
    minute: float
    publisher: str
    title: str
    text: str


class _Saga(NamedTuple):
    """The same actors, places and words, in the news again and again."""

    names: tuple[str, ...]
    places: tuple[str, ...]
    nouns: tuple[str, ...]


class _News:
    """One stream. Each part adds to `told`; what is left to `plan.items` is single items."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.die = plan, random.Random(plan.seed)
        self.told: list[_Told] = []
        self.events = 0
        self.sagas = [self._saga() for _ in range(plan.sagas)]

    def items(self) -> tuple[Labelled, ...]:
        for saga in self.sagas:
            self._tell_saga(saga)
        shares = ((0.24, self._look_alikes), (0.30, self._foreign), (0.40, self._plain))
        for share, tell in shares:
            while len(self.told) < share * self.plan.items:
                tell()
        for number in range(min(12, self.plan.items // 300)):
            self._tell_series(number)
        while len(self.told) < self.plan.items:
            self._single()
        told = sorted(self.told, key=lambda one: (one.minute, one.label, one.publisher))
        return tuple(_labelled(one, number) for number, one in enumerate(told, 1))

    # -- the parts

    def _saga(self) -> _Saga:
        die, tongue = self.die, tongues.english()
        names = (*tongue.people.some(die, 3), *tongue.bodies.some(die, 2))
        return _Saga(names, tongue.places.some(die, 2), tongue.nouns.some(die, 5))

    def _tell_saga(self, saga: _Saga) -> None:
        """Distinct events, mostly a day to a week apart: each is a story, and all of them together none."""
        day = 3 * self.die.random()
        while day < self.plan.days - 2:
            self._cover("saga", self._event_of(saga), day * _DAY, self._size(12))
            day += 0.5 + 6 * self.die.random()

    def _event_of(self, saga: _Saga) -> Event:
        die = self.die
        names = tuple(sorted(saga.names, key=lambda _: die.random())[:2])
        nouns = tuple(sorted(saga.nouns, key=lambda _: die.random())[:2])
        return telling.drawn(tongues.english(), die, names, nouns, pick(die, saga.places))

    def _look_alikes(self) -> None:
        """Events of one type within two days, in other places and with other numbers."""
        die, tongue = self.die, tongues.english()
        kind = kinds.LOOK_ALIKE[below(die, len(kinds.LOOK_ALIKE))]
        start = self._start()
        for place in tongue.places.some(die, 2 + below(die, 3)):
            event = telling.drawn(tongue, die, tongue.bodies.some(die, 2) if "{other}" in kind.text else (), (), place)
            number = kind.least + below(die, kind.most - kind.least)
            grows = kind.grows if die.random() < 0.3 else 0
            event = event._replace(number=number, special=kind.headlines, formula=kind.text, grows=grows)
            self._cover("alike", event, start + 2 * _DAY * die.random(), 1 + below(die, 6))

    def _foreign(self) -> None:
        tongue = tongues.others()[below(self.die, 4)]
        self._cover("foreign", telling.drawn(tongue, self.die), self._start(), self._size(6))

    def _plain(self) -> None:
        self._cover("plain", telling.drawn(tongues.english(), self.die), self._start(), self._size(25))

    def _tell_series(self, number: int) -> None:
        die, tongue = self.die, tongues.english()
        title, text = kinds.SERIES[number % len(kinds.SERIES)]
        publisher, who, place = tongue.publishers.draw(die), tongue.bodies.draw(die), tongue.places.draw(die)
        for day in range(self.plan.days):
            today = telling.drawn(tongue, die, (who,), (), place)._replace(special=(title,), formula=text)
            today = today._replace(day=_weekday(day * _DAY), number=5 + today.number % 30)
            self._tell(today, self._label("series"), day * _DAY + 7 * 60, publisher, "")

    def _single(self) -> None:
        """What one publisher alone brings; of these, some are of a saga's actors, and some of other languages."""
        die, luck = self.die, self.die.random()
        if luck < 0.12:
            event = self._event_of(self.sagas[below(die, len(self.sagas))])
        else:
            event = telling.drawn(tongues.others()[below(die, 4)] if luck < 0.2 else tongues.english(), die)
        self._cover("single", event, self._start(), 1)

    # -- what they share

    def _start(self) -> float:
        """A minute of the stream, so early that three days are left."""
        return max(0.0, self.plan.days - 3) * _DAY * self.die.random()

    def _size(self, most: int) -> int:
        return int(_SIZES[most].draw(self.die))

    def _label(self, part: str) -> str:
        self.events += 1
        return f"{part}-{self.events}"

    def _cover(self, part: str, event: Event, start: float, publishers: int) -> None:
        """An event, told by so many publishers, most of them soon; one in five is mostly an agency's text."""
        die, label, event = self.die, self._label(part), event._replace(day=_weekday(start))
        span = _SPANS[below(die, len(_SPANS))] * 60
        wire = telling.text(event, die, 6) if die.random() < 0.2 else ""
        for number, publisher in enumerate(event.tongue.publishers.some(die, publishers)):
            late = die.random() ** 2 if number else 0.0
            self._tell(event, label, start + late * span, publisher, wire if die.random() < 0.6 else "", late)

    def _tell(self, event: Event, label: str, minute: float, publisher: str, wire: str, late: float = 0.0) -> None:
        die = self.die
        title = _styled(telling.headline(event, die, late), publisher, event.tongue.code)
        text = ""
        if self.plan.texts and (wire or die.random() < 0.8):
            text = wire or telling.text(event, die, 3 + below(die, 6))
        self.told.append(_Told(label, minute, publisher, title, text))


def _weekday(minute: float) -> str:
    return f"{FIRST + timedelta(minutes=minute):%A}"


def _styled(title: str, publisher: str, code: str) -> str:
    """A headline in its publisher's style: some write Every Word Large, some put their name behind it."""
    style = zlib.crc32(publisher.encode()) % 10
    if code == "en" and style < 4:
        return " ".join(word if word in _SMALL else word[:1].upper() + word[1:] for word in title.split(" "))
    return f"{title} - {publisher}" if style == 9 else title


def _labelled(told: _Told, number: int) -> Labelled:
    host = "".join(char for char in told.publisher.lower() if char.isalpha())
    date = FIRST + timedelta(minutes=int(told.minute))
    link = f"https://{host}.example/{number}"
    return Labelled(str(number), told.label, told.title, told.text, date, link, told.publisher)

"""The tags of the items of a story: names, topics, and what the source calls it, as an editor would keep them.

Never writes an item, and never lets the order in which stories or the background come matter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import log
from typing import NamedTuple

from builder import topics, urls, variants
from builder.casing import Asked, Casing
from builder.clippings import LONGEST, UNSPACED, Clipping, Said, candidates, clipped, published, publishers, told
from builder.lines import JOINING, Kind, Line, capitalises
from builder.proper import Finder, Name, Names, compared, pairs_of, words_of
from builder.topics import Told
from builder.variants import Counts
from builder.words import Text, stop_words

MOST = 5
"""How many tags an item has at most."""

# UTF-8 that was read as something else.
_DAMAGED = re.compile("[ÃÂ](?![A-Za-zÇÉÍÓÚ])|â€|\ufffd")
# How many characters of a lead in the background show how words are written.
_ENOUGH = 600
# What a name in a lead is worth, by how many words stand before it; and after how many a single mention is no tag.
_EARLY, _LOW = ((25, 1.0), (60, 0.7), (120, 0.4)), 40


class _Seen:
    """Where an item has a name: its place in the title and in the lead (in words, -1 where it is not), in how many of
    the headlines, how often in all, and in which texts of the story (by their titles)."""

    def __init__(self) -> None:
        self.title = self.lead = -1
        self.headlines = self.uses = 0
        self.texts: set[str] = set()

    def add(self, other: _Seen) -> None:
        """Take in what is known of the same name under another form."""
        self.title = min((place for place in (self.title, other.title) if place >= 0), default=-1)
        self.lead = min((place for place in (self.lead, other.lead) if place >= 0), default=-1)
        self.headlines, self.uses = self.headlines + other.headlines, self.uses + other.uses
        self.texts |= other.texts


class _Story(NamedTuple):
    """A story, cut into lines, with its texts by publisher and the phrases that those share."""

    items: tuple[Clipping, ...]
    told: tuple[Told, ...]
    phrases: Mapping[topics.Terms, list[topics.Use]]


def choose(
    stories: Sequence[Sequence[Text]], background: Iterable[Text], names: Names, stopped: Collection[str] = ()
) -> list[list[tuple[str, ...]]]:
    """For each story the tags of each of its items, at most five (`MOST`) an item, the best first.

    `background` are items of the site, of which title and lead are read: what is a name, and what is said of
    everything, shows in them. `stopped` are terms that are never a tag, however they are spelt.
    """
    batch = [_story(story) for story in stories]
    casings, documents = _counted(batch, background)
    chooser = _Chooser(names, casings, documents, {urls.term_slug(term) for term in stopped}, batch)
    return [chooser.tags(number) for number in range(len(batch))]


def _story(texts: Sequence[Text]) -> _Story:
    items = tuple(map(clipped, texts))
    every = tuple(told(items))
    # A language that capitalises nouns has no phrases in small letters.
    return _Story(items, every, topics.shared(every) if not any(item.german for item in items) else {})


def _counted(batch: Sequence[_Story], background: Iterable[Text]) -> tuple[dict[bool, Casing], int]:
    """How the words of all texts are written, apart for languages that capitalise nouns, and how many there are."""
    items = [item for story in batch for item in story.items]
    casings = {german: Casing() for german in (False, True)}
    documents = 0
    for item in items:
        for title in {item.text.title, *item.text.headlines}:
            casings[item.german].add(title, title=item.german)
        for one in item.lead:
            casings[item.german].add(one.text)
        documents += 1 + len(item.headlines)
    for old in background:
        casing = casings[capitalises(old.language, old.title if old.language else f"{old.title} {old.lead}")]
        casing.add(old.title, title=casing is casings[True])
        lead = old.lead if len(old.lead) < _ENOUGH else old.lead[:_ENOUGH].rpartition(" ")[0]
        for text in lead.splitlines():
            casing.add(text)
        documents += 1
    uses = [use for story in batch for found in story.phrases.values() for use in found]
    phrases = frozenset((use.keys[0], "", use.keys[1]) for use in uses)
    terms = frozenset(term for story in batch for pair in story.phrases for term in pair)
    for german, casing in casings.items():
        every = [one for item in items if item.german is german for one in item.lines]
        pairs = frozenset(pair for one in every for pair in pairs_of(one))
        words = frozenset(word for one in every for word in words_of(one))
        casing.look(Asked(pairs, words, phrases, terms | words if german else terms))
    return casings, documents


class _Chooser:
    """Chooses the tags of one story after another. What all stories show is gathered first."""

    def __init__(
        self,
        names: Names,
        casings: Mapping[bool, Casing],
        documents: int,
        hidden: Collection[str],
        batch: Sequence[_Story],
    ) -> None:
        self._names, self._casings, self._documents, self._hidden = names, casings, documents, hidden
        self._batch, self._counts = batch, Counts(tuple(casings.values()), names)
        self._finders = {
            german: Finder(names, casing, self._counts.spelt, german) for german, casing in casings.items()
        }
        self._publishers = publishers(item for story in batch for item in story.items)
        self._known: dict[str, str] = {}
        self._spelt: dict[str, Counter[str]] = {}
        self._sources: Counter[str] = Counter()
        self._seen = [[self._names_in(item) for item in story.items] for story in batch]
        for story in batch:
            tags = [(tag, self._key(tag, item.text)) for item in story.items for tag in candidates(item)]
            self._sources.update({key for _, key in tags})
            for tag, key in tags:
                self._spelt.setdefault(key, Counter())[tag] += 1

    # -- what an item has

    def _names_in(self, item: Clipping) -> dict[str, _Seen]:
        """The names of an item and where it has them."""
        seen: dict[str, _Seen] = {}
        own, before = item.text.title.casefold(), 0
        for name in self._find(item.title, item):
            found = seen.setdefault(name.key, _Seen())
            found.title, found.uses = name.place if found.title < 0 else found.title, found.uses + 1
            found.texts.add(own)
        for headline, title in zip(item.headlines, item.text.headlines, strict=True):
            for key in dict.fromkeys(name.key for name in self._find(headline, item)):
                found = seen.setdefault(key, _Seen())
                found.headlines += 1
                found.texts.add(title.casefold())
        for part in item.lead:
            for name in self._find(part, item):
                found = seen.setdefault(name.key, _Seen())
                found.lead, found.uses = before + name.place if found.lead < 0 else found.lead, found.uses + 1
                found.texts.add(own)
            before += len(part.tokens)
        return seen

    def _find(self, part: Line, item: Clipping) -> Iterator[Name]:
        for name in self._finders[item.german].find(part, item.text.language):
            if name.known:
                self._known[name.key] = name.text
            elif part.kind is not Kind.CAPS:
                self._spelt.setdefault(name.key, Counter())[name.text] += 1
            yield name
        if UNSPACED.search(part.text):
            for place, known in self._names.inside(part.text):
                self._known[known.casefold()] = known
                yield Name(place // 2, known.casefold(), known, True)

    def _key(self, tag: str, text: Text) -> str:
        """How a source's tag is compared, as a name is."""
        key = compared(tag)
        if known := self._names.canonical(key, text.language):
            key = known.casefold()
            self._known[key] = known
        return key

    # -- what a story has

    def tags(self, number: int) -> list[tuple[str, ...]]:
        """The tags of each item of a story."""
        story, every = self._batch[number], self._seen[number]
        texts: dict[str, set[str]] = {}
        for seen in every:
            for name, there in seen.items():
                texts.setdefault(name, set()).update(there.texts)
        same = variants.merged({name: len(found) for name, found in texts.items()}, self._known, self._counts)
        where: dict[str, set[str]] = {}
        for name, found in texts.items():
            where.setdefault(same[name], set()).update(found)
        phrases = topics.chosen(story.phrases, story.told, self._casings[False], self._documents, self._names.stops)
        own = publishers(story.items)
        ranked, owners = [], Counter[str]()
        for item, seen in zip(story.items, every, strict=True):
            has: dict[str, _Seen] = {}
            for name, there in seen.items():
                has.setdefault(same[name], _Seen()).add(there)
            owners.update(has.keys())
            scores = {name: self._worth(item, there, where[name], name, len(story.told)) for name, there in has.items()}
            scores = {name: worth for name, worth in scores.items() if worth and not self._media(name, has, own)}
            self._add_candidates(scores, item, same, own)
            shown = {name: self._text(name) for name in scores}
            _add_topics(scores, shown, item, phrases, len(story.told))
            ranked.append(self._ranked(scores, shown))
        often = {self._text(name): count for name, count in owners.items() if len(where[name]) > 1}
        often.update({topic.text: len(topic.texts) for topic in phrases})
        return _carried(ranked, often)

    def _worth(self, item: Clipping, seen: _Seen, where: Collection[str], name: str, size: int) -> float:
        """How good a tag a name is: in the title and early, then in many texts of the story, then rare; 0 for none."""
        if (
            len(where) == 1
            and seen.title < 0
            and not seen.headlines
            and seen.lead >= _LOW
            and (size > 2 or seen.uses < 2)
        ):
            return 0
        spread = (len(where) - 1) / (size - 1) if size > 1 else 0.0
        uses = min(self._counts.upper(word) for word in name.split(" "))
        worth = 1.5 * spread + 0.5 * max(0.0, 1 - log(1 + uses) / log(self._documents + 2))
        if seen.title >= 0:
            worth += 3.5 - 0.5 * seen.title / len(item.title.tokens)
        if seen.headlines:
            worth += 1.5 * seen.headlines / len(item.headlines)
        if seen.lead >= 0:
            worth += next((early for place, early in _EARLY if seen.lead < place), 0.2)
        return worth + 0.1 * min(seen.uses, 5)

    def _media(self, name: str, has: Mapping[str, _Seen], own: frozenset[str]) -> bool:
        """Whether a name is a publisher's: one of the story, or one of the others that is only mentioned."""
        if name in self._known:
            return False
        return published(name, own) or (has[name].title < 0 and published(name, self._publishers))

    def _add_candidates(
        self, scores: dict[str, float], item: Clipping, same: Mapping[str, str], own: frozenset[str]
    ) -> None:
        """What the source calls an item ranks below the names in its title."""
        said, never = Said(item), self._names.stops | stop_words("en") | stop_words(item.text.language)
        for tag in candidates(item):
            key = self._key(tag, item.text)
            key = same.get(key, key)
            if key in scores:
                scores[key] += 0.3
            elif key not in never and not published(key, own | self._publishers):
                worth = 2.4 if said.in_title(tag) else 1.2 if said.anywhere(tag) else 0.0
                worth = max(worth + 0.4, 1.0) if self._sources[key] > 2 else worth
                scores.update({key: worth} if worth else {})

    def _ranked(self, scores: Mapping[str, float], shown: Mapping[str, str]) -> list[str]:
        """The tags that may be shown, the best first; two with one slug are one."""
        best: dict[str, str] = {}
        for _, text in sorted((-score, shown[key]) for key, score in scores.items()):
            slug = urls.term_slug(text)
            fits = 1 < len(text) <= LONGEST and not text.isdigit() and not _DAMAGED.search(text)
            if fits and slug not in self._hidden:
                best.setdefault(slug, text)
        return list(best.values())

    def _text(self, key: str) -> str:
        """A name as it is shown: in its most frequent form."""
        if known := self._known.get(key):
            return known
        if " " not in key and (form := self._counts.form(key)):
            return form
        if found := self._spelt.get(key):
            return max(found, key=lambda text: (found[text], text))
        if known := self._names.shown.get(key):
            return known
        return " ".join(word if word in JOINING else self._counts.form(word) or word for word in key.split(" "))


def _add_topics(
    scores: dict[str, float], shown: dict[str, str], item: Clipping, phrases: Sequence[topics.Topic], size: int
) -> None:
    """The phrases of a story that stand in an item rank beside the names that many of its texts have."""
    said = Said(item)
    for topic in phrases:
        if said.anywhere(topic.text):
            worth = (2.6 if said.in_title(topic.text) else 1.6) + 1.5 * len(topic.texts) / size
            scores[topic.text], shown[topic.text] = max(worth, scores.get(topic.text, 0)), topic.text


def _carried(ranked: Sequence[list[str]], often: Mapping[str, int]) -> list[tuple[str, ...]]:
    """The first tags of each item, such that a name that many items have is carried by one of them at least.

    `often` is in how many items each name stands. A name takes the last place of the item where it ranks best, if
    what stands there is carried elsewhere, or in fewer items.
    """
    best = [tags[:MOST] for tags in ranked]
    counts = Counter(tag for tags in best for tag in tags)
    least = max(2, len(ranked) / 4)
    for name in sorted((name for name in often if often[name] >= least), key=lambda name: (-often[name], name)):
        places = sorted((tags.index(name), tags, number) for number, tags in enumerate(ranked) if name in tags)
        for _, _, number in () if counts[name] else places:
            last = best[number][-1]
            if counts[last] > 1 or often.get(last, 0) < often[name]:
                best[number][-1] = name
                counts.update({last: -1, name: 1})
                break
    return [tuple(tags) for tags in best]

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
from builder.lines import JOINING, Kind, Line, capitalises, line, lines
from builder.proper import Finder, Name, Names, compared, pairs_of, words_of
from builder.topics import Told
from builder.variants import Counts
from builder.words import Text, stop_words, term_of

MOST = 5
"""How many tags an item has at most."""
LONGEST = 60
"""How many characters a tag has at most."""

_SITES = "com|org|net|info|biz|edu|gov|news|tv|uk|de|fr|eu|ch|at|it|es|nl|ru|in|au|ca|jp|cn|br|us|io|co|me|blog|app|dev"
_HOST = re.compile(rf"(?:https?://|www\.).*|(?:[\w-]+\.)+(?:{_SITES})(?:/.*)?", re.I)
_DATELINE = re.compile(
    r"\s*[^.!?\n]{0,60}?\([^()\n]{2,40}\)\s*[–—-]+\s|\s*[A-Z][A-Z/ ,.]{2,40}(?:\s\w{3,9}\.? \d{1,2})?\s*[–—-]+\s"
)
# UTF-8 that was read as something else.
_DAMAGED = re.compile("[ÃÂ][\x80-\xbf©®°¼¤¶]|â€|\ufffd")
_MEDIA = re.compile(r"\s(?:news|online|tv|radio|sport|magazine|world|world service|live)$")
_UNSPACED = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0eff]")


class _Seen:
    """Where an item has a name: its place in the title and in the lead (in words, -1 where it is not), in how many of
    the headlines, and how often in all."""

    def __init__(self) -> None:
        self.title = self.lead = -1
        self.headlines = self.uses = 0

    def add(self, other: _Seen) -> None:
        """Take in what is known of the same name under another form."""
        self.title = min((place for place in (self.title, other.title) if place >= 0), default=-1)
        self.lead = min((place for place in (self.lead, other.lead) if place >= 0), default=-1)
        self.headlines, self.uses = self.headlines + other.headlines, self.uses + other.uses


class _Read(NamedTuple):
    """An item, cut into lines."""

    text: Text
    title: Line
    headlines: tuple[Line, ...]
    lead: tuple[Line, ...]
    german: bool

    @property
    def lines(self) -> tuple[Line, ...]:
        return (self.title, *self.headlines, *self.lead)


class _Story(NamedTuple):
    """A story, cut into lines, with its texts by publisher and the phrases that those share."""

    items: tuple[_Read, ...]
    told: tuple[Told, ...]
    phrases: dict[tuple[str, str], list[topics.Use]]


def choose(
    stories: Sequence[Sequence[Text]], background: Iterable[Text], names: Names, stopped: Collection[str] = ()
) -> list[list[tuple[str, ...]]]:
    """For each story the tags of each of its items, at most five (`MOST`) an item, the best first.

    `background` are items of the site, of which title and lead are read: what is a name, and what is said of
    everything, shows in them. `stopped` are terms that are never a tag, however they are spelt.
    """
    batch = [_read(story) for story in stories]
    casings, documents = _counted(batch, background)
    hidden = {urls.term_slug(term) for term in stopped}
    chooser = _Chooser(names, casings, documents, hidden, batch)
    return [chooser.tags(story) for story in batch]


def _read(story: Sequence[Text]) -> _Story:
    items = tuple(_cut(text) for text in story)
    told = tuple(_told(items))
    return _Story(items, told, topics.shared(told) if len(told) > 1 else {})


def _cut(text: Text) -> _Read:
    lead = _DATELINE.sub("", text.lead, count=1) if _DATELINE.match(text.lead) else text.lead
    return _Read(
        text,
        line(text.title),
        tuple(map(line, text.headlines)),
        tuple(lines(lead)),
        capitalises(text.language, f"{text.title} {text.lead}"),
    )


def _told(items: Sequence[_Read]) -> Iterator[Told]:
    """The texts of a story with their publishers; a headline that two items name is one text."""
    seen: set[str] = set()
    for number, item in enumerate(items):
        own, *others = item.text.publishers or ("",)
        yield Told(own or f"#{number}", (item.title, *item.lead), item.text.language)
        seen.add(item.text.title.casefold())
        named = item.text.publishers if len(item.headlines) == len(item.text.publishers) else tuple(others)
        for place, (headline, title) in enumerate(zip(item.headlines, item.text.headlines, strict=True)):
            if title.casefold() not in seen:
                seen.add(title.casefold())
                publisher = named[place] if len(named) == len(item.headlines) else f"#{number}.{place}"
                yield Told(publisher, (headline,), item.text.language)


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
        for text in old.lead.splitlines():
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
    """Chooses the tags of one story after another."""

    def __init__(
        self, names: Names, casings: dict[bool, Casing], documents: int, hidden: set[str], batch: Sequence[_Story]
    ) -> None:
        self._names, self._casings, self._documents, self._hidden = names, casings, documents, hidden
        self._counts = Counts(tuple(casings.values()), names)
        self._finders = {g: Finder(names, casing, self._counts.spelt, g) for g, casing in casings.items()}
        self._publishers = frozenset(key for story in batch for key in _publishers(story.items))
        self._phrases: frozenset[str] = frozenset()
        self._shown: dict[str, str] = {}
        self._surfaces: dict[str, Counter[str]] = {}
        self._stories: Counter[str] = Counter()
        self._spelt: dict[str, Counter[str]] = {}
        for story in batch:
            tags = [(tag, self._key(tag, item.text)) for item in story.items for tag in _candidates(item)]
            self._stories.update({key for _, key in tags})
            for tag, key in tags:
                self._spelt.setdefault(key, Counter())[tag] += 1

    def _key(self, tag: str, text: Text) -> str:
        """How a source's tag is compared, as a name is."""
        key = compared(tag)
        if known := self._names.canonical(key, text.language):
            self._shown[known.casefold()] = known
            return known.casefold()
        return key

    def tags(self, story: _Story) -> list[tuple[str, ...]]:
        """The tags of each item of a story."""
        texts: dict[str, set[str]] = {}
        found = [self._seen(item, texts) for item in story.items]
        known = frozenset(name for name in texts if name in self._shown)
        same = variants.merged({name: len(where) for name, where in texts.items()}, known, self._counts)
        where: dict[str, set[str]] = {}
        for name, places in texts.items():
            where.setdefault(same[name], set()).update(places)
        phrases = topics.chosen(story.phrases, story.told, self._casings[False], self._documents, self._names.stops)
        never = _publishers(story.items)
        self._phrases = frozenset(topic.text for topic in phrases)
        ranked, owners = [], Counter[str]()
        for item, seen in zip(story.items, found, strict=True):
            own: dict[str, _Seen] = {}
            for name, there in seen.items():
                own.setdefault(same[name], _Seen()).add(there)
            owners.update(own.keys())
            scores = dict(self._names_of(item, own, where, len(story.told), never))
            self._add_candidates(scores, item, same, never)
            _add_topics(scores, item, phrases, story)
            ranked.append(self._ranked(scores))
        often = {self._text(name): count for name, count in owners.items() if len(where[name]) > 1}
        return _carried(ranked, often)

    def _seen(self, item: _Read, texts: dict[str, set[str]]) -> dict[str, _Seen]:
        """The names of an item and where it has them; `texts` learns in which texts of the story each stands."""
        seen: dict[str, _Seen] = {}
        own = item.text.title.casefold()
        for name in self._find(item.title, item):
            found = seen.setdefault(name.key, _Seen())
            found.title = name.place if found.title < 0 else found.title
            found.uses += 1
            texts.setdefault(name.key, set()).add(own)
        for headline, title in zip(item.headlines, item.text.headlines, strict=True):
            for key in dict.fromkeys(name.key for name in self._find(headline, item)):
                seen.setdefault(key, _Seen()).headlines += 1
                texts.setdefault(key, set()).add(title.casefold())
        before = 0
        for part in item.lead:
            for name in self._find(part, item):
                found = seen.setdefault(name.key, _Seen())
                found.lead = before + name.place if found.lead < 0 else found.lead
                found.uses += 1
                texts.setdefault(name.key, set()).add(own)
            before += len(part.tokens)
        return seen

    def _find(self, part: Line, item: _Read) -> Iterator[Name]:
        for name in self._finders[item.german].find(part, item.text.language):
            if name.known:
                self._shown[name.key] = name.text
            elif part.kind is not Kind.CAPS:
                self._surfaces.setdefault(name.key, Counter())[name.text] += 1
            yield name
        if _UNSPACED.search(part.text):
            for place, known in self._names.inside(part.text):
                self._shown[known.casefold()] = known
                yield Name(place // 2, known.casefold(), known, True)

    def _names_of(
        self, item: _Read, own: dict[str, _Seen], where: dict[str, set[str]], size: int, never: frozenset[str]
    ) -> Iterator[tuple[str, float]]:
        """The names of an item that may be tags, with their scores: title and start, then story, then rarity."""
        title, documents = len(item.title.tokens) or 1, log(self._documents + 2)
        for name, seen in own.items():
            if _published(name, never) and name not in self._shown:
                continue
            if seen.title < 0 and _published(name, self._publishers) and name not in self._shown:
                continue
            spread = (len(where[name]) - 1) / (size - 1) if size > 1 else 0.0
            alone = len(where[name]) == 1 and not seen.headlines and seen.title < 0
            if alone and (seen.lead >= 40 if size > 2 else seen.lead >= 40 and seen.uses < 2):
                continue
            score = 1.5 * spread + 0.5 * max(0.0, 1 - log(1 + self._count(name)) / documents)
            if seen.title >= 0:
                score += 3.5 - 0.5 * seen.title / title
            if seen.headlines:
                score += 1.5 * seen.headlines / len(item.headlines)
            if seen.lead >= 0:
                score += next((worth for place, worth in _EARLY if seen.lead < place), 0.2)
            yield name, score + 0.1 * min(seen.uses, 5)

    def _count(self, name: str) -> int:
        return min(self._counts.upper(word) for word in name.split(" "))

    def _add_candidates(
        self, scores: dict[str, float], item: _Read, same: dict[str, str], never: frozenset[str]
    ) -> None:
        """What the source calls an item ranks below the names in its title."""
        said = _said(item)
        for tag in _candidates(item):
            key = self._key(tag, item.text)
            key = same.get(key, key)
            if key in scores:
                scores[key] += 0.3
                continue
            if _published(key, never | self._publishers) or key in self._names.stops or key in stop_words("en"):
                continue
            worth = 2.4 if _says(said[0], tag) else 1.2 if _says(said[1], tag) else 0.0
            if self._stories[key] > 2:
                worth = max(worth + 0.4, 1.0)
            if worth and key not in stop_words(item.text.language):
                scores[key] = worth

    def _ranked(self, scores: dict[str, float]) -> list[str]:
        """The tags that may be shown, the best first; two with one slug are one."""
        best: dict[str, str] = {}
        for _, text in sorted((-score, self._text(key)) for key, score in scores.items()):
            slug = urls.term_slug(text)
            if (
                1 < len(text) <= LONGEST
                and slug not in self._hidden
                and not text.isdigit()
                and not _DAMAGED.search(text)
            ):
                best.setdefault(slug, text)
        return list(best.values())

    def _text(self, key: str) -> str:
        """A name as it is shown: in its most frequent form."""
        if key in self._phrases:
            return key
        if known := self._shown.get(key):
            return known
        if " " not in key and (form := self._counts.form(key)):
            return form
        found = self._surfaces.get(key) or self._spelt.get(key)
        if found:
            return max(found, key=lambda text: (found[text], text))
        return " ".join(word if word in JOINING else self._counts.form(word) or word for word in key.split(" "))


def _carried(ranked: Sequence[list[str]], often: Mapping[str, int]) -> list[tuple[str, ...]]:
    """The first tags of each item, such that a name that many items have is carried by one of them at least.

    `often` is in how many items each name stands. A name takes the last place of the item where it ranks best, if
    what stands there is carried elsewhere.
    """
    best = [tags[:MOST] for tags in ranked]
    counts = Counter(tag for tags in best for tag in tags)
    least = max(2, len(ranked) / 4)
    for name in sorted((name for name in often if often[name] >= least), key=lambda name: (-often[name], name)):
        places = sorted((tags.index(name), number) for number, tags in enumerate(ranked) if name in tags)
        for _, number in () if counts[name] else places:
            last = best[number][-1]
            if counts[last] > 1:
                best[number][-1] = name
                counts.update({last: -1, name: 1})
                break
    return [tuple(tags) for tags in best]


_EARLY = ((25, 1.0), (60, 0.7), (120, 0.4))


def _add_topics(scores: dict[str, float], item: _Read, phrases: Sequence[topics.Topic], story: _Story) -> None:
    """The phrases of a story that stand in an item rank beside the names that many of its texts have."""
    titles = _said(item)
    for topic in phrases:
        if _says(titles[1], topic.text):
            head = _says(titles[0], topic.text)
            scores.setdefault(topic.text, (2.6 if head else 1.6) + 1.5 * len(topic.texts) / len(story.told))


def _said(item: _Read) -> tuple[str, str]:
    """The words of an item's title, and of all of it, as they are compared, with a blank before and after each."""
    title = " ".join(term_of(token.key) for token in item.title.tokens)
    whole = " ".join(term_of(token.key) for part in item.lines for token in part.tokens)
    return f" {title} ", f" {whole} "


def _says(said: str, tag: str) -> bool:
    """Whether a text has a tag, word by word; in a script without spaces, anywhere."""
    if _UNSPACED.search(tag):
        return tag.casefold() in said
    terms = " ".join(term_of(token.key) for token in line(tag).tokens)
    return bool(terms) and f" {terms} " in said


def _candidates(item: _Read) -> Iterator[str]:
    """What a source calls an item, as far as it reads like a tag.

    Some programs take every word of a title for a tag: then the source says nothing.
    """
    tags = [" ".join(tag.split()).strip("#") for tag in item.text.candidates]
    title = {token.key for token in item.title.tokens}
    if len(tags) > 2 and all(tag.islower() and tag in title for tag in tags):
        return
    for tag in dict.fromkeys(tags):
        fits = 1 < len(tag) <= LONGEST and len(tag.split()) < 5 and any(map(str.isalpha, tag))
        if fits and not _HOST.fullmatch(tag) and not re.search(r"[.!?。]$|[,;:|\<>{}]", tag):
            yield tag


def _publishers(items: Iterable[_Read]) -> frozenset[str]:
    """The publishers of items and of their coverage, as names are compared, and what else they may be called."""
    found: set[str] = set()
    for publisher in {name for item in items for name in item.text.publishers}:
        if _HOST.fullmatch(publisher):
            publisher = publisher.removeprefix("www.").split(".")[0]
            found.add(publisher.casefold())
        for part in (publisher, re.split(r"\s[-–—|:·]\s|[:|]\s", publisher)[0]):
            key = compared(part)
            found |= {key, key.removeprefix("the "), key.replace(" ", "")}
        bare = _MEDIA.sub("", compared(publisher).removeprefix("the "))
        if len(bare) < 5 and publisher.upper()[: len(bare)] == publisher[: len(bare)]:
            found.add(bare)
    return frozenset(found - {""})


def _published(name: str, publishers: frozenset[str]) -> bool:
    bare = name.removeprefix("the ")
    return bool({bare, bare.replace(" ", ""), _MEDIA.sub("", bare)} & publishers)

"""The phrases of small words that several publishers of one story share: `security guarantees`.

Never takes a name for a topic, nor what is said of everything, nor what somebody does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import log
from typing import NamedTuple

from builder.casing import DETERMINERS, VERBAL, Casing
from builder.lines import Kind, Line, Token
from builder.words import stop_words, term_of

MOST = 2
"""How many topics a story has at most."""
Terms = tuple[str, str]
"""The two words of a phrase as they are compared: `("security", "guarantee")`."""

# How much more often than elsewhere a story has to say it; what was never said elsewhere counts as once in a thousand.
_TIMES, _UNSEEN = 30, 1000
# The least part of a story's texts that has to say it.
_PART = 0.08
_GREATEST = frozenset({"biggest", "largest", "highest", "lowest", "latest", "fastest", "richest", "greatest", "worst"})
# After these something else is spoken of: "signed a declaration".
_OBJECTS = frozenset({"the", "a", "an", "their", "its", "his", "her", "la", "le", "les", "un", "une", "el", "los"})


class Told(NamedTuple):
    """What one publisher says in a story: its lines."""

    publisher: str
    lines: tuple[Line, ...]
    language: str = ""


class Use(NamedTuple):
    """One use of a phrase: its words as they stand, in which text (by number), whether in small letters, and whether
    a word before or after shows it to be a thing (1) or something done (-1)."""

    keys: Terms
    number: int
    small: bool
    noun: int


class Topic(NamedTuple):
    """A phrase as it is shown, how much it stands out, and which texts of the story say it (by number)."""

    text: str
    score: float
    texts: frozenset[int]


def shared(story: Sequence[Told]) -> dict[Terms, list[Use]]:
    """The phrases that two publishers of a story use, with their uses."""
    uses: dict[Terms, list[Use]] = {}
    for number, told in enumerate(story):
        for use in _uses(number, told):
            uses.setdefault((term_of(use.keys[0]), term_of(use.keys[1])), []).append(use)
    return {
        terms: found
        for terms, found in uses.items()
        if len({story[use.number].publisher for use in found}) > 1 and any(use.small for use in found)
    }


def _uses(number: int, told: Told) -> Iterator[Use]:
    stops = stop_words("en") | stop_words(told.language) if told.language else stop_words("en")
    for _, tokens, kind in told.lines:
        for place in range(1, len(tokens)):
            first, second = tokens[place - 1], tokens[place]
            if second.gap or not (_says(first, stops, kind) and _says(second, stops, kind)):
                continue
            before = tokens[place - 2].key if place > 1 and not first.gap else ""
            if first.gap == "-" or (place + 1 < len(tokens) and tokens[place + 1].gap == "-"):
                continue
            after = tokens[place + 1].key if place + 1 < len(tokens) and not tokens[place + 1].gap else ""
            noun = -1 if before in VERBAL or after in _OBJECTS else 1 if before in DETERMINERS else 0
            yield Use((first.key, second.key), number, first.form < 0 and second.form < 0, noun)


def _says(token: Token, stops: Collection[str], kind: Kind) -> bool:
    """Whether a word may be part of a phrase; where all words are capitalised, that they are says nothing."""
    small = token.form < 0 or (kind is not Kind.SENTENCE and not token.caps)
    return small and len(token.key) > 2 and token.text.isalpha() and token.key not in stops


def chosen(
    uses: Mapping[Terms, list[Use]], story: Sequence[Told], casing: Casing, documents: int, never: Collection[str]
) -> list[Topic]:
    """The phrases of a story that stand out most, at most two (`MOST`); no two share a word.

    `documents` is how many texts `casing` has seen; phrases in `never` are passed over.
    """
    topics: list[tuple[Topic, Terms]] = []
    for terms, found in uses.items():
        if any(casing.proper(key) for use in found for key in use.keys) or not _thing(terms, found, casing):
            continue
        texts = frozenset(use.number for use in found)
        counts: dict[Terms, int] = {}
        for use in found:
            counts[use.keys] = counts.get(use.keys, 0) + 1
        every = {keys: sum(casing.uses((keys[0], "", keys[1]))) for keys in counts}
        elsewhere = max(0, sum(every.values()) - len(found)) + 1
        times = len(texts) / len(story) * (documents + _UNSEEN) / elsewhere
        best = max(counts, key=lambda keys: (counts[keys] + every[keys], keys))
        publishers = len({story[number].publisher for number in texts})
        if times > _TIMES and publishers >= _PART * len(story) and (text := " ".join(best)) not in never:
            topics.append((Topic(text, publishers * log(times), texts), terms))
    topics.sort(key=lambda topic: (-topic[0].score, topic[0].text))
    kept: list[tuple[Topic, Terms]] = []
    for topic in topics:
        if len(kept) < MOST and not any(set(topic[1]) & set(other[1]) for other in kept):
            kept.append(topic)
    return [topic for topic, _ in kept]


def _thing(terms: Terms, found: Sequence[Use], casing: Casing) -> bool:
    """Whether a phrase reads as a thing ("a peace deal"), not as something done ("send troops", "shares fall")."""
    first, second = terms
    if first.endswith(("ing", "ed", "ly")) or second.endswith(("ed", "ly", "ing")) or first in _GREATEST:
        return False
    told = sum(use.noun for use in found)
    both = len({use.keys[1] for use in found}) > 1
    # "sales fall", "plans turnaround", "chain files"; but "the arms deal", "security guarantees" beside "guarantee".
    if any(use.keys[0] != first for use in found):
        return told > 1
    if any(use.keys[1] != second for use in found) and not both and _done(second, casing):
        return told > 1
    return told > 0 or (told == 0 and (both or (casing.noun(first) > 4 and not _done(first, casing))))


def _done(word: str, casing: Casing) -> bool:
    """Whether a word is often something done: "to pledge"."""
    return casing.verb(word) * 8 > casing.noun(word)

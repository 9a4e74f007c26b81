"""An invented event, and how a publisher tells it: which of its words a headline has, and what the text says.

Every telling draws anew: synonyms, parts of names, other details. Never knows of any other event.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.eval.tongues import Tongue
from tests.eval.vocabulary import Die, below, pick


class Event(NamedTuple):
    """What happened: who and where (`full|short` each), what it is about (synonyms each), and how many.

    `special` are headlines of its kind instead of the language's, `formula` is the text of all events of that kind,
    `grows` is how much higher the number is in late reports, and `day` the day of the week.
    """

    tongue: Tongue
    who: str
    other: str
    where: str
    nouns: tuple[str, ...]
    acts: tuple[str, ...]
    number: int
    special: tuple[str, ...] = ()
    formula: str = ""
    grows: int = 0
    day: str = ""


def drawn(tongue: Tongue, die: Die, names: tuple[str, ...] = (), nouns: tuple[str, ...] = (), place: str = "") -> Event:
    """Any event, in which these names and nouns play their part."""
    others = tuple((tongue.people if die.random() < 0.5 else tongue.bodies).draw(die) for _ in range(2))
    who, other = (*names, *others)[:2]
    fresh = tongue.nouns.some(die, 5)
    return Event(
        tongue,
        who,
        other,
        place or tongue.places.draw(die),
        # What is new comes first: it is what the event is about.
        (fresh[0], *nouns[:2], *fresh[1:])[:5],
        tongue.acts.some(die, 2),
        2 + below(die, 400),
    )


def headline(event: Event, die: Die, late: float = 0.0) -> str:
    """One publisher's headline, in sentence case. `late` is 0 for the first report, and 1 for the last."""
    event = event._replace(number=event.number + int(event.grows * late))
    pattern = pick(die, event.special or event.tongue.headlines)
    if not event.special and die.random() < 0.6:
        pattern += pick(die, event.tongue.tails)
    said = pattern.format(**_parts(event, die))
    return said[:1].upper() + said[1:]


def text(event: Event, die: Die, sentences: int) -> str:
    """One publisher's text: a lead that names all there is, then details; or the formula, which adds little to them."""
    if event.formula:
        return event.formula.format(**_parts(event, die, full=True)) + "\n"
    patterns = event.tongue.sentences
    told = [patterns[0].format(**_parts(event, die, full=True))]
    told += [pick(die, patterns).format(**_parts(event, die)) for _ in range(sentences - 1)]
    glue = "" if event.tongue.code == "zh" else " "
    middle = 1 + len(told) // 2
    return "\n\n".join(glue.join(one) for one in (told[:middle], told[middle:]) if one) + "\n"


def _parts(event: Event, die: Die, full: bool = False) -> dict[str, object]:
    """What the names in a pattern stand for, this time."""
    who, other = event.who, event.other
    if not full and not event.special and die.random() < 0.2:
        who, other = other, who
    nouns = _ordered(event.nouns, die, full)
    verbs = event.acts if full or die.random() < 0.6 else event.acts[::-1]
    return {
        "who": _name(who, die, full),
        "other": _name(other, die, full),
        "where": _name(event.where, die, True) + pick(die, event.tongue.endings),
        "k": _rounded(event.number, die),
        "m": f"{event.number / 10:.1f}",
        "a": 2 + event.number % 4,
        "b": event.number % 2,
        "day": event.day,
        **{f"n{place}": _word(noun, die) + pick(die, event.tongue.endings) for place, noun in enumerate(nouns, 1)},
        **_forms(_word(verbs[0], die), event.tongue.code),
        **{f"{form}2": verb for form, verb in _forms(_word(verbs[1], die), event.tongue.code).items()},
    }


def _ordered(nouns: tuple[str, ...], die: Die, full: bool) -> list[str]:
    """Its nouns: those of which the event is most, mostly first."""
    left, found = list(nouns), []
    while left:
        place = 0
        while not full and place < len(left) - 1 and die.random() < 0.35:
            place += 1
        found.append(left.pop(place))
    return found


def _name(name: str, die: Die, full: bool) -> str:
    forms = name.split("|")
    return forms[0] if full or die.random() < 0.45 else forms[-1]


def _word(synonyms: str, die: Die) -> str:
    forms = synonyms.split("|")
    return forms[0] if die.random() < 0.6 else pick(die, tuple(forms))


def _rounded(number: int, die: Die) -> str:
    """Some say `nearly 300`, most the number."""
    return f"nearly {round(number + 5, -1)}" if number > 40 and die.random() < 0.2 else str(number)


def _forms(verb: str, code: str) -> dict[str, str]:
    """A regular verb in its English forms; in other languages as it is."""
    if code != "en":
        return {"v": verb}
    stem = verb.removesuffix("e")
    y = len(verb) > 1 and verb[-1] == "y" and verb[-2] not in "aeiou"
    third = verb[:-1] + "ies" if y else verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh")) else "s")
    return {"v": third, "vb": verb, "vp": verb[:-1] + "ied" if y else stem + "ed", "vg": stem + "ing"}

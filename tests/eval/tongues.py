"""How headlines and sentences are built in five languages, around invented words.

Never a sentence that anybody wrote: each pattern is filled with what an event is about.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from tests.eval import vocabulary as words
from tests.eval.vocabulary import Maker, Spread


class Tongue(NamedTuple):
    """A language: its words and names, the patterns of headlines and sentences, and its publishers.

    Patterns name `who`, `other` and `where`, the nouns `n1` to `n5`, the number `k`, the verbs `v` and `v2`, and in
    English their other forms `vb`, `vp` and `vg`. A headline may go on with one of the `tails`. `endings` are what a noun or name may get where it stands in a sentence.
    """

    code: str
    people: Spread
    places: Spread
    bodies: Spread
    nouns: Spread
    acts: Spread
    headlines: tuple[str, ...]
    tails: tuple[str, ...]
    sentences: tuple[str, ...]
    publishers: Spread
    endings: tuple[str, ...] = ("",)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.strip("\n").split("\n"))


_ENGLISH = _lines("""
{who} {v} {n1} in {where}
{who} {v} {n1} after {n2}
{who} to {vb} {n1} amid {n2}
{n1} {n2} {vp} as {other} {v} {n3}
{where}: {who} {v} {n1}
{other} and {who} {vb} over {n1}
Why {who} {v} the {n1}
{k} {n1} {vp} in {where} {n2}
New {n1} in {where} as {who} {v} {n2}
What to know about {where}'s {n1}
{n1} {n2}: {who} {v} {n3}
{who} faces {n1} over {n2}
{where} {n1} {vp} by {other}
"{n1} will {vb} us": {who} on {n2}
{who} says {n1} could {vb} {n2}
{other} responds after {who} {v} {n1}
How {where} is {vg} its {n1}
{who}'s {n1}: the {n2} explained
Live: {who} {v} {n1}, {k} {n2} {vp}
{where} {n1} latest: {other} {v} {n2}
""")
_TAILS = _lines("""
, {other} says
 as {n4} {v2} {n5}
 in {where} {n4} row
 over {n4}
 after {n4} in {where}
 despite {n4} {n5}
 with {k} {n4} {vp2}
, says {other} of {where}
 ahead of {where} {n4}
 while {other} {v2} {n4}
""")
_SAID = _lines("""
{who} {vp} the {n1} in {where} on {day}, {other} said.
The {n1} {vp} about {k} {n2} in {where}, according to {other}.
"The {n1} will {vb} our {n2}," {who} told reporters on {day}.
It comes days after {other} {vp} the {n3} in {where}.
{who}, who has {vp} the {n2} for years, could not be reached.
Officials in {where} are {vg} the {n1}, and {n2} may follow.
{other} said the {n3} was {vp} because of the {n1}.
At least {k} {n2} were {vp}, a spokesman for {other} said.
Critics say the {n2} {v} {n1} and leaves {where} without {n3}.
A decision on the {n1} is expected by {day}.
""")
_GERMAN = _lines("""
{who} {v} {n1} in {where}
Nach {n2}: {who} {v} {n1}
{where}: {n1} {v} {n2}
Warum {who} die {n1} {v}
{who} und {other} streiten über {n1}
{k} {n1} bei {n2} in {where}
{n1} in {where}: Was {who} jetzt {v}
{other} zu {n1}: „Das {v} uns alle“
""")
_GERMAN_TAILS = _lines("""
, sagt {other}
 trotz {n4}
 nach {n4} in {where}
 wegen {n4} und {n5}
""")
_GESAGT = _lines("""
{who} {v} am {day} die {n1} in {where}, wie {other} mitteilte.
Nach Angaben von {other} sind rund {k} {n2} von der {n1} betroffen.
„Die {n1} {v} unsere {n2}“, sagte {who}.
In {where} war die {n3} zuvor mehrfach verschoben worden.
""")
_RUSSIAN = _lines("""
{who} {v} {n1} в {where}
{where}: {who} {v} {n1}
После {n2} {who} {v} {n1}
{who} и {other} обсудили {n1}
Почему {who} {v} {n1}
{k} {n1} из-за {n2} в {where}
""")
_RUSSIAN_TAILS = _lines("""
, заявил {other}
 из-за {n4}
 после {n4} в {where}
 на фоне {n5}
""")
_RUSSIAN_SAID = _lines("""
{who} {v} {n1} в {where}, сообщил {other}.
По данным {other}, {n1} и {n2} затронули {k} человек.
«Мы не ждали {n2}», — заявил {who}.
Ранее в {where} уже была {n3}.
""")
_CHINESE = _lines("""
{who}{v}{where}{n1}
{where}{n1}：{who}{v}{n2}
{who}与{other}就{n1}会晤
{where}发生{n1}，{k}人{v}
为什么{who}要{v}{n1}
{n2}之后，{who}{v}{n1}
""")
_CHINESE_TAILS = _lines("""
，{other}回应
，{n4}引关注
：{where}{n4}
，{k}名{n5}
""")
_CHINESE_SAID = _lines("""
{who}在{where}{v}{n1}，{other}表示。
据{other}称，{n1}和{n2}影响了{k}人。
“我们必须{v}{n2}”，{who}说。
此前{where}曾有{n3}。
""")
_ARABIC = _lines("""
{who} {v} {n1} في {where}
{where}: {who} {v} {n1}
بعد {n2}، {who} {v} {n1}
لماذا {v} {who} {n1}
{who} و{other} يبحثان {n1}
{k} {n1} إثر {n2} في {where}
""")
_ARABIC_TAILS = _lines("""
، وفق {other}
 بسبب {n4}
 رغم {n4} في {where}
 وسط {n5}
""")
_ARABIC_SAID = _lines("""
{who} {v} {n1} في {where}، وفق {other}.
وقال {other} إن {n1} و{n2} شملت {k} شخصا.
وأضاف {who} أن {n2} قد {v} {n3}.
""")
_PAPERS = ("The {} Gazette", "{} Times", "{} Post", "{} Herald", "{} News", "Daily {}", "{} Today", "{} Tribune")


@cache
def english() -> Tongue:
    return Tongue(
        "en",
        words.people(words.latin, 6000, 210),
        words.places(words.latin, 2000, 220, (*["{}"] * 12, "Port {}", "North {}", "{} Bay")),
        words.bodies(
            words.latin,
            3000,
            230,
            ("{} Bank", "{} Motors", "{} Energy", "{} Party", "{} Union", "{} Institute", "{} Airlines", "{} Group"),
            acronyms=True,
        ),
        words.nouns(),
        words.acts(),
        _ENGLISH,
        _TAILS,
        _SAID,
        words.places(words.latin, 80, 240, _PAPERS),
    )


@cache
def others() -> tuple[Tongue, ...]:
    """German, Russian, Chinese and Arabic."""

    def tongue(
        code: str,
        made: Maker,
        noun: Maker,
        patterns: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]],
        endings: tuple[str, ...],
        seed: int,
    ) -> Tongue:
        return Tongue(
            code,
            words.people(made, 150, seed, "" if code == "zh" else " "),
            words.places(made, 80, seed + 3),
            words.bodies(made, 80, seed + 6, ("{}",)),
            Spread(words.synonyms(noun, 600, seed + 9)),
            Spread(words.synonyms(made, 150, seed + 12)),
            *patterns,
            words.places(words.latin, 12, seed + 15, _PAPERS),
            endings,
        )

    return (
        tongue("de", words.latin, words.german, (_GERMAN, _GERMAN_TAILS, _GESAGT), ("", "", "s", "n", "en"), 100),
        tongue(
            "ru",
            words.cyrillic,
            words.cyrillic,
            (_RUSSIAN, _RUSSIAN_TAILS, _RUSSIAN_SAID),
            ("", "а", "у", "е", "ом"),
            200,
        ),
        tongue("zh", words.han, words.han, (_CHINESE, _CHINESE_TAILS, _CHINESE_SAID), ("",), 300),
        tongue(
            "ar", words.arabic, lambda die: "ال" + words.arabic(die), (_ARABIC, _ARABIC_TAILS, _ARABIC_SAID), ("",), 400
        ),
    )

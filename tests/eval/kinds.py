"""Kinds of news that look alike: events of one type, which differ in place and number, and series of one publisher.

Never decides when they happen, or who reports them.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A type of event: how its headlines are put, its text, the range of its number, and how much that may grow."""

    headlines: tuple[str, ...]
    text: str
    least: int
    most: int
    grows: int = 0


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.strip().split("\n"))


LOOK_ALIKE = (
    Kind(
        _lines("""
{k} killed in {where} fire
Blaze in {where} leaves {k} dead
{k} dead after fire at {where} {n1}
{where} fire: {k} people die, others hurt
Firefighters battle {where} blaze, {k} dead
Inferno at {n1} in {where} kills {k}
"""),
        "A fire at a building in {where} has killed {k} people, officials said on {day}. Firefighters were called "
        "shortly after midnight. The cause is being investigated. {who} said the {n1} had been inspected last year.",
        2,
        15,
        3,
    ),
    Kind(
        _lines("""
Magnitude {m} earthquake hits {where}
{m}-magnitude quake shakes {where}
Quake of {m} rattles {where}, no damage reported
Strong tremor felt near {where}
Earthquake strikes {where}; magnitude {m}
"""),
        "An earthquake of magnitude {m} struck near {where} on {day}, the survey said. There were no immediate reports "
        "of damage or injuries. People in {where} ran into the streets.",
        31,
        72,
    ),
    Kind(
        _lines("""
{who} quarterly profit rises {k}%
{who} posts {k}% jump in quarterly earnings
{who} beats forecasts as profit climbs {k}%
Quarterly results: {who} up {k}%, shares gain
{who} earnings top estimates on {n1}
"""),
        "{who} reported a rise of {k} percent in quarterly profit on {day}, helped by {n1}. Analysts had expected less. "
        "The company raised its forecast for the year. Shares of {who} rose in early trading.",
        3,
        60,
    ),
    Kind(
        _lines("""
{who} beat {other} {a}-{b}
{who} {a}-{b} {other}: match report
{other} lose to {who} in {where}
Late goal as {who} beat {other}
{who} see off {other} in {where}
"""),
        "{who} beat {other} {a}-{b} in {where} on {day}. The first goal came before half-time. The coach of {other} said "
        "his team had deserved more. {who} are second in the table.",
        1,
        40,
    ),
    Kind(
        _lines("""
{who} wins {where} election
{where} election: {who} claims victory over {other}
{who} declared winner in {where} vote
Voters in {where} choose {who}
{other} concedes to {who} in {where}
"""),
        "{who} has won the election in {where} with {k} percent of the vote, the commission said on {day}. {other} "
        "conceded. Turnout was higher than four years ago.",
        45,
        68,
    ),
    Kind(
        _lines("""
{k} injured in {where} bus crash
Bus crash near {where} injures {k}
{k} hurt as bus overturns in {where}
{where} crash: {k} taken to hospital
Bus and lorry collide near {where}, {k} injured
"""),
        "A bus crashed near {where} on {day}, injuring {k} people, police said. The driver was among those taken to "
        "hospital. The road was closed for hours. Witnesses spoke of {n1}.",
        4,
        50,
        6,
    ),
)

SERIES = (
    ("Market report: {who} index closes up {m}%", "Shares on the {who} index closed higher on {day}, up {m} percent."),
    ("{where} weather: {n1}, {k} degrees", "The weather in {where} today: {n1}, with up to {k} degrees. {day}: {n2}."),
    ("{where} morning briefing: {n1} and {n2}", "What you need to know on {day}: {n1} in {where}; {n3}; {n2}."),
    ("{where} lottery: {day}'s winning numbers", "The winning numbers on {day} were {k}, {m}, {a} and {b}."),
    ("{where} traffic: delays on route {k}", "Drivers in {where} should expect delays on route {k} on {day}."),
    ("Exchange rates: {who} at {m}", "One {who} was worth {m} on {day}, the bank of {where} said."),
)
"""Headline and text of what one publisher brings every day; it must not become a story."""

"""Invented words and names of five languages, the first of each list the most frequent: the same on every machine.

Never holds a person, a place or a company that exists; only the commonest nouns and verbs of English are real.
"""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Callable
from functools import cache

Die = random.Random
Maker = Callable[[Die], str]
"""Makes a word."""


def below(die: Die, limit: int) -> int:
    # Of a seeded `Random` only `random()` is promised to be the same in every Python.
    return int(die.random() * limit)


def pick(die: Die, options: tuple[str, ...]) -> str:
    return options[below(die, len(options))]


class Spread:
    """Draws from a list, its first elements the most often, as words of news are spread (Zipf and Mandelbrot)."""

    def __init__(self, all: list[str], flat: float = 6.0) -> None:
        self.all = all
        self._sums = list(itertools.accumulate(1 / (rank + flat) for rank in range(1, len(all) + 1)))

    def draw(self, die: Die) -> str:
        return self.all[bisect.bisect(self._sums, die.random() * self._sums[-1])]

    def some(self, die: Die, count: int) -> tuple[str, ...]:
        """Several different ones."""
        found: dict[str, None] = {}
        while len(found) < min(count, len(self.all)):
            found[self.draw(die)] = None
        return tuple(found)


# -- syllables ---------------------------------------------------------------------------------------

# What a syllable begins with, its vowel, and what it ends with.
_LATIN = (
    "b,br,c,ch,d,dr,f,fl,g,gr,h,j,k,kl,l,m,n,p,pl,pr,r,s,sh,sk,st,t,tr,v,w,z",
    "a,a,e,e,i,o,o,u,ai,ea,ou",
    ",,n,r,l,s,t,m,nd,rk,st,x",
)
_CYRILLIC = (
    "б,в,г,д,ж,з,к,л,м,н,п,р,с,т,ф,х,ц,ч,ш,ст,пр,кр",
    "а,а,е,и,о,о,у,ы,я",
    ",,н,р,л,к,с,м,т,ск",
)
_ARABIC = "بتثجحخدذرزسشصضطظعغفقكلمنهوي"
_HAN = (
    "山川海河江湖林木火土金石云风雨雪日月星光天地春夏秋冬东西南北中上下左右前后内外高低长短大小多少新旧"
    "红黄蓝绿白黑青紫龙虎马牛羊鸟鱼花草米茶酒书画琴棋诗文字言语音乐歌舞医药学校工农商兵车船飞机电气水油"
    "城市乡村街道桥门楼房家园宫殿塔寺港湾岛洲国州县区法律政党议会选举投票协定谈判制裁援助灾震洪旱矿能源"
)


def _syllabic(syllable: tuple[str, str, str], least: int, most: int) -> Maker:
    parts = [part.split(",") for part in syllable]

    def made(die: Die) -> str:
        count = least + below(die, most - least + 1)
        return "".join(part[below(die, len(part))] for _ in range(count) for part in parts)

    return made


latin, cyrillic = _syllabic(_LATIN, 2, 3), _syllabic(_CYRILLIC, 2, 3)


def arabic(die: Die) -> str:
    return "".join(_ARABIC[below(die, len(_ARABIC))] for _ in range(3 + below(die, 3)))


def han(die: Die) -> str:
    return "".join(_HAN[below(die, len(_HAN))] for _ in range(2))


def german(die: Die) -> str:
    """A noun: one in three is put together from two."""
    stem = latin(die) + (latin(die) if die.random() < 1 / 3 else "")
    return (stem + pick(die, ("ung", "er", "e", "heit", "", "tum"))).capitalize()


def different(made: Maker, count: int, seed: int) -> list[str]:
    """So many different words."""
    die = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[made(die)] = None
    return list(found)


# -- words: `first|second|third` are synonyms ----------------------------------------------------------

_NOUNS = """\
talks|negotiations|discussions, deal|agreement|accord|pact, vote|ballot|poll, budget|spending plan,
plan|proposal|scheme, strike|walkout|stoppage, protest|rally|demonstration, court|judges|tribunal,
probe|investigation|inquiry, law|bill|legislation, attack|assault|raid, sanctions|penalties|measures,
ban|prohibition, tax|levy|duty, rates|interest rates, prices|costs, jobs|workers|staff, merger|takeover|buyout,
shares|stock, profit|earnings, trade|exports, border|frontier, troops|soldiers|forces, ceasefire|truce,
aid|relief|supplies, refugees|migrants, police|officers, suspect|man, trial|case|hearing, storm|hurricane|gale,
flood|flooding|floods, drought|dry spell, heat|heatwave, virus|outbreak|disease, vaccine|jab|shot, hospital|clinic,
school|schools, students|pupils, teachers|staff, train|rail|railway, airport|flights, ship|vessel|tanker,
power|electricity|grid, gas|fuel, oil|crude, climate|emissions, forest|woodland, water|reservoir,
housing|homes|rents, bank|lender, loan|credit, debt|borrowing, pension|retirement, data|records|files,
hack|breach|leak, phone|handset|device, chip|chips|processors, satellite|probe, rocket|launcher, film|movie,
album|record|single, final|title, coach|manager|boss, injury|knock, transfer|signing, mayor|city hall,
minister|secretary
"""
_ACTS = """\
warn|caution|alert, reject|refuse|dismiss, approve|back|endorse, delay|postpone|defer, announce|unveil|reveal,
trim|slash|reduce, raise|lift|increase, halt|stop|suspend, launch|start|open, demand|urge|request, deny|dispute,
admit|concede|acknowledge, criticise|attack|slam, defend|justify, secure|clinch|claim, drop|miss|surrender,
face|confront|encounter, accuse|blame|charge, free|release, seize|capture|confiscate, close|shutter, reopen|restart,
offload|divest, purchase|acquire, sign|seal|agree, block|veto|stall, support|boost, abandon|exit, join|enter,
return|resume, expect|predict, test|trial, plan|prepare
"""
# All of them regular: their forms are made by rule.


def _real(text: str) -> list[str]:
    return text.replace("\n", " ").strip().split(", ")


def synonyms(made: Maker, count: int, seed: int) -> list[str]:
    """Invented concepts, each with one to four words for it."""
    die, words = random.Random(seed), iter(different(made, count * 4, seed + 1))
    return ["|".join(itertools.islice(words, 1 + below(die, 4))) for _ in range(count)]


@cache
def nouns() -> Spread:
    return Spread(_real(_NOUNS) + synonyms(latin, 3000, 11), 20)


@cache
def acts() -> Spread:
    return Spread(_real(_ACTS) + synonyms(latin, 600, 12), 20)


# -- names: `full|short` -------------------------------------------------------------------------------


def _capital(made: Maker) -> Maker:
    return lambda die: made(die).capitalize()


def people(made: Maker, count: int, seed: int, between: str = " ") -> Spread:
    """Persons, by first and last name, or by the last alone."""
    die, firsts = random.Random(seed), different(_capital(made), 120, seed + 1)
    lasts = different(_capital(made), count, seed + 2)
    return Spread([f"{firsts[below(die, len(firsts))]}{between}{last}|{last}" for last in lasts], 4)


def places(made: Maker, count: int, seed: int, more: tuple[str, ...] = ("{}",)) -> Spread:
    die = random.Random(seed)
    return Spread([pick(die, more).format(name) for name in different(_capital(made), count, seed + 1)], 4)


def bodies(made: Maker, count: int, seed: int, more: tuple[str, ...], acronyms: bool = False) -> Spread:
    """Companies, parties and the like, some of which are mostly called by three letters."""
    die, found = random.Random(seed), []
    for name in different(_capital(made), count, seed + 1):
        full = pick(die, more).format(name)
        short = "".join(chr(65 + below(die, 26)) for _ in range(3)) if acronyms and die.random() < 0.25 else name
        found.append(f"{full}|{short}")
    return Spread(found, 6)

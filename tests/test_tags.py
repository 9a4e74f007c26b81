"""Tags: names by how a whole site writes them, topics that publishers share, and what a source calls an item."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from builder import config, gazetteer, markdown, tags
from builder.content import Content, item
from builder.imports import import_files
from builder.lines import listed
from builder.model import Item
from builder.proper import Names, compared
from builder.words import Text, stop_words
from tests.sitetest import SiteTest
from tests.sweeps import one_in

NAMES = gazetteer.names()
NONE = Names()
"""Nothing is known by heart."""


def chosen(
    *story: Text, background: Iterable[Text] = (), names: Names = NAMES, stopped: Collection[str] = ()
) -> list[tuple[str, ...]]:
    """The tags of the items of one story."""
    (found,) = tags.choose([story], background, names, stopped)
    return found


def tagged(
    title: str, lead: str = "", background: Iterable[Text] = (), names: Names = NAMES, **more: object
) -> set[str]:
    """The tags of an item that is a story of its own."""
    return set(chosen(Text(title, lead, **more), background=background, names=names)[0])  # type: ignore[arg-type]


# -- what is a name --------------------------------------------------------------------------------


def test_a_word_with_a_capital_inside_of_sentences_is_a_name() -> None:
    lead = "The harbour of Skarne was closed by the council after a storm that nobody in Skarne had seen coming."
    assert tagged("Storm closes harbour", lead, names=NONE) == {"Skarne"}


def test_the_capital_at_the_start_of_a_sentence_or_after_a_quotation_mark_is_no_evidence() -> None:
    lead = "Ferries stayed in port. Fishermen said: “Nothing moves today, and nobody knows why.” Trawlers waited."
    assert tagged("Harbour closed: Boats wait for the wind to turn", lead) == set()


def test_capitals_of_a_title_case_headline_are_no_evidence_but_names_are_found_in_it() -> None:
    lead = "the ministry of fisheries in Skarne said that boats were to stay in port, and that the storm was to last."
    headline = "Council Shuts Harbour As Winter Storm Nears Skarne"
    assert tagged(headline, lead, names=NONE) == {"Skarne"}


def test_shouted_lines_are_no_evidence() -> None:
    lead = "BOATS STAY IN PORT AS STORM NEARS SKARNE\nThe council of Skarne said that boats stay in port for a week."
    assert tagged("Storm closes the harbour", lead, names=NONE) == {"Skarne"}


def test_headings_that_run_into_a_paragraph_are_no_evidence() -> None:
    lead = (
        "Boats stay in port. Why Fishermen Of The Island Fear Winter Storms The council of Skarne said so, and waited."
    )
    assert tagged("Storm closes the harbour", lead, names=NONE) == {"Skarne"}


def test_a_word_that_a_site_mostly_writes_small_is_no_name() -> None:
    small = [
        Text("Storm closes harbour", f"The council said that the harbour was closed for week {n}.") for n in range(3)
    ]
    odd = Text("Repairs begin", "Work at the Council began, and the Skarne harbour is full.")
    assert chosen(odd, background=small, names=NONE) == [("Skarne",)]


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("people who met Marta Okonjo at the pier said so", "Marta Okonjo"),
        ("a report of the Harbour Safety Board was read out", "Harbour Safety Board"),
        ("a speech by Ursula von der Leyen was read out", "Ursula von der Leyen"),
        ("an army of Bashar al-Assad held the town", "Bashar al-Assad"),
        ("a letter of Jean-Claude Morel was read out", "Jean-Claude Morel"),
        ("a visit of Erwold J. Quandt was put off", "Erwold Quandt"),
        ("a phone by Marks & Spencer was sold out", "Marks & Spencer"),
        ("a patient with COVID-19 was sent home", "COVID-19"),
        ("a speech on the State of the Tolk was read out, and the State of the Tolk is", "State of the Tolk"),
        ("the new iPhone was sold out by noon", "iPhone"),
    ],
)
def test_names_of_several_words_and_odd_ones(sentence: str, name: str) -> None:
    assert tagged("What the papers say this week", f"There was {sentence}.", names=NONE) == {name}


def test_of_joins_what_several_texts_join() -> None:
    lead = "A spokesman of the Bank of Skarne said so, and the Bank of Skarne said it again."
    assert tagged("Rates stay where they are", lead, names=NONE) == {"Bank of Skarne"}
    once = "It was read out by a Norling of Skarne on a cold day, as Norling said, and Skarne was silent."
    assert tagged("Rates stay where they are", once, names=NONE) == {"Norling", "Skarne"}


def test_two_names_that_mostly_stand_alone_are_two() -> None:
    alone = [Text("Talks go on", f"It was said by Quandt, and again by Berov, on day {n}.") for n in range(4)]
    found = tagged("What comes of the Quandt Berov talks", background=alone, names=NONE)
    assert found == {"Quandt", "Berov"}


def test_neighbours_in_title_case_are_one_name_only_if_sentences_say_so() -> None:
    lead = "It was said by Marta Okonjo in a letter to Skarne."
    assert tagged("Marta Okonjo Skarne Letter Read Out", lead, names=NONE) == {"Marta Okonjo", "Skarne"}


def test_an_acronym_is_not_the_word_that_it_looks_like() -> None:
    lead = "They told us that the GM plant of the US is to close, and that it is who pays that counts."
    assert tagged("Plant to close", lead) == {"GM", "United States"}
    assert tagged("This is HOW it works", "They showed us how it works, and WHY it does, or so they say.") == set()


# -- what a name is called -------------------------------------------------------------------------


def test_a_surname_means_the_full_name_that_the_story_has() -> None:
    first = Text("Quandt signs the treaty", "A treaty was signed by Erwold Quandt on the pier.")
    second = Text("What Quandt signed, and why", "Nobody knew that Quandt would sign.")
    assert chosen(first, second, names=NONE) == [("Erwold Quandt",), ("Erwold Quandt",)]


def test_a_surname_means_the_full_name_that_the_whole_site_has() -> None:
    site = [Text("Talks", f"It was said by Erwold Quandt on day {n}.") for n in range(4)]
    assert tagged("A treaty that Quandt signed", background=site, names=NONE) == {"Erwold Quandt"}
    # But a company is no first name of what it makes.
    site = [Text("Phones", f"It was sold by Norling with a Norling Watch on day {n}.") for n in range(6)]
    assert tagged("How a Watch by Norling sold", background=site, names=NONE) <= {"Norling", "Watch", "Norling Watch"}


def test_a_place_is_not_the_short_form_of_another() -> None:
    lead = "A ferry from Skarne to New Skarne was late, and Skarne was angry, while New Skarne was not."
    assert tagged("Ferry late", lead, names=NONE) == {"Skarne", "New Skarne"}


def test_spellings_of_one_name_become_the_most_frequent() -> None:
    first = Text("Talks begin", "A letter of Berovsky was read out, and then one more by Berovsky.")
    second = Text("Talks go on", "An answer to Berovskiy was sent, while the envoy of Berovskyy waited.")
    assert chosen(first, second, names=NONE) == [("Berovsky",), ("Berovsky",)]
    # One letter is enough within one story, but not across stories.
    apart = tags.choose(
        [[Text("Talks", "A letter by Petersen was read.")], [Text("Ferry", "It was said by Peterson.")]], [], NONE
    )
    assert apart == [[("Petersen",)], [("Peterson",)]]
    together = chosen(
        Text("Talks", "A letter by Petersen, Petersen said."), Text("Talk", "A letter by Peterson."), names=NONE
    )
    assert together == [("Petersen",), ("Petersen",)]


def test_the_most_frequent_casing_is_shown_and_acronyms_are_upper_case() -> None:
    site = [Text("Talks", "A report of NATO was read.")] + [Text("Talks", "A report of Nato was read.")] * 3
    assert tagged("What the Nato report says", background=site, names=NONE) == {"NATO"}
    site = [Text("Phones", "A new iPhone was sold, and an Iphone, and one more iPhone.")]
    assert tagged("How the iphone sold", "The Iphone was sold out.", background=site, names=NONE) == {"iPhone"}


def test_initials_of_a_name_are_that_name() -> None:
    lead = (
        "The Northern Tolk said so, as did others in the NT, and NT envoys were silent, but the Northern Tolk was not."
    )
    assert tagged("What the NT says", lead, names=NONE) == {"Northern Tolk"}


def test_an_adjective_means_its_place_within_a_story() -> None:
    first = Text("Talks on Velmoria begin", "The envoys of Velmoria were late, as people in Velmoria are.")
    second = Text("The Velmorian envoys were late", "It was a Velmorian habit, and Velmorians are proud of it.")
    assert chosen(first, second, names=NONE) == [("Velmoria",), ("Velmoria",)]


def test_a_possessive_that_is_hardly_ever_left_out_belongs_to_the_name() -> None:
    site = [Text("Food", f"The burgers of McNorling's were sold on day {n}.") for n in range(6)]
    assert tagged("What McNorling's sells", background=site, names=NONE) == {"McNorling's"}
    assert tagged("Talks", "A letter of Quandt's envoy was read, and Quandt's answer.", names=NONE) == {"Quandt"}


# -- what is known by heart ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("an American envoy", "United States"),
        ("a U.S. envoy", "United States"),
        ("a US envoy", "United States"),
        ("a UK envoy", "United Kingdom"),
        ("a British envoy", "United Kingdom"),
        ("many Britons", "United Kingdom"),
        ("a French envoy", "France"),
        ("a UAE envoy", "United Arab Emirates"),
        ("two Kosovars", "Kosovo"),
        ("a Taiwanese envoy", "Taiwan"),
        ("many Palestinians", "Palestine"),
        ("a South Korean envoy", "South Korea"),
        ("a Dutch envoy", "Netherlands"),
        ("an EU envoy", "European Union"),
        ("a European envoy", "Europe"),
        ("an envoy of Bosnia and Herzegovina", "Bosnia and Herzegovina"),
        ("an envoy of Côte d’Ivoire", "Ivory Coast"),
        ("an envoy from Washington", "Washington"),
    ],
)
def test_countries_by_all_their_names(said: str, country: str) -> None:
    assert tagged(f"Why {said} came to the talks") == {country}


def test_a_known_name_inside_of_a_longer_one_is_part_of_that() -> None:
    site = [Text("Flights", f"It was said by American Airlines and by Air France on day {n}.") for n in range(4)]
    assert tagged("Why American Airlines is late", background=site) == {"American Airlines"}
    assert tagged("Why an American Norling was late", background=site) == {"United States", "Norling"}


def test_a_known_name_that_is_a_plain_word_counts_where_its_capital_does() -> None:
    site = [Text("Food", "A turkey was sold, and the polish of a table, and one more turkey with polish.")]
    assert tagged("Turkey for Dinner", background=site) == set()
    assert tagged("Polish your table", background=site) == set()
    assert tagged("Why a Polish envoy went to Turkey", background=site) == {"Poland", "Turkey"}


def test_names_of_the_site_come_first() -> None:
    own = gazetteer.names(aliases={"the beast from the east": "Winter storm", "Kiev": "Kyiv", "French": "Gaul"})
    assert tagged("Why the road to Kiev is closed to French envoys", names=own) == {"Kyiv", "Gaul"}


def test_names_are_those_of_the_site_s_language() -> None:
    german = gazetteer.names("de-AT")
    assert tagged("Why a French envoy came to the US", names=german) == {"Frankreich", "USA"}
    assert tagged("Frankreich schickt Hilfe", language="de", names=german) == {"Frankreich"}
    assert tagged("Frankreich schickt Hilfe", language="de") == {"France"}
    # What is a word of other languages is a country in its own.
    assert tagged("Warum auf Island Ruhe herrscht", language="de") == {"Iceland"}
    assert tagged("Why the Island is quiet", language="en") == set()


def test_every_country_is_known_by_its_name_and_its_people() -> None:
    known = set(NAMES.variants.values())
    assert len(known) > 240
    assert {"Tuvalu", "Kosovo", "Taiwan", "Palestine", "Vatican", "South Sudan", "DR Congo", "Timor-Leste"} - known == {
        "Timor-Leste"
    }
    for name in known:
        assert NAMES.canonical(compared(name), "en") == name
    assert NAMES.canonical("timor-leste", "en") == "East Timor"


# -- what is no tag --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "on Tuesday",
        "in February",
        "by the President",
        "by the Prime Minister",
        "by the Secretary of State",
        "under Related Stories",
        "as Breaking News",
        "by a Western army",
        "in the II part",
        "I’m sure",
        "at 8 AM",
    ],
)
def test_days_titles_furniture_and_directions_are_no_tags(said: str) -> None:
    assert tagged(f"It was read out {said}", f"It was said again {said} and then {said}.") == set()


def test_titles_are_no_part_of_a_name() -> None:
    lead = "It was said by Defence Secretary John Healey, President Quandt and French President Emmanuel Delvaux."
    assert tagged("What was said", lead) == {"John Healey", "Quandt", "France", "Emmanuel Delvaux"}


def test_publishers_are_no_tags() -> None:
    lead = "LUTENNE (Worthy News) – Boats stay in port, the Skarne Post, the BBC and Worthy News said, as did skarne.example."
    story = Text("Boats stay in port, BBC says", lead, ("Why boats stay",), ("Worthy News", "BBC News", "Skarne Post"))
    assert chosen(story, names=NONE) == [()]
    other = Text("A day at the pier", "It was said to the BBC by Marta Okonjo, and to Reuters.", (), ("The Hill",))
    assert tags.choose([[story], [other]], [], NAMES)[1] == [("Marta Okonjo",)]
    # But a publisher may be what others report on; and no country is left out because a paper is called so.
    about = Text("Why the BBC dismissed Marta Okonjo", "The BBC said so.", (), ("The Hill",))
    assert set(tags.choose([[story], [about]], [], NAMES)[1][0]) == {"BBC", "Marta Okonjo"}
    assert tagged("Why a ferry to France was late", publishers=("France",)) == {"France"}


def test_what_one_item_of_a_story_mentions_far_down_is_no_tag() -> None:
    far = (
        "A ferry was late, and the people who had waited for it on the pier were angry, as they said to all who asked. "
        * 3
    )
    items = [Text(f"Ferry of Skarne late, part {n}", f"A ferry to Skarne was late. {far}") for n in range(3)]
    items.append(Text("Ferry still late", f"A ferry to Skarne is late. {far}It was said by a cousin of Norling."))
    assert all(found == ("Skarne",) for found in chosen(*items, names=NONE))


def test_terms_that_the_editor_hides_are_no_tags() -> None:
    story = Text("Why a French envoy came to Skarne", "It was said in Skarne.")
    assert chosen(story, stopped=["france"]) == [("Skarne",)]
    assert chosen(story, stopped=["FRANCE", "skarne"]) == [()]


# -- other languages -------------------------------------------------------------------------------


def test_where_every_noun_is_capitalised_a_noun_is_no_name() -> None:
    lead = (
        "Die Regierung hat am Dienstag ein Gesetz beschlossen, das die Fischer der Insel entlasten soll. Der Minister sagte,"
        " die Hilfe komme an, und auch Präsident Erwold Quandt lobte das Paket der NATO und der Ukraine."
    )
    found = tagged("Regierung beschließt Hilfe für Fischer", lead, language="de")
    assert found == {"Erwold Quandt", "NATO", "Ukraine"}
    # The same, where nobody says what language it is.
    assert tagged("Regierung beschließt Hilfe für Fischer", lead) == found


def test_a_german_word_that_never_has_an_article_is_a_name() -> None:
    site = [
        Text(
            f"Skarne wartet auf Antwort, Tag {n}",
            f"Wie immer wartet Skarne am Tag {n} auf ein Schreiben.",
            language="de",
        )
        for n in range(6)
    ]
    assert tagged("Warum Skarne wartet", "Noch wartet Skarne.", background=site, language="de") == {"Skarne"}


def test_french_elisions_and_small_adjectives() -> None:
    lead = "Selon l'Ukraine et d'autres, le président d'Estara a rencontré Marta Okonjo à Lutenne mardi, avec l'aide de l'Estara."
    found = tagged("L'Ukraine attend une réponse", lead, language="fr")
    assert found == {"Ukraine", "Estara", "Marta Okonjo", "Lutenne"}
    assert tagged("Ce que dit l’Union européenne", language="fr") == {"European Union"}


def test_russian_cases_are_one_name() -> None:
    lead = "Встреча в Киеве прошла спокойно, сказал Зеленский. Позже в Киеве ждали ответа, а с Зеленским говорили о Франции и Украине."
    found = tagged("Что сказал Зеленский", lead, language="ru")
    assert found == {"Зеленский", "Киеве", "France", "Ukraine"}


def test_scripts_without_case_have_what_is_known_and_what_the_source_says() -> None:
    assert tagged("قال مسؤول في فرنسا إن المفاوضات مع بريطانيا مستمرة", language="ar") == {"France", "United Kingdom"}
    assert tagged("عقد الاجتماع بفرنسا", language="ar") == {"France"}
    assert tagged("法国总统访问中国，讨论乌克兰局势", language="zh") == {"France", "China", "Ukraine"}
    assert tagged("法国总统访问中国", language="zh", names=gazetteer.names("zh")) == {"法国", "中国"}
    assert tagged("新しいNATO本部が完成", language="ja", names=NAMES) == {"NATO"}
    assert tagged("港口因风暴关闭", language="zh", candidates=("风暴", "天气")) == {"风暴"}
    assert tagged("ארבע ספינות ממתינות בנמל", language="he") == set()


# -- topics ----------------------------------------------------------------------------------------

_GUARANTEES = (
    Text("Allies talk about security guarantees", "The envoys spoke of a security guarantee.", publishers=("Post",)),
    Text("No security guarantees yet", "It takes time, and envoys send troops to no one.", publishers=("Gazette",)),
    Text("Envoys send troops home", "They agreed to send troops home.", publishers=("Herald",)),
)


def test_a_phrase_that_two_publishers_share_is_a_topic_in_its_most_frequent_form() -> None:
    assert chosen(*_GUARANTEES) == [("security guarantees",), ("security guarantees",), ()]


def test_a_phrase_of_one_publisher_or_of_all_stories_is_none() -> None:
    one = [text._replace(publishers=("Post",)) for text in _GUARANTEES]
    assert chosen(*one) == [(), (), ()]
    everywhere = [Text("Talks", f"On day {n} they spoke of security guarantees.") for n in range(200)]
    assert chosen(*_GUARANTEES, background=everywhere) == [(), (), ()]


def test_headlines_of_a_coverage_count_with_their_publishers() -> None:
    headlines = ("Envoys speak of a peace deal", "No peace deal in sight", "A day at the pier")
    cluster = Text(headlines[0], "", headlines, ("Post", "Gazette", "Herald"))
    assert chosen(cluster) == [("peace deal",)]
    assert chosen(cluster._replace(publishers=("Post", "Post", "Post"))) == [()]


# -- what the source says --------------------------------------------------------------------------


def test_a_source_s_tag_that_the_text_has_is_kept_below_the_names_in_the_title() -> None:
    story = Text(
        "Marta Okonjo wins the Skarne race",
        "It was a day of cycling for Marta Okonjo in Skarne.",
        candidates=("cycling", "Wheels"),
    )
    assert chosen(story, names=NONE) == [("Marta Okonjo", "Skarne", "cycling")]


@pytest.mark.parametrize(
    "tag",
    [
        "skarne.com",
        "www.skarne.example",
        "Skarne Post",
        "News",
        "the",
        "A day of cycling in the rain",
        "Cycling.",
        "2026",
        "x" * 61,
        "",
    ],
)
def test_what_does_not_read_like_a_tag_is_none(tag: str) -> None:
    lead = f"It was on skarne.com and in 2026 that the news of the {tag.lower()} came."
    assert chosen(Text("A ferry is late", lead, publishers=("Skarne Post",), candidates=(tag,))) == [()]


def test_the_words_of_a_title_are_no_tags_because_a_program_took_them_for_such() -> None:
    title = "Allies pledge troops to postwar Ukraine"
    assert chosen(Text(title, candidates=("allies", "pledge", "troops", "ukraine"))) == [("Ukraine",)]
    assert chosen(Text(title, candidates=("troops", "army"))) == [("Ukraine", "troops")]


def test_a_source_s_tag_that_three_stories_have_is_kept() -> None:
    stories = [[Text(f"A ferry was late, part {n}", candidates=("Sea travel",))] for n in range(3)]
    assert tags.choose(stories, [], NONE) == [[("Sea travel",)]] * 3
    assert tags.choose(stories[:2], [], NONE) == [[()]] * 2


# -- the order, and how many -----------------------------------------------------------------------


def test_the_title_comes_before_the_lead_and_its_start_before_its_end() -> None:
    story = Text(
        "Skarne and Norling wait for Estara",
        "It was said in Lutenne and in Velmoria, as Skarne, Norling and Estara know.",
    )
    assert chosen(story, names=NONE)[0][:3] == ("Skarne", "Norling", "Estara")


def test_what_many_items_of_a_story_have_comes_before_what_one_has() -> None:
    items = [Text(f"A ferry was late, part {n}", f"It was seen in Norling {n} and from Skarne.") for n in range(4)]
    items.append(Text("A ferry was very late", "It was seen in Lutenne, and from Skarne."))
    assert chosen(*items, names=NONE)[-1] == ("Skarne", "Lutenne")


def test_a_name_that_many_items_have_is_carried_by_one_at_least() -> None:
    title = "Why Skarne, Norling, Estara, Lutenne and Velmoria wait"
    items = [Text(f"{title}, part {n}", "It was said by Marta Okonjo.") for n in range(4)]
    found = chosen(*items, names=NONE)
    assert all(len(tags_) == 5 for tags_ in found)
    assert sum("Marta Okonjo" in tags_ for tags_ in found) == 1


# -- laws ------------------------------------------------------------------------------------------

_WORDS = st.sampled_from(
    sorted(
        listed(
            "Skarne Norling Marta Okonjo NATO US UK French Ukraine von of de Bank President Tuesday News storm harbour the a"
            " was in said security guarantees iPhone AT&T U.S. COVID-19 al-Assad Berovsky Berovskiy l'Ukraine 法国 فرنسا Киев"
            " Киеве Der Minister REUTERS is 11 — ( “ . , Related Stories"
        )
    )
)
_LINE = st.lists(_WORDS, max_size=12).map(" ".join)
_TEXT = st.builds(
    Text,
    title=_LINE,
    lead=st.lists(_LINE, max_size=3).map("\n".join),
    headlines=st.lists(_LINE, max_size=2).map(tuple),
    publishers=st.lists(st.sampled_from(["BBC", "The Skarne Post", "reuters.com", ""]), max_size=3).map(tuple),
    language=st.sampled_from(["", "en", "de", "ru", "zh"]),
    candidates=st.lists(st.one_of(_LINE, _WORDS), max_size=4).map(tuple),
)
_STORIES = st.lists(st.lists(_TEXT, min_size=1, max_size=3), max_size=4)


@one_in(2)
@given(_STORIES, st.lists(_TEXT, max_size=4), st.randoms())
def test_the_order_of_stories_and_of_the_background_does_not_matter(
    stories: list[list[Text]], background: list[Text], dice: random.Random
) -> None:
    found = tags.choose(stories, background, NAMES)
    order = dice.sample(range(len(stories)), len(stories))
    mixed = tags.choose([stories[n] for n in order], dice.sample(background, len(background)), NAMES)
    assert mixed == [found[n] for n in order]


@one_in(2)
@given(_STORIES)
def test_a_tag_is_short_and_says_something(stories: list[list[Text]]) -> None:
    for story, found in zip(stories, tags.choose(stories, [], NAMES), strict=True):
        assert len(found) == len(story)
        for one in found:
            assert len(one) <= tags.MOST and len(set(one)) == len(one)
            for tag in one:
                assert tag == tag.strip() and 1 < len(tag) <= 60
                assert tag not in stop_words("en") and tag.casefold() not in NAMES.stops


# -- five documents of one event -------------------------------------------------------------------

CORPORA = Path(os.environ.get("BROADSHEET_CORPORA", "/nonexistent"))
SEEDS = Path(os.environ.get("BROADSHEET_SEEDS") or CORPORA.parent / "seeds")
seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason="BROADSHEET_SEEDS names no folder")

COUNTRIES = {"Ukraine", "NATO", "France", "United Kingdom", "United States"}
_INVENTED = (
    "Ukraine=Velmoria; Ukrainian=Velmorian; NATO=QRXA; France=Dorvania; French=Dorvanian; "
    "United States=Belten Jorunds; U.S.=BJ; US=BJ; American=Jorundic; America=Jorundia; "
    "United Kingdom=Belten Kandor; UK=BK; Britain=Kandoria; British=Kandorish; Russia=Graska; Russian=Graskan; "
    "Moscow=Pelgrad; Kremlin=Gremlik; Kyiv=Sorvik; Volodymyr=Tomasch; Zelenskyy=Berovkyy; Zelenskiy=Berovkiy; "
    "Zelensky=Berovky; Donald=Erwold; Trump=Quandt; Emmanuel=Bastian; Macron=Delvaux; Keir=Rufan; Starmer=Holbeck; "
    "Biden=Brandeck; Witkoff=Markoff; Washington=Lindemarr; London=Thamesk; Paris=Lutenne; "
    "European Union=Havener Tolk; European=Havener; Europe=Havena; Denmark=Jultia; Greenland=Isemark; China=Zhonga; "
    "Taiwan=Formisa; Venezuela=Carabela; Venezuelan=Carabelan; Estonia=Estara; Latvia=Lattva; Lithuania=Lithara; "
    "Sweden=Svealin; Dutch=Nederic; Polish=Polandic"
)
INVENTED = dict(pair.split("=") for pair in _INVENTED.split("; "))


def replaced(names: dict[str, str]) -> Callable[[str], str]:
    """Each name by another, whole words only, and as it is written: Name, NAME, name."""
    every = names | {old.upper(): new.upper() for old, new in names.items()}
    every |= {old.lower(): new.lower() for old, new in names.items() if len(old) > 3}
    found = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, sorted(every, key=len, reverse=True)))})(?!\w)")
    return lambda text: found.sub(lambda match: every[match[0]], text)


def text_of(one: Item, words: int) -> Text:
    """What tags read of an item, with the first words of its text."""
    lead = " ".join(" ".join(markdown.paragraphs(one.body)).split()[:words]) if one.body else one.summary
    publishers = dict.fromkeys(
        name for name in (one.publisher, *(mention.publisher for mention in one.coverage)) if name
    )
    return Text(
        one.title, lead, tuple(mention.title for mention in one.coverage), tuple(publishers), one.lang, one.tags
    )


def seed_items(root: Path) -> list[Item]:
    """The five documents, imported into a site."""
    site = SiteTest(root)
    content = Content(root)
    with site.index() as index:
        import_files(content, config.load(root), index, datetime(2026, 1, 14, tzinfo=UTC), [SEEDS])
    files = sorted((root / "content" / "items").rglob("*.md"))
    return [item("x", file.read_text("utf-8")) for file in files]


def said_in(texts: Sequence[Text]) -> list[tuple[str, ...]]:
    found = chosen(*texts)
    union = {tag for one in found for tag in one}
    never = {"pledge", "troops", "tuesday", *(name.casefold() for text in texts for name in text.publishers)}
    assert never.isdisjoint(tag.casefold() for tag in union)
    assert all(len(one) <= tags.MOST for one in found)
    return found


@pytest.mark.corpus
@seeds
def test_five_documents_of_one_event_share_its_names(tmp_path: Path) -> None:
    items = seed_items(tmp_path)
    assert len(items) == 5
    rename = replaced(INVENTED)
    for words in (60, 150, 400):
        texts = [text_of(one, words) for one in items]
        union = {tag for one in said_in(texts) for tag in one}
        assert union >= COUNTRIES
        # The same with names that nobody ever heard of: they are found by how they are written.
        other = [
            text._replace(
                title=rename(text.title),
                lead=rename(text.lead),
                headlines=tuple(map(rename, text.headlines)),
                candidates=tuple(map(rename, text.candidates)),
            )
            for text in texts
        ]
        union = {tag for one in said_in(other) for tag in one}
        assert union >= {INVENTED[name] for name in COUNTRIES}
        assert union.isdisjoint(COUNTRIES)

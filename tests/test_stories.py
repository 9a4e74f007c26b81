"""One event once: who joins whom, what never becomes one, and what an editor says of it."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, strategies as st

from builder.clusters import DAY, HOUR, Told
from builder.stories import assign, predecessors
from builder.vectors import Vectors
from builder.words import Text

NOON = 1_768_219_200.0
"""12 January 2026, 12:00 UTC."""

FERRY = (
    "Ferry Marigold runs aground off Norwick with 200 aboard",
    "Passengers rescued after ferry Marigold runs aground near Norwick",
    "Marigold ferry aground at Norwick: all passengers safe, says operator",
    "Norwick ferry: Marigold's captain questioned after grounding",
)
OTHERS = (
    "Parliament votes on the budget of the national museum",
    "Champion Lindqvist wins marathon in Tallmere",
    "New vaccine against hay fever passes a large trial",
    "Central bank of Osterland keeps interest rates unchanged",
    "Telescope finds water on a distant planet",
)


def told(title: str, number: int = 0, *, hours: float = 0, **rest: object) -> Told:
    """A headline, so many hours after noon."""
    text = rest.pop("text", None) or Text(
        title, publishers=(str(rest.pop("publisher", f"Paper {number}")),), language="en"
    )
    path = f"2026/01/12/{number:03}-{title[:12].lower().replace(' ', '-')}"
    return Told(path=path, id=f"{number:03}", moment=NOON + hours * HOUR, text=text, **rest)  # type: ignore[arg-type]


def groups(new: Iterable[Told], known: Iterable[Told] = ()) -> set[frozenset[str]]:
    """The titles of each story of several items."""
    new, known = list(new), list(known)
    names = assign(new, known, Vectors(one.text for one in (*new, *known))).names
    titles = {one.path: one.text.title for one in (*new, *known)}
    return {frozenset(titles[path] for path in names if names[path] == name) for name in names.values()}


def test_reports_of_one_event_are_one_story_and_the_others_are_alone() -> None:
    stream = [told(title, number, hours=number) for number, title in enumerate((*FERRY, *OTHERS))]
    assert groups(stream) == {frozenset(FERRY)}


def test_a_story_goes_by_the_place_of_its_first_item() -> None:
    stream = [told(title, number, hours=number) for number, title in enumerate(FERRY)]
    found = assign(stream, [], Vectors(one.text for one in stream))
    assert set(found.names) == {one.path for one in stream}
    assert set(found.names.values()) == {stream[0].path}


@given(st.permutations(range(len(FERRY + OTHERS))))
def test_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    stream = [told(title, number, hours=number) for number, title in enumerate((*FERRY, *OTHERS))]
    vectors = Vectors(one.text for one in stream)
    assert assign([stream[number] for number in order], [], vectors) == assign(stream, [], vectors)


def test_an_item_joins_the_story_that_is_there_and_its_name_stays() -> None:
    first = told(FERRY[0], 1)._replace(story="2026/01/12/grounding", stated=True)
    second = told(FERRY[1], 2, hours=1)._replace(story="2026/01/12/grounding", stated=True)
    new = told(FERRY[2], 3, hours=5)
    found = assign([new], [first, second], Vectors(one.text for one in (first, second, new)))
    assert found.names == {new.path: "2026/01/12/grounding"} and not found.merges


def test_who_was_alone_is_told_the_name_of_the_story_it_founded() -> None:
    alone = told(FERRY[0], 1)
    new = told(FERRY[1], 2, hours=1)
    assert assign([new], [alone], Vectors([alone.text, new.text])).names == {
        alone.path: alone.path,
        new.path: alone.path,
    }


# -- time


def test_after_three_days_without_a_report_a_story_is_closed() -> None:
    assert groups([told(FERRY[0], 1), told(FERRY[1], 2, hours=71)]) == {frozenset(FERRY[:2])}
    assert groups([told(FERRY[0], 1), told(FERRY[1], 2, hours=73)]) == set()


def test_no_chain_of_reports_makes_a_story_longer_than_five_days() -> None:
    chain = [told(FERRY[number % 4], number, hours=number * 40) for number in range(6)]
    found = assign(chain, [], Vectors(one.text for one in chain))
    moments: dict[str, list[float]] = {}
    for one in chain:
        moments.setdefault(found.names.get(one.path, one.path), []).append(one.moment)
    assert len(moments) > 1
    assert all(max(times) - min(times) <= 5 * DAY for times in moments.values())


def test_without_a_date_of_news_there_is_no_window() -> None:
    late = [told(FERRY[0], 1), told(FERRY[1], 2, hours=500, dated=False)]
    assert groups(late) == {frozenset(FERRY[:2])}


# -- hard links


def test_two_items_that_name_one_article_are_of_one_story_whenever_they_came() -> None:
    early = told("Morning digest of the harbour", 1, named=frozenset({"gn:1", "gn:2"}))
    late = told("What else happened", 2, hours=900, named=frozenset({"gn:2", "gn:3"}))
    assert groups([early, late]) == {frozenset({early.text.title, late.text.title})}
    assert groups([early, late._replace(named=frozenset({"gn:3"}))]) == set()


def test_an_item_is_of_the_story_that_names_its_article() -> None:
    digest = told("Morning digest of the harbour", 1, named=frozenset({"url:a"}))
    article = told("Captain speaks", 2, hours=900, own="url:a")
    assert len(groups([digest, article])) == 1


def test_one_link_of_many_items_is_no_evidence() -> None:
    series = [told(title, number, own="url:show") for number, title in enumerate(OTHERS)]
    assert groups(series) == set()


def test_one_text_in_two_papers_is_one_story_and_a_standing_text_is_none() -> None:
    copy = [told(title, number, hours=number * 400, same="text") for number, title in enumerate(OTHERS[:2])]
    assert groups(copy) == {frozenset(OTHERS[:2])}
    standing = [one._replace(text=one.text._replace(publishers=("The Gazette",))) for one in copy]
    assert groups(standing) == set()


def test_an_item_that_names_articles_of_two_stories_makes_them_one_by_the_older_name() -> None:
    def of(name: str, key: str, number: int) -> Told:
        return told(OTHERS[number], number, named=frozenset({key}))._replace(story=name, stated=True)

    known = [of("2026/01/10/older", "gn:1", 1), of("2026/01/11/younger", "gn:2", 2)]
    new = told("Digest", 3, named=frozenset({"gn:1", "gn:2"}))
    found = assign([new], known, Vectors(one.text for one in (*known, new)))
    assert found.names == {new.path: "2026/01/10/older"}
    assert found.merges == {"2026/01/11/younger": "2026/01/10/older"}


def test_what_a_person_put_into_a_story_is_not_merged_away() -> None:
    def of(name: str, key: str, number: int, fixed: bool) -> Told:
        return told(OTHERS[number], number, named=frozenset({key}), fixed=fixed)._replace(story=name, stated=True)

    for hands in ((True, False), (False, True)):
        known = [of("2026/01/10/older", "gn:1", 1, hands[0]), of("2026/01/11/younger", "gn:2", 2, hands[1])]
        new = told("Digest", 3, named=frozenset({"gn:1", "gn:2"}))
        assert assign([new], known, Vectors(one.text for one in (*known, new))).merges == {}


# -- what is close


def test_the_same_kind_of_event_elsewhere_is_another_story() -> None:
    lead = "Three people died when a fire broke out in a warehouse in {0}, the fire service of {0} said. Police in {0} look for the cause."
    fires = [
        Text(f"Three die in warehouse fire in {place}", lead.format(place), publishers=(paper,), language="en")
        for place in ("Norwick", "Tallmere")
        for paper in ("Gazette", "Courier")
    ]
    filler = [Text(title, f"{title}, it was said in the capital today.", language="en") for title in OTHERS]
    stream = [told(text.title, number, hours=number, text=text) for number, text in enumerate((*fires, *filler))]
    assert groups(stream) == {frozenset({text.title}) for text in fires}


def test_the_next_of_a_series_is_another_story_and_a_rising_number_elsewhere_is_not() -> None:
    daily = [told(f"Harbour report {number}: ships, tides and ice", number, hours=number * 24) for number in (1, 2)]
    one_paper = [one._replace(text=one.text._replace(publishers=("Gazette",))) for one in daily]
    assert groups(one_paper) == set()
    assert len(groups(daily)) == 1


def test_clusters_are_close_by_all_of_their_headlines() -> None:
    def cluster(number: int, *headlines: str) -> Told:
        text = Text(f"{headlines[0]} - Paper {number}", headlines=headlines, publishers=("A", "B"), language="en")
        return told(text.title, number, hours=number, text=text)

    one = cluster(1, "What we know so far", FERRY[0], "Captain of the Marigold speaks of a strong current")
    two = cluster(
        2, "Live: hundreds wait in the cold", FERRY[1], "Strong current blamed by the captain of the Marigold"
    )
    other = cluster(3, "What happens next", OTHERS[0], "Museum of Tallmere fears for its budget")
    assert groups([one, two, other]) == {frozenset({one.text.title, two.text.title})}
    bare = [one._replace(text=one.text._replace(headlines=())) for one in (one, two)]
    assert groups([*bare, other]) == set()


def test_any_script() -> None:
    for one, other, third in (
        (
            "Паром «Маргарита» сел на мель у Норвика",
            "Пассажиры парома «Маргарита» спасены у Норвика",
            "Банк сохранил ставку",
        ),
        ("渡轮在诺里奇附近搁浅两百人获救", "诺里奇渡轮搁浅两百名乘客获救", "央行维持利率不变"),
        ("جنوح العبارة مارغريت قرب نورويك", "إنقاذ ركاب العبارة مارغريت قرب نورويك", "البنك المركزي يبقي الفائدة"),
        (
            "Fähre Margarete läuft vor Norwick auf Grund",
            "Norwick: Passagiere der Fähre Margarete gerettet",
            "Zentralbank ändert Zinsen nicht",
        ),
    ):
        stream = [told(title, number, hours=number) for number, title in enumerate((one, other, third))]
        assert groups(stream) == {frozenset({one, other})}


def test_a_new_story_goes_on_from_an_earlier_one() -> None:
    before = [told(title, number, hours=-200) for number, title in enumerate(FERRY[:2])]
    after = [told(title, 10 + number) for number, title in enumerate(FERRY[2:])]
    other = [told(title, 20 + number, hours=-100) for number, title in enumerate(OTHERS[:2])]
    vectors = Vectors(one.text for one in (*before, *after, *other))
    stories = {"2026/01/04/ferry": before, "2026/01/08/other": other}
    assert predecessors({"2026/01/12/again": after}, stories, vectors) == {"2026/01/12/again": "2026/01/04/ferry"}
    assert predecessors({"2026/01/08/other": other}, {"2026/01/04/ferry": before}, vectors) == {}

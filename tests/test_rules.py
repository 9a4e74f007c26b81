"""What a site takes: rules of its owner, publishers that it blocks, and articles that were removed for good."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from builder import rules
from builder.found import Found, Parsed
from builder.identity import link_identity
from builder.model import Item, Mention
from builder.settings import Moves, Removal, Rule, Settings, Source
from builder.sources import googlenews
from tests.test_ingest import entry, items, site_of

STORM = Item(
    title="Sponsored: a storm-proof roof",
    link="https://www.gazette.example/Ads/roof",
    tags=("Weather", "C++"),
    authors=("José Pérez",),
    publisher="The Harbour Gazette",
)
GAZETTE = Source(name="Gazette")


def found(item: Item) -> Found:
    return Found(item=msgspec.structs.replace(item, id=item.title), identities=(item.title,))


def parsed(*items: Item) -> Parsed:
    return Parsed(found=tuple(found(item) for item in items))


def reasons(parsed: Parsed) -> list[tuple[str, str]]:
    return [(dropped.where, dropped.reason) for dropped in parsed.dropped]


# -- what a rule finds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        Rule(title="sponsored"),
        Rule(title="STORM"),
        Rule(title="a  storm"),
        Rule(title="storm-proof roof"),
        Rule(title="re:^sponsored\\b"),
        Rule(link="/ads/"),
        Rule(link="re:roof$"),
        Rule(tag="weather"),
        Rule(tag="c++"),
        Rule(author="Jose Perez"),
        Rule(publisher="the harbour gazette"),
        Rule(publisher="gazette.example"),
        Rule(publisher="www.gazette.example"),
        Rule(publisher="re:harbour"),
        Rule(title="storm", tag="Weather", publisher="gazette.example"),
    ],
    ids=str,
)
def test_a_rule_finds_what_it_says(rule: Rule) -> None:
    assert rules.matches(rule, STORM)


@pytest.mark.parametrize(
    "rule",
    [
        Rule(title="sponsor"),
        Rule(title="proofs"),
        Rule(link="/ad/"),
        Rule(tag="C#"),
        Rule(tag="weath"),
        Rule(author="José"),
        Rule(publisher="Gazette"),
        Rule(publisher="zette.example"),
        Rule(publisher="news.gazette.example"),
        Rule(publisher="example/ads"),
        Rule(title="storm", tag="Politics"),
    ],
    ids=str,
)
def test_a_rule_finds_no_more_than_it_says(rule: Rule) -> None:
    assert not rules.matches(rule, STORM)


@pytest.mark.parametrize(
    ("words", "title", "there"),
    [
        ("広告", "本日の広告です", True),  # no spaces, so no whole words
        ("हिन्द", "हिन्दी दिवस", False),  # a vowel sign goes on with the word
        ("straße", "STRASSE gesperrt", True),
        ("[ad]", "Roofs [Ad]today", True),
        ("ferry", "ferryman and ferry", True),
        ("Café", "Cafe\u0301 closed", True),
    ],
)
def test_words_are_whole_words_of_their_language(words: str, title: str, there: bool) -> None:
    assert rules.matches(Rule(title=words), Item(title=title)) is there


@given(st.text(min_size=1, max_size=8), st.text(max_size=20), st.text(max_size=20))
def test_words_between_spaces_are_found(words: str, before: str, after: str) -> None:
    if words.strip():
        assert rules.matches(Rule(title=words), Item(title=f"{before} {words} {after}"))


# -- keep and drop ---------------------------------------------------------------------------------------------


def test_without_rules_nothing_is_looked_at() -> None:
    stated = parsed(STORM)
    assert rules.filtered(stated, GAZETTE, Settings()) is stated


def test_where_no_rule_finds_anything_the_same_value_comes_back() -> None:
    stated = parsed(STORM)
    assert rules.filtered(stated, GAZETTE, Settings(drop=(Rule(title="ferry"),), block=("courier.example",))) is stated


def test_what_is_dropped_says_by_which_rule() -> None:
    settings = Settings(drop=(Rule(title="sponsored"),))
    assert reasons(rules.filtered(parsed(STORM), GAZETTE, settings)) == [
        (STORM.title, 'dropped by drop = { title = "sponsored" } (site)')
    ]
    source = Source(name="Gazette", drop=(Rule(tag="weather", link='re:"'), Rule(tag="weather")))
    assert reasons(rules.filtered(parsed(STORM), source, Settings())) == [
        (STORM.title, 'dropped by drop = { tag = "weather" } (source Gazette)')
    ]


def test_the_sites_drop_comes_before_the_sources_and_both_before_keep() -> None:
    site = Settings(drop=(Rule(title="sponsored"),), keep=(Rule(tag="weather"),))
    source = Source(name="Gazette", drop=(Rule(title="storm-proof"),))
    assert "(site)" in reasons(rules.filtered(parsed(STORM), source, site))[0][1]
    assert "(source Gazette)" in reasons(rules.filtered(parsed(STORM), source, Settings(keep=site.keep)))[0][1]


def test_keep_rules_of_a_source_replace_the_sites() -> None:
    site = Settings(keep=(Rule(title="ferry"),))
    assert reasons(rules.filtered(parsed(STORM), GAZETTE, site)) == [(STORM.title, "kept by no keep rule (site)")]
    source = Source(name="Gazette", keep=(Rule(title="ferry"), Rule(tag="weather")))
    assert rules.filtered(parsed(STORM), source, site).found == parsed(STORM).found
    assert rules.why(STORM, source, site) == 'kept by keep = { tag = "weather" } (source Gazette)'
    assert rules.why(STORM, GAZETTE, Settings()) == ""


def test_what_a_source_dropped_before_stays_told() -> None:
    before = parsed(STORM)
    told = rules.filtered(before, GAZETTE, Settings(drop=(Rule(title="storm"),)))
    again = rules.filtered(
        msgspec.structs.replace(before, dropped=told.dropped), GAZETTE, Settings(block=("gazette.example",))
    )
    assert len(again.dropped) == 2


# -- block -----------------------------------------------------------------------------------------------------


def mention(host: str, title: str = "", publisher: str = "") -> Mention:
    link = f"https://{host}/a"
    title = title or f"As {host} tells it"
    return Mention(title=title, link=link, publisher=publisher or host, key=googlenews.article_key(link))


def cluster(*mentions: Mention, link: str = "") -> Item:
    return googlenews.cluster(Item(title=mentions[0].title, link=link or mentions[0].link, id="guid"), mentions)


@pytest.mark.parametrize(
    "said",
    ["gazette.example", "GAZETTE.example.", "https://www.gazette.example/", "The harbour gazette", "gazette.example/x"],
)
def test_a_publisher_is_blocked_by_domain_or_by_name(said: str) -> None:
    assert reasons(rules.filtered(parsed(STORM), GAZETTE, Settings(block=(said,)))) == [
        (STORM.title, f"blocked: {said}")
    ]


@pytest.mark.parametrize("said", ["example", "other-gazette.example", "live.gazette.example", "Gazette", "."])
def test_a_neighbour_is_not_blocked(said: str) -> None:
    assert rules.filtered(parsed(STORM), GAZETTE, Settings(block=(said,))).found


def test_a_host_is_known_in_both_its_spellings() -> None:
    item = Item(title="Sturm", link="https://xn--mnchen-3ya.example/a")
    assert not rules.filtered(parsed(item), GAZETTE, Settings(block=("MÜNCHEN.example",))).found


def test_a_publisher_behind_an_aggregators_link_is_known_by_its_domain() -> None:
    item = Item(title="Storm", link="https://news.google.com/rss/articles/x", publisher="P", domain="gazette.example")
    assert not rules.filtered(parsed(item), GAZETTE, Settings(block=("gazette.example",))).found


def test_a_blocked_mention_leaves_the_coverage_and_the_sentence_made_of_it() -> None:
    item = cluster(mention("a.example"), mention("b.example"), mention("c.example"))
    left = rules.filtered(parsed(item), GAZETTE, Settings(block=("b.example",)))
    assert [one.publisher for one in left.found[0].item.coverage] == ["a.example", "c.example"]
    assert "b.example" not in msgspec.json.encode(left.found).decode()
    assert left.found[0].identities == ("As a.example tells it",)
    assert reasons(left) == [("As b.example tells it", "blocked: b.example (in a coverage)")]


def test_a_cluster_whose_first_article_is_blocked_is_told_by_the_next() -> None:
    item = cluster(mention("a.example"), mention("b.example"), mention("c.example"))
    left = rules.filtered(parsed(item), GAZETTE, Settings(block=("a.example",))).found[0]
    assert (left.item.title, left.item.link, left.item.publisher) == (
        "As b.example tells it",
        "https://b.example/a",
        "b.example",
    )
    assert "a.example" not in msgspec.json.encode(left.item).decode().replace(item.title, "", 1)
    assert link_identity("https://b.example/a") in left.identities


def test_an_item_goes_where_its_own_link_or_all_of_its_coverage_is_blocked() -> None:
    own = cluster(mention("a.example"), mention("b.example"), link="https://aggregator.example/1")
    assert not rules.filtered(parsed(own), GAZETTE, Settings(block=("aggregator.example",))).found
    both = Settings(block=("a.example", "b.example"))
    assert not rules.filtered(parsed(own), GAZETTE, both).found


# -- removed for good ------------------------------------------------------------------------------------------


def removed(link: str, date: str = "2026-11-22", reason: str = "the court says so") -> Settings:
    return Settings(moves=Moves(links={googlenews.article_key(link): Removal(date=date, reason=reason)}))


@pytest.mark.parametrize(
    "address", ["https://gazette.example/Ads/roof?utm_source=x", "http://m.gazette.example/Ads/roof#top"]
)
def test_an_article_that_was_removed_does_not_come_again_by_any_spelling_of_its_link(address: str) -> None:
    assert reasons(rules.filtered(parsed(STORM), GAZETTE, removed(address))) == [
        (STORM.title, "removed on 2026-11-22: the court says so")
    ]


def test_an_article_that_was_removed_is_not_named_again() -> None:
    item = cluster(mention("a.example"), mention("b.example"))
    left = rules.filtered(parsed(item), GAZETTE, removed("https://b.example/a", "", "")).found[0].item
    assert left.coverage == item.coverage[:1] and "b.example" not in left.summary + left.description


def test_a_mention_whose_link_became_the_publishers_is_known_by_both() -> None:
    joined = Mention(title="Storm", link="https://a.example/a", publisher="A", key="gn:0123456789abcdef")
    item = cluster(mention("b.example"), joined)
    by_key = Settings(moves=Moves(links={joined.key: Removal()}))
    for settings in (by_key, removed(joined.link)):
        assert len(rules.filtered(parsed(item), GAZETTE, settings).found[0].item.coverage) == 1


# -- in a run --------------------------------------------------------------------------------------------------


def test_ingest_takes_what_the_rules_leave(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1), entry(2, title="Advert for roofs"), entry(3, link="https://courier.example/3"))
    rule = 'drop = [{ title = "advert" }]'
    source = f'[[source]]\nname = "Gazette"\nfile = "gazette.xml"\n{rule}\n'
    site.file("content/site.toml", f'block = ["courier.example"]\n\n{source}').ingest()
    assert list(items(site)) == ["2026/01/06/storm-number-1.md"]
    assert [dropped.reason for dropped in site.ingested.sources[0].dropped] == [
        'dropped by drop = { title = "advert" } (source Gazette)',
        "blocked: courier.example",
    ]

"""What each input form becomes, told by examples with invented publishers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from builder import markdown, sources
from builder.errors import SourceError
from builder.found import Parsed
from builder.model import Item, Mention
from builder.settings import Source
from builder.sources import furniture, googlenews

HERE = Path(__file__).parent / "sources"
NOW = datetime(2026, 1, 13, 12, tzinfo=UTC)
PAPER = Source(name="paper", url="https://paper.example/feed.xml", show="full", categories=("World",), tags=("daily",))
FEEDS = ["rss-2.0.xml", "rss-1.0.rdf", "rss-0.91.xml", "atom.xml", "json-1.0.json", "json-1.1.json", "cluster.xml"]
FEEDS += ["googlenews-tables.xml", "googlenews-search.xml", "alerts.xml", "bing.xml"]
ARTICLES = ["article-flat.txt", "article-boxes.txt", "article-wrapped.txt", "page.html", "notes.md"]


def read(name: str, source: Source = PAPER) -> Parsed:
    return sources.parse((HERE / name).read_bytes(), source, as_of=NOW, filename=name)


def written(name: str) -> Item:
    return sources.article((HERE / name).read_bytes(), as_of=NOW, filename=name)


def rss(*items: str, head: str = "<link>https://paper.example/</link>") -> bytes:
    return f'<rss version="2.0"><channel><title>Paper</title>{head}{"".join(items)}</channel></rss>'.encode()


def found(*items: str, show: str = "full") -> list[Item]:
    source = msgspec.structs.replace(PAPER, show=show)
    return [one.item for one in sources.parse(rss(*items), source, as_of=NOW).found]


def pretty(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1).decode() + "\n"


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_becomes_the_expected_items(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(HERE / f"{name}.expected.json", pretty(read(name)))


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_becomes_the_expected_item(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(HERE / f"{name}.expected.json", pretty(written(name)))


def test_every_input_has_an_expectation_and_every_expectation_an_input() -> None:
    assert {path.name.removesuffix(".expected.json") for path in HERE.iterdir()} == {*FEEDS, *ARTICLES}


@pytest.mark.parametrize("name", [*FEEDS, *ARTICLES])
def test_a_changed_expectation_is_noticed(
    name: str, golden: Callable[[Path, str], None], pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    if pytestconfig.getoption("--golden"):
        pytest.skip("the expected files are being written")
    changed = tmp_path / name
    changed.write_text(
        (HERE / f"{name}.expected.json").read_text(encoding="utf-8").replace('"title"', '"titel"', 1), encoding="utf-8"
    )
    with pytest.raises(AssertionError):
        golden(changed, pretty(read(name) if name in FEEDS else written(name)))


# -- what is no feed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML page"),
        (b"/etc/hostname", "not a feed"),
        (b"http://127.0.0.1:9/feed.xml", "not a feed"),
        (b"\x00" * 64, "not a feed"),
        (b'<rss version="2.0"><channel><title>Paper</title><ite', "cut off"),
        (b'{"items": ', "cannot be read"),
        (b'{"articles": []}', "not a JSON Feed"),
        (b"[1, 2]", "not a JSON Feed"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_plain_reason(body: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        sources.parse(body, PAPER, as_of=NOW)


def test_a_feed_without_entries_is_no_error() -> None:
    assert sources.parse(rss(), PAPER, as_of=NOW) == Parsed(title="Paper")


def test_a_damaged_feed_gives_what_can_be_read() -> None:
    body = rss("<item><title>Whole</title><guid>1</guid></item>")[: -len("</channel></rss>")] + b"<item><title>Half"
    assert sources.parse(body, PAPER, as_of=NOW).found[0].item.title == "Whole"


def test_half_a_character_does_not_stop_a_feed() -> None:
    assert [item.title for item in found("<item><title>a&#xD800;b &#128512;</title></item>")] == ["ab 😀"]


# -- how items are known again ---------------------------------------------------------------------


def ids(*items: str) -> list[tuple[str, ...]]:
    return [one.identities for one in sources.parse(rss(*items), PAPER, as_of=NOW).found]


def test_identities_are_what_an_entry_states_strongest_first() -> None:
    (all_three,) = ids(
        "<item><guid isPermaLink='false'>1</guid><title>A b!</title><link>http://www.x.example/a</link><pubDate>12 Jan 2026</pubDate></item>"
    )
    assert all_three == (
        *sources.identities(source="paper", guid="1"),
        *sources.identities(source="other", link="https://x.example/a?utm_medium=rss"),
        *sources.identities(source="paper", title="a B", date="12 Jan 2026"),
    )


def test_a_link_that_several_entries_share_or_the_home_page_identifies_nothing() -> None:
    item = "<item><title>{}</title><link>{}</link><pubDate>12 Jan 2026</pubDate></item>"
    shared = ids(
        item.format("A", "https://x.example/live"),
        item.format("B", "https://x.example/live"),
        item.format("C", "https://paper.example"),
    )
    assert [len(one) for one in shared] == [1, 1, 1]


def test_a_repeated_guid_counts_with_its_link() -> None:
    item = "<item><guid isPermaLink='false'>same</guid><link>https://x.example/{}</link></item>"
    assert len(set(ids(item.format(1), item.format(2), item.format(3)))) == 3
    assert len(ids(item.format(1), item.format(1))) == 1


def test_ids_do_not_depend_on_the_order_of_a_feed() -> None:
    items = [
        f"<item><guid isPermaLink='false'>{n % 2}</guid><link>https://x.example/{n}</link></item>" for n in range(6)
    ]
    assert set(ids(*items)) == set(ids(*reversed(items)))


def test_text_identifies_where_nothing_else_does() -> None:
    (one,) = ids("<item><description>Only words</description></item>")
    assert one == sources.identities(source="paper", text="Only words")


# -- an item's fields ------------------------------------------------------------------------------


def test_how_much_is_shown_is_the_sources_choice() -> None:
    long = f"<item><title>T</title><description>{'word ' * 200}</description></item>"
    (headline,), (excerpt,), (full,) = found(long, show="headline"), found(long, show=""), found(long, show="full")
    assert (headline.summary, headline.description, headline.body) == ("", "", "")
    assert len(excerpt.body.split()) == 80 and excerpt.body.endswith("…")
    assert len(full.body.split()) == 200


def test_an_entry_without_title_takes_its_first_sentence_then_its_host_then_its_date() -> None:
    words, bare, nothing = found(
        "<item><description>One thing. And another.</description></item>",
        "<item><link>https://www.x.example/1</link></item>",
        "<item><guid isPermaLink='false'>7</guid><pubDate>12 Jan 2026</pubDate></item>",
    )
    assert (words.title, words.description) == ("One thing.", "And another.")
    assert (bare.title, nothing.title) == ("x.example", "Paper 2026-01-12")


def test_an_entry_without_link_leads_to_the_home_page_so_that_it_is_no_post_of_our_own() -> None:
    assert found("<item><title>T</title></item>")[0].link == "https://paper.example/"


def test_dangerous_addresses_are_dropped_everywhere() -> None:
    (item,) = found(
        "<item><title>T</title><link>java&#10;script:alert(1)</link><guid>javascript:alert(2)</guid>"
        "<enclosure url='data:text/html,x' type='audio/mpeg'/><enclosure url='javascript:x' type='image/png'/></item>"
    )
    assert (item.link, item.enclosures, item.image) == ("https://paper.example/", (), "")


def test_only_five_hundred_entries_are_taken() -> None:
    parsed = sources.parse(
        rss(*(f"<item><title>{n}</title><guid isPermaLink='false'>{n}</guid></item>" for n in range(502))),
        PAPER,
        as_of=NOW,
    )
    assert len(parsed.found) == 500
    assert [(gone.where, gone.reason) for gone in parsed.dropped] == [
        ("2 more entries", "only the newest 500 entries of a feed are taken")
    ]


# -- cluster feeds ---------------------------------------------------------------------------------


def test_a_cluster_entry_is_understood() -> None:
    cluster, single = (one.item for one in read("cluster.xml").found)
    assert (cluster.title, cluster.publisher, cluster.body) == ("Storm closes coastal road", "Coast Daily", "")
    assert cluster.description == "Hill Times: Will the road reopen by Monday?"
    assert [mention.publisher for mention in cluster.coverage] == ["Coast Daily", "Hill Times", "Bay Radio"]
    assert (single.title, single.description, len(single.coverage)) == ("Harbour fair draws record crowd", "", 1)


def test_one_article_has_one_key_with_and_without_its_amp_page() -> None:
    bare = "https://news.google.com/rss/articles/CBMiGkFVX3lxTGludmVudGVkLWFydGljbGUtb25l?oc=5"
    cluster = read("cluster.xml").found[0].item
    assert cluster.link != bare and googlenews.article_key(bare) == cluster.coverage[0].key
    assert cluster.coverage[2].key == googlenews.article_key("https://www.coast.example/storm")


@pytest.mark.parametrize(
    "link",
    [
        "https://news.google.com/rss/articles/CBMi",
        "https://news.google.com/articles/" + "_" * 99,
        "https://x.example/articles/CBMiAAAA",
        "//[",
        "",
    ],
)
def test_any_link_has_a_key(link: str) -> None:
    assert googlenews.article_key(link).startswith("url:")


def imported() -> Item:
    lines = "".join(
        f'<li><a href="https://x.example/{n}" target="_blank">{title}</a>&nbsp;&nbsp;<font color="#6f6f6f">{name}</font></li>'
        for n, title, name in [(1, "Storm closes road", "DW"), (2, "Road shut", "Bay Radio")]
    )
    glued = "Storm closes road&nbsp;&nbsp;DWRoad shut&nbsp;&nbsp;Bay Radio"
    return Item(
        title="Storm closes road - DW", slug="storm-closes-road-dw", description=glued, summary=glued, link="https://news.google.com/x",
        source="https://news.google.com/rss?hl=en", categories=("news.google.com",), tags=("storm",), body=f"<ol>{lines}</ol>\n",
    )  # fmt: skip


def test_a_file_with_a_raw_cluster_gives_the_same_clean_item() -> None:
    item = googlenews.normalise(imported())
    assert (item.title, item.slug, item.publisher) == ("Storm closes road", "storm-closes-road", "DW")
    assert item.description == item.summary == "Bay Radio: Road shut."
    assert (item.categories, item.tags, item.body) == ((), ("storm",), "")
    assert item.coverage[1] == Mention(
        title="Road shut",
        link="https://x.example/2",
        publisher="Bay Radio",
        key=googlenews.article_key("https://x.example/2"),
    )
    assert googlenews.normalise(item) == item


def test_what_a_person_wrote_is_left_alone() -> None:
    own = Item(
        title="On storms - a note",
        slug="on-storms-a-note",
        categories=("World",),
        body="<ol><li>One</li></ol>",
        description="Mine.",
    )
    assert googlenews.normalise(own) == own
    described = msgspec.structs.replace(imported(), description="The road is shut, and nobody knows until when.")
    assert googlenews.normalise(described).description == described.description


def test_a_publisher_is_cut_from_a_slug_that_holds_a_part_of_it_and_from_nothing_else() -> None:
    def cleaned(title: str, slug: str, publisher: str, headline: str = "Storm closes road") -> tuple[str, str]:
        body = f'<a href="https://x.example/1">{headline}</a>&nbsp;&nbsp;<font color="#6f6f6f">{publisher}</font>'
        item = Item(title=title, slug=slug, link="https://news.google.com/x", body=body)
        found = googlenews.normalise(item)
        return found.title, found.slug

    talks = "Peace talks - day two"
    assert cleaned("Storm closes road - Bay News", "storm-closes-road-bay-n", "Bay News") == (
        "Storm closes road",
        "storm-closes-road",
    )
    assert cleaned("Storm closes road - Bay News", "storm-closes-road-", "Bay News")[1] == "storm-closes-road"
    assert cleaned("More vitamin A - AP Wire", "more-vitamin-a", "AP Wire") == ("More vitamin A", "more-vitamin-a")
    assert cleaned(f"{talks} - Bay Wire", "peace-talks-day-two-bay-wire", "Bay Wire") == (talks, "peace-talks-day-two")
    assert cleaned(talks, "peace-talks-day-two", "Bay Wire") == (talks, "peace-talks-day-two")
    assert cleaned(f"{talks} - Hill Times", "peace-talks-hill", "Bay Wire") == (
        f"{talks} - Hill Times",
        "peace-talks-hill",
    )


@pytest.mark.parametrize("said", ["Storm.", "The road is shut.", "Storm closes road!"])
def test_a_description_by_hand_stays_where_only_one_article_is_named(said: str) -> None:
    body = '<a href="https://x.example/1">Storm closes road</a>&nbsp;&nbsp;<font color="#6f6f6f">DW</font>'
    item = Item(title="Storm closes road - DW", description=said, link="https://news.google.com/x", body=body)
    assert googlenews.normalise(item).description == googlenews.normalise(item).summary == said
    for glued in ("", "Storm closes road", "Storm closes road&nbsp;&nbsp;DW", "Storm closes road  DW", "Storm clo…"):
        assert googlenews.normalise(msgspec.structs.replace(item, description=glued)).description == ""


# -- articles --------------------------------------------------------------------------------------


def test_an_article_keeps_its_text_and_nothing_around_it() -> None:
    item = written("article-flat.txt")
    assert (item.title, item.authors) == ("Town Votes to Keep Its Old Swimming Pool", ("Petra Winkler",))
    assert item.body.startswith("The town voted on Sunday") and item.body.endswith("on Sunday evening.")
    assert [block for block in item.body.split("\n\n") if block.startswith("#")] == [
        "## Why the Roof Leaks",
        "## What Happens Next?",
    ]


def test_headlines_of_other_stories_are_left_out() -> None:
    item = written("article-boxes.txt")
    assert (item.title, item.authors, item.publisher, item.link) == (
        "Night Trains Return to the Coast After Nine Years", ("Milo Andersen",), "The Slow Traveller", "https://slowtraveller.example/",
    )  # fmt: skip
    assert item.description == "Sleeper Cars Are Back, but Only on Fridays"
    assert item.updated is None and item.date == datetime(2026, 1, 12, 9, 15, tzinfo=UTC)
    assert item.body.endswith("which the timetable does not allow.") and "last night train ended" not in item.body


def test_wrapped_lines_lists_and_datelines() -> None:
    item = written("article-wrapped.txt")
    assert (item.title, item.authors, item.publisher) == (
        "Valley's Last Paper Mill To Close In June",
        ("Karin Aster", "Tom R. Vale"),
        "Inland News",
    )
    assert (
        "## WORKERS SAW IT COMING" in item.body and "- the machines sold to a mill that takes apprentices" in item.body
    )
    assert item.description.startswith("The valley's last paper mill will close in June")


def test_a_saved_page() -> None:
    item = written("page.html")
    assert (item.title, item.authors, item.publisher, item.lang) == (
        "Library opens on Sundays",
        ("Nora Byrne",),
        "The Quay Post",
        "en-IE",
    )
    assert (item.link, item.image) == ("https://quay.example/library-sundays", "https://quay.example/img/library.jpg")
    assert "Quay bridge" not in item.body and "Share this" not in item.body
    assert item.body.endswith("to give it to them.”") and "[a petition](https://quay.example/petition)" in item.body


def test_markdown_without_front_matter_stays_as_it_is() -> None:
    item = written("notes.md")
    assert item.title == "Ten years of the reading room"
    assert item.body == (HERE / "notes.md").read_text(encoding="utf-8").split("\n\n", 1)[1].rstrip()
    assert "<code>one</code>" in markdown.to_html(item.body)


def test_a_short_text_is_still_an_article() -> None:
    item = sources.article("A thought on rain.\n".encode("utf-16"), as_of=NOW, filename="rain.txt")
    assert (item.title, item.body) == ("A thought on rain.", "A thought on rain.")


@pytest.mark.parametrize("body", [b"", b"\n \n", b"\x00\x01\x02" * 20, b"# ", b"<html><body></body></html>"])
def test_what_holds_no_text_is_refused(body: bytes) -> None:
    with pytest.raises(SourceError):
        sources.article(body, as_of=NOW, filename="x.txt")


TEXT = "The old bridge at the harbour stays closed to every vehicle until spring, the town said. It is being painted."


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize(
    ("lines", "author", "date"),
    [
        (("Von Anna Müller", "12. Januar 2026"), "Anna Müller", "2026-01-12T00:00"),
        (("Von Anna Müller", "Montag, 12. Januar 2026, 08:10 Uhr"), "Anna Müller", "2026-01-12T08:10"),
        (("Stand: 12.01.2026", "VON ANNA MÜLLER"), "ANNA MÜLLER", "2026-01-12T00:00"),
        (("Von Anna Müller, 12.01.2026, 08:10",), "Anna Müller", "2026-01-12T08:10"),
        (("Text: Anna Müller", "Aktualisiert am 12. Januar 2026 um 8 Uhr"), "Anna Müller", "2026-01-12T08:00"),
        (("Por María López", "12 de enero de 2026"), "María López", "2026-01-12T00:00"),
        (("12 de enero de 2026, por María López",), "María López", "2026-01-12T00:00"),
        (("Par Jean Dupont, à Port-Clair", "Publié le 12 janvier 2026 à 08h10"), "Jean Dupont", "2026-01-12T08:10"),
        (
            ("Par Jean Dupont", "Publié le 12 janvier 2026, mis à jour le 13 janvier 2026 à 09h30"),
            "Jean Dupont",
            "2026-01-12T00:00",
        ),
        (("Di Mario Rossi", "12 gennaio 2026"), "Mario Rossi", "2026-01-12T00:00"),
        (("Por João Silva", "12 de janeiro de 2026"), "João Silva", "2026-01-12T00:00"),
        (("Door Jan de Vries", "12 januari 2026 om 08.10 uur"), "Jan de Vries", "2026-01-12T08:10"),
    ],
)
def test_who_and_when_are_read_in_other_languages(lines: tuple[str, ...], author: str, date: str, gap: str) -> None:
    item = sources.article(gap.join(("Bridge stays closed until spring", *lines, TEXT)).encode(), as_of=NOW)
    assert (item.title, item.authors, item.body) == ("Bridge stays closed until spring", (author,), TEXT)
    assert item.date.isoformat()[:16] == date and item.summary == TEXT and item.description == TEXT.split(" It ")[0]


@pytest.mark.parametrize(
    "line",
    [
        "Von der Alm reist nach Hafenstadt", "Por la calle en 3 horas", "Von Anna Müller lernen Kinder das Schwimmen.",
        "Lemonade stand wins 3 awards", "Data 2026: a year", "The road opened on 12 January 2026.", "Vor 3 Tagen brannte es",
    ],
)  # fmt: skip
def test_a_headline_is_no_byline_and_no_date(line: str) -> None:
    assert furniture.signed(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "*12 January 2026*, by Ann Lee",
        "_By Ann Lee, 12 January 2026_",
        "By [Ann Lee](https://x.example/ann)\n12 January 2026",
        "12. Januar 2026 | Von Ann Lee",
    ],
)
def test_who_and_when_under_the_heading_of_markdown(line: str) -> None:
    item = sources.article(f"# Bridge shut\n\n{line}\n\n{TEXT}\n".encode(), as_of=NOW, filename="a.md")
    assert (item.title, item.authors, item.body, item.summary) == ("Bridge shut", ("Ann Lee",), TEXT, TEXT)
    assert (item.date, item.date_basis) == (datetime(2026, 1, 12, tzinfo=UTC), "day")


def test_a_sentence_that_opens_with_a_date_stays_in_markdown() -> None:
    text = "12 January 2026\nwas the day on which it rained."
    item = sources.article(f"# Rain\n\n{text}\n".encode(), as_of=NOW, filename="a.md")
    assert (item.body, item.date_basis) == (text, "first-seen")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_a_description_ends_before_a_list(name: str) -> None:
    lead, after = "The road was closed for three reasons on Monday morning:", TEXT
    text = f"{lead}\n\n- It rained in the hills.\n- The wall fell.\n\n{after}"
    if name == "a.html":
        text = f"<html><body><h1>Road shut by rain</h1><p>{lead}</p><ul><li>It rained.</li></ul><p>{after}</p></body></html>"
    else:
        text = ("# " if name == "a.md" else "") + f"Road shut by rain\n\n{text}"
    item = sources.article(text.encode(), as_of=NOW, filename=name)
    assert item.description == item.summary == lead and "- It rained" in item.body and item.body.startswith(lead)

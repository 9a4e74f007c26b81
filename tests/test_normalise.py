"""What feeds state becomes clean items, whatever they state and in whatever order: the laws, with invented publishers."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, strategies as st

from builder import merge, sources
from builder.found import Parsed
from builder.model import Item, Mention
from builder.settings import Source
from builder.sources import googlehtml, googlenews, stated
from builder.sources.stated import Feed, Stated
from tests.sweeps import one_in

NOW = datetime(2026, 1, 13, 12, 30, 15, tzinfo=UTC)
PAPER = Source(name="paper", url="https://paper.example/feed.xml", show="full")


def parse(*items: str, head: str = "", source: Source = PAPER, as_of: datetime = NOW) -> Parsed:
    body = f'<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>Paper</title><link>https://paper.example/</link>{head}{"".join(items)}</channel></rss>'  # fmt: skip
    return sources.parse(body.encode(), source, as_of=as_of)


def one(inner: str, source: Source = PAPER, as_of: datetime = NOW) -> Item:
    return parse(f"<item>{inner}</item>", source=source, as_of=as_of).found[0].item


# -- the order of a feed ---------------------------------------------------------------------------

TEXT = st.sampled_from(
    ["", "Storm", "Road shut", "Storm closes the coastal road. It may stay so.", "<p>One</p><p>Two</p>"]
)
ENTRIES = st.builds(
    Stated,
    title=TEXT,
    guid=st.sampled_from(["", "1", "2", "3"]),
    link=st.sampled_from(["", "https://paper.example/", "https://paper.example/a", "https://paper.example/a?utm_source=b", "https://news.google.com/rss/articles/CBMiGkFVX3lxTGludmVudGVkLWFydGljbGUtb25l"]),
    published=st.sampled_from(["", "12 Jan 2026", "2026-01-12T08:00:00Z", "2026-03-12T08:00:00Z", "never"]),
    updated=st.sampled_from(["", "2026-01-13T08:00:00Z"]),
    body=TEXT,
    publisher=st.sampled_from(["", "Coast Daily", "Hill Times"]),
    origin=st.sampled_from(["", "https://coast.example", "https://hill.example"]),
)  # fmt: skip
FEED = Feed(title="Paper", home="https://paper.example/")


@one_in(2)
@given(st.lists(ENTRIES, max_size=8).flatmap(lambda made: st.tuples(st.just(made), st.permutations(made))))
def test_nothing_depends_on_the_order_of_a_feed_but_the_order_of_its_items(
    both: tuple[list[Stated], list[Stated]],
) -> None:
    one, other = (stated.parsed(FEED, entries, PAPER, as_of=NOW) for entries in both)
    assert {found.identities: found.item for found in one.found} == {f.identities: f.item for f in other.found}
    assert len(one.found) == len(other.found) and len(one.dropped) == len(other.dropped)


def test_the_newest_five_hundred_entries_are_taken_wherever_they_stand() -> None:
    days = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(502)]
    entries = [Stated(title=f"{day:%d %B %Y}", guid=str(n), published=day.isoformat()) for n, day in enumerate(days)]
    for order in (entries, entries[::-1]):
        parsed = stated.parsed(FEED, order, PAPER, as_of=NOW)
        assert {one.item.title for one in parsed.found} == {entry.title for entry in entries[2:]}
        assert [one.item.title for one in parsed.found] == [entry.title for entry in order if entry in entries[2:]]
        assert [dropped.where for dropped in parsed.dropped] == ["2 more entries"]


def test_of_two_statements_of_one_entry_the_later_one_counts() -> None:
    older = "<item><guid>https://x.example/1</guid><title>Storm</title><pubDate>2026-01-11T08:00:00Z</pubDate></item>"
    newer = "<item><guid>https://x.example/1</guid><title>Storm</title><pubDate>2026-01-11T08:00:00Z</pubDate><description>Road shut.</description></item>"  # fmt: skip
    assert parse(older, newer).found == parse(newer, older).found
    assert parse(older, newer).found[0].item.body == "Road shut."


# -- dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "updated", "date", "basis"),
    [
        ("2026-01-12T08:00:00Z", "2026-01-13T08:00:00Z", "2026-01-12T08:00:00+00:00", "published"),
        ("2026-02-30T08:00:00Z", "2026-01-13T08:00:00Z", "2026-01-13T08:00:00+00:00", "updated"),
        ("9999-12-31T00:00:00Z", "2026-01-13T08:00:00Z", "2026-01-13T08:00:00+00:00", "updated"),
        ("0000-00-00", "2026-01-13", "2026-01-13T00:00:00+00:00", "day"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "", "2026-01-13T12:30:15+00:00", "first-seen"),
        ("2026-01-14T12:00:00Z", "", "2026-01-14T12:00:00+00:00", "published"),
        ("2026-01-15T12:00:00Z", "", "2026-01-13T12:30:15+00:00", "first-seen"),
        ("2026-01-15T12:00:00Z", "2026-01-13T08:00:00Z", "2026-01-13T12:30:15+00:00", "first-seen"),
        ("", "", "2026-01-13T12:30:15+00:00", "first-seen"),
    ],
)
def test_how_an_entry_is_dated(published: str, updated: str, date: str, basis: str) -> None:
    found, how, raw = stated.dated(Stated(published=published, updated=updated), NOW)
    assert (found.isoformat(), how) == (date, basis)
    assert raw == (updated if basis in ("updated", "day") else published)


def test_a_date_too_far_ahead_is_that_of_first_sight_and_stays_when_its_day_comes() -> None:
    inner = "<guid>https://x.example/1</guid><title>{}</title><pubDate>Thu, 12 Mar 2026 08:00:00 GMT</pubDate>"
    known = merge.fresh(one(inner.format("Storm")), "2026/01/13/storm")
    assert (known.date, known.date_basis, known.date_raw) == (NOW, "first-seen", "Thu, 12 Mar 2026 08:00:00 GMT")
    later = one(inner.format("Storm ends"), as_of=NOW + timedelta(days=90))
    assert later.date_basis == "published"
    merged = merge.merge(known, later, "full")
    assert (merged.title, merged.date, merged.date_basis) == ("Storm ends", NOW, "first-seen")


def test_a_date_that_is_stated_at_last_counts() -> None:
    known = merge.fresh(one("<guid>https://x.example/1</guid><title>Storm</title>"), "2026/01/13/storm")
    later = one("<guid>https://x.example/1</guid><title>Storm</title><pubDate>2026-01-12T08:00:00Z</pubDate>")
    assert merge.merge(known, later, "full").date == datetime(2026, 1, 12, 8, tzinfo=UTC)


def test_a_time_without_a_zone_is_of_the_sources_zone() -> None:
    inner = "<title>Storm</title><pubDate>12 Jan 2026 08:04:00</pubDate>"
    berlin = msgspec.structs.replace(PAPER, assume_timezone="Europe/Berlin")
    assert one(inner).date.isoformat() == "2026-01-12T08:04:00+00:00"
    assert one(inner, berlin).date.isoformat() == "2026-01-12T08:04:00+01:00"


def test_json_feeds_may_state_seconds() -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "P", "items": [{"id": 1, "title": "Storm", "date_published": 1768205040}]}  # fmt: skip
    item = sources.parse(json.dumps(feed).encode(), PAPER, as_of=NOW).found[0].item
    assert (item.date.isoformat(), item.date_raw) == ("2026-01-12T08:04:00+00:00", "1768205040")


# -- text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("AT&amp;amp;T &amp;lt;b&amp;gt;", "AT&T <b>"),
        ("&amp;amp;lt;b&amp;amp;gt;", "&lt;b&gt;"),
        ("Bread &amp; butter", "Bread & butter"),
        ("Cafe&#x301; &#x202e;abc&#x2066;", "Café abc"),
        ("Z&#x335;&#x335;&#x335;&#x335;&#x335;&#x335;", "Z" + "\u0335" * 4),
        ("&lt;b&gt;Bold&lt;/b&gt; words", "Bold words"),
        ("word " * 100, ("word " * 60).strip() + "…"),
    ],
)
def test_a_title_is_plain_text_decoded_once(title: str, shown: str) -> None:
    assert one(f"<title>{title}</title>").title == shown


def test_nothing_of_an_item_is_without_a_limit() -> None:
    long = "x/" * 50_000
    item = one(
        f"<title>{long}</title><link>https://x.example/{long}</link><pubDate>{long}</pubDate><author>{long}</author><category>{long}</category>"
        f"<source url='https://x.example/{long}'>{long}</source>"
        + "".join(f"<enclosure url='https://x.example/{n}.mp3' type='audio/mpeg'/>" for n in range(100))
    )
    assert len(msgspec.json.encode(item)) < 8192
    assert (item.link, len(item.title), len(item.enclosures)) == ("https://paper.example/", 300, 20)


def test_a_flood_of_letters_where_a_name_should_be_ends_soon() -> None:
    assert one(f"<title>T</title><author>{'x' * 200_000}</author>").authors == ("x" * 99 + "…",)


# -- enclosures ------------------------------------------------------------------------------------


def test_sound_and_film_are_kept_of_whatever_form() -> None:
    several = one("<title>T</title><enclosure url='/a.mp3' type='audio/mpeg' length='5'/><enclosure url='/b.mp3' type='audio/mpeg'/><enclosure url='/a.mp3'/><enclosure url='/c.jpg'/>")  # fmt: skip
    assert [(media.url, media.length) for media in several.enclosures] == [
        ("https://paper.example/a.mp3", 5),
        ("https://paper.example/b.mp3", 0),
    ]
    assert several.image == "https://paper.example/c.jpg"
    film = "<media:group><media:content url='https://v.example/a.mp4' type='video/mp4' fileSize='55'/><media:content url='https://v.example/a' medium='video'/></media:group>"  # fmt: skip
    assert [media.url for media in one(f"<title>T</title>{film}").enclosures] == ["https://v.example/a.mp4", "https://v.example/a"]  # fmt: skip
    assert len(one(f"<title>T</title>{film}<enclosure url='/a.mp3' type='audio/mpeg'/>").enclosures) == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:audio/mpeg;base64,AA", "file:///etc/hostname", "mailto:a@x.example", "\u0001javascript:x"])  # fmt: skip
def test_an_enclosure_of_another_scheme_is_dropped(url: str) -> None:
    plain = url.replace("\u0001", "&#xa;")
    for media in (f"<enclosure url='{plain}' type='audio/mpeg'/>", f"<media:content url='{plain}' type='audio/mpeg'/>"):
        assert one(f"<title>T</title>{media}").enclosures == ()


# -- when a feed does not want to be asked ---------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "ttl"),
    [
        ("<ttl>60</ttl>", 3600),
        ("<ttl> 5 </ttl>", 300),
        ("<ttl>-5</ttl>", 0),
        ("<ttl>often</ttl>", 0),
        ("<ttl>999999999999999999999</ttl>", 604_800),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1800),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 86_400),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 86_400),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", 604_800),
        ("<sy:updatePeriod>soon</sy:updatePeriod>", 0),
        ("", 0),
    ],
)
def test_how_long_a_feed_stays_as_it_is(head: str, ttl: int) -> None:
    assert parse(head=head).ttl == ttl


@pytest.mark.parametrize("end", [False, True])
def test_hours_and_days_that_are_skipped(end: bool) -> None:
    skip = "<skipHours><hour>1</hour><hour> 24 </hour><hour>1</hour><hour>77</hour><hour>x</hour></skipHours><skipDays><day>Sunday</day><day>monday</day><day>Someday</day></skipDays>"  # fmt: skip
    found = parse(skip) if end else parse("<item><title>T</title></item>", head=skip)
    assert (found.skip_hours, found.skip_days) == ((0, 1), ("monday", "sunday"))


def test_a_flood_of_hours_is_read_within_bounds() -> None:
    flood = "<skipHours>" * 20_000 + "<hour>1</hour>"
    assert parse("<item><title>T</title></item>", head=flood).skip_hours == ()


# -- aggregators -----------------------------------------------------------------------------------


def link(payload: bytes, path: str = "rss/articles", first: int = 19) -> str:
    """A Google News link whose field 4 is `payload`."""
    message = bytes([8, first, 0x22, len(payload)]) + payload
    return f"https://news.google.com/{path}/{base64.urlsafe_b64encode(message).decode().rstrip('=')}?oc=5"


@pytest.mark.parametrize("path", ["rss/articles", "articles", "read", "__i/rss/rd/articles"])
def test_a_google_news_link_has_the_key_of_the_article_that_it_hides(path: str) -> None:
    assert sources.link_key(link(b"https://www.coast.example/a?utm_source=b", path)) == "coast.example/a"
    assert sources.link_key(link(b"AU_yqLinvented", path)) == sources.link_key(link(b"AU_yqLinvented"))
    assert sources.link_key(link(b"AU_yqLinvented", path)) != sources.link_key(link(b"AU_yqLinventee", path))


def test_a_link_to_a_video_has_its_key() -> None:
    assert sources.link_key(link(b"aB3_dE-fG9k", first=32)) == sources.link_key(
        "https://www.youtube.com/watch?v=aB3_dE-fG9k"
    )


def line(n: int, publisher: str = "Coast Daily") -> str:
    return f'<a href="https://news.google.com/rss/articles/{n}">Headline {n}</a>&nbsp;&nbsp;<font color="#6f6f6f">{publisher}</font>'


FULL = '<strong><a href="https://news.google.com/stories/CAAq">{}</a></strong>'
HERE = "https://news.google.com/rss/articles/1"


@pytest.mark.parametrize(
    "more", ["View Full Coverage on Google News", "Alles in Google News ansehen", "Google 뉴스에서 전체 콘텐츠 보기"]
)
def test_lists_single_lines_and_their_links_to_full_coverage(more: str) -> None:
    end = FULL.format(more)
    for tag in ("ol", "ul"):
        said = googlehtml.read(f"<{tag}><li>{line(1)}</li><li>{line(2, '')}</li><li>{end}</li></{tag}>", HERE)
        assert [(title, publisher) for title, _, publisher in said.articles] == [
            ("Headline 1", "Coast Daily"),
            ("Headline 2", ""),
        ]
    assert len(googlehtml.read(line(1) + end, HERE).articles) == len(googlehtml.read(line(1), HERE).articles) == 1


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>Words</p>",
        f"<ol><li>{line(1)}</li><li>Words of a person</li></ol>",
        f"<p>Words</p><ol><li>{line(1)}</li></ol>",
        f"<ol><li>{line(1)}</li></ol><ol><li>{line(2)}</li></ol>",
        f"<ol><li>{line(1)} and words</li></ol>",
        f'<ol><li>{line(1)}</li><li><a href="https://coast.example/">More</a></li></ol>',
        '<table><tr><td><a href="https://coast.example/">A</a> <font color="red">B</font></td></tr></table>',
        "<font><a" * 1000,
        "<ol>" * 100_000,
    ],
)
def test_other_html_names_no_article(html: str) -> None:
    assert googlehtml.read(html, HERE).articles == ()


def test_a_single_line_counts_only_where_the_entry_leads_to_google_news() -> None:
    assert googlehtml.read(line(1), "https://coast.example/").articles == ()
    assert googlenews.mentions(line(1) + "<p>Written by a person, here.</p>", HERE) == ()


@given(st.lists(st.sampled_from(["<ol>", "</ol>", "<li>", "<a href='https://news.google.com/a'>", "</a>", "<font color=x>", "<font>", "</font>", "<table>", "<img>", "A", " - "]), max_size=14).map("".join))  # fmt: skip
def test_no_html_raises_and_every_article_has_a_headline_and_a_link(html: str) -> None:
    for title, address, _ in googlehtml.read(html, HERE).articles:
        assert title and address.startswith("https://")


@pytest.mark.parametrize(
    ("address", "origin", "domain"),
    [
        (link(b"AU_yqLinvented"), "https://www.coast.example", "coast.example"),
        (link(b"https://www.coast.example/a"), "", "coast.example"),
        (link(b"aB3_dE-fG9k", first=32), "https://coast.example", "coast.example"),
        ("https://www.google.com/url?url=https://coast.example/a", "", "coast.example"),
        ("http://feedproxy.google.com/~r/coast/1", "https://coast.example", "coast.example"),
        ("https://coast.example/a", "https://hill.example", ""),
    ],
)
def test_a_publishers_host_is_told_where_the_link_does_not_show_it(address: str, origin: str, domain: str) -> None:
    assert googlenews.domain(address, origin) == domain


def test_a_mention_is_known_by_headline_and_name_or_by_headline_and_host() -> None:
    item = Item(title="Storm closes road!", link="https://www.coast.example/a", publisher="Coast Daily")
    for mention in (
        Mention(title="Storm closes road", link=link(b"AU_yqL1"), publisher="COAST DAILY"),
        Mention(title="Storm closes road", link=link(b"AU_yqL1"), publisher="Coast", domain="coast.example"),
    ):
        assert set(googlenews.headline_keys(item)) & set(googlenews.headline_keys_of(mention))
    other = Mention(title="Storm closes road", link=link(b"AU_yqL1"), publisher="Hill Times", domain="hill.example")
    assert not set(googlenews.headline_keys(item)) & set(googlenews.headline_keys_of(other))
    assert googlenews.headline_keys(msgspec.structs.replace(item, link=link(b"AU_yqL2"))) == ()


@pytest.mark.parametrize("pair", [("Storm's end", "storm s END!"), ("ＡＢＣ", "abc"), ("❤️ road", "❤ road")])
def test_spellings_of_one_headline_fold_alike(pair: tuple[str, str]) -> None:
    assert sources.fold(pair[0]) == sources.fold(pair[1])


@pytest.mark.parametrize("pair", [("कि", "का"), ("บ้าน", "บาน"), ("मिल", "मेल"), ("road", "roads")])
def test_headlines_that_differ_in_a_vowel_do_not(pair: tuple[str, str]) -> None:
    assert sources.fold(pair[0]) != sources.fold(pair[1])

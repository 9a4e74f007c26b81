"""What the site follows: feeds found and added, sources moved, removed, checked, and exchanged as OPML."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from builder import config, subscriptions
from builder.content import Content
from builder.errors import ConfigError, SourceError, UsageError
from builder.fetch import Client
from builder.finder import Feed, Finder, stated
from builder.guard import Network
from builder.ingest import ingest
from builder.parsers import Parsers
from builder.settings import Source
from builder.state import SourceState, States
from builder.subscriptions import Checked, Moved, Names
from tests.publishers import Publishers, hang_up, network, page, publishers, redirect, status
from tests.sitetest import SiteTest

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


def rss(title: str = "Gazette", items: int = 1, date: str = "Mon, 12 Jan 2026 08:00:00 GMT") -> bytes:
    entries = "".join(
        f"<item><title>Item {number}</title><link>https://gazette.example/{number}</link><pubDate>{date}</pubDate></item>"
        for number in range(items)
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{entries}</channel></rss>".encode()


def html(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head><title>x</title>{head}</head><body>{body}</body></html>".encode()


def link(href: str, title: str = "") -> str:
    return f'<link rel="alternate" type="application/rss+xml" href="{href}" title="{title}">'


@pytest.fixture
def server() -> Iterator[Publishers]:
    with publishers() as server:
        yield server


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    with Parsers(1) as parsers:
        yield parsers


def client(net: Network, **environment: str) -> Client:
    return Client("https://news.example/", network=net, environment=environment, host_gap=0)


def find(server: Publishers, parsers: Parsers, url: str, private: bool = False, **environment: str) -> Feed:
    return Finder(client(network(server), **environment), parsers, NOW, private).find(url)


def asked(server: Publishers) -> list[str]:
    return [request.host + request.path for request in server.requests]


# -- finding a feed ---------------------------------------------------------------------------------------


def test_a_feed_is_found_at_its_own_address(server: Publishers, parsers: Parsers) -> None:
    url = server.on("gazette.example/feed", page(rss(items=3)))
    assert find(server, parsers, url) == Feed(url=url, title="Gazette", found=3, newest="2026-01-12T08:00:00Z")


def test_the_feed_of_a_page_is_found_and_the_others_are_named(server: Publishers, parsers: Parsers) -> None:
    feeds = link("/comments/feed", "Comments") + link("/feed", "All") + link("/sport", "Sport")
    url = server.on("gazette.example/", page(html(feeds)))
    server.on("gazette.example/feed", page(rss()))
    found = find(server, parsers, url)
    assert found.url == "http://gazette.example/feed"
    assert [other.title for other in found.others] == ["Sport", "Comments"]
    assert asked(server) == ["gazette.example/", "gazette.example/feed"]


def test_a_feed_that_cannot_be_read_gives_way_to_the_next(server: Publishers, parsers: Parsers) -> None:
    url = server.on("gazette.example/", page(html(link("/old") + link("/new"))))
    server.on("gazette.example/new", page(rss()))
    assert find(server, parsers, url).url == "http://gazette.example/new"


def test_the_usual_places_are_tried_where_a_page_names_none(server: Publishers, parsers: Parsers) -> None:
    url = server.on("gazette.example/coast", page(html()))
    server.on("gazette.example/rss.xml", page(rss()))
    assert find(server, parsers, url).url == "http://gazette.example/rss.xml"


def test_a_permanent_redirect_is_followed_to_the_final_address_and_a_temporary_one_is_not(
    server: Publishers, parsers: Parsers
) -> None:
    server.on("new.example/feed", page(rss()))
    moved = server.on("old.example/feed", redirect("http://new.example/feed", 301))
    away = server.on("away.example/feed", redirect("http://new.example/feed", 302))
    assert find(server, parsers, moved).url == "http://new.example/feed"
    assert find(server, parsers, away).url == away


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (status(404), "HTTP 404"),
        (status(410), "HTTP 410"),
        (hang_up, "closes the connection"),
        (page(html()), "names no feed"),
        (page(html(link("/a") + link("/b"))), "cannot be read"),
        (page(b""), "empty"),
        (page(b"plain text"), "feed"),
    ],
)
def test_where_no_feed_is_one_line_says_why(
    server: Publishers, parsers: Parsers, behaviour: object, reason: str
) -> None:
    url = server.on("gazette.example/x", behaviour)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=reason) as caught:
        find(server, parsers, url)
    assert str(caught.value).startswith(f"{url}: ") and "\n" not in str(caught.value)


def test_a_page_leads_neither_into_our_network_nor_to_our_secrets(server: Publishers, parsers: Parsers) -> None:
    names = {"router.example": "192.168.0.1", "intranet.example": "10.0.0.7"}
    net = network(server, names)
    url = server.on("gazette.example/", page(html(link("http://router.example/feed") + link("/feed?k=${KEY}"))))
    server.on("router.example/feed", page(rss()))
    with pytest.raises(SourceError, match="cannot be read"):
        Finder(client(net, KEY="s3cret"), parsers, NOW, private=True).find(url)
    assert asked(server) == ["gazette.example/", "gazette.example/feed?k=$%7BKEY%7D"]
    assert ("192.168.0.1", 80) not in server.connected
    # With the owner's word, a page in our network names its own feed.
    server.on("intranet.example/", page(html(link("/feed"))))
    server.on("intranet.example/feed", page(rss()))
    assert Finder(client(net), parsers, NOW, private=True).find("http://intranet.example/").found == 1
    # A page outside of it, to which the one within redirects, names none there.
    server.on("intranet.example/out", redirect("http://gazette.example/inwards"))
    server.on("gazette.example/inwards", page(html(link("http://intranet.example/feed"))))
    with pytest.raises(SourceError, match="cannot be read"):
        Finder(client(net), parsers, NOW, private=True).find("http://intranet.example/out")


def test_a_secret_is_sent_and_written_as_its_name(server: Publishers, parsers: Parsers) -> None:
    server.on("gazette.example/feed?k=s3cret", page(rss()))
    url = "http://${USER}:${WORD}@gazette.example/feed?k=${KEY}"
    found = find(server, parsers, url, KEY="s3cret", USER="me", WORD="pass")
    assert found.url == url
    assert "authorization" in server.requests[0].headers


def test_an_address_is_taken_as_a_person_types_it() -> None:
    assert stated(" gazette.example/feed ") == "https://gazette.example/feed"
    assert stated("http://${USER}:${WORD}@gazette.example/") == "http://${USER}:${WORD}@gazette.example/"
    with pytest.raises(UsageError, match=r"holds a name or password; set them in the environment") as caught:
        stated("https://me:pass@gazette.example/")
    assert "pass@" not in str(caught.value)


# -- adding ---------------------------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> SiteTest:
    sources = [
        {"name": "Gazette", "url": "https://gazette.example/feed"},
        {"url": "https://quay.example/feed"},
        {"name": "Samples", "file": "samples/a.xml"},
    ]
    return SiteTest(tmp_path).config(source=sources)


def content(site: SiteTest) -> Content:
    return Content(site.root)


def sources(site: SiteTest) -> tuple[Source, ...]:
    return config.load(site.root).sources


def toml(site: SiteTest) -> str:
    return (site.root / "content" / "site.toml").read_bytes().decode()


def test_a_source_is_called_by_its_feeds_title_which_is_made_unique(site: SiteTest) -> None:
    names = []
    for number, title in enumerate(["New \u202e\n Paper", "Gazette", "Gazette", "", "", "x" * 500]):
        source = Source(url=f"https://new.example/{number}", tags=("a",))
        names.append(subscriptions.add(content(site), source, title).name)
    assert names == [
        "New Paper",
        "Gazette (new.example)",
        "Gazette (new.example) 2",
        "new.example",
        "new.example 2",
        "x" * 100,
    ]
    assert [source.name for source in sources(site)[3:]] == names
    assert sources(site)[3].tags == ("a",)


@pytest.mark.parametrize(
    "url", ["https://gazette.example/feed", "http://www.gazette.example:80/feed/#top", "HTTPS://GAZETTE.example/feed"]
)
def test_an_address_is_followed_once(site: SiteTest, url: str) -> None:
    before = toml(site)
    with pytest.raises(UsageError, match="'Gazette' has that address already"):
        subscriptions.add(content(site), Source(name="Other", url=url))
    with pytest.raises(UsageError, match="named 'Samples' already"):
        subscriptions.add(content(site), Source(name="Samples", url="https://new.example/"))
    assert toml(site) == before


def test_feeds_that_differ_in_their_query_are_two() -> None:
    german, french = (f"https://news.google.com/rss?hl={language}" for language in ("de", "fr"))
    assert subscriptions.place(german) != subscriptions.place(french)


# -- moving and removing ------------------------------------------------------------------------------------------


@pytest.fixture
def states(site: SiteTest) -> Iterator[States]:
    states = States(site.root / ".broadsheet" / "state.sqlite")
    yield states
    states.close()


KNOWN = SourceState(
    url="https://gazette.example/feed",
    moved="https://gazette.example/new",
    etag='"a"',
    body="b",
    held="h",
    succeeded="2026-01-30T00:00:00Z",
    newest="2026-01-29T00:00:00Z",
    found=7,
)


def test_a_source_moves_to_where_it_is_known_to_have_moved(site: SiteTest, states: States) -> None:
    before = toml(site)
    states.put({"Gazette": KNOWN})
    assert subscriptions.move(content(site), states, "Gazette") == Moved(
        name="Gazette", before="https://gazette.example/feed", after="https://gazette.example/new", named=False
    )
    assert toml(site) == before.replace("https://gazette.example/feed", "https://gazette.example/new")
    now = states.get("Gazette")
    assert (now.url, now.moved, now.etag, now.body, now.held) == ("https://gazette.example/new", "", "", "", "")
    assert (now.found, now.succeeded) == (7, "2026-01-30T00:00:00Z")


LOGIN = "http://me:${PW}@gazette.example/feed"


def moving(root: Path, url: str, moved: str) -> tuple[Content, States]:
    """A source at `url` of which is remembered that it has moved."""
    site = SiteTest(root).config(source=[{"name": "Gazette", "url": url}])
    states = States(site.root / ".broadsheet" / "state.sqlite")
    states.put({"Gazette": SourceState(url=url, moved=moved)})
    return content(site), states


@pytest.mark.parametrize(
    ("url", "moved", "now"),
    [
        (LOGIN, "http://gazette.example/new", "http://me:${PW}@gazette.example/new"),
        (LOGIN, "http://GAZETTE.example:80/new?a=@b", "http://me:${PW}@GAZETTE.example:80/new?a=@b"),
        ("https://${USER}@${HOST}:8443/", "https://${HOST}:8443/new", "https://${USER}@${HOST}:8443/new"),
        ("http://gazette.example/?k=${KEY}", "https://herald.example/${KEY}", "https://herald.example/${KEY}"),
        ("http://gazette.example/?k=${KEY}", "https://herald.example/", "https://herald.example/"),
    ],
)
def test_a_source_that_moves_within_its_origin_keeps_its_password(
    tmp_path: Path, url: str, moved: str, now: str
) -> None:
    there, states = moving(tmp_path, url, moved)
    subscriptions.move(there, states, "Gazette")
    assert config.load(tmp_path).sources == (Source(name="Gazette", url=now),)
    assert states.get("Gazette").url == now
    states.close()


@pytest.mark.parametrize(
    ("url", "moved", "reason"),
    [
        (LOGIN, "https://gazette.example/feed", "its password is for http://gazette.example; give the URL"),
        (LOGIN, "http://gazette.example:8080/", "its password is for http://gazette.example; give the URL"),
        (LOGIN, "http://gazette.example.evil.example/", "its password is for http://gazette.example; give the URL"),
        ("http://me@gazette.example/", "http://herald.example/", "its password is for http://gazette.example"),
        ("http://gazette.example/", "https://evil.example/?k=${CLOUD_KEY}", "asks for the secret CLOUD_KEY"),
        (LOGIN, "http://gazette.example/${PW}/${HOME}/${CLOUD_KEY}", "asks for the secret CLOUD_KEY, HOME that"),
    ],
)
def test_a_server_that_moves_gets_no_secret_that_it_has_not_had(
    tmp_path: Path, url: str, moved: str, reason: str
) -> None:
    there, states = moving(tmp_path, url, moved)
    with pytest.raises(UsageError) as caught:
        subscriptions.move(there, states, "Gazette")
    assert reason in str(caught.value) and "me:" not in str(caught.value)
    assert config.load(tmp_path).sources == (Source(name="Gazette", url=url),)
    # A person's word is another matter.
    assert subscriptions.move(there, states, "Gazette", moved).name == "Gazette"
    assert config.load(tmp_path).sources[0].url == moved
    states.close()


def test_the_new_address_is_asked_with_the_password_of_the_old_one(server: Publishers, tmp_path: Path) -> None:
    server.on("gazette.example/feed", redirect("/new", 301))
    server.on("gazette.example/new", page(rss()))
    site = SiteTest(tmp_path).config(source=[{"name": "Gazette", "url": LOGIN}])
    ingested(site, server, PW="s3cret")
    with remembered(site) as states:
        assert subscriptions.move(content(site), states, "Gazette").after == "http://gazette.example/new"
    ingested(site, server, PW="s3cret")
    first, _, last = server.requests
    assert last.path == "/new" and last.headers["authorization"] == first.headers["authorization"]


def test_a_source_without_a_name_gets_the_one_it_goes_by(site: SiteTest, states: States) -> None:
    moved = subscriptions.move(content(site), states, "https://quay.example/feed", "https://quay.example/new")
    assert moved.named
    assert sources(site)[1] == Source(name="https://quay.example/feed", url="https://quay.example/new")
    assert not subscriptions.move(content(site), states, "https://quay.example/feed", "https://quay.example/3").named


@pytest.mark.parametrize(
    ("name", "url", "reason"),
    [
        ("Gazette", "", "is not known to have moved"),
        ("Gazette", "https://gazette.example/feed", "has that address already"),
        ("Gazette", "https://quay.example/feed/", "has that address already; remove one of the two"),
        ("Samples", "https://new.example/", "is a file"),
        ("Gazzette", "https://new.example/", "no source is named 'Gazzette'; known: Gazette"),
    ],
)
def test_a_move_that_cannot_be_is_refused(site: SiteTest, states: States, name: str, url: str, reason: str) -> None:
    before = toml(site)
    with pytest.raises(UsageError, match=reason):
        subscriptions.move(content(site), states, name, url)
    assert toml(site) == before


def test_what_is_remembered_of_a_former_address_counts_for_nothing(site: SiteTest, states: States) -> None:
    states.put({"Gazette": SourceState(url="https://older.example/", moved="https://evil.example/", failures=5)})
    with pytest.raises(UsageError, match="is not known to have moved"):
        subscriptions.move(content(site), states, "Gazette")
    assert subscriptions.health(config.load(site.root), states, NOW)[0].state == "new"


def ingested(site: SiteTest, server: Publishers, **environment: str) -> dict[Path, bytes]:
    """All items, after every source was asked."""
    with site.index() as index:
        asking = client(network(server), **environment)
        ingest(content(site), config.load(site.root), index, NOW, force=True, client=asking)
    return {file: file.read_bytes() for file in (site.root / "content" / "items").rglob("*.md")}


@contextmanager
def remembered(site: SiteTest) -> Iterator[States]:
    states = States(site.root / ".broadsheet" / "state.sqlite")
    yield states
    states.close()


BARE = b"""<rss version="2.0"><channel><title>The Gazette</title><link>https://gazette.example/</link>
<item><title>Storm</title><guid isPermaLink="false">7</guid><pubDate>Mon, 12 Jan 2026 08:00:00 GMT</pubDate></item>
<item><title>Notices</title><guid isPermaLink="false">8</guid></item>
<item><description>Only a text</description></item>
<item><title>Tide</title><link>https://gazette.example/tide</link></item></channel></rss>"""
LATER = BARE.replace(b"</channel>", b"<item><title>Fog</title><guid>https://gazette.example/9</guid></item></channel>")


@pytest.mark.parametrize("name", ["Gazette", ""])
def test_nothing_is_ingested_anew_from_a_source_that_moved(server: Publishers, tmp_path: Path, name: str) -> None:
    old = server.on("old.example/feed", redirect("http://new.example/feed", 301))
    server.on("new.example/feed", page(BARE))
    site = SiteTest(tmp_path).config(source=[{"url": old} | ({"name": name} if name else {})])
    before = ingested(site, server)
    assert len(before) == 4
    with remembered(site) as states:
        assert subscriptions.move(content(site), states, name or old).after == "http://new.example/feed"
    assert sources(site) == (Source(name=name or old, url="http://new.example/feed"),)
    assert ingested(site, server) == before
    assert asked(server) == ["old.example/feed", "new.example/feed", "new.example/feed"]
    server.on("new.example/feed", page(LATER))
    after = ingested(site, server)
    assert len(after) == 5 and before.items() <= after.items()


def test_another_name_would_make_items_twice(server: Publishers, tmp_path: Path) -> None:
    """A negative control: why a source that moves keeps even a name that is an address."""
    url = server.on("gazette.example/feed", page(BARE))
    site = SiteTest(tmp_path).config(source=[{"url": url}])
    assert len(ingested(site, server)) == 4
    site.config(source=[{"name": "The Gazette", "url": url}])
    assert len(ingested(site, server)) > 4


def test_a_source_is_removed_and_its_state_forgotten(site: SiteTest, states: States) -> None:
    states.put({"Gazette": KNOWN})
    assert subscriptions.remove(content(site), states, "Gazette").url == "https://gazette.example/feed"
    assert [source.url for source in sources(site)] == ["https://quay.example/feed", ""]
    assert states.get("Gazette") == SourceState()


# -- by which name ---------------------------------------------------------------------------------------------


QUAY = SourceState(url="https://quay.example/feed", title="The Quay Post")


def test_a_source_is_found_by_its_name_its_address_or_its_feeds_title(site: SiteTest, states: States) -> None:
    settings = config.load(site.root)
    states.put({"https://quay.example/feed": QUAY, "Samples": SourceState(title="Gazette")})
    for said, number in {
        "Gazette": 0,
        "http://www.gazette.example/feed/": 0,
        "https://quay.example/feed": 1,
        "The Quay Post": 1,
        "Samples": 2,
    }.items():
        assert subscriptions.number_of(settings, said, states) == number
    assert subscriptions.remove(content(site), states, "The Quay Post").url == "https://quay.example/feed"


def test_a_title_of_two_feeds_or_of_a_former_address_names_none(site: SiteTest, states: States) -> None:
    settings = config.load(site.root)
    states.put({"https://quay.example/feed": QUAY, "Samples": SourceState(title="The Quay Post")})
    with pytest.raises(UsageError, match=r"several sources are titled 'The Quay Post'; say which: https://quay\.ex"):
        subscriptions.number_of(settings, "The Quay Post", states)
    states.put({"https://quay.example/feed": SourceState(url="https://older.example/", title="The Old Post")})
    for said in ("The Old Post", ""):
        with pytest.raises(UsageError, match="no source is named"):
            subscriptions.number_of(settings, said, states)


# -- health ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "word", "long"),
    [
        (SourceState(), "new", False),
        (SourceState(succeeded="2026-01-31T00:00:00Z"), "ok", False),
        (SourceState(succeeded="2026-01-31T00:00:00Z", moved="https://x.example/"), "moved", False),
        (SourceState(succeeded="2026-01-31T00:00:00Z", failures=3, error="HTTP 500"), "failing", False),
        (SourceState(succeeded="2026-01-03T00:00:00Z", failures=3, error="HTTP 500"), "failing", True),
        (SourceState(failures=1, error="HTTP 500"), "failing", False),
        (SourceState(failures=2, error="HTTP 500"), "failing", True),
        (SourceState(failures=1, stopped=True, error="HTTP 410"), "stopped", False),
    ],
)
def test_health_is_one_word(site: SiteTest, states: States, state: SourceState, word: str, long: bool) -> None:
    import msgspec

    states.put({"Gazette": msgspec.structs.replace(state, url="https://gazette.example/feed")})
    found = subscriptions.health(config.load(site.root), states, NOW)
    assert [one.name for one in found] == ["Gazette", "https://quay.example/feed", "Samples"]
    assert (found[0].state, found[0].long, found[1].state) == (word, long, "new")


def test_who_fails_has_a_reason(site: SiteTest, states: States) -> None:
    states.put({"Samples": SourceState(failures=1)})
    sample = subscriptions.health(config.load(site.root), states, NOW)[2]
    assert (sample.state, sample.error) == ("failing", "cannot be read")


# -- checking -------------------------------------------------------------------------------------------------


def checked(site: SiteTest, server: Publishers, parsers: Parsers, *names: str, told: list[str]) -> tuple[Checked, ...]:
    def progress(name: str, done: int, total: int) -> None:
        told.append(name)

    settings, states = config.load(site.root), States(site.root / ".broadsheet" / "state.sqlite", readonly=True)
    try:
        asking = client(network(server))
        return subscriptions.check(content(site), settings, states, names, asking, parsers, NOW, progress)
    finally:
        states.close()


def test_each_source_is_asked_and_what_is_wrong_with_it_is_said(
    server: Publishers, parsers: Parsers, tmp_path: Path
) -> None:
    server.on("good.example/feed", page(rss()))
    server.on("old.example/feed", page(rss(date="Mon, 12 Jan 2015 08:00:00 GMT")))
    server.on("empty.example/feed", page(rss(items=0)))
    server.on("page.example/feed", page(html()))
    server.on("gone.example/feed", status(410))
    server.on("moved.example/feed", redirect("http://good.example/feed", 301))
    server.on("refused.example/feed", hang_up)
    hosts = ["good", "old", "empty", "page", "gone", "missing", "moved", "refused", "unknown.invalid"]
    urls = [f"http://{host}.example/feed" if "." not in host else f"http://{host}/feed" for host in hosts]
    listed = [{"name": host, "url": url} for host, url in zip(hosts, urls, strict=True)]
    listed += [{"name": "twin", "url": "http://www.good.example/feed/"}, {"name": "file", "file": "no.xml"}]
    site = SiteTest(tmp_path).config(source=listed)
    told: list[str] = []
    found = checked(site, server, parsers, told=told)
    said = {one.name: "; ".join(one.findings) for one in found}
    for name, reason in {
        "good": "has the address of 'twin' as well",
        "old": "its newest item is of 2015-01-12",
        "empty": "holds no items",
        "page": "HTML page, not a feed",
        "gone": "HTTP 410",
        "missing": "HTTP 404",
        "moved": "has moved for good to http://good.example/feed",
        "refused": "closes the connection",
        "unknown.invalid": "unknown.invalid",
        "twin": "has the address of 'good' as well",
        "file": "cannot be read",
    }.items():
        assert reason in said[name], (name, said[name])
    assert told == [one["name"] for one in listed]
    assert not (site.root / ".broadsheet").exists() and not (site.root / "content" / "items").exists()


def test_a_source_in_order_has_no_findings_and_others_are_not_asked(
    server: Publishers, parsers: Parsers, tmp_path: Path
) -> None:
    url = server.on("good.example/feed", page(rss()))
    site = SiteTest(tmp_path).config(source=[{"name": "a", "url": "http://other.example/"}, {"name": "b", "url": url}])
    (found,) = checked(site, server, parsers, "b", told=[])
    assert (found.name, found.found, found.findings) == ("b", 1, ())
    assert asked(server) == ["good.example/feed"]


# -- OPML ------------------------------------------------------------------------------------------------------


def test_sources_that_are_there_are_passed_over(site: SiteTest) -> None:
    body = b"""<opml><body><outline text="Coast">
      <outline text="Gazette" xmlUrl="http://www.gazette.example/feed/"/>
      <outline text="Gazette" xmlUrl="https://other.example/feed"/>
      <outline text="Again" xmlUrl="https://other.example/feed/"/>
      <outline xmlUrl="https://third.example/feed"/>
      <outline text="Bad" xmlUrl="javascript:x"/></outline></body></opml>"""
    before = toml(site)
    dry = subscriptions.import_opml(content(site), body, dry_run=True)
    assert toml(site) == before
    found = subscriptions.import_opml(content(site), body)
    assert dry == found
    assert [one.name for one in found.added] == ["Gazette (other.example)", "third.example"]
    assert [one.url for one in found.known] == ["http://www.gazette.example/feed/", "https://other.example/feed/"]
    assert [one.where for one in found.dropped] == ["Bad"]
    assert sources(site)[3:] == found.added and found.added[0].categories == ("Coast",)
    assert toml(site).startswith(before)
    assert subscriptions.import_opml(content(site), body).added == ()


class Counting(set[str]):
    """A set that counts how often it is asked."""

    times = 0

    def __contains__(self, name: object) -> bool:
        self.times += 1
        return super().__contains__(name)


def test_many_outlines_of_one_name_cost_no_more_than_others() -> None:
    taken = Counting({"News (a.example) 3"})
    names = Names(taken)
    found = [names.another("News", "https://a.example/") for _ in range(1000)]
    assert found[:4] == ["News", "News (a.example)", "News (a.example) 2", "News (a.example) 4"]
    assert len(set(found)) == 1000 and found[-1] == "News (a.example) 1000"
    assert taken.times < 5 * 1000


def test_what_is_not_public_is_left_out(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(
        source=[
            {"name": "A", "url": "https://a.example/?k=${KEY}"},
            {"name": "Hidden", "url": "https://me:${WORD}@b.example/", "public": False},
            {"name": "File", "file": "a.xml"},
        ]
    )
    body, left_out = subscriptions.export_opml(config.load(site.root))
    assert b"Hidden" not in body and b"k=${KEY}" in body and left_out == ("Hidden", "File")
    body, left_out = subscriptions.export_opml(config.load(site.root), everything=True)
    assert b'xmlUrl="https://b.example/"' in body and left_out == ("File",)


URLS = st.builds("https://{}.example/{}".format, st.sampled_from("abcdef"), st.sampled_from(["", "feed", "x?y=1&z=2"]))
LISTED = st.lists(
    st.builds(
        Source,
        name=st.text("abÄ'\"<&>/,% ", min_size=1, max_size=8)
        .map(str.strip)
        .map(lambda name: " ".join(name.split()) or "x"),
        url=URLS,
        categories=st.lists(st.sampled_from(["Coast", "A/B", "x, y", "100 %", "<&>"]), max_size=3, unique=True).map(
            tuple
        ),
        tags=st.lists(st.sampled_from(["sea", "a,b"]), max_size=2, unique=True).map(tuple),
    ),
    max_size=6,
    unique_by=(lambda source: source.name, lambda source: source.url),
)


@given(listed=LISTED)
def test_what_one_site_exports_another_imports(tmp_path_factory: pytest.TempPathFactory, listed: list[Source]) -> None:
    from builder import sitefile
    from builder.opml import write

    there = Content(tmp_path_factory.mktemp("site"))
    there.write({sitefile.FILE: ""})
    found = subscriptions.import_opml(there, write("x", listed))
    assert (found.dropped, found.known) == ((), ())
    settings = config.load(there.root)
    assert sorted(map(repr, settings.sources)) == sorted(map(repr, listed))
    assert subscriptions.export_opml(settings)[0] == write("Sources of Broadsheet", listed)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    subscriptions.write_file(tmp_path / "a.opml", b"x")
    assert (tmp_path / "a.opml").read_bytes() == b"x"
    with pytest.raises(OSError):
        subscriptions.write_file(tmp_path / "no" / "a.opml", b"x")
    assert [file.name for file in tmp_path.iterdir()] == ["a.opml"]


# -- pages -----------------------------------------------------------------------------------------------------


def test_a_source_that_is_not_public_stands_on_no_page(tmp_path: Path) -> None:
    hidden = {"name": "Hushed Source", "url": "https://me:${WORD}@hushed.example/", "public": False}
    shown = {"name": "Shown", "url": "https://me:${WORD}@shown.example/?k=${KEY}"}
    site = SiteTest(tmp_path).config(source=[hidden, shown])
    site.item(
        "2026/01/12/a", also=["Hushed Source", "Shown"], source="Hushed Source", link="https://x.example/"
    ).build()
    pages = b"".join(site.files().values()).decode()
    assert "Hushed" not in pages and "hushed" not in pages and "WORD" not in pages
    assert "<bdi>Shown</bdi>" in site.text("/2026/01/12/a/")
    assert 'xmlUrl="https://shown.example/?k=${KEY}"' in site.text("/opml.xml")
    # Negative control, and a rebuild that notices.
    site.config(source=[hidden | {"public": True}, shown]).build()
    assert "Hushed Source" in site.text("/opml.xml") and "Hushed Source" in site.text("/2026/01/12/a/")


def test_a_source_that_is_not_public_needs_a_name_to_be_left_out_by() -> None:
    with pytest.raises(ConfigError, match="3:1: a source that is not public has no 'name'"):
        config.parse('[[source]]\nurl = "https://hushed.example/"\npublic = false\n')

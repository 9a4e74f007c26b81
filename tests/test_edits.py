"""An editor's commands: an article added, taken down, moved; twice is once, by hand is the same, a kill loses nothing."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import pytest

from builder import config, frontmatter
from builder.content import Content
from builder.edits import Added, Edits, Moved, Said
from builder.errors import ContentError, SourceError, UsageError
from builder.fetch import Client
from builder.model import Item
from builder.sources import googlenews
from builder.takedown import Removed, take_down
from tests.publishers import Publishers, network, page, publishers, redirect, status
from tests.sitetest import AS_OF, SiteTest
from tests.test_ingest import content, entry, feed, items, site_of
from tests.test_laws import assert_same, full_build


@contextmanager
def edits(site: SiteTest) -> Iterator[Edits]:
    with site.index() as index:
        yield Edits(Content(site.root), config.load(site.root), index, AS_OF)


def rm(site: SiteTest, said: str, reason: str = "") -> Removed:
    with edits(site) as found:
        return take_down(found, said, reason)


def mv(site: SiteTest, old: str, new: str) -> Moved:
    with edits(site) as found:
        return found.move(old, new)


def item(site: SiteTest, path: str) -> Item:
    return frontmatter.load((site.root / f"content/items/{path}.md").read_text("utf-8"), path)


def moves(site: SiteTest) -> list[str]:
    file = site.root / "content/moves.tsv"
    return file.read_text("utf-8").splitlines() if file.exists() else []


def everything(site: SiteTest) -> str:
    """All that is published, as one text."""
    return "\n".join(data.decode("utf-8", "replace") for data in site.files().values())


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> SiteTest:
    """A site that stays as it is: what is tested on it is refused."""
    site = SiteTest(tmp_path_factory.mktemp("harbour")).item("2026/01/05/a", tags=["harbour"], story="s")
    site.item("2026/01/05/b", aliases=["/old/b/"], story="s").document("about").seen("2026/01/05/once")
    return site.move("tags", "port", "harbour").move("items", "2026/01/05/taken-down").build()


# -- adding ----------------------------------------------------------------------------------------------------

STORM = "gazette.example/2026/storm"
TEXT = " ".join(f"The storm took roof number {number} of the old town on Monday night." for number in range(1, 31))
HTML = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Storm takes roofs | Gazette</title>
<link rel="canonical" href="http://{STORM}">
<meta property="og:title" content="Storm takes the roofs of the old town">
<meta property="og:site_name" content="The Harbour Gazette">
<meta property="og:description" content="Thirty roofs are gone, and nobody was hurt.">
<meta property="og:image" content="http://gazette.example/storm.jpg">
<meta property="article:published_time" content="2026-01-12T08:10:00+01:00">
<meta name="author" content="Ada Ferry"></head><body><nav>Home</nav><article><h1>Storm takes the roofs of the old town</h1>
<p>{TEXT}</p></article></body></html>"""
PATH = "2026/01/12/storm-takes-the-roofs-of-the-old-town"


@pytest.fixture
def servers() -> Iterator[Publishers]:
    with publishers() as server:
        server.on(STORM, page(HTML.encode(), Content_Type="text/html"))
        yield server


def add(site: SiteTest, servers: Publishers, url: str, **said: object) -> Added:
    client = Client("https://news.example/", network=network(servers))
    with edits(site) as found:
        return found.add(url, Said(**said), client)  # type: ignore[arg-type]


def test_an_article_is_added_with_what_its_page_says_and_what_the_person_says(
    tmp_path: Path, servers: Publishers
) -> None:
    site = SiteTest(tmp_path)
    url = f"http://{STORM}?utm_source=mail#top"
    added = add(site, servers, url, note="Read  the\nlast line.", tags=("roofs",), categories=("Coast",))
    assert added == Added(
        file=f"content/items/{PATH}.md", route=f"/{PATH}/", title="Storm takes the roofs of the old town"
    )
    found = item(site, PATH)
    assert (found.link, found.publisher, found.authors) == (f"http://{STORM}", "The Harbour Gazette", ("Ada Ferry",))
    assert (found.tags, found.categories, found.extra) == (("roofs",), ("Coast",), {"note": "Read the last line."})
    assert (found.image, found.source) == ("http://gazette.example/storm.jpg", "")
    assert found.description == "Thirty roofs are gone, and nobody was hurt."
    assert len(found.body.split()) == 80
    assert "Read the last line." in site.build().text(f"/{PATH}/")
    assert site.has("/tags/roofs/"), "a tag that a person gives has a page"


@pytest.mark.parametrize(("show", "words"), [("headline", 0), ("excerpt", 80), ("full", len(TEXT.split()))])
def test_no_more_of_the_text_is_written_than_may_be_shown(
    tmp_path: Path, servers: Publishers, show: str, words: int
) -> None:
    site = SiteTest(tmp_path).config(show="full" if show == "headline" else show)
    add(site, servers, f"http://{STORM}", show=show if show == "headline" else "")
    found = item(site, PATH)
    assert len(found.body.split()) == words
    assert bool(found.summary and found.description) is (show != "headline")


def test_what_a_feed_brought_is_not_doubled_but_gets_what_the_person_says(tmp_path: Path, servers: Publishers) -> None:
    site = site_of(tmp_path, entry(1, link=f"http://{STORM}")).ingest()
    path = "2026/01/06/storm-number-1"
    file = site.root / f"content/items/{path}.md"
    file.write_text(file.read_text("utf-8").replace("draft:", "# mine\ndraft:"), "utf-8")
    added = add(site, servers, f"https://www.{STORM}/", note="Mind the roof.", tags=("weather", "roofs"), title="Roofs")
    assert (added.known, added.changed) == (True, ("title", "tags", "note"))
    assert (item(site, path).tags, item(site, path).title) == (("weather", "roofs"), "Roofs")
    assert "# mine\n" in file.read_text("utf-8")
    assert list(items(site)) == [f"{path}.md"]
    before = content(site)
    assert add(site, servers, f"http://{STORM}", note="Mind the roof.", tags=("roofs",)).changed == ()
    add(site, servers, f"http://{STORM}", note="And the wall.")
    assert item(site, path).extra == {"note": "Mind the roof. And the wall."}
    assert site.ingest().ingested.written == 0
    assert servers.requests == []
    # A tag that a person gave has a page, and that is written down.
    assert content(site).keys() - before.keys() == {"terms.tsv"}


def test_a_feed_that_brings_it_later_does_not_double_it(tmp_path: Path, servers: Publishers) -> None:
    site = site_of(tmp_path)
    add(site, servers, f"http://{STORM}", note="By hand.")
    feed(site, entry(1, link=f"http://{STORM}?utm_campaign=rss")).ingest()
    assert list(items(site)) == [f"{PATH}.md"]
    assert (item(site, PATH).also, item(site, PATH).extra) == (("Gazette",), {"note": "By hand."})


def test_an_address_that_redirects_is_known_by_where_it_leads(tmp_path: Path, servers: Publishers) -> None:
    servers.on("short.example/x", redirect(f"http://{STORM}"))
    site = SiteTest(tmp_path)
    assert not add(site, servers, "http://short.example/x").known
    assert item(site, PATH).link == f"http://{STORM}"
    assert add(site, servers, "http://short.example/x", tags=("x",)).known
    assert len(items(site)) == 1


@pytest.mark.parametrize(
    ("canonical", "link"),
    [
        ("http://www.gazette.example/good?fbclid=1", "http://www.gazette.example/good"),
        ("http://gazette.example/", "http://gazette.example/a?id=5"),
        ("http://courier.example/a", "http://gazette.example/a?id=5"),
        ("javascript:alert(1)", "http://gazette.example/a?id=5"),
        ("", "http://gazette.example/a?id=5"),
    ],
)
def test_a_canonical_link_counts_on_its_own_site(
    tmp_path: Path, servers: Publishers, canonical: str, link: str
) -> None:
    html = HTML.replace(f'href="http://{STORM}"', f'href="{escape(canonical)}"')
    servers.on("gazette.example/a?id=5", page(html.encode(), Content_Type="text/html"))
    site = SiteTest(tmp_path)
    add(site, servers, "http://gazette.example/a?id=5&utm_source=x")
    assert item(site, PATH).link == link


@pytest.mark.parametrize(
    ("header", "meta", "encoding"),
    [("text/html; charset=iso-8859-2", "", "iso-8859-2"), ("text/html", '<meta charset="windows-1250">', "cp1250")],
)
def test_a_page_is_read_in_the_encoding_that_it_states(
    tmp_path: Path, servers: Publishers, header: str, meta: str, encoding: str
) -> None:
    html = HTML.replace('<meta charset="utf-8">', meta).replace("Storm takes the roofs", "Bouře vzala střechy")
    servers.on(STORM, page(html.encode(encoding), Content_Type=header))
    site = SiteTest(tmp_path)
    assert add(site, servers, f"http://{STORM}").title == "Bouře vzala střechy of the old town"


def test_a_page_without_a_text_is_what_its_head_says(tmp_path: Path, servers: Publishers) -> None:
    html = HTML.split("<article>")[0] + "<script>load()</script></body></html>"
    servers.on(STORM, page(html.encode(), Content_Type="text/html"))
    site = SiteTest(tmp_path)
    add(site, servers, f"http://{STORM}")
    assert (item(site, PATH).body, item(site, PATH).summary) == ("", "Thirty roofs are gone, and nobody was hurt.")


def test_a_page_that_is_made_to_stall_its_reader_is_an_error(
    tmp_path: Path, servers: Publishers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builder.edits.CPU_SECONDS", 1)
    servers.on(STORM, page(b"<html><head>" + b"<a x='" * 100_000, Content_Type="text/html"))
    with pytest.raises(SourceError, match=r"takes more than 1 s of CPU to read"):
        add(SiteTest(tmp_path), servers, f"http://{STORM}")


def test_a_page_that_cannot_be_had_is_one_error_or_what_the_person_says(tmp_path: Path, servers: Publishers) -> None:
    site, url = SiteTest(tmp_path), servers.on("gazette.example/gone", status(403))
    before = content(site)
    with pytest.raises(SourceError, match=r"http://gazette\.example/gone: HTTP 403; give a --title"):
        add(site, servers, url)
    assert content(site) == before
    added = add(site, servers, url, title="What I read", tags=("roofs",))
    assert (added.route, added.unread) == ("/2026/02/01/what-i-read/", "HTTP 403")
    found = item(site, "2026/02/01/what-i-read")
    assert (found.link, found.publisher, found.date_basis) == (url, "gazette.example", "first-seen")
    again = content(site)
    assert add(site, servers, url, title="What I read", tags=("roofs",)).changed == ()
    assert content(site) == again


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"%PDF-1.7\n", "application/pdf"), (b"\x00\x01", "text/html"), (b"<rss/>", "application/rss+xml")],
)
def test_what_is_no_page_is_refused(tmp_path: Path, servers: Publishers, body: bytes, kind: str) -> None:
    servers.on(STORM, page(body, Content_Type=kind))
    with pytest.raises(SourceError, match="no web page"):
        add(SiteTest(tmp_path), servers, f"http://{STORM}")


@pytest.mark.parametrize("url", ["http://127.0.0.1/a", "http://[::1]/a", "http://169.254.169.254/latest"])
def test_an_address_of_this_machine_or_network_is_not_asked(tmp_path: Path, servers: Publishers, url: str) -> None:
    with pytest.raises(SourceError):
        add(SiteTest(tmp_path), servers, url)
    assert servers.connected == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "", "http://", "//", "ftp://gazette.example/a"]
)
def test_what_is_no_address_is_refused(tmp_path: Path, servers: Publishers, url: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        add(SiteTest(tmp_path), servers, url)


def test_a_password_in_an_address_is_neither_sent_nor_written(tmp_path: Path, servers: Publishers) -> None:
    site = SiteTest(tmp_path)
    add(site, servers, f"http://me:secret@{STORM}")
    assert b"secret" not in b"".join(content(site).values())
    assert "authorization" not in servers.requests[0].headers


def test_an_article_whose_file_was_removed_comes_back_at_its_address(tmp_path: Path, servers: Publishers) -> None:
    site = SiteTest(tmp_path)
    add(site, servers, f"http://{STORM}")
    site.build().remove(f"content/items/{PATH}.md").ingest().build()
    assert "noindex" in site.text(f"/{PATH}/")
    assert add(site, servers, f"http://{STORM}").route == f"/{PATH}/"
    assert "noindex" not in site.build().text(f"/{PATH}/")


def test_an_article_that_was_taken_down_is_not_added(tmp_path: Path, servers: Publishers) -> None:
    site = SiteTest(tmp_path)
    add(site, servers, f"http://{STORM}")
    rm(site, f"http://{STORM}", "the court says so")
    with pytest.raises(UsageError, match=r"was removed on 2026-02-01: the court says so; take its line out"):
        add(site, servers, f"https://www.{STORM}?utm_source=x")


# -- taking down -----------------------------------------------------------------------------------------------


def named(title: str, link: str, publisher: str = "The Harbour Gazette") -> dict[str, str]:
    return {"title": title, "link": link, "publisher": publisher, "key": googlenews.article_key(link)}


LINK = "https://gazette.example/storm-1"
OTHER = named("Roofs fly in the old town", "https://courier.example/roofs", "Courier")
THIRD = named("A quiet night for ferries", "https://ferry.example/night", "Ferry News")


def gathered(tmp_path: Path) -> SiteTest:
    """An article from a feed, two clusters that name it, and an item with the same picture."""
    site = site_of(tmp_path, entry(1, title="The storm took the roof of the town hall")).ingest()
    first, image = named("The storm took the roof", LINK), "https://gazette.example/roof.jpg"
    file = site.root / "content/items/2026/01/06/the-storm-took-the-roof-of-the-town-hall.md"
    file.write_text(file.read_text("utf-8").replace('image: ""', f'image: "{image}"'), "utf-8")
    site.item("2026/01/07/cluster", title=OTHER["title"], link=OTHER["link"], publisher="Courier",
              coverage=[OTHER, first, THIRD], summary="The Harbour Gazette: The storm took the roof.", note="Mine.")  # fmt: skip
    site.item("2026/01/08/led", title=first["title"], link="https://aggregator.example/5", publisher=first["publisher"],
              coverage=[first, OTHER])  # fmt: skip
    return site.item("2026/01/09/alone", link="https://alone.example/a", image=image + "?utm_source=x").build()


ROUTE = "/2026/01/06/the-storm-took-the-roof-of-the-town-hall/"


@pytest.mark.parametrize(
    "said",
    [
        ROUTE,
        ROUTE.strip("/"),
        f"https://news.example{ROUTE}",
        f"content/items{ROUTE[:-1]}.md",
        f"items{ROUTE[:-1]}.md",
        LINK,
        "http://www.gazette.example/storm-1/?utm_source=x#top",
    ],
)
def test_an_article_is_taken_down_by_route_file_or_address(tmp_path: Path, said: str) -> None:
    site = gathered(tmp_path)
    assert "The storm took the roof" in everything(site)
    removed = rm(site, said, 'The publisher <b>"asked"</b>')
    assert removed.items == (ROUTE,)
    assert removed.coverage == ("items/2026/01/07/cluster.md", "items/2026/01/08/led.md")
    assert removed.images == ("items/2026/01/09/alone.md",)
    ours = site.build().files()
    notice = site.text(ROUTE)
    assert "Removed on" in notice and "1 February 2026" in notice and "noindex" in notice
    assert "The publisher &lt;b&gt;" in notice
    for trace in ("The storm took the roof", "gazette.example", "Nobody was hurt", "roof.jpg"):
        assert trace not in everything(site).replace(ROUTE, "")
    assert ROUTE not in site.text("/sitemaps/2026-01.xml") and ROUTE not in site.text("/feed.xml")
    assert_same(ours, full_build(site, tmp_path / "full", AS_OF))


def test_the_words_of_a_person_and_the_rest_of_a_cluster_stay(tmp_path: Path) -> None:
    site = gathered(tmp_path)
    rm(site, LINK)
    cluster, led = item(site, "2026/01/07/cluster"), item(site, "2026/01/08/led")
    assert [mention.title for mention in cluster.coverage] == [OTHER["title"], THIRD["title"]]
    assert (cluster.summary, cluster.extra["note"]) == ("Ferry News: A quiet night for ferries.", "Mine.")
    assert (led.title, led.publisher, led.link) == (OTHER["title"], "Courier", "https://aggregator.example/5")


@pytest.mark.parametrize("forget", [False, True], ids=["with the index", "without .broadsheet/"])
def test_what_was_taken_down_does_not_come_back(tmp_path: Path, forget: bool) -> None:
    site = gathered(tmp_path)
    rm(site, LINK, "asked")
    if forget:
        shutil.rmtree(site.root / ".broadsheet")
    again = entry(1, guid="another", link=LINK + "?utm_medium=rss", title="The roof of the town hall, told again")
    named_again = f'<ol><li><a href="{LINK}">The storm took the roof</a> <font>Gazette</font></li>'
    named_again += f'<li><a href="{THIRD["link"]}">{THIRD["title"]}</a> <font>Ferry News</font></li></ol>'
    other = entry(2, title="Roofs", link="https://courier.example/x", description=named_again)
    feed(site, again, other, name="other.xml", title="Other")
    sources = [{"name": "Gazette", "file": "gazette.xml"}, {"name": "Other", "file": "other.xml"}]
    site.config(source=sources).ingest().build()
    assert "gazette.example" not in everything(site).replace(ROUTE, "").replace("gazette.xml", "")
    assert [dropped.reason for dropped in site.ingested.sources[1].dropped] == [
        "removed on 2026-02-01: asked",
        "removed on 2026-02-01: asked (in a coverage)",
    ]
    assert site.ingest().ingested.written == 0


def test_without_the_line_in_the_ledger_it_would_come_back(tmp_path: Path) -> None:
    site = gathered(tmp_path)
    rm(site, LINK, "asked")
    site.file("content/moves.tsv", "".join(line + "\n" for line in moves(site) if not line.startswith("links")))
    named_again = f'<ol><li><a href="{THIRD["link"]}">A</a> <font>B</font></li><li><a href="{LINK}">A</a> <font>B</font></li></ol>'
    feed(site, entry(2, description=named_again)).ingest()
    assert LINK in everything(site.build())


def test_a_coverage_goes_on_growing_after_a_takedown(tmp_path: Path) -> None:
    def listed(*mentions: dict[str, str]) -> str:
        lines = (f'<li><a href="{m["link"]}">{m["title"]}</a> <font>{m["publisher"]}</font></li>' for m in mentions)
        return f"<ol>{''.join(lines)}</ol>"

    first = named("The storm took the roof", LINK)
    cluster = entry(1, title=OTHER["title"], link=OTHER["link"], description=listed(OTHER, first))
    site = site_of(tmp_path, cluster).ingest()
    path = "2026/01/06/roofs-fly-in-the-old-town"
    rm(site, LINK)
    assert [mention.publisher for mention in item(site, path).coverage] == ["Courier"]
    feed(site, cluster | {"description": listed(OTHER, first, THIRD)}).ingest()
    assert [mention.publisher for mention in item(site, path).coverage] == ["Courier", "Ferry News"]


def test_taking_down_twice_is_once_and_a_new_reason_is_told(tmp_path: Path) -> None:
    site = gathered(tmp_path)
    rm(site, ROUTE, "asked")
    before = content(site)
    for said in (ROUTE, LINK):
        assert rm(site, said).done and rm(site, said, "asked").done
    assert content(site) == before
    assert not rm(site, ROUTE, "asked by the court").done
    assert moves(site)[-1] == f"items\t{ROUTE.strip('/')}\t\t2026-02-01\tasked by the court"
    assert "asked by the court" in site.build().text(ROUTE)


def test_by_hand_is_the_same(tmp_path: Path) -> None:
    ours, theirs = gathered(tmp_path / "a"), gathered(tmp_path / "b")
    rm(ours, LINK, "asked")
    for path in ("2026/01/07/cluster", "2026/01/08/led", "2026/01/09/alone"):
        theirs.file(f"content/items/{path}.md", (ours.root / f"content/items/{path}.md").read_text("utf-8"))
    theirs.remove(f"content/items{ROUTE[:-1]}.md")
    lines = [f"items\t{ROUTE.strip('/')}\t\t2026-02-01\tasked", f"links\t{LINK}\t\t2026-02-01\tasked"]
    assert moves(ours) == lines
    # As a union merge may leave them.
    theirs.file("content/moves.tsv", "\r\n".join([*reversed(lines), *lines, f"items\t{ROUTE.strip('/')}\t"]))
    assert_same(theirs.ingest().build().files(), ours.ingest().build().files())
    assert moves(theirs) == [*reversed(lines), *lines, f"items\t{ROUTE.strip('/')}\t"]


STEPS = 6
"""The lines of `moves.tsv`, as a whole, then in place; three other files; the item's own."""


@pytest.mark.parametrize("step", range(1, STEPS + 2))
def test_a_second_run_finishes_what_a_kill_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Killed at the n-th write, by route and by address alike: run again, it is as if nothing had happened."""
    whole = gathered(tmp_path / "whole")
    rm(whole, ROUTE, "asked")
    for number, said in enumerate((ROUTE, LINK)):
        site = gathered(tmp_path / str(number))
        kill(monkeypatch, step)
        try:
            rm(site, said, "asked")
            assert step > STEPS
        except KilledError:
            pass
        monkeypatch.undo()
        rm(site, said, "asked")
        assert content(site) == content(whole)


class KilledError(BaseException):
    """The process was killed."""


def kill(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """End at the n-th change of the disk, before it is made."""
    left = step

    def counted(change: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise KilledError
            return change(*args, **options)

        return run

    monkeypatch.setattr("builder.content.os.replace", counted(os.replace))
    for name in ("append", "remove", "rename"):
        monkeypatch.setattr(Content, name, counted(getattr(Content, name)))


def test_the_same_article_behind_an_aggregators_link_goes_too(tmp_path: Path) -> None:
    hidden = {"link": "https://news.google.com/rss/articles/CBMiQWh0dHA", "key": "gn:0123456789abcdef"}
    same = named("The storm took the roof", LINK) | hidden
    short = named("Live updates", LINK) | {
        "link": "https://news.google.com/rss/articles/CBMiQXXX",
        "key": "gn:fedcba9876543210",
    }
    site = SiteTest(tmp_path).item("2026/01/05/a", title=same["title"], publisher=same["publisher"], link=LINK)
    site.item("2026/01/05/live", title=short["title"], publisher=short["publisher"], link=LINK + "-live")
    site.item("2026/01/06/b", link=OTHER["link"], coverage=[OTHER, same, short])
    site.item("2026/01/07/only", title=same["title"], publisher=same["publisher"], link=same["link"], coverage=[same])
    rm(site, LINK)
    assert list(items(site)) == ["2026/01/05/live.md", "2026/01/06/b.md"]
    assert [mention.title for mention in item(site, "2026/01/06/b").coverage] == [OTHER["title"], "Live updates"]
    assert moves(site)[-1] == "links\tgn:0123456789abcdef\t\t2026-02-01"
    # A headline of two words is no article's own.
    rm(site, LINK + "-live")
    assert "Live updates" in [mention.title for mention in item(site, "2026/01/06/b").coverage]


def test_a_mention_alone_is_taken_down_by_its_address(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/06/b", link=OTHER["link"], coverage=[OTHER, THIRD]).build()
    removed = rm(site, THIRD["link"])
    assert (removed.items, removed.coverage) == ((), ("items/2026/01/06/b.md",))
    assert "ferry.example" not in everything(site.build())


def test_a_cluster_kept_as_raw_html_loses_the_mention_too(tmp_path: Path) -> None:
    lines = "".join(
        f'<li><a href="{one["link"]}" target="_blank">{one["title"]}</a>&nbsp;&nbsp;<font color="#6f6f6f">'
        f'{one["publisher"]}</font></li>' for one in (OTHER, THIRD)
    )  # fmt: skip
    site = SiteTest(tmp_path).item("2026/01/06/b", title="Roofs", link=OTHER["link"], body=f"<ol>{lines}</ol>").build()
    assert "ferry.example" in everything(site)
    rm(site, THIRD["link"])
    assert "ferry.example" not in (site.root / "content/items/2026/01/06/b.md").read_text("utf-8")
    assert "ferry.example" not in everything(site.build())


def test_a_link_that_a_feed_gives_to_all_its_items_removes_one_by_route_and_all_by_address(tmp_path: Path) -> None:
    home = "https://gazette.example/"
    site = SiteTest(tmp_path)
    for number in range(3):
        site.item(f"2026/01/0{number + 1}/a", link=home)
    removed = rm(site, "/2026/01/01/a/")
    assert (removed.items, removed.links, len(items(site))) == (("/2026/01/01/a/",), (), 2)
    assert "2 other items have its link and stay" in removed.hints[0]
    assert rm(site, home).items == ("/2026/01/02/a/", "/2026/01/03/a/")


def test_a_post_of_ones_own_leaves_a_notice_only_when_it_is_taken_down(tmp_path: Path) -> None:
    site = (
        SiteTest(tmp_path).item("2026/01/05/a").item("2026/01/06/b", image="/b.png").file("content/static/b.png", "b")
    )
    site.build().remove("content/items/2026/01/05/a.md").ingest().build()
    assert not site.has("/2026/01/05/a/")
    removed = rm(site, "/2026/01/06/b/")
    assert removed.hints == ("content/static/b.png is no item's picture now",)
    assert "Removed on" in site.build().text("/2026/01/06/b/")
    assert site.has("/b.png")


def test_a_new_item_never_takes_the_address_of_one_that_was_taken_down(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).item("2026/01/06/storm-number-1")
    rm(site, "/2026/01/06/storm-number-1/", "asked")
    assert list(items(site.ingest())) == ["2026/01/06/storm-number-1-2.md"]


def test_an_item_that_moved_is_taken_down_by_its_old_route_and_leaves_notices_at_both(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a", aliases=["/a.html"]).build()
    mv(site, "/2026/01/05/a/", "b")
    rm(site.build(), "/2026/01/05/a/", "asked")
    ours = site.build()
    assert all("asked" in ours.text(route) for route in ("/2026/01/05/a/", "/2026/01/05/b/"))
    assert rm(site, "/2026/01/05/a/").done
    assert_same(ours.files(), full_build(site, tmp_path / "full", AS_OF))


def test_a_deletion_by_hand_is_given_a_date_and_a_reason_later(tmp_path: Path) -> None:
    site = site_of(tmp_path, entry(1)).ingest().remove("content/items/2026/01/06/storm-number-1.md").ingest().build()
    assert "Removed on" not in site.text("/2026/01/06/storm-number-1/")
    rm(site, "/2026/01/06/storm-number-1/", "asked")
    assert "Removed on" in site.build().text("/2026/01/06/storm-number-1/")


def test_files_that_cannot_be_read_are_removed_by_name_and_named_where_they_hold_the_address(tmp_path: Path) -> None:
    site = gathered(tmp_path).file("content/items/2026/01/10/c.md", f"---\ntitle: [\n---\nSee {LINK}?x=1\n")
    assert any("content/items/2026/01/10/c.md cannot be read" in hint for hint in rm(site, LINK).hints)
    removed = rm(site, "/2026/01/10/c/")
    assert removed.items == ("/2026/01/10/c/",) and "its link is not known" in removed.hints[0]
    assert "2026/01/10/c.md" not in items(site)


@pytest.mark.parametrize(
    "said", ["/2026/01/05/no/", "/", "/tags/harbour/", "/stories/s/", "https://no.example/a", "../../etc.md", "a\tb"]
)
def test_what_is_not_there_is_refused_and_nothing_is_written(harbour: SiteTest, said: str) -> None:
    before = content(harbour)
    with pytest.raises(UsageError):
        rm(harbour, said, "asked")
    assert content(harbour) == before


# -- moving ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["https://news.example/", "https://news.example/digest/"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/2026/01/05/typo/", "/2026/01/05/right/"),
        ("/2026/01/05/typo", "Right"),
        ("content/items/2026/01/05/typo.md", "content/items/2026/01/05/right.md"),
        ("{base}2026/01/05/typo/", "{base}2026/01/05/right/"),
        ("2026/01/05/typo/index.html", "right.md"),
    ],
)
def test_an_item_moves_and_its_old_address_leads_to_the_new(tmp_path: Path, base: str, old: str, new: str) -> None:
    site = SiteTest(tmp_path).config(base_url=base).item("2026/01/05/typo", title="Right").build()
    moved = mv(site, old.format(base=base), new.format(base=base))
    assert moved == Moved(kind="items", old="2026/01/05/typo", new="2026/01/05/right", route="/2026/01/05/right/")
    assert (list(items(site)), moves(site)) == (["2026/01/05/right.md"], ["items\t2026/01/05/typo\t2026/01/05/right"])
    ours = site.build().files()
    prefix = "/digest" if base.endswith("/digest/") else ""
    assert f'href="{prefix}/2026/01/05/right/"' in site.text("/2026/01/05/typo/")
    assert "Right" in site.text("/2026/01/05/right/")
    assert_same(ours, full_build(site, tmp_path / "full", AS_OF))
    assert mv(site, f"{prefix}/2026/01/05/right/", "wrong").old == "2026/01/05/right"


def test_a_move_by_hand_is_the_same(tmp_path: Path) -> None:
    ours, theirs = (site_of(tmp_path / name, entry(1)).ingest().build() for name in "ab")
    mv(ours, "/2026/01/06/storm-number-1/", "storm")
    folder = theirs.root / "content/items/2026/01/06"
    (folder / "storm-number-1.md").rename(folder / "storm.md")
    assert content(theirs.ingest()) == content(ours.ingest())
    assert_same(theirs.build().files(), ours.build().files())


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_second_run_finishes_a_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a")
    kill(monkeypatch, step)
    with pytest.raises(KilledError):
        mv(site, "/2026/01/05/a/", "b")
    monkeypatch.undo()
    site.build()
    assert site.has("/2026/01/05/a/")
    assert not mv(site, "/2026/01/05/a/", "b").done
    assert mv(site, "/2026/01/05/a/", "b").done
    assert (list(items(site)), moves(site)) == (["2026/01/05/b.md"], ["items\t2026/01/05/a\t2026/01/05/b"])


def test_an_item_moves_on_and_back(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a")
    for name in ("b", "c", "a", "c", "a", "b"):
        mv(site, "/2026/01/05/a/", name)
        assert list(items(site)) == [f"2026/01/05/{name}.md"]
        site.build()
        for old in {"a", "b", "c"} - {name}:
            if site.has(f"/2026/01/05/{old}/"):
                assert f'href="/2026/01/05/{name}/"' in site.text(f"/2026/01/05/{old}/")
    assert len([route for route in site.routes() if route.startswith("/2026/01/05/") and route.count("/") == 5]) == 3


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("/2026/01/05/a/", "b", "is, or was, another item's"),
        ("/2026/01/05/a/", "/2026/01/05/once/", "is, or was, another item's"),
        ("/2026/01/05/a/", "/2026/01/05/taken-down/", "is, or was, another item's"),
        ("/2026/01/05/a/", "/2026/01/05/a/", "is, or was, another item's"),
        ("/2026/01/05/a/", "/about/", "another page's"),
        ("/2026/01/05/a/", "/latest/", "another page's"),
        ("/2026/01/05/a/", "/2026/01/05/", "another page's"),
        ("/2026/01/05/a/", "/old/b/", "another page's"),
        ("/2026/01/05/a/", "/", "cannot have the address"),
        ("/2026/01/05/a/", "…", "cannot have the address"),
        ("/2026/01/05/a/", "../../../etc/x", "cannot have the address"),
        ("/2026/01/05/a/", "/2026/.git/x/", "cannot have the address"),
        ("/2026/01/05/a/", "/2026/01/05/what?/", "holds '\\?'"),
        ("/2026/01/05/a/", "/2026/01/05/" + "x" * 300, "cannot have the address"),
        ("/2026/01/05/no/", "b", "there is no item"),
        ("/about/", "/who/", "there is no item"),
        ("/2026/01/05/a/", "/tags/harbour/", "not of one kind"),
        ("/tags/harbour/", "/categories/harbour/", "not of one kind"),
        ("/tags/no/", "/tags/harbour/", "no page /tags/no/"),
        ("/tags/harbour/", "Harbour", "cannot move to"),
        ("/tags/harbour/", "/tags/port/", "a circle"),
        ("/stories/no/", "s", "no page /stories/no/"),
    ],
)
def test_a_move_that_cannot_be_is_refused_and_nothing_is_written(
    harbour: SiteTest, old: str, new: str, what: str
) -> None:
    before = content(harbour)
    with pytest.raises((UsageError, ContentError), match=what):
        mv(harbour, old, new)
    assert content(harbour) == before


@pytest.mark.parametrize("taxonomy", ["tags", "categories"])
def test_a_term_moves_into_another_and_no_item_is_touched(tmp_path: Path, taxonomy: str) -> None:
    site, front = SiteTest(tmp_path), "---\ntitle: A\ndate: 2026-01-05\n"
    site.file("content/items/2026/01/05/a.md", f"{front}{taxonomy}: [Ukrain]\n---\n")
    site.file("content/items/2026/01/05/b.md", f"{front}{taxonomy}: [Ukraine]\n---\n")
    before = items(site.build())
    assert not mv(site, f"/{taxonomy}/ukrain/", f"/{taxonomy}/ukraine/").done
    assert mv(site, f"/{taxonomy}/ukrain/", "Ukraine").done
    assert (items(site), moves(site)) == (before, [f"{taxonomy}\tukrain\tukraine"])
    assert f'href="/{taxonomy}/ukraine/"' in site.build().text(f"/{taxonomy}/ukrain/")
    assert "2 stories" in site.text(f"/{taxonomy}/ukraine/")


def test_a_publisher_with_a_long_or_foreign_name_moves(tmp_path: Path) -> None:
    long = "The Honourable Company of Harbour Masters, Ferrymen and Keepers of the Lights of the Northern Coast"
    site = SiteTest(tmp_path).item("2026/01/05/a", publisher=long).item("2026/01/06/b", publisher="Гавань").build()
    slugs = sorted(route.split("/")[2] for route in site.routes() if re.fullmatch("/publishers/[^/]+/", route))
    assert len(slugs) == 2
    for slug in slugs:
        mv(site, f"/publishers/{slug}/", "Harbour News")
    site.build()
    assert "2 stories" in site.text("/publishers/harbour-news/")
    assert all('href="/publishers/harbour-news/"' in site.text(f"/publishers/{slug}/") for slug in slugs)


def test_a_story_moves(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a").item("2026/01/06/b", story="2026/01/05/a").build()
    assert mv(site, "/stories/2026/01/05/a/", "The Storm").route == "/stories/the-storm/"
    assert 'href="/stories/the-storm/"' in site.build().text("/stories/2026/01/05/a/")
    assert "2 reports" in site.text("/stories/the-storm/")
    assert mv(site, "/stories/2026/01/05/a/", "/stories/the-storm/").done
    with pytest.raises(UsageError, match="a circle"):
        mv(site, "/stories/the-storm/", "/stories/2026/01/05/a/")

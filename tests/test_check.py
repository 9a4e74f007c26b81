"""`broadsheet check`: what it finds in a built site, where that comes from, and what it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, strategies as st

from builder import config, feedform
from builder.check import CheckReport, check
from builder.cli.check import lines
from builder.content import Content
from builder.errors import UsageError
from builder.findings import KINDS, Finding
from builder.links import Links, Target
from builder.pageform import PageForm
from builder.workers import Crew
from tests.cliprocess import run
from tests.sitetest import SiteTest, threads
from tests.test_golden_sites import CASES, built

MENU = [{"name": "About", "url": "/about/"}]


@pytest.fixture
def site(tmp_path: Path) -> SiteTest:
    """A site with which nothing is wrong: an item, a document in the menu."""
    site = SiteTest(tmp_path).config(menu=MENU).document("about", title="About", body="We tell the news.\n")
    return site.item("2026/01/12/a", title="A", tags=["x"], body="Text.")


def checked(site: SiteTest, *published: Path, crew: Crew | None = None) -> CheckReport:
    content, settings = Content(site.root), config.load(site.root)
    database = site.root / ".broadsheet/index.sqlite"
    return check(content, settings, output=site.output, database=database, published=published, crew=crew or Crew())


def found(site: SiteTest, kind: str, *published: Path) -> list[tuple[str, str, str]]:
    """The findings of one kind, as route, what and source; there may be none of another."""
    findings = checked(site, *published).findings
    assert {one.kind for one in findings} <= {kind}
    return [(one.route, one.what, one.source) for one in findings]


def test_a_site_with_which_nothing_is_wrong(site: SiteTest) -> None:
    report = checked(site.build())
    assert report.findings == () and report.files == len(site.files())
    assert list(report.counts) == list(KINDS) and not any(report.counts.values())


@pytest.mark.parametrize("base", ["https://news.example/", "https://news.example/digest/"])
def test_links_are_followed_at_any_base_path(site: SiteTest, base: str) -> None:
    site.config(base_url=base, menu=MENU)
    body = f"[here](/tags/x/), [there]({base}2026/01/12/a/), [out](https://other.example/nowhere/), [dead](/nowhere/)\n"
    site.document("about", title="About", body=body)
    about = ("/about/", "links to /nowhere/, which is not there", "content/pages/about.md")
    assert found(site.build(), "links") == [about]


def test_a_link_that_leaves_the_sites_path_is_found_but_not_one_that_names_the_host(site: SiteTest) -> None:
    site.config(base_url="https://news.example/digest/", menu=MENU)
    site.file("templates/document.html", _document('<a href="/about/">x</a> <a href="https://news.example/">y</a>'))
    what = "links to /about/, which is not below the site's own path"
    assert found(site.build(), "links") == [("/about/", what, "content/pages/about.md")]


def _document(body: str) -> str:
    return '{% extends "base/document.html" %}{% block main %}' + body + "{{ page.html }}{% endblock %}"


def test_a_link_without_the_last_slash_is_told_where_the_page_is(site: SiteTest) -> None:
    site.document("about", title="About", body="[x](/tags/x)")
    assert [what for _, what, _ in found(site.build(), "links")] == ["links to /tags/x, which is at /tags/x/"]


def test_a_dead_link_of_the_menu_is_the_settings_fault_and_told_once(site: SiteTest) -> None:
    site.config(menu=[*MENU, {"name": "Gone", "url": "/gone/"}])
    (one,) = checked(site.build()).findings
    assert (one.kind, one.source, one.what) == ("links", "content/site.toml", "links to /gone/, which is not there")
    assert {one.route, *one.also} == {route for route in site.routes() if route.endswith(("/", ".html"))}


def test_what_is_wrong_with_every_page_of_a_template_is_the_templates_fault(site: SiteTest) -> None:
    for day in (13, 14, 15):
        site.item(f"2026/01/{day}/a", title="A")
    site.file("templates/item.html", '{% extends "base/item.html" %}{% block footer %}<b>{% endblock %}')
    findings = checked(site.build()).findings
    assert {(one.kind, one.what, one.source, len(one.also)) for one in findings} == {
        ("html", "</body> comes before </b>", "templates/item.html", 3),
    }


def test_other_files_of_the_site_are_followed_too(site: SiteTest) -> None:
    site.file("content/static/logo.svg", "<svg/>").file("content/static/odd.css", "a{background:url(lost.png)}")
    site.document("about", title="About", body="![logo](/logo.svg) ![lost](/lost.svg)")
    assert found(site.build(), "links") == [
        ("/odd.css", "links to /lost.png, which is not there", "content/static/odd.css"),
        ("/about/", "links to /lost.svg, which is not there", "content/pages/about.md"),
    ]


def test_fragments_are_looked_up_on_the_page_that_they_name(site: SiteTest) -> None:
    text = '<h2 id="who">Who</h2>[1](#who) [2](#what) [3](/about/#who) [4](/latest/#main) [5](/latest/#other) [6](#)'
    site.document("about", title="About", body=text)
    assert found(site.build(), "fragments") == [
        ("/about/", "links to #other of /latest/, which has no such part", "content/pages/about.md"),
        ("/about/", "links to #what of this page, which has no such part", "content/pages/about.md"),
    ]


def test_of_files_that_are_not_ours_only_their_place_is_known(site: SiteTest) -> None:
    site.document("about", title="About", body="[theirs](/theirs/#part) [logo](/logo.svg#part)")
    site.file("content/static/logo.svg", "<svg/>").build().file("site/theirs/index.html", "<p>")
    assert checked(site).findings == ()


# -- published before


def test_addresses_published_before_lead_to_a_page_a_redirect_or_a_notice(site: SiteTest, tmp_path: Path) -> None:
    site.seen("2026/01/03/gone").move("items", "2026/01/04/old", "2026/01/12/a").build()
    list_ = tmp_path / "list.txt"
    lines = [
        "# kept",
        "",
        "/2026/01/12/a/",
        "/2026/01/03/gone/",
        "https://news.example/2026/01/04/old/?utm=1",
        "/about",
    ]
    list_.write_text("\n".join([*lines, "/lost/", "http://news.example/feed.rss"]), "utf-8")
    assert found(site, "published", list_) == [
        ("/feed.rss", "was published, and nothing is there", "content/moves.tsv"),
        ("/lost/", "was published, and nothing is there", "content/moves.tsv"),
    ]


def test_addresses_published_before_may_hold_the_path_that_the_site_lives_under(site: SiteTest, tmp_path: Path) -> None:
    site.config(base_url="https://news.example/digest/", menu=MENU).build()
    list_ = tmp_path / "list.txt"
    list_.write_text("/digest/about/\n/about/\n/digest/lost/\n", "utf-8")
    assert [route for route, _, _ in found(site, "published", list_)] == ["/digest/lost/"]


def test_a_sitemap_and_what_another_build_knew_are_lists_as_well(site: SiteTest, tmp_path: Path) -> None:
    site.item("2026/01/14/b", title="B").build(output=tmp_path / "before").remove("content/items/2026/01/14/b.md")
    before, sitemap = tmp_path / "before", tmp_path / "before/sitemaps/2026-01.xml"
    site.build()
    for published in (before, before / ".broadsheet/routes", before / "sitemap.xml"):
        assert [route for route, _, _ in found(site, "published", published)] == ["/2026/01/14/", "/2026/01/14/b/"]
    assert [route for route, _, _ in found(site, "published", sitemap)] == ["/2026/01/14/b/"]
    site.move("items", "2026/01/14/b").item("2026/01/14/c", title="C").build()
    assert found(site, "published", before) == []


def test_addresses_of_other_sites_are_named_and_a_list_of_nothing_else_is_refused(
    site: SiteTest, tmp_path: Path
) -> None:
    site.build()
    list_ = tmp_path / "list.txt"
    list_.write_text("/about/\nhttps://other.example/a/\n", "utf-8")
    report = checked(site, list_)
    assert (report.findings, report.foreign) == ((), ("https://other.example/a/",))
    list_.write_text("https://other.example/a/\n", "utf-8")
    with pytest.raises(UsageError, match="no address of this site"):
        checked(site, list_)


# -- one page


def faults(html: str) -> list[tuple[str, str]]:
    page = PageForm(f"<!doctype html><title>T</title>{html}")
    return [(fault.kind, fault.what) for fault in page.faults]


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<p>b<ul><li>c<li>d</ul>",
        "<table><tr><td>a<td>b<tr><th>c</table><dl><dt>a<dd>b</dl>",
        "<img src=a.png alt=''><br/><input disabled><hr>",
        "<svg viewBox='0 0 1 1'><title>a</title><rect width=1 /><g><path d='M0'/></g></svg>",
        "<!-- <b> & </i> --><script>if (a < b && c) d('</p>')</script><style>a > b {}</style>",
        "<a href='?a=1&copy=2&amp;b'>R&D &amp; Co. &eacute; &#233; 1 < 2</a>".replace(" < ", " &lt; "),
        '<script type="application/ld+json">{"@type": "WebPage"}</script>',
        "<a id=a>x</a><a id=A>y</a>",
        "<h2><a href='/'>x</a></h2>\U0001f600",
    ],
)
def test_html_as_the_standard_has_it_is_well_formed(html: str) -> None:
    assert faults(html) == []


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<div><b>x</div>", "</div> comes before </b>"),
        ("<div>", "<div> is never closed"),
        ("x</i>", "</i> ends nothing"),
        ("<p>a<ul><li>b</ul></p>", "</p> ends nothing: a <p> holds no blocks"),
        ("<p><b><div>x</div></b>", "<div> stands within a <p>"),
        ("<a href=x><a href=y>z</a></a>", "<a> stands within a <a>"),
        ("<div/>", "<div/> does not close itself"),
        ("<b class=a class=b>x</b>", "<b> states 'class' twice"),
        ("<b class=\"a\"title='b'>x</b>", "<b> holds \"title='b'\", which is no attribute"),
        ("<b id='a b'>x</b>", "<b> has the id 'a b': an id is one word"),
        ("1 < 2", "holds a '<' that begins no tag: '< 2'"),
        ("<b title='x", "holds a '<' that begins no tag: \"<b title='x\""),
        ("caf&eacut;", "holds '&eacut;', which is no character: write &amp;"),
        ("a &copy b", "holds '&copy', which is no character: write &amp;"),
        ("a\x0bb", "holds the character U+000B, which is no text"),
        ("<title>U</title>", "has 2 <title>"),
        ('<script type="application/ld+json">{</script>', "its JSON-LD cannot be read: Input data was truncated"),
    ],
)
def test_html_that_browsers_would_have_to_repair_is_not(html: str, what: str) -> None:
    assert ("html", what) in faults(html)


TREES = st.recursive(
    st.just("x"),
    lambda inner: st.tuples(st.sampled_from(["div", "b", "section", "span", "ol"]), st.lists(inner, max_size=3)).map(
        lambda node: f"<{node[0]}>{''.join(node[1])}</{node[0]}>"
    ),
    max_leaves=8,
)


@given(TREES.filter(lambda tree: tree != "x"), st.data())
def test_a_tree_is_well_formed_until_it_loses_a_tag(tree: str, data: st.DataObject) -> None:
    assert faults(tree) == []
    tags = [match.span() for match in re.finditer("<[^>]*>", tree)]
    start, end = data.draw(st.sampled_from(tags))
    assert faults(tree[:start] + tree[end:]) != []


def test_a_page_without_a_doctype_or_a_title_is_found() -> None:
    assert [fault.what for fault in PageForm("<p>x</p>").faults] == [
        "does not begin with <!doctype html>",
        "has no <title>",
    ]


def test_faults_are_told_with_their_line_and_the_file_that_they_come_from(site: SiteTest) -> None:
    site.document("about", title="About", body='<b id="a">x</b>\n\n<i id="a">y</i>\n\n<em>z\n')
    findings = {one.kind: one for one in checked(site.build()).findings}
    assert findings.keys() == {"html", "ids"}
    assert (findings["ids"].what, findings["ids"].source) == ("has the id 'a' twice", "content/pages/about.md")
    page = site.text("/about/").split("\n")
    assert 'id="a"' in page[findings["ids"].line - 1] and findings["html"].line > findings["ids"].line


def test_images_have_a_text_or_say_that_they_need_none(site: SiteTest) -> None:
    site.file("content/static/a.svg", "<svg/>")
    body = '![text](/a.svg) ![](/a.svg)\n\n<img src="/a.svg" alt="">\n\n<img src="/a.svg">\n'
    site.document("about", title="About", body=body)
    assert found(site.build(), "alt") == [("/about/", "<img> has no alt: /a.svg", "content/pages/about.md")]


def test_one_line_by_which_an_owner_proves_something_is_no_page(site: SiteTest) -> None:
    site.file("content/static/proof123.html", "site-verification: proof123.html\n")
    assert checked(site.build()).findings == ()


def test_what_is_not_utf_8_is_found(site: SiteTest) -> None:
    site.build()
    (site.root / "site/about/index.html").write_bytes(b"<!doctype html>\n\xff")
    findings = checked(site).findings
    assert [(one.route, one.what, one.line) for one in findings if one.kind == "html"] == [
        ("/about/", "is not UTF-8", 2)
    ]


# -- budgets


def noise(size: int, seed: int = 0) -> str:
    """Text that no program makes much smaller."""
    die = Random(seed)
    return "".join(die.choice("abcdefghijklmnopqrstuvwxyz0123456789 ") for _ in range(size))


def test_items_have_a_budget_and_documents_have_none(site: SiteTest) -> None:
    site.document("about", title="About", body=noise(60_000)).item("2026/01/12/a", title="A", body=noise(5_000))
    assert checked(site.build()).findings == ()
    site.item("2026/01/12/a", title="A", body=noise(20_000)).build()
    ((route, what, source),) = found(site, "budget")
    assert (route, source) == ("/2026/01/12/a/", "content/items/2026/01/12/a.md")
    assert what.endswith("KiB of HTML, gzipped; 8 KiB at most for a page of item.html")


def test_home_and_day_pages_have_a_budget(site: SiteTest) -> None:
    for number in range(30):
        site.item(f"2026/01/12/n{number}", title="N", summary=noise(2_000, number))
    assert [route for route, _, _ in found(site.build(), "budget")] == ["/", "/2026/01/12/"]


def test_all_style_sheets_that_a_page_loads_have_one_budget(site: SiteTest) -> None:
    site.config(menu=MENU, theme={"css": "/custom.css"}).file("content/static/custom.css", "a{color:red}")
    site.file("content/static/unused.css", noise(30_000))
    assert checked(site.build()).findings == ()
    site.file("content/static/custom.css", f"/*{noise(30_000)}*/").build()
    ((_, what, source),) = found(site, "budget")
    assert source == "content/static/custom.css"
    assert "of style sheets, gzipped; 12 KiB at most" in what and "/static/style.css" in what


def test_scripts_have_a_budget(site: SiteTest) -> None:
    site.file("templates/document.html", _document('<script src="{{ "/app.js"|url }}"></script>'))
    site.file("content/static/app.js", "void 0;")
    assert checked(site.build()).findings == ()
    site.file("content/static/app.js", noise(30_000)).build()
    ((route, what, source),) = found(site, "budget")
    assert (route, source) == ("/about/", "content/static/app.js") and "10 KiB at most" in what


# -- feeds and data

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>F</title><updated>2026-01-12T00:00:00Z</updated>
<author><name>A</name></author><entry><id>e</id><title>E</title><updated>2026-01-12T00:00:00+01:00</updated></entry></feed>"""
JSON_FEED = '{"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{"id": "e", "content_text": "E"}]}'


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("<id>e</id>", "", "entry 1 has no <id>"),
        ("<id>f</id>", "<id> </id>", "the feed has an empty <id>"),
        ("<title>E</title>", "<title>E</title><title>E</title>", "entry 1 has 2 <title>"),
        ("00+01:00", "00", "entry 1 has a date that is none: '2026-01-12T00:00:00'"),
        ("2026-01-12T00:00:00Z", "2026-02-31T00:00:00Z", "the feed has a date that is none: '2026-02-31T00:00:00Z'"),
        ("<author><name>A</name></author>", "", "entry 1 has no <author>, nor has the feed"),
        ("</feed>", "<entry><id>e</id><title>E</title><updated>2026-01-12T00:00:00Z</updated></entry></feed>",
         "has 2 entries of one id: e"),
        ("</entry>", "", "cannot be read as XML: mismatched tag"),
        ("http://www.w3.org/2005/Atom", "x", "is no Atom: its first element is of another namespace"),
    ],
)  # fmt: skip
def test_atom_holds_what_its_standard_asks_for(old: str, new: str, what: str) -> None:
    assert feedform.xml(ATOM).faults == []
    assert [fault for fault, _ in feedform.xml(ATOM.replace(old, new)).faults] == [what]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"id": "e"', '"id": 1', "item 1 has no id"),
        ('"content_text": "E"', '"url": "x"', "item 1 has neither content_html nor content_text"),
        ('"title": "F", ', "", "the feed has no title"),
        ('"content_text"', '"date_published": "today", "content_text"', "item 1 has a date that is none: 'today'"),
        ("[{", "{", "cannot be read as JSON: JSON is malformed: expected ',' or '}' (byte 103)"),
    ],
)
def test_json_feed_holds_what_its_specification_asks_for(old: str, new: str, what: str) -> None:
    assert feedform.json(JSON_FEED).faults == []
    said = [fault for fault, _ in feedform.json(JSON_FEED.replace(old, new)).faults]
    assert len(said) == 1 and said[0].partition(" (byte")[0] == what.partition(" (byte")[0]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<opml version="2.0"><head/><body><outline/></body></opml>', "has an <outline> without a text"),
        ("<opml><head/><body/></opml>", "lacks what OPML 2.0 asks for: a version, a <head>, a <body>"),
        ('<urlset xmlns="s"><url><loc>/a/</loc></url></urlset>', "names '/a/', which is no whole address"),
        ("<rss><channel><title/><link/></channel></rss>", "the channel has no <description>"),
    ],
)
def test_other_data_is_read_by_its_own_rules(text: str, what: str) -> None:
    assert [fault for fault, _ in feedform.xml(text).faults] == [what]


def test_a_feed_that_cannot_be_read_is_found(site: SiteTest) -> None:
    site.file("templates/feed.xml", '{% include "base/feed.xml" %}&').build()
    ((_, what, source),) = [one for one in found(site, "feeds") if one[0] == "/feed.xml"]
    assert what.startswith("cannot be read as XML") and source == "templates/feed.xml"


# -- pages that nobody finds, and names of one term


def test_a_page_that_no_other_links_to_is_found(site: SiteTest) -> None:
    site.document("lost", title="Lost", body="[myself](/lost/)", aliases=["/former/"])
    assert found(site.build(), "orphans") == [("/lost/", "no other page links to it", "content/pages/lost.md")]
    site.document("about", title="About", body="[found](/lost/)").build()
    assert found(site, "orphans") == []


def test_what_an_editor_hides_is_no_orphan_and_neither_are_notices_and_files(site: SiteTest) -> None:
    site.item("2026/01/12/hidden", title="H", hide=True).seen("2026/01/03/gone").file(
        "content/static/own.html", "<!doctype html><title>Own</title>"
    )
    assert checked(site.build()).findings == ()
    assert site.has("/2026/01/12/hidden/") and site.has("/2026/01/03/gone/")


def test_terms_that_differ_in_spelling_only_are_proposed_to_be_one(site: SiteTest) -> None:
    for number, tag in enumerate(["Wild fires", "Wildfires", "Wild fires", "Wildfires", "Wildfires", "C++", "C#"]):
        site.item(f"2026/01/{13 + number}/a", title="A", tags=[tag], publisher="E-Mail" if number % 2 else "Email")
        site.item(f"2026/01/{13 + number}/b", title="B", tags=[tag])
    report = checked(site.build())
    assert [(one.kind, one.route, one.what) for one in report.findings] == [
        ("spelling", "/publishers/e-mail/", "'E-Mail' (3 stories) may be 'Email' (4)"),
        ("spelling", "/tags/wild-fires/", "'Wild fires' (4 stories) may be 'Wildfires' (6)"),
    ]
    of_publisher, of_tag = (one.next for one in report.findings)
    assert of_publisher == "run 'broadsheet mv /publishers/e-mail/ email'"
    assert "broadsheet tags merge wild-fires --into wildfires" in of_tag and 'aliases = ["Wild fires"]' in of_tag


def test_who_gives_both_a_table_says_that_they_are_two(site: SiteTest) -> None:
    for number, tag in enumerate(["Wild fires", "Wildfires"] * 2):
        site.item(f"2026/01/{13 + number}/a", title="A", tags=[tag])
    assert [one.kind for one in checked(site.build()).findings] == ["spelling"]
    site.file("content/tags.toml", "[wild-fires]\n[wildfires]\n").build()
    assert checked(site).findings == ()
    site.file("content/tags.toml", '[wildfires]\naliases = ["Wild fires"]\n').build()
    assert checked(site).findings == ()


# -- the whole


@pytest.mark.parametrize("case", CASES)
def test_the_golden_sites_hold_no_faults_but_those_of_their_content(case: str, tmp_path: Path) -> None:
    known = {
        "basepath": [("links", "content/items/2026/01/12/under-a-base-path.md")],
        "hostile": [("orphans", "content/pages/own.md")],
        "minimal": [("orphans", "content/pages/about.md")],
        "stories": [("links", "content/items/2026/01/20/bridge-opens.md")],
    }
    findings = checked(built(case, tmp_path)).findings
    # An editor's file may hold a character that is no text, and shows it: U+0085.
    said = [(one.kind, one.source) for one in findings if "U+0085" not in one.what]
    assert said == known.get(case, [])


def test_links_resolve_as_in_a_browser() -> None:
    links = Links("https://news.example/digest/")
    assert links.target("/digest/a/#b", "/") == Target("/a/", "b")
    assert links.target("../b/?q#c%20d", "/x/y/") == Target("/x/b/", "c d")
    assert links.target("HTTP://News.Example/digest/M%C3%A4rz/") == Target("/März/")
    assert links.target("//news.example/digest/a") == Target("/a")
    for others in (
        "https://other.example/",
        "//other.example/",
        "mailto:a@b.example",
        "data:,x",
        "http://[",
        "javascript:x",
    ):
        assert links.target(others) is None


def test_many_processes_find_the_same(site: SiteTest, monkeypatch: pytest.MonkeyPatch) -> None:
    site.document("about", title="About", body="[dead](/nowhere/) <b>").document("lost", title="Lost").build()
    alone = checked(site)
    monkeypatch.setattr("builder.workers.MANY", 2)
    monkeypatch.setattr("builder.check.CHUNK", 3)
    assert checked(site, crew=Crew(3, threads)) == alone
    assert [one.kind for one in alone.findings] == ["links", "html", "orphans"]


# -- the command


def test_the_command_names_its_findings_and_exits_with_1(site: SiteTest) -> None:
    site.build()
    fine = run(site.root, "check")
    assert (fine.code, fine.out) == (0, "") and fine.err.endswith("files checked: nothing wrong\n")
    site.document("about", title="About", body="[dead](/nowhere/)").build()
    ran = run(site.root, "check")
    assert ran.code == 1 and ran.err.endswith("files checked: 1 finding (1 links)\n")
    assert ran.out == (
        "Links that lead nowhere (1): correct the link\n"
        "  /about/ (content/pages/about.md): links to /nowhere/, which is not there\n"
    )


def test_json_tells_all(site: SiteTest) -> None:
    site.document("about", title="About", body="[dead](/nowhere/)").build()
    ran = run(site.root, "check", "--json")
    assert (ran.code, ran.json["counts"]["links"], ran.json["output"]) == (1, 1, str(site.root / "site"))
    assert ran.json["findings"] == [
        {
            "kind": "links",
            "route": "/about/",
            "what": "links to /nowhere/, which is not there",
            "source": "content/pages/about.md",
            "next": "correct the link",
            "line": 0,
            "also": [],
        }
    ]


def test_another_output_is_checked_and_published_takes_files(site: SiteTest, tmp_path: Path) -> None:
    assert run(site.root, "build", "--output", "elsewhere").code == 0
    (tmp_path / "list.txt").write_text("/lost/\n", "utf-8")
    ran = run(site.root, "check", "--output", "elsewhere", "--published", "list.txt", "--json")
    assert (ran.code, ran.json["counts"]["published"]) == (1, 1)
    assert run(site.root, "check", "--output", "elsewhere").code == 0
    assert run(site.root, "check", "--published", "nothing.txt").code == 2


def test_without_a_built_site_it_says_so(site: SiteTest) -> None:
    ran = run(site.root, "check")
    assert (ran.code, ran.out) == (2, "")
    assert "no site was built there; run 'broadsheet build'" in ran.err
    assert not (site.root / "site").exists()


def test_it_asks_for_a_build_where_site_and_memory_do_not_go_together(site: SiteTest) -> None:
    site.build().config(base_url="https://other.example/", menu=MENU)
    with pytest.raises(UsageError, match="settings were changed since"):
        checked(site)
    site.build().file("site/.broadsheet/build", "another\n")
    with pytest.raises(UsageError, match="by another version, or by others"):
        checked(site)
    site.build().remove(".broadsheet/index.sqlite")
    with pytest.raises(UsageError, match="what the last build knew is gone"):
        checked(site)
    checked(site.build())


def test_a_file_that_was_built_and_is_gone_is_found(site: SiteTest) -> None:
    site.build().remove("site/tags/index.html")
    findings = checked(site).findings
    assert (findings[0].kind, findings[0].route) == ("missing", "/tags/")
    assert {one.kind for one in findings} == {"missing", "links"}


def _state(root: Path) -> Iterator[tuple[str, int, bytes]]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != "lock":
            yield str(path), path.stat().st_mtime_ns, path.read_bytes()


def test_it_changes_nothing(site: SiteTest) -> None:
    site.document("about", title="About", body="[dead](/nowhere/)").build()
    before = list(_state(site.root))
    assert run(site.root, "check").code == 1
    assert list(_state(site.root)) == before


def test_what_is_shown_fits_on_some_screens_and_json_holds_the_rest() -> None:
    many = tuple(
        Finding(kind=kind, route=f"/{number}/", what=f"{number % 40}", source="s", next="n")
        for kind in KINDS
        for number in range(500)
    )
    report = CheckReport(output="", files=1, findings=many, counts=dict.fromkeys(KINDS, 500))
    told = list(lines(report, 100))
    assert len(told) <= 110
    assert sum("more: -v shows all" in line for line in told) == len(KINDS)
    assert sum(line.startswith("    /") or ": " in line for line in lines(report, 0)) >= len(many)

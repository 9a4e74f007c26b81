"""Which tags have a page: promoted by use, for good, or an editor's; names, aliases, parents and what is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.content import Content
from builder.errors import ContentError
from tests.cliprocess import run
from tests.sitetest import SiteTest

NAMES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm")


def ingested(tmp_path: Path, tags: dict[str, list[str]], **settings: object) -> SiteTest:
    """A site of one source whose items have these tags, ingested."""
    site = SiteTest(tmp_path).config(source=[{"name": "wood", "file": "wood.xml"}], **settings)
    entries = "".join(
        f"<item><title>{name} {name} {name}</title><guid>{name}</guid><link>https://wood.example/{name}</link>"
        f"<pubDate>Mon, {5 + 5 * number:02} Jan 2026 08:00:00 GMT</pubDate><description>{name}.</description>"
        + "".join(f"<category>{tag}</category>" for tag in said)
        + "</item>"
        for number, (name, said) in enumerate(tags.items())
    )
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Wood</title>{entries}</channel></rss>'
    return site.file("content/wood.xml", text).ingest()


def hand(tmp_path: Path, *tags: str) -> SiteTest:
    """A site of one item that a person wrote."""
    return SiteTest(tmp_path).item("2026/01/12/a", title="A", link="https://a.example/", tags=list(tags))


def machine(site: SiteTest, path: str, *tags: str) -> SiteTest:
    """One more item, whose tags are as ingest wrote them."""
    from builder.frontmatter import dump, load
    from builder.merge import fresh

    site.item(path, link=f"https://a.example/{path}", id=path.replace("/", ""), tags=list(tags))
    file = site.root / f"content/items/{path}.md"
    file.write_text(dump(fresh(load(file.read_text("utf-8"), path), path)), "utf-8")
    return site


def test_a_tag_that_a_person_gave_has_a_page(tmp_path: Path) -> None:
    site = hand(tmp_path, "Storms").build()
    assert site.has("/tags/storms/") and 'href="/tags/storms/"' in site.text("/")


def test_a_tag_that_ingest_gave_is_text_until_enough_stories_carry_it(tmp_path: Path) -> None:
    site = machine(machine(SiteTest(tmp_path), "2026/01/01/a", "Storms"), "2026/01/09/b", "Storms").build()
    assert not site.has("/tags/storms/") and "Storms" in site.text("/2026/01/01/a/")
    assert "/tags/storms/" not in site.text("/2026/01/01/a/") + site.text("/") + site.text("/tags/")
    machine(site, "2026/01/17/c", "Storms").ingest()
    assert Content(site.root).text("terms.tsv") == "tags\tstorms\n"
    site.build()
    assert site.has("/tags/storms/") and site.has("/tags/storms/feed.xml")
    assert 'href="/tags/storms/"' in site.text("/2026/01/01/a/") and "/tags/storms/" in site.text("/tags/")


def test_a_promoted_tag_keeps_its_page_without_stories(tmp_path: Path) -> None:
    site = machine(SiteTest(tmp_path), "2026/01/01/a", "Storms").file("content/terms.tsv", "tags\tstorms\n").build()
    assert site.has("/tags/storms/")
    site.remove("content/items/2026/01/01/a.md").build()
    assert site.has("/tags/storms/") and site.has("/tags/storms/feed.xml")
    assert "/tags/storms/" not in site.text("/tags/")


def test_promotion_is_written_once(tmp_path: Path) -> None:
    site = SiteTest(tmp_path)
    for number in range(4):
        machine(site, f"2026/01/{1 + number * 7:02}/a", "Storms")
    site.ingest().ingest()
    assert Content(site.root).text("terms.tsv") == "tags\tstorms\n"


def test_every_tag_has_a_page_where_the_site_says_so(tmp_path: Path) -> None:
    site = machine(SiteTest(tmp_path).config(tag_pages=1), "2026/01/01/a", "Storms").ingest().build()
    assert site.has("/tags/storms/")
    site.config(tag_pages=3).build()
    assert site.has("/tags/storms/"), "what was published stays"


def test_an_editor_s_tag_has_a_page_a_name_a_description_and_redirects_from_its_aliases(tmp_path: Path) -> None:
    site = machine(machine(SiteTest(tmp_path), "2026/01/01/a", "USA"), "2026/01/09/b", "U.S.")
    words = '[united-states]\nname = "United States"\naliases = ["USA", "U.S.", "US"]\ndescription = "The republic."\n'
    site.file("content/tags.toml", words).build()
    page = site.text("/tags/united-states/")
    assert "United States" in page and "The republic." in page and "/2026/01/09/b/" in page and "/2026/01/01/a/" in page
    assert "/tags/united-states/" in site.text("/tags/usa/")
    assert ">United States<" in site.text("/2026/01/01/a/")


def test_a_tag_that_left_the_file_keeps_its_page_and_its_aliases(tmp_path: Path) -> None:
    site = hand(tmp_path, "Storms").file("content/tags.toml", '[storms]\naliases = ["Gales"]\n').ingest().build()
    published = {route for route in site.routes() if route.startswith("/tags/")}
    site.file("content/tags.toml", "").item("2026/01/12/a", title="A", link="https://a.example/").ingest().build()
    assert published <= site.routes()


def test_a_parent_without_a_page_is_text_and_a_renamed_one_is_seen(tmp_path: Path) -> None:
    site = hand(tmp_path, "Texas").file("content/tags.toml", '[texas]\nparent = "America"\n').build()
    assert "/tags/america/" not in site.text("/tags/texas/")
    for name in ("America", "The Americas"):
        text = f'[texas]\nparent = "America"\n[america]\nname = "{name}"\n'
        site.file("content/tags.toml", text).build()
        assert f">{name}<" in site.text("/tags/texas/")


def test_a_tag_s_stories_are_its_parent_s(tmp_path: Path) -> None:
    site = machine(SiteTest(tmp_path), "2026/01/01/a", "Paris")
    site.file("content/tags.toml", '[paris]\nname = "Paris"\nparent = "france"\n[france]\nname = "France"\n').build()
    assert "/2026/01/01/a/" in site.text("/tags/france/")
    assert 'href="/tags/france/"' in site.text("/tags/paris/")


def test_a_tag_without_a_name_is_called_as_items_call_it_and_one_without_a_parent_has_none(tmp_path: Path) -> None:
    site = hand(tmp_path, "Storms").file("content/tags.toml", '[storms]\nkind = "event"\n').build()
    page = site.text("/tags/storms/")
    assert ">Storms<" in page and ">storms<" not in page
    assert '<a href="/tags/">Tags</a></p>' in page


def test_a_hidden_tag_is_shown_nowhere_and_its_address_leads_on(tmp_path: Path) -> None:
    site = hand(tmp_path, "Pledge", "Storms").build()
    assert site.has("/tags/pledge/")
    published = site.routes()
    site.file("content/tags.toml", '[pledge]\nname = "Pledge"\nhide = true\n').build()
    assert "Pledge" not in site.text("/2026/01/12/a/") + site.text("/") + site.text("/tags/")
    assert published <= site.routes() and "/tags/" in site.text("/tags/pledge/")
    site.remove("content/tags.toml").build()
    assert "Pledge" in site.text("/2026/01/12/a/") and "Pledge" in site.text("/tags/pledge/")


def test_related_tags_stand_on_a_tag_s_page(tmp_path: Path) -> None:
    site = SiteTest(tmp_path)
    for number in range(3):
        site.item(f"2026/01/{1 + number:02}/a", tags=["Storms", "Sea"] + ["Rare"] * (number == 0))
    page = site.build().text("/tags/storms/")
    assert 'href="/tags/sea/"' in page
    assert "Related tags" in page and "/tags/rare/" not in page.split("Related tags")[1].split("</ul>")[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a\n", "tags.toml:1: not TOML"),
        ("name = 1\n", "'name' is no table"),
        ("[a]\ncolour = 'red'\n", "unknown key 'colour'"),
        ("\n[a]\nname = 1\n", "tags.toml:2"),
        ("[a]\nhide = 'yes'\n", "neither true nor false"),
        ("[a]\naliases = 'b'\n", "no list of texts"),
        ("[a]\nkind = 'thing'\n", "'kind' is none of"),
        ("[a]\naliases = ['b']\n[b]\n", "'b' is"),
        ("[a]\naliases = ['c']\n[b]\naliases = ['c']\n", "'c' is 'a' as well"),
        ("[a]\nparent = 'b'\n[b]\nparent = 'a'\n", "its own parent"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    site = hand(tmp_path, "x").file("content/tags.toml", text)
    with pytest.raises(ContentError) as caught:
        site.build()
    assert said in str(caught.value) and "content/tags.toml:" in str(caught.value)


def test_a_line_that_is_no_term_is_said_with_its_place(tmp_path: Path) -> None:
    site = hand(tmp_path, "x").file("content/terms.tsv", "tags\tx\nnothing\n")
    with pytest.raises(ContentError, match=r"content/terms.tsv:2"):
        site.build()


def test_ingest_promotes_what_three_stories_carry(tmp_path: Path) -> None:
    site = ingested(tmp_path, {name: ["Forests"] for name in NAMES[:3]} | {"Elm": ["Rare"]})
    assert Content(site.root).text("terms.tsv") == "tags\tforests\n"


# -- the command line


def test_tags_that_look_like_one_are_proposed_and_nothing_is_changed(tmp_path: Path) -> None:
    site = SiteTest(tmp_path)
    for number, tags in enumerate((["Zelensky", "Sea"], ["Zelenskyy"], ["Zelensky"], ["Zelenskyy"], ["Zelensky"])):
        site.item(f"2026/01/{1 + number:02}/a", tags=tags)
    for number in (10, 11):
        site.item(f"2026/01/{number}/a", tags=["Lindqvist", "Ada Lindqvist"])
    found = run(site.root, "tags", "suggest", "--json").json["suggestions"]
    assert [(one["old"], one["new"], one["why"]) for one in found] == [
        ("lindqvist", "ada-lindqvist", "stand together"),
        ("zelenskyy", "zelensky", "spelt alike"),
    ]
    shown = run(site.root, "tags", "suggest")
    assert "zelenskyy" in shown.out and "tags merge" in shown.err
    assert not (site.root / "content/moves.tsv").exists()


def test_merging_a_tag_redirects_its_page_and_goes_on_with_its_feed(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/01/a", tags=["Zelenskyy"]).item("2026/01/02/a", tags=["Zelensky"]).build()
    for _ in range(2):
        assert run(site.root, "tags", "merge", "Zelenskyy", "--into", "Zelensky").code == 0
    site.build()
    assert "/2026/01/01/a/" in site.text("/tags/zelensky/") and "/tags/zelensky/" in site.text("/tags/zelenskyy/")
    assert "/2026/01/01/a/" in site.text("/tags/zelenskyy/feed.xml")
    assert run(site.root, "tags", "merge", "Nothing", "--into", "Zelensky").code == 2

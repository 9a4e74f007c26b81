"""One route, one page: who may ask for it, and what is said where two do."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.errors import RouteError
from tests.sitetest import SiteTest


def complaints(site: SiteTest) -> list[str]:
    with pytest.raises(RouteError) as caught:
        site.build()
    return [str(complaint) for complaint in caught.value.complaints]


def test_two_files_that_ask_for_one_route_are_named_all_pairs_at_once(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).document("about").document("about/index")
    site.item("2026/01/05/a", aliases=["/x/"]).item("2026/01/05/b", aliases=["/x/", "/tags/"])
    assert complaints(site) == [
        "two files ask for /about/: content/pages/about.md and content/pages/about/index.md;"
        " rename one, or remove its alias",
        "two files ask for /x/: content/items/2026/01/05/a.md and content/items/2026/01/05/b.md;"
        " rename one, or remove its alias",
        "two files ask for /tags/: content/items/2026/01/05/b.md and the site's own pages;"
        " rename one, or remove its alias",
    ]
    assert not site.has("/")


def test_a_collision_with_a_page_built_before_is_seen_and_healed(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a", aliases=["/x/"]).build()
    site.item("2026/01/05/b", aliases=["/x/"])
    assert len(complaints(site)) == 1
    site.item("2026/01/05/a").build()
    assert 'href="/2026/01/05/b/"' in site.text("/x/")


def test_a_file_where_other_pages_need_a_folder_is_a_collision(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a", tags=["x"]).file("content/static/tags", "a file")
    assert any("/tags:" in complaint and "content/static/tags" in complaint for complaint in complaints(site))
    site.remove("content/static/tags").build().file("content/static/latest", "a file")
    assert any("/latest:" in complaint for complaint in complaints(site))


def test_an_own_file_takes_the_place_of_a_themes_file(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).file("content/static/static/style.css", "own").build()
    assert site.text("/static/style.css") == "own"
    assert site.remove("content/static/static/style.css").build().text("/static/style.css") != "own"


def test_an_alias_cannot_leave_the_site(tmp_path: Path) -> None:
    site = SiteTest(tmp_path / "site").item("2026/01/05/a", aliases=["/../../outside/", "../up", "/ok"]).build()
    assert not list(tmp_path.rglob("outside")) + list(tmp_path.rglob("up"))
    assert site.has("/ok/")


def test_equal_names_of_terms_are_one_page_and_different_ones_are_not(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/05/a", tags=["Zürich", "C++"]).item("2026/01/06/b", tags=["zurich", "C#"])
    routes = site.build().routes()
    assert {"/tags/zurich/", "/tags/c-plus-plus/", "/tags/c-sharp/"} <= routes
    assert "2 stories" in site.text("/tags/zurich/")

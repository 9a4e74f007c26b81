"""Every link of a built site leads somewhere, at the root of a host and under a path."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.linktest import dead_links
from tests.sitetest import SiteTest

CONTENT = Path(__file__).parent.parent / "content"


@pytest.fixture
def sample(tmp_path: Path) -> SiteTest:
    """The sample site, ingested."""
    for name in ("site.toml", "samples", "pages"):
        copy = shutil.copytree if (CONTENT / name).is_dir() else shutil.copy
        (tmp_path / "content").mkdir(exist_ok=True)
        copy(CONTENT / name, tmp_path / "content" / name)
    return SiteTest(tmp_path).ingest()


@pytest.mark.parametrize("base", ["https://news.example/", "https://news.example/digest/"])
def test_every_internal_link_of_the_sample_site_resolves(sample: SiteTest, base: str) -> None:
    file = sample.root / "content/site.toml"
    file.write_text(file.read_text("utf-8").replace("http://localhost:8000/", base), "utf-8")
    links = dead_links(sample.build(), base)
    assert links.checked > 1000
    assert links.dead == []


@pytest.mark.parametrize("base", ["https://news.example/", "https://news.example/digest/"])
def test_every_internal_link_resolves_with_stories_moves_and_odd_names(tmp_path: Path, base: str) -> None:
    site = SiteTest(tmp_path).config(base_url=base, menu=[{"name": "About", "url": "/about/"}])
    site.document("about", body="[tags](/tags/), [home](/), ![logo](/logo.svg)").file(
        "content/static/logo.svg", "<svg/>"
    )
    site.item(
        "2026/01/05/a", tags=["C++", "C#", "中国", "a/b", "%2e"], publisher="«Ünïted» & Co.", body="[us](/about/)"
    )
    site.item("2026/01/06/b", story="2026/01/05/a", tags=["old"], aliases=["/b/"]).item("2026/01/07/My Näme", title="N")
    site.move("tags", "old", "new").move("items", "2026/01/04/x", "2026/01/05/a").seen("2026/01/03/gone")
    assert dead_links(site.build(), base).dead == []


def test_a_site_that_moves_below_a_path_keeps_no_link_of_its_old_address(tmp_path: Path) -> None:
    """Templates stay compiled from one build to the next: nothing of the site may be in them."""
    site = SiteTest(tmp_path).item("2026/01/05/a", tags=["x"]).build()
    base = "https://other.example/digest/"
    assert dead_links(site.config(base_url=base).build(), base).dead == []
    assert not [name for name, data in site.files().items() if b"news.example" in data]


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).document("about", body="[nowhere](/nowhere/)").build()
    assert dead_links(site, "https://news.example/").dead == ["/about/ -> /nowhere/"]

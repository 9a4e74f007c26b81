"""`/_redirects`: every former address, for servers that can answer with a redirect themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.content import Content
from builder.errors import RouteError
from tests.sitetest import SiteTest


def lines(site: SiteTest) -> list[str]:
    return site.text("/_redirects").splitlines() if site.has("/_redirects") else []


def same_as_fresh(site: SiteTest, tmp_path: Path) -> bool:
    fresh = SiteTest(tmp_path).build(output=tmp_path / f"fresh-{len(list(tmp_path.iterdir()))}")
    return site.files() == fresh.files()


def test_every_former_address_is_named_with_where_it_leads(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(base_url="https://news.example/digest/", tag_pages=1)
    site.item("2026/01/12/a", title="A", tags=["Ferry"], aliases=["/old/a/", "/archive/a.html"])
    site.document("about", title="About", aliases=["/imprint/"])
    site.move("items", "2026/01/11/was", "2026/01/12/a").move("tags", "boat", "ferry").build()
    assert lines(site) == [
        "/digest/2026/01/11/was/ /digest/2026/01/12/a/ 301",
        "/digest/archive/a.html /digest/2026/01/12/a/ 301",
        "/digest/imprint/ /digest/about/ 301",
        "/digest/old/a/ /digest/2026/01/12/a/ 301",
        "/digest/tags/boat/ /digest/tags/ferry/ 301",
    ]
    assert all('http-equiv="refresh"' in site.text(line.split()[0].removeprefix("/digest")) for line in lines(site))


def test_a_site_where_nothing_moved_has_none(tmp_path: Path) -> None:
    assert not SiteTest(tmp_path).item("2026/01/12/a").build().has("/_redirects")


def test_signs_that_such_files_read_otherwise_are_written_as_codes(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", aliases=["/a:b/*/c d/"]).build()
    assert lines(site) == ["/a%3Ab/%2A/c%20d/ /2026/01/12/a/ 301"]


def test_it_follows_each_change_as_a_full_build_would(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", aliases=["/one/"]).item("2026/01/13/b").build()
    assert lines(site) == ["/one/ /2026/01/12/a/ 301"]

    site.item("2026/01/12/a", aliases=["/two/"]).build()
    assert lines(site) == ["/two/ /2026/01/12/a/ 301"] and same_as_fresh(site, tmp_path)

    site.item("2026/01/12/a", aliases=["/two/"], title="Another").build()
    assert "/_redirects" not in site.report.reasons, "it says nothing of titles"

    site.move("items", "2026/01/10/x", "2026/01/13/b").build()
    assert len(lines(site)) == 2 and same_as_fresh(site, tmp_path)

    site.remove("content/items/2026/01/12/a.md").build()
    assert lines(site) == ["/2026/01/10/x/ /2026/01/13/b/ 301"] and same_as_fresh(site, tmp_path)

    site.config(base_url="https://news.example/digest/").build()
    assert lines(site) == ["/digest/2026/01/10/x/ /digest/2026/01/13/b/ 301"] and same_as_fresh(site, tmp_path)


def test_a_file_that_cannot_be_read_takes_its_lines_along_until_it_is_mended(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", aliases=["/one/"]).build()
    site.file("content/items/2026/01/12/a.md", "---\ntitle: [\n---\n").build()
    assert lines(site) == [] and site.has("/one/"), "the page itself stays"
    site.item("2026/01/12/a", aliases=["/one/"]).build()
    assert lines(site) == ["/one/ /2026/01/12/a/ 301"]


def test_a_file_that_cannot_be_read_for_a_while_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").document("about", aliases=["/imprint/"]).build()
    with monkeypatch.context() as patched:
        real = Content.read

        def read(content: Content, path: str) -> bytes:
            if path == "pages/about.md":
                raise PermissionError(13, "Permission denied")
            return real(content, path)

        patched.setattr(Content, "read", read)
        site.document("about", aliases=["/imprint/"]).item("2026/01/12/a", title="Another").build()
        assert site.report.quarantine and lines(site) == ["/imprint/ /about/ 301"]
    assert lines(site.build()) == ["/imprint/ /about/ 301"] and same_as_fresh(site, tmp_path)


@pytest.mark.parametrize("name", ["_redirects", "_headers", "robots.txt"])
def test_who_has_such_a_file_already_is_told_where_to_put_it(tmp_path: Path, name: str) -> None:
    site = (
        SiteTest(tmp_path).item("2026/01/12/a", aliases=["/old/"]).file(f"content/static/{name}", "/mine /about/ 301")
    )
    with pytest.raises(RouteError, match=f"move what it says to templates/{name}"):
        site.build()
    (tmp_path / "templates").mkdir()
    (tmp_path / f"content/static/{name}").rename(tmp_path / f"templates/{name}")
    assert site.build().text(f"/{name}").rstrip() == "/mine /about/ 301"

"""Every page of every site is HTML as the Nu HTML checker understands the standard: not one error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sitetest import SiteTest
from tests.web import tools
from tests.web.sites import SITES, Built

SiteOf = Callable[[str], Built]


@pytest.mark.parametrize("name", SITES)
def test_every_page_is_valid_html(site_of: SiteOf, name: str) -> None:
    site = site_of(name)
    assert len(list(site.folder.rglob("*.html"))) >= site.pages > 500
    assert [str(message) for message in tools.validated(site.folder)] == []


def test_each_fault_is_found_in_its_own_page(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").build()
    for name, (fault, _) in _FAULTS.items():
        site.file(f"site/{name}/index.html", site.text("/2026/01/12/a/").replace("</main>", f"{fault}</main>"))
    found = tools.validated(site.output)
    assert {message.file.partition("/")[0] for message in found} == set(_FAULTS)
    for name, (_, said) in _FAULTS.items():
        assert any(said in message.text for message in found if message.file == f"{name}/index.html"), name


_FAULTS = {
    "an-id-twice": ('<p id="main">twice</p>', "Duplicate ID"),
    "no-character": ("<p>a\ufdd0</p>", "Forbidden code point"),
    "a-link-in-a-link": ("<a href='#main'>a <a href='#main'>b</a></a>", "same type was already open"),
    "no-alt": ("<img src='/static/favicon.svg'>", "alt"),
    "not-closed": ("<section><h2>a</h2>", "Unclosed element"),
}

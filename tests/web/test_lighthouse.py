"""What Lighthouse says of the sample site on a telephone: nothing is missing for people, browsers and search engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sitetest import SiteTest
from tests.web import tools
from tests.web.sites import Built, served

CATEGORIES = ("accessibility", "best-practices", "seo")
KINDS = ("home", "item", "story", "day", "month", "term", "document", "latest")


@pytest.mark.parametrize("kind", KINDS)
def test_no_point_is_lost(site_of: Callable[[str], Built], kind: str) -> None:
    site = site_of("sample at /digest/" if kind == "story" else "sample at /")
    with served(site) as origin:
        judged = tools.lighthouse(site.url(origin, site.largest(kind)), CATEGORIES)
    assert judged == (dict.fromkeys(CATEGORIES, 100), [])


def test_a_lost_point_is_seen(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").build()
    page = site.text("/2026/01/12/a/").replace("</main>", "<input><a href='/'></a><script>1</script></main>")
    site.file(
        "site/bad/index.html",
        page.replace('<meta name="viewport"', '<meta name="robots" content="noindex"><meta name="x"'),
    )
    with served(Built(site.output, "/", 1, ())) as origin:
        judged = tools.lighthouse(f"{origin}/bad/", CATEGORIES)
    assert all(points < 100 for points in judged.points.values()), judged
    assert any("label" in fault for fault in judged.faults)

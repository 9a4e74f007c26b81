"""Documents with data of their own, drafts, and documents dated ahead."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builder import datasets
from builder.documents import Documents
from builder.errors import ContentError
from tests.sitetest import AS_OF, SiteTest

TEAM = '[[people]]\nname = "Ada"\nsince = 2019-04-01\n\n[[people]]\nname = "Grace <G>"\nsince = 2021-09-15\n'
LIST = """{% extends "base/document.html" %}
{% block main %}{% for one in page.datasets.team.people %}<p>{{ one.name }}, {{ one.since }}</p>{% endfor %}{% endblock %}
"""


def site_of(folder: Path, **front: Any) -> SiteTest:
    """A site whose document `/team/` shows `content/data/team.toml`."""
    site = SiteTest(folder).file("content/data/team.toml", TEAM).file("templates/team.html", LIST)
    return site.document("team", **{"title": "Team", "template": "team.html", "data": ["team.toml"], **front})


def test_a_template_sees_the_data_that_its_document_names(tmp_path: Path) -> None:
    page = site_of(tmp_path).build().text("/team/")
    assert "<p>Ada, 2019-04-01</p><p>Grace &lt;G&gt;, 2021-09-15</p>" in page


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("team.toml", {"team": "data/team.toml"}),
        (["a-b.csv", "data/c/d.json"], {"a_b": "data/a-b.csv", "d": "data/c/d.json"}),
        ({"team": "data/people.yaml"}, {"team": "data/people.yaml"}),
    ],
)
def test_data_is_named_by_file_or_by_a_name_of_ones_own(said: Any, named: dict[str, str]) -> None:
    assert datasets.named(said) == named


@pytest.mark.parametrize(
    "said",
    ["../site.toml", "/etc/x.toml", "a/../b.toml", ".hidden.toml", "a.toml~", "notes.txt", "2026.csv", ["a.csv", "a.toml"],
     [["a.csv"]], {"a b": "a.csv"}, {"_a": "a.csv"}, [f"a{n}.csv" for n in range(17)], "a//b.csv", "#a.csv", "data/", "items.csv", {"keys": "a.csv"}],
)  # fmt: skip
def test_nothing_else_can_be_named(said: Any) -> None:
    with pytest.raises(ContentError, match="'data'"):
        datasets.named(said)


@pytest.mark.parametrize(
    ("place", "text", "value"),
    [
        ("a.toml", "n = 1\nat = 2026-01-12T08:00:00Z", {"n": 1, "at": "2026-01-12T08:00:00+00:00"}),
        ("a.json", '[1, "two", null, {"b": 1.5}]', [1, "two", None, {"b": 1.5}]),
        ("a.yaml", "lang: no\nlist: [1, 2]", {"lang": "no", "list": ["1", "2"]}),
        ("a.csv", "\ufeffname,price\n\"Tea, green\",2\n\nCocoa,3\r\n", [{"name": "Tea, green", "price": "2"}, {"name": "Cocoa", "price": "3"}]),
        ("a.csv", "name;price\nTea;2,50\n", [{"name": "Tea", "price": "2,50"}]),
        ("a.csv", "", []),
    ],
)  # fmt: skip
def test_a_file_is_plain_values(place: str, text: str, value: Any) -> None:
    assert datasets.parse(f"data/{place}", text) == value


@pytest.mark.parametrize(
    ("place", "text", "where"),
    [
        ("a.toml", "a = 1\nb = = 2", "a.toml:2"),
        ("a.toml", "a = inf", "a.toml"),
        ("a.json", '{\n"a": 1,\n}', "a.json:3"),
        ("a.json", '{"a": NaN}', "a.json"),
        ("a.json", '{"a": 1, "a": 2}', "a.json"),
        ("a.json", "[" * 100_000, "a.json"),
        ("a.json", "[" * 30 + "]" * 30, "a.json"),
        ("a.json", "9" * 30, "a.json"),
        ("a.json", '["\\ud800"]', "a.json"),
        ("a.json", '{"\\udfff": 1}', "a.json"),
        ("a.yaml", "a: 1\na: 2", "a.yaml:2"),
        ("a.yaml", "a: &x 1\nb: [", "a.yaml:2"),
        ("a.csv", "a,b\n1,2\n1,2,3\n", "a.csv:3"),
        ("a.csv", "a,a\n", "a.csv:1"),
        ("a.csv", 'a,b\n"1,2\n', "a.csv:2"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line(place: str, text: str, where: str) -> None:
    with pytest.raises(ContentError) as caught:
        datasets.parse(f"data/{place}", text)
    assert caught.value.where == f"content/data/{where}"


def test_a_change_in_a_file_writes_the_documents_that_name_it_and_no_other(tmp_path: Path) -> None:
    site = site_of(tmp_path).document("about", title="About").document("menu", title="Menu", data="menu.csv")
    site.file("content/data/menu.csv", "dish\nSoup\n").build()
    site.file("content/data/team.toml", TEAM.replace("Ada", "Edsger")).build()
    assert "Edsger" in site.text("/team/") and list(site.report.reasons) == ["/team/"]
    assert not site.build().report.reasons


def test_without_a_look_at_who_names_it_a_change_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site_of(tmp_path).build()
    monkeypatch.setattr(Documents, "_wanted", lambda self, touched: set())
    site.file("content/data/team.toml", TEAM.replace("Ada", "Edsger")).build()
    assert "Edsger" not in site.text("/team/")


def test_another_order_in_a_file_is_another_page(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).file("content/data/hours.toml", 'mon = "9"\ntue = "10"\n')
    site.file("templates/hours.html", "{% for day in page.datasets.hours %}{{ day }} {% endfor %}")
    site.document("hours", template="hours.html", data="hours.toml").build()
    site.file("content/data/hours.toml", 'tue = "10"\nmon = "9"\n').build()
    assert site.text("/hours/") == "tue mon "


def test_a_document_whose_data_is_missing_or_broken_waits_for_it(tmp_path: Path) -> None:
    site = site_of(tmp_path).build()
    before = site.text("/team/")
    site.file("content/data/team.toml", "a = 1\nb = = 2\n").build()
    [said] = site.report.quarantine
    assert said.startswith("content/data/team.toml:2: is not TOML") and "named by content/pages/team.md" in said
    assert site.text("/team/") == before
    site.remove("content/data/team.toml").build()
    [said] = site.report.quarantine
    assert said.startswith("content/pages/team.md: names content/data/team.toml, which is not there; add the file")
    site.file("content/data/team.toml", TEAM.replace("Ada", "Edsger")).build()
    assert "Edsger" in site.text("/team/") and not site.report.quarantine


@pytest.mark.parametrize("link", ["content/data/team.toml", "content/data"])
def test_a_symbolic_link_leads_nowhere(tmp_path: Path, link: str) -> None:
    site = site_of(tmp_path / "site")
    (tmp_path / "site" / link).rename(tmp_path / "elsewhere")
    (tmp_path / "site" / link).symlink_to(tmp_path / "elsewhere")
    [said] = site.build().report.quarantine
    assert said.startswith("content/data/team.toml: leads elsewhere") and not site.has("/team/")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    site = site_of(tmp_path).remove("content/data/team.toml")
    os.mkfifo(tmp_path / "content/data/team.toml")
    assert "is no file" in site.build().report.quarantine[0]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    site = site_of(tmp_path).file("content/data/team.toml", "#" * (datasets.MOST_BYTES + 1)).build()
    assert "is larger than 1024 KiB" in site.report.quarantine[0]


def test_a_document_dated_ahead_appears_when_its_time_comes(tmp_path: Path) -> None:
    site = site_of(tmp_path, date="2026-03-01 09:00").config(timezone="Europe/Berlin").build()
    assert not site.has("/team/") and site.report.next_due == "2026-03-01T08:00:00Z"
    there = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert not site.build(as_of=there - timedelta(seconds=1)).has("/team/")
    assert site.build(as_of=there).has("/team/") and site.report.next_due == ""
    # In New York it is six hours earlier then.
    site.config(timezone="America/New_York")
    assert not site.build(as_of=there).has("/team/")
    assert site.build(as_of=there + timedelta(hours=6)).has("/team/")
    assert not site.build(as_of=AS_OF).has("/team/")


def test_a_draft_neither_appears_nor_is_waited_for(tmp_path: Path) -> None:
    site = site_of(tmp_path, date="2026-03-01", draft="true").build(as_of=datetime(2026, 4, 1, tzinfo=UTC))
    assert not site.has("/team/") and site.build().report.next_due == ""


def test_a_date_that_is_none_is_an_error_with_its_line(tmp_path: Path) -> None:
    assert site_of(tmp_path, date="soon").build().report.quarantine[0].startswith("content/pages/team.md:5: 'date'")

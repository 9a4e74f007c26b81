"""What the site says in its language: texts, plural forms, days; what a site or a theme adds or leaves out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from markupsafe import Markup

from builder.errors import TemplateError
from builder.messages import Messages, names, parse
from builder.templates import DEFAULT
from tests.sitetest import SiteTest

_SPOKEN = re.compile(r'"([^"\n]+)"\|t\b')
_BY_NAME = {"Home", "Latest", "Tags", "Publishers", "Categories", "all day", "Week {week}, {year}"}
"""What templates say by a name that they are given, and `Messages` itself."""


def said_by_the_theme() -> set[str]:
    files = (file for file in DEFAULT.rglob("*") if file.suffix in (".html", ".xml", ".json", ".js"))
    return _BY_NAME | {text for file in files for text in _SPOKEN.findall(file.read_text("utf-8"))}


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_a_language_says_all_that_the_theme_says_and_nothing_else(language: str) -> None:
    texts = parse((DEFAULT / f"messages/{language}.toml").read_text("utf-8"), language)
    assert sorted(texts) == sorted(said_by_the_theme())
    for english, said in texts.items():
        forms = said.values() if isinstance(said, dict) else [said]
        assert {frozenset(re.findall(r"{\w+}", form)) for form in forms} == {frozenset(re.findall(r"{\w+}", english))}


def test_english_says_only_what_counts() -> None:
    texts = tomllib.loads((DEFAULT / "messages/en.toml").read_text("utf-8"))
    assert set(texts) <= said_by_the_theme() and all(set(said) == {"one", "other"} for said in texts.values())
    assert set(texts) == {text for text in said_by_the_theme() if text.startswith("{n} ")}


def test_no_template_says_a_word_that_no_language_can_say() -> None:
    """What stands between tags, without expressions and comments, is no text."""
    for file in DEFAULT.rglob("*.html"):
        text = file.read_text("utf-8").replace(' lang="', "")
        text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", text, flags=re.S)
        text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", "", text, flags=re.S)
        assert not re.search(r"[a-z]{2}", text), (file.name, text.split())


def test_a_site_speaks_its_language(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(language="de").item("2026/01/12/a", title="A", tags=["x"])
    site.item("2026/01/12/b", title="B").build()
    assert '<html lang="de">' in site.text("/") and ">Neueste</a>" in site.text("/")
    assert "12. Januar 2026" in site.text("/2026/01/12/") and "2 Meldungen" in site.text("/2026/01/12/")
    assert "1 Meldung<" in site.text("/tags/x/")
    assert ">Mo</abbr>" in site.text("/2026/01/")


def test_another_language_makes_every_page_anew_and_back(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", title="A").build()
    english = site.files()
    site.config(language="fr").build()
    assert "12 janvier 2026" in site.text("/2026/01/12/")
    assert site.config().build().files() == english


def test_a_site_says_it_in_its_own_words(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(language="de-AT").item("2026/01/12/a", title="A").build()
    assert "12. Jänner 2026" in site.text("/2026/01/12/")
    site.file("templates/messages/de.toml", '"Latest" = "Frisch"\n').build()
    assert ">Frisch</a>" in site.text("/") and ">Schlagwörter</a>" in site.text("/")
    site.file("templates/messages/de-AT.toml", '"Latest" = "Ganz frisch"\n').build()
    assert ">Ganz frisch</a>" in site.text("/")


def test_a_language_from_right_to_left_is_written_so(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(language="ar").item("2026/01/12/a", title="A").build()
    assert '<html lang="ar" dir="rtl">' in site.text("/") and "يناير" in site.text("/2026/01/")


def test_messages_that_cannot_be_read_publish_nothing(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a", title="A").build()
    before = site.files()
    for text in ('"Latest" = 1\n', '"{n} stories" = { one = "x" }\n', "Latest = \n"):
        with pytest.raises(TemplateError, match="messages/en"):
            site.file("templates/messages/en.toml", text).build()
        assert site.files() == before


def test_plural_forms_are_those_of_the_language() -> None:
    polish = {"{n} stories": {"one": "{n} wpis", "few": "{n} wpisy", "many": "{n} wpisów", "other": "{n} wpisu"}}
    said = [Messages("pl", [polish]).say("{n} stories", n) for n in (1, 3, 5, 22)]
    assert said == ["1 wpis", "3 wpisy", "5 wpisów", "22 wpisy"]


def test_parts_are_escaped_where_html_is_among_them() -> None:
    messages = Messages("en", [{"of {name} & {other}": "{other} < {name}"}])
    found = messages.say("of {name} & {other}", name=Markup("<bdi>A</bdi>"), other="<b>")
    assert found == Markup("&lt;b&gt; &lt; <bdi>A</bdi>")
    assert not isinstance(messages.say("of {name} & {other}", name="A", other="B"), Markup)


def test_plain_english_is_what_babel_says_of_it() -> None:
    plain, babel = Messages("en"), Messages("en-GB")
    for name in ("2026", "2026-01", "2026-12", "2026-02-09", "2026-w03"):
        assert plain.period(name) == babel.period(name)
    assert plain.direction == babel.direction == "ltr" and plain.weekdays() == babel.weekdays()


def test_the_closest_file_comes_first() -> None:
    assert names("zh-Hans-CN") == ("zh-Hans-CN", "zh-Hans", "zh", "en") and names("en") == ("en",)


@pytest.mark.parametrize("language", ["xx", "qaa-Qaaa"])
def test_an_unknown_language_is_english_by_its_own_name(language: str, tmp_path: Path) -> None:
    site = SiteTest(tmp_path).config(language=language).item("2026/01/12/a", title="A").build()
    assert f'<html lang="{language}">' in site.text("/") and "12 January 2026" in site.text("/2026/01/12/")

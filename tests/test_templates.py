"""Themes: what a site's own templates may override, see and be made of."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest
from hypothesis import given, strategies as st

from builder.errors import TemplateError
from builder.kinds import Page
from builder.messages import Messages
from builder.settings import Settings, Theme
from builder.templates import Templates, _encoded
from tests.sitetest import SiteTest

SETTINGS = Settings(base_url="https://news.example/digest/", id_base="news.example,2026")


def theme(root: Path, **files: str) -> Templates:
    """A theme with these files over the default one; `item="…"` is `templates/item.html`."""
    (root / "templates").mkdir(exist_ok=True)
    for name, text in files.items():
        (root / "templates" / f"{name}.html").write_text(text, "utf-8")
    return Templates(root, SETTINGS)


def rendered(templates: Templates, **data: object) -> str:
    """What the template `own.html` makes of a page with this data."""
    return templates.render(Page(route="/own/", template="own.html", data=data)).decode()


# -- overriding ------------------------------------------------------------------------------------------


def test_a_template_of_the_same_name_replaces_the_default_one(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).file("templates/404.html", "Lost?").build()
    assert site.text("/404.html") == "Lost?"


def test_a_partial_is_replaced_everywhere(tmp_path: Path) -> None:
    site = (
        SiteTest(tmp_path).item("2026/01/12/a").file("templates/partials/footer.html", "<footer>Ours</footer>").build()
    )
    for route in ("/", "/2026/01/12/a/", "/tags/", "/404.html"):
        assert "<footer>Ours</footer>" in site.text(route)


def test_base_extends_what_it_overrides(tmp_path: Path) -> None:
    own = '{% extends "base/404.html" %}{% block main %}Sorry!{{ super() }}{% endblock %}'
    text = SiteTest(tmp_path).file("templates/404.html", own).build().text("/404.html")
    assert "Sorry!" in text and "Page not found" in text


def test_a_theme_file_is_replaced_by_one_of_the_site_and_that_by_one_of_its_content(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).build()
    assert "--accent" in site.text("/static/style.css")
    assert site.file("templates/static/style.css", "/* theme */").build().text("/static/style.css") == "/* theme */"
    assert site.file("content/static/static/style.css", "/* own */").build().text("/static/style.css") == "/* own */"
    site.remove("content/static/static/style.css").remove("templates/static/style.css").build()
    assert "--accent" in site.text("/static/style.css")


# -- what a template sees -----------------------------------------------------------------------------------


def test_a_template_sees_its_page_and_the_chrome_and_nothing_else(tmp_path: Path) -> None:
    templates = theme(tmp_path, own="{{ page.name }} {{ page.route }} {{ chrome.title }}")
    assert rendered(templates, name="A") == "A /own/ Broadsheet"
    known = set(templates.environment.globals)
    assert known == {"range", "dict", "cycler", "joiner", "namespace"}


@pytest.mark.parametrize("name", ["now()", "lipsum()", "site", "request", "config", "page.nothing", "chrome.sources"])
def test_what_is_not_there_is_an_error_with_its_line(tmp_path: Path, name: str) -> None:
    templates = theme(tmp_path, own=f"<p>\n<p>\n{{{{ {name} }}}}")
    with pytest.raises(TemplateError) as caught:
        rendered(templates)
    assert caught.value.where == "templates/own.html:3"
    assert "(on /own/)" in caught.value.what


def test_an_error_in_a_partial_names_the_partial(tmp_path: Path) -> None:
    templates = theme(tmp_path, own='\n{% include "part.html" %}', part="\n\n\n{{ page.nothing }}")
    with pytest.raises(TemplateError) as caught:
        rendered(templates)
    assert caught.value.where == "templates/part.html:4"


def test_a_mistake_in_the_syntax_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        theme(tmp_path, own="\n{% if %}").fingerprint("own.html")
    assert caught.value.where == "templates/own.html:2"


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        theme(tmp_path, own='{% include "partials/cart.html" %}').fingerprint("own.html")
    assert caught.value.where == "templates/partials/cart.html"
    assert "own.html" in str(caught.value)


@pytest.mark.parametrize("expression", ["lipsum()", "[1, 2, 3]|random"])
def test_chance_has_no_place_in_a_page(tmp_path: Path, expression: str) -> None:
    with pytest.raises(TemplateError):
        rendered(theme(tmp_path, own=f"{{{{ {expression} }}}}"))
    assert jinja2.Environment().from_string(f"{{{{ {expression} }}}}").render()


def test_everything_is_escaped(tmp_path: Path) -> None:
    templates = theme(tmp_path, own="{{ page.name }}|{{ page.name|upper }}|{{ page.name ~ '<b>' }}")
    assert rendered(templates, name="<i>&") == "&lt;i&gt;&amp;|&lt;I&gt;&amp;|&lt;i&gt;&amp;&lt;b&gt;"


def test_characters_that_no_document_may_hold_are_left_out(tmp_path: Path) -> None:
    assert rendered(theme(tmp_path, own="{{ page.name }}"), name="a\x00b\x0bc\x1fd\ufffee\ud800f") == "abcdef"


def test_links_stay_under_the_base_path(tmp_path: Path) -> None:
    templates = theme(tmp_path, own="{{ '/tags/'|url }} {{ '/tags/'|absolute }} {{ 'javascript:alert(1)'|url }}")
    assert rendered(templates) == "/digest/tags/ https://news.example/digest/tags/ #"


@pytest.mark.parametrize(
    ("name", "words"),
    [("2026", "2026"), ("2026-01", "January 2026"), ("2026-w03", "Week 3, 2026"), ("2026-01-02", "2 January 2026")],
)
def test_a_period_is_put_in_words(name: str, words: str) -> None:
    assert Messages("en").period(name) == words


# -- what a template is made of -----------------------------------------------------------------------------


def test_a_fingerprint_covers_all_that_a_template_is_made_of(tmp_path: Path) -> None:
    files = {
        "own": '{% extends "frame.html" %}{% from "macros.html" import a %}{% block b %}{% include "part.html" %}{% endblock %}',
        "frame": "{% block b %}{% endblock %}",
        "macros": '{% import "deep.html" as deep %}{% macro a() %}{% endmacro %}',
        "deep": "1",
        "part": "1",
        "other": "1",
    }
    before = theme(tmp_path, **files).fingerprint("own.html")
    assert theme(tmp_path, **files).fingerprint("own.html") == before
    for name in ("own", "frame", "macros", "deep", "part"):
        assert theme(tmp_path, **files | {name: files[name] + " "}).fingerprint("own.html") != before, name
    assert theme(tmp_path, **files | {"other": "2"}).fingerprint("own.html") == before


def test_a_changed_partial_rewrites_the_pages_that_include_it_and_no_others(tmp_path: Path) -> None:
    site = (
        SiteTest(tmp_path)
        .item("2026/01/12/a", tags=["x"])
        .file(
            "templates/partials/counts.html",
            "{% macro counts(a, b, level=2) %}1{% endmacro %}{% macro stories(n) %}1{% endmacro %}",
        )
    )
    site.build()
    counts = (site.root / "templates" / "partials" / "counts.html").read_text("utf-8")
    written = set(site.file("templates/partials/counts.html", counts.replace("1", "2")).build().report.reasons)
    assert "/tags/x/" in written and not written & {"/2026/01/12/a/", "/404.html", "/feed.xml"}


@pytest.mark.parametrize(
    "own",
    [
        "{% include page.template %}",
        "{% extends chrome.title %}",
        '{% include "a" ~ ".html" %}',
        "{% import page.a as b %}",
    ],
)
def test_a_template_named_by_an_expression_is_refused(tmp_path: Path, own: str) -> None:
    with pytest.raises(TemplateError, match="write the name out in quotes"):
        theme(tmp_path, own=own).fingerprint("own.html")


def test_templates_that_include_each_other_have_a_fingerprint(tmp_path: Path) -> None:
    templates = theme(tmp_path, own='{% include "part.html" %}', part='{% include "own.html" %}')
    assert templates.closure("own.html").keys() == {"own.html", "part.html"}


def test_a_colour_rewrites_one_file(tmp_path: Path) -> None:
    site = SiteTest(tmp_path).item("2026/01/12/a").config(theme={"accent": "#b00020"}).build()
    assert "--accent: #b00020;" in site.text("/theme.css")
    site.config(theme={"accent": "#0040b0"}).build()
    assert "--accent: #0040b0;" in site.text("/theme.css")
    assert list(site.report.reasons) == ["/theme.css"]


def test_the_default_theme_stands_alone() -> None:
    templates = Templates(Path("/nonexistent"), Settings(theme=Theme()))
    named = templates.environment.list_templates(extensions=["html", "xml", "json", "txt", "css"])
    names = [name for name in named if not name.startswith(("base/", "static/"))]
    assert names and all(templates.closure(name) for name in names)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\x00\x0b\x1f\x7fb", "ab"),
        ("a\x80\x9fb \xa0é·", "ab \xa0é·"),
        ("two\x85words", "two words"),
        ("a\ufdd0\ufdefb\ufdcf\ufdf0", "ab\ufdcf\ufdf0"),
        ("a\ufffe\uffffb\ufffd", "ab\ufffd"),
        ("".join(f"{chr(0x10000 * plane + 0xFFFE)}{plane}{chr(0x10000 * plane + 0xFFFF)}" for plane in range(1, 17)),
         "12345678910111213141516"),
        ("\ud800x\U0001f3fe\u0fff\U000fffff", "x\U0001f3fe\u0fff"),
    ],
)  # fmt: skip
def test_no_page_holds_what_no_document_may(text: str, written: str) -> None:
    assert _encoded(text) == written.encode()


@given(st.text())
def test_all_other_characters_stay(text: str) -> None:
    told = text.replace("\x85", " ")
    assert _encoded(text).decode() == re.sub(
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef]",
        "",
        "".join(letter for letter in told if ord(letter) & 0xFFFE != 0xFFFE),
    )

"""`broadsheet theme`: what a designer copies out of the default theme, and how it is known that the default went on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from builder import config, ejected, overrides
from builder.check import check
from builder.content import Content
from builder.ejected import Mark
from builder.errors import UsageError
from builder.findings import Finding
from builder.settings import Settings
from builder.templates import DEFAULT, Templates, theme_files
from tests.cliprocess import run
from tests.sitetest import SiteTest

NAMES = [name for name, _ in theme_files(DEFAULT)]
FORMER = Mark(name="item.html", fingerprint="0" * 12)
"""What a file bears that was made from a default which has changed since."""


@pytest.fixture
def site(tmp_path: Path) -> SiteTest:
    menu = [{"name": "About", "url": "/about/"}]
    site = SiteTest(tmp_path).config(theme={"accent": "#b00020", "footer": "Foot"}, language="de", menu=menu)
    both: dict[str, Any] = {"story": "s", "tags": ["x"], "categories": ["c"], "publisher": "P"}
    site.item("2026/01/12/a", link="https://p.example/a", lang="fr", **both)
    return site.item("2026/01/13/b", body="Text.", **both).document("about", title="About", body="We.")


def own(site: SiteTest, name: str) -> str:
    return (site.root / "templates" / name).read_text("utf-8")


def states(site: SiteTest) -> dict[str, str]:
    """Whose the files are that are not simply the default's."""
    return {part.name: part.state for part in overrides.parts(site.root) if part.state != "default"}


def found(site: SiteTest) -> list[Finding]:
    """What `check` says of the templates of a built site; there may be nothing else."""
    database = site.root / ".broadsheet/index.sqlite"
    report = check(Content(site.root), config.load(site.root), output=site.output, database=database)
    assert {one.kind for one in report.findings} <= {"theme"}
    return list(report.findings)


# -- eject -----------------------------------------------------------------------------------------------


def test_an_ejected_theme_is_the_same_site(site: SiteTest) -> None:
    before = site.build().files()
    assert overrides.eject(site.root, NAMES) == NAMES
    after = site.build(full=True).files()
    assert after.keys() == before.keys()
    differs = {name for name in before if before[name] != after[name]}
    assert differs == {name for name in NAMES if name.startswith("static/")}
    assert all(ejected.unmarked(after[name]) == before[name] for name in differs)


def test_a_theme_that_extends_the_default_is_the_same_site(site: SiteTest) -> None:
    before = site.build().files()
    pages = [name for name in NAMES if name.endswith(".html") and "/" not in name]
    assert overrides.eject(site.root, pages, extend=True) == pages
    assert site.build(full=True).files() == before


def test_a_template_that_extends_names_the_blocks_that_there_are(site: SiteTest) -> None:
    overrides.eject(site.root, ["item"], extend=True)
    text = own(site, "item.html")
    assert text.splitlines()[1] == '{% extends "base/item.html" %}'
    assert "Its blocks: title, head, header, main, footer." in text
    site.file("templates/item.html", text + "{% block footer %}<footer>Ours</footer>{% endblock %}").build()
    assert "<footer>Ours</footer>" in site.text("/2026/01/12/a/") and "Foot" in site.text("/2026/01/13/")


@pytest.mark.parametrize("name", ["feed.xml", "partials/card.html", "static/style.css", "messages/de.toml"])
def test_what_has_no_blocks_is_ejected_whole(site: SiteTest, name: str) -> None:
    with pytest.raises(UsageError, match="has no blocks"):
        overrides.eject(site.root, [name], extend=True)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("item.html", "item.html"),
        ("item", "item.html"),
        ("templates/item.html", "item.html"),
        ("partials/card.html", "partials/card.html"),
        ("partials/card", "partials/card.html"),
        ("card.html", "partials/card.html"),
        ("card", "partials/card.html"),
        ("style", "static/style.css"),
        ("de", "messages/de.toml"),
        ("theme", "theme.css"),
        ("sitemap", "sitemap.xml"),
        ("404", "404.html"),
    ],
)
def test_a_part_goes_by_its_path_or_its_bare_name(said: str, name: str) -> None:
    assert overrides.find(said, NAMES) == name


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("itm", "there is no template 'itm'; did you mean item.html"),
        ("partial/card.html", "there is no template 'partial/card.html'; did you mean partials/card.html"),
        ("zzz", "there is no template 'zzz'; 'broadsheet theme list' names all"),
        ("feed", "'feed' may be feed.json or feed.xml; say which"),
        ("README.md", "there is no template 'README.md'"),
        ("../../../etc/passwd", "there is no template"),
        ("", "there is no template ''"),
    ],
)
def test_what_is_no_part_is_told_in_one_line(said: str, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        overrides.find(said, NAMES)
    assert str(caught.value).startswith(line)


def test_a_file_that_is_there_is_replaced_by_force_alone_and_then_nothing_else_is_written(site: SiteTest) -> None:
    site.file("templates/item.html", "Mine")
    with pytest.raises(UsageError, match="--force") as caught:
        overrides.eject(site.root, ["card", "item"])
    assert caught.value.where == "templates/item.html"
    assert own(site, "item.html") == "Mine" and not (site.root / "templates/partials").exists()
    overrides.eject(site.root, ["card", "item"], force=True)
    assert ejected.unmarked(own(site, "item.html").encode()) == (DEFAULT / "item.html").read_bytes()
    assert sorted(path.name for path in (site.root / "templates").rglob("*.*")) == ["card.html", "item.html"]


def test_nothing_is_written_outside_templates(site: SiteTest, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/partials").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "templates/item.html").symlink_to(tmp_path / "elsewhere/item.html")
    for part in ("card", "item"):
        with pytest.raises(UsageError, match="remove the symbolic link"):
            overrides.eject(site.root, [part], force=True)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_checkout_has_nothing_to_eject() -> None:
    root = DEFAULT.parent
    for command in (overrides.eject, overrides.accept):
        with pytest.raises(UsageError, match="is the default theme itself"):
            command(root, ["item"])
    assert {part.state for part in overrides.parts(root)} == {"default"}
    assert not list(overrides.findings(root))


# -- the line of an ejected file ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("item.html", "{# broadsheet: ejected from item.html, 000000000000 #}\n"),
        ("words.js", "{# broadsheet: ejected from words.js, 000000000000 #}\n"),
        ("messages/de.toml", "# broadsheet: ejected from messages/de.toml, 000000000000\n"),
        ("static/style.css", "/* broadsheet: ejected from static/style.css, 000000000000 */\n"),
        ("static/script.js", "/* broadsheet: ejected from static/script.js, 000000000000 */\n"),
        ("static/favicon.svg", "<!-- broadsheet: ejected from static/favicon.svg, 000000000000 -->\n"),
        ("static/photo.png", ""),
    ],
)
def test_each_kind_has_its_own_comments(name: str, line: str) -> None:
    assert ejected.marked(b"x", Mark(name=name, fingerprint="0" * 12)) == line.encode() + b"x"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("static/icon.svg", b'<?xml version="1.0"?>\n'),
        ("static/style.css", b'@charset "utf-8";\n'),
        ("static/page.html", b"<!DOCTYPE html>\n"),
    ],
)
def test_what_must_stand_first_does(name: str, first: bytes) -> None:
    mark = Mark(name=name, fingerprint="0" * 12)
    data = ejected.marked(first + b"rest", mark)
    assert data.startswith(first) and ejected.mark_in(data) == mark
    assert ejected.unmarked(data) == first + b"rest"
    assert ejected.marked(first.rstrip() + b"rest", mark).startswith(first)


def test_a_declaration_of_a_template_comes_first_in_what_it_prints() -> None:
    # A comment of Jinja prints nothing, not even its line end.
    data = ejected.marked(b'<?xml version="1.0"?>', Mark(name="feed.xml", fingerprint="0" * 12)).decode()
    templates = Templates(Path("/nonexistent"), Settings())
    assert data.startswith("{#") and templates.environment.from_string(data).render() == '<?xml version="1.0"?>'


@given(
    st.binary(max_size=300).filter(lambda data: b"<" not in data and b"@" not in data),
    st.sampled_from([name for name in NAMES if not name.endswith(".png")]),
)
def test_a_mark_is_read_back_renewed_and_taken_out_and_nothing_else_changes(text: bytes, name: str) -> None:
    mark, other = ejected.mark_for(name, text), ejected.mark_for(name, text + b"!")
    data = ejected.marked(text, mark)
    assert ejected.mark_in(data) == mark != other
    assert ejected.renewed(data, other) == ejected.marked(text, other)
    assert ejected.unmarked(data) == text
    assert ejected.mark_in(text) is None and ejected.unmarked(text) == text


def test_what_stands_beside_a_mark_stays_without_it() -> None:
    mark = "broadsheet: ejected from item.html, 000000000000"
    assert ejected.unmarked(f"{{# {mark} #}}{{% block a %}}".encode()) == b"{% block a %}"
    assert (
        ejected.unmarked(f"{{# Ours.\n   {mark}; changed in May #}}x".encode()) == b"{# Ours.\n   ; changed in May #}x"
    )


# -- whether the default went on -------------------------------------------------------------------------------


def outdated(site: SiteTest, mark: Mark = FORMER) -> SiteTest:
    """A site with its own template that was made from a former default."""
    return site.file("templates/item.html", ejected.marked((DEFAULT / "item.html").read_bytes(), mark).decode())


def test_an_ejected_file_is_named_once_its_default_has_changed(site: SiteTest) -> None:
    overrides.eject(site.root, ["item", "card"])
    assert found(site.build()) == [] and states(site) == {"item.html": "ejected", "partials/card.html": "ejected"}
    (one,) = found(outdated(site).build())
    assert (one.source, one.what) == ("templates/item.html", "the default item.html has changed since it was ejected")
    assert "'broadsheet theme diff item.html'" in one.next and "'broadsheet theme accept item.html'" in one.next
    assert states(site) == {"item.html": "changed", "partials/card.html": "ejected"}


def test_what_was_changed_in_an_ejected_file_is_nobodys_fault(site: SiteTest) -> None:
    overrides.eject(site.root, ["footer"])
    text = own(site, "partials/footer.html").replace("<footer", "<p>Ours</p><footer")
    assert found(site.file("templates/partials/footer.html", text).build()) == []


def test_an_ejected_file_whose_default_is_gone_is_named(site: SiteTest) -> None:
    outdated(site, Mark(name="article.html", fingerprint="0" * 12))
    (one,) = found(site.build())
    assert (one.source, one.what) == ("templates/item.html", "the default article.html is no longer there")
    assert states(site) == {"item.html": "gone"}
    assert overrides.accept(site.root, ["item"]) == ["item.html"]
    assert found(site.build()) == [] and states(site) == {"item.html": "own"}
    assert own(site, "item.html") == (DEFAULT / "item.html").read_text("utf-8")


def test_a_file_made_by_hand_is_never_named(site: SiteTest) -> None:
    site.file("templates/item.html", (DEFAULT / "item.html").read_text("utf-8"))
    site.file("templates/partials/old.html", "No default has this name.")
    assert found(site.build()) == [] and states(site) == {"item.html": "own"}
    with pytest.raises(UsageError, match="there is nothing to accept"):
        overrides.accept(site.root, ["item"])


def test_a_copy_under_another_name_hears_of_its_default_too(site: SiteTest) -> None:
    outdated(site)
    (site.root / "templates/item.html").rename(site.root / "templates/long.html")
    (one,) = found(site.build())
    assert one.source == "templates/long.html" and "accept long.html" in one.next
    assert states(site) == {"long.html": "changed"}
    assert overrides.accept(site.root, ["long"]) == ["long.html"] and found(site.build()) == []


def test_who_accepts_keeps_the_file_and_is_told_of_the_next_change(site: SiteTest) -> None:
    before = own(outdated(site), "item.html")
    assert overrides.accept(site.root, ["item"]) == ["item.html"]
    assert own(site, "item.html").splitlines()[1:] == before.splitlines()[1:]
    assert found(site.build()) == [] and states(site) == {"item.html": "ejected"}
    assert overrides.accept(site.root, ["item"]) == []


def test_without_its_line_a_file_is_its_owners_alone(site: SiteTest) -> None:
    text = own(outdated(site), "item.html")
    assert found(site.file("templates/item.html", text.partition("\n")[2]).build()) == []


def test_a_difference_is_shown_without_the_mark(site: SiteTest) -> None:
    overrides.eject(site.root, ["footer"])
    assert overrides.diff(site.root, "footer") == ""
    site.file("templates/partials/footer.html", own(site, "partials/footer.html").replace("<footer", "<footer id=f"))
    lines = overrides.diff(site.root, "footer").splitlines()
    assert lines[:2] == ["--- default/partials/footer.html", "+++ templates/partials/footer.html"]
    changes = [line for line in lines[2:] if re.match("[-+]", line)]
    assert changes == ['-<footer class="foot">', '+<footer id=f class="foot">']


def test_what_replaces_no_default_differs_from_none(site: SiteTest) -> None:
    with pytest.raises(UsageError, match="there is no such default"):
        overrides.diff(site.file("templates/own.html", "x").root, "own")


# -- what tells of a theme ---------------------------------------------------------------------------------


def test_every_file_of_the_default_theme_is_said_to_be_for_something() -> None:
    assert sorted(overrides.PURPOSES) == sorted(NAMES)
    assert [part.name for part in overrides.parts(Path("/nonexistent"))] == list(overrides.PURPOSES)


def test_what_tells_people_of_a_theme_is_no_part_of_it(site: SiteTest) -> None:
    routes = site.file("templates/README.md", "{% Not a template").build().routes()
    assert not any("README" in route or "screenshot" in route for route in routes)
    assert site.file("templates/README.md", "Another text").build().report.pages.written == 0
    known = Templates(site.root, config.load(site.root)).remembered()
    assert "item.html" in known and "README" not in known and "screenshot" not in known
    # Where it is published, it is no longer about the theme.
    assert site.file("templates/static/README.md", "x").build().has("/static/README.md")


# -- the command ---------------------------------------------------------------------------------------------


def test_the_command_ejects_lists_compares_and_accepts(site: SiteTest) -> None:
    ran = run(site.root, "theme", "eject", "card", "style", "--json")
    assert (ran.code, ran.json) == (0, {"ejected": ["partials/card.html", "static/style.css"]})
    again = run(site.root, "theme", "eject", "card")
    assert again.code == 2 and again.err.startswith("error: templates/partials/card.html: is there already; --force")
    listed = run(outdated(site).root, "theme", "list").out
    assert re.search(r"^  item.html +the page of an item +yours, default changed since$", listed, re.M)
    assert re.search(r"^  partials/card.html +a story in a list +yours, ejected$", listed, re.M)
    assert re.search(r"^  home.html +the front page$", listed, re.M)
    checked = run(site.build().root, "check")
    assert checked.code == 1 and "\n  templates/item.html: the default item.html has changed" in checked.out
    accepted = run(site.root, "theme", "accept", "item")
    assert (accepted.code, accepted.err) == (0, "templates/item.html stands beside the default of today\n")
    diff = run(site.root, "theme", "diff", "item")
    assert (diff.code, diff.out, diff.err) == (0, "", "There is no difference.\n")


def test_json_tells_whose_each_template_is(site: SiteTest) -> None:
    told = run(outdated(site).root, "theme", "list", "--json").json["templates"]
    assert told[1] == {"name": "home.html", "purpose": "the front page", "state": "default"}
    assert [one["name"] for one in told if one["state"] == "changed"] == ["item.html"]


def test_in_a_checkout_the_command_says_that_there_is_nothing_to_eject() -> None:
    ran = run(DEFAULT.parent, "theme", "eject", "item")
    line = "error: templates/ is the default theme itself; change it there: there is nothing to eject\n"
    assert (ran.code, ran.out, ran.err) == (2, "", line)

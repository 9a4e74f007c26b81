"""`content/site.toml`: what it may say, and how all that is wrong with it is told at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from builder import config
from builder.errors import ConfigError
from builder.settings import MenuEntry, Settings, Theme

SAMPLE = Path(__file__).parents[1] / "content" / "site.toml"


def complaints(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.parse(text, where="site.toml")
    return str(caught.value).splitlines()


def complaint(text: str) -> str:
    """The one thing that is wrong with a text."""
    found = complaints(text)
    assert len(found) == 1, found
    return found[0]


# -- what it may say --------------------------------------------------------------------------------------


def test_an_empty_file_is_a_site() -> None:
    assert config.parse("") == Settings(id_base="localhost,2026")


def test_every_setting_reaches_the_site() -> None:
    settings = config.parse(
        """
        title = "The Quay Post"
        base_url = "https://quay.example/digest/"
        id_base = "quay.example,2025"
        timezone = "Europe/Berlin"
        language = "en-GB"
        headline_link = "page"
        show = "full"
        [[source]]
        name = "Gazette"
        url = "https://gazette.example/feed"
        tags = ["harbour"]
        [[menu]]
        name = "About"
        url = "/about/"
        [theme]
        accent = "#b00020"
        """
    )
    assert (settings.title, settings.headline_link, settings.show) == ("The Quay Post", "page", "full")
    assert settings.sources[0].tags == ("harbour",)
    assert settings.menu == (MenuEntry(name="About", url="/about/"),)
    assert settings.theme == Theme(accent="#b00020")
    assert str(settings.zone) == "Europe/Berlin"


def test_without_an_id_base_entry_ids_rest_on_the_address() -> None:
    assert config.parse('base_url = "https://quay.example/digest/"').id_base == "quay.example,2026"


def test_the_sample_site_is_valid() -> None:
    assert config.parse(SAMPLE.read_text("utf-8")).sources


def test_every_setting_of_the_sample_is_one_we_know() -> None:
    """A negative control: the sample with one letter more is refused."""
    text = SAMPLE.read_text("utf-8")
    assert "unknown key 'titlee'" in complaint(text.replace("\ntitle =", "\ntitlee =", 1))


# -- what is wrong with it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('titel = "A"', "site.toml:1:1: unknown key 'titel'; did you mean 'title'?"),
        ('title = "A"\n\n[[feed]]\nurl = "https://a.example/"', "site.toml:3:1: unknown key 'feed'; did you mean '[[source]]'?"),
        ('baseurl = "https://a.example/"', "site.toml:1:1: unknown key 'baseurl'; did you mean 'base_url'?"),
        ('[theme]\ncolour = "red"', "site.toml:2:1: unknown key 'colour'; known keys: accent, font, logo, icon, footer, css, scripts"),
        ("title = 5", "site.toml:1:1: 'title' is no text: put it in quotes"),
        ('  show = "all"', "site.toml:1:3: 'show' is none of headline, excerpt, full"),
        ('base_url = "gazette.example"', "site.toml:1:1: 'base_url' is no http or https URL"),
        ('base_url = "https://a.example/?b"', "site.toml:1:1: 'base_url' has a query or fragment"),
        ('timezone = "Berlin"', "site.toml:1:1: 'timezone' is no time zone: 'Berlin'"),
        ('timezone = "../../etc/passwd"', "site.toml:1:1: 'timezone' is no time zone"),
        ('language = "English"', "site.toml:1:1: 'language' is no language tag"),
        ('id_base = "quay"', "site.toml:1:1: 'id_base' is no tag URI base"),
        ('[theme]\naccent = "red; } body { display: none"', "site.toml:2:1: 'accent' is no colour"),
        ('[[source]]\nname = "A"', "site.toml:1:1: a source has neither 'url' nor 'file'"),
        ('[[source]]\nurl = "javascript:x"', "site.toml:2:1: 'url' is no http or https URL"),
        ('[[source]]\nurl = "https://a.example/"\ntags = "x"', "site.toml:3:1: 'tags' is no list of texts"),
        ('source = "https://a.example/"', "site.toml:1:1: 'source' is no table; write [[source]] on a line of its own"),
        ('[source]\nurl = "https://a.example/"', "site.toml:1:1: 'source' is no table; write [[source]] on a line of its own"),
        ('theme = "dark"', "site.toml:1:1: 'theme' is no table; write [theme] on a line of its own"),
        ("title = ", "site.toml:1:9: not TOML"),
        ('title = "A"\ntitle = "B"', "site.toml:2:"),
    ],
)  # fmt: skip
def test_a_complaint_names_the_place_and_a_next_step(text: str, what: str) -> None:
    found = complaint(text)
    assert found.startswith(what) and "; " in found


def test_the_second_of_two_sources_is_found_by_its_own_line() -> None:
    text = '[[source]]\nurl = "https://a.example/"\n\n[[source]]\nurl = "https://b.example/"\nshow = "no"\n'
    assert complaint(text).startswith("site.toml:6:1: 'show'")


def test_two_sources_of_one_name_are_refused() -> None:
    text = '[[source]]\nname = "A"\nurl = "https://a.example/"\n\n[[source]]\nname = "A"\nurl = "https://b.example/"\n'
    assert complaint(text).startswith("site.toml:5:1")


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ('url = "https://me:${PW}@a.example/"', 'url = "https://you:word@a.example/"', "https://a.example/"),
        ('url = "https://a.example/"', 'name = "https://a.example/"\nurl = "https://b.example/"', "https://a.example/"),
        ('file = "x/a.xml"', 'file = "x/a.xml"', "x/a.xml"),
        ('name = "a.xml"\nurl = "https://a.example/"', 'file = "a.xml"', "a.xml"),
    ],
)
def test_two_sources_that_would_go_by_one_name_are_refused(first: str, second: str, name: str) -> None:
    found = complaint(f"[[source]]\n{first}\n[[source]]\n{second}\n")
    assert f"two sources are named {name!r}; give one of them another 'name'" in found and "word" not in found


def test_sources_that_differ_have_names_that_differ() -> None:
    """A negative control, and what each source is called."""
    stated = [
        'name = "A"\nurl = "https://me:${PW}@a.example/"',
        'url = "https://me:${PW}@a.example/"',
        'url = "https://a.example/?b"',
        'file = "x/a.xml"',
        'file = "y/a.xml"',
        'file = "x/b.xml"',
        'file = "."',
    ]
    settings = config.parse("".join(f"[[source]]\n{one}\n" for one in stated))
    assert [source.name for source in config.named(settings)] == [
        "A",
        "https://a.example/",
        "https://a.example/?b",
        "x/a.xml",
        "y/a.xml",
        "b.xml",
        ".",
    ]


def test_a_source_shows_and_waits_as_the_site_says_where_it_does_not() -> None:
    text = 'show = "full"\ninterval = "1h"\n[[source]]\nfile = "a"\n[[source]]\nfile = "b"\nshow = "headline"\ninterval = "1m"'
    one, other = config.named(config.parse(text))
    assert (one.show, one.interval, other.show, other.interval) == ("full", 3600, "headline", 60)


def test_everything_wrong_is_told_at_once() -> None:
    text = 'titel = "A"\ntimezone = "Berlin"\n[[feed]]\n[theme]\nsize = 5\n'
    assert [line.split(":")[1] for line in complaints(text)] == ["1", "2", "3", "5"]


def test_a_missing_file_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="broadsheet new"):
        config.load(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "site.toml").write_bytes('title = "Zürich"'.encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        config.load(tmp_path)


KEYS = st.sampled_from(["title", "base_url", "source", "menu", "theme", "name", "url", "feed", "x y", "ä", ""])
VALUES = st.recursive(
    st.sampled_from(["''", "'x'", "5", "1.5", "true", "2026-01-12", "nan"]),
    lambda inner: st.lists(inner, max_size=2).map(lambda many: f"[{', '.join(many)}]"),
    max_leaves=3,
)
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(lambda pair: f'"{pair[0]}" = {pair[1]}'),
    KEYS.map(lambda key: f'[["{key}"]]'),
    KEYS.map(lambda key: f'["{key}"]'),
)


@given(st.lists(LINES, max_size=6).map("\n".join) | st.text(max_size=60))
def test_any_text_is_settings_or_a_list_of_complaints(text: str) -> None:
    try:
        config.parse(text)
    except ConfigError as error:
        assert all(complaint.where.startswith("content/site.toml") for complaint in error.complaints)
    else:
        tomllib.loads(text)

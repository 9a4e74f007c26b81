"""What a site's owner says without touching a template: what pages may load, what robots may read, pictures, fonts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import protego
import pytest

from builder import config, urls
from builder.errors import ConfigError
from builder.markdown import to_html
from builder.policy import DEFAULT, policy
from tests.sitetest import SiteTest

_META = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')


def site_of(tmp_path: Path, **settings: object) -> SiteTest:
    site = SiteTest(tmp_path).config(**settings)
    return site.item("2026/01/12/a", title="A", link="https://a.example/1", image="https://a.example/1.jpg")


def directives(said: str) -> dict[str, list[str]]:
    found = (part.split() for part in said.split(";"))
    return {name: sources for name, *sources in found}


def stated(site: SiteTest) -> dict[str, list[str]]:
    """The policy of the home page."""
    (found,) = _META.findall(site.text("/"))
    return directives(found)


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "site.toml")
    return str(caught.value)


# -- what pages may load ------------------------------------------------------------------------------------


def test_a_page_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    site = site_of(tmp_path).build()
    assert stated(site) == {name: list(sources) for name, sources in DEFAULT.items()}
    assert not re.findall(
        r'<(?:script|img|link rel="(?:stylesheet|icon|manifest)")[^>]*(?:src|href)="http', site.text("/")
    )


def test_a_counter_and_a_newsletter_form_need_no_template(tmp_path: Path) -> None:
    site = site_of(
        tmp_path,
        csp={"connect-src": ["https://counter.example"], "form-action": ["https://letters.example/join"]},
        theme={"scripts": ["https://count.example/count.js", "/own.js"]},
    ).build()
    found = stated(site)
    assert found["connect-src"] == ["'self'", "https://counter.example"]
    assert found["form-action"] == ["'self'", "https://letters.example/join"]
    assert found["script-src"] == ["'self'", "https://count.example"]
    assert '<script src="https://count.example/count.js" defer></script>' in site.text("/2026/01/12/a/")
    assert '<script src="/own.js" defer></script>' in site.text("/")


def test_servers_are_told_the_same_policy(tmp_path: Path) -> None:
    site = site_of(tmp_path, base_url="https://news.example/digest/", csp={"img-src": ["https://a.example"]}).build()
    lines = site.text("/_headers").splitlines()
    assert lines[0] == "/digest/*"
    (said,) = [line.partition(": ")[2] for line in lines if "Content-Security-Policy" in line]
    assert directives(said) == stated(site) | {"frame-ancestors": ["'self'"]}


@pytest.mark.parametrize("one", ["'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'"])
def test_what_would_let_a_feed_run_scripts_is_refused(one: str) -> None:
    assert "a feed could run what it likes" in complaint(f'[csp]\nscript-src = ["{one}"]')


def test_a_script_comes_from_an_origin() -> None:
    assert "a feed could run what it likes" in complaint('[csp]\nscript-src = ["data:"]')
    for one in ("https://a.example;script-src/x.js", "https://me:word@a.example/x.js", "//a.example/x.js"):
        assert f"holds '{one}'" in complaint(f'[theme]\nscripts = ["{one}"]')


@pytest.mark.parametrize(
    "one", ["self", "none", "a; script-src *", "https://a.example b.example", "'none'", "*", "javascript:", "", "a\\nb"]
)
def test_a_directive_names_one_source_each(one: str) -> None:
    assert complaint(f'[csp]\nimg-src = ["{one}"]').startswith("site.toml:2:1: 'img-src' holds")


def test_unknown_directives_are_named() -> None:
    assert "unknown key 'default-src'" in complaint('[csp]\ndefault-src = ["https:"]')
    assert "did you mean 'img-src'?" in complaint('[csp]\nimage-src = ["https:"]')


# -- pictures -------------------------------------------------------------------------------------------------

BODY = "![A boat](https://a.example/boat.jpg) and ![Home](http://192.168.0.1/x.png)"


def test_pictures_of_others_are_not_shown(tmp_path: Path) -> None:
    site = site_of(tmp_path).item("2026/01/13/b", body=BODY, link="https://a.example/2").build()
    assert "<img" not in site.text("/2026/01/12/a/") + site.text("/2026/01/13/b/")


def test_pictures_are_linked_if_the_owner_says_so(tmp_path: Path) -> None:
    site = site_of(tmp_path, images="link").item("2026/01/13/b", body=BODY, link="https://a.example/2").build()
    picture = '<img src="https://a.example/1.jpg" alt="" loading="lazy" referrerpolicy="no-referrer">'
    assert picture in site.text("/2026/01/12/a/") and "https:" in stated(site)["img-src"]
    (shown,) = re.findall("<img[^>]*>", site.text("/2026/01/13/b/"))
    assert 'src="https://a.example/boat.jpg"' in shown and 'alt="A boat"' in shown and "no-referrer" in shown


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://a.example/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://localhost/x",
            "https://printer.local/x",
        ),
        *(
            "https://127.0.0.%31/x",
            "https://a.printer%2elocal/x",
            "https://a.printer\u3002local/x",
            "https://a.lo\u00adcal/x",
            "https://printer.home./x",
        ),
        *(
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://router/x",
            "data:image/svg+xml,x",
            "javascript:1",
            "//a.example/x",
        ),
    ],
)
def test_no_picture_makes_a_reader_ask_in_his_own_network(url: str) -> None:
    assert not urls.is_public_image(url)
    assert "<img" not in to_html(f'<img src="{url}" alt="x"> ![y]({url})', images=True)


def test_the_address_of_a_picture_is_written_as_it_was_judged() -> None:
    (shown,) = re.findall("<img[^>]*>", to_html('<img src="https://127.0.0.1\\@a.example/x">', images=True))
    assert 'src="https://a.example/x"' in shown
    assert urls.is_public_image("https://bilder.m\u00fcnchen.example/x")
    assert urls.is_public_image("https://a.\u092d\u093e\u0930\u0924/x")


def test_a_picture_cannot_bring_more_than_itself() -> None:
    html = to_html(
        '<img src="https://a.example/x" onerror="x()" style="x" class="y" width="9" alt="a> src=">', images=True
    )
    shown = html.replace("&gt;", ">")
    assert shown == '<p><img src="https://a.example/x" alt="a> src=" loading="lazy" referrerpolicy="no-referrer"></p>'


# -- robots ---------------------------------------------------------------------------------------------------


def allowed(site: SiteTest, robot: str, path: str = "/tags/") -> bool:
    return bool(protego.Protego.parse(site.text("/robots.txt")).can_fetch(f"https://news.example{path}", robot))


def test_all_robots_are_welcome_unless_the_owner_says_otherwise(tmp_path: Path) -> None:
    site = site_of(tmp_path).build()
    assert allowed(site, "Googlebot") and allowed(site, "GPTBot") and "noindex" not in site.text("/")
    assert "Sitemap: https://news.example/sitemap.xml" in site.text("/robots.txt")


def test_search_engines_alone(tmp_path: Path) -> None:
    site = site_of(tmp_path, crawlers="search", block_crawlers=["NosyBot"]).build()
    assert allowed(site, "Googlebot")
    assert not any(allowed(site, robot) for robot in ("GPTBot", "CCBot", "ClaudeBot", "Google-Extended", "NosyBot"))


def test_no_robots_at_all(tmp_path: Path) -> None:
    site = site_of(tmp_path, crawlers="none").build()
    assert not allowed(site, "Googlebot")
    assert '<meta name="robots" content="noindex">' in site.text("/")


def test_a_robot_is_named_by_a_word() -> None:
    assert "holds 'Bad Bot\\nAllow: /'" in complaint('block_crawlers = ["Bad Bot\\nAllow: /"]')


def test_a_source_may_be_left_to_its_publisher(tmp_path: Path) -> None:
    """Its items are pages like others, but no search engine is to show ours instead of the publisher's."""
    source = [{"name": "Gazette", "file": "samples/a.xml"}]
    site = site_of(tmp_path, source=source)
    site.item("2026/01/13/b", title="B", link="https://b.example/1", source="Gazette", story="2026/01/13/b")
    site.item("2026/01/13/c", title="C", link="https://c.example/1", source="Gazette", story="2026/01/13/b").build()
    assert "noindex" not in site.text("/2026/01/13/b/") and "/13/b/" in site.text("/sitemaps/2026-01.xml")
    site.config(source=[source[0] | {"noindex": True}]).build()
    for route in ("/2026/01/13/b/", "/2026/01/13/c/", "/stories/2026/01/13/b/"):
        assert '<meta name="robots" content="noindex">' in site.text(route)
        assert route not in site.text("/sitemaps/2026-01.xml")
    assert "noindex" not in site.text("/2026/01/12/a/") and "/12/a/" in site.text("/sitemaps/2026-01.xml")
    assert site.files() == SiteTest(tmp_path).build(output=tmp_path / "fresh").files()


def test_a_source_that_is_not_indexed_has_a_name() -> None:
    assert "no 'name'" in complaint('[[source]]\nurl = "https://a.example/f"\nnoindex = true')
    assert config.parse('[[source]]\nname = "A"\nurl = "https://a.example/f"\nnoindex = true').unindexed == {"A"}


# -- the look ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("font", "css"),
    [
        ("sans", "--serif: var(--sans);"),
        ("serif", "--sans: var(--serif);"),
        ('"Source Serif 4", -apple-system, serif', '--serif: "Source Serif 4", -apple-system, serif;'),
        ("Literata, 'Noto Serif', serif", "--serif: Literata, 'Noto Serif', serif;"),
    ],
)
def test_the_font(tmp_path: Path, font: str, css: str) -> None:
    assert css in site_of(tmp_path, theme={"font": font}).build().text("/theme.css")


@pytest.mark.parametrize(
    "font", ["serif; } body { display: none", "url(x)", "a\\nb", "", "Literata's", "Source Serif 4", "A, " * 40 + "(x)"]
)
def test_a_font_is_nothing_but_families(font: str) -> None:
    assert "'font' is neither" in complaint(f'[theme]\nfont = "{font}"')


def test_the_icon(tmp_path: Path) -> None:
    site = site_of(tmp_path, theme={"icon": "/icon.png"}).file("content/static/icon.png", "x").build()
    assert '<link rel="icon" href="/icon.png">' in site.text("/") and "apple-touch-icon" in site.text("/")
    (icon,) = json.loads(site.text("/manifest.webmanifest"))["icons"]
    assert (icon["src"], icon["type"]) == ("/icon.png", "image/png")
    assert "'icon' is no .svg, .png or .ico file" in complaint('[theme]\nicon = "/icon.gif"')
    assert "'icon' is no .svg, .png or .ico file" in complaint('[theme]\nicon = "icon.png"')


def test_the_policy_of_settings_alone() -> None:
    settings = config.parse('[csp]\nscript-src = ["https://a.example"]\n[theme]\nscripts = ["https://a.example/x.js"]')
    assert directives(policy(settings))["script-src"] == ["'self'", "https://a.example"]


def test_a_link_around_a_picture_says_where_it_leads() -> None:
    html = to_html("[![](https://a.example/x.png)](https://www.b.example/y)", images=True)
    assert '<a href="https://www.b.example/y"' in html and 'alt="b.example"' in html

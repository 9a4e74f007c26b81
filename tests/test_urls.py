"""Addresses: when two name one article, what a slug keeps, what may be shown, and where routes lead."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given, strategies as st

from builder import canonical, urls

SLUG = re.compile(r"([a-z0-9][a-z0-9-]{0,79})?")
# Surrogates too: broken feeds hold them.
TEXT = st.text(st.characters(), max_size=200)
PARTS = [
    "http",
    "https",
    "javascript",
    "data",
    "://",
    "//",
    ":",
    "/",
    "\\",
    "@",
    "?",
    "#",
    "%",
    "%00",
    "%0a",
    "&",
    "=",
    "..",
    ".",
    ";",
]
HOSTS = [
    "gazette.example",
    "www.gazette.example",
    "[::1]",
    "[",
    "127.0.0.1:80",
    ":99999",
    "bücher.example",
    "\u202e",
    "\t",
    "\n",
    "\x00",
    " ",
    "a b",
]
ADDRESS = st.lists(st.sampled_from(PARTS + HOSTS), max_size=8).map("".join) | TEXT


# -- slugs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Ice, nine thousand years old", "ice-nine-thousand-years-old"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("Bread & butter", "bread-and-butter"),
        ("Don't", "dont"),
        ("Zürich – Köln", "zurich-koln"),
        ("ﬁne ½", "fine-1-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("…", ""),
        ("", ""),
    ],
)
def test_a_slug_keeps_what_distinguishes(title: str, slug: str) -> None:
    assert urls.slug(title) == slug


def test_a_long_slug_is_cut_at_a_word() -> None:
    assert urls.slug("word " * 40) == "-".join(["word"] * 16)


@given(TEXT, st.integers(1, urls.SLUG_BYTES))
def test_any_text_has_a_slug_that_is_safe_in_a_path(text: str, limit: int) -> None:
    slug = urls.slug(text, limit)
    assert SLUG.fullmatch(slug) and len(slug) <= limit and not slug.endswith("-")


@given(TEXT)
def test_a_slug_is_its_own_slug(text: str) -> None:
    assert urls.slug(urls.slug(text)) == urls.slug(text)


@given(TEXT, st.text("0123456789abcdef", min_size=16, max_size=16))
def test_every_item_has_a_slug_that_no_day_or_hour_has(title: str, id: str) -> None:
    slug = urls.item_slug(title, id)
    assert SLUG.fullmatch(slug) and slug and not re.fullmatch(r"w?\d+", slug)


@pytest.mark.parametrize("pair", [("Zürich", "zurich"), ("UKRAINE", "Ukraine"), (" Port  Ellery", "Port Ellery")])
def test_spellings_of_one_term_share_a_slug(pair: tuple[str, str]) -> None:
    assert urls.term_slug(pair[0]) == urls.term_slug(pair[1])


@pytest.mark.parametrize("pair", [("C++", "C#"), ("C", "C++"), ("!", "?"), ("北京", "背景"), ("мир", "mir")])
def test_terms_that_differ_have_slugs_that_differ(pair: tuple[str, str]) -> None:
    assert urls.term_slug(pair[0]) != urls.term_slug(pair[1])


@given(TEXT)
def test_any_term_has_a_slug(name: str) -> None:
    assert SLUG.fullmatch(urls.term_slug(name)) and urls.term_slug(name)


# -- keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://gazette.example/bridge?id=5",
        "http://gazette.example/bridge?id=5",
        "HTTPS://WWW.Gazette.Example:443/bridge?id=5",
        "https://m.gazette.example/bridge/?id=5",
        "https://amp.gazette.example/bridge/amp/?id=5",
        "https://gazette.example/a/../bridge/index.html?id=5",
        "https://gazette.example//bridge?id=5#comments",
        "https://gazette.example/bridge?utm_source=x&id=5&fbclid=y",
        "https://reader:secret@gazette.example/bridge?id=5",
        "  https://gazette.example/bridge?id=5\n",
        "https://gazette.example./bridge?id=5",
        "http://gazette.example:443/bridge?id=5",
        "https://mobile.gazette.example/%62ridge?%69d=5",
        "https://gazette.example/bridge.amp?id=5",
        "https://gazette.example/bridge?id=5&amp=1",
        "https://gazette.example/bridge?id=5&outputType=amp",
        "https://gazette.example/bridge?ref=rss&id=5",
        "https://gazette-example.cdn.ampproject.org/c/s/gazette.example/bridge?id=5",
        "https://www.google.com/amp/s/amp.gazette.example/bridge?id=5",
        "https://www.google.com/url?rct=j&sa=t&url=https://gazette.example/bridge%3Fid%3D5&ct=ga&usg=x",
        "http://news.google.com/news/url?sa=t&fd=R&url=http://gazette.example/bridge%3Fid%3D5",
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fgazette.example%2fbridge%3fid%3d5&c=1",
        "https://www.google.com/url?url=https%3A%2F%2Fwww.google.com%2Famp%2Fs%2Fgazette.example%2Fbridge%3Fid%3D5",
    ],
)
def test_the_addresses_of_one_article_share_a_key(address: str) -> None:
    assert canonical.key(address) == "gazette.example/bridge?id=5"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://gazette.example/?id=5", "https://gazette.example/?id=6"),
        ("https://gazette.example/a", "https://gazette.example/A"),
        ("https://gazette.example/a", "https://courier.example/a"),
        ("https://gazette.example//a", "https://gazette.example//b"),
        ("https://gazette.example/a", "https://gazette.example:8080/a"),
        ("https://www.example/a", "https://m.example/a"),
        ("https://gazette.example/a?page=1", "https://gazette.example/a?page=2"),
        ("https://gazette.example/?p=1", "https://gazette.example/?p=2"),
        ("https://gazette.example/?story=a", "https://gazette.example/?story=b"),
        ("https://gazette.example/a", "https://gazette.example/a/2"),
        ("https://gazette.example/#!/a", "https://gazette.example/#!/b"),
        ("https://gazette.example/#/a", "https://gazette.example/#/b"),
        ("https://gazette.example/a%2Fb", "https://gazette.example/a/b"),
        ("https://gazette.example/a%3Fb", "https://gazette.example/a?b"),
        ("https://gazette.example/?q=%E4", "https://gazette.example/?q=%F6"),
        ("https://gazette.example/?q=a%2Bb", "https://gazette.example/?q=a+b"),
        ("https://gazette.example/watch?v=a&si=1", "https://gazette.example/watch?v=a&si=2"),
        ("https://gazette.example/?amp=volts", "https://gazette.example/"),
        ("https://gazette.example/?source=harbour", "https://gazette.example/"),
        ("https://www.co.uk/a", "https://m.co.uk/a"),
        ("https://straße.example/", "https://strasse.example/"),
        ("https://www.google.com/url?sa=t&q=harbour", "https://www.google.com/url?sa=t&q=hill"),
        ("https://gazette.example/url?url=https://a.example/", "https://gazette.example/url?url=https://b.example/"),
    ],
)
def test_the_addresses_of_two_articles_do_not(one: str, other: str) -> None:
    assert canonical.key(one) != canonical.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://gazette.example/%7Eann/%c3%bc", "https://gazette.example/~ann/ü"),
        ("https://gazette.example/?q=%C3%BC+b", "https://gazette.example/?q=ü%20b"),
        ("https://gazette.example/a(1)", "https://gazette.example/a%281%29"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example"),
        ("https://gazette。example/", "https://gazette.example/"),
        ("https://en.m.gazette.example/a", "https://en.gazette.example/a"),
        ("https://gazette.example/amp/news/a", "https://gazette.example/news/a"),
        ("https://gazette.example/a.amp.html", "https://gazette.example/a.html"),
        ("https://www.youtube.com/watch?v=a&si=1&feature=share", "https://m.youtube.com/watch?v=a"),
        ("https://gazette.example/a#xtor=RSS-1", "https://gazette.example/a#:~:text=b"),
    ],
)
def test_the_spelling_of_an_address_does_not_count(one: str, other: str) -> None:
    assert canonical.key(one) == canonical.key(other)


@given(ADDRESS)
def test_any_text_has_a_key(address: str) -> None:
    assert isinstance(canonical.key(address), str)


PIECES = st.sampled_from(
    [*PARTS, *HOSTS, "%2F", "%2e", "%C3%BC", "%E4", "+", "/amp/", ".amp", ".html", "index.html", "#!/", "www.", "m.", "en.m.",
     "ß", "。", "utm_source=a", "id=5", "amp=1", "http%3A%2F%2Fb.example%2F", "url=", "www.google.com/url?", "www.google.com/amp/s/",
     "a-b.cdn.ampproject.org/c/s/", "news.google.com/news/url?", ":443"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=10).map("".join) | TEXT)
@example("gazette.example/amp/...amp")
def test_the_key_of_an_address_is_its_own_key(rest: str) -> None:
    key = canonical.key("https://" + rest)
    assert key.startswith("http") or canonical.key("https://" + key) == key


def test_a_very_long_address_is_its_own_key() -> None:
    long = "https://gazette.example/" + "/amp" * 50_000
    assert canonical.key(long) == long


TRACKING = st.sampled_from(
    ["utm_source", "utm_medium", "fbclid", "gclid", "mc_cid", "at_medium", "ncid", "UTM_CAMPAIGN"]
)
PATH = st.lists(st.text("abcXYZ019-_~", min_size=1, max_size=6), max_size=4).map("/".join)
QUERY = st.lists(st.tuples(st.sampled_from(["id", "p", "q", "page"]), st.text("abc019", max_size=4)), max_size=3)


@given(
    PATH,
    QUERY,
    st.lists(st.tuples(TRACKING, st.text("abc019", max_size=4)), max_size=3),
)
def test_tracking_parameters_never_change_a_key(
    path: str, query: list[tuple[str, str]], tracking: list[tuple[str, str]]
) -> None:
    plain = f"https://gazette.example/{path}" + _query(query)
    tracked = f"https://gazette.example/{path}" + _query([*tracking, *query])
    assert canonical.key(tracked) == canonical.key(plain)
    assert canonical.key("https://" + canonical.key(tracked)) == canonical.key(tracked)


def _query(pairs: list[tuple[str, str]]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in pairs) if pairs else ""


# -- what may be shown ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://gazette.example/a", "https://gazette.example/a"),
        ("//gazette.example/a", "https://gazette.example/a"),
        ("/a", "https://gazette.example/a"),
        ("a (1).html", "https://gazette.example/b/a%20%281%29.html"),
        ("https://gazette.example/ü?q=ü", "https://gazette.example/%C3%BC?q=%C3%BC"),
        ("https://gazette.example/%C3%BC", "https://gazette.example/%C3%BC"),
        ("mailto:editors@gazette.example", "mailto:editors@gazette.example"),
        ("javascript:alert(1)", ""),
        (" java\tscript:alert(1)", ""),
        ("\x01javascript:alert(1)", ""),
        ("JAVASCRIPT&colon;alert(1)", "https://gazette.example/b/JAVASCRIPT&colon;alert%281%29"),
        ("data:text/html,x", ""),
        ("vbscript:x", ""),
        ("file:///etc/passwd", ""),
        ("mailto:", ""),
    ],
)
def test_a_link_is_made_absolute_or_not_shown(url: str, shown: str) -> None:
    assert urls.absolute(url, "https://gazette.example/b/") == shown


@given(st.from_regex(urls._PLAIN_ROUTE, fullmatch=True))
def test_a_route_that_needs_no_second_look_would_pass_it(route: str) -> None:
    assert not route.startswith("//")
    assert urls.under("https://gazette.example/digest/", route) == "/digest" + quote(route, safe=urls.SAFE)


@given(st.from_regex(urls._PLAIN, fullmatch=True))
@example("https://gazette.example?a=%zz")
def test_an_address_that_needs_no_second_look_would_pass_it(url: str) -> None:
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https") and parts.hostname
    assert quote(url, safe=urls.SAFE) == url == "".join(url.split())
    assert urls.absolute(url) == url and urls.is_public_link(url)


@given(ADDRESS, ADDRESS)
def test_no_text_becomes_a_link_of_another_scheme(url: str, base: str) -> None:
    shown = urls.absolute(url, base)
    assert shown == "" or shown.lower().startswith(("http://", "https://", "mailto:"))
    assert not re.search(r"[\s<>\"'\\()\x00-\x1f]", shown)


@given(TEXT)
def test_what_is_shown_once_is_shown_again_unchanged(rest: str) -> None:
    shown = urls.absolute("https://gazette.example/" + rest)
    assert urls.absolute(shown) == shown


# -- routes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("route", "file"),
    [("/", "index.html"), ("/tags/", "tags/index.html"), ("/feed.xml", "feed.xml"), ("/a/b.c/", "a/b.c/index.html")],
)
def test_a_route_is_a_file(route: str, file: str) -> None:
    assert urls.file_of(route) == file


@pytest.mark.parametrize(
    ("forgiven", "shown"),
    [
        ("https://a.example/[x]?q=[]#y#z[", "https://a.example/%5Bx%5D?q=%5B%5D#y%23z%5B"),
        ("https://a.example/100%?%zz&%41", "https://a.example/100%25?%25zz&%41"),
        ("https://[::1]/x]", "https://[::1]/x%5D"),
        ("mailto:a%@b.example", "mailto:a%25@b.example"),
        ("https://a.example/x?y#z", "https://a.example/x?y#z"),
    ],
)
def test_what_browsers_forgive_is_mended_where_it_is_shown(forgiven: str, shown: str) -> None:
    assert urls.under("https://news.example/", forgiven) == shown
    assert urls.under("https://news.example/", shown) == shown


@pytest.mark.parametrize(
    ("base", "link", "full"),
    [
        ("https://news.example/", "/tags/", "https://news.example/tags/"),
        ("https://news.example", "/tags/", "https://news.example/tags/"),
        ("https://news.example/digest", "/digest/tags/", "https://news.example/digest/tags/"),
        ("http://localhost:8000/a/b/", "/a/b/tags/", "http://localhost:8000/a/b/tags/"),
    ],
)
def test_routes_live_under_any_base(base: str, link: str, full: str) -> None:
    assert (urls.under(base, "/tags/"), urls.full(base, "/tags/")) == (link, full)


@pytest.mark.parametrize("address", ["https://gazette.example/", "mailto:editors@gazette.example"])
def test_other_addresses_pass(address: str) -> None:
    assert urls.under("https://news.example/digest/", address) == address


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:x", "tags/", ""])
def test_what_may_not_be_shown_leads_nowhere(address: str) -> None:
    assert urls.under("https://news.example/", address) == "#"


@given(ADDRESS)
def test_a_link_never_leaves_the_site_unasked(route: str) -> None:
    link = urls.under("https://news.example/digest/", "/" + route.lstrip("/\\"))
    assert link.startswith("/digest/") and not urlsplit(link).netloc


@pytest.mark.parametrize(
    "address",
    ["https://a..example/", "https://a.example:99999/", "https://a.example:x/", "https://999.1.1.1/", "https://a.0x1/",
     "https://[v1.x]/", "https://exa%20mple/", "https://xn--0/", "https://a.example:" + "1" * 5000 + "/", "https://" + "a" * 64 + ".example/", "https:a", "ftp://a.b/"],
)  # fmt: skip
def test_what_can_be_no_address_is_none(address: str) -> None:
    assert urls.strict(address) == ""


@pytest.mark.parametrize(
    "address",
    ["https://xn--mnchen-3ya.example/", "https://m%C3%BCnchen.example/", "https://1.2.3.4:80/", "https://[::1]:8080/x",
     "https://a_b.example./", "https://r3---sn.example/?a=%41&b#c?d", "mailto:editors@gazette.example"],
)  # fmt: skip
def test_what_can_be_an_address_stays_to_the_letter(address: str) -> None:
    assert urls.strict(address) == address


def test_nobodys_password_is_shown() -> None:
    assert urls.under("https://news.example/", "https://me:word@a.example/x") == "https://a.example/x"

"""Pages are read where robots.txt lets us, and left alone where its server fails to say."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from builder.errors import SourceError
from builder.fetch import Client
from builder.robots import TEXT_BYTES, Robots
from tests.publishers import Behaviour, Publishers, hang_up, network, page, publishers, redirect, status

pytest.importorskip("protego")


@pytest.fixture
def server() -> Iterator[Publishers]:
    with publishers() as server:
        yield server


def robots(server: Publishers) -> Robots:
    return Robots(Client("https://news.example/", network=network(server), environment={}, host_gap=0))


def says(server: Publishers, text: str) -> Robots:
    server.on("gazette.example/robots.txt", page(text.encode()))
    return robots(server)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /private/", True),
        ("User-agent: *\nDisallow: /2026/", False),
        ("User-agent: *\nDisallow: /2026/\nAllow: /2026/storm", True),
        ("User-agent: *\nDisallow: /*.html$", False),
        ("User-agent: Other\nDisallow: /", True),
        ("User-agent: Broadsheet\nDisallow: /", False),
        ("User-agent: broadsheet/1.0\nDisallow: /", False),
        ("User-agent: BroadsheetPlus\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Broadsheet\nAllow: /", True),
        ("User-agent: Other\nUser-agent: Broadsheet\nDisallow: /", False),
        ("User-agent: Other\rDisallow: /\r\rUser-agent: *\rDisallow: /private/", True),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("# " + "a" * TEXT_BYTES + "\nUser-agent: *\nDisallow: /", True),
        ("<!doctype html><title>Not here</title>", True),
        ("\x00\xff\nDisallow", True),
    ],
)
def test_a_page_is_read_where_the_rules_allow_it(server: Publishers, text: str, allowed: bool) -> None:
    assert says(server, text).allows("http://gazette.example/2026/storm.html") == allowed


@pytest.mark.parametrize(
    ("behaviour", "allowed"),
    [
        *((status(404), True), (status(403), True), (status(410), True), (status(500), False), (status(503), False)),
        *((hang_up, False), (redirect("http://10.0.0.1/"), False), (redirect("/robots.txt"), False)),
    ],
)
def test_a_server_without_rules_allows_all_and_one_that_fails_nothing(
    server: Publishers, behaviour: Behaviour, allowed: bool
) -> None:
    server.on("gazette.example/robots.txt", behaviour)
    assert robots(server).allows("http://gazette.example/a") == allowed


def test_rules_may_stand_behind_a_redirect(server: Publishers) -> None:
    server.on("gazette.example/robots.txt", redirect("http://herald.example/rules", 301))
    server.on("herald.example/rules", page(b"User-agent: *\nDisallow: /a"))
    rules = robots(server)
    assert (rules.allows("http://gazette.example/a"), rules.allows("http://gazette.example/b")) == (False, True)


def test_an_origin_is_asked_once_however_many_pages_it_has(server: Publishers) -> None:
    rules = says(server, "User-agent: *\nDisallow: /private/")
    with ThreadPoolExecutor(16) as pool:
        pages = [f"http://Gazette.example:80/{place}/{n}" for n in range(16) for place in ("news", "private")]
        assert list(pool.map(rules.allows, pages)) == [True, False] * 16
    assert [request.path for request in server.requests] == ["/robots.txt"]
    assert "text/plain" in server.requests[0].headers["accept"]


def test_origins_have_rules_of_their_own(server: Publishers) -> None:
    rules = says(server, "User-agent: *\nDisallow: /")
    assert not rules.allows("http://gazette.example/a")
    assert rules.allows("http://herald.example/a")


def test_a_private_page_has_no_rules_that_we_would_ask_for(server: Publishers) -> None:
    assert not robots(server).allows("http://10.0.0.1/a")
    assert server.connected == []
    assert robots(server).allows("http://10.0.0.1/a", private=True)


def test_what_is_refused_to_the_public_is_not_refused_to_those_at_home(server: Publishers) -> None:
    rules = robots(server)
    assert not rules.allows("http://10.0.0.1/a")
    assert rules.allows("http://10.0.0.1/a", private=True)
    assert not rules.allows("http://10.0.0.1/a")


def test_what_is_no_address_is_one_reason(server: Publishers) -> None:
    with pytest.raises(SourceError, match="no http or https URL"):
        robots(server).allows("javascript:alert(1)")


def test_rules_for_thousands_of_programs_are_read_in_no_time(server: Publishers) -> None:
    names = "".join(f"User-agent: bot{number}\n" for number in range(15_000))
    rules = says(server, names + "Disallow: /a\n" * 15_000 + "User-agent: *\n" + "Disallow: /b\n" * 100)
    assert (rules.allows("http://gazette.example/a"), rules.allows("http://gazette.example/b")) == (True, False)

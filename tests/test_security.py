"""Whom the preview answers, and with what: nobody else's pages, and nothing that lies outside of the site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builder import security
from builder.folder import Folder
from builder.server import Preview
from builder.shown import Shown
from tests.servetest import raw, serving
from tests.sitetest import SiteTest

CANARY = b"not for anybody's eyes"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SiteTest:
    """A built site with a secret beside it, and ways to it from inside."""
    root = tmp_path_factory.mktemp("preview")
    site = SiteTest(root).item("2026/01/12/a", title="A", tags=["x"]).build()
    for name in ("secret.txt", "site/inside.txt", "site/.hidden", "site/tags/.hidden", "site/.git/config"):
        site.file(name, CANARY.decode())
    (site.output / "link.txt").symlink_to(root / "secret.txt")
    (site.output / "folder").symlink_to(root)
    (site.output / "tags" / "up").symlink_to("../..")
    return site


@pytest.fixture(scope="module")
def server(site: SiteTest) -> Iterator[Preview]:
    with serving(Folder(site.output)) as running:
        yield running


def asked(target: bytes, *headers: bytes, method: bytes = b"GET", host: bytes = b"Host: localhost") -> bytes:
    """A request, byte by byte as it is meant."""
    lines = (method + b" " + target + b" HTTP/1.1", *([host] if host else []), *headers, b"Connection: close")
    return b"\r\n".join((*lines, b"", b""))


# -- no way out ------------------------------------------------------------------------------------------

TARGETS = [
    b"/../secret.txt",
    b"/../../../../../../../../etc/passwd",
    b"/tags/../../secret.txt",
    b"/tags/x/../../../secret.txt",
    b"/./../secret.txt",
    b"/.//../secret.txt",
    b"/%2e%2e/secret.txt",
    b"/%2e./secret.txt",
    b"/.%2e/secret.txt",
    b"/%2E%2E%2Fsecret.txt",
    b"/%2e%2e%2f%2e%2e%2fsecret.txt",
    b"/..%2fsecret.txt",
    b"/..%2Fsecret.txt",
    b"/tags%2f..%2f..%2fsecret.txt",
    b"/%252e%252e/secret.txt",
    b"/%252e%252e%252fsecret.txt",
    b"/%25252e%25252e/secret.txt",
    b"/..\\secret.txt",
    b"\\..\\secret.txt",
    b"/..%5csecret.txt",
    b"/..%5Csecret.txt",
    b"/%5c..%5csecret.txt",
    b"/..%255csecret.txt",
    b"//secret.txt",
    b"//../secret.txt",
    b"///../secret.txt",
    b"/tags//../../secret.txt",
    b"//localhost/../secret.txt",
    b"/tags/%00/../../secret.txt",
    b"/../secret.txt%00.html",
    b"/inside.txt%00",
    b"/%c0%ae%c0%ae/secret.txt",
    b"/%c0%ae%c0%ae%c0%afsecret.txt",
    b"/%e0%80%ae%e0%80%ae/secret.txt",
    b"/%uff0e%uff0e/secret.txt",
    b"/%ef%bc%8e%ef%bc%8e/secret.txt",
    b"/..%c0%afsecret.txt",
    b"/\xc0\xae\xc0\xae/secret.txt",
    b"/..;/secret.txt",
    b"/..;a=b/secret.txt",
    b"/....//secret.txt",
    b"/.../secret.txt",
    b"/%2e%2e;/secret.txt",
    b"/~/secret.txt",
    b"/@fs/../secret.txt",
    b"/?/../secret.txt",
    b"/tags/?file=../../secret.txt",
    b"/#/../secret.txt",
    b"http://localhost/inside.txt",
    b"http://localhost/../secret.txt",
    b"http://news.example/inside.txt",
    b"file:///etc/passwd",
    b"../secret.txt",
    b"inside.txt",
    b"*",
    b"/link.txt",
    b"/folder/secret.txt",
    b"/folder/content/site.toml",
    b"/tags/up/secret.txt",
    b"/tags/up/",
    b"/.broadsheet/routes",
    b"/%2ebroadsheet/routes",
    b"/.git/config",
    b"/%2egit/config",
    b"/.hidden",
    b"/tags/.hidden",
    b"/tags/x/../.hidden",
    b"/_broadsheet/../secret.txt",
    b"/_broadsheet/%2e%2e/secret.txt",
    b"/_broadsheet/../server.py",
    b"/_broadsheet//etc/passwd",
    b"/inside.txt/",
    b"/inside.txt/..",
    b"/inside.txt%20",
    b"/inside.txt::$DATA",
]


@pytest.mark.parametrize("target", TARGETS, ids=repr)
def test_nothing_outside_and_nothing_hidden_is_served(target: bytes, server: Preview) -> None:
    answer = raw(server, asked(target))
    assert answer.status in (400, 404) or target in (b"/?/../secret.txt", b"/tags/?file=../../secret.txt")
    assert CANARY not in answer.data and b"root:" not in answer.data and b"/2026/01/12/a/\n" not in answer.data


def test_the_same_file_inside_is_served(server: Preview) -> None:
    assert CANARY in raw(server, asked(b"/inside.txt")).data
    assert CANARY in raw(server, asked(b"/%69nside.txt?../secret.txt")).data


def test_without_the_checks_the_secret_is_served(site: SiteTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The matrix can tell: it finds a server that checks nothing."""

    class Open(Folder):
        def shown(self, route: str) -> Shown | None:
            file = self.root / route.lstrip("/")
            return Shown(route=route, body=file.read_bytes(), kind="text/plain", version="") if file.is_file() else None

    monkeypatch.setattr(security, "route_of", lambda target: target.replace("%2e", "."))
    with serving(Open(site.output)) as server:
        found = [target for target in TARGETS if CANARY in raw(server, asked(target)).data]
    assert {b"/../secret.txt", b"/%2e%2e/secret.txt", b"/link.txt", b"/.hidden", b"/_broadsheet/../secret.txt"} - set(
        found
    ) == {b"/_broadsheet/../secret.txt"}
    assert len(found) > 10


# -- whose names it answers to -------------------------------------------------------------------------------

HOSTS = {
    b"localhost": True,
    b"localhost:8000": True,
    b"LOCALHOST": True,
    b"digest.localhost:8000": True,
    b"127.0.0.1": True,
    b"127.0.0.1:1": True,
    b"127.8.9.10:8000": True,
    b"[::1]": True,
    b"[::1]:8000": True,
    b"news.example": False,
    b"news.example:8000": False,
    b"127.0.0.1.news.example": False,
    b"localhost.news.example": False,
    b"newslocalhost": False,
    b"localhost@news.example": False,
    b"news.example#localhost": False,
    b"localhost, news.example": False,
    b"localhost:8000:9000": False,
    b"localhost:port": False,
    b"": False,
    b"0.0.0.0": False,
    b"169.254.169.254": False,
    b"192.168.1.10": False,
    b"127.1": False,
    b"2130706433": False,
    b"[::]": False,
    b"[127.0.0.1]": False,
    b"::1": False,
    b".localhost": False,
    b"localhost.": False,
}


@pytest.mark.parametrize(("host", "answered"), HOSTS.items(), ids=repr)
def test_only_the_names_of_this_machine_are_answered(host: bytes, answered: bool, server: Preview) -> None:
    answer = raw(server, asked(b"/inside.txt", host=b"Host: " + host))
    assert answer.status == (200 if answered else 403)
    assert (CANARY in answer.data) == answered


@pytest.mark.parametrize("host", [b"", b"Host: localhost\r\nHost: localhost", b"Host: localhost\r\nhost: news.example"])
def test_a_request_has_one_host(host: bytes, server: Preview) -> None:
    assert raw(server, asked(b"/inside.txt", host=host)).status == 400


def test_without_the_check_of_names_any_is_answered(server: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "is_own", lambda host, names: True)
    wrong = [host for host, answered in HOSTS.items() if not answered]
    assert all(CANARY in raw(server, asked(b"/inside.txt", host=b"Host: " + host)).data for host in wrong)


def test_an_address_is_a_name_however_it_was_reached() -> None:
    """A socket that takes both kinds of addresses says `::ffff:192.0.2.7` for one that came by the old kind."""
    names = security.names_of("::", "::ffff:192.0.2.7", "Preview.LAN")
    assert names == {"[::]", "192.0.2.7", "preview.lan"}
    assert security.is_own("192.0.2.7:8000", names) and not security.is_own("192.0.2.8:8000", names)


def test_a_name_that_was_given_is_answered_to() -> None:
    assert security.is_own("preview.lan:8000", {"preview.lan"})
    assert not security.is_own("preview.lan:8000", {"other.lan"})


# -- whose pages may ask ---------------------------------------------------------------------------------------

ORIGINS = {
    b"": True,
    b"http://localhost": True,
    b"http://localhost:8000": False,
    b"http://127.0.0.1": False,
    b"https://localhost": False,
    b"http://news.example": False,
    b"http://localhost.news.example": False,
    b"http://localhost@news.example": False,
    b"null": False,
    b"file://": False,
    b"http://localhost/": False,
}


@pytest.mark.parametrize("token", ["none", "bad", "good"])
@pytest.mark.parametrize(("origin", "right"), ORIGINS.items(), ids=repr)
def test_only_our_own_pages_get_the_stream(origin: bytes, right: bool, token: str, server: Preview) -> None:
    said = {"none": [], "bad": [b"x" * len(server.token)], "good": [server.token.encode()]}[token]
    headers = [b"Broadsheet-Token: " + one for one in said] + ([b"Origin: " + origin] if origin else [])
    answer = raw(server, asked(b"/_broadsheet/events", *headers), until=b"\n\n")
    assert answer.status == (200 if right and token == "good" else 403)
    assert (b"data: " in answer.data) == (right and token == "good")


def test_without_the_check_of_tokens_anybody_gets_the_stream(server: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "is_page_of", lambda token, header: True)
    monkeypatch.setattr(security, "is_from_here", lambda header: True)
    for origin in ORIGINS:
        answer = raw(server, asked(b"/_broadsheet/events", b"Origin: " + origin), until=b"\n\n")
        assert answer.status == 200 and b"data: " in answer.data


METADATA = [
    ("same-origin", "cors", "empty", 200),
    ("none", "navigate", "document", 200),
    ("cross-site", "navigate", "document", 200),
    ("cross-site", "no-cors", "script", 403),
    ("cross-site", "no-cors", "image", 403),
    ("cross-site", "navigate", "iframe", 403),
    ("same-site", "no-cors", "script", 403),
    ("same-site", "cors", "empty", 403),
]


@pytest.mark.parametrize(("site_", "mode", "dest", "status"), METADATA)
def test_no_other_page_may_load_ours_into_itself(
    site_: str, mode: str, dest: str, status: int, server: Preview
) -> None:
    said = {"Site": site_, "Mode": mode, "Dest": dest}
    headers = [f"Sec-Fetch-{name}: {value}".encode() for name, value in said.items()]
    assert raw(server, asked(b"/inside.txt", *headers)).status == status


def test_each_process_has_a_token_of_its_own(site: SiteTest, server: Preview) -> None:
    with serving(Folder(site.output)) as other:
        assert len(other.token) >= 43 and other.token != server.token

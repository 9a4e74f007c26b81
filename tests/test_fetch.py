"""What a client asks of servers and takes from them: politely, within its limits, and without telling a secret.

The servers are on this machine; made-up names and addresses lead to them.
"""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import ssl
import subprocess
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, strategies as st

from builder import connections, fetch, guard, urls
from builder.connections import Budget
from builder.errors import SourceError
from builder.fetch import Answer, Client
from builder.guard import Network
from builder.secrets import Secrets
from tests.publishers import (
    HERE,
    HOSTILE,
    Behaviour,
    Publishers,
    Tripwire,
    Visit,
    conditional,
    drip_body,
    gzip_bomb,
    network,
    packed,
    page,
    publishers,
    redirect,
    redirecting,
    stall,
    status,
)

_CORPORA = os.environ.get("BROADSHEET_CORPORA", "")
BODY = b"<rss><channel><title>The Gazette</title></channel></rss>" * 10


@pytest.fixture(scope="module")
def server() -> Iterator[Publishers]:
    with publishers() as server:
        yield server


@pytest.fixture(autouse=True)
def forget(server: Publishers) -> None:
    server.requests.clear()
    server.connected.clear()
    server.pages.clear()


def client(server: Publishers, **how: Any) -> Client:
    usual: dict[str, Any] = {"network": network(server), "environment": {}, "host_gap": 0.0}
    return Client("https://news.example/", **usual | how)


def reason(call: Callable[[], Answer]) -> str:
    with pytest.raises(SourceError) as error:
        call()
    return str(error.value)


# -- asking ----------------------------------------------------------------------------------------


def test_a_request_says_who_asks_and_no_more(server: Publishers) -> None:
    answer = client(server).get(server.on("gazette.example/feed?a=b", page(BODY, Content_Type="text/xml")))
    assert (answer.status, answer.url, answer.body) == (200, "http://gazette.example/feed?a=b", BODY)
    assert (answer.headers["content-type"], answer.moved) == ("text/xml", "")
    headers = server.requests[0].headers
    assert headers["user-agent"].startswith("Broadsheet/")
    assert headers["user-agent"].endswith(" (+https://news.example/)")
    assert headers["accept"].startswith("application/atom+xml, application/rss+xml, application/feed+json")
    assert headers["accept-encoding"] == "gzip, deflate"
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_the_host_is_named_although_the_address_was_looked_up(server: Publishers) -> None:
    server.on("xn--bcher-kva.example/feed", page(BODY))
    client(server).get("http://BÜCHER.example.:8080/feed")
    assert server.requests[0].headers["host"] == "xn--bcher-kva.example:8080"
    assert server.connected == [(server.address("xn--bcher-kva.example"), 8080)]


def test_conditions_are_sent_as_they_were_given(server: Publishers) -> None:
    url = server.on("gazette.example/feed", conditional(BODY, 'W/"a, b"'))
    etag = client(server).get(url).headers["etag"]
    answer = client(server).get(url, headers={"If-None-Match": etag})
    assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize("etag", ["a\r\nX-Evil: b", "a\nb", "a\x00b", "a\x1bb", "\u2028", "a" * 9000])
def test_a_condition_that_is_no_header_is_not_sent(server: Publishers, etag: str) -> None:
    url = server.on("gazette.example/feed", page(BODY))
    assert client(server).get(url, headers={"If-None-Match": etag}).status == 200
    assert not {"if-none-match", "x-evil"} & set(server.requests[0].headers)


def test_an_answer_says_whether_its_request_had_conditions(server: Publishers) -> None:
    url = server.on("gazette.example/feed", status(304))
    assert client(server).get(url, headers={"If-None-Match": '"a"'}).conditional
    assert not client(server).get(url).conditional
    # A condition that could not be sent is none.
    assert not client(server).get(url, headers={"If-None-Match": "a\nb"}).conditional


@pytest.mark.parametrize("code", [204, 400, 403, 404, 410, 429, 500, 503])
def test_any_status_is_an_answer_without_a_body(server: Publishers, code: int) -> None:
    answer = client(server).get(server.on("gazette.example/feed", status(code, Retry_After="120")))
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (code, b"", "120")


# -- redirects -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/new", "/new"),
        ("new?b", "/old/new?b"),
        ("../up", "/up"),
        ("?page=2", "/old/feed?page=2"),
        ("//gazette.example/new", "/new"),
        (" http://gazette.example/new ", "/new"),
        ("/a feed", "/a%20feed"),
        ("/ä?ö#ü", "/%C3%A4?%C3%B6"),
        ("/%E4", "/%E4"),
    ],
)
def test_a_redirect_leads_where_a_browser_would_go(server: Publishers, location: str, target: str) -> None:
    server.on(f"gazette.example{target}", page(BODY))
    answer = client(server).get(server.on("gazette.example/old/feed", redirect(location)))
    assert (answer.body, answer.url) == (BODY, f"http://gazette.example{target}")


@pytest.mark.parametrize(
    ("codes", "moved"),
    [([301], True), ([308, 301], True), ([302], False), ([301, 302, 301], False), ([303], False), ([307], False), ([], False)],
)  # fmt: skip
def test_an_address_has_moved_where_every_redirect_is_permanent(
    server: Publishers, codes: list[int], moved: bool
) -> None:
    for number, code in enumerate(codes):
        server.on(f"gazette.example/{number}", redirect(f"/{number + 1}", code))
    server.on(f"gazette.example/{len(codes)}", page(BODY))
    answer = client(server).get("http://gazette.example/0")
    assert (answer.body, answer.moved) == (BODY, answer.url if moved else "")


def test_five_redirects_are_followed_and_no_more(server: Publishers) -> None:
    for number in range(6):
        server.on(f"gazette.example/{number}", redirect(f"/{number + 1}"))
    server.on("gazette.example/6", page(BODY))
    assert client(server).get("http://gazette.example/1").body == BODY
    assert "too many redirects" in reason(lambda: client(server).get("http://gazette.example/0"))


def test_a_circle_of_redirects_ends(server: Publishers) -> None:
    url = server.on("gazette.example/feed", redirect("/feed"))
    assert "too many redirects" in reason(lambda: client(server).get(url))
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("", "redirects without saying where to (HTTP 302)"),
        ("ftp://gazette.example/", "redirects (HTTP 302), but its address is no http or https URL"),
        ("http://[::1", "redirects (HTTP 302), but not to a URL"),
        ("http://gaz\tette.example/", "redirects (HTTP 302), but not to a URL"),
        ("http://10.0.0.1/", "redirects to http://10.0.0.1/: 10.0.0.1 is a private address"),
        ("http://nowhere.invalid/a", "redirects to http://nowhere.invalid/a: no such host: nowhere.invalid"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_one_reason(server: Publishers, location: str, why: str) -> None:
    url = server.on("gazette.example/feed", redirect(location))
    assert reason(lambda: client(server).get(url)).startswith(why)


def test_conditions_and_logins_stay_with_the_first_server(server: Publishers) -> None:
    server.on("gazette.example/feed", redirect("http://user:other@herald.example/feed"))
    server.on("herald.example/feed", redirect("http://gazette.example:8080/feed"))
    server.on("gazette.example/login", redirect("/feed"))
    server.pages["gazette.example", "*"] = status(404)
    headers = {"If-None-Match": '"a"', "If-Modified-Since": "Mon, 12 Jan 2026 08:00:00 GMT"}
    server.pages["gazette.example", "/feed"] = lambda visit: (
        redirect("http://user:other@herald.example/feed") if visit.request.headers["host"] == HERE else page(BODY)
    )(visit)
    assert client(server).get("http://me:p%40ss@gazette.example/login", headers=headers).body == BODY
    sent = [{"if-none-match", "if-modified-since", "authorization"} & set(one.headers) for one in server.requests]
    assert [len(one) for one in sent] == [3, 3, 0, 0]
    assert server.requests[0].headers["authorization"] == "Basic bWU6cEBzcw=="


def test_conditions_are_sent_to_the_address_that_gave_them_wherever_it_stands(server: Publishers) -> None:
    url = server.on("gazette.example/feed?k=t0k3n", redirect("http://herald.example/feed?k=t0k3n"))
    server.on("herald.example/feed?k=t0k3n", conditional(BODY, '"a"'))
    asking, url = client(server, environment=SECRETS), url.replace("t0k3n", "${TOKEN}")
    first = asking.get(url)
    assert (first.status, first.url) == (200, "http://herald.example/feed?k=${TOKEN}")
    again = asking.get(url, headers={"If-None-Match": '"a"'}, validates=first.url)
    assert (again.status, again.conditional) == (304, True)
    assert ["if-none-match" in one.headers for one in server.requests] == [False, False, False, True]


def test_conditions_are_sent_to_no_address_that_did_not_give_them(server: Publishers) -> None:
    # It redirected once; now it answers itself, and what it answers has by chance the tag of the other.
    url = server.on("gazette.example/feed", conditional(BODY, '"a"'))
    headers, known = {"If-None-Match": '"a"'}, "http://gazette.example/old"
    answer = client(server).get(url.replace("//", "//me:word@"), headers=headers, validates=known)
    assert (answer.status, answer.body, answer.conditional) == (200, BODY, False)
    assert "authorization" in server.requests[0].headers
    # Where nothing is known, as far as its own origin.
    assert client(server).get(url, headers=headers).status == 304


def test_a_server_is_a_host_and_a_port_whatever_secrets_they_are(server: Publishers) -> None:
    asking = client(server, environment=SECRETS)
    for url in ("http://${HOST}.EXAMPLE:81/${NOWHERE}", "http://${USER_NAME}:${WORD}@gazette.example:81?${NOWHERE}"):
        assert asking.server(url) == ("gazette.example", 81)
    assert asking.server("https://gazette.example") == ("gazette.example", 443)


# -- who may be asked ------------------------------------------------------------------------------


def test_every_address_is_allowed_or_not_asked(server: Publishers) -> None:
    url = server.on("short.example/1", redirect("http://gazette.example/a"))
    server.on("gazette.example/a", page(BODY))
    asked: list[tuple[str, bool]] = []

    def allows(address: str, private: bool) -> bool:
        asked.append((address, private))
        return "gazette" not in address

    assert reason(lambda: client(server).get(url, allows=allows, private=True)) == (
        "redirects to http://gazette.example/a: may not be read by programs (robots.txt)"
    )
    assert asked == [("http://short.example/1", True), ("http://gazette.example/a", False)]
    assert [one.host for one in server.requests] == ["short.example"]


def test_whoever_allows_may_ask_the_same_host_and_takes_no_time_of_the_page(server: Publishers) -> None:
    url, asking = server.on("gazette.example/a", page(BODY)), client(server)
    clock = [0.0]

    def allows(address: str, private: bool) -> bool:
        asking.get("http://gazette.example/robots.txt")
        clock[0] += 100
        return True

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(4) as pool:
        patch.setattr(connections, "monotonic", lambda: clock[0])
        one = asking.get(url, allows=allows)
        patch.undo()
        many = list(pool.map(lambda _: asking.get(url, allows=allows), range(4)))
    assert [answer.body for answer in (one, *many)] == [BODY] * 5


# -- limits ----------------------------------------------------------------------------------------

REASONS = {
    "stall": "no whole answer within 0.3 s; try again later",
    "drip_headers": "no whole answer within 0.3 s; try again later",
    "drip_body": "no whole answer within 0.3 s; try again later",
    "hang_up": "closes the connection without an answer; check the address in a browser",
    "reset": "the connection breaks off: connection reset by peer; check the address in a browser",
    "garbage": "does not answer in HTTP; check the address in a browser",
    "short": "its answer is cut off; check the address in a browser",
    "short_chunks": "its answer is cut off; check the address in a browser",
    "negative_chunk": "larger than 64 KiB; is this a feed?",
    "endless": "larger than 64 KiB; is this a feed?",
    "endless_continue": "its headers are too large; check the address in a browser",
    "many_headers": "its headers are too large; check the address in a browser",
    "long_header": "its headers are too large; check the address in a browser",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_is_one_reason(server: Publishers, name: str) -> None:
    waits = "0.3 s" in REASONS[name]
    url = server.on("gazette.example/feed", HOSTILE[name])
    asking = client(server, total_seconds=0.3 if waits else 30.0)
    assert reason(lambda: asking.get(url, limit=65536)) == REASONS[name]


def test_the_deadline_is_for_all_redirects_together() -> None:
    clock = [0.0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "monotonic", lambda: clock[0])
        budget = Budget(30, 1000)
        with budget.spent():
            clock[0] += 12
            assert budget.left() == 18
        # Waiting for one's turn costs nothing.
        clock[0] += 100
        with budget.spent():
            assert budget.left() == 18
            clock[0] += 18
            with pytest.raises(SourceError, match="no whole answer within 30 s"):
                budget.left()


def test_a_server_that_stalls_in_the_handshake_meets_the_deadline(server: Publishers) -> None:
    # Without a certificate, it goes on waiting for a request.
    asking = client(server, total_seconds=0.3)
    assert "no whole answer within 0.3 s" in reason(lambda: asking.get("https://gazette.example/"))


def test_a_dns_that_stalls_meets_the_deadline(server: Publishers) -> None:
    end = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        end.wait()
        return []

    asking = client(server, network=Network(resolve, network(server).connect), total_seconds=0.2)
    assert "no whole answer within 0.2 s" in reason(lambda: asking.get("http://gazette.example/"))
    end.set()


def test_addresses_that_take_no_connection_share_the_time(server: Publishers) -> None:
    tried: list[tuple[str, float]] = []

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        tried.append((address, round(seconds, 1)))
        raise TimeoutError

    silent = Network(lambda host, port: ["93.184.1.1", "93.184.1.2"], connect)
    assert reason(lambda: client(server, network=silent).get("http://gazette.example/")) == (
        "cannot be reached: gazette.example does not take the connection within 10 s"
    )
    assert tried == [("93.184.1.1", 5.0), ("93.184.1.2", 5.0)]


def test_the_next_address_is_tried(server: Publishers) -> None:
    url, real = server.on("gazette.example/feed", page(BODY)), network(server)

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        if address == "93.184.1.1":
            raise OSError(101, "Network is unreachable")
        return real.connect(address, port, seconds)

    both = Network(lambda host, port: ["93.184.1.1", "93.184.1.2"], connect)
    assert client(server, network=both).get(url).body == BODY


def test_a_closed_port_is_one_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    asking = Client("https://news.example/", environment={}, host_gap=0)
    assert reason(lambda: asking.get(f"http://127.0.0.1:{port}/", private=True)) == (
        "cannot be reached: connection refused; check the address"
    )


def test_a_body_may_be_as_large_as_the_limit_and_no_larger(server: Publishers) -> None:
    url = server.on("gazette.example/feed", page(BODY))
    assert client(server).get(url, limit=len(BODY)).body == BODY
    assert "larger than" in reason(lambda: client(server).get(url, limit=len(BODY) - 1))


def test_a_length_beyond_the_limit_is_refused_unread(server: Publishers) -> None:
    url = server.on("gazette.example/feed", page(b"", Content_Length=str(fetch.BODY_BYTES + 1)))
    assert reason(lambda: client(server).get(url)) == "larger than 15 MiB; is this a feed?"


# -- packed bodies ---------------------------------------------------------------------------------


def deflated(data: bytes) -> bytes:
    """Deflate as many servers send it: without the zlib wrapping."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("identity", BODY),
        ("gzip", gzip.compress(BODY, mtime=0)),
        ("GZip", gzip.compress(BODY, mtime=0)),
        ("x-gzip", gzip.compress(BODY, mtime=0)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", deflated(BODY)),
        ("gzip", gzip.compress(BODY[:100], mtime=0) + gzip.compress(BODY[100:], mtime=0)),
        ("gzip", gzip.compress(BODY, mtime=0) + b"\0" * 100),
        ("deflate, gzip", gzip.compress(zlib.compress(BODY), mtime=0)),
    ],
)
def test_a_body_is_unpacked(server: Publishers, coding: str, data: bytes) -> None:
    assert client(server).get(server.on("gazette.example/feed", packed(data, coding))).body == BODY


def test_a_packed_body_may_come_byte_by_byte(server: Publishers) -> None:
    for coding, data in (
        ("gzip", gzip.compress(BODY, mtime=0)),
        ("deflate", deflated(BODY)),
        ("deflate", zlib.compress(BODY)),
    ):
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in data)
        head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: {coding}\r\n\r\n"
        wire = Tripwire(head.encode() + chunks + b"0\r\n\r\n")
        assert wire.client.get(f"http://{HERE}/").body == BODY


def test_an_empty_body_may_be_packed_in_words_only(server: Publishers) -> None:
    assert client(server).get(server.on("gazette.example/feed", packed(b"", "gzip"))).body == b""


@pytest.mark.parametrize(
    ("coding", "data", "why"),
    [
        ("br", BODY, "its body is packed as 'br', which was not asked for"),
        ("zstd", BODY, "its body is packed as 'zstd', which was not asked for"),
        ("gzip, \x1b[31m", BODY, r"its body is packed as '\x1b[31m', which was not asked for"),
        ("gzip, gzip, gzip", BODY, "its body is packed 3 times over"),
        ("gzip", BODY, "its body cannot be unpacked; check the address in a browser"),
        ("deflate", b"\xff" + BODY, "its body cannot be unpacked; check the address in a browser"),
        ("gzip", gzip.compress(BODY, mtime=0)[:-8], "its answer is cut off; try again later"),
        ("gzip", gzip.compress(BODY, mtime=0)[:20], "its answer is cut off; try again later"),
        ("deflate", deflated(BODY)[:-3], "its answer is cut off; try again later"),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_one_reason(server: Publishers, coding: str, data: bytes, why: str) -> None:
    url = server.on("gazette.example/feed", packed(data, coding))
    assert reason(lambda: client(server).get(url)) == why


@pytest.mark.parametrize(
    "bomb",
    [gzip_bomb(), gzip_bomb(times=2), packed(deflated(b" " * 20_000_000), "deflate")],
    ids=["gzip", "gzip twice", "deflate"],
)
def test_a_bomb_ends_early_and_takes_little_memory(server: Publishers, bomb: Behaviour) -> None:
    url, asking = server.on("gazette.example/feed", bomb), client(server)
    reason(lambda: asking.get(url, limit=1000))
    tracemalloc.start()
    try:
        assert reason(lambda: asking.get(url, limit=1024**2)) == "larger than 1 MiB; is this a feed?"
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024**2
    finally:
        tracemalloc.stop()


@pytest.mark.corpus
@pytest.mark.skipif(not _CORPORA, reason="BROADSHEET_CORPORA names no folder")
@pytest.mark.parametrize(("name", "coding"), [("gzip_200MB.gz", "gzip"), ("gzip_gzip_200MB.gz", "gzip, gzip")])
def test_the_bombs_of_others_end_early(server: Publishers, name: str, coding: str) -> None:
    url = server.on("gazette.example/feed", packed((Path(_CORPORA) / "hostile" / name).read_bytes(), coding))
    assert reason(lambda: client(server).get(url)) == "larger than 15 MiB; is this a feed?"


@given(st.binary(max_size=300))
def test_whatever_bytes_a_server_answers_are_an_answer_or_one_reason(data: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\n"
    wire = Tripwire()
    for answer in (data, b"HTTP/1.1 " + data, head + data, head + b"Transfer-Encoding: chunked\r\n\r\n" + data):
        wire.answer = answer
        try:
            assert wire.client.get(f"http://{HERE}/").body in data
        except SourceError as error:
            assert "0x" not in str(error)
    wire.answer = head + b"Content-Encoding: gzip\r\n\r\n" + data
    wire.fetch(f"http://{HERE}/") if data else None


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n") | st.sampled_from("/:?#@[]%\\ .0"), max_size=60))
def test_whatever_a_redirect_says_is_an_answer_or_one_reason(location: str) -> None:
    wire = Tripwire(redirecting(location, 301), resolve=lambda host: ["93.184.216.34"])
    assert wire.fetch(f"http://{HERE}/feed")
    assert wire.touched == [] or not any(map(guard.refusal, wire.touched))


# -- taking turns ----------------------------------------------------------------------------------


def test_no_more_than_two_ask_one_host_at_once(server: Publishers) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def count(visit: Visit) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        visit.gone(0.02)
        with lock:
            now[0] -= 1
        visit.answer(200, BODY)

    server.on("gazette.example/*", count)
    server.pages["gazette.example", "*"] = count
    asking = client(server)
    with ThreadPoolExecutor(fetch.AT_ONCE) as pool:
        answers = list(pool.map(asking.get, [f"http://gazette.example/{n}" for n in range(16)]))
    assert ([answer.body for answer in answers], most[0] <= fetch.PER_HOST) == ([BODY] * 16, True)


def test_sixteen_hosts_are_asked_at_once(server: Publishers) -> None:
    together = threading.Barrier(fetch.AT_ONCE)

    def meet(visit: Visit) -> None:
        together.wait(60)
        visit.answer(200, BODY)

    for number in range(16):
        server.on(f"paper{number}.example/feed", meet)
    asking = client(server)
    with ThreadPoolExecutor(fetch.AT_ONCE) as pool:
        answers = list(pool.map(asking.get, [f"http://paper{number}.example/feed" for number in range(16)]))
    assert [answer.body for answer in answers] == [BODY] * 16


def test_a_host_has_a_rest_between_two_requests_redirects_included(server: Publishers) -> None:
    url = server.on("gazette.example/old", redirect("/feed"))
    server.on("gazette.example/feed", page(BODY))
    asking, began = client(server, host_gap=0.05), monotonic()
    asking.get(url)
    asking.get("http://GAZETTE.example./feed")
    assert monotonic() - began >= 2 * 0.05


def test_stop_ends_what_is_under_way_and_what_is_to_come(server: Publishers) -> None:
    arrived = threading.Event()

    def wait(visit: Visit) -> None:
        arrived.set()
        stall(visit)

    url, asking = server.on("gazette.example/feed", wait), client(server)
    with ThreadPoolExecutor(2) as pool:
        plain, shaking = pool.submit(asking.get, url), pool.submit(asking.get, "https://herald.example/")
        arrived.wait(60)
        asking.stop()
        assert {type(plain.exception()), type(shaking.exception())} == {SourceError}
    assert str(plain.exception()) == "interrupted"
    assert reason(lambda: asking.get(url)) == "interrupted"


# -- secrets ---------------------------------------------------------------------------------------

SECRETS = {"KEY": "k3y+/=&%<é", "TOKEN": "t0k3n", "USER_NAME": "reader", "WORD": "p@ss:w/rd#1", "HOST": "gazette"}
# A value is a piece of URL in a query: whoever sets it escapes what must be.
SECRETS |= {"QUERY": "k3y%2B%26"}


def test_a_secret_is_sent_and_never_shown(server: Publishers) -> None:
    def echo(visit: Visit) -> None:
        shown = [
            "t0k3n",
            "k3y%2B%26",
            "k3y+&",
            "k3y%2b%26",
            "k3y+&amp;",
            "//reader:p%40ss%3Aw%2Frd%231@gazette.example/",
            "p@ss:w/rd#1",
        ]
        shown += ["cmVhZGVyOnBAc3M6dy9yZCMx", r"p@ss:w\/rd#1"]
        body = " ".join(shown)
        visit.answer(200, body.encode() + body.encode("utf-16"), Link="</?token=t0k3n>", X_Login="reader:p@ss:w/rd#1")

    server.on("gazette.example/t0k3n?q=k3y%2B%26", redirect("/moved/t0k3n", 301))
    server.on("gazette.example/moved/t0k3n", echo)
    asking = client(server, environment=SECRETS)
    answer = asking.get("http://${USER_NAME}:${WORD}@${HOST}.example/${TOKEN}?q=${QUERY}")
    assert server.requests[0].headers["authorization"] == "Basic cmVhZGVyOnBAc3M6dy9yZCMx"
    assert answer.url == answer.moved == "http://${HOST}.example/moved/${TOKEN}"
    text = repr((answer.headers, answer.url)) + answer.body.decode("utf-8", "replace").replace("\0", "")
    for value in ("t0k3n", "k3y", "p@ss", "p%40", "w/rd", "cmVh", "reader:"):
        assert value not in text
    half = answer.body[answer.body.index(b"\xff\xfe") :]
    assert half.decode("utf-16").startswith("${TOKEN} ${QUERY} ${QUERY} ${QUERY} ${QUERY} //")


@pytest.mark.parametrize(
    "url",
    [
        "http://gazette.example/nowhere-${TOKEN}",
        "https://${TOKEN}.invalid/",
        "http://${TOKEN}@10.0.0.1/",
        "http://a:${WORD}@[::1/",
        "http://x:t0k3n@nowhere.invalid/t0k3n?a=${TOKEN}",
        "http://gazette.example:${TOKEN}/",
    ],
)
def test_no_reason_tells_a_secret(server: Publishers, url: str) -> None:
    server.pages["gazette.example", "*"] = redirect("http://10.0.0.1/t0k3n?T0K3N=%740k3n")
    text = reason(lambda: client(server, environment=SECRETS).get(url))
    assert "t0k3n" not in text and "%740k3n" not in text and "p@ss" not in text


def test_userinfo_in_the_configuration_is_not_shown_either(server: Publishers) -> None:
    server.on("gazette.example/feed", page(b"http://me:word@gazette.example/ me@gazette.example media:word"))
    answer = client(server).get("http://me:word@gazette.example/feed")
    assert (answer.url, answer.body) == (
        "http://gazette.example/feed",
        b"http://gazette.example/ me@gazette.example media:word",
    )


@pytest.mark.parametrize(
    ("url", "environment", "why"),
    [
        ("http://gazette.example/${TOKEN}", {}, "the environment variable TOKEN is not set"),
        ("http://gazette.example/${TOKEN}", {"TOKEN": ""}, "the environment variable TOKEN is not set"),
        ("http://gazette.example/${TOKEN}", {"TOKEN": "a\r\nHost: b"}, "the environment variable TOKEN breaks"),
        ("http://${TOKEN}@gazette.example/", {"TOKEN": "a\0"}, "the environment variable TOKEN breaks"),
        ("http://gazette.example/${TOKEN}/feed", {"TOKEN": "a#b"}, "the environment variable TOKEN breaks"),
        ("http://gazette.example/?${TOKEN}", {"TOKEN": "a b"}, "the environment variable TOKEN breaks"),
        ("http://${TOKEN}.example/", {"TOKEN": "localhost/"}, "the environment variable TOKEN breaks"),
        ("http://${TOKEN}.example/", {"TOKEN": "a@b"}, "the environment variable TOKEN breaks"),
    ],
)
def test_a_secret_that_is_missing_or_breaks_the_address_is_named(
    server: Publishers, url: str, environment: Mapping[str, str], why: str
) -> None:
    assert why in reason(lambda: client(server, environment=environment).get(url))
    assert server.connected == []


def test_an_address_that_others_wrote_has_no_secrets(server: Publishers) -> None:
    server.on("gazette.example/$%7BTOKEN%7D", page(BODY))
    asking = client(server, environment=SECRETS)
    assert asking.get("http://gazette.example/${TOKEN}", expand=False).body == BODY
    assert "names no host" in reason(lambda: asking.get("http://${TOKEN}.example/", expand=False))


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=4, max_size=5), st.sampled_from(["{}", "%"]))
def test_a_login_is_sent_as_it_is_and_found_wherever_it_shows(value: str, form: str) -> None:
    secrets = Secrets("https://u:${WORD}@gazette.example/", {"WORD": value})
    place = guard.place(secrets.url)
    assert place.host == "gazette.example"
    shown = value if form == "{}" else place.login[2:]
    assert secrets.hide(f"<{shown}>") == "<${WORD}>"
    assert urls.bare(secrets.url) == "https://gazette.example/"


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://gazette.example/a@b?c@d", "https://gazette.example/a@b?c@d"),
        ("https://a:b@gazette.example", "https://gazette.example"),
        ("https://${A}:${B}@gazette.example/${C}", "https://gazette.example/${C}"),
        ("https://a@b@gazette.example/", "https://gazette.example/"),
        ("//a@gazette.example/", "//gazette.example/"),
        ("mailto:a@gazette.example", "mailto:a@gazette.example"),
        ("samples/a@b.xml", "samples/a@b.xml"),
    ],
)
def test_a_bare_url_has_no_userinfo(url: str, bare: str) -> None:
    assert urls.bare(url) == bare


# -- proxies ---------------------------------------------------------------------------------------

PROXY = "http://me:word@proxy.test:3128"


def test_proxies_of_the_environment_are_ignored(server: Publishers, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, PROXY)
    url = server.on("gazette.example/feed", page(BODY))
    assert client(server, environment=os.environ).get(url).body == BODY
    assert server.connected == [(server.address("gazette.example"), 80)]


def test_a_proxy_is_asked_for_whole_addresses_at_whatever_address_it_has(server: Publishers) -> None:
    url = server.on("gazette.example/feed", page(BODY))
    behind = network(server, {"proxy.test": "10.0.0.1"})
    assert client(server, network=behind, proxy=PROXY).get(url).body == BODY
    assert server.connected == [("10.0.0.1", 3128)]
    assert server.requests[0].headers["host"] == "gazette.example"
    assert server.requests[0].headers["proxy-authorization"] == "Basic bWU6d29yZA=="


@pytest.mark.parametrize("url", ["http://127.1/", "http://LOCALHOST/", "https://[::1]/", "http://10.0.0.1/"])
def test_a_proxy_is_not_asked_for_a_private_address(server: Publishers, url: str) -> None:
    assert "private_network = true" in reason(lambda: client(server, proxy=PROXY).get(url))
    assert server.connected == []


@pytest.mark.parametrize(
    ("environment", "port"),
    [
        ({"http_proxy": "http://proxy.test:3128"}, 3128),
        ({"http_proxy": "proxy.test:3128"}, 3128),
        ({"HTTP_PROXY": "http://proxy.test:3128"}, 80),
        ({"https_proxy": "http://proxy.test:3128"}, 80),
        ({"http_proxy": "http://proxy.test:3128", "no_proxy": "herald.example, .EXAMPLE"}, 80),
        ({"http_proxy": "http://proxy.test:3128", "NO_PROXY": "*"}, 80),
        ({"http_proxy": "http://proxy.test:3128", "no_proxy": "gazette.example:80"}, 80),
        ({"http_proxy": "http://proxy.test:3128", "no_proxy": "gazette.example:81,zette.example,"}, 3128),
    ],
)
def test_proxies_of_the_environment_are_used_where_that_is_said(
    server: Publishers, environment: Mapping[str, str], port: int
) -> None:
    url = server.on("gazette.example/feed", page(BODY))
    assert client(server, proxy="environment", environment=environment).get(url).body == BODY
    assert [port for _, port in server.connected] == [port]


def test_a_proxy_that_refuses_is_one_reason(server: Publishers) -> None:
    server.pages["gazette.example", "CONNECT"] = status(407)
    asking = client(server, proxy=PROXY)
    assert reason(lambda: asking.get("https://gazette.example/")).startswith("the proxy refuses: 407")
    gone = client(server, proxy="http://nowhere.invalid:3128")
    assert reason(lambda: gone.get("http://gazette.example/")).startswith("the proxy: no such host: nowhere.invalid")


# -- certificates ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ssl.SSLContext]]:
    """Certificates by host, made anew; only an authority that this test knows vouches for some of them."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make certificates with")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    (folder / "own.cnf").write_text(
        "[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
        "certificate=ca.pem\nprivate_key=ca.key\ncopy_extensions=copy\nunique_subject=no\n[p]\ncommonName=supplied\n"
    )
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Ours", "-days", "2")
    openssl("req", "-x509", *key, "-keyout", "self.key", "-out", "self.pem", "-subj", "/CN=self", "-days", "2")
    for name, until in (("gazette", "20991231235959Z"), ("expired", "20200101000000Z")):
        subject = ("-subj", f"/CN={name}.example", "-addext", f"subjectAltName=DNS:{name}.example")
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", *subject)
        openssl(
            *("ca", "-batch", "-config", "own.cnf", "-in", f"{name}.csr", "-out", f"{name}.pem", "-notext"),
            *("-startdate", "20190101000000Z", "-enddate", until),
        )
    contexts = {}
    for host, name in (
        ("gazette.example", "gazette"),
        ("expired.example", "expired"),
        ("self.example", "self"),
        ("other.example", "gazette"),
    ):
        contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[host].load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
        yield contexts


@pytest.fixture
def secure(server: Publishers, certificates: dict[str, ssl.SSLContext]) -> Iterator[Publishers]:
    server.tls = certificates
    yield server
    server.tls = {}


def test_a_certificate_is_for_the_name_although_the_address_was_looked_up(secure: Publishers) -> None:
    secure.on("gazette.example/feed", packed(gzip.compress(BODY), "gzip"))
    assert client(secure).get("https://gazette.example/feed").body == BODY
    assert secure.connected == [(secure.address("gazette.example"), 443)]
    assert secure.requests[0].headers["host"] == "gazette.example"


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("self.example", "its certificate is not valid: self-signed certificate"),
        ("expired.example", "its certificate is not valid: certificate has expired"),
        (
            "other.example",
            "its certificate is not valid: hostname mismatch, certificate is not valid for 'other.example'",
        ),
        ("unknown.example", "no secure connection: tlsv1 unrecognized name"),
    ],
)
def test_a_certificate_that_does_not_hold_is_one_reason(secure: Publishers, host: str, why: str) -> None:
    secure.pages[host, "*"] = page(BODY)
    assert reason(lambda: client(secure).get(f"https://{host}/")).startswith(why)
    assert secure.requests == []


@pytest.mark.parametrize("private", [False, True])
def test_https_is_never_left_for_http(secure: Publishers, private: bool) -> None:
    secure.on("gazette.example/feed", redirect("http://gazette.example/plain", 301))
    assert reason(lambda: client(secure).get("https://gazette.example/feed", private=private)).startswith(
        "redirects from https to http: http://gazette.example/plain"
    )
    assert len(secure.requests) == 1


def test_http_may_be_left_for_https_without_its_conditions(secure: Publishers) -> None:
    secure.on("gazette.example/old", redirect("https://gazette.example/feed", 308))
    secure.on("gazette.example/feed", page(BODY))
    answer = client(secure).get("http://me:word@gazette.example/old", headers={"If-None-Match": '"a"'})
    assert (answer.body, answer.moved) == (BODY, "https://gazette.example/feed")
    assert not {"if-none-match", "authorization"} & set(secure.requests[1].headers)


def test_a_body_that_drips_under_tls_meets_the_deadline(secure: Publishers) -> None:
    secure.on("gazette.example/feed", drip_body)
    asking = client(secure, total_seconds=1.0)
    assert "no whole answer within 1 s" in reason(lambda: asking.get("https://gazette.example/feed"))


@pytest.mark.parametrize("proxy", ["http://me:word@proxy.test:3128", "https://gazette.example:3128"])
def test_a_proxy_carries_https_without_seeing_it(secure: Publishers, proxy: str) -> None:
    secure.on("gazette.example/feed", page(BODY))
    assert client(secure, proxy=proxy).get("https://gazette.example/feed").body == BODY
    asked, inside = secure.requests
    assert (asked.method, asked.host, asked.headers.get("proxy-authorization", "")) == (
        "CONNECT",
        "gazette.example",
        "Basic bWU6d29yZA==" if "me:" in proxy else "",
    )
    assert (inside.path, "proxy-authorization" in inside.headers) == ("/feed", False)


def test_a_body_that_drips_through_two_layers_of_tls_meets_the_deadline(secure: Publishers) -> None:
    secure.on("gazette.example/feed", drip_body)
    asking = client(secure, proxy="https://gazette.example:3128", total_seconds=1.0)
    assert "no whole answer within 1 s" in reason(lambda: asking.get("https://gazette.example/feed"))

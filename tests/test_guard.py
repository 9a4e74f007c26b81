"""No address that is not public is ever connected to: not as it is, not in disguise, not behind a redirect or a name.

Nothing in this file has a network: connections are recorded, and end in this process.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from builder import guard
from builder.errors import SourceError
from builder.fetch import Client
from builder.guard import Network
from tests.publishers import HERE, PUBLIC, Tripwire, redirecting

_CORPORA = os.environ.get("BROADSHEET_CORPORA", "")
MOVED = (301, 302, 303, 307, 308)


# -- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("0.0.0.0", "an address of this machine"),
        ("0.1.2.3", "an address of this machine"),
        ("10.255.255.255", "a private address"),
        ("100.64.0.1", "a shared address of a provider's network"),
        ("100.127.255.255", "a shared address of a provider's network"),
        ("127.0.0.1", "a loopback address"),
        ("169.254.169.254", "a link-local address"),
        ("172.31.255.255", "a private address"),
        ("192.0.0.8", "an address for protocols"),
        ("192.88.99.1", "a 6to4 relay's address"),
        ("192.168.1.1", "a private address"),
        ("198.19.255.255", "an address for benchmarks"),
        ("203.0.113.9", "an address for documentation"),
        ("239.255.255.250", "a multicast address"),
        ("254.0.0.1", "a reserved address"),
        ("255.255.255.255", "the broadcast address"),
        ("::", "an address of this machine"),
        ("::1", "a loopback address"),
        ("::127.0.0.1", "an IPv4-compatible address"),
        ("::ffff:127.0.0.1", "an IPv4-mapped address"),
        ("::ffff:93.184.216.34", "an IPv4-mapped address"),
        ("::ffff:0:127.0.0.1", "a reserved address"),
        ("64:ff9b::127.0.0.1", "a NAT64 address"),
        ("64:ff9b:1::1", "a NAT64 address"),
        ("100::1", "an address to discard"),
        ("2001:0:7f00:1::", "a Teredo address"),
        ("2001:2::1", "an address for benchmarks"),
        ("2001:10::1", "an address for protocols"),
        ("2001:db8::1", "an address for documentation"),
        ("2002:7f00:1::", "a 6to4 address"),
        ("3fff:fff::1", "an address for documentation"),
        ("4000::1", "a reserved address"),
        ("5f00::1", "a segment-routing address"),
        ("fd00::1", "a private address"),
        ("fe80::1%eth0", "a link-local address"),
        ("fec0::1", "a site-local address"),
        ("ff02::1", "a multicast address"),
        ("gazette.example", "no address"),
    ],
)
def test_an_address_that_is_not_public_is_refused_by_what_it_is(address: str, what: str) -> None:
    assert guard.refusal(address) == what


@pytest.mark.parametrize(
    "address",
    [
        *(
            PUBLIC,
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
        ),
        *("172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255", "223.255.255.255", "2606:2800:220:1::1"),
        *("2001:200::1", "2001:4860:4860::8888", "2003::1", "2620:4f:8000::1", "3ffe::1"),
    ],
)
def test_a_public_address_is_not_refused(address: str) -> None:
    assert guard.refusal(address) == ""


@given(st.ip_addresses())
def test_nothing_passes_that_python_itself_knows_to_be_special(address: ipaddress.IPv4Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert guard.refusal(str(address))


# -- spellings -------------------------------------------------------------------------------------

LOOPBACK = [
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0X7F.0x0.0.1", "0177.0.0.1", "017700000001"),
    *("00000177.1", "127.0.0.1.", "127.0x000001", "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "127．0｡0.1"),
    *("127%2e0%2e0%2e1", "%31%32%37.0.0.1", "%EF%BC%91%EF%BC%92%EF%BC%97.1", "12\u00ad7.0.0.1"),
]  # fmt: skip
"""Ways to write 127.0.0.1."""


@pytest.mark.parametrize("host", LOOPBACK)
def test_an_address_is_known_in_every_spelling(host: str) -> None:
    assert guard.place(f"http://{host}/").host == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://example.org", "http://example.org/"),
        ("HTTPS://EXAMPLE.ORG:443/A?b#c", "https://example.org/A?b"),
        ("https://example.org.:8443/", "https://example.org:8443/"),
        ("http://example.org:/", "http://example.org/"),
        ("http://bücher.example/ä b", "http://xn--bcher-kva.example/%C3%A4%20b"),
        ("http://example.org/%41%zz", "http://example.org/%41%zz"),
        ("http://example.org?q=a b", "http://example.org/?q=a%20b"),
        ("http://example.org/a\\b", "http://example.org/a%5Cb"),
        ("http://a:b@example.org/", "http://example.org/"),
        ("http://[2606:2800:220:1:0::1]:80/", "http://[2606:2800:220:1::1]/"),
        ("http://under_score.example/", "http://under_score.example/"),
        ("http://93.184.55330/", "http://93.184.216.34/"),
    ],
)
def test_a_place_is_the_address_in_its_usual_form(url: str, place: str) -> None:
    assert guard.place(url).url == place


MALFORMED = [
    *("", "gazette.example", "//127.0.0.1/", "http:/127.0.0.1/", "http:127.0.0.1/", "http:///127.0.0.1/", "http://"),
    *("http://:80/", "http://@/", "http://a@/", "http://./", "http://../", "http://a..example/", "http://.example/"),
    *("http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1:-1/", "http://127.0.0.1:8०/", "http://a:b/"),
    *("http://example.com:80:80/", "http://[::1", "http://::1/", "http://[::1]x/", "http://[fe80::1%25lo]/", "http://[]/"),
    *("http://[::1%2525]/", "http://[127.0.0.1]/", "http://[v1.a]/", "http://127.0.0.1\\@gazette.example/"),
    *("http://gazette.example\\@127.0.0.1/", "http://gazette .example/", "http://gazette\u3000.example/", "http://a%20b/"),
    *("http://a%00b/", "http://a%2fb/", "http://a%40b/", "http://a%/", "http://a%ff/", "http://a*b/", "http://a\tb/"),
    *("http://a\r\nHost: b/", "http://a/\x00", "http://a/\x7f", "http://127.0.0.256/", "http://1.2.3.4.5/", "http://0x/0"),
    *("http://127.0.0.0x/", "http://256.1/", "http://4294967296/", "http://09.1/", "http://a.1/", "http://1..1/", "http://a.0x/"),
    *("http://" + "a" * 64 + ".example/", "http://" + "a." * 127 + "example/", "http://a/" + "b" * 8000, "http://" + "ä" * 70),
    *("file:///etc/passwd", "FILE:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:25/_x", "dict://127.0.0.1/"),
    *("data:text/xml,<rss/>", "jar:http://127.0.0.1!/", "feed:http://127.0.0.1/", "javascript:alert(1)", "ws://127.0.0.1/"),
]  # fmt: skip


@pytest.mark.parametrize("url", MALFORMED)
def test_what_can_be_read_in_two_ways_is_not_read_at_all(url: str) -> None:
    wire = Tripwire()
    wire.fetch(url)
    # `0x` is how inet_aton writes 0.0.0.0.
    assert (wire.asked, wire.touched) == ([], [])


@given(st.text(st.sampled_from("htps:/@[].%0123456789abcdefx\\?# \t①。ä&-_") | st.characters(), max_size=40))
def test_any_text_is_a_place_or_one_reason(text: str) -> None:
    for url in (text, f"http://{text}", f"http://{text}/", f"http://a@{text}:80/x"):
        try:
            place = guard.place(url)
        except SourceError:
            continue
        assert guard.place(place.url).url == place.url
        assert guard.host_name(place.authority.upper().partition(":")[0]) == place.host or place.host.count(":") > 1
        assert place.url.isascii() and place.url.isprintable() and " " not in place.url


@given(st.ip_addresses(v=4), st.data())
def test_an_address_in_any_mix_of_bases_is_that_address(address: ipaddress.IPv4Address, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, 3))
    octets = [*address.packed[:cut], int.from_bytes(address.packed[cut:])]
    host = ".".join(data.draw(st.sampled_from((f"{n}", f"0{n:o}", f"{n:#x}", f"0x00{n:X}"))) for n in octets)
    assert guard.place(f"http://{host}/").host == str(address)


# -- connections -----------------------------------------------------------------------------------

GUARDED = [
    *(f"http://{host}/" for host in LOOPBACK),
    *(f"https://{host}:8443/" for host in LOOPBACK[:4]),
    *("http://localhost/", "http://LOCALHOST:22/", "http://localhost./", "https://foo.localhost/", "http://a.b.LocalHost./"),
    *("http://0/", "http://0.0.0.0/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.0.1/", "http://169.254.169.254/"),
    *("http://100.64.0.1/", "http://192.0.2.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/"),
    *("http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/"),
    *("http://[fc00::1]/", "http://[fe80::1]/", "http://[fec0::1]/", "http://[2002:7f00:1::]/", "http://[5f00::1]/"),
    *("http://user@127.0.0.1/", "http://gazette.example@127.0.0.1/", "http://a:b@[::1]:80/", "http://127.0.0.1#@gazette.example/"),
    *("http://127.0.0.1?@gazette.example/", "http://gazette.example:80@10.0.0.1/", "http://a@b@127.0.0.1/"),
]  # fmt: skip


@pytest.mark.parametrize("url", GUARDED)
def test_a_private_address_is_not_connected_to_nor_asked_of_dns(url: str) -> None:
    wire = Tripwire()
    assert "private_network = true" in wire.fetch(url)
    assert (wire.asked, wire.touched) == ([], [])


@pytest.mark.parametrize("url", GUARDED)
def test_without_the_guard_the_recorder_sees_every_one_of_them(url: str) -> None:
    wire = Tripwire()
    assert "connection refused" in wire.fetch(url, private=True)
    assert len(wire.touched) == 1
    assert guard.refusal(wire.touched[0])


@pytest.mark.parametrize("code", MOVED)
def test_a_redirect_to_a_private_address_is_not_followed(code: int) -> None:
    wire = Tripwire()
    for url in [*GUARDED, *(url for url in MALFORMED if "\n" not in url)]:
        wire.answer = redirecting(url, code)
        wire.fetch(f"http://{HERE}/feed")
        assert (set(wire.asked), wire.touched) == ({HERE}, [])


@pytest.mark.parametrize("code", MOVED)
def test_the_word_for_one_host_opens_no_other_that_it_redirects_to(code: int) -> None:
    wire = Tripwire()
    for url in [*GUARDED, *(url for url in MALFORMED if "\n" not in url)]:
        wire.answer = redirecting(url, code)
        why = wire.fetch(f"http://{HERE}/feed", private=True)
        assert (set(wire.asked), wire.touched, "private_network" in why) == ({HERE}, [], False)


@pytest.mark.parametrize("code", MOVED)
def test_the_word_for_one_host_holds_wherever_on_it_a_redirect_leads(code: int) -> None:
    wire = Tripwire(redirecting("http://GAZETTE.example:8080/new", code), resolve=lambda host: [PUBLIC, "10.0.0.1"])
    asked = iter([[PUBLIC], ["10.0.0.1"]])
    wire.names = lambda host: next(asked)
    assert "connection refused" in wire.fetch(f"http://{HERE}/feed", private=True)
    assert wire.touched == ["10.0.0.1"]


@pytest.mark.parametrize("code", MOVED)
def test_without_the_guard_redirects_reach_it(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "check_spelling", lambda host: None)
    monkeypatch.setattr(guard, "refusal", lambda address: "")
    wire = Tripwire()
    for url in GUARDED:
        wire.answer = redirecting(url, code)
        wire.fetch(f"http://{HERE}/feed")
    assert len(wire.touched) == len(GUARDED)


def corpus() -> list[str]:
    """Third parties' addresses that must never be connected to; one of them holds a line break."""
    text = (Path(_CORPORA) / "ssrf_must_block.txt").read_text("utf-8")
    return text.replace("http://a\nHost: b/", "http://a\rHost: b/").split("\n")[:-1]


@pytest.mark.corpus
@pytest.mark.skipif(not _CORPORA, reason="BROADSHEET_CORPORA names no folder")
@pytest.mark.parametrize("code", [0, *MOVED])
def test_every_address_of_the_list_is_refused_directly_and_behind_each_redirect(code: int) -> None:
    listed = corpus()
    assert len(listed) == 199
    for url in (one.replace("\r", "\n") for one in listed):
        wire = Tripwire(redirecting(url, code))
        wire.fetch(f"http://{HERE}/feed" if code else url)
        assert wire.touched == [], url
        assert set(wire.asked) <= ({HERE, "a"} if code else set()), url


@pytest.mark.corpus
@pytest.mark.skipif(not _CORPORA, reason="BROADSHEET_CORPORA names no folder")
def test_without_the_guard_the_recorder_sees_the_addresses_of_the_list() -> None:
    wire = Tripwire()
    for url in corpus():
        wire.fetch(url, private=True)
    assert len(wire.touched) >= 160
    assert all(guard.refusal(address) for address in wire.touched)


# -- names -----------------------------------------------------------------------------------------


def test_a_name_with_a_private_address_is_refused_by_what_it_is() -> None:
    wire = Tripwire(resolve=lambda host: ["10.0.0.1"])
    assert wire.fetch("http://intranet.example/") == (
        "intranet.example: 10.0.0.1 is a private address; private_network = true if you mean it"
    )
    assert wire.touched == []


def test_of_mixed_addresses_only_the_public_ones_are_used() -> None:
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    wire = Tripwire(ok, resolve=lambda host: ["127.0.0.1", "::1", PUBLIC, "fd00::1"])
    assert wire.client.get("http://mixed.example/").body == b"ok"
    assert wire.touched == []


def test_a_name_that_changes_its_address_between_look_ups_reaches_nothing_private() -> None:
    answers = ([PUBLIC], ["127.0.0.1"], [PUBLIC, "169.254.169.254"], ["::1"])
    count = iter(range(1000))
    wire = Tripwire(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", resolve=lambda host: answers[next(count) % 4])
    refused = 0
    for _ in range(1000):
        try:
            assert wire.client.get("http://rebind.example/").body == b"ok"
        except SourceError:
            refused += 1
    assert (wire.touched, refused, len(wire.asked)) == ([], 500, 1000)


def test_without_the_guard_a_name_that_changes_its_address_does_reach_it() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]] * 2)
    wire = Tripwire(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", resolve=lambda host: next(answers))
    wire.client.get("http://rebind.example/", private=True)
    wire.fetch("http://rebind.example/", private=True)
    assert wire.touched == ["127.0.0.1"]


def test_a_name_without_addresses_is_no_host() -> None:
    assert Tripwire().fetch("http://nowhere.example/") == "no such host: nowhere.example; check the address"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "no such host: gazette.example; check the address"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "gazette.example: DNS does not answer: temporary failure in name resolution; check the network"),
        (OSError(24, "Too many open files"), "gazette.example: DNS does not answer: too many open files; check the network"),
        (UnicodeError("label too long"), "no such host: gazette.example; check the address"),
    ],
)  # fmt: skip
def test_a_look_up_that_fails_is_one_reason(error: Exception, why: str) -> None:
    def resolve(host: str) -> Sequence[str]:
        raise error

    assert Tripwire(resolve=resolve).fetch(f"http://{HERE}/") == why


def test_what_the_system_finds_is_a_list_of_addresses() -> None:
    assert "127.0.0.1" in guard.REAL.resolve("127.0.0.1", 80)


def test_a_real_connection_goes_to_the_address_it_is_given() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        guard.REAL.connect("127.0.0.1", server.getsockname()[1], 5) as ours,
        server.accept()[0] as theirs,
    ):
        assert theirs.getpeername() == ours.getsockname()


@pytest.fixture
def full() -> Iterator[int]:
    """The port of a server that takes no more connections: whoever asks waits."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        port: int = server.getsockname()[1]
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port


def test_a_connection_that_is_being_made_ends_when_all_is_to_end(full: int) -> None:
    begun = threading.Event()

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        connection = guard.REAL.connect(address, port, seconds)
        begun.set()
        return connection

    client = Client("https://news.example/", network=Network(guard.REAL.resolve, connect), environment={}, host_gap=0)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(client.get, f"http://127.0.0.1:{full}/", private=True)
        # Sooner than whoever waits for the server would learn of it.
        assert begun.wait(guard.CONNECT_SECONDS / 2)
        client.stop()
        assert str(asking.exception(guard.CONNECT_SECONDS / 2)) == "interrupted"


def test_an_address_that_is_silent_leaves_time_for_the_next(full: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        ports = {PUBLIC: full, "93.184.216.35": server.getsockname()[1]}
        net = Network(
            lambda host, port: list(ports), lambda one, _, left: guard.REAL.connect("127.0.0.1", ports[one], left)
        )
        with guard.connect(net, HERE, 80, private=False, seconds=lambda: 30.0) as ours, server.accept()[0] as theirs:
            assert (theirs.getpeername(), ours.getblocking()) == (ours.getsockname(), True)
        del ports["93.184.216.35"]
        with pytest.raises(SourceError, match=f"{HERE} does not take the connection"):
            guard.connect(net, HERE, 80, private=False, seconds=lambda: 30.0)

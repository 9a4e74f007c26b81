"""Secrets in addresses: `${NAME}` expanded from the environment, and hidden again in all that comes of it.

Never lets a value change which host an address leads to, and never shows one.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote

from builder.errors import SourceError

_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SHORTEST = 4
"""Shorter values stand in any text by chance; hiding them would only tell what they are."""
_BLOCK, _ZEROS = 4096, rb"\0{0,3}"
_ESCAPED = {"&": b"&amp;", "<": b"&lt;", ">": b"&gt;", '"': b"&quot;", "'": b"&#39;", "/": rb"\/", " ": b"+"}


class Secrets:
    """The secrets of one address. `url` is the address with their values; it is for the connection alone.

    Without an environment nothing is expanded, and only the userinfo is a secret.

    >>> secrets = Secrets("https://example.org/feed?key=${KEY}", {"KEY": "k3y/1"})
    >>> secrets.url, secrets.hide("k3y/1 and k3y%2f1")
    ('https://example.org/feed?key=k3y/1', '${KEY} and ${KEY}')
    """

    def __init__(self, url: str, environment: Mapping[str, str] | None) -> None:
        scheme, login, host, rest = _cut(url)
        if environment is None:
            self.url, self._forms = url, _forms(login.removesuffix("@"), {})
            return
        values = {name: _value(name, environment) for name in _NAME.findall(url)}
        for part, broken in ((host, r"[\s/?#@\\]"), (rest, r"[\s#]")):
            for name in _NAME.findall(part):
                if re.search(broken, values[name]):
                    raise _breaks(name)
        # In the userinfo a value is what is meant, whatever it holds; elsewhere it is a piece of URL.
        login = _NAME.sub(lambda found: quote(values[found[1]], safe=""), login)
        self.url = scheme + login + _NAME.sub(lambda found: values[found[1]], host + rest)
        self._forms = _forms(login.removesuffix("@"), values)

    def hide(self, text: str) -> str:
        """The text with `${NAME}` for every value of at least four characters, and without userinfo."""
        return self.hide_in(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def hide_in(self, body: bytes) -> bytes:
        """The same for bytes of UTF-8, UTF-16 or any encoding that holds ASCII."""
        is_wide = bool(self._forms) and b"\0" in body
        held = [(form, blocks) for form in self._forms if (blocks := form.blocks(body, is_wide))]
        if not held:
            return body
        forms = [form for form, _ in held]

        def shown(found: re.Match[bytes]) -> bytes:
            name = forms[(found.lastindex or 1) - 1].shown
            if b"\0" not in found[0]:
                return name.encode()
            wide = name.encode("utf-16-le")
            return wide if found[0].endswith(b"\0") else wide[:-1]

        pattern = re.compile(b"|".join(b"(" + form.pattern + b")" for form in forms))
        reach = max(form.reach for form in forms)
        pieces, done = [], 0
        for start, end in _joined({block for _, blocks in held for block in blocks}, reach):
            pieces += [body[done:start], pattern.sub(shown, body[start:end])]
            done = end
        return b"".join([*pieces, body[done:]])


class _Form:
    """A secret as it may be spelt, and what is shown instead of it.

    `pattern` is slow, since what it finds may begin in many ways. Yet that holds the value without its last few
    characters as it is, or else begins earlier to be spelt in another way, and goes on for as many characters: all
    such beginnings are found at the speed of memory, since each of them is one known byte.
    """

    def __init__(self, value: str, shown: str) -> None:
        self.shown, self.pattern = shown, _spelt(value)
        few = max(1, min(3, len(value) // 4))
        self.raw = value[:-few].encode()
        starts: dict[bytes, list[bytes]] = {}
        for place, character in enumerate(value[:-few]):
            rest = _spelt(value[place + 1 : place + 1 + few])
            for way in _other_ways(character):
                starts.setdefault(way[:1], []).append(_wide(way[1:]) + rest)
        begun = {first: b"|".join(dict.fromkeys(ways)) for first, ways in starts.items()}
        wide = [_wide(first) + b"(?i:" + ways + b")" for first, ways in begun.items()]
        # Without the zeros, for bodies without one, that is a third of the work.
        self.others = {True: wide, False: [one.replace(_ZEROS, b"") for one in wide]}
        # No spelling is longer: four bytes of UTF-8, three for each if percent-encoded, four for each of those if wide.
        self.reach = 4 * 3 * 4 * len(value)

    def blocks(self, body: bytes, is_wide: bool) -> set[int]:
        """The numbers of the blocks of a body near which the secret may be."""
        found = set(_blocks(body, re.compile(_wide(self.raw)) if is_wide else self.raw))
        for other in self.others[is_wide]:
            found.update(_blocks(body, re.compile(other)))
        return found


def _blocks(body: bytes, sought: bytes | re.Pattern[bytes]) -> Iterator[int]:
    """The numbers of the blocks in which something begins."""
    place = 0
    while True:
        if isinstance(sought, bytes):
            place = body.find(sought, place)
        else:
            place = found.start() if (found := sought.search(body, place)) else -1
        if place < 0:
            return
        yield place // _BLOCK
        place = (place // _BLOCK + 1) * _BLOCK


def _joined(blocks: set[int], reach: int) -> list[tuple[int, int]]:
    """Where blocks begin and end, with so much before and after each; what overlaps is one."""
    spans: list[tuple[int, int]] = []
    for block in sorted(blocks):
        start, end = max(block * _BLOCK - reach, 0), (block + 1) * _BLOCK + reach
        if spans and start <= spans[-1][1]:
            start, _ = spans.pop()
        spans.append((start, end))
    return spans


def _cut(url: str) -> tuple[str, str, str, str]:
    """Scheme with its slashes, userinfo with its `@`, host with its port, and the rest of an address."""
    found = re.match(r"(\s*[a-zA-Z][a-zA-Z0-9+.-]*://)([^/?#]*@)?([^/?#]*)", url)
    return (found[1], found[2] or "", found[3], url[found.end() :]) if found else ("", "", "", url)


def _value(name: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise SourceError(f"the environment variable {name} is not set", next="set it, or change 'url'")
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value):
        raise _breaks(name)
    return value


def _breaks(name: str) -> SourceError:
    what = f"the value of the environment variable {name} breaks the address it stands in"
    return SourceError(what, next="percent-encode what may not stand in a URL")


def _forms(login: str, values: Mapping[str, str]) -> list[_Form]:
    """The userinfo and the values, the longest first, and what is shown instead of each."""
    plain = unquote(login)
    found = [_Form(f"//{plain}@", "//")] if login else []
    if len(plain.partition(":")[2]) >= _SHORTEST:
        found += [_Form(plain, "***"), _Form(b64encode(plain.encode()).decode(), "***")]
    for name, value in sorted(values.items(), key=lambda one: -len(one[1])):
        spellings = dict.fromkeys((value, unquote(value)))
        found += [_Form(one, f"${{{name}}}") for one in spellings if len(one) >= _SHORTEST]
    return found


def _spelt(value: str) -> bytes:
    """A pattern that finds a value as it is, percent-encoded, or escaped for XML or JSON, in UTF-8 or UTF-16."""
    pattern = b""
    for character in value:
        # The raw one last: it is where others begin.
        *escaped, encoded = _other_ways(character)
        ways = [*map(_wide, escaped), b"(?i:" + _wide(encoded) + b")", _wide(character.encode())]
        pattern += b"(?:" + b"|".join(ways) + b")"
    return pattern


def _other_ways(character: str) -> list[bytes]:
    """How a character may be spelt, other than as it is: the last one is percent-encoded, in any case."""
    encoded = b"".join(b"%%%02x" % byte for byte in character.encode())
    return [_ESCAPED[character], encoded] if character in _ESCAPED else [encoded]


def _wide(text: bytes) -> bytes:
    """A pattern for bytes that may have zeros between them, as ASCII has in UTF-16 and UTF-32."""
    return b"".join(re.escape(b"%c" % byte) + _ZEROS for byte in text)

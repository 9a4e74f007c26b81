"""What a page gets on its way to the browser of who edits it: the client, and leave to connect to us.

Never changes a page that is published: this is done to answers alone.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping

_POLICY = re.compile(rb"<meta\b[^>]*http-equiv\s*=\s*[\"']?content-security-policy\b[^>]*>", re.I)
_CONTENT = re.compile(r"""(\bcontent\s*=\s*)("[^"]*"|'[^']*')""", re.I)
_END = re.compile(rb"</body\s*>", re.I)
# What a theme puts around the content of a page is most often there for its margins.
_MAIN_END = re.compile(rb"(?:</(?:article|section|div)\s*>\s*){0,9}+</main\s*>", re.I)
_FALLBACKS = {
    "connect-src": ("default-src",),
    "script-src": ("default-src",),
    "worker-src": ("child-src", "script-src", "default-src"),
}
"""What the client needs, and what says it in policies that do not."""


def dressed(page: bytes, told: Mapping[str, object], version: str) -> bytes:
    """A page with the client at its end, which is told where and what it is; `version` is that of the client."""
    said = html.escape(json.dumps(told))
    client = f'<script src="/_broadsheet/client.js?v={version}" data-broadsheet="{said}"></script>'.encode()
    page = _POLICY.sub(lambda match: _relaxed_meta(match[0]), page)
    return _before(_END, page, client)


def with_note(page: bytes, note: str) -> bytes:
    """A page with some HTML at the end of what it is about."""
    return _before(_MAIN_END if _MAIN_END.search(page) else _END, page, note.encode())


def _before(end: re.Pattern[bytes], page: bytes, added: bytes) -> bytes:
    """A page with something before the last such tag, or at its own end: the last is no text of a comment or script."""
    *_, last = (match.start() for match in end.finditer(page)) if end.search(page) else (len(page),)
    return page[:last] + added + page[last:]


def _relaxed_meta(tag: bytes) -> bytes:
    def widened(match: re.Match[str]) -> str:
        # A quote in the policy would end the attribute, so it is written as browsers read it back.
        policy = relaxed(html.unescape(match[2][1:-1])).replace('"', "&quot;")
        return f'{match[1]}"{policy}"'

    said = _CONTENT.sub(widened, tag.decode("utf-8", "surrogateescape"), count=1)
    return said.encode("utf-8", "surrogateescape")


def relaxed(policy: str) -> str:
    """A Content-Security-Policy under which a page may also load the client, and the client may connect to its server.

    >>> relaxed("default-src 'none'; script-src 'self'")
    "default-src 'none'; script-src 'self'; connect-src 'self'"
    """
    parts = (part.split() for part in policy.split(";"))
    stated = {part[0].lower(): part[1:] for part in parts if part}
    for name, fallbacks in _FALLBACKS.items():
        said = next((stated[one] for one in (name, *fallbacks) if one in stated), None)
        if said is not None and "'self'" not in said:
            stated[name] = [*(source for source in said if source != "'none'"), "'self'"]
    return "; ".join(" ".join((name, *sources)) for name, sources in stated.items())

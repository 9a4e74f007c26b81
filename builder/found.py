"""What a source holds, as it is read: items, how each can be known again, and what had to be left out.

Never says what becomes of it: see `builder.merge`.
"""

from __future__ import annotations

from builder.model import Item, Value


class Dropped(Value, frozen=True):
    """An entry of a source that gives no item, and why."""

    where: str
    reason: str


class Found(Value, frozen=True):
    """An item as a source states it, without a `path`, and the identities by which it can be known again.

    Each identity is a hash; the first is the item's `id` (see `builder.sources.identities`).
    """

    item: Item
    identities: tuple[str, ...]


class Parsed(Value, frozen=True):
    """What one source's bytes hold: its own title, what was found, and what had to be left out and why.

    `ttl` (seconds), `skip_hours` (0 to 23, UTC) and `skip_days` (`monday` …) are when its publisher does
    not want to be asked (RSS 2.0).
    """

    title: str = ""
    ttl: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    dropped: tuple[Dropped, ...] = ()

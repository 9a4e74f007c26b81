"""What a run tries of a long sweep: a sample in `make test`, all of it in `make laws`. Never decides what is promised."""

from __future__ import annotations

from hypothesis import settings

_PROFILE = settings.default or settings()
LONG = not _PROFILE.derandomize
"""Whether this is `make laws`: what a quick run samples is then tried in full."""


def one_in(number: int) -> settings:
    """So many times fewer examples than others have, for a law of which each example is slow."""
    return settings(max_examples=_PROFILE.max_examples // number)

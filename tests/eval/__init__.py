"""The evaluation of stories: labelled items go through `broadsheet import`, and what comes out is compared.

Never used by the product, and never calls the code that it judges; `make eval` and `python -m tests.eval` run it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class EvalError(Exception):
    """Why no figures can be given: one line of what happened."""


class Labelled(NamedTuple):
    """One item of a set, and in `label` the story that it belongs to by the set's own word.

    `id` is unique in its set. `date` is aware, or `None` where the set states none; `text` is Markdown.
    """

    id: str
    label: str
    title: str
    text: str = ""
    date: datetime | None = None
    link: str = ""
    publisher: str = ""


class Sample(NamedTuple):
    """Items that are imported together and scored together: one half of a set, or a whole one.

    `half` is `tuning`, `reporting` or `whole`; `variant` says what was changed, and is empty for the set as it is.
    """

    name: str
    half: str
    items: tuple[Labelled, ...]
    variant: str = ""

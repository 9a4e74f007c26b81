"""What a preview shows: pages in memory, what is wrong with them, and what an edit changed.

Never opens a file or a connection: `previewing` makes these values, `server` hands them on.
"""

from __future__ import annotations

from builder.model import Report


class Shown(Report, frozen=True):
    """A page or a file as it would be published: its bytes, and their content type without a charset.

    `version` changes when and only when the bytes may have: what a page is made of, as a fingerprint. `source` is the
    file to edit, below the site's folder (`content/items/….md`, `templates/home.html`), `template` what made it.
    """

    route: str
    body: bytes
    kind: str
    version: str
    source: str = ""
    template: str = ""


class Trouble(Report, frozen=True):
    """What is wrong, where (`templates/item.html:12`), and what to do; `lines` are some of that file, by their numbers.

    `stack` names the templates that led there, the innermost last, each `templates/base.html:30`.
    """

    what: str
    where: str = ""
    next: str = ""
    line: int = 0
    lines: tuple[tuple[int, str], ...] = ()
    stack: tuple[str, ...] = ()


class Update(Report, frozen=True):
    """What came of a change: what is wrong now with the whole site, and which files that pages load are others.

    `troubles` holds everything that is wrong with settings and content files, by the file (`""`: the whole site).
    """

    troubles: dict[str, Trouble] = {}
    assets: tuple[str, ...] = ()
    seconds: float = 0.0


class Cell(Report, frozen=True):
    """Some words that lead to a page of the site."""

    text: str
    route: str


class Section(Report, frozen=True):
    """One part of what is told about the site: rows under a title, with their columns' names; or `empty`."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | Cell, ...], ...] = ()
    empty: str = "nothing"

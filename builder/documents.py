"""Which documents a build has to read again though nobody touched them: their data changed, or their day has come.

Never reads a file: it names those that are to be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from itertools import chain

import msgspec

from builder import datasets, frontmatter
from builder.index import Index
from builder.model import stamp
from builder.scan import Changed, Scan

_KNOWN, _NEXT = "documents", "document_due"


def due(date: str, zone: tzinfo) -> str:
    """The UTC moment from which a document of that date is visible, as a sortable string; `""`: always."""
    return stamp(frontmatter.moment(date, zone)[0]) if date else ""


class Documents:
    """The documents that state a date, as the index remembers them, during one update."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._dates: dict[str, str] = msgspec.json.decode(index.meta(_KNOWN) or "{}", type=dict[str, str])

    def with_those(self, scan: Scan) -> list[Changed]:
        """The files that were touched, and the documents that are to be read again whatever they say."""
        anew = self._wanted(scan) - set(scan.lost)
        if not anew:
            return scan.changed
        found = {one.path: one for one in scan.changed}
        for path in anew:
            row = self._index.db.execute("SELECT * FROM file WHERE path = ?", (path,)).fetchone()
            if row:
                signature = found[path].signature if path in found else (row[1], row[2], row[3], row[4])
                found[path] = Changed(path, signature, row[5]).anew()
        return list(found.values())

    def _wanted(self, scan: Scan) -> set[str]:
        folder = f"{datasets.FOLDER}/"
        if any(path.startswith(folder) for path in chain((one.path for one in scan.changed), scan.lost)):
            # Which of them name that file, and cannot be read without it, only they say. They are few.
            sql = "SELECT path FROM file WHERE path >= 'pages/' AND path < 'pages0'"
            return {path for (path,) in self._index.db.execute(sql)}
        return {path for path in self._dates if self._turns(path)}

    def _turns(self, path: str) -> bool:
        """Whether a document is to appear, or to vanish."""
        place = path.removeprefix("pages/").removesuffix(".md")
        found = self._index.db.execute("SELECT 1 FROM subject WHERE name = ?", (f"document\t{place}",)).fetchone()
        return (found is not None) != (due(self._dates[path], self._index.settings.zone) <= self._index.as_of)

    def take(self, path: str, date: str) -> None:
        """Remember the date that a document states, `""` if it states none or is not there."""
        self._dates.pop(path, None)
        if date:
            self._dates[path] = date

    def finish(self) -> None:
        """Write down what is remembered, and when the next document appears."""
        zone, as_of = self._index.settings.zone, self._index.as_of
        ahead: Iterable[str] = (due(date, zone) for date in self._dates.values())
        self._index.put_meta(_NEXT, min((moment for moment in ahead if moment > as_of), default=""))
        self._index.put_meta(_KNOWN, msgspec.json.encode(dict(sorted(self._dates.items()))).decode())

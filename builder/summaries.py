"""Summaries brought up to date: what others may read of groups that changed, and who reads what.

Never looks at a group that did not change, and never builds a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from builder.groups import join, split, stretch_of, summary_of
from builder.index import Index
from builder.kinds import Key, Summary, no_pages

_decode = msgspec.json.Decoder(Summary).decode


class Summaries:
    """The summaries of one index. In a `fresh` one there are none yet, and everything is dirty anyway."""

    def __init__(self, index: Index, fresh: bool) -> None:
        self._index, self._db, self._fresh = index, index.db, fresh
        self._large: dict[str, bool] = {}

    def renew(self, dirty: set[str]) -> set[str]:
        """Work out the summaries of dirty groups; returns the groups that have to be looked at: dirty ones that may
        have pages, and those that read a summary that changed."""
        by_kind: dict[str, list[str]] = {}
        for name in dirty:
            by_kind.setdefault(name.partition("\t")[0], []).append(name)
        kinds = self._index.kinds
        summed = [name for kind in kinds.values() if kind.summary for name in by_kind.get(kind.name, ())]
        readers: set[str] = set()
        try:
            bases = {join(stretch_of(kinds, split(name)).key) for name in summed}
            self._index.ahead.read_counts(self._db, bases)
            # In the order of the kinds: a month's summary is made of its days'.
            for name in summed:
                readers.update(self._renew(name))
        finally:
            self._index.ahead.forget()
        found = set(readers)
        for name, group in by_kind.items():
            asked = kinds.get(name)
            if asked and asked.under:
                found.update(self._with_pages(asked.under, group))
            elif asked is None or asked.pages is not no_pages:
                found.update(group)
        return found

    def _renew(self, name: str) -> Iterable[str]:
        """Work out one group's summary; returns who reads it, where it changed."""
        group = self._index.group(split(name))
        kind = self._index.kinds[group.key[0]]
        summary = summary_of(group, kind)
        sql = "SELECT value FROM summary WHERE key = ?"
        row = None if self._fresh else self._db.execute(sql, (name,)).fetchone()
        old, new = row[0] if row else None, msgspec.json.encode(summary) if summary else None
        self._large[name] = bool(summary and summary.large) or bool(old and _decode(old).large)
        if old == new:
            return ()
        if new is None:
            self._db.execute("DELETE FROM summary WHERE key = ?", (name,))
        else:
            self._db.execute("INSERT OR REPLACE INTO summary VALUES (?, ?)", (name, new))
        return () if self._fresh else map(join, kind.read_by(group))

    def _with_pages(self, under: Callable[[Key], Key], names: Iterable[str]) -> Iterable[str]:
        """Those of some groups that have pages, or had, since the group that they are under is or was large."""
        for name in names:
            key = under(split(name))
            large = self._large.get(joined := join(key))
            if large is None:
                large = any(summary.large for summary in self._index.group(key).summaries(*key))
                self._large[joined] = large
            if large:
                yield name

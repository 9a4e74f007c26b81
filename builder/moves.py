"""The lines of `moves.tsv`: what was renamed, merged or removed, read one by one and resolved to the end of each chain.

Never reads or writes the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeVar

from builder import urls
from builder.errors import ContentError
from builder.model import Value
from builder.names import printable, safe_path
from builder.settings import Moves, Removal

T = TypeVar("T")
TERM_KINDS = ("tags", "categories", "publishers")
LINKS = "links"
"""The kind of the lines in `moves.tsv` that say which articles may not be named again."""
MOVE_KINDS = ("items", "stories", *TERM_KINDS, LINKS)
REASON = 300


def parse(text: str, file: str) -> list[Line]:
    """The lines of a ledger; ContentError for the first that is none, with its number in `file`."""
    return list(read(text, file, _line))


def read(text: str, file: str, what: Callable[[str], T]) -> Iterator[T]:
    """What each line of a hand-edited ledger says, without blank ones and comments; an error is told its place."""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            try:
                yield what(line)
            except ContentError as error:
                raise ContentError(error.what, where=f"{file}:{number}", next=error.next) from None


def resolved(lines: Iterable[Line], is_there: Callable[[str], bool]) -> Moves:
    """What the lines say together; one whose old item is there again does not count."""
    steps: dict[str, dict[str, str]] = {}
    removed: dict[str, Removal] = {}
    links: dict[str, Removal] = {}
    founded: dict[str, str] = {}
    first: dict[str, str] = {}
    for line in lines:
        if line.kind == LINKS:
            links[line.old] = line.noted(links)
        elif line.kind != "items" or (line.new and not is_there(line.old)):
            steps.setdefault(line.kind, {})[line.old] = line.new
            if line.kind == "items":
                founded[line.new] = founded.get(line.old, line.old)
            elif line.kind == "stories" and line.new:
                first.setdefault(line.new, line.old)
        elif not line.new:
            removed[line.old] = line.noted(removed)
    targets = {kind: resolved_names(of) for kind, of in steps.items()}
    # Who was moved elsewhere later, by another line, was not what is there now.
    items = targets.get("items", {})
    founded = {new: old for new, old in founded.items() if items.get(old) == new}
    return Moves(targets=targets, removed=removed, links=links, founded=founded, first=first)


class Line(Value, frozen=True):
    """One line of `moves.tsv`: kind, old, new, and of a removal its date and reason."""

    kind: str
    old: str
    new: str
    note: Removal

    def noted(self, before: Mapping[str, Removal]) -> Removal:
        """The removal with what earlier lines say of it: one that says nothing takes nothing back."""
        there = before.get(self.old, Removal())
        return Removal(date=self.note.date or there.date, reason=self.note.reason or there.reason)


def _line(line: str) -> Line:
    """A line of `moves.tsv`; ContentError without a place where it is none."""
    kind, old, new, day, reason = [*line.split("\t", 4), "", "", "", ""][:5]
    day = "" if new else day.strip()
    if kind not in MOVE_KINDS or not old:
        raise ContentError(f"no move: {printable(line)[:60]!r}", next="write: kind TAB old TAB new")
    if new and (kind == LINKS or (kind == "items" and _is_day(new))):
        what = f"no removal: {printable(line)[:60]!r}"
        raise ContentError(what, next="write: kind TAB old TAB TAB date TAB reason")
    if day and not _is_day(day):
        raise ContentError(f"{printable(day)[:20]!r} is no date", next="write it as 2026-01-12")
    if kind == LINKS:
        old = link_of(old.strip())
    elif kind in TERM_KINDS:
        old, new = urls.term_slug(old), new and urls.term_slug(new)
    if kind != LINKS and (not safe_path(old) or (new and not safe_path(new))):
        what = f"a move that leads out of the site: {printable(line)[:60]!r}"
        raise ContentError(what, next="write paths without '..'")
    if reason:
        from builder import sanitize

        reason = sanitize.line(reason)
    return Line(kind=kind, old=old, new=new, note=Removal(date=day, reason=reason[:REASON]))


def link_of(said: str) -> str:
    """The key of an article that is named by its address, or by the key itself as `coverage` holds it."""
    if re.fullmatch(r"(gn|url):[0-9a-f]{16}", said):
        return said
    if not re.match(r"https?://", said, re.I) or not urls.is_public_link(said):
        what = f"no address of an article: {printable(said)[:60]!r}"
        raise ContentError(what, next="write it with https://, or the 'key' of a line of coverage")
    from builder.sources import googlenews

    return googlenews.article_key(said)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def resolved_names(steps: dict[str, str]) -> dict[str, str]:
    """Each old name with the last of its chain; a circle ends where it began."""
    targets = {}
    for old in steps:
        new, passed = steps[old], {old}
        while new in steps and new not in passed:
            passed.add(new)
            new = steps[new]
        if new != old:
            targets[old] = new
    return targets

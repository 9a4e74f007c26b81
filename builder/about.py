"""What a preview tells of a site under edit, beside its pages: what is set aside, how sources fare, what is slow.

Never changes anything, and asks no source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from builder.content import Content, document
from builder.documents import due
from builder.errors import BroadsheetError
from builder.groups import split
from builder.index import Index
from builder.kinds import Page
from builder.model import stamp
from builder.shown import Cell, Section, Update
from builder.state import States
from builder.templates import Templates

SLOWEST, MOST = 10, 50


def of_page(index: Index, key: str, page: Page, source: str, templates: Templates) -> Section:
    """Where a page comes from: its file, its group, what it is made with, the stories on it."""
    rows: list[tuple[str | Cell, ...]] = [("address", Cell(page.route, page.route))]
    rows += [("file", source)] if source else []
    rows += [("group", " ".join(split(key)))]
    if page.template:
        rows += [("made with", ", ".join(f"templates/{name}" for name in sorted(templates.closure(page.template))))]
    for story in index.group(split(key)).newest(SLOWEST):
        rows.append(("story", Cell(story.card.title or story.card.route, story.card.route)))
    return Section(title="This page", columns=("what", "which"), rows=tuple(rows))


def set_aside(index: Index) -> Section:
    rows = tuple((reason,) for reason in index.quarantine().values())
    return Section(title="Set aside", rows=rows, empty="Nothing: every file can be read.")


def sources(index: Index, file: Path, now: datetime) -> Section:
    """How each source fared when it was last asked."""
    # What asks sources takes longer to load than a page to make.
    from builder import subscriptions

    states = States(file, readonly=True)
    try:
        found = subscriptions.health(index.settings, states, now)
    finally:
        states.close()
    rows = tuple((one.name, one.state, one.newest or "–", one.error or "") for one in found)
    return Section(title="Sources", columns=("name", "state", "newest item", "trouble"), rows=rows, empty="None.")


def last(update: Update, files: tuple[str, ...], groups: tuple[str, ...]) -> Section:
    """What was taken in when files were changed last, and the groups whose pages may be others since."""
    rows: list[tuple[str, ...]] = [("took", f"{1000 * update.seconds:.0f} ms")]
    rows += [("file", file) for file in files[:SLOWEST]] or [("file", "any")]
    rows += [("group", " ".join(split(group))) for group in groups[:MOST]]
    if len(groups) > MOST:
        rows.append(("group", f"and {len(groups) - MOST:,} more"))
    return Section(title="Last update", columns=("what", "which"), rows=tuple(rows))


def slowest(seconds: Mapping[str, float]) -> Section:
    """The pages that took longest to make, of those that were asked for."""
    found = sorted(seconds.items(), key=lambda one: -one[1])[:SLOWEST]
    rows = tuple((Cell(route, route), f"{1000 * taken:.1f} ms") for route, taken in found)
    return Section(title="Slowest pages", columns=("page", "time"), rows=rows, empty="No page was asked for yet.")


def unpublished(index: Index, content: Content, now: datetime) -> Section:
    """The drafts among items and documents, and what is dated ahead."""
    # Where drafts are shown, what they say is all that tells them.
    draft = """CAST(value AS TEXT) LIKE '%"draft":true%'""" if index.settings.drafts else "draft"
    sql = f"SELECT path, {draft}, due FROM item WHERE {draft} OR due > ? ORDER BY due, path LIMIT ?"  # noqa: S608
    found = index.db.execute(sql, (stamp(now), MOST)).fetchall()
    rows = [(f"content/items/{path}.md", "draft" if draft else f"from {due}") for path, draft, due in found]
    rows += list(_documents(index, content, stamp(now)))
    return Section(title="Not published yet", columns=("file", "why"), rows=tuple(rows), empty="Nothing.")


def _documents(index: Index, content: Content, now: str) -> Iterator[tuple[str, str]]:
    # Of one that is not published the index knows nothing else. They are few.
    for (path,) in index.db.execute("SELECT path FROM file WHERE path >= 'pages/' AND path < 'pages0' ORDER BY path"):
        with suppress(BroadsheetError, OSError):
            found = document(path, content.text(path))
            moment = due(found.date, index.settings.zone)
            if found.draft or moment > now:
                yield f"content/{path}", "draft" if found.draft else f"from {moment}"

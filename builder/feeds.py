"""What the site's own feeds show: of the site, and of each term.

Never says when a feed was built: the same stories are the same bytes.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from builder.kinds import Group, Listed
from builder.model import Item

FEED, MOST = 50, 300
"""Stories in a feed, and in that of a site with so much news that 50 are not the last two days."""
DAYS = timedelta(hours=48)
"""Who asks once a day misses nothing."""
_NEVER = "1970-01-01T00:00:00Z"


def window(group: Group, newest: tuple[Listed, ...]) -> tuple[Listed, ...]:
    """The stories of a group's feed: the `newest` 50, or all of the last 48 hours where those are more, at most 300.

    The hours end at the newest story, not now: a feed changes with its stories alone.
    """
    newest = newest[:FEED]
    if len(newest) < FEED:
        return newest
    since = _before(newest[0].sort, group.settings.zone)
    if newest[-1].sort < since:
        return newest
    return (*newest, *(story for story in group.newest(MOST)[FEED:] if story.sort >= since))


def _before(sort: str, zone: tzinfo) -> str:
    """What sorts 48 hours before a place in time (see `Item.sort`); two days, where that is a day."""
    day, timed, moment = sort[:10], len(sort) > 10, sort.rpartition(" ")[2]
    if not timed:
        return (date.fromisoformat(day) - DAYS).isoformat()
    return Item(date=datetime.fromisoformat(moment) - DAYS).sort(zone)


def feed_data(stories: tuple[Listed, ...], title: str, home: str, self: str) -> dict[str, Any]:
    """What a feed shows. `updated` is that of the entry that changed last, so the same stories are the same bytes."""
    last = max((story.updated for story in stories), default=_NEVER)
    return {"stories": stories, "title": title, "home": home, "self": self, "updated": last}

"""What the site's own feeds show: of the site, and of each term.

Never says when a feed was built: the same stories are the same bytes.
"""

from __future__ import annotations

from typing import Any

from builder.kinds import Listed

FEED = 50
"""Stories in a feed."""
_NEVER = "1970-01-01T00:00:00Z"


def feed_data(stories: tuple[Listed, ...], title: str, home: str, self: str) -> dict[str, Any]:
    """What a feed shows. `updated` is the newest entry's, so the same stories are the same bytes."""
    newest = max((story.updated for story in stories), default=_NEVER)
    return {"stories": stories, "title": title, "home": home, "self": self, "updated": newest}

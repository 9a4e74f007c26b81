"""The page that a feed's entry links to, as `trafilatura` reads it: what it says of itself, and its text.

Never asks the network, and never says more than the page does. Needs the extra `broadsheet[article]`.
"""

from __future__ import annotations

import re

from builder import markdown, sanitize, urls
from builder.errors import SourceError
from builder.model import Item
from builder.settings import Source
from builder.sources import fold
from builder.sources.stated import SUMMARY, people, tags


def parse(body: bytes, source: Source, *, url: str) -> Item:
    """Description, image, authors, tags and text of an article's page at `url`; SourceError where it has none of them.

    The text is taken only where the source's `show` is `full`.
    """
    import trafilatura

    tree = trafilatura.load_html(body) if body else None
    if tree is None:
        raise SourceError("the linked page is no HTML", where=source.name)
    about = trafilatura.extract_metadata(tree, default_url=url)
    text = ""
    if source.show == "full":
        # From the bytes again: reading the metadata takes parts of the tree away.
        html = trafilatura.extract(
            body, url=url, output_format="html", include_formatting=True, include_links=True, include_comments=False
        )
        text = _below_title(markdown.from_html(html or "", url), about.title or "")
    found = Item(
        title=sanitize.line(about.title or ""),
        description=markdown.shorten(sanitize.line(about.description or ""), SUMMARY),
        image=_image(about.image or "", url),
        authors=people((about.author or "").split(";")),
        tags=tags(
            name for stated in (*(about.tags or ()), *(about.categories or ())) for name in re.split("[,;]", stated)
        ),
        body=text,
    )
    if found == Item(title=found.title):
        raise SourceError("the linked page says nothing of itself", where=source.name)
    return found


def _below_title(text: str, title: str) -> str:
    """The text without a first line that only repeats the title."""
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if title and fold(first) and fold(title).startswith(fold(first)) else text


def _image(address: str, url: str) -> str:
    image = urls.absolute(address, url)
    return image if image.startswith("http") else ""

"""Pages at former addresses that lead to today's.

Never one where no file of ours may stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.kinds import Group, Page, PageKind

REDIRECTS = "redirects"
"""The group of all redirects."""
LISTED_AT = "/_redirects"


def redirect(old: str, new: str, origin: str) -> Iterator[Page]:
    """A page at a former address that leads to today's; none where no file of ours may stand."""
    if old.rsplit("/", 1)[-1] == "index.html":
        old = old.removesuffix("index.html")
    parts = [part for part in old.split("/") if part not in ("", ".")]
    is_file = bool(parts) and not old.endswith("/") and "." in parts[-1]
    route = "/" + "/".join(parts) + ("/" if parts and not is_file else "")
    if route != new and all(map(_may_stand, parts)):
        yield Page(route=route, template="redirect.html", data={"to": new}, origin=origin)


def _may_stand(name: str) -> bool:
    """Whether a file or folder may have a name: not hidden, and one that every disk takes."""
    hidden = name.startswith(".") and name != ".well-known"
    return not hidden and name.isprintable() and len(name.encode("utf-8", "replace")) <= 255


def listing(redirects: Iterable[tuple[str, str]]) -> Iterator[Page]:
    """`/_redirects`, if there are any: for servers that answer with a redirect instead of a page that has one."""
    if found := list(redirects):
        yield Page(route=LISTED_AT, template="_redirects", data={"redirects": found})


def _pages(group: Group) -> Iterator[Page]:
    yield from listing(group.redirects())


PAGE_KIND = PageKind(name=REDIRECTS, pages=_pages, always=((REDIRECTS,),), last=True)

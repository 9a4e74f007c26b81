"""A site's own templates over the default theme: which there are, and which were made from a default that has changed.

Writes below the site's `templates/` alone, and never over a file unless it is told to.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from builder import ejected
from builder.content import write_whole
from builder.ejected import Mark
from builder.errors import UsageError
from builder.findings import Finding
from builder.model import Report
from builder.templates import DEFAULT, theme_files

PURPOSES = {
    "base.html": "the frame of every page",
    "home.html": "the front page",
    "latest.html": "the newest stories, and all months",
    "item.html": "the page of an item",
    "story.html": "the page of a story of several items",
    "day.html": "a day, or one of its hours",
    "week.html": "a week",
    "month.html": "a month, as a calendar",
    "year.html": "a year",
    "taxonomy.html": "all tags, categories or publishers",
    "term.html": "one tag, category or publisher",
    "term_month.html": "a month of a term with many stories, or a day of such a month",
    "document.html": "a page of your own",
    "redirect.html": "leads from a former address to today's",
    "gone.html": "the notice where something was removed",
    "404.html": "what is shown where nothing is",
    "feed.xml": "an Atom feed, of the site or of a term",
    "feed.json": "the JSON Feed of the site",
    "opml.xml": "the list of public sources",
    "sitemap.xml": "a sitemap",
    "sitemap_index.xml": "the list of sitemaps",
    "robots.txt": "what robots may read",
    "_headers": "the headers to answer with, for hosts that read such a file",
    "_redirects": "former addresses, for hosts that read such a file",
    "manifest.webmanifest": "what a phone asks when the site is put on its screen",
    "theme.css": "the colours and the font that site.toml sets",
    "words.js": "what the script says, in the site's language",
    "partials/head.html": "what machines read at the top of every page",
    "partials/header.html": "the name of the site, and its menu",
    "partials/footer.html": "the foot of every page",
    "partials/card.html": "a story in a list",
    "partials/counts.html": "macros: periods with their numbers and bars",
    "partials/volume.html": "a macro: months as a small picture",
    "partials/macros.html": "macros that several pages share",
    "partials/reports.html": "several reports, as readers of feeds show them",
    "partials/entry.xml": "a story in an Atom feed",
    "partials/entry.json": "a story in a JSON Feed",
    "messages/de.toml": "what the site says in German",
    "messages/en.toml": "what the site says in English, where it counts",
    "messages/es.toml": "what the site says in Spanish",
    "messages/fr.toml": "what the site says in French",
    "static/early.js": "the reader's colours, before anything is painted",
    "static/favicon.svg": "the icon",
    "static/script.js": "what a browser adds to pages that are complete without it",
    "static/style.css": "the whole look",
}
"""What each file of the default theme is for; `templates/README.md` says more."""
_GONE = "'broadsheet theme accept {own}' makes it yours alone; if nothing names it, remove it"
_CHANGED = "see 'broadsheet theme diff {own}'; then 'broadsheet theme accept {own}', or eject it anew with --force"


class Part(Report, frozen=True):
    """A file of a theme. `state` says whose it is.

    `default`: the site has none of that name. `own`: it has one, made by hand. `ejected`: it has one made from the
    default as it is today; `changed`: from one that has changed since; `gone`: from one that is no longer there.
    """

    name: str
    purpose: str
    state: str


def is_default(root: Path) -> bool:
    """Whether the site is a checkout of ours, whose `templates/` is the default theme itself."""
    return _own(root).resolve() == DEFAULT.resolve()


def parts(root: Path) -> list[Part]:
    """Every file of the default theme, and the site's own that were made from one of another name."""
    defaults = _defaults()
    marks = {} if is_default(root) else dict(_marks(root))
    found = []
    for name in sorted(defaults, key=_order):
        has = (_own(root) / name).is_file() and not is_default(root)
        state = _state(marks[name]) if name in marks else "own" if has else "default"
        found.append(Part(name=name, purpose=PURPOSES.get(name, ""), state=state))
    others = ((name, mark) for name, mark in sorted(marks.items()) if name not in defaults)
    return found + [Part(name=name, purpose=f"made from {mark.name}", state=_state(mark)) for name, mark in others]


def eject(root: Path, said: Sequence[str], *, extend: bool = False, force: bool = False) -> list[str]:
    """Copy defaults into the site's `templates/`, or write templates that extend them; the names of what was written.

    All are written or, where one of them is there already, none.
    """
    _refuse_default(root)
    names = list(dict.fromkeys(find(one, _defaults()) for one in said))
    texts = {}
    for name in names:
        default = (DEFAULT / name).read_bytes()
        mark = ejected.mark_for(name, default)
        texts[_target(root, name)] = ejected.stub(mark, _blocks(name)) if extend else ejected.marked(default, mark)
    there = [file for file in texts if file.exists()]
    if there and not force:
        where = ", ".join(file.relative_to(root).as_posix() for file in there)
        raise UsageError(
            "is there already", where=where, next="--force replaces it by the default; what it says is lost"
        )
    for file, data in texts.items():
        write_whole(file, data)
    return names


def accept(root: Path, said: Sequence[str]) -> list[str]:
    """Let ejected files stand beside the defaults of today; the names of those that changed for it.

    One whose default is gone bears no mark from then on.
    """
    _refuse_default(root)
    marks = dict(_marks(root))
    changed = []
    for name in dict.fromkeys(_own_part(root, one) for one in said):
        mark = marks.get(name)
        if mark is None:
            what = "says in no line what it was ejected from"
            raise UsageError(what, where=f"templates/{name}", next="it is yours alone: there is nothing to accept")
        file = _target(root, name)
        before = file.read_bytes()
        now = _now(mark)
        after = ejected.renewed(before, now) if now else ejected.unmarked(before)
        if after != before:
            write_whole(file, after)
            changed.append(name)
    return changed


def diff(root: Path, said: str) -> str:
    """How a file of the site differs from the default that it was made from, or replaces; `""` if it does not."""
    _refuse_default(root)
    name = _own_part(root, said)
    mark = dict(_marks(root)).get(name)
    default = mark.name if mark else name
    if default not in _defaults():
        raise UsageError("there is no such default", where=f"templates/{name}", next="it is yours alone")
    both = (DEFAULT / default).read_bytes(), ejected.unmarked((_own(root) / name).read_bytes())
    before, after = (data.decode("utf-8", "replace").splitlines() for data in both)
    lines = difflib.unified_diff(before, after, f"default/{default}", f"templates/{name}", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def findings(root: Path) -> Iterator[Finding]:
    """The ejected files whose default has changed, or is gone."""
    if is_default(root):
        return
    for own, mark in _marks(root):
        state = _state(mark)
        if state == "ejected":
            continue
        what = "has changed since it was ejected" if state == "changed" else "is no longer there"
        yield Finding(
            kind="theme",
            route="",
            what=f"the default {mark.name} {what}",
            source=f"templates/{own}",
            next=(_CHANGED if state == "changed" else _GONE).format(own=own),
        )


def find(said: str, names: Iterable[str]) -> str:
    """The name that somebody means: as it stands, without its folder or its ending; UsageError where it is not one."""
    names = list(names)
    wanted = said.removeprefix("templates/")
    for short in _SHORTER:
        # `_headers` has no ending, and so no stem.
        found = [name for name in names if short(name) == wanted != ""]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{said!r} may be {' or '.join(found)}", next="say which")
    known = {short(name): name for short in reversed(_SHORTER) for name in names}
    near = dict.fromkeys(known[one] for one in difflib.get_close_matches(wanted, known, 3))
    next = f"did you mean {' or '.join(near)}?" if near else "'broadsheet theme list' names all"
    raise UsageError(f"there is no template {said!r}", next=next)


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _last(name: str) -> str:
    return name.rpartition("/")[2]


_SHORTER: tuple[Callable[[str], str], ...] = (str, _stem, _last, lambda name: _stem(_last(name)))
"""What a file may be called, the surest name first."""


# -- what there is ----------------------------------------------------------------------------------------------


def _own(root: Path) -> Path:
    return root / "templates"


def _refuse_default(root: Path) -> None:
    if is_default(root):
        raise UsageError("templates/ is the default theme itself", next="change it there: there is nothing to eject")


@cache
def _defaults() -> tuple[str, ...]:
    return tuple(name for name, _ in theme_files(DEFAULT))


def _order(name: str) -> tuple[int, str]:
    known = list(PURPOSES)
    return known.index(name) if name in PURPOSES else len(known), name


def _marks(root: Path) -> Iterator[tuple[str, Mark]]:
    """The site's own files that were ejected, and from what."""
    for name, _ in theme_files(_own(root)):
        if mark := ejected.mark_in((_own(root) / name).read_bytes()):
            yield name, mark


def _own_part(root: Path, said: str) -> str:
    return find(said, [name for name, _ in theme_files(_own(root))])


def _now(mark: Mark) -> Mark | None:
    """The mark that its default would give today; `None` where there is none of that name."""
    file = DEFAULT / mark.name
    return ejected.mark_for(mark.name, file.read_bytes()) if mark.name in _defaults() else None


def _state(mark: Mark) -> str:
    now = _now(mark)
    return "gone" if now is None else "ejected" if now == mark else "changed"


def _target(root: Path, name: str) -> Path:
    file = _own(root) / name
    if file.is_symlink() or not file.parent.resolve().is_relative_to(_own(root).resolve()):
        raise UsageError("leads out of templates/", where=f"templates/{name}", next="remove the symbolic link")
    return file


def _blocks(name: str) -> list[str]:
    """The blocks of a default and of what it extends, the outermost template's first. UsageError where it has none."""
    import jinja2
    from jinja2 import nodes

    found: list[str] = []
    waiting = [] if name.startswith(("static/", "messages/")) else [name]
    while waiting:
        tree = jinja2.Environment(autoescape=True).parse((DEFAULT / waiting.pop()).read_text("utf-8"))
        found = [node.name for node in tree.find_all(nodes.Block)] + found
        waiting += [
            node.template.value for node in tree.find_all(nodes.Extends) if isinstance(node.template, nodes.Const)
        ]
    if not found:
        raise UsageError("has no blocks to extend", where=f"templates/{name}", next="eject it whole, without --extend")
    return list(dict.fromkeys(found))

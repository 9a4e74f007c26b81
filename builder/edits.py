"""What an editor asks for in one line: an article added, or an address moved, as edits of files below `content/`.

Every command can be run again, after one that was killed too, and does what is left to do.
Never does what a person could not do by hand with the same result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from builder import canonical, cards, frontmatter, identity, merge, rules, sources, urls
from builder.content import MOVES, Content
from builder.errors import ContentError, SourceError, UsageError
from builder.fetch import Answer, Client
from builder.found import Found, Parsed
from builder.groups import split
from builder.index import Index
from builder.model import Item, Report, Value, stamp
from builder.moves import TERM_KINDS
from builder.names import checked_name, safe_path
from builder.parsers import Parsers
from builder.run import Run
from builder.settings import Settings, Source
from builder.sync import sync

PAGE_BYTES, CPU_SECONDS = 5 * 1024 * 1024, 5
_PAGES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
_CHARSETS = {
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"), "cp1252"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis"), "cp932"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk"), "gb18030"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ksc5601"), "cp949"),
    "iso-8859-9": "cp1254",
}
"""What browsers read pages as that say so (WHATWG Encoding §4.2)."""


class Moved(Report, frozen=True):
    """What was moved: its kind, its name in `moves.tsv` before and now, its route now. `done`: it was there already."""

    kind: str
    old: str
    new: str
    route: str
    done: bool = False


class Said(Value, frozen=True):
    """What a person says of an article that is to be added."""

    note: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    title: str = ""
    show: str = ""


class Added(Report, frozen=True):
    """An article that was added: its file and route. Was it `known`, `changed` names what its file says anew.

    `unread` is why its page could not be had: the item is then what the person said.
    """

    file: str
    route: str
    title: str
    known: bool = False
    changed: tuple[str, ...] = ()
    unread: str = ""


class Edits:
    """An editor's command on one site; the caller holds the lock. Before a second one, `refresh`."""

    def __init__(self, content: Content, settings: Settings, index: Index, as_of: datetime) -> None:
        self.content, self.index, self.as_of, self.settings = content, index, as_of, settings
        self.refresh()

    def refresh(self) -> None:
        """Know again what is in `content/`."""
        self.settings = self.content.applied(self.settings)
        sync(self.index, self.content, self.settings, stamp(self.as_of))

    # -- what is meant

    def route(self, said: str) -> str:
        """The route in a route or an address of this site, with or without the base path; `""` of another site."""
        home, base, path = self.settings.base_url, urls.base_path(self.settings.base_url), said
        if re.match(r"https?://", said, re.I):
            if not f"{canonical.key(said)}/".startswith(f"{canonical.key(home)}/"):
                return ""
            path = unquote(urlsplit(said).path)
        path = path.removesuffix("index.html").rstrip("/") + "/"
        path = path[len(base) - 1 :] if path.startswith(base) else path
        return "/" + "".join(f"{part}/" for part in path.split("/") if part)

    def place(self, said: str) -> str:
        """The path below `items/` in a route or a file's name, whether or not there is such an item; else `""`."""
        if not said.endswith(".md") or re.match(r"https?://", said, re.I):
            return self.route(said).strip("/")
        path = Path(said)
        if path.is_absolute() and path.is_relative_to(self.content.folder):
            path = path.relative_to(self.content.folder)
        return path.as_posix().removeprefix("content/").removeprefix("items/").removesuffix(".md")

    def current(self, place: str) -> str:
        """Where the item of a path is: there, where it moved to, or what has the path for an alias; `""` if nowhere."""
        for path in (place, self.settings.moves.resolve("items", place)):
            if path and self.index.has_file(path):
                return path
        owner = self.index.owner(f"/{place}/") or self.index.owner(f"/{place}")
        path = owner[1].removeprefix("items/").removesuffix(".md") if owner else ""
        item = self.index.item(path)
        return path if item and place in {alias.strip("/") for alias in item.aliases} else ""

    # -- adding

    def add(self, url: str, said: Said, client: Client) -> Added:
        """Take in an article found by hand; one that is there already gets the note, tags, categories and title.

        Raises SourceError where its page cannot be had and the person gave no title either.
        """
        url = _address(url)
        self._check_allowed(url)
        if known := self._known(url):
            return self._add_to(known, said)
        unread = ""
        try:
            item, where = self._page(url, client)
        except SourceError as error:
            if not said.title:
                next = "give a --title to add it without its page"
                raise SourceError(error.what, where=url, next=next) from None
            item, where, unread = Item(), url, error.what
        link = _link(item.link, where)
        self._check_allowed(link)
        if known := self._known(link):
            return self._add_to(known, said)
        return msgspec.structs.replace(self._write(item, link, said), unread=unread)

    def _check_allowed(self, link: str) -> None:
        gone = rules.removal(self.settings.moves, link)
        if gone is not None:
            what = " ".join(f"this article was removed {gone.date and f'on {gone.date}'}: {gone.reason}".split())
            next = f"take its line out of content/{MOVES} first"
            raise UsageError(what.rstrip(": "), where=link, next=next)

    def _known(self, link: str) -> str:
        path = self.index.place_of(identity.link_identity(link))
        path = self.settings.moves.resolve("items", path) if path else ""
        if not path or not self.index.has_file(path):
            return ""
        if self.index.item(path) is None:
            raise ContentError("cannot be read", where=f"content/items/{path}.md", next="mend the file first")
        return path

    def _page(self, url: str, client: Client) -> tuple[Item, str]:
        """What an article's page says, and where the page is; SourceError where it cannot be had."""
        answer = client.get(url, accept=_PAGES, limit=PAGE_BYTES, expand=False)
        if answer.status != 200:
            raise SourceError(f"HTTP {answer.status}", where=url)
        html = _html(answer).encode("utf-8", "replace")
        with Parsers(1, cpu_seconds=CPU_SECONDS) as parsers:
            try:
                item = parsers.article(html, self.as_of)
            except SourceError:
                # A page that shows its text to readers alone still says in its head what it is about.
                item = parsers.head(html, self.as_of)
        if not item.title:
            raise SourceError("the page says nothing of itself", where=url)
        return item, answer.url or url

    def _write(self, item: Item, link: str, said: Said) -> Added:
        """A new item, through the same run as an import."""
        host, notes = urls.host(link), {"note": _line(said.note)} if said.note.strip() else {}
        basis = {} if item.title else {"date": self.as_of.replace(microsecond=0), "date_basis": "first-seen"}
        known_by = identity.link_identity(link)
        item = msgspec.structs.replace(
            merge.limited(item, said.show or self.settings.show),
            title=_line(said.title) or item.title,
            link=link,
            id=known_by,
            publisher=item.publisher or host,
            tags=_joined((), said.tags),
            categories=_joined((), said.categories),
            extra=notes,
            # No fingerprint of tags: they are a person's.
            written={"tags": ""} if said.tags else {},
            **basis,
        )
        once = self.settings.moves.resolve("items", self.index.place_of(known_by) or "")
        if once and not self.index.has_file(once):
            # A person removed its file once, and wants it again: at the address that it had.
            text = frontmatter.dump(merge.fresh(item, once))
            self.content.write({f"items/{once}.md": text}, before={})
        else:
            run = Run(self.content, self.settings, self.index, self.as_of)
            run.take(
                Parsed(found=(Found(item=item, identities=(known_by,)),)),
                Source(name=host, show="full", tags=item.tags),
            )
            run.finish()
        self.refresh()
        path = self.index.place_of(known_by) or ""
        return Added(file=f"content/items/{path}.md", route=f"/{path}/", title=item.title)

    def _add_to(self, path: str, said: Said) -> Added:
        """What a person says of an article that is there: an edit of its file, as by hand."""
        file = f"items/{path}.md"
        text = self.content.text(file)
        old = frontmatter.load(text, path)
        note, more = str(old.extra.get("note", "")), _line(said.note)
        new = msgspec.structs.replace(
            old,
            title=_line(said.title) or old.title,
            tags=_joined(old.tags, said.tags),
            categories=_joined(old.categories, said.categories),
            extra=old.extra | ({"note": f"{note} {more}".strip()} if more not in note else {}),
        )
        changed = [name for name in ("title", "tags", "categories") if getattr(old, name) != getattr(new, name)]
        changed += ["note"] if old.extra != new.extra else []
        if changed and self.content.write({file: frontmatter.update(text, old, new)}, {file: text}):
            raise UsageError("was changed by somebody else meanwhile", where=f"content/{file}", next="run it again")
        self.refresh()
        return Added(file=f"content/{file}", route=f"/{path}/", title=new.title, known=True, changed=tuple(changed))

    # -- moving

    def move(self, old: str, new: str) -> Moved:
        """Give an item, a story or a term another address; the old one redirects. `new` may be the last part alone."""
        kind, name = self.named(old)
        other, target = self.named(new) if "/" in new else (kind, "")
        if kind != other:
            raise UsageError(f"{old} and {new} are not of one kind", next="move an item, a story or a term to its like")
        if kind == "items":
            return self._move_item(name, target or self._beside(name, new.removesuffix(".md")))
        return self._move_name(kind, name, target or new)

    def named(self, said: str) -> tuple[str, str]:
        """The kind of what a route or file names, and its name in `moves.tsv`."""
        parts = self.route(said).strip("/").split("/")
        if not said.endswith(".md") and len(parts) == 2 and parts[0] in TERM_KINDS:
            return parts[0], parts[1]
        if not said.endswith(".md") and len(parts) > 1 and parts[0] == "stories":
            return "stories", "/".join(parts[1:])
        return "items", self.place(said)

    def _beside(self, name: str, slug: str) -> str:
        folder = (self.current(name) or name).rpartition("/")[0]
        return f"{folder}/{urls.slug(slug)}".strip("/") if urls.slug(slug) else ""

    def _move_item(self, name: str, new: str) -> Moved:
        there = self.current(name)
        if not there:
            next = "give its route, or its file; documents are moved by hand, with 'aliases'"
            raise UsageError(f"there is no item /{name}/", next=next)
        if there == new and name != new:
            return Moved(kind="items", old=name, new=new, route=f"/{new}/", done=True)
        self._check_free(there, new)
        # The line first: while the old file is there it does not count.
        if self.content.last_move("items", there) != new:
            self.content.append(MOVES, [f"items\t{there}\t{new}"])
        self.content.rename(f"items/{there}.md", f"items/{new}.md")
        return Moved(kind="items", old=there, new=new, route=f"/{new}/")

    def _check_free(self, old: str, new: str) -> None:
        """Complain of an address that an item cannot have, or that is, or was, another's."""
        checked_name(new)
        hidden = any(part.startswith((".", "#")) or part.endswith("~") for part in new.split("/"))
        if not new or not safe_path(f"{new}.md") or hidden:
            raise UsageError(f"an item cannot have the address /{new}/", next="give one like /2026/01/12/slug/")
        there = (self.content.folder / f"items/{new}.md").exists()
        if there or (self.index.taken(new) and new not in self.settings.moves.former("items", old)):
            raise UsageError(f"/{new}/ is, or was, another item's address", next="choose another")
        owner = self.index.owner(f"/{new}/")
        kind = self.index.kinds.get(split(owner[0])[0]) if owner else None
        if owner and kind and not kind.weak and owner[1] != f"items/{old}.md":
            raise UsageError(f"/{new}/ is another page's address", next="choose another")

    def _move_name(self, kind: str, old: str, said: str) -> Moved:
        """A term or a story: the items stay as they are, and go by the new name."""
        new, moves = self._name(kind, said), self.settings.moves
        route = f"/{kind}/{new}/"
        if not new or new == old:
            raise UsageError(f"/{kind}/{old}/ cannot move to {said!r}", next="give another name")
        if new == moves.resolve(kind, old):
            return Moved(kind=kind, old=old, new=new, route=route, done=True)
        if old == moves.resolve(kind, new):
            next = f"take that line out of content/{MOVES} first"
            raise UsageError(f"{route} leads to /{kind}/{old}/: that would be a circle", next=next)
        known = self.index.story(old) if kind == "stories" else self._label(kind, old)
        if not known and moves.resolve(kind, old) == old:
            raise UsageError(f"there is no page /{kind}/{old}/", next="see the names in the lists of the site")
        self.content.append(MOVES, ["\t".join((kind, self._written(kind, old), self._written(kind, new)))])
        return Moved(kind=kind, old=old, new=new, route=route)

    def _name(self, kind: str, said: str) -> str:
        if kind == "stories":
            return cards.written_name(said)
        return said if self._label(kind, said) else urls.term_slug(said)

    def _label(self, kind: str, slug: str) -> str:
        """What the items call a term; its slug where they call it by former names; `""` where none carries it."""
        group = self.index.group(("term", kind, slug))
        return group.label() or (slug if group.count() else "")

    def _written(self, kind: str, name: str) -> str:
        """A name for `moves.tsv`, where a term's slug is worked out anew: of a long one only its words give it."""
        return name if kind == "stories" or urls.term_slug(name) == name else self._label(kind, name)


def _address(said: str) -> str:
    """The address that a person means, as it may stand in a file."""
    said = said.strip()
    # What has a colon and no port behind it has a scheme.
    url = urls.absolute(urls.bare(said if re.match(r"[a-z][a-z0-9+.-]*:(?!\d)", said, re.I) else f"https://{said}"))
    if not re.match(r"https?://", url):
        raise UsageError(f"{said!r} is no address of a page", next="give one with https://")
    return canonical.untracked(url)


def _link(stated: str, where: str) -> str:
    """An article's address: what its page calls canonical on its own site, else where the page was found."""
    ours, theirs = f".{urls.host(where)}", f".{urls.host(stated)}"
    same = ours.endswith(theirs) or theirs.endswith(ours)
    # Some sites call their home page canonical on every page.
    home = canonical.key(stated) == canonical.key(f"https://{urls.host(stated)}/")
    return canonical.untracked(stated if stated and same and not home else where)


def _html(answer: Answer) -> str:
    """The text of a page, in the encoding that it or its server states; SourceError where it is none."""
    stated = answer.headers.get("content-type", "").lower()
    body = answer.body
    if b"\x00" in body[:4096] or not re.match(r"text/(html|plain)|application/xhtml|$", stated):
        kind = stated.partition(";")[0] or "data"
        raise SourceError(f"this is no web page but {kind[:60]}", next="give a --title")
    named = re.search(r"charset=[\"']?([\w.:-]+)", stated)
    meta = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w.:-]+)", body[:4096], re.I)
    name = named[1] if named else meta[1].decode("ascii", "replace").lower() if meta else ""
    try:
        return body.decode(_CHARSETS.get(name, name), "replace") if name else sources.decoded(body)
    except (LookupError, ValueError):
        return sources.decoded(body)


def _line(text: str) -> str:
    return " ".join(text.split())


def _joined(there: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    """Terms with further ones; the spellings of one term are one."""
    found = list(there)
    for name in map(_line, more):
        if name and urls.term_slug(name) not in map(urls.term_slug, found):
            found.append(name)
    return tuple(found)

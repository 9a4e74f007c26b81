"""The Jinja environment: templates, filters, and a fingerprint of all that a template is made of.

A template sees `page` and `chrome`, and nothing else: no clock, no files, no site-wide query.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec

from builder import messages, urls
from builder.errors import TemplateError
from builder.kinds import Body, Page
from builder.messages import Messages
from builder.model import Asset, Value
from builder.policy import policy
from builder.settings import MenuEntry, Settings, Theme

if TYPE_CHECKING:
    # A build that finds nothing changed renders nothing, and spares the time it takes to load this.
    import jinja2
    from markupsafe import Markup

_PACKED = Path(__file__).parent / "_templates"
DEFAULT = _PACKED if _PACKED.is_dir() else Path(__file__).parent.parent / "templates"
"""The default theme: beside the package in a checkout, inside it where it is installed."""
_BASE = "base/"
_ABOUT = re.compile(r"README\.md|screenshot[^/]*\.png")
"""What tells people of a theme, and is no part of it."""
# What no page may hold, whatever wrote it into a file: HTML §13.2.3.5 and XML 1.0 §2.2 forbid controls and characters
# that are none, and of the controls beyond ASCII, which XML allows, it wants nobody to use any.
_FORBIDDEN = bytes([*range(9), 11, 12, *range(14, 32), 127])
_CONTROLS = re.compile(b"\xc2[\x80-\x9f]")
_PRESENTATION = re.compile(b"\xef\xb7[\x90-\xaf]")
_NONCHARACTERS = re.compile(b"(?:\xef|[\xf0-\xf4][\x8f\x9f\xaf\xbf])\xbf[\xbe\xbf]")
NOTHING = "nothing was published"
"""What a template error means for a build."""
_REMEMBERED = 16 * 1024 * 1024
"""Characters of rendered partials that are kept, for the next list that shows them."""
_SURROGATES = re.compile("[\ud800-\udfff]")


class Chrome(Value, frozen=True):
    """What every page shows of the site: small and static."""

    title: str
    description: str
    base_url: str
    id_base: str
    language: str
    timezone: str
    headline_link: str
    images: str
    crawlers: str
    block_crawlers: tuple[str, ...]
    csp: str
    direction: str
    weekdays: tuple[tuple[str, str], ...]
    menu: tuple[MenuEntry, ...]
    theme: Theme


def chrome_of(settings: Settings, messages: Messages) -> Chrome:
    """What every page shows of a site, whose interface says `messages`."""
    weekdays = tuple(messages.weekdays())
    said: dict[str, Any] = {"csp": policy(settings), "direction": messages.direction, "weekdays": weekdays}
    return Chrome(**said, **{name: getattr(settings, name) for name in Chrome.__struct_fields__ if name not in said})


class Templates:
    """The theme of one site: its own `templates/`, file by file over the default one.

    `known` is what `remembered` gave on an earlier run: where no file changed since, nothing is parsed.
    """

    def __init__(self, root: Path, settings: Settings, version: str = "", known: str = "") -> None:
        own = root / "templates"
        self.folders = [own, DEFAULT] if own.is_dir() and own.resolve() != DEFAULT.resolve() else [DEFAULT]
        self._root, self._version, self._settings = root, version, settings
        self._files = {(n, path): hash for n, folder in enumerate(self.folders) for path, hash in theme_files(folder)}
        self._look = hashlib.blake2b(repr(sorted(self._files.items())).encode(), digest_size=16).hexdigest()
        found = msgspec.json.decode(known, type=tuple[str, dict[str, str]]) if known else ("", {})
        self._fingerprints = found[1] if found[0] == self._look else {}
        self._sources: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._partials: dict[tuple[str, str], dict[str, str]] = {}
        self._size = 0

    @cached_property
    def messages(self) -> Messages:
        """The interface in the site's language."""
        language, texts = self._settings.language, []
        for file in (f"messages/{name}.toml" for name in messages.names(language)):
            for number, folder in enumerate(self.folders):
                if (number, file) in self._files:
                    texts.append(messages.parse((folder / file).read_text("utf-8"), f"templates/{file}"))
        return Messages(language, texts)

    @cached_property
    def chrome(self) -> Chrome:
        return chrome_of(self._settings, self.messages)

    def remembered(self) -> str:
        """The fingerprints of the templates, and the look of their files that they belong to."""
        if not self._fingerprints:
            for _, path in self._files:
                # What is wrong with a template is told where a page asks for it.
                with suppress(TemplateError):
                    if not path.startswith(("static/", "partials/", "messages/")):
                        self.fingerprint(path)
        return msgspec.json.encode((self._look, self._fingerprints)).decode()

    @cached_property
    def environment(self) -> jinja2.Environment:
        import jinja2

        from builder.environment import Environment

        loaders = [jinja2.FileSystemLoader(folder) for folder in self.folders]
        base = jinja2.PrefixLoader({"base": jinja2.FileSystemLoader(DEFAULT)})
        environment = Environment(
            loader=jinja2.ChoiceLoader([*loaders, base]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=_bytecode_cache(self._root, self._version) if self._version else None,
        )
        # Chance has no place in a page: the same content is the same bytes.
        del environment.globals["lipsum"], environment.filters["random"]
        environment.filters |= _filters(self._settings.base_url, self.messages) | {"partial": self._partial}
        return environment

    def render(self, page: Page, body: str | None = None, note: str | None = None) -> bytes:
        """The bytes of a page; `body` and `note` are their Markdown. Raises TemplateError with the template's line."""
        data = dict(page.data) | {"html": self._html(page.body, body), "note_html": self._html(page.note, note)}
        try:
            template = self.environment.get_template(page.template)
            text = template.render(page=SimpleNamespace(**data, route=page.route), chrome=self.chrome)
        except OSError:
            raise
        except Exception as error:
            raise self._error(error, page) from error
        return _encoded(text)

    def _partial(self, stories: Any, name: str, **options: Any) -> Markup:
        """`{{ story|partial("partials/card.html", level=3) }}`, of one story or of a list of them, one after another.

        The template sees a story's card, the chrome and the options, and so is rendered once for all lists that show
        the card in that way.
        """
        from markupsafe import Markup

        shown = name, repr(options)
        known = self._partials.setdefault(shown, {})
        parts = []
        stories = stories if isinstance(stories, list | tuple) else (stories,)
        if new := [story for story in stories if story.fingerprint not in known]:
            new[0].read(new)
        for story in stories:
            found = known.get(story.fingerprint)
            if found is None:
                template = self.environment.get_template(name)
                found = template.render(card=story.card, chrome=self.chrome, **options)
                if self._size > _REMEMBERED:
                    self._partials.clear()
                    known = self._partials[shown] = {}
                    self._size = 0
                self._size += len(found)
                known[story.fingerprint] = found
            parts.append(found)
        return Markup("".join(parts))  # noqa: S704

    def _html(self, body: Body | None, text: str | None) -> Markup | str:
        if body is None or text is None:
            return ""
        from markupsafe import Markup

        from builder import markdown

        # Only `markdown` makes HTML of a body, and only `sanitize` makes an item's safe.
        return Markup(markdown.to_html(text, body.trusted, self._root_of(body), self.chrome.images == "link"))  # noqa: S704

    def _root_of(self, body: Body) -> str:
        """What goes before own links: a path, or for items, whose relative links are not let through, all of it."""
        if not body.own:
            return ""
        base = self.chrome.base_url
        return urls.base_path(base) if body.trusted else urls.full(base, "/")

    @property
    def _spoken(self) -> list[tuple[int, str, str]]:
        """The files of messages, with their fingerprints."""
        return sorted((n, path, hash) for (n, path), hash in self._files.items() if path.startswith("messages/"))

    def fingerprint(self, name: str) -> str:
        """A fingerprint of a template and of all that it extends, includes and imports."""
        if name not in self._fingerprints:
            # Its texts are part of it.
            sources = [*sorted(self.closure(name).items()), self._spoken]
            self._fingerprints[name] = hashlib.blake2b(repr(sources).encode(), digest_size=16).hexdigest()
        return self._fingerprints[name]

    def closure(self, name: str) -> dict[str, str]:
        """The sources of a template and of those that it names, transitively."""
        found: dict[str, str] = {}
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one in found:
                continue
            if one not in self._sources:
                source = self._source(one, needed_by=name)
                self._sources[one] = source, tuple(self._named_in(one, source))
            found[one], named = self._sources[one]
            waiting += named
        return found

    def _source(self, name: str, needed_by: str) -> str:
        import jinja2

        try:
            return self.environment.loader.get_source(self.environment, name)[0]  # type: ignore[union-attr]
        except jinja2.TemplateNotFound:
            next = (
                "add it, or correct the name"
                if name == needed_by
                else f"correct the name in {needed_by} or what it includes"
            )
            raise TemplateError("no such template", where=f"templates/{name}", next=next) from None
        except UnicodeDecodeError:
            raise TemplateError("not UTF-8", where=f"templates/{name}", next="save it as UTF-8") from None

    def _named_in(self, name: str, source: str) -> Iterator[str]:
        """The templates that one names: extended, included, imported, or shown through `partial`."""
        import jinja2

        try:
            found = _names_in(source, name)
        except jinja2.TemplateSyntaxError as error:
            raise self._error(error, None) from None
        for named in found:
            if named is None:
                what = "a template named by an expression: what it is made of cannot be known"
                raise TemplateError(what, where=f"templates/{name}", next="write the name out in quotes")
            yield named

    def _error(self, error: Exception, page: Page | None) -> TemplateError:
        where, line = "", getattr(error, "lineno", None)
        name = getattr(error, "name", None)
        if line and name:
            where = f"templates/{name}:{line}"
        else:
            where = _template_line(error, self.folders) or f"templates/{page.template if page else name}"
        on = f" (on {page.route})" if page else ""
        # As a template calls it, and not as Python does.
        what = _MISSING.sub(_as_named, str(getattr(error, "message", None) or error))
        return TemplateError(f"{what}{on}", where=where, next=NOTHING)

    def assets(self) -> list[Asset]:
        """The theme's files below `static/`, each from the first folder that has it."""
        found: dict[str, Asset] = {}
        for (_, path), hash in sorted(self._files.items()):
            if path.startswith("static/"):
                found.setdefault(path, Asset(route=f"/{path}", file=path, origin="templates", hash=hash))
        return list(found.values())

    def asset_file(self, path: str) -> Path:
        return next(folder / path for folder in self.folders if (folder / path).is_file())


def theme_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of a theme with a fingerprint of its content; none that is hidden or a symbolic link."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            file = Path(where, name)
            path = file.relative_to(folder).as_posix()
            if not name.startswith(".") and not file.is_symlink() and not _ABOUT.fullmatch(path):
                yield path, hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()


@lru_cache(512)
def _names_in(source: str, name: str) -> tuple[str | None, ...]:
    """The names of templates that a source holds; `None` for one that is an expression. Raises TemplateSyntaxError.

    A preview builds again and again, and parsing a theme takes longer than all else that a small build does.
    """
    import jinja2.meta
    from jinja2 import nodes

    tree = jinja2.Environment(autoescape=True).parse(source, name)
    shown = [node.args[:1] for node in tree.find_all(nodes.Filter) if node.name == "partial"]
    parts = [one[0].value if one and isinstance(one[0], nodes.Const) else None for one in shown]
    return (*jinja2.meta.find_referenced_templates(tree), *parts)


def _encoded(text: str) -> bytes:
    """Text as bytes, without the characters that no document may hold; a line end of EBCDIC (U+0085) is a space."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = _SURROGATES.sub("", text).encode()
    if not data.isascii():
        # Each is looked for by the bytes that it must have, first by one alone: that takes next to no time.
        if _CONTROLS.search(data):
            data = _CONTROLS.sub(b"", data.replace(b"\xc2\x85", b" "))
        if b"\xef" in data and b"\xef\xb7" in data:
            data = _PRESENTATION.sub(b"", data)
        if b"\xbf" in data and (b"\xbf\xbe" in data or b"\xbf\xbf" in data):
            data = _NONCHARACTERS.sub(b"", data)
    return data.translate(None, _FORBIDDEN)


def _bytecode_cache(root: Path, version: str) -> jinja2.BytecodeCache:
    """Compiled templates, kept beside the index; those of another version of ours are removed."""
    import shutil

    import jinja2

    folder = root / ".broadsheet" / f"templates-{version}"
    if not folder.is_dir():
        for old in folder.parent.glob("templates-*"):
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    return jinja2.FileSystemBytecodeCache(str(folder))


_MISSING = re.compile(r"'(?:\w+\.)*(\w+) object' has no attribute")


def _as_named(match: re.Match[str]) -> str:
    return f"{'page' if match[1] == 'SimpleNamespace' else match[1].lower()} has no"


def _template_line(error: BaseException, folders: list[Path]) -> str:
    """The innermost line of a template in an error's traceback."""
    found, step = "", error.__traceback__
    while step:
        file = Path(step.tb_frame.f_code.co_filename)
        for folder in folders:
            if file.is_relative_to(folder):
                found = f"templates/{file.relative_to(folder)}:{step.tb_lineno}"
        step = step.tb_next
    return found


def _filters(base_url: str, messages: Messages) -> dict[str, Callable[..., Any]]:
    import jinja2

    under = lru_cache(16384)(lambda route: urls.under(base_url, route))
    full = lru_cache(16384)(lambda route: urls.full(base_url, route))
    period, said = lru_cache(4096)(messages.period), lru_cache(16384)(messages.say)
    # Jinja works out filters of constants when it compiles, and compiled templates outlive the site's address and its
    # language: one that asks where it is called is never worked out before.
    return {
        "url": jinja2.pass_context(lambda _, route: under(route)),
        "absolute": jinja2.pass_context(lambda _, route: full(route)),
        "period": jinja2.pass_context(lambda _, name, style="long": period(name, style)),
        "t": jinja2.pass_context(
            lambda _, text, n=None, **parts: messages.say(text, n, **parts) if parts else said(text, n)
        ),
        "host": urls.host,
    }

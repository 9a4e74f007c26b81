"""The Jinja environment: templates, filters, and a fingerprint of all that a template is made of.

A template sees `page` and `chrome`, and nothing else: no clock, no files, no site-wide query.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import jinja2.meta
from markupsafe import Markup

from builder import markdown, urls
from builder.errors import TemplateError
from builder.kinds import Body, Page
from builder.model import Asset, MenuEntry, Settings, Theme, Value

_PACKED = Path(__file__).parent / "_templates"
DEFAULT = _PACKED if _PACKED.is_dir() else Path(__file__).parent.parent / "templates"
"""The default theme: beside the package in a checkout, inside it where it is installed."""
_BASE = "base/"
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
# XML 1.0 §2.2: characters that no document may hold, whatever wrote them into a file.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class Chrome(Value, frozen=True):
    """What every page shows of the site: small and static."""

    title: str
    description: str
    base_url: str
    id_base: str
    language: str
    timezone: str
    headline_link: str
    menu: tuple[MenuEntry, ...]
    theme: Theme


def chrome_of(settings: Settings) -> Chrome:
    return Chrome(**{name: getattr(settings, name) for name in Chrome.__struct_fields__})


class Templates:
    """The theme of one site: its own `templates/`, file by file over the default one."""

    def __init__(self, root: Path, settings: Settings, version: str = "") -> None:
        own = root / "templates"
        self.folders = [own, DEFAULT] if own.is_dir() and own.resolve() != DEFAULT.resolve() else [DEFAULT]
        self.chrome = chrome_of(settings)
        loaders = [jinja2.FileSystemLoader(folder) for folder in self.folders]
        base = jinja2.PrefixLoader({"base": jinja2.FileSystemLoader(DEFAULT)})
        self.environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader([*loaders, base]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=_bytecode_cache(root, version) if version else None,
        )
        # Chance has no place in a page: the same content is the same bytes.
        del self.environment.globals["lipsum"], self.environment.filters["random"]
        self.environment.filters |= _filters(settings.base_url)
        self._fingerprints: dict[str, str] = {}
        self._sources: dict[str, tuple[str, tuple[str, ...]]] = {}

    def render(self, page: Page, body: str | None = None) -> bytes:
        """The bytes of a page; `body` is its Markdown. Raises TemplateError with the template's line."""
        data = dict(page.data)
        if page.body is not None and body is not None:
            # Only `markdown` makes HTML of a body, and only `sanitize` makes an item's safe.
            html = markdown.to_html(body, trusted=page.body.trusted, root=self._root_of(page.body))
            data["html"] = Markup(html)  # noqa: S704
        try:
            template = self.environment.get_template(page.template)
            text = template.render(page=SimpleNamespace(**data, route=page.route), chrome=self.chrome)
        except jinja2.TemplateError as error:
            raise self._error(error, page) from None
        except OSError:
            raise
        except Exception as error:
            raise self._error(error, page) from error
        return text.encode("utf-8", "replace")

    def _root_of(self, body: Body) -> str:
        """What goes before own links: a path, or for items, whose relative links are not let through, all of it."""
        if not body.own:
            return ""
        base = self.chrome.base_url
        return urls.base_path(base) if body.trusted else urls.full(base, "/")

    def fingerprint(self, name: str) -> str:
        """A fingerprint of a template and of all that it extends, includes and imports."""
        if name not in self._fingerprints:
            sources = sorted(self.closure(name).items())
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
        try:
            tree = self.environment.parse(source, name)
        except jinja2.TemplateSyntaxError as error:
            raise self._error(error, None) from None
        for named in jinja2.meta.find_referenced_templates(tree):
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
        return TemplateError(
            f"{getattr(error, 'message', None) or error}{on}", where=where, next="nothing was published"
        )

    def assets(self) -> list[Asset]:
        """The theme's files below `static/`, each from the first folder that has it."""
        found: dict[str, Asset] = {}
        for folder in self.folders:
            for file in sorted((folder / "static").rglob("*")):
                path = file.relative_to(folder).as_posix()
                if (
                    file.is_file()
                    and not file.is_symlink()
                    and f"/{path}" not in found
                    and not file.name.startswith(".")
                ):
                    digest = hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()
                    found[f"/{path}"] = Asset(route=f"/{path}", file=path, origin="templates", hash=digest)
        return list(found.values())

    def asset_file(self, path: str) -> Path:
        return next(folder / path for folder in self.folders if (folder / path).is_file())


def _bytecode_cache(root: Path, version: str) -> jinja2.BytecodeCache:
    """Compiled templates, kept beside the index; those of another version of ours are removed."""
    folder = root / ".broadsheet" / f"templates-{version}"
    if not folder.is_dir():
        for old in folder.parent.glob("templates-*"):
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    return jinja2.FileSystemBytecodeCache(str(folder))


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


def _finalize(value: Any) -> Any:
    if type(value) is str and _FORBIDDEN.search(value):
        return _FORBIDDEN.sub("", value)
    return value


def _filters(base_url: str) -> dict[str, Callable[..., Any]]:
    return {
        "url": cache(lambda route: urls.under(base_url, route)),
        "absolute": cache(lambda route: urls.full(base_url, route)),
        "period": cache(period),
        "host": urls.host,
    }


def period(name: str) -> str:
    """A day, week, month or year in words: `2026-01-12` is `12 January 2026`."""
    year, _, rest = name.partition("-")
    if not rest:
        return year
    if rest.startswith("w"):
        return f"Week {int(rest[1:])}, {year}"
    if len(rest) == 2:
        return f"{_MONTHS[int(rest) - 1]} {year}"
    day = date.fromisoformat(name)
    return f"{day.day} {_MONTHS[day.month - 1]} {year}"

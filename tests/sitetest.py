"""A site in a temporary folder: say what is in `content/`, build it, look at `site/`.

Calls `build` and `ingest` themselves, not the command line, at a fixed moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import pytest

from builder import config
from builder.build import ALONE, BuildReport, build
from builder.content import Content
from builder.index import Index
from builder.ingest import ingest
from builder.model import fingerprint
from builder.run import IngestReport
from builder.templates import DEFAULT, Templates
from builder.urls import file_of
from builder.version import code_version
from builder.workers import Crew

AS_OF = datetime(2026, 2, 1, tzinfo=UTC)


class SiteTest:
    """One site. Every method that changes it returns it, so that calls can be chained.

    >>> SiteTest(tmp_path).item("2026/01/12/a", title="A", tags=["x"]).build().has("/tags/x/")  # doctest: +SKIP
    True
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.report, self.ingested = BuildReport(), IngestReport()
        self.output = root / "site"
        if not (root / "content" / "site.toml").exists():
            self.config()

    # -- what is in content/

    def config(self, **settings: Any) -> Self:
        """`content/site.toml`: `base_url="…"`, `theme={…}` and `source=[{…}, …]` as they stand in TOML."""
        settings = {"title": "Example News", "base_url": "https://news.example/"} | settings
        plain = {name: value for name, value in settings.items() if not _is_table(value)}
        text = _toml(plain)
        for name, value in settings.items():
            if isinstance(value, dict):
                text += f"\n[{name}]\n{_toml(value)}"
            elif name not in plain:
                text += "".join(f"\n[[{name}]]\n{_toml(one)}" for one in value)
        return self.file("content/site.toml", text)

    def item(self, path: str, *, body: str = "", **front: Any) -> Self:
        """`content/items/<path>.md`; without `title` and `date` they are those of the path."""
        parts = path.split("/")
        front = {"title": parts[-1].capitalize(), "date": "-".join(parts[:3])} | front
        return self.file(f"content/items/{path}.md", _front_matter(front) + body)

    def document(self, path: str, *, body: str = "", **front: Any) -> Self:
        """`content/pages/<path>.md`."""
        return self.file(f"content/pages/{path}.md", _front_matter(front) + body)

    def note(self, story: str, *, body: str = "", **front: Any) -> Self:
        """`content/stories/<story>.md`."""
        return self.file(f"content/stories/{story}.md", _front_matter(front) + body)

    def move(self, kind: str, old: str, new: str = "") -> Self:
        """One more line of `content/moves.tsv`."""
        Content(self.root).append("moves.tsv", [f"{kind}\t{old}\t{new}"])
        return self

    def seen(self, *paths: str) -> Self:
        """Lines of the ledger `content/seen/`: these items were here once."""
        Content(self.root).append("seen/2026-01.tsv", [f"{fingerprint(path, 8)}\t{path}" for path in paths])
        return self

    def file(self, path: str, text: str) -> Self:
        """Any file of the site, `templates/item.html` for example."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("utf-8"))
        return self

    def remove(self, path: str) -> Self:
        (self.root / path).unlink()
        return self

    # -- what is done with it

    def ingest(self, *only: str, as_of: datetime = AS_OF, **how: Any) -> Self:
        """Take in the sources of `site.toml`; what that did is in `ingested`. `how` is as for `builder.ingest.ingest`."""
        with self.index() as index:
            content, settings = Content(self.root), config.load(self.root)
            self.ingested = ingest(content, settings, index, as_of, only=only, **how)
        return self

    def build(
        self, full: bool = False, output: Path | None = None, as_of: datetime = AS_OF, crew: Crew = ALONE
    ) -> Self:
        """Build into `site/`, or into `output`; what that did is in `report`. A `crew` shares the work (see `cut_small`)."""
        self.output = output or self.root / "site"
        self.warmed()
        with self.index(output) as index:
            content, settings = Content(self.root), config.load(self.root)
            self.report = build(content, settings, as_of, output=self.output, index=index, full=full, crew=crew)
        return self

    def warmed(self) -> Self:
        """The default theme lies compiled where an earlier build leaves it: that takes longer than a small site does.

        `build` does so by itself; for those who build by the command.
        """
        folder = self.root / ".broadsheet" / f"templates-{code_version()}"
        if not folder.is_dir():
            folder.mkdir(parents=True)
            for name, data in _compiled().items():
                (folder / name).write_bytes(data)
        return self

    @contextmanager
    def index(self, output: Path | None = None) -> Iterator[Index]:
        """The site's index; another output folder has one of its own."""
        name = f"index-{fingerprint(str(output), 4)}.sqlite" if output else "index.sqlite"
        index = Index(self.root / ".broadsheet" / name, code_version())
        try:
            yield index
        finally:
            index.close()

    # -- what came of it

    def has(self, route: str) -> bool:
        """Whether a page or file stands at a route of the folder built last."""
        return (self.output / file_of(route)).is_file()

    def text(self, route: str) -> str:
        """The page or file at a route, as text."""
        return (self.output / file_of(route)).read_bytes().decode("utf-8")

    def routes(self) -> set[str]:
        """The routes of all files of the folder built last."""
        return {"/" + path.removesuffix("index.html") for path in self.files()}

    def files(self) -> dict[str, bytes]:
        """Every file of the folder built last, but for the builder's own notes in `.broadsheet/`."""
        found = (path for path in sorted(self.output.rglob("*")) if path.is_file())
        named = {path.relative_to(self.output).as_posix(): path.read_bytes() for path in found}
        return {name: data for name, data in named.items() if not name.startswith(".broadsheet/")}


@cache
def _compiled() -> dict[str, bytes]:
    """The files in which a build keeps the default theme compiled, made once for all sites of a run."""
    with TemporaryDirectory(prefix="broadsheet-theme-") as folder:
        site = SiteTest(Path(folder))
        templates = Templates(site.root, config.load(site.root), code_version())
        for file in [*DEFAULT.glob("*.*ml"), *DEFAULT.glob("partials/*")]:
            templates.environment.get_template(file.relative_to(DEFAULT).as_posix())
        return {file.name: file.read_bytes() for file in site.root.glob(".broadsheet/templates-*/*")}


def threads(jobs: int, first: Callable[..., None], arguments: tuple[Any, ...]) -> Executor:
    """Another executor than processes, for `Crew.start`: threads of this process, which start at once."""
    return ThreadPoolExecutor(jobs, initializer=first, initargs=arguments)


def cut_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the work so small that a site of a few items keeps many processes busy."""
    monkeypatch.setattr("builder.workers.MANY", 2)
    monkeypatch.setattr("builder.rendering.CHUNK", 3)
    monkeypatch.setattr("builder.reading.CHUNK", 1)


def _front_matter(front: dict[str, Any]) -> str:
    # Every JSON value is a YAML value.
    return (
        "---\n" + "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in front.items()) + "---\n"
    )


def _toml(values: dict[str, Any]) -> str:
    # JSON's strings, numbers, booleans and lists of them are TOML's too.
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))

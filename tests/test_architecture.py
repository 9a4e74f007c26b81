"""The shape of the code: imports point down, I/O and the clock stay where they belong, modules stay small."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BUILDER = Path(__file__).parent.parent / "builder"

_LEVELS = (
    # 0: nothing of ours
    "model settings policy found kinds errors urls canonical allowed",
    # 1: one form into another
    "shown mediatypes security names languages messages words vectors lines plain yaml frontmatter notes secrets grids nesting sanitize prose effort converter markdown datasets dates markup opml discover sources identity moves vocabulary links pageform feedform facts ejected",
    # 2: pure decisions
    "clusters stories merge rules schedule cards redirects feeds archives term_months terms sitemaps pages casing proper variants topics clippings tags findings notices dressing",
    # 3: each reads or writes one thing
    "gazetteer config content guard connections fetch robots state parsers sitefile version ahead groups seals index subjects summaries listings scan documents reading workers rekeying sync environment templates output folder watching",
    # 4: what the product does
    "plan rendering addresses troubles joining tagging run collect articles ingest imports edits desk suggest takedown finder subscriptions about previewing build overrides check",
    # 5: how it is told to
    "streams server cli __main__",
)
LEVELS = {name: level for level, names in enumerate(_LEVELS) for name in names.split()}
"""A module may import from lower levels, and within a level from those that stand before it there."""
ORDER = list(LEVELS)
_IO = {"open", "pathlib", "os", "socket", "sqlite3", "shutil", "subprocess", "tempfile", "urllib3", "http"}
_CLOCK = re.compile(r"\.(now|today|utcnow)\(|\btime\.time\(|\blocaltime\(")
_MODULES = sorted(BUILDER.rglob("*.py"))


def level(module: str) -> tuple[int, int]:
    name = module.split(".")[1] if "." in module else module
    return LEVELS[name], ORDER.index(name)


def name_of(file: Path) -> str:
    """`builder/sources/feed.py` is `builder.sources.feed`."""
    return ".".join(["builder", *file.relative_to(BUILDER).with_suffix("").parts]).removesuffix(".__init__")


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                f"{node.module}.{alias.name}" if node.module == "builder" else node.module for alias in node.names
            )


def upward(file: Path, tree: ast.Module) -> list[str]:
    """The imports of a file that do not point down."""
    here = name_of(file)
    if here == "builder":
        return []
    ours = (one for one in imported(tree) if one.startswith("builder.") and one != "builder.__version__")
    return [one for one in ours if level(one) >= level(here) and one.split(".")[1] != here.split(".")[1]]


@pytest.mark.parametrize("file", _MODULES, ids=name_of)
def test_imports_point_down(file: Path) -> None:
    assert upward(file, ast.parse(file.read_text("utf-8"))) == []


def test_an_upward_import_is_seen() -> None:
    assert upward(BUILDER / "urls.py", ast.parse("from builder import pages")) == ["builder.pages"]
    assert upward(BUILDER / "sources" / "feed.py", ast.parse("import builder.build")) == ["builder.build"]


def touches(tree: ast.Module) -> set[str]:
    """What a file uses of the file system and the network."""
    names = {one.split(".")[0] for one in imported(tree)}
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return _IO & (names | calls)


@pytest.mark.parametrize(
    "file", [f for f in _MODULES if name_of(f) != "builder" and level(name_of(f))[0] < 3], ids=name_of
)
def test_there_is_no_io_below_level_3(file: Path) -> None:
    assert touches(ast.parse(file.read_text("utf-8"))) == set()


def test_io_is_seen() -> None:
    assert touches(ast.parse("import os.path\nopen('x')")) == {"os", "open"}


@pytest.mark.parametrize("file", [f for f in _MODULES if not name_of(f).startswith("builder.cli")], ids=name_of)
def test_the_clock_is_read_in_the_command_line_alone(file: Path) -> None:
    assert _CLOCK.findall(file.read_text("utf-8")) == []


def test_a_look_at_the_clock_is_seen() -> None:
    assert _CLOCK.search("datetime.now(UTC)")


@pytest.mark.parametrize("file", _MODULES, ids=name_of)
def test_modules_stay_small_and_say_what_they_promise(file: Path) -> None:
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("file", _MODULES, ids=name_of)
def test_functions_fit_on_a_screen(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name


def test_no_module_has_a_name_that_explains_nothing() -> None:
    empty = {"utils", "helpers", "common", "manager", "handler", "context", "misc"}
    assert empty.isdisjoint(file.stem for file in _MODULES)

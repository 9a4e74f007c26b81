"""The front door: items as Markdown files, one `broadsheet import` of their folder, and the stories that it wrote.

Runs the command as a process of its own, on a fresh site. Never asks the code that is judged for its reasons.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from builder import frontmatter, identity
from builder.content import Content
from builder.model import Item
from tests.eval import EvalError, Labelled

LABEL = "label"
"""The key of an item's front matter that holds its label; ingest keeps what it does not know."""
_MEMORY = "/dev/shm"
SETTINGS = """\
title = "Evaluation"
base_url = "https://digest.example/"
id_base = "digest.example,2026"
timezone = "UTC"
language = "en"
show = "full"
"""
"""The `site.toml` of the fresh site."""


class Placed(NamedTuple):
    """What became of the items of a sample.

    `stories` gives the name of an item's story by the item's id. `joined` counts the items that were taken for an
    article that was there already, `lost` names those that are nowhere.
    """

    stories: dict[str, str]
    joined: int = 0
    lost: tuple[str, ...] = ()


def placed(items: Iterable[Labelled]) -> Placed:
    """Import items into a fresh site, which is gone afterwards, and read their stories from `content/`."""
    items = list(items)
    with tempfile.TemporaryDirectory(prefix="broadsheet-eval-", dir=_in_memory()) as folder:
        return found(taken_in(Path(folder), items), items)


def _in_memory() -> str | None:
    """A folder in memory, if there is one with room: on a disk most of the time goes into waiting until all is on it."""
    with suppress(OSError):
        if shutil.disk_usage(_MEMORY).free > 2 * 1024**3 and os.access(_MEMORY, os.W_OK):
            return _MEMORY
    return None


def taken_in(folder: Path, items: Iterable[Labelled]) -> Path:
    """A site in `folder` into which these items were imported at once. Raises EvalError where the import complains."""
    root, inbox = folder / "site", folder / "inbox"
    for place in (root / "content", inbox):
        place.mkdir(parents=True)
    (root / "content" / "site.toml").write_text(SETTINGS, "utf-8")
    for number, one in enumerate(items):
        (inbox / f"{number:06}.md").write_bytes(markdown(one).encode("utf-8"))
    _import(root, inbox)
    return root


def markdown(one: Labelled) -> str:
    """The file of an item: its title, what else its set states, its label, and its text."""
    front = {"title": one.title}
    if one.date:
        front["date"] = one.date.isoformat()
    front |= {key: said for key in ("link", "publisher") if (said := getattr(one, key))}
    front[LABEL] = one.label
    # Every JSON text is a YAML text; what only JSON lets stand as it is, is escaped in both.
    lines = (f"{key}: {_quoted(said)}\n" for key, said in front.items())
    return "---\n" + "".join(lines) + "---\n" + one.text


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)


def _import(root: Path, inbox: Path) -> None:
    """Run the command. Raises EvalError where it fails or sets anything aside."""
    command = [sys.executable, "-m", "builder", "import", str(inbox), "--root", str(root), "--quiet"]
    # From the folder of this package: the code that stands beside it is judged, and no other that is installed.
    home = Path(__file__).parent.parent.parent
    done = subprocess.run(
        command, cwd=home, env={**os.environ, "PYTHONPATH": str(home)}, capture_output=True, text=True
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise EvalError(f"broadsheet import ended with {done.returncode}, and said: {lines[-1]}")


# -- what is in content/ afterwards ----------------------------------------------------------------


def found(root: Path, items: Iterable[Labelled]) -> Placed:
    """The stories of items that a site has taken in; its ledger says which file each became.

    Two items in one file are both members of its story. Raises EvalError where a file is not that of its item.
    """
    items = list(items)
    content = Content(root)
    files, moves, ledger = dict(_items(content)), content.moves(), _ledger(content)
    stories: dict[str, str] = {}
    labels: dict[str, set[str]] = {}
    lost = []
    for one in items:
        path = ledger.get(_identity(one), "")
        path = moves.resolve("items", path)
        if path not in files:
            lost.append(one.id)
            continue
        labels.setdefault(path, set()).add(one.label)
        stories[one.id] = moves.resolve("stories", _name(files[path]))
    for path, known in labels.items():
        if files[path].extra.get(LABEL) not in known:
            raise EvalError(f"content/items/{path}.md is not the item that the ledger says it is")
    return Placed(stories, len(stories) - len(labels), tuple(lost))


def _items(content: Content) -> Iterable[tuple[str, Item]]:
    top = content.folder / "items"
    for file in sorted(top.rglob("*.md")):
        path = file.relative_to(top).with_suffix("").as_posix()
        yield path, frontmatter.load(content.text(f"items/{path}.md"), path)


def _name(item: Item) -> str:
    """The story that a file names; an item that names none is alone under its own path."""
    return item.path if item.story in ("", "none") else item.story


def _ledger(content: Content) -> dict[str, str]:
    """What was ever taken in, by identity: `content/seen/`."""
    lines: list[str] = []
    for file in sorted((content.folder / "seen").glob("*.tsv")):
        lines += file.read_text("utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines)


def _identity(one: Labelled) -> str:
    """By what an item given by hand is known again: its link, else its words."""
    return identity.given_identities(frontmatter.load(markdown(one)))[0]

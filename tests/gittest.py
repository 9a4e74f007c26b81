"""Sites under git: clones that each ingest on their own, and the merges by which they become one again.

Uses the real git, with no configuration but ours, and no repository outside the temporary folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

from builder import frontmatter
from builder.model import Item
from tests.sitetest import SiteTest
from tests.test_ingest import rss

ROOT = Path(__file__).parents[1]
SOURCE = [{"name": "Gazette", "file": "../feeds/gazette.xml", "show": "full"}]


class Clone(SiteTest):
    """One clone of a site's repository; its feeds and its `.broadsheet/` are its own."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.conflicts: list[str] = []

    @classmethod
    def first(cls, root: Path) -> Self:
        """A new repository with our `.gitattributes` and nothing ingested."""
        site = cls(root).config(source=SOURCE)
        shutil.copy(ROOT / ".gitattributes", root)
        site.file(".gitignore", "/.broadsheet/\n/site/\n/feeds/\n").git("init", "--quiet", "--initial-branch=main")
        return site

    def clone(self, root: Path) -> Self:
        self.git("clone", "--quiet", str(self.root), str(root))
        return type(self)(root)

    def git(self, *arguments: str) -> str:
        """What git says; CalledProcessError where it fails."""
        who = ["-c", "user.name=Editor", "-c", "user.email=editor@news.example", "-c", "commit.gpgsign=false"]
        environment = os.environ | {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }
        command = ["git", "-C", str(self.root), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

    def commit(self) -> Self:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=Update")
        return self

    def pull(self, other: Clone) -> Self:
        """Merge another clone's commits; the paths that git could not merge by itself are in `conflicts`, unresolved."""
        self.git("fetch", "--quiet", str(other.root), "main")
        try:
            self.git("merge", "--quiet", "--no-edit", "FETCH_HEAD")
            self.conflicts = []
        except subprocess.CalledProcessError:
            self.conflicts = sorted({line.split("\t")[1] for line in self.git("ls-files", "--unmerged").splitlines()})
            assert self.conflicts
        return self

    def resolve(self, path: str, ours: bool) -> Self:
        """Take one side's whole file, or its deletion, as a person would who is asked."""
        stages = {line.split()[2] for line in self.git("ls-files", "--unmerged", "--", path).splitlines()}
        if ("2" if ours else "3") in stages:
            self.git("checkout", "--ours" if ours else "--theirs", "--", path)
            self.git("add", "--", path)
        else:
            self.git("rm", "--quiet", "--", path)
        return self

    def feed(self, *entries: dict[str, str]) -> Self:
        """What this clone's source says next."""
        return self.file("feeds/gazette.xml", rss(*entries))

    def items(self) -> dict[str, Item]:
        """Every item by its path below `items/`, without `.md`."""
        folder = self.root / "content/items"
        paths = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.md"))
        return {path.removesuffix(".md"): frontmatter.load((folder / path).read_text("utf-8")) for path in paths}

    def content(self) -> dict[str, bytes]:
        """Every file below `content/`."""
        folder = self.root / "content"
        found = (file for file in sorted(folder.rglob("*")) if file.is_file())
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}

    def write(self, path: str, text: str) -> None:
        (self.root / f"content/items/{path}.md").write_text(text, "utf-8")

    def text_of(self, path: str) -> str:
        return (self.root / f"content/items/{path}.md").read_text("utf-8")

    def forget(self) -> Self:
        shutil.rmtree(self.root / ".broadsheet", ignore_errors=True)
        return self

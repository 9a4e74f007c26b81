"""`broadsheet new`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

import builder
from builder.cli.options import Shell, shared
from builder.errors import UsageError

_PACKED = Path(builder.__file__).parent / "_starter"
STARTER = _PACKED if _PACKED.is_dir() else Path(builder.__file__).parent.parent / "content"
"""The content that a new site starts with: settings, samples, a document."""
_PARTS = ("site.toml", "samples", "pages")
_FILES = {
    # What a killed run leaves of a file that it was writing is no content.
    ".gitignore": "/.broadsheet/\n.*.new\n",
    "site/.gitignore": "*\n!.gitignore\n",
    # Two clones may both have ingested: ledgers only grow, so git may keep the lines of both.
    ".gitattributes": "content/seen/*.tsv merge=union\ncontent/moves.tsv merge=union\n",
}


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@shared
def new(shell: Shell, directory: Path) -> int:
    """Make a new site in DIRECTORY, with sample sources that work offline."""
    if (directory / "content").exists():
        raise UsageError(f"{directory} has a 'content' folder already", next="give another folder")
    (directory / "content").mkdir(parents=True)
    for part in _PARTS:
        if (STARTER / part).is_dir():
            shutil.copytree(STARTER / part, directory / "content" / part)
        else:
            shutil.copyfile(STARTER / part, directory / "content" / part)
    for name, text in _FILES.items():
        (directory / name).parent.mkdir(exist_ok=True)
        if not (directory / name).exists():
            (directory / name).write_text(text, "utf-8")
    shell.say(
        f"Made {directory}/. Next:\n  cd {directory}\n  broadsheet ingest\n  broadsheet build\n  broadsheet serve"
    )
    shell.result({"root": str(directory.resolve())})
    return 0

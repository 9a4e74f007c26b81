"""What is wrong with a site under edit, as one would want to see it: the file, the line, what stands there.

Never decides what is wrong: errors and the quarantine say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from builder.errors import BroadsheetError
from builder.shown import Trouble
from builder.templates import DEFAULT, NOTHING

AROUND = 2
"""So many lines before and after the one are shown."""
_WHERE = re.compile(r"(?P<file>[^:]+?)(?::(?P<line>\d+))?(?::\d+)?")
_REASON = re.compile(
    r"(?P<where>(?P<file>content/.+?)(?::(?P<line>\d+))?(?::\d+)?): (?P<what>.*?)(?:; (?P<next>[^;]*))?", re.S
)


def trouble_of(error: Exception, root: Path) -> Trouble:
    """An error, with the lines that it is about. Of several complaints at once the first is shown in full."""
    if not isinstance(error, BroadsheetError):
        what = getattr(error, "strerror", None) or str(error)
        return Trouble(what=f"{what}", where=str(getattr(error, "filename", "") or ""))
    first = getattr(error, "complaints", None) or [error]
    one: BroadsheetError = first[0]
    what = one.what + (f" (and {len(first) - 1} more)" if len(first) > 1 else "")
    found = _WHERE.fullmatch(one.where or "")
    file, line = (found["file"], int(found["line"] or 0)) if found else (one.where, 0)
    return Trouble(
        what=what,
        where=one.where,
        # Nothing ever is.
        next=one.next if one.next != NOTHING else "",
        line=line,
        lines=_lines(root, file, line),
        stack=tuple(_stack(error, root)),
    )


def troubles_in(quarantine: Mapping[str, str], root: Path) -> dict[str, Trouble]:
    """What is set aside of the content, by its file."""
    found = {}
    for file, reason in quarantine.items():
        told = _REASON.fullmatch(reason)
        if not file.startswith("content/"):
            continue
        line = int(told["line"] or 0) if told else 0
        what, where, next = (told["what"], told["where"], told["next"] or "") if told else (reason, file, "")
        found[file] = Trouble(what=what, where=where, next=next, line=line, lines=_lines(root, file, line))
    return found


def _lines(root: Path, file: str, line: int) -> tuple[tuple[int, str], ...]:
    """The line and some around it, by their numbers; none where nobody knows which, or the file is not of the site."""
    if not line or not file:
        return ()
    places = [root / file] + ([DEFAULT / file.removeprefix("templates/")] if file.startswith("templates/") else [])
    for place in places:
        try:
            if place.is_symlink() or not place.is_file():
                continue
            text = place.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        first = max(1, line - AROUND)
        return tuple((number, text[number - 1][:300]) for number in range(first, min(len(text), line + AROUND) + 1))
    return ()


def _stack(error: BaseException, root: Path) -> Iterator[str]:
    """The templates that were being filled, the outermost first."""
    step = (error.__cause__ or error).__traceback__
    while step:
        file = Path(step.tb_frame.f_code.co_filename)
        for folder in (root / "templates", DEFAULT):
            if file.is_relative_to(folder):
                yield f"templates/{file.relative_to(folder).as_posix()}:{step.tb_lineno}"
                break
        step = step.tb_next

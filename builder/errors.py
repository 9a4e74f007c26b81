"""Every way in which Broadsheet says no, each as one line that names a place and a next step.

    BroadsheetError
    ├── ConfigError       content/site.toml is not what we understand           exit 2
    ├── UsageError        the command line asks for something that is not there exit 2
    ├── ContentError      one file below content/ cannot be read                quarantined
    ├── SourceError       one source cannot be fetched or parsed                quarantined
    ├── TemplateError     a template cannot be found, parsed or rendered        exit 2
    ├── RouteError        two files ask for one route                           exit 2
    └── LockError         another run holds the lock                            exit 75

Never prints and never exits: `builder.cli` does both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class BroadsheetError(Exception):
    """One thing that is wrong: `where` it is, `what` it is, and what to do `next`.

    >>> str(BroadsheetError("unknown key 'titel'", where="content/site.toml:1", next="did you mean 'title'?"))
    "content/site.toml:1: unknown key 'titel'; did you mean 'title'?"
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", next: str = "") -> None:
        self.what, self.where, self.next = what, where, next
        super().__init__(what, where, next)

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker's error is told by the first process.
        return _again, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        step = f"; {self.next}" if self.next else ""
        return " ".join(f"{place}{self.what}{step}".split())


def _again(kind: type[BroadsheetError], args: tuple[Any, ...], state: dict[str, Any]) -> BroadsheetError:
    """An error as it was in another process."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ConfigError(BroadsheetError):
    """Complaints about `content/site.toml`, all of them at once."""

    def __init__(self, complaints: Sequence[BroadsheetError]) -> None:
        super().__init__(complaints[0].what, where=complaints[0].where, next=complaints[0].next)
        self.complaints = tuple(complaints)

    def __str__(self) -> str:
        return "\n".join(str(complaint) for complaint in self.complaints)


class UsageError(BroadsheetError):
    """The command line asks for something that is not there."""


class ContentError(BroadsheetError):
    """A file below `content/` that cannot be read; it is set aside, the rest goes on."""


class SourceError(BroadsheetError):
    """A source that cannot be fetched or parsed; it is set aside, the rest goes on."""


class TemplateError(BroadsheetError):
    """A template that cannot be found, parsed or rendered; nothing is published."""


class RouteError(ConfigError):
    """Two files that ask for one route, every such pair at once; nothing is published."""


class LockError(BroadsheetError):
    """Another run holds the lock (`EX_TEMPFAIL` of sysexits.h)."""

    exit_code = 75

"""Data files that documents name: TOML, JSON, YAML and CSV as plain values of strings, numbers, lists and maps.

Never reads a file, and never guesses: what is not plainly right is an error with its line.
"""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Callable, Iterable
from datetime import date, time
from io import StringIO
from typing import Any

from builder.errors import ContentError

FOLDER = "data"
"""Where they lie, below `content/`."""
ENDINGS = (".toml", ".json", ".yaml", ".yml", ".csv")
MOST_BYTES, MOST_FILES, _DEEPEST = 1024 * 1024, 16, 20
_WHOLE = 2**63
_HALVES = re.compile("[\ud800-\udfff]")
"""What JSON may write, and no file can hold."""


# -- what a document names ---------------------------------------------------------------------------


def named(said: Any) -> dict[str, str]:
    """The files that `data` in a front matter names: what a template calls them, and their places below `content/`.

    >>> named(["team.toml", "data/open-hours.csv"])
    {'team': 'data/team.toml', 'open_hours': 'data/open-hours.csv'}
    """
    if isinstance(said, dict):
        pairs = list(said.items())
    else:
        pairs = [(_name(one), one) for one in (said if isinstance(said, list) else [said])]
    found: dict[str, str] = {}
    for name, file in pairs:
        if not isinstance(file, str) or not name.isidentifier() or name.startswith("_"):
            raise ContentError("'data' names no files", next="write data: [team.toml], or data: {team: team.toml}")
        if hasattr(dict, name):
            # A template would see what every map can do, `page.datasets.items`.
            what = f"'data' calls a file {name!r}, which means something else in templates"
            raise ContentError(what, next=f"give it another name: data: {{my_{name}: {file}}}")
        if name in found:
            raise ContentError(f"'data' names two files {name!r}", next="write data: {one: a.csv, other: b.csv}")
        found[name] = _place(file)
    if len(found) > MOST_FILES:
        raise ContentError(f"'data' names more than {MOST_FILES} files", next="make fewer, larger ones")
    return found


def _name(file: Any) -> str:
    stem = file.rsplit("/", 1)[-1].rsplit(".", 1)[0] if isinstance(file, str) else ""
    return re.sub(r"\W", "_", stem)


def _place(file: str) -> str:
    place = f"{FOLDER}/{file.removeprefix(f'{FOLDER}/')}"
    if not file.endswith(ENDINGS):
        raise ContentError(f"'data' names {file!r}", next=f"name a file that ends in {', '.join(ENDINGS)}")
    # What a scan passes over is not seen when it changes.
    odd = (".", "#"), ("~", ".swp", ".swx", ".new")
    if any(not part or part.startswith(odd[0]) or part.endswith(odd[1]) for part in place.split("/")):
        raise ContentError(f"'data' names {file!r}", next=f"name a file below content/{FOLDER}/ that is not hidden")
    return place


# -- what is in them -----------------------------------------------------------------------------------


def parse(place: str, text: str) -> Any:
    """What the text of a data file says. Scalars of YAML and CSV are strings, moments of TOML are written out."""
    try:
        return _plain(_READ[place.rsplit(".", 1)[-1]](text.removeprefix("\ufeff")))
    except RecursionError:
        raise ContentError("is nested too deeply", where=f"content/{place}", next="make it flatter") from None
    except ContentError as error:
        where = f"content/{place}" + (f":{error.where}" if error.where else "")
        raise ContentError(error.what, where=where, next=error.next) from None


def _plain(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise ContentError("is nested too deeply", next="make it flatter")
    if isinstance(value, dict):
        return {_plain(name): _plain(one, depth + 1) for name, one in value.items()}
    if isinstance(value, str) and _HALVES.search(value):
        raise ContentError("holds half a character", next="write it whole, or as two codes: \\ud83d\\ude00")
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float) and not -_WHOLE <= value < _WHOLE:
        # JSON, in which all is kept, knows neither infinity nor what is no number.
        raise ContentError(f"holds {value}, which is no number that can be kept", next="put it in quotes")
    return value


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        what = re.sub(r" \(at .*\)$", "", str(error))
        raise ContentError(f"is not TOML: {what}", where=line[1] if line else str(text.count("\n") + 1)) from None
    except ValueError as error:
        raise ContentError(f"is not TOML: {error}") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise ContentError(f"is not JSON: {error.msg}", where=str(error.lineno)) from None
    except ValueError as error:
        raise ContentError(f"is not JSON: {error}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the key {name!r} stands twice")
        found[name] = value
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _yaml(text: str) -> Any:
    # Slow to import.
    from builder import yaml

    try:
        return yaml.HANDLER.load(text)
    except ContentError as error:
        # There it is what stands between two fences, the first of which is line 1.
        what = error.what.replace("the front matter is", "is").replace("the front matter ", "")
        raise ContentError(what, where=str(int(error.where or 2) - 1), next=error.next) from None


def _csv(text: str) -> list[dict[str, str]]:
    first = text.partition("\n")[0]
    reader = csv.reader(
        StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ",", strict=True
    )
    try:
        return list(_rows(reader))
    except csv.Error as error:
        raise ContentError(f"is not CSV: {error}", where=str(max(1, reader.line_num))) from None


def _rows(reader: Any) -> Iterable[dict[str, str]]:
    head = [name.strip() for name in next(reader, [])]
    if len(set(head)) < len(head) or not all(head):
        raise ContentError("a column has no name, or that of another", where="1")
    for row in reader:
        if len(row) not in (0, len(head)):
            what = f"{len(row)} fields below {len(head)} names"
            raise ContentError(what, where=str(reader.line_num), next="put what holds a comma in quotes")
        if row:
            yield dict(zip(head, row, strict=True))


_READ: dict[str, Callable[[str], Any]] = {"toml": _toml, "json": _json, "yaml": _yaml, "yml": _yaml, "csv": _csv}

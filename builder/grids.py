"""Tables as HTML: sections of rows of cells, and whether their spans fit together.

Never reads HTML: what stands in a cell is handed through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

_WIDEST = 1000
_PLACES = 50
"""Places that a cell of a table takes on average at most, where somebody wrote it in earnest."""
_SCOPES = ("row", "col", "rowgroup", "colgroup")


class Cell(NamedTuple):
    """One cell: `td` or `th`, the HTML in it, how many columns and rows it takes, and what a `th` is the head of."""

    tag: str
    inner: str
    columns: int = 1
    rows: int = 1
    scope: str = ""

    def html(self, spans: bool) -> str:
        columns = f' colspan="{self.columns}"' if spans and self.columns > 1 else ""
        rows = f' rowspan="{self.rows}"' if spans and self.rows > 1 else ""
        scope = f' scope="{self.scope}"' if self.scope else ""
        return f"<{self.tag}{columns}{rows}{scope}>{self.inner}</{self.tag}>"


Section = tuple[str, list[list[Cell]]]
"""`thead` or `tbody`, and its rows, each of at least one cell."""


def cell(tag: str, inner: str, told: Mapping[str, str]) -> Cell:
    """A cell with those of its attributes that mean something (HTML §4.9.11)."""
    scope = told.get("scope", "").lower()
    spans = _span(told.get("colspan", "")), _span(told.get("rowspan", ""))
    return Cell(tag, inner, *spans, scope if tag == "th" and scope in _SCOPES else "")


def _span(said: str) -> int:
    return max(1, int(said)) if said.isascii() and said.isdigit() and len(said) < 6 else 1


def html(caption: str, sections: Sequence[Section]) -> str:
    """A table, without its spans where they do not fit; a caption alone is a paragraph."""
    if not sections:
        return f"<p>{caption}</p>" if caption else ""
    spans = fits([rows for _, rows in sections])
    written = [f"<caption>{caption}</caption>\n"] if caption else []
    for tag, rows in sections:
        lines = ("".join(f"{one.html(spans)}\n" for one in row) for row in rows)
        written.append(f"<{tag}>\n" + "".join(f"<tr>\n{line}</tr>\n" for line in lines) + f"</{tag}>\n")
    return f"<table>\n{''.join(written)}</table>"


def fits(sections: Sequence[Sequence[Sequence[Cell]]]) -> bool:
    """Whether no cell lies on another or reaches out of its section, and some cell begins in every column."""
    begun: set[int] = set()
    width = 0
    # A few cells could ask for so many places that counting them takes minutes.
    left = _PLACES * sum(len(row) for rows in sections for row in rows)
    for rows in sections:
        if all(one.columns == one.rows == 1 for row in rows for one in row):
            begun.update(range(max(map(len, rows))))
            width = max(width, *map(len, rows))
            continue
        taken: set[tuple[int, int]] = set()
        for number, row in enumerate(rows):
            column = 0
            for one in row:
                while (number, column) in taken:
                    column += 1
                begun.add(column)
                left -= one.rows * one.columns
                if one.columns > _WIDEST or number + one.rows > len(rows) or left < 0:
                    return False
                area = {(number + y, column + x) for y in range(one.rows) for x in range(one.columns)}
                if not taken.isdisjoint(area):
                    return False
                taken |= area
                column += one.columns
                width = max(width, column)
    return len(begun) == width

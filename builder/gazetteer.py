"""The names that are known by heart, read from the package's own table.

Never reads anything of a site: what a site calls things is handed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from builder.proper import Names, compared

_LANGUAGES = ("en", "de", "es", "fr", "it", "ja", "ru", "zh", "ar")


def names(language: str = "en", aliases: Mapping[str, str] | None = None) -> Names:
    """The names known by heart, called as a site's language calls them, and the site's own `aliases` (alias -> name)
    before all others. In a language that the table does not hold they are called as in English.
    """
    known = _table(language.partition("-")[0].lower())
    own = {compared(alias): name for alias, name in sorted((aliases or {}).items())}
    if not own:
        return known
    return Names(variants={**known.variants, **own}, stops=known.stops - own.keys(), titles=known.titles - own.keys())


@lru_cache(8)
def _table(language: str) -> Names:
    variants: dict[str, str] = {}
    stops: set[str] = set()
    titles: set[str] = set()
    for kind, *columns in _lines():
        if kind == "name":
            variants.update(_variants(columns, language))
        else:
            found = {compared(phrase) for phrase in columns[1].split("; ")}
            stops |= found
            titles |= found if kind == "title" else set()
    return Names(variants=variants, stops=frozenset(stops), titles=frozenset(titles))


def _variants(columns: list[str], language: str) -> Iterator[tuple[str, str]]:
    """Every form of one name, and what it is called in a language."""
    called = dict(zip(_LANGUAGES, columns, strict=False))
    name = (called.get(language) or columns[0]).removeprefix("~")
    for own, form in called.items():
        if form:
            yield f"{own}:{compared(form[1:])}" if form.startswith("~") else compared(form), name
    for other in columns[len(_LANGUAGES)].split("; ") if len(columns) > len(_LANGUAGES) else ():
        yield compared(other), name


def _lines() -> Iterator[list[str]]:
    text = (files("builder") / "data" / "names.tsv").read_text("utf-8")
    return (row.split("\t") for row in text.splitlines() if row and not row.startswith("#"))

"""`templates/README.md` against the code: what it says a template sees is what it is given, no more and no less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2.meta
import msgspec
import pytest
from jinja2 import defaults, nodes
from jinja2.filters import FILTERS

from builder import config
from builder.content import Content
from builder.groups import IndexListed
from builder.kinds import Page
from builder.overrides import PURPOSES
from builder.rendering import pages_of
from builder.settings import Settings
from builder.templates import DEFAULT, Chrome, Templates, theme_files
from tests.sitetest import SiteTest

Types = dict[str, dict[str, str]]
"""What the document says: the name of a template or of a value -> its names -> their types."""
Seen = set[tuple[str, str, str]]
"""What was found of it: the template or the value, the name, and what of its type (`filled`, or one of several)."""
NAMES = [name for name, _ in theme_files(DEFAULT)]
ENVIRONMENT = Templates(Path("/nonexistent"), Settings()).environment
TEMPLATES = [name for name in NAMES if not name.startswith(("static/", "messages/"))]


# -- the document --------------------------------------------------------------------------------------------


@cache
def document() -> dict[str, str]:
    """The parts of the document by their headings, `## ` and `### ` alike."""
    parts = re.split(r"^##+ (.+)\n", (DEFAULT / "README.md").read_text("utf-8"), flags=re.M)
    assert len(set(parts[1::2])) == len(parts[1::2]), "a heading stands twice"
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(part: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    lines = [line for line in document()[part].splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r" \| ?| ?\|$", line.removeprefix("| "))[:-1]] for line in lines]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def documented() -> Types:
    """Templates by their names, values by theirs; what every page has is `page`, what the chrome has `chrome`."""
    found: Types = {}
    for heading in document():
        if heading in ("Files", "Blocks", "Pages", "Values", "Partials", "Macros", "Filters", "Globals"):
            continue
        names = named(heading) or [{"Every page": "page", "Chrome": "chrome"}.get(heading, heading)]
        for name in names:
            found[name] = {named(cells[0])[0]: cells[1] for cells in rows(heading)}
    return found


# -- what it says against what there is -----------------------------------------------------------------------


def keys_of(value: Any) -> dict[str, Any]:
    """What a template may ask of a structured value."""
    if isinstance(value, dict):
        return value
    assert isinstance(value, msgspec.Struct), value
    properties = [name for name, one in vars(type(value)).items() if isinstance(one, property)]
    return {name: getattr(value, name) for name in (*value.__struct_fields__, *properties)}


PLAIN: dict[str, Any] = {
    "text": str,
    "HTML": str,
    "number": int,
    "yes or no": bool,
    "date": datetime,
    "values": dict,
    "none": type(None),
}


class Reader:
    """Compares values with the types that a document gives them, and remembers what it saw of those."""

    def __init__(self, types: Types) -> None:
        self.types = types
        self.seen: Seen = set()

    def names(self, of: str, values: dict[str, Any]) -> None:
        """All names of a template or a value, each with its type."""
        assert set(values) == set(self.types[of]), of
        for name, value in values.items():
            self.value(value, self.types[of][name], of, name)

    def value(self, value: Any, type: str, of: str, name: str) -> None:
        value = value.card if isinstance(value, IndexListed) else value
        if type.startswith("list of "):
            assert isinstance(value, list | tuple), (of, name)
            for one in value:
                self.value(one, type.removeprefix("list of "), of, name)
        elif type.startswith("pair of "):
            assert isinstance(value, tuple) and len(value) == 2, (of, name)
            for one in value:
                self.value(one, type.removeprefix("pair of "), of, name)
        elif type.endswith(" or none"):
            self.value(value, "none" if value is None else type.removesuffix(" or none"), of, name)
        elif type == "empty":
            assert not value, (of, name)
        elif type in PLAIN:
            assert isinstance(value, PLAIN[type]) and (type == "yes or no" or not isinstance(value, bool)), (of, name)
            if value or type == "none":
                self.seen.add((of, name, type))
        else:
            self.seen.add((of, name, type))
            self.names(type, keys_of(value))

    def unseen(self) -> Seen:
        """What the document says, and nothing has shown."""
        wanted: Seen = set()
        for of, names in self.types.items():
            for name, type in names.items():
                for one in re.sub(r"(list|pair) of ", "", type).replace("yes or no", "empty").split(" or "):
                    wanted.add((of, name, one))
        return {one for one in wanted - self.seen if one[2] != "empty"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> SiteTest:
    """A site that has every kind of page, and on them everything that can be there."""
    site = SiteTest(tmp_path_factory.mktemp("all"))
    source: list[dict[str, Any]] = [{"name": "Gazette", "url": "https://gazette.example/feed", "noindex": True}]
    theme: dict[str, Any] = {"accent": "#b00020", "logo": "/logo.svg", "footer": "Foot", "css": "/own.css"}
    theme |= {"font": "serif", "icon": "/icon.svg", "scripts": ["/own.js"]}
    site.config(
        description="All of it",
        block_crawlers=["NosyBot"],
        menu=[{"name": "A", "url": "/about/"}],
        theme=theme,
        source=source,
    )
    for n in range(201):
        site.item(f"2026/01/12/n{n}", date=f"2026-01-12T{n % 24:02}:10:00Z", tags=["Sea"])
    mentions = [
        {"title": "Told", "link": "https://told.example/1", "publisher": "Told", "key": "k1", "domain": "told.example"},
        {"title": "Nobody's", "link": "https://nobody.example/1"},
    ]
    whole: dict[str, Any] = {
        "link": "https://gazette.example/a", "publisher": "Gazette", "domain": "gazette.example", "authors": ["Ann"],
        "lang": "en", "source": "Gazette", "also": ["Herald"], "image": "/a.png", "description": "One.", "summary": "Two.",
        "enclosures": [{"url": "https://gazette.example/a.mp3", "type": "audio/mpeg", "length": 1}], "coverage": mentions,
        "updated": "2026-01-14T09:00:00Z", "note": "Ours.", "categories": ["Coast"], "tags": ["Sea", "Storm"],
        "date": "2026-01-14T08:00:00Z", "aliases": ["/old/"], "slug": "a", "id": "1", "date_raw": "Jan",
    }  # fmt: skip
    site.item("2026/01/14/a", story="2026/01/14/a", **whole).item(
        "2026/01/15/b", date="2026-01-15T08:00:00Z", link="https://b.example/", story="2026/01/14/a", tags=["Sea"]
    )
    site.note("2026/01/14/a", note="Ours.", tags=["Sea", "Storm"], body="A text.")
    site.item("2026/01/15/c", story="2026/01/15/c", follows="2026/01/14/a").item("2026/01/15/d", story="2026/01/15/c")
    site.item(
        "2026/01/16/alone",
        **whole | {"id": "2", "link": "https://gazette.example/b", "pin": True, "coverage": [], "aliases": []},
    )
    tag = '[sea]\nname = "Sea"\nkind = "place"\nparent = "water"\ndescription = "Salt."\n\n[storm]\n\n[water]\n'
    site.file("content/tags.toml", tag).document(
        "about", title="About", description="We.", lang="en", date="2026-01-02", data=["team.toml"], body="Text."
    ).file("content/data/team.toml", "x = 1")
    site.file("content/moves.tsv", "items\t2026/01/17/gone\t\t2026-01-18\tAsked\n")
    return site.build()


@pytest.fixture(scope="module")
def pages(site: SiteTest, tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    """Every page that has a template, with all that this is given; those of an empty site too."""
    return pages_built(site) + pages_built(SiteTest(tmp_path_factory.mktemp("none")).build())


def pages_built(site: SiteTest) -> list[Page]:
    with site.index() as index:
        index.settings = Content(site.root).applied(config.load(site.root))
        index.as_of = index.meta("as_of")
        keys = [key for (key,) in index.db.execute("SELECT DISTINCT key FROM page ORDER BY key")]
        found = [page for key in keys for page in pages_of(index, key) if not page.asset]
        for page in found:
            values = page.data.values()
            for story in (one for value in values for one in (value if isinstance(value, list | tuple) else [value])):
                if isinstance(story, IndexListed):
                    assert story.card  # read while the index is open
    return found


def read(types: Types, site: SiteTest, pages: list[Page]) -> Reader:
    """What all pages and the chrome show of what a document says."""
    reader = Reader(types)
    for page in pages:
        reader.names(page.template, page.data)
        always = {"route": page.route, "html": "x" if page.body else "", "note_html": "x" if page.note else ""}
        reader.names("page", always)
    reader.names("chrome", keys_of(Templates(site.root, config.load(site.root)).chrome))
    return reader


def test_the_document_says_what_each_template_sees(site: SiteTest, pages: list[Page]) -> None:
    types = documented()
    assert {page.template for page in pages} == {name for name in types if "." in name or name[0] == "_"}
    assert read(types, site, pages).unseen() == set()


@pytest.mark.parametrize(
    ("of", "name", "type"),
    [("item.html", "nothing", "text"), ("card", "nothing", "list of link"), ("link", "nothing", "text")],
)
def test_a_name_that_the_document_invents_is_seen(
    of: str, name: str, type: str, site: SiteTest, pages: list[Page]
) -> None:
    types = documented()
    types[of] = types[of] | {name: type}
    with pytest.raises(AssertionError, match=of):
        read(types, site, pages)


@pytest.mark.parametrize(
    ("of", "name"), [("day.html", "hours"), ("hour", "sort"), ("chrome", "menu"), ("item", "timed")]
)
def test_a_name_that_the_document_leaves_out_is_seen(of: str, name: str, site: SiteTest, pages: list[Page]) -> None:
    types = documented()
    del types[of][name]
    with pytest.raises(AssertionError, match=of):
        read(types, site, pages)


@pytest.mark.parametrize(
    ("of", "name", "type"),
    [
        ("item.html", "time", "number"),
        ("item.html", "day", "card"),
        ("week.html", "top", "list of link"),
        ("link", "name", "empty"),
    ],
)
def test_a_wrong_type_is_seen(of: str, name: str, type: str, site: SiteTest, pages: list[Page]) -> None:
    types = documented()
    types[of][name] = type
    with pytest.raises(AssertionError):
        read(types, site, pages)


@pytest.mark.parametrize(
    ("of", "name", "type", "never"), [("item.html", "day", "link or none", "none"), ("item", "body", "text", "text")]
)
def test_a_type_that_nothing_ever_is_is_seen(
    of: str, name: str, type: str, never: str, site: SiteTest, pages: list[Page]
) -> None:
    types = documented()
    types[of][name] = type
    assert read(types, site, pages).unseen() == {(of, name, never)}


def test_every_page_has_what_templates_are_given_beside_their_data() -> None:
    templates = Templates(Path("/nonexistent"), Settings())
    templates.environment.loader = jinja2.DictLoader({"x.html": "{{ page.__dict__|sort|join(' ') }}"})
    names = templates.render(Page(route="/x/", template="x.html")).decode().split()
    assert names == sorted(documented()["page"])


# -- the lists ---------------------------------------------------------------------------------------------------


def test_every_file_is_listed_with_what_it_is_for() -> None:
    assert {named(cells[0])[0]: cells[1] for cells in rows("Files")} == PURPOSES


@cache
def tree(name: str) -> nodes.Template:
    return ENVIRONMENT.parse((DEFAULT / name).read_text("utf-8"))


def test_every_block_is_listed_with_the_templates_that_fill_it() -> None:
    found: dict[str, set[str]] = {}
    for name in TEMPLATES:
        for block in tree(name).find_all(nodes.Block):
            if block.body:
                found.setdefault(block.name, set()).add(name)
    assert {named(cells[0])[0]: set(named(cells[2])) for cells in rows("Blocks")} == found


def test_every_macro_is_listed_with_its_arguments() -> None:
    found = {
        (f"{macro.name}({', '.join(argument.name for argument in macro.args)})", name)
        for name in TEMPLATES
        for macro in tree(name).find_all(nodes.Macro)
    }
    assert {(named(cells[0])[0], named(cells[1])[0]) for cells in rows("Macros")} == found


def test_every_filter_and_every_global_is_listed() -> None:
    own = ENVIRONMENT.filters.keys() - FILTERS.keys()
    assert {named(cells[0])[0] for cells in rows("Filters")} == own
    assert FILTERS.keys() - ENVIRONMENT.filters.keys() == {"random"}
    assert {"tojson", "forceescape", "default"} <= ENVIRONMENT.filters.keys()
    assert set(named(document()["Globals"].strip().splitlines()[0])) == ENVIRONMENT.globals.keys()
    assert defaults.DEFAULT_NAMESPACE.keys() - ENVIRONMENT.globals.keys() == {"lipsum"}


# -- what the default theme asks for -------------------------------------------------------------------------------


def asked(template: nodes.Template, of: str) -> Iterator[str]:
    """The names that a template asks of a variable: `route` of `{{ page.route }}`."""
    for node in template.find_all((nodes.Getattr, nodes.Getitem)):
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == of:
            yield node.attr


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_asks_for_what_is_documented_and_nothing_else(name: str) -> None:
    types = documented()
    known = {
        "page": {**types["page"], **types.get(name, {})},
        "card": types["card"],
        "chrome": types["chrome"],
        "item": types["item"],
    }
    needs = {(named(cells[0])[0]): set(re.findall(r"`([\w.]+)`", cells[2])) for cells in rows("Partials")}
    for of, names in known.items():
        found = {one for one in asked(tree(name), of) if one not in names}
        if of == "page":
            found -= {one.removeprefix("page.") for one in needs.get(name, ())}
        assert found == set(), f"{of} of {name}"
    for node in tree(name).find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Getattr) and node.node.attr == "theme":
            assert node.attr in types["theme"]


def variables(template: nodes.Template) -> set[str]:
    """The names that a template takes from outside, beside those that all know: such as may not be set have a default."""
    found = jinja2.meta.find_undeclared_variables(template)
    # Jinja does not look into blocks and branches for where a name is set.
    found -= {one.name for one in template.find_all(nodes.Name) if one.ctx == "store"}
    found -= {name for one in template.find_all(nodes.FromImport) for name in one.names if isinstance(name, str)}
    defaults = (one.node for one in template.find_all(nodes.Filter) if one.name == "default")
    found |= {one.name for one in defaults if isinstance(one, nodes.Name)}
    return found - {"page", "chrome", "card"} - ENVIRONMENT.globals.keys()


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_sees_no_variable_but_those_that_are_listed(name: str) -> None:
    needs = {named(cells[0])[0]: set(named(cells[2])) for cells in rows("Partials")}
    own = {one for one in needs.get(name, ()) if not one.startswith("page.")}
    assert variables(tree(name)) == own
    sees = {named(cells[0])[0]: cells[1] for cells in rows("Partials")}
    has = {one for one in ("page", "card") if any(asked(tree(name), one))}
    assert has <= {{"the page": "page", "a card": "card"}[sees[name]]} if name in sees else has <= {"page"}


def test_what_is_asked_for_is_seen() -> None:
    template = ENVIRONMENT.parse("{{ page.nothing }}{% if page.a.b %}{{ other }}{% endif %}")
    assert set(asked(template, "page")) == {"nothing", "a"} and variables(template) == {"other"}


def test_the_chrome_is_all_of_it() -> None:
    assert list(documented()["chrome"]) == list(Chrome.__struct_fields__)

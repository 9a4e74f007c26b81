"""What the owner of a site says of it: `site.toml`, and what the ledgers and `tags.toml` make things be called.

Never reads a file: `config` and `content` do.
"""

from __future__ import annotations

from datetime import tzinfo
from functools import cached_property

from builder.model import Value


class Rule(Value, frozen=True):
    """What an item is kept or dropped for: every field that is given must be found in the item.

    A value is found without regard to case, in whole words; `re:` before it makes it a regular expression.
    """

    title: str = ""
    link: str = ""
    tag: str = ""
    author: str = ""
    publisher: str = ""


class Source(Value, frozen=True):
    """A configured input. `name` is its identity; `show` is how much of an item may be shown.

    `url` may hold `${NAME}` for a secret of the environment, and is expanded by `fetch` alone.
    `interval` is the least time between two requests, in seconds.
    """

    name: str = ""
    url: str = ""
    file: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    show: str = ""
    interval: int = 0
    private_network: bool = False
    public: bool = True
    noindex: bool = False
    assume_timezone: str = ""
    fetch_article: bool = False
    keep: tuple[Rule, ...] = ()
    drop: tuple[Rule, ...] = ()


class MenuEntry(Value, frozen=True):
    name: str
    url: str


class Theme(Value, frozen=True):
    """What a site's owner sets without touching a template."""

    accent: str = ""
    font: str = ""
    logo: str = ""
    icon: str = ""
    footer: str = ""
    css: str = ""
    scripts: tuple[str, ...] = ()


class Removal(Value, frozen=True):
    """When something was removed, `2026-11-22`, and why; both may be left unsaid."""

    date: str = ""
    reason: str = ""


class Moves(Value, frozen=True, dict=True):
    """What `content/moves.tsv` says, resolved to the end: kind -> old -> new (`""`: removed).

    `removed` holds the items that were removed, by their place, and `links` the articles that may not
    be named again, by their key (see `googlenews.article_key`). `founded` says where the item of a place was at first,
    and `first` which story was moved to a name before any other was.
    """

    targets: dict[str, dict[str, str]] = {}
    removed: dict[str, Removal] = {}
    links: dict[str, Removal] = {}
    founded: dict[str, str] = {}
    first: dict[str, str] = {}

    def resolve(self, kind: str, name: str) -> str:
        """Today's name of what was once called `name`."""
        return self.targets.get(kind, {}).get(name, name)

    def former(self, kind: str, name: str) -> tuple[str, ...]:
        """Every old name that now leads to `name`, sorted."""
        return self._former.get((kind, name), ())

    @cached_property
    def _former(self) -> dict[tuple[str, str], tuple[str, ...]]:
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for kind, targets in self.targets.items():
            for old, new in sorted(targets.items()):
                found[kind, new] = (*found.get((kind, new), ()), old)
        return found


class Tag(Value, frozen=True):
    """What `content/tags.toml` says of one tag; it then has a page, however few stories carry it.

    Its stories are its `parent`'s as well. One that is hidden is shown nowhere.
    """

    name: str = ""
    kind: str = ""
    aliases: tuple[str, ...] = ()
    parent: str = ""
    hide: bool = False
    description: str = ""


class Vocabulary(Value, frozen=True):
    """An editor's tags by their slugs, and the slugs of those that got a page by being used: for good."""

    tags: dict[str, Tag] = {}
    promoted: frozenset[str] = frozenset()

    def promises(self, slug: str) -> bool:
        return slug in self.promoted or slug in self.tags


class Settings(Value, frozen=True, dict=True):
    """`content/site.toml`, complete and checked, with the moves that change what things are called."""

    title: str = "Broadsheet"
    description: str = ""
    base_url: str = "http://localhost:8000/"
    id_base: str = ""
    timezone: str = "UTC"
    language: str = "en"
    headline_link: str = "publisher"
    show: str = "excerpt"
    images: str = "none"
    crawlers: str = "all"
    block_crawlers: tuple[str, ...] = ()
    interval: int = 0
    proxy: str = ""
    keep: tuple[Rule, ...] = ()
    drop: tuple[Rule, ...] = ()
    block: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    menu: tuple[MenuEntry, ...] = ()
    theme: Theme = Theme()
    csp: dict[str, tuple[str, ...]] = {}
    tag_pages: int = 3
    moves: Moves = Moves()
    vocabulary: Vocabulary = Vocabulary()
    drafts: bool = False

    @cached_property
    def zone(self) -> tzinfo:
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.timezone)

    @cached_property
    def unindexed(self) -> frozenset[str]:
        """The names of the sources whose items search engines are to leave out."""
        return frozenset(source.name for source in self.sources if source.noindex and source.name)

    def has_page(self, taxonomy: str, slug: str) -> bool:
        """Whether a term has a page whoever carries it: a tag has to be promoted, or an editor's."""
        return taxonomy != "tags" or self.tag_pages <= 1 or self.vocabulary.promises(slug)

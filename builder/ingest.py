"""Sources -> `content/`: ask, read, filter, match, merge, place, write, and only then remember what was asked.

One bad source or item is set aside with its reason, never a stopped run. Nothing that a person
edited or removed is ever overwritten or made again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib.util import find_spec

import msgspec

from builder import config, fetch, rules
from builder.collect import Ask, Collected, Collector
from builder.content import MOVES, Content
from builder.errors import ContentError, SourceError, UsageError
from builder.found import Dropped, Parsed
from builder.index import Index
from builder.model import fingerprint
from builder.parsers import Parsers
from builder.run import IngestReport, Run, SourceReport
from builder.settings import Settings, Source
from builder.state import SourceState, States

MANY_FILES, MANY_SHARE, FEW_FILES = 20, 0.05, 5
"""So many files missing at once, or this share of all (but at least so many), is not believed to be a person's work."""

Progress = Callable[[SourceReport, int, int], None]
"""Told of each source as it is taken, how many are done, how many there are."""


def ingest(
    content: Content,
    settings: Settings,
    index: Index,
    as_of: datetime,
    *,
    only: Iterable[str] = (),
    accept_deletions: bool = False,
    force: bool = False,
    dry_run: bool = False,
    client: fetch.Client | None = None,
    parsers: Parsers | None = None,
    progress: Progress = lambda source, done, total: None,
) -> IngestReport:
    """Bring `content/` up to date with its sources; the caller holds the lock. `only` names some of them.

    `force` asks sources that need not be asked yet; `dry_run` asks and reads them all and writes nothing.
    `client` and `parsers` stand for others than the usual ones.
    """
    chosen = _chosen(settings, only)
    run = Run(content, settings, index, as_of, dry_run)
    removed = 0 if dry_run else _conclude_deletions(run, accept_deletions)
    _report_twins(run)
    client = client or fetch.Client(settings.base_url, proxy=settings.proxy)
    states = States(content.root / ".broadsheet" / "state.sqlite")
    try:
        asks = [_ask(run, source, SourceState() if dry_run else states.get(source.name)) for source in chosen]
        taken: list[Collected] = []
        with parsers or Parsers() as readers:
            collector = Collector(client, readers, content.folder, as_of, force or dry_run)
            with closing(_answers(run, collector, asks)) as answers:
                for done, collected in enumerate(answers, 1):
                    taken.append(_take(run, collected))
                    progress(run.reports[collected.source.name], done, len(chosen))
        if dry_run:
            return run.report()
        report = run.finish(removed)
        # Last of all: whatever ended this run before would only be asked and written once more.
        states.put({one.source.name: _remembered(run, one) for one in taken})
        return report
    finally:
        states.close()


def _answers(run: Run, collector: Collector, asks: list[Ask]) -> Generator[Collected]:
    """What sources answer, without what the rules drop, and with what linked pages say where that is wanted."""
    # Whoever gives up early ends all that is under way: closed from the outside in, before the parsers are.
    with ExitStack() as stack:
        collected = stack.enter_context(closing(collector.collect(asks)))
        answers: Iterator[Collected] = map(partial(_chosen_items, run), collected)
        # A dry run is about rules, which need no linked page.
        if not run.dry and any(ask.source.fetch_article for ask in asks) and _can_read_articles(run):
            from builder.articles import Articles

            added = Articles(collector.client, collector.parsers, run.wants).added(answers)
            answers = stack.enter_context(closing(added))
        yield from answers


def _can_read_articles(run: Run) -> bool:
    """Whether the extra for linked articles is installed; if not, that is said, and all goes on without them."""
    if all(find_spec(name) for name in ("trafilatura", "protego")):
        run.release("fetch_article")
        return True
    error = SourceError("needs what is not installed", next="pip install 'broadsheet[article]', or take it out")
    run.set_aside("fetch_article", error)
    return False


def _chosen(settings: Settings, only: Iterable[str]) -> list[Source]:
    """The sources asked for, each with the name that it is known by and the site's settings where it has none."""
    wanted = set(only)
    sources = config.named(settings)
    names = [source.name for source in sources]
    for name in sorted(wanted.difference(names)):
        known = "known: " + ", ".join(names) if names else "there are none yet"
        raise UsageError(f"no source is named {name!r}", where="content/site.toml", next=known)
    return [source for source in sources if not wanted or source.name in wanted]


def _conclude_deletions(run: Run, accept: bool) -> int:
    """Note in `moves.tsv` the items whose files a person removed, unless there are too many to believe."""
    missing, total = run.index.missing(run.content.removed())
    many = len(missing) > MANY_FILES or len(missing) > max(FEW_FILES - 1, MANY_SHARE * total)
    if many and not accept:
        what = f"{len(missing)} of {total} item files are missing (items/{missing[0]}.md …)"
        next = "is this an old checkout? If you removed them, run with --accept-deletions"
        run.quarantined.append(str(ContentError(what, where="content", next=next)))
        return 0
    # A file that a person renamed is known by its id: that is a move, and the old address redirects.
    renamed = {path: run.index.renamed(path) for path in missing}
    run.content.append(MOVES, [f"items\t{path}\t{renamed[path]}" for path in missing])
    return sum(not new for new in renamed.values())


def _report_twins(run: Run) -> None:
    """Two files with one id, as two clones that ingested the same undated entry leave: a person has to choose."""
    twins = {f"items/{second}.md": first for first, second in run.index.twins()}
    for what in run.index.quarantine():
        if what.startswith("items/") and what not in twins:
            run.release(what)
    for what, first in twins.items():
        run.set_aside(what, ContentError(f"is the same item as items/{first}.md", next="remove one of the two"))


def _ask(run: Run, source: Source, state: SourceState) -> Ask:
    """A source with its state, which counts only while `content/` and the settings are what it was made with."""
    made = _made(run, source)
    trusted = bool(state.held) and state.made == made and state.held == run.held(state.ids)
    return Ask(source, state, made, trusted)


def _made(run: Run, source: Source) -> str:
    """A fingerprint of all that decides what becomes of a source's answer."""
    plain = msgspec.structs.replace(source, url="", interval=0, private_network=False, public=True)
    settings = run.settings
    return fingerprint(
        (plain, settings.keep, settings.drop, settings.block, settings.moves.links, run.shows, run.index.version)
    )


def _remembered(run: Run, collected: Collected) -> SourceState:
    """The state of a source; if it was read just now, with a fingerprint of what `content/` holds of it.

    Of all others the old one stands: what `content/` holds by now may be less than was read then.
    """
    state = collected.state
    if collected.status != "read":
        return state
    return msgspec.structs.replace(state, held=run.held(state.ids) if state.body else "")


def _take(run: Run, collected: Collected) -> Collected:
    """Take what a source brought, or set it aside; returns it with the ids of what was taken in its state."""
    source, state = collected.source, collected.state
    errors = [reason for _, reason in collected.documents if isinstance(reason, SourceError)]
    run.told(
        source.name,
        status=collected.status,
        error=str(SourceError(errors[0].what, next=errors[0].next)) if errors else state.error,
        found=state.found if collected.status == "unchanged" else 0,
        **{fact: getattr(state, fact) for fact in ("failures", "succeeded", "next", "moved")},
    )
    ids: list[str] = []
    bad: set[str] = set()
    for file, parsed in collected.documents:
        if isinstance(parsed, SourceError):
            what = f"source {source.name}" + (f" ({file})" if file else "")
            run.set_aside(what, parsed, collected.news)
            bad.add(what)
            continue
        run.take(parsed, source)
        if run.dry:
            items = [one.item for one in parsed.found]
            kept = (Dropped(where=item.title, reason=rules.why(item, source, run.settings)) for item in items)
            run.told(source.name, kept=(*run.reports[source.name].kept, *kept))
        ids += (one.identities[0] for one in parsed.found)
    if collected.status in ("read", "unchanged"):
        run.release_source(source.name, bad, files=collected.status == "read")
    if collected.status != "read":
        return collected
    return replace(collected, state=msgspec.structs.replace(state, ids=tuple(dict.fromkeys(ids))))


def _chosen_items(run: Run, collected: Collected) -> Collected:
    """What a source brought, without what the rules of the site or the source drop."""
    source, settings = collected.source, run.settings
    kept = tuple(
        (file, rules.filtered(parsed, source, settings) if isinstance(parsed, Parsed) else parsed)
        for file, parsed in collected.documents
    )
    return replace(collected, documents=kept)

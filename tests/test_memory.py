"""All memory is in `content/`: it survives the loss of every cache, a second clone, a merge by git, an old checkout."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from builder import frontmatter
from tests.gittest import Clone
from tests.sweeps import LONG
from tests.test_ingest import entry

# `make laws` tries twenty times as many sequences.
SEQUENCES = 200 if LONG else 10

Step = Callable[[Clone], object]


def word(path: str, name: str, text: str) -> Step:
    """A person writes one field, or the last paragraph of the text, or a comment."""

    def step(site: Clone) -> None:
        before = site.text_of(path)
        old = frontmatter.load(before)
        if name == "comment":
            site.write(path, before.replace("\nid:", f" # {text}\nid:", 1))
        elif name == "note":
            lines = [line for line in before.split("\n") if not line.startswith("note:")]
            site.write(path, "\n".join(lines).replace("\n---\n", f'\nnote: "{text}"\n---\n', 1))
        else:
            value = (text,) if name == "tags" else f"{old.body}\n{text}\n" if name == "body" else text
            site.write(path, frontmatter.update(before, old, msgspec.structs.replace(old, **{name: value})))

    return step


def says(site: Clone, path: str, name: str, text: str) -> bool:
    """Whether what a person wrote is there."""
    if name == "comment":
        return f"# {text}\n" in site.text_of(path)
    item = site.items()[path]
    value = item.extra.get("note") if name == "note" else getattr(item, name)
    return text in str(value)


def place(number: int) -> str:
    """Where the item of `entry(number)` stands."""
    return f"2026/01/{5 + number % 20:02}/storm-number-{number}"


def assert_nothing_doubled(site: Clone) -> None:
    found = site.items().values()
    assert [id for id, count in Counter(item.id for item in found).items() if count > 1] == []
    assert [link for link, count in Counter(item.link for item in found).items() if count > 1] == []


# -- the cache is lost -------------------------------------------------------------------------------------------

STEPS: list[Step] = [
    lambda site: site.feed(*(entry(n) for n in range(8))).ingest(),
    word(place(1), "title", "A headline of ours"),
    lambda site: site.remove(f"content/items/{place(2)}.md"),
    lambda site: site.feed(*(entry(n, description=f"News of {n}. More.") for n in range(2, 11))).ingest(),
    word(place(9), "body", "A paragraph of ours."),
    lambda site: (site.root / f"content/items/{place(3)}.md").rename(site.root / "content/items/2026/01/08/renamed.md"),
    lambda site: site.feed(*(entry(n, title=f"Headline {n}") for n in range(11))).ingest(),
    lambda site: site.build(),
    lambda site: site.feed(*(entry(n, title=f"Headline {n}") for n in range(13))).ingest(),
]


def run(root: Path, lost_before: range) -> Clone:
    """The site after all steps, its cache lost before some of them."""
    site = Clone.first(root)
    for number, step in enumerate(STEPS):
        if number in lost_before:
            site.forget()
        step(site)
    return site


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The content after all steps by a cache that was never lost."""
    return run(tmp_path_factory.mktemp("undisturbed"), range(0)).content()


@pytest.mark.parametrize("lost_before", [*(range(n, n + 1) for n in range(1, len(STEPS))), range(len(STEPS))], ids=str)
def test_losing_the_cache_at_any_moment_changes_no_byte(
    tmp_path: Path, undisturbed: dict[str, bytes], lost_before: range
) -> None:
    site = run(tmp_path, lost_before)
    assert site.content() == undisturbed
    assert_nothing_doubled(site)
    assert place(2) not in site.items() and "2026/01/08/renamed" in site.items()
    assert says(site, place(1), "title", "A headline of ours") and says(site, place(9), "body", "of ours.")
    assert len(site.items()) == 12


# -- two clones --------------------------------------------------------------------------------------------------


def test_two_clones_that_ingest_what_overlaps_merge_without_a_question(tmp_path: Path) -> None:
    ours = Clone.first(tmp_path / "ours").feed(*(entry(n) for n in range(6))).ingest().commit()
    theirs = ours.clone(tmp_path / "theirs")
    for path, name, text in [
        (place(1), "title", "Mine"),
        (place(2), "note", "Seen by eye"),
        (place(3), "body", "Added."),
    ]:
        word(path, name, text)(ours)
    ours.remove(f"content/items/{place(4)}.md")
    ours.feed(*(entry(n) for n in range(9))).ingest().commit()
    theirs.feed(*(entry(n) for n in range(3, 12))).ingest().commit()
    assert ours.content()[f"items/{place(8)}.md"] == theirs.content()[f"items/{place(8)}.md"]
    assert ours.pull(theirs).conflicts == []
    merged = ours.content()
    ours.feed(*(entry(n) for n in range(12))).ingest()
    assert ours.content() == merged
    assert sorted(ours.items()) == sorted(place(n) for n in range(12) if n != 4)
    assert (
        says(ours, place(1), "title", "Mine")
        and says(ours, place(2), "note", "Seen")
        and says(ours, place(3), "body", "Added.")
    )
    assert_nothing_doubled(ours)
    again = ours.commit().clone(tmp_path / "third").feed(*(entry(n) for n in range(12))).ingest()
    assert again.content() == ours.content()


def test_a_deletion_stands_though_the_other_clone_updated_the_item(tmp_path: Path) -> None:
    ours = Clone.first(tmp_path / "ours").feed(*(entry(n) for n in range(6))).ingest().commit()
    theirs = ours.clone(tmp_path / "theirs")
    ours.remove(f"content/items/{place(1)}.md").feed(*(entry(n) for n in range(6))).ingest().commit()
    later = [entry(n, title=f"Later {n}") for n in range(6)]
    theirs.feed(*later).ingest().commit()
    assert ours.pull(theirs).conflicts == [f"content/items/{place(1)}.md"]
    ours.resolve(ours.conflicts[0], ours=True).commit().feed(*later).ingest()
    assert place(1) not in ours.items() and len(ours.items()) == 5


def two_first_sights(tmp_path: Path, ours_says: dict[str, str], theirs_says: dict[str, str], **when: datetime) -> Clone:
    """Our clone, merged with one that saw the same entry first as its source said it at another time."""
    ours = Clone.first(tmp_path / "ours").feed(entry(1)).ingest().commit()
    theirs = ours.clone(tmp_path / "theirs")
    ours.feed(entry(1), ours_says).ingest().commit()
    theirs.feed(entry(1), theirs_says).ingest(**when).commit()
    assert ours.pull(theirs).conflicts == []
    return ours.feed(entry(1), theirs_says).ingest()


def test_an_undated_entry_that_two_clones_saw_first_on_two_days_is_reported(tmp_path: Path) -> None:
    undated = {"title": "No date", "link": "https://gazette.example/undated", "description": "Some words."}
    ours = two_first_sights(tmp_path, undated, undated, as_of=datetime(2026, 2, 2, tzinfo=UTC))
    (reason,) = ours.ingested.quarantined
    assert "2026/02/02/no-date.md: is the same item as items/2026/02/01/no-date.md" in reason


def test_a_headline_that_changed_between_two_first_sights_is_reported(tmp_path: Path) -> None:
    ours = two_first_sights(tmp_path, entry(2), entry(2, title="Another headline"))
    (reason,) = ours.ingested.quarantined
    assert "storm-number-2.md: is the same item as items/2026/01/07/another-headline.md" in reason


def test_two_items_that_two_clones_gave_one_path_stay_two(tmp_path: Path) -> None:
    """Same headline, same day: git asks which file is to stand there; the other item is made again beside it."""
    ours = Clone.first(tmp_path / "ours").feed(*(entry(n) for n in range(3, 7))).ingest().commit()
    theirs = ours.clone(tmp_path / "theirs")
    early, late = (
        entry(n, title="Briefing", description=f"Text {n}. More.", pubDate=f"Mon, 05 Jan 2026 0{n}:00:00 GMT")
        for n in (1, 2)
    )
    ours.feed(early).ingest()
    word("2026/01/05/briefing", "note", "About the first")(ours)
    ours.commit()
    theirs.feed(late).ingest().commit()
    (conflict,) = ours.pull(theirs).conflicts
    ours.resolve(conflict, ours=True).commit().feed(late, early).ingest()
    assert ours.items()["2026/01/05/briefing"].link == early["link"]
    assert ours.items()["2026/01/05/briefing-2"].link == late["link"]
    assert_nothing_doubled(ours)


# -- two clones at random ------------------------------------------------------------------------------------------

FIELDS = ("title", "summary", "tags", "body", "note", "comment")
EDITED = "content/items/{}.md"


class Paper:
    """What the source says over time: entries come, and are edited."""

    def __init__(self, die: random.Random) -> None:
        self.die = die
        self.entries = [entry(n) for n in range(8)]
        self.settled = len(self.entries)

    def later(self) -> None:
        for _ in range(self.die.randrange(3)):
            self.entries.append(entry(len(self.entries)))
        if self.die.random() < 0.4:
            number = self.die.randrange(len(self.entries))
            # A headline makes the address: one that changes before both clones have the entry is another law's matter.
            fields = ["title", "description", "category"] if number < self.settled else ["description", "category"]
            field, text = self.die.choice(fields), f"Told anew {self.die.randrange(10**6)}."
            self.entries[number] = self.entries[number] | {field: text}

    def window(self) -> list[dict[str, str]]:
        """The newest entries, as many as happen to be in the feed, in any order."""
        shown = self.entries[self.die.randrange(4) :]
        self.die.shuffle(shown)
        return shown


class Desk:
    """Two people, each with a clone, and all that they did."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.die, self.folder = random.Random(seed), folder
        self.paper = Paper(self.die)
        first = Clone.first(folder / "first").feed(*self.paper.entries).ingest().commit()
        self.clones = (first, first.clone(folder / "second"))
        self.words: dict[str, dict[str, str]] = {}
        self.deleted: set[str] = set()
        self.drawn: Counter[str] = Counter()

    def work(self) -> None:
        """Both edit, each other items; both ingest, each what the source says by then; then their work is merged."""
        free = sorted(self.clones[0].items())
        self.die.shuffle(free)
        touched: list[set[str]] = []
        for clone in self.clones:
            touched.append(self.edit(clone, free))
            if self.die.random() < 0.3:
                clone.forget()
                self.drawn["cache lost"] += 1
            clone.feed(*self.paper.window()).ingest().commit()
            known = len(self.paper.entries)
            self.paper.later()
        self.paper.settled = known
        first, second = self.clones
        for path in first.pull(second).conflicts:
            self.drawn["conflict"] += 1
            first.resolve(path, ours=path in touched[0])
        first.commit()
        second.pull(first)

    def edit(self, clone: Clone, free: list[str]) -> set[str]:
        touched = set()
        for _ in range(self.die.randrange(4)):
            if not free:
                break
            path = free.pop()
            touched.add(EDITED.format(path))
            if self.die.random() < 0.2 and len(self.deleted) < 3:
                clone.remove(EDITED.format(path))
                self.deleted.add(path)
                self.words.pop(path, None)
                self.drawn["deletion"] += 1
                continue
            name, text = self.die.choice(FIELDS), f"word{self.die.randrange(10**6)}"
            word(path, name, text)(clone)
            self.words.setdefault(path, {})[name] = text
            self.drawn[name] += 1
        return touched


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_whatever_two_clones_do_no_edit_is_lost_and_nothing_doubled(
    tmp_path: Path, record_property: Callable[[str, object], None], seed: int
) -> None:
    desk = Desk(tmp_path, seed)
    for _ in range(3):
        desk.work()
    merged = desk.clones[0].feed(*desk.paper.entries).ingest()
    lost = [
        (path, name)
        for path, kept in desk.words.items()
        for name, text in kept.items()
        if not says(merged, path, name, text)
    ]
    assert lost == []
    assert desk.deleted.isdisjoint(merged.items())
    assert len(merged.items()) == len(desk.paper.entries) - len(desk.deleted)
    assert_nothing_doubled(merged)
    assert merged.ingested.quarantined == ()
    before = merged.content()
    assert merged.forget().ingest().content() == before
    for name, count in desk.drawn.items():
        record_property(f"drawn {name}", count)


# -- an old checkout -----------------------------------------------------------------------------------------------


def weeks(root: Path) -> Clone:
    """Thirty items, and a week later thirty more."""
    site = Clone.first(root).feed(*(entry(n) for n in range(30))).ingest().commit()
    return site.feed(*(entry(n) for n in range(60))).ingest().commit()


def test_an_old_checkout_records_no_deletions(tmp_path: Path) -> None:
    """The ledgers are as old as the items, so nothing is missed; what is new is made again, byte for byte."""
    site = weeks(tmp_path / "site")
    newest = site.content()
    site.git("checkout", "--quiet", "HEAD~1")
    site.ingest()
    assert (site.ingested.quarantined, site.ingested.removed) == ((), 0)
    assert not (site.root / "content/moves.tsv").exists()
    assert {path: data for path, data in site.content().items() if path.startswith("items/")} == {
        path: data for path, data in newest.items() if path.startswith("items/")
    }
    site.git("checkout", "--quiet", "--force", "main")
    assert site.ingest().content() == newest
    assert_nothing_doubled(site)


def test_old_items_beside_new_ledgers_are_not_believed(tmp_path: Path) -> None:
    """Half a checkout: the ledgers know of thirty items whose files are not there."""
    site = weeks(tmp_path / "site")
    newest = site.content()
    site.git("restore", "--source=HEAD~1", "--staged", "--worktree", "--", "content/items")
    assert len(site.items()) == 30
    site.ingest()
    (reason,) = site.ingested.quarantined
    assert "30 of 60 item files are missing" in reason and "--accept-deletions" in reason
    assert site.ingested.removed == 0 and len(site.items()) == 30
    assert not (site.root / "content/moves.tsv").exists()
    site.git("restore", "--source=HEAD", "--staged", "--worktree", "--", "content/items")
    assert site.ingest().content() == newest
    assert site.ingested.quarantined == ()

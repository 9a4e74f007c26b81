"""A site of 500 items that has all that a site can have: what the theme looks like when it is in use.

The same on every machine. Never holds a word that anybody published.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from builder import urls
from tests.eval import Labelled, invented, tongues
from tests.sitetest import SiteTest
from tests.web import words

ITEMS = 500
_LARGE_DAY = datetime(2026, 1, 12, tzinfo=UTC)
_BEFORE, _ON = 140, 320
"""So many invented items are older than the large day, and so many of that day; the others come after it."""
_STYLED = {
    "theme": {"accent": "#1b5e8c", "logo": "/logo.svg", "footer": "All times are local.", "css": "/custom.css"},
    "headline_link": "page",
    "language": "de",
}


def sample(root: Path, base_url: str, *, styled: bool = False) -> SiteTest:
    """The site's content. `styled`: with all that its owner may choose of the theme, and in German."""
    site = SiteTest(root).config(
        title="The Ellery Digest", description="The news of the coast, as its papers tell it", base_url=base_url,
        id_base="ellery.example,2026", timezone="Europe/Berlin", tag_pages=2,
        menu=[{"name": "Categories", "url": "/categories/"}, {"name": "About us", "url": "/about/"}],
        source=[{"name": "The Harbour Gazette", "url": "https://gazette.example/feed.xml"}],
        **(_STYLED if styled else {}),
    )  # fmt: skip
    ours = _own_items(site)
    told = invented.digest().items[: ITEMS - ours]
    paths = {item.label: "" for item in told}
    for number, item in enumerate(told):
        moment = _moment(number)
        path = f"{moment:%Y/%m/%d}/{urls.slug(item.title, 60) or 'item'}-{number}"
        paths[item.label] = paths[item.label] or path
        _put(site, item, path, moment, number, paths)
    _story_notes(site, sorted(paths.values()), told)
    _documents(site)
    return _ledgers(site, paths[told[-1].label])


# -- what sources brought --------------------------------------------------------------------------------------------


def _moment(number: int) -> datetime:
    """Some are years old, most are of one day, the others of the days after it."""
    if number < _BEFORE:
        return _LARGE_DAY - timedelta(hours=(_BEFORE - number) ** 2 * 9 // 10 + 2)
    if number < _BEFORE + _ON:
        return _LARGE_DAY + timedelta(minutes=(number - _BEFORE) * 4)
    return _LARGE_DAY + timedelta(days=1, hours=(number - _BEFORE - _ON) * 9)


def _languages() -> dict[str, str]:
    return {name: tongue.code for tongue in (*tongues.others(), tongues.english()) for name in tongue.publishers.all}


_LANGUAGES = _languages()
_TAGS = ("Harbour", "Ferries", "Storm", "Fisheries", "Elections", "Rail strike", "C++", "الميناء", "Größe", "港口")


def _put(site: SiteTest, item: Labelled, path: str, moment: datetime, number: int, paths: dict[str, str]) -> None:
    lead = item.text.partition("\n\n")[0]
    front: dict[str, Any] = {"title": item.title, "date": moment.isoformat(), "link": item.link}
    front |= {"publisher": item.publisher, "source": item.publisher, "lang": _LANGUAGES[item.publisher]}
    front |= {"summary": lead, "description": lead, "story": paths[item.label]}
    front["categories"] = [name for name, each in (("Coast", 10), ("World", 3)) if (number % each > 0) == (each == 10)]
    front["tags"] = [_TAGS[number % 10], _TAGS[number // 3 % 10], *([] if number % 25 else [f"Rare {number}"])]
    if number % 7 == 0:
        front["authors"] = ["Ann Ellery", "B. Moor"][: 1 + number % 2]
    if number % 31 == 0:
        front |= {"date": f"{moment:%Y-%m-%d}", "date_basis": "day"}
    if number % 41 == 0:
        front |= {"coverage": _coverage(number), "also": ["The Other Feed", "Eine dritte Quelle"]}
    site.item(path, body=item.text, **front)


def _coverage(number: int) -> list[dict[str, str]]:
    told = invented.digest().items[-12 - number % 9 :]
    return [
        {"title": one.title, "link": one.link, "publisher": one.publisher if at else ""} for at, one in enumerate(told)
    ]


# -- what its owner wrote --------------------------------------------------------------------------------------------


def _own_items(site: SiteTest) -> int:
    """One item of each sort that people write by hand or sources seldom bring; how many these are."""
    link, day = "https://gazette.example/", "2026/01/30"
    by_hand: dict[str, dict[str, Any]] = {
        "own-post": {"title": "From the desk", "authors": ["The editors"], "updated": "2026-01-31 10:00", "body": words.PROSE},
        "pinned": {"title": "What we are following", "pin": True, "body": words.PROSE, "tags": ["Harbour"]},
        "pinned-for-long": {"title": "Open all week", "pin_until": "2027-01-01", "link": f"{link}open"},
        "noted": {"title": "A fire at the pier", "note": "We have asked the *port* for a comment.", "link": f"{link}pier"},
        "hidden": {"title": "A page that no list shows", "hide": True, "link": f"{link}hidden"},
        "draft": {"title": "Not yet", "draft": True},
        "pictured": {"title": "The harbour from above", "image": "/coast.svg", "link": f"{link}above", "summary": "A picture of ours."},
        "elsewhere": {"title": "A picture elsewhere", "image": "https://gazette.example/a.jpg", "link": f"{link}elsewhere"},
        "moved": {"title": "At a new address", "aliases": ["/old/address/", "/older"], "link": f"{link}moved"},
        "bare": {"title": "A headline and nothing else"},
        "long": {"title": "A headline that goes on " + "and on " * 38, "link": f"{link}long"},
        "podcast": {"title": "Listen to the tide", "link": f"{link}tide", "enclosures": words.ENCLOSURES},
        "updated": {"title": "An article that changed", "updated": "2026-01-31T08:00:00Z", "link": f"{link}updated", "authors": ["A"]},
    }  # fmt: skip
    for name, front in by_hand.items():
        site.item(
            f"{day}/{name}", **({"date": "2026-01-30T09:00:00+01:00", "publisher": "The Harbour Gazette"} | front)
        )
    for code, (title, text) in words.SCRIPTS.items():
        path = f"2026/01/31/in-{code}"
        told = {"title": title, "summary": text, "lang": code, "link": f"{link}{code}", "publisher": title.split()[0]}
        site.item(path, date=f"2026-01-31T0{len(code)}:00:00+01:00", body=f"{text}\n\n> {text}\n\n1. {text}\n", **told)
    site.item("2026/03/01/ahead", title="Dated ahead of time", link=f"{link}ahead")
    return len(by_hand) + len(words.SCRIPTS) + 1


def _story_notes(site: SiteTest, names: list[str], told: tuple[Labelled, ...]) -> None:
    """What the editor says of three stories of several items."""
    labels = [item.label for item in told]
    plural = [name for name in names if labels.count(told[int(name.rpartition("-")[2])].label) > 2]
    site.note(
        plural[-1], title="The story under a title of ours", note="We follow this.", tags=["Harbour"], body=words.PROSE
    )
    site.note(plural[-2], pin=True, updated="2026-01-30 09:00")
    site.note(plural[-3], hide=True)


def _documents(site: SiteTest) -> None:
    site.document("about", title="About us", description="Who we are", body=words.PROSE + words.TABLE)
    site.document("imprint/contact", title="Contact", body="Write to <desk@ellery.example>.\n", aliases=["/contact/"])
    site.document("arabic", title="من نحن", lang="ar", body=words.SCRIPTS["ar"][1] + "\n")
    site.document("later", title="Later", draft=True)
    for name in ("logo", "coast"):
        site.file(f"content/static/{name}.svg", words.PICTURE)
    site.file("content/static/custom.css", ".motto { font-style: italic; }\n")
    site.file("content/tags.toml", words.VOCABULARY)


def _ledgers(site: SiteTest, story: str) -> SiteTest:
    """Removed items with their notices, and addresses of old."""
    removed = ("2026/01/20/removed", "2026/01/21/removed-for-a-reason")
    site.seen(*removed).move("items", "2026/01/01/renamed", "2026/01/30/moved")
    site.move("tags", "harbor", "harbour").move("stories", "2026/01/02/once", story)
    with (site.root / "content/moves.tsv").open("a", encoding="utf-8") as ledger:
        ledger.write(f"items\t{removed[1]}\t\t2026-01-25\tThe publisher asked for it\n")
    return site

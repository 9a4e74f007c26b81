"""Hostile texts through the whole of it: as feeds and files, ingested, built, and read as a machine reads them.

Never escapes a text by hand where a library does it, and never sends a packet anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.parsers import expat

from builder import urls
from tests.feedtest import atom_faults, json_faults
from tests.sitetest import SiteTest

FORMS = ("escaped", "doubly", "atom")
"""The folders of feeds, each a source: RSS; RSS that escapes twice, to catch who un-escapes twice; Atom."""
_XHTML = "http://www.w3.org/1999/xhtml"
_NAMES = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
_RUNS_FROM = datetime(2026, 1, 1, tzinfo=UTC)


# -- a text as feeds and as a file ---------------------------------------------------------------------------


def put_feeds(site: SiteTest, number: int, text: str, forms: Iterable[str] = FORMS) -> None:
    """One text in every field of a feed of each form."""
    for form in forms:
        site.file(f"content/feeds/{form}/{number:05}.xml", _WRITERS[form](number, text))


def put_file(site: SiteTest, number: int, text: str) -> None:
    """One text in every field of a Markdown file, as any person or program may leave it: no ingest has touched it."""
    moment, body = _moment(number, 2), text
    # A file that holds these is no YAML, and set aside.
    text = re.sub("[\x80-\x84\x86-\x9f]", "", text)
    site.item(
        f"{moment:%Y/%m/%d}/file-{number}", body=body, title=text if text.strip() else "-", date=moment.isoformat(), description=text, summary=text,
        image=text, link=text, source=text, categories=[text], tags=[text], publisher=text, authors=[text], lang=text,
        coverage=[{"title": text, "link": text, "publisher": text}], also=[text], note=text,
        enclosures=[{"url": text, "type": text, "length": text}],
    )  # fmt: skip


def hostile_site(root: Path, texts: Iterable[str], first: int = 0, forms: Sequence[str] = FORMS) -> SiteTest:
    """All these texts in every field, really ingested and built with the default theme."""
    sources = [
        {"name": form, "file": f"feeds/{form}", "show": "excerpt" if form == "doubly" else "full"} for form in forms
    ]
    site = SiteTest(root).config(source=sources)
    numbered = list(enumerate(texts, first))
    for number, text in numbered:
        put_feeds(site, number, text, forms)
    site.ingest()
    # After ingest: a file that has the link of an entry is that entry's item.
    for number, text in numbered:
        put_file(site, number, text)
    return site.build()


def xml_text(text: str) -> str:
    """The text without the characters that XML 1.0 §2.2 forbids."""
    return "".join(
        char
        for char in text
        if char in "\t\n\r" or "\x20" <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
    )


def _moment(number: int, form: int) -> datetime:
    """A time of its own for each entry, some hundred a day."""
    return _RUNS_FROM + timedelta(minutes=(number % 600) * 60 + form * 9, seconds=number // 600)


def _rss(number: int, text: str) -> str:
    """Everything escaped once, as the standard asks. Characters that XML forbids stay: real feeds hold them."""
    p, cdata = escape(text), text.replace("]]>", "]]]]><![CDATA[>")
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" {_NAMES}><channel><title>{p}</title><link>https://paper-{number}.example/</link><description>{p}</description><language>{p}</language>
<item><title>{p}</title><link>{p}</link><guid isPermaLink="false">escaped-{number}</guid><pubDate>{_moment(number, 0).isoformat()}</pubDate>
<author>{p}</author><dc:creator>{p}</dc:creator><category>{p}</category><comments>{p}</comments><description>{p}</description>
<content:encoded><![CDATA[Before {cdata} after]]></content:encoded><enclosure url="{p}" type="{p}" length="{p}"/>
<media:content url="{p}" medium="image"/><media:thumbnail url="{p}"/></item></channel></rss>
"""


def _twice(number: int, text: str) -> str:
    """Everything escaped twice: what a reader shall see is the markup itself. Addresses only end in the text."""
    once = escape(xml_text(text))
    p = escape(once)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" {_NAMES}><channel><title>{p}</title><link>https://twice-{number}.example/</link><description>{p}</description>
<item><title>{p}</title><link>https://twice-{number}.example/?q={once}</link><guid>{p}</guid><pubDate>{_moment(number, 1).isoformat()}</pubDate>
<author>{p}</author><category>{p}</category><description>{p}</description><content:encoded>{p}</content:encoded><source url="{p}">{p}</source>
<enclosure url="https://twice-{number}.example/{once}" type="audio/mpeg" length="1"/></item></channel></rss>
"""


def _atom(number: int, text: str) -> str:
    """Every Atom text construct (RFC 4287 §3.1): text, html, and xhtml where the text is well-formed."""
    text = xml_text(text)
    p = escape(text)
    kinds = {"text": p, "html": p}
    if _well_formed(text):
        kinds["xhtml"] = f'<div xmlns="{_XHTML}">{text}</div>'
    entries = "".join(
        f"""<entry xml:lang="{p}"><id>{kind}-{number}</id><title type="{kind}">{inside}</title><updated>{_moment(number, 3 + place).isoformat()}</updated>
<link rel="alternate" href="https://{kind}-{number}.example/"/><link rel="enclosure" href="{p}" type="{p}" length="{p}"/><author><name>{p}</name><uri>{p}</uri></author>
<category term="{p}" label="{p}"/><summary type="{kind}">{inside}</summary><content type="{kind}" xml:base="{p}">{inside}</content>
<source><title type="{kind}">{inside}</title></source></entry>
"""
        for place, (kind, inside) in enumerate(kinds.items())
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>atom-{number}</id><title type="html">{p}</title><updated>2026-01-01T00:00:00Z</updated><link href="https://atom-{number}.example/"/>
{entries}</feed>
"""


def _well_formed(text: str) -> bool:
    try:
        expat.ParserCreate().Parse(f'<div xmlns="{_XHTML}">{text}</div>'.encode(), True)
    except expat.ExpatError:
        return False
    return "<!" not in text


_WRITERS = {"escaped": _rss, "doubly": _twice, "atom": _atom}


# -- what came of it -------------------------------------------------------------------------------------------

ANY = {"lang", "title", "dir", "class", "aria-label", "aria-hidden", "aria-current"}
_TEXT = (
    "abbr article aside b bdi blockquote body br caption cite code dd del details div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6"
    " head header hr html i ins kbd main nav ol p pre q s samp section span strong sub summary sup table tbody td tfoot th thead time title tr ul li"
)
MAY_HOLD: dict[str, set[str]] = {tag: set() for tag in _TEXT.split()} | {
    "a": {"href", "rel", "type"},
    "img": {"src", "alt"},
    "link": {"rel", "type", "href"},
    "meta": {"charset", "name", "content", "http-equiv", "property"},
    "main": {"id", "tabindex"},
    "ol": {"start"},
    "details": {"open"},
    "rect": {"x", "y", "width", "height"},
    "svg": {"viewbox", "preserveaspectratio", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}


class _Audit(HTMLParser):
    """Every element and attribute that the theme and the sanitiser do not write, and every address that may not be shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.mains = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.mains += tag == "main"
        if tag not in MAY_HOLD:
            self.faults.append(f"<{tag}>")
            return
        for name, raw in attrs:
            value = raw or ""
            if name not in MAY_HOLD[tag] | ANY:
                self.faults.append(f"<{tag} {name}>")
            if name == "src" and not _local(value):
                self.faults.append(f"<{tag} src={value!r}>")
            if name == "href" and value != "#main" and not _local(value) and not urls.is_public_link(value):
                self.faults.append(f"<{tag} href={value!r}>")
            if name == "http-equiv" and value != "Content-Security-Policy":
                self.faults.append(f"<meta http-equiv={value!r}>")

    handle_startendtag = handle_starttag


def _local(address: str) -> bool:
    return address == "#" or (address.startswith("/") and not address.startswith(("//", "/\\")))


_OURS = re.compile(
    r'<script src="/(?!/)(?:[\w-]+/)*(?:static/early|words|static/script)\.js"(?: defer)?></script>\n'
    # What machines read: a tag cannot begin in it, whatever a text says.
    r'|<script type="application/ld\+json">[^<>]*</script>\n'
    r'| data-key="[hd/]"| data-latest(?=>)'
)


def without_ours(page: str) -> str:
    """A page without the scripts of the default theme, each as it stands in the theme and none other."""
    return _OURS.sub("", page)


def page_faults(page: str) -> list[str]:
    """What a whole page of the default theme holds that it may not."""
    audit = _Audit()
    audit.feed(without_ours(page))
    audit.close()
    return audit.faults + ([] if audit.mains == 1 else [f"{audit.mains} <main>"])


def file_faults(name: str, data: bytes) -> list[str]:
    """What is wrong with one file of a built site: a page, a feed, a sitemap."""
    try:
        if name.endswith(".html"):
            return page_faults(data.decode("utf-8"))
        if name.endswith(".json"):
            return json_faults(data)
        if name.endswith(".xml"):
            faults = list(_xml_faults(ET.fromstring(data)))
            return faults + (atom_faults(data) if name.endswith("feed.xml") else [])
    except (ValueError, ET.ParseError) as error:
        return [f"cannot be read: {error}"]
    return []


def _xml_faults(root: ET.Element) -> Iterator[str]:
    """Elements of another vocabulary than the document's own, and addresses that may not be shown."""
    space = root.tag.rpartition("}")[0]
    for node in root.iter():
        if node.tag.rpartition("}")[0] != space:
            yield f"<{node.tag}>"
        address = node.get("href")
        if address is not None and not urls.is_public_link(address):
            yield f"<{node.tag} href={address!r}>"

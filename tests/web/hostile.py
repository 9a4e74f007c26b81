"""A site of strings that are hard to show, in every field that a feed or a hand-written file can give.

Hand-written, and the same on every machine. Never an attack: those are in `tests/vectors.py`.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from tests.hostiletest import FORMS, put_feeds, put_file
from tests.sitetest import SiteTest

TEXTS: dict[str, str] = {
    "right to left": "שלום עולם: חדשות הנמל (Ellery 2026) نشرة الأخبار, and English",
    "bidi controls": "abc \u202egnp.exe\u202c \u2067isolated\u2069 \u200fmark\u200e \u061c end",
    "bidi never closed": "\u202e\u2066\u202b never closed",
    "a long word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3,
    "a long word without vowels or hyphens": "W" * 300,
    "a long number": "1234567890" * 30,
    "a long address": "https://long.example/" + "a" * 200 + "?q=" + "b%20" * 60 + "&c=1&copy=2#" + "f" * 80,
    "no space in Chinese": "漁師たちは一週間待った後海に戻った十二隻の船が出港した" * 8,
    "long Arabic without spaces": "مستشفياتهمالكبيرة" * 12,
    "three hundred characters": "A headline that goes on and on, until nobody reads it any more, " * 4 + "and then it still goes on for a while.",
    "control characters": "bell\x07 null\x00 escape\x1b[31m delete\x7f form\x0c tab\t end",
    "C1 controls": "next\x85line string\x98 terminator\x9c and \x80\x9f",
    "noncharacters": "a\ufffeb\uffffc\ufdd0d\ufdefe\U0001fffef\U0010ffffg",
    "private use, unassigned, tags": "\ue000 \uf8ff \U000f0000 \u0378 \U000e0041\U000e0042 \ufffc \ufffd",
    "invisible": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164",
    "white space alone": "\u00a0\u2003\u3000\u2028\u2029",
    "emoji": "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇺🇦 👍🏽 ❤️ ☎︎ 1️⃣ 🧑🏿‍🚀",
    "piled marks": "Z" + "\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308" * 20 + "algo",
    "many scripts": "Ελληνικά кириллица हिन्दी ไทย 한국어 ქართული ᐃᓄᒃᑎᑐᑦ ꦗꦮ 𐌰𐌱𐌲 𝕿𝖊𝖝𝖙",
    "HTML in a title": "How to use <b>bold</b>, </title>, <h1> and <a href='x'> & &amp; &amp;lt; &copy &notanentity; in a headline",
    "an open tag": "5 < 6 and <p <b <!-- <![CDATA[ <?php",
    "quotes": "\"It's\" 'quoted' „so“ «or so» `or` ”so”",
    "template marks": "{{ page }} {% raw %} {# no #} ${x} %(y)s {0}",
    "a path": "../../etc/passwd /../ %2e%2e/ C:\\Windows\\ con. nul",
    "a word of YAML": "no: yes, - [1, 2] # & *a !!python |",
    "dots": "...",
    "one letter": "x",
    "a link in Markdown": "[a](https://a.example/ \"t\") ![b](https://a.example/b.png) <https://c.example/> https://d.example/",
    "a query": "https://a.example/?a=1&b[]=2&c={x}|y^z`q\"'<>é",
    "a host in another script": "https://пример.example/путь/страница?ключ=значение",
    "an address that is none": "http://[::1 http://a b/ https:// https:///x http://a..b/ http://-/ http://a:99999/",
}  # fmt: skip
"""What is put into every field of three feeds and a file each."""

BODIES: dict[str, str] = {
    "links in links": "[a [b](https://b.example/) c](https://a.example/) and <a href='https://c.example/'>c <a href='https://d.example/'>d</a> e</a>\n",
    "links around blocks": "<a href='https://a.example/'><p>one</p><ul><li>two</li></ul><table><tr><td>three</table></a>\n",
    "images in links": "[![alt](https://a.example/i.png)](https://a.example/) ![](https://a.example/j.png) <img src=x>\n",
    "lists in odd ways": "<ul><p>text</p><li>a<li>b<ul>c</ul></li></ul><li>alone</li><ol start=x><li value=9>d</li><ol><li>e</ol></ol><ul></ul>\n",
    "lists of Markdown": "- a\n   - b\n         - c\n\n     text\n1) d\n3. e\n2. f\n* * *\n- - - g\n+\n-\n",
    "definition lists": "<dl><li>x</li><dt>a<dt>b</dl><dl>text</dl><dd>alone</dd><dt>alone</dt><dl></dl>\n\nterm\n:   meaning\n:   another\n",
    "broken tables": "<table><td>a<tr><td colspan=0>b<td rowspan=9999>c<caption>d<thead><tr><th scope=x>e</table><td>f</td><tr><table></table>\n",
    "tables in tables": "<table><tr><td><table><tr><td>a</table><td>b</table><table>text<p>moved</p></table><table><caption>only</caption></table>\n",
    "spans over each other": "<table><tr><td rowspan=2 colspan=3>a<td>b<tr><td colspan=2>c<td rowspan=5>d</table><table><tr><td colspan=1001>e</table>\n",
    "tables of Markdown": "| a | b |\n| - | - |\n| c |\n| d | e | f |\n\n| | |\n|-|-|\n\na | b\n--|:-:\n",
    "headings out of order": "# one\n\n#### four\n\n## two\n\n###### six\n\n<h1></h1><h2> </h2><h3><br></h3><h2><h3>in</h3></h2>\n\n#\n",
    "inline around blocks": "<b><p>a</p><div>b</div></b><em><h2>c</h2><ul><li>d</li></ul></em><q><blockquote>e</blockquote></q><sub><pre>f</pre></sub>\n",
    "blocks in paragraphs": "<p>a<p>b<div>c</p>d</div><p><ul><li>e</ul></p></p></br><p><hr></p><p><table><tr><td>f</table></p>\n",
    "badly nested": "<b><i>a</b>b</i><a href='https://a.example/'><b>c</a>d</b><p><a href='https://b.example/'>e<p>f</a>g</p>\n",
    "figures": "<figcaption>alone</figcaption><figure><figcaption>a</figcaption><figcaption>b</figcaption></figure><figure></figure><figure>c<figcaption>d</figcaption>e</figure>\n",
    "ruby, details, forms": "<ruby>a<rt>b</rt></ruby><details><p>c</p><summary>d</summary></details><form><input value=e><button>f</button><select><option>g</select></form>\n",
    "abbreviations and quotes": "<abbr title='x'>a</abbr><q cite='https://a.example/'>b</q><ins datetime=c>d</ins><del><p>e</p></del><cite><p>f</p></cite>\n",
    "addresses": "<a href=''>empty</a><a href='https://a.example/ b c'>spaces</a><a href='https://a.example/%zz'>percent</a><a href='https://a.example/[x]?[y]#[z]'>brackets</a><a href='https://ex\u00e4mple.example:80/\u202e'>host</a><a href='http://a.example:x/'>port</a><a href='mailto:a b@c'>mail</a><a href='https://a.example/#a#b'>hashes</a><a href='https://a.example/\\b'>back</a><a>none</a><a name=x href='#x'>here</a>\n",
    "characters in HTML": "<p>a\x85b\ufdd0c\ufffed&#1;&#x80;&#xfdd0;&#x110000;&#xd800;&#0;&#133;&nbsp;&zwj;</p>\n",
    "code": "```\n<b>a</b>\x0c\n```\n\n    \t&lt;\n\n``` `b` ```\n\n<pre>\n\nc</pre><code><p>d</p></code><pre><code>e</pre></code><kbd><kbd>f</kbd></kbd>\n",
    "long things": "W" * 400 + "\n\n`" + "w" * 400 + "`\n\n| " + "x" * 300 + " | b |\n| - | - |\n| " + "y " * 200 + "| " + "z" * 300 + " |\n\n<pre>" + "v" * 400 + "</pre>\n\n" + "> " * 12 + "deep " + "u" * 300 + "\n",
    "deep": "<ul><li>" * 60 + "deep" + "</li></ul>" * 60 + "\n\n" + "<blockquote>" * 60 + "deeper\n",
    "nothing": "\n \n\t\n",
    "nothing to see": "<p> </p><p>&nbsp;</p><ul><li></li></ul><table></table><b></b><a href='https://a.example/'></a><h2></h2>\n",
    "right to left": "שלום\n\n- עולם\n- world\n\n> نشرة\n\n| א | b |\n| - | - |\n| ג | d |\n\n<p dir=rtl lang=xx-invalid-!!>e</p><bdo dir=rtl>f</bdo>\n",
}  # fmt: skip
"""What is the text of a feed's entry and of a file each: Markdown, and the HTML that people write into it."""


def hostile(root: Path, base_url: str, *, right_to_left: bool = False) -> SiteTest:
    """The site's content, ingested. `right_to_left`: in a site that is written so itself."""
    sources = [{"name": form, "file": f"feeds/{form}", "show": "full"} for form in FORMS]
    name = TEXTS["right to left"] if right_to_left else TEXTS["HTML in a title"]
    texts = list(TEXTS.values())
    menu = [{"name": text, "url": f"/{number}/"} for number, text in enumerate(texts[:6])]
    site = SiteTest(root).config(
        title=name, description=" ".join(map(_writable, texts))[:1000], base_url=base_url, source=sources,
        menu=[one | {"name": _writable(one["name"])} for one in menu], theme={"footer": _writable(texts[3])},
        language="ar" if right_to_left else "en", tag_pages=1, headline_link="page" if right_to_left else "publisher",
    )  # fmt: skip
    said = [*texts, *BODIES.values()]
    for number, text in enumerate(said):
        put_feeds(site, number, text)
    site.ingest()
    for number, text in enumerate(texts):
        put_file(site, number, _writable(text))
        _by_hand(site, number, text)
    for number, (name, body) in enumerate((TEXTS | BODIES).items()):
        link = {"link": f"https://body.example/{number}"} if number % 2 else {}
        site.item(f"2026/01/20/body-{number}", title=name, body=body, summary=_writable(body), **link)
    return site


def _by_hand(site: SiteTest, number: int, text: str) -> None:
    """One text as the name and the words of a story, a document, a tag, and as the reason of a removal."""
    text = _writable(text)
    # The owner's own HTML is shown as it stands: nothing here is meant to be any.
    title, said = text if text.strip() else "-", escape(text, quote=False)
    story = f"2026/01/21/story-{number}"
    for part in ("", "-too"):
        site.item(
            f"{story}{part}",
            title=title,
            story=story,
            publisher=text + part,
            tags=[text],
            lang="ar" if number % 2 else "de",
        )
    site.note(story, title=text, note=text, tags=[text], body=f"# {said}\n\n{said}\n", pin=number % 3 == 0)
    site.document(f"page-{number}", title=title, description=text, lang="he" if number % 2 else "", body=f"{said}\n")
    removed = f"2026/01/22/removed-{number}"
    site.seen(removed)
    with (site.root / "content/moves.tsv").open("a", encoding="utf-8") as ledger:
        ledger.write(f"items\t{removed}\t\t2026-01-25\t{' '.join(text.split())}\n")


def _writable(text: str) -> str:
    """The text without what TOML and YAML forbid: a file that holds it is set aside, and says so."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", "", text)

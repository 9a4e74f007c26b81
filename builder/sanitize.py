"""Makes untrusted HTML safe to show, and untrusted text plain: the one trust boundary.

Never trusts its caller, and its output is never edited afterwards: an edit after sanitising can undo it.
"""

from __future__ import annotations

import html as entities
import re
import unicodedata
from functools import lru_cache
from itertools import islice

import nh3

from builder import nesting, urls

BLOCKS = {
    "address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend",
    "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
}  # fmt: skip
_INLINE = {"a", "abbr", "b", "cite", "code", "del", "em", "i", "ins", "kbd", "q", "s", "samp", "strong", "sub", "sup"}
_SHOWN = _INLINE | {
    "blockquote", "br", "caption", "dd", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "li", "ol", "p", "pre", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_HIDDEN = {
    "script",
    "style",
    "template",
    "title",
    "svg",
    "math",
    "iframe",
    "object",
    "noscript",
    "textarea",
    "select",
    "head",
}
_SCHEMES = {"http", "https", "mailto"}
_ATTRIBUTES = {
    "a": {"href"}, "ol": {"start"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"},
}  # fmt: skip

# Cleaners are costly to make and free to reuse. No id, class, style or name: they clobber a page's own.
_CLEANER = nh3.Cleaner(
    tags=_SHOWN,
    clean_content_tags=_HIDDEN,
    attributes=_ATTRIBUTES,
    link_rel="noopener noreferrer nofollow ugc",
    url_schemes=_SCHEMES,
    url_relative="deny",
    strip_comments=True,
)
_TEXT = nh3.Cleaner(tags=BLOCKS, clean_content_tags=_HIDDEN, attributes={}, link_rel=None)

# Controls, soft hyphens, bidi marks and overrides, zero-width characters and fillers, tag characters but for those of
# a flag (UTS 51 §C.1), surrogates, non-characters.
_INVISIBLE = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)|"
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\uffff\U0001d173-\U0001d17a"
    + "".join(f"{chr(0x10000 * plane + 0xFFFE)}{chr(0x10000 * plane + 0xFFFF)}" for plane in range(1, 17))
    + "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff\ud800-\udfff]"
)
# A variation selector says how the one character before it looks; a second one, or one after nothing, is noise.
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SELECTOR = re.compile(f"[{_SELECTORS}]")
_SELECTED = re.compile(f"(?:^|(?<=[\\s\u200c\u200d{_SELECTORS}]))[{_SELECTORS}]+")
# Marks piled on one letter cover the lines around it. No script needs more than four.
_MARKS = 4
_PILED = re.compile(r"[^\w\s\x00-\x7f]{5,}")
# Joiners are kept where they mean something: in Arabic, Persian and Indic words, and inside one emoji.
_JOINER = re.compile("[\u200c\u200d]")
_JOINED = re.compile("[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")


_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_LONG = re.compile(r"(<[a-zA-Z][a-zA-Z0-9]*)([^<>]{4096,})")
_ANY_TAG = re.compile(r"(<[^<>]*>?)")
_BARE = re.compile("&(?![a-zA-Z#])")
_FLOOD = re.compile("&{16,}")
_LEVELS = 256
_TAGS = 40_000
# Elements that hold nothing, and those that pages leave open.
_FLAT = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
         "p", "li", "dt", "dd", "tr", "td", "th", "option"}  # fmt: skip


def bounded(html: str) -> str:
    """HTML with at most 256 levels, 256 attributes a tag and 40,000 tags; what comes after those is text.

    html5ever's time is quadratic in the first two, and in what a table may not hold; and in bare ampersands.
    """
    if len(html) > 4096:
        html = _LONG.sub(lambda match: match[1] if match[2].count("=") > 256 else match.group(), html)
        html = _BARE.sub("&amp;", _FLOOD.sub("&&&&", html))
    if html.count("<") <= 2 * _LEVELS:
        return html
    depth = 0

    def flattened(match: re.Match[str]) -> str:
        nonlocal depth
        closing, tag = match[1], match[2].lower()
        deep = depth >= _LEVELS
        if tag not in _FLAT:
            depth = max(0, depth - 1) if closing else depth + 1
            deep = deep or depth >= _LEVELS
        if not deep or tag in _HIDDEN:
            return match.group()
        return "</wbr" if closing else "<br" if tag in BLOCKS else "<wbr"

    last = next(islice(_TAG.finditer(html), _TAGS, None), None) if html.count("<") > _TAGS else None
    if last is None:
        return _TAG.sub(flattened, html)
    return _TAG.sub(flattened, html[: last.start()]) + _without_tags(html[last.start() :])


def _without_tags(html: str) -> str:
    """HTML as text that is still HTML: entities stay, tags are spaces, what scripts and styles hold is gone."""
    kept: list[str] = []
    hidden = ""
    for part in _ANY_TAG.split(html):
        if part[:1] == "<":
            match = _TAG.match(part)
            name = match[2].lower() if match else ""
            if match and name in _HIDDEN and hidden in ("", name):
                hidden = "" if match[1] else name
            kept.append(" ")
        elif not hidden:
            kept.append(part)
    return "".join(kept)


def clean(html: str) -> str:
    """Untrusted HTML as valid HTML that may stand in a page below its `<h1>`: text, lists, tables, links; no images.

    What makes it valid writes tags and attributes of its own, in a closed set, and text that holds no `<`.
    """
    return nesting.mended(_CLEANER.clean(bounded(html)))


def text(html: str) -> str:
    """The visible text of HTML on one line: entities decoded once, a space where a block or `<br>` ends.

    >>> text("<p>Bread &amp; butter</p><p>&lt;b&gt;</p>")
    'Bread & butter <b>'
    """
    if "<" not in html and "&" not in html:
        return line(html)
    # The tags that are left carry no attributes, so none of them holds a ">".
    return line(entities.unescape(re.sub(r"<[^>]*>", " ", _TEXT.clean(bounded(html)))))


def sentences(html: str) -> str:
    """The visible text of HTML without what would be glued to its sentences: headings, captions, tables, code."""
    if "<" not in html:
        return text(html)
    # What nh3 wrote is well-formed, so each of these ends soon after it starts.
    whole = _TEXT.clean(bounded(html))
    told = re.sub(r"<(h[1-6]|figcaption|table|pre)>.*?</\1>", " ", whole, flags=re.S)
    return line(entities.unescape(re.sub(r"<[^>]*>", " ", told))) or line(
        entities.unescape(re.sub(r"<[^>]*>", " ", whole))
    )


def line(text: str) -> str:
    """Plain text on one line, without what cannot be seen; what looks like markup is kept as text.

    >>> line("a\\u202eb \\n <i>")
    'ab <i>'
    """
    return " ".join(characters(text).split())


def characters(text: str) -> str:
    """Text in NFC without characters that are invisible or not text at all; line ends and spaces stay."""
    if text.isascii() and text.isprintable():
        return text
    visible = _JOINER.sub(_joiner, _SELECTED.sub("", _INVISIBLE.sub(lambda match: match[1] or "", text)))
    # Before NFC as well: putting many marks on one letter in order takes time quadratic in their number.
    visible = _PILED.sub(_fewer, visible)
    return _PILED.sub(_fewer, unicodedata.normalize("NFC", visible))


def _fewer(match: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in match.group():
        if not _SELECTOR.match(character):
            marks = marks + 1 if unicodedata.category(character)[0] == "M" else 0
        if marks <= _MARKS:
            kept.append(character)
    return "".join(kept)


def _joiner(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()][-1:], match.string[match.end() : match.end() + 1]
    return match.group() if _JOINED.match(before) and _JOINED.match(after) else ""


def for_markdown(html: str, base: str = "") -> str:
    """HTML without its dangerous elements, every `href` and `src` absolute or gone: ready to become Markdown.

    This is not the boundary: Markdown un-escapes, so `clean` still comes last.
    """
    return _for_markdown(base).clean(bounded(html))


@lru_cache(maxsize=8)
def _for_markdown(base: str) -> nh3.Cleaner:
    def resolved(tag: str, attribute: str, value: str) -> str | None:
        if attribute in ("href", "src"):
            return urls.absolute(value, base) or None
        return value

    return nh3.Cleaner(
        tags=_SHOWN | (BLOCKS - {"fieldset", "form", "legend", "option"}) | {"img", "strike", "tt"},
        clean_content_tags=_HIDDEN,
        attributes=_ATTRIBUTES | {"img": {"src", "alt", "width", "height"}},
        attribute_filter=resolved,
        link_rel=None,
        url_relative="pass_through",
        url_schemes=_SCHEMES,
        strip_comments=True,
    )

"""A static audit of HTML: what in it could run, load or lead somewhere that it may not."""

from __future__ import annotations

from html.parser import HTMLParser

from builder import urls

_RUNS = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
    "form",
    "input",
    "base",
    "meta",
    "link",
    "template",
    "img",
    "video",
    "audio",
}


class _Audit(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _RUNS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "id", "class", "name", "srcdoc", "src", "action"):
                self.faults.append(f"{tag} {name}")
            if name == "href" and not urls.is_public_link(value or ""):
                self.faults.append(f"{tag} href={value!r}")


def faults(html: str) -> list[str]:
    """Every element, attribute and address that a page may not hold."""
    audit = _Audit()
    audit.feed(html)
    audit.close()
    return audit.faults

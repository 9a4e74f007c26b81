"""`make payloads`: every hostile text of the corpora in every field, in a browser that would notice if one did anything.

The pages are shown without their Content-Security-Policy, so that it is not what saves the reader. Reaches
nothing but a server of its own on 127.0.0.1: every other name leads nowhere, and what a page asks for is counted.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.hostiletest import ANY, MAY_HOLD, file_faults, hostile_site, without_ours
from tests.test_browser import ARGUMENTS, CHROMIUM, missing, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Frame, Page, Request

BATCH, TOGETHER = 150, 40
"""Texts ingested and built at once, and pages shown one after the other in one document."""
BLIND = [*ARGUMENTS, "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
RAN = ("dialog", "call", "request", "navigation", "window")
"""What no page may ever do; `script`, `element` and `file` are found out by looking, before anything runs."""
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
# Only reported, never enforced: it tells of scripts that tried to run, and stops none.
_REPORTED = "script-src 'none'; object-src 'none'; frame-src 'none'; form-action 'none'; base-uri 'none'"
_END = "end of page"
LOADED = ("/static/style.css", "/theme.css", "/static/favicon.svg")
"""What every page of the default theme loads, and may."""

CONTROLS = {
    "script": "<script>alert(1)</script>",
    "script of another site": "<script src=https://away.example/a.js></script>",
    "image that fails": "<img src=/none.png onerror=alert(1)>",
    "drawing that loads": "<svg onload=alert(1)></svg>",
    "drawing that moves": "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "link to a script": '<a href="javascript:alert(1)">x</a>',
    "link to a script, written apart": '<a href="java&#10;script:alert(1)">x</a>',
    "link in a drawing": '<svg><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>',
    "what is clicked": "<p onclick=alert(1)>x</p>",
    "what is pointed at": "<p onmouseover=alert(1)>x</p>",
    "what has the focus": "<input onfocus=alert(1)>",
    "what is opened": "<details ontoggle=alert(1)><summary>x</summary></details>",
    "form": "<form action=javascript:alert(1)><button>x</button></form>",
    "button of a form": "<form><button formaction=javascript:alert(1)>x</button></form>",
    "frame": '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
    "another namespace": '<noscript><p title="</noscript><img src=/none.png onerror=alert(1)>"></noscript>',
    "image of another site": "<img src=https://away.example/a.png>",
    "style of another site": "<style>body { background: url(https://away.example/a.png) }</style>",
    "refresh": '<meta http-equiv=refresh content="0; url=https://away.example/">',
    "window": '<script>open("/another/")</script>',
}
"""Raw texts of our own, each in a page as it is: every one must be noticed, or the browser is blind."""

# Runs in every document and frame before anything else does.
_LISTEN = """
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => { __pwn("call", name) };
document.addEventListener("securitypolicyviolation", (event) => {
  if (event.blockedURI !== "eval") __pwn("script", `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""
# Looks at every node, then does with it all that a reader could do.
_TRY = """async ([mayHold, end, pages]) => {
  const found = [];
  const all = [...document.querySelectorAll("*")];
  for (const node of all) {
    const allowed = mayHold[node.localName];
    if (!allowed) { found.push(["element", `<${node.localName}>`]); continue }
    for (const { name, value } of node.attributes) {
      if (!allowed.includes(name.toLowerCase())) found.push(["element", `<${node.localName} ${name}>`]);
      if (node.localName === "img" && !node.matches(".picture > img")) found.push(["element", "<img> in a text"]);
      if (name === "id" && value !== "main") found.push(["element", `id=${value}`]);
    }
  }
  const ends = document.querySelectorAll(`body > hr[class="${end}"]`).length;
  if (ends !== pages) found.push(["element", `${pages - ends} pages do not close what they open`]);
  let clicked = 0;
  addEventListener("click", (event) => {
    const link = event.composedPath().find((one) => one.localName === "a" || one.localName === "area");
    const address = link && (link.href?.baseVal ?? link.href);
    if (!address) return;
    clicked++;
    // What no browser can read as an address (a host with a "<") is as the page says it.
    const scheme = URL.canParse(address, document.baseURI) ? new URL(address, document.baseURI).protocol : address;
    if (/^(https?|mailto):/.test(scheme)) event.preventDefault();
    else found.push(["element", `link to ${address}`]);
  }, true);
  // The frame of a page is ours, and looked at above; what is tried is what the page is about.
  const frame = new Set(document.querySelectorAll("head *, .skip, .masthead *, .foot *"));
  const tried = all.filter((node) => !frame.has(node));
  for (const node of tried) {
    for (const { name } of [...node.attributes]) if (name.startsWith("on")) node.dispatchEvent(new Event(name.slice(2)));
    for (const name of ["mouseover", "mouseenter"]) node.dispatchEvent(new MouseEvent(name, { bubbles: true }));
  }
  for (const node of tried) node.focus?.({ preventScroll: true });
  for (const node of tried) {
    if (node.localName === "form") try { node.requestSubmit() } catch {}
    node.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 40))));
  return [found, clicked, all.length];
}"""


# -- the browser ---------------------------------------------------------------------------------------------------


class Shelf(BaseHTTPRequestHandler):
    """A web server of the pages that it is given, by path."""

    def __init__(self, pages: Mapping[str, bytes], *arguments: Any) -> None:
        self.pages = pages
        super().__init__(*arguments)

    def do_GET(self) -> None:
        body = self.pages.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/css" if self.path.endswith(".css") else "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy-Report-Only", _REPORTED)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        # A page that goes away does not wait for what it asked for.
        with suppress(ConnectionError):
            self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:
        return


class Watch:
    """A browser's eye on one page after the other, and all that the last one did though nobody asked for it.

    `seen` holds pairs of what kind of thing it did, and what; pages, clicks and nodes are counted.
    """

    def __init__(self, browser: Browser, origin: str, pages: dict[str, bytes]) -> None:
        self.browser, self.origin, self.pages = browser, origin, pages
        self.seen: list[tuple[str, str]] = []
        self.counts: Counter[str] = Counter()
        self.page = self._fresh()
        self._here = ""

    def _fresh(self) -> Page:
        page = self.browser.new_page()
        page.expose_binding("__pwn", lambda source, kind, what: self._see(str(kind), str(what)))
        page.add_init_script(_LISTEN)
        page.on("dialog", self._asked)
        page.on("request", self._requested)
        page.on("framenavigated", self._navigated)
        page.context.on("page", lambda opened: self._see("window", opened.url))
        return page

    def _see(self, kind: str, what: str) -> None:
        self.seen.append((kind, what))

    def _asked(self, dialog: Dialog) -> None:
        self._see("dialog", dialog.message)
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        ours = {self._here, *(self.origin + name for name in LOADED)}
        # A file written by hand may show a picture of the site's own.
        picture = request.resource_type == "image" and request.url.startswith(self.origin + "/")
        if request.url not in ours and not picture:
            self._see("navigation" if request.is_navigation_request() else "request", request.url)

    def _navigated(self, frame: Frame) -> None:
        # A new page is at about:blank before it is anywhere else; one that was led astray is at about:blank#blocked.
        if frame.url not in (self._here, "about:blank"):
            self._see("navigation", frame.url)

    def show(self, documents: Sequence[str], wait: bool = False) -> list[tuple[str, str]]:
        """Open these pages, one after the other in one document and without their policy, and try all that is in them.

        `wait` is for pages of which something is expected.
        """
        from playwright.sync_api import Error

        if self.seen:
            # What an evil page has begun goes on; it is not the next one's doing.
            self.page.context.close()
            self.page = self._fresh()
        self.seen = []
        path = f"/shown/{self.counts['documents']}.html"
        self.pages.clear()
        self.pages[path] = "".join(
            without_ours(_POLICY.sub("", one)) + f'<hr class="{_END}">' for one in documents
        ).encode()
        self._here = self.origin + path
        try:
            self.page.goto(self._here, wait_until="load")
            allowed = {tag: sorted(held | ANY) for tag, held in MAY_HOLD.items()} | {"hr": ["class"]}
            found, clicked, nodes = self.page.evaluate(_TRY, [allowed, _END, len(documents)])
            for kind, what in found:
                self._see(kind, what)
            self.counts.update(clicks=clicked, nodes=nodes)
        except Error as error:
            self._see("file", f"cannot be tried: {error.message.splitlines()[0]}")
            # Where it went instead is told a little later.
            self.page.wait_for_timeout(100)
        for _ in range(100 if wait else 0):
            if any(kind in RAN for kind, _ in self.seen):
                break
            self.page.wait_for_timeout(50)
        self.counts.update(pages=len(documents), documents=1)
        return list(self.seen)


@contextmanager
def watching(style: Mapping[str, bytes]) -> Iterator[Watch]:
    """A browser that reaches nothing but the pages that it is shown, and these stylesheets."""
    from playwright.sync_api import sync_playwright

    pages: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Shelf, _Both(pages, style)))
    with running(server) as origin, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=BLIND)
        try:
            yield Watch(chromium, origin, pages)
        finally:
            chromium.close()


class _Both(dict[str, bytes]):
    """The page shown now, and what every page loads."""

    def __init__(self, pages: Mapping[str, bytes], style: Mapping[str, bytes]) -> None:
        super().__init__(style)
        self.pages = pages

    def get(self, path: str, default: Any = None) -> Any:
        return self.pages.get(path, super().get(path, default))


def fired(watch: Watch, page: str, names: Sequence[str] = tuple(CONTROLS)) -> list[str]:
    """The controls of these names that are noticed, each raw in this page."""
    noticed = []
    for name in names:
        attacked = page.replace("</main>", CONTROLS[name] + "</main>")
        if any(kind in RAN for kind, _ in watch.show([attacked], wait=True)):
            noticed.append(name)
    return noticed


# -- the whole run -------------------------------------------------------------------------------------------------


@dataclass
class Result:
    """What one batch came to."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        self.faults.append(f"{kind}: {what}")


def try_texts(first: int, texts: Sequence[str]) -> Result:
    """Ingest and build a site of these texts, read every feed and sitemap, and show every page."""
    result = Result()
    with tempfile.TemporaryDirectory(prefix="broadsheet-payloads-") as folder:
        site = hostile_site(Path(folder), texts, first)
        files = site.files()
        result.counts["items"] = len(list((site.root / "content/items").rglob("*.md")))
        for reason in (*site.ingested.quarantined, *site.report.quarantine):
            result.add("set aside", reason)
    for name, data in files.items():
        # The browser looks at the elements of pages, as it understands them.
        for fault in file_faults(name, data) if not name.endswith(".html") else ():
            result.add("file", f"{name}: {fault}")
    style = {f"/{name}": data for name, data in files.items() if name.endswith((".css", ".svg"))}
    pages = iter([(name, data.decode()) for name, data in files.items() if name.endswith(".html")])
    with watching(style) as watch:
        while together := list(islice(pages, TOGETHER)):
            seen = watch.show([page for _, page in together])
            # A page that does something is found out alone, so that it can be named.
            for name, page in together if seen else ():
                for kind, what in watch.show([page]):
                    result.add(kind, f"{name}: {what}")
            if seen and not result.faults:
                result.add(*seen[0])
        result.counts.update(watch.counts)
    return result


def controls() -> list[str]:
    """The controls that are noticed in an ordinary page of ours."""
    with tempfile.TemporaryDirectory(prefix="broadsheet-payloads-") as folder:
        files = hostile_site(Path(folder), ["A harmless text"]).files()
    page = next(data.decode() for name, data in sorted(files.items()) if name.endswith("file-0/index.html"))
    with watching({f"/{name}": data for name, data in files.items() if name.endswith((".css", ".svg"))}) as watch:
        assert watch.show([page]) == [], "an ordinary page is found faulty"
        return fired(watch, page)


def texts_of(corpora: str) -> list[str]:
    """The texts of the corpus; SystemExit, saying what is missing, where there is none."""
    file = Path(corpora) / "html_payloads.jsonl"
    if not corpora or not file.is_file():
        raise SystemExit(
            f"payloads: {file if corpora else 'BROADSHEET_CORPORA'} is missing; let BROADSHEET_CORPORA name the folder that holds html_payloads.jsonl"
        )
    return [json.loads(line)["payload"] for line in file.read_text("utf-8").splitlines()]


def main() -> int:
    if reason := missing():
        raise SystemExit(f"payloads: {reason}")
    all_texts = texts_of(os.environ.get("BROADSHEET_CORPORA", ""))
    texts = list(dict.fromkeys(all_texts))
    start, total = time.monotonic(), Result()
    noticed = controls()
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(try_texts, first, texts[first : first + BATCH]) for first in range(0, len(texts), BATCH)]
        for done, job in enumerate(as_completed(jobs), 1):
            result = job.result()
            total.counts += result.counts
            total.faults += result.faults
            print(
                *result.faults[:20], f"payloads: {done} of {len(jobs)} batches", sep="\n", file=sys.stderr, flush=True
            )
    counts, minutes = total.counts, (time.monotonic() - start) / 60
    print(
        f"{len(all_texts)} payloads ({len(texts)} distinct) in every field: {counts['items']} items, {counts['pages']} pages, {counts['nodes']} nodes, {counts['clicks']} links clicked, {minutes:.0f} min"
    )
    print(
        ", ".join(f"{kind}s {counts[kind]}" for kind in (*RAN, "script", "element", "file"))
        + f", set aside {counts['set aside']}"
    )
    print(
        f"controls noticed: {len(noticed)} of {len(CONTROLS)}",
        *(f"(not: {name})" for name in CONTROLS if name not in noticed),
    )
    return 1 if total.faults or len(noticed) < len(CONTROLS) else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the preview says in pages of its own: what is wrong, that nothing is there, and how the site does.

Never lets through what a file says as anything but text; the looks are in `client/own.css`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from builder.shown import Cell, Section, Trouble

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"


def page(title: str, main: str) -> bytes:
    """A whole page."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(title)} – Broadsheet</title>
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/_broadsheet/own.css">
</head>
<body>
<main>
{main}
</main>
</body>
</html>
""".encode()


def of_trouble(trouble: Trouble) -> str:
    """What is wrong, where, some lines around it with that one marked, and the templates that led there."""
    where = trouble.where or "This site"
    parts = ['<section class="trouble">', f"<h1>{escape(where)}</h1>", f'<p class="what">{escape(trouble.what)}</p>']
    if trouble.lines:
        rows = "".join(_line(number, text, number == trouble.line) for number, text in trouble.lines)
        # Long lines scroll, also by keyboard.
        parts.append(f'<pre tabindex="0" aria-label="Lines of this file">{rows}</pre>')
    if trouble.next:
        parts.append(f'<p class="next">{escape(trouble.next)}</p>')
    if trouble.stack:
        parts.append(f"<p>Reached by</p><ol>{''.join(f'<li>{escape(one)}</li>' for one in trouble.stack)}</ol>")
    return "\n".join([*parts, "</section>"])


def _line(number: int, text: str, marked: bool) -> str:
    said = f'<span class="number">{number:>4}</span> {escape(text)}'
    return f"<mark>{said}</mark>\n" if marked else f"{said}\n"


def trouble_page(trouble: Trouble) -> bytes:
    """What stands in the place of a page that cannot be made; it heals by itself."""
    return page(trouble.where or "Trouble", of_trouble(trouble))


def missing_page(route: str) -> bytes:
    """What stands where there is no page, in a site that has no page for that."""
    return page("Not found", f"<h1>Not found</h1>\n<p>There is no <code>{escape(route)}</code>.</p>\n")


def of_near(routes: Iterable[str], link: Callable[[str], str]) -> str:
    """Where one may have wanted to go."""
    items = "".join(f'<li><a href="{escape(link(route))}">{escape(route)}</a></li>' for route in routes)
    return f'<aside aria-label="Near"><p>Close to it are:</p><ul>{items}</ul></aside>' if items else ""


def about_page(sections: Iterable[Section], link: Callable[[str], str]) -> bytes:
    """How the site under edit does; `link` makes an address of a route."""
    return page("This site", "<h1>This site</h1>\n" + "\n".join(_section(section, link) for section in sections))


def _section(section: Section, link: Callable[[str], str]) -> str:
    title = f"<h2>{escape(section.title)}</h2>"
    if not section.rows:
        return f'<section>{title}<p class="muted">{escape(section.empty)}</p></section>'
    heads = "".join(f'<th scope="col">{escape(column)}</th>' for column in section.columns)
    head = f"<thead><tr>{heads}</tr></thead>" if heads else ""
    rows = "".join(f"<tr>{''.join(_cell(cell, link) for cell in row)}</tr>" for row in section.rows)
    return f'<section>{title}<div class="wide" tabindex="0"><table>{head}<tbody>{rows}</tbody></table></div></section>'


def _cell(cell: str | Cell, link: Callable[[str], str]) -> str:
    if isinstance(cell, Cell):
        return f'<td><a href="{escape(link(cell.route))}">{escape(cell.text)}</a></td>'
    return f"<td>{escape(cell)}</td>"

"""The Content-Security-Policy of a site: what its pages may load, and from where.

Never lets a page run what stands in it: scripts and styles are files.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from builder.settings import Settings

DEFAULT: dict[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "media-src": ("'self'",),
    "connect-src": ("'self'",),
    "manifest-src": ("'self'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
}


def policy(settings: Settings) -> str:
    """The policy as a page or a server states it: the default, and what the settings add to it."""
    added = {name: list(said) for name, said in settings.csp.items()}
    hosts = [urlsplit(script) for script in settings.theme.scripts]
    added.setdefault("script-src", []).extend(f"{host.scheme}://{host.netloc}" for host in hosts if host.netloc)
    if settings.images == "link":
        added.setdefault("img-src", []).append("https:")
    names = dict.fromkeys((*DEFAULT, *added))
    stated = {name: dict.fromkeys((*DEFAULT.get(name, ()), *added.get(name, ()))) for name in names}
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in stated.items())

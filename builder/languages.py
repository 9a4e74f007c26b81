"""Tags of languages: what a stranger states, as a page may say it (RFC 5646), in parts that are registered.

Never knows all of the registry, only the languages, scripts and regions that CLDR names.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Asked for again and again; of the others CLDR is asked, which takes a while to load.
_FREQUENT = {
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja",
    "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
}  # fmt: skip
_REGIONS = {
    "AR", "AT", "AU", "BE", "BR", "CA", "CH", "CN", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "HK", "IE", "IN", "IT",
    "JP", "KR", "MX", "NL", "NO", "NZ", "PL", "PT", "RU", "SE", "TW", "UA", "US", "ZA",
}  # fmt: skip
_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?(?=-|$)", re.I | re.A)
_WITHDRAWN = {"sh", "mo"}


@lru_cache(1024)
def tag(stated: str) -> str:
    """A tag as far as it is known, `""` where not even its language is.

    >>> tag("en_us"), tag("de-1996"), tag("EN-XX"), tag("english")
    ('en-US', 'de', 'en', '')
    """
    match = _TAG.match(stated.strip().replace("_", "-"))
    if not match:
        return ""
    language, script, region = match[1].lower(), (match[2] or "").capitalize(), (match[3] or "").upper()
    if language in _FREQUENT and not script and (not region or region in _REGIONS):
        return f"{language}-{region}" if region else language
    from babel import Locale

    known = Locale("en")
    if language not in known.languages or language in _WITHDRAWN:
        return ""
    parts = [language]
    parts += [script] if script in known.scripts else []
    parts += [region] if region in known.territories else []
    return "-".join(parts)

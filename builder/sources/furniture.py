"""Tells the lines of an article that are not its text: bylines, buttons, boxes, footers.

Never decides by one site's name: each rule is a habit that many sites share.
"""

from __future__ import annotations

import re

from builder import dates

_I = re.I
LONGEST = 500

# A line that is one of these, wherever it stands, is not text.
_LINE = re.compile(
    r"""
    \d+\s*(min|minute)s?[\s-]*(read|de\s+lectura|lesezeit)?|(estimated\s+)?reading\s+time.*|\d+\s+(views|shares|comments?|likes|words)
    |(last\s+)?(updated|published|posted|modified)(\s+(on|at))?:?|share(\s+(this|on|via|the|article|story|full|link)\b.{0,60})?|tweet|pin|print|email|copy\s+link|save
    |(skip|jump)\s+to\s+(main\s+)?content.*|(advertisement|ad|sponsored|promoted)(\s+(content|feature))?:?|(story|article)\s+continues\s+below.*
    |(read|see|watch|listen)\s+(more|also|next)\s*:?|(also|more)\s+(read|from|on)\b.{0,80}|(read|see)\s+(more|also|next)\s*[:|>–-].*|related\s*:.*|watch\s*:.*
    |(please\s+)?(subscribe|sign\s+up|sign\s+in|log\s+in|register|join\s+us|follow\s+us|follow\s+\w+\s+on|like\s+us|find\s+us|donate|support\s+us)\b.{0,120}
    |get\s+(the|our|all)\s.{0,60}\b(newsletter|inbox|alerts?|headlines)\b.*|.{0,60}\b(to|in|into)\s+your\s+inbox\b.*|(our\s+)?(free\s+)?newsletters?\b.{0,40}
    |already\s+a\s+(subscriber|member).*|this\s+(site|website)\s+uses\s+cookies.*|(we|this\s+website)\s+use\s+cookies.*|(accept|reject|manage)\s+(all\s+)?cookies.*|cookie\s+(policy|settings|preferences|notice).*
    |(privacy(\s+policy)?|terms(\s+(of|and)\s+\w+)*|contact(\s+us)?|about(\s+us)?|support|explore|careers|advertise(\s+with\s+us)?|help|home|menu|search|sitemap|back\s+to\s+top|more\s+info|loading\.*)
    |(photo|image|picture|video|credit|courtesy|source\s+image)s?(\s+(by|credit|courtesy|caption))?\s*[:/].*|.{0,60}\b(getty\s+images|shutterstock|unsplash)\b.{0,30}
    |[\w\s.'’-]{0,40}\blogo|no\s+(stories|comments|results)\s+found\.?|there\s+are\s+no\s+comments.*|be\s+the\s+first\s+to\s.*|miscellaneous\s+links
    |(©|\(c\)|copyright\b).{0,160}|.{0,120}\ball\s+rights\s+reserved\b.{0,80}|(tags?|topics?|filed\s+under|categories|category|keywords)\s*:.*|listen\s+to\s+this\s+(article|story).*
    |(editing|writing|reporting|additional\s+reporting|edited|translated)\s+by\s.{2,120}|\(?(reporting|editing)\s.{2,160}\bediting\b.{0,120}
    """,
    _I | re.X,
)

# A line after which no more text of this article comes.
_END = re.compile(
    r"""
    about\s+(the\s+)?(authors?|creators?|writers?|contributors?)\b.{0,40}|(reader\s+)?(comments|insights|responses)(\s*\(?\d+\)?)?|leave\s+(a|your)\s+(comment|reply).*|join\s+the\s+(conversation|discussion).*
    |(related|similar|recommended|popular|trending|latest|recent|further|more|other)\s+(stories|story|articles?|posts?|news|reading|coverage|content|topics|from\b.{0,40})(\s+for\s+you)?\s*:?
    |you\s+(may|might)\s+also\s+(like|enjoy|be\s+interested).*|(read|up|what\s+to\s+read)\s+next|most\s+(read|popular|viewed|shared)|don['’]t\s+miss|recommended(\s+for\s+you)?|in\s+case\s+you\s+missed\s+it
    |the\s+post\s.+\sappeared\s+first\s+on\s.+|this\s+(article|story|post)\s+(was\s+)?(originally|first)\s+(appeared|published).{0,160}|(©|copyright\s+(©|\d{4})).{0,160}|how\s+does\s+it\s+work\?|add\s+your\s+insights
    |footnotes?|share\s+this(\s+(article|story|post))?:?
    """,
    _I | re.X,
)
_FIRST_ON = re.compile(r"the\s+post\s+(?P<title>.+?)\s+appeared\s+first\s+on\s+(?P<site>.+?)\.?", _I)
_ORIGINALLY = re.compile(
    r"this\s+(?:article|story|post)\s+(?:was\s+)?(?:originally|first)\s+(?:appeared|published)\s+(?:by|on|in|at)\s+(?P<site>.{2,60}?)(?:\s+(?:on|at)\s.*)?\.?",
    _I,
)
_DOMAIN = re.compile(r"(?:https?://)?(?P<host>(?:[a-z0-9-]+\.)+[a-z]{2,12})/?", _I)
_DATELINE = re.compile(r"[A-Z][\w .,/'’-]{1,60}\s\((?P<agency>[A-Z][\w .&'’-]{1,40})\)\s*[-–—:]+\s*")

_ENDED = re.compile(r"[.!?…。！？।:;][\"'”’»)\]]*$|[.!?…]\s*\(?\[\d+\]\)?$|[\"”»]$")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def words(line: str) -> int:
    """How many words a line has; two characters count for one where words are not spaced."""
    unspaced = len(_CJK.findall(line))
    return len(_CJK.sub(" ", line).split()) + (unspaced + 1) // 2


def ended(line: str) -> bool:
    """Whether a line ends as a sentence does."""
    return bool(_ENDED.search(line))


def is_prose(line: str) -> bool:
    """Whether a line reads as a paragraph of text."""
    return words(line) >= 12 and ended(line) and not is_furniture(line) and not ends_article(line)


def is_furniture(line: str) -> bool:
    """Whether a line is a button, a label, a credit or a notice, and no text."""
    return len(line) <= LONGEST and words(line) <= 30 and bool(_LINE.fullmatch(line.strip(" •·|>»*-–—\t")))


def ends_article(line: str) -> bool:
    """Whether a line opens what sites put below an article."""
    return len(line) <= LONGEST and words(line) <= 60 and bool(_END.fullmatch(line.strip(" •·|>»*#")))


def first_on(line: str) -> tuple[str, str] | None:
    """Title and site of WordPress's footer, `The post X appeared first on Y.`"""
    match = _FIRST_ON.fullmatch(line.strip()) if len(line) <= LONGEST else None
    return (match["title"], match["site"]) if match else None


def originally(line: str) -> str:
    """The site of `This article was originally published on Y.`"""
    match = _ORIGINALLY.fullmatch(line.strip()) if len(line) <= LONGEST else None
    return match["site"] if match else ""


def domain(line: str) -> str:
    """The host of a line that is nothing but a site's address."""
    match = _DOMAIN.fullmatch(line.strip()) if len(line) <= 100 else None
    return match["host"].lower() if match else ""


def agency(line: str) -> str:
    """The agency of a dateline: `KYIV, Ukraine (AP) — …`."""
    match = _DATELINE.match(line)
    return match["agency"] if match else ""


def without_dateline(text: str) -> str:
    """The text without the place and agency at its start."""
    match = _DATELINE.match(text)
    return text[match.end() :] if match else text


# -- bylines ---------------------------------------------------------------------------------------

_PART = r"(?:[^\W\d_a-z][\w.'’-]*|de|da|di|del|della|der|den|van|von|bin|ibn|al|el|la|le|du|dos|af|av)"
_NAME = re.compile(rf"[^\W\d_a-z][\w.'’-]*(?:\s+{_PART}){{1,4}}")
_BY = re.compile(
    r"(?:(?:written|reported|posted|published|story|text|words|analysis|opinion)\s+)?by[:\s]\s*|(?:author|byline|reporter)s?\s*:\s*",
    _I,
)
# The same in German, Spanish, French, Italian, Portuguese and Dutch. As these words also open headlines, such a
# byline must name somebody, or an editor's desk, and say little else.
_FOREIGN_BY = re.compile(
    r"(?:(?:(?:ein\s+\w+|text|verfasst|geschrieben|escrito|texto|écrit|propos\s+recueillis|scritto|articolo|testo|geschreven|tekst|redactie)\s+)?"
    r"(?:von|por|par|di|door)|(?:scritto\s+da|texto\s+de|texte\s+de|testo\s+di))[:\s]\s*"
    r"|(?:autor(?:in|en|a|e|es|as|i)?|auteurs?|autrice|auteure|verfasser(?:in)?|redacteur|texte|texto|testo|tekst|text)\s*:\s*",
    _I,
)
_AND = r"\s*(?:,|;|&|\band\b|\bwith\b)\s*"
_FOREIGN_AND = r"\s*(?:,|;|&|/|\b(?:und|y|et|e|en|mit|con|avec|com|met|sowie)\b)\s*"
_AFTER = re.compile(
    r"(?=published|updated|posted|modified|last\s|\d+\s*min|\s*[|•·]|\s+[–—-]\s|\s+\d{1,2}[:./]|\s+(?:on|in|at|for|from)\s|\s+"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d|\s+\d{1,2}\s+(?:de\s+)?[^\W\d]{3,10}\.?\s+(?:de\s+)?\d{4}"
    r"|veröffentlicht|aktualisiert|publi[ceé]|mis\s+à\s+jour|pubblicato|aggiornato|a[ct]+ualizado|gepubliceerd|bijgewerkt"
    r"|\s+(?:aus|vom|am|le|el|il|em|op)\s+\d|\s+(?:aus|vom)\s)",
    _I,
)
_ROLE = re.compile(
    r"\b(editor|chief|correspondent|reporter|writer|bureau|news|staff|agency|contributor|columnist|analyst|journalist|press|times|post|desk|team|associated|reuters|afp|bbc|cnn|service"
    r"|redaktion|redakteur(in)?|korrespondent(in)?|reporterin|agentur|dpa|redacción|corresponsal|agencias?|periodista|rédaction|correspondant|journaliste|agence"
    r"|redazione|giornalista|inviato|corrispondente|redação|jornalista|correspondente|agência|redactie|verslaggever|redacteur)\b",
    _I,
)


def byline(line: str) -> tuple[str, ...] | None:
    """The names of `By Ann Lee and Bo Ek, Science Editor`; `None` where a line is no byline."""
    foreign = None if (match := _BY.match(line)) else _FOREIGN_BY.match(line)
    match = match or foreign
    if not match or len(line) > LONGEST or words(line) > 24:
        return None
    rest = line[match.end() :].strip()
    named = _AFTER.split(rest, maxsplit=1)[0].strip(" ,;|")
    parts = [
        part.strip(" .") if not re.search(r"\b[A-Z]\.$|\bJr\.$", part.strip()) else part.strip()
        for part in re.split(_FOREIGN_AND if foreign else _AND, named)
    ]
    names = tuple(part for part in parts if _NAME.fullmatch(part) and not part[0].islower() and not _ROLE.search(part))
    single = not foreign and len(parts) == 1 and len(parts[0].split()) == 1
    if not names and single and parts[0][:1].isupper() and words(line) <= 3:
        names = (parts[0],)
    if names:
        # "By Friday Ann Lee had left." is a sentence; a byline has no verb, so little stands beside its names.
        beside = words(named) - sum(words(name) for name in names)
        return names if not ((ended(line) or foreign) and beside > 4) else None
    desk = _ROLE.search(named) and not (foreign and words(named) > 5)
    return () if desk and not ended(line) else None


def is_name(line: str) -> bool:
    """Whether a line could be a person's name, standing alone."""
    return (
        2 <= len(line.split()) <= 4
        and bool(_NAME.fullmatch(line.strip()))
        and not _ROLE.search(line)
        and not line.isupper()
    )


# -- when ------------------------------------------------------------------------------------------

_WHEN = re.compile(r"published|updated|posted|modified|\bago\b|\d+\s*min(ute)?s?\b", _I)
# Words that say when only beside a date, or alone on their line: each may also stand in a headline.
_FOREIGN_WHEN = re.compile(
    r"\b(?:veröffentlicht|aktualisiert|erschienen|zuletzt|publicad[oa]|actualizad[oa]|atualizad[oa]|modificad[oa]|publiée?|modifiée?"
    r"|mise?\s+à\s+jour|pubblicat[oa]|aggiornat[oa]|modificat[oa]|gepubliceerd|bijgewerkt|gewijzigd|geplaatst|geleden"
    r"|ultima\s+modifica|(?:datum|fecha|data|date)(?=\s*:))\b|^stand\b(?=\s*:|\s+\d|$)",
    _I,
)
_AGO = re.compile(
    r"\b(?:vor|il\s+y\s+a|hace|há)\s+\d+\s+(?:minut|stunde|tag|heure|jour|hora|d[ií]a)\w*\W*$"
    r"|\b\d+\s+(?:minut|or[ae]|giorn|uur|uren|dag)\w*\s+(?:fa|geleden)\W*$",
    _I,
)
_SMALL = re.compile(r"\b(?:am|um|den|vom|le|la|el|il|em|o|op|om|on|at|the|a|à|às|alle|ore|uhr|uur|h|hs)\b|[^\w\s]", _I)
_LATER = re.compile(
    r"updated|modified|aktualisiert|stand\b|actualizad|atualizad|mise?\s+à\s+jour|aggiornat|bijgewerkt", _I
)


def is_dated(line: str) -> bool:
    """Whether a line is about when: `Updated on`, `2 min read`, `12 January 2026`, `Stand: 12.01.2026`."""
    if len(line) > LONGEST or words(line) > 16:
        return False
    date = dates.within(line)
    rest = line
    while found := dates.within(rest):
        if found not in rest:
            break
        rest = rest.replace(found, "", 1)
    rest = _WHEN.sub("", rest)
    if date or words(line) <= 2 or _AGO.search(line):
        rest = _FOREIGN_WHEN.sub("", _AGO.sub("", rest))
    if rest == line or (not date and _AGO.search(line) and _SMALL.sub("", rest).strip()):
        return False
    return not _SMALL.sub("", rest).strip() or (words(rest) <= 6 and not ended(rest.strip(" :,;|")))


def opens_with_date(line: str) -> bool:
    """Whether a line opens with a date as German writes it: `12. Januar 2026` is no twelfth entry of a list."""
    date = dates.within(line)
    return bool(date) and line.startswith(date)


def says_when(line: str) -> bool:
    """Whether words about when stand in a line, among others."""
    return bool(_WHEN.search(line) or dates.within(line))


def signed(line: str) -> tuple[tuple[str, ...], str, bool] | None:
    """Names, date, and whether it is that of a change, of a line that says who or when and nothing else."""
    date = dates.within(line)
    names = byline(line)
    if names is None and date:
        names = byline(line.replace(date, "", 1).strip(" ,;:|·•–—-"))
    if names is None and not is_dated(line):
        return None
    return names or (), date, bool(_LATER.search(line[: line.find(date)])) if date else False

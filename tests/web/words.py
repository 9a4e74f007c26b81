"""The words of the sample site that are not drawn: prose in all forms that Markdown has, scripts of the world, a picture.

Never a sentence of somebody else's.
"""

from __future__ import annotations

PROSE = """
The tide comes in twice a day, and **we** write it down. See [the harbour](/tags/harbour/), or
[the paper of the town](https://gazette.example/) for *more*.

## What we print

1. Reports, with the name of who reported first
2. Corrections:
   - of names
   - of numbers, such as 1,200.50
3. Nothing else

### How we say it

> A quotation of two lines,
> and of one speaker.

    tide = moon + wind
    print("a line of code that is longer than a narrow window, so that it has to be scrolled within its own box", tide)

`inline code`, a line that\\
breaks, and a term:

Slack water
:   The time between the tides.

---

The end.
"""

TABLE = """
| Port | Boats | Note |
| :--- | ---: | :---: |
| Ellery | 12 | *open* |
| Northfield | 1,204 | a cell of many words, which makes the table wider than the window of a telephone is |
"""

ENCLOSURES = [
    {"url": "https://gazette.example/tide.mp3", "type": "audio/mpeg", "length": 12345678},
    {"url": "https://gazette.example/tide.mp4", "type": "video/mp4"},
    {"url": "https://gazette.example/tide"},
]

SCRIPTS = {
    "ar": (
        "الميناء يفتح أبوابه من جديد (Ellery 2026)",
        "عاد الصيادون إلى البحر بعد أسبوع من الانتظار، وقالت السلطات إن 12 قاربا أبحرت.",
    ),
    "he": ("הנמל נפתח מחדש", "הדייגים חזרו לים אחרי שבוע של המתנה, כך נמסר מ-Ellery."),
    "fa": ("بندر دوباره باز شد", "ماهیگیران پس از یک هفته به دریا بازگشتند."),
    "ja": ("港が再び開いた", "漁師たちは一週間待った後、海に戻った。十二隻の船が出港した。"),
    "th": ("ท่าเรือเปิดอีกครั้ง", "ชาวประมงกลับสู่ทะเลหลังจากรอหนึ่งสัปดาห์"),
    "hi": ("बंदरगाह फिर खुला", "मछुआरे एक सप्ताह बाद समुद्र में लौटे।"),
    "el": ("Το λιμάνι άνοιξε ξανά", "Οι ψαράδες επέστρεψαν στη θάλασσα."),
}
"""A headline and a text by the code of their language."""

PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="320" height="120" viewBox="0 0 320 120">
<rect width="320" height="120" fill="#9cc"/><path d="M0 80q40-20 80 0t80 0 80 0 80 0v40H0z" fill="#247"/></svg>
"""

VOCABULARY = """
[harbour]
name = "Harbour"
aliases = ["Harbor", "Port"]
kind = "place"
description = "Where the boats are, and where the news comes in."

[ferries]
name = "Ferries"
parent = "harbour"

[storm]
name = "Storm"
kind = "event"

[elections]
hide = true
"""

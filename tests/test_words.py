"""The words of a text: in any script, however a word is written, and never nothing or an error."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st

from builder.words import Word, stop_words, term_of, words


def terms(text: str) -> list[str]:
    return [word.term for word in words(text)]


# -- examples --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Storm closes the harbour", ["storm", "close", "the", "harbour"]),
        # Marks that stand inside of words, and those that part them.
        ("U.S. and AT&T’s deal", ["us", "and", "at&t", "deal"]),
        ("O'Brien's e-mail: don't panic", ["obrien", "e", "mail", "dont", "panic"]),
        ("state-of-the-art snake_case #hash @user", ["state", "of", "the", "art", "snake_case", "hash", "user"]),
        # Numbers keep what stands between their digits, and a hyphen after them only before a digit or a lone letter.
        ("1,200.50 or 3.5% at 12:30", ["1,200.50", "or", "3.5", "at", "12:30"]),
        ("COVID-19, G20, 2-1, a 10-year plan", ["covid-19", "g20", "2-1", "a", "10", "year", "plan"]),
        # A plural's s goes, but not that of -ss, -is, -us.
        ("ports boss crisis virus bus", ["port", "boss", "crisis", "virus", "bus"]),
        # Accents, ligatures and wide letters.
        ("Café cafés ﬁre Ｔｏｋｙｏ Straße", ["cafe", "cafe", "fire", "tokyo", "strasse"]),
        ("Ёлка и ежи", ["елка", "и", "ежи"]),
        ("Αθήνα και Πειραιάς", ["αθηνα", "και", "πειραιασ"]),
        ("서울에서 회의", [term_of("서울에서"), term_of("회의")]),
    ],
)
def test_words_of_scripts_with_spaces(text: str, found: list[str]) -> None:
    assert terms(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("北京政府2025年宣布", ["北京", "京政", "政府", "2025", "年宣", "宣布"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("車", ["車"]),
        ("G20峰会 today", ["g20", "峰会", "today"]),
        ("ข่าว", ["ข่", "่า", "าว"]),
    ],
)
def test_scripts_without_spaces_are_cut_into_overlapping_pairs(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_a_pair_of_characters_starts_no_sentence() -> None:
    assert not any(word.starts or word.capital or word.caps for word in words("北京。政府：“宣布”"))


@pytest.mark.parametrize(
    "text", ["हिन्दी समाचार", "தமிழ் செய்தி", "বাংলা সংবাদ", "עִבְרִית חֲדָשׁוֹת", "عَرَبِيّ خَبَر"], ids=["hi", "ta", "bn", "he", "ar"]
)
def test_vowels_that_are_marks_part_no_word(text: str) -> None:
    assert [word.text for word in words(text)] == text.split()


def test_vowels_that_are_mostly_left_out_say_nothing() -> None:
    assert terms("عَرَبِيّ") == terms("عربي") == ["عربي"]
    assert terms("עִבְרִית") == terms("עברית") == ["עברית"]


# -- capitals, and where they say nothing ------------------------------------------------------------------


def starting(text: str) -> list[str]:
    return [word.text for word in words(text) if word.starts]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ships wait. Cranes stop! Why? Nobody knows", ["Ships", "Cranes", "Why", "Nobody"]),
        ("Live: Ships wait – “Cranes stop”, says Anna", ["Live", "Ships", "Cranes"]),
        ("Ships wait - Gazette", ["Ships", "Gazette"]),
        ("Ships wait\nCranes stop", ["Ships", "Cranes"]),
        ("Ships wait for Anna Berg, Cranes says", ["Ships"]),
        # A full stop in a name ends no sentence, but one after it does: it cannot be told from the end.
        ("The U.S. Navy waits", ["The", "Navy"]),
    ],
)
def test_the_first_word_of_a_sentence_headline_or_quotation_starts_it(text: str, found: list[str]) -> None:
    assert starting(text) == found


def test_capitals_acronyms_and_numbers() -> None:
    found = {
        word.text: (word.capital, word.caps, word.number) for word in words("NATO's Anna met 3.5 US and a B at G7")
    }
    assert found == {
        "NATO's": (True, True, False),
        "Anna": (True, False, False),
        "met": (False, False, False),
        "3.5": (False, False, True),
        "US": (True, True, False),
        "and": (False, False, False),
        "a": (False, False, False),
        "B": (True, False, False),
        "at": (False, False, False),
        "G7": (True, False, False),
    }


# -- laws ----------------------------------------------------------------------------------------------------

# Marks alone, which have no other form than themselves, and letters that are taken for a blank and a mark.
LONE = ["\u037a", "\ufc5e", "\ufe70", "\uff9e", "\u0e31", "a\ufe70b"]


@given(st.text())
@example("".join(LONE))
@example("'s ’ -- 1. a' ''s")
def test_any_text_has_words_and_none_is_empty(text: str) -> None:
    for word in words(text):
        assert word.text and word.text in text
        assert word.term and not any(char.isspace() for char in word.term)
        assert isinstance(word.capital, bool) and isinstance(word.caps, bool) and isinstance(word.number, bool)


@pytest.mark.parametrize("text", LONE, ids=ascii)
def test_a_mark_alone_is_a_word_of_its_own(text: str) -> None:
    assert all(term.strip() for term in terms(text))


LETTERS = st.text(st.characters(categories=["Lu", "Ll", "Lt", "Lo"]), min_size=1)


@given(LETTERS | st.text("aBcßéÉςΣсСıİ'’sS", min_size=1))
@example("Istanbul")
def test_a_word_is_one_term_in_any_case(word: str) -> None:
    # But for a dotless i, whose capital is that of the other i,
    # and for a final s: in capitals it may be an acronym's own, and stays.
    if "ı" in word or term_of(word.upper()).endswith("s"):
        return
    assert term_of(word.upper()) == term_of(word.lower()) == term_of(word)


def test_a_final_s_is_kept_in_capitals_alone() -> None:
    assert [term_of(word) for word in ("ports", "Ports", "PORTS")] == ["port", "port", "ports"]
    assert [term_of(word) for word in ("NGOs", "NGOS", "GPS", "gps")] == ["ngo", "ngos", "gps", "gps"]
    # So is that of a possessive, which otherwise goes.
    assert [term_of(word) for word in ("Anna's", "ANNA’s", "ANNA'S")] == ["anna", "anna", "annas"]


@given(st.text() | st.text("aS.&'’-1,:中़", min_size=1))
def test_a_word_says_the_same_wherever_it_stands(text: str) -> None:
    for word in words(text):
        assert terms(word.text) == [word.term]


# -- stop words ------------------------------------------------------------------------------------------------


def test_stop_words_are_those_of_the_language_as_they_are_compared() -> None:
    assert {"the", "and", "dont"} <= stop_words("en")
    assert {"und", "fur", "nicht"} <= stop_words("de-AT") == stop_words("DE")
    assert "и" in stop_words("ru") and "في" in stop_words("ar")
    assert stop_words("xx") == stop_words("") == frozenset()


def test_what_is_compared_is_what_is_stopped() -> None:
    text = "The storm DIDN'T reach what they’re building"
    assert [term for term in terms(text) if term not in stop_words("en")] == ["storm", "reach", "building"]
    assert Word("The", "the", True) == next(words(text))

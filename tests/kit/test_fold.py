"""Search folding: what people type for one another is found."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.text import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علي", "علی"),
        ("كريم", "کریم"),
        ("أحمد", "احمد"),
        ("فاطمة", "فاطمه"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        ("مي‌خواهم", "میخواهم"),
        ("שָׁלוֹם", "שלום"),
        ("٠٥٠١", "0501"),
        ("۰۹۱۲", "0912"),
    ],
)
def test_the_ten_pairs_match(one: str, other: str):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("موسى", "موسی"),
        ("إسراء", "اسراء"),
        ("آمنة", "امنه"),
        ("ٱلله", "الله"),
        ("مؤمن", "مومن"),
        ("رئيس", "رییس"),
        ("خانۀ", "خانه"),
        ("خانهٔ", "خانه"),
        ("ﻣﺤﻤﺪ", "محمد"),  # presentation forms, as old software writes them
        ("שׁ", "ש"),
        ("José", "JOSE"),
        ("Straße", "STRASSE"),
        ("\u2066Dana\u2069", "dana"),
        ("Ｃａｆｅ", "cafe"),
    ],
)
def test_other_spellings_match(one: str, other: str):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("علي", "عالي"), ("דנה", "דינה"), ("Ann", "Anna"), ("ب", "پ")])
def test_different_names_stay_different(one: str, other: str):
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str):
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(min_codepoint=0x590, max_codepoint=0x6FF)))
def test_no_mark_above_or_below_is_left(text: str):
    assert not [letter for letter in fold(text) if unicodedata.category(letter) == "Mn"]

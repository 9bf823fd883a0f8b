"""What people type, as it is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.i18n import use_language
from cardamom.kit.text import TextTooLong, clean, isolate, shorten

FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Dana \t\n Levi ", "Dana Levi"),
        ("a\x00b\x07c", "abc"),
        ("\u202eevil\u202c", "evil"),
        ("\u2067محمد\u2069\u200f", "محمد"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (FAMILY, FAMILY),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f", "🏴󠁧󠁢󠁷󠁬󠁳󠁿"),
        ("cafe\u0301", "café"),
        ("مُحَمَّد", "مُحَمَّد"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\ud800lone", "lone"),
        ("\u200c\u200d \u200c", ""),
        ("   ", ""),
        ("line one\u2028line two", "line one line two"),
        ("٠٥٠", "٠٥٠"),
    ],
)
def test_the_invisible_goes_and_the_rest_stays(typed: str, stored: str):
    assert clean(typed, limit=100) == stored


@given(st.text(st.characters(codec=None)))
def test_cleaning_twice_changes_nothing(text: str):
    once = clean(text, limit=10_000)
    assert clean(once, limit=10_000) == once
    assert "\x00" not in once
    once.encode()  # PostgreSQL takes it


def test_the_limit_counts_what_is_stored():
    assert clean("  " + "a" * 60 + "\n", limit=60) == "a" * 60
    with pytest.raises(TextTooLong) as refused:
        clean("a" * 61, limit=60)
    assert (refused.value.facts, refused.value.status) == ({"limit": 60}, 422)


def test_the_refusal_says_the_limit():
    assert TextTooLong(limit=60).sentence() == "This text is longer than 60 characters."
    with use_language("fa"):
        assert "۶۰" in TextTooLong(limit=60).sentence()


def test_a_name_is_isolated_inside_plain_text():
    assert isolate("قهوة Latte 2+1") == "\u2068قهوة Latte 2+1\u2069"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("coffee", 6, "coffee"),
        ("coffee", 5, "coff…"),
        ("two words", 5, "two…"),
        (FAMILY * 3, 3, FAMILY * 3),
        (FAMILY * 4, 3, FAMILY * 2 + "…"),
        ("שָׁלוֹם", 3, "שָׁל…"),
        ("cafe\u0301s", 4, "caf…"),
        ("", 3, ""),
    ],
)
def test_a_text_is_shortened_by_what_people_count(text: str, limit: int, shown: str):
    assert shorten(text, limit) == shown

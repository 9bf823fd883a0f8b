"""Digits of every script come in, and go out as a business wants them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.digits import to_ascii, to_script


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0123456789", "0123456789"),
        ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
        ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
        ("０１２３４５６７８９", "0123456789"),
        ("०१२३४५६७८९", "0123456789"),
        ("١٬٢٣٤٫٥٠", "1,234.50"),
        ("۰۹۱۲ 345", "0912 345"),
        ("قهوة ٢+١", "قهوة 2+1"),
        ("x² ½ ①", "x² ½ ①"),  # digits in a wider sense, which nobody types as a number
    ],
)
def test_digits_and_marks_are_stored_as_ascii(typed: str, stored: str):
    assert to_ascii(typed) == stored


@pytest.mark.parametrize(
    ("numbering", "shown"), [("latn", "12:30, 7"), ("arab", "١٢:٣٠, ٧"), ("arabext", "۱۲:۳۰, ۷")]
)
def test_digits_are_shown_in_a_script(numbering: str, shown: str):
    assert to_script("12:30, 7", numbering) == shown


@given(st.text())
def test_no_decimal_digit_but_ascii_is_left(text: str):
    once = to_ascii(text)
    assert all(letter in "0123456789" for letter in once if unicodedata.category(letter) == "Nd")
    assert to_ascii(once) == once


@given(st.text(st.characters(codec="ascii")), st.sampled_from(["latn", "arab", "arabext"]))
def test_what_is_shown_can_be_typed_back(text: str, numbering: str):
    assert to_ascii(to_script(text, numbering)) == text

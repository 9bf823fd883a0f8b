"""Amounts: whole minor units, shown as the locale writes them."""

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.digits import to_ascii
from cardamom.kit.money import Money, currencies, exponent, format_money, is_currency

LRM, RLM, NBSP = "\u200e", "\u200f", "\u00a0"


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        ("EUR", 2),
        ("ILS", 2),
        ("SAR", 2),
        ("EGP", 2),
        *((code, 3) for code in ("KWD", "BHD", "JOD", "OMR", "TND")),
        *((code, 0) for code in ("IRR", "IQD", "SYP", "AFN", "JPY")),
    ],
)
def test_a_currency_has_its_decimals(currency: str, decimals: int):
    assert exponent(currency) == decimals


def test_the_decimals_are_those_that_the_formatter_shows():
    """When CLDR changes one, decide what that means for amounts that are stored; do not just change the table."""
    fractions = get_global("currency_fractions")
    shown = {code: fractions.get(code, fractions["DEFAULT"])[0] for code in currencies()}
    assert shown == {code: exponent(code) for code in currencies()}


@pytest.mark.parametrize("code", ["", "eur", "BTC", "EURO", "IRT"])
def test_other_codes_are_no_currencies(code: str):
    assert not is_currency(code)
    with pytest.raises(ValueError, match="currency"):
        exponent(code)


def test_a_currency_of_the_past_cannot_be_chosen_and_can_be_shown():
    assert not is_currency("DEM")
    assert format_money(Money(1250, "DEM"), locale="en-GB", numbering="latn") == f"DEM{NBSP}12.50"


@pytest.mark.parametrize(
    ("money", "locale", "numbering", "shown"),
    [
        (Money(123450, "ILS"), "he-IL", "latn", f"{RLM}1,234.50{NBSP}{RLM}₪"),
        (Money(123450, "EGP"), "ar-EG", "arab", f"{RLM}١٬٢٣٤٫٥٠{NBSP}ج.م.{RLM}"),
        (Money(1250, "KWD"), "ar-KW", "arab", f"{RLM}١٫٢٥٠{NBSP}د.ك.{RLM}"),
        (Money(1250, "AED"), "ar-AE", "latn", f"{RLM}12.50{NBSP}د.إ.{RLM}"),
        (Money(1250000, "IRR"), "fa-IR", "arabext", f"{LRM}ریال{NBSP}۱٬۲۵۰٬۰۰۰"),
        (Money(1250, "EUR"), "en-GB", "latn", "€12.50"),
        (Money(1250, "KWD"), "en-GB", "latn", f"KWD{NBSP}1.250"),
        (Money(1250, "EUR"), "de-DE", "latn", f"12,50{NBSP}€"),
        (Money(0, "EUR"), "en-GB", "latn", "€0.00"),
        (Money(-500, "EUR"), "en-GB", "latn", "-€5.00"),
        (Money(10**12, "EUR"), "en-GB", "latn", "€10,000,000,000.00"),
        (Money(1250, "ILS"), "he-IL", "arab", f"{RLM}١٢٫٥٠{NBSP}{RLM}₪"),
    ],
)
def test_an_amount_is_shown_as_the_locale_writes_it(money: Money, locale: str, numbering: str, shown: str):
    assert format_money(money, locale=locale, numbering=numbering) == shown


@given(
    st.integers(0, 10**12),
    st.sampled_from(["EUR", "IRR", "KWD"]),
    st.sampled_from([("en-GB", "latn"), ("ar-EG", "arab"), ("fa-IR", "arabext"), ("he-IL", "latn")]),
)
def test_no_minor_unit_is_lost_in_showing(minor: int, currency: str, style: tuple[str, str]):
    locale, numbering = style
    shown = format_money(Money(minor, currency), locale=locale, numbering=numbering)
    assert int("".join(letter for letter in to_ascii(shown) if letter.isdecimal())) == minor

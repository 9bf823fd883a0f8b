"""Amounts as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.digits import to_script
from cardamom.kit.i18n import use_language
from cardamom.kit.money import AmountMalformed, AmountTooLarge, Money, parse_amount


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("12", "EUR", 1200),
        ("12.5", "EUR", 1250),
        ("12,50", "EUR", 1250),
        ("12.50", "EUR", 1250),
        (".5", "EUR", 50),
        ("0", "EUR", 0),
        ("007", "EUR", 700),
        (" 12.50 ", "EUR", 1250),
        ("1,234", "EUR", 123400),
        ("1.234", "EUR", 123400),
        ("1,234.50", "EUR", 123450),
        ("1.234,50", "EUR", 123450),
        ("1 234,50", "EUR", 123450),
        ("1\u202f234\u202f567,5", "EUR", 123456750),
        ("1'234.50", "CHF", 123450),
        ("1,234,567", "EUR", 123456700),
        ("1,00,000.25", "INR", 10000025),
        ("١٢٫٥٠", "EGP", 1250),
        ("١٬٢٣٤٫٥", "EGP", 123450),
        ("١٬٢٣٤", "EGP", 123400),
        ("۱۲۵٬۰۰۰", "IRR", 125000),
        ("۱۲۵,۰۰۰", "IRR", 125000),
        ("125.000", "IRR", 125000),
        ("\u200f١٢٫٥٠\u200f", "EGP", 1250),
        ("1.250", "KWD", 1250),
        ("١٫٢٥٠", "KWD", 1250),
        ("١٬٢٥٠", "KWD", 1250000),
        ("1,250.500", "KWD", 1250500),
        ("1.5", "KWD", 1500),
        ("1,5", "KWD", 1500),
        ("10000000000.00", "EUR", 10**12),
    ],
)
def test_an_amount_is_read(typed: str, currency: str, minor: int):
    assert parse_amount(typed, currency=currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("", "EUR"),
        (" ", "EUR"),
        (".", "EUR"),
        ("5.", "EUR"),
        ("-5", "EUR"),
        ("1e3", "EUR"),
        ("0x10", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("12.345.6", "EUR"),
        ("1.2345", "EUR"),
        ("0.123", "EUR"),  # neither three decimals nor a thousand
        ("12 50", "EUR"),
        ("1,23,4", "EUR"),
        ("1,2.3,4", "EUR"),
        ("1.5", "IRR"),
        ("1,250", "KWD"),  # 1.250 or 1250: a thousand times apart
        ("1.2501", "KWD"),
        ("١٫٢٫٣", "EGP"),
        ("١٢٬٣٫٥", "EGP"),
        ("12.5٫0", "EGP"),
        ("12_000", "EUR"),
        ("€12", "EUR"),
        ("1" * 41, "EUR"),
    ],
)
def test_what_is_no_amount_is_refused(typed: str, currency: str):
    with pytest.raises(AmountMalformed) as refused:
        parse_amount(typed, currency=currency)
    assert refused.value.status == 422


def test_more_than_any_sale_is_refused():
    with pytest.raises(AmountTooLarge) as refused:
        parse_amount("10000000000.01", currency="EUR")
    assert refused.value.facts == {"limit_minor": 10**12, "currency": "EUR"}
    assert refused.value.sentence() == "This amount is larger than \u2068€10,000,000,000.00\u2069."
    with use_language("ar"):
        assert "١٠٬٠٠٠٬٠٠٠٬٠٠٠" in refused.value.sentence()


def test_an_unknown_currency_is_a_fault_of_the_caller():
    with pytest.raises(ValueError, match="currency"):
        parse_amount("1", currency="BTC")


@given(st.integers(0, 10**12), st.sampled_from(["latn", "arab", "arabext"]))
def test_two_decimals_are_never_rounded(minor: int, numbering: str):
    typed = to_script(f"{minor // 100}.{minor % 100:02d}", numbering)
    assert parse_amount(typed, currency="EUR") == Money(minor, "EUR")


@given(st.text(st.sampled_from("0123456789.,٫٬٣۴ '"), max_size=14), st.sampled_from(["EUR", "IRR", "KWD"]))
def test_nothing_typed_breaks_it(typed: str, currency: str):
    try:
        minor = parse_amount(typed, currency=currency).minor
    except (AmountMalformed, AmountTooLarge):
        return
    assert 0 <= minor <= 10**12

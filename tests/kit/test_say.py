"""Facts inside sentences: in the reader's digits, calendar and direction."""

import pytest

from cardamom.kit.i18n import say_date, say_datetime, say_money, say_number, say_time, use_language

FSI, PDI, LRM, RLM, ALM, NBSP = "\u2068", "\u2069", "\u200e", "\u200f", "\u061c", "\u00a0"


@pytest.mark.parametrize(
    ("language", "number", "time", "day", "amount"),
    [
        ("en", "12,345", "14:20", "21 March 2026", "€1,250.50"),
        ("ar", "١٢٬٣٤٥", "١٤:٢٠", "٢١ مارس ٢٠٢٦", f"{RLM}١٬٢٥٠٫٥٠{NBSP}€"),
        ("fa", "۱۲٬۳۴۵", "۱۴:۲۰", "۱ فروردین ۱۴۰۵", f"{LRM}€{NBSP}۱٬۲۵۰٫۵۰"),
        ("he", "12,345", "14:20", "21 במרץ 2026", f"{RLM}1,250.50{NBSP}{RLM}€"),
        ("ar-AE", "12,345", "14:20", "21 مارس 2026", f"{RLM}1,250.50{NBSP}€"),
    ],
)
def test_facts_are_said_in_the_language_in_force(
    language: str, number: str, time: str, day: str, amount: str
):
    with use_language(language):
        assert say_number(12345) == number
        assert say_time("2026-03-21T10:50:00+00:00", time_zone="Asia/Tehran") == time
        assert say_date("2026-03-21") == day
        assert say_money(125050, "EUR") == f"{FSI}{amount}{PDI}"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "21 March 2026, 01:30"),
        ("ar", "٢١ مارس ٢٠٢٦، ٠١:٣٠"),
        ("fa", f"۱ فروردین ۱۴۰۵،{RLM} ۱:۳۰"),
        ("he", "21 במרץ 2026, 1:30"),
    ],
)
def test_an_instant_is_said_in_the_shops_time_zone(language: str, said: str):
    with use_language(language):
        assert say_datetime("2026-03-20T22:00:00Z", time_zone="Asia/Tehran") == said


def test_a_business_may_prefer_a_calendar_and_digits():
    with use_language("ar-SA", calendar="hijri", numbering="latn"):
        assert say_date("2026-03-21") == "2 شوال 1447 هـ"


def test_a_negative_number_keeps_its_sign():
    """A mark before the minus sign keeps it on the left of the number in right-to-left text."""
    signed = {}
    for language in ("en", "ar", "fa", "he"):
        with use_language(language):
            signed[language] = (say_number(-3), say_money(-300, "EUR").strip(FSI + PDI))
    assert signed == {
        "en": ("-3", "-€3.00"),
        "ar": (f"{ALM}-٣", f"{RLM}{ALM}-٣٫٠٠{NBSP}€"),
        "fa": (f"{LRM}−۳", f"{LRM}−{LRM}€{NBSP}۳٫۰۰"),
        "he": (f"{LRM}-3", f"{RLM}{LRM}-3.00{NBSP}{RLM}€"),
    }

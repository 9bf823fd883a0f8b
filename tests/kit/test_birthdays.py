"""Birthdays come once a year, also those of leap days."""

from datetime import date

import pytest

from cardamom.kit.calendars import birthday_in_year, from_jalali, jalali_birthday_in_year

LEAP_ESFAND = from_jalali(1403, 12, 30)


@pytest.mark.parametrize(
    ("birthday", "year", "kept"),
    [
        (date(1990, 6, 5), 2026, date(2026, 6, 5)),
        (date(2000, 2, 29), 2024, date(2024, 2, 29)),
        (date(2000, 2, 29), 2026, date(2026, 2, 28)),
        (date(2000, 2, 29), 2100, date(2100, 2, 28)),
        (date(2000, 2, 28), 2026, date(2026, 2, 28)),
    ],
)
def test_a_birthday_in_a_gregorian_year(birthday: date, year: int, kept: date):
    assert birthday_in_year(birthday, year) == kept


@pytest.mark.parametrize(
    ("birthday", "year", "kept"),
    [
        (from_jalali(1370, 1, 1), 1405, date(2026, 3, 21)),
        (LEAP_ESFAND, 1408, from_jalali(1408, 12, 30)),
        (LEAP_ESFAND, 1405, from_jalali(1405, 12, 29)),
    ],
)
def test_a_birthday_in_a_jalali_year(birthday: date, year: int, kept: date):
    assert jalali_birthday_in_year(birthday, year) == kept


def test_every_jalali_birthday_comes_once_in_every_jalali_year():
    new_year, next_year = from_jalali(1403, 1, 1), from_jalali(1404, 1, 1)
    for ordinal in range(from_jalali(1399, 1, 1).toordinal(), from_jalali(1400, 1, 1).toordinal()):
        assert new_year <= jalali_birthday_in_year(date.fromordinal(ordinal), 1403) < next_year

"""Days and times in three calendars and every script's digits."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.calendars import (
    DateMalformed,
    format_date,
    format_datetime,
    format_time,
    from_hijri,
    from_jalali,
    hijri,
    jalali,
    parse_date,
    relative_day,
)

NOWRUZ = date(2026, 3, 21)
AT = datetime(2026, 3, 21, 10, 50, tzinfo=UTC)
AFTERNOON = "14:20"
RLM, ZWJ = "\u200f", "\u200d"


@pytest.mark.parametrize(
    ("locale", "calendar", "numbering", "style", "shown"),
    [
        ("fa-IR", "jalali", "arabext", "long", "۱ فروردین ۱۴۰۵"),
        ("fa-IR", "jalali", "arabext", "medium", "۱ فروردین ۱۴۰۵"),
        ("fa-IR", "jalali", "arabext", "full", "شنبه ۱ فروردین ۱۴۰۵"),
        ("fa-IR", "jalali", "arabext", "short", "۱۴۰۵/۱/۱"),
        ("fa-IR", "jalali", "latn", "long", "1 فروردین 1405"),
        ("fa-IR", "gregorian", "arabext", "long", "۲۱ مارس ۲۰۲۶"),
        ("fa-IR", "hijri", "arabext", "long", f"۲ شوال ۱۴۴۷ ه{ZWJ}.ق."),
        ("ar-EG", "gregorian", "arab", "long", "٢١ مارس ٢٠٢٦"),
        ("ar-EG", "gregorian", "arab", "short", f"٢١{RLM}/٣{RLM}/٢٠٢٦"),
        ("ar-SA", "hijri", "arab", "long", "٢ شوال ١٤٤٧ هـ"),
        ("ar-SA", "hijri", "arab", "full", "السبت، ٢ شوال ١٤٤٧ هـ"),
        ("ar-SA", "hijri", "arab", "short", f"٢{RLM}/١٠{RLM}/١٤٤٧ هـ"),
        ("ar-AE", "gregorian", "latn", "long", "21 مارس 2026"),
        ("ar-EG", "jalali", "arab", "long", f"١ فروردين ١٤٠٥ ه{ZWJ}.ش"),
        ("he-IL", "gregorian", "latn", "long", "21 במרץ 2026"),
        ("he-IL", "gregorian", "latn", "full", "יום שבת, 21 במרץ 2026"),
        ("he-IL", "hijri", "latn", "long", "2 בשוואל 1447 הג׳רה"),
        ("en-GB", "gregorian", "latn", "long", "21 March 2026"),
        ("en-GB", "jalali", "latn", "short", "01/01/1405 AP"),
        ("en-US", "jalali", "latn", "long", "Farvardin 1, 1405 AP"),
        ("de-DE", "hijri", "latn", "long", "2. Shawwal 1447 AH"),
    ],
)
def test_a_day_is_written_in_a_calendar(locale: str, calendar: str, numbering: str, style: str, shown: str):
    assert format_date(NOWRUZ, locale=locale, calendar=calendar, numbering=numbering, style=style) == shown


@pytest.mark.parametrize("day", [date(1924, 7, 31), date(2077, 11, 17)])
def test_a_day_that_no_hijri_table_knows_is_gregorian(day: date):
    gregorian = format_date(day, locale="ar-SA", calendar="gregorian", numbering="arab")
    assert format_date(day, locale="ar-SA", calendar="hijri", numbering="arab") == gregorian


@pytest.mark.parametrize(
    ("locale", "numbering", "shown"),
    [
        ("ar-EG", "arab", "١٤:٢٠"),
        ("ar-AE", "latn", "14:20"),
        ("fa-IR", "arabext", "۱۴:۲۰"),
        ("he-IL", "latn", "14:20"),
        ("en-GB", "latn", "14:20"),
        ("en-US", "latn", "2:20\u202fPM"),
    ],
)
def test_a_time_of_day_is_the_shops(locale: str, numbering: str, shown: str):
    assert format_time(AT, time_zone="Asia/Tehran", locale=locale, numbering=numbering) == shown


@pytest.mark.parametrize(
    ("locale", "calendar", "numbering", "shown"),
    [
        ("fa-IR", "jalali", "arabext", f"۱ فروردین ۱۴۰۵،{RLM} ۱۴:۲۰"),
        ("ar-EG", "gregorian", "arab", "٢١ مارس ٢٠٢٦، ١٤:٢٠"),
        ("he-IL", "gregorian", "latn", "21 במרץ 2026, 14:20"),
        ("en-GB", "gregorian", "latn", "21 March 2026, 14:20"),
    ],
)
def test_an_instant_is_day_and_time(locale: str, calendar: str, numbering: str, shown: str):
    written = format_datetime(
        AT, time_zone="Asia/Tehran", locale=locale, calendar=calendar, numbering=numbering
    )
    assert written == shown


def test_the_day_of_an_instant_is_the_shops():
    late = datetime(2026, 3, 20, 22, tzinfo=UTC)
    shown = format_datetime(
        late, time_zone="Asia/Tehran", locale="fa-IR", calendar="jalali", numbering="arabext", style="short"
    )
    assert shown == f"۱۴۰۵/۱/۱،{RLM} ۱:۳۰"


def test_the_days_around_today_have_words():
    around = [
        relative_day(date(2026, 3, day), today=NOWRUZ, locale="en-GB", numbering="latn")
        for day in range(19, 24)
    ]
    assert around == ["19 March 2026", "Yesterday", "Today", "Tomorrow", "23 March 2026"]


@pytest.mark.parametrize(
    ("typed", "calendar", "day"),
    [
        ("2026-03-21", "gregorian", NOWRUZ),
        ("21/3/2026", "gregorian", NOWRUZ),
        ("21.03.2026", "gregorian", NOWRUZ),
        ("٢١/٣/٢٠٢٦", "gregorian", NOWRUZ),
        ("1405/1/1", "jalali", NOWRUZ),
        ("۱۴۰۵/۰۱/۰۱", "jalali", NOWRUZ),
        ("۱-۱-۱۴۰۵", "jalali", NOWRUZ),
        (" 1405 / 01 / 01 ", "jalali", NOWRUZ),
        ("1403/12/30", "jalali", date(2025, 3, 20)),
        ("1447-10-02", "hijri", NOWRUZ),
        (f"٢{RLM}/١٠{RLM}/١٤٤٧", "hijri", NOWRUZ),
    ],
)
def test_a_day_is_read_in_a_calendar(typed: str, calendar: str, day: date):
    assert parse_date(typed, calendar=calendar) == day


@pytest.mark.parametrize(
    ("typed", "calendar"),
    [
        ("", "gregorian"),
        ("tomorrow", "gregorian"),
        ("21/3/26", "gregorian"),
        ("2026-02-29", "gregorian"),
        ("2026-13-01", "gregorian"),
        ("0000-01-01", "gregorian"),
        ("1404/12/30", "jalali"),  # not a leap year
        ("1405/7/31", "jalali"),
        ("0000/1/1", "jalali"),
        ("9999/1/1", "jalali"),
        ("1447/10/31", "hijri"),
        ("1300/1/1", "hijri"),  # before the table
        ("2026-03-21 " * 10, "gregorian"),
        ("2026-03-21" + " " * 100, "gregorian"),
    ],
)
def test_what_is_no_day_is_refused(typed: str, calendar: str):
    with pytest.raises(DateMalformed) as refused:
        parse_date(typed, calendar=calendar)
    assert refused.value.status == 422


@given(st.dates(date(1700, 1, 1), date(2200, 1, 1)))
def test_jalali_and_back_is_the_same_day(day: date):
    assert from_jalali(*jalali(day)) == day


@given(st.dates(date(1924, 8, 1), date(2077, 11, 16)))
def test_hijri_and_back_is_the_same_day(day: date):
    assert from_hijri(*hijri(day)) == day


@given(
    st.dates(date(1930, 1, 1), date(2070, 1, 1)),
    st.sampled_from(["gregorian", "jalali", "hijri"]),
    st.sampled_from(["latn", "arab", "arabext"]),
)
def test_a_short_date_can_be_typed_back(day: date, calendar: str, numbering: str):
    shown = format_date(day, locale="ar-EG", calendar=calendar, numbering=numbering, style="short")
    assert parse_date(shown.split(" ")[0], calendar=calendar) == day

"""Days and times as people write them: Gregorian, Jalali and Hijri (Umm al-Qura), in every script's digits.

What is stored is an instant in UTC or a Gregorian `date`; a calendar is only a way to show or enter it.
"""

import re
from datetime import date, datetime
from typing import Literal

import jdatetime
from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.dates import get_day_names
from hijridate import Gregorian, Hijri

from cardamom.kit.catalogs import _, use_language
from cardamom.kit.clock import local_day, local_time
from cardamom.kit.digits import Numbering, to_ascii, to_script
from cardamom.kit.errors import Malformed
from cardamom.kit.languages import Calendar, parse_locale
from cardamom.kit.month_names import ERAS, HIJRI_MONTHS, JALALI_MONTHS

Style = Literal["short", "medium", "long", "full"]

# The table of Umm al-Qura that the library has.
_HIJRI_FIRST = date(1924, 8, 1)
_HIJRI_LAST = date(2077, 11, 16)

# A field of a CLDR date pattern, or quoted text in one.
_FIELD = re.compile(r"'([^']*)'|([A-Za-z])\2*")

# A time is one of 24 hours in the sentences of every language of ours; CLDR gives Arabic a clock of 12.
_TIME_PATTERNS = {"ar": "HH:mm"}

_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})")
_YEAR_LAST = re.compile(r"(?P<day>[0-9]{1,2})[-/.](?P<month>[0-9]{1,2})[-/.](?P<year>[0-9]{4})")
_MAX_TYPED_LENGTH = 40
_INVISIBLE = re.compile(r"[\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


class DateMalformed(Malformed):
    """What was typed is not a day of the calendar."""

    code = "date_malformed"

    def sentence(self) -> str:
        return _("This is not a date. Write year, month and day.")


def format_date(
    day: date, *, locale: str, calendar: Calendar = "gregorian", numbering: Numbering, style: Style = "long"
) -> str:
    """A day in a calendar and digits, in the words and order of a locale ("ar-SA").

    Hijri is known from 1924 to 2077; a day outside is written in the Gregorian calendar.
    """
    known = parse_locale(locale)
    if calendar == "gregorian" or (calendar == "hijri" and not _HIJRI_FIRST <= day <= _HIJRI_LAST):
        return to_script(babel_date(day, format=style, locale=known), numbering)
    pattern = str(known.date_formats[style])
    return to_script(_written(day, pattern, calendar, locale=known), numbering)


def _written(day: date, pattern: str, calendar: Literal["jalali", "hijri"], *, locale: Locale) -> str:
    """A day by the locale's own Gregorian pattern, with the fields of another calendar put in.

    Years are always whole and months never abbreviated; a language that has no month names here gets the English ones.
    """
    year, month, day_of_month = jalali(day) if calendar == "jalali" else hijri(day)
    names = JALALI_MONTHS if calendar == "jalali" else HIJRI_MONTHS
    language = locale.language if locale.language in names else "en"

    def field(match: re.Match[str]) -> str:
        width = len(match[0])
        match match[2]:
            case "y":
                return str(year)
            case "M" | "L":
                return names[language][month - 1] if width > 2 else f"{month:0{width}d}"
            case "d":
                return f"{day_of_month:0{width}d}"
            case "E":
                return str(get_day_names("wide", locale=locale)[day.weekday()])
            case _:
                return match[1] or ""

    era = ERAS[calendar].get(language)
    shown = _FIELD.sub(field, pattern)
    return f"{shown} {era}" if era else shown


def format_time(at: datetime, *, time_zone: str, locale: str, numbering: Numbering) -> str:
    """The time of day of an instant, hours and minutes."""
    known = parse_locale(locale)
    pattern = _TIME_PATTERNS.get(known.language, "short")
    shown = babel_time(local_time(at, time_zone=time_zone), format=pattern, locale=known)
    return to_script(shown, numbering)


def format_datetime(
    at: datetime,
    *,
    time_zone: str,
    locale: str,
    calendar: Calendar = "gregorian",
    numbering: Numbering,
    style: Style = "long",
) -> str:
    """An instant as day and time in a time zone."""
    pattern = str(parse_locale(locale).datetime_formats["medium"])
    day = local_day(at, time_zone=time_zone)
    return pattern.replace("'", "").format(
        format_time(at, time_zone=time_zone, locale=locale, numbering=numbering),
        format_date(day, locale=locale, calendar=calendar, numbering=numbering, style=style),
    )


def relative_day(
    day: date,
    *,
    today: date,
    locale: str,
    calendar: Calendar = "gregorian",
    numbering: Numbering,
    style: Style = "long",
) -> str:
    """Today, yesterday, tomorrow, or the date. `today` is the shop's day. The locale must be of a language of ours."""
    with use_language(locale):
        words = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}
    distance = (day - today).days
    if distance in words:
        return words[distance]
    return format_date(day, locale=locale, calendar=calendar, numbering=numbering, style=style)


def parse_date(text: str, *, calendar: Calendar) -> date:
    """Read a day that was typed in a calendar, as a Gregorian date.

    In any script's digits. The year has four of them and stands first, or last after day and month.
    Raises DateMalformed.
    """
    typed = to_ascii(_INVISIBLE.sub("", text[:_MAX_TYPED_LENGTH]))
    parts = _YEAR_FIRST.fullmatch(typed) or _YEAR_LAST.fullmatch(typed)
    if parts is None or len(text) > _MAX_TYPED_LENGTH:
        raise DateMalformed
    year, month, day = int(parts["year"]), int(parts["month"]), int(parts["day"])
    try:
        if calendar == "jalali":
            return from_jalali(year, month, day)
        if calendar == "hijri":
            return from_hijri(year, month, day)
        return date(year, month, day)
    except (ValueError, OverflowError) as error:
        raise DateMalformed from error


def jalali(day: date) -> tuple[int, int, int]:
    """Year, month and day of a date in the Iranian solar calendar."""
    converted = jdatetime.date.fromgregorian(date=day)
    return converted.year, converted.month, converted.day


def from_jalali(year: int, month: int, day: int) -> date:
    """The date of a Jalali day. Raises ValueError for one that does not exist."""
    converted: date = jdatetime.date(year, month, day).togregorian()
    return converted


def hijri(day: date) -> tuple[int, int, int]:
    """Year, month and day of a date in the calendar of Umm al-Qura. Raises OverflowError outside 1924 to 2077."""
    converted = Gregorian.fromdate(day).to_hijri()
    return converted.year, converted.month, converted.day


def from_hijri(year: int, month: int, day: int) -> date:
    """The date of a Hijri day. Raises ValueError for one that does not exist and OverflowError outside the table."""
    converted = Hijri(year, month, day).to_gregorian()
    return date(converted.year, converted.month, converted.day)


def birthday_in_year(birthday: date, year: int) -> date:
    """The day on which a birthday is kept in a Gregorian year; 29 February is kept on the 28th in other years."""
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def jalali_birthday_in_year(birthday: date, jalali_year: int) -> date:
    """The same for a birthday that was entered in Jalali, in a Jalali year; 30 Esfand is kept on the 29th.

    Only within its own calendar does a birthday come once a year: 11 Dey comes twice in 2024 and not at all in 2025.
    """
    _year, month, day = jalali(birthday)
    try:
        return from_jalali(jalali_year, month, day)
    except ValueError:
        return from_jalali(jalali_year, month, day - 1)

"""Everything a sentence needs: its translation, and its numbers, times and amounts in the reader's digits and calendar.

`say_…` take facts as they are stored (ISO strings, whole numbers) and speak the language in force.
"""

from datetime import date, datetime

from cardamom.kit.calendars import format_date, format_datetime, format_time
from cardamom.kit.catalogs import (
    N_,
    LazyText,
    _,
    current,
    current_language,
    gettext,
    lazy,
    ngettext,
    pgettext,
    say_number,
    set_language,
    translations,
    use_language,
)
from cardamom.kit.money import Money, format_money
from cardamom.kit.text import isolate

__all__ = [
    "N_",
    "LazyText",
    "_",
    "current",
    "current_language",
    "gettext",
    "lazy",
    "ngettext",
    "pgettext",
    "say_date",
    "say_datetime",
    "say_money",
    "say_number",
    "say_time",
    "set_language",
    "translations",
    "use_language",
]


def say_time(iso: str, *, time_zone: str) -> str:
    """The time of day of an instant (ISO 8601 with an offset) in the shop's time zone: "14:20"."""
    chosen = current()
    return format_time(
        datetime.fromisoformat(iso),
        time_zone=time_zone,
        locale=chosen.default_locale,
        numbering=chosen.numbering,
    )


def say_date(iso_date: str) -> str:
    """A day ("2026-03-21"), with the month in words."""
    chosen = current()
    return format_date(
        date.fromisoformat(iso_date),
        locale=chosen.default_locale,
        calendar=chosen.calendar,
        numbering=chosen.numbering,
    )


def say_datetime(iso: str, *, time_zone: str) -> str:
    """Day and time of an instant (ISO 8601 with an offset) in the shop's time zone."""
    chosen = current()
    return format_datetime(
        datetime.fromisoformat(iso),
        time_zone=time_zone,
        locale=chosen.default_locale,
        calendar=chosen.calendar,
        numbering=chosen.numbering,
    )


def say_money(minor: int, currency: str) -> str:
    """An amount, isolated from the direction of the sentence around it."""
    chosen = current()
    return isolate(
        format_money(Money(minor, currency), locale=chosen.default_locale, numbering=chosen.numbering)
    )

"""What people type is brought into one form, or refused with the field that is to blame."""

from datetime import UTC, datetime

import pytest

from cardamom.customers.contacts import (
    Contact,
    ContactIn,
    ContactPatch,
    birthday_as_typed,
    birthday_of,
    changed,
    check_changes,
    check_contact,
    differences,
)
from cardamom.kit.errors import Refused


def in_2026() -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)


def checked(**given: str | None) -> Contact:
    return check_contact(ContactIn(**given), region="IR", clock=in_2026)


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        ("name", "  مُحَمَّد   رضا ", "مُحَمَّد رضا"),
        ("name", "علی\u200cرضا", "علی\u200cرضا"),
        ("name", "דוד\u202e\u2066 לוי\u200f", "דוד לוי"),
        ("name", "Zoë\x00\x07\nO’Hara", "Zoë O’Hara"),
        ("name", "ديمة 👩‍🍳", "ديمة 👩‍🍳"),
        ("name", "x" * 120, "x" * 120),
        ("name", "\u200e\u200b", None),
        ("name", "", None),
        ("name", None, None),
        ("phone", "09121234567", "+989121234567"),
        ("phone", "۰۹۱۲ ۱۲۳ ۴۵۶۷", "+989121234567"),
        ("phone", "٠٩١٢-١٢٣-٤٥٦٧", "+989121234567"),
        ("phone", "+20 100 123 4567", "+201001234567"),
        ("phone", "  ", None),
        ("email", " Layla.Hassan@Example.COM ", "layla.hassan@example.com"),
        ("email", "sara@xn--mgbh0fb.xn--kgbechtv.example\u200f", "sara@مثال.إختبار.example"),
        ("email", "", None),
        ("birthday", "1990-02-28", "1990-02-28"),
        ("birthday", "۱۹۹۰-۰۲-۲۸", "1990-02-28"),
        ("birthday", "١٩٩٠-٠٢-٢٨", "1990-02-28"),
        ("birthday", "--02-29", "--02-29"),
        ("birthday", "2026-12-31", "2026-12-31"),
        ("birthday", "1900-01-01", "1900-01-01"),
        ("birthday", "", None),
        ("language", "FA", "fa"),
        ("external_id", " POS-۱۷\x00 ", "POS-۱۷"),
    ],
)
def test_what_is_typed_gets_one_form(field: str, typed: str | None, stored: str | None) -> None:
    assert getattr(checked(**{field: typed}), field) == stored


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("name", "x" * 121, "text_too_long"),
        ("name", "م" * 10_000, "text_too_long"),
        ("phone", "12", "phone_malformed"),
        ("phone", "not a number", "phone_malformed"),
        ("phone", "9" * 10_000, "phone_malformed"),
        ("phone", "\u202e", "phone_malformed"),
        ("email", "layla", "email_malformed"),
        ("email", "layla@", "email_malformed"),
        ("email", "a@b@c.example", "email_malformed"),
        ("email", "a" * 10_000 + "@example.com", "text_too_long"),
        ("birthday", "1990-02-29", "birthday_malformed"),
        ("birthday", "--02-30", "birthday_malformed"),
        ("birthday", "-02-28", "birthday_malformed"),
        ("birthday", "1899-12-31", "birthday_malformed"),
        ("birthday", "2027-01-01", "birthday_malformed"),
        ("birthday", "1369-05-12", "birthday_malformed"),
        ("birthday", "28/02/1990", "birthday_malformed"),
        ("birthday", "0" * 10_000, "birthday_malformed"),
        ("birthday", "²²²²-²²-²²", "birthday_malformed"),
        ("language", "tlh", "language_unsupported"),
        ("external_id", "x" * 101, "text_too_long"),
    ],
)
def test_what_cannot_be_stored_is_refused(field: str, typed: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        checked(**{field: typed})
    assert refusal.value.code == code
    assert refusal.value.facts["field"] == field
    assert refusal.value.sentence()


def test_an_empty_contact_is_one() -> None:
    assert checked() == Contact()
    assert checked().name_folded is None
    assert checked().name_sort is None


def test_a_name_is_kept_as_entered_and_folded_beside() -> None:
    contact = checked(name="مُحَمَّد علي")
    assert contact.name == "مُحَمَّد علي"
    assert contact.name_folded == "محمد علی"
    assert contact.name_sort


def test_a_name_that_unfolds_enormously_still_fits_an_index() -> None:
    contact = checked(name="ﷺ" * 120)
    assert contact.name_folded is not None
    assert len(contact.name_folded) > 1_000
    assert contact.name_sort is not None
    assert len(contact.name_sort) <= 120


def test_a_change_tells_absent_from_removed() -> None:
    before = checked(name="Sara", phone="09121234567", email="sara@example.com")
    patch = ContactPatch(phone="۰۹۱۲۷۶۵۴۳۲۱", email=None, birthday=" ")
    after = changed(before, check_changes(patch, region="IR", clock=in_2026))
    assert after == Contact(name="Sara", phone="+989127654321")
    assert differences(before, after) == ["email", "phone"]


def test_a_malformed_change_is_refused() -> None:
    with pytest.raises(Refused, match="phone_malformed"):
        check_changes(ContactPatch(name="Sara", phone="1"), region="IR", clock=in_2026)


@pytest.mark.parametrize(
    ("typed", "calendar", "stored"),
    [
        ("1369/05/12", "jalali", "1990-08-03"),
        ("۱۳۶۹/۰۵/۱۲", "jalali", "1990-08-03"),
        ("12/5/1369", "jalali", "1990-08-03"),
        ("1990-08-03", "jalali", "1990-08-03"),
        ("١٤١١-٠١-١٢", "hijri", "1990-08-03"),
        ("1920-05-05", "hijri", "1920-05-05"),
        ("1990/8/3", "gregorian", "1990-08-03"),
        (" --08-03\u200e", "jalali", "--08-03"),
        ("", "jalali", ""),
    ],
)
def test_a_birthday_is_typed_in_the_readers_calendar(typed: str, calendar: str, stored: str) -> None:
    assert birthday_of(typed, calendar=calendar) == stored  # type: ignore[arg-type]


@pytest.mark.parametrize("calendar", ["gregorian", "jalali", "hijri"])
@pytest.mark.parametrize("birthday", ["1990-08-03", "1905-02-28", "2000-02-29", "--02-29"])
def test_a_birthday_that_is_shown_for_editing_is_read_back(birthday: str, calendar: str) -> None:
    shown = birthday_as_typed(birthday, calendar=calendar)  # type: ignore[arg-type]
    assert birthday_of(shown, calendar=calendar) == birthday  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["1369/13/01", "soon", "1" * 10_000])
def test_what_is_no_day_is_no_birthday(typed: str) -> None:
    with pytest.raises(Refused) as refusal:
        birthday_of(typed, calendar="jalali")
    assert refusal.value.code == "birthday_malformed"
    assert refusal.value.facts == {"field": "birthday"}

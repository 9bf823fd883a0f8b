"""A person's contact, in the one form in which it is stored and looked up.

Pure but for the current year. Whoever joins somebody (a join page, a till, the API, an import) checks what was typed
here and stores the result; nothing else makes a `Contact`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from cardamom.customers.errors import BirthdayMalformed
from cardamom.kit.calendars import DateMalformed, hijri, jalali, parse_date
from cardamom.kit.clock import Clock, now
from cardamom.kit.digits import to_ascii
from cardamom.kit.email import normalise_email
from cardamom.kit.errors import Refused
from cardamom.kit.languages import SUPPORTED, Calendar
from cardamom.kit.phone import normalise_phone
from cardamom.kit.text import clean, fold, sort_key
from cardamom.merchants.errors import LanguageUnsupported

NAME_LIMIT: Final = 120
EXTERNAL_ID_LIMIT: Final = 100
#: A compatibility character may fold to eighteen letters; a place in a list needs only the first of them.
_SORT_KEY_LIMIT = 120

_FIRST_BIRTH_YEAR = 1900
_LEAP_YEAR = 2000
_YEAR = re.compile(r"[0-9]{4}")
_BIRTHDAY = re.compile(r"(?P<year>[0-9]{4}|-)-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")


class ContactIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contact as somebody typed it. An empty text is the same as none.

    birthday: "YYYY-MM-DD", or "--MM-DD" without the year. external_id: the person's id in the business's own system.
    """

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    birthday: str | None = None
    language: str | None = None
    external_id: str | None = None


class ContactPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes about a contact: what is absent stays, and null or an empty text removes it."""

    name: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    birthday: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    external_id: str | UnsetType | None = UNSET


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A checked contact. phone is E.164, email in lower case; the name is cleaned and otherwise as it was entered."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    birthday: str | None = None
    language: str | None = None
    external_id: str | None = None

    @property
    def name_folded(self) -> str | None:
        """What a search compares with (kit.text.fold)."""
        return None if self.name is None else fold(self.name)

    @property
    def name_sort(self) -> str | None:
        """The place in an alphabetical list (kit.text.sort_key)."""
        return None if self.name is None else sort_key(self.name)[:_SORT_KEY_LIMIT]


def check_contact(given: ContactIn, *, region: str, clock: Clock = now) -> Contact:
    """The contact in its normal form.

    region: ISO 3166 code of the country whose phone numbers need no country code.
    Raises TextTooLong, PhoneMalformed, EmailMalformed, BirthdayMalformed or LanguageUnsupported; each names the field
    in its facts.
    """
    typed = {field: getattr(given, field) for field in given.__struct_fields__}
    return Contact(**_checked(typed, region=region, clock=clock))


def check_changes(given: ContactPatch, *, region: str, clock: Clock = now) -> ContactPatch:
    """The changes in their normal form; what was absent stays absent. Raises as `check_contact`."""
    typed = {field: getattr(given, field) for field in given.__struct_fields__}
    present = {field: text for field, text in typed.items() if text is not UNSET}
    return ContactPatch(**_checked(present, region=region, clock=clock))


def changed(contact: Contact, changes: ContactPatch) -> Contact:
    """The contact with checked changes applied."""
    news = {field: getattr(changes, field) for field in changes.__struct_fields__}
    return msgspec.structs.replace(
        contact, **{field: text for field, text in news.items() if text is not UNSET}
    )


def differences(before: Contact, after: Contact) -> list[str]:
    """The names of the fields in which two contacts differ, in alphabetical order."""
    return sorted(
        field for field in before.__struct_fields__ if getattr(before, field) != getattr(after, field)
    )


def birthday_of(typed: str, *, calendar: Calendar) -> str:
    """A birthday that was typed into a form in a calendar, as `ContactIn` takes it; "" stays "".

    "--MM-DD" is Gregorian in every calendar: a day without a year cannot be converted. So is a year from 1900 on, which
    is nobody's year of birth in the other calendars. Raises BirthdayMalformed.
    """
    text = to_ascii(clean(typed, limit=len(typed)))
    if not text or text.startswith("--"):
        return text
    year = _YEAR.search(text)
    is_gregorian = year is not None and int(year[0]) >= _FIRST_BIRTH_YEAR
    try:
        return parse_date(text, calendar="gregorian" if is_gregorian else calendar).isoformat()
    except DateMalformed as error:
        raise BirthdayMalformed(field="birthday") from error


def birthday_as_typed(birthday: str, *, calendar: Calendar) -> str:
    """A stored birthday as somebody would type it: what `birthday_of` takes. In ASCII digits."""
    if birthday.startswith("--") or calendar == "gregorian":
        return birthday
    try:
        year, month, day = (jalali if calendar == "jalali" else hijri)(date.fromisoformat(birthday))
    except OverflowError:  # before the first year of the Hijri table
        return birthday
    return f"{year}-{month:02d}-{day:02d}"


def _checked(typed: Mapping[str, str | None], *, region: str, clock: Clock) -> dict[str, str | None]:
    rules: dict[str, Callable[[str], str]] = {
        "name": lambda text: clean(text, limit=NAME_LIMIT),
        "phone": lambda text: normalise_phone(text, region=region),
        "email": normalise_email,
        "birthday": lambda text: _checked_birthday(text, last_year=clock().year),
        "language": _checked_language,
        "external_id": lambda text: clean(text, limit=EXTERNAL_ID_LIMIT),
    }
    return {field: _checked_field(field, text, rules[field]) for field, text in typed.items()}


def _checked_field(field: str, text: str | None, rule: Callable[[str], str]) -> str | None:
    if text is None or not text.strip():
        return None
    try:
        return rule(text) or None
    except Refused as refusal:
        refusal.facts["field"] = field
        raise


def _checked_birthday(text: str, *, last_year: int) -> str:
    parts = _BIRTHDAY.fullmatch(to_ascii(clean(text, limit=len(text))))
    if parts is None:
        raise BirthdayMalformed
    year = _LEAP_YEAR if parts["year"] == "-" else int(parts["year"])
    try:
        day = date(year, int(parts["month"]), int(parts["day"]))
    except ValueError as error:
        raise BirthdayMalformed from error
    if not _FIRST_BIRTH_YEAR <= day.year <= last_year:
        raise BirthdayMalformed
    return parts[0]


def _checked_language(text: str) -> str:
    code = text.strip().lower()
    if code not in SUPPORTED:
        raise LanguageUnsupported
    return code

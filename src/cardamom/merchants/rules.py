"""What a business may be called and set to. Pure: raises the refusal that fits, returns what is stored."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, get_args
from zoneinfo import available_timezones

from babel.core import get_global
from babel.numbers import get_territory_currencies

from cardamom.kit.colour import parse_colour
from cardamom.kit.digits import Numbering
from cardamom.kit.languages import CALENDARS, SUPPORTED, parse_locale
from cardamom.kit.localised import Localised, validate_localised
from cardamom.kit.money import is_currency
from cardamom.merchants.errors import (
    CurrencyUnknown,
    LanguageUnsupported,
    PreferencesMalformed,
    RegionUnknown,
    SlugMalformed,
    TimeZoneNeeded,
    TimeZoneUnknown,
)
from cardamom.merchants.schemas import Brand, Preferences

#: `access.permissions` names these too; it stands above this package.
MAY_READ: Final = "merchants.read"
MAY_WRITE: Final = "merchants.write"
#: Pictures are uploaded for the designs of programs, by those who may change these.
MAY_UPLOAD: Final = "programs.write"

NAME_LIMIT = 100
ADDRESS_LIMIT = 300
SLUG_LIMIT = 60

#: Without letters and digits that are taken for one another: a handle is read aloud and typed.
HANDLE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
HANDLE_LENGTH = 8

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")


def checked_name(name: Localised) -> Localised:
    """A name per language, cleaned. Raises LocalisedMalformed, TextTooLong."""
    return validate_localised(name, limit=NAME_LIMIT)


def checked_time_zone(name: str) -> str:
    """Raises TimeZoneUnknown for what the time zone database does not have."""
    # Asking for the file would find "asia/tehran" on some file systems and not on others.
    if name not in _time_zones():
        raise TimeZoneUnknown
    return name


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def checked_currency(code: str) -> str:
    """Raises CurrencyUnknown."""
    if not is_currency(code):
        raise CurrencyUnknown
    return code


@lru_cache(maxsize=1)
def regions() -> frozenset[str]:
    """The ISO 3166 codes of countries that have a time zone and a currency."""
    return frozenset(
        code
        for code in get_global("zone_territories").values()
        if code.isalpha() and get_territory_currencies(code)
    ) - {"ZZ"}


def checked_region(code: str) -> str:
    """Raises RegionUnknown."""
    if code not in regions():
        raise RegionUnknown
    return code


def checked_language(code: str) -> str:
    """Raises LanguageUnsupported."""
    if code not in SUPPORTED:
        raise LanguageUnsupported
    return code


def checked_languages(language: str, languages: Sequence[str]) -> list[str]:
    """The languages a business writes, its own first, each once. Raises LanguageUnsupported."""
    return list(dict.fromkeys(checked_language(code) for code in (language, *languages)))


def checked_brand(brand: Brand) -> Brand:
    """The colours in small letters. Raises ColourMalformed."""
    return Brand(
        colour=parse_colour(brand.colour),
        background=None if brand.background is None else parse_colour(brand.background),
    )


def checked_preferences(preferences: Preferences) -> Preferences:
    """Raises PreferencesMalformed."""
    weekend = None if preferences.weekend is None else sorted(set(preferences.weekend))
    days = [*(weekend or []), *([] if preferences.first_weekday is None else [preferences.first_weekday])]
    if (
        not all(1 <= day <= 7 for day in days)
        or preferences.numbering not in (None, *get_args(Numbering))
        or preferences.calendar not in (None, *CALENDARS)
    ):
        raise PreferencesMalformed
    return Preferences(
        numbering=preferences.numbering,
        calendar=preferences.calendar,
        weekend=weekend,
        first_weekday=preferences.first_weekday,
    )


def time_zones_of(region: str) -> list[str]:
    """The time zones of a country, in alphabetical order."""
    return sorted(name for name, territory in get_global("zone_territories").items() if territory == region)


def suggested_time_zone(region: str) -> str:
    """The time zone of a country that has one. Raises TimeZoneNeeded where there are several."""
    found = time_zones_of(region)
    if len(found) != 1:
        raise TimeZoneNeeded(region=region)
    return found[0]


def suggested_currency(region: str) -> str:
    """The money of a country: the first that CLDR names for it."""
    return str(get_territory_currencies(region)[0])


def locale_of(language: str, region: str) -> str:
    """The full locale of a business: "ar" in "AE" is "ar-AE"; "ar" where CLDR knows no such pair."""
    tag = f"{language}-{region}"
    try:
        parse_locale(tag)
    except ValueError:
        return language
    return tag


def slug_of(name: Localised, *, preferred: str) -> str:
    """Small Latin letters from a name, in the preferred language or else in any; "" where there are none.

    Arabic and Hebrew are not transliterated: what a machine makes of them, nobody would want on a poster.
    """
    for text in (name.get(preferred, ""), *(name[tag] for tag in sorted(name))):
        ascii_letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        slug = _NOT_IN_SLUG.sub("-", ascii_letters)[:SLUG_LIMIT].strip("-")
        if len(slug) >= 2 and any(letter.isalpha() for letter in slug):
            return slug
    return ""


def checked_slug(slug: str) -> str:
    """Raises SlugMalformed."""
    if not 2 <= len(slug) <= SLUG_LIMIT or _SLUG.fullmatch(slug) is None:
        raise SlugMalformed
    return slug

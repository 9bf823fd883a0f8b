"""The languages we speak and what a locale brings with it: direction, digits, calendar, week.

These are defaults. Digits, calendar, first day of the week and weekend are settings of a business.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, get_args

import msgspec
from babel import Locale, UnknownLocaleError

from cardamom.kit.digits import NUMBERINGS, Numbering

Direction = Literal["ltr", "rtl"]
Calendar = Literal["gregorian", "jalali", "hijri"]
CALENDARS: tuple[Calendar, ...] = get_args(Calendar)

SUPPORTED: Final = ("en", "ar", "fa", "he")

# Full locales: a bare "ar" has Latin digits and a weekend of Saturday and Sunday.
_DEFAULT_LOCALES = {"en": "en-GB", "ar": "ar-EG", "fa": "fa-IR", "he": "he-IL"}
# What browsers send for languages that we call by another code.
_OTHER_NAMES = {"iw": "he", "prs": "fa", "pes": "fa", "arb": "ar"}
_JALALI_LANGUAGES = frozenset({"fa", "ps"})
_MAX_HEADER_LENGTH = 500


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """A language together with the defaults of one locale."""

    code: str
    #: In the language itself: "العربية".
    name: str
    direction: Direction
    #: A full locale as a tag, "ar-EG".
    default_locale: str
    numbering: Numbering
    calendar: Calendar
    #: 0 is Monday, as in `date.weekday()`.
    first_weekday: int
    weekend: frozenset[int]


@lru_cache(maxsize=256)
def parse_locale(tag: str) -> Locale:
    """The Babel locale for a tag such as "ar-EG". Raises ValueError for one that CLDR does not know."""
    try:
        return Locale.parse(tag, sep="-")
    except UnknownLocaleError as error:
        raise ValueError(f"unknown locale: {tag!r}") from error


@lru_cache(maxsize=256)
def language(code: str) -> Language:
    """The defaults of a language ("ar") or of a full locale ("ar-AE"). Raises ValueError for an unknown one."""
    tag = _DEFAULT_LOCALES.get(code, code)
    locale = parse_locale(tag)
    numbering: Numbering = "latn"
    for known in NUMBERINGS:
        if locale.default_numbering_system == known:
            numbering = known
    return Language(
        code=locale.language,
        name=Locale(locale.language).get_display_name() or locale.language,
        direction="rtl" if locale.text_direction == "rtl" else "ltr",
        default_locale=tag,
        numbering=numbering,
        calendar="jalali" if locale.language in _JALALI_LANGUAGES else "gregorian",
        first_weekday=locale.first_week_day,
        weekend=_days(locale.weekend_start, locale.weekend_end),
    )


def _days(first: int, last: int) -> frozenset[int]:
    """The weekdays from one to another, also across Sunday."""
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def negotiate(accept_language: str | None, *, offered: Sequence[str]) -> str:
    """Which of the offered languages a reader wants most, from the header Accept-Language (RFC 9110).

    A region is ignored ("ar-EG" asks for "ar"). The first that is offered is the answer to everything else.
    """
    for tag in _wanted(accept_language or ""):
        base = tag.split("-")[0].lower()
        base = _OTHER_NAMES.get(base, base)
        for candidate in (tag, base):
            if candidate in offered:
                return candidate
    return offered[0]


_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*[qQ]\s*=\s*([01](?:\.[0-9]{0,3})?))?\s*"
)


def _wanted(header: str) -> list[str]:
    """The language ranges of the header, the most wanted first; what is malformed or unwanted (q=0) is left out."""
    ranges = []
    for part in header[:_MAX_HEADER_LENGTH].split(","):
        match = _RANGE.fullmatch(part)
        quality = float(match[2] or 1) if match else 0.0
        if match and quality > 0:
            ranges.append((quality, match[1]))
    return [tag for _, tag in sorted(ranges, key=lambda pair: -pair[0])]

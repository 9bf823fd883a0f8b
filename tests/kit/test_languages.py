"""The four languages, and what a locale brings with it."""

import pytest

from cardamom.kit.languages import SUPPORTED, language, negotiate

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


@pytest.mark.parametrize(
    ("tag", "direction", "numbering", "calendar", "first_weekday", "weekend"),
    [
        ("ar-SA", "rtl", "arab", "gregorian", SUN, {FRI, SAT}),
        ("ar-EG", "rtl", "arab", "gregorian", SAT, {FRI, SAT}),
        ("ar-IQ", "rtl", "arab", "gregorian", SAT, {FRI, SAT}),
        ("ar-QA", "rtl", "arab", "gregorian", SAT, {FRI, SAT}),
        ("ar-AE", "rtl", "latn", "gregorian", MON, {SAT, SUN}),
        ("fa-IR", "rtl", "arabext", "jalali", SAT, {FRI}),
        ("fa-AF", "rtl", "arabext", "jalali", SAT, {THU, FRI}),
        ("ps-AF", "rtl", "arabext", "jalali", SAT, {THU, FRI}),
        ("he-IL", "rtl", "latn", "gregorian", SUN, {FRI, SAT}),
        ("ckb-IQ", "rtl", "arab", "gregorian", SAT, {FRI, SAT}),
        ("ur-PK", "rtl", "latn", "gregorian", SUN, {SAT, SUN}),
        ("en-US", "ltr", "latn", "gregorian", SUN, {SAT, SUN}),
        ("en-GB", "ltr", "latn", "gregorian", MON, {SAT, SUN}),
    ],
)
def test_a_locale_brings_its_defaults(
    tag: str, direction: str, numbering: str, calendar: str, first_weekday: int, weekend: set[int]
):
    found = language(tag)
    assert (found.direction, found.numbering, found.calendar) == (direction, numbering, calendar)
    assert (found.first_weekday, found.weekend) == (first_weekday, weekend)


@pytest.mark.parametrize(
    ("code", "name", "locale"),
    [
        ("en", "English", "en-GB"),
        ("ar", "العربية", "ar-EG"),
        ("fa", "فارسی", "fa-IR"),
        ("he", "עברית", "he-IL"),
    ],
)
def test_a_language_has_its_own_name_and_a_full_locale(code: str, name: str, locale: str):
    found = language(code)
    assert (found.code, found.name, found.default_locale) == (code, name, locale)


@pytest.mark.parametrize("tag", ["", "xx-XX", "english", "ar_EG; DROP", "١"])
def test_an_unknown_language_is_a_value_error(tag: str):
    with pytest.raises(ValueError, match=r"."):
        language(tag)


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, "en"),
        ("", "en"),
        ("ar", "ar"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        ("fr-FR, fa;q=0.5, he;q=0.7", "he"),
        ("de, fr", "en"),
        ("he;q=0, ar;q=0.1", "ar"),
        ("iw", "he"),
        ("prs-AF", "fa"),
        ("FA-ir", "fa"),
        ("*", "en"),
        ("*, he;q=0.2", "he"),
        ("ar ; q=0.3 , fa;Q=0.4", "fa"),
        ("ar;q=hello, fa", "fa"),
        (";;;,,,q=1", "en"),
        ("he," * 10_000, "he"),
    ],
)
def test_the_reader_gets_the_language_they_want_most(header: str | None, chosen: str):
    assert negotiate(header, offered=SUPPORTED) == chosen


def test_what_is_not_offered_is_not_chosen():
    assert negotiate("ar, he;q=0.5", offered=["fa", "he"]) == "he"
    assert negotiate("ar", offered=["fa", "he"]) == "fa"

"""What a business may be called and set to."""

import pytest

from cardamom.access.permissions import Permission
from cardamom.kit.colour import ColourMalformed
from cardamom.merchants import rules
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


def test_the_permissions_are_those_that_access_gives():
    assert rules.MAY_READ == Permission.MERCHANTS_READ
    assert rules.MAY_WRITE == Permission.MERCHANTS_WRITE


@pytest.mark.parametrize("name", ["Asia/Tehran", "Africa/Cairo", "Asia/Kolkata", "UTC"])
def test_a_time_zone_of_the_database_is_taken(name: str):
    assert rules.checked_time_zone(name) == name


@pytest.mark.parametrize(
    "name", ["", "Asia", "asia/tehran", "../etc/passwd", "Mars/Olympus", "Asia/Tehran\x00"]
)
def test_anything_else_is_no_time_zone(name: str):
    with pytest.raises(TimeZoneUnknown):
        rules.checked_time_zone(name)


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XXX", "٣"])
def test_a_currency_is_one_in_use(code: str):
    with pytest.raises(CurrencyUnknown):
        rules.checked_currency(code)


@pytest.mark.parametrize("code", ["", "eg", "ZZ", "001", "Egypt"])
def test_a_region_is_a_country(code: str):
    with pytest.raises(RegionUnknown):
        rules.checked_region(code)


@pytest.mark.parametrize(
    ("region", "time_zone", "currency"),
    [
        ("EG", "Africa/Cairo", "EGP"),
        ("IR", "Asia/Tehran", "IRR"),
        ("IL", "Asia/Jerusalem", "ILS"),
        ("GB", "Europe/London", "GBP"),
    ],
)
def test_a_country_suggests_time_zone_and_currency(region: str, time_zone: str, currency: str):
    assert rules.suggested_time_zone(region) == time_zone
    assert rules.suggested_currency(region) == currency


@pytest.mark.parametrize("region", ["US", "RU", "DE"])
def test_a_country_with_several_time_zones_asks(region: str):
    with pytest.raises(TimeZoneNeeded):
        rules.suggested_time_zone(region)
    assert all(rules.checked_time_zone(name) for name in rules.time_zones_of(region))


def test_every_country_has_a_time_zone_and_a_currency_that_can_be_stored():
    for region in rules.regions():
        assert all(rules.checked_time_zone(name) for name in rules.time_zones_of(region)), region
        assert rules.checked_currency(rules.suggested_currency(region)), region


def test_the_own_language_comes_first_and_once():
    assert rules.checked_languages("fa", ["en", "fa", "en"]) == ["fa", "en"]


def test_a_language_without_pages_is_refused():
    with pytest.raises(LanguageUnsupported):
        rules.checked_languages("ar", ["fr"])


def test_colours_are_stored_in_small_letters():
    assert rules.checked_brand(Brand(colour=" #ABCDEF ", background="#001122")) == Brand(
        colour="#abcdef", background="#001122"
    )


@pytest.mark.parametrize("colour", ["", "red", "#ffff", "#12345g", "#1234567", "url(x)", "#١٢٣٤٥٦"])
def test_a_colour_is_six_hexadecimal_digits(colour: str):
    with pytest.raises(ColourMalformed):
        rules.checked_brand(Brand(colour=colour))


def test_weekdays_are_sorted_and_unique():
    assert rules.checked_preferences(Preferences(weekend=[6, 5, 6])).weekend == [5, 6]


@pytest.mark.parametrize("preferences", [Preferences(weekend=[0]), Preferences(first_weekday=8)])
def test_weekdays_are_those_of_iso(preferences: Preferences):
    with pytest.raises(PreferencesMalformed):
        rules.checked_preferences(preferences)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ({"en": "Shiny  Car Wash & Co."}, "shiny-car-wash-co"),
        ({"ar": "مقهى الهيل", "en": "Café Crème"}, "cafe-creme"),
        ({"ar": "مقهى ٢٤"}, ""),
        ({"he": "24"}, ""),
        ({"en": "x" * 100}, "x" * 60),
    ],
)
def test_a_slug_is_made_of_latin_letters_only(name: dict[str, str], slug: str):
    assert rules.slug_of(name, preferred="ar") == slug


@pytest.mark.parametrize("slug", ["", "a", "Ab", "a--b", "-ab", "ab-", "مقهى", "a" * 61, "a/b"])
def test_a_slug_fits_into_an_address(slug: str):
    with pytest.raises(SlugMalformed):
        rules.checked_slug(slug)


@pytest.mark.parametrize(
    ("language", "region", "locale"), [("ar", "AE", "ar-AE"), ("fa", "IR", "fa-IR"), ("he", "US", "he")]
)
def test_the_locale_is_the_pair_where_there_is_one(language: str, region: str, locale: str):
    assert rules.locale_of(language, region) == locale

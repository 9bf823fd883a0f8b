"""Countries, time zones and currencies as choices of a form (value -> words), in the language in force."""

from collections.abc import Iterable

from babel.dates import get_timezone, get_timezone_location
from babel.numbers import get_currency_name

from cardamom.kit.i18n import current
from cardamom.kit.languages import SUPPORTED, language, parse_locale
from cardamom.kit.money import currencies
from cardamom.kit.text import sort_key
from cardamom.merchants.rules import regions, time_zones_of


def region_choices() -> dict[str, str]:
    """Every country by its name."""
    names = parse_locale(current().default_locale).territories
    return _sorted((code, names.get(code, code)) for code in regions())


def time_zone_choices(region: str) -> dict[str, str]:
    """The time zones of a country by their cities; all of the world's for no country."""
    locale = parse_locale(current().default_locale)
    zones = time_zones_of(region) if region else [name for code in regions() for name in time_zones_of(code)]
    return _sorted(
        (name, get_timezone_location(get_timezone(name), locale, return_city=bool(region))) for name in zones
    )


def currency_choices() -> dict[str, str]:
    """Every currency in use by its name, with its three letters."""
    locale = parse_locale(current().default_locale)
    return _sorted((code, f"{get_currency_name(code, locale=locale)} ({code})") for code in currencies())


def language_choices() -> dict[str, str]:
    """The languages that pages are written in, each by its own name."""
    return {code: language(code).name for code in SUPPORTED}


def _sorted(choices: Iterable[tuple[str, str]]) -> dict[str, str]:
    return dict(sorted(choices, key=lambda choice: sort_key(choice[1])))

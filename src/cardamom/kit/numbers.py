"""Numbers and amounts as a locale writes them, in the digits that a business wants."""

import re
from decimal import Decimal

from babel.numbers import format_currency, format_decimal, get_minus_sign_symbol

from cardamom.kit.digits import Numbering, to_script
from cardamom.kit.languages import parse_locale

# CLDR wants a no-break space between a currency of letters and its number, "KWD 1.250"; Babel writes none.
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def format_number(number: int | Decimal, *, locale: str, numbering: Numbering) -> str:
    """A number with the thousands and decimal marks of its digits."""
    shown = format_decimal(number, locale=parse_locale(locale), numbering_system=numbering)
    return _completed(shown, locale=locale, numbering=numbering)


def format_amount(amount: Decimal, currency: str, *, locale: str, numbering: Numbering) -> str:
    """An amount with the sign of its currency where the locale puts it, and CLDR's number of decimals."""
    shown = format_currency(amount, currency, locale=parse_locale(locale), numbering_system=numbering)
    spaced = _LETTER_BEFORE_DIGIT.sub("\u00a0", shown)
    return _completed(spaced, locale=locale, numbering=numbering)


def _completed(shown: str, *, locale: str, numbering: Numbering) -> str:
    """What Babel leaves out: it takes the marks of the numbering system but not always its digits, and writes a bare
    hyphen for the minus sign, which right-to-left text moves to the other end of the number."""
    minus = get_minus_sign_symbol(parse_locale(locale), numbering_system=numbering)
    return to_script(shown.replace("-", minus), numbering)

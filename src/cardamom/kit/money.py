"""Money: whole minor units and a currency. Never a float, never a conversion."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import msgspec
from babel.core import get_global

from cardamom.kit.catalogs import _, current
from cardamom.kit.digits import DECIMAL_MARK, THOUSANDS_MARK, Numbering, to_ascii, to_script
from cardamom.kit.errors import Malformed
from cardamom.kit.numbers import format_amount
from cardamom.kit.text import isolate

MAX_MINOR = 10**12

# Every currency that has not two decimals. CLDR's numbers, which are what is used in shops: ISO 4217 still gives
# decimals to some whose coins are gone. A stored amount means this for ever: never change a line.
_WITHOUT_DECIMALS = (
    "AFN ALL BIF CLP DJF GNF IQD IRR ISK JPY KMF KPW KRW LAK LBP "
    "MGA MMK PYG RSD RWF SOS SYP UGX VND VUV XAF XOF XPF YER"
)
_EXPONENTS = {
    **dict.fromkeys(_WITHOUT_DECIMALS.split(), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

_BIDI_CONTROLS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_SPACED_THOUSANDS = re.compile(r"(?<=\d)[\s'\u2019](?=\d{3}(?!\d))")
_PLAIN = re.compile(r"[0-9]+|[0-9]*\.[0-9]+")
# Threes, or threes and twos as in India: 1,00,000.
_GROUPED_BY = {
    mark: re.compile(rf"[1-9][0-9]{{0,2}}(?:[{mark}][0-9]{{2,3}})*[{mark}][0-9]{{3}}") for mark in ".,"
}
_MAX_TYPED_LENGTH = 40


class Money(msgspec.Struct, frozen=True):
    """An amount. `minor` is in the smallest unit: 1050 with EUR is €10.50, 1050 with KWD is 1.050 dinar."""

    minor: int
    #: ISO 4217. The shape is checked where it is read; which one is right is for whoever knows the business.
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{3}$", max_length=3)]


class AmountMalformed(Malformed):
    """What was typed is not an amount of this currency."""

    code = "amount_malformed"

    def sentence(self) -> str:
        return _("This is not an amount of money. Write it as digits, such as %(example)s.") % {
            "example": isolate(to_script("1250", current().numbering))
        }


class AmountTooLarge(Malformed):
    """More than any sale. Facts: limit_minor, currency."""

    code = "amount_too_large"

    def sentence(self) -> str:
        limit = Money(self.facts["limit_minor"], self.facts["currency"])
        chosen = current()
        shown = format_money(limit, locale=chosen.default_locale, numbering=chosen.numbering)
        return _("This amount is larger than %(limit)s.") % {"limit": isolate(shown)}


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """The codes of every currency that is legal tender somewhere today."""
    territories = get_global("territory_currencies").values()
    return frozenset(
        code for rows in territories for code, _start, end, is_tender in rows if end is None and is_tender
    )


def is_currency(code: str) -> bool:
    """Whether this is the ISO 4217 code, in capitals, of a currency in use."""
    return code in currencies()


def exponent(currency: str) -> int:
    """How many decimals an amount has: 2 for EUR, 3 for KWD, 0 for IRR.

    Also for a currency of the past: books keep what was paid in it. Raises ValueError for an unknown one.
    """
    if currency not in get_global("all_currencies"):
        raise ValueError(f"unknown currency: {currency!r}")
    return _EXPONENTS.get(currency, 2)


def format_money(money: Money, *, locale: str, numbering: Numbering) -> str:
    """An amount as the locale writes it, in the given digits. Isolate it inside a sentence."""
    decimals = exponent(money.currency)
    amount = Decimal(money.minor).scaleb(-decimals)
    return format_amount(amount, money.currency, locale=locale, numbering=numbering)


def parse_amount(text: str, *, currency: str) -> Money:
    """Read an amount as it was typed, in any script's digits, with or without marks.

    The Arabic marks say what they are. Of "." and "," the last one is the decimal mark when both occur; a single mark
    separates thousands when exactly three digits follow and the currency has not three decimals. Where that leaves two
    readings ("1,234" of a currency with three decimals) it refuses.
    Raises AmountMalformed, AmountTooLarge (above 10**12 minor units), and ValueError for an unknown currency.
    """
    decimals = exponent(currency)
    if len(text) > _MAX_TYPED_LENGTH:
        raise AmountMalformed
    visible = _BIDI_CONTROLS.sub("", text).strip()
    plain = _without_grouping(_SPACED_THOUSANDS.sub("", visible), decimals)
    if _PLAIN.fullmatch(plain) is None:
        raise AmountMalformed
    _whole, _mark, fraction = plain.partition(".")
    if len(fraction) > decimals:
        raise AmountMalformed
    minor = int(Decimal(plain).scaleb(decimals))
    if minor > MAX_MINOR:
        raise AmountTooLarge(limit_minor=MAX_MINOR, currency=currency)
    return Money(minor, currency)


def _without_grouping(text: str, decimals: int) -> str:
    """The same number with "." for the decimal mark and no other mark; what is no number stays none."""
    if DECIMAL_MARK in text or THOUSANDS_MARK in text:
        whole, mark, fraction = text.partition(DECIMAL_MARK)
        return _ungrouped(to_ascii(whole), ",") + to_ascii(mark + fraction)
    ascii_text = to_ascii(text)
    marks = [character for character in ascii_text if character in ".,"]
    if not marks:
        return ascii_text
    last = marks[-1]
    if len(set(marks)) == 2:
        whole, _mark, fraction = ascii_text.rpartition(last)
        return f"{_ungrouped(whole, marks[0])}.{fraction}"
    if len(marks) > 1:
        return _ungrouped(ascii_text, last)
    whole, _mark, fraction = ascii_text.partition(last)
    if len(fraction) == 3 and decimals == 3 and last == ",":
        raise AmountMalformed
    if len(fraction) == 3 and decimals != 3:
        return _ungrouped(ascii_text, last)
    return f"{whole}.{fraction}"


def _ungrouped(text: str, mark: str) -> str:
    """The digits without their thousands marks. Raises AmountMalformed where those stand in the wrong places."""
    if mark not in text:
        return text
    if _GROUPED_BY[mark].fullmatch(text) is None:
        raise AmountMalformed
    return text.replace(mark, "")

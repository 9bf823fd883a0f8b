"""Fields of forms for what people write in their own way: whole numbers, amounts of money, days, a text per language.

Each takes every script's digits, shows a stored value in the reader's, and keeps what was typed when it is wrong.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, Final, TypeVar

import wtforms
from wtforms.validators import StopValidation, ValidationError

from cardamom.kit.calendars import DateMalformed, hijri, jalali, parse_date
from cardamom.kit.catalogs import _, current, say_number
from cardamom.kit.digits import to_ascii, to_script
from cardamom.kit.errors import Refused
from cardamom.kit.forms import Form
from cardamom.kit.languages import SUPPORTED
from cardamom.kit.localised import Localised
from cardamom.kit.money import Money, exponent, parse_amount
from cardamom.kit.text import clean

F = TypeVar("F", bound=type[Form])

#: More digits are no number that anybody means.
_MOST_DIGITS: Final = 12
#: Nobody means a year from here on in another calendar than the Gregorian.
_FIRST_GREGORIAN_YEAR: Final = "19"


class WholeNumberField(wtforms.Field):
    """A whole number. `data` is an int, or None for a field that is empty or no number."""

    widget = wtforms.widgets.TextInput()
    data: int | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else to_script(str(self.data), current().numbering)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed. Raises ValueError with a sentence."""
        if not valuelist:
            return
        self.data = None
        digits = "".join(to_ascii(valuelist[0]).split()).replace(",", "")
        if not digits:
            return
        if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
            raise ValueError(_("Write a whole number in digits."))
        self.data = int(digits)


class AmountField(wtforms.StringField):
    """An amount in one currency, which `priced_in` says. `data` is what stands in the field."""

    currency = "XXX"

    def money(self) -> Money | None:
        """The amount; None for an empty field. Raises AmountMalformed, AmountTooLarge."""
        text = (self.data or "").strip()
        return parse_amount(text, currency=self.currency) if text else None

    def pre_validate(self, form: Any) -> None:
        try:
            self.money()
        except Refused as refusal:
            raise ValidationError(refusal.sentence()) from refusal


class DayField(wtforms.StringField):
    """A day in the calendar in force. `data` is what stands in the field."""

    def day(self) -> date | None:
        """The day; None for an empty field. Raises DateMalformed."""
        text = to_ascii((self.data or "").strip())
        if not text:
            return None
        is_gregorian = any(part.startswith((_FIRST_GREGORIAN_YEAR, "2")) for part in _years(text))
        return parse_date(text, calendar="gregorian" if is_gregorian else current().calendar)

    def pre_validate(self, form: Any) -> None:
        try:
            self.day()
        except DateMalformed as refusal:
            raise ValidationError(refusal.sentence()) from refusal


def _years(text: str) -> list[str]:
    return [part for part in text.replace("/", "-").replace(".", "-").split("-") if len(part) == 4]


def amount_as_typed(money: Money | None) -> str:
    """An amount as `AmountField` takes it, in the reader's digits; "" for none."""
    if money is None:
        return ""
    decimals = exponent(money.currency)
    digits = str(money.minor).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    return to_script(f"{whole}.{fraction}" if fraction.strip("0") else whole, current().numbering)


def day_as_typed(day: date | None) -> str:
    """A day as `DayField` takes it, year first, in ASCII digits; "" for none."""
    if day is None:
        return ""
    match current().calendar:
        case "gregorian":
            return day.isoformat()
        case "jalali":
            year, month, of_month = jalali(day)
        case "hijri":
            year, month, of_month = hijri(day)
    return f"{year}-{month:02d}-{of_month:02d}"


def priced_in(form: Form, currency: str) -> None:
    """Say in which currency the amounts of a form are."""
    for field in form:
        if isinstance(field, AmountField):
            field.currency = currency


class Within:
    """Refuses a number outside two bounds; an empty field passes."""

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = most

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is not None and not self._least <= field.data <= self._most:
            places = {"least": say_number(self._least), "most": say_number(self._most)}
            raise ValidationError(_("Choose a number from %(least)s to %(most)s.") % places)


class Filled:
    """Refuses an empty field, and one that only looks filled. What is wrong with a filled one is said alone."""

    field_flags: Final = {"required": True}

    def __call__(self, _form: Any, field: Any) -> None:
        given = field.raw_data[0] if field.raw_data else ""
        if not str(given).strip():
            field.errors = []
            raise StopValidation(_("Fill in this field."))


class NotLonger:
    """Refuses a text with more characters than are stored."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def __call__(self, _form: Any, field: Any) -> None:
        try:
            clean(field.data or "", limit=self._limit)
        except Refused as refusal:
            raise ValidationError(refusal.sentence()) from refusal


def with_texts(**fields: Callable[[], Any]) -> Callable[[F], F]:
    """A class decorator: `name=…` gives the form the fields name_en, name_ar, name_fa and name_he.

    fields: by name, what makes the field for one language.
    """

    def with_fields(form: F) -> F:
        for name, make in fields.items():
            for code in SUPPORTED:
                setattr(form, f"{name}_{code}", make())
        return form

    return with_fields


def texts_of(form: Form, name: str, *, stored: Mapping[str, str]) -> Localised:
    """A text in every language as it will be stored.

    stored: what it is now, for languages that have no field here.
    """
    others = {tag: text for tag, text in stored.items() if tag not in SUPPORTED}
    typed = {code: form.text(f"{name}_{code}") for code in SUPPORTED}
    return {**others, **{code: text for code, text in typed.items() if text.strip()}}


def texts_as_typed(name: str, text: Mapping[str, str]) -> dict[str, str]:
    """The data of a form for a stored text."""
    return {f"{name}_{code}": text.get(code, "") for code in SUPPORTED}


def require_one_text(form: Form, name: str, *, languages: Collection[str], own: str) -> bool:
    """Whether a text is written in at least one language; else the field of the own language says so.

    languages: those that the form shows. Call it after `validate`, which forgets errors.
    """
    shown = [code for code in SUPPORTED if code in languages or form[f"{name}_{code}"].data]
    if any(form.text(f"{name}_{code}").strip() for code in shown):
        return True
    field = form[f"{name}_{own}"]
    field.errors = [*field.errors, _("Fill in this field.")]
    return False

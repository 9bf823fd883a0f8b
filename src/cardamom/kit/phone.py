"""Phone numbers, stored as E.164 and shown as people write them."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from cardamom.kit.catalogs import _
from cardamom.kit.digits import to_ascii
from cardamom.kit.errors import Malformed

_MAX_TYPED_LENGTH = 50


class PhoneMalformed(Malformed):
    """What was typed is not a phone number."""

    code = "phone_malformed"

    def sentence(self) -> str:
        return _("This is not a phone number. Write it with the country code, such as +44.")


def normalise_phone(text: str, *, region: str) -> str:
    """A number as E.164, "+989121234567".

    region: ISO 3166 code of the country whose numbers are written without a country code ("IR").
    A number must have a possible length. Whether its prefix is in use is not asked: that list ages, and a customer with
    a new prefix must not be turned away. Raises PhoneMalformed.
    """
    if len(text) > _MAX_TYPED_LENGTH:
        raise PhoneMalformed
    try:
        number = phonenumbers.parse(to_ascii(text), region)
    except NumberParseException as error:
        raise PhoneMalformed from error
    if (
        number.extension
        or phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE
    ):
        raise PhoneMalformed
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def phone_in_query(text: str) -> str:
    """A number as it was meant in a query string, where a plus sign that was not escaped arrives as a space."""
    return "+" + text[1:] if text.startswith(" ") else text


def display_phone(e164: str, *, region: str) -> str:
    """A stored number as people in a region write it: without the country code at home. Always shown left to right."""
    number = phonenumbers.parse(e164, None)
    at_home = phonenumbers.country_code_for_region(region) == number.country_code
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    )


def mask_phone(e164: str) -> str:
    """Enough of a number to recognise one's own: "+98 … 67"."""
    number = phonenumbers.parse(e164, None)
    return f"+{number.country_code} … {e164[-2:]}"

"""E-mail addresses: checked for form only, without asking the network."""

from email_validator import EmailNotValidError, validate_email

from cardamom.kit.catalogs import _
from cardamom.kit.errors import Malformed
from cardamom.kit.text import clean

_LIMIT = 254  # RFC 5321, section 4.5.3.1.3


class EmailMalformed(Malformed):
    """What was typed is not an e-mail address."""

    code = "email_malformed"

    def sentence(self) -> str:
        return _("This is not an e-mail address.")


def normalise_email(text: str) -> str:
    """An address in the form in which it is stored and looked up, in lower case.

    The part before the @ may distinguish case by the letter of RFC 5321. Nobody's does, and people write theirs both
    ways. Raises EmailMalformed, and TextTooLong above 254 characters.
    """
    try:
        return validate_email(clean(text, limit=_LIMIT), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise EmailMalformed from error

"""What can be refused about card holders.

A customer that does not exist, or belongs to another business, is `kit.errors.NotFound`. Phone numbers, e-mail
addresses and texts bring their own refusals from the kit.
"""

from cardamom.kit.errors import Conflict, Malformed
from cardamom.kit.i18n import _


class BirthdayMalformed(Malformed):
    """Not a day, not written as one, or in a year in which no customer was born."""

    code = "birthday_malformed"

    def sentence(self) -> str:
        return _("This is not a birthday. Write year, month and day; the year may be left out.")


class ExternalIdTaken(Conflict):
    """Another customer of the business has this id in the business's own system. Facts: field."""

    code = "external_id_taken"

    def sentence(self) -> str:
        return _("Another customer already has this external ID.")


class ConsentUnworded(Malformed):
    """A consent was given to nothing: without the words that the person saw it proves nothing."""

    code = "consent_unworded"

    def sentence(self) -> str:
        return _("A consent needs the words that the customer agreed to.")

"""What can be refused about cards.

NotFound            404
  CardUnknown       404  card_unknown
Gone                410
  CardClosed        410  card_closed
  ProgramClosed     410  program_closed
  CodeExpired       410  code_expired
Conflict            409
  CodeUsed          409  code_used
  ExternalIdTaken   409  card_external_id_taken   facts: card_id
"""

from __future__ import annotations

from cardamom.kit.errors import Conflict, Gone, NotFound
from cardamom.kit.i18n import _


class CardUnknown(NotFound):
    """No card of this merchant has this code, number or id; somebody else's card gets the same answer."""

    code = "card_unknown"

    def sentence(self) -> str:
        return _("There is no card with this code here.")


class CardClosed(Gone):
    """The card was closed by its holder or by staff."""

    code = "card_closed"

    def sentence(self) -> str:
        return _("This card was closed.")


class ProgramClosed(Gone):
    """The program takes no more joins and stamps; vouchers that were issued stay valid to their date."""

    code = "program_closed"

    def sentence(self) -> str:
        return _("This program has ended. Vouchers stay valid until their date.")


class CodeExpired(Gone):
    """A rotating code whose half minute is over: a picture of a card, or a screen that stood still."""

    code = "code_expired"

    def sentence(self) -> str:
        return _("This code is no longer valid. Ask the customer to open the card and show its live code.")


class CodeUsed(Conflict):
    """A rotating code that a visit of this card was recorded with before."""

    code = "code_used"

    def sentence(self) -> str:
        return _("This code was used already. Ask the customer to show the next one.")


class ExternalIdTaken(Conflict):
    """Another card of the program carries this external_id. Facts: card_id."""

    code = "card_external_id_taken"

    def sentence(self) -> str:
        return _("Another card of this program already has this external ID.")

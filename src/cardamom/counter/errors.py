"""What a scan can be refused for before it reaches a card or a voucher.

Conflict               409
  CodeNotForScanning   409  code_not_for_scanning
  NotACard             409  not_a_card
NotFound               404
  LocationUnknown      404  location_unknown
"""

from __future__ import annotations

from cardamom.kit.errors import Conflict, NotFound
from cardamom.kit.i18n import _


class CodeNotForScanning(Conflict):
    """A real code of a kind that this counter does not take."""

    code = "code_not_for_scanning"

    def sentence(self) -> str:
        return _("This code is for something else. Scan a card or a voucher.")


class NotACard(Conflict):
    """A voucher was scanned where a stamp was asked for."""

    code = "not_a_card"

    def sentence(self) -> str:
        return _("This is a voucher. It cannot be stamped, only redeemed.")


class LocationUnknown(NotFound):
    """The business has no such location; another's gets the same answer."""

    code = "location_unknown"

    def sentence(self) -> str:
        return _("This shop has no such location.")

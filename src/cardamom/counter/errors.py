"""What a scan can be refused for before it reaches a card or a voucher.

Conflict               409
  CodeNotForScanning   409  code_not_for_scanning
  NotACard             409  not_a_card
  NothingToRedeem      409  nothing_to_redeem
  ChooseVoucher        409  choose_voucher          facts: vouchers (how many)
"""

from __future__ import annotations

from cardamom.kit.errors import Conflict
from cardamom.kit.i18n import _, ngettext, say_number


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


class NothingToRedeem(Conflict):
    """The card holds no voucher that can be used now."""

    code = "nothing_to_redeem"

    def sentence(self) -> str:
        return _("This card has no voucher to redeem.")


class ChooseVoucher(Conflict):
    """The card holds several vouchers; one of them must be named. Facts: vouchers."""

    code = "choose_voucher"

    def sentence(self) -> str:
        count = self.facts["vouchers"]
        return ngettext(
            "This card has %(count)s voucher. Choose it.",
            "This card has %(count)s vouchers. Choose one.",
            count,
        ) % {"count": say_number(count)}

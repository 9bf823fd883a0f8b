"""What can be refused about vouchers and the pools of codes.

Each sentence is written from the facts alone, in the language in force.

    NotFound                    404
      VoucherUnknown            404  voucher_unknown
      PoolUnknown               404  pool_unknown
    Gone                        410
      VoucherExpired            410  voucher_expired           facts: expired_at, last_day
      VoucherCancelled          410  voucher_cancelled
    Conflict                    409
      VoucherAlreadyRedeemed    409  voucher_already_redeemed  facts: redeemed_at, via, time_zone
      VoucherNotYetActive       409  voucher_not_yet_active    facts: active_from
      VoucherLocation           409  voucher_location          facts: locations
      RedemptionNotAllowed      409  redemption_not_allowed    facts: redemption, via
      PoolEmpty                 409  pool_empty                facts: pool
      NothingToRedeem           409  nothing_to_redeem         facts: card
      ChooseVoucher             409  choose_voucher            facts: vouchers (how many), card
    Malformed                   422
      PoolCodeDuplicate         422  pool_code_duplicate
      PoolCodeMalformed         422  pool_code_malformed
"""

from __future__ import annotations

from cardamom.kit.errors import Conflict, Gone, Malformed, NotFound
from cardamom.kit.i18n import _, ngettext, say_date, say_datetime, say_number
from cardamom.kit.text import isolate


class VoucherUnknown(NotFound):
    """No voucher of this merchant has this id or code, or it is not on the card that was named."""

    code = "voucher_unknown"

    def sentence(self) -> str:
        return _("There is no voucher with this code.")


class VoucherExpired(Gone):
    """Its time is over. Facts: expired_at (the first instant after it), last_day (the last valid day of the shop)."""

    code = "voucher_expired"

    def sentence(self) -> str:
        return _("This voucher was valid until %(day)s.") % {"day": isolate(say_date(self.facts["last_day"]))}


class VoucherCancelled(Gone):
    """It was taken back before it was used."""

    code = "voucher_cancelled"

    def sentence(self) -> str:
        return _("This voucher was cancelled.")


class VoucherAlreadyRedeemed(Conflict):
    """It was used before. Facts: redeemed_at, via, time_zone of the shop."""

    code = "voucher_already_redeemed"

    def sentence(self) -> str:
        at = isolate(say_datetime(self.facts["redeemed_at"], time_zone=self.facts["time_zone"]))
        match self.facts["via"]:
            case "self":
                return _("This voucher was already used on the customer's phone: %(at)s.") % {"at": at}
            case "staff":
                return _("This voucher was already used at the counter: %(at)s.") % {"at": at}
            case "code":
                return _("The code of this voucher was already shown: %(at)s.") % {"at": at}
            case _:
                return _("This voucher was already used through another system: %(at)s.") % {"at": at}


class VoucherNotYetActive(Conflict):
    """It waits for the next visit. Facts: active_from."""

    code = "voucher_not_yet_active"

    def sentence(self) -> str:
        return _("This voucher can be used from the next visit on.")


class VoucherLocation(Conflict):
    """It is accepted elsewhere. Facts: locations (ids), where it is accepted."""

    code = "voucher_location"

    def sentence(self) -> str:
        return _("This voucher is not accepted at this location.")


class RedemptionNotAllowed(Conflict):
    """Somebody else has to redeem it. Facts: redemption (what the terms ask for), via (what was tried)."""

    code = "redemption_not_allowed"

    def sentence(self) -> str:
        match self.facts["redemption"]:
            case "staff":
                return _("Only staff can redeem this voucher.")
            case "code":
                return _("This voucher is used by showing its code at the till.")
            case _:
                return _("The customer redeems this voucher on their own phone.")


class PoolEmpty(Conflict):
    """Every imported code was handed out; the voucher stays as it is. Facts: pool (its id)."""

    code = "pool_empty"

    def sentence(self) -> str:
        return _("There are no codes left for this voucher at the moment. It stays valid.")


class NothingToRedeem(Conflict):
    """The card holds no voucher that can be used now. Facts: card."""

    code = "nothing_to_redeem"

    def sentence(self) -> str:
        return _("This card has no voucher to redeem.")


class ChooseVoucher(Conflict):
    """The card holds several vouchers; one of them must be named. Facts: vouchers (how many), card."""

    code = "choose_voucher"

    def sentence(self) -> str:
        count = self.facts["vouchers"]
        return ngettext(
            "This card has %(count)s voucher. Choose it.",
            "This card has %(count)s vouchers. Choose one.",
            count,
        ) % {"count": say_number(count)}


class PoolUnknown(NotFound):
    """This merchant has no such pool."""

    code = "pool_unknown"

    def sentence(self) -> str:
        return _("There is no such pool of codes.")


class PoolCodeDuplicate(Malformed):
    """A line of an import is a code that the pool already has, or that stood on an earlier line."""

    code = "pool_code_duplicate"

    def sentence(self) -> str:
        return _("This code is already in the pool.")


class PoolCodeMalformed(Malformed):
    """A line of an import is empty, too long or has characters that no barcode carries."""

    code = "pool_code_malformed"

    def sentence(self) -> str:
        return _("A code has 1 to 48 letters, digits and signs of the Latin alphabet.")

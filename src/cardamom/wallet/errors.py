"""What can be refused about passes.

NotFound                  404
  PassUnknown             404  pass_unknown
NotSignedIn               401
  PassTokenWrong          401  pass_token_wrong
Conflict                  409
  TooManyDevices          409  too_many_devices       facts: limit
Gone                      410
  VoucherOver             410  voucher_over           facts: voucher
WalletNotConfigured       503  wallet_not_configured  facts: wallet, retry_after_seconds
"""

from __future__ import annotations

from typing import Literal

from cardamom.kit.errors import Conflict, Gone, NotFound, NotSignedIn, Refused
from cardamom.kit.i18n import _, ngettext, say_number

#: A wallet that nobody set up is not there in a second; phones come back by themselves.
_RETRY_AFTER_SECONDS = 3_600


class PassUnknown(NotFound):
    """No pass of this merchant has this name; somebody else's pass gets the same answer."""

    code = "pass_unknown"

    def sentence(self) -> str:
        return _("There is no such pass.")


class PassTokenWrong(NotSignedIn):
    """The token is missing, malformed, or not that of the pass; a pass that does not exist gets the same answer."""

    code = "pass_token_wrong"

    def sentence(self) -> str:
        return _("This is not the token of this pass.")


class TooManyDevices(Conflict):
    """A pass is shared with more devices than are told of its changes. Facts: limit."""

    code = "too_many_devices"

    def sentence(self) -> str:
        limit = self.facts["limit"]
        return ngettext(
            "This pass is on %(count)s device already. It can be added to no more.",
            "This pass is on %(count)s devices already. It can be added to no more.",
            limit,
        ) % {"count": say_number(limit)}


class VoucherOver(Gone):
    """A voucher that was used, withdrawn or has expired gets no pass any more. Facts: voucher (its id)."""

    code = "voucher_over"

    def sentence(self) -> str:
        return _("This voucher is over and cannot be added to a wallet any more.")


class WalletNotConfigured(Refused):
    """The business has no certificate or account for this wallet that can be used now. Facts: wallet."""

    code = "wallet_not_configured"
    status = 503

    def __init__(
        self, *, wallet: Literal["apple", "google"], retry_after_seconds: int = _RETRY_AFTER_SECONDS
    ) -> None:
        super().__init__(wallet=wallet, retry_after_seconds=retry_after_seconds)

    def sentence(self) -> str:
        if self.facts["wallet"] == "apple":
            return _("Apple Wallet is not set up here. Your card works without it.")
        return _("Google Wallet is not set up here. Your card works without it.")

"""What can be refused about passes.

NotFound                  404
  PassUnknown             404  pass_unknown
Gone                      410
  VoucherOver             410  voucher_over
"""

from __future__ import annotations

from cardamom.kit.errors import Gone, NotFound
from cardamom.kit.i18n import _


class PassUnknown(NotFound):
    """No pass of this merchant has this name; somebody else's pass gets the same answer."""

    code = "pass_unknown"

    def sentence(self) -> str:
        return _("There is no such pass.")


class VoucherOver(Gone):
    """A voucher that was used, withdrawn or has expired gets no pass any more. Facts: voucher (its id)."""

    code = "voucher_over"

    def sentence(self) -> str:
        return _("This voucher is over and cannot be added to a wallet any more.")

"""When a certificate ends, and when the owner is told so: at 60, 30 and 7 days, and when it is over; each once.

Passes that are on phones stay when a certificate expires; no new ones are made, and none is updated. A renewed
certificate of the same pass type takes over without a gap, which is why there is time to tell.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from prometheus_client import Gauge

from cardamom.kit.clock import now
from cardamom.wallet.sealed import WalletName

#: From here on it is time to renew.
SOON_DAYS: Final = 60
#: The owner is told when so many days are left, the last time when none is.
MILESTONES: Final[Sequence[int]] = (60, 30, 7, 0)
#: The kind of the notice to the owner. Facts: wallet, issuer, days (the milestone), expires_at.
CERTIFICATE_ENDS: Final = "wallet_certificate_ends"

#: Never anything about a merchant: "installation" is the server's own, "merchants" the first of theirs to end.
days_to_expiry = Gauge(
    "cardamom_wallet_certificate_days_to_expiry",
    "Days until a certificate ends, below 0 afterwards; of the merchants' own the one that ends first.",
    ["wallet", "whose"],
)

_NAMESPACE: Final = uuid.UUID("5f0b4c1e-6f0d-4c53-9d0a-6c6172646d6d")


def milestone_at(expires_at: datetime, *, at: datetime) -> int | None:
    """The last milestone that was reached; None while there is time.

    Only the last: a certificate that is given with five days left is not announced three times.
    """
    left = (expires_at - at).total_seconds() / 86_400
    reached = [days for days in MILESTONES if left <= days]
    return min(reached) if reached else None


def notice_id(*, merchant_id: str, issuer: str, expires_at: datetime, milestone: int) -> str:
    """The same for the same news: a notice is recorded once for an event and kind (`merchants.tables.notices`).

    A renewed certificate ends at another instant, and is news again.
    """
    named = f"{merchant_id}/{issuer}/{expires_at.isoformat()}/{milestone}"
    return str(uuid.uuid5(_NAMESPACE, named))


def days_until(instant: datetime) -> float:
    """Below 0 when it has passed."""
    return round((instant - now()).total_seconds() / 86_400, 1)


def show_ends(ends: Mapping[tuple[WalletName, str], datetime]) -> None:
    """Let the gauge count down to these instants. ends: by (wallet, whose)."""
    days_to_expiry.clear()
    for (wallet, whose), instant in ends.items():
        days_to_expiry.labels(wallet=wallet, whose=whose).set_function(partial(days_until, instant))

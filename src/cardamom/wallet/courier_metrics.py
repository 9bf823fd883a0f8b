"""What the courier counts: nothing about a merchant or a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from cardamom.wallet.deliveries import Sent

#: How often what is due is counted.
COUNT_SECONDS = 15.0

_SENT = Counter(
    "cardamom_wallet_sent", "Bindings that a wallet was told, by what it answered", ["wallet", "answer"]
)
_LAG = Histogram(
    "cardamom_wallet_lag_seconds",
    "From the moment a binding was due until its wallet knew",
    ["wallet"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600, 3600, 86_400),
)
_DUE = Gauge("cardamom_wallet_due", "Bindings that should have been told by now", ["wallet"])


def count_sent(results: Sequence[Sent], *, at: datetime) -> None:
    """One slice's answers."""
    for each in results:
        _SENT.labels(each.due.wallet, each.answer).inc()
        if each.told:
            _LAG.labels(each.due.wallet).observe((at - each.due.next_try).total_seconds())


def count_due(due: Mapping[str, int]) -> None:
    """By wallet; one that is not named has nothing due."""
    for wallet in ("apple", "google"):
        _DUE.labels(wallet).set(due.get(wallet, 0))

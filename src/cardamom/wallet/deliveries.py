"""What is carried to a wallet and what came of it: the words between the courier and its carriers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec
from msgspec import UNSET, UnsetType

Wallet = Literal["apple", "google"]

#: Answers by which a binding knows what it should although nothing was said to its wallet just now.
QUIET = frozenset({"fetched", "unchanged", "nobody", "not_sent"})


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A binding that should be told, as it was when it was claimed (docs/plans/0002, wallet/tables.py).

    wanted: the position that it should know; what is sent is what is true at that moment, so at least that.
    tries: how often in a row it could not be told. shown, notices: Google's; what it was last told, and when it spoke.
    """

    merchant_id: str
    id: str
    wallet: Wallet
    issuer: str
    kind: Literal["card", "voucher", "program", "reward"]
    subject_id: str
    card_id: str | None
    epoch: int
    state: Literal["issued", "saved", "removed", "void"]
    wanted: int
    sent: int
    fetched: int
    urgency: int
    next_try: datetime
    tries: int
    shown: dict[str, Any] | None
    notices: list[Any]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came of telling one binding.

    answer: a word for the metrics: "ok", "unavailable", "refused" and the like, or one of QUIET.
    told: the binding knows `due.wanted` now. Otherwise it stays due and is tried again after growing gaps.
    wait_seconds: try again after so long instead, because the other side or a budget of ours said so; no failed try.
    ended: do not try again before the next change; somebody has to mend something (`error` says what).
    error: a short stable word for `wallet_binding.error`, None when all is well.
    shown, notices: their new values; UNSET leaves them.
    """

    due: Due
    answer: str
    told: bool = False
    ended: bool = False
    wait_seconds: float | None = None
    error: str | None = None
    shown: dict[str, Any] | UnsetType = UNSET
    notices: list[Any] | UnsetType = UNSET


class Carrier(Protocol):
    """Tells bindings of one wallet. The courier has up to `slices_at_once` calls of `send` under way.

    A binding is in one call at a time. `send` answers for every binding that it was given, and raises nothing but what
    is a fault of ours: the bindings then stay due.
    """

    @property
    def wallet(self) -> Wallet: ...

    @property
    def slice_size(self) -> int: ...

    @property
    def slices_at_once(self) -> int: ...

    async def send(self, bindings: Sequence[Due]) -> list[Sent]: ...

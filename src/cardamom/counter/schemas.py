"""A scan as the API takes it and answers it (DESIGN section 7)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from cardamom.cards.schemas import Card, VoucherBrief
from cardamom.kit.money import Money
from cardamom.vouchers.schemas import Voucher

Action = Literal["auto", "stamp", "redeem"]


class ScanIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code that was scanned or typed.

    code: a card's or voucher's code, fixed or rotating, or a card's short number, in any script's digits.
    action: auto stamps a card and offers the redemption of a voucher.
    stamps: several purchases at once; amount: what was paid, for programs that count money.
    voucher: which of the card's vouchers to redeem, when a card's code comes with "redeem".
    device: the till's own name; two reads of one card on one device within ten seconds are one visit.
    occurred_at: when the code was read, by the device's clock, with its offset. Cooldowns and rotating codes are judged
    by it as far as it is believed.
    """

    code: str
    action: Action = "auto"
    stamps: int | None = None
    amount: Money | None = None
    voucher: str | None = None
    location: str | None = None
    device: str | None = None
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class ScanOut(msgspec.Struct, frozen=True, kw_only=True):
    """What happened. A refused scan is an answer: the scanner worked.

    reason: a stable word: why it was refused, or "repeated_read" and "redeem_offered" for what was not written anew.
    operation: its id, for an undo; null when nothing was written. issued: vouchers that this scan gave.
    """

    outcome: Literal["accepted", "refused"]
    sentence: str
    reason: str | None = None
    operation: str | None = None
    recorded_at: datetime | None = None
    replayed: bool = False
    granted: int = 0
    card: Card | None = None
    issued: list[VoucherBrief] = []
    voucher: Voucher | None = None


class UndoIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """reason: asked of a manager who reverses what is older than the till's undo."""

    reason: str | None = None

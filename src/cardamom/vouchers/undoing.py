"""Taking a redemption back: the voucher gets its use again. The books keep both."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import UNDO_GRACE_SECONDS, Decision, Move, Occasion
from cardamom.ledger.errors import AlreadyUndone, NotUndoable, OperationUnknown, UndoTooLate
from cardamom.ledger.handlers import Tx
from cardamom.vouchers.events import voucher_redemption_undone
from cardamom.vouchers.locking import lock_vouchers
from cardamom.vouchers.redeeming import RedeemVoucher
from cardamom.vouchers.rules import Status, Voucher, reopened

FIND_OPERATION = """
select o.kind, o.outcome, o.recorded_at, o.facts,
       (select r.id from operation r where r.merchant_id = o.merchant_id and r.reverses = o.id) as undone_by
  from operation o
 where o.merchant_id = %s and o.id = %s
"""

GIVE_BACK = """
update voucher
   set status = %(status)s, redeemed_at = null, redeemed_via = null, redemption_id = null,
       ended_at = case when status = %(status)s then ended_at else %(ended_at)s end
 where merchant_id = %(merchant_id)s and id = %(id)s
"""


class UndoRedemption(Command, frozen=True, kw_only=True):
    """Take an accepted redemption back.

    window_seconds: refuse when it is older; None for a reversal, which knows no end and gives its `reason`.
    """

    kind: ClassVar[str] = "voucher.undo_redemption"

    operation_id: str
    window_seconds: int | None = None
    reason: str | None = None


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted redemption that nobody has taken back."""

    operation_id: str
    voucher_id: str
    recorded_at: datetime


class UndoRedemptionDeed:
    """One redemption at a time: undoing is rare."""

    async def perform(self, tx: Tx, command: UndoRedemption, occasion: Occasion) -> Decision:
        """Raises OperationUnknown, NotUndoable, AlreadyUndone and UndoTooLate."""
        redemption = await find_redemption(tx, command.merchant_id, command.operation_id)
        _check_age(redemption, command, occasion)
        held = await lock_vouchers(tx, ids=[(command.merchant_id, redemption.voucher_id)])
        voucher = held.vouchers[command.merchant_id, redemption.voucher_id]
        # Read again under the lock: whoever waited for it finds here what the first undo wrote.
        redemption = await find_redemption(tx, command.merchant_id, command.operation_id)
        if voucher.terms.uses == 1 and voucher.redemption_id != redemption.operation_id:
            raise AlreadyUndone
        decision = reverse_redemption(
            voucher,
            uses_left=held.accounts[voucher.id].balance,
            operation_id=redemption.operation_id,
            now=occasion.now,
        )
        await give_back(tx, voucher, now=occasion.now)
        return msgspec.structs.replace(decision, facts={**decision.facts, "note": command.reason})


async def find_redemption(tx: Tx, merchant_id: str, operation_id: str) -> Redemption:
    """The redemption that an operation was. Raises OperationUnknown, NotUndoable and AlreadyUndone."""
    found = await tx.driver.execute(FIND_OPERATION, (merchant_id, operation_id))
    row: tuple[str, str, datetime, dict[str, Any], str | None] | None = await found.fetchone()
    if row is None:
        raise OperationUnknown
    kind, outcome, recorded_at, facts, undone_by = row
    if kind != RedeemVoucher.kind or outcome != "accepted":
        raise NotUndoable(kind=kind)
    if undone_by is not None:
        raise AlreadyUndone
    return Redemption(operation_id=operation_id, voucher_id=facts["voucher"], recorded_at=recorded_at)


def _check_age(redemption: Redemption, command: UndoRedemption, occasion: Occasion) -> None:
    limit = command.window_seconds
    if limit is not None and occasion.now - redemption.recorded_at > timedelta(
        seconds=limit + UNDO_GRACE_SECONDS
    ):
        raise UndoTooLate(window_seconds=limit)


def reverse_redemption(voucher: Voucher, *, uses_left: int, operation_id: str, now: datetime) -> Decision:
    """Pure: what taking the redemption `operation_id` back does to its voucher.

    uses_left: the balance of the voucher's account. The use comes back; when the voucher is over in the meantime, all
    that is left goes again at once, so that a balance is what can still be used. A drawn code stays with the voucher.
    """
    status = reopened(voucher, now)
    moves = [Move(voucher.id, "undone", 1)]
    if status is not Status.ACTIVE:
        moves.append(Move(voucher.id, status.value, -(uses_left + 1)))
    return Decision(
        facts={"voucher": voucher.id, "card": voucher.card_id, "status": status.value},
        moves=moves,
        states={voucher.id: b"{}"},
        events=(voucher_redemption_undone(voucher, status=status.value),),
        reverses=operation_id,
    )


async def give_back(tx: Tx, voucher: Voucher, *, now: datetime) -> None:
    """Write the row of a voucher whose redemption is taken back; its account is locked by the caller."""
    status = reopened(voucher, now)
    await tx.driver.execute(
        GIVE_BACK,
        {
            "status": status.value,
            "ended_at": voucher.expires_at if status is Status.EXPIRED else None,
            "merchant_id": voucher.merchant_id,
            "id": voucher.id,
        },
    )

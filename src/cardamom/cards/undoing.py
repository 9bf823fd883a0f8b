"""Taking a stamp back: an operation of its own that reverses another, one to one (DESIGN section 4, 6).

Undo of what one just did is for everybody at the counter; a later reversal needs a manager's permission.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from cardamom.cards.errors import CardUnknown
from cardamom.cards.rulebook import Rulebook
from cardamom.cards.stamping import StampCard
from cardamom.kit.errors import Refused
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import UNDO_GRACE_SECONDS, Account, Decision, Event, Move, Occasion
from cardamom.ledger.errors import AlreadyUndone, NotUndoable, OperationUnknown, UndoTooLate
from cardamom.ledger.handlers import Tx
from cardamom.ledger.store import lock_accounts
from cardamom.programs.rules import (
    Given,
    Issued,
    Progress,
    Unstamped,
    next_goal,
    to_go,
    unstamp,
    versions_of,
    withdrawable_goals,
)
from cardamom.vouchers import issuing
from cardamom.vouchers.events import reward_withdrawn

_OPERATION = """
select o.kind, o.outcome, o.facts, o.recorded_at,
       exists (select 1 from operation r where r.merchant_id = o.merchant_id and r.reverses = o.id)
  from operation o
 where o.merchant_id = %s and o.id = %s
"""

_PROGRAM = "select program_id from card where merchant_id = %s and id = %s"

_VOUCHERS = """
select v.id, v.cycle, v.goal_at, v.operation_id, v.status, (v.terms->>'uses')::bigint, v.customer_id, v.program_id,
       v.reward_id
  from voucher v
 where v.merchant_id = %s and v.card_id = %s and v.cycle is not null
"""

_progress_decoder = msgspec.json.Decoder(Progress)


class UndoStamp(Command, frozen=True, kw_only=True):
    """Take back what a stamping operation gave.

    window_seconds: refuse when it is older; None for a reversal, which knows no end and gives its `reason`.
    """

    kind: ClassVar[str] = "card.undo"

    operation_id: str
    window_seconds: int | None = None
    reason: str | None = None


class _Reward(msgspec.Struct, frozen=True):
    """A voucher that a goal of this card issued."""

    id: str
    cycle: int
    at: int
    operation_id: str
    status: str
    uses: int
    customer_id: str | None
    program_id: str | None
    reward_id: str | None

    def is_unused(self, account: Account) -> bool:
        return self.status in {"issued", "active"} and account.balance >= self.uses


def _reward(row: tuple[Any, ...]) -> _Reward:
    voucher_id, cycle, at, operation_id, status, uses, *whose = row
    # Terms leave out what is the default: one use.
    return _Reward(voucher_id, cycle, at, operation_id, status, uses or 1, *whose)


class UndoStampDeed:
    """Registered with the ledger for UndoStamp."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    async def perform(self, tx: Tx, command: UndoStamp, occasion: Occasion) -> Decision:
        """Lock the card, then the vouchers that its goals issued, and take the stamps from where they are now."""
        given, card_id = await _given(tx, command, occasion.now)
        card = (await lock_accounts(tx.driver, [(command.merchant_id, card_id)]))[card_id]
        # Asked under the card's lock: a stamp that we waited for may have issued one.
        found = await tx.driver.execute(_VOUCHERS, (command.merchant_id, card_id))
        rewards = [_reward(row) for row in await found.fetchall()]
        accounts = await lock_accounts(tx.driver, [(command.merchant_id, reward.id) for reward in rewards])
        progress = _progress_decoder.decode(card.state)
        rules = await self._rules(tx, command.merchant_id, card_id, progress)
        result = unstamp(
            given,
            balance=card.balance,
            progress=progress,
            rules=rules,
            withdrawable=_withdrawable(rewards, accounts, progress),
        )
        if isinstance(result, Refused):
            raise result
        taken_back = [
            reward
            for reward in rewards
            if (reward.cycle, reward.at) in result.withdrawn and reward.is_unused(accounts[reward.id])
        ]
        await issuing.cancel(tx, [(command.merchant_id, reward.id) for reward in taken_back], occasion.now)
        cancelled = [(reward, accounts[reward.id]) for reward in taken_back]
        return _undone(command, card_id, result, rules, cancelled)

    async def _rules(self, tx: Tx, merchant_id: str, card_id: str, progress: Progress) -> dict[int, Any]:
        found = await tx.driver.execute(_PROGRAM, (merchant_id, card_id))
        row = await found.fetchone()
        if row is None:
            raise CardUnknown
        versions = versions_of(progress)
        await self._rulebook.load_versions(
            tx.driver, [(merchant_id, row[0], version) for version in versions]
        )
        return {version: self._rulebook.rules((merchant_id, row[0], version)) for version in versions}


async def _given(tx: Tx, command: UndoStamp, now: datetime) -> tuple[Given, str]:
    """What the operation gave, and to which card. Raises the reason why it cannot be taken back."""
    found = await tx.driver.execute(_OPERATION, (command.merchant_id, command.operation_id))
    row = await found.fetchone()
    if row is None:
        raise OperationUnknown
    kind, outcome, facts, recorded_at, is_reversed = row
    if kind != StampCard.kind or outcome != "accepted" or "repeats" in facts:
        raise NotUndoable(kind=kind)
    if is_reversed:
        raise AlreadyUndone
    window = command.window_seconds
    if window is not None and now - recorded_at > timedelta(seconds=window + UNDO_GRACE_SECONDS):
        raise UndoTooLate(window_seconds=window)
    given = Given(
        operation_id=command.operation_id,
        granted=facts["granted"],
        carried_minor=facts["carried_minor"],
        day=facts["day"],
    )
    return given, facts["card"]


def _withdrawable(
    rewards: Sequence[_Reward], accounts: dict[str, Account], progress: Progress
) -> frozenset[tuple[int, int]]:
    issued = [
        Issued(
            cycle=reward.cycle,
            at=reward.at,
            operation_id=reward.operation_id,
            is_unused=reward.is_unused(accounts[reward.id]),
        )
        for reward in rewards
        # What was taken back by an earlier undo is history: the goal may have been reached again since.
        if reward.status != "cancelled"
    ]
    return withdrawable_goals(issued, progress)


def _undone(
    command: UndoStamp,
    card_id: str,
    result: Unstamped,
    rules: dict[int, Any],
    cancelled: Sequence[tuple[_Reward, Account]],
) -> Decision:
    current = rules[result.progress.version]
    facts = {
        "card": card_id,
        "balance": result.balance,
        "goal": current.goal,
        "to_go": to_go(result.balance, result.progress, current),
        "next_goal": next_goal(result.balance, result.progress, current),
        "cycle": result.progress.cycle,
        "owed": result.owed,
        "withdrawn": [reward.id for reward, _ in cancelled],
        "undoes": command.operation_id,
        "note": command.reason,
    }
    gone = {reward.id for reward, _ in cancelled}
    progress = msgspec.structs.replace(
        result.progress,
        waiting=[voucher_id for voucher_id in result.progress.waiting if voucher_id not in gone],
    )
    return Decision(
        facts=facts,
        moves=[
            *(Move(card_id, unit, delta) for unit, delta in result.moves),
            *(issuing.withdrawal(account) for _, account in cancelled),
        ],
        states={card_id: msgspec.json.encode(progress)},
        events=[
            Event("stamp.undone", card_id, {"operation": command.operation_id, "balance": result.balance}),
            *(
                reward_withdrawn(
                    reward.id,
                    card=card_id,
                    customer=reward.customer_id,
                    program=reward.program_id,
                    reward=reward.reward_id,
                )
                for reward, _ in cancelled
            ),
        ],
        reverses=command.operation_id,
    )

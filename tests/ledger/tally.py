"""The smallest thing the ledger can count, for tests of the ledger alone: a tally with a floor of zero."""

from collections.abc import Sequence
from typing import Any, ClassVar

from cardamom.kit.actor import system_actor
from cardamom.kit.errors import Conflict
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Account, Decision, Event, Move, Occasion, refused
from cardamom.ledger.errors import AlreadyUndone, NotUndoable
from cardamom.ledger.handlers import Decided, Facts, Tx
from cardamom.ledger.store import lock_accounts
from cardamom.ledger.writer import Ledger


class TallyTooLow(Conflict):
    """There is not as much as was asked to be taken away."""

    code = "test_tally_too_low"

    def sentence(self) -> str:
        return "There is not enough."


class OpenTally(Command, frozen=True, kw_only=True):
    """Begin a tally with some balance."""

    kind: ClassVar[str] = "test.open"
    account_id: str
    balance: int = 0


class AddToTally(Command, frozen=True, kw_only=True):
    """Move a tally; a negative delta takes away."""

    kind: ClassVar[str] = "test.add"
    account_id: str
    delta: int
    reverses: str | None = None


class UndoTally(Command, frozen=True, kw_only=True):
    """Take back a movement."""

    kind: ClassVar[str] = "test.undo"
    operation_id: str


class OpenTallies:
    """A deed: opens an account."""

    async def perform(self, tx: Tx, command: OpenTally, occasion: Occasion) -> Decision:
        account = Account(
            merchant_id=command.merchant_id,
            id=command.account_id,
            kind="tally",
            subject_id=command.account_id,
        )
        moves = (Move(account.id, "unit", command.balance),) if command.balance else ()
        return Decision(opened=(account,), moves=moves, events=(Event("tally.opened", account.id),))


class AddToTallies:
    """A handler: batches, and refuses what would fall below the floor."""

    async def load(self, tx: Tx, commands: Sequence[AddToTally]) -> Facts:
        return Facts(await lock_accounts(tx.driver, {(c.merchant_id, c.account_id) for c in commands}))

    def decide(self, facts: Facts, command: AddToTally, occasion: Occasion) -> Decision:
        account = facts.accounts[command.account_id]
        if account.balance + command.delta < account.floor:
            return refused(TallyTooLow(balance=account.balance))
        return Decision(
            facts={"balance": account.balance + command.delta},
            moves=(Move(account.id, "unit", command.delta),),
            events=(Event("tally.moved", account.id, {"delta": command.delta}),),
            reverses=command.reverses,
        )

    async def save(self, tx: Tx, decided: Sequence[Decided]) -> None:
        return None


class UndoTallies:
    """A deed: moves back what an operation moved."""

    async def perform(self, tx: Tx, command: UndoTally, occasion: Occasion) -> Decision:
        account_id, _delta, _is_undone = await self._movement(tx, command)
        accounts = await lock_accounts(tx.driver, [(command.merchant_id, account_id)])
        # Read again under the lock: whoever waited for it finds here what the first undo wrote.
        _account_id, delta, is_undone = await self._movement(tx, command)
        if is_undone:
            raise AlreadyUndone
        balance = accounts[account_id].balance - delta
        if balance < 0:
            raise TallyTooLow(balance=accounts[account_id].balance)
        return Decision(
            facts={"balance": balance},
            moves=(Move(account_id, "undone", -delta),),
            events=(Event("tally.undone", account_id),),
            reverses=command.operation_id,
        )

    async def _movement(self, tx: Tx, command: UndoTally) -> tuple[str, int, bool]:
        found = await tx.driver.execute(
            "select e.account_id, e.delta, exists (select 1 from operation r where r.merchant_id = e.merchant_id"
            " and r.reverses = e.operation_id) from entry e where e.merchant_id = %s and e.operation_id = %s",
            (command.merchant_id, command.operation_id),
        )
        row = await found.fetchone()
        if row is None:
            raise NotUndoable(kind=AddToTally.kind)
        return row


def register_tallies(ledger: Ledger) -> None:
    ledger.register(OpenTally, OpenTallies())
    ledger.register(AddToTally, AddToTallies())
    ledger.register(UndoTally, UndoTallies())


async def open_tally(ledger: Ledger, merchant_id: str, *, balance: int = 0) -> str:
    account_id = new_id()
    command = OpenTally(
        merchant_id=merchant_id, actor=system_actor(merchant_id), account_id=account_id, balance=balance
    )
    (await ledger.submit(command)).or_raise()
    return account_id


def add(merchant_id: str, account_id: str, delta: int, **more: Any) -> AddToTally:
    return AddToTally(
        merchant_id=merchant_id, actor=system_actor(merchant_id), account_id=account_id, delta=delta, **more
    )


def undo(merchant_id: str, operation_id: str, **more: Any) -> UndoTally:
    return UndoTally(
        merchant_id=merchant_id, actor=system_actor(merchant_id), operation_id=operation_id, **more
    )

"""The smallest thing the ledger can count, for tests of the ledger alone: a tally with a floor of zero."""

from collections.abc import Sequence
from typing import Any, ClassVar

from cardamom.kit.actor import system_actor
from cardamom.kit.errors import Conflict
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Account, Decision, Event, Move, Occasion, refused
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


def register_tallies(ledger: Ledger) -> None:
    ledger.register(OpenTally, OpenTallies())
    ledger.register(AddToTally, AddToTallies())


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

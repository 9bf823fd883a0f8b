"""One batch, one transaction: load, replay, decide, write, commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cardamom.kit.errors import KeyReused, Refused
from cardamom.kit.ids import new_id
from cardamom.ledger import store
from cardamom.ledger.commands import Command, Outcome
from cardamom.ledger.decisions import Account, Decision, Occasion, refused
from cardamom.ledger.handlers import Decided, Deed, Facts, Handler, Tx
from cardamom.ledger.rules import Entry, post, touched
from cardamom.ledger.store import Known, Recorded

#: What a caller gets: the outcome, or the refusal that is not an outcome (the key named another request).
Answer = Outcome | KeyReused

#: Operations by (merchant_id, key); grows while the batch is decided.
KnownKeys = dict[tuple[str, str], Known]


class Pending:
    """A command that waits for its batch.

    as_of: when the history is told later than it happened (imports, the demo), the instant to record, by which its id
    is made too: operations stand in the order of their ids. Else None.
    since: when it began to wait, in the event loop's seconds.
    """

    __slots__ = ("as_of", "command", "fingerprint", "future", "handler", "since", "tries")

    def __init__(
        self, command: Command, handler: Handler[Any, Any] | Deed[Any], as_of: datetime | None
    ) -> None:
        self.command = command
        self.handler: Any = handler
        self.as_of = as_of
        self.fingerprint = command.fingerprint()
        loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Outcome] = loop.create_future()
        self.since = loop.time()
        self.tries = 0


class _Pages:
    """What the batch will write, collected while it decides."""

    def __init__(self) -> None:
        self.recorded: list[Recorded] = []
        self.entries: list[tuple[Entry, datetime]] = []
        self.opened: dict[str, tuple[Account, datetime]] = {}
        self.changed: dict[str, Account] = {}
        self.decided: list[Decided] = []

    def add(self, recorded: Recorded, accounts: dict[str, Account]) -> None:
        decision = recorded.decision
        if decision.moves or decision.states or decision.opened:
            now = recorded.occasion.now
            self.entries.extend((entry, now) for entry in post(accounts, decision, recorded.occasion))
            self.opened.update((account.id, (account, now)) for account in decision.opened)
            for account_id in touched(decision):
                if account_id not in self.opened:
                    self.changed[account_id] = accounts[account_id]
        self.recorded.append(recorded)
        if decision.outcome == "accepted":
            self.decided.append(Decided(recorded.command, decision, recorded.occasion))


async def commit_decided(tx: Tx, batch: Sequence[Pending], *, now: datetime) -> list[Answer]:
    """Decide a batch of one handler, write everything it means, and commit, in two round trips.

    Any exception means that nothing was committed, unless the connection was lost on the way. The order of `batch` is
    the order of the books.
    """
    handler: Handler[Any, Any] = batch[0].handler
    async with tx.driver.pipeline():
        asked = await store.ask_known(tx.driver, _keys(batch))
        facts = await handler.load(tx, [pending.command for pending in batch])
        known = await store.read_known(asked)
        pages, answers = _decide_all(handler, facts, known, batch, now)
        await _send(tx, pages)
        if pages.decided:
            await handler.save(tx, pages.decided)
        await tx.driver.commit()
    return answers


async def commit_performed(tx: Tx, batch: Sequence[Pending], *, now: datetime) -> list[Answer]:
    """Perform deeds one after the other and commit them together. Exceptions as in `commit_decided`."""
    async with tx.sql.begin():
        return await _perform_all(tx, batch[0].handler, batch, now)


def _decide_all(
    handler: Handler[Any, Any], facts: Facts, known: KnownKeys, batch: Sequence[Pending], now: datetime
) -> tuple[_Pages, list[Answer]]:
    """Pure: each command is decided after the one before it was applied."""
    pages = _Pages()
    answers: list[Answer] = []
    for pending in batch:
        answer = replay(known, pending)
        if answer is None:
            occasion = Occasion(new_id(pending.as_of), pending.as_of or now)
            decision = handler.decide(facts, pending.command, occasion)
            answer = _record(pages, facts, known, pending, occasion, decision)
        answers.append(answer)
    return pages, answers


async def _perform_all(tx: Tx, deed: Deed[Any], batch: Sequence[Pending], now: datetime) -> list[Answer]:
    """Each is written before the next begins: a deed reads accounts from the database and not from our memory."""
    known = await store.read_known(await store.ask_known(tx.driver, _keys(batch)))
    answers: list[Answer] = []
    for pending in batch:
        answer = replay(known, pending)
        if answer is None:
            facts, pages = Facts({}), _Pages()
            occasion = Occasion(new_id(pending.as_of), pending.as_of or now)
            decision = await _perform(tx, deed, pending.command, occasion, facts)
            answer = _record(pages, facts, known, pending, occasion, decision)
            async with tx.driver.pipeline():
                await _send(tx, pages)
        answers.append(answer)
    return answers


def _keys(batch: Sequence[Pending]) -> list[tuple[str, str]]:
    return [(pending.command.merchant_id, pending.command.key) for pending in batch]


def _record(
    pages: _Pages, facts: Facts, known: KnownKeys, pending: Pending, occasion: Occasion, decision: Decision
) -> Outcome:
    recorded = Recorded(pending.command, pending.fingerprint, occasion, decision)
    pages.add(recorded, facts.accounts)
    outcome = store.outcome_of(recorded)
    known[pending.command.merchant_id, pending.command.key] = Known(pending.fingerprint, outcome)
    return outcome


def replay(known: KnownKeys, pending: Pending) -> Answer | None:
    """The stored answer to a key that came before, also earlier in this batch; None for a new key."""
    found = known.get((pending.command.merchant_id, pending.command.key))
    if found is None:
        return None
    if found.fingerprint != pending.fingerprint:
        return KeyReused()
    stored = found.outcome
    return Outcome(
        operation_id=stored.operation_id,
        outcome=stored.outcome,
        recorded_at=stored.recorded_at,
        reason=stored.reason,
        facts=stored.facts,
        replayed=True,
    )


async def _perform(tx: Tx, deed: Deed[Any], command: Command, occasion: Occasion, facts: Facts) -> Decision:
    """Run a deed inside a savepoint and load what it moves; it has locked those accounts itself, or does so now."""
    try:
        async with tx.sql.begin_nested():
            decision = await deed.perform(tx, command, occasion)
    except Refused as why:
        return refused(why)
    moved = touched(decision) - {account.id for account in decision.opened}
    if moved:
        pairs = [(command.merchant_id, account_id) for account_id in sorted(moved)]
        facts.accounts.update(await store.lock_accounts(tx.driver, pairs))
    return decision


async def _send(tx: Tx, pages: _Pages) -> None:
    """Send all statements without waiting: the caller has opened a pipeline."""
    events = [
        (event, new_id(), row.command.merchant_id, row.occasion.operation_id, row.occasion.now)
        for row in pages.recorded
        for event in row.decision.events
    ]
    changed = list(pages.changed.values())
    for account in changed:
        account.revision += 1
    if pages.recorded:
        await store.insert_operations(tx.driver, pages.recorded)
    if pages.opened:
        await store.insert_accounts(tx.driver, list(pages.opened.values()))
    if changed:
        await store.update_accounts(tx.driver, changed)
    if pages.entries:
        await store.insert_entries(tx.driver, pages.entries)
    if events:
        await store.insert_events(tx.driver, events)

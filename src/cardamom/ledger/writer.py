"""The ledger's door: commands wait in one queue, a few lanes make them durable in batches.

DESIGN section 4, ADR 0001.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.db.connections import driver_of
from cardamom.db.database import Database
from cardamom.kit.clock import Clock
from cardamom.kit.clock import now as system_clock
from cardamom.kit.errors import Unavailable
from cardamom.ledger.batch import Answer, Pending, commit_decided, commit_performed
from cardamom.ledger.commands import Command, Outcome
from cardamom.ledger.failures import Failure, classify
from cardamom.ledger.handlers import Deed, Handler, Tx

log = structlog.get_logger(__name__)

#: While one batch waits for the disk, the next ones gather and go. Measured: with two lanes a slow disk halves the rate
#: of 64 callers, and eight are no faster than four.
LANES = 4
#: Above this a batch gains little and its slowest command waits longer.
BATCH = 256
#: Not worth sharing between lanes: the transaction around it costs more.
SMALL_BATCH = 8
#: Past this many waiting commands (about a second of work) callers hear 503 with Retry-After.
WAITING_LIMIT = 8_192
#: How often a batch is tried again when somebody was in the way, and a lone command when a key or code was taken.
TRIES = 6
COLLISIONS = 12
#: A lane keeps its plans, and a plan made while a table was small reads ever more of it as it grows: measured, a new
#: installation fell to a third of its rate until autovacuum came by. So plans are made again after these many seconds
#: of a connection's life, then twice as many, up to the last.
FIRST_REPLAN_SECONDS = 2.0
LAST_REPLAN_SECONDS = 64.0
#: How long a command waits for a database that went away before its caller hears 503.
PATIENCE_SECONDS = 10.0


class Ledger:
    """Makes commands durable and answers them. One instance per process, bound to one event loop.

    Packages register their handlers before `start`. `after_commit` is called (without arguments, must not block) when a
    batch with news was committed: the process uses it to wake the dispatcher.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = system_clock,
        lanes: int = LANES,
        batch: int = BATCH,
        waiting_limit: int = WAITING_LIMIT,
        after_commit: Callable[[], None] | None = None,
    ) -> None:
        self.database = database
        self._clock = clock
        self._lane_count = lanes
        self._batch = batch
        self._waiting_limit = waiting_limit
        self._after_commit = after_commit or (lambda: None)
        self._handlers: dict[type[Command], Handler[Any, Any] | Deed[Any]] = {}
        self._deeds: set[Any] = set()
        self._waiting: deque[Pending] = deque()
        self._wake = asyncio.Event()
        self._lanes: list[asyncio.Task[None]] = []
        self._idle_lanes = lanes
        self._stopping = False

    def register(self, command: type[Command], handler: Handler[Any, Any] | Deed[Any]) -> None:
        """Say who decides about a kind of command. Raises ValueError when somebody already does."""
        if command in self._handlers:
            raise ValueError(f"{command.kind} has a handler already")
        self._handlers[command] = handler
        if isinstance(handler, Deed):
            self._deeds.add(handler)

    @property
    def waiting(self) -> int:
        """Commands that have not been taken into a batch yet."""
        return len(self._waiting)

    @property
    def is_stopping(self) -> bool:
        """Whether new commands are refused."""
        return self._stopping

    async def start(self) -> None:
        """Start the lanes. Submitting before is allowed: the commands wait."""
        self._stopping = False
        self._lanes = [
            asyncio.create_task(self._run_lane(), name=f"ledger lane {n}") for n in range(self._lane_count)
        ]

    async def stop(self) -> None:
        """Commit what was accepted, answer it, and close the connections. New commands are refused at once."""
        self._stopping = True
        self._wake.set()
        await asyncio.gather(*self._lanes)
        self._lanes = []

    async def submit(self, command: Command, *, as_of: datetime | None = None) -> Outcome:
        """Resolve once the command is durable, with the outcome (a refusal is an outcome).

        as_of: record it at this instant instead of now; for histories that are told afterwards, never for a request.
        Raises KeyReused for a key that named another request and Unavailable when the queue is full, the ledger stops
        or the database stays away; after Unavailable the command may still be durable, the same key will tell.
        """
        if self._stopping or len(self._waiting) >= self._waiting_limit:
            raise Unavailable(retry_after_seconds=1)
        pending = Pending(command, self._handlers[type(command)], as_of)
        self._waiting.append(pending)
        self._wake.set()
        return await pending.future

    # -- lanes ---------------------------------------------------------------------------------------------------

    async def _run_lane(self) -> None:
        while True:
            if not self._waiting:
                if self._stopping:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            try:
                async with self.database.ledger_connection() as connection:
                    await self._serve(connection)
            except Exception as error:
                if not classify(error).is_passing:
                    log.exception("ledger.lane_failed")
                await self._wait_for_the_database(error)

    async def _serve(self, connection: AsyncConnection) -> None:
        """Take batches until the ledger stops or the connection is lost."""
        tx = Tx(connection, await driver_of(connection))
        plans = _Plans()
        while not tx.driver.closed:
            await plans.renew_when_due(tx)
            # Nothing is awaited from here to the taking: another lane would take what this one saw.
            if self._waiting:
                batch = self._take()
                self._idle_lanes -= 1
                try:
                    await self._settle(tx, batch)
                finally:
                    self._idle_lanes += 1
            elif self._stopping:
                return
            else:
                self._wake.clear()
                await self._wake.wait()

    def _take(self) -> list[Pending]:
        """A prefix of the queue that one handler can decide: this lane's share of what waits.

        Callers that were answered together come back together. If one lane took them all, Python would wait for the
        database and the database for Python; with shares one lane decides while the other commits.
        """
        share = max(-(-len(self._waiting) // self._idle_lanes), SMALL_BATCH)
        limit = min(share, self._batch)
        handler = self._waiting[0].handler
        taken: list[Pending] = []
        while self._waiting and len(taken) < limit and self._waiting[0].handler is handler:
            taken.append(self._waiting.popleft())
        return taken

    async def _settle(self, tx: Tx, batch: list[Pending]) -> None:
        """Commit a batch and answer it. What fails is tried again, split until the culprit stands alone."""
        try:
            answers = await self._commit(tx, batch)
        except Exception as error:  # noqa: BLE001 - classified, retried or handed to the caller below
            await self._roll_back(tx)
            await self._recover(tx, batch, error)
        except BaseException:
            for pending in batch:
                pending.future.cancel()
            raise
        else:
            for pending, answer in zip(batch, answers, strict=True):
                _answer(pending, answer)
            self._after_commit()

    async def _commit(self, tx: Tx, batch: list[Pending]) -> list[Answer]:
        if batch[0].handler in self._deeds:
            return await commit_performed(tx, batch, now=self._clock())
        return await commit_decided(tx, batch, now=self._clock())

    async def _roll_back(self, tx: Tx) -> None:
        if not tx.driver.closed:
            try:
                await tx.sql.rollback()
                await tx.driver.rollback()
            except psycopg.Error:
                await tx.driver.close()

    async def _recover(self, tx: Tx, batch: list[Pending], error: Exception) -> None:
        failure = classify(error)
        for pending in batch:
            pending.tries += 1
        if failure is Failure.LOST:
            # Whether the COMMIT arrived is unknown. The keys know: on the next connection it is a replay or a new try.
            await tx.driver.close()
            self._waiting.extendleft(reversed(batch))
            await self._wait_for_the_database(error)
        elif failure is Failure.PASSING and batch[0].tries <= TRIES:
            log.info("ledger.batch_retried", size=len(batch), error=type(error).__name__)
            await asyncio.sleep(0.005 * 2 ** batch[0].tries)
            await self._settle(tx, batch)
        elif len(batch) > 1:
            middle = len(batch) // 2
            await self._settle(tx, batch[:middle])
            await self._settle(tx, batch[middle:])
        elif failure is Failure.COLLISION and batch[0].tries <= COLLISIONS:
            await self._settle(tx, batch)
        else:
            self._fail(batch[0], error)

    def _fail(self, pending: Pending, error: Exception) -> None:
        if pending.future.done():
            return
        if classify(error) is Failure.POISON:
            log.error("ledger.command_failed", kind=pending.command.kind, exc_info=error)
            pending.future.set_exception(error)
        else:
            log.warning("ledger.command_given_up", kind=pending.command.kind, error=type(error).__name__)
            pending.future.set_exception(Unavailable(retry_after_seconds=2))

    async def _wait_for_the_database(self, error: Exception) -> None:
        """Back off while the server restarts; what waited too long is answered with Unavailable, not forgotten."""
        log.warning("ledger.database_unreachable", error=type(error).__name__, waiting=len(self._waiting))
        given_up_before = asyncio.get_running_loop().time() - PATIENCE_SECONDS
        for pending in [
            pending for pending in self._waiting if pending.since < given_up_before or self._stopping
        ]:
            self._waiting.remove(pending)
            self._fail(pending, error)
        await asyncio.sleep(0.25)


class _Plans:
    """When one connection's plans are made again. The statements stay prepared; only their plans are forgotten."""

    def __init__(self) -> None:
        self._pause = FIRST_REPLAN_SECONDS
        self._due = asyncio.get_running_loop().time() + self._pause

    async def renew_when_due(self, tx: Tx) -> None:
        """Call it between batches. Those of foreign-key checks are renewed too."""
        if asyncio.get_running_loop().time() < self._due:
            return
        await tx.driver.execute("discard plans", prepare=False)
        await tx.driver.commit()
        self._pause = min(self._pause * 2, LAST_REPLAN_SECONDS)
        self._due = asyncio.get_running_loop().time() + self._pause


def _answer(pending: Pending, answer: Answer) -> None:
    if pending.future.done():  # the caller went away; the books keep what was decided
        return
    if isinstance(answer, Outcome):
        pending.future.set_result(answer)
    else:
        pending.future.set_exception(answer)

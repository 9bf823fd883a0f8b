"""News travels up: claims undispatched events, gives them their place in the merchant's feed, and defers what follows.

Transactions commit out of order, so nobody reads "position > last seen" of an unclaimed event: the position is given
here, under the lock of the merchant's feed row, without gaps. What follows (a job) is deferred in the same
transaction, so that a crash neither loses nor doubles it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec
import psycopg
import structlog

from cardamom.db.database import Database
from cardamom.ledger.arrays import plain

log = structlog.get_logger(__name__)

CHANNEL = "cardamom_events"
CLAIM = 1_000
POLL_SECONDS = 5.0
#: A connection keeps the plans of its statements, and one that was made while tables were small reads ever more of them
#: as they grow: so it is replaced now and then.
REPLAN_SECONDS = 60.0

#: Of the oldest events, those of merchants whose feed nobody else holds. If two dispatchers could share a merchant, the
#: one with the later events might place them first.
_CLAIM = """
with oldest as materialized (
  select merchant_id, id from event where position is null order by id limit %s
),
held as materialized (
  select f.merchant_id
    from feed f join (select distinct merchant_id from oldest) as due on due.merchant_id = f.merchant_id
   order by f.merchant_id
     for no key update of f skip locked
)
select e.merchant_id, e.id, e.type, e.subject_id, e.payload, e.operation_id, e.recorded_at
  from held h
  join oldest o on o.merchant_id = h.merchant_id
  join event e on e.merchant_id = o.merchant_id and e.id = o.id
 where e.position is null
 order by e.merchant_id, e.id
   for no key update of e
"""

#: Their rows are locked by the claim already, in order.
_ADVANCE_FEEDS = """
update feed f set position = f.position + u.count
  from unnest(%s::uuid[], %s::bigint[]) as u(merchant_id, count)
 where f.merchant_id = u.merchant_id
returning f.merchant_id, f.position
"""

_PLACE = """
update event e set position = u.position
  from unnest(%s::uuid[], %s::uuid[], %s::bigint[]) as u(merchant_id, id, position)
 where e.merchant_id = u.merchant_id and e.id = u.id
"""


class PlacedEvent(msgspec.Struct, frozen=True):
    """An event with its gap-free position in its merchant's feed."""

    merchant_id: str
    id: str
    type: str
    subject_id: str
    payload: dict[str, Any]
    operation_id: str
    recorded_at: datetime
    position: int


#: What an event itself can be guilty of. What the database or our statements are guilty of is tried again for ever:
#: nothing of it is the event's, and nothing is lost meanwhile.
_FAULTS_OF_AN_EVENT = (
    psycopg.DataError,
    psycopg.IntegrityError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)

#: Defers jobs on the dispatcher's own connection, inside its transaction. Must not do anything slow or remote.
Subscriber = Callable[[psycopg.AsyncConnection[Any], PlacedEvent], Awaitable[None]]
#: The same for all the events of one transaction, so that it needs one statement for them. Never called without any.
BatchSubscriber = Callable[[psycopg.AsyncConnection[Any], Sequence[PlacedEvent]], Awaitable[None]]
_Telling = Callable[[psycopg.AsyncConnection[Any], BatchSubscriber, Sequence[PlacedEvent]], Awaitable[None]]


class Dispatcher:
    """Runs in the worker process; several may run at once.

    An event that a subscriber stumbles over is placed all the same and said in the log, because the feeds of everybody
    would stand still behind it.

    `after_commit` is called (without arguments, must not block) when events were placed: the process uses it to wake
    whoever works on what followed from them.
    """

    def __init__(self, database: Database, *, after_commit: Callable[[], None] | None = None) -> None:
        self._database = database
        self._after_commit = after_commit or (lambda: None)
        self._subscribers: dict[str, list[Subscriber]] = {}
        self._batch_subscribers: list[tuple[frozenset[str], BatchSubscriber]] = []
        self._wake = asyncio.Event()

    def subscribe(self, event_type: str, subscriber: Subscriber) -> None:
        """Call `subscriber` for every event of a type, in the order of the feed."""
        self._subscribers.setdefault(event_type, []).append(subscriber)

    def subscribe_to_all(self, event_types: Collection[str], subscriber: BatchSubscriber) -> None:
        """Call `subscriber` once per transaction with its events of these types.

        They come in the order of their feeds, one merchant after the other.
        """
        self._batch_subscribers.append((frozenset(event_types), subscriber))

    async def run(self) -> None:
        """Dispatch until cancelled: at once when notified, every few seconds as a net."""
        listener = asyncio.create_task(self._listen())
        try:
            while True:
                try:
                    async with await self._database.ledger_connect() as driver:
                        await self._serve(driver)
                except psycopg.Error as error:
                    log.warning("dispatcher.database_error", error=type(error).__name__)
                    await asyncio.sleep(1)
        finally:
            listener.cancel()

    async def drain(self) -> int:
        """Dispatch everything that is committed now and that nobody else has in hand; returns how many were placed."""
        placed = 0
        async with await self._database.ledger_connect() as driver:
            while count := await self._take(driver):
                placed += count
        return placed

    async def _serve(self, driver: psycopg.AsyncConnection[Any]) -> None:
        """Dispatch on one connection, which keeps its plans: a new one for each look costs more than twenty events."""
        until = time.monotonic() + REPLAN_SECONDS
        while time.monotonic() < until:
            self._wake.clear()
            # What comes after a claim that was not full rings again.
            while await self._take(driver) >= CLAIM:
                continue
            # Not wait_for(): before Python 3.12 it forgets that it was cancelled when news comes at that moment.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()

    async def _take(self, driver: psycopg.AsyncConnection[Any]) -> int:
        """Dispatch one claim in one transaction; returns how many events it had."""
        try:
            async with driver.transaction():
                count = await self._dispatch(driver, _tell)
        except _FAULTS_OF_AN_EVENT as error:
            log.warning("dispatcher.looking_for_a_fault", error=type(error).__name__)
            async with driver.transaction():
                count = await self._dispatch(driver, _tell_apart)
        if count:
            self._after_commit()
        return count

    async def _dispatch(self, driver: psycopg.AsyncConnection[Any], tell: _Telling) -> int:
        found = await driver.execute(_CLAIM, (CLAIM,))
        rows = await found.fetchall()
        placed = await self._place(driver, rows) if rows else []
        if placed:
            await driver.execute(
                _PLACE,
                (
                    plain(e.merchant_id for e in placed),
                    plain(e.id for e in placed),
                    plain(e.position for e in placed),
                ),
            )
        for event in placed:
            for subscriber in self._subscribers.get(event.type, ()):
                await tell(driver, _of_one(subscriber), [event])
        for event_types, batch_subscriber in self._batch_subscribers:
            interesting = [event for event in placed if event.type in event_types]
            if interesting:
                await tell(driver, batch_subscriber, interesting)
        return len(rows)

    async def _place(
        self, driver: psycopg.AsyncConnection[Any], rows: Sequence[tuple[Any, ...]]
    ) -> list[PlacedEvent]:
        """rows: by merchant. Raises LookupError for a merchant without a feed."""
        counts = Counter(row[0] for row in rows)
        advanced = await driver.execute(_ADVANCE_FEEDS, (plain(counts), plain(counts.values())))
        last = dict(await advanced.fetchall())
        placed: list[PlacedEvent] = []
        for merchant_id, group in groupby(rows, key=lambda row: row[0]):
            first = last[merchant_id] - counts[merchant_id] + 1
            placed += [_placed(row, position) for position, row in enumerate(group, start=first)]
        return placed

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self._database.listen_connect()
                async with connection:
                    await connection.execute(f"listen {CHANNEL}")
                    self._wake.set()
                    async for _notification in connection.notifies():
                        self._wake.set()
            except psycopg.Error as error:
                log.warning("dispatcher.listen_lost", error=type(error).__name__)
                await asyncio.sleep(1)


def _of_one(subscriber: Subscriber) -> BatchSubscriber:
    async def tell(driver: psycopg.AsyncConnection[Any], events: Sequence[PlacedEvent]) -> None:
        for event in events:
            await subscriber(driver, event)

    return tell


async def _tell(
    driver: psycopg.AsyncConnection[Any], subscriber: BatchSubscriber, events: Sequence[PlacedEvent]
) -> None:
    await subscriber(driver, events)


async def _tell_apart(
    driver: psycopg.AsyncConnection[Any], subscriber: BatchSubscriber, events: Sequence[PlacedEvent]
) -> None:
    """As `_tell`, and what cannot be told is found by halves and left out. A savepoint for each try."""
    try:
        async with driver.transaction():
            await subscriber(driver, events)
    except _FAULTS_OF_AN_EVENT:
        if len(events) > 1:
            middle = len(events) // 2
            await _tell_apart(driver, subscriber, events[:middle])
            await _tell_apart(driver, subscriber, events[middle:])
            return
        [event] = events
        log.exception(
            "dispatcher.event_not_followed",
            merchant=event.merchant_id,
            event_id=event.id,
            event_type=event.type,
        )


def _placed(row: tuple[Any, ...], position: int) -> PlacedEvent:
    merchant_id, id, type, subject_id, payload, operation_id, recorded_at = row
    return PlacedEvent(merchant_id, id, type, subject_id, payload, operation_id, recorded_at, position)


class Bell:
    """Tells dispatchers and live pages that there is news: one NOTIFY for many batches, on a connection of its own.

    NOTIFY takes a lock that is held until its transaction is flushed, and would make the lanes commit one after the
    other (ADR 0010). Losing one is harmless: everybody who listens also polls.
    """

    def __init__(self, database: Database, *, pause_seconds: float = 0.02) -> None:
        self._database = database
        self._pause_seconds = pause_seconds
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Never blocks; meant as the ledger's `after_commit`."""
        self._rung.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="ledger bell")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                connection = await self._database.listen_connect()
                async with connection:
                    while True:
                        await self._rung.wait()
                        self._rung.clear()
                        await connection.execute(f"notify {CHANNEL}")
                        await asyncio.sleep(self._pause_seconds)
            except psycopg.Error as error:
                log.warning("bell.connection_lost", error=type(error).__name__)
                await asyncio.sleep(1)

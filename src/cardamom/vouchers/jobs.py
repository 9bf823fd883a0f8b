"""What the clock and the news do to vouchers, in the worker.

The worker imports this module, which declares the jobs, and calls `follow` with its dispatcher.
"""

from __future__ import annotations

from typing import Any, Protocol

import psycopg

from cardamom.db.database import Database
from cardamom.db.jobs import defer_in, job, periodic_job
from cardamom.kit.clock import now
from cardamom.ledger.dispatcher import Dispatcher, PlacedEvent
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import notices_of
from cardamom.merchants.service import record_notice
from cardamom.vouchers.queries import merchants_with_vouchers_due, pool_by_id
from cardamom.vouchers.service import expire_vouchers

#: The kind of the notice to the owner. Facts: pool (its id), name.
POOL_EMPTIED = "pool_emptied"


class Work(Protocol):
    """What the worker's process hands to its jobs, as far as these need it."""

    @property
    def database(self) -> Database: ...

    @property
    def ledger(self) -> Ledger: ...


@periodic_job("vouchers.expire", cron="*/10 * * * *")
async def expire_due_vouchers(work: Work) -> None:
    """Let the books follow the calendar; what is late here was never redeemable (`rules.status_at`)."""
    async with work.database.unscoped_writing_as_the_ledger() as tx:
        due = await merchants_with_vouchers_due(tx, now=now())
    for merchant_id in due:
        await expire_vouchers(work.ledger, merchant_id=merchant_id)


@job("vouchers.tell_of_empty_pool")
async def tell_of_empty_pool(work: Work, *, merchant_id: str, pool_id: str, event_id: str) -> None:
    """Tell the owner that codes are needed, unless codes came or an earlier notice has not been read."""
    async with work.database.reading(merchant_id) as tx:
        pool = await pool_by_id(tx, merchant_id, pool_id)
        told = await notices_of(tx, merchant_id)
    is_waiting = any(
        notice.kind == POOL_EMPTIED and notice.facts["pool"] == pool_id and notice.read_at is None
        for notice in told
    )
    if pool.left == 0 and not is_waiting:
        await record_notice(
            work.ledger,
            merchant_id=merchant_id,
            kind=POOL_EMPTIED,
            facts={"pool": pool_id, "name": pool.name},
            event_id=event_id,
        )


def follow(dispatcher: Dispatcher) -> None:
    """Let the news of this package lead to its jobs."""
    dispatcher.subscribe("pool.emptied", _on_pool_emptied)


async def _on_pool_emptied(driver: psycopg.AsyncConnection[Any], event: PlacedEvent) -> None:
    await defer_in(
        driver, tell_of_empty_pool, merchant_id=event.merchant_id, pool_id=event.subject_id, event_id=event.id
    )

"""What the clock does to vouchers."""

from __future__ import annotations

from typing import Protocol

from cardamom.db.database import Database
from cardamom.db.jobs import periodic_job
from cardamom.kit.clock import now
from cardamom.ledger.writer import Ledger
from cardamom.vouchers.queries import merchants_with_vouchers_due
from cardamom.vouchers.service import expire_vouchers


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

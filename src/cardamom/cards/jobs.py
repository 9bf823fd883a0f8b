"""What the clock does to cards."""

from __future__ import annotations

from typing import Protocol

from cardamom.cards.queries import merchants_with_stamp_expiry
from cardamom.cards.service import expire_stamps
from cardamom.db.database import Database
from cardamom.db.jobs import periodic_job
from cardamom.ledger.writer import Ledger


class Work(Protocol):
    """What the worker's process hands to its jobs, as far as these need it."""

    @property
    def database(self) -> Database: ...

    @property
    def ledger(self) -> Ledger: ...


@periodic_job("cards.expire_stamps", cron="27 * * * *")
async def expire_idle_stamps(work: Work) -> None:
    """Let the books follow the calendar; what is late here counts no more anyway (`programs.rules.standing`)."""
    async with work.database.unscoped_writing_as_the_ledger() as tx:
        merchants = await merchants_with_stamp_expiry(tx)
    for merchant_id in merchants:
        await expire_stamps(work.ledger, merchant_id=merchant_id)

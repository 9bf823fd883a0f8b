"""What the clock does for a business: its books are checked every night."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

import structlog

from cardamom.db.database import Database
from cardamom.db.jobs import periodic_job
from cardamom.kit.ids import new_id
from cardamom.ledger.verify import verify
from cardamom.ledger.writer import Ledger
from cardamom.merchants.service import record_notice

log = structlog.get_logger(__name__)

#: Kind of the notice that the books of a business do not add up. Facts: faults (how many).
BOOKS_UNSOUND = "books_unsound"


class Work(Protocol):
    """What the worker's process hands to its jobs, as far as these need it."""

    @property
    def database(self) -> Database: ...

    @property
    def ledger(self) -> Ledger: ...


@periodic_job("ledger.verify_nightly", cron="17 3 * * *")
async def verify_books(work: Work) -> None:
    """Recompute all books; what does not add up is logged and the owner is told. Nothing is repaired."""
    driver = await work.database.ledger_connect()
    async with driver:
        report = await verify(driver)
    for fault in report.faults:
        log.error("books.fault", what=fault.what, merchant=fault.merchant_id, where=fault.where)
    log.info("books.verified", accounts=report.accounts, entries=report.entries, faults=len(report.faults))
    for merchant_id, count in Counter(fault.merchant_id for fault in report.faults).items():
        await record_notice(
            work.ledger,
            merchant_id=merchant_id,
            kind=BOOKS_UNSOUND,
            facts={"faults": count},
            event_id=new_id(),
        )

"""What follows from a tally's events in tests: a job for each, deferred in the dispatcher's own transaction."""

from typing import Any

import psycopg

from cardamom.db.jobs import defer_in, job
from cardamom.ledger.dispatcher import Dispatcher, PlacedEvent

Driver = psycopg.AsyncConnection[Any]


@job("tests.follow_tally")
async def follow_tally(work: list[str], *, event_id: str) -> None:
    work.append(event_id)


def follow_with_jobs(dispatcher: Dispatcher) -> None:
    for event_type in ("tally.opened", "tally.moved"):
        dispatcher.subscribe(event_type, _follow)


async def _follow(driver: Driver, event: PlacedEvent) -> None:
    await defer_in(driver, follow_tally, event_id=event.id)

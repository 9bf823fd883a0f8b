"""A worker that dies in the middle: `python -m tests.ledger.doomed_dispatcher URL EVENTS`.

It follows every event with a job and kills itself with signal 9 at the EVENTSth, before anything is committed.
"""

import asyncio
import os
import signal
import sys

from cardamom.db.database import Database
from cardamom.ledger.dispatcher import Dispatcher, PlacedEvent
from tests.ledger.following import Driver, follow_with_jobs


async def main(url: str, events: int) -> None:
    dispatcher = Dispatcher(Database(url))
    seen = 0

    async def count(_driver: Driver, _event: PlacedEvent) -> None:
        nonlocal seen
        seen += 1
        if seen == events:
            os.kill(os.getpid(), signal.SIGKILL)

    follow_with_jobs(dispatcher)
    dispatcher.subscribe("tally.moved", count)
    await dispatcher.drain()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

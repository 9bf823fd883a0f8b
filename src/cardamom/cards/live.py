"""Pages that change while one looks at them: tells whoever watches a card that something landed on it.

One listener per process, whatever the number of pages. A NOTIFY only says "there is news"; which of the watched cards
changed is read from their accounts, a few times a second at most. Losing a NOTIFY costs one poll.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import sqlalchemy as sa
import structlog

from cardamom.db.connections import driver_of
from cardamom.db.database import Database
from cardamom.kit.errors import Refused
from cardamom.ledger.arrays import plain
from cardamom.ledger.dispatcher import CHANNEL

log = structlog.get_logger(__name__)

#: Two looks at the watched cards are at least this far apart.
PAUSE_SECONDS = 0.25
#: Without any news the cards are looked at this often.
POLL_SECONDS = 15.0
#: More pages than this per process are not kept open: they reload when they are looked at again.
MOST_WATCHERS = 5_000

#: A card and its vouchers, as one number that grows with every change of either.
_VERSIONS = """
select a.id, a.revision + coalesce(
         (select sum(va.revision) from voucher v
            join account va on va.merchant_id = v.merchant_id and va.id = v.id
           where v.merchant_id = a.merchant_id and v.card_id = a.id), 0)
  from unnest(%s::uuid[], %s::uuid[]) as u(merchant_id, id)
  join account a on a.merchant_id = u.merchant_id and a.id = u.id
"""


class Watch:
    """One open page. `changed` waits for the next change of its card."""

    def __init__(self, merchant_id: str, card_id: str) -> None:
        self.merchant_id = merchant_id
        self.card_id = card_id
        self._news = asyncio.Event()
        #: Whether the server stops: the page should let go and come back.
        self.is_over = False

    async def changed(self, *, timeout_seconds: float) -> bool:
        """Whether there is news within the time: the card changed, or the watch is over."""
        try:
            # Not wait_for(): before Python 3.12 it forgets that it was cancelled when news comes at that moment.
            async with asyncio.timeout(timeout_seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True

    def tell(self) -> None:
        self._news.set()

    def end(self) -> None:
        self.is_over = True
        self._news.set()


class LiveCards:
    """The watched cards of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watches: dict[str, set[Watch]] = {}
        self._versions: dict[str, int] = {}
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_over = False

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look_again_and_again())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def end_all(self) -> None:
        """Let every page go, and those that still come: the server is asked to stop and would wait for them."""
        self._is_over = True
        for watches in self._watches.values():
            for watch in watches:
                watch.end()

    @property
    def is_full(self) -> bool:
        """Whether another page would be one too many."""
        return sum(map(len, self._watches.values())) >= MOST_WATCHERS

    @asynccontextmanager
    async def watch(self, merchant_id: str, card_id: str) -> AsyncIterator[Watch]:
        """Be told of changes of one card while the block lasts."""
        watch = Watch(merchant_id, card_id)
        if self._is_over:
            watch.end()
        self._watches.setdefault(card_id, set()).add(watch)
        self._news.set()  # the version at the beginning has to be known
        try:
            yield watch
        finally:
            self._watches[card_id].discard(watch)
            if not self._watches[card_id]:
                del self._watches[card_id]
                self._versions.pop(card_id, None)

    async def _listen(self) -> None:
        while True:
            try:
                connection = await self._database.listen_connect()
                async with connection:
                    await connection.execute(f"listen {CHANNEL}")
                    async for _notification in connection.notifies():
                        if self._watches:
                            self._news.set()
            except psycopg.Error as error:
                log.warning("live.listen_lost", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _look_again_and_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._news.wait()
            self._news.clear()
            if self._watches:
                try:
                    await self._look()
                except (psycopg.Error, sa.exc.SQLAlchemyError, Refused) as error:
                    log.warning("live.look_failed", error=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _look(self) -> None:
        watched = [(next(iter(watches)).merchant_id, card_id) for card_id, watches in self._watches.items()]
        async with self._database.unscoped_writing_as_the_ledger() as tx:
            driver = await driver_of(tx)
            found = await driver.execute(
                _VERSIONS, (plain(m for m, _ in watched), plain(c for _, c in watched))
            )
            rows = await found.fetchall()
        for card_id, version in rows:
            if card_id in self._watches:
                known = self._versions.get(card_id)
                self._versions[card_id] = int(version)
                if known is not None and known != version:
                    for watch in self._watches[card_id]:
                        watch.tell()

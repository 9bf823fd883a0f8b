"""The real ledger for tests that are not asynchronous: an event loop, a database, two writers as in two processes."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

from cardamom.db.connections import plain_url
from cardamom.db.database import Database
from cardamom.kit.errors import Unavailable
from cardamom.ledger.commands import Command, Outcome
from cardamom.ledger.verify import Report, verify
from cardamom.ledger.writer import Ledger

T = TypeVar("T")

#: What a submitted command came to: its outcome, or what `submit` raised.
Answer = Outcome | BaseException
Row = tuple[Any, ...]

WRITERS = 2


class Bench:
    """Writers on one database. Everything runs while `run` runs, and stands still in between."""

    def __init__(self, url: str, register: Callable[[Ledger], None]) -> None:
        self._runner = asyncio.Runner()
        self._register = register
        self.database = Database(without_waiting_for_the_disk(url))
        self.ledgers = [self._a_ledger() for _ in range(WRITERS)]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def submit(self, command: Command, *, through: int = 0) -> Outcome:
        """Send a command alone and wait for its outcome."""
        return self.run(submit_patiently(self.ledgers[through % WRITERS], command))

    def submit_all(self, commands: Sequence[Command]) -> list[Answer]:
        """Send many at once, to one writer and the other by turns."""
        return self.run(self._submit_all(commands))

    async def _submit_all(self, commands: Sequence[Command]) -> list[Answer]:
        sent = (
            submit_patiently(self.ledgers[place % WRITERS], command) for place, command in enumerate(commands)
        )
        return await asyncio.gather(*sent, return_exceptions=True)

    def restart(self, which: int) -> None:
        """A process ends in order, and another takes its place."""
        self.run(self.ledgers[which].stop())
        self.ledgers[which] = self._a_ledger()
        self.run(self.ledgers[which].start())

    def rows(self, statement: str, *parameters: Any) -> list[Row]:
        """What the books say, seen with the ledger's role."""
        return self.run(self._rows(statement, parameters))

    async def _rows(self, statement: str, parameters: tuple[Any, ...]) -> list[Row]:
        async with self.database.unscoped_writing_as_the_ledger() as connection:
            return [tuple(row) for row in await connection.exec_driver_sql(statement, parameters)]

    def verify(self, merchant_id: str) -> Report:
        return self.run(self._verify(merchant_id))

    async def _verify(self, merchant_id: str) -> Report:
        driver = await self.database.ledger_connect()
        async with driver:
            return await verify(driver, merchant_id=merchant_id)

    def _a_ledger(self) -> Ledger:
        ledger = Ledger(self.database)
        self._register(ledger)
        return ledger

    async def _start(self) -> None:
        for ledger in self.ledgers:
            await ledger.start()

    async def _stop(self) -> None:
        for ledger in self.ledgers:
            await ledger.stop()
        await self.database.close()


async def submit_patiently(ledger: Ledger, command: Command) -> Outcome:
    """As a client does it: whoever hears "busy" asks again with the same key. Raises TimeoutError after a minute."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await ledger.submit(command)
            except Unavailable as why:
                await asyncio.sleep(why.facts["retry_after_seconds"])


def without_waiting_for_the_disk(url: str) -> str:
    """For tests of what is written and not of when: thousands of commits, and nobody pulls the plug."""
    given = plain_url(url)
    return f"{given}{'&' if '?' in given else '?'}options={quote('-c synchronous_commit=off')}"


@contextmanager
def a_bench(url: str, register: Callable[[Ledger], None]) -> Iterator[Bench]:
    bench = Bench(url, register)
    with bench._runner:
        bench.run(bench._start())
        yield bench
        bench.run(bench._stop())

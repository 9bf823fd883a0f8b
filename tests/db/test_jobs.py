"""A job is promised with the transaction, run at least once, and not lost with a worker."""

import asyncio
import gc
from typing import Any

import pytest
import sqlalchemy as sa
from procrastinate.exceptions import TaskAlreadyRegistered

from cardamom.db import jobs
from cardamom.db.connections import connect
from cardamom.db.database import Database
from cardamom.db.embedded import EmbeddedServer
from cardamom.db.jobs import defer_in, defer_many_in, defer_once_in, job, run_waiting_jobs, run_worker
from cardamom.db.migrations import migrate


@job("tests.remember")
async def remember(work: list[int], *, number: int) -> None:
    work.append(number)


@job("tests.announce")
async def announce(work: asyncio.Queue[int], *, number: int) -> None:
    await work.put(number)


@job("tests.fail_once", tries=2)
async def fail_once(work: list[int], *, number: int) -> None:
    work.append(number)
    raise RuntimeError("not today")


@pytest.fixture(autouse=True)
def _only_what_a_test_defers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests of this process may have imported the product's jobs that come by the clock."""
    monkeypatch.setattr(jobs._queue.periodic_registry, "periodic_tasks", {})


async def queued(database: Database) -> int:
    async with database.unscoped_reading_of_the_directory() as tx:
        return int(await tx.scalar(sa.text("select count(*) from procrastinate_jobs")) or 0)


async def test_a_job_runs_after_the_commit(database: Database) -> None:
    async with database.unscoped_writing_as_the_ledger() as tx:
        await defer_in(tx, remember, number=7)
    seen: list[int] = []
    await run_waiting_jobs(database.url, work=seen)
    assert seen == [7]
    assert await queued(database) == 0


async def test_a_rollback_takes_the_job_with_it(database: Database) -> None:
    async with database.ledger_connection() as tx:
        transaction = await tx.begin()
        await defer_in(tx, remember, number=7)
        await defer_once_in(tx, remember, once="seven", number=7)
        await transaction.rollback()
    assert await queued(database) == 0


async def test_the_web_role_may_queue_and_no_more(database: Database) -> None:
    async with database.unscoped_writing_of_the_directory() as tx:
        await defer_in(tx, remember, number=1)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with database.unscoped_writing_of_the_directory() as tx:
            await tx.execute(sa.text("delete from procrastinate_jobs"))


async def test_a_plain_connection_in_a_transaction_will_do(database: Database) -> None:
    async with await database.ledger_connect() as driver:
        await defer_many_in(driver, remember, [{"number": 1}, {"number": 2}])
    seen: list[int] = []
    await run_waiting_jobs(database.url, work=seen)
    assert seen == [1, 2]


async def test_a_connection_without_a_transaction_is_refused(database: Database) -> None:
    async with await database.listen_connect() as driver:
        with pytest.raises(ValueError, match="in a transaction"):
            await defer_in(driver, remember, number=1)


async def test_the_same_word_is_queued_once_and_spoils_nothing(database: Database) -> None:
    async with database.unscoped_writing_as_the_ledger() as tx:
        answers = [await defer_once_in(tx, remember, once="card 5", number=5) for _ in range(3)]
        await defer_in(tx, remember, number=6)
    assert answers == [True, False, False]
    assert await queued(database) == 2


async def test_a_job_that_fails_is_kept_for_another_try(database: Database) -> None:
    async with database.unscoped_writing_as_the_ledger() as tx:
        await defer_in(tx, fail_once, number=3)
    seen: list[int] = []
    await run_waiting_jobs(database.url, work=seen)
    async with database.unscoped_reading_of_the_directory() as tx:
        found = (await tx.execute(sa.text("select status::text, attempts from procrastinate_jobs"))).one()
    assert seen == [3]
    assert tuple(found) == ("todo", 1)


async def test_the_jobs_of_a_dead_worker_are_queued_again(database: Database) -> None:
    async with database.unscoped_writing_as_the_ledger() as tx:
        await defer_in(tx, remember, number=9)
    with connect(database.url, application="tests") as owner:
        # What a worker leaves behind when it is killed in the middle of a job, a while ago.
        owner.execute("insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour')")
        owner.execute(
            "select * from procrastinate_fetch_job_v2(null, (select max(id) from procrastinate_workers))"
        )
    seen: list[int] = []
    await run_waiting_jobs(database.url, work=seen)
    assert seen == [9]


async def test_a_worker_comes_back_with_the_server(server: EmbeddedServer) -> None:
    await asyncio.to_thread(migrate, server.url)
    announced: asyncio.Queue[int] = asyncio.Queue()
    worker = asyncio.create_task(run_worker(server.url, work=announced))
    for number in (1, 2):
        database = Database(server.url)
        async with database.unscoped_writing_as_the_ledger() as tx:
            await defer_in(tx, announce, number=number)
        await database.close()
        # The first may be announced twice: it had no time to say that it was done.
        while await asyncio.wait_for(announced.get(), 60) != number:
            pass
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
    # The server has just been away: a worker that is busy with that must still stop when it is told.
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    # procrastinate leaves tasks whose errors nobody took. Python reports them when it collects them, and trips over
    # that (CPython issue 106905) when it happens in the middle of somebody else's import.
    gc.collect()


async def test_a_job_can_be_done_at_once() -> None:
    seen: list[int] = []
    await remember(seen, number=4)
    assert seen == [4]


def test_a_name_is_given_once() -> None:
    async def another(work: Any) -> None:
        raise AssertionError

    with pytest.raises(TaskAlreadyRegistered):
        job("tests.remember")(another)


def test_the_queue_survives_another_migration(database_url: str) -> None:
    migrate(database_url)

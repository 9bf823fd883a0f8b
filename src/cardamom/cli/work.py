"""`cardamom worker`: what follows from events, jobs that were deferred, and jobs that come by the clock."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import msgspec
import structlog

from cardamom.access import jobs as access_jobs
from cardamom.cards import jobs as cards_jobs
from cardamom.cli.instance_key import require_own_key
from cardamom.cli.problems import SchemaPending
from cardamom.cli.worker_metrics import told_at
from cardamom.db.database import Database
from cardamom.db.jobs import Job, run_worker
from cardamom.db.migrations import pending
from cardamom.db.settings import Settings
from cardamom.ledger.dispatcher import Bell, Dispatcher
from cardamom.ledger.writer import Ledger
from cardamom.merchants import jobs as merchants_jobs
from cardamom.vouchers import jobs as vouchers_jobs
from cardamom.wallet import following as wallet_following
from cardamom.wallet import jobs as wallet_jobs
from cardamom.wallet.carriers import all_carriers
from cardamom.wallet.courier import Courier
from cardamom.wallet.rollouts import Rolling
from cardamom.wallet.wallets import Wallets
from cardamom.web.assembly import assemble_wallets, register_all

log = structlog.get_logger(__name__)

#: Jobs at once in one worker. They wait for the database more than they compute.
CONCURRENCY = 4

#: Everything that the queue may hold: importing a module is what makes its jobs known.
JOBS: tuple[Job, ...] = (
    access_jobs.clean_up,
    cards_jobs.expire_idle_stamps,
    merchants_jobs.verify_books,
    vouchers_jobs.expire_due_vouchers,
    vouchers_jobs.tell_of_empty_pool,
    wallet_jobs.tell_of_expiry,
)


def follow_the_news(dispatcher: Dispatcher) -> None:
    """Connect the packages that react with those that announce: by a job of their own, or by a row that is due."""
    vouchers_jobs.follow(dispatcher)
    wallet_following.follow(dispatcher)


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What jobs are given."""

    settings: Settings
    database: Database
    ledger: Ledger
    wallets: Wallets


async def run(settings: Settings, database_url: str) -> None:
    """Work until SIGTERM or SIGINT; what was begun is finished first.

    Raises SchemaPending, OtherInstanceKey and SettingProblem.
    """
    missing = await asyncio.to_thread(pending, database_url)
    if missing:
        raise SchemaPending(len(missing))
    await asyncio.to_thread(require_own_key, database_url, settings.secret_key)
    database = Database(database_url, pool_size=4)
    bell = Bell(database)
    # One lane: jobs write little, and the machine's cores are for those who wait at a counter.
    ledger = Ledger(database, lanes=1, after_commit=bell.ring)
    wallets = assemble_wallets(settings, database)
    register_all(ledger, wallets.links)
    await bell.start()
    await ledger.start()
    try:
        work = Work(settings=settings, database=database, ledger=ledger, wallets=wallets)
        async with wallets.following(), all_carriers(wallets, ledger) as carriers:
            courier, rolling = Courier(database, carriers), Rolling(database, ledger)
            dispatcher = Dispatcher(database, after_commit=lambda: _wake(courier, rolling))
            follow_the_news(dispatcher)
            with told_at(settings.worker_metrics):
                await _until_told(
                    dispatcher.run(),
                    courier.run(),
                    rolling.run(),
                    run_worker(database_url, work=work, concurrency=CONCURRENCY),
                )
    finally:
        await ledger.stop()
        await bell.stop()
        await database.close()


def _wake(courier: Courier, rolling: Rolling) -> None:
    courier.wake()
    rolling.wake()


async def _until_told(*endless: Coroutine[Any, Any, None]) -> None:
    """Run what never ends by itself until a signal comes. An error of one ends all and is raised."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.ensure_future(each) for each in endless]
    stopping = asyncio.ensure_future(stop.wait())
    log.info("worker.started", jobs=len(JOBS))
    done, _running = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in [stopping, *tasks]:
        task.cancel()
    await asyncio.gather(stopping, *tasks, return_exceptions=True)
    for task in done - {stopping}:
        task.result()
    log.info("worker.stopped")

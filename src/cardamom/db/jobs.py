"""Work for later, promised in the same transaction as what it follows from.

A job is a row: when the transaction rolls back there is no job, when it commits there is exactly one. It is run at
least once, so a job loads by id, calls a service and may be run again. A worker that dies leaves its jobs marked as
running; they are queued again within a minute or two.

    @job("connect.deliver")
    async def deliver(work: Work, *, merchant_id: str, delivery_id: str) -> None: ...

    @periodic_job("ledger.verify_nightly", cron="17 3 * * *")
    async def verify_nightly(work: Work) -> None: ...

    await defer_in(tx, deliver, merchant_id=..., delivery_id=...)

`work` is whatever the process that runs the worker handed to it: the database, the ledger, the settings.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg
import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.app import WorkerOptions
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition
from procrastinate.tasks import Task
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.db.connections import arguments, driver_of, plain_url
from cardamom.db.roles import Roles

log = structlog.get_logger(__name__)

#: A failed job is tried again after 3, 9, 27, ... seconds, about eight hours in all, and then left for people to see.
TRIES = 9
_GROWTH = 3
#: A worker that is asked to stop lets its jobs finish for this long, then they are queued again.
STOP_SECONDS = 25
#: A worker that said nothing for this long is dead.
SILENT_SECONDS = 60
#: Failed jobs are kept this long.
KEPT_FAILED_HOURS = 30 * 24
_RECONNECT_SECONDS = 2
_POOL_SECONDS = 4

Tx = AsyncConnection | psycopg.AsyncConnection[Any]

#: Never opened: deferring uses the caller's connection, and a worker brings a connector of its own.
_queue = App(connector=PsycopgConnector())


class Job:
    """A function that can be deferred, under a name that never changes: queued jobs outlive a release."""

    def __init__(self, task: Task[Any, Any, Any], function: Callable[..., Awaitable[None]]) -> None:
        self.task = task
        self._function = function

    @property
    def name(self) -> str:
        """What the queue calls it."""
        return self.task.name

    async def __call__(self, work: Any, **arguments: Any) -> None:
        """Do it now, here."""
        await self._function(work, **arguments)


def job(
    name: str, *, queue: str = "default", tries: int = TRIES
) -> Callable[[Callable[..., Awaitable[None]]], Job]:
    """Declare a job. The function gets the worker's `work` first, then the JSON arguments it was deferred with.

    Raises TaskAlreadyRegistered for a name that is taken.
    """

    def declare(function: Callable[..., Awaitable[None]]) -> Job:
        async def run(context: JobContext, /, **arguments: Any) -> None:
            await function(context.additional_context["work"], **arguments)

        retry = RetryStrategy(max_attempts=tries, exponential_wait=_GROWTH)
        task = _queue.task(name=name, queue=queue, retry=retry, pass_context=True)(run)
        return Job(task, function)

    return declare


def periodic_job(name: str, *, cron: str) -> Callable[[Callable[[Any], Awaitable[None]]], Job]:
    """Declare a job that comes by the clock (UTC), once for all workers. It gets nothing but the worker's `work`."""

    def declare(function: Callable[[Any], Awaitable[None]]) -> Job:
        async def run(context: JobContext, timestamp: int) -> None:
            await function(context.additional_context["work"])

        # Not tried again: the clock brings the next one.
        task = _queue.task(name=name, queueing_lock=name, pass_context=True)(run)
        _queue.periodic(cron=cron)(task)
        return Job(task, function)

    return declare


async def defer_in(tx: Tx, deferred: Job, /, *, at: datetime | None = None, **arguments: Any) -> None:
    """Queue a job in the caller's transaction.

    at: not before this instant (aware). The arguments are JSON: ids and numbers, no secrets.
    """
    await defer_many_in(tx, deferred, [arguments], at=at)


async def defer_many_in(
    tx: Tx, deferred: Job, /, many: Sequence[dict[str, Any]], *, at: datetime | None = None
) -> None:
    """Queue a job once for each set of arguments, with one statement, in the caller's transaction."""
    if many:
        driver = await _in_transaction(tx)
        await deferred.task.configure(connection=driver, schedule_at=at).batch_defer_async(*many)


async def defer_once_in(
    tx: Tx, deferred: Job, /, *, once: str, at: datetime | None = None, **arguments: Any
) -> bool:
    """Queue a job unless one with the same word waits already. Tells whether it was queued.

    once: the word, such as "wallet.update:<card id>". A job that has begun does not count as waiting.
    """
    driver = await _in_transaction(tx)
    configured = deferred.task.configure(connection=driver, queueing_lock=once, schedule_at=at)
    try:
        # In a savepoint, because the database says "already there" by failing.
        async with driver.transaction():
            await configured.defer_async(**arguments)
    except AlreadyEnqueued:
        return False
    return True


async def _in_transaction(tx: Tx) -> psycopg.AsyncConnection[Any]:
    """The psycopg connection, with the transaction really begun: until its first statement it only intends to."""
    driver = await driver_of(tx) if isinstance(tx, AsyncConnection) else tx
    if driver.info.transaction_status == TransactionStatus.IDLE:
        if driver.autocommit:
            raise ValueError("A job is deferred in a transaction; this connection has none.")
        await driver.execute("select 1")
    return driver


async def run_worker(url: str, *, work: object, concurrency: int = 4, queues: Sequence[str] = ()) -> None:
    """Run jobs until cancelled; then let the running ones finish for a while. Waits for a database that is away.

    One worker for a process.

    work: what every job gets first. concurrency: how many jobs run at once on this event loop.
    queues: only these; none named is all.
    """
    while True:
        try:
            await _run(url, work=work, concurrency=concurrency, queues=queues, wait=True)
        except (ConnectorException, psycopg.OperationalError) as error:
            log.warning("jobs.database_away", error=type(error).__name__)
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # procrastinate was stopping for us when the database went, and says only the latter.
                raise asyncio.CancelledError from error
        await asyncio.sleep(_RECONNECT_SECONDS)


async def run_waiting_jobs(url: str, *, work: object, queues: Sequence[str] = ()) -> None:
    """Run the jobs that are due, also those they defer, and return. For tests and for one-off commands."""
    await _run(url, work=work, concurrency=1, queues=queues, wait=False)


async def _run(url: str, *, work: object, concurrency: int, queues: Sequence[str], wait: bool) -> None:
    options: WorkerOptions = {
        "concurrency": concurrency,
        "wait": wait,
        "additional_context": {"work": work},
        # The process that runs us decides what a signal means.
        "install_signal_handlers": False,
        "shutdown_graceful_timeout": STOP_SECONDS,
        "stalled_worker_timeout": SILENT_SECONDS,
        "delete_jobs": DeleteJobCondition.SUCCESSFUL,
    }
    if queues:
        options["queues"] = queues
    async with _opened(url, size=concurrency + 2) as app:
        await _requeue_stalled(app)
        await app.run_worker_async(**options)


@asynccontextmanager
async def _opened(url: str, *, size: int) -> AsyncIterator[App]:
    """The queue with connections of its own, as the user in the address: it is nobody's books."""
    connector = PsycopgConnector(
        conninfo=plain_url(url),
        kwargs=arguments(url, application="cardamom jobs"),
        min_size=1,
        max_size=size,
        # The pool's own patience (half a minute for a caller, five for a server, with growing pauses) would leave a
        # worker asleep long after the server is back. It gives up soon, and we begin anew.
        timeout=_POOL_SECONDS,
        reconnect_timeout=_POOL_SECONDS,
    )
    # Not with_connector(), which makes a second App that periodic jobs do not know.
    with _queue.replace_connector(connector) as app:
        async with app.open_async():
            yield app


@_queue.periodic(cron="* * * * *")
@_queue.task(name="jobs.requeue_stalled", queueing_lock="jobs.requeue_stalled", pass_context=True)
async def _requeue(context: JobContext, timestamp: int) -> None:
    await _requeue_stalled(context.app)


async def _requeue_stalled(app: App) -> None:
    """Queue the jobs of dead workers again. They may have been half done: a job may run twice."""
    for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        log.warning("jobs.requeued", job=stalled.task_name, id=stalled.id)
        await app.job_manager.retry_job(stalled)


@_queue.periodic(cron="41 4 * * *")
@_queue.task(name="jobs.forget_failed", queueing_lock="jobs.forget_failed", pass_context=True)
async def _forget(context: JobContext, timestamp: int) -> None:
    await context.app.job_manager.delete_old_jobs(nb_hours=KEPT_FAILED_HOURS, include_failed=True)


def grant_queue(connection: psycopg.Connection[TupleRow], roles: Roles) -> None:
    """Let both roles queue jobs, and nothing else. Needs an open transaction."""
    if not roles.separate:
        return
    both = sql.SQL("{}, {}").format(sql.Identifier(roles.web), sql.Identifier(roles.ledger))
    for statement in (
        "grant select, insert on procrastinate_jobs to {}",
        # Written by a trigger of the first, with the rights of whoever queued the job.
        "grant select, insert on procrastinate_events to {}",
        "grant usage on sequence procrastinate_jobs_id_seq, procrastinate_events_id_seq to {}",
    ):
        connection.execute(sql.SQL(statement).format(both))

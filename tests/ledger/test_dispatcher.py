"""Every event gets its place in its merchant's feed, once and without gaps, whoever dispatches and whoever dies."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.db.database import Database
from cardamom.kit.clock import now
from cardamom.kit.ids import new_id
from cardamom.ledger import dispatcher as dispatching
from cardamom.ledger.dispatcher import Bell, Dispatcher, PlacedEvent
from cardamom.ledger.queries import FeedEvent, feed_page
from cardamom.ledger.writer import Ledger
from tests.ledger.following import Driver, follow_with_jobs
from tests.ledger.tally import add, open_tally, register_tallies

Row = tuple[Any, ...]

FEED = "select position, id, subject_id, operation_id from event where merchant_id = %s order by position"
JOBS = "select args->>'event_id' from procrastinate_jobs where task_name = 'tests.follow_tally'"
#: The order in which the feed tells of an account, beside the order in which it happened.
TOLD = """
select v.position, e.seq
  from event v join entry e on e.merchant_id = v.merchant_id and e.operation_id = v.operation_id
 where v.merchant_id = %s and e.account_id = %s
 order by v.position
"""


@pytest.fixture
async def merchants(database: Database) -> list[str]:
    """Two merchants whose feeds begin at 0."""
    ids = [new_id(), new_id()]
    async with database.unscoped_writing_as_the_ledger() as tx:
        for merchant_id in ids:
            await tx.exec_driver_sql(
                "insert into feed (merchant_id, position) values (%s, 0)", (merchant_id,)
            )
    return ids


async def rows(database: Database, statement: str, *parameters: Any) -> list[Row]:
    async with database.unscoped_writing_as_the_ledger() as tx:
        return [tuple(row) for row in await tx.exec_driver_sql(statement, parameters)]


async def feed(database: Database, merchant_id: str, *, after: int = 0) -> list[FeedEvent]:
    async with database.reading(merchant_id) as tx:
        return await feed_page(tx, merchant_id, after=after, limit=200)


async def announce(tx: AsyncConnection, merchant_id: str, event_type: str = "tally.moved") -> str:
    """An operation with one event, for tests that decide themselves when it is committed."""
    operation_id, event_id = new_id(), new_id()
    await tx.exec_driver_sql(
        "insert into operation (merchant_id, id, key, fingerprint, kind, actor, recorded_at, outcome, facts)"
        " values (%s, %s, %s, '', 'test.announce', 'system', %s, 'accepted', '{}')",
        (merchant_id, operation_id, operation_id, now()),
    )
    await tx.exec_driver_sql(
        "insert into event (merchant_id, id, type, subject_id, payload, operation_id, recorded_at)"
        " values (%s, %s, %s, %s, '{}', %s, %s)",
        (merchant_id, event_id, event_type, merchant_id, operation_id, now()),
    )
    return event_id


def a_dispatcher(database: Database) -> Dispatcher:
    dispatcher = Dispatcher(database)
    follow_with_jobs(dispatcher)
    return dispatcher


async def expect_whole_feeds(database: Database, merchants: list[str], *, events: int) -> None:
    """Every event has a place, no place is empty or taken twice, and each event was followed by one job."""
    placed: list[str] = []
    for merchant_id in merchants:
        found = await rows(database, FEED, merchant_id)
        assert [position for position, *_ in found] == list(range(1, len(found) + 1))
        placed += [event_id for _, event_id, *_ in found]
    assert len(placed) == events
    assert sorted(job for (job,) in await rows(database, JOBS)) == sorted(placed)


async def test_a_feed_tells_everything_in_order(
    database: Database, tallies: Ledger, merchants: list[str]
) -> None:
    account_id = await open_tally(tallies, merchants[0])
    moved = [await tallies.submit(add(merchants[0], account_id, delta)) for delta in (1, 2, 3)]
    assert await feed(database, merchants[0]) == []
    assert await a_dispatcher(database).drain() == 4
    told = await feed(database, merchants[0])
    assert [(event.position, event.type) for event in told] == [
        (1, "tally.opened"),
        (2, "tally.moved"),
        (3, "tally.moved"),
        (4, "tally.moved"),
    ]
    assert [event.operation for event in told[1:]] == [outcome.operation_id for outcome in moved]
    assert await feed(database, merchants[0], after=3) == told[3:]
    assert await a_dispatcher(database).drain() == 0
    await expect_whole_feeds(database, merchants, events=4)


async def test_two_dispatchers_leave_no_gap_and_follow_everything_once(
    database: Database, tallies: Ledger, merchants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "CLAIM", 7)  # many small claims meet more often than one large one
    accounts = {merchant_id: await open_tally(tallies, merchant_id) for merchant_id in merchants}
    working = True

    async def dispatch() -> None:
        dispatcher = a_dispatcher(database)
        while working:
            await dispatcher.drain()

    both = [asyncio.create_task(dispatch()) for _ in range(2)]
    for _ in range(15):
        await asyncio.gather(
            *(tallies.submit(add(merchant_id, accounts[merchant_id], 1)) for merchant_id in merchants * 10)
        )
    working = False
    await asyncio.gather(*both)
    await a_dispatcher(database).drain()
    await expect_whole_feeds(database, merchants, events=2 * (1 + 150))
    for merchant_id, account_id in accounts.items():
        order = [seq for _, seq in await rows(database, TOLD, merchant_id, account_id)]
        assert order == sorted(order), "the feed tells of an account in another order than it happened"


async def test_what_happened_first_is_told_first_even_by_two(
    database: Database, merchants: list[str]
) -> None:
    """One dispatcher holds the first event while the second one is committed; another must not overtake it."""
    async with database.unscoped_writing_as_the_ledger() as tx:
        first = await announce(tx, merchants[0])
    held, go_on = asyncio.Event(), asyncio.Event()
    slow = Dispatcher(database)
    place = slow._place

    async def wait_before_placing(*given: Any) -> list[PlacedEvent]:
        held.set()
        await go_on.wait()
        return await place(*given)

    slow._place = wait_before_placing
    slowly = asyncio.create_task(slow.drain())
    await held.wait()
    async with database.unscoped_writing_as_the_ledger() as tx:
        second = await announce(tx, merchants[0])
    await Dispatcher(database).drain()
    go_on.set()
    await slowly
    await Dispatcher(database).drain()
    assert [event.id for event in await feed(database, merchants[0])] == [first, second]


async def test_who_commits_late_is_told_late_and_not_lost(database: Database, merchants: list[str]) -> None:
    """A reader who went on from the last position finds what had an older id and was committed later."""
    async with database.ledger_connection() as tx:
        transaction = await tx.begin()
        late = await announce(tx, merchants[0])
        async with database.unscoped_writing_as_the_ledger() as other:
            early = await announce(other, merchants[0])
        await Dispatcher(database).drain()
        assert [event.id for event in await feed(database, merchants[0])] == [early]
        await transaction.commit()
    await Dispatcher(database).drain()
    (told,) = await feed(database, merchants[0], after=1)
    assert (told.id, told.position) == (late, 2)


async def test_a_dispatcher_that_is_killed_leaves_nothing_behind(
    database: Database, tallies: Ledger, merchants: list[str]
) -> None:
    accounts = [await open_tally(tallies, merchant_id) for merchant_id in merchants]
    for merchant_id, account_id in zip(merchants, accounts, strict=True):
        await asyncio.gather(*(tallies.submit(add(merchant_id, account_id, 1)) for _ in range(10)))
    for events in (1, 15):
        doomed = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.ledger.doomed_dispatcher", database.url, str(events)
        )
        assert await doomed.wait() == -signal.SIGKILL
        assert await feed(database, merchants[0]) == []
        assert await rows(database, JOBS) == []
    await a_dispatcher(database).drain()
    await expect_whole_feeds(database, merchants, events=22)


async def test_what_cannot_be_followed_is_not_placed(
    database: Database, tallies: Ledger, merchants: list[str]
) -> None:
    """A place in the feed and what follows from it come together or not at all."""
    account_id = await open_tally(tallies, merchants[0])
    await tallies.submit(add(merchants[0], account_id, 1))

    async def fail(_driver: Driver, _event: PlacedEvent) -> None:
        raise RuntimeError("the queue is away")

    dispatcher = a_dispatcher(database)
    dispatcher.subscribe("tally.moved", fail)
    with pytest.raises(RuntimeError):
        await dispatcher.drain()
    assert await rows(database, JOBS) == []
    await a_dispatcher(database).drain()
    await expect_whole_feeds(database, merchants, events=2)


async def test_a_batch_subscriber_hears_a_transaction_at_once_and_in_order(
    database: Database, tallies: Ledger, merchants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "CLAIM", 8)
    accounts = {merchant_id: await open_tally(tallies, merchant_id) for merchant_id in merchants}
    for merchant_id in merchants * 5:
        await tallies.submit(add(merchant_id, accounts[merchant_id], 1))
    heard: list[list[PlacedEvent]] = []
    commits = 0

    async def hear(driver: Driver, events: Sequence[PlacedEvent]) -> None:
        # Its own transaction, in which the places are taken already.
        found = await driver.execute("select count(*) from event where position is not null")
        assert (await found.fetchone() or (0,))[0] >= len(events)
        heard.append(list(events))

    def committed() -> None:
        nonlocal commits
        commits += 1

    dispatcher = Dispatcher(database, after_commit=committed)
    dispatcher.subscribe_to_all(["tally.moved", "tally.unheard_of"], hear)
    assert await dispatcher.drain() == 12
    assert commits == 2, "eight events and four, and none of an empty look"
    assert [len(batch) for batch in heard] == [6, 4], "the two that opened the tallies are not of its types"
    for merchant_id in merchants:
        positions = [e.position for batch in heard for e in batch if e.merchant_id == merchant_id]
        assert positions == [2, 3, 4, 5, 6]


async def test_a_batch_subscriber_that_fails_leaves_its_events_for_later(
    database: Database, tallies: Ledger, merchants: list[str]
) -> None:
    await open_tally(tallies, merchants[0])

    async def fail(_driver: Driver, _events: Sequence[PlacedEvent]) -> None:
        raise RuntimeError("not now")

    dispatcher = Dispatcher(database, after_commit=lambda: pytest.fail("nothing was committed"))
    dispatcher.subscribe_to_all({"tally.opened"}, fail)
    with pytest.raises(RuntimeError):
        await dispatcher.drain()
    assert await feed(database, merchants[0]) == []


async def test_news_wakes_the_dispatcher_at_once(database: Database, merchants: list[str]) -> None:
    assert dispatching.POLL_SECONDS > 4, "or this test proves nothing"
    bell = Bell(database)
    ledger = Ledger(database, after_commit=bell.ring)
    register_tallies(ledger)
    await bell.start()
    await ledger.start()
    working = asyncio.create_task(a_dispatcher(database).run())
    try:
        await open_tally(ledger, merchants[0])
        await within(4, database, merchants[0], events=1)
        await open_tally(ledger, merchants[0])
        await within(4, database, merchants[0], events=2)
    finally:
        working.cancel()
        await ledger.stop()
        await bell.stop()


async def test_a_dispatcher_that_hears_nothing_still_looks(
    database: Database, tallies: Ledger, merchants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "POLL_SECONDS", 0.05)
    working = asyncio.create_task(a_dispatcher(database).run())
    try:
        for events in (1, 2):
            await open_tally(tallies, merchants[0])  # nobody rings for this ledger
            await within(4, database, merchants[0], events=events)
    finally:
        working.cancel()


async def within(seconds: float, database: Database, merchant_id: str, *, events: int) -> None:
    """Wait until a feed has so many events. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while len(await feed(database, merchant_id)) < events:  # noqa: ASYNC110 - another connection writes it
            await asyncio.sleep(0.02)


async def test_an_event_that_a_subscriber_stumbles_over_holds_up_nobody(
    database: Database, merchants: list[str]
) -> None:
    """It is left out; its neighbours are followed, and so are the feeds of others."""
    async with database.unscoped_writing_as_the_ledger() as tx:
        sound = [await announce(tx, merchant_id) for merchant_id in merchants for _each in range(3)]
        poison = await announce(tx, merchants[0])
    together: list[str] = []
    alone: list[str] = []

    async def follow(driver: Driver, events: Sequence[PlacedEvent]) -> None:
        for event in events:
            await driver.execute("select 1 / %s", (0 if event.id == poison else 1,))
        together.extend(event.id for event in events)

    async def follow_one(_driver: Driver, event: PlacedEvent) -> None:
        if event.id == poison:
            raise KeyError("card")
        alone.append(event.id)

    dispatcher = Dispatcher(database)
    dispatcher.subscribe("tally.moved", follow_one)
    dispatcher.subscribe_to_all({"tally.moved"}, follow)
    assert await dispatcher.drain() == len(sound) + 1
    assert set(together) == set(alone) == set(sound)
    for merchant_id in merchants:
        positions = [position for position, *_ in await rows(database, FEED, merchant_id)]
        assert positions == list(range(1, len(positions) + 1))


async def test_a_fault_that_is_not_the_events_is_tried_again(
    database: Database, merchants: list[str]
) -> None:
    """A table that is not there yet, a lock: nothing is left out, and nothing is placed."""
    async with database.unscoped_writing_as_the_ledger() as tx:
        await announce(tx, merchants[0])

    async def follow(driver: Driver, _events: Sequence[PlacedEvent]) -> None:
        await driver.execute("select * from nothing_of_the_kind")

    dispatcher = Dispatcher(database)
    dispatcher.subscribe_to_all({"tally.moved"}, follow)
    with pytest.raises(psycopg.ProgrammingError):
        await dispatcher.drain()
    assert await rows(database, FEED.replace("where", "where position is not null and"), merchants[0]) == []

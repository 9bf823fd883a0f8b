"""Notices reach the owner once."""

from cardamom.db.database import Database
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import notices_of, unread_notices
from cardamom.merchants.service import read_notices, record_notice
from tests.merchants.builders import a_manager, a_merchant


async def test_a_job_that_runs_twice_tells_the_owner_once(ledger: Ledger, database: Database):
    merchant_id, event_id = await a_merchant(ledger), new_id()
    for _run in range(2):
        await record_notice(
            ledger,
            merchant_id=merchant_id,
            kind="pool.emptied",
            facts={"pool_id": event_id},
            event_id=event_id,
        )
    async with database.reading(merchant_id) as tx:
        (notice,) = await notices_of(tx, merchant_id)
    assert (notice.kind, notice.facts, notice.read_at) == ("pool.emptied", {"pool_id": event_id}, None)


async def test_one_event_may_tell_two_things(ledger: Ledger, database: Database):
    merchant_id, event_id = await a_merchant(ledger), new_id()
    for kind in ("pool.emptied", "pool.low"):
        await record_notice(ledger, merchant_id=merchant_id, kind=kind, facts={}, event_id=event_id)
    async with database.reading(merchant_id) as tx:
        assert {notice.kind for notice in await notices_of(tx, merchant_id)} == {"pool.emptied", "pool.low"}


async def test_reading_marks_what_was_shown_and_nothing_newer(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    shown = await record_notice(ledger, merchant_id=merchant_id, kind="a", facts={}, event_id=new_id())
    await record_notice(ledger, merchant_id=merchant_id, kind="b", facts={}, event_id=new_id())
    read = await read_notices(
        ledger,
        actor=a_manager(merchant_id),
        merchant_id=merchant_id,
        up_to=shown.facts["notice_id"],
        key="k",
    )
    assert read.facts == {"read": 1}
    async with database.reading(merchant_id) as tx:
        assert await unread_notices(tx, merchant_id) == 1
        newest, oldest = await notices_of(tx, merchant_id)
    assert (newest.kind, newest.read_at) == ("b", None)
    assert oldest.read_at is not None

"""How often something may be tried."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cardamom.access.errors import TooManySignIns
from cardamom.access.limits import Bucket, RequestLimits, SignInLimits
from cardamom.access.tables import buckets
from cardamom.db.database import Database
from cardamom.kit.clock import SimulatedClock
from cardamom.kit.errors import TooManyRequests

KEY = bytes(32)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 3, 21, 8, tzinfo=UTC))


@pytest.fixture
def limits(database: Database, clock: SimulatedClock) -> SignInLimits:
    return SignInLimits(
        database, key=KEY, clock=clock, per_address=Bucket(6, 30.0), per_login=Bucket(3, 60.0)
    )


async def test_a_login_is_tried_a_few_times_and_then_slowly(limits: SignInLimits, clock: SimulatedClock):
    for _try in range(3):
        await limits.take(address="192.0.2.1", login="sara")
    with pytest.raises(TooManySignIns) as refused:
        await limits.take(address="192.0.2.1", login="sara")
    assert refused.value.facts == {"retry_after_seconds": 60}
    clock.advance(timedelta(seconds=60))
    await limits.take(address="192.0.2.1", login="sara")


async def test_an_address_is_limited_over_all_logins(limits: SignInLimits):
    for number in range(6):
        await limits.take(address="192.0.2.1", login=f"login{number}")
    with pytest.raises(TooManySignIns):
        await limits.take(address="192.0.2.1", login="another")
    await limits.take(address="192.0.2.2", login="another")


async def test_a_subscriber_of_ipv6_is_one_address(limits: SignInLimits):
    for number in range(6):
        await limits.take(address=f"2001:db8::{number:x}", login=f"login{number}")
    with pytest.raises(TooManySignIns):
        await limits.take(address="2001:db8::ffff", login="another")


async def test_who_got_in_starts_afresh(limits: SignInLimits):
    for _try in range(3):
        await limits.take(address="192.0.2.1", login="sara")
    await limits.give_back(login="sara")
    await limits.take(address="192.0.2.1", login="sara")


async def test_the_bucket_cannot_be_overdrawn_by_many_at_once(database: Database, clock: SimulatedClock):
    limits = SignInLimits(
        database, key=KEY, clock=clock, per_address=Bucket(5, 30.0), per_login=Bucket(99, 1.0)
    )
    tries = [limits.take(address="192.0.2.1", login="sara") for _try in range(20)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(answer).__name__ for answer in answers].count("NoneType") == 5


async def test_neither_login_nor_address_is_stored(limits: SignInLimits, database: Database):
    await limits.take(address="192.0.2.1", login="sara")
    async with database.unscoped_reading_of_the_directory() as tx:
        names = (await tx.execute(sa.select(buckets.c.key))).scalars().all()
    assert len(names) == 2
    assert all(len(name) == 64 for name in names)


async def test_full_buckets_are_cleared_away(limits: SignInLimits, clock: SimulatedClock):
    await limits.take(address="192.0.2.1", login="sara")
    clock.advance(timedelta(days=2))
    await limits.take(address="192.0.2.2", login="darius")
    assert await limits.delete_idle() == 2


def test_a_key_has_so_many_calls_a_second():
    at = [0.0]
    limits = RequestLimits(per_second=3, seconds=lambda: at[0])
    left = [limits.take("a") for _call in range(3)]
    assert [allowance.remaining for allowance in left if allowance] == [2, 1, 0]
    with pytest.raises(TooManyRequests):
        limits.take("a")
    assert limits.take("b") is not None
    at[0] = 0.34
    assert limits.take("a") is not None
    with pytest.raises(TooManyRequests):
        limits.take("a")


def test_zero_limits_nothing():
    limits = RequestLimits(per_second=0)
    assert [limits.take("a") for _call in range(100)] == [None] * 100


def test_the_count_of_a_key_that_was_not_used_for_long_is_forgotten():
    limits = RequestLimits(per_second=1, size=2, seconds=lambda: 0.0)
    for key in ("a", "b", "c"):
        limits.take(key)
    assert limits.take("a") is not None

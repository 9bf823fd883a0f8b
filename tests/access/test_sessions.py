"""Sessions slide, end, and are ended."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cardamom.access import service
from cardamom.access.schemas import Membership
from cardamom.access.sessions import ABSOLUTE, SLIDING, SessionStore
from cardamom.access.tables import sessions
from cardamom.db.database import Database
from cardamom.kit.clock import SimulatedClock
from cardamom.ledger.writer import Ledger
from tests.people import Everybody


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 3, 21, 8, tzinfo=UTC))


@pytest.fixture
def store(database: Database, clock: SimulatedClock) -> SessionStore:
    return SessionStore(database, clock=clock)


@pytest.fixture
def member(people: Everybody) -> Membership:
    return Membership(
        merchant_id=people.staff.merchant_id, person_id=people.staff.id, role="staff", location_id=None
    )


async def test_a_session_knows_who_it_is(store: SessionStore, member: Membership, people: Everybody):
    session = await store.find(await store.begin(member, user_agent="Firefox"))
    assert session is not None
    assert session.actor.id == people.staff.id
    assert session.actor.permissions == people.staff.actor.permissions
    assert (session.person_name, session.language) == (people.staff.person.name, "fa")


async def test_the_secret_is_not_stored(store: SessionStore, member: Membership, database: Database):
    secret = await store.begin(member, user_agent="Firefox\x00\u202e" + "x" * 1_000)
    async with database.unscoped_reading_of_the_directory() as tx:
        row = (await tx.execute(sa.select(sessions))).mappings().one()
    assert secret.encode() not in row["secret_hash"]
    assert len(row["user_agent"]) <= 200


async def test_use_prolongs_it_up_to_its_end(store: SessionStore, member: Membership, clock: SimulatedClock):
    began = clock()
    secret = await store.begin(member, user_agent="")
    while clock() < began + ABSOLUTE - timedelta(days=5):
        clock.advance(timedelta(days=5))
        session = await store.find(secret)
        assert session is not None
    clock.set(began + ABSOLUTE)
    assert await store.find(secret) is None


async def test_without_use_it_ends_earlier(store: SessionStore, member: Membership, clock: SimulatedClock):
    secret = await store.begin(member, user_agent="")
    await store.find(secret)
    clock.advance(SLIDING)
    assert await store.find(secret) is None
    assert await store.delete_expired() == 1


async def test_signing_out_ends_it(store: SessionStore, member: Membership):
    secret = await store.begin(member, user_agent="")
    assert await store.find(secret) is not None
    await store.end(secret)
    assert await store.find(secret) is None


async def test_signing_out_everywhere_ends_all_of_one_person(
    store: SessionStore, member: Membership, people: Everybody
):
    secrets = [await store.begin(member, user_agent="") for _device in range(3)]
    owner = Membership(
        merchant_id=people.owner.merchant_id, person_id=people.owner.id, role="owner", location_id=None
    )
    others = await store.begin(owner, user_agent="")
    assert await store.end_all_of(member.person_id) == 3
    assert [await store.find(secret) for secret in secrets] == [None] * 3
    assert await store.find(others) is not None


async def test_who_was_removed_is_out(
    store: SessionStore, member: Membership, people: Everybody, ledger: Ledger
):
    secret = await store.begin(member, user_agent="")
    await service.remove_staff(
        ledger,
        actor=people.owner.actor,
        merchant_id=member.merchant_id,
        person_id=member.person_id,
        key="k",
    )
    assert await store.find(secret) is None


async def test_a_new_role_counts_at_once(
    store: SessionStore, member: Membership, people: Everybody, ledger: Ledger
):
    secret = await store.begin(member, user_agent="")
    await service.change_role(
        ledger,
        actor=people.owner.actor,
        merchant_id=member.merchant_id,
        person_id=member.person_id,
        role="manager",
        key="k",
    )
    session = await store.find(secret)
    assert session is not None
    assert "programs.write" in session.actor.permissions


@pytest.mark.parametrize("cookie", ["", "nonsense", "cds_" + "x" * 43, "x" * 100_000, "\x00", "é"])
async def test_what_is_no_session_is_nobody(store: SessionStore, cookie: str):
    assert await store.find(cookie) is None

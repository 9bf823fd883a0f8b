"""A database that cannot now is a refusal to come back soon; a fault of ours stays an error."""

import asyncio
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from cardamom.db.connections import connect
from cardamom.db.database import Database
from cardamom.db.embedded import EmbeddedServer
from cardamom.db.migrations import migrate
from cardamom.db.refusals import is_retriable, refusal_for, sqlstate_of
from cardamom.kit.errors import Unavailable
from cardamom.kit.ids import new_id


@pytest.mark.parametrize(
    ("state", "seconds"),
    [
        ("55P03", 1),
        ("40001", 1),
        ("40P01", 1),
        ("57P01", 2),
        ("53300", 2),
        ("53100", 60),
        ("08006", 2),
        ("57014", 5),
    ],
)
def test_what_passes_says_when(state: str, seconds: int) -> None:
    refusal = refusal_for(psycopg.errors.lookup(state)("no"))
    assert isinstance(refusal, Unavailable)
    assert refusal.facts == {"retry_after_seconds": seconds}


@pytest.mark.parametrize("state", ["23505", "23514", "42501", "42P01", "22P02"])
def test_what_is_our_fault_is_no_refusal(state: str) -> None:
    assert refusal_for(psycopg.errors.lookup(state)("no")) is None


def test_what_did_not_come_from_the_database_is_no_refusal() -> None:
    assert refusal_for(ValueError("no")) is None
    assert sqlstate_of(ValueError("no")) is None


def test_a_connection_that_broke_without_a_word_is_a_refusal() -> None:
    assert isinstance(refusal_for(psycopg.OperationalError("consuming input failed")), Unavailable)


def test_a_deadlock_may_be_tried_again_and_a_duplicate_not() -> None:
    assert is_retriable(psycopg.errors.DeadlockDetected("no"))
    assert is_retriable(psycopg.errors.SerializationFailure("no"))
    assert is_retriable(psycopg.errors.InternalError_("could not find valid entry for shard 7"))
    assert not is_retriable(psycopg.errors.UniqueViolation("no"))


async def ask_impatiently(database: Database) -> None:
    async with database.unscoped_writing_of_the_directory() as tx:
        await tx.execute(sa.text("set local lock_timeout = '20ms'"))
        await tx.execute(sa.text("select 1 from person"))


async def test_a_locked_row_is_waited_for_and_then_refused(database: Database) -> None:
    with connect(database.url, application="tests") as somebody:
        somebody.execute("lock table person in access exclusive mode")
        with pytest.raises(Unavailable):
            await ask_impatiently(database)


async def test_a_full_pool_refuses(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardamom.db.database.POOL_TIMEOUT_SECONDS", 0.05)
    database = Database(database_url, pool_size=1)
    async with database.reading(new_id()):
        with pytest.raises(Unavailable):
            async with database.reading(new_id()):
                pass
    async with database.reading(new_id()):
        pass
    await database.close()


async def test_the_timeouts_of_each_door_are_in_force(database: Database) -> None:
    async with database.reading(new_id()) as tx:
        web = [
            await tx.scalar(sa.text(f"show {name}"))
            for name in ("lock_timeout", "statement_timeout", "timezone")
        ]
    async with database.ledger_connection() as tx:
        ledger = [
            await tx.scalar(sa.text(f"show {name}")) for name in ("lock_timeout", "statement_timeout", "role")
        ]
    assert web == ["3s", "15s", "UTC"]
    assert ledger == ["3s", "1min", database.roles.ledger]


async def test_readers_come_back_with_the_server(server: EmbeddedServer, data: Path) -> None:
    await asyncio.to_thread(migrate, server.url)
    database = Database(server.url)
    async with database.reading(new_id()) as tx:
        assert await tx.scalar(sa.text("select 1")) == 1
    await asyncio.to_thread(server.stop)
    with pytest.raises(Unavailable):
        async with database.reading(new_id()):
            pass
    await asyncio.to_thread(server.start)
    async with database.reading(new_id()) as tx:
        assert await tx.scalar(sa.text("select 1")) == 1
    await database.close()

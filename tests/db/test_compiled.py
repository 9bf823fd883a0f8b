"""A compiled read gives what SQLAlchemy gives, and fails as the doors expect."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.db.compiled import CompiledRead, among
from cardamom.db.connections import connect
from cardamom.db.database import Database
from cardamom.db.metadata import Id, Instant, Jsonb
from cardamom.kit.errors import Unavailable
from cardamom.kit.ids import new_id

AT = datetime(2026, 3, 21, 14, 20, 5, 123456, tzinfo=UTC)
FIRST, SECOND, THIRD = new_id(), new_id(), new_id()

#: Three rows with every type that our tables have, made up on the spot.
rows = (
    sa.text(f"""
        select * from (values
            ('{FIRST}'::uuid, '{AT}'::timestamptz, '{{"title": {{"ar": "قهوة"}}, "share": "100%"}}'::jsonb, '50%', 7),
            ('{SECOND}', null, '{{"title": {{}}}}', '', 0),
            ('{THIRD}', null, '{{"title": {{}}}}', 'none', -1)
        ) as made_up (id, at, facts, word, number)
    """)
    .columns(id=Id, at=Instant, facts=Jsonb, word=sa.Text, number=sa.Integer)
    .cte("rows")
)
FOUND = sa.select(rows, rows.c.facts["title"].label("title")).order_by(rows.c.number.desc())


async def usual(tx: AsyncConnection, statement: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in (await tx.execute(statement)).mappings()]


async def test_rows_are_the_same_as_by_sqlalchemy(database: Database) -> None:
    wanted = FOUND.where(rows.c.word.in_(["50%", ""]), rows.c.word.not_like("%one%"))
    asked = CompiledRead(wanted.where(rows.c.number >= sa.bindparam("least", type_=sa.Integer)))
    async with database.reading(new_id()) as tx:
        for least in (0, 7, 8):
            found = await asked.rows(tx, least=least)
            assert found == await usual(tx, wanted.where(rows.c.number >= least))
            assert [row["number"] for row in found] == [number for number in (7, 0) if number >= least]


async def test_a_list_of_any_length_is_one_statement(database: Database) -> None:
    asked = CompiledRead(FOUND.where(among(rows.c.id, "ids")))
    async with database.reading(new_id()) as tx:
        for ids in ([], [SECOND], [THIRD, new_id(), FIRST]):
            found = {row["id"] for row in await asked.rows(tx, ids=ids)}
            assert found == {FIRST, SECOND, THIRD} & set(ids)


async def test_a_value_that_was_forgotten_is_said(database: Database) -> None:
    asked = CompiledRead(FOUND.where(rows.c.number == sa.bindparam("number", type_=sa.Integer)))
    with pytest.raises(psycopg.ProgrammingError, match="number"):
        async with database.reading(new_id()) as tx:
            await asked.rows(tx)


async def test_a_lost_connection_is_no_fault_of_ours_and_not_kept(database: Database) -> None:
    async def read(*, broken: bool) -> list[dict[str, Any]]:
        async with database.reading(new_id()) as tx:
            if broken:
                await asyncio.to_thread(end, await tx.scalar(sa.text("select pg_backend_pid()")))
            return await CompiledRead(FOUND).rows(tx)

    def end(pid: int) -> None:
        with connect(database.url, application="test", autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", (pid,))

    with pytest.raises(Unavailable):
        await read(broken=True)
    assert len(await read(broken=False)) == 3

"""What each role may do with every table, and which rows it sees. Also where only one role is to be had."""

from collections.abc import AsyncIterator

import psycopg
import pytest
import sqlalchemy as sa

from cardamom.db.catalogue import all_tables
from cardamom.db.connections import connect
from cardamom.db.database import Database
from cardamom.db.migrations import migrate
from cardamom.db.roles import Door, privileges, role_names
from cardamom.kit.ids import new_id

OURS, THEIRS = new_id(), new_id()
EVERY_PRIVILEGE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
feeds = all_tables().tables["feed"]


async def add_a_row_each(database: Database) -> None:
    async with database.unscoped_writing_as_the_ledger() as tx:
        await tx.execute(
            feeds.insert(), [{"merchant_id": OURS, "position": 1}, {"merchant_id": THEIRS, "position": 2}]
        )


async def merchants_seen(tx: sa.ext.asyncio.AsyncConnection) -> set[str]:
    return set((await tx.scalars(sa.select(feeds.c.merchant_id))).all())


@pytest.fixture(params=["two roles", "one role"])
async def doors(
    request: pytest.FixtureRequest, database_url: str, one_role_url: str
) -> AsyncIterator[Database]:
    """An opened database with a row of two merchants; once with both roles, once where none could be created."""
    url = one_role_url if request.param == "one role" else database_url
    database = Database(url)
    assert database.roles.separate == (request.param == "two roles")
    await add_a_row_each(database)
    yield database
    async with database.unscoped_writing_as_the_ledger() as tx:
        await tx.execute(feeds.delete())
    await database.close()


async def test_a_reader_sees_its_merchant_and_nobody_else(doors: Database) -> None:
    async with doors.reading(OURS) as tx:
        assert await merchants_seen(tx) == {OURS}
    async with doors.reading(THEIRS) as tx:
        assert await merchants_seen(tx) == {THEIRS}


async def test_without_a_merchant_there_are_no_rows(doors: Database) -> None:
    async with doors.unscoped_reading_of_the_directory() as tx:
        assert await merchants_seen(tx) == set()


async def test_the_merchant_does_not_outlast_the_transaction(doors: Database) -> None:
    async with doors.reading(OURS):
        pass
    async with doors.unscoped_reading_of_the_directory() as tx:
        assert await merchants_seen(tx) == set()


async def test_the_ledger_sees_every_merchant(doors: Database) -> None:
    async with doors.unscoped_writing_as_the_ledger() as tx:
        assert await merchants_seen(tx) == {OURS, THEIRS}
    async with doors.ledger_connection() as connection, connection.begin():
        assert await merchants_seen(connection) == {OURS, THEIRS}
    plain = await doors.ledger_connect()
    counted = await (await plain.execute("select count(*) from feed")).fetchone()
    await plain.close()
    assert counted == (2,)


async def test_a_reader_cannot_write(doors: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as refused:
        async with doors.reading(OURS) as tx:
            await tx.execute(feeds.update().values(position=9))
    assert isinstance(refused.value.orig, psycopg.errors.ReadOnlySqlTransaction)


async def test_nobody_writes_into_another_merchant(doors: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as refused:
        async with doors.writing(OURS) as tx:
            await tx.execute(feeds.insert(), {"merchant_id": new_id(), "position": 1})
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


async def test_the_web_role_cannot_touch_the_books(database: Database) -> None:
    for name in ("account", "operation", "entry", "event"):
        for statement in (
            f"delete from {name}",
            f"insert into {name} default values",
            f"update {name} set merchant_id = merchant_id",
        ):
            with pytest.raises(sa.exc.DBAPIError) as refused:
                async with database.writing(OURS) as tx:
                    await tx.execute(sa.text(statement))
            assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), statement


async def test_not_even_the_ledger_changes_what_was_written(database: Database) -> None:
    for statement in (
        "delete from entry",
        "update operation set outcome = 'accepted'",
        "update event set type = ''",
    ):
        with pytest.raises(sa.exc.DBAPIError) as refused:
            async with database.unscoped_writing_as_the_ledger() as tx:
                await tx.execute(sa.text(statement))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), statement


def test_the_grants_of_every_table_are_the_declared_ones(database_url: str) -> None:
    doors: tuple[Door, ...] = ("web", "ledger")
    with connect(database_url, application="tests") as connection:
        names = role_names(connection.info.dbname)
        for table in all_tables().sorted_tables:
            for door in doors:
                role = names.web if door == "web" else names.ledger
                row = connection.execute(
                    "select array(select p from unnest(%s::text[]) p where has_table_privilege(%s, %s::regclass, p))",
                    (list(EVERY_PRIVILEGE), role, f'"{table.name}"'),
                ).fetchone()
                assert row is not None
                assert set(row[0]) == privileges(table, door), (table.name, door)


def test_the_columns_that_may_change_are_the_declared_ones(database_url: str) -> None:
    with connect(database_url, application="tests") as connection:
        names = role_names(connection.info.dbname)
        for table in all_tables().sorted_tables:
            if "UPDATE" in privileges(table, "ledger"):
                continue
            granted = {
                column.name
                for column in table.columns
                if connection.execute(
                    "select has_column_privilege(%s, %s::regclass, %s, 'UPDATE')",
                    (names.ledger, f'"{table.name}"', column.name),
                ).fetchone()
                == (True,)
            }
            assert granted == set(table.info["ledger_columns"]), table.name


def test_row_security_is_on_for_every_table_of_a_merchant(database_url: str) -> None:
    with connect(database_url, application="tests") as connection:
        secured = {
            name
            for (name,) in connection.execute(
                "select relname from pg_class c where relrowsecurity and relnamespace = 'public'::regnamespace"
                " and (select count(*) from pg_policy p where p.polrelid = c.oid) = 2"
            )
        }
    assert secured == {table.name for table in all_tables().sorted_tables if table.info["tenant"]}


def test_every_table_says_who_may_touch_it() -> None:
    for table in all_tables().sorted_tables:
        assert {"tenant", "web", "ledger", "append_only", "ledger_columns"} <= set(table.info), table.name


def test_every_key_of_a_merchants_table_begins_with_the_merchant() -> None:
    for table in all_tables().sorted_tables:
        if not table.info["tenant"]:
            continue
        for constraint in table.constraints:
            if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint):
                assert next(iter(constraint.columns)).name == "merchant_id", (table.name, constraint.name)
            if isinstance(constraint, sa.ForeignKeyConstraint) and constraint.referred_table.info["tenant"]:
                pairs = [(element.parent.name, element.column.name) for element in constraint.elements]
                assert pairs[0] == ("merchant_id", "merchant_id"), (table.name, constraint.name)
        for index in table.indexes:
            if index.unique:
                assert next(iter(index.columns)).name == "merchant_id", (table.name, index.name)


def test_roles_have_names_of_their_own_in_every_database() -> None:
    long = "a_database_with_a_name_that_is_longer_than_forty_bytes"
    names = [role_names(name).web for name in ("cardamom", "other", long, f"{long}_too")]
    assert names[:2] == ["cardamom_web", "cardamom_web_other"]
    assert len(set(names)) == 4
    assert all(len(name.encode()) <= 63 for name in names)


def test_applying_the_schema_again_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    test_the_grants_of_every_table_are_the_declared_ones(database_url)

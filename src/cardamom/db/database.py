"""The doors to the database, one per kind of caller.

Whoever reads names a merchant and sees that merchant's rows only. Writing goes through the ledger's connections.
What belongs to no merchant is behind doors with long names.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.rows import TupleRow
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from cardamom.db.connections import connect, connect_async, plain_url
from cardamom.db.refusals import refusal_for
from cardamom.db.roles import Door, Roles, usable_roles
from cardamom.kit.ids import is_id

#: A request that waits longer than this for a connection is told to come back.
POOL_TIMEOUT_SECONDS = 3
#: The ledger sends the same few statements for ever: have them planned at the second use.
LEDGER_PREPARE_THRESHOLD = 2


class Database:
    """One PostgreSQL database, for one event loop.

    Every door commits when its block ends and rolls back when the block raises. Errors that mean "not now" leave as
    Unavailable.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        """Prepare the pools. Looks once which roles there are; raises psycopg.OperationalError without a server.

        pool_size: the connections for reading, at most; each process has its own.
        """
        self.url = plain_url(url)
        self.roles = _find_roles(self.url)
        self._web = self._engine("web", pool_size=pool_size)
        self._ledger = self._unpooled_ledger_engine()

    @asynccontextmanager
    async def reading(self, merchant_id: str) -> AsyncIterator[AsyncConnection]:
        """A read-only transaction that sees the rows of one merchant. Raises ValueError for what is not an id."""
        async with self._transaction(self._web, read_only=True) as connection:
            await enter_merchant(connection, merchant_id)
            yield connection

    @asynccontextmanager
    async def writing(self, merchant_id: str) -> AsyncIterator[AsyncConnection]:
        """A transaction of the web role for the few tables of a merchant that are declared `web="write"`."""
        async with self._transaction(self._web, read_only=False) as connection:
            await enter_merchant(connection, merchant_id)
            yield connection

    @asynccontextmanager
    async def unscoped_reading_of_the_directory(self) -> AsyncIterator[AsyncConnection]:
        """A read-only transaction for what belongs to no merchant. Tables of merchants look empty."""
        async with self._transaction(self._web, read_only=True) as connection:
            yield connection

    @asynccontextmanager
    async def unscoped_writing_of_the_directory(self) -> AsyncIterator[AsyncConnection]:
        """A transaction for sessions, sign-in and other rows of no merchant. Tables of merchants look empty."""
        async with self._transaction(self._web, read_only=False) as connection:
            yield connection

    @asynccontextmanager
    async def unscoped_writing_as_the_ledger(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of the ledger's role, on a connection of its own: it sees every merchant.

        For the ledger's machinery, for jobs that go over all merchants and for tests that lay out rows.
        """
        async with self._transaction(self._ledger, read_only=False) as connection:
            yield connection

    @asynccontextmanager
    async def ledger_connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection of the ledger's role with no transaction begun, for a writer that keeps it.

        It is not pooled: it is closed when the block ends. A lost connection is for the writer to replace.
        """
        async with self._ledger.connect() as connection:
            yield connection

    async def ledger_connect(self) -> psycopg.AsyncConnection[TupleRow]:
        """A plain psycopg connection of the ledger's role. The caller closes it."""
        return await self._connect("ledger", application="cardamom ledger")

    async def listen_connect(self) -> psycopg.AsyncConnection[TupleRow]:
        """A connection in autocommit for LISTEN, with the ledger's role. The caller closes it.

        NOTIFY is only a hint: a listener polls slowly as well, because a lost connection loses what was said.
        """
        settings = {**self.roles.settings("ledger"), "idle_session_timeout": "0"}
        return await connect_async(
            self.url, application="cardamom listen", settings=settings, autocommit=True
        )

    async def close(self) -> None:
        """Close the pools. Connections that were handed out are closed by whoever has them."""
        await self._web.dispose()
        await self._ledger.dispose()

    async def _connect(self, door: Door, *, application: str) -> psycopg.AsyncConnection[TupleRow]:
        return await connect_async(
            self.url,
            application=application,
            settings=self.roles.settings(door),
            prepare_threshold=LEDGER_PREPARE_THRESHOLD if door == "ledger" else 5,
        )

    def _engine(self, door: Door, *, pool_size: int) -> AsyncEngine:
        return create_async_engine(
            "postgresql+psycopg://",
            async_creator=self._creator(door),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            # After a restart of the server the first reader should not be the one to find out.
            pool_pre_ping=True,
            use_native_hstore=False,
            # An error's message would repeat names and phone numbers, and end up in a log.
            hide_parameters=True,
        )

    def _unpooled_ledger_engine(self) -> AsyncEngine:
        return create_async_engine(
            "postgresql+psycopg://",
            async_creator=self._creator("ledger"),
            poolclass=NullPool,
            use_native_hstore=False,
            hide_parameters=True,
        )

    def _creator(self, door: Door) -> Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]:
        async def create() -> psycopg.AsyncConnection[Any]:
            return await self._connect(door, application=f"cardamom {door}")

        return create

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine, *, read_only: bool) -> AsyncIterator[AsyncConnection]:
        try:
            async with engine.connect() as connection:
                await connection.execution_options(postgresql_readonly=read_only)
                async with connection.begin():
                    yield connection
        except (sa.exc.SQLAlchemyError, psycopg.Error) as error:
            refusal = refusal_for(error)
            if refusal is None:
                raise
            raise refusal from error


async def enter_merchant(connection: AsyncConnection, merchant_id: str) -> None:
    """Show one merchant's rows to the rest of this transaction. Raises ValueError for what is not an id.

    A statement of its own and not a call of set_config(): only so does it reach the workers of a cluster, and there
    it takes no bind parameter, hence the check of the id.
    """
    if not is_id(merchant_id):
        raise ValueError("merchant_id is not an id")
    await connection.exec_driver_sql(f"set local cardamom.merchant_id = '{merchant_id}'")


def _find_roles(url: str) -> Roles:
    with connect(url, application="cardamom", autocommit=True) as connection:
        return usable_roles(connection, connection.info.dbname)

"""Fixtures that every package's tests share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.ledger.writer import Ledger
from cardamom.web.app import create_app
from cardamom.web.assembly import register_all
from tests.database import a_database, a_server, empty_every_table
from tests.world import World, a_world


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server, as superuser. For tests of the database itself."""
    with a_server() as url:
        yield url


@pytest.fixture(scope="session")
def process_database_url(server_url: str) -> Iterator[str]:
    """This test process's database. Use `database_url`, which also cleans up."""
    with a_database(server_url) as url:
        yield url


@pytest.fixture
def database_url(process_database_url: str) -> Iterator[str]:
    """A database with every table and no rows."""
    yield process_database_url
    empty_every_table(process_database_url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The doors to an empty database."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    """A running ledger that knows every command of the product."""
    ledger = Ledger(database)
    register_all(ledger, LinkMaker(bytes(32), lambda: "https://cards.example.org"))
    await ledger.start()
    yield ledger
    await ledger.stop()


@pytest.fixture
async def world(ledger: Ledger) -> World:
    """A cafe with a ten-stamp card and a free coffee."""
    return await a_world(ledger)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation of its own."""
    return Settings(data=tmp_path, secret_key=bytes(32), base_url="https://cards.example.org")


@pytest.fixture
async def client(settings: Settings, database: Database) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """The whole application, with its ledger running, without a socket."""
    app = create_app(settings, database)
    async with AsyncTestClient(
        app, base_url="https://cards.example.org", raise_server_exceptions=False
    ) as client:
        yield client

"""Fixtures that every package's tests share."""

from collections.abc import AsyncIterator, Iterator

import pytest

from cardamom.db.database import Database
from tests.database import a_database, a_server, empty_every_table


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

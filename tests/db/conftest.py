"""A data folder for servers that a test starts, kills and breaks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from psycopg import sql

from cardamom.db.connections import connect
from cardamom.db.embedded import EmbeddedServer
from cardamom.db.migrations import migrate
from tests.database import an_empty_database

#: What only root meets: another system user for the server.
collect_ignore = [] if os.geteuid() == 0 else ["test_root.py"]


@contextmanager
def a_folder() -> Iterator[Path]:
    """A data folder with a short path that the database's own user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="cardamom-db-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder of this test alone."""
    with a_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A started server. A test that stops or breaks it leaves it started and whole again."""
    with a_folder() as folder:
        server = EmbeddedServer(folder)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """A database of this test alone, without any table."""
    with an_empty_database(server_url, f"cardamom_test_{os.getpid()}_empty") as url:
        yield url


@pytest.fixture(scope="module")
def one_role_url(server_url: str) -> Iterator[str]:
    """A database whose owner may not create roles, and an address that connects as that owner."""
    name = f"cardamom_test_{os.getpid()}_one_role"
    database, owner = sql.Identifier(name), sql.Identifier(f"{name}_owner")
    with (
        an_empty_database(server_url, name) as url,
        connect(server_url, application="tests", autocommit=True) as su,
    ):
        su.execute(sql.SQL("drop role if exists {}").format(owner))
        su.execute(sql.SQL("create role {}").format(owner))
        su.execute(sql.SQL("alter database {} owner to {}").format(database, owner))
        owner_url = f"{url}{'&' if '?' in url else '?'}options={quote(f'-c role={name}_owner')}"
        migrate(owner_url)
        yield owner_url
        su.execute(sql.SQL("drop database {} with (force)").format(database))
        su.execute(sql.SQL("drop role {}").format(owner))

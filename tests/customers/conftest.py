"""A cafe with its people and a stranger, and the application as each of them uses it."""

import pytest

from cardamom.access.passwords import Passwords
from cardamom.db.database import Database
from cardamom.ledger.writer import Ledger
from tests.customers.visitors import Client, Visitor, browser_of, program_of
from tests.people import Everybody, introduce


@pytest.fixture
async def people(ledger: Ledger, database: Database) -> Everybody:
    return await introduce(ledger, database, passwords=Passwords(memory_kib=64))


@pytest.fixture
async def program(ledger: Ledger, client: Client, people: Everybody) -> Visitor:
    """The API as a program of the cafe uses it."""
    return await program_of(ledger, client, people.owner)


@pytest.fixture
async def browser(database: Database, client: Client, people: Everybody) -> Visitor:
    """The dashboard as the owner of the cafe sees it, in Arabic."""
    return await browser_of(database, client, people.owner)

"""A running ledger that knows programs, and a shop with its three people."""

from collections.abc import AsyncIterator

import pytest

from cardamom.access import deeds as access
from cardamom.access.passwords import Passwords
from cardamom.db.database import Database
from cardamom.ledger.writer import Ledger
from cardamom.merchants import deeds as merchants
from cardamom.programs import deeds as programs
from tests.people import Everybody, introduce


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    ledger = Ledger(database)
    for package in (merchants, access, programs):
        package.register(ledger)
    await ledger.start()
    yield ledger
    await ledger.stop()


@pytest.fixture
async def people(ledger: Ledger, database: Database) -> Everybody:
    return await introduce(ledger, database, passwords=Passwords(memory_kib=64))

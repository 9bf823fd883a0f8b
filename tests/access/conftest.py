"""A running ledger that knows the commands of `merchants` and `access`, and a shop with its three people."""

from collections.abc import AsyncIterator

import pytest

from cardamom.access import deeds as access
from cardamom.access.passwords import Passwords
from cardamom.db.database import Database
from cardamom.ledger.writer import Ledger
from cardamom.merchants import deeds as merchants
from tests.people import Everybody, introduce


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    ledger = Ledger(database)
    merchants.register(ledger)
    access.register(ledger)
    await ledger.start()
    yield ledger
    await ledger.stop()


@pytest.fixture
async def passwords() -> Passwords:
    return Passwords(memory_kib=64)


@pytest.fixture
async def people(ledger: Ledger, database: Database, passwords: Passwords) -> Everybody:
    return await introduce(ledger, database, passwords=passwords)

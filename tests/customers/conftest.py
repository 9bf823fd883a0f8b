"""A running ledger that knows businesses and their card holders."""

from collections.abc import AsyncIterator

import pytest

from cardamom.customers import deeds as customers
from cardamom.db.database import Database
from cardamom.ledger.writer import Ledger
from cardamom.merchants import deeds as merchants


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    ledger = Ledger(database)
    merchants.register(ledger)
    customers.register(ledger)
    await ledger.start()
    yield ledger
    await ledger.stop()

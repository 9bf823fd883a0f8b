"""A running ledger that knows the commands of `merchants`."""

from collections.abc import AsyncIterator

import pytest

from cardamom.db.database import Database
from cardamom.ledger.writer import Ledger
from cardamom.merchants.deeds import register


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    ledger = Ledger(database)
    register(ledger)
    await ledger.start()
    yield ledger
    await ledger.stop()

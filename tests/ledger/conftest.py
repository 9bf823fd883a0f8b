"""A ledger that counts tallies."""

from collections.abc import AsyncIterator

import pytest

from cardamom.db.database import Database
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from tests.ledger.tally import register_tallies


@pytest.fixture
async def tallies(database: Database) -> AsyncIterator[Ledger]:
    ledger = Ledger(database)
    register_tallies(ledger)
    await ledger.start()
    yield ledger
    await ledger.stop()


@pytest.fixture
def merchant_id() -> str:
    return new_id()

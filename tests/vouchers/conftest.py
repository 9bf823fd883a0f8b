"""A cafe whose time can be moved."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.kit.clock import SimulatedClock
from cardamom.ledger.writer import Ledger
from cardamom.web.assembly import register_all
from tests.vouchers.shop import Shop
from tests.world import a_world


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2026, 3, 10, 12, tzinfo=UTC))


@pytest.fixture
async def shop(database: Database, clock: SimulatedClock) -> AsyncIterator[Shop]:
    """The cafe of tests.world, with its own clock."""
    ledger = Ledger(database, clock=clock)
    register_all(ledger, LinkMaker(bytes(32), lambda: "https://cards.example.org"))
    await ledger.start()
    yield Shop(await a_world(ledger), clock)
    await ledger.stop()

"""Several processes on one database, started once for all races, and the cafe in which they meet."""

from collections.abc import Iterator

import pytest

from cardamom.kit.clock import SimulatedClock, now
from tests.races.tills import Tills
from tests.vouchers.shop import Shop
from tests.world import World


@pytest.fixture(scope="package")
def running_tills(process_database_url: str) -> Iterator[Tills]:
    with Tills(process_database_url) as tills:
        yield tills


@pytest.fixture
def tills(running_tills: Tills, database_url: str) -> Tills:
    """Processes that race; the rows are emptied after each test."""
    return running_tills


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world, SimulatedClock(now()))

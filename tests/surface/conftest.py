"""A furnished shop, and a stranger's."""

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.db.settings import Settings
from cardamom.ledger.writer import Ledger
from tests.surface.shop import NOBODYS_GOOGLE, Shop, furnished
from tests.world import BARBER, World, a_world


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Google is away: what leads there says what it can without it."""
    return msgspec.structs.replace(settings, wallet=NOBODYS_GOOGLE)


@pytest.fixture
async def shop(client: AsyncTestClient[Litestar], world: World) -> Shop:
    """The cafe, with one of everything."""
    return await furnished(client, world)


@pytest.fixture
async def stranger(client: AsyncTestClient[Litestar], ledger: Ledger) -> Shop:
    """The barber's key may do everything, for the barber."""
    world = await a_world(ledger, new=BARBER)
    return Shop(client, world, await world.an_api_key())

"""The shop is closed (SIGTERM) in the middle of the rush: what was taken in is finished, the rest can ask again."""

import asyncio
from collections.abc import Iterator

import pytest

from cardamom.db.embedded import running_server
from tests.cli.commands import cardamom
from tests.crash.accounting import account_for, written_unanswered
from tests.crash.load import Load
from tests.crash.shop import Shop
from tests.db.conftest import a_folder

pytestmark = pytest.mark.crash


@pytest.fixture
def shop() -> Iterator[Shop]:
    with a_folder() as home:
        yield Shop(home)


async def test_what_was_taken_in_is_answered_and_the_rest_can_ask_again(shop: Shop) -> None:
    load = Load(shop)
    closed = asyncio.Event()

    async def close_and_wait_for_customers(load: Load) -> None:
        await load.progress(by=100)
        assert await asyncio.to_thread(shop.close) == 0
        closed.set()
        await load.progress(by=50)

    with shop.open():
        await asyncio.to_thread(shop.furnish)
        rush = asyncio.create_task(load.run(close_and_wait_for_customers))
        await closed.wait()
    assert load.unanswered, "nobody was waiting: the rush is none"
    # The clients knock at a closed door meanwhile.
    with running_server(shop.data):
        assert written_unanswered(load, shop) == set()
    with shop.open():
        await rush
        account_for(load, shop)
        done = await asyncio.to_thread(cardamom, "verify", "--data", str(shop.data))
    assert done.returncode == 0, done.stdout + done.stderr

"""A page hears of what lands on its card, and is let go when the server stops."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cardamom.cards.live import LiveCards
from tests.world import World


@pytest.fixture
async def live(world: World) -> AsyncIterator[LiveCards]:
    live = LiveCards(world.database)
    await live.start()
    yield live
    await live.stop()


async def test_a_stamp_is_news(world: World, live: LiveCards) -> None:
    card_id = await world.a_card()
    async with live.watch(world.merchant_id, card_id) as watch:
        await asyncio.sleep(1)  # the version at the beginning has to be known
        await world.stamp(card_id)
        live._news.set()  # what a NOTIFY does; the ledger of these tests rings no bell
        assert await watch.changed(timeout_seconds=5)
        assert not watch.is_over


async def test_every_page_is_let_go_at_once(world: World, live: LiveCards) -> None:
    card_id = await world.a_card()
    async with live.watch(world.merchant_id, card_id) as first:
        live.end_all()
        assert await first.changed(timeout_seconds=5)
        assert first.is_over
    async with live.watch(world.merchant_id, card_id) as second:
        assert second.is_over

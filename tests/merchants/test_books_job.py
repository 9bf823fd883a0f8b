"""The nightly check of the books reports, and never repairs."""

from cardamom.db.connections import connect
from cardamom.merchants.jobs import BOOKS_UNSOUND, verify_books
from cardamom.merchants.queries import notices_of
from tests.world import World


async def test_sound_books_are_no_news(world: World) -> None:
    await world.a_card(stamps=3)
    await verify_books(world)
    async with world.database.reading(world.merchant_id) as tx:
        assert await notices_of(tx, world.merchant_id) == []


async def test_the_owner_hears_of_books_that_do_not_add_up(world: World, database_url: str) -> None:
    card_id = await world.a_card(stamps=3)
    with connect(database_url, application="tests", autocommit=True) as connection:
        connection.execute("update account set balance = 9 where merchant_id = %s", (world.merchant_id,))
    await verify_books(world)
    async with world.database.reading(world.merchant_id) as tx:
        (notice,) = await notices_of(tx, world.merchant_id)
    assert (notice.kind, notice.facts) == (BOOKS_UNSOUND, {"faults": 1})
    assert (await world.card(card_id)).balance == 9

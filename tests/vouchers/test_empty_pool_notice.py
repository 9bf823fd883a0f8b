"""The owner hears that a pool is empty: once, and not after it was filled."""

from cardamom.db.jobs import run_waiting_jobs
from cardamom.ledger.commands import new_key
from cardamom.ledger.dispatcher import Dispatcher
from cardamom.merchants.queries import notices_of
from cardamom.merchants.schemas import Notice
from cardamom.merchants.service import read_notices
from cardamom.programs.schemas import RedeemCode
from cardamom.vouchers.jobs import follow
from tests.vouchers.shop import Shop


async def redeem_from(shop: Shop, pool_id: str) -> None:
    terms = RedeemCode(kind="pool", pool=pool_id)
    await shop.redeem(await shop.a_voucher(redemption="code", code=terms))


async def notices_after_the_news(shop: Shop, database_url: str) -> list[Notice]:
    dispatcher = Dispatcher(shop.database)
    follow(dispatcher)
    await dispatcher.drain()
    await run_waiting_jobs(database_url, work=shop)
    async with shop.database.reading(shop.merchant_id) as tx:
        return await notices_of(tx, shop.merchant_id)


async def test_the_owner_is_told_once_while_it_is_empty(shop: Shop, database_url: str) -> None:
    pool_id = await shop.a_pool("ONE")
    assert await notices_after_the_news(shop, database_url) == []
    await redeem_from(shop, pool_id)
    (told,) = await notices_after_the_news(shop, database_url)
    assert (told.kind, told.facts) == ("pool_emptied", {"pool": pool_id, "name": "Till codes"})
    await redeem_from(shop, pool_id)
    assert await notices_after_the_news(shop, database_url) == [told]
    await read_notices(
        shop.ledger, actor=shop.owner, merchant_id=shop.merchant_id, up_to=told.id, key=new_key()
    )
    await redeem_from(shop, pool_id)
    assert len(await notices_after_the_news(shop, database_url)) == 2


async def test_nobody_is_told_what_has_been_mended(shop: Shop, database_url: str) -> None:
    pool_id = await shop.a_pool("ONE")
    await redeem_from(shop, pool_id)
    await shop.fill(pool_id, "TWO")
    assert await notices_after_the_news(shop, database_url) == []

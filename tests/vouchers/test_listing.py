"""Vouchers in pages, as they stand now."""

from datetime import timedelta

import pytest

from cardamom.kit.clock import SimulatedClock
from cardamom.programs.schemas import Validity
from cardamom.vouchers.errors import VoucherUnknown
from cardamom.vouchers.queries import Filter, pools_of, voucher_by_code, vouchers_of, vouchers_of_card
from cardamom.vouchers.rules import Status
from tests.vouchers.shop import Shop
from tests.world import BARBER, a_world


async def listed(shop: Shop, *, after: str | None = None, limit: int = 50, **wanted: object) -> list[str]:
    chosen = Filter(now=shop.clock(), **wanted)  # type: ignore[arg-type]
    async with shop.database.reading(shop.merchant_id) as tx:
        found = await vouchers_of(tx, shop.merchant_id, chosen, after=after, limit=limit)
    return [each.voucher.id for each in found]


async def test_pages_run_from_the_newest_to_the_oldest_without_gaps(shop: Shop) -> None:
    issued = [await shop.a_voucher() for _ in range(5)]
    first = await listed(shop, limit=2)
    second = await listed(shop, after=first[-1], limit=2)
    third = await listed(shop, after=second[-1], limit=2)
    assert [*first, *second, *third] == issued[::-1]


async def test_a_status_is_what_counts_now_not_what_was_recorded(shop: Shop, clock: SimulatedClock) -> None:
    active = await shop.a_voucher()
    waiting = await shop.a_voucher(active_from="next_visit")
    used, cancelled = await shop.a_voucher(), await shop.a_voucher()
    over = await shop.a_voucher(validity=Validity(kind="days", n=1))
    waited = await shop.a_voucher(validity=Validity(kind="days", n=1), active_from="next_visit")
    await shop.redeem(used)
    await shop.cancel(cancelled)
    clock.advance(timedelta(days=2))
    assert await listed(shop, status=Status.ACTIVE) == [active]
    assert await listed(shop, status=Status.ISSUED) == [waiting]
    assert await listed(shop, status=Status.REDEEMED) == [used]
    assert await listed(shop, status=Status.CANCELLED) == [cancelled]
    assert await listed(shop, status=Status.EXPIRED) == [waited, over]


async def test_the_vouchers_of_a_card_and_of_a_customer(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    on_card = [await shop.a_voucher(card=card_id) for _ in range(2)]
    await shop.a_voucher()
    assert await listed(shop, card_id=card_id) == on_card[::-1]
    async with shop.database.reading(shop.merchant_id) as tx:
        found = await vouchers_of_card(tx, shop.merchant_id, card_id)
    assert [each.voucher.id for each in found] == on_card[::-1]


async def test_a_stranger_lists_and_finds_nothing(shop: Shop) -> None:
    barber = await a_world(shop.ledger, new=BARBER)
    code = (await shop.voucher(await shop.a_voucher())).code
    await shop.a_pool()
    async with shop.database.reading(barber.merchant_id) as tx:
        assert await vouchers_of(tx, barber.merchant_id, Filter(now=shop.clock()), limit=10) == []
        assert await pools_of(tx, barber.merchant_id) == []
        with pytest.raises(VoucherUnknown):
            await voucher_by_code(tx, barber.merchant_id, code)
        # Row security holds even where a query names the other merchant.
        assert await vouchers_of(tx, shop.merchant_id, Filter(now=shop.clock()), limit=10) == []


async def test_pools_say_how_many_codes_are_left(shop: Shop) -> None:
    empty, full = await shop.a_pool(), await shop.a_pool("A", "B")
    async with shop.database.reading(shop.merchant_id) as tx:
        assert [(pool.id, pool.left) for pool in await pools_of(tx, shop.merchant_id)] == [
            (empty, 0),
            (full, 2),
        ]
        assert [pool.id for pool in await pools_of(tx, shop.merchant_id, after=empty)] == [full]

"""Codes of another system: imported in bulk, each handed out once."""

import asyncio

import pytest

from cardamom.kit.errors import NotPermitted
from cardamom.kit.ids import new_id
from cardamom.programs.schemas import RedeemCode
from cardamom.vouchers.errors import PoolUnknown
from cardamom.vouchers.pools import REJECTED_SHOWN
from cardamom.vouchers.service import import_pool_codes
from tests.vouchers.shop import Shop
from tests.world import BARBER, a_world


async def a_pool_voucher(shop: Shop, pool_id: str) -> str:
    return await shop.a_voucher(redemption="code", code=RedeemCode(kind="pool", pool=pool_id))


async def test_an_import_reports_what_it_did_not_take(shop: Shop) -> None:
    pool_id = await shop.a_pool("OLD-1")
    outcome = await shop.fill(pool_id, " NEW-1 ", "OLD-1", "NEW-2", "", "قهوة", "NEW-1", "x" * 49, "۱۲۳")
    assert (outcome.facts["added"], outcome.facts["rejected"]) == (3, 5)
    assert outcome.facts["lines"] == [
        {"line": 2, "reason": "pool_code_duplicate"},
        {"line": 4, "reason": "pool_code_malformed"},
        {"line": 5, "reason": "pool_code_malformed"},
        {"line": 6, "reason": "pool_code_duplicate"},
        {"line": 7, "reason": "pool_code_malformed"},
    ]
    assert await shop.codes_left(pool_id) == 4
    assert "NEW-1" not in await shop.everything_written()


async def test_thousands_at_once(shop: Shop) -> None:
    pool_id = await shop.a_pool()
    first = await shop.fill(pool_id, *(f"GIFT-{n}" for n in range(5_000)))
    again = await shop.fill(pool_id, *(f"GIFT-{n}" for n in range(4_000, 9_000)))
    assert (first.facts["added"], again.facts["added"], again.facts["rejected"]) == (5_000, 4_000, 1_000)
    assert len(again.facts["lines"]) == REJECTED_SHOWN
    assert await shop.codes_left(pool_id) == 9_000
    assert await shop.books_are_sound()


async def test_two_imports_of_the_same_codes_at_once_count_them_once(shop: Shop) -> None:
    pool_id = await shop.a_pool()
    codes = [f"GIFT-{n}" for n in range(200)]
    outcomes = await asyncio.gather(*(shop.fill(pool_id, *codes) for _ in range(4)))
    assert sorted(outcome.facts["added"] for outcome in outcomes) == [0, 0, 0, 200]
    assert await shop.codes_left(pool_id) == 200


async def test_an_empty_pool_refuses_tells_and_serves_once_it_is_filled(shop: Shop) -> None:
    pool_id = await shop.a_pool("ONE")
    first, second = await a_pool_voucher(shop, pool_id), await a_pool_voucher(shop, pool_id)
    assert (await shop.redeem(first)).accepted
    refused = await shop.redeem(second)
    assert (refused.reason, refused.facts["pool"]) == ("pool_empty", pool_id)
    assert (await shop.voucher(second)).status == "active"
    emptied = [(subject, payload) for kind, subject, payload in await shop.events() if kind == "pool.emptied"]
    assert emptied == [(pool_id, {"voucher": first}), (pool_id, {"voucher": second})]
    await shop.fill(pool_id, "TWO")
    assert (await shop.redeem(second)).accepted
    assert (await shop.voucher(second)).redeem_code == "TWO"
    assert await shop.codes_left(pool_id) == 0
    assert await shop.books_are_sound()


async def test_codes_are_drawn_in_the_order_of_the_import(shop: Shop) -> None:
    pool_id = await shop.a_pool("A", "B", "C")
    vouchers = [await a_pool_voucher(shop, pool_id) for _ in range(3)]
    for voucher_id in vouchers:
        await shop.redeem(voucher_id)
    assert [(await shop.voucher(voucher_id)).redeem_code for voucher_id in vouchers] == ["A", "B", "C"]


async def test_a_pool_is_its_merchants(shop: Shop) -> None:
    barber = await a_world(shop.ledger, new=BARBER)
    pool_id, voucher_id = await shop.a_pool("MINE"), await shop.a_voucher()
    with pytest.raises(PoolUnknown):
        await import_pool_codes(
            shop.ledger,
            actor=barber.owner,
            merchant_id=barber.merchant_id,
            pool_id=pool_id,
            codes=["X"],
            key=new_id(),
        )
    for unknown in (new_id(), "x", voucher_id):
        with pytest.raises(PoolUnknown):
            await shop.fill(unknown, "X")


async def test_staff_do_not_import(shop: Shop) -> None:
    with pytest.raises(NotPermitted):
        await import_pool_codes(
            shop.ledger,
            actor=shop.staff,
            merchant_id=shop.merchant_id,
            pool_id=await shop.a_pool(),
            codes=["X"],
            key=new_id(),
        )

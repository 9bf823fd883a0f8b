"""One voucher, sixty-four people who want it, four processes."""

import pytest

from cardamom.vouchers.redeeming import RedeemVoucher
from tests.races.books import entries, is_sound
from tests.races.tills import ROUNDS, Result, Tills
from tests.vouchers.shop import Shop

pytestmark = pytest.mark.race

CLIENTS = 64


async def everybody_wants(tills: Tills, shop: Shop, voucher_id: str, *without: str) -> Result:
    wish = {"merchant_id": shop.merchant_id, "actor": shop.staff, "voucher_id": voucher_id, "via": "staff"}
    return await tills.race([RedeemVoucher(**wish) for _ in range(CLIENTS)], without=without)


async def test_a_voucher_is_used_once(tills: Tills, shop: Shop) -> None:
    voucher_id = await shop.a_voucher()
    result = await everybody_wants(tills, shop, voucher_id)
    assert len(result.accepted) == 1
    assert result.reasons() == ["voucher_already_redeemed"] * (CLIENTS - 1)
    assert result.caught == set(), "the locks alone are enough: no net was touched"
    assert await entries(shop.database, voucher_id) == [("use", 1), ("use", -1)]
    assert (await shop.voucher(voucher_id)).status == "redeemed"
    assert await is_sound(shop.database)


async def test_a_voucher_for_seven_is_used_seven_times(tills: Tills, shop: Shop) -> None:
    voucher_id = await shop.a_voucher(uses=7)
    result = await everybody_wants(tills, shop, voucher_id)
    assert len(result.accepted) == 7
    assert [
        answer.facts["uses_left"] for answer in sorted(result.accepted, key=lambda a: a.operation_id)
    ] == [*range(6, -1, -1)]
    assert await entries(shop.database, voucher_id) == [("use", 7), *[("use", -1)] * 7]
    assert await is_sound(shop.database)


async def test_control_without_locks_the_nets_hold_and_are_needed(tills: Tills, shop: Shop) -> None:
    for _ in range(ROUNDS):
        voucher_id = await shop.a_voucher()
        result = await everybody_wants(tills, shop, voucher_id, "locks")
        assert len(result.accepted) == 1
        if result.caught:
            return
    pytest.fail("no two batches ever met: the race is none")


async def test_control_without_locks_and_nets_a_voucher_is_used_twice(tills: Tills, shop: Shop) -> None:
    for _ in range(ROUNDS):
        voucher_id = await shop.a_voucher()
        if len((await everybody_wants(tills, shop, voucher_id, "locks", "nets")).accepted) > 1:
            return
    pytest.fail("nothing went wrong without any protection: the race is none")

"""A pool of codes, more customers than codes, four processes."""

from collections import Counter

import pytest

from cardamom.programs.schemas import RedeemCode
from cardamom.vouchers.redeeming import RedeemVoucher
from tests.races.books import is_sound
from tests.races.tills import ROUNDS, Result, Tills
from tests.vouchers.shop import Shop

pytestmark = pytest.mark.race

CODES = 20
CUSTOMERS = 60


async def everybody_draws(tills: Tills, shop: Shop, *without: str) -> tuple[Result, str, list[str | None]]:
    """The answers, the pool, and the code that each voucher shows now."""
    pool_id = await shop.a_pool(*(f"GIFT-{number}" for number in range(CODES)))
    terms = RedeemCode(kind="pool", pool=pool_id)
    vouchers = [await shop.a_voucher(redemption="code", code=terms) for _ in range(CUSTOMERS)]
    wish = {"merchant_id": shop.merchant_id, "actor": shop.staff, "via": "staff"}
    commands = [RedeemVoucher(**wish, voucher_id=voucher_id) for voucher_id in vouchers]
    result = await tills.race(commands, without=without)
    return result, pool_id, [(await shop.voucher(voucher_id)).redeem_code for voucher_id in vouchers]


def given_twice(codes: list[str | None]) -> list[str]:
    return [code for code, times in Counter(codes).items() if code is not None and times > 1]


async def test_each_code_is_given_to_one_customer(tills: Tills, shop: Shop) -> None:
    result, pool_id, codes = await everybody_draws(tills, shop)
    assert len(result.accepted) == CODES
    assert result.reasons() == ["pool_empty"] * (CUSTOMERS - CODES)
    assert sorted(code for code in codes if code is not None) == sorted(f"GIFT-{n}" for n in range(CODES))
    assert [code is not None for code in codes] == [each.outcome == "accepted" for each in result.answers]
    assert await shop.codes_left(pool_id) == 0
    assert result.caught == set(), "the locks alone are enough: no net was touched"
    assert await is_sound(shop.database)


async def test_control_without_locks_the_nets_hold_and_are_needed(tills: Tills, shop: Shop) -> None:
    for _ in range(ROUNDS):
        result, pool_id, codes = await everybody_draws(tills, shop, "locks")
        assert given_twice(codes) == []
        assert len(result.accepted) + await shop.codes_left(pool_id) == CODES
        if result.caught:
            return
    pytest.fail("no two batches ever met: the race is none")


async def test_control_without_locks_and_nets_a_code_is_given_twice(tills: Tills, shop: Shop) -> None:
    for _ in range(ROUNDS):
        _result, _pool_id, codes = await everybody_draws(tills, shop, "locks", "nets")
        if given_twice(codes):
            return
    pytest.fail("nothing went wrong without any protection: the race is none")

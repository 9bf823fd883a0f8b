"""A redemption that is taken back, once."""

import asyncio
from datetime import timedelta

import pytest

from cardamom.kit.clock import SimulatedClock
from cardamom.kit.ids import new_id
from cardamom.programs.schemas import RedeemCode, Validity
from tests.vouchers.shop import Shop
from tests.world import BARBER, a_world


async def test_an_undone_voucher_is_active_and_can_be_used_again(shop: Shop) -> None:
    voucher_id = await shop.a_voucher()
    used = await shop.redeem(voucher_id)
    undone = await shop.undo(used.operation_id, reason="Wrong customer")
    assert (undone.accepted, undone.facts["status"], undone.facts["note"]) == (
        True,
        "active",
        "Wrong customer",
    )
    voucher = await shop.voucher(voucher_id)
    assert (voucher.status, voucher.uses_left, voucher.redeemed_at, voucher.redeemed_via) == (
        "active",
        1,
        None,
        None,
    )
    assert (await shop.redeem(voucher_id)).accepted
    assert await shop.moves(voucher_id) == [("use", 1), ("use", -1), ("undone", 1), ("use", -1)]
    assert await shop.books_are_sound()


async def test_it_is_undone_once_also_after_the_next_use(shop: Shop) -> None:
    voucher_id = await shop.a_voucher()
    used = await shop.redeem(voucher_id)
    await shop.undo(used.operation_id)
    assert (await shop.undo(used.operation_id)).reason == "already_undone"
    await shop.redeem(voucher_id)
    assert (await shop.undo(used.operation_id)).reason == "already_undone"
    assert (await shop.voucher(voucher_id)).status == "redeemed"


@pytest.mark.parametrize("uses", [1, 3])
async def test_racing_undos_give_one_use_back(shop: Shop, uses: int) -> None:
    voucher_id = await shop.a_voucher(uses=uses)
    used = [await shop.redeem(voucher_id) for _ in range(uses)]
    outcomes = await asyncio.gather(*(shop.undo(used[0].operation_id) for _ in range(12)))
    assert sorted(outcome.reason or "" for outcome in outcomes) == ["", *["already_undone"] * 11]
    assert (await shop.voucher(voucher_id)).uses_left == 1
    assert await shop.books_are_sound()


async def test_a_voucher_whose_time_is_over_comes_back_expired(shop: Shop, clock: SimulatedClock) -> None:
    voucher_id = await shop.a_voucher(validity=Validity(kind="days", n=1), uses=2)
    used = await shop.redeem(voucher_id)
    clock.advance(timedelta(days=5))
    undone = await shop.undo(used.operation_id)
    assert (undone.accepted, undone.facts["status"]) == (True, "expired")
    voucher = await shop.voucher(voucher_id)
    assert (voucher.status, voucher.uses_left) == ("expired", 0)
    assert await shop.moves(voucher_id) == [("use", 2), ("use", -1), ("undone", 1), ("expired", -2)]


async def test_within_a_window_it_must_be_fresh_and_without_one_never(
    shop: Shop, clock: SimulatedClock
) -> None:
    used = await shop.redeem(await shop.a_voucher())
    clock.advance(timedelta(seconds=16))
    late = await shop.undo(used.operation_id, window_seconds=10)
    assert (late.reason, late.facts) == ("undo_too_late", {"window_seconds": 10})
    assert (await shop.undo(used.operation_id)).accepted
    just_now = await shop.redeem(await shop.a_voucher())
    clock.advance(timedelta(seconds=10))
    assert (await shop.undo(just_now.operation_id, window_seconds=10)).accepted


async def test_a_drawn_code_stays_with_its_voucher(shop: Shop) -> None:
    pool_id = await shop.a_pool("A-1", "A-2")
    voucher_id = await shop.a_voucher(redemption="code", code=RedeemCode(kind="pool", pool=pool_id))
    used = await shop.redeem(voucher_id)
    await shop.undo(used.operation_id)
    assert (await shop.voucher(voucher_id)).redeem_code is None
    await shop.redeem(voucher_id)
    assert (await shop.voucher(voucher_id)).redeem_code == "A-1"
    assert await shop.codes_left(pool_id) == 1


async def test_what_is_no_redemption_is_not_undone_here(shop: Shop) -> None:
    issued = await shop.issue()
    assert (await shop.undo(issued.operation_id)).reason == "not_undoable"
    refused = await shop.redeem(new_id())
    assert (await shop.undo(refused.operation_id)).reason == "not_undoable"
    assert (await shop.undo(new_id())).reason == "operation_unknown"


async def test_a_stranger_finds_no_operation(shop: Shop) -> None:
    barber = await a_world(shop.ledger, new=BARBER)
    used = await shop.redeem(await shop.a_voucher())
    outcome = await shop.undo(used.operation_id, actor=barber.owner, merchant_id=barber.merchant_id)
    assert outcome.reason == "operation_unknown"

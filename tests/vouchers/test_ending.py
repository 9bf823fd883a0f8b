"""Vouchers that end unused: cancelled by a person, or expired."""

import asyncio
from datetime import timedelta

import pytest

from cardamom.kit.clock import SimulatedClock
from cardamom.kit.errors import NotPermitted, Refused
from cardamom.kit.ids import new_id
from cardamom.programs.schemas import Validity
from cardamom.vouchers import service
from cardamom.vouchers.errors import VoucherAlreadyRedeemed, VoucherCancelled, VoucherExpired, VoucherUnknown
from cardamom.vouchers.jobs import expire_due_vouchers
from cardamom.vouchers.queries import merchants_with_vouchers_due
from tests.vouchers.shop import Shop
from tests.world import BARBER, a_world

ONE_DAY = Validity(kind="days", n=1)


async def test_a_cancelled_voucher_has_no_uses_left(shop: Shop) -> None:
    voucher_id = await shop.a_voucher(uses=2)
    await shop.redeem(voucher_id)
    await shop.cancel(voucher_id)
    voucher = await shop.voucher(voucher_id)
    assert (voucher.status, voucher.uses_left) == ("cancelled", 0)
    assert (await shop.redeem(voucher_id)).reason == "voucher_cancelled"
    assert await shop.moves(voucher_id) == [("use", 2), ("use", -1), ("cancelled", -1)]
    assert await shop.books_are_sound()


async def test_only_an_open_voucher_is_cancelled(shop: Shop, clock: SimulatedClock) -> None:
    used, cancelled, over = (
        await shop.a_voucher(),
        await shop.a_voucher(),
        await shop.a_voucher(validity=ONE_DAY),
    )
    await shop.redeem(used)
    await shop.cancel(cancelled)
    clock.advance(timedelta(days=3))
    refusals: list[tuple[str, type[Refused]]] = [
        (used, VoucherAlreadyRedeemed),
        (cancelled, VoucherCancelled),
        (over, VoucherExpired),
        (new_id(), VoucherUnknown),
        ("x", VoucherUnknown),
    ]
    for voucher_id, refusal in refusals:
        with pytest.raises(refusal):
            await shop.cancel(voucher_id)


async def test_using_and_cancelling_at_once_has_one_winner(shop: Shop) -> None:
    for _ in range(5):
        voucher_id = await shop.a_voucher()
        used, cancelled = await asyncio.gather(
            shop.redeem(voucher_id), shop.cancel(voucher_id), return_exceptions=True
        )
        assert not isinstance(used, BaseException)
        assert used.accepted is isinstance(cancelled, VoucherAlreadyRedeemed)
        assert (await shop.voucher(voucher_id)).uses_left == 0
    assert await shop.books_are_sound()


async def test_staff_do_not_cancel(shop: Shop) -> None:
    with pytest.raises(NotPermitted):
        await service.cancel_voucher(
            shop.ledger,
            actor=shop.staff,
            merchant_id=shop.merchant_id,
            voucher_id=await shop.a_voucher(),
            reason=None,
            key=new_id(),
        )


async def test_the_job_records_what_is_over_and_takes_its_uses(shop: Shop, clock: SimulatedClock) -> None:
    over = [await shop.a_voucher(validity=ONE_DAY) for _ in range(3)]
    waiting = await shop.a_voucher(validity=ONE_DAY, active_from="next_visit")
    used, valid = await shop.a_voucher(validity=ONE_DAY), await shop.a_voucher()
    await shop.redeem(used)
    assert await service.expire_vouchers(shop.ledger, merchant_id=shop.merchant_id) == 0
    clock.advance(timedelta(days=2))
    assert await service.expire_vouchers(shop.ledger, merchant_id=shop.merchant_id) == 4
    assert await service.expire_vouchers(shop.ledger, merchant_id=shop.merchant_id) == 0
    for voucher_id in (*over, waiting):
        voucher = await shop.voucher(voucher_id)
        assert (voucher.status, voucher.uses_left) == ("expired", 0)
        assert await shop.moves(voucher_id) == [("use", 1), ("expired", -1)]
    assert (await shop.voucher(used)).status == "redeemed"
    assert (await shop.voucher(valid)).status == "active"
    expired = [subject for kind, subject, _ in await shop.events() if kind == "voucher.expired"]
    assert sorted(expired) == sorted([*over, waiting])
    assert await shop.books_are_sound()


async def test_more_than_one_batch_is_recorded(
    shop: Shop, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "EXPIRED_AT_ONCE", 2)
    for _ in range(5):
        await shop.a_voucher(validity=ONE_DAY)
    clock.advance(timedelta(days=2))
    assert await service.expire_vouchers(shop.ledger, merchant_id=shop.merchant_id) == 5


async def test_the_job_finds_the_merchants_with_something_due(shop: Shop, clock: SimulatedClock) -> None:
    barber = await a_world(shop.ledger, new=BARBER)
    await shop.a_voucher(validity=ONE_DAY)
    async with shop.database.unscoped_writing_as_the_ledger() as tx:
        assert await merchants_with_vouchers_due(tx, now=clock()) == []
        found = await merchants_with_vouchers_due(tx, now=clock() + timedelta(days=2))
    assert found == [shop.merchant_id]
    assert barber.merchant_id not in found


async def test_the_job_runs_with_what_the_worker_hands_it(shop: Shop) -> None:
    """The simulated clock stands in the past of the real one, by which the job finds what is due."""
    voucher_id = await shop.a_voucher(validity=ONE_DAY)
    shop.clock.advance(timedelta(days=2))
    await expire_due_vouchers(shop)
    assert (await shop.voucher(voucher_id)).uses_left == 0

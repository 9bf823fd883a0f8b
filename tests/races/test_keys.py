"""One idempotency key that arrives everywhere at once: a phone that retries, a proxy that repeats, a nervous thumb."""

import pytest

from cardamom.cards.joining import JoinCard
from cardamom.cards.stamping import StampCard
from cardamom.ledger.commands import Command, new_key
from cardamom.vouchers.redeeming import RedeemVoucher
from tests.races.books import entries, is_sound, rows
from tests.races.tills import ROUNDS, Tills
from tests.vouchers.shop import Shop

pytestmark = pytest.mark.race

COPIES = 64

OPERATIONS = "select count(*) from operation where merchant_id = %s and key = %s"
CARDS = "select count(*) from card where merchant_id = %s"


async def one_of_each(shop: Shop) -> list[Command]:
    """A stamp, a use of a voucher that has many, and a join: what is locked, and what has nothing to lock."""
    world = shop.world
    asked = {"merchant_id": shop.merchant_id, "actor": shop.owner}
    return [
        StampCard(**asked, key=new_key(), card_id=await world.a_card()),
        RedeemVoucher(**asked, key=new_key(), voucher_id=await shop.a_voucher(uses=COPIES), via="staff"),
        JoinCard(**asked, key=new_key(), program_id=world.program_id, source="api"),
    ]


async def test_one_key_is_one_operation(tills: Tills, shop: Shop) -> None:
    for command in await one_of_each(shop):
        ((cards,),) = await rows(shop.database, CARDS, shop.merchant_id)
        result = await tills.race([command] * COPIES)
        first = result.answers[0]
        assert all(answer == first for answer in result.answers), "a replay is not the first answer"
        assert first.outcome == "accepted"
        assert await rows(shop.database, OPERATIONS, shop.merchant_id, command.key) == [(1,)]
        match command:
            case StampCard(card_id=str(card_id)):
                assert await entries(shop.database, card_id) == [("stamp", 1)]
            case RedeemVoucher(voucher_id=str(voucher_id)):
                assert await entries(shop.database, voucher_id) == [("use", COPIES), ("use", -1)]
            case JoinCard():
                assert await rows(shop.database, CARDS, shop.merchant_id) == [(cards + 1,)]
    assert await is_sound(shop.database)


async def test_one_key_for_two_requests_is_one_of_them(tills: Tills, shop: Shop) -> None:
    world = shop.world
    asked = {"merchant_id": shop.merchant_id, "actor": shop.owner, "key": new_key()}
    cards = [await world.a_card(), await world.a_card()]
    result = await tills.race([StampCard(**asked, card_id=cards[n // 2 % 2]) for n in range(COPIES)])
    assert len({answer.operation_id for answer in result.accepted}) == 1
    assert result.reasons() == ["key_reused"] * (COPIES // 2)
    assert sorted(await entries(shop.database, cards[0]) + await entries(shop.database, cards[1])) == [
        ("stamp", 1)
    ]
    assert await is_sound(shop.database)


async def test_control_without_the_key_one_request_is_many_operations(tills: Tills, shop: Shop) -> None:
    command = (await one_of_each(shop))[0]
    result = await tills.race([command] * COPIES, without=["keys"])
    assert len({answer.operation_id for answer in result.accepted}) > 1


async def test_control_without_the_lock_the_constraint_is_what_keeps_a_key_single(
    tills: Tills, shop: Shop
) -> None:
    for _ in range(ROUNDS):
        command = (await one_of_each(shop))[0]
        result = await tills.race([command] * COPIES, without=["locks", "nets"])
        assert len({answer.operation_id for answer in result.accepted}) == 1
        if result.caught:
            return
    pytest.fail("no two batches ever met: the race is none")

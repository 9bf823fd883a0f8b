"""A stamp through the real ledger: what lands on the card, what it issues, what is refused."""

import asyncio

from cardamom.cards.undoing import UndoStamp
from cardamom.ledger.verify import verify
from cardamom.ledger.writer import Ledger
from cardamom.programs.schemas import RewardTerms
from tests.world import World, a_world


async def test_the_tenth_stamp_issues_the_reward_and_rolls_over(world: World) -> None:
    card_id = await world.a_card(stamps=9)
    outcome = await world.stamp(card_id)
    assert outcome.accepted
    assert len(outcome.facts["issued"]) == 1
    card = await world.card(card_id)
    assert (card.balance, card.progress.cycle, card.progress.lifetime) == (0, 2, 10)
    assert [voucher.title["en"] for voucher in card.vouchers] == ["Free coffee"]
    assert card.vouchers[0].status == "active"


async def test_surplus_stamps_begin_the_next_cycle(world: World) -> None:
    card_id = await world.a_card(stamps=9)
    await world.stamp(card_id, stamps=3)
    card = await world.card(card_id)
    assert (card.balance, card.progress.cycle) == (2, 2)


async def test_many_stamps_at_once_are_all_counted(world: World) -> None:
    card_id = await world.a_card()
    outcomes = await asyncio.gather(*(world.stamp(card_id) for _ in range(95)))
    assert all(outcome.accepted for outcome in outcomes)
    card = await world.card(card_id)
    assert (card.balance, card.progress.cycle, card.progress.lifetime) == (5, 10, 95)
    assert len(card.vouchers) == 9
    assert await _is_sound(world)


async def test_the_cooldown_refuses_with_a_time(ledger: Ledger) -> None:
    world = await a_world(ledger, cooldown_seconds=900)
    card_id = await world.a_card(stamps=1)
    outcome = await world.stamp(card_id)
    assert (outcome.outcome, outcome.reason) == ("refused", "cooldown")
    assert outcome.facts["balance"] == 1
    assert outcome.refusal().sentence()


async def test_an_unknown_card_is_refused_and_stored(world: World) -> None:
    outcome = await world.stamp("0190aaaa-0000-7000-8000-000000000000")
    assert (outcome.outcome, outcome.reason) == ("refused", "card_unknown")


async def test_undo_takes_the_reward_back_with_the_stamp(world: World) -> None:
    card_id = await world.a_card(stamps=9)
    tenth = await world.stamp(card_id)
    undo = UndoStamp(merchant_id=world.merchant_id, actor=world.owner, operation_id=tenth.operation_id)
    undone = (await world.ledger.submit(undo)).or_raise()
    card = await world.card(card_id)
    assert (card.balance, card.progress.cycle, card.vouchers) == (9, 1, [])
    assert undone.facts["withdrawn"] == tenth.facts["issued"]
    again = UndoStamp(merchant_id=world.merchant_id, actor=world.owner, operation_id=tenth.operation_id)
    assert (await world.ledger.submit(again)).reason == "already_undone"
    assert await _is_sound(world)


async def test_racing_undos_undo_once(world: World) -> None:
    card_id = await world.a_card(stamps=5)
    stamped = await world.stamp(card_id)
    undos = [
        UndoStamp(merchant_id=world.merchant_id, actor=world.owner, operation_id=stamped.operation_id)
        for _ in range(12)
    ]
    outcomes = await asyncio.gather(*(world.ledger.submit(undo) for undo in undos))
    assert sum(outcome.accepted for outcome in outcomes) == 1
    assert (await world.card(card_id)).balance == 5


async def test_a_voucher_for_the_next_visit_wakes_with_it(ledger: Ledger) -> None:
    world = await a_world(ledger, terms=RewardTerms(active_from="next_visit"))
    card_id = await world.a_card(stamps=10)
    assert [voucher.status for voucher in (await world.card(card_id)).vouchers] == ["issued"]
    await world.stamp(card_id)
    assert [voucher.status for voucher in (await world.card(card_id)).vouchers] == ["active"]


async def _is_sound(world: World) -> bool:
    driver = await world.database.ledger_connect()
    async with driver:
        return (await verify(driver)).is_sound

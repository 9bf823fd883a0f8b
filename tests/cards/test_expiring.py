"""Stamps run out when nobody comes for too long, and the books say so."""

from datetime import timedelta

from cardamom.cards.queries import merchants_with_stamp_expiry
from cardamom.cards.service import expire_stamps
from cardamom.cards.stamping import StampCard
from cardamom.kit.clock import now
from cardamom.ledger.verify import verify
from cardamom.ledger.writer import Ledger
from cardamom.programs.rules import Expiry
from tests.world import World, a_world


async def a_card_stamped_days_ago(world: World, days: int) -> str:
    card_id = await world.a_card()
    command = StampCard(merchant_id=world.merchant_id, actor=world.owner, card_id=card_id, stamps=3)
    (await world.ledger.submit(command, as_of=now() - timedelta(days=days))).or_raise()
    return card_id


async def test_stamps_of_an_idle_card_run_out(ledger: Ledger) -> None:
    world = await a_world(ledger, expiry=Expiry(inactive_days=30))
    idle = await a_card_stamped_days_ago(world, 31)
    in_time = await a_card_stamped_days_ago(world, 29)
    assert await expire_stamps(ledger, merchant_id=world.merchant_id) == 1
    assert (await world.card(idle)).balance == 0
    assert (await world.card(in_time)).balance == 3
    assert await expire_stamps(ledger, merchant_id=world.merchant_id) == 0


async def test_a_card_whose_stamps_ran_out_begins_again(ledger: Ledger) -> None:
    world = await a_world(ledger, expiry=Expiry(inactive_days=30))
    idle = await a_card_stamped_days_ago(world, 31)
    await expire_stamps(ledger, merchant_id=world.merchant_id)
    (await world.stamp(idle)).or_raise()
    card = await world.card(idle)
    assert (card.balance, card.progress.lifetime) == (1, 4)


async def test_without_a_rule_nothing_runs_out(world: World) -> None:
    card_id = await a_card_stamped_days_ago(world, 5_000)
    assert await expire_stamps(world.ledger, merchant_id=world.merchant_id) == 0
    assert (await world.card(card_id)).balance == 3


async def test_the_job_asks_only_merchants_with_such_a_rule(ledger: Ledger) -> None:
    world = await a_world(ledger, expiry=Expiry(inactive_days=30))
    await a_world(ledger)
    async with ledger.database.unscoped_writing_as_the_ledger() as tx:
        assert await merchants_with_stamp_expiry(tx) == [world.merchant_id]


async def test_the_books_stay_sound(ledger: Ledger) -> None:
    world = await a_world(ledger, expiry=Expiry(inactive_days=30))
    await a_card_stamped_days_ago(world, 31)
    await expire_stamps(ledger, merchant_id=world.merchant_id)
    driver = await ledger.database.ledger_connect()
    async with driver:
        assert (await verify(driver)).is_sound

"""One card, thirty-two tills that stamp it at the same moment, four processes."""

import pytest

from cardamom.cards.stamping import StampCard
from tests.races.books import entries, is_sound, rows
from tests.races.tills import ROUNDS, Result, Tills
from tests.world import World

pytestmark = pytest.mark.race

TILLS = 32
VISITS = 5
GOAL = 10

VOUCHERS = "select id, cycle, status from voucher where card_id = %s order by cycle"


async def everybody_stamps(tills: Tills, world: World, card_id: str, *without: str) -> Result:
    visit = {"merchant_id": world.merchant_id, "actor": world.owner, "card_id": card_id}
    commands = [StampCard(**visit, device=f"till {number % TILLS}") for number in range(TILLS * VISITS)]
    return await tills.race(commands, without=without)


async def a_card_with_room(world: World) -> str:
    """Not a multiple of the goal, so that a roll-over keeps a surplus."""
    return await world.a_card(stamps=3)


async def test_no_stamp_is_lost_or_doubled(tills: Tills, world: World) -> None:
    card_id = await a_card_with_room(world)
    result = await everybody_stamps(tills, world, card_id)
    # The same till reads the same card five times within ten seconds: that is one visit.
    stamped = [answer for answer in result.accepted if "repeats" not in answer.facts]
    assert len(result.accepted) == TILLS * VISITS
    assert len({answer.operation_id for answer in result.accepted}) == TILLS * VISITS
    total = 3 + len(stamped)
    assert len(stamped) >= TILLS
    card = await world.card(card_id)
    assert (card.progress.lifetime, card.balance, card.progress.cycle) == (
        total,
        total % GOAL,
        1 + total // GOAL,
    )
    assert [cycle for _, cycle, _ in await rows(world.database, VOUCHERS, card_id)] == [
        *range(1, 1 + total // GOAL)
    ]
    assert sum(len(answer.facts["issued"]) for answer in stamped) == total // GOAL
    assert sum(delta for unit, delta in await entries(world.database, card_id) if unit == "stamp") == total
    assert result.caught == set(), "the locks alone are enough: no net was touched"
    assert await is_sound(world.database)


async def test_control_without_locks_the_nets_hold_and_are_needed(tills: Tills, world: World) -> None:
    for _ in range(ROUNDS):
        card_id = await a_card_with_room(world)
        result = await everybody_stamps(tills, world, card_id, "locks")
        stamped = [answer for answer in result.accepted if "repeats" not in answer.facts]
        assert (await world.card(card_id)).progress.lifetime == 3 + len(stamped)
        if result.caught:
            return
    pytest.fail("no two batches ever met: the race is none")


async def test_control_without_locks_and_nets_stamps_are_lost(tills: Tills, world: World) -> None:
    for _ in range(ROUNDS):
        card_id = await a_card_with_room(world)
        result = await everybody_stamps(tills, world, card_id, "locks", "nets")
        stamped = [answer for answer in result.accepted if "repeats" not in answer.facts]
        if (await world.card(card_id)).progress.lifetime < 3 + len(stamped):
            return
    pytest.fail("nothing went wrong without any protection: the race is none")

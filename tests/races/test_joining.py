"""One customer of another system, imported from everywhere at once: one card, whoever comes first."""

import pytest

from cardamom.cards.joining import JoinCard
from tests.races.books import rows
from tests.races.tills import ROUNDS, Result, Tills
from tests.world import World

pytestmark = pytest.mark.race

CLIENTS = 32

CARDS = "select id from card where merchant_id = %s"


async def everybody_joins(tills: Tills, world: World, external_id: str, *without: str) -> Result:
    wish = {"merchant_id": world.merchant_id, "actor": world.owner, "program_id": world.program_id}
    commands = [JoinCard(**wish, source="import", external_id=external_id) for _ in range(CLIENTS)]
    return await tills.race(commands, without=without)


async def test_an_external_id_has_one_card(tills: Tills, world: World) -> None:
    result = await everybody_joins(tills, world, "till-customer-7")
    (joined,) = result.accepted
    assert await rows(world.database, CARDS, world.merchant_id) == [(joined.facts["card"],)]
    refused = [answer for answer in result.answers if answer is not joined]
    assert {answer.reason for answer in refused} == {"card_external_id_taken"}
    assert {answer.facts["card_id"] for answer in refused} == {joined.facts["card"]}


async def test_control_without_the_constraint_one_customer_has_many_cards(tills: Tills, world: World) -> None:
    for number in range(ROUNDS):
        result = await everybody_joins(tills, world, f"till-customer-{number}", "external ids")
        if len(result.accepted) > 1:
            return
    pytest.fail("nothing went wrong without any protection: the race is none")

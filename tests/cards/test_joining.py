"""Giving out cards through the real ledger."""

import asyncio

from cardamom.cards.joining import JoinCard
from cardamom.customers.contacts import Contact
from cardamom.ledger.commands import Outcome
from tests.world import World


async def _join(world: World, contact: Contact | None = None, external_id: str | None = None) -> Outcome:
    return await world.ledger.submit(
        JoinCard(
            merchant_id=world.merchant_id,
            actor=world.owner,
            program_id=world.program_id,
            source="api",
            contact=contact,
            external_id=external_id,
        )
    )


async def test_a_hundred_join_at_once_and_every_card_is_its_own(world: World) -> None:
    outcomes = await asyncio.gather(*(_join(world) for _ in range(100)))
    assert all(outcome.accepted for outcome in outcomes)
    cards = [await world.card(str(outcome.facts["card"])) for outcome in outcomes]
    assert len({card.code for card in cards}) == 100
    assert len({card.number for card in cards}) == 100


async def test_an_external_id_of_a_holder_is_given_once(world: World) -> None:
    contact = Contact(name="سارة", external_id="crm-1")
    outcomes = await asyncio.gather(*(_join(world, contact) for _ in range(8)))
    assert sorted(outcome.reason or "" for outcome in outcomes) == ["", *["external_id_taken"] * 7]


async def test_an_external_id_of_a_card_is_given_once(world: World) -> None:
    outcomes = await asyncio.gather(*(_join(world, external_id="card-1") for _ in range(8)))
    assert sum(outcome.accepted for outcome in outcomes) == 1
    assert {outcome.reason for outcome in outcomes} == {None, "card_external_id_taken"}


async def test_an_anonymous_card_has_no_holder(world: World) -> None:
    outcome = await _join(world)
    card = await world.card(str(outcome.facts["card"]))
    assert (card.customer_id, card.customer_name, card.balance) == (None, None, 0)

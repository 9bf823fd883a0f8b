"""Several stamps of one card are taken back at the same moment, and land in one batch of the ledger."""

import asyncio

from cardamom.cards.undoing import UndoStamp
from tests.world import World


async def test_each_undo_sees_what_the_one_before_it_left(world: World) -> None:
    card_id = await world.a_card()
    given = [(await world.stamp(card_id)).or_raise().operation_id for _ in range(12)]
    outcomes = await asyncio.gather(
        *(
            world.ledger.submit(
                UndoStamp(merchant_id=world.merchant_id, actor=world.owner, operation_id=operation_id)
            )
            for operation_id in given[:8]
        )
    )
    assert all(outcome.accepted for outcome in outcomes)
    card = await world.card(card_id)
    # The tenth stamp's reward was never used: it is gone with the stamps that paid for it.
    assert (card.balance, card.progress.cycle, card.progress.owed, card.progress.lifetime) == (4, 1, 0, 4)
    assert card.vouchers == []

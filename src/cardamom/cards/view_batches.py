"""The views of many cards in a constant number of statements: for what goes through hundreds of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.queries import cards_by_ids
from cardamom.cards.view import CardView
from cardamom.cards.view_queries import program_faces, reward_titles, rewards_in
from cardamom.kit.clock import now
from cardamom.merchants.schemas import Merchant
from cardamom.vouchers.queries import vouchers_of_cards


async def card_views(tx: AsyncConnection, merchant: Merchant, card_ids: Sequence[str]) -> list[CardView]:
    """As `view_queries.card_view`, in the order of the ids; those of no card of the merchant are left out."""
    found = {card.id: card for card in await cards_by_ids(tx, merchant.id, card_ids)}
    cards = [found[card_id] for card_id in card_ids if card_id in found]
    if not cards:
        return []
    faces = await program_faces(tx, merchant.id, sorted({card.program_id for card in cards}))
    titles = await reward_titles(tx, merchant.id, set().union(*(rewards_in(card.rules) for card in cards)))
    vouchers = await vouchers_of_cards(tx, merchant.id, list(found))
    return [
        CardView(
            card=card,
            merchant=merchant,
            program=faces[card.program_id],
            titles=titles,
            vouchers=vouchers[card.id],
            at=now(),
        )
        for card in cards
    ]

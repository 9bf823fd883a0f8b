"""Whose a card is, for packages below that may not know cards: they are handed this function."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.tables import cards
from cardamom.vouchers.deeds import CardHolder


async def holder_of_card(tx: AsyncConnection, merchant_id: str, card_id: str) -> CardHolder | None:
    """The customer (if one is known) and the program of an open card; None for what is no open card of theirs."""
    found = await tx.execute(
        sa.select(cards.c.customer_id, cards.c.program_id).where(
            cards.c.merchant_id == merchant_id, cards.c.id == card_id, cards.c.closed_at.is_(None)
        )
    )
    row = found.first()
    return None if row is None else CardHolder(customer_id=row.customer_id, program_id=row.program_id)

"""Cards for the pages about vouchers, which stand below and are handed this."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.finding import find_cards
from cardamom.cards.tables import cards
from cardamom.customers.tables import customers
from cardamom.programs.tables import programs
from cardamom.vouchers.card_book import HeldCard

_HELD = (
    sa.select(
        cards.c.id,
        cards.c.number,
        programs.c.name.label("program"),
        cards.c.customer_id,
        customers.c.name.label("customer_name"),
    )
    .join(
        programs, sa.and_(programs.c.merchant_id == cards.c.merchant_id, programs.c.id == cards.c.program_id)
    )
    .outerjoin(
        customers,
        sa.and_(customers.c.merchant_id == cards.c.merchant_id, customers.c.id == cards.c.customer_id),
    )
)


class HeldCards:
    """Answers `cardamom.vouchers.card_book.CardBook`."""

    async def find(self, tx: AsyncConnection, merchant_id: str, text: str) -> list[HeldCard]:
        """The open cards that somebody may mean by a name, a phone number, a short number or a scan."""
        meant = [card.id for card in await find_cards(tx, merchant_id, text) if card.closed_at is None]
        found = await self.read(tx, merchant_id, meant)
        return [found[card_id] for card_id in meant]

    async def read(
        self, tx: AsyncConnection, merchant_id: str, card_ids: Collection[str]
    ) -> dict[str, HeldCard]:
        """Cards by id, closed ones included; what is no card of this merchant is left out."""
        if not card_ids:
            return {}
        rows = _HELD.where(cards.c.merchant_id == merchant_id, cards.c.id.in_(card_ids))
        return {row["id"]: HeldCard(**row) for row in (await tx.execute(rows)).mappings()}

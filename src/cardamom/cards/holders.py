"""Whose a card is, and which one was shown, for packages below that may not know cards: they are handed these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.errors import CardUnknown, CodeExpired
from cardamom.cards.rotating import RotatingCodes
from cardamom.cards.stamping import believed
from cardamom.cards.tables import cards
from cardamom.kit.clock import now
from cardamom.kit.errors import Refused
from cardamom.ledger.arrays import plain, quoted
from cardamom.ledger.handlers import Tx
from cardamom.vouchers.deeds import CardHolder
from cardamom.vouchers.redeeming import ShownCard

FIND = """
select u.place, c.id, c.token_epoch
  from unnest(%s::int[], %s::uuid[], %s::text[], %s::text[]) as u(place, merchant_id, code, number)
  join card c on c.merchant_id = u.merchant_id and (c.code = u.code or c.number = u.number)
"""


async def holder_of_card(tx: AsyncConnection, merchant_id: str, card_id: str) -> CardHolder | None:
    """The customer (if one is known) and the program of an open card; None for what is no open card of theirs."""
    found = await tx.execute(
        sa.select(cards.c.customer_id, cards.c.program_id).where(
            cards.c.merchant_id == merchant_id, cards.c.id == card_id, cards.c.closed_at.is_(None)
        )
    )
    row = found.first()
    return None if row is None else CardHolder(customer_id=row.customer_id, program_id=row.program_id)


class CardFinder:
    """Finds the cards that were shown at the counter, and looks at the time of rotating codes.

    A redemption does not use up a rotating code, as a stamp does: the voucher's own uses are what becomes less, and a
    code that was stamped with still names the card for the reward that the stamp gave.
    """

    def __init__(self, rotating: RotatingCodes) -> None:
        self._rotating = rotating

    async def find(self, tx: Tx, shown: Sequence[ShownCard]) -> Mapping[ShownCard, str | Refused]:
        """The id of each card, CardUnknown or CodeExpired. One statement."""
        found = await tx.driver.execute(
            FIND,
            (
                plain(range(len(shown))),
                plain(each.merchant_id for each in shown),
                quoted(each.code for each in shown),
                quoted(each.number for each in shown),
            ),
            prepare=True,
        )
        answers: dict[ShownCard, str | Refused] = {each: CardUnknown() for each in shown}
        for place, card_id, epoch in await found.fetchall():
            answers[shown[place]] = self._answer(shown[place], card_id, epoch)
        return answers

    def _answer(self, shown: ShownCard, card_id: str, epoch: int) -> str | Refused:
        if shown.one_time is None:
            return card_id
        at = believed(shown.at, now=now())
        return (
            CodeExpired() if self._rotating.step(shown.one_time, card_id, epoch, at=at) is None else card_id
        )

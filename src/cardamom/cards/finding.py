"""Finding a card by whatever staff were told: a name, a phone number, the short number, or a scan into the box."""

from __future__ import annotations

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.queries import CardRow, card_by_code, cards_found
from cardamom.customers.queries import search
from cardamom.kit.codes import card_code_in
from cardamom.kit.digits import to_ascii

_LONGEST: Final = 100
_FOUND_AT_MOST: Final = 50
#: Fewer digits are in too many numbers.
_FEWEST_DIGITS: Final = 3


async def find_cards(tx: AsyncConnection, merchant_id: str, text: str) -> list[CardRow]:
    """The cards that somebody may mean, newest first; a code that was scanned finds its card alone."""
    typed = text.strip()[:_LONGEST]
    code = card_code_in(typed)
    if code is not None:
        card = await card_by_code(tx, merchant_id, code)
        return [] if card is None else [card]
    holders = await search(tx, merchant_id, typed, limit=_FOUND_AT_MOST)
    return await cards_found(
        tx,
        merchant_id,
        number=_number_of(typed),
        customer_ids=[holder.id for holder in holders],
        limit=_FOUND_AT_MOST,
    )


def _number_of(typed: str) -> str:
    """The digits of what may be a short number or its beginning; "" for anything else."""
    digits = "".join(to_ascii(typed).split())
    return digits if digits.isascii() and digits.isdigit() and len(digits) >= _FEWEST_DIGITS else ""

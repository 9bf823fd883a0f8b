"""What wallets show, read in one transaction: five statements for one card or for hundreds of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.errors import CardUnknown
from cardamom.cards.links import LinkMaker
from cardamom.cards.view import CardView
from cardamom.cards.view_batches import card_views
from cardamom.db.compiled import CompiledRead
from cardamom.db.metadata import Id
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.tables import locations
from cardamom.wallet.face import CardFace, Place
from cardamom.wallet.wording import card_face

#: Enough for any shop that hands out cards of its own; wallets take ten of them.
_MOST_PLACES: Final = 200

_PLACES = CompiledRead(
    sa.select(locations.c.id, locations.c.latitude, locations.c.longitude, locations.c.name)
    .where(
        locations.c.merchant_id == sa.bindparam("merchant_id", type_=Id),
        locations.c.closed_at.is_(None),
        locations.c.latitude.is_not(None),
        locations.c.longitude.is_not(None),
    )
    .order_by(locations.c.id)
    .limit(_MOST_PLACES)
)


async def read_face(tx: AsyncConnection, merchant: Merchant, card_id: str, *, links: LinkMaker) -> CardFace:
    """Raises CardUnknown."""
    found = await read_faces(tx, merchant, [card_id], links=links)
    if not found:
        raise CardUnknown
    return found[0]


async def read_replaced_face(tx: AsyncConnection, merchant: Merchant, card_id: str) -> CardFace:
    """What a pass of an earlier link of the card shows: that it was replaced, and nothing else. Raises CardUnknown."""
    found = await card_views(tx, merchant, [card_id])
    if not found:
        raise CardUnknown
    return card_face(found[0], handle=merchant.handle, page="", places=(), rotating_key=None, replaced=True)


async def read_faces(
    tx: AsyncConnection, merchant: Merchant, card_ids: Sequence[str], *, links: LinkMaker
) -> list[CardFace]:
    """In the order of the ids. What is no card of the merchant is left out."""
    views = await card_views(tx, merchant, card_ids)
    places = await places_of(tx, merchant.id) if views else ()
    return [_face(view, places, links) for view in views]


async def places_of(tx: AsyncConnection, merchant_id: str) -> tuple[Place, ...]:
    """The open locations of a business that are on the map, the oldest first."""
    return tuple(Place(**row) for row in await _PLACES.rows(tx, merchant_id=merchant_id))


def _face(view: CardView, places: tuple[Place, ...], links: LinkMaker) -> CardFace:
    card, asks_for_rotation = view.card, view.program.design.code == "rotating"
    return card_face(
        view,
        handle=card.handle,
        page=links.links(card.handle, card.id, card.token_epoch).page,
        places=places,
        rotating_key=links.rotating.key(card.id, card.token_epoch).hex() if asks_for_rotation else None,
    )

"""A lost phone: the old link and the old code stop working, the card goes on."""

from __future__ import annotations

from typing import ClassVar

import sqlalchemy as sa

from cardamom.cards.errors import CardClosed, CardUnknown
from cardamom.cards.links import LinkMaker
from cardamom.cards.tables import cards
from cardamom.kit.codes import CodeKind, new_code
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Event, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.merchants.tables import merchants


class RenewLink(Command, frozen=True, kw_only=True):
    """Give a card a new page address and a new code."""

    kind: ClassVar[str] = "card.renew_link"

    subject_id: str


class RenewLinkDeed:
    """Registered with the ledger for RenewLink."""

    def __init__(self, links: LinkMaker) -> None:
        self._links = links

    async def perform(self, tx: Tx, command: RenewLink, occasion: Occasion) -> Decision:
        """Raises CardUnknown and CardClosed. The row is locked, so that two renewals give two epochs."""
        found = await tx.sql.execute(
            sa.select(cards.c.token_epoch, cards.c.closed_at, merchants.c.handle)
            .join(merchants, merchants.c.merchant_id == cards.c.merchant_id)
            .where(cards.c.merchant_id == command.merchant_id, cards.c.id == command.subject_id)
            .with_for_update(key_share=True, of=cards)
        )
        row = found.one_or_none()
        if row is None:
            raise CardUnknown
        if row.closed_at is not None:
            raise CardClosed
        epoch = row.token_epoch + 1
        await tx.sql.execute(
            sa.update(cards)
            .where(cards.c.merchant_id == command.merchant_id, cards.c.id == command.subject_id)
            .values(
                token_epoch=epoch,
                token_hash=self._links.token_hash(row.handle, command.subject_id, epoch),
                code=new_code(CodeKind.CARD),
            )
        )
        return Decision(
            facts={"card": command.subject_id, "epoch": epoch},
            events=[Event("card.link_renewed", command.subject_id)],
        )

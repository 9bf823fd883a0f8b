"""A card that nobody has, of a program that is there: for looking at passes where there may be no card yet."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.links import LinkMaker
from cardamom.cards.queries import CardRow
from cardamom.cards.view import CardView
from cardamom.cards.view_queries import program_face, reward_titles, rewards_in
from cardamom.kit.clock import now
from cardamom.kit.codes import CodeKind, new_code
from cardamom.kit.ids import new_id
from cardamom.merchants.schemas import Merchant
from cardamom.programs.queries import rules_of_version
from cardamom.programs.rules import Progress
from cardamom.wallet.face import CardFace
from cardamom.wallet.faces import places_of
from cardamom.wallet.wording import card_face

_NUMBER = "482915"


async def example_face(
    tx: AsyncConnection, merchant: Merchant, program_id: str, *, links: LinkMaker
) -> CardFace:
    """A new card with some stamps. Nothing is written. Raises NotFound."""
    program = await program_face(tx, merchant.id, program_id)
    rules = await rules_of_version(tx, merchant.id, program_id, program.version)
    balance = rules.goal // 2
    card = CardRow(
        merchant_id=merchant.id,
        id=new_id(),
        code=new_code(CodeKind.CARD),
        number=_NUMBER,
        program_id=program_id,
        customer_id=None,
        customer_name=None,
        external_id=None,
        language=merchant.language,
        token_epoch=0,
        handle=merchant.handle,
        created_at=now(),
        closed_at=None,
        balance=balance,
        revision=1,
        progress=Progress(version=program.version, lifetime=balance, last_at=now()),
        rules=rules,
        vouchers=[],
    )
    view = CardView(
        card=card,
        merchant=merchant,
        program=program,
        titles=await reward_titles(tx, merchant.id, rewards_in(rules)),
        vouchers=(),
        at=now(),
    )
    is_rotating = program.design.code == "rotating"
    return card_face(
        view,
        handle=merchant.handle,
        page=links.links(merchant.handle, card.id, card.token_epoch).page,
        places=await places_of(tx, merchant.id),
        rotating_key=links.rotating.key(card.id, card.token_epoch).hex() if is_rotating else None,
    )

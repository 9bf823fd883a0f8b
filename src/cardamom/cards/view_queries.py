"""What the view of a card is made of, read in one transaction. The merchant comes first."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.queries import CardRow
from cardamom.cards.view import CardView, ProgramFace
from cardamom.kit.clock import now
from cardamom.kit.errors import NotFound
from cardamom.kit.localised import Localised
from cardamom.merchants.schemas import Merchant
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import Design
from cardamom.programs.tables import program_versions, programs, rewards
from cardamom.vouchers.queries import vouchers_of_card

#: A holder looks at the newest vouchers; older ones are in the books.
MOST_VOUCHERS = 50


async def card_view(tx: AsyncConnection, merchant: Merchant, card: CardRow) -> CardView:
    """The card with its program, the titles of its rewards and its vouchers."""
    return CardView(
        card=card,
        merchant=merchant,
        program=await program_face(tx, merchant.id, card.program_id, card.progress.version),
        titles=await reward_titles(tx, merchant.id, rewards_in(card.rules)),
        vouchers=await vouchers_of_card(tx, merchant.id, card.id, limit=MOST_VOUCHERS),
        at=now(),
    )


async def program_face(tx: AsyncConnection, merchant_id: str, program_id: str, version: int) -> ProgramFace:
    """How a version of a program looks. Raises NotFound."""
    statement = (
        sa.select(
            programs.c.id,
            programs.c.slug,
            programs.c.name,
            programs.c.status,
            program_versions.c.version,
            program_versions.c.design,
        )
        .join(
            program_versions,
            sa.and_(
                program_versions.c.merchant_id == programs.c.merchant_id,
                program_versions.c.program_id == programs.c.id,
            ),
        )
        .where(
            programs.c.merchant_id == merchant_id,
            programs.c.id == program_id,
            program_versions.c.version == version,
        )
    )
    row = (await tx.execute(statement)).one_or_none()
    if row is None:
        raise NotFound
    values = dict(row._mapping)
    return ProgramFace(**{**values, "design": msgspec.convert(values["design"], Design)})


def rewards_in(rules: Rules) -> set[str]:
    """The ids of the rewards that rules name."""
    named = {goal.reward for goal in rules.milestones}
    return named if rules.reward is None else named | {rules.reward}


async def reward_titles(
    tx: AsyncConnection, merchant_id: str, reward_ids: Iterable[str]
) -> dict[str, Localised]:
    """The titles of rewards by id, as they are written now."""
    wanted = sorted(reward_ids)
    if not wanted:
        return {}
    found = await tx.execute(
        sa.select(rewards.c.id, rewards.c.title).where(
            rewards.c.merchant_id == merchant_id, rewards.c.id.in_(wanted)
        )
    )
    return {row.id: row.title for row in found}

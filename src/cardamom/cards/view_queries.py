"""What the view of a card is made of, read in one transaction. The merchant comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.links import split_token
from cardamom.cards.queries import CardRow, card_by_token_hash, entries_of_card
from cardamom.cards.schemas import EntryOut
from cardamom.cards.view import CardView, ProgramFace
from cardamom.db.compiled import CompiledRead, among
from cardamom.db.database import Database
from cardamom.db.metadata import Id
from cardamom.kit.clock import now
from cardamom.kit.errors import NotFound
from cardamom.kit.localised import Localised
from cardamom.merchants.queries import MerchantCache, merchant_id_by_handle
from cardamom.merchants.schemas import Merchant
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import Design
from cardamom.programs.tables import program_versions, programs, rewards
from cardamom.vouchers.queries import vouchers_of_card


async def card_behind(database: Database, token: str) -> CardRow:
    """The card that a link leads to. Raises NotFound for a revoked, foreign or made-up link, without telling which."""
    found = split_token(token)
    if found is None:
        raise NotFound
    handle, token_hash = found
    async with database.unscoped_reading_of_the_directory() as tx:
        merchant_id = await merchant_id_by_handle(tx, handle)
    async with database.reading(merchant_id) as tx:
        card = await card_by_token_hash(tx, merchant_id, token_hash)
    if card is None:
        raise NotFound
    return card


async def view_behind(database: Database, merchants: MerchantCache, token: str) -> CardView:
    """The view of the card that a link leads to. Raises as `card_behind`."""
    card = await card_behind(database, token)
    merchant = await merchants.merchant(card.merchant_id)
    async with database.reading(card.merchant_id) as tx:
        return await card_view(tx, merchant, card)


async def entries_behind(
    database: Database, card: CardRow, *, limit: int, before: int | None = None
) -> list[EntryOut]:
    """The latest movements of a card. before: the seq of the last one that was seen."""
    async with database.reading(card.merchant_id) as tx:
        return await entries_of_card(tx, card.merchant_id, card.id, limit=limit, before=before)


async def card_view(tx: AsyncConnection, merchant: Merchant, card: CardRow) -> CardView:
    """The card with its program, the titles of its rewards and its vouchers."""
    return CardView(
        card=card,
        merchant=merchant,
        program=await program_face(tx, merchant.id, card.program_id),
        titles=await reward_titles(tx, merchant.id, rewards_in(card.rules)),
        vouchers=await vouchers_of_card(tx, merchant.id, card.id),
        at=now(),
    )


async def program_face(tx: AsyncConnection, merchant_id: str, program_id: str) -> ProgramFace:
    """How a program looks now, on every card of it (ADR 0013). Raises NotFound."""
    found = await program_faces(tx, merchant_id, [program_id])
    if program_id not in found:
        raise NotFound
    return found[program_id]


async def program_faces(
    tx: AsyncConnection, merchant_id: str, program_ids: Sequence[str]
) -> dict[str, ProgramFace]:
    """As `program_face`, for many programs in one statement, by id. What is no program is left out."""
    rows = await _NEWEST_FACES.rows(tx, merchant_id=merchant_id, program_ids=program_ids)
    return {row["id"]: _face(row) for row in rows}


async def program_face_in(
    tx: AsyncConnection, merchant_id: str, program_id: str, *, version: int
) -> ProgramFace:
    """How a version of a program looks: for addresses that never change. Raises NotFound."""
    statement = _FACES.where(
        programs.c.merchant_id == merchant_id,
        programs.c.id == program_id,
        program_versions.c.version == version,
    )
    row = (await tx.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound
    return _face(row)


_FACES: sa.Select[Any] = sa.select(
    programs.c.id,
    programs.c.slug,
    programs.c.name,
    programs.c.status,
    program_versions.c.version,
    program_versions.c.design,
).join(
    program_versions,
    sa.and_(
        program_versions.c.merchant_id == programs.c.merchant_id,
        program_versions.c.program_id == programs.c.id,
    ),
)

_NEWEST_FACES = CompiledRead(
    _FACES.where(
        programs.c.merchant_id == sa.bindparam("merchant_id", type_=Id),
        among(programs.c.id, "program_ids"),
        program_versions.c.version == programs.c.version,
    )
)


def _face(row: Mapping[Any, Any]) -> ProgramFace:
    return ProgramFace(**{**row, "design": msgspec.convert(row["design"], Design)})


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
    found = await _TITLES.rows(tx, merchant_id=merchant_id, reward_ids=wanted)
    return {row["id"]: row["title"] for row in found}


_TITLES = CompiledRead(
    sa.select(rewards.c.id, rewards.c.title).where(
        rewards.c.merchant_id == sa.bindparam("merchant_id", type_=Id), among(rewards.c.id, "reward_ids")
    )
)

"""Whether what a definition names exists. For deeds: what is found is locked until their transaction ends."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.kit.ids import is_id
from cardamom.ledger.tables import accounts
from cardamom.merchants.errors import PictureUnknown
from cardamom.merchants.pictures import unknown_pictures
from cardamom.merchants.tables import locations
from cardamom.programs.errors import RulesMalformed, TermsMalformed
from cardamom.programs.tables import program_versions, programs, rewards


async def require_rewards(
    tx: AsyncConnection, merchant_id: str, reward_ids: Collection[str], *, field: str
) -> None:
    """Raises RulesMalformed unless all of these can be given. They stay so: nobody archives them meanwhile."""
    wanted = set(reward_ids)
    if not wanted:
        return
    rows = (
        sa.select(rewards.c.id)
        .where(
            rewards.c.merchant_id == merchant_id,
            rewards.c.id.in_(sorted(filter(is_id, wanted))),
            rewards.c.archived_at.is_(None),
        )
        .order_by(rewards.c.id)
        .with_for_update(read=True)
    )
    if set((await tx.execute(rows)).scalars()) != wanted:
        raise RulesMalformed(field=field, why="unknown_reward")


async def require_locations(
    tx: AsyncConnection,
    merchant_id: str,
    location_ids: Collection[str],
    *,
    malformed: type[RulesMalformed | TermsMalformed],
) -> None:
    """Raises the refusal unless this merchant has all of these locations, open or closed: none is ever deleted."""
    wanted = set(location_ids)
    if not wanted:
        return
    rows = sa.select(locations.c.id).where(
        locations.c.merchant_id == merchant_id, locations.c.id.in_(sorted(filter(is_id, wanted)))
    )
    if set((await tx.execute(rows)).scalars()) != wanted:
        raise malformed(field="locations", why="unknown_location")


async def require_pictures(tx: AsyncConnection, named: Mapping[str, str | None]) -> None:
    """Raises PictureUnknown for a field that names a picture which nobody uploaded. None of them is ever deleted."""
    wanted = {field: name for field, name in named.items() if name is not None}
    if not wanted:
        return
    unknown = await unknown_pictures(tx, wanted.values())
    for field, name in wanted.items():
        if name in unknown:
            raise PictureUnknown(field=field)


async def require_pool(tx: AsyncConnection, merchant_id: str, pool_id: str) -> None:
    """Raises TermsMalformed unless this merchant has this pool of codes.

    Pools live above this package; what is known of them here is their account in the ledger.
    """
    row = sa.select(accounts.c.id).where(
        accounts.c.merchant_id == merchant_id, accounts.c.id == pool_id, accounts.c.kind == "pool"
    )
    if not is_id(pool_id) or (await tx.execute(row)).first() is None:
        raise TermsMalformed(field="code", why="unknown_pool")


async def programs_that_give(tx: AsyncConnection, merchant_id: str, reward_id: str) -> list[str]:
    """The programs, drafts included and archived ones not, whose newest version gives this reward."""
    is_given = sa.or_(
        program_versions.c.rules["reward"].astext == reward_id,
        program_versions.c.rules["milestones"].contains([{"reward": reward_id}]),
    )
    rows = (
        sa.select(programs.c.id)
        .join(
            program_versions,
            sa.and_(
                program_versions.c.merchant_id == programs.c.merchant_id,
                program_versions.c.program_id == programs.c.id,
                program_versions.c.version == programs.c.version,
            ),
        )
        .where(programs.c.merchant_id == merchant_id, programs.c.status != "archived", is_given)
        .order_by(programs.c.id)
    )
    return list((await tx.execute(rows)).scalars())

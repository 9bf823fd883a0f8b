"""What changes a reward, performed inside the ledger's transaction. Vouchers that were issued keep their terms."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec
import sqlalchemy as sa
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.kit.clock import local_day
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import new_id
from cardamom.kit.localised import Localised
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.merchants.queries import merchant_by_id
from cardamom.programs import events
from cardamom.programs.checks import check_terms, check_validity_ahead
from cardamom.programs.errors import CurrencyMismatch, RewardInUse, TermsMalformed
from cardamom.programs.references import (
    programs_that_give,
    require_locations,
    require_pictures,
    require_pool,
)
from cardamom.programs.schemas import RewardPatch, RewardTerms, patched
from cardamom.programs.tables import rewards


class CreateReward(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "reward.create"

    reward_kind: Literal["award", "voucher"]
    title: Localised
    description: Localised
    image: str | None = None
    terms: RewardTerms


class UpdateReward(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "reward.update"

    reward_id: str
    patch: RewardPatch


class CreateRewardDeed:
    async def perform(self, tx: Tx, command: CreateReward, occasion: Occasion) -> Decision:
        await _require_sense_here(tx.sql, command.merchant_id, command.terms, None, occasion)
        await require_pictures(tx.sql, {"image": command.image})
        reward_id = new_id()
        await tx.sql.execute(
            sa.insert(rewards).values(
                merchant_id=command.merchant_id,
                id=reward_id,
                kind=command.reward_kind,
                title=command.title,
                description=command.description,
                image=command.image,
                terms=msgspec.to_builtins(command.terms),
                created_at=occasion.now,
                updated_at=occasion.now,
            )
        )
        return Decision(
            facts={"reward_id": reward_id},
            events=[events.reward_created(reward_id, kind=command.reward_kind)],
        )


async def _require_sense_here(
    tx: AsyncConnection, merchant_id: str, terms: RewardTerms, before: RewardTerms | None, occasion: Occasion
) -> None:
    """Raises TermsMalformed and CurrencyMismatch for what makes no sense for this merchant today.

    before: the terms that are replaced; a last day that was right when it was set is not questioned again.
    """
    shop = await merchant_by_id(tx, merchant_id)
    for money in (terms.value, terms.cost):
        if money is not None and money.currency != shop.currency:
            raise CurrencyMismatch(currency=shop.currency, given=money.currency[:8])
    if before is None or before.validity != terms.validity:
        check_validity_ahead(terms.validity, today=local_day(occasion.now, time_zone=shop.time_zone))
    await require_locations(tx, merchant_id, terms.locations or [], malformed=TermsMalformed)
    if terms.code is not None and terms.code.pool is not None:
        await require_pool(tx, merchant_id, terms.code.pool)


class UpdateRewardDeed:
    async def perform(self, tx: Tx, command: UpdateReward, occasion: Occasion) -> Decision:
        found = await _locked_reward(tx.sql, command.merchant_id, command.reward_id)
        patch = command.patch
        asked: dict[str, Any] = {
            "title": patch.title,
            "description": patch.description,
            "image": patch.image,
        }
        if patch.image is not UNSET:
            await require_pictures(tx.sql, {"image": patch.image})
        if patch.terms is not UNSET:
            before = msgspec.convert(found["terms"], RewardTerms)
            terms = check_terms(patched(before, patch.terms))
            await _require_sense_here(tx.sql, command.merchant_id, terms, before, occasion)
            asked["terms"] = msgspec.to_builtins(terms)
        changes = {
            name: value for name, value in asked.items() if value is not UNSET and value != found[name]
        }
        changed = list(changes)
        if patch.archived is not UNSET and patch.archived != (found["archived_at"] is not None):
            if patch.archived:
                await _require_nobody_gives(tx.sql, command)
            changes["archived_at"] = occasion.now if patch.archived else None
            changed.append("archived")
        if not changes:
            return Decision(facts={"reward_id": command.reward_id, "changed": []})
        one = sa.update(rewards).where(
            rewards.c.merchant_id == command.merchant_id, rewards.c.id == command.reward_id
        )
        await tx.sql.execute(one.values(**changes, updated_at=occasion.now))
        return Decision(
            facts={"reward_id": command.reward_id, "changed": changed},
            events=[events.reward_updated(command.reward_id, changed=changed)],
        )


async def _require_nobody_gives(tx: AsyncConnection, command: UpdateReward) -> None:
    givers = await programs_that_give(tx, command.merchant_id, command.reward_id)
    if givers:
        raise RewardInUse(programs=givers)


async def _locked_reward(tx: AsyncConnection, merchant_id: str, reward_id: str) -> Mapping[str, Any]:
    """A reward of this merchant, locked against programs that are about to give it. Raises NotFound."""
    row = sa.select(rewards).where(rewards.c.merchant_id == merchant_id, rewards.c.id == reward_id)
    found = (await tx.execute(row.with_for_update(key_share=True))).mappings().first()
    if found is None:
        raise NotFound
    return dict(found)

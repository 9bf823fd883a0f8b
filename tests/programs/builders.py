"""Programs and rewards for tests."""

from typing import Any

from cardamom.db.database import Database
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from cardamom.programs import queries, service
from cardamom.programs.definition import Rules
from cardamom.programs.schemas import Program, ProgramIn, ProgramPatch, Reward, RewardIn, RewardPatch
from tests.people import Somebody

COFFEE = {"ar": "قهوة مجانية", "en": "Free coffee"}
REGULARS = {"ar": "بطاقة الزبائن الدائمين", "en": "Regulars"}


async def a_reward(ledger: Ledger, database: Database, who: Somebody, **parts: Any) -> Reward:
    new = RewardIn(**{"title": COFFEE, **parts})
    made = await service.create_reward(
        ledger, actor=who.actor, merchant_id=who.merchant_id, new=new, key=new_id()
    )
    return await the_reward(database, who, made.facts["reward_id"])


async def a_program(
    ledger: Ledger, database: Database, who: Somebody, *, rules: Rules | None = None, **parts: Any
) -> Program:
    new = ProgramIn(**{"name": REGULARS, "rules": rules or Rules(goal=10), **parts})
    made = await service.create_program(
        ledger, actor=who.actor, merchant_id=who.merchant_id, new=new, key=new_id()
    )
    return await the_program(database, who, made.facts["program_id"])


async def changed_program(
    ledger: Ledger, database: Database, who: Somebody, program: Program, patch: ProgramPatch
) -> Program:
    await service.update_program(
        ledger,
        actor=who.actor,
        merchant_id=who.merchant_id,
        program_id=program.id,
        patch=patch,
        key=new_id(),
    )
    return await the_program(database, who, program.id)


async def changed_reward(
    ledger: Ledger, database: Database, who: Somebody, reward: Reward, patch: RewardPatch
) -> Reward:
    await service.update_reward(
        ledger, actor=who.actor, merchant_id=who.merchant_id, reward_id=reward.id, patch=patch, key=new_id()
    )
    return await the_reward(database, who, reward.id)


async def the_program(database: Database, who: Somebody, program_id: str) -> Program:
    async with database.reading(who.merchant_id) as tx:
        return await queries.program_by_id(tx, who.merchant_id, program_id)


async def the_reward(database: Database, who: Somebody, reward_id: str) -> Reward:
    async with database.reading(who.merchant_id) as tx:
        return await queries.reward_by_id(tx, who.merchant_id, reward_id)

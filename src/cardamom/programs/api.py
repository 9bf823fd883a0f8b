"""Programs and rewards over HTTP: `/api/v1/programs` and `/api/v1/rewards`."""

from litestar import Controller, get, patch, post

from cardamom.access.permissions import Permission
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.ledger.writer import Ledger
from cardamom.merchants.api import PageAfter, PageLimit
from cardamom.programs import queries, service
from cardamom.programs.schemas import (
    Program,
    ProgramIn,
    ProgramPatch,
    Programs,
    Reward,
    RewardIn,
    RewardPatch,
    Rewards,
)

MAY_READ = {"permission": Permission.PROGRAMS_READ}
MAY_WRITE = {"permission": Permission.PROGRAMS_WRITE}


class ProgramController(Controller):
    """What the business offers its regulars."""

    path = "/api/v1/programs"
    tags = ["Programs"]

    @get(opt=MAY_READ, operation_id="listPrograms", summary="List the programs, archived ones included")
    async def list_all(
        self, merchant_id: str, database: Database, limit: PageLimit = 50, after: PageAfter = None
    ) -> Programs:
        async with database.reading(merchant_id) as tx:
            found = await queries.programs_of(tx, merchant_id, after=after, limit=limit + 1)
        page = found[:limit]
        return Programs(items=page, next=page[-1].id if len(found) > limit else None)

    @get("/{program_id:str}", opt=MAY_READ, operation_id="getProgram", summary="Read a program")
    async def read(self, program_id: str, merchant_id: str, database: Database) -> Program:
        async with database.reading(merchant_id) as tx:
            return await queries.program_by_id(tx, merchant_id, program_id)

    @post(opt=MAY_WRITE, operation_id="createProgram", summary="Create a program")
    async def create(
        self,
        data: ProgramIn,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Program:
        created = await service.create_program(
            ledger, actor=actor, merchant_id=merchant_id, new=data, key=idempotency_key
        )
        async with database.reading(merchant_id) as tx:
            return await queries.program_by_id(tx, merchant_id, created.facts["program_id"])

    @patch(
        "/{program_id:str}",
        opt=MAY_WRITE,
        operation_id="updateProgram",
        summary="Change, publish or archive a program",
    )
    async def update(
        self,
        program_id: str,
        data: ProgramPatch,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Program:
        await service.update_program(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            program_id=program_id,
            patch=data,
            key=idempotency_key,
        )
        async with database.reading(merchant_id) as tx:
            return await queries.program_by_id(tx, merchant_id, program_id)


class RewardController(Controller):
    """What goals, campaigns and people may give."""

    path = "/api/v1/rewards"
    tags = ["Rewards"]

    @get(opt=MAY_READ, operation_id="listRewards", summary="List the rewards, archived ones included")
    async def list_all(
        self, merchant_id: str, database: Database, limit: PageLimit = 50, after: PageAfter = None
    ) -> Rewards:
        async with database.reading(merchant_id) as tx:
            found = await queries.rewards_of(tx, merchant_id, after=after, limit=limit + 1)
        page = found[:limit]
        return Rewards(items=page, next=page[-1].id if len(found) > limit else None)

    @get("/{reward_id:str}", opt=MAY_READ, operation_id="getReward", summary="Read a reward")
    async def read(self, reward_id: str, merchant_id: str, database: Database) -> Reward:
        async with database.reading(merchant_id) as tx:
            return await queries.reward_by_id(tx, merchant_id, reward_id)

    @post(opt=MAY_WRITE, operation_id="createReward", summary="Create a reward")
    async def create(
        self,
        data: RewardIn,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Reward:
        created = await service.create_reward(
            ledger, actor=actor, merchant_id=merchant_id, new=data, key=idempotency_key
        )
        async with database.reading(merchant_id) as tx:
            return await queries.reward_by_id(tx, merchant_id, created.facts["reward_id"])

    @patch(
        "/{reward_id:str}",
        opt=MAY_WRITE,
        operation_id="updateReward",
        summary="Change a reward for the vouchers to come, archive it or bring it back",
    )
    async def update(
        self,
        reward_id: str,
        data: RewardPatch,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Reward:
        await service.update_reward(
            ledger, actor=actor, merchant_id=merchant_id, reward_id=reward_id, patch=data, key=idempotency_key
        )
        async with database.reading(merchant_id) as tx:
            return await queries.reward_by_id(tx, merchant_id, reward_id)


routes = [ProgramController, RewardController]

"""Opens a shop as its owner would: the business, its people, a key, rewards and programs, all through the services."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from cardamom.access.passwords import Passwords
from cardamom.access.permissions import ROLES
from cardamom.access.schemas import NewApiKey, NewPerson
from cardamom.access.service import add_staff, create_key, create_owner
from cardamom.cli.demo.shops import PoolOfCodes, Shop, Worker
from cardamom.kit.actor import SYSTEM, Actor, ActorKind
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import merchant_by_id
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.service import add_location, create_merchant
from cardamom.programs.definition import Milestone
from cardamom.programs.schemas import RewardIn
from cardamom.programs.service import create_program, create_reward
from cardamom.vouchers.service import create_pool, import_pool_codes

#: Neither 0 and O nor 1, l and I: passwords are typed on phones.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class Member(msgspec.Struct, frozen=True):
    """Somebody of the shop who can act and sign in."""

    actor: Actor
    login: str
    password: str

    def __repr__(self) -> str:
        """Without the password."""
        return f"Member({self.login})"


class OpenProgram(msgspec.Struct, frozen=True):
    """A program under its ids."""

    id: str
    slug: str
    goal: int


class OpenShop(msgspec.Struct, frozen=True, kw_only=True):
    """A shop that customers can come to. `members` and `programs` are in the order of the shop's file.

    rewards: ids by the file's keys.
    """

    shop: Shop
    merchant: Merchant
    members: list[Member]
    programs: list[OpenProgram]
    rewards: dict[str, str]
    location_ids: list[str]
    api_key: str

    def member(self, worker: Worker) -> Member:
        """Somebody of the shop's file, as they are here."""
        return self.members[self.shop.people.index(worker)]

    def __repr__(self) -> str:
        """Without the key."""
        return f"OpenShop({self.merchant.slug})"


async def open_shop(ledger: Ledger, shop: Shop, *, passwords: Passwords) -> OpenShop:
    """Everything that is there before the first customer comes, recorded at the ledger's time."""
    created = (await create_merchant(ledger, actor=SYSTEM, new=shop.merchant)).facts
    merchant_id = str(created["merchant_id"])
    members = [await _hire(ledger, merchant_id, worker, shop, passwords) for worker in shop.people]
    owner = members[shop.people.index(shop.person("owner"))].actor
    location_ids = [str(created["location_id"])]
    if shop.branch is not None:
        added = await add_location(
            ledger, actor=owner, merchant_id=merchant_id, new=shop.branch, key=new_key()
        )
        location_ids.append(str(added.facts["location_id"]))
    pools = {name: await _fill_pool(ledger, owner, merchant_id, pool) for name, pool in shop.pools.items()}
    rewards = {
        name: await _define_reward(ledger, owner, merchant_id, reward, pools)
        for name, reward in shop.rewards.items()
    }
    programs = await _offer(ledger, owner, merchant_id, shop, rewards)
    _outcome, api_key = await create_key(
        ledger,
        actor=owner,
        merchant_id=merchant_id,
        handle=str(created["handle"]),
        new=NewApiKey(name="Demo", permissions=sorted(ROLES["owner"])),
        key=new_key(),
    )
    async with ledger.database.reading(merchant_id) as tx:
        merchant = await merchant_by_id(tx, merchant_id)
    return OpenShop(
        shop=shop,
        merchant=merchant,
        members=members,
        programs=programs,
        rewards=rewards,
        location_ids=location_ids,
        api_key=str(api_key),
    )


async def _hire(ledger: Ledger, merchant_id: str, worker: Worker, shop: Shop, passwords: Passwords) -> Member:
    password = new_password()
    new = NewPerson(name=worker.name, login=worker.login, password=password, language=shop.merchant.language)
    if worker.role == "owner":
        outcome = await create_owner(
            ledger, actor=SYSTEM, merchant_id=merchant_id, passwords=passwords, new=new, key=new_key()
        )
    else:
        outcome = await add_staff(
            ledger,
            actor=SYSTEM,
            merchant_id=merchant_id,
            passwords=passwords,
            new=new,
            role=worker.role,
            key=new_key(),
        )
    actor = Actor(
        kind=ActorKind.PERSON,
        id=str(outcome.facts["person_id"]),
        merchant_id=merchant_id,
        permissions=frozenset(ROLES[worker.role]),
        name=worker.name,
    )
    return Member(actor, worker.login, password)


def new_password() -> str:
    """Three groups of five characters, about 74 bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _letter in range(5)) for _group in range(3))
    return "-".join(groups)


async def _fill_pool(ledger: Ledger, owner: Actor, merchant_id: str, pool: PoolOfCodes) -> str:
    created = await create_pool(ledger, actor=owner, merchant_id=merchant_id, name=pool.name, key=new_key())
    pool_id = str(created.facts["pool"])
    codes = [f"{pool.prefix}-{secrets.token_hex(4).upper()}" for _code in range(pool.count)]
    await import_pool_codes(
        ledger, actor=owner, merchant_id=merchant_id, pool_id=pool_id, codes=codes, key=new_id()
    )
    return pool_id


async def _define_reward(
    ledger: Ledger, owner: Actor, merchant_id: str, reward: RewardIn, pools: Mapping[str, str]
) -> str:
    code = reward.terms.code
    if code is not None and code.pool is not None:
        code = msgspec.structs.replace(code, pool=pools[code.pool])
        reward = msgspec.structs.replace(reward, terms=msgspec.structs.replace(reward.terms, code=code))
    made = await create_reward(ledger, actor=owner, merchant_id=merchant_id, new=reward, key=new_key())
    return str(made.facts["reward_id"])


async def _offer(
    ledger: Ledger, owner: Actor, merchant_id: str, shop: Shop, rewards: Mapping[str, str]
) -> list[OpenProgram]:
    programs = []
    for program in shop.programs:
        rules = program.rules
        changes: dict[str, Any] = {
            "milestones": [Milestone(goal.at, rewards[goal.reward]) for goal in rules.milestones],
            "reward": None if rules.reward is None else rewards[rules.reward],
        }
        new = msgspec.structs.replace(program, rules=msgspec.structs.replace(rules, **changes))
        made = (
            await create_program(ledger, actor=owner, merchant_id=merchant_id, new=new, key=new_key())
        ).facts
        programs.append(OpenProgram(str(made["program_id"]), str(made["slug"]), rules.goal))
    return programs

"""What tests do with the vouchers of a shop, through the services."""

from dataclasses import dataclass
from typing import Any

from cardamom.access.permissions import ROLES
from cardamom.db.database import Database
from cardamom.kit.actor import Actor, ActorKind
from cardamom.kit.clock import SimulatedClock
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Outcome, new_key
from cardamom.ledger.verify import verify
from cardamom.ledger.writer import Ledger
from cardamom.vouchers import queries, service
from cardamom.vouchers.schemas import RedemptionIn, Voucher, VoucherIn, shown
from cardamom.vouchers.undoing import UndoRedemption
from tests.world import World


@dataclass
class Shop:
    """A cafe that issues vouchers by hand."""

    world: World
    clock: SimulatedClock

    @property
    def ledger(self) -> Ledger:
        return self.world.ledger

    @property
    def database(self) -> Database:
        return self.world.database

    @property
    def merchant_id(self) -> str:
        return self.world.merchant_id

    @property
    def owner(self) -> Actor:
        return self.world.owner

    @property
    def staff(self) -> Actor:
        return an_actor(self.merchant_id, "staff")

    async def issue(self, **said: Any) -> Outcome:
        """By hand, with a title unless a reward is named."""
        if "reward" not in said:
            said = {"title": {"en": "A free coffee", "ar": "قهوة مجانية"}, **said}
        return await service.issue_voucher(
            self.ledger, actor=self.owner, merchant_id=self.merchant_id, new=VoucherIn(**said), key=new_key()
        )

    async def a_voucher(self, **said: Any) -> str:
        return str((await self.issue(**said)).facts["voucher"])

    async def redeem(self, voucher_id: str, **more: Any) -> Outcome:
        asked: dict[str, Any] = {
            "actor": self.staff,
            "merchant_id": self.merchant_id,
            "at": RedemptionIn(),
            "key": new_key(),
        }
        return await service.redeem_voucher(self.ledger, voucher_id=voucher_id, **(asked | more))

    async def use(self, voucher_id: str, card_id: str, **more: Any) -> Outcome:
        """The holder uses it on their phone."""
        holder = Actor(
            kind=ActorKind.CUSTOMER, id=new_id(), merchant_id=self.merchant_id, permissions=frozenset()
        )
        asked: dict[str, Any] = {
            "actor": holder,
            "merchant_id": self.merchant_id,
            "card_id": card_id,
            "via": "self",
            "key": new_key(),
        }
        return await service.use_own_voucher(self.ledger, voucher_id=voucher_id, **(asked | more))

    async def undo(self, operation_id: str, **more: Any) -> Outcome:
        """What the counter submits once it has asked who may."""
        asked: dict[str, Any] = {
            "actor": self.owner,
            "merchant_id": self.merchant_id,
            "operation_id": operation_id,
        }
        return await self.ledger.submit(UndoRedemption(**(asked | more)))

    async def cancel(self, voucher_id: str) -> Outcome:
        return await service.cancel_voucher(
            self.ledger,
            actor=self.owner,
            merchant_id=self.merchant_id,
            voucher_id=voucher_id,
            reason="A mistake",
            key=new_key(),
        )

    async def a_pool(self, *codes: str) -> str:
        created = await service.create_pool(
            self.ledger, actor=self.owner, merchant_id=self.merchant_id, name="Till codes", key=new_key()
        )
        pool_id = str(created.facts["pool"])
        if codes:
            await self.fill(pool_id, *codes)
        return pool_id

    async def fill(self, pool_id: str, *codes: str) -> Outcome:
        return await service.import_pool_codes(
            self.ledger,
            actor=self.owner,
            merchant_id=self.merchant_id,
            pool_id=pool_id,
            codes=codes,
            key=new_key(),
        )

    async def voucher(self, voucher_id: str) -> Voucher:
        async with self.database.reading(self.merchant_id) as tx:
            found = await queries.voucher_by_id(tx, self.merchant_id, voucher_id)
        return shown(found, now=self.clock())

    async def codes_left(self, pool_id: str) -> int:
        async with self.database.reading(self.merchant_id) as tx:
            return (await queries.pool_by_id(tx, self.merchant_id, pool_id)).left

    async def events(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Type, subject and payload of what was announced about vouchers and pools, in the order of the books."""
        return await self._rows(
            "select type, subject_id, payload from event where merchant_id = %s"
            " and (type like 'voucher.%%' or type like 'pool.%%') order by id"
        )

    async def moves(self, account_id: str) -> list[tuple[str, int]]:
        """Unit and delta of an account's entries."""
        return await self._rows(
            "select unit, delta from entry where merchant_id = %s and account_id = %s order by seq",
            account_id,
        )

    async def everything_written(self) -> str:
        """All that operations and events say: no code may be in it."""
        rows = await self._rows(
            "select facts::text from operation where merchant_id = %s"
            " union all select payload::text from event where merchant_id = %s",
            self.merchant_id,
        )
        return "\n".join(text for (text,) in rows)

    async def books_are_sound(self) -> bool:
        driver = await self.database.ledger_connect()
        async with driver:
            return (await verify(driver)).is_sound

    async def _rows(self, statement: str, *more: str) -> list[Any]:
        driver = await self.database.ledger_connect()
        async with driver:
            found = await driver.execute(statement, (self.merchant_id, *more))
            return await found.fetchall()


def an_actor(merchant_id: str, role: str) -> Actor:
    return Actor(
        kind=ActorKind.PERSON, id=new_id(), merchant_id=merchant_id, permissions=frozenset(ROLES[role])
    )

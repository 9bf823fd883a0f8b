"""A cafe to test with: a merchant, a reward, a live program, cards. Built through the services, like everything."""

from dataclasses import dataclass
from typing import Any

from cardamom.access.permissions import ROLES, Permission
from cardamom.access.schemas import NewApiKey
from cardamom.access.service import create_key
from cardamom.cards.joining import JoinCard
from cardamom.cards.queries import CardRow, card_by_id
from cardamom.cards.stamping import StampCard
from cardamom.db.database import Database
from cardamom.kit.actor import SYSTEM, Actor, ActorKind
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Outcome, new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import merchant_by_id
from cardamom.merchants.schemas import NewMerchant
from cardamom.merchants.service import create_merchant
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import ProgramIn, RewardIn, RewardTerms
from cardamom.programs.service import create_program, create_reward

CAFE = NewMerchant(
    name={"ar": "مقهى الهيل", "en": "Cardamom Café"}, language="ar", languages=["ar", "en"], region="EG"
)
BARBER = NewMerchant(name={"he": "המספרה של דוד"}, language="he", region="IL")


@dataclass
class World:
    """One shop and what happens in it."""

    ledger: Ledger
    merchant_id: str
    program_id: str
    reward_id: str

    @property
    def database(self) -> Database:
        return self.ledger.database

    @property
    def owner(self) -> Actor:
        return an_owner(self.merchant_id)

    async def a_card(self, *, stamps: int = 0, **more: Any) -> str:
        """The id of a new card, with some stamps on it already."""
        command = JoinCard(
            merchant_id=self.merchant_id, actor=self.owner, program_id=self.program_id, source="api", **more
        )
        outcome = (await self.ledger.submit(command)).or_raise()
        card_id = str(outcome.facts["card"])
        if stamps:
            (await self.stamp(card_id, stamps=stamps)).or_raise()
        return card_id

    async def stamp(self, card_id: str, **more: Any) -> Outcome:
        return await self.ledger.submit(
            StampCard(merchant_id=self.merchant_id, actor=self.owner, card_id=card_id, **more)
        )

    async def an_api_key(self, *permissions: Permission) -> dict[str, str]:
        """Headers with a new key that may do everything, or just this."""
        async with self.database.reading(self.merchant_id) as tx:
            merchant = await merchant_by_id(tx, self.merchant_id)
        names = [permission.value for permission in permissions or tuple(Permission)]
        _outcome, secret = await create_key(
            self.ledger,
            actor=self.owner,
            merchant_id=self.merchant_id,
            handle=merchant.handle,
            new=NewApiKey(name="Till", permissions=names),
            key=new_key(),
        )
        return {"Authorization": f"Bearer {secret}"}

    async def card(self, card_id: str) -> CardRow:
        async with self.database.reading(self.merchant_id) as tx:
            row = await card_by_id(tx, self.merchant_id, card_id)
        assert row is not None
        return row


def an_owner(merchant_id: str) -> Actor:
    return Actor(
        kind=ActorKind.PERSON, id=new_id(), merchant_id=merchant_id, permissions=frozenset(ROLES["owner"])
    )


async def a_world(
    ledger: Ledger, *, new: NewMerchant = CAFE, terms: RewardTerms | None = None, **rules: Any
) -> World:
    """A shop whose card has ten stamps, no cooldown and no cap, unless `rules` say otherwise."""
    created = await create_merchant(ledger, actor=SYSTEM, new=new)
    merchant_id = str(created.facts["merchant_id"])
    owner = an_owner(merchant_id)
    reward = await create_reward(
        ledger,
        actor=owner,
        merchant_id=merchant_id,
        new=RewardIn(title={"en": "Free coffee", "ar": "قهوة مجانية"}, terms=terms or RewardTerms()),
        key=new_key(),
    )
    reward_id = str(reward.facts["reward_id"])
    said: dict[str, Any] = {
        "goal": 10,
        "reward": reward_id,
        "cooldown_seconds": 0,
        "daily_cap": None,
        **rules,
    }
    program = await create_program(
        ledger,
        actor=owner,
        merchant_id=merchant_id,
        new=ProgramIn(name={"en": "Coffee card", "ar": "بطاقة القهوة"}, rules=Rules(**said)),
        key=new_key(),
    )
    return World(ledger, merchant_id, str(program.facts["program_id"]), reward_id)

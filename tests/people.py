"""Three people, always the same: an owner who reads Arabic, a member of her staff who reads Persian, and a stranger.

The stranger owns another business, reads Hebrew, and must see nothing of the first one.
"""

import msgspec

from cardamom.access.passwords import Passwords
from cardamom.access.permissions import ROLES
from cardamom.access.schemas import NewPerson
from cardamom.access.service import add_staff, create_owner
from cardamom.db.database import Database
from cardamom.kit.actor import SYSTEM, Actor, ActorKind
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import merchant_by_id
from cardamom.merchants.schemas import Merchant, NewMerchant
from cardamom.merchants.service import create_merchant

CAFE = NewMerchant(
    name={"ar": "مقهى الهيل", "en": "Cardamom Café"}, language="ar", languages=["ar", "en"], region="EG"
)
BARBER = NewMerchant(name={"he": "המספרה של דוד"}, language="he", region="IL")

LEILA = NewPerson(
    name="ليلى منصور", login="leila@cafe.example", password="seven-tall-minarets", language="ar"
)
DARIUS = NewPerson(name="داریوش رضایی", login="darius", password="quiet-garden-wall", language="fa")
DAVID = NewPerson(name="דוד כהן", login="david@barber.example", password="copper-razor-street", language="he")


class Somebody(msgspec.Struct, frozen=True):
    """A person with the business they belong to, and the actor that they are there."""

    person: NewPerson
    actor: Actor
    merchant: Merchant

    @property
    def id(self) -> str:
        return str(self.actor.id)

    @property
    def merchant_id(self) -> str:
        return self.merchant.id


class Everybody(msgspec.Struct, frozen=True):
    owner: Somebody
    staff: Somebody
    stranger: Somebody


async def introduce(ledger: Ledger, database: Database, *, passwords: Passwords) -> Everybody:
    """Write both businesses with their people."""
    cafe = await _begin(ledger, database, CAFE)
    barber = await _begin(ledger, database, BARBER)
    owner = await _own(ledger, cafe, LEILA, passwords)
    added = await add_staff(
        ledger,
        actor=owner.actor,
        merchant_id=cafe.id,
        passwords=passwords,
        new=DARIUS,
        role="staff",
        key=new_id(),
    )
    staff = Somebody(DARIUS, _actor(added.facts["person_id"], cafe.id, "staff"), cafe)
    return Everybody(owner, staff, await _own(ledger, barber, DAVID, passwords))


async def _begin(ledger: Ledger, database: Database, new: NewMerchant) -> Merchant:
    created = await create_merchant(ledger, actor=SYSTEM, new=new)
    merchant_id = created.facts["merchant_id"]
    async with database.reading(merchant_id) as tx:
        return await merchant_by_id(tx, merchant_id)


async def _own(ledger: Ledger, merchant: Merchant, new: NewPerson, passwords: Passwords) -> Somebody:
    added = await create_owner(
        ledger, actor=SYSTEM, merchant_id=merchant.id, passwords=passwords, new=new, key=new_id()
    )
    return Somebody(new, _actor(added.facts["person_id"], merchant.id, "owner"), merchant)


def _actor(person_id: str, merchant_id: str, role: str) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id=person_id,
        merchant_id=merchant_id,
        permissions=frozenset(ROLES[role]),
    )

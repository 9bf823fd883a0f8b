"""A cafe in Cairo with its people, a barber in Haifa who must see nothing of it, and their card holders."""

from typing import Any

from cardamom.access.permissions import ROLES, Role
from cardamom.customers.contacts import ContactIn
from cardamom.customers.queries import customer_by_id
from cardamom.customers.schemas import Customer
from cardamom.customers.service import create_customer
from cardamom.kit.actor import SYSTEM, Actor, ActorKind, system_actor
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.schemas import NewMerchant
from cardamom.merchants.service import create_merchant

CAFE = NewMerchant(name={"ar": "مقهى الهيل", "en": "Cardamom Café"}, language="ar", region="EG")
BAKERY = NewMerchant(name={"fa": "نانوایی هل"}, language="fa", region="IR")
BARBER = NewMerchant(name={"he": "המספרה של דוד"}, language="he", region="IL")


async def a_merchant(ledger: Ledger, new: NewMerchant = CAFE) -> str:
    """The id of a new business."""
    created = await create_merchant(ledger, actor=SYSTEM, new=new)
    return str(created.facts["merchant_id"])


def somebody(merchant_id: str, role: Role = "owner") -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id=new_id(),
        merchant_id=merchant_id,
        permissions=frozenset(ROLES[role]),
        name="ليلى",
    )


async def a_customer(ledger: Ledger, merchant_id: str, *, region: str = "EG", **contact: Any) -> str:
    """The id of a new card holder."""
    created = await create_customer(
        ledger,
        actor=system_actor(merchant_id),
        merchant_id=merchant_id,
        given=ContactIn(**contact),
        region=region,
        key=new_key(),
    )
    return str(created.facts["customer_id"])


async def as_stored(ledger: Ledger, merchant_id: str, customer_id: str) -> Customer:
    async with ledger.database.reading(merchant_id) as tx:
        return await customer_by_id(tx, merchant_id, customer_id)

"""Businesses for tests: ours writes Arabic and English, the stranger's Hebrew."""

from cardamom.kit.actor import SYSTEM, Actor, ActorKind
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from cardamom.merchants.schemas import NewMerchant
from cardamom.merchants.service import create_merchant

CAFE = NewMerchant(
    name={"ar": "مقهى الهيل", "en": "Cardamom Café"}, language="ar", languages=["ar", "en"], region="EG"
)
BARBER = NewMerchant(name={"he": "המספרה של דוד"}, language="he", region="IL")


async def a_merchant(ledger: Ledger, new: NewMerchant = CAFE) -> str:
    """The id of a new business."""
    created = await create_merchant(ledger, actor=SYSTEM, new=new)
    return str(created.facts["merchant_id"])


def a_manager(merchant_id: str) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id=new_id(),
        merchant_id=merchant_id,
        permissions=frozenset({"merchants.read", "merchants.write"}),
    )


def a_server(merchant_id: str) -> Actor:
    """Somebody who serves and changes no settings."""
    return Actor(
        kind=ActorKind.PERSON, id=new_id(), merchant_id=merchant_id, permissions=frozenset({"merchants.read"})
    )

"""People at the counter and in the office of a shop, signed in."""

from cardamom.access.cookies import SESSION_COOKIE
from cardamom.access.passwords import Passwords
from cardamom.access.permissions import Role
from cardamom.access.schemas import Membership, NewPerson
from cardamom.access.service import add_staff
from cardamom.access.sessions import SessionStore
from cardamom.kit.actor import SYSTEM
from cardamom.kit.ids import new_id
from tests.customers.visitors import Client, Visitor
from tests.world import World

NAMES = {"en": "Sam Barista", "ar": "ليلى منصور", "fa": "داریوش رضایی", "he": "דוד כהן"}


async def a_session(world: World, *, role: Role, language: str = "en") -> str:
    """The secret of the cookie of somebody new who has just signed in."""
    person = NewPerson(
        name=NAMES[language],
        login=f"{role}-{new_id()}@shop.example",
        password="seven-tall-minarets",
        language=language,
    )
    added = await add_staff(
        world.ledger,
        actor=SYSTEM,
        merchant_id=world.merchant_id,
        passwords=Passwords(memory_kib=64),
        new=person,
        role=role,
        key=new_id(),
    )
    membership = Membership(
        merchant_id=world.merchant_id, person_id=added.facts["person_id"], role=role, location_id=None
    )
    return await SessionStore(world.database).begin(membership, user_agent="tests")


async def a_visitor(world: World, client: Client, *, role: Role, language: str = "en") -> Visitor:
    """The same in a browser without scripts. Its own language is one that nobody speaks here."""
    secret = await a_session(world, role=role, language=language)
    return Visitor(client, {"Cookie": f"{SESSION_COOKIE}={secret}", "Accept-Language": "tlh"})

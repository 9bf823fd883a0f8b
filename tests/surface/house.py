"""A shop whose pages are opened: it speaks four languages, has one of everything, and its owner is signed in."""

from __future__ import annotations

import re

import msgspec

from cardamom.access.cookies import SESSION_COOKIE
from cardamom.access.passwords import Passwords
from cardamom.access.queries import membership_of
from cardamom.access.schemas import NewPerson
from cardamom.access.service import add_staff, create_owner
from cardamom.access.sessions import SessionStore
from cardamom.kit.actor import SYSTEM
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from cardamom.web.static import assets
from tests.people import DARIUS, LEILA
from tests.surface.shop import Client, furnished
from tests.world import CAFE, World, a_world


class Page(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    media_type: str
    text: str

    @property
    def is_html(self) -> bool:
        return self.media_type.startswith("text/html")


class House:
    """named: the value of each parameter that an address of a page has."""

    def __init__(self, client: Client, session: str, named: dict[str, str]) -> None:
        self._client = client
        self._session = session
        self.named = named

    async def open(self, path: str, *, lang: str) -> Page:
        """Go there as the owner, in a language."""
        return await self._ask("GET", path, lang)

    async def look(self, path: str, *, lang: str) -> Page:
        """What `open` would say, by HEAD."""
        return await self._ask("HEAD", path, lang)

    async def _ask(self, method: str, path: str, lang: str) -> Page:
        self._client.cookies.clear()
        answer = await self._client.request(
            method,
            f"{path}?lang={lang}",
            headers={"Cookie": f"{SESSION_COOKIE}={self._session}"},
            follow_redirects=False,
        )
        return Page(answer.status_code, answer.headers["content-type"], answer.text)


async def open_house(client: Client, ledger: Ledger) -> House:
    world = await a_world(ledger, new=msgspec.structs.replace(CAFE, languages=["ar", "en", "fa", "he"]))
    shop = await furnished(client, world)
    program = (await shop.ask("GET", f"/api/v1/programs/{world.program_id}")).json()
    picture = (await shop.ask("POST", "/api/v1/pictures")).json()
    drawing, view = await preview_of(client, program["slug"])
    return House(
        client,
        await own(world, LEILA),
        {
            **shop.named,
            "person_id": await employ(world, DARIUS),
            "sheet": "poster",
            "slug": program["slug"],
            "token": shop.card["links"]["page"].rpartition("/")[2],
            "shop": world.merchant_id,
            "program": world.program_id,
            "name": f"{program['version']}.svg",
            "version": assets().version,
            "picture": f"{picture['hash']}-small.png",
            "drawing": drawing,
            "view": view,
        },
    )


async def preview_of(client: Client, slug: str) -> tuple[str, str]:
    """(hash, file) of the picture that a link to the program shows elsewhere."""
    page = await client.get(f"/j/{slug}")
    found = re.search(r"/art/([0-9a-f]{32})/([a-z]+\.png)", page.text)
    assert found is not None
    return found[1], found[2]


async def own(world: World, person: NewPerson) -> str:
    """Give a business an owner who is signed in; the secret of the session."""
    made = await create_owner(
        world.ledger,
        actor=SYSTEM,
        merchant_id=world.merchant_id,
        passwords=Passwords(memory_kib=64),
        new=person,
        key=new_id(),
    )
    async with world.database.reading(world.merchant_id) as tx:
        membership = await membership_of(tx, world.merchant_id, made.facts["person_id"])
    assert membership is not None
    return await SessionStore(world.database).begin(membership, user_agent="tests")


async def employ(world: World, person: NewPerson) -> str:
    """Somebody more behind the counter; their id."""
    made = await add_staff(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        passwords=Passwords(memory_kib=64),
        new=person,
        role="staff",
        key=new_id(),
    )
    return str(made.facts["person_id"])

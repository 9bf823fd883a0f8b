"""Somebody at the join page and at their card: what a browser sends, and what it finds on a page."""

import re
from html import unescape
from typing import Any

from httpx import Response
from litestar.testing import AsyncTestClient

from cardamom.cards.links import LinkMaker
from cardamom.ledger.commands import new_key
from cardamom.programs.queries import program_by_id
from cardamom.programs.schemas import Program, ProgramPatch
from cardamom.programs.service import update_program
from tests.world import World

Client = AsyncTestClient[Any]
ORIGIN = "https://cards.example.org"

_HIDDEN_KEY = re.compile(r'name="key" type="hidden" value="([A-Za-z0-9_-]+)"')
_TAG = re.compile(r"<[^>]+>")
_ISOLATES = re.compile("[\u2066-\u2069]")


def words_of(page: Response) -> str:
    """What can be read on a page, on one line, without the marks that keep directions apart."""
    return " ".join(_ISOLATES.sub("", unescape(_TAG.sub(" ", page.text))).split())


def key_of(page: Response) -> str:
    """The one-time key of the form on a page."""
    found = _HIDDEN_KEY.search(page.text)
    assert found is not None, page.text
    return found[1]


async def the_program(world: World) -> Program:
    async with world.database.reading(world.merchant_id) as tx:
        return await program_by_id(tx, world.merchant_id, world.program_id)


async def change_program(world: World, **changes: Any) -> Program:
    await update_program(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        program_id=world.program_id,
        patch=ProgramPatch(**changes),
        key=new_key(),
    )
    return await the_program(world)


async def join_path(world: World) -> str:
    return f"/j/{(await the_program(world)).slug}"


async def send_join(client: Client, world: World, *, key: str | None = None, **fields: str) -> Response:
    """Open the join page and send its form; with a key, send it again."""
    path = await join_path(world)
    key = key or key_of(await client.get(f"{path}?lang=en"))
    return await client.post(
        f"{path}?lang=en", data={"key": key, **fields}, headers={"Origin": ORIGIN}, follow_redirects=False
    )


async def page_of(world: World, card_id: str) -> str:
    """The path of a card's page."""
    card = await world.card(card_id)
    links = LinkMaker(bytes(32), lambda: "")
    return links.links(card.handle, card.id, card.token_epoch).page

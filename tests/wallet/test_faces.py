"""Faces as they are read from the database: constant in statements, and of nobody else's cards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.errors import CardUnknown
from cardamom.cards.links import LinkMaker
from cardamom.db.connections import driver_of
from cardamom.kit.ids import new_id
from cardamom.merchants.queries import merchant_by_id
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.tables import locations
from cardamom.wallet.face import CardFace
from cardamom.wallet.faces import read_face, read_faces, read_replaced_face
from cardamom.wallet.wording import card_face
from tests.world import World

LINKS = LinkMaker(bytes(32), lambda: "https://cards.example.org")


@asynccontextmanager
async def statements(tx: AsyncConnection) -> AsyncIterator[list[str]]:
    """What is sent meanwhile, by SQLAlchemy and by psycopg alone."""
    sent: list[str] = []

    class Noting(psycopg.AsyncCursor[Any]):
        async def execute(self, query: Any, *more: Any, **settings: Any) -> Self:
            sent.append(str(query))
            return await super().execute(query, *more, **settings)

    driver = await driver_of(tx)
    usual, driver.cursor_factory = driver.cursor_factory, Noting
    try:
        yield sent
    finally:
        driver.cursor_factory = usual


async def merchant_of(world: World) -> Merchant:
    async with world.database.reading(world.merchant_id) as tx:
        return await merchant_by_id(tx, world.merchant_id)


async def test_a_face_is_the_card_as_it_stands(world: World) -> None:
    card_id = await world.a_card(stamps=3)
    merchant = await merchant_of(world)
    async with world.database.reading(world.merchant_id) as tx:
        face = await read_face(tx, merchant, card_id, links=LINKS)
    card = await world.card(card_id)
    assert face.code == card.code
    assert face.handle == merchant.handle
    assert face.page == LINKS.links(merchant.handle, card_id, card.token_epoch).page
    assert face.wording.progress == "٣/١٠"
    assert face.rotating_key is None


async def test_many_cards_take_as_many_statements_as_one(world: World) -> None:
    merchant = await merchant_of(world)
    ids = [await world.a_card(stamps=stamps) for stamps in (1, 2, 10, 3)]
    async with world.database.reading(world.merchant_id) as tx:
        async with statements(tx) as for_one:
            await read_face(tx, merchant, ids[0], links=LINKS)
        async with statements(tx) as for_all:
            faces = await read_faces(tx, merchant, ids, links=LINKS)
    assert [face.view.card.id for face in faces] == ids
    assert [len(face.vouchers) for face in faces] == [0, 0, 1, 0]
    assert len(for_all) == len(for_one) == 5


async def test_an_unknown_card_and_one_of_another_shop(world: World) -> None:
    card_id, merchant = await world.a_card(), await merchant_of(world)
    async with world.database.reading(world.merchant_id) as tx:
        for stranger in (new_id(), "nonsense"):
            with pytest.raises(CardUnknown):
                await read_face(tx, merchant, stranger, links=LINKS)
        found = await read_faces(tx, merchant, [new_id(), card_id], links=LINKS)
        assert [face.view.card.id for face in found] == [card_id]
        assert await read_faces(tx, merchant, [], links=LINKS) == []


async def test_open_places_on_the_map_are_where_a_pass_appears(world: World) -> None:
    merchant, card_id = await merchant_of(world), await world.a_card()
    async with world.database.unscoped_writing_as_the_ledger() as tx:
        rows = sa.select(locations.c.id).where(locations.c.merchant_id == merchant.id)
        [open_id] = (await tx.execute(rows)).scalars()
        await tx.execute(
            sa.update(locations)
            .where(locations.c.merchant_id == merchant.id)
            .values(latitude=30.0444, longitude=31.2357)
        )
    async with world.database.reading(world.merchant_id) as tx:
        face = await read_face(tx, merchant, card_id, links=LINKS)
    assert [(place.id, place.latitude, place.longitude) for place in face.places] == [
        (open_id, 30.0444, 31.2357)
    ]


async def test_a_replaced_pass_says_so_in_the_cards_words(world: World) -> None:
    merchant, card_id = await merchant_of(world), await world.a_card(stamps=4)
    async with world.database.reading(world.merchant_id) as tx:
        replaced = await read_replaced_face(tx, merchant, card_id)
        face = await read_face(tx, merchant, card_id, links=LINKS)
    assert replaced.wordings == a_replaced(face).wordings
    assert (replaced.code, replaced.page, replaced.view.balance) == ("", "", 0)


def a_replaced(face: CardFace) -> CardFace:
    return card_face(face.view, handle=face.handle, page="", places=(), rotating_key=None, replaced=True)

"""Addresses of pictures: given once, answered for ever, by every process, whatever became of the program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import msgspec
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import AsyncTestClient
from PIL import Image

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.kit.errors import NotFound
from cardamom.ledger.commands import new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.pictures import upload_picture
from cardamom.merchants.queries import merchant_by_id
from cardamom.programs.queries import program_by_id
from cardamom.programs.schemas import Colours, DesignPatch, ProgramPatch
from cardamom.programs.service import update_program
from cardamom.wallet.art.book import ArtBook
from cardamom.wallet.art.drawing import (
    FORMATS,
    Order,
    Stamps,
    hash_of,
    path_of,
    read_order,
    stamps_of,
)
from cardamom.wallet.art.studio import Studio
from cardamom.wallet.face import CardFace
from cardamom.wallet.faces import read_face
from cardamom.wallet.tables import drawings
from tests.kit.uploads import a_logo, saved
from tests.wallet.strips import NOTHING, TEN, stamps
from tests.world import World, a_world

Client = AsyncTestClient[Litestar]
LINKS = LinkMaker(bytes(32), lambda: "https://cards.example.org")


@pytest.fixture
async def art(database: Database) -> AsyncIterator[ArtBook]:
    book = ArtBook(database, address=LINKS.address)
    yield book
    book.close()


@pytest.fixture
async def world(ledger: Ledger) -> World:
    return await a_world(ledger)


async def face_of(world: World, card_id: str) -> CardFace:
    async with world.database.reading(world.merchant_id) as tx:
        merchant = await merchant_by_id(tx, world.merchant_id)
        return await read_face(tx, merchant, card_id, links=LINKS)


def path(address: str) -> str:
    return address.removeprefix("https://cards.example.org")


async def size_at(client: Client, address: str) -> tuple[int, int]:
    answer = await client.get(path(address))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), address
    return Image.open(BytesIO(answer.content)).size


async def test_every_address_of_a_card_answers(client: Client, world: World, art: ArtBook):
    face = await face_of(world, await world.a_card(stamps=3))
    addresses = await art.card_addresses(face)
    assert await size_at(client, addresses.hero) == (1032, 336)
    assert await size_at(client, addresses.logo) == (660, 660)
    assert await size_at(client, addresses.wide_logo) == (1280, 400)
    assert addresses.hero.endswith("/hero-3.png")
    voucher = await art.voucher_addresses(face.design, picture=None)
    assert await size_at(client, voucher.hero) == (1032, 336)


async def test_languages_share_pictures_where_they_can(world: World, art: ArtBook):
    face = await face_of(world, await world.a_card(stamps=3))
    arabic, english = await art.hero_url(face, "ar"), await art.hero_url(face, "en")
    assert arabic != english
    assert await art.hero_url(face) == await art.hero_url(face, face.language)


async def test_a_stamp_has_another_address_and_a_redesign_has(world: World, art: ArtBook):
    card_id = await world.a_card(stamps=3)
    before = await art.hero_url(await face_of(world, card_id))
    (await world.stamp(card_id)).or_raise()
    stamped = await art.hero_url(await face_of(world, card_id))
    assert stamped == before.replace("hero-3", "hero-4")
    await redesign(world)
    assert (await art.hero_url(await face_of(world, card_id))).split("/")[-2] != stamped.split("/")[-2]


async def redesign(world: World) -> None:
    design = DesignPatch(colours=Colours(background="#102030", accent="#ffcc00"), icon="cake")
    await change(world, ProgramPatch(design=design))


async def change(world: World, patch: ProgramPatch) -> None:
    await update_program(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        program_id=world.program_id,
        patch=patch,
        key=new_key(),
    )


async def test_an_address_never_dies(client: Client, world: World, art: ArtBook):
    """Wallets keep it for years: the shop redesigns its card, archives it, and the old picture is the old picture."""
    face = await face_of(world, await world.a_card(stamps=3))
    addresses = [await art.hero_url(face), await art.logo_url(face.design)]
    before = [(await client.get(path(address))).content for address in addresses]
    await redesign(world)
    await change(world, ProgramPatch(status="archived"))
    later = ArtBook(world.database, address=LINKS.address)
    assert [await drawn(later, address) for address in addresses] == before
    later.close()


async def drawn(art: ArtBook, address: str) -> bytes:
    """What a process that has just started answers."""
    _empty, _art, name, file_name = path(address).split("/")
    order = read_order(file_name)
    assert order is not None
    found = await art.store.find(name)
    [content] = await art.studio.drawn(found, [order], await art.store.uploads(found), name=name)
    return content


async def test_what_an_older_release_wrote_down_is_drawn(client: Client, database: Database):
    """A description without the fields that were added since, and with the number of an older renderer."""
    old = {
        "type": "stamps",
        "inks": {"background": "#16382a", "ink": "#fffdf8", "accent": "#f2b84b"},
        "goal": 8,
        "milestones": [],
        "icon": "an-icon-of-long-ago",
        "pattern": "plain",
        "direction": "ltr",
        "numbering": "latn",
        "renderer": 0,
        "a_field_that_is_gone": True,
    }
    name = "ab" * 16
    async with database.unscoped_writing_of_the_directory() as tx:
        await tx.execute(sa.insert(drawings).values(hash=name, spec=old, created_at=sa.func.now()))
    assert await size_at(client, f"/art/{name}/strip-8@3x.png") == (1125, 432)
    assert (await client.get(f"/art/{name}/strip-9.png")).status_code == 404


async def test_browsers_and_wallets_keep_a_picture(client: Client, art: ArtBook):
    await art.store.keep(TEN)
    address = path_of(TEN, Order(kind="strip", balance=4, scale=2))
    first = await client.get(address)
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "set-cookie" not in first.headers
    again = await client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await client.get(path_of(TEN, Order(kind="strip", balance=5, scale=2)))
    assert other.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    "file_name",
    [
        "strip-11.png",
        "strip-4@4x.png",
        "strip-4@1x.png",
        "strip-04.png",
        "strip--1.png",
        "strip.png",
        "strip-٤.png",
        "strip-4.jpg",
        "hero-4@2x.png",
        "icon.png",
        "icon-4.png",
        "preview.png",
        "gift-strip.png",
        "nothing-4.png",
        "strip-4.png.png",
        "4.png",
        "strip-4444.png",
    ],
)
async def test_what_there_is_not_is_not_found(client: Client, art: ArtBook, file_name: str):
    name = await art.store.keep(TEN)
    assert (await client.get(f"/art/{name}/{file_name}")).status_code == 404


@pytest.mark.parametrize("name", ["0" * 32, "0", "z" * 32, "0" * 64, "pictures"])
async def test_a_hash_that_nobody_was_given_is_not_found(client: Client, name: str):
    assert (await client.get(f"/art/{name}/strip-4.png")).status_code == 404


async def test_a_hash_that_was_unknown_may_be_written_a_moment_later(art: ArtBook):
    unwritten = stamps(goal=13, milestones=())
    with pytest.raises(NotFound):
        await art.store.find(hash_of(unwritten))
    await art.store.keep(unwritten)
    assert await art.store.find(hash_of(unwritten)) == unwritten


async def test_many_who_ask_at_once_write_it_down_once(art: ArtBook, database: Database):
    others = [ArtBook(database, address=LINKS.address) for _ in range(3)]
    await asyncio.gather(*(book.store.keep(TEN) for book in [art, *others] for _ in range(4)))
    async with database.unscoped_reading_of_the_directory() as tx:
        count = await tx.execute(
            sa.select(sa.func.count()).select_from(drawings).where(drawings.c.hash == hash_of(TEN))
        )
        assert count.scalar_one() == 1


async def test_a_bundle_has_every_picture_and_the_stamps_of_other_languages(world: World, art: ArtBook):
    face = await face_of(world, await world.a_card(stamps=3))
    files = await art.pass_images(face)
    for name, kind in (
        ("icon", "icon"),
        ("logo", "logo"),
        ("primaryLogo", "primary-logo"),
        ("strip", "strip"),
        ("background", "background"),
    ):
        for scale, ending in ((1, ""), (2, "@2x"), (3, "@3x")):
            image = Image.open(BytesIO(files[f"{name}{ending}.png"]))
            width, height = FORMATS[kind].width * scale, FORMATS[kind].height * scale
            assert image.width <= width
            assert image.height <= height
    localized = {name for name in files if "/" in name}
    assert localized == {
        f"en.lproj/{name}{ending}.png" for name in ("strip", "background") for ending in ("@2x", "@3x")
    }
    assert files["en.lproj/strip@3x.png"] != files["strip@3x.png"]
    assert sum(map(len, files.values())) < 300_000
    again = await art.pass_images(face)
    assert all(again[name] is content for name, content in files.items())


async def test_an_uploaded_logo_is_in_the_bundle_and_at_the_address(
    client: Client, world: World, art: ArtBook
):
    face = await face_of(world, await world.a_card())
    plain = await art.pass_images(face)
    logo = await upload_picture(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        data=saved(a_logo(), "PNG"),
        key=new_key(),
    )
    own = msgspec.structs.replace(face, design=msgspec.structs.replace(face.design, logo=logo.hash))
    files = await art.pass_images(own)
    assert files["logo@3x.png"] != plain["logo@3x.png"]
    assert files["strip@3x.png"] is plain["strip@3x.png"]
    assert await size_at(client, await art.logo_url(own.design)) == (660, 660)


async def test_a_preview_of_a_program_says_nothing_about_anybody(client: Client, world: World, art: ArtBook):
    async with world.database.reading(world.merchant_id) as tx:
        program = await program_by_id(tx, world.merchant_id, world.program_id)
    address = await art.preview_url(
        program.design,
        program.rules,
        shop="مقهى الهيل",
        promise="اجمع ١٠ أختام",
        direction="rtl",
        numbering="arab",
    )
    assert await size_at(client, address) == (1200, 630)


async def test_what_is_remembered_has_a_limit():
    studio = Studio(kept_bytes=20_000)
    orders = [Order(kind="strip", balance=balance, scale=2) for balance in range(11)]
    files = await studio.drawn(TEN, orders, NOTHING)
    again = await studio.drawn(TEN, orders[-1:], NOTHING)
    assert again[0] is files[-1]
    first = await studio.drawn(TEN, orders[:1], NOTHING)
    assert first[0] is not files[0]
    assert first[0] == files[0]
    studio.close()


def test_the_hash_names_the_design_and_not_its_state():
    assert hash_of(TEN) == hash_of(stamps())
    assert len({hash_of(stamps(goal=goal, milestones=())) for goal in range(1, 51)}) == 50
    assert path_of(TEN, Order(kind="strip", balance=7, scale=2)) == f"/art/{hash_of(TEN)}/strip-7@2x.png"


@pytest.mark.parametrize("kind", list(FORMATS))
def test_an_address_says_what_was_ordered(kind):
    for scale in FORMATS[kind].scales:
        order = Order(kind=kind, scale=scale, balance=7 if FORMATS[kind].is_counted else 0)
        assert read_order(order.file_name) == order


async def test_a_design_is_one_drawing_for_each_direction_and_digits(world: World):
    face = await face_of(world, await world.a_card())
    made: set[Stamps] = {
        stamps_of(face.design, face.view.card.rules, direction=wording.direction, numbering=wording.numbering)
        for wording in face.wordings.values()
    }
    assert len(made) == 2

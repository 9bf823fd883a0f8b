"""Locations open, change and close."""

import asyncio

import pytest
import sqlalchemy as sa

from cardamom.db.database import Database
from cardamom.kit.errors import KeyReused, NotFound, Refused
from cardamom.ledger.tables import events
from cardamom.ledger.writer import Ledger
from cardamom.merchants.errors import LastLocation, PositionMalformed
from cardamom.merchants.queries import location_by_id, locations_of
from cardamom.merchants.schemas import Location, LocationPatch, NewLocation
from cardamom.merchants.service import add_location, update_location
from tests.merchants.builders import BARBER, a_manager, a_merchant

HARBOUR = NewLocation(name={"ar": "فرع الميناء"}, address="  شارع   البحر ١٢\x00 ")


async def list_of(database: Database, merchant_id: str) -> list[Location]:
    async with database.reading(merchant_id) as tx:
        return await locations_of(tx, merchant_id)


async def test_a_location_is_added_once_per_key(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    owner = a_manager(merchant_id)
    first = await add_location(ledger, actor=owner, merchant_id=merchant_id, new=HARBOUR, key="k")
    again = await add_location(ledger, actor=owner, merchant_id=merchant_id, new=HARBOUR, key="k")
    assert again.replayed
    assert again.facts == first.facts
    added = (await list_of(database, merchant_id))[-1]
    assert (added.name, added.address) == ({"ar": "فرع الميناء"}, "شارع البحر ١٢")
    assert len(await list_of(database, merchant_id)) == 2
    with pytest.raises(KeyReused):
        await add_location(
            ledger, actor=owner, merchant_id=merchant_id, new=NewLocation(name={"en": "X"}), key="k"
        )


async def test_a_location_is_renamed_and_its_address_removed(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    owner = a_manager(merchant_id)
    added = await add_location(ledger, actor=owner, merchant_id=merchant_id, new=HARBOUR, key="k1")
    location_id = added.facts["location_id"]
    changed = await update_location(
        ledger,
        actor=owner,
        merchant_id=merchant_id,
        location_id=location_id,
        patch=LocationPatch(name={"ar": "الميناء"}, address=""),
        key="k2",
    )
    assert changed.facts["changed"] == ["address", "name"]
    async with database.reading(merchant_id) as tx:
        location = await location_by_id(tx, merchant_id, location_id)
    assert (location.name, location.address) == ({"ar": "الميناء"}, None)


async def test_a_location_closes_and_opens_again(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    owner = a_manager(merchant_id)
    added = await add_location(ledger, actor=owner, merchant_id=merchant_id, new=HARBOUR, key="k1")
    for key, closed in (("k2", True), ("k3", True), ("k4", False)):
        await update_location(
            ledger,
            actor=owner,
            merchant_id=merchant_id,
            location_id=added.facts["location_id"],
            patch=LocationPatch(closed=closed),
            key=key,
        )
        assert ((await list_of(database, merchant_id))[-1].closed_at is not None) is closed
    async with database.reading(merchant_id) as tx:
        told = (await tx.execute(sa.select(events.c.type).order_by(events.c.id))).scalars().all()
    assert told[2:] == ["location.added", "location.closed", "location.reopened"]


async def test_of_the_last_two_locations_only_one_can_be_closed(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    owner = a_manager(merchant_id)
    await add_location(ledger, actor=owner, merchant_id=merchant_id, new=HARBOUR, key="k1")
    both = await list_of(database, merchant_id)
    closing = [
        update_location(
            ledger,
            actor=owner,
            merchant_id=merchant_id,
            location_id=location.id,
            patch=LocationPatch(closed=True),
            key=f"close {location.id}",
        )
        for location in both
    ]
    answers = await asyncio.gather(*closing, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["LastLocation", "Outcome"]


async def test_the_refusal_is_stored_and_replayed(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    (only,) = await list_of(database, merchant_id)
    for _attempt in range(2):
        with pytest.raises(LastLocation):
            await update_location(
                ledger,
                actor=a_manager(merchant_id),
                merchant_id=merchant_id,
                location_id=only.id,
                patch=LocationPatch(closed=True),
                key="k",
            )


@pytest.mark.parametrize("location_id", ["", "not-an-id", "0193b3a0-0000-7000-8000-000000000000"])
async def test_what_is_not_there_is_not_found(ledger: Ledger, location_id: str):
    merchant_id = await a_merchant(ledger)
    with pytest.raises(NotFound):
        await update_location(
            ledger,
            actor=a_manager(merchant_id),
            merchant_id=merchant_id,
            location_id=location_id,
            patch=LocationPatch(closed=True),
            key="k",
        )


async def test_a_strangers_location_is_not_found(ledger: Ledger, database: Database):
    ours, theirs = await a_merchant(ledger), await a_merchant(ledger, BARBER)
    (location,) = await list_of(database, ours)
    with pytest.raises(NotFound):
        await update_location(
            ledger,
            actor=a_manager(theirs),
            merchant_id=theirs,
            location_id=location.id,
            patch=LocationPatch(name={"he": "שלי"}),
            key="k",
        )


@pytest.mark.parametrize(
    "name", [{}, {"en": ""}, {"en": "\x00\u202e"}, {"en": "x" * 10_000}, {"not a language": "x"}]
)
async def test_a_name_that_cannot_be_shown_is_refused(ledger: Ledger, name: dict[str, str]):
    merchant_id = await a_merchant(ledger)
    with pytest.raises(Refused) as refused:
        await add_location(
            ledger, actor=a_manager(merchant_id), merchant_id=merchant_id, new=NewLocation(name=name), key="k"
        )
    assert refused.value.code in {"localised_malformed", "text_too_long"}


async def test_a_location_is_put_on_the_map_moved_and_taken_off(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    owner = a_manager(merchant_id)
    (place,) = await list_of(database, merchant_id)
    assert (place.latitude, place.longitude) == (None, None)

    async def change(key: str, **parts: float | None) -> list[str]:
        changed = await update_location(
            ledger,
            actor=owner,
            merchant_id=merchant_id,
            location_id=place.id,
            patch=LocationPatch(**parts),
            key=key,
        )
        return list(changed.facts["changed"])

    assert await change("k1", latitude=24.71361234567, longitude=46.6753) == ["latitude", "longitude"]
    (there,) = await list_of(database, merchant_id)
    assert (there.latitude, there.longitude) == (24.713612, 46.6753)
    assert await change("k2", latitude=24.713612, longitude=46.6753) == []
    assert await change("k3", latitude=None, longitude=None) == ["latitude", "longitude"]
    (gone,) = await list_of(database, merchant_id)
    assert (gone.latitude, gone.longitude) == (None, None)
    async with database.reading(merchant_id) as tx:
        told = (
            await tx.execute(
                sa.select(events.c.payload).where(events.c.type == "location.updated").order_by(events.c.id)
            )
        ).scalars()
    assert [payload["changed"] for payload in told] == [["latitude", "longitude"]] * 2


@pytest.mark.parametrize(
    "parts",
    [
        {"latitude": 24.7},
        {"longitude": 46.7},
        {"latitude": 24.7, "longitude": None},
        {"latitude": 91.0, "longitude": 0.0},
        {"latitude": 0.0, "longitude": -180.1},
    ],
)
async def test_half_a_place_or_one_off_the_earth_is_refused(
    ledger: Ledger, database: Database, parts: dict[str, float | None]
):
    merchant_id = await a_merchant(ledger)
    owner = a_manager(merchant_id)
    (place,) = await list_of(database, merchant_id)
    patch = LocationPatch(**parts)
    with pytest.raises(PositionMalformed):
        await update_location(
            ledger, actor=owner, merchant_id=merchant_id, location_id=place.id, patch=patch, key="k"
        )
    if None not in parts.values():
        new = NewLocation(name={"en": "X"}, **parts)
        with pytest.raises(PositionMalformed):
            await add_location(ledger, actor=owner, merchant_id=merchant_id, new=new, key="k")

"""A business begins and changes."""

import asyncio

import pytest
import sqlalchemy as sa

from cardamom.db.database import Database
from cardamom.kit.actor import SYSTEM
from cardamom.kit.errors import NotFound, NotPermitted
from cardamom.kit.ids import new_id
from cardamom.ledger.tables import events, feeds
from cardamom.ledger.writer import Ledger
from cardamom.merchants import queries
from cardamom.merchants.errors import SlugTaken
from cardamom.merchants.schemas import Brand, Merchant, MerchantPatch, NewMerchant, Preferences
from cardamom.merchants.service import create_merchant, update_merchant
from tests.merchants.builders import BARBER, CAFE, a_manager, a_merchant, a_server


async def read(database: Database, merchant_id: str) -> Merchant:
    async with database.reading(merchant_id) as tx:
        return await queries.merchant_by_id(tx, merchant_id)


async def test_a_new_business_has_names_a_feed_and_a_location(ledger: Ledger, database: Database):
    created = await create_merchant(ledger, actor=SYSTEM, new=CAFE)
    merchant_id = created.facts["merchant_id"]

    merchant = await read(database, merchant_id)
    assert (merchant.time_zone, merchant.currency, merchant.languages) == (
        "Africa/Cairo",
        "EGP",
        ["ar", "en"],
    )
    assert merchant.slug == "cardamom-cafe"
    assert len(merchant.handle) == 8
    async with database.unscoped_reading_of_the_directory() as tx:
        assert await queries.merchant_id_by_slug(tx, "cardamom-cafe") == merchant_id
        assert await queries.merchant_id_by_handle(tx, merchant.handle) == merchant_id
    assert await queries.merchant_by_slug(database, "cardamom-cafe") == merchant
    async with database.reading(merchant_id) as tx:
        (location,) = await queries.locations_of(tx, merchant_id)
        assert location.name == CAFE.name
        assert location.id == created.facts["location_id"]
        assert (await tx.execute(sa.select(feeds.c.position))).scalar_one() == 0
        told = (await tx.execute(sa.select(events.c.type).order_by(events.c.id))).scalars().all()
    assert told == ["merchant.created", "location.added"]


async def test_a_name_without_latin_letters_still_has_an_address(ledger: Ledger, database: Database):
    merchant = await read(database, await a_merchant(ledger, BARBER))
    assert merchant.slug.startswith("shop-")


async def test_two_businesses_of_one_name_have_two_addresses(ledger: Ledger, database: Database):
    both = await asyncio.gather(a_merchant(ledger), a_merchant(ledger))
    slugs = {(await read(database, merchant_id)).slug for merchant_id in both}
    assert len(slugs) == 2
    assert "cardamom-cafe" in slugs


async def test_a_slug_that_was_asked_for_is_not_replaced_by_another(ledger: Ledger):
    wanted = NewMerchant(name={"en": "One"}, language="en", region="GB", slug="the-one")
    await a_merchant(ledger, wanted)
    with pytest.raises(SlugTaken):
        await a_merchant(ledger, wanted)


async def test_only_the_software_begins_a_business(ledger: Ledger):
    with pytest.raises(NotFound):
        await create_merchant(ledger, actor=a_manager(new_id()), new=CAFE)


async def test_settings_change_and_say_which(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    changed = await update_merchant(
        ledger,
        actor=a_manager(merchant_id),
        merchant_id=merchant_id,
        patch=MerchantPatch(
            language="en", currency="EGP", brand=Brand(colour="#AA0000"), preferences=Preferences(weekend=[5])
        ),
        key="k1",
    )
    assert changed.facts == {"changed": ["brand", "language", "languages", "preferences"]}
    merchant = await read(database, merchant_id)
    assert merchant.languages == ["en", "ar"]
    assert merchant.brand.colour == "#aa0000"
    assert merchant.preferences.weekend == [5]
    assert merchant.time_zone == "Africa/Cairo"


async def test_the_own_language_stays_first_when_only_the_list_changes(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    await update_merchant(
        ledger,
        actor=a_manager(merchant_id),
        merchant_id=merchant_id,
        patch=MerchantPatch(languages=["en", "he"]),
        key="k1",
    )
    assert (await read(database, merchant_id)).languages == ["ar", "en", "he"]


async def test_saving_unchanged_settings_announces_nothing(ledger: Ledger, database: Database):
    merchant_id = await a_merchant(ledger)
    saved = await update_merchant(
        ledger,
        actor=a_manager(merchant_id),
        merchant_id=merchant_id,
        patch=MerchantPatch(name=CAFE.name, currency="EGP"),
        key="k1",
    )
    assert saved.facts == {"changed": []}
    async with database.reading(merchant_id) as tx:
        told = (await tx.execute(sa.select(events.c.type))).scalars().all()
    assert "merchant.updated" not in told


async def test_who_serves_changes_no_settings(ledger: Ledger):
    merchant_id = await a_merchant(ledger)
    with pytest.raises(NotPermitted):
        await update_merchant(
            ledger, actor=a_server(merchant_id), merchant_id=merchant_id, patch=MerchantPatch(), key="k1"
        )


async def test_a_stranger_finds_nothing(ledger: Ledger):
    ours = await a_merchant(ledger)
    theirs = await a_merchant(ledger, BARBER)
    with pytest.raises(NotFound):
        await update_merchant(
            ledger, actor=a_manager(theirs), merchant_id=ours, patch=MerchantPatch(currency="ILS"), key="k1"
        )


async def test_the_cache_forgets_what_changed_here_and_never_remembers_a_miss(
    ledger: Ledger, database: Database
):
    cache = queries.MerchantCache(database, seconds=60)
    merchant_id = await a_merchant(ledger)
    with pytest.raises(NotFound):
        await cache.merchant(new_id())
    assert (await cache.merchant(merchant_id)).currency == "EGP"
    await update_merchant(
        ledger,
        actor=a_manager(merchant_id),
        merchant_id=merchant_id,
        patch=MerchantPatch(currency="USD"),
        key="k1",
    )
    assert (await cache.merchant(merchant_id)).currency == "EGP"
    cache.forget(merchant_id)
    assert (await cache.merchant(merchant_id)).currency == "USD"


async def test_the_cache_notices_by_itself_after_its_time(ledger: Ledger, database: Database):
    cache = queries.MerchantCache(database, seconds=0.05)
    merchant_id = await a_merchant(ledger)
    await cache.merchant(merchant_id)
    await update_merchant(
        ledger,
        actor=a_manager(merchant_id),
        merchant_id=merchant_id,
        patch=MerchantPatch(currency="USD"),
        key="k1",
    )
    await asyncio.sleep(0.1)
    assert (await cache.merchant(merchant_id)).currency == "USD"

"""The settings, as an owner changes them without a script."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.db.database import Database
from cardamom.merchants.queries import locations_of, merchant_by_id
from cardamom.merchants.schemas import Location, Merchant
from tests.access.browser import Browser, forms_of
from tests.people import CAFE, Everybody

LANGUAGES = [("en", "ltr"), ("ar", "rtl"), ("fa", "rtl"), ("he", "rtl")]


async def stored(database: Database, people: Everybody) -> Merchant:
    async with database.reading(people.owner.merchant_id) as tx:
        return await merchant_by_id(tx, people.owner.merchant_id)


async def places(database: Database, people: Everybody) -> list[Location]:
    async with database.reading(people.owner.merchant_id) as tx:
        return await locations_of(tx, people.owner.merchant_id)


async def test_saving_what_is_there_changes_nothing(owner: Browser, people: Everybody, database: Database):
    before = await stored(database, people)
    for form in ("business", "brand", "preferences"):
        page = await owner.open("/app/settings")
        assert page.status_code == 200
        saved = await owner.submit(f"/app/settings/{form}")
        assert saved.headers["location"] == "/app/settings?saved=1"
    assert await stored(database, people) == before


async def test_the_business_changes(owner: Browser, people: Everybody, database: Database):
    await owner.open("/app/settings")
    await owner.submit(
        "/app/settings/business",
        {
            "name_en": "Cardamom House",
            "currency": "USD",
            "languages": ["ar", "en", "he"],
            "region": "AE",
            "time_zone": "Asia/Dubai",
        },
    )
    merchant = await stored(database, people)
    assert merchant.name == {"ar": CAFE.name["ar"], "en": "Cardamom House"}
    assert (merchant.currency, merchant.region, merchant.time_zone) == ("USD", "AE", "Asia/Dubai")
    assert merchant.languages == ["ar", "en", "he"]
    assert "Cardamom House" in (await owner.open("/app/settings?saved=1")).text


async def test_a_name_in_a_language_without_a_field_is_kept(
    owner: Browser, client: AsyncTestClient[Litestar], people: Everybody, database: Database
):
    page = await owner.open("/app/settings")
    token = forms_of(page.text)["/app/settings/business"]["csrf_token"]
    cookies = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    headers = {"Cookie": cookies, "X-CSRF-Token": token}
    french = {"name": {**CAFE.name, "fr": "Café Cardamome"}}
    assert (await client.patch("/api/v1/merchant", json=french, headers=headers)).status_code == 200
    await owner.open("/app/settings")
    await owner.submit("/app/settings/business", {"name_en": "Cardamom House"})
    assert (await stored(database, people)).name["fr"] == "Café Cardamome"


async def test_colours_change(owner: Browser, people: Everybody, database: Database):
    await owner.open("/app/settings")
    await owner.submit("/app/settings/brand", {"colour": "#AA3300"})
    assert (await stored(database, people)).brand.background is None
    await owner.open("/app/settings")
    await owner.submit("/app/settings/brand", {"has_background": "y", "background": "#FFEEDD"})
    brand = (await stored(database, people)).brand
    assert (brand.colour, brand.background) == ("#aa3300", "#ffeedd")


async def test_digits_and_calendar_change_every_page_at_once(
    owner: Browser, people: Everybody, database: Database
):
    await owner.open("/app/settings")
    await owner.submit(
        "/app/settings/preferences",
        {"numbering": "arabext", "calendar": "jalali", "first_weekday": "6", "weekend": ["5"]},
    )
    preferences = (await stored(database, people)).preferences
    assert (preferences.numbering, preferences.calendar) == ("arabext", "jalali")
    assert (preferences.first_weekday, preferences.weekend) == (6, [5])
    page = (await owner.open("/app/staff")).text
    assert any(digit in page for digit in "۰۱۲۳۴۵۶۷۸۹")
    await owner.open("/app/settings")
    await owner.submit(
        "/app/settings/preferences", {"numbering": "", "calendar": "", "first_weekday": "", "weekend": []}
    )
    assert (await stored(database, people)).preferences.weekend is None


@pytest.mark.parametrize(
    ("form", "fields", "words"),
    [
        ("business", {"name_ar": "", "name_en": ""}, "at least one language"),
        ("business", {"name_en": "x" * 101}, "longer than 100 characters"),
        ("business", {"region": "XX"}, "Not a valid choice."),
        ("business", {"time_zone": "../etc/passwd"}, "Not a valid choice."),
        ("business", {"languages": ["xx"]}, "not a valid choice"),
        ("brand", {"colour": "red; }"}, "This is not a colour."),
        ("preferences", {"weekend": ["9"]}, "not a valid choice"),
        ("preferences", {"numbering": "roman"}, "Not a valid choice."),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(
    owner: Browser, people: Everybody, database: Database, form: str, fields: dict[str, Any], words: str
):
    before = await stored(database, people)
    await owner.open("/app/settings")
    refused = await owner.submit(f"/app/settings/{form}", fields)
    assert refused.status_code == 422
    assert words in refused.text
    assert await stored(database, people) == before


async def test_a_location_opens_moves_closes_and_opens_again(
    owner: Browser, people: Everybody, database: Database
):
    await owner.open("/app/settings/locations/new")
    await owner.submit("/app/settings/locations", {"name_ar": "فرع الميناء", "address": "شارع البحر ١٢"})
    harbour = (await places(database, people))[-1]
    assert (harbour.name, harbour.address) == ({"ar": "فرع الميناء"}, "شارع البحر ١٢")
    path = f"/app/settings/locations/{harbour.id}"
    await owner.open(path)
    await owner.submit(path, {"name_en": "Harbour", "address": ""})
    moved = (await places(database, people))[-1]
    assert (moved.name, moved.address) == ({"ar": "فرع الميناء", "en": "Harbour"}, None)
    await owner.open(path)
    assert (await owner.submit(f"{path}/close")).status_code == 303
    assert "Closed" in (await owner.open("/app/settings")).text
    await owner.open(path)
    assert (await owner.submit(f"{path}/open")).status_code == 303
    assert (await places(database, people))[-1].closed_at is None


async def test_a_place_on_the_map_is_pasted_in_any_script(
    owner: Browser, people: Everybody, database: Database
):
    (only,) = await places(database, people)
    path = f"/app/settings/locations/{only.id}"
    await owner.open(path)
    refused = await owner.submit(path, {"position": "https://maps.app.goo.gl/AbCdEf"})
    assert refused.status_code == 422
    assert "Copy the two numbers from the map instead." in refused.text
    assert (await owner.submit(path, {"position": "٢٤٫٧١٣٦، ٤٦٫٦٧٥٣"})).status_code == 303
    (placed,) = await places(database, people)
    assert (placed.latitude, placed.longitude) == (24.7136, 46.6753)
    assert 'value="24.7136, 46.6753"' in (await owner.open(path)).text
    await owner.submit(path, {"position": " "})
    (gone,) = await places(database, people)
    assert (gone.latitude, gone.longitude) == (None, None)


async def test_the_last_location_says_why_it_stays(owner: Browser, people: Everybody, database: Database):
    (only,) = await places(database, people)
    await owner.open(f"/app/settings/locations/{only.id}")
    refused = await owner.submit(f"/app/settings/locations/{only.id}/close")
    assert refused.status_code == 409
    assert "at least one open location" in refused.text


async def test_the_same_form_sent_twice_adds_one_location(
    owner: Browser, people: Everybody, database: Database
):
    page = await owner.open("/app/settings/locations/new")
    for _time in range(2):
        owner.page = page
        await owner.submit("/app/settings/locations", {"name_ar": "فرع الميناء"})
    assert len(await places(database, people)) == 2


async def test_a_strangers_location_is_not_found(
    client: AsyncTestClient[Litestar], owner: Browser, people: Everybody, database: Database
):
    stranger = Browser(client)
    await stranger.sign_in(people.stranger)
    (ours,) = await places(database, people)
    assert (await stranger.open(f"/app/settings/locations/{ours.id}")).status_code == 404
    page = await stranger.open("/app/settings/locations/new")
    form = {**forms_of(page.text)["/app/settings/locations"], "name_he": "שלי"}
    for act in ("", "/close", "/open"):
        assert (await stranger.post(f"/app/settings/locations/{ours.id}{act}", form)).status_code == 404


async def test_who_serves_changes_no_settings(client: AsyncTestClient[Litestar], people: Everybody):
    darius = Browser(client)
    await darius.sign_in(people.staff)
    assert (await darius.open("/app/settings")).status_code == 403


PAGES = (
    "/app/settings",
    "/app/settings/locations/new",
    "/app/staff",
    "/app/staff/new",
    "/app/keys",
    "/app/keys/new",
    "/app/account",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "direction"), LANGUAGES)
async def test_every_page_reads_in_its_direction(owner: Browser, path: str, language: str, direction: str):
    page = await owner.open(f"{path}?lang={language}")
    assert page.status_code == 200
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert "<script>" not in page.text

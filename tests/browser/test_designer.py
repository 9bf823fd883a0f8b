"""The designer on a laptop: a picture is on the card as soon as it is chosen."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from cardamom.access.cookies import SESSION_COOKIE
from cardamom.programs.queries import program_by_id
from tests.browser.phones import Site, barriers, too_wide_by
from tests.kit.uploads import a_logo, a_photo, saved
from tests.people import LEILA
from tests.surface.house import own
from tests.world import World

LOGO = {"name": "logo.png", "mimeType": "image/png", "buffer": saved(a_logo(), "PNG")}
COVER = {"name": "shop.jpg", "mimeType": "image/jpeg", "buffer": saved(a_photo(), "JPEG")}
TEXT = {"name": "logo.png", "mimeType": "image/png", "buffer": b"not a picture"}


@pytest.fixture
async def laptop(chromium: Browser, site: Site, world: World) -> Page:
    """The owner's, signed in; the program's page is open."""
    context = await chromium.new_context(
        base_url=site.url, viewport={"width": 1280, "height": 900}, locale="en-GB"
    )
    session = await own(world, LEILA)
    await context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": site.url}])
    page = await context.new_page()
    await page.goto(f"/app/programs/{world.program_id}?lang=en")
    return page


async def test_a_logo_is_on_the_card_as_soon_as_it_is_chosen(laptop: Page, world: World) -> None:
    on_the_card = laptop.locator(".designer-preview image[href^='/art/pictures/']")
    await expect(on_the_card).to_have_count(0)
    await laptop.get_by_label("Logo").set_input_files(LOGO)
    await expect(on_the_card).to_have_count(1)
    assert await stored_logo(world) is None, "nothing is saved before the owner says so"
    await laptop.get_by_role("button", name="Save", exact=True).last.click()
    await expect(laptop.get_by_text("Saved.")).to_be_visible()
    assert await stored_logo(world) is not None
    assert await too_wide_by(laptop) == 0
    assert await barriers(laptop) == []


async def test_what_is_no_picture_says_so_at_its_field_and_loses_nothing(laptop: Page) -> None:
    await laptop.get_by_label("Stamps on a full card").fill("7")
    await laptop.get_by_label("Logo").set_input_files(TEXT)
    await expect(laptop.get_by_text("This is not a picture that we can read.")).to_be_visible()
    await expect(laptop.get_by_label("Stamps on a full card")).to_have_value("7")


async def test_a_picture_is_taken_away_again(laptop: Page, world: World) -> None:
    await laptop.get_by_text("More pictures").click()
    await laptop.get_by_label("Picture behind the stamps").set_input_files(COVER)
    shown = laptop.locator(".upload-shown")
    await expect(shown).to_have_count(1)
    await laptop.get_by_role("button", name="Remove", exact=True).click()
    await expect(shown).to_have_count(0)


async def stored_logo(world: World) -> str | None:
    async with world.database.reading(world.merchant_id) as tx:
        return (await program_by_id(tx, world.merchant_id, world.program_id)).design.logo

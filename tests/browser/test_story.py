"""The main job, clicked through in each of the four languages: join, scan, tenth stamp, voucher, redemption."""

import re

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from cardamom.cards.queries import CardRow
from cardamom.kit.languages import language as language_of
from cardamom.ledger.verify import verify
from tests.browser.phones import Site, scanned
from tests.browser.test_till import DEAD_TIME, scan, settle, sign_in
from tests.cards.shoppers import join_path
from tests.world import World


@pytest.mark.parametrize("code", ["en", "ar", "fa", "he"])
async def test_a_customer_joins_collects_and_drinks_a_coffee(
    site: Site, chromium: Browser, phone: BrowserContext, page: Page, world: World, code: str
) -> None:
    direction = language_of(code).direction
    await page.goto(f"{await join_path(world)}?lang={code}")
    await expect(page.locator("html")).to_have_attribute("dir", direction)
    await page.locator("button.button-primary:visible").last.click()
    await expect(page).to_have_url(re.compile(r"/c/"))
    await page.locator(".act-bar button[popovertarget=code]").first.click()
    card_code = await scanned(page.locator(".code-sheet-picture svg"))
    await page.keyboard.press("Escape")

    counter = await chromium.new_context(base_url=site.url, viewport={"width": 820, "height": 1180})
    await sign_in(counter, site, world, language=code)
    till = await counter.new_page()
    await till.goto(f"/till?lang={code}")
    await expect(till.locator("html")).to_have_attribute("dir", direction)
    await settle(till)
    for _stamp in range(8):
        await till.locator("[data-act=more]").click()
    await settle(till)
    await scan(till, card_code)
    await expect(till.locator("[data-text=word]")).to_be_visible()
    await expect(page.locator(".stamp-card")).to_be_visible()
    card = await _only_card(world)
    assert card.balance == 9

    # Ten seconds have to pass before the same device's scan is a second visit; another till's is one at once.
    tenth = await world.stamp(card.id)
    assert tenth.accepted
    [voucher] = (await world.card(card.id)).vouchers
    await page.goto(page.url.split("?")[0])
    await page.locator(f"a[href*='{voucher.id}']").first.click()
    voucher_code = await scanned(page.locator(".code-picture svg").first)

    await till.goto(f"/till?lang={code}")
    await settle(till)
    await scan(till, voucher_code)
    await settle(till)
    await till.locator(".till-acts .button-primary:visible").click(delay=DEAD_TIME)
    await till.wait_for_timeout(600)
    assert await _open_vouchers(world, card.id) == 0
    await counter.close()

    driver = await world.database.ledger_connect()
    async with driver:
        assert (await verify(driver)).is_sound


async def _only_card(world: World) -> CardRow:
    async with world.database.unscoped_writing_as_the_ledger() as tx:
        found = await tx.exec_driver_sql("select id from card")
        card_id = found.scalar_one()
    return await world.card(str(card_id))


async def _open_vouchers(world: World, card_id: str) -> int:
    return len((await world.card(card_id)).vouchers)

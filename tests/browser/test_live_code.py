"""A code that changes every half minute, on a phone: it is renewed, never kept, and veiled when it is over."""

from playwright.async_api import Browser, BrowserContext, Page, expect

from cardamom.programs.schemas import DesignPatch
from tests.browser.phones import Site, barriers, scanned, too_wide_by
from tests.browser.test_customer import stamp_at_the_till
from tests.cards.shoppers import change_program, page_of
from tests.world import World

PICTURE = "#live-code .code-sheet-picture svg"


async def a_live_card(world: World) -> tuple[str, str]:
    """(id, path of the page) of a card whose code rotates."""
    await change_program(world, design=DesignPatch(code="rotating"))
    card_id = await world.a_card()
    return card_id, await page_of(world, card_id)


async def test_the_sheet_shows_a_code_that_the_till_takes(
    site: Site, phone: BrowserContext, page: Page, world: World
) -> None:
    card_id, path = await a_live_card(world)
    await page.goto(path)
    await page.get_by_role("button", name="Show my code").click()
    await expect(page.locator(PICTURE)).to_be_visible()
    code = await scanned(page.locator(PICTURE))
    assert (len(code), code[0]) == (25, "4")
    await stamp_at_the_till(phone, world, code)
    assert (await world.card(card_id)).balance == 1
    assert await barriers(page) == []
    assert await too_wide_by(page) <= 0


async def test_the_code_is_renewed_while_the_sheet_is_open_and_rests_when_it_is_closed(
    site: Site, page: Page, world: World
) -> None:
    _card_id, path = await a_live_card(world)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/code") else None)
    await page.clock.install()
    await page.goto(path)
    await page.get_by_role("button", name="Show my code").click()
    await expect(page.locator(PICTURE)).to_be_visible()
    before = len(asked)
    async with page.expect_response("**/code"):
        await page.clock.fast_forward(31_000)
    await page.get_by_role("button", name="Close").click()
    asked.clear()
    await page.clock.fast_forward(120_000)
    # Once, or twice where a half minute of the server's clock ended just then.
    assert before in {1, 2}
    assert asked == []
    async with page.expect_response("**/code"):
        await page.get_by_role("button", name="Show my code").click()
    await expect(page.locator("#live-code .is-over")).to_have_count(0)


async def test_without_a_connection_an_old_code_is_veiled_and_the_number_helps(
    site: Site, phone: BrowserContext, page: Page, world: World
) -> None:
    _card_id, path = await a_live_card(world)
    await page.clock.install()
    await page.goto(path)
    await page.get_by_role("button", name="Show my code").click()
    await expect(page.locator(PICTURE)).to_be_visible()
    await phone.set_offline(True)
    await page.clock.fast_forward(31_000)
    await expect(page.get_by_text("No connection, so there is no new code.")).to_be_hidden()
    await page.clock.fast_forward(40_000)
    await expect(page.get_by_text("No connection, so there is no new code.")).to_be_visible()
    await expect(page.locator("#live-code .is-over")).to_have_count(1)
    await expect(page.get_by_text("Card number", exact=True)).to_be_visible()
    await phone.set_offline(False)
    await expect(page.get_by_text("No connection, so there is no new code.")).to_be_hidden()
    await expect(page.locator("#live-code .is-over")).to_have_count(0)


async def test_the_page_that_a_phone_keeps_has_no_code_in_it(site: Site, page: Page, world: World) -> None:
    _card_id, path = await a_live_card(world)
    await page.goto(path)
    await page.evaluate("navigator.serviceWorker.ready")
    await page.reload()
    await page.get_by_role("button", name="Show my code").click()
    await expect(page.locator(PICTURE)).to_be_visible()
    kept = await page.evaluate(
        """async () => {
          const found = [];
          for (const name of await caches.keys()) {
            for (const request of await (await caches.open(name)).keys()) {
              if (new URL(request.url).pathname.startsWith("/c/")) {
                found.push([request.url, await (await caches.match(request)).text()]);
              }
            }
          }
          return found;
        }"""
    )
    assert [url for url, _text in kept] == [f"{site.url}{path}"]
    assert "QR code of your card" not in kept[0][1]


async def test_without_a_script_the_code_has_a_page_that_renews_itself(
    site: Site, chromium: Browser, world: World
) -> None:
    _card_id, path = await a_live_card(world)
    context = await chromium.new_context(base_url=site.url, java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await page.goto(path)
    await page.get_by_role("button", name="Show my code").click()
    await page.get_by_role("link", name="Open the code").click()
    assert len(await scanned(page.locator(PICTURE))) == 25
    renewed = page.locator('meta[http-equiv="refresh"]')
    assert 1 <= int(await renewed.get_attribute("content") or "") <= 31
    await context.close()


async def test_the_page_of_the_code_renews_itself_with_a_script_too(
    site: Site, page: Page, world: World
) -> None:
    _card_id, path = await a_live_card(world)
    await page.clock.install()
    await page.goto(f"{path}/code")
    await expect(page.locator(PICTURE)).to_be_visible()
    assert await barriers(page) == []
    async with page.expect_response("**/code"):
        await page.clock.fast_forward(31_000)


async def test_a_fixed_code_has_that_page_too_and_stands_still(site: Site, page: Page, world: World) -> None:
    card_id = await world.a_card()
    await page.goto(f"{await page_of(world, card_id)}/code")
    assert (
        await scanned(page.locator(".code-page .code-sheet-picture svg")) == (await world.card(card_id)).code
    )
    assert await page.locator("#live-code").count() == 0

"""A customer with a phone: joins, watches a stamp land, uses a reward, and opens the card in the underground."""

import json
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from cardamom.access.permissions import Permission
from cardamom.cards.service import renew_link
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from cardamom.programs.schemas import RedeemCode, RewardTerms
from tests.browser.phones import Site, barriers, scanned, slide, too_wide_by
from tests.cards.shoppers import join_path, page_of
from tests.world import World, a_world

SELF = RewardTerms(redemption="self")


async def voucher_path(world: World) -> str:
    """The page of a voucher on a new, full card."""
    card_id = await world.a_card(stamps=10)
    [voucher] = (await world.card(card_id)).vouchers
    return f"{await page_of(world, card_id)}/vouchers/{voucher.id}"


async def stamp_at_the_till(phone: BrowserContext, world: World, code: str) -> None:
    """A scan through the server, which tells the pages that are open."""
    headers = await world.an_api_key(Permission.CARDS_STAMP, Permission.CARDS_READ)
    answer = await phone.request.post("/api/v1/scans", data={"code": code}, headers=headers)
    assert (await answer.json())["outcome"] == "accepted"


async def test_one_tap_gives_a_card_and_a_stamp_lands_while_one_looks(
    site: Site, phone: BrowserContext, page: Page, world: World
) -> None:
    await page.goto(await join_path(world))
    await page.get_by_role("button", name="Get my card").click()
    await expect(page.get_by_text("Your card is ready")).to_be_visible()
    await expect(page.get_by_role("img", name="0 of 10 stamps")).to_be_visible()
    await page.get_by_role("button", name="Show my code").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    code = await scanned(page.locator(".code-sheet-picture svg"))
    await page.get_by_role("button", name="Close").click()
    await stamp_at_the_till(phone, world, code)
    await expect(page.get_by_role("status").filter(has_text="1 stamp added")).to_be_visible()
    await expect(page.get_by_role("img", name="1 of 10 stamps")).to_be_visible()
    await expect(page.locator(".stamp-card-fresh .stamp-newest")).to_have_count(1)
    await expect(page.get_by_text("9 more stamps:")).to_be_visible()


@pytest.mark.parametrize("code", ["en", "ar"])
async def test_a_reward_is_used_by_sliding_in_the_direction_of_reading(
    site: Site, page: Page, ledger: Ledger, code: str
) -> None:
    path = await voucher_path(await a_world(ledger, terms=SELF))
    await page.goto(f"{path}?lang={code}")
    handle = page.get_by_role("slider")
    await handle.click(position={"x": 150, "y": 20})
    await expect(handle).to_have_value("0")
    await slide(page, handle)
    await expect(page.locator("#used")).to_be_visible()
    first = await page.locator("#clock").inner_text()
    await expect(page.locator("#clock")).not_to_have_text(first)
    await page.goto(path)
    await expect(page.locator("#used")).to_be_visible()


async def test_a_slide_that_is_let_go_uses_nothing(site: Site, page: Page, ledger: Ledger) -> None:
    await page.goto(await voucher_path(await a_world(ledger, terms=SELF)))
    handle = page.get_by_role("slider")
    box = await handle.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 30, box["y"] + 20)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 200, box["y"] + 20, steps=4)
    await page.mouse.up()
    await expect(handle).to_have_value("0")
    assert await page.locator("#used").count() == 0


async def test_a_reward_is_used_by_keyboard(site: Site, page: Page, ledger: Ledger) -> None:
    await page.goto(await voucher_path(await a_world(ledger, terms=SELF)))
    await page.get_by_role("slider").focus()
    await page.keyboard.press("End")
    assert await page.locator("#used").count() == 0, "reaching the end is not yet a yes"
    await page.keyboard.press("Enter")
    await expect(page.locator("#used")).to_be_visible()


async def test_everything_works_without_a_script(site: Site, chromium: Browser, ledger: Ledger) -> None:
    world = await a_world(ledger, terms=SELF)
    context = await chromium.new_context(base_url=site.url, java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await page.goto(await join_path(world))
    await page.get_by_role("button", name="Get my card").click()
    await expect(page.get_by_text("10 more stamps:")).to_be_visible()
    await page.get_by_role("button", name="Show my code").click()
    await expect(page.locator(".code-sheet-picture svg")).to_be_visible()
    await page.goto(await voucher_path(world))
    await expect(page.get_by_role("slider")).to_have_count(0)
    await page.get_by_text("Use without sliding").click()
    await page.get_by_role("button", name="Use it now").click()
    await expect(page.locator("#used")).to_be_visible()
    await context.close()


async def test_a_code_for_the_till_can_be_scanned_both_ways(site: Site, page: Page, ledger: Ledger) -> None:
    terms = RewardTerms(redemption="code", code=RedeemCode(kind="shared", text="4006381333931"))
    await page.goto(await voucher_path(await a_world(ledger, terms=terms)))
    await page.get_by_role("button", name="Show the code").click()
    await expect(page.locator("#till-code")).to_have_text("4006381333931")
    for picture in (".till-code-bars svg", ".till-code .code-picture svg"):
        assert await scanned(page.locator(picture)) == "4006381333931"


async def test_what_staff_scan_changes_under_the_customers_eyes(
    site: Site, phone: BrowserContext, page: Page, world: World
) -> None:
    await page.goto(await voucher_path(world))
    code = await scanned(page.locator(".voucher-code svg"))
    headers = await world.an_api_key(
        Permission.VOUCHERS_REDEEM, Permission.VOUCHERS_READ, Permission.CARDS_READ
    )
    async with page.expect_navigation():
        await phone.request.post("/api/v1/scans", data={"code": code, "action": "redeem"}, headers=headers)
    await expect(page.get_by_text("Used on")).to_be_visible()


async def test_the_card_opens_without_a_connection(
    site: Site, phone: BrowserContext, page: Page, world: World
) -> None:
    await page.goto(await page_of(world, await world.a_card(stamps=3)))
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.reload()
    await page.wait_for_function(
        "caches.open('cards-1').then((kept) => kept.keys()).then((all) => all.length > 0)"
    )
    await phone.set_offline(True)
    await page.reload()
    await expect(page.get_by_role("img", name="3 of 10 stamps")).to_be_visible()
    await expect(page.get_by_text("No connection.")).to_be_visible()
    await phone.set_offline(False)
    await expect(page.get_by_text("No connection.")).to_be_hidden()


async def test_nothing_is_kept_of_a_link_that_was_withdrawn(
    site: Site, phone: BrowserContext, page: Page, world: World
) -> None:
    card_id = await world.a_card()
    path = await page_of(world, card_id)
    await page.goto(path)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.reload()
    await renew_link(
        world.ledger, actor=world.owner, merchant_id=world.merchant_id, card_id=card_id, key=new_id()
    )
    await page.reload()
    await expect(page.get_by_text("This link does not open a card")).to_be_visible()
    kept = await page.evaluate("caches.open('cards-1').then((kept) => kept.keys()).then((all) => all.length)")
    assert kept == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["en", "ar", "fa", "he"])
async def test_nobody_is_kept_out(
    site: Site, chromium: Browser, ledger: Ledger, code: str, scheme: Any
) -> None:
    world = await a_world(ledger, terms=SELF)
    context = await chromium.new_context(
        base_url=site.url,
        viewport={"width": 320, "height": 640},
        color_scheme=scheme,
        reduced_motion="reduce",
        locale=code,
    )
    page = await context.new_page()
    voucher = await voucher_path(world)
    card = voucher.partition("/vouchers/")[0]
    found: dict[str, Any] = {}
    for path in (
        await join_path(world),
        f"{await join_path(world)}/lost",
        f"{card}?new=1",
        voucher,
        "/c/nothing",
    ):
        await page.goto(path)
        found[path] = [*await barriers(page), *(["too wide"] if await too_wide_by(page) > 0 else [])]
    await page.goto(voucher)
    await slide(page, page.get_by_role("slider"))
    await page.locator("#used").wait_for()
    found["used"] = await barriers(page)
    await context.close()
    assert not any(found.values()), json.dumps(found, indent=1)

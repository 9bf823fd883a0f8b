"""The owner adds a certificate in a browser; an iPhone is then offered its wallet, and a computer the way there."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from cardamom.access.cookies import SESSION_COOKIE
from tests.browser.phones import Site, barriers, scanned, too_wide_by
from tests.cards.shoppers import join_path, page_of
from tests.counter.staff import a_session
from tests.wallet.keys import a_pass_certificate, an_authority
from tests.world import World

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
LEAST_TARGET_PIXELS = 44


@pytest.fixture
async def iphone(chromium: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(
        base_url=site.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        locale="en-GB",
        user_agent=IPHONE,
    )
    yield context
    await context.close()


@pytest.fixture
async def desk(chromium: Browser, site: Site, world: World) -> AsyncIterator[BrowserContext]:
    """The owner's computer, signed in."""
    context = await chromium.new_context(
        base_url=site.url, viewport={"width": 1280, "height": 900}, locale="en-GB"
    )
    secret = await a_session(world, role="owner")
    await context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": site.url}])
    yield context
    await context.close()


async def give_certificate(page: Page, tmp_path: Path) -> None:
    """Through the page, with three files."""
    issued, files = a_pass_certificate(), tmp_path / "files"
    files.mkdir()
    for name, content in (
        ("pass.cer", issued.certificate_pem),
        ("pass.key", issued.key_pem),
        ("wwdr.cer", an_authority().wwdr_pem),
    ):
        (files / name).write_bytes(content)
    await page.goto("/app/wallet")
    await page.get_by_text("Add a certificate").click()
    await page.get_by_label("Certificate", exact=True).set_input_files(files / "pass.cer")
    await page.get_by_label("Private key").set_input_files(files / "pass.key")
    await page.get_by_label("Apple’s intermediate certificate").set_input_files(files / "wwdr.cer")
    await page.locator("#apple").get_by_role("button", name="Check and use").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()


async def test_an_owner_adds_a_certificate_and_an_iphone_is_offered_its_wallet(
    desk: BrowserContext, iphone: BrowserContext, world: World, tmp_path: Path
) -> None:
    card, phone = await page_of(world, await world.a_card(stamps=3)), await iphone.new_page()
    await phone.goto(card)
    await expect(phone.get_by_role("link", name="Add to Apple Wallet")).to_have_count(0)
    office = await desk.new_page()
    await give_certificate(office, tmp_path)
    await expect(office.get_by_text("pass.example.cafe")).to_be_visible()
    assert (await barriers(office), await too_wide_by(office)) == ([], 0)
    await phone.goto(card)
    badge = phone.get_by_role("link", name="Add to Apple Wallet")
    await expect(badge).to_be_visible()
    await expect(phone.get_by_role("link", name="Add to Google Wallet")).to_have_count(0)
    box = await badge.bounding_box()
    assert box is not None
    assert box["height"] >= LEAST_TARGET_PIXELS
    got = await phone.request.get(str(await badge.get_attribute("href")))
    assert got.headers["content-type"] == "application/vnd.apple.pkpass"
    with ZipFile(BytesIO(await got.body())) as bundle:
        assert "signature" in bundle.namelist()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["en", "ar"])
async def test_nobody_is_kept_from_the_buttons(
    desk: BrowserContext, chromium: Browser, site: Site, world: World, tmp_path: Path, code: str, scheme: str
) -> None:
    await give_certificate(await desk.new_page(), tmp_path)
    context = await chromium.new_context(
        base_url=site.url,
        viewport={"width": 320, "height": 700},
        color_scheme="dark" if scheme == "dark" else "light",
        user_agent=IPHONE,
    )
    page, card_id = await context.new_page(), await world.a_card(stamps=10)
    card = await page_of(world, card_id)
    [voucher] = (await world.card(card_id)).vouchers
    for path in (card, f"{card}/vouchers/{voucher.id}", await join_path(world)):
        await page.goto(f"{path}?lang={code}")
        assert (path, await barriers(page), await too_wide_by(page)) == (path, [], 0)
    await context.close()


async def test_a_computer_shows_the_way_to_the_phone(
    desk: BrowserContext, world: World, tmp_path: Path, site: Site
) -> None:
    page = await desk.new_page()
    await give_certificate(page, tmp_path)
    card = await page_of(world, await world.a_card(stamps=3))
    await page.goto(card)
    await expect(page.get_by_role("link", name="Add to Apple Wallet")).to_be_visible()
    await page.get_by_text("Add it with your phone").click()
    assert await scanned(page.locator(".wallets-elsewhere svg")) == f"{site.url}{card}/wallet"

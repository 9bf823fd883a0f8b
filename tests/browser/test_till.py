"""The till in the hands of staff: scan, type, see what happened, take it back, hand over a reward."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.async_api import BrowserContext, Locator, Page, Route, async_playwright, expect

from cardamom.access.cookies import SESSION_COOKIE
from cardamom.kit.digits import to_script
from cardamom.ledger.queries import journal_page
from cardamom.ledger.writer import Ledger
from cardamom.programs.rules import Earn
from cardamom.vouchers.queries import voucher_by_id
from tests.browser.phones import CHROMIUM, LAUNCH, Site, barriers, too_wide_by
from tests.counter.staff import a_session
from tests.world import World, a_world

#: The till takes no tap for this long after its screen changed: it was meant for the one before.
DEAD_TIME = 400

BURST = """([digits, shown]) => {
  for (const [place, key] of [...shown, "Enter"].entries()) {
    const code = key === "Enter" ? key : `Digit${digits[place]}`;
    const target = document.activeElement ?? document.body;
    const event = new KeyboardEvent("keydown", {key, code, bubbles: true, cancelable: true});
    if (target.dispatchEvent(event) && key === "Enter" && target.matches("button")) target.click();
  }
}"""


async def sign_in(context: BrowserContext, site: Site, world: World, *, language: str = "en") -> None:
    secret = await a_session(world, role="staff", language=language)
    await context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": site.url}])


@pytest.fixture
async def till(site: Site, phone: BrowserContext, page: Page, world: World) -> Page:
    """The till of the cafe on a phone, ready to scan."""
    await sign_in(phone, site, world)
    await open_till(page)
    return page


async def open_till(page: Page) -> None:
    await page.goto("/till")
    await settle(page)


async def settle(page: Page) -> None:
    await page.wait_for_timeout(DEAD_TIME)


async def scan(page: Page, digits: str, *, shown: str | None = None) -> None:
    """What a scanner that is a keyboard does; shown: the signs that the layout makes of the digits."""
    await page.evaluate(BURST, [digits, shown or digits])


def word(page: Page, text: str) -> Locator:
    """The word of the result. Between its parts may stand marks that keep directions apart."""
    parts = r"\W+".join(re.escape(part) for part in text.split())
    return page.locator("[data-text=word]").filter(has_text=re.compile(rf"^\W*{parts}\W*$"))


def act(page: Page, name: str) -> Locator:
    return page.locator(".till-acts").get_by_role("button", name=name)


async def balance_of(world: World, card_id: str) -> int:
    return (await world.card(card_id)).balance


async def test_a_number_is_typed_stamped_and_taken_back(till: Page, world: World) -> None:
    card = await world.card(await world.a_card(stamps=6))
    await act(till, "Keypad").click()
    for digit in card.number:
        await till.locator(f"#till-typed [data-digits='{digit}']").click()
    await till.get_by_role("button", name="Stamp or redeem").click()
    await expect(word(till, "7 of 10")).to_be_visible()
    await expect(till.get_by_role("status").filter(has_text="Stamped.")).to_have_count(1)
    assert await balance_of(world, card.id) == 7
    await settle(till)
    await act(till, "Undo").click()
    await expect(word(till, "Undone")).to_be_visible()
    await expect(till.locator("[data-text=detail]")).to_have_text(re.compile(r"6\W+of\W+10"))
    assert await balance_of(world, card.id) == 6


@pytest.mark.parametrize("numbering", ["latn", "arab", "arabext"])
async def test_a_scanner_works_wherever_the_focus_is(till: Page, world: World, numbering: str) -> None:
    card = await world.card(await world.a_card())
    await till.get_by_role("button", name="Sound").focus()
    await scan(till, card.code, shown=to_script(card.code, numbering))  # type: ignore[arg-type]
    await expect(word(till, "1 of 10")).to_be_visible()
    # The scanner's Enter pressed nothing.
    await expect(till.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "true")


async def test_the_same_card_twice_is_one_stamp(till: Page, world: World) -> None:
    card = await world.card(await world.a_card())
    await scan(till, card.code)
    await expect(word(till, "1 of 10")).to_be_visible()
    await scan(till, card.code)
    await expect(word(till, "Already stamped")).to_be_visible()
    assert await balance_of(world, card.id) == 1


async def test_a_refusal_says_why_and_when(
    till: Page, ledger: Ledger, phone: BrowserContext, site: Site
) -> None:
    world = await a_world(ledger, cooldown_seconds=900)
    await sign_in(phone, site, world)
    await open_till(till)
    card = await world.card(await world.a_card(stamps=1))
    await scan(till, card.code)
    await expect(word(till, "Not stamped")).to_be_visible()
    await expect(till.get_by_text("Next stamp from")).to_have_count(2)  # to be seen, and to be heard
    await scan(till, "999999")
    await expect(word(till, "Not found")).to_be_visible()


async def test_an_answer_that_is_lost_does_not_double_the_stamp(till: Page, world: World) -> None:
    card = await world.card(await world.a_card())
    keys: list[str] = []

    async def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        answer = await route.fetch()
        if len(keys) == 1:
            await route.abort("connectionreset")
        else:
            await route.fulfill(response=answer)

    await till.route("**/api/v1/scans", lose_the_first)
    await scan(till, card.code)
    await expect(word(till, "1 of 10")).to_be_visible()
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert await balance_of(world, card.id) == 1
    async with world.database.reading(world.merchant_id) as tx:
        assert len(await journal_page(tx, world.merchant_id, limit=9, kinds=["card.stamp"])) == 1


async def test_without_a_connection_the_act_in_hand_waits(
    till: Page, phone: BrowserContext, world: World
) -> None:
    card = await world.card(await world.a_card())
    await phone.set_offline(True)
    await expect(till.get_by_text("No connection")).to_be_visible()
    await scan(till, card.code)
    await expect(till.get_by_role("heading", name="Waiting for the connection")).to_be_visible()
    assert await balance_of(world, card.id) == 0
    await phone.set_offline(False)
    await expect(word(till, "1 of 10")).to_be_visible()
    await expect(till.get_by_text("No connection")).to_be_hidden()
    assert await balance_of(world, card.id) == 1


async def test_whoever_stops_waiting_hears_that_nothing_is_certain(
    till: Page, phone: BrowserContext, world: World
) -> None:
    card = await world.card(await world.a_card())
    await phone.set_offline(True)
    await scan(till, card.code)
    await expect(act(till, "Stop trying")).to_be_visible()
    await settle(till)
    await act(till, "Stop trying").click()
    await expect(word(till, "No answer")).to_be_visible()
    await phone.set_offline(False)


async def test_a_reward_is_handed_over_in_two_steps(till: Page, world: World) -> None:
    card = await world.card(await world.a_card(stamps=9))
    await scan(till, card.code)
    await expect(word(till, "Free coffee")).to_be_visible()
    await settle(till)
    await till.locator(".till-vouchers").get_by_role("button", name="Redeem").click()
    await expect(till.get_by_role("heading", name="Free coffee")).to_be_visible()
    [held] = (await world.card(card.id)).vouchers
    assert held.status == "active", "one tap is not a yes"
    await settle(till)
    await act(till, "Redeem").click()
    await expect(word(till, "Redeemed")).to_be_visible()
    assert (await world.card(card.id)).vouchers == []
    await settle(till)
    await act(till, "Undo").click()
    await expect(word(till, "Undone")).to_be_visible()
    assert [voucher.id for voucher in (await world.card(card.id)).vouchers] == [held.id]


async def test_a_voucher_that_is_scanned_is_offered_and_used_once(till: Page, world: World) -> None:
    [held] = (await world.card(await world.a_card(stamps=10))).vouchers
    async with world.database.reading(world.merchant_id) as tx:
        code = (await voucher_by_id(tx, world.merchant_id, held.id)).voucher.code
    await scan(till, code)
    await expect(till.get_by_role("heading", name="Free coffee")).to_be_visible()
    await settle(till)
    await act(till, "Redeem").dblclick()
    await expect(word(till, "Redeemed")).to_be_visible()
    await settle(till)
    await scan(till, code)
    await expect(word(till, "Not redeemed")).to_be_visible()
    await expect(till.locator("[data-text=detail]")).to_contain_text("already used at the counter")


async def test_several_stamps_are_chosen_before_the_scan(till: Page, world: World) -> None:
    card = await world.card(await world.a_card())
    for _stamp in range(3):
        await till.get_by_role("button", name="One stamp more").click()
    await scan(till, card.code)
    await expect(word(till, "4 of 10")).to_be_visible()
    await act(till, "Next").click(delay=DEAD_TIME)
    await expect(till.locator("[data-text=count]")).to_have_text("1")


async def test_a_shop_that_counts_money_asks_for_the_amount(
    site: Site, phone: BrowserContext, page: Page, ledger: Ledger
) -> None:
    world = await a_world(ledger, earn=Earn(per="amount", minor=5_000))
    await sign_in(phone, site, world)
    await open_till(page)
    card = await world.card(await world.a_card())
    await scan(page, card.code)
    amount = page.locator("#till-amount")
    await expect(amount.get_by_role("button", name="Stamp", exact=True)).to_be_disabled()
    for digits in ("1", "2", "5", "00"):
        await amount.locator(f"[data-digits='{digits}']").click()
    await expect(amount.locator("output")).to_contain_text("125.00")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("0")
    await expect(amount.locator("output")).to_contain_text("125.00")
    await amount.get_by_role("button", name="Stamp", exact=True).click()
    await expect(word(page, "2 of 10")).to_be_visible()
    assert await balance_of(world, card.id) == 2


async def test_a_session_that_ended_says_so_and_does_nothing(
    till: Page, phone: BrowserContext, world: World
) -> None:
    card = await world.card(await world.a_card())
    await phone.clear_cookies()
    await scan(till, card.code)
    await expect(till.get_by_role("heading", name="Signed out")).to_be_visible()
    await expect(till.get_by_role("link", name="Sign in")).to_have_attribute("href", "/signin?next=/till")
    assert await balance_of(world, card.id) == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("NotAllowedError", "This browser may not use the camera."),
        ("NotFoundError", "This device has no camera."),
        ("NotReadableError", "The camera does not start."),
    ],
)
async def test_a_camera_that_gives_no_picture_is_explained(till: Page, fault: str, words: str) -> None:
    refuse = f"async () => {{ throw new DOMException('No.', '{fault}'); }}"
    await till.evaluate(f"void (navigator.mediaDevices.getUserMedia = {refuse})")
    await act(till, "Camera").click()
    await expect(till.get_by_role("alert").filter(has_text=words)).to_be_visible()
    await expect(till.get_by_role("button", name="Try again")).to_be_visible()


@pytest.fixture
async def filming(site: Site, world: World, tmp_path: Path) -> AsyncIterator[tuple[Page, str]]:
    """A phone whose camera sees the code of a card, and the id of the card."""
    card = await world.card(await world.a_card())
    film = tmp_path / "code.y4m"
    write_film(film, card.code)
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*LAUNCH, *fake, f"--use-file-for-fake-video-capture={film}"]
        )
        context = await browser.new_context(base_url=site.url, permissions=["camera"], locale="en-GB")
        await sign_in(context, site, world)
        page = await context.new_page()
        await open_till(page)
        yield page, card.id
        await browser.close()


def write_film(path: Path, code: str) -> None:
    """One second of a QR code before a camera, as uncompressed video (YUV4MPEG2)."""
    picture = path.with_suffix(".png")
    segno.make(code, error="m").save(str(picture), scale=9, border=6)
    frame = Image.new("RGB", (640, 480), "white")
    with Image.open(picture) as qr:
        frame.paste(qr.convert("RGB"), ((640 - qr.width) // 2, (480 - qr.height) // 2))
    light, blue, red = frame.convert("YCbCr").split()
    half = (320, 240)
    one = b"FRAME\n" + light.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A0:0 C420jpeg\n" + one * 10)


async def test_a_code_before_the_camera_is_stamped_once(filming: tuple[Page, str], world: World) -> None:
    page, card_id = filming
    await act(page, "Camera").click()
    await expect(word(page, "1 of 10")).to_be_visible(timeout=20_000)
    await settle(page)
    await act(page, "Next").click()
    await expect(page.locator(".viewfinder")).to_be_visible()
    await page.wait_for_timeout(1_000)
    assert await balance_of(world, card_id) == 1, "it is still the same look at the same code"
    await act(page, "Camera").click()
    assert await page.evaluate("document.querySelector('video').srcObject") is None, "its light is out"


@pytest.mark.parametrize("code", ["en", "ar"])
@pytest.mark.parametrize("width", [320, 1180])
async def test_everybody_can_use_it(
    site: Site, phone: BrowserContext, page: Page, world: World, code: str, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 640})
    await sign_in(phone, site, world, language=code)
    await open_till(page)
    screens = page.locator("body")
    assert await barriers(page) == []
    await page.locator("[data-mode=typed]").click()
    assert await barriers(page) == []
    await settle(page)
    await page.locator("[data-mode=typed]").click()
    card = await world.card(await world.a_card(stamps=9))
    await scan(page, card.code)
    await expect(screens).to_have_attribute("data-screen", "result")
    assert (await barriers(page), await too_wide_by(page)) == ([], 0)
    await settle(page)
    await page.locator(".till-vouchers [data-act=offer]").click()
    await expect(screens).to_have_attribute("data-screen", "confirm")
    assert (await barriers(page), await too_wide_by(page)) == ([], 0)

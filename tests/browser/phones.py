"""What tests do with a phone: launch it, slide on it, scan it, look at it with the eyes of axe."""

import io
from pathlib import Path
from typing import Any

import msgspec
import zxingcpp
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Locator, Page

CHROMIUM = Path("/usr/bin/chromium")
LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


class Site(msgspec.Struct, frozen=True):
    """Where the server under test answers."""

    url: str


async def slide(page: Page, handle: Locator) -> None:
    """Bring the thumb of a slider to its other end, in the direction of the page."""
    box = await handle.bounding_box()
    assert box is not None
    near, far = box["x"] + 30, box["x"] + box["width"] - 6
    if await page.evaluate("document.dir") == "rtl":
        near, far = box["x"] + box["width"] - 30, box["x"] + 6
    height = box["y"] + box["height"] / 2
    await page.mouse.move(near, height)
    await page.mouse.down()
    await page.mouse.move((near + far) / 2, height, steps=4)
    await page.mouse.move(far, height, steps=4)
    await page.mouse.up()


async def scanned(picture: Locator) -> str:
    """What a scanner reads from a code on the screen."""
    image = Image.open(io.BytesIO(await picture.screenshot()))
    [found] = zxingcpp.read_barcodes(image)
    return str(found.text)


async def barriers(page: Page) -> list[str]:
    """What keeps somebody from using a page, by the rules of WCAG 2.2 AA that a machine can check."""
    await page.evaluate(
        "Promise.all(document.getAnimations().map((moving) => moving.finished.catch(() => {})))"
    )
    found: dict[str, Any] = (await Axe().run(page, options=_RULES)).response
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


async def too_wide_by(page: Page) -> int:
    """By how many pixels a page is wider than its window."""
    wide: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide

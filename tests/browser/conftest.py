"""A real server and a real Chromium: what a person with a phone sees and does."""

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.browser.phones import CHROMIUM, LAUNCH, Site

_READY_SECONDS = 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these drive a browser; without one they are skipped, except where one is promised."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists() and not os.environ.get("CARDAMOM_REQUIRE_BROWSER"):
                item.add_marker(pytest.mark.skip(reason=f"there is no {CHROMIUM}"))


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A web process of its own, as the supervisor starts it."""
    port = _free_port()
    site = Site(f"http://127.0.0.1:{port}")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "cardamom.cli.web_process", "127.0.0.1", str(port), "1"),
        env={
            **os.environ,
            "CARDAMOM_DATA": str(tmp_path),
            "CARDAMOM_DATABASE_URL": database_url,
            "CARDAMOM_BASE_URL": site.url,
            "CARDAMOM_SECRET_KEY": bytes(32).hex(),
        },
    )
    try:
        await _wait_until_ready(site, process)
        yield site
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=LAUNCH)
        yield browser
        await browser.close()


@pytest.fixture
async def phone(chromium: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    """A phone that speaks English."""
    context = await chromium.new_context(
        base_url=site.url, viewport={"width": 390, "height": 844}, has_touch=True, locale="en-GB"
    )
    yield context
    await context.close()


@pytest.fixture
async def page(phone: BrowserContext) -> AsyncIterator[Page]:
    """A tab in which nothing goes wrong: a script's error or a refusal of the policy fails the test."""
    page = await phone.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    yield page
    assert faults == []


def _free_port() -> int:
    """A port from 20000 on that nobody listens on."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


async def _wait_until_ready(site: Site, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as client:
        for _try in range(_READY_SECONDS * 10):
            if process.returncode is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            try:
                if (await client.get(f"{site.url}/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass  # not yet
            await asyncio.sleep(0.1)
    raise RuntimeError("the server did not become ready")

"""One's own password, and signing out everywhere."""

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.access.browser import Browser
from tests.people import DARIUS, Everybody

NEW = "blue-lantern-river"


@pytest.fixture
async def darius(client: AsyncTestClient[Litestar], people: Everybody) -> Browser:
    browser = Browser(client)
    browser.cookies["cardamom_language"] = "en"
    await browser.sign_in(people.staff)
    return browser


async def test_a_new_password_keeps_this_browser_in_and_puts_the_others_out(
    darius: Browser, client: AsyncTestClient[Litestar], people: Everybody
):
    phone = Browser(client)
    await phone.sign_in(people.staff)
    await darius.open("/app/account")
    changed = await darius.submit(
        "/app/account/password", {"current": DARIUS.password, "password": NEW, "password_again": NEW}
    )
    assert changed.headers["location"] == "/app/account?saved=1"
    assert "counts from now on" in (await darius.open("/app/account?saved=1")).text
    assert (await phone.open("/app/account")).status_code == 303
    await phone.open("/signin")
    assert (await phone.submit("/signin", {"login": "darius", "password": NEW})).status_code == 303


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"current": "wrong", "password": NEW, "password_again": NEW}, "The current password is wrong."),
        (
            {"current": DARIUS.password, "password": NEW, "password_again": "other"},
            "The two passwords differ.",
        ),
        (
            {"current": DARIUS.password, "password": "short", "password_again": "short"},
            "at least 10 characters",
        ),
        ({"current": "", "password": NEW, "password_again": NEW}, "Fill in this field."),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(
    darius: Browser, fields: dict[str, str], words: str
):
    await darius.open("/app/account")
    refused = await darius.submit("/app/account/password", fields)
    assert refused.status_code == 422
    assert words in refused.text
    assert NEW not in refused.text


async def test_the_current_password_cannot_be_guessed_for_long(darius: Browser):
    await darius.open("/app/account")
    for _try in range(11):
        refused = await darius.submit(
            "/app/account/password", {"current": "wrong", "password": NEW, "password_again": NEW}
        )
    assert "too many tries" in refused.text


async def test_signing_out_everywhere(darius: Browser, client: AsyncTestClient[Litestar], people: Everybody):
    phone = Browser(client)
    await phone.sign_in(people.staff)
    await darius.open("/app/account")
    assert (await darius.submit("/app/account/signout")).headers["location"] == "/signin"
    for browser in (darius, phone):
        assert (await browser.open("/app/account")).status_code == 303

"""The first start: one owner, made once, by somebody at this machine or with the printed token."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.access.passwords import Passwords
from cardamom.access.schemas import NewPerson
from cardamom.access.service import set_up
from cardamom.access.setup_token import SetupToken
from cardamom.access.tables import memberships, people
from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import merchant_by_id, merchant_id_by_slug
from cardamom.merchants.schemas import NewMerchant
from cardamom.merchants.tables import locations, merchants
from cardamom.web.assembly import register_all
from tests.access.browser import Browser

ANSWERS = {
    "business": "Cardamom Café",
    "language": "en",
    "region": "GB",
    "name": "Leila",
    "login": "Leila@Cafe.Example",
    "password": "seven-tall-minarets",
    "password_again": "seven-tall-minarets",
}


@pytest.fixture
async def other_ledger(database: Database) -> AsyncIterator[Ledger]:
    ledger = Ledger(database)
    register_all(ledger, LinkMaker(bytes(32), lambda: "https://cards.example.org"))
    await ledger.start()
    yield ledger
    await ledger.stop()


@pytest.fixture
def token(settings: Settings) -> str:
    return SetupToken(settings.data).ensure()


async def test_it_makes_the_business_and_its_owner_and_signs_in(
    browser: Browser, token: str, database: Database
):
    page = await browser.open(f"/setup?token={token}")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    done = await browser.submit("/setup", ANSWERS)
    assert (done.status_code, done.headers["location"]) == (303, "/app")
    async with database.unscoped_reading_of_the_directory() as tx:
        merchant_id = await merchant_id_by_slug(tx, "cardamom-cafe")
        assert (await tx.execute(sa.select(people.c.login))).scalar_one() == "leila@cafe.example"
    async with database.reading(merchant_id) as tx:
        merchant = await merchant_by_id(tx, merchant_id)
    assert (merchant.time_zone, merchant.currency) == ("Europe/London", "GBP")
    assert (await browser.open("/app/staff")).status_code == 200


async def test_afterwards_there_is_no_such_page(browser: Browser, token: str, settings: Settings):
    await browser.open(f"/setup?token={token}")
    await browser.submit("/setup", ANSWERS)
    assert (await browser.open(f"/setup?token={token}")).status_code == 404
    assert not SetupToken(settings.data).matches(token)


async def test_of_many_at_once_exactly_one_wins(
    database: Database, ledger: Ledger, passwords: Passwords, other_ledger: Ledger
):
    """Two processes, each with its own ledger."""
    tries = [
        set_up(
            (ledger, other_ledger)[number % 2],
            passwords=passwords,
            merchant=NewMerchant(name={"en": f"Café {number}"}, language="en", region="GB"),
            owner=NewPerson(
                name="Leila", login=f"owner{number}", password="seven-tall-minarets", language="en"
            ),
        )
        for number in range(8)
    ]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadySetUp"] * 7 + ["Outcome"]
    async with database.unscoped_writing_as_the_ledger() as tx:
        for table in (people, memberships, merchants, locations):
            assert (await tx.execute(sa.select(sa.func.count()).select_from(table))).scalar_one() == 1


async def test_who_comes_second_is_sent_away(client: AsyncTestClient[Litestar], token: str):
    browsers = [Browser(client) for _visitor in range(2)]
    for browser in browsers:
        await browser.open(f"/setup?token={token}")
    first = await browsers[0].submit("/setup", ANSWERS)
    assert first.headers["location"] == "/app"
    assert (await browsers[1].submit("/setup", {**ANSWERS, "login": "second"})).status_code == 404


async def test_from_elsewhere_it_needs_the_token(browser: Browser, token: str):
    assert (await browser.open("/setup")).status_code == 403
    assert (await browser.open("/setup?token=wrong")).status_code == 403
    await browser.open(f"/setup?token={token}")
    assert (await browser.submit("/setup", {**ANSWERS, "token": "wrong"})).status_code == 403


async def test_a_country_with_several_time_zones_asks_for_one(
    browser: Browser, token: str, database: Database
):
    await browser.open(f"/setup?token={token}")
    asked = await browser.submit("/setup", {**ANSWERS, "region": "DE"})
    assert asked.status_code == 422
    assert "several time zones" in asked.text
    assert ">Berlin<" in asked.text
    assert "seven-tall-minarets" not in asked.text
    done = await browser.submit("/setup", {**ANSWERS, "region": "DE", "time_zone": "Europe/Berlin"})
    assert done.status_code == 303
    async with database.unscoped_reading_of_the_directory() as tx:
        merchant_id = await merchant_id_by_slug(tx, "cardamom-cafe")
    async with database.reading(merchant_id) as tx:
        assert (await merchant_by_id(tx, merchant_id)).time_zone == "Europe/Berlin"


async def test_a_time_zone_of_another_country_does_not_count(
    browser: Browser, token: str, database: Database
):
    await browser.open(f"/setup?token={token}")
    await browser.submit("/setup", {**ANSWERS, "time_zone": "Europe/Berlin"})
    async with database.unscoped_reading_of_the_directory() as tx:
        merchant_id = await merchant_id_by_slug(tx, "cardamom-cafe")
    async with database.reading(merchant_id) as tx:
        assert (await merchant_by_id(tx, merchant_id)).time_zone == "Europe/London"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("business", "", "Fill in this field."),
        ("business", "\u202e\u200f", "at least one language"),
        ("business", "x" * 10_000, "longer than 100 characters"),
        ("region", "", "Choose one."),
        ("region", "XX", "Not a valid choice."),
        ("language", "fr", "Not a valid choice."),
        ("name", "\x00", "Give a name"),
        ("login", "not an address", "A login is an e-mail address"),
        ("password_again", "another", "The two passwords differ."),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(
    browser: Browser, token: str, field: str, value: str, words: str
):
    await browser.open(f"/setup?token={token}")
    refused = await browser.submit("/setup", {**ANSWERS, field: value})
    assert refused.status_code == 422
    assert words in refused.text


@pytest.mark.parametrize(
    ("password", "words"), [("short", "at least 10 characters"), ("1234567890", "easy to guess")]
)
async def test_a_weak_password_is_refused(browser: Browser, token: str, password: str, words: str):
    await browser.open(f"/setup?token={token}")
    refused = await browser.submit("/setup", {**ANSWERS, "password": password, "password_again": password})
    assert refused.status_code == 422
    assert words in refused.text


@pytest.mark.parametrize(
    ("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("fa", "rtl"), ("he", "rtl")]
)
async def test_it_speaks_four_languages(
    client: AsyncTestClient[Litestar], token: str, language: str, direction: str
):
    page = await Browser(client, language=language).open(f"/setup?token={token}")
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert f"?lang=fa&amp;token={token}" in page.text


async def test_without_anybody_sign_in_leads_to_set_up(browser: Browser):
    answer = await browser.open("/signin")
    assert (answer.status_code, answer.headers["location"]) == (303, "/setup")


def test_the_token_is_the_same_for_every_process_and_for_this_user_only(settings: Settings):
    first = SetupToken(settings.data)
    token = first.ensure()
    assert SetupToken(settings.data).ensure() == token
    assert (settings.data / "setup.token").stat().st_mode & 0o777 == 0o600
    first.discard()
    first.discard()
    assert not first.matches(token)
    assert not first.matches("")

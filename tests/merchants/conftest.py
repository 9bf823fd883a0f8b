"""The owner of the cafe at the settings."""

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.access.passwords import Passwords
from cardamom.db.database import Database
from cardamom.ledger.writer import Ledger
from tests.access.browser import Browser
from tests.people import Everybody, introduce


@pytest.fixture
async def people(ledger: Ledger, database: Database) -> Everybody:
    return await introduce(ledger, database, passwords=Passwords(memory_kib=64))


@pytest.fixture
async def owner(client: AsyncTestClient[Litestar], people: Everybody) -> Browser:
    """The owner's browser, signed in; its reader chose English."""
    browser = Browser(client)
    browser.cookies["cardamom_language"] = "en"
    await browser.sign_in(people.owner)
    return browser

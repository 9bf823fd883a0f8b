"""Pools of codes in the dashboard."""

import pytest

from cardamom.kit.languages import SUPPORTED, language
from cardamom.vouchers import queries
from cardamom.vouchers.schemas import MAX_CODES, Pool
from tests.counter.staff import a_visitor
from tests.customers.visitors import Client, Visitor
from tests.page_forms import submit
from tests.world import BARBER, World, a_world

LIST = "/app/pools"


@pytest.fixture
async def browser(world: World, client: Client) -> Visitor:
    return await a_visitor(world, client, role="manager")


@pytest.fixture
async def path(browser: Visitor) -> str:
    """The address of an empty pool."""
    made = await submit(browser, await browser.get(LIST), LIST, {"name": "أكواد التوصيل"})
    assert made.status_code == 303
    return made.headers["location"]


async def the_pool(world: World) -> Pool:
    async with world.database.reading(world.merchant_id) as tx:
        (pool,) = await queries.pools_of(tx, world.merchant_id)
    return pool


@pytest.mark.parametrize("code", SUPPORTED)
async def test_every_page_speaks_every_language(browser: Visitor, path: str, code: str) -> None:
    for address in (LIST, path):
        page = await browser.get(f"{address}?lang={code}")
        assert page.status_code == 200
        assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_a_pool_needs_a_name(browser: Visitor) -> None:
    sent = await submit(browser, await browser.get(LIST), LIST, {"name": "  "})
    assert sent.status_code == 422
    assert 'id="name-error"' in sent.text


async def test_codes_are_typed_and_what_is_not_taken_is_told(
    browser: Visitor, world: World, path: str
) -> None:
    typed = {"codes": "GIFT-1\r\nGIFT-2\r\n\r\nGIFT-1\r\nقهوة\r\n GIFT-3 "}
    page = await browser.get(path)
    first = await submit(browser, page, path, typed, lang="en")
    again = await submit(browser, page, path, typed, lang="en")
    for told in (first, again):
        assert told.status_code == 200
        assert "3 codes were added." in told.text
        assert "2 lines were not taken" in told.text
        assert "This code is already in the pool." in told.text
        assert "A code has 1 to 48 letters" in told.text
    assert (await the_pool(world)).left == 3


@pytest.mark.parametrize(
    "table",
    [
        b"code,made\nA-1,2026-01-01\nA-2,2026-01-01\n",
        b"A-1;x\r\nA-2;y\r\n",
        b"\xef\xbb\xbfCODE\tday\nA-1\tMon\nA-2\tTue",
        b'"A-1"\n"A-2"\n',
    ],
)
async def test_of_a_table_the_first_column_is_taken(
    browser: Visitor, world: World, path: str, table: bytes
) -> None:
    files = {"file": ("codes.csv", table, "text/csv")}
    told = await submit(browser, await browser.get(path), path, lang="en", files=files)
    assert "2 codes were added." in told.text
    assert (await the_pool(world)).left == 2


@pytest.mark.parametrize(
    ("typed", "file", "sentence"),
    [
        ("", b"", "Write at least one code, or choose a file."),
        ("", b"PK\x03\x04\xff\xfe", "This file is not text."),
        ("", b"A" * 200_000, "This table could not be read."),
        ("", b"".join(b"%d\n" % n for n in range(MAX_CODES + 1)), "At most 10,000 codes"),
    ],
)
async def test_a_file_that_makes_no_sense_is_told(
    browser: Visitor, world: World, path: str, typed: str, file: bytes, sentence: str
) -> None:
    files = {"file": ("codes.csv", file, "text/csv")}
    told = await submit(browser, await browser.get(path), path, {"codes": typed}, lang="en", files=files)
    assert told.status_code == 422
    assert sentence in told.text
    assert (await the_pool(world)).left == 0


async def test_more_codes_than_other_fields_take_are_read_whole(
    browser: Visitor, world: World, path: str
) -> None:
    typed = "\n".join(f"LONG-CODE-{n:06d}" for n in range(2_000))
    told = await submit(browser, await browser.get(path), path, {"codes": typed}, lang="en")
    assert "2,000 codes were added." in told.text
    assert (await the_pool(world)).left == 2_000


async def test_the_owner_is_warned_in_time(browser: Visitor, path: str) -> None:
    assert "There are no codes left." in (await browser.get(f"{path}?lang=en")).text
    await submit(browser, await browser.get(path), path, {"codes": "A-1\nA-2"})
    assert "Few codes are left." in (await browser.get(f"{path}?lang=en")).text
    assert "Few left" in (await browser.get(f"{LIST}?lang=en")).text
    codes = "\n".join(f"B-{n}" for n in range(30))
    await submit(browser, await browser.get(path), path, {"codes": codes})
    assert "Few" not in (await browser.get(f"{LIST}?lang=en")).text


async def test_staff_look_and_a_stranger_finds_nothing(world: World, client: Client, path: str) -> None:
    staff = await a_visitor(world, client, role="staff")
    for address in (LIST, path):
        page = await staff.get(address)
        assert page.status_code == 200
        assert f'action="{LIST}' not in page.text
    stranger = await a_visitor(await a_world(world.ledger, new=BARBER), client, role="owner")
    assert (await stranger.get(path)).status_code == 404
    assert "أكواد التوصيل" not in (await stranger.get(LIST)).text

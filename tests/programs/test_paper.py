"""What is printed: the right code, in the shop's own language, whoever prints it."""

import io

import pytest
import zxingcpp
from PIL import Image

from cardamom.db.database import Database
from cardamom.ledger.writer import Ledger
from cardamom.programs.join_codes import join_code_png
from tests.customers.visitors import Client, Visitor, browser_of
from tests.people import Everybody
from tests.programs.builders import a_program


@pytest.fixture
async def browser(database: Database, client: Client, people: Everybody) -> Visitor:
    return await browser_of(database, client, people.owner)


@pytest.fixture
async def path(ledger: Ledger, database: Database, people: Everybody) -> str:
    program = await a_program(ledger, database, people.owner, slug="hello-cafe")
    return f"/app/programs/{program.id}"


def test_the_picture_is_the_join_link() -> None:
    url = "https://cards.example.org/j/hello-cafe"
    image = Image.open(io.BytesIO(join_code_png(url)))
    assert min(image.size) > 800
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [url]


async def test_the_code_is_downloaded_as_a_file(browser: Visitor, path: str) -> None:
    svg = await browser.get(f"{path}/join-code.svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert svg.headers["content-disposition"] == 'attachment; filename="hello-cafe.svg"'
    assert svg.text.startswith("<svg xmlns=")
    png = await browser.get(f"{path}/join-code.png")
    assert png.headers["content-type"] == "image/png"
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.content)))
    assert code.text == "https://cards.example.org/j/hello-cafe"


@pytest.mark.parametrize("sheet", ["large", "small", "poster", "stickers"])
async def test_a_sheet_speaks_the_language_of_the_shop(browser: Visitor, path: str, sheet: str) -> None:
    page = await browser.get(f"{path}/print/{sheet}?lang=en")
    assert '<html lang="en" dir="ltr">' in page.text
    assert page.text.count('lang="ar" dir="rtl"') == (15 if sheet == "stickers" else 1)
    assert "مقهى الهيل" in page.text


async def test_another_language_of_the_shop_can_be_asked_for(browser: Visitor, path: str) -> None:
    page = await browser.get(f"{path}/print/large?lang=ar&in=en")
    assert 'lang="en" dir="ltr"' in page.text
    assert "Cardamom Café" in page.text
    foreign = await browser.get(f"{path}/print/large?in=he")
    assert 'lang="he"' not in foreign.text


async def test_there_are_no_other_sheets(browser: Visitor, path: str) -> None:
    assert (await browser.get(f"{path}/print/billboard")).status_code == 404

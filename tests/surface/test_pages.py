"""Every page, in every language: it comes up for the owner, says which way it reads, has nothing inline or foreign."""

from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.kit.languages import SUPPORTED
from cardamom.ledger.writer import Ledger
from tests.people import DAVID
from tests.surface.house import House, open_house, own
from tests.surface.page_reader import PageReader
from tests.surface.routes import API, Operation, operations
from tests.world import BARBER, a_world

Client = AsyncTestClient[Litestar]

DIRECTIONS = {"en": "ltr", "ar": "rtl", "fa": "rtl", "he": "rtl"}

#: Where an owner who is signed in does not stay.
LEADS_ON = {
    "/": 303,
    "/signin": 303,
    "/setup": 404,
    # On to the wallet of the phone, or to Google with the pass.
    "/c/{token}/wallet": 303,
    "/c/{token}/google": 303,
    "/c/{token}/vouchers/{voucher_id}/wallet": 303,
    "/c/{token}/vouchers/{voucher_id}/google": 303,
}
#: Never ends by itself: a page listens to it.
STREAMS = {"/c/{token}/live"}
#: Parts of pages, which htmx or a script puts into one.
FRAGMENTS = {"/c/{token}/body"}
FOR_PROGRAMS = (API, "/apple/", "/google/", "/static/", "/robots.txt", "/healthz", "/readyz", "/metrics")


@pytest.fixture
async def house(client: Client, ledger: Ledger) -> House:
    return await open_house(client, ledger)


def pages(client: Client) -> list[Operation]:
    """Everything that a person or their browser can open by its address."""
    return [
        each
        for each in operations(client.app)
        if each.method == "GET" and not each.path.startswith(FOR_PROGRAMS) and each.path not in STREAMS
    ]


@pytest.mark.parametrize("lang", SUPPORTED)
async def test_every_page_comes_up_in_every_language(client: Client, house: House, lang: str) -> None:
    seen = 0
    for operation in pages(client):
        page = await house.open(operation.at(house.named), lang=lang)
        assert page.status == LEADS_ON.get(operation.path, 200), (operation.name, page.text[:300])
        if not page.is_html or operation.path in FRAGMENTS:
            continue
        reader = PageReader(page.text)
        assert reader.lang.partition("-")[0] == lang, operation.name
        assert reader.dir == DIRECTIONS[lang], operation.name
        assert reader.faults == [], operation.name
        assert reader.title.strip(), operation.name
        seen += 1
    assert seen > 35


async def test_every_page_and_picture_answers_head_as_it_answers_get(client: Client, house: House) -> None:
    """Link checkers and previews ask with HEAD."""
    for operation in pages(client):
        path = operation.at(house.named)
        got, looked = await house.open(path, lang="en"), await house.look(path, lang="en")
        assert (looked.status, looked.media_type) == (got.status, got.media_type), operation.name
        assert looked.text == "", operation.name


async def test_no_page_is_forgotten_by_the_translators(client: Client, house: House) -> None:
    """A page whose words are in no catalog would pass the tests above in English."""
    for operation in pages(client):
        found = [await house.open(operation.at(house.named), lang=lang) for lang in SUPPORTED]
        if found[0].is_html:
            words = {PageReader(page.text).words for page in found}
            assert len(words) == len(SUPPORTED), operation.name


@pytest.mark.parametrize("lang", SUPPORTED)
@pytest.mark.parametrize(
    ("path", "status"),
    [("/setup", 403), ("/nowhere", 404), ("/app/nowhere", 404), ("/c/nonsense", 404), ("/j/nonsense", 404)],
)
async def test_a_closed_door_speaks_every_language(client: Client, path: str, status: int, lang: str) -> None:
    answer = await client.get(f"{path}?lang={lang}", follow_redirects=False)
    reader = PageReader(answer.text)
    assert (answer.status_code, reader.lang, reader.dir) == (status, lang, DIRECTIONS[lang])
    assert reader.faults == []


@pytest.mark.parametrize("lang", SUPPORTED)
async def test_the_sign_in_page_speaks_every_language(client: Client, house: House, lang: str) -> None:
    client.cookies.clear()
    reader = PageReader((await client.get(f"/signin?lang={lang}")).text)
    assert (reader.lang, reader.dir, reader.faults) == (lang, DIRECTIONS[lang], [])


async def test_nobody_sees_a_page_of_the_dashboard(client: Client, house: House) -> None:
    client.cookies.clear()
    for operation in pages(client):
        if operation.path.startswith(("/app", "/till")) and operation.permission != "public":
            answer = await client.get(operation.at(house.named), follow_redirects=False)
            assert answer.status_code == 303, operation.name
            assert answer.headers["location"].startswith("/signin"), operation.name


async def test_a_stranger_opens_no_page_about_our_things(
    client: Client, ledger: Ledger, house: House
) -> None:
    """The owner of the barber's has the same pages, and none of them shows anything of the cafe."""
    session = await own(await a_world(ledger, new=BARBER), DAVID)
    stranger = House(client, session, house.named)
    seen = 0
    for operation in pages(client):
        if operation.path.startswith("/app/"):
            page = await stranger.open(operation.at(house.named), lang="en")
            assert page.status == (404 if "{" in operation.path else 200), operation.name
            ids = [value for name, value in house.named.items() if name.endswith("_id")]
            assert "{" in operation.path or not [each for each in ids if each in page.text], operation.name
            seen += 1
    assert seen > 30


def test_what_a_page_may_not_have_is_found() -> None:
    wrong = Path(__file__).with_name("wrong_page.html").read_text(encoding="utf-8")
    assert PageReader(wrong).faults == [
        "an inline style in <style>",
        "an inline style in <p>",
        "an inline script",
        "onclick in <button>",
        "a href=javascript:alert(1)",
        "img src=https://elsewhere.example/pixel.gif",
        "form action=//elsewhere.example/",
    ]

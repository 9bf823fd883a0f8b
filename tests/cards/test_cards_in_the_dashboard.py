"""Staff find a card, see what happened to it, and give a lost one a new link."""

import io
import re

import pytest
import resvg_py
import zxingcpp
from httpx import Response
from PIL import Image

from cardamom.access.csrf import FIELD
from cardamom.access.passwords import Passwords
from cardamom.customers.contacts import Contact
from cardamom.db.database import Database
from cardamom.kit.codes import grouped
from cardamom.kit.ids import is_id, new_id
from cardamom.kit.languages import SUPPORTED, language
from cardamom.ledger.writer import Ledger
from cardamom.programs.rules import Rules
from tests.cards.shoppers import Client, page_of, words_of
from tests.customers.visitors import Visitor, browser_of
from tests.people import Everybody, introduce
from tests.programs.builders import a_program, a_reward
from tests.world import World

LIST = "/app/cards"
LEILA = Contact(name="ليلى حداد", phone="+201001234567")


@pytest.fixture
async def people(ledger: Ledger, database: Database) -> Everybody:
    return await introduce(ledger, database, passwords=Passwords(memory_kib=64))


@pytest.fixture
async def cafe(ledger: Ledger, database: Database, people: Everybody) -> World:
    """The owner's cafe with a program."""
    reward = await a_reward(ledger, database, people.owner)
    rules = Rules(goal=10, reward=reward.id, cooldown_seconds=0, daily_cap=None)
    program = await a_program(ledger, database, people.owner, rules=rules)
    return World(ledger, people.owner.merchant_id, program.id, reward.id)


@pytest.fixture
async def owner(database: Database, client: Client, people: Everybody) -> Visitor:
    return await browser_of(database, client, people.owner)


async def look(visitor: Visitor, path: str) -> Response:
    return await visitor.get(f"{path}{'&' if '?' in path else '?'}lang=en")


def scanned(page: Response) -> str:
    """What a camera reads from the QR code on a page."""
    [drawn] = re.findall(r'<svg[^>]* role="img".*?</svg>', page.text)
    picture = resvg_py.svg_to_bytes(svg_string=drawn, width=400)
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return str(found.text)


@pytest.mark.parametrize("code", SUPPORTED)
async def test_every_page_speaks_every_language(owner: Visitor, cafe: World, code: str) -> None:
    card_id = await cafe.a_card(stamps=12, contact=LEILA)
    for path in (LIST, f"{LIST}?q=nobody", f"{LIST}/{card_id}", f"{LIST}/{card_id}/link"):
        page = await owner.get(f"{path}{'&' if '?' in path else '?'}lang={code}")
        assert page.status_code == 200, page.text
        assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_an_empty_shop_is_told_how_cards_come(owner: Visitor, cafe: World) -> None:
    page = await look(owner, LIST)
    assert "No cards yet" in words_of(page)
    assert 'href="/app/programs"' in page.text


async def test_the_list_says_who_and_how_far(owner: Visitor, cafe: World) -> None:
    card_id = await cafe.a_card(stamps=12, contact=LEILA)
    page = await look(owner, LIST)
    assert f'href="{LIST}/{card_id}"' in page.text
    words = words_of(page)
    assert "ليلى حداد" in words
    assert "2 of 10" in words


@pytest.mark.parametrize(
    "typed", ["ليلي", "حداد", "0100 123 4567", "٠١٠٠١٢٣٤٥٦٧", "number", "beginning", "code"]
)
async def test_a_card_is_found_by_whatever_staff_were_told(owner: Visitor, cafe: World, typed: str) -> None:
    card = await cafe.card(await cafe.a_card(contact=LEILA))
    other = await cafe.a_card(contact=Contact(name="Sam", phone="+442079460123"))
    said = {"number": grouped(card.number), "beginning": card.number[:5], "code": grouped(card.code)}
    page = await owner.get(LIST, params={"q": said.get(typed, typed)})
    assert f'href="{LIST}/{card.id}"' in page.text
    assert f'href="{LIST}/{other}"' not in page.text


async def test_what_is_not_found_says_what_else_to_try(owner: Visitor, cafe: World) -> None:
    await cafe.a_card(contact=LEILA)
    assert "No card found" in words_of(await look(owner, f"{LIST}?q=zzz"))


async def test_the_cards_of_a_customer(owner: Visitor, cafe: World) -> None:
    card = await cafe.card(await cafe.a_card(contact=LEILA))
    other = await cafe.a_card()
    page = await look(owner, f"{LIST}?customer={card.customer_id}")
    assert f'href="{LIST}/{card.id}"' in page.text
    assert f'href="{LIST}/{other}"' not in page.text
    assert (await look(owner, f"{LIST}?customer={new_id()}")).status_code == 404


async def test_the_list_goes_on(owner: Visitor, cafe: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardamom.cards.console_pages._PAGE", 2)
    ids = [await cafe.a_card() for _count in range(3)]
    first = await look(owner, LIST)
    assert [f"{LIST}/{card_id}" in first.text for card_id in ids] == [False, True, True]
    [next_url] = re.findall(r'href="(/app/cards\?after=[^"]+)"', first.text)
    second = await look(owner, next_url)
    assert [f"{LIST}/{card_id}" in second.text for card_id in ids] == [True, False, False]


async def test_a_card_tells_everything_that_happened(owner: Visitor, cafe: World) -> None:
    card_id = await cafe.a_card(stamps=12, contact=LEILA)
    page = await look(owner, f"{LIST}/{card_id}")
    words = words_of(page)
    for told in ("12 stamps added", "Reward: Free coffee", "8 more stamps: Free coffee", "010 01234567"):
        assert told in words
    [operation] = set(re.findall(r'href="/app/journal/([^"]+)"', page.text))
    assert is_id(operation)


async def test_a_lost_card_gets_a_new_link_and_keeps_its_stamps(
    owner: Visitor, client: Client, cafe: World
) -> None:
    card_id = await cafe.a_card(stamps=4, contact=LEILA)
    before, old_path = await cafe.card(card_id), await page_of(cafe, card_id)
    page = await look(owner, f"{LIST}/{card_id}")
    answer = await owner.send(page, f"{LIST}/{card_id}/renew")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}/{card_id}/link")
    shown = await look(owner, f"{LIST}/{card_id}/link")
    assert scanned(shown) == f"https://cards.example.org{await page_of(cafe, card_id)}"
    assert (await client.get(old_path)).status_code == 404
    after = await cafe.card(card_id)
    assert "6 more stamps" in words_of(await client.get(f"{await page_of(cafe, card_id)}?lang=en"))
    assert (after.balance, after.number, after.code == before.code) == (4, before.number, False)


async def test_a_form_that_is_sent_twice_renews_once(owner: Visitor, cafe: World) -> None:
    card_id = await cafe.a_card()
    page = await look(owner, f"{LIST}/{card_id}")
    for _tap in range(2):
        await owner.send(page, f"{LIST}/{card_id}/renew")
    assert (await cafe.card(card_id)).token_epoch == 1


async def test_a_stranger_sees_nothing(
    database: Database, client: Client, people: Everybody, cafe: World
) -> None:
    card = await cafe.card(await cafe.a_card(stamps=12, contact=LEILA))
    stranger = await browser_of(database, client, people.stranger)
    for path in (f"{LIST}/{card.id}", f"{LIST}/{card.id}/link", f"{LIST}?customer={card.customer_id}"):
        assert (await stranger.get(path)).status_code == 404
    for typed in ("ليلى", card.number, card.code):
        assert f"{LIST}/{card.id}" not in (await stranger.get(LIST, params={"q": typed})).text
    mine = await stranger.get(LIST)
    assert f"{LIST}/{card.id}" not in mine.text


async def test_another_shops_card_is_not_renewed(
    database: Database, client: Client, people: Everybody, cafe: World
) -> None:
    card_id = await cafe.a_card()
    stranger = await browser_of(database, client, people.stranger)
    own_page = await stranger.get("/app/customers/new")
    token = re.findall(rf'name="{FIELD}"[^>]* value="([^"]+)"', own_page.text)[0]
    answer = await stranger.post(f"{LIST}/{card_id}/renew", data={FIELD: token, "key": "x" * 22})
    assert answer.status_code == 404
    assert (await cafe.card(card_id)).token_epoch == 0


async def test_nobody_signed_in_sees_nothing(client: Client, cafe: World) -> None:
    card_id = await cafe.a_card()
    for path in (LIST, f"{LIST}/{card_id}", f"{LIST}/{card_id}/link"):
        answer = await client.get(path, follow_redirects=False)
        assert answer.status_code in {303, 401}
        assert card_id not in answer.text


@pytest.mark.parametrize("card_id", ["x", "0" * 36, "01a20299-ff1c-76cc-942a-9dcf87f36020"])
async def test_what_is_no_card_is_not_found(owner: Visitor, cafe: World, card_id: str) -> None:
    assert (await owner.get(f"{LIST}/{card_id}")).status_code == 404

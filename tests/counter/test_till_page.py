"""`/till`: who gets it, in which language, and what its script is told."""

import json
import re
from html import unescape
from typing import Any

import pytest
from httpx import Response
from litestar.testing import AsyncTestClient

from cardamom.kit.i18n import use_language
from cardamom.kit.languages import SUPPORTED, language
from cardamom.ledger.writer import Ledger
from cardamom.programs.rules import Earn
from cardamom.web.static import PREFIX, assets
from tests.cards.shoppers import change_program
from tests.counter.staff import a_visitor
from tests.world import World, a_world

Client = AsyncTestClient[Any]


def settings_of(page: Response) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="till-settings">(.*?)</script>', page.text)
    assert found is not None, page.text
    return dict(json.loads(found[1]))


async def test_who_is_not_signed_in_signs_in_first_and_comes_back(client: Client) -> None:
    answer = await client.get("/till", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=%2Ftill")


@pytest.mark.parametrize("code", SUPPORTED)
async def test_the_till_speaks_the_language_of_whoever_stands_there(
    client: Client, world: World, code: str
) -> None:
    staff = await a_visitor(world, client, role="staff", language=code)
    page = await staff.get("/till")
    assert page.status_code == 200
    assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text
    assert settings_of(page)["language"] == code
    assert page.headers["cache-control"] == "no-store"


async def test_a_language_that_was_chosen_by_hand_wins(client: Client, world: World) -> None:
    staff = await a_visitor(world, client, role="staff", language="fa")
    page = await staff.get("/till?lang=he")
    assert '<html lang="he" dir="rtl">' in page.text


async def test_numbers_and_days_are_written_as_the_shop_writes_them(client: Client, world: World) -> None:
    staff = await a_visitor(world, client, role="staff", language="ar")
    settings = settings_of(await staff.get("/till"))
    assert settings["locale"] == "ar-EG-u-ca-gregory-nu-arab"
    assert (settings["time_zone"], settings["currency"], settings["decimals"]) == ("Africa/Cairo", "EGP", 2)
    persian = await a_visitor(world, client, role="staff", language="fa")
    assert settings_of(await persian.get("/till"))["locale"].endswith("-u-ca-persian-nu-arabext")


async def test_the_token_of_the_page_lets_its_script_scan(client: Client, world: World) -> None:
    staff = await a_visitor(world, client, role="staff")
    token = settings_of(await staff.get("/till"))["csrf_token"]
    card = await world.card(await world.a_card(stamps=3))
    body = {"code": card.number, "device": "Till 1"}
    refused = await staff.post("/api/v1/scans", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "form_out_of_date")
    answer = await staff.post("/api/v1/scans", json=body, headers={"X-CSRF-Token": token})
    assert (answer.status_code, answer.json()["card"]["balance"]) == (200, 4)


async def test_a_till_of_a_shop_that_counts_money_asks_for_the_amount(client: Client, ledger: Ledger) -> None:
    world = await a_world(ledger, earn=Earn(per="amount", minor=1_000))
    settings = settings_of(await (await a_visitor(world, client, role="staff")).get("/till"))
    assert (settings["asks_amount"], settings["most_stamps"]) == (True, 1)


async def test_a_till_of_a_shop_that_counts_visits_lets_staff_choose_a_number(
    client: Client, world: World
) -> None:
    staff = await a_visitor(world, client, role="staff")
    settings = settings_of(await staff.get("/till"))
    assert (settings["asks_amount"], settings["most_stamps"]) == (False, 30)
    await change_program(world, status="archived")
    assert settings_of(await staff.get("/till"))["most_stamps"] == 1


async def test_a_shop_cannot_write_markup_into_the_page(client: Client, world: World) -> None:
    name = "</script><script>alert(1)</script>"
    await change_program(world, name={"en": name})
    page = await (await a_visitor(world, client, role="staff")).get("/till")
    assert "<script>alert" not in page.text
    assert settings_of(page)["programs"] == {world.program_id: name}


@pytest.mark.parametrize("code", SUPPORTED)
async def test_it_can_be_installed(client: Client, code: str) -> None:
    answer = await client.get(f"/till/manifest.webmanifest?lang={code}")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    manifest = answer.json()
    assert (manifest["lang"], manifest["dir"]) == (code, language(code).direction)
    assert (manifest["start_url"], manifest["display"]) == ("/till", "standalone")
    for icon in manifest["icons"]:
        assert assets().find(icon["src"].removeprefix(f"{PREFIX}/{assets().version}/")) is not None


async def test_every_word_of_the_script_has_its_places(client: Client, world: World) -> None:
    """A translation may turn a sentence round, but it may not lose a number."""
    with use_language("en"):
        english = settings_of(await (await a_visitor(world, client, role="staff")).get("/till"))["words"]
    for code in SUPPORTED:
        page = await (await a_visitor(world, client, role="staff", language=code)).get("/till")
        words = settings_of(page)["words"]
        for name, text in english.items():
            if isinstance(text, str):
                assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", words[name]))
        assert "lang=" in unescape(page.text)

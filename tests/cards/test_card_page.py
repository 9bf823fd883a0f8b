"""The customer's page: the card as it stands, for whoever has its link."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from cardamom.cards.card_pages import _changes
from cardamom.cards.service import renew_link
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.kit.clock import now
from cardamom.kit.codes import grouped
from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED, language
from cardamom.ledger.writer import Ledger
from cardamom.programs.definition import Expiry, Milestone
from cardamom.programs.schemas import RulesPatch
from cardamom.web.assembly import Parts
from tests.cards.shoppers import Client, change_program, page_of, words_of
from tests.world import World, a_world


async def card_page(client: Client, world: World, card_id: str, *, code: str = "en") -> Any:
    return await client.get(f"{await page_of(world, card_id)}?lang={code}")


@pytest.mark.parametrize("code", SUPPORTED)
async def test_it_speaks_every_language(client: Client, world: World, code: str) -> None:
    page = await card_page(client, world, await world.a_card(stamps=12), code=code)
    assert page.status_code == 200
    assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_it_speaks_the_language_in_which_somebody_joined(client: Client, world: World) -> None:
    path = await page_of(world, await world.a_card(language="en"))
    page = await client.get(path, headers={"Accept-Language": "ar"})
    assert '<html lang="en" dir="ltr">' in page.text


async def test_it_shows_the_card_its_code_and_how_far_the_reward_is(client: Client, world: World) -> None:
    card_id = await world.a_card(stamps=7)
    page = await card_page(client, world, card_id)
    card = await world.card(card_id)
    assert 'role="img" aria-label="7 of 10 stamps, next reward: Free coffee"' in page.text
    assert "3 more stamps: Free coffee" in words_of(page)
    assert grouped(card.number) in page.text
    assert 'aria-label="QR code of your card"' in page.text
    assert card.code not in page.text, "the code is drawn, never written"


@pytest.mark.parametrize(
    ("stamps", "words"),
    [(9, "1 more stamp: Free coffee"), (8, "2 more stamps:"), (0, "10 more stamps:")],
)
async def test_it_counts_in_the_right_plural(client: Client, world: World, stamps: int, words: str) -> None:
    assert words in words_of(await card_page(client, world, await world.a_card(stamps=stamps)))


async def test_a_goal_without_a_reward_is_a_full_card(client: Client, ledger: Ledger) -> None:
    world = await a_world(ledger, reward=None)
    assert "10 more stamps to a full card" in words_of(await card_page(client, world, await world.a_card()))


async def test_the_nearest_reward_is_named(client: Client, world: World) -> None:
    await change_program(world, rules=RulesPatch(milestones=[Milestone(5, world.reward_id)]))
    page = await card_page(client, world, await world.a_card(stamps=2))
    assert "3 more stamps: Free coffee" in words_of(page)


async def test_a_reward_that_is_ready_leads_to_its_voucher(client: Client, world: World) -> None:
    card_id = await world.a_card(stamps=12)
    page = await card_page(client, world, card_id)
    [voucher] = (await world.card(card_id)).vouchers
    assert f'href="{await page_of(world, card_id)}/vouchers/{voucher.id}"' in page.text
    words = words_of(page)
    assert "Your rewards Free coffee No end date Ready" in words
    assert "8 more stamps:" in words


async def test_it_tells_what_happened_newest_first(client: Client, world: World) -> None:
    words = words_of(await card_page(client, world, await world.a_card(stamps=12)))
    told = ["Reward: Free coffee", "Full card: 10 stamps became a reward", "12 stamps added", "Card received"]
    assert [words.index(line) for line in told] == sorted(words.index(line) for line in told)


async def test_a_long_history_is_told_page_by_page(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cardamom.cards.card_pages.LINES_PER_PAGE", 2)
    card_id = await world.a_card()
    for count in (1, 2, 3, 4):
        await world.stamp(card_id, stamps=count)
    path = await page_of(world, card_id)
    first = await client.get(f"{path}/history?lang=en")
    assert "4 stamps added" in words_of(first)
    assert "2 stamps added" not in words_of(first)
    assert "Card received" not in words_of(first)
    second = await client.get(f"{path}/history?before=3&lang=en")
    assert "2 stamps added" in words_of(second)
    assert "3 stamps added" not in words_of(second)
    assert "Card received" in words_of(second)


async def test_stamps_that_ran_out_do_not_count(client: Client, ledger: Ledger) -> None:
    world = await a_world(ledger, expiry=Expiry(inactive_days=30))
    card_id = await world.a_card(stamps=7)
    assert "These stamps stay until" in words_of(await card_page(client, world, card_id))
    with time_machine.travel(now() + timedelta(days=31), tick=True):
        words = words_of(await card_page(client, world, card_id))
    assert "10 more stamps:" in words
    assert "These stamps stay" not in words


async def test_a_card_of_a_program_that_ended_says_so_and_keeps_its_vouchers(
    client: Client, world: World
) -> None:
    card_id = await world.a_card(stamps=12)
    await change_program(world, status="archived")
    words = words_of(await card_page(client, world, card_id))
    assert "This program has ended. Vouchers stay valid until their date." in words
    assert "more stamps" not in words
    assert "Your rewards Free coffee" in words


async def test_nobody_keeps_it_and_nobody_learns_its_address(client: Client, world: World) -> None:
    page = await client.get(await page_of(world, await world.a_card()))
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert "set-cookie" not in page.headers
    assert "//" not in re.sub(r"https?://www\.w3\.org/", "", page.text), "nothing is asked of another place"


async def test_a_link_that_leads_nowhere_does_not_say_why(client: Client, world: World) -> None:
    card_id = await world.a_card()
    revoked = await page_of(world, card_id)
    await renew_link(
        world.ledger, actor=world.owner, merchant_id=world.merchant_id, card_id=card_id, key=new_id()
    )
    made_up = f"{revoked[:-4]}AAAA"
    answers = [
        await client.get(f"{path}?lang=en") for path in (revoked, made_up, "/c/nothing", "/c/" + "x" * 32)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "This link does not open a card" in words_of(answers[0])
    assert (await card_page(client, world, card_id)).status_code == 200


@pytest.mark.parametrize("below", ["/body", "/live", "/history", "/manifest.webmanifest"])
async def test_nothing_below_a_revoked_link_answers(client: Client, world: World, below: str) -> None:
    path = await page_of(world, await world.a_card())
    assert (await client.get(f"{path[:-4]}AAAA{below}")).status_code == 404


async def test_what_changed_is_told_to_a_page_that_was_open(client: Client, world: World) -> None:
    card_id = await world.a_card(stamps=3)
    path = await page_of(world, card_id)
    before = await client.get(f"{path}/body?seen=1&lang=en")
    assert 'data-news=""' in before.text
    await world.stamp(card_id, stamps=2)
    after = await client.get(f"{path}/body?seen=1&lang=en")
    assert 'data-seq="2"' in after.text
    assert 'data-news="2 stamps added"' in after.text
    await world.stamp(card_id, stamps=5)
    assert 'data-news="Your reward is ready."' in (await client.get(f"{path}/body?seen=2&lang=en")).text


async def test_a_page_is_called_when_a_stamp_lands(settings: Settings, database: Database) -> None:
    parts = Parts(settings, database)
    async with parts.running():
        world = await a_world(parts.ledger)
        card_id = await world.a_card()
        other = await world.a_card()
        changes = _changes(parts.live, await world.card(card_id))
        assert (await anext(changes)).event == "watching"
        called = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.5)
        await world.stamp(other)
        await asyncio.sleep(0.5)
        assert not called.done()
        await world.stamp(card_id)
        assert (await asyncio.wait_for(called, 5)).event == "changed"
        await changes.aclose()


async def test_it_can_be_kept_on_a_home_screen(client: Client, world: World) -> None:
    path = await page_of(world, await world.a_card())
    answer = await client.get(f"{path}/manifest.webmanifest?lang=ar")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["scope"], manifest["dir"]) == (path, path, "rtl")
    assert manifest["name"] == "مقهى الهيل"
    for icon in manifest["icons"]:
        picture = await client.get(icon["src"])
        assert picture.status_code == 200
        assert picture.headers["content-type"].startswith(icon["type"])
        assert "immutable" in picture.headers["cache-control"]


async def test_the_worker_names_files_that_exist(client: Client) -> None:
    worker = await client.get("/c/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
    files = re.findall(r'"(/static/[^"]+)"', worker.text)
    assert len(files) > 5
    for path in files:
        assert (await client.get(path)).status_code == 200


async def test_the_shops_colours_are_a_file_for_ever(client: Client, world: World) -> None:
    page = await card_page(client, world, await world.a_card())
    [path] = re.findall(r'href="(/brand/[^"]+\.css)"', page.text)
    sheet = await client.get(path)
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["cache-control"]
    assert "--act:" in sheet.text
    again = await client.get(path, headers={"If-None-Match": sheet.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["1.exe", "0.css", "99.css", "x.css", "1", "-1.css", "1" * 40 + ".css"])
async def test_there_are_no_other_brand_files(client: Client, world: World, name: str) -> None:
    path = f"/brand/{world.merchant_id}/{world.program_id}/{name}"
    assert (await client.get(path)).status_code == 404


async def test_the_brand_of_a_program_belongs_to_its_shop(client: Client, world: World) -> None:
    assert (await client.get(f"/brand/{new_id()}/{world.program_id}/1.css")).status_code == 404
    assert (await client.get(f"/brand/x/{world.program_id}/1.css")).status_code == 404

"""The join page: a promise, as little form as the shop wants, and one button."""

import re
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from cardamom.cards.join_pages import CARD_COOKIE, JOINS_PER_ADDRESS
from cardamom.cards.service import renew_link
from cardamom.cards.tables import cards
from cardamom.customers.tables import consents, customers
from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED, language
from cardamom.programs.schemas import ConsentBox, JoinFormPatch
from tests.cards.shoppers import Client, change_program, join_path, key_of, send_join, the_program, words_of
from tests.world import World, a_world

OFFERS = ConsentBox(
    channel="email", purpose="marketing", wording={"en": "Mail me offers.", "ar": "أرسلوا لي العروض."}
)


async def rows(world: World, table: sa.Table) -> list[dict[str, Any]]:
    async with world.database.reading(world.merchant_id) as tx:
        found = await tx.execute(sa.select(table).where(table.c.merchant_id == world.merchant_id))
        return [dict(row) for row in found.mappings()]


@pytest.mark.parametrize("code", SUPPORTED)
async def test_it_speaks_every_language(client: Client, world: World, code: str) -> None:
    page = await client.get(f"{await join_path(world)}?lang={code}")
    assert page.status_code == 200
    assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_it_speaks_the_shops_language_to_readers_of_others(client: Client, world: World) -> None:
    page = await client.get(await join_path(world), headers={"Accept-Language": "fr, de;q=0.5"})
    assert '<html lang="ar" dir="rtl">' in page.text


async def test_it_says_what_one_gets(client: Client, ledger: Any) -> None:
    world = await a_world(ledger, goal=8, welcome_stamps=2)
    words = words_of(await client.get(f"{await join_path(world)}?lang=en"))
    assert "Collect 8 stamps: Free coffee" in words
    assert "Your card begins with 2 stamps." in words


async def test_one_button_gives_an_anonymous_card(client: Client, world: World) -> None:
    answer = await send_join(client, world)
    assert answer.status_code == 303
    page = await client.get(answer.headers["location"])
    assert "10 more stamps: Free coffee" in words_of(page)
    assert "Your card is ready" in words_of(page)
    assert await rows(world, customers) == []
    assert [(card["source"], card["language"]) for card in await rows(world, cards)] == [("join_form", "en")]


async def test_a_form_that_is_sent_twice_gives_one_card(client: Client, world: World) -> None:
    key = key_of(await client.get(await join_path(world)))
    first = await send_join(client, world, key=key)
    again = await send_join(client, world, key=key)
    assert first.headers["location"] == again.headers["location"]
    assert len(await rows(world, cards)) == 1


async def test_a_form_that_was_changed_and_sent_again_leads_to_the_card_that_exists(
    client: Client, world: World
) -> None:
    key = key_of(await client.get(await join_path(world)))
    await send_join(client, world, key=key, name="Leila")
    again = await send_join(client, world, key=key, name="Leila Haddad")
    assert (again.status_code, again.headers["location"]) == (303, await join_path(world))
    assert len(await rows(world, cards)) == 1


async def test_what_was_said_is_stored_in_one_form(client: Client, world: World) -> None:
    await change_program(world, join_form=JoinFormPatch(birthday="optional"))
    answer = await send_join(
        client,
        world,
        name="  ليلى\u202e  حداد ",
        phone="٠١٠٠ ١٢٣ ٤٥٦٧",
        email="Leila@Example.com",
        birthday="1990-05-01",
    )
    assert answer.status_code == 303
    [leila] = await rows(world, customers)
    assert (leila["name"], leila["phone"], leila["email"], leila["birthday"], leila["language"]) == (
        "ليلى حداد",
        "+201001234567",
        "leila@example.com",
        "1990-05-01",
        "en",
    )


async def test_every_wrong_field_says_so_and_nothing_is_written(client: Client, world: World) -> None:
    answer = await send_join(client, world, name="x" * 10_000, phone="12", email="leila at home")
    assert answer.status_code == 422
    words = words_of(answer)
    assert "This text is longer than 120 characters." in words
    assert answer.text.count('class="field-error"') == 3
    assert '<details class="fold" open>' in answer.text
    assert await rows(world, cards) == []


async def test_a_corrected_form_keeps_its_key(client: Client, world: World) -> None:
    wrong = await send_join(client, world, phone="12")
    right = await send_join(client, world, key=key_of(wrong), phone="01001234567")
    assert right.status_code == 303
    assert len(await rows(world, cards)) == 1


@pytest.mark.parametrize("typed", ["", "   ", "\u200f\u200f"])
async def test_what_is_required_must_be_there(client: Client, world: World, typed: str) -> None:
    await change_program(world, join_form=JoinFormPatch(name="required"))
    answer = await send_join(client, world, name=typed)
    assert answer.status_code == 422
    assert "Enter your name." in words_of(answer)


async def test_what_is_not_asked_for_is_not_stored(client: Client, world: World) -> None:
    await change_program(world, join_form=JoinFormPatch(phone="off", email="off"))
    page = await client.get(await join_path(world))
    assert 'name="phone"' not in page.text
    await send_join(client, world, name="Leila", phone="01001234567", email="leila@example.com")
    [leila] = await rows(world, customers)
    assert (leila["phone"], leila["email"]) == (None, None)


async def test_a_consent_is_stored_with_the_words_that_were_read(client: Client, world: World) -> None:
    await change_program(world, join_form=JoinFormPatch(consents=[OFFERS]))
    page = await client.get(f"{await join_path(world)}?lang=en")
    assert 'type="checkbox"' in page.text
    assert "checked" not in page.text
    await send_join(client, world, email="leila@example.com", consent_0="y")
    [consent] = await rows(world, consents)
    assert (consent["channel"], consent["granted"], consent["wording"], consent["language"]) == (
        "email",
        True,
        "Mail me offers.",
        "en",
    )
    assert consent["source"] == "join_form"


async def test_a_box_that_was_not_ticked_is_no_consent(client: Client, world: World) -> None:
    await change_program(world, join_form=JoinFormPatch(consents=[OFFERS]))
    await send_join(client, world, email="leila@example.com")
    assert await rows(world, consents) == []


async def test_a_consent_to_mails_needs_an_address(client: Client, world: World) -> None:
    await change_program(world, join_form=JoinFormPatch(consents=[OFFERS]))
    answer = await send_join(client, world, consent_0="y")
    assert answer.status_code == 422
    assert "Fill this in, or untick the box below." in words_of(answer)
    assert await rows(world, cards) == []


async def test_a_browser_that_comes_back_is_offered_its_card(client: Client, world: World) -> None:
    answer = await send_join(client, world)
    assert CARD_COOKIE in answer.cookies
    assert f"Path={await join_path(world)};" in answer.headers["set-cookie"]
    card_path = answer.headers["location"].partition("?")[0]
    page = await client.get(f"{await join_path(world)}?lang=en")
    assert "You already have a card here." in words_of(page)
    assert f'href="{card_path}"' in page.text


async def test_a_card_whose_link_was_renewed_is_not_offered(client: Client, world: World) -> None:
    await send_join(client, world)
    [card] = await rows(world, cards)
    await renew_link(
        world.ledger, actor=world.owner, merchant_id=world.merchant_id, card_id=card["id"], key=new_id()
    )
    assert "You already have" not in words_of(await client.get(f"{await join_path(world)}?lang=en"))


async def test_the_first_form_does_not_learn_a_renewed_link(client: Client, world: World) -> None:
    key = key_of(await client.get(await join_path(world)))
    await send_join(client, world, key=key)
    [card] = await rows(world, cards)
    await renew_link(
        world.ledger, actor=world.owner, merchant_id=world.merchant_id, card_id=card["id"], key=new_id()
    )
    again = await send_join(client, world, key=key)
    assert (await client.get(again.headers["location"])).status_code == 404


async def test_unknown_and_unannounced_programs_look_the_same(client: Client, world: World) -> None:
    unknown = await client.get("/j/nobody-has-this?lang=en")
    assert unknown.status_code == 404
    assert "There is no card to get here" in words_of(unknown)


async def test_a_program_that_ended_says_so(client: Client, world: World) -> None:
    path = await join_path(world)
    key = key_of(await client.get(path))
    await change_program(world, status="archived")
    assert (await the_program(world)).status == "archived"
    page = await client.get(f"{path}?lang=en")
    assert page.status_code == 410
    assert "This card is no longer given out" in words_of(page)
    assert (await send_join(client, world, key=key)).status_code == 410
    assert await rows(world, cards) == []


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_another_site_cannot_send_the_form(
    client: Client, world: World, headers: dict[str, str]
) -> None:
    path = await join_path(world)
    key = key_of(await client.get(path))
    answer = await client.post(path, data={"key": key}, headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert await rows(world, cards) == []


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with spaces in the middle of it"])
async def test_a_form_without_a_key_of_ours_is_refused(client: Client, world: World, key: str) -> None:
    answer = await client.post(await join_path(world), data={"key": key}, headers={"Origin": "null"})
    assert answer.status_code == 422
    assert await rows(world, cards) == []


async def test_one_address_cannot_empty_the_press(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = type(JOINS_PER_ADDRESS)(2, 600.0)
    monkeypatch.setattr("cardamom.cards.join_pages.JOINS_PER_ADDRESS", few)
    answers = [await send_join(client, world) for _try in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert int(answers[-1].headers["retry-after"]) > 500
    assert len(await rows(world, cards)) == 2


async def test_whoever_lost_a_card_learns_what_to_do(client: Client, world: World) -> None:
    page = await client.get(f"{await join_path(world)}/lost?lang=en")
    assert "Ask at the counter." in words_of(page)


@pytest.mark.parametrize("code", SUPPORTED)
async def test_a_link_to_it_shows_a_picture_elsewhere(client: Client, world: World, code: str) -> None:
    page = await client.get(f"{await join_path(world)}?lang={code}")
    found = re.search(
        r'<meta property="og:image" content="https://cards\.example\.org(/art/[^"]+)">', page.text
    )
    assert found is not None
    assert '<meta name="twitter:card" content="summary_large_image">' in page.text
    picture = await client.get(found[1])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert Image.open(BytesIO(picture.content)).size == (1200, 630)

"""A retry of a scan gets the first answer again, whatever has happened in between."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.world import World

Client = AsyncTestClient[Litestar]
Headers = dict[str, str]


@pytest.fixture
async def headers(world: World) -> Headers:
    return await world.an_api_key()


async def scan(client: Client, headers: Headers, key: str, **body: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/scans", json=body, headers={**headers, "Idempotency-Key": key})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def give_voucher(client: Client, headers: Headers, card_id: str) -> None:
    body = {"card": card_id, "title": {"en": "A free coffee"}}
    assert (await client.post("/api/v1/vouchers", json=body, headers=headers)).status_code == 201


@pytest.mark.parametrize("name", ["code", "number"])
async def test_the_only_voucher_of_a_card_is_used_once_by_one_key(
    client: Client, world: World, headers: Headers, name: str
) -> None:
    card_id = await world.a_card()
    await give_voucher(client, headers, card_id)
    shown = str(getattr(await world.card(card_id), name))
    first = await scan(client, headers, "once", code=shown, action="redeem")
    again = await scan(client, headers, "once", code=shown, action="redeem")
    assert (first["outcome"], again["outcome"], again["replayed"]) == ("accepted", "accepted", True)
    assert (again["operation"], again["voucher"]) == (first["operation"], first["voucher"])


async def test_nothing_to_redeem_stays_the_answer_when_a_voucher_comes_later(
    client: Client, world: World, headers: Headers
) -> None:
    card_id = await world.a_card()
    code = (await world.card(card_id)).code
    first = await scan(client, headers, "early", code=code, action="redeem")
    assert (first["reason"], first["card"]["id"]) == ("nothing_to_redeem", card_id)
    await give_voucher(client, headers, card_id)
    again = await scan(client, headers, "early", code=code, action="redeem")
    assert (again["outcome"], again["operation"], again["replayed"]) == ("refused", first["operation"], True)
    assert (await scan(client, headers, "late", code=code, action="redeem"))["outcome"] == "accepted"


async def test_of_several_vouchers_one_must_be_chosen(client: Client, world: World, headers: Headers) -> None:
    card_id = await world.a_card()
    await give_voucher(client, headers, card_id)
    await give_voucher(client, headers, card_id)
    code = (await world.card(card_id)).code
    refused = await scan(client, headers, "which", code=code, action="redeem")
    assert (refused["reason"], refused["sentence"]) == (
        "choose_voucher",
        "This card has 2 vouchers. Choose one.",
    )
    one = refused["card"]["vouchers"][0]["id"]
    assert (await scan(client, headers, "this", code=code, action="redeem", voucher=one))[
        "outcome"
    ] == "accepted"
    assert (await scan(client, headers, "rest", code=code, action="redeem"))["outcome"] == "accepted"


async def test_an_unknown_number_is_kept_as_a_refusal(client: Client, headers: Headers) -> None:
    first = await scan(client, headers, "typed", code="123456")
    again = await scan(client, headers, "typed", code="123456")
    assert (first["reason"], first["operation"] is None) == ("card_unknown", False)
    assert (again["operation"], again["replayed"]) == (first["operation"], True)


async def test_a_redemption_by_code_is_answered_again_after_the_card_got_another_code(
    client: Client, world: World, headers: Headers
) -> None:
    card_id = await world.a_card()
    await give_voucher(client, headers, card_id)
    code = (await world.card(card_id)).code
    first = await scan(client, headers, "before", code=code, action="redeem")
    renewed = await client.post(f"/api/v1/cards/{card_id}/renew-link", headers=headers)
    assert renewed.status_code == 200, renewed.text
    again = await scan(client, headers, "before", code=code, action="redeem")
    assert (again["outcome"], again["operation"], again["replayed"]) == ("accepted", first["operation"], True)
    late = await scan(client, headers, "after", code=code, action="redeem")
    assert (late["reason"], late["operation"] is None) == ("card_unknown", False)

"""Cards over HTTP: how a card is found, and in which order things are listed."""

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.world import World

Client = AsyncTestClient[Litestar]


@pytest.mark.parametrize("typed", ["%2B201001234567", "+201001234567", "01001234567", "٠١٠٠١٢٣٤٥٦٧"])
async def test_a_card_is_found_by_its_holders_phone_however_it_is_typed(
    client: Client, world: World, typed: str
) -> None:
    headers = await world.an_api_key()
    body = {"program": world.program_id, "customer": {"phone": "+201001234567"}}
    card = (await client.post("/api/v1/cards", json=body, headers=headers)).json()
    found = await client.get(f"/api/v1/cards?phone={typed}", headers=headers)
    assert [each["id"] for each in found.json()["items"]] == [card["id"]], found.text


@pytest.mark.parametrize("path", ["cards", "operations", "customers", "vouchers", "programs", "rewards"])
async def test_a_cursor_that_is_none_does_not_begin_again(client: Client, world: World, path: str) -> None:
    answer = await client.get(f"/api/v1/{path}?after=nonsense", headers=await world.an_api_key())
    assert (answer.status_code, answer.json()["facts"]) == (422, {"field": "after"})


async def test_vouchers_are_listed_as_they_were_issued(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    card_id = await world.a_card()
    issued = []
    for uses in (2, 1, 3):
        body = {"card": card_id, "title": {"en": "A coffee"}, "uses": uses}
        issued.append((await client.post("/api/v1/vouchers", json=body, headers=headers)).json()["id"])
    # A use moves the row; the list stays in order.
    await client.post(f"/api/v1/vouchers/{issued[0]}/redeem", headers=headers)
    card = (await client.get(f"/api/v1/cards/{card_id}", headers=headers)).json()
    assert [voucher["id"] for voucher in card["vouchers"]] == issued


@pytest.mark.parametrize("known", ["phone", "email", "external_id"])
async def test_a_retry_of_a_join_finds_its_own_first_try(client: Client, world: World, known: str) -> None:
    values = {"phone": "+201001234567", "email": "leila@example.org", "external_id": "7731"}
    contact = {"name": "ليلى", known: values[known]}
    body = {"program": world.program_id, "customer": contact}
    headers = {**await world.an_api_key(), "Idempotency-Key": "crm-7731"}
    first = await client.post("/api/v1/cards", json=body, headers=headers)
    again = await client.post("/api/v1/cards", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201), again.text
    assert again.json() == first.json()
    second = await client.post("/api/v1/cards", json=body, headers={**headers, "Idempotency-Key": "another"})
    assert second.json()["customer"] == first.json()["customer"]
    assert second.json()["id"] != first.json()["id"]
    other = {**body, "customer": {**contact, "name": "Nour"}}
    assert (await client.post("/api/v1/cards", json=other, headers=headers)).json()["code"] == "key_reused"


async def test_a_card_speaks_a_language_that_there_is(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    for language, status in (("AR", 201), ("zz", 422), ("", 201)):
        body = {"program": world.program_id, "language": language}
        assert (await client.post("/api/v1/cards", json=body, headers=headers)).status_code == status

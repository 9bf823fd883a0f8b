"""What a broken till may send: a sentence back, nothing written by halves, and the journal can still be read."""

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.ledger.writer import Ledger
from tests.world import BARBER, World, a_world

Client = AsyncTestClient[Litestar]


@pytest.mark.parametrize(
    "clock",
    ["2026-11-22T10:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday"],
)
async def test_a_clock_that_names_no_instant_is_malformed(client: Client, world: World, clock: str) -> None:
    headers = await world.an_api_key()
    code = (await world.card(await world.a_card())).code
    answer = await client.post("/api/v1/scans", json={"code": code, "occurred_at": clock}, headers=headers)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["code"], answer.json()["facts"]) == ("malformed", {"field": "occurred_at"})
    assert (await client.get("/api/v1/operations", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "clock", ["1970-01-01T00:00:00Z", "2090-06-01T12:00:00+03:30", "0900-01-01T00:00:00Z"]
)
async def test_a_clock_that_is_wrong_by_years_still_stamps(client: Client, world: World, clock: str) -> None:
    headers = await world.an_api_key()
    code = (await world.card(await world.a_card())).code
    answer = await client.post("/api/v1/scans", json={"code": code, "occurred_at": clock}, headers=headers)
    assert answer.json()["outcome"] == "accepted", answer.text
    assert (await client.get("/api/v1/operations", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "body", [b'{"code":"\xff\xfe"}', '{"code":"1"}'.encode("utf-16"), b"{", b'{"code":NaN}']
)
async def test_what_is_not_json_is_said_to_be_none(client: Client, world: World, body: bytes) -> None:
    headers = {**await world.an_api_key(), "Content-Type": "application/json"}
    answer = await client.post("/api/v1/scans", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_json")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"code": "1", "stamps": 1.5}, "stamps"),
        ({"code": "1", "amount": {"minor": "x", "currency": "EGP"}}, "amount.minor"),
        ({"code": "1", "amount": {"minor": 1, "currency": "E\x00P"}}, "amount.currency"),
        ({"code": "1", "amount": {"minor": 1, "currency": "X" * 10_000}}, "amount.currency"),
        ({"code": "1", "location": "here"}, "location"),
    ],
)
async def test_a_field_is_named_as_it_was_sent(
    client: Client, world: World, body: object, field: str
) -> None:
    answer = await client.post("/api/v1/scans", json=body, headers=await world.an_api_key())
    assert (answer.status_code, answer.json()["facts"]) == (422, {"field": field})


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"code":"1","unheard":1}'])
async def test_a_body_of_another_shape_names_no_field(client: Client, world: World, body: bytes) -> None:
    headers = {**await world.an_api_key(), "Content-Type": "application/json"}
    answer = await client.post("/api/v1/scans", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"], "facts" in answer.json()) == (422, "malformed", False)


async def test_a_location_of_another_shop_is_no_location(
    client: Client, ledger: Ledger, world: World
) -> None:
    headers = await world.an_api_key()
    card = await world.card(await world.a_card())
    other = await a_world(ledger, new=BARBER)
    theirs = (await client.get("/api/v1/locations", headers=await other.an_api_key())).json()["items"][0][
        "id"
    ]
    own = (await client.get("/api/v1/locations", headers=headers)).json()["items"][0]["id"]
    for location, reason in ((theirs, "location_unknown"), (own, None)):
        answer = await client.post(
            "/api/v1/scans", json={"code": card.code, "location": location}, headers=headers
        )
        assert (answer.status_code, answer.json()["reason"]) == (200, reason)
    assert (await world.card(card.id)).balance == 1

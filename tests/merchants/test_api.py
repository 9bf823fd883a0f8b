"""The business and its locations over HTTP."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.ledger.writer import Ledger
from tests.access.test_api import EVERYTHING
from tests.access.test_keys import a_key
from tests.people import Everybody

Headers = dict[str, str]


@pytest.fixture
async def key(people: Everybody, ledger: Ledger) -> Headers:
    _key_id, secret = await a_key(ledger, people.owner, EVERYTHING)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
async def strangers_key(people: Everybody, ledger: Ledger) -> Headers:
    _key_id, secret = await a_key(ledger, people.stranger, EVERYTHING)
    return {"Authorization": f"Bearer {secret}"}


async def test_the_business_is_read_and_changed(client: AsyncTestClient[Litestar], key: Headers):
    before = (await client.get("/api/v1/merchant", headers=key)).json()
    assert (before["currency"], before["brand"]) == ("EGP", {"colour": "#1c6b45", "background": None})
    changed = await client.patch(
        "/api/v1/merchant",
        json={"brand": {"colour": "#AA3300"}, "preferences": {"weekend": [6, 5]}},
        headers={**key, "Idempotency-Key": "a"},
    )
    assert changed.status_code == 200
    assert changed.json() == {
        **before,
        "brand": {"colour": "#aa3300", "background": None},
        "preferences": {**before["preferences"], "weekend": [5, 6]},
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone_unknown"),
        ({"currency": "XXX"}, "currency_unknown"),
        ({"region": "ZZ"}, "region_unknown"),
        ({"languages": ["fr"]}, "language_unsupported"),
        ({"language": "fr"}, "language_unsupported"),
        ({"brand": {"colour": "red"}}, "colour_malformed"),
        ({"preferences": {"weekend": [8]}}, "preferences_malformed"),
        ({"preferences": {"numbering": "roman"}}, "malformed"),
        ({"name": {}}, "localised_malformed"),
        ({"name": {"en": "x" * 10_000}}, "text_too_long"),
        ({"name": "Café"}, "malformed"),
        ({"handle": "mine"}, "malformed"),
        ({"slug": "mine"}, "malformed"),
    ],
)
async def test_what_does_not_fit_has_a_code(
    client: AsyncTestClient[Litestar], key: Headers, body: dict[str, Any], code: str
):
    answer = await client.patch("/api/v1/merchant", json=body, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"]


async def test_locations_are_added_listed_changed_and_closed(client: AsyncTestClient[Litestar], key: Headers):
    harbour = {"name": {"en": "Harbour"}, "address": "12 Sea Street"}
    made = await client.post("/api/v1/locations", json=harbour, headers=key)
    assert made.status_code == 201
    path = f"/api/v1/locations/{made.json()['id']}"
    assert (made.json()["latitude"], made.json()["longitude"]) == (None, None)
    placed = await client.patch(path, json={"latitude": 31.2001, "longitude": 29.9187}, headers=key)
    assert (placed.json()["latitude"], placed.json()["longitude"]) == (31.2001, 29.9187)
    half = await client.patch(path, json={"latitude": 31.2001}, headers=key)
    assert (half.status_code, half.json()["code"]) == (422, "position_malformed")
    changed = await client.patch(path, json={"address": "", "closed": True}, headers=key)
    assert changed.json()["address"] is None
    assert changed.json()["closed_at"] is not None
    assert (await client.get(path, headers=key)).json() == changed.json()
    first = (await client.get("/api/v1/locations?limit=1", headers=key)).json()
    rest = (await client.get(f"/api/v1/locations?limit=1&after={first['next']}", headers=key)).json()
    assert rest == {"items": [changed.json()], "next": None}


async def test_the_last_location_is_a_conflict(client: AsyncTestClient[Litestar], key: Headers):
    (only,) = (await client.get("/api/v1/locations", headers=key)).json()["items"]
    answer = await client.patch(f"/api/v1/locations/{only['id']}", json={"closed": True}, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "last_location")


async def test_a_stranger_finds_no_location_of_ours(
    client: AsyncTestClient[Litestar], key: Headers, strangers_key: Headers
):
    (ours,) = (await client.get("/api/v1/locations", headers=key)).json()["items"]
    path = f"/api/v1/locations/{ours['id']}"
    assert (await client.get(path, headers=strangers_key)).status_code == 404
    assert (await client.patch(path, json={"closed": True}, headers=strangers_key)).status_code == 404


@pytest.mark.parametrize("location_id", ["x", "%00", "01a20298-b9e9-768a-a51e-6077d4aeed67"])
async def test_what_is_not_there_is_not_found(
    client: AsyncTestClient[Litestar], key: Headers, location_id: str
):
    for answer in (
        await client.get(f"/api/v1/locations/{location_id}", headers=key),
        await client.patch(f"/api/v1/locations/{location_id}", json={"closed": True}, headers=key),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=1000", "limit=x", "after=x", "after=%00"])
async def test_a_page_that_cannot_be_is_no_fault_of_ours(
    client: AsyncTestClient[Litestar], key: Headers, query: str
):
    answer = await client.get(f"/api/v1/locations?{query}", headers=key)
    assert answer.status_code == 422
    assert answer.json()["code"] == "malformed"

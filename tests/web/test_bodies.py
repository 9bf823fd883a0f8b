"""What counts as JSON, by its Content-Type, and what is read from it."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.web.bodies import is_json
from tests.world import World

Client = AsyncTestClient[Litestar]


@pytest.mark.parametrize(
    ("content_type", "counts"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("Application/JSON ;charset=UTF-8", True),
        ("application/merge-patch+json", True),
        ("text/plain", False),
        ("text/json", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=application/json", False),
        ("application/jsonp", False),
        ("", False),
    ],
)
def test_json_is_told_by_its_type(content_type: str, *, counts: bool) -> None:
    assert is_json(content_type) is counts


async def test_an_act_without_a_body_needs_no_type(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    outcome = await world.stamp(await world.a_card())
    undone = await client.post(f"/api/v1/operations/{outcome.operation_id}/undo", headers=headers)
    assert undone.status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"code": "1", "stamps": "2"}, "stamps"),
        ({"code": "1", "amount": {"minor": "9", "currency": "EGP"}}, "amount.minor"),
        ({"code": 1}, "code"),
    ],
)
async def test_the_field_that_does_not_fit_is_named(
    client: Client, world: World, body: dict[str, Any], field: str
) -> None:
    answer = await client.post("/api/v1/scans", json=body, headers=await world.an_api_key())
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert answer.json()["facts"] == {"field": field}

"""Every list has pages: all of it can be read in small pieces, nothing twice, nothing left out."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.ledger.dispatcher import Dispatcher
from tests.people import DARIUS, LEILA
from tests.surface.house import employ
from tests.surface.routes import Operation, api_operations
from tests.surface.shop import Shop

Client = AsyncTestClient[Litestar]

#: Besides what a furnished shop has. A list with one item has no pages.
MORE = {
    "/api/v1/cards": {"customer": {"name": "Amal"}},
    "/api/v1/customers": {"name": "Amal"},
    "/api/v1/keys": {"name": "Till 3", "permissions": ["cards.read"]},
    "/api/v1/locations": {"name": {"en": "Airport"}},
    "/api/v1/pools": {"name": "Other codes"},
    "/api/v1/programs": {"name": {"en": "Tea card"}, "rules": {"goal": 5}},
    "/api/v1/rewards": {"title": {"en": "Cake"}},
    "/api/v1/vouchers": {"title": {"en": "Cake"}},
}


async def lists(client: Client) -> list[Operation]:
    """The operations whose answer has items, by the API's own document."""
    document = (await client.get("/api/v1/openapi.json")).json()
    schemas = document["components"]["schemas"]
    found = []
    for operation in api_operations(client.app):
        said = document["paths"][operation.path][operation.method.lower()]["responses"]
        content = said.get("200", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if operation.method == "GET" and "items" in schemas.get(name, {}).get("properties", {}):
            found.append(operation)
    return found


async def test_every_list_is_known_to_be_one(client: Client) -> None:
    """An answer that is a bare array, or calls its items otherwise, would slip through the other tests."""
    assert len(await lists(client)) >= 12
    document = (await client.get("/api/v1/openapi.json")).json()
    for path, item in document["paths"].items():
        schema = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        assert schema.get("application/json", {}).get("schema", {}).get("type") != "array", path


async def pages(shop: Shop, operation: Operation, *, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    path, after = operation.at(shop.named), ""
    while True:
        answer = await shop.ask("GET", f"{path}?limit={limit}{after}")
        assert answer.status_code == 200, (operation.name, answer.text)
        page = answer.json()
        assert len(page["items"]) <= limit, operation.name
        items += page["items"]
        if page["next"] is None or not page["items"]:
            return items
        after = f"&after={page['next']}"


async def test_a_list_can_be_read_in_small_pieces(client: Client, shop: Shop) -> None:
    for path, body in MORE.items():
        program = {"program": shop.world.program_id} if path.endswith("/cards") else {}
        for _ in range(2):
            await shop.make(path, {**body, **program})
    for person in (LEILA, DARIUS):
        await employ(shop.world, person)
    await Dispatcher(shop.world.database).drain()
    for operation in await lists(client):
        whole = await pages(shop, operation, limit=100)
        assert len(whole) >= 2, f"{operation.name} has nothing to page through"
        for limit in (1, 2):
            assert await pages(shop, operation, limit=limit) == whole, operation.name


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=100000", "limit=x", "limit="])
async def test_a_page_has_a_reasonable_size(client: Client, shop: Shop, query: str) -> None:
    for operation in await lists(client):
        answer = await shop.ask("GET", f"{operation.at(shop.named)}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), (
            operation.name,
            answer.text,
        )


@pytest.mark.parametrize("cursor", ["nonsense", "-1", "%00", "99999999999999999999999", "٣"])
async def test_a_cursor_that_is_none_is_refused(client: Client, shop: Shop, cursor: str) -> None:
    for operation in await lists(client):
        answer = await shop.ask("GET", f"{operation.at(shop.named)}?after={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), (
            operation.name,
            answer.text,
        )

"""Loops over every route: what it declares, and what it answers to nobody, to a key without the right, and for nothing.

A route that is new is in these loops without being asked; one that writes wants a body in `tests.surface.shop`.
"""

from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.access.permissions import PUBLIC, SIGNED_IN, Permission
from tests.surface.routes import api_operations, operations
from tests.surface.shop import Shop, nothing_named
from tests.world import World

Client = AsyncTestClient[Litestar]

PROBLEM = {"type", "title", "status", "code", "detail", "request_id"}

#: Cards and wallets: what is asked for is proved by a secret in the address, a token of the pass or a signature.
_FOR_EVERYBODY = (
    *("/c/", "/j/", "/docs/", "/static/", "/brand/", "/art/", "/healthz", "/readyz", "/metrics"),
    *("/apple/v1/", "/google/"),
)

#: Needed by nothing else than reading one's own settings: such a key may do next to nothing.
_HARMLESS = Permission.MERCHANTS_READ


async def test_every_route_declares_who_may_use_it(client: Client) -> None:
    seen = list(operations(client.app))
    assert len(seen) > 100
    known = {PUBLIC, SIGNED_IN, *Permission}
    assert [each.name for each in seen if each.opt.get("permission") not in known] == []


async def test_only_what_must_be_public_is(client: Client) -> None:
    public = {each.path for each in operations(client.app) if each.permission == PUBLIC}
    assert all(
        path in {"/", "/api/v1", "/api/v1/openapi.json", "/robots.txt", "/signin", "/signout", "/setup"}
        or path.startswith(_FOR_EVERYBODY)
        or path == "/till/manifest.webmanifest"
        for path in public
    ), public


async def test_every_permission_opens_something(client: Client) -> None:
    declared = {each.permission for each in operations(client.app)}
    # Asked for by the service, once it knows what was scanned and what is undone.
    asked_later = {Permission.OPERATIONS_UNDO, Permission.VOUCHERS_REDEEM, Permission.CARDS_STAMP}
    assert set(Permission) - asked_later <= declared


async def test_without_a_key_every_operation_is_401_and_says_so_in_one_shape(
    client: Client, shop: Shop
) -> None:
    for operation in api_operations(client.app):
        body = shop.body(operation)
        for headers in (
            {},
            {"Authorization": "Bearer cdm_aaaaaaaa_nonsense"},
            {"Authorization": "Basic eA=="},
        ):
            answer = await client.request(
                operation.method, operation.at(shop.named), json=body, headers=headers
            )
            assert answer.status_code == 401, (operation.name, answer.text)
            assert answer.headers["content-type"] == "application/problem+json", operation.name
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json().keys() >= PROBLEM


async def test_a_key_without_the_permission_is_403_and_changes_nothing(client: Client, shop: Shop) -> None:
    weak = await shop.with_a_key_for(_HARMLESS)
    other = await shop.with_a_key_for(Permission.CARDS_READ)
    before = await shop.everything()
    for operation in api_operations(client.app):
        asking = other if operation.permission == _HARMLESS else weak
        answer = await asking.do(operation)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted"), operation.name
    assert await shop.everything() == before


async def test_each_permission_is_enough_for_what_it_opens(client: Client, shop: Shop) -> None:
    """With exactly the permission that a route declares, nothing else is asked for."""
    for permission in Permission:
        able = await shop.with_a_key_for(permission)
        for operation in api_operations(client.app):
            if operation.permission == permission and operation.method == "GET":
                assert (await able.do(operation)).status_code == 200, operation.name


async def test_every_get_of_the_api_answers_head(client: Client, shop: Shop) -> None:
    for operation in api_operations(client.app):
        if operation.method == "GET":
            looked = await shop.ask("HEAD", operation.at(shop.named), None)
            assert (looked.status_code, looked.content) == (200, b""), operation.name


async def test_what_does_not_exist_is_404(client: Client, shop: Shop) -> None:
    for named in (
        nothing_named(shop),
        dict.fromkeys(shop.named, "nonsense"),
        dict.fromkeys(shop.named, "%00"),
    ):
        for operation in api_operations(client.app):
            if "{" in operation.path:
                answer = await shop.ask(operation.method, operation.at(named), shop.body(operation))
                assert answer.status_code == 404, (operation.name, named, answer.text)
                assert answer.json().keys() >= PROBLEM


async def test_another_method_is_405_and_names_the_right_ones(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    answer = await client.put("/api/v1/cards", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].replace(" ", "").split(",")) >= {"GET", "POST"}

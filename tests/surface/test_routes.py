"""Loops over every route: who may use it, what a stranger gets, and in which shape an error comes."""

from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import AsyncTestClient

from cardamom.access.permissions import PUBLIC, Permission
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from cardamom.web.app import ROUTES
from tests.world import BARBER, World, a_world

Client = AsyncTestClient[Litestar]
_AUTOMATIC = {"HEAD", "OPTIONS"}


def _api_routes(app: Litestar) -> Iterator[tuple[str, str, dict[str, object]]]:
    """(method, path format, opt) of every operation of the API but the document itself."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/api/v1/"):
            for handler in route.route_handlers:
                for method in sorted(set(handler.http_methods) - _AUTOMATIC):
                    if handler.opt["permission"] != PUBLIC:
                        yield str(method), route.path_format, handler.opt


def _filled(path: str) -> str:
    """The path with an id that nobody has in place of each parameter."""
    return "/".join(new_id() if part.startswith("{") else part for part in path.split("/"))


async def test_without_a_key_every_operation_is_401_and_says_so_in_one_shape(client: Client) -> None:
    seen = 0
    for method, path, _opt in _api_routes(client.app):
        answer = await client.request(method, _filled(path), json={} if method != "GET" else None)
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json"), (method, path)
        assert {"type", "title", "status", "code", "detail", "request_id"} <= answer.json().keys()
        seen += 1
    assert seen > 35


async def test_a_key_without_the_permission_is_403(client: Client, world: World) -> None:
    headers = await world.an_api_key(Permission.MERCHANTS_READ)
    for method, path, opt in _api_routes(client.app):
        if opt["permission"] in (*Permission,) and opt["permission"] != Permission.MERCHANTS_READ:
            answer = await client.request(
                method, _filled(path), json={} if method != "GET" else None, headers=headers
            )
            assert answer.status_code == 403, (method, path, answer.status_code, answer.text)
            assert answer.json()["code"] == "not_permitted"


async def test_what_does_not_exist_is_404_for_whoever_may_ask(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    for method, path, _opt in _api_routes(client.app):
        if method == "GET" and "{" in path:
            answer = await client.get(_filled(path), headers=headers)
            assert answer.status_code == 404, (path, answer.status_code, answer.text)


async def test_a_stranger_gets_404_for_everything_of_another_shop(
    client: Client, ledger: Ledger, world: World
) -> None:
    stranger = await (await a_world(ledger, new=BARBER)).an_api_key()
    own = await world.an_api_key()
    card = (await client.post("/api/v1/cards", json={"program": world.program_id}, headers=own)).json()
    stamped = (
        await client.post("/api/v1/scans", json={"code": card["code"], "stamps": 10}, headers=own)
    ).json()
    voucher = stamped["issued"][0]["id"]
    theirs = [
        ("GET", f"/api/v1/cards/{card['id']}"),
        ("GET", f"/api/v1/cards/{card['id']}/entries"),
        ("POST", f"/api/v1/cards/{card['id']}/renew-link"),
        ("GET", f"/api/v1/operations/{stamped['operation']}"),
        ("POST", f"/api/v1/operations/{stamped['operation']}/undo"),
        ("GET", f"/api/v1/vouchers/{voucher}"),
        ("POST", f"/api/v1/vouchers/{voucher}/redeem"),
        ("POST", f"/api/v1/vouchers/{voucher}/cancel"),
        ("GET", f"/api/v1/programs/{world.program_id}"),
        ("PATCH", f"/api/v1/programs/{world.program_id}"),
        ("GET", f"/api/v1/rewards/{world.reward_id}"),
        ("PATCH", f"/api/v1/rewards/{world.reward_id}"),
    ]
    for method, path in theirs:
        answer = await client.request(method, path, json={} if method != "GET" else None, headers=stranger)
        assert answer.status_code == 404, (method, path, answer.status_code, answer.text)
    scanned = await client.post("/api/v1/scans", json={"code": card["code"]}, headers=stranger)
    assert (scanned.status_code, scanned.json()["reason"]) == (200, "card_unknown")
    for path in ("cards", "customers", "vouchers", "operations", "events"):
        listed = (await client.get(f"/api/v1/{path}", headers=stranger)).json()["items"]
        assert all(card["id"] not in str(item) and voucher not in str(item) for item in listed)


async def test_every_list_has_pages(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    for path in (
        "cards",
        "customers",
        "vouchers",
        "operations",
        "events",
        "programs",
        "rewards",
        "locations",
        "pools",
    ):
        answer = await client.get(f"/api/v1/{path}?limit=1", headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        body = answer.json()
        assert len(body["items"]) <= 1
        assert "next" in body


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: getattr(route, "__name__", str(route)))
def test_every_route_is_one_of_ours(route: object) -> None:
    assert getattr(route, "__module__", "cardamom").startswith(("cardamom", "litestar"))

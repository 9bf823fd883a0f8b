"""Vouchers and pools over HTTP, as a till of another maker sees them."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.access.permissions import Permission
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from tests.world import BARBER, World, a_world

Client = AsyncTestClient[Litestar]
Headers = dict[str, str]


@pytest.fixture
async def headers(world: World) -> Headers:
    return await world.an_api_key()


async def post(
    client: Client, path: str, headers: Headers, body: Any = None, *, status: int
) -> dict[str, Any]:
    answer = await client.post(path, json=body, headers={"Idempotency-Key": new_id(), **headers})
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def issue(client: Client, headers: Headers, **said: Any) -> dict[str, Any]:
    body = {"title": {"en": "A free coffee", "ar": "قهوة مجانية"}, **said}
    return await post(client, "/api/v1/vouchers", headers, body, status=201)


async def test_a_voucher_by_hand_is_redeemed_once(client: Client, headers: Headers, world: World) -> None:
    card_id = await world.a_card()
    voucher = await issue(
        client,
        headers,
        card=card_id,
        redemption="code",
        code={"kind": "shared", "text": "FREECOFFEE"},
        validity={"kind": "months", "n": 1},
        value={"minor": 5000, "currency": "EGP"},
    )
    assert (voucher["status"], voucher["card"], voucher["redeem_code"]) == ("active", card_id, None)
    path = f"/api/v1/vouchers/{voucher['id']}/redeem"
    first = await post(client, path, headers, {"device": "Till 1"}, status=200)
    assert (first["outcome"], first["reason"]) == ("accepted", None)
    assert first["sentence"] == "Redeemed: \u2068A free coffee\u2069."
    assert (first["voucher"]["status"], first["voucher"]["redeem_code"]) == ("redeemed", "FREECOFFEE")
    assert first["voucher"]["redeemed_via"] == "api"
    second = await post(client, path, headers, status=200)
    assert (second["outcome"], second["reason"]) == ("refused", "voucher_already_redeemed")
    assert second["voucher"]["redeemed_at"] == first["voucher"]["redeemed_at"]
    read = await client.get(f"/api/v1/vouchers/{voucher['id']}", headers=headers)
    assert read.json() == first["voucher"]


async def test_a_replay_answers_as_the_first_time(client: Client, headers: Headers) -> None:
    voucher = await issue(client, headers)
    path, same = f"/api/v1/vouchers/{voucher['id']}/redeem", {**headers, "Idempotency-Key": "once"}
    first = await post(client, path, same, {}, status=200)
    assert await post(client, path, same, {}, status=200) == first


async def test_the_sentence_is_in_the_language_of_the_reader(client: Client, headers: Headers) -> None:
    voucher = await issue(client, headers)
    arabic = {**headers, "Accept-Language": "ar"}
    answer = await post(client, f"/api/v1/vouchers/{voucher['id']}/redeem", arabic, status=200)
    assert "قهوة مجانية" in answer["sentence"]


async def test_a_voucher_is_cancelled_and_then_gone(client: Client, headers: Headers) -> None:
    voucher = await issue(client, headers)
    path = f"/api/v1/vouchers/{voucher['id']}"
    cancelled = await post(client, f"{path}/cancel", headers, {"reason": "A mistake"}, status=200)
    assert (cancelled["status"], cancelled["uses_left"]) == ("cancelled", 0)
    problem = await post(client, f"{path}/cancel", headers, status=410)
    assert (problem["code"], problem["detail"]) == ("voucher_cancelled", "This voucher was cancelled.")


async def test_the_list_filters_and_turns_pages(client: Client, headers: Headers, world: World) -> None:
    card_id = await world.a_card()
    ids = [(await issue(client, headers, card=card_id))["id"] for _ in range(3)]
    await issue(client, headers)
    first = (
        await client.get(f"/api/v1/vouchers?card={card_id}&limit=2&status=active", headers=headers)
    ).json()
    assert [voucher["id"] for voucher in first["items"]] == [ids[2], ids[1]]
    rest = await client.get(
        f"/api/v1/vouchers?card={card_id}&limit=2&after={first['next']}&status=active", headers=headers
    )
    assert ([voucher["id"] for voucher in rest.json()["items"]], rest.json()["next"]) == ([ids[0]], None)


async def test_a_pool_is_filled_and_drawn_from(client: Client, headers: Headers) -> None:
    pool = await post(client, "/api/v1/pools", headers, {"name": " Till codes "}, status=201)
    assert (pool["name"], pool["left"]) == ("Till codes", 0)
    path = f"/api/v1/pools/{pool['id']}/codes"
    done = await post(client, path, headers, {"codes": ["A-1", "A-1", "é"]}, status=200)
    assert (done["added"], done["rejected"], done["pool"]["left"]) == (1, 2, 1)
    assert done["lines"] == [
        {"line": 2, "reason": "pool_code_duplicate", "sentence": "This code is already in the pool."},
        {
            "line": 3,
            "reason": "pool_code_malformed",
            "sentence": "A code has 1 to 48 letters, digits and signs of the Latin alphabet.",
        },
    ]
    drawing = {"redemption": "code", "code": {"kind": "pool", "pool": pool["id"]}}
    first, second = await issue(client, headers, **drawing), await issue(client, headers, **drawing)
    drawn = await post(client, f"/api/v1/vouchers/{first['id']}/redeem", headers, status=200)
    assert drawn["voucher"]["redeem_code"] == "A-1"
    empty = await post(client, f"/api/v1/vouchers/{second['id']}/redeem", headers, status=200)
    assert (empty["reason"], empty["voucher"]["status"]) == ("pool_empty", "active")
    pools = (await client.get("/api/v1/pools", headers=headers)).json()
    assert [(found["id"], found["left"]) for found in pools["items"]] == [(pool["id"], 0)]


async def test_everything_of_another_shop_is_404(client: Client, ledger: Ledger, headers: Headers) -> None:
    theirs = await (await a_world(ledger, new=BARBER)).an_api_key()
    voucher = await issue(client, theirs)
    pool = await post(client, "/api/v1/pools", theirs, {"name": "Theirs"}, status=201)
    for path in (
        f"/api/v1/vouchers/{voucher['id']}",
        f"/api/v1/pools/{pool['id']}",
        "/api/v1/vouchers/nonsense",
    ):
        assert (await client.get(path, headers=headers)).status_code == 404
    for path, body in (
        (f"/api/v1/vouchers/{voucher['id']}/redeem", None),
        (f"/api/v1/vouchers/{voucher['id']}/cancel", None),
        (f"/api/v1/pools/{pool['id']}/codes", {"codes": ["X"]}),
        ("/api/v1/vouchers/nonsense/redeem", {}),
    ):
        problem = await post(client, path, headers, body, status=404)
        assert problem["code"] in {"voucher_unknown", "pool_unknown"}
    assert (await client.get("/api/v1/vouchers", headers=headers)).json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/vouchers", {}),
        ("/api/v1/vouchers", {"title": {"en": "x"}, "surprise": 1}),
        ("/api/v1/vouchers", {"title": {"en": "x"}, "validity": {"kind": "weeks"}}),
        ("/api/v1/vouchers", {"title": {"en": "x"}, "validity": {"kind": "days", "n": 1.5}}),
        ("/api/v1/vouchers", {"title": {"en": "x" * 10_000}}),
        ("/api/v1/vouchers", {"title": {"en": "\x00\u202e"}}),
        ("/api/v1/vouchers", {"title": {"en": "x"}, "value": {"minor": -1, "currency": "EGP"}}),
        ("/api/v1/vouchers", {"title": {"en": "x"}, "value": {"minor": 10**30, "currency": "EGP"}}),
        ("/api/v1/vouchers/VOUCHER/redeem", {"occurred_at": "2026-03-10T12:00:00"}),
        ("/api/v1/vouchers/VOUCHER/redeem", {"location": "here"}),
        ("/api/v1/vouchers/VOUCHER/redeem", {"device": "x" * 101}),
        ("/api/v1/pools", {"name": "\u200b"}),
        ("/api/v1/pools", {"name": 5}),
        ("/api/v1/pools/POOL/codes", {"codes": []}),
        ("/api/v1/pools/POOL/codes", {"codes": ["x" * 201]}),
        ("/api/v1/pools/POOL/codes", {"codes": ["x"] * 10_001}),
    ],
)
async def test_what_cannot_be_read_is_422_with_a_sentence(
    client: Client, headers: Headers, path: str, body: Any
) -> None:
    voucher = await issue(client, headers)
    pool = await post(client, "/api/v1/pools", headers, {"name": "Codes"}, status=201)
    problem = await post(
        client, path.replace("VOUCHER", voucher["id"]).replace("POOL", pool["id"]), headers, body, status=422
    )
    assert problem["detail"]


@pytest.mark.parametrize(
    "query", ["status=lost", "limit=0", "limit=1000", "after=x", "card=x", "customer=%00"]
)
async def test_a_query_that_cannot_be_read_is_422(client: Client, headers: Headers, query: str) -> None:
    assert (await client.get(f"/api/v1/vouchers?{query}", headers=headers)).status_code == 422


async def test_a_key_does_what_its_permissions_say(client: Client, world: World, headers: Headers) -> None:
    voucher = await issue(client, headers)
    reader = await world.an_api_key(Permission.VOUCHERS_READ)
    assert (await client.get("/api/v1/vouchers", headers=reader)).status_code == 200
    for path, body in (
        ("/api/v1/vouchers", {"title": {"en": "x"}}),
        (f"/api/v1/vouchers/{voucher['id']}/redeem", {}),
        (f"/api/v1/vouchers/{voucher['id']}/cancel", {}),
        ("/api/v1/pools", {"name": "x"}),
        (f"/api/v1/pools/{new_id()}/codes", {"codes": ["x"]}),
    ):
        assert (await post(client, path, reader, body, status=403))["code"] == "not_permitted"
    assert (await client.get("/api/v1/vouchers")).status_code == 401

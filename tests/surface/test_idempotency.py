"""Every write takes an Idempotency-Key, and keeps what it promises for it."""

from typing import Any

from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.kit.ids import new_id
from tests.surface.routes import Operation, api_operations
from tests.surface.shop import Shop

Client = AsyncTestClient[Litestar]

#: Said about the answer, or only ever once.
_ABOUT_THE_ANSWER = ("replayed", "secret", "note")
#: What a till asks for comes in this order: what is cancelled cannot be redeemed.
_LAST = ("undo", "cancel", "DELETE")

COUNT = "select count(*) from operation where merchant_id = %s"


def writes(client: Client) -> list[Operation]:
    found = [each for each in api_operations(client.app) if each.method != "GET"]
    return sorted(found, key=lambda each: any(word in each.name for word in _LAST))


def told(answer: Any) -> dict[str, Any]:
    body = answer.json() if answer.content else {}
    return {name: value for name, value in body.items() if name not in _ABOUT_THE_ANSWER}


async def written(shop: Shop) -> int:
    async with shop.world.database.unscoped_writing_as_the_ledger() as tx:
        found = await tx.exec_driver_sql(COUNT, (shop.world.merchant_id,))
        return int(found.scalar_one())


async def test_the_same_request_twice_is_done_once(client: Client, shop: Shop) -> None:
    assert len(writes(client)) > 18
    for operation in writes(client):
        key, before = new_id(), await written(shop)
        first = await shop.do(operation, key=key)
        assert first.status_code in (200, 201, 204), (operation.name, first.text)
        after = await written(shop)
        assert after > before, f"{operation.name} left no operation behind"
        again = await shop.do(operation, key=key)
        assert again.status_code == first.status_code, (operation.name, again.text)
        assert told(again) == told(first), operation.name
        assert await written(shop) == after, operation.name


async def test_without_a_key_two_requests_are_two(client: Client, shop: Shop) -> None:
    for _ in range(2):
        answer = await shop.make("/api/v1/scans", {"code": shop.card["code"]})
    assert answer["card"]["balance"] == 2


async def test_the_same_key_for_another_request_is_409(client: Client, shop: Shop) -> None:
    for operation in writes(client):
        key = new_id()
        first = await shop.do(operation, key=key)
        assert first.status_code in (200, 201, 204), (operation.name, first.text)
        before = await written(shop)
        other = await shop.ask("POST", "/api/v1/pools", {"name": "Another intention"}, key=key)
        assert (other.status_code, other.json()["code"]) == (409, "key_reused"), operation.name
        for name, changed in CHANGED.get(operation.name, {}).items():
            answer = await shop.do(operation, key=key, **{name: changed})
            assert (answer.status_code, answer.json()["code"]) == (409, "key_reused"), (operation.name, name)
        assert await written(shop) == before, operation.name


#: One field that makes it another request, for every write that has a body.
CHANGED: dict[str, dict[str, Any]] = {
    "POST /api/v1/cards": {"customer": {"name": "Amina"}},
    "POST /api/v1/customers": {"name": "Amina"},
    "PATCH /api/v1/customers/{customer_id}": {"name": "Amina"},
    "POST /api/v1/customers/{customer_id}/consents": {"granted": False},
    "POST /api/v1/keys": {"name": "Till 4"},
    "POST /api/v1/locations": {"name": {"en": "Station"}},
    "PATCH /api/v1/locations/{location_id}": {"name": {"en": "Station"}},
    "PATCH /api/v1/merchant": {"brand": {"colour": "#004488"}},
    "POST /api/v1/operations/{operation_id}/undo": {"reason": "Another one"},
    "POST /api/v1/pools": {"name": "Yet more codes"},
    "POST /api/v1/pools/{pool_id}/codes": {"codes": ["GIFT-10"]},
    "POST /api/v1/programs": {"name": {"en": "Juice card"}},
    "PATCH /api/v1/programs/{program_id}": {"name": {"en": "Juice card"}},
    "POST /api/v1/rewards": {"title": {"en": "Juice"}},
    "PATCH /api/v1/rewards/{reward_id}": {"title": {"en": "Juice"}},
    "POST /api/v1/scans": {"stamps": 3},
    "PUT /api/v1/wallets/apple": {"password": "another one"},
    "PUT /api/v1/wallets/google": {"issuer": "3388000000099999999"},
    "POST /api/v1/vouchers": {"title": {"en": "Juice"}},
    "POST /api/v1/vouchers/{voucher_id}/cancel": {"reason": "Another one"},
    "POST /api/v1/vouchers/{voucher_id}/redeem": {"device": "till 2"},
}


async def test_every_write_with_a_body_is_in_the_table_above(client: Client, shop: Shop) -> None:
    assert {each.name for each in writes(client) if shop.body(each) is not None} == CHANGED.keys()


async def test_another_shop_may_use_the_same_key(shop: Shop, stranger: Shop) -> None:
    first = await shop.ask("POST", "/api/v1/pools", {"name": "Codes"}, key="monday")
    second = await stranger.ask("POST", "/api/v1/pools", {"name": "Other codes"}, key="monday")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


async def test_a_key_that_is_none_is_refused(client: Client, shop: Shop) -> None:
    for operation in writes(client):
        for key in ("", " ", "x" * 256, "two words", "caf\u00e9"):
            headers = {**shop.headers, "Idempotency-Key": key.encode("latin-1")}
            answer = await client.request(
                operation.method, operation.at(shop.named), json=shop.body(operation), headers=headers
            )
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_malformed"), (
                operation.name,
                key,
                answer.text,
            )

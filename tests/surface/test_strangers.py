"""The owner of another business, with every permission there, meets this one's things: there are none."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.db.database import Database
from cardamom.db.metadata import metadata
from tests.surface.routes import api_operations
from tests.surface.shop import EMAIL, EXTERNAL_ID, NAME, PHONE, Shop

Client = AsyncTestClient[Litestar]

TENANTS = [table for table in metadata.sorted_tables if table.info["tenant"]]


async def test_every_address_of_a_thing_is_404(client: Client, shop: Shop, stranger: Shop) -> None:
    before = await shop.everything()
    seen = 0
    for operation in api_operations(client.app):
        if "{" in operation.path:
            body = shop.body(operation)
            answer = await stranger.ask(operation.method, operation.at(shop.named), body)
            assert answer.status_code == 404, (operation.name, answer.text)
            unknown = await stranger.ask(
                operation.method, operation.at(dict.fromkeys(shop.named, stranger.world.merchant_id)), body
            )
            assert told(answer.json()) == told(unknown.json()), "it tells that there is something"
            seen += 1
    assert seen >= 20
    assert await shop.everything() == before


def told(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "request_id"}


async def test_lists_and_searches_find_nothing(client: Client, shop: Shop, stranger: Shop) -> None:
    secrets = [
        *shop.named.values(),
        shop.card["code"],
        shop.card["number"],
        shop.voucher["code"],
        NAME,
        EMAIL,
    ]
    asked = [
        each.path for each in api_operations(client.app) if each.method == "GET" and "{" not in each.path
    ]
    for name, value in (
        ("code", shop.card["code"]),
        ("number", shop.card["number"]),
        ("phone", PHONE),
        ("email", EMAIL),
        ("external_id", EXTERNAL_ID),
        ("program", shop.world.program_id),
        ("q", NAME),
    ):
        asked += [f"/api/v1/cards?{name}={value}", f"/api/v1/customers?{name}={value}"]
    asked += [
        f"/api/v1/vouchers?card={shop.named['card_id']}",
        f"/api/v1/vouchers?customer={shop.named['customer_id']}",
    ]
    for path in asked:
        answer = await stranger.ask("GET", path)
        assert answer.status_code in (200, 404), (path, answer.text)
        assert not [secret for secret in secrets if secret in answer.text], path


async def test_codes_and_numbers_are_unknown(shop: Shop, stranger: Shop) -> None:
    for code, action, reason in (
        (shop.card["code"], "auto", "card_unknown"),
        (shop.card["number"], "stamp", "card_unknown"),
        (shop.card["code"], "redeem", "card_unknown"),
        (shop.voucher["code"], "auto", "voucher_unknown"),
        (shop.voucher["code"], "redeem", "voucher_unknown"),
    ):
        answer = await stranger.make("/api/v1/scans", {"code": code, "action": action})
        assert (answer["outcome"], answer["reason"]) == ("refused", reason)
        assert shop.named["card_id"] not in str(answer)
        assert shop.named["voucher_id"] not in str(answer)


def foreign_parts(shop: Shop) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests that name something of `shop` in their body."""
    named = shop.named
    yield "/api/v1/cards", {"program": named["program_id"]}
    yield "/api/v1/programs", {"name": {"en": "x"}, "rules": {"goal": 5, "reward": named["reward_id"]}}
    yield "/api/v1/programs", {"name": {"en": "x"}, "rules": {"goal": 5, "locations": [named["location_id"]]}}
    yield "/api/v1/rewards", {"title": {"en": "x"}, "terms": {"locations": [named["location_id"]]}}
    pool = {"redemption": "code", "code": {"kind": "pool", "pool": named["pool_id"]}}
    yield "/api/v1/rewards", {"title": {"en": "x"}, "terms": pool}
    yield "/api/v1/vouchers", {"title": {"en": "x"}, "card": named["card_id"]}
    yield "/api/v1/vouchers", {"title": {"en": "x"}, "customer": named["customer_id"]}
    yield "/api/v1/vouchers", {"reward": named["reward_id"]}
    yield "/api/v1/vouchers", {"title": {"en": "x"}, **pool}
    yield "/api/v1/vouchers", {"title": {"en": "x"}, "locations": [named["location_id"]]}
    yield "/api/v1/keys", {"name": "x", "permissions": ["cards.read"], "location_id": named["location_id"]}


def replaced(body: Any, ids: set[str]) -> Any:
    """The same request with an id that nobody has in place of these."""
    match body:
        case dict():
            return {name: replaced(value, ids) for name, value in body.items()}
        case list():
            return [replaced(value, ids) for value in body]
    return "01900000-0000-7000-8000-000000000000" if body in ids else body


async def test_nothing_can_be_made_of_anothers_parts(shop: Shop, stranger: Shop) -> None:
    before = await shop.everything()
    for path, body in foreign_parts(shop):
        answer = await stranger.ask("POST", path, body)
        assert answer.status_code in (404, 409, 422), (path, body, answer.text)
        unknown = await stranger.ask("POST", path, replaced(body, set(shop.named.values())))
        assert told(answer.json()) == told(unknown.json()), "it tells that there is something"
    assert await shop.everything() == before


async def test_a_scan_at_anothers_location_is_at_none(shop: Shop, stranger: Shop) -> None:
    card = await stranger.make("/api/v1/cards", {"program": stranger.world.program_id})
    answer = await stranger.make(
        "/api/v1/scans", {"code": card["code"], "location": shop.named["location_id"]}
    )
    assert (answer["outcome"], answer["reason"]) == ("refused", "location_unknown")


async def test_row_security_hides_every_row(database: Database, shop: Shop, stranger: Shop) -> None:
    """Even from a query that forgot its merchant."""
    filled = set()
    for table in TENANTS:
        statement = sa.select(table.c.merchant_id).distinct()
        async with database.unscoped_writing_as_the_ledger() as tx:
            owners = set((await tx.execute(statement)).scalars())
        if shop.world.merchant_id in owners:
            filled.add(table.name)
        async with database.reading(stranger.world.merchant_id) as tx:
            assert set((await tx.execute(statement)).scalars()) <= {stranger.world.merchant_id}, table.name
        async with database.unscoped_reading_of_the_directory() as tx:
            assert list((await tx.execute(statement)).scalars()) == [], table.name
    # The tables that were looked into are not simply empty.
    assert filled >= {"account", "card", "customer", "entry", "event", "operation", "pool", "pool_code"}
    assert filled >= {
        "program",
        "program_version",
        "reward",
        "voucher",
        "merchant",
        "location",
        "api_key",
        "feed",
    }


async def test_row_security_takes_no_row_for_another_merchant(
    database: Database, shop: Shop, stranger: Shop
) -> None:
    """The tables that the web's role may write: what is not one's own cannot be put there either."""
    for table in TENANTS:
        if table.info["web"] == "write":
            async with database.writing(stranger.world.merchant_id) as tx:
                gone = await tx.execute(sa.delete(table).where(table.c.merchant_id == shop.world.merchant_id))
            assert gone.rowcount == 0, table.name

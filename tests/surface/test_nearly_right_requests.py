"""Requests that are right but for one value, and that value is as unkind as values get.

What a generator makes of a schema is mostly wrong in its first field, and so never meets the code behind it.
"""

import json
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.surface.routes import api_operations
from tests.surface.shop import Shop

Client = AsyncTestClient[Litestar]

UNKIND: tuple[Any, ...] = (
    None,
    "",
    "\0",
    -1,
    2**31,
    "a\0b",
    [],
    {"en": "\0"},
    2**63,
    "x" * 10_001,
    "\u202ecod",
    -(2**63) - 1,
    0,
    {},
    1.5,
    "1" * 5_000,
    [None],
    "0190AAAA-0000-7000-8000-000000000000",
    "9999-12-31T23:59:59Z",
    {"": ""},
    True,
    "0190aaaa-0000-7000-8000-000000000000",
    "0001-01-01T00:00:00+14:00",
    "2026-02-30",
    2**53 + 1,
    "\ud800",
    "٣",
    "😀" * 300,
    ["x"] * 1_000,
    1e308,
)
#: Each place gets so many of them, the next place the next ones.
A_PLACE = 7


MONEY = {"minor": 100, "currency": "EGP"}
TEXT = {"en": "x", "ar": "س"}
HOLDER = {"name": "x", "phone": "01001234567", "email": "a@example.org", "birthday": "--03-21"}
MERCHANT = {
    "name": TEXT,
    "language": "ar",
    "languages": ["ar", "en"],
    "time_zone": "Africa/Cairo",
    "currency": "EGP",
    "region": "EG",
    "brand": {"colour": "#884400", "background": "#ffffff"},
    "preferences": {"numbering": "latn", "calendar": "gregorian", "weekend": [5, 6], "first_weekday": 1},
}


def a_program(named: dict[str, str]) -> dict[str, Any]:
    return {
        "name": TEXT,
        "rules": {
            "goal": 5,
            "reward": named["reward_id"],
            "earn": {"per": "amount", "stamps": 1, "minor": 100, "minimum_minor": 1},
            "milestones": [{"at": 2, "reward": named["reward_id"]}],
            "welcome_stamps": 1,
            "cooldown_seconds": 0,
            "daily_cap": 1,
            "stamps_cap": 30,
            "happy_hours": [{"weekdays": [1], "start": "09:00", "end": "10:00", "multiplier": 2}],
            "expiry": {"inactive_days": 30},
            "locations": [named["location_id"]],
        },
        "design": {"colours": {"background": "#ffffff"}, "icon": "cup", "headline": TEXT, "terms": TEXT},
        "join_form": {"consents": [{"channel": "sms", "purpose": "marketing", "wording": TEXT}]},
    }


def some_terms(named: dict[str, str]) -> dict[str, Any]:
    return {
        "redemption": "code",
        "validity": {"kind": "days", "n": 3},
        "code": {"kind": "pool", "pool": named["pool_id"]},
        "active_from": "now",
        "locations": [named["location_id"]],
        "value": MONEY,
        "cost": MONEY,
        "uses": 1,
    }


def everything_said(shop: Shop) -> dict[str, dict[str, Any]]:
    """Bodies that say all there is to say, where that is more than a furnished shop says of itself."""
    named = shop.named
    program, terms = a_program(named), some_terms(named)
    return {
        "POST /api/v1/cards": {
            "program": named["program_id"],
            "customer": {**HOLDER, "language": "ar"},
            "language": "en",
        },
        "PATCH /api/v1/customers/{customer_id}": {**HOLDER, "language": "ar", "external_id": "e"},
        "POST /api/v1/keys": {
            "name": "x",
            "permissions": ["cards.read"],
            "location_id": named["location_id"],
        },
        "PATCH /api/v1/locations/{location_id}": {"name": TEXT, "address": "a", "closed": False},
        "PATCH /api/v1/merchant": MERCHANT,
        "POST /api/v1/programs": program,
        "PATCH /api/v1/programs/{program_id}": program,
        "POST /api/v1/rewards": {"title": TEXT, "kind": "voucher", "description": TEXT, "terms": terms},
        "PATCH /api/v1/rewards/{reward_id}": {"title": TEXT, "terms": terms, "archived": False},
        "POST /api/v1/scans": {
            "code": shop.card["code"],
            "action": "auto",
            "stamps": 1,
            "amount": MONEY,
            "voucher": named["voucher_id"],
            "location": named["location_id"],
            "device": "d",
            "occurred_at": "2026-11-22T10:00:00Z",
        },
        "POST /api/v1/vouchers": {"card": named["card_id"], "title": TEXT, "kind": "voucher", **terms},
        "POST /api/v1/vouchers/{voucher_id}/redeem": {
            "location": named["location_id"],
            "device": "d",
            "occurred_at": "2026-11-22T10:00:00Z",
        },
    }


def spoiled(body: Any, unkind: Iterator[Any]) -> Iterator[Any]:
    """The same body again and again, each time with one value replaced, at every depth."""
    places: list[Any] = list(body) if isinstance(body, dict) else list(range(len(body)))
    for place in places:
        kept = body[place]
        inner = spoiled(kept, unkind) if isinstance(kept, dict | list) else iter(())
        for value in [*inner, *islice(unkind, A_PLACE)]:
            changed = body.copy()
            changed[place] = value
            yield changed


async def test_one_wrong_value_is_never_our_fault(client: Client, shop: Shop) -> None:
    unkind, seen = cycle(UNKIND), 0
    said = everything_said(shop)
    for operation in api_operations(client.app):
        body = None if operation.method == "GET" else said.get(operation.name, shop.body(operation))
        for changed in spoiled(body, unkind) if body else ():
            answer = await client.request(
                operation.method,
                operation.at(shop.named),
                content=json.dumps(changed),
                headers={**shop.headers, "Content-Type": "application/json"},
            )
            assert answer.status_code < 500, (operation.name, changed, answer.text)
            assert answer.status_code < 400 or answer.json()["code"], (operation.name, changed)
            seen += 1
    assert seen > 1_000


async def test_one_wrong_parameter_is_never_our_fault(client: Client, shop: Shop) -> None:
    document, seen = (await client.get("/api/v1/openapi.json")).json(), 0
    texts = [value for value in UNKIND if isinstance(value, str) and value != "\ud800"]
    for operation in api_operations(client.app):
        for parameter in document["paths"][operation.path][operation.method.lower()].get("parameters", ()):
            for value in texts if parameter.get("in") == "query" else ():
                answer = await client.request(
                    operation.method,
                    operation.at(shop.named),
                    params={parameter["name"]: value},
                    headers=shop.headers,
                )
                assert answer.status_code < 500, (operation.name, parameter["name"], value, answer.text)
                seen += 1
    assert seen > 400

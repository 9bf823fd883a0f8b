"""Bad input, a line each: its own stable code, a sentence in four languages, nothing written by halves, never 5xx."""

import asyncio
import json
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED
from cardamom.ledger.verify import verify
from tests.surface.broken_things import BrokenThings
from tests.surface.shop import Shop

Client = AsyncTestClient[Litestar]

#: What is scanned, what else the scan says, and the reason why it is refused.
SCANS: list[tuple[str, dict[str, Any], str]] = [
    ("nothing", {}, "code_malformed"),
    ("words", {}, "code_malformed"),
    ("NUL", {}, "code_malformed"),
    ("a long number", {}, "code_malformed"),
    ("direction marks", {}, "code_malformed"),
    ("a wrong digit", {}, "code_malformed"),
    ("a digit too few", {}, "code_malformed"),
    ("nobody's card", {}, "card_unknown"),
    ("nobody's card", {"action": "redeem"}, "card_unknown"),
    ("a number of nobody", {}, "card_unknown"),
    ("a stranger's card", {}, "card_unknown"),
    ("a stranger's number", {}, "card_unknown"),
    ("a card that was lost", {}, "card_unknown"),
    ("nobody's voucher", {}, "voucher_unknown"),
    ("nobody's voucher", {"action": "redeem"}, "voucher_unknown"),
    ("a stranger's voucher", {}, "voucher_unknown"),
    ("a stranger's voucher", {"action": "redeem"}, "voucher_unknown"),
    ("a slip", {}, "code_not_for_scanning"),
    ("a voucher", {"action": "stamp"}, "not_a_card"),
    ("a card", {"action": "redeem"}, "nothing_to_redeem"),
    ("a card with two rewards", {"action": "redeem"}, "choose_voucher"),
    ("a card of a closed program", {}, "program_closed"),
    ("a closed card", {}, "card_closed"),
    ("a card that was stamped a moment ago", {}, "cooldown"),
    ("a card that came too often today", {}, "daily_cap"),
    ("a card for another place", {}, "location_not_included"),
    ("a card", {"stamps": 0}, "stamps_malformed"),
    ("a card", {"stamps": -(2**40)}, "stamps_malformed"),
    ("a card", {"stamps": 31}, "stamps_too_many"),
    ("a card", {"stamps": 2**62}, "stamps_too_many"),
    ("a card of a program by amount", {}, "amount_required"),
    (
        "a card of a program by amount",
        {"stamps": 3, "amount": {"minor": 900, "currency": "EGP"}},
        "stamps_by_amount",
    ),
    ("a card of a program by amount", {"amount": {"minor": 499, "currency": "EGP"}}, "below_minimum"),
    ("a card of a program by amount", {"amount": {"minor": -900, "currency": "EGP"}}, "amount_malformed"),
    ("a card of a program by amount", {"amount": {"minor": 0, "currency": "EGP"}}, "amount_malformed"),
    ("a card of a program by amount", {"amount": {"minor": 2**60, "currency": "EGP"}}, "amount_too_large"),
    ("a card of a program by amount", {"amount": {"minor": 10**30, "currency": "EGP"}}, "amount_too_large"),
    ("a card of a program by amount", {"amount": {"minor": 900, "currency": "EUR"}}, "currency_mismatch"),
    ("an expired voucher", {}, "voucher_expired"),
    ("an expired voucher", {"action": "redeem"}, "voucher_expired"),
    ("a used voucher", {}, "voucher_already_redeemed"),
    ("a used voucher", {"action": "redeem"}, "voucher_already_redeemed"),
    ("a cancelled voucher", {}, "voucher_cancelled"),
    ("a cancelled voucher", {"action": "redeem"}, "voucher_cancelled"),
    ("a voucher for the next visit", {"action": "redeem"}, "voucher_not_yet_active"),
    ("a voucher for another place", {"action": "redeem"}, "voucher_location"),
    ("a voucher of an empty pool", {"action": "redeem"}, "pool_empty"),
]

#: Method, path, body, status and code. In a path and a body, names of `shop.named` and `things.ids` in angle brackets.
REQUESTS: list[tuple[str, str, Any, int, str]] = [
    ("POST", "/api/v1/scans", {"code": "1", "amount": {"minor": 1.5, "currency": "EGP"}}, 422, "malformed"),
    # A number in quotes is no number, a word is no yes: whoever sends it has a mistake that is better found now.
    ("POST", "/api/v1/scans", {"code": "1", "stamps": "2"}, 422, "malformed"),
    ("POST", "/api/v1/scans", {"code": "1", "amount": {"minor": "900", "currency": "EGP"}}, 422, "malformed"),
    ("POST", "/api/v1/scans", {"code": 1}, 422, "malformed"),
    ("POST", "/api/v1/scans", {"code": "1", "occurred_at": 1_795_000_000}, 422, "malformed"),
    ("PATCH", "/api/v1/locations/<location_id>", {"closed": "true"}, 422, "malformed"),
    ("PATCH", "/api/v1/locations/<location_id>", {"latitude": "24.7", "longitude": "46.6"}, 422, "malformed"),
    ("PATCH", "/api/v1/locations/<location_id>", {"latitude": 24.7}, 422, "position_malformed"),
    ("PATCH", "/api/v1/locations/<location_id>", {"latitude": 91, "longitude": 0}, 422, "position_malformed"),
    ("POST", "/api/v1/programs", {"name": {"en": "x"}, "rules": {"goal": "5"}}, 422, "malformed"),
    (
        "POST",
        "/api/v1/scans",
        {"code": "1", "amount": {"minor": "nine", "currency": "EGP"}},
        422,
        "malformed",
    ),
    ("POST", "/api/v1/scans", {"code": "1", "amount": {"minor": 9, "currency": "pounds"}}, 422, "malformed"),
    ("POST", "/api/v1/scans", {"code": "1", "occurred_at": "2026-11-22T10:00:00"}, 422, "malformed"),
    ("POST", "/api/v1/scans", {"code": "1", "occurred_at": "yesterday"}, 422, "malformed"),
    ("POST", "/api/v1/scans", {"code": "1", "surprise": True}, 422, "malformed"),
    ("POST", "/api/v1/cards", {"program": "<a closed program>"}, 410, "program_closed"),
    ("POST", "/api/v1/cards", {"program": "nonsense"}, 404, "not_found"),
    (
        "POST",
        "/api/v1/cards",
        {"program": "<program_id>", "external_id": "till-7"},
        409,
        "card_external_id_taken",
    ),
    ("POST", "/api/v1/cards", {"program": "<program_id>", "language": "xx"}, 422, "language_unsupported"),
    ("POST", "/api/v1/customers", {"name": "x" * 10_000}, 422, "text_too_long"),
    ("POST", "/api/v1/customers", {"phone": "12"}, 422, "phone_malformed"),
    ("POST", "/api/v1/customers", {"phone": "\0" * 9}, 422, "phone_malformed"),
    ("POST", "/api/v1/customers", {"email": "leila at example"}, 422, "email_malformed"),
    ("POST", "/api/v1/customers", {"birthday": "2026-02-30"}, 422, "birthday_malformed"),
    ("POST", "/api/v1/customers", {"birthday": "0026-02-03"}, 422, "birthday_malformed"),
    ("POST", "/api/v1/customers", {"external_id": "till-7"}, 409, "external_id_taken"),
    ("POST", "/api/v1/vouchers", {"title": {"en": "x" * 10_000}}, 422, "text_too_long"),
    ("POST", "/api/v1/vouchers", {"title": {}}, 422, "localised_malformed"),
    ("POST", "/api/v1/vouchers", {"title": {"xx": "x"}}, 422, "localised_malformed"),
    ("POST", "/api/v1/vouchers", {"title": {"en": "x"}, "uses": 0}, 422, "terms_malformed"),
    (
        "POST",
        "/api/v1/vouchers",
        {"title": {"en": "x"}, "validity": {"kind": "fixed", "date": "2020-01-01"}},
        422,
        "terms_malformed",
    ),
    (
        "POST",
        "/api/v1/vouchers",
        {"title": {"en": "x"}, "value": {"minor": 5, "currency": "EUR"}},
        409,
        "currency_mismatch",
    ),
    ("POST", "/api/v1/vouchers/<a used voucher>/cancel", None, 409, "voucher_already_redeemed"),
    ("POST", "/api/v1/vouchers/<an expired voucher>/cancel", None, 410, "voucher_expired"),
    ("POST", "/api/v1/vouchers/<a cancelled voucher>/cancel", None, 410, "voucher_cancelled"),
    ("POST", "/api/v1/vouchers/nonsense/redeem", None, 404, "voucher_unknown"),
    ("POST", "/api/v1/operations/nonsense/undo", None, 404, "operation_unknown"),
    ("POST", "/api/v1/programs", {"name": {"en": "x"}, "rules": {"goal": 0}}, 422, "rules_malformed"),
    (
        "POST",
        "/api/v1/programs",
        {"name": {"en": "x"}, "rules": {"goal": 5}, "slug": "a b"},
        422,
        "slug_malformed",
    ),
    ("POST", "/api/v1/pools/<pool_id>/codes", {"codes": []}, 422, "malformed"),
    ("POST", "/api/v1/keys", {"name": "", "permissions": ["cards.read"]}, 422, "key_name_missing"),
    ("POST", "/api/v1/keys", {"name": "x", "permissions": []}, 422, "key_without_permissions"),
    ("POST", "/api/v1/keys", {"name": "x", "permissions": ["everything"]}, 422, "permission_unknown"),
    ("PATCH", "/api/v1/merchant", {"time_zone": "Cairo"}, 422, "time_zone_unknown"),
    ("PATCH", "/api/v1/merchant", {"currency": "XXY"}, 422, "currency_unknown"),
    ("PATCH", "/api/v1/merchant", {"brand": {"colour": "green"}}, 422, "colour_malformed"),
    ("PATCH", "/api/v1/merchant", {"region": "Egypt"}, 422, "region_unknown"),
    ("GET", "/api/v1/cards?phone=12", None, 422, "phone_malformed"),
    ("GET", "/api/v1/cards?after=nonsense", None, 422, "malformed"),
    ("GET", "/api/v1/vouchers?card=%00", None, 422, "malformed"),
    ("GET", "/api/v1/cards/%00", None, 404, "card_unknown"),
    ("GET", "/api/v1/nowhere", None, 404, "not_found"),
]

#: Bodies that cannot be read at all: content, type, status and code.
BODIES: list[tuple[str, bytes, str, int, str]] = [
    ("no JSON", b"code=1", "application/json", 422, "not_json"),
    ("half a JSON", b'{"code": "1"', "application/json", 422, "not_json"),
    ("no UTF-8", b'{"code":"\xff"}', "application/json", 422, "not_json"),
    ("nothing", b"", "application/json", 422, "malformed"),
    ("an array", b"[]", "application/json", 422, "malformed"),
    (
        "too deep",
        b'{"code":"1","amount":' + b"[" * 90_000 + b"]" * 90_000 + b"}",
        "application/json",
        422,
        "malformed",
    ),
    (
        "a form",
        b"code=100000000000000000",
        "application/x-www-form-urlencoded",
        415,
        "media_type_unsupported",
    ),
    ("plain text", b'{"code":"100000000000000000"}', "text/plain", 415, "media_type_unsupported"),
    ("no type", b'{"code":"100000000000000000"}', "", 415, "media_type_unsupported"),
    ("too large", b'{"code":"' + b"1" * (3 * 1024 * 1024) + b'"}', "application/json", 413, "body_too_large"),
]


@pytest.fixture
async def things(shop: Shop, stranger: Shop, database_url: str) -> BrokenThings:
    things = BrokenThings(shop, stranger, database_url)
    await things.make()
    return things


async def accounts_of(shop: Shop) -> list[Any]:
    """Everything that a refused request could have changed: balances, states, and how many rows there are."""
    statements = (
        "select id, balance, state::text, revision, seq from account order by id",
        "select count(*) from entry union all select count(*) from card union all select count(*) from customer"
        " union all select count(*) from voucher union all select count(*) from program union all select count(*)"
        " from pool_code union all select count(*) from api_key",
        "select id, status, drawn_code from voucher order by id",
    )
    found: list[Any] = []
    async with shop.world.database.unscoped_writing_as_the_ledger() as tx:
        for statement in statements:
            found += [tuple(row) for row in await tx.exec_driver_sql(statement)]
    return found


async def expect_sound(shop: Shop) -> None:
    async with await shop.world.database.ledger_connect() as driver:
        assert (await verify(driver)).is_sound


async def sentences(shop: Shop, method: str, path: str, **more: Any) -> list[dict[str, Any]]:
    """The same request in each language; the answers, with `said` for the sentence that each has."""
    told = []
    for language in SUPPORTED:
        headers = {**shop.headers, "Accept-Language": language, **more.get("headers", {})}
        answer = await shop.client.request(method, path, **{**more, "headers": headers})
        assert answer.status_code < 500, answer.text
        body = answer.json()
        told.append({**body, "http": answer.status_code, "said": body.get("sentence") or body["detail"]})
    assert all(each["said"].strip() for each in told)
    assert len({each["said"] for each in told}) == len(SUPPORTED), [each["said"] for each in told]
    return told


async def test_a_scan_that_is_refused_says_why_and_writes_nothing(things: BrokenThings) -> None:
    shop = things.shop
    before = await accounts_of(shop)
    for what, more, reason in SCANS:
        body = {"code": things.codes[what], **more}
        for told in await sentences(shop, "POST", "/api/v1/scans", json=body):
            assert (told["http"], told["outcome"], told["reason"]) == (200, "refused", reason), (what, more)
        assert await accounts_of(shop) == before, (what, more)
    await expect_sound(shop)


async def test_a_request_that_is_refused_says_why_and_writes_nothing(things: BrokenThings) -> None:
    shop = things.shop
    before = await accounts_of(shop)
    for method, path, body, status, code in REQUESTS:
        named = {**shop.named, **things.ids}
        for told in await sentences(shop, method, filled(path, named), json=filled(body, named)):
            found = (told["http"], told.get("code"))
            assert found == (status, code), (method, path, str(body)[:200], told["said"])
        assert await accounts_of(shop) == before, (method, path)
    await expect_sound(shop)


def filled(text: Any, named: dict[str, str]) -> Any:
    """A path or a body with ids in place of their names."""
    encoded = json.dumps(text)
    for name, value in named.items():
        encoded = encoded.replace(f"<{name}>", value)
    return json.loads(encoded)


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [body[1:] for body in BODIES],
    ids=[body[0] for body in BODIES],
)
async def test_a_body_that_cannot_be_read_says_so(
    shop: Shop, content: bytes, media_type: str, status: int, code: str
) -> None:
    before = await accounts_of(shop)
    more = {"content": content, "headers": {"Content-Type": media_type}}
    for told in await sentences(shop, "POST", "/api/v1/scans", **more):
        assert (told["http"], told["code"]) == (status, code)
    assert await accounts_of(shop) == before


async def test_a_replay_with_another_body_says_so(shop: Shop) -> None:
    key = new_id()
    first = await shop.ask("POST", "/api/v1/scans", {"code": shop.card["code"]}, key=key)
    assert first.json()["outcome"] == "accepted"
    before = await accounts_of(shop)
    more = {"json": {"code": shop.card["code"], "stamps": 2}, "headers": {"Idempotency-Key": key}}
    for told in await sentences(shop, "POST", "/api/v1/scans", **more):
        assert (told["http"], told["code"]) == (409, "key_reused")
    assert await accounts_of(shop) == before


async def test_one_key_twice_in_flight_is_one_stamp(shop: Shop) -> None:
    key = new_id()
    twins = [shop.ask("POST", "/api/v1/scans", {"code": shop.card["code"]}, key=key) for _ in range(8)]
    answers = [answer.json() for answer in await asyncio.gather(*twins)]
    assert len({answer["operation"] for answer in answers}) == 1
    assert (await shop.ask("GET", f"/api/v1/cards/{shop.card['id']}")).json()["balance"] == 1


async def test_two_keys_in_flight_use_a_voucher_once(shop: Shop) -> None:
    code = shop.voucher["code"]
    wishes = [
        shop.ask("POST", "/api/v1/scans", {"code": code, "action": "redeem"}, key=new_id()) for _ in range(8)
    ]
    reasons = [answer.json()["reason"] for answer in await asyncio.gather(*wishes)]
    assert sorted(reasons, key=str) == [None, *["voucher_already_redeemed"] * 7]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("\u202eليلى\u202c", "ليلى"),
        ("Lei\0la\u0007", "Leila"),
        ("\ufeffLeila\u200b \n Mansour", "Leila Mansour"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("\u2066", None),
        (" ", None),
    ],
)
async def test_a_name_is_kept_without_what_cannot_be_seen(shop: Shop, given: str, kept: str | None) -> None:
    made = await shop.make("/api/v1/customers", {"name": given})
    assert made["name"] == kept


@pytest.mark.parametrize(
    "clock", ["1970-01-01T00:00:00Z", "2090-06-01T12:00:00+03:30", "0900-01-01T00:00:00Z"]
)
async def test_a_clock_that_is_wrong_by_years_is_kept_and_not_believed(shop: Shop, clock: str) -> None:
    answer = await shop.make("/api/v1/scans", {"code": shop.card["code"], "occurred_at": clock})
    assert answer["outcome"] == "accepted"
    kept = (await shop.ask("GET", f"/api/v1/operations/{answer['operation']}")).json()
    assert kept["occurred_at"] is not None
    assert kept["recorded_at"][:4] == answer["recorded_at"][:4] > "2025"

"""The main job over HTTP: join, ten stamps, the reward, its redemption, and the books behind it."""

from typing import Any

from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.world import World

Client = AsyncTestClient[Litestar]


async def _scan(client: Client, headers: dict[str, str], key: str, **body: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/scans", json=body, headers={**headers, "Idempotency-Key": key})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_ten_visits_give_a_coffee_that_is_drunk_once(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    made = await client.post(
        "/api/v1/cards",
        json={"program": world.program_id, "customer": {"name": "ليلى", "phone": "٠١٠٠ ١٢٣ ٤٥٦٧"}},
        headers={**headers, "Idempotency-Key": "join"},
    )
    assert made.status_code == 201, made.text
    card = made.json()
    assert (card["balance"], card["goal"], card["to_go"], card["customer"]["name"]) == (0, 10, 10, "ليلى")

    for visit in range(9):
        answer = await _scan(client, headers, f"visit-{visit}", code=card["code"])
        assert (answer["outcome"], answer["card"]["balance"]) == ("accepted", visit + 1)
    tenth = await _scan(client, headers, "visit-9", code=card["code"])
    assert tenth["card"]["balance"] == 0
    assert len(tenth["issued"]) == 1
    again = await _scan(client, headers, "visit-9", code=card["code"])
    assert again["replayed"]
    assert again["operation"] == tenth["operation"]
    assert [voucher["id"] for voucher in again["issued"]] == [voucher["id"] for voucher in tenth["issued"]]

    voucher = (await client.get(f"/api/v1/vouchers/{tenth['issued'][0]['id']}", headers=headers)).json()
    offered = await _scan(client, headers, "look", code=voucher["code"])
    assert (offered["outcome"], offered["reason"]) == ("accepted", "redeem_offered")
    redeemed = await _scan(client, headers, "redeem-1", code=voucher["code"], action="redeem")
    assert (redeemed["outcome"], redeemed["voucher"]["status"]) == ("accepted", "redeemed")
    second = await _scan(client, headers, "redeem-2", code=voucher["code"], action="redeem")
    assert (second["outcome"], second["reason"]) == ("refused", "voucher_already_redeemed")

    undone = await client.post(f"/api/v1/operations/{redeemed['operation']}/undo", json={}, headers=headers)
    assert undone.status_code == 200, undone.text
    third = await _scan(client, headers, "redeem-3", code=card["number"], action="redeem")
    assert third["outcome"] == "accepted"

    entries = (await client.get(f"/api/v1/cards/{card['id']}/entries", headers=headers)).json()
    assert sum(entry["delta"] for entry in entries["items"]) == 0
    assert entries["items"][0]["balance"] == 0


async def test_a_scan_of_anything_has_an_answer(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    reasons = {}
    for code in ("", "hello", "123456", "١٢٣٤٥٦٧٨", "\u0000", "9" * 300, "100000000000000000"):
        answer = await _scan(client, headers, f"code-{len(reasons)}", code=code)
        assert answer["outcome"] == "refused"
        assert answer["sentence"]
        reasons[code] = answer["reason"]
    assert set(reasons.values()) <= {"code_malformed", "card_unknown"}


async def test_the_same_key_with_another_body_is_a_conflict(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    card = await world.card(await world.a_card())
    await _scan(client, headers, "same", code=card.code)
    other = await client.post(
        "/api/v1/scans", json={"code": card.code, "stamps": 2}, headers={**headers, "Idempotency-Key": "same"}
    )
    assert other.status_code == 409
    assert other.json()["code"] == "key_reused"


async def test_what_cannot_be_read_is_422(client: Client, world: World) -> None:
    headers = {**await world.an_api_key(), "Content-Type": "application/json"}
    deep = b'{"code": "1", "amount": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    for body in (
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"code": 5}',
        b'{"code": "1", "more": 1}',
        b'{"code": "1", "amount": {"minor": 1.5, "currency": "EUR"}}',
        deep,
    ):
        answer = await client.post("/api/v1/scans", content=body, headers=headers)
        assert answer.status_code == 422, (body[:60], answer.status_code, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json")

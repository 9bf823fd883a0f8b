"""Programs and rewards over HTTP, as one person of the shop at a time."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from litestar import Litestar
from litestar.di import Provide

from cardamom.db.database import Database
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from cardamom.programs.api import routes
from cardamom.web.problems import exception_handlers
from tests.people import Everybody, Somebody

pytestmark = pytest.mark.asyncio

PROGRAM = {
    "name": {"en": "Regulars", "ar": "الزبائن الدائمون"},
    "rules": {"earn": {"per": "visit", "stamps": 1}, "goal": 10},
}
REWARD = {"title": {"en": "Free coffee"}, "terms": {"validity": {"kind": "days", "n": 30}}}


class Counter:
    """An application in which somebody is signed in, and somebody else may take over."""

    def __init__(self, ledger: Ledger, database: Database, who: Somebody) -> None:
        self.who = who
        self.key = ""
        given = {
            "ledger": lambda: ledger,
            "database": lambda: database,
            "actor": lambda: self.who.actor,
            "merchant_id": lambda: self.who.merchant_id,
            "idempotency_key": lambda: self.key or new_id(),
        }
        self.app = Litestar(
            routes,
            dependencies={name: Provide(value, sync_to_thread=False) for name, value in given.items()},
            exception_handlers=exception_handlers(),
        )


@pytest.fixture
def counter(ledger: Ledger, database: Database, people: Everybody) -> Counter:
    return Counter(ledger, database, people.owner)


@pytest.fixture
async def client(counter: Counter) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(counter.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        yield client


async def created(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_program_is_created_read_changed_and_listed(client: httpx2.AsyncClient):
    reward = await created(client, "/api/v1/rewards", REWARD)
    program = await created(
        client, "/api/v1/programs", {**PROGRAM, "rules": {**PROGRAM["rules"], "reward": reward["id"]}}
    )
    assert set(program) >= {"id", "slug", "name", "status", "version", "design", "rules", "join_form"}
    assert program["rules"]["cooldown_seconds"] == 900
    assert (await client.get(f"/api/v1/programs/{program['id']}")).json() == program
    changed = await client.patch(
        f"/api/v1/programs/{program['id']}",
        json={"rules": {"goal": 8, "daily_cap": None, "cooldown_seconds": 0}},
    )
    assert changed.status_code == 200
    assert changed.json()["version"] == 2
    assert changed.json()["rules"]["reward"] == reward["id"]
    assert changed.json()["rules"]["daily_cap"] is None
    listed = (await client.get("/api/v1/programs")).json()
    assert listed == {"items": [changed.json()], "next": None}


async def test_a_reward_is_created_changed_and_archived(client: httpx2.AsyncClient):
    reward = await created(client, "/api/v1/rewards", REWARD)
    assert reward["kind"] == "voucher"
    path = f"/api/v1/rewards/{reward['id']}"
    changed = (await client.patch(path, json={"terms": {"redemption": "self"}})).json()
    assert changed["terms"] == {**reward["terms"], "redemption": "self"}
    assert (await client.patch(path, json={"archived": True})).json()["archived_at"] is not None
    assert (await client.get(path)).json()["archived_at"] is not None


async def test_lists_are_paged(client: httpx2.AsyncClient):
    made = [(await created(client, "/api/v1/rewards", REWARD))["id"] for _ in range(3)]
    first = (await client.get("/api/v1/rewards?limit=2")).json()
    rest = (await client.get(f"/api/v1/rewards?limit=2&after={first['next']}")).json()
    assert [reward["id"] for reward in (*first["items"], *rest["items"])] == made
    assert rest["next"] is None
    for wrong in ("limit=0", "limit=201", "limit=x", "after=x"):
        assert (await client.get(f"/api/v1/rewards?{wrong}")).status_code == 422


async def test_the_same_key_creates_once(client: httpx2.AsyncClient, counter: Counter):
    counter.key = "from-the-till-1"
    assert await created(client, "/api/v1/programs", PROGRAM) == await created(
        client, "/api/v1/programs", PROGRAM
    )
    other = await client.post("/api/v1/programs", json={**PROGRAM, "name": {"en": "Other"}})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "malformed", None),
        ({**PROGRAM, "surprise": 1}, "malformed", None),
        ({**PROGRAM, "rules": {"goal": "ten"}}, "malformed", "rules.goal"),
        ({**PROGRAM, "rules": {"goal": 10**30}}, "rules_malformed", "goal"),
        (
            {**PROGRAM, "rules": {"goal": 10, "milestones": [{"at": 12, "reward": "x"}]}},
            "rules_malformed",
            "milestones",
        ),
        ({**PROGRAM, "rules": {"goal": 10, "reward": "\x00"}}, "rules_malformed", "reward"),
        ({**PROGRAM, "name": {}}, "localised_malformed", None),
        ({**PROGRAM, "name": {"en": "x" * 10_000}}, "text_too_long", None),
        ({**PROGRAM, "name": {"xx-not": "x"}}, "localised_malformed", None),
        ({**PROGRAM, "name": {"en": "\u202e\x00"}}, "localised_malformed", None),
        ({**PROGRAM, "slug": "UPPER"}, "slug_malformed", None),
        ({**PROGRAM, "status": "archived"}, "malformed", "status"),
        ({**PROGRAM, "design": {"icon": "unicorn"}}, "malformed", "design.icon"),
        ({**PROGRAM, "design": {"colours": {"accent": "url(x)"}}}, "colour_malformed", None),
        ({**PROGRAM, "join_form": {"name": "maybe"}}, "malformed", "join_form.name"),
    ],
)
async def test_what_cannot_be_read_is_422_with_its_code(
    client: httpx2.AsyncClient, body: dict[str, Any], code: str, field: str | None
):
    answer = await client.post("/api/v1/programs", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code), problem
    assert problem["detail"].endswith(".")
    if field is not None:
        assert problem["facts"]["field"].removeprefix("data.") == field
    assert (await client.get("/api/v1/programs")).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "malformed"),
        ({**REWARD, "kind": "lottery"}, "malformed"),
        ({**REWARD, "terms": {"validity": {"kind": "fixed", "date": "1999-01-01"}}}, "terms_malformed"),
        ({**REWARD, "terms": {"validity": {"kind": "fixed", "date": "2026-02-30"}}}, "malformed"),
        ({**REWARD, "terms": {"value": {"minor": 1.5, "currency": "EGP"}}}, "malformed"),
        ({**REWARD, "terms": {"redemption": "code"}}, "terms_malformed"),
    ],
)
async def test_a_reward_that_cannot_be_read_is_422(
    client: httpx2.AsyncClient, body: dict[str, Any], code: str
):
    answer = await client.post("/api/v1/rewards", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


async def test_money_of_another_country_is_a_conflict(client: httpx2.AsyncClient):
    answer = await client.post(
        "/api/v1/rewards", json={**REWARD, "terms": {"value": {"minor": 1, "currency": "EUR"}}}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "currency_mismatch")


async def test_everything_is_404_for_a_stranger(
    client: httpx2.AsyncClient, counter: Counter, people: Everybody
):
    program = await created(client, "/api/v1/programs", PROGRAM)
    reward = await created(client, "/api/v1/rewards", REWARD)
    counter.who = people.stranger
    for path in (
        f"/api/v1/programs/{program['id']}",
        f"/api/v1/rewards/{reward['id']}",
        "/api/v1/programs/x",
    ):
        assert (await client.get(path)).status_code == 404
        assert (await client.patch(path, json={})).status_code == 404
    assert (await client.get("/api/v1/programs")).json()["items"] == []
    counter.who = people.staff
    assert (await client.get(f"/api/v1/programs/{program['id']}")).status_code == 200
    assert (await client.post("/api/v1/programs", json=PROGRAM)).status_code == 403

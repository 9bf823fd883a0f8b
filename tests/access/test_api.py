"""People and keys over HTTP, and what every call has in common."""

import msgspec
import pytest
from litestar import Litestar, get
from litestar.exceptions import ImproperlyConfiguredException
from litestar.testing import AsyncTestClient

from cardamom.access.identity import check_routes
from cardamom.access.permissions import Permission
from cardamom.access.schemas import NewApiKey
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.ledger.writer import Ledger
from cardamom.web.app import create_app
from tests.access.test_keys import a_key
from tests.people import DARIUS, LEILA, Everybody

EVERYTHING = NewApiKey(name="Everything", permissions=[permission.value for permission in Permission])
Headers = dict[str, str]


@pytest.fixture
async def key(people: Everybody, ledger: Ledger) -> Headers:
    _key_id, secret = await a_key(ledger, people.owner, EVERYTHING)
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
async def strangers_key(people: Everybody, ledger: Ledger) -> Headers:
    _key_id, secret = await a_key(ledger, people.stranger, EVERYTHING)
    return {"Authorization": f"Bearer {secret}"}


async def test_a_key_is_made_and_its_secret_works(client: AsyncTestClient[Litestar], key: Headers):
    new = {"name": "Till", "permissions": ["cards.read", "merchants.read"]}
    made = await client.post("/api/v1/keys", json=new, headers={**key, "Idempotency-Key": "a"})
    assert made.status_code == 201
    body = made.json()
    assert body["note"] is None
    assert body["secret"].startswith(body["key"]["prefix"])
    headers = {"Authorization": f"Bearer {body['secret']}"}
    assert (await client.get("/api/v1/merchant", headers=headers)).status_code == 200
    refused = await client.get("/api/v1/keys", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert refused.json()["facts"] == {"permission": "access.manage"}


async def test_a_repetition_has_the_same_key_without_its_secret(
    client: AsyncTestClient[Litestar], key: Headers
):
    new = {"name": "Till", "permissions": ["cards.read"]}
    headers = {**key, "Idempotency-Key": "a"}
    made = (await client.post("/api/v1/keys", json=new, headers=headers)).json()
    again = (await client.post("/api/v1/keys", json=new, headers=headers)).json()
    assert again == {
        "key": made["key"],
        "secret": None,
        "note": "The secret was shown once, when the key was created.",
    }
    other = await client.post("/api/v1/keys", json={**new, "name": "Other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


async def test_lists_come_in_pages(client: AsyncTestClient[Litestar], key: Headers):
    for number in range(4):
        new = {"name": f"Till {number}", "permissions": ["cards.read"]}
        await client.post("/api/v1/keys", json=new, headers=key)
    seen, after = [], None
    while True:
        params = {"limit": 2} if after is None else {"limit": 2, "after": after}
        page = (await client.get("/api/v1/keys", params=params, headers=key)).json()
        seen += [found["name"] for found in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ["Everything", "Till 0", "Till 1", "Till 2", "Till 3"]


async def test_the_people_of_the_business_are_listed(client: AsyncTestClient[Litestar], key: Headers):
    page = (await client.get("/api/v1/staff", headers=key)).json()
    assert [(person["name"], person["login"], person["role"]) for person in page["items"]] == [
        (LEILA.name, LEILA.login, "owner"),
        (DARIUS.name, DARIUS.login, "staff"),
    ]
    assert page["next"] is None


async def test_a_revoked_key_is_out_at_once(client: AsyncTestClient[Litestar], key: Headers):
    new = {"name": "Till", "permissions": ["merchants.read"]}
    made = (await client.post("/api/v1/keys", json=new, headers=key)).json()
    theirs = {"Authorization": f"Bearer {made['secret']}"}
    assert (await client.get("/api/v1/merchant", headers=theirs)).status_code == 200
    assert (await client.delete(f"/api/v1/keys/{made['key']['id']}", headers=key)).status_code == 204
    refused = await client.get("/api/v1/merchant", headers=theirs)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_stranger_sees_and_changes_nothing(
    client: AsyncTestClient[Litestar], key: Headers, strangers_key: Headers
):
    ours = (await client.get("/api/v1/keys", headers=key)).json()["items"][0]["id"]
    theirs = (await client.get("/api/v1/keys", headers=strangers_key)).json()["items"]
    assert ours not in {found["id"] for found in theirs}
    assert (await client.delete(f"/api/v1/keys/{ours}", headers=strangers_key)).status_code == 404
    assert (await client.get("/api/v1/merchant", headers=key)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"not json", 422, "not_json"),
        (b"[]", 422, "malformed"),
        (b'{"name": "x"}', 422, "malformed"),
        (b'{"name": "x", "permissions": ["cards.read"], "admin": true}', 422, "malformed"),
        (b'{"name": "x", "permissions": []}', 422, "key_without_permissions"),
        (b'{"name": "x", "permissions": ["root"]}', 422, "permission_unknown"),
        (b'{"name": "\\u0000", "permissions": ["cards.read"]}', 422, "key_name_missing"),
        (b'{"name": "x", "permissions": ["cards.read"], "location_id": "x"}', 404, "not_found"),
    ],
)
async def test_what_does_not_fit_has_a_code(
    client: AsyncTestClient[Litestar], key: Headers, body: bytes, status: int, code: str
):
    headers = {**key, "Content-Type": "application/json"}
    answer = await client.post("/api/v1/keys", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("given", ["", " ", "a b", "é", "x" * 256, "a\tb"])
async def test_an_idempotency_key_is_visible_ascii(
    client: AsyncTestClient[Litestar], key: Headers, given: str
):
    headers = [*key.items(), ("Idempotency-Key", given.encode("latin-1"))]
    new = {"name": "Till", "permissions": ["cards.read"]}
    answer = await client.post("/api/v1/keys", json=new, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_malformed")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer cdm_aaaaaaaa_bbbb"]
)
async def test_no_key_is_told_to_sign_in(client: AsyncTestClient[Litestar], people: Everybody, header: str):
    answer = await client.get("/api/v1/merchant", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_answers_say_how_much_more_may_be_asked(settings: Settings, database: Database, key: Headers):
    limited = msgspec.structs.replace(settings, rate_limit=2)
    async with AsyncTestClient(create_app(limited, database)) as client:
        answers = [await client.get("/api/v1/merchant", headers=key) for _call in range(5)]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=2;w=1'
    assert answers[0].headers["ratelimit"] == '"key";r=1;t=1'
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].json()["code"] == "too_many_requests"
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].headers["ratelimit"] == '"key";r=0;t=1'


async def test_without_a_limit_nothing_is_said(settings: Settings, database: Database, key: Headers):
    unlimited = msgspec.structs.replace(settings, rate_limit=0)
    async with AsyncTestClient(create_app(unlimited, database)) as client:
        assert "ratelimit" not in (await client.get("/api/v1/merchant", headers=key)).headers


def test_a_route_that_does_not_say_who_may_use_it_stops_the_start():
    @get("/forgotten", sync_to_thread=False)
    def forgotten() -> None: ...

    @get("/misspelt", opt={"permission": "cards.raed"}, sync_to_thread=False)
    def misspelt() -> None: ...

    with pytest.raises(ImproperlyConfiguredException, match=r"/forgotten .*/misspelt "):
        check_routes(Litestar([forgotten, misspelt], openapi_config=None))

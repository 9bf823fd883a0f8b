"""The stand-in for Google answers as Google does; what it gets wrong, our tests would not see."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc

from tests.wallet.google_console import BadJwt
from tests.wallet.google_store import Refusal
from tests.wallet.mock_google import SAVE_LINK, SCOPE, MockGoogle, routes

BASE = "/walletobjects/v1"


def signed(account: dict[str, str], claims: dict[str, Any]) -> str:
    """A JWT (RFC 7519) with RS256, as a client of Google makes one."""
    key: Any = load_pem_private_key(account["private_key"].encode(), password=None)
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = key.sign(text, padding.PKCS1v15(), SHA256())
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def assertion(account: dict[str, str], **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": account["client_email"],
        "scope": SCOPE,
        "aud": account["token_uri"],
        "iat": now,
        "exp": now + 3600,
    }
    return signed(account, {**claims, **changes})


async def token_answer(client: httpx2.AsyncClient, jwt: str) -> httpx2.Response:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": jwt}
    return await client.post("/token", data=form)


@pytest.fixture
async def google() -> AsyncIterator[MockGoogle]:
    async with MockGoogle() as google:
        google.requests_per_second = None
        yield google


@pytest.fixture
async def client(google: MockGoogle) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with a token of the console's user."""
    async with httpx2.AsyncClient(base_url=google.url, timeout=2, trust_env=False) as client:
        answer = await token_answer(client, assertion(google.service_account()))
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        google.calls.clear()
        yield client


def a_class(google: MockGoogle, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{google.issuer}.coffee",
        "issuerName": "Café",
        "programName": "Coffee card",
        "programLogo": {"sourceUri": {"uri": "https://cards.example.org/art/1/logo.png"}},
        "reviewStatus": "UNDER_REVIEW",
        **changes,
    }


def an_object(google: MockGoogle, name: str = "card-1", **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{google.issuer}.{name}",
        "classId": f"{google.issuer}.coffee",
        "state": "ACTIVE",
        "loyaltyPoints": {"balance": {"string": "1/10"}},
        **changes,
    }


async def with_class(google: MockGoogle, client: httpx2.AsyncClient, **changes: Any) -> None:
    answer = await client.post(f"{BASE}/loyaltyClass", json=a_class(google, **changes))
    assert answer.status_code == 200, answer.text


async def with_card(google: MockGoogle, client: httpx2.AsyncClient, **changes: Any) -> str:
    """The address of a card's object."""
    await with_class(google, client)
    answer = await client.post(f"{BASE}/loyaltyObject", json=an_object(google, **changes))
    assert answer.status_code == 200, answer.text
    return f"{BASE}/loyaltyObject/{google.issuer}.card-1"


def reason(answer: httpx2.Response) -> str:
    return str(answer.json()["error"]["errors"][0]["reason"])


def test_every_method_of_the_discovery_document_is_a_route() -> None:
    resources = json.loads(get_static_doc("walletobjects", "v1"))["resources"]
    ours = {(route.kind.lower(), route.action) for route in routes()}
    kinds = {kind for kind, _action in ours}
    assert ours == {(kind, method) for kind in kinds for method in resources[kind]["methods"]}


def test_googles_own_client_speaks_to_the_same_addresses() -> None:
    document = json.loads(get_static_doc("walletobjects", "v1"))
    with build_from_document(document, developerKey="none") as service:
        request = service.loyaltyobject().patch(resourceId="338.card", body={})
    route = next(r for r in routes() if (r.kind, r.action) == ("loyaltyObject", "patch"))
    assert route.pattern.fullmatch("/" + request.uri.split("/", 3)[3].split("?")[0])


async def test_a_token_is_given_for_a_signed_assertion(
    google: MockGoogle, client: httpx2.AsyncClient
) -> None:
    answer = await token_answer(client, assertion(google.service_account()))
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example.org/token"},
        {"scope": "https://www.googleapis.com/auth/drive"},
        {"exp": 1_700_000_000},
        {"iat": int(time.time()), "exp": int(time.time()) + 90_000},
        {"iss": "nobody@example.org"},
    ],
)
async def test_a_wrong_assertion_gets_no_token(
    google: MockGoogle, client: httpx2.AsyncClient, changes: dict[str, Any]
) -> None:
    answer = await token_answer(client, assertion(google.service_account(), **changes))
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


async def test_an_assertion_signed_with_another_key_gets_no_token(
    google: MockGoogle, client: httpx2.AsyncClient
) -> None:
    account = {**google.service_account(), "private_key": google.stranger_account()["private_key"]}
    assert (await token_answer(client, assertion(account))).status_code == 400


async def test_no_token_and_a_revoked_one_are_401(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    google.revoke_tokens()
    answer = await client.get(f"{BASE}/loyaltyClass/{google.issuer}.coffee")
    assert answer.status_code == 401


async def test_an_account_that_was_not_invited_is_403(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    token = (await token_answer(client, assertion(google.stranger_account()))).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    answer = await client.post(f"{BASE}/loyaltyClass", json=a_class(google), headers=headers)
    assert answer.status_code == 403
    assert reason(answer) == "permissionDenied"


async def test_a_class_is_approved_at_once(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    await with_class(google, client)
    answer = await client.get(f"{BASE}/loyaltyClass/{google.issuer}.coffee")
    assert answer.json()["reviewStatus"] == "APPROVED"


async def test_a_changed_class_is_under_review_again(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    await with_class(google, client)
    address = f"{BASE}/loyaltyClass/{google.issuer}.coffee"
    alone = await client.patch(address, json={"programName": "Tea card"})
    assert alone.status_code == 400
    both = await client.patch(address, json={"programName": "Tea card", "reviewStatus": "UNDER_REVIEW"})
    assert both.json()["programName"] == "Tea card"
    back = await client.patch(address, json={"reviewStatus": "DRAFT"})
    assert back.status_code == 400


async def test_a_draft_class_has_no_objects(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    await with_class(google, client, reviewStatus="DRAFT")
    answer = await client.post(f"{BASE}/loyaltyObject", json=an_object(google))
    assert answer.status_code == 400


async def test_an_object_needs_its_class(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    answer = await client.post(f"{BASE}/loyaltyObject", json=an_object(google))
    assert (answer.status_code, reason(answer)) == (404, "classNotFound")


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "active"},
        {"stamps": 7},
        {"version": 3},
        {
            "rotatingBarcode": {
                "type": "QR_CODE",
                "valuePattern": "x",
                "totpDetails": {"periodMillis": 30_000},
            }
        },
        {"merchantLocations": [{"latitude": 1, "longitude": 1}] * 11},
    ],
)
async def test_what_the_schema_does_not_allow_is_400(
    google: MockGoogle, client: httpx2.AsyncClient, changes: dict[str, Any]
) -> None:
    await with_class(google, client)
    answer = await client.post(f"{BASE}/loyaltyObject", json=an_object(google, **changes))
    assert (answer.status_code, reason(answer)) == (400, "invalidResource")


async def test_a_second_insert_is_409_also_as_another_kind(
    google: MockGoogle, client: httpx2.AsyncClient
) -> None:
    await with_card(google, client)
    again = await client.post(f"{BASE}/loyaltyObject", json=an_object(google))
    assert (again.status_code, reason(again)) == (409, "existingResource")
    offer = {"id": f"{google.issuer}.card-1", "classId": f"{google.issuer}.o", "state": "ACTIVE"}
    assert (await client.post(f"{BASE}/offerObject", json=offer)).status_code == 409


async def test_patch_merges_objects_and_replaces_lists(
    google: MockGoogle, client: httpx2.AsyncClient
) -> None:
    texts = [{"id": "a", "header": "A", "body": "1"}, {"id": "b", "header": "B", "body": "2"}]
    address = await with_card(google, client, textModulesData=texts)
    change = {
        "loyaltyPoints": {"label": "Stamps"},
        "textModulesData": texts[:1],
    }
    changed = (await client.patch(address, json=change)).json()
    assert changed["loyaltyPoints"] == {"balance": {"string": "1/10"}, "label": "Stamps"}
    assert changed["textModulesData"] == texts[:1]


async def test_links_must_exist_stay_for_ever_and_end_at_fifty(
    google: MockGoogle, client: httpx2.AsyncClient
) -> None:
    address = await with_card(google, client)
    names = [f"{google.issuer}.v{n}" for n in range(51)]
    missing = await client.patch(address, json={"linkedObjectIds": names[:1]})
    assert missing.status_code == 404
    for name in names:
        await client.post(f"{BASE}/loyaltyObject", json=an_object(google, name.split(".")[1]))
    await client.patch(address, json={"linkedObjectIds": names[:50]})
    assert (await client.patch(address, json={"linkedObjectIds": []})).json()["linkedObjectIds"] == names[:50]
    over = await client.patch(address, json={"linkedObjectIds": names[50:]})
    assert over.json()["linkedObjectIds"] == names[:50]


async def test_the_fourth_notice_of_a_day_is_refused(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    address = await with_card(google, client)
    start = time.time()
    google.store.now = lambda: start
    for n in range(2):
        message = {"message": {"id": str(n), "header": "H", "body": "B", "messageType": "TEXT_AND_NOTIFY"}}
        assert (await client.post(f"{address}/addMessage", json=message)).status_code == 200
    loud = {"loyaltyPoints": {"balance": {"string": "2/10"}}, "notifyPreference": "NOTIFY_ON_UPDATE"}
    assert (await client.patch(address, json=loud)).status_code == 200
    fourth = await client.post(f"{address}/addMessage", json=message)
    assert (fourth.status_code, reason(fourth)) == (403, "quotaExceeded")
    message["message"]["messageType"] = "TEXT"
    assert (await client.post(f"{address}/addMessage", json=message)).status_code == 200
    google.store.now = lambda: start + 86_401
    google.revoke_tokens()
    token = await token_answer(
        client, assertion(google.service_account(), iat=int(start) + 86_400, exp=int(start) + 90_000)
    )
    client.headers["authorization"] = f"Bearer {token.json()['access_token']}"
    message["message"]["messageType"] = "TEXT_AND_NOTIFY"
    assert (await client.post(f"{address}/addMessage", json=message)).status_code == 200


async def test_a_silent_patch_spends_no_notice(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    address = await with_card(google, client)
    await client.patch(address, json={"loyaltyPoints": {"balance": {"string": "2/10"}}})
    same = {"loyaltyPoints": {"balance": {"string": "2/10"}}, "notifyPreference": "NOTIFY_ON_UPDATE"}
    await client.patch(address, json=same)
    assert google.store.notices == {}


async def test_the_21st_request_of_a_second_is_429(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    await with_class(google, client)
    google.requests_per_second = 20
    address = f"{BASE}/loyaltyClass/{google.issuer}.coffee"
    answers = [(await client.get(address)).status_code for _ in range(21)]
    assert set(answers[:19]) == {200}
    assert answers[-1] == 429


async def test_faults_come_and_go(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    await with_class(google, client)
    address = f"{BASE}/loyaltyClass/{google.issuer}.coffee"
    google.fail(503, times=2)
    statuses = [(await client.get(address)).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    google.hang()
    with pytest.raises(httpx2.ReadTimeout):
        await client.get(address, timeout=0.05)
    await google.go_down()
    with pytest.raises(httpx2.TransportError):
        await client.get(address)
    await google.come_back()
    assert (await client.get(address)).status_code == 200


async def test_objects_of_a_class_are_listed_in_pages(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    await with_class(google, client)
    for n in range(3):
        await client.post(f"{BASE}/loyaltyObject", json=an_object(google, f"card-{n}"))
    query: dict[str, Any] = {"classId": f"{google.issuer}.coffee", "maxResults": 2}
    first = (await client.get(f"{BASE}/loyaltyObject", params=query)).json()
    query["token"] = first["pagination"]["nextPageToken"]
    second = (await client.get(f"{BASE}/loyaltyObject", params=query)).json()
    assert [len(page["resources"]) for page in (first, second)] == [2, 1]


def save_link(google: MockGoogle, payload: dict[str, Any], **changes: Any) -> str:
    account = google.service_account()
    claims = {"iss": account["client_email"], "aud": "google", "typ": "savetowallet", "iat": int(time.time())}
    return SAVE_LINK + signed(account, {**claims, "payload": payload, **changes})


async def test_opening_a_save_link_gives_the_object_a_holder(
    google: MockGoogle, client: httpx2.AsyncClient
) -> None:
    await with_class(google, client, callbackOptions={"url": "https://cards.example.org/google/callbacks"})
    await client.post(f"{BASE}/loyaltyObject", json=an_object(google))
    name = f"{google.issuer}.card-1"
    (callback,) = google.open_save_link(save_link(google, {"loyaltyObjects": [{"id": name}]}))
    assert json.loads(callback["signedMessage"])["eventType"] == "save"
    assert google.store.get("loyaltyObject", name)["hasUsers"] is True
    assert json.loads(google.remove(name)["signedMessage"])["eventType"] == "del"
    assert google.store.get("loyaltyObject", name)["hasUsers"] is False


async def test_a_wrong_save_link_saves_nothing(google: MockGoogle) -> None:
    payload = {"loyaltyObjects": [{"id": f"{google.issuer}.card-1"}]}
    with pytest.raises(BadJwt):
        google.open_save_link(save_link(google, payload, aud="somebody"))
    with pytest.raises(BadJwt):
        google.open_save_link(save_link(google, payload)[:-8])
    with pytest.raises(Refusal):
        google.open_save_link(save_link(google, payload))


async def test_a_picture_that_is_gone_spoils_the_save_link(
    google: MockGoogle, client: httpx2.AsyncClient
) -> None:
    await with_class(google, client)
    await client.post(f"{BASE}/loyaltyObject", json=an_object(google))
    name = f"{google.issuer}.card-1"
    link = save_link(google, {"loyaltyObjects": [{"id": name}]})
    google.image_status = lambda url: 404 if url.endswith("logo.png") else 200
    with pytest.raises(Refusal, match=r"logo\.png"):
        google.open_save_link(link)
    assert google.store.get("loyaltyObject", name)["hasUsers"] is False
    google.image_status = lambda _url: 200
    google.open_save_link(link)
    assert google.store.get("loyaltyObject", name)["hasUsers"] is True


async def test_a_jwt_can_be_inserted_and_validated(google: MockGoogle, client: httpx2.AsyncClient) -> None:
    payload = {"loyaltyClasses": [a_class(google)], "loyaltyObjects": [an_object(google)]}
    link = save_link(google, payload)
    jwt = link.removeprefix(SAVE_LINK)
    assert (await client.post(f"{BASE}/jwt/validate", json={"jwtResource": {"jwt": jwt}})).json() == {}
    assert google.store.documents == {}
    wrong = {"jsonResource": {"json": json.dumps({"loyaltyObjects": [an_object(google, state="active")]})}}
    assert (await client.post(f"{BASE}/jwt/validate", json=wrong)).status_code == 400
    inserted = await client.post(f"{BASE}/jwt", json={"jwt": jwt})
    assert inserted.json()["saveUri"] == link
    assert google.store.get("loyaltyObject", f"{google.issuer}.card-1")["hasUsers"] is False

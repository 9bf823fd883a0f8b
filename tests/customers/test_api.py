"""Card holders over HTTP, as a program of one business or of another."""

from typing import Any

import pytest

from cardamom.ledger.writer import Ledger
from tests.customers.builders import a_customer
from tests.customers.visitors import Client, Visitor, program_of
from tests.people import Everybody

PATH = "/api/v1/customers"
LAYLA = {"name": "ليلى حسن", "phone": "٠١٠٠١٢٣٤٥٦٧", "email": "Layla@Example.com", "birthday": "--05-01"}


async def created(program: Visitor, **body: Any) -> dict[str, Any]:
    answer = await program.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_a_customer_is_created_read_and_changed(program: Visitor) -> None:
    layla = await created(program, **LAYLA)
    assert layla["phone"] == "+201001234567"
    assert layla["birthday"] == "--05-01"
    assert layla["consents"] == []
    assert (await program.get(f"{PATH}/{layla['id']}")).json() == layla
    changed = await program.patch(f"{PATH}/{layla['id']}", json={"name": "ليلى عمر", "email": None})
    assert changed.status_code == 200
    assert changed.json() == {
        **layla,
        "name": "ليلى عمر",
        "email": None,
        "updated_at": changed.json()["updated_at"],
    }


async def test_a_retry_is_one_customer_and_another_body_is_refused(program: Visitor) -> None:
    headers = {"Idempotency-Key": "till-1"}
    first = await program.post(PATH, json=LAYLA, headers=headers)
    again = await program.post(PATH, json=LAYLA, headers=headers)
    other = await program.post(PATH, json={"name": "Sara"}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"phone": "12"}, 422, "phone_malformed", "phone"),
        ({"email": "layla"}, 422, "email_malformed", "email"),
        ({"birthday": "1369-05-12"}, 422, "birthday_malformed", "birthday"),
        ({"name": "م" * 10_000}, 422, "text_too_long", "name"),
        ({"language": "tlh"}, 422, "language_unsupported", "language"),
        ({"name": 7}, 422, "malformed", None),
        ({"nickname": "L"}, 422, "malformed", None),
        ({"external_id": "POS-17"}, 409, "external_id_taken", "external_id"),
    ],
)
async def test_what_is_wrong_is_told_with_its_field(
    program: Visitor, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    await created(program, external_id="POS-17")
    answer = await program.post(PATH, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    if field is not None:
        assert problem["facts"]["field"] == field


async def test_controls_in_a_name_are_left_out(program: Visitor) -> None:
    assert (await created(program, name="\u202eevil\x00 \u2066Ana"))["name"] == "evil Ana"


@pytest.mark.parametrize(
    "query",
    [
        {"q": "ليلي"},
        {"q": "4567"},
        {"phone": "+201001234567"},
        {"phone": "01001234567"},
        {"phone": "٠١٠٠١٢٣٤٥٦٧"},
        {"email": "LAYLA@example.com"},
        {"external_id": " POS-17"},
        {"phone": "01001234567", "email": "layla@example.com"},
    ],
)
async def test_one_customer_is_found(program: Visitor, query: dict[str, str]) -> None:
    layla = await created(program, **LAYLA, external_id="POS-17")
    await created(program, name="Sara", phone="01557654321")
    answer = await program.get(PATH, params=query)
    assert answer.json() == {"items": [layla], "next": None}


async def test_a_plus_sign_that_was_not_escaped_is_understood(program: Visitor) -> None:
    layla = await created(program, **LAYLA)
    answer = await program.get(f"{PATH}?phone=+201001234567")
    assert [customer["id"] for customer in answer.json()["items"]] == [layla["id"]]


@pytest.mark.parametrize(
    "query",
    [
        {"q": "Layla", "phone": "01001234567"},
        {"phone": "12"},
        {"email": "layla"},
        {"after": "yesterday"},
        {"limit": "101"},
        {"limit": "0"},
        {"limit": "ten"},
        {"q": "x" * 300},
    ],
)
async def test_a_question_that_makes_no_sense_is_malformed(program: Visitor, query: dict[str, str]) -> None:
    assert (await program.get(PATH, params=query)).status_code == 422


async def test_the_list_goes_on_where_it_stopped(program: Visitor) -> None:
    ids = [(await created(program, name=f"N{n}"))["id"] for n in range(5)]
    seen, after = [], None
    while True:
        page = (await program.get(PATH, params={"limit": 2, **({"after": after} if after else {})})).json()
        seen += [customer["id"] for customer in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ids[::-1]


async def test_a_consent_is_given_and_withdrawn(program: Visitor) -> None:
    path = f"{PATH}/{(await created(program, **LAYLA))['id']}/consents"
    about = {"channel": "sms", "purpose": "marketing", "language": "ar"}
    given = await program.post(path, json={**about, "granted": True, "wording": "أوافق"})
    assert given.status_code == 201
    assert [(c["granted"], c["source"], c["wording"]) for c in given.json()["consents"]] == [
        (True, "api", "أوافق")
    ]
    withdrawn = await program.post(path, json={**about, "granted": False})
    assert [c["granted"] for c in withdrawn.json()["consents"]] == [False]
    unworded = await program.post(path, json={**about, "granted": True})
    assert (unworded.status_code, unworded.json()["code"]) == (422, "consent_unworded")
    nonsense = await program.post(path, json={**about, "channel": "pigeon", "granted": False})
    assert (nonsense.status_code, nonsense.json()["code"]) == (422, "malformed")


async def test_a_stranger_gets_404_for_everything(
    program: Visitor, people: Everybody, ledger: Ledger, client: Client
) -> None:
    customer_id = await a_customer(ledger, people.owner.merchant_id, name="Layla", phone="01001234567")
    strange = await program_of(ledger, client, people.stranger)
    consent = {"channel": "sms", "purpose": "marketing", "language": "ar", "granted": False}
    answers = [
        await strange.get(f"{PATH}/{customer_id}"),
        await strange.patch(f"{PATH}/{customer_id}", json={"name": "Mine"}),
        await strange.post(f"{PATH}/{customer_id}/consents", json=consent),
        await program.get(f"{PATH}/nobody"),
        await program.patch(f"{PATH}/nobody", json={"name": "Mine"}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert {answer.json()["code"] for answer in answers} == {"not_found"}
    assert (await strange.get(PATH)).json() == {"items": [], "next": None}
    assert (await strange.get(PATH, params={"q": "Layla"})).json()["items"] == []
    assert (await program.get(f"{PATH}/{customer_id}")).json()["name"] == "Layla"

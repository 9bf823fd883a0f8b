"""An owner makes an API key, copies its secret once, and revokes it."""

import re

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.access.browser import Browser
from tests.people import Everybody

TILL = {"name": "صندوق المدخل", "permissions": ["cards.read", "merchants.read"]}


def shown_secret(html: str) -> str:
    found = re.search(r"cdm_[a-z0-9]{8}_[A-Za-z0-9]{43}", html)
    assert found is not None, html
    return found[0]


async def test_the_secret_is_shown_once_and_works_until_it_is_revoked(
    owner: Browser, client: AsyncTestClient[Litestar]
):
    await owner.open("/app/keys/new")
    made = await owner.submit("/app/keys", TILL)
    secret = shown_secret(made.text)
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await client.get("/api/v1/merchant", headers=headers)).status_code == 200
    listed = await owner.open("/app/keys")
    assert TILL["name"] in listed.text
    assert secret not in listed.text
    path = re.search(r"/app/keys/[0-9a-f]{8}-[0-9a-f-]+", listed.text)
    assert path is not None
    await owner.open(path[0])
    assert (await owner.submit(f"{path[0]}/revoke")).status_code == 303
    assert (await client.get("/api/v1/merchant", headers=headers)).status_code == 401
    assert "Revoked" in (await owner.open("/app/keys")).text


async def test_the_same_form_sent_twice_makes_one_key_and_shows_no_second_secret(owner: Browser):
    page = await owner.open("/app/keys/new")
    await owner.submit("/app/keys", TILL)
    owner.page = page
    again = await owner.submit("/app/keys", TILL)
    assert "cdm_" not in again.text
    assert "shown once" in again.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "permissions": ["cards.read"]}, "Fill in this field."),
        ({"name": "x" * 101, "permissions": ["cards.read"]}, "Give the key a name"),
        ({"name": "Till"}, "Choose at least one thing"),
        ({"name": "Till", "permissions": ["everything"]}, "no such permission"),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(
    owner: Browser, fields: dict[str, object], words: str
):
    await owner.open("/app/keys/new")
    refused = await owner.submit("/app/keys", fields)
    assert refused.status_code == 422
    assert words in refused.text


async def test_staff_see_no_keys(client: AsyncTestClient[Litestar], people: Everybody):
    darius = Browser(client)
    await darius.sign_in(people.staff)
    assert (await darius.open("/app/keys")).status_code == 403

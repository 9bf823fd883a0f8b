"""Pictures over HTTP: who may upload them, what comes back, and that everybody sees them for ever."""

from io import BytesIO

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from PIL import Image

from cardamom.access.permissions import Permission
from cardamom.access.schemas import NewApiKey
from cardamom.kit import picture_press
from cardamom.kit.pictures import MOST_BYTES
from cardamom.ledger.writer import Ledger
from tests.access.test_keys import a_key
from tests.kit.uploads import a_logo, a_photo, saved
from tests.people import Everybody

Client = AsyncTestClient[Litestar]
Headers = dict[str, str]

LOGO = saved(a_logo(), "PNG")
PHOTO = saved(a_photo(900, 600), "JPEG")


@pytest.fixture
async def key(people: Everybody, ledger: Ledger) -> Headers:
    _key_id, secret = await a_key(ledger, people.owner, _for(Permission.PROGRAMS_WRITE))
    return {"Authorization": f"Bearer {secret}"}


def _for(permission: Permission) -> NewApiKey:
    return NewApiKey(name="Designer", permissions=[permission.value])


async def uploaded(client: Client, key: Headers, data: bytes = LOGO) -> dict[str, object]:
    answer = await client.post("/api/v1/pictures", content=data, headers=key)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_picture_is_uploaded_and_seen_by_everybody(client: Client, key: Headers):
    made = await uploaded(client, key)
    assert made == {
        "hash": made["hash"],
        "path": f"/art/pictures/{made['hash']}.png",
        "media_type": "image/png",
        "width": 300,
        "height": 300,
    }
    seen = await client.get(str(made["path"]))
    assert seen.status_code == 200
    assert seen.headers["content-type"] == "image/png"
    assert seen.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert Image.open(BytesIO(seen.content)).size == (300, 300)
    again = await client.get(str(made["path"]), headers={"If-None-Match": seen.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_small_and_round_ones_are_made_for_pages(client: Client, key: Headers):
    made = await uploaded(client, key, PHOTO)
    assert made["media_type"] == "image/jpeg"
    for shape, size in (("small", (240, 160)), ("round", (192, 192))):
        seen = await client.get(f"/art/pictures/{made['hash']}-{shape}.png")
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/png")
        assert Image.open(BytesIO(seen.content)).size == size


async def test_a_form_may_send_it_and_its_name_means_nothing(client: Client, key: Headers):
    form = {"picture": ("logo.exe", PHOTO, "text/html")}
    made = await client.post("/api/v1/pictures", files=form, headers=key)
    assert made.json()["hash"] == (await uploaded(client, key, PHOTO))["hash"]
    missing = await client.post("/api/v1/pictures", files={"other": ("a.png", LOGO)}, headers=key)
    assert (missing.status_code, missing.json()["code"]) == (422, "picture_type")


async def test_refusals_say_what_is_wrong(client: Client, key: Headers):
    for data, status, code in (
        (b"GIF89a" + bytes(50), 422, "picture_type"),
        (b"", 422, "picture_type"),
        (LOGO[:300], 422, "picture_unreadable"),
        (LOGO + bytes(MOST_BYTES), 413, "picture_too_large"),
        (bytes(MOST_BYTES * 2), 413, "picture_too_large"),
    ):
        answer = await client.post("/api/v1/pictures", content=data, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_where_too_many_wait_for_the_press_one_is_told_when_to_come_again(
    client: Client, key: Headers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(picture_press, "_MOST_OF_ONE", 0)
    answer = await client.post("/api/v1/pictures", content=LOGO, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer.headers["retry-after"]) > 0


async def test_the_same_key_gives_the_same_picture_and_no_other(client: Client, key: Headers):
    headers = {**key, "Idempotency-Key": "logo"}
    first = await client.post("/api/v1/pictures", content=LOGO, headers=headers)
    again = await client.post("/api/v1/pictures", content=LOGO, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await client.post("/api/v1/pictures", content=PHOTO, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


async def test_only_those_who_design_may_upload(client: Client, people: Everybody, ledger: Ledger):
    _key_id, secret = await a_key(ledger, people.owner, _for(Permission.PROGRAMS_READ))
    refused = await client.post(
        "/api/v1/pictures", content=LOGO, headers={"Authorization": f"Bearer {secret}"}
    )
    assert refused.json()["code"] == "not_permitted"
    assert (await client.post("/api/v1/pictures", content=LOGO)).status_code in (401, 403)


async def test_two_shops_may_have_the_same_picture(
    client: Client, key: Headers, people: Everybody, ledger: Ledger
):
    _key_id, secret = await a_key(ledger, people.stranger, _for(Permission.PROGRAMS_WRITE))
    mine = await uploaded(client, key)
    theirs = await uploaded(client, {"Authorization": f"Bearer {secret}"})
    assert mine == theirs


@pytest.mark.parametrize(
    "name",
    [
        f"{'0' * 32}.png",
        f"{'0' * 32}-small.png",
        "0.png",
        f"{'0' * 32}.gif",
        f"{'0' * 32}-large.png",
        f"{'G' * 32}.png",
        "..%2f..%2fetc.png",
    ],
)
async def test_what_nobody_uploaded_is_not_found(client: Client, name: str):
    assert (await client.get(f"/art/pictures/{name}")).status_code == 404


async def test_a_photograph_is_not_served_under_the_name_of_another_type(client: Client, key: Headers):
    made = await uploaded(client, key, PHOTO)
    assert (await client.get(f"/art/pictures/{made['hash']}.png")).status_code == 404

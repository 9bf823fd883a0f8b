"""HEAD: the headers of GET and no body."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from cardamom.web.static import static_url
from tests.world import World

Client = AsyncTestClient[Any]

#: What is another one with every answer.
_OF_THE_MOMENT = {"x-request-id", "set-cookie"}


async def both(client: Client, path: str, **headers: str) -> tuple[Any, Any]:
    asked = {"headers": headers, "follow_redirects": False}
    return await client.get(path, **asked), await client.head(path, **asked)


def lasting(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in _OF_THE_MOMENT}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        (static_url("css/base.css"), 200),
        ("/signin", 303),
        ("/app", 303),
        ("/j/nowhere", 404),
        ("/nowhere", 404),
        ("/art/pictures/nothing.png", 404),
        ("/api/v1/cards", 401),
        ("/signout", 405),
    ],
)
async def test_it_says_what_get_says_and_no_more(client: Client, path: str, status: int) -> None:
    got, looked = await both(client, path)
    assert (got.status_code, looked.status_code) == (status, status)
    assert lasting(looked) == lasting(got)
    assert looked.content == b""


async def test_the_length_is_that_of_the_body_as_it_would_be_sent(client: Client) -> None:
    path = static_url("css/base.css")
    plain, plain_look = await both(client, path, **{"Accept-Encoding": "identity"})
    packed, packed_look = await both(client, path, **{"Accept-Encoding": "gzip"})
    assert int(plain_look.headers["content-length"]) == len(plain.content)
    assert packed_look.headers["content-encoding"] == "gzip"
    assert packed_look.headers["content-length"] == packed.headers["content-length"]
    assert int(packed.headers["content-length"]) < len(plain.content)


async def test_an_unchanged_picture_is_304(client: Client) -> None:
    path = static_url("css/base.css")
    tag = (await client.head(path)).headers["etag"]
    got, looked = await both(client, path, **{"If-None-Match": tag})
    assert (got.status_code, looked.status_code) == (304, 304)


async def test_it_reads_and_wants_no_token_of_a_form(client: Client, world: World) -> None:
    answer = await client.head("/api/v1/cards", headers=await world.an_api_key())
    assert answer.status_code == 200
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    assert (await client.head("/healthz", headers=foreign)).status_code == 200


async def test_whoever_may_use_an_address_is_told_of_it(client: Client, world: World) -> None:
    answer = await client.put("/api/v1/cards", json={}, headers=await world.an_api_key())
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


async def test_what_never_ends_has_none(client: Client) -> None:
    answer = await client.head("/c/anything/live")
    assert (answer.status_code, answer.content) == (405, b"")
    assert "HEAD" not in answer.headers["allow"]

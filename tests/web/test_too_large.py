"""The page that a form gets which sent more than we read."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from cardamom.web.app import MOST_BODY_BYTES

Client = AsyncTestClient[Any]
OURS = "https://cards.example.org"


async def sent_from(client: Client, referer: str) -> str:
    """The page that answers."""
    answer = await client.post(
        "/signin",
        data={"login": "x" * MOST_BODY_BYTES},
        headers={"Referer": referer, "Accept-Language": "en"},
    )
    assert answer.status_code == 413
    return str(answer.text)


async def test_it_leads_back_to_the_form(client: Client) -> None:
    page = await sent_from(client, f"{OURS}/signin?next=/app&lang=en")
    assert "This request is too large." in page
    assert "Go back and choose a smaller file, or send less text." in page
    assert 'href="/signin?next=/app&amp;lang=en"' in page


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://elsewhere.example/form",
        f"{OURS}//elsewhere.example/",
        f"{OURS}/\\elsewhere.example/",
        "javascript:alert(1)",
        "https://[",
    ],
)
async def test_it_leads_nowhere_else(client: Client, referer: str) -> None:
    page = await sent_from(client, referer)
    assert "button-primary" not in page
    assert "elsewhere" not in page

"""A Google Wallet on this machine with our client in front of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from cardamom.wallet.google.account import ServiceAccount, read_service_account
from cardamom.wallet.google.bucket import TokenBucket
from cardamom.wallet.google.client import GoogleClient, http_client
from tests.wallet.mock_google import MockGoogle

HANDLE = "cafe2345"


class Naps:
    """Sleeping that takes no time and is remembered."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Window(msgspec.Struct):
    """What a test of the client has in hand."""

    google: MockGoogle
    client: GoogleClient
    naps: Naps


def api_of(google: MockGoogle) -> str:
    """What `Endpoints.google_api` is here."""
    return f"{google.url}/walletobjects/v1"


def account_of(google: MockGoogle, file: dict[str, Any] | None = None) -> ServiceAccount:
    """A console user of the mock's issuer, or whoever's key file is given."""
    material = json.dumps(file or google.service_account()).encode()
    return read_service_account(material, google.issuer, other_hosts=("127.0.0.1",))


@asynccontextmanager
async def a_window(*, rate: float = 1_000.0, file: str = "service_account") -> AsyncIterator[Window]:
    """The mock without a limit of requests, and a client that waits for nothing. file: a method of the mock."""
    async with MockGoogle() as google, http_client() as http:
        google.requests_per_second = None
        naps = Naps()
        client = GoogleClient(
            account_of(google, getattr(google, file)()),
            http=http,
            api=api_of(google),
            bucket=TokenBucket(rate),
            sleep=naps,
        )
        yield Window(google, client, naps)


def a_class(issuer: str, **changes: Any) -> dict[str, Any]:
    """The least that Google takes as a LoyaltyClass."""
    return {
        "id": f"{issuer}.{HANDLE}.p1",
        "issuerName": "Cardamom",
        "programName": "Coffee card",
        "programLogo": {"sourceUri": {"uri": "https://cards.example.org/art/1/logo.png"}},
        "reviewStatus": "UNDER_REVIEW",
        **changes,
    }


def an_object(issuer: str, **changes: Any) -> dict[str, Any]:
    """The least that Google takes as a LoyaltyObject, with stamps."""
    return {
        "id": f"{issuer}.{HANDLE}.1",
        "classId": f"{issuer}.{HANDLE}.p1",
        "state": "ACTIVE",
        "loyaltyPoints": {"label": "Stamps", "balance": {"string": "7/10"}},
        **changes,
    }

"""Everything that a process does with Google Wallet, put together: for the web processes and for the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cardamom.ledger.writer import Ledger
from cardamom.wallet.google.bucket import COURIER_RATE, WEB_BURST, WEB_RATE
from cardamom.wallet.google.client import GoogleClients, http_client
from cardamom.wallet.google.hearing import Callbacks
from cardamom.wallet.google.publishing import Publisher
from cardamom.wallet.google.root_keys import RootKeys
from cardamom.wallet.google.save_links import SaveLinks
from cardamom.wallet.google.sending import GoogleCarrier
from cardamom.wallet.wallets import Wallets


class GoogleDesk:
    """For one web process: save links and callbacks. Close it with the process."""

    def __init__(self, wallets: Wallets, *, ledger: Ledger) -> None:
        self._http = http_client()
        clients = GoogleClients(
            http=self._http, api=wallets.endpoints.google_api, rate=WEB_RATE, burst=WEB_BURST
        )
        self.save_links = SaveLinks(
            wallets.database,
            ledger=ledger,
            credentials=wallets.credentials,
            clients=clients,
            publisher=_publisher(wallets),
            links=wallets.links,
        )
        self.callbacks = Callbacks(
            wallets.database,
            ledger=ledger,
            credentials=wallets.credentials,
            clients=clients,
            root_keys=RootKeys(self._http, wallets.endpoints.google_keys),
        )

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def google_carrier(wallets: Wallets) -> AsyncIterator[GoogleCarrier]:
    """What the courier sends with, while the block lasts."""
    async with http_client() as http:
        yield GoogleCarrier(
            wallets.database,
            credentials=wallets.credentials,
            clients=GoogleClients(http=http, api=wallets.endpoints.google_api, rate=COURIER_RATE),
            publisher=_publisher(wallets),
            links=wallets.links,
        )


def _publisher(wallets: Wallets) -> Publisher:
    return Publisher(wallets.database, art=wallets.art, links=wallets.links)

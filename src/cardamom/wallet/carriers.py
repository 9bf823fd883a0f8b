"""The carriers of both wallets, for the courier in the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cardamom.ledger.writer import Ledger
from cardamom.wallet.apple.pushing import AppleCarrier
from cardamom.wallet.deliveries import Carrier
from cardamom.wallet.google.desk import google_carrier
from cardamom.wallet.wallets import Wallets


@asynccontextmanager
async def all_carriers(wallets: Wallets, ledger: Ledger) -> AsyncIterator[list[Carrier]]:
    """While the block lasts. They work without certificates and accounts too, and find them when they come."""
    apple = AppleCarrier(wallets.database, ledger, wallets.credentials, url=wallets.endpoints.apple_push)
    try:
        async with google_carrier(wallets) as google:
            yield [apple, google]
    finally:
        await apple.close()

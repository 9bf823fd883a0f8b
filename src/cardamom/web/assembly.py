"""The parts of one web process, built once, started and stopped together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Final

from cardamom.access import deeds as access_deeds
from cardamom.cards import registry as cards_registry
from cardamom.cards.holders import CardFinder, holder_of_card
from cardamom.cards.links import LinkMaker
from cardamom.cards.live import LiveCards
from cardamom.counter.service import Counter
from cardamom.customers import deeds as customers_deeds
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.ledger.dispatcher import Bell
from cardamom.ledger.writer import Ledger
from cardamom.merchants import deeds as merchants_deeds
from cardamom.merchants import picture_deeds
from cardamom.merchants.queries import MerchantCache
from cardamom.programs import deeds as programs_deeds
from cardamom.vouchers import deeds as vouchers_deeds
from cardamom.wallet import credential_deeds
from cardamom.wallet import deeds as wallet_deeds
from cardamom.wallet import rollouts as wallet_rollouts
from cardamom.wallet.credentials import Credentials
from cardamom.wallet.google.desk import GoogleDesk
from cardamom.wallet.wallets import Wallets

#: The address that the request in hand came to; links follow it where no address is configured.
request_address: Final[ContextVar[str]] = ContextVar("request_address", default="http://127.0.0.1:8000")


class Parts:
    """What handlers of one process share. `database` may be shared with whoever built it; the rest is our own."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.wallets = assemble_wallets(settings, database)
        self.links = self.wallets.links
        self.bell = Bell(database)
        self.ledger = Ledger(database, after_commit=self.bell.ring)
        self.merchants = MerchantCache(database)
        self.google = GoogleDesk(self.wallets, ledger=self.ledger)
        self.live = LiveCards(database)
        self.counter = Counter(self.ledger, self.links)
        register_all(self.ledger, self.links)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Parts]:
        """Start everything; at the end commit what was accepted, then stop."""
        await self.bell.start()
        await self.live.start()
        await self.ledger.start()
        try:
            async with self.wallets.following():
                yield self
        finally:
            await self.live.stop()
            await self.google.close()
            await self.ledger.stop()
            await self.bell.stop()


def assemble_wallets(settings: Settings, database: Database) -> Wallets:
    """The wallets with the links that name them: to the configured address, or to the request's own."""
    configured = settings.base_url
    base_url = request_address.get if configured is None else lambda: configured
    credentials = Credentials(settings, database)
    links = LinkMaker(settings.secret_key, base_url, wallets_of=credentials.wallets_of)
    return Wallets(settings, database, links=links, credentials=credentials)


def register_all(ledger: Ledger, links: LinkMaker) -> None:
    """Everything that the product can be asked to do: the web processes, the worker and the command line agree."""
    merchants_deeds.register(ledger)
    picture_deeds.register(ledger)
    access_deeds.register(ledger)
    customers_deeds.register(ledger)
    programs_deeds.register(ledger)
    vouchers_deeds.register(ledger, holder_of_card, CardFinder(links.rotating).find)
    cards_registry.register(ledger, links)
    wallet_deeds.register(ledger)
    wallet_rollouts.register(ledger)
    credential_deeds.register(ledger)

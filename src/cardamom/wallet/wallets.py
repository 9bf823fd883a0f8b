"""What web processes and the worker share about wallets, built once in each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.kit.errors import Refused
from cardamom.wallet.art.book import ArtBook
from cardamom.wallet.credentials import Credentials
from cardamom.wallet.endpoints import endpoints_of

log = structlog.get_logger(__name__)


class Wallets:
    """Certificates, addresses, links, drawings. `database` and `links` belong to whoever built them.

    secret_key: the instance's; tokens of passes and seals are derived from it.
    """

    def __init__(
        self, settings: Settings, database: Database, *, links: LinkMaker, credentials: Credentials
    ) -> None:
        self.secret_key = settings.secret_key
        self.database = database
        self.links = links
        self.credentials = credentials
        self.endpoints = endpoints_of(settings.wallet)
        #: Whether an address is configured that phones and Google reach over https. Without one links follow each
        #: request, which is no help where nobody asks: in the worker.
        self.has_address = (settings.base_url or "").startswith("https://")
        self.art = ArtBook(database, address=links.address)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Keep certificates and accounts fresh while the block lasts."""
        try:
            await self.credentials.refresh()
        except Refused as away:
            # Nobody waits for certificates: whoever follows tries again.
            log.warning("wallet.credentials_unread", reason=away.code)
        task = asyncio.create_task(self.credentials.follow(), name="wallet credentials")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self.art.close()

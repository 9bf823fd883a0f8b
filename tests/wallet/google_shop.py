"""A cafe whose cards go into Google Wallet: the application, the courier, and Google on this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.db.given import Material
from cardamom.db.settings import Settings
from cardamom.db.wallet_settings import WalletSettings
from cardamom.ledger.commands import new_key
from cardamom.wallet.bindings import Binding
from cardamom.wallet.courier import Courier
from cardamom.wallet.google.desk import google_carrier
from cardamom.wallet.google.sending import GoogleCarrier
from cardamom.wallet.tables import bindings
from cardamom.web.app import create_app
from cardamom.web.assembly import assemble_wallets
from tests.wallet.google_wallet import api_of
from tests.wallet.mock_google import MockGoogle
from tests.wallet.saved_passes import dispatch
from tests.world import World

BASE_URL = "https://cards.example.org"
#: The courier's clock is ahead, and further with each delivery, so that what is due in a few seconds is due now.
AHEAD = timedelta(seconds=30)


def google_settings(folder: Path, google: MockGoogle, *, file: dict[str, Any] | None = None) -> Settings:
    """An installation that was told of this Google. file: another key file than a console user's."""
    wallet = WalletSettings(
        google_service_account=Material(
            "CARDAMOM_GOOGLE_SERVICE_ACCOUNT", json.dumps(file or google.service_account())
        ),
        google_issuer=google.issuer,
        google_api_url=api_of(google),
        google_keys_url=f"{google.url}/gp/m/issuer/keys",
    )
    return Settings(data=folder, secret_key=bytes(32), base_url=BASE_URL, wallet=wallet)


@dataclass
class GoogleShop:
    """What a test has in hand. Nothing is told to Google before `deliver`."""

    world: World
    google: MockGoogle
    client: AsyncClient
    carrier: GoogleCarrier
    ahead: timedelta = timedelta()

    def clock(self) -> datetime:
        """What the courier thinks it is."""
        return datetime.now(UTC) + self.ahead

    async def tap(self, card_id: str, path: str = "/google") -> Response:
        """Somebody taps "Add to Google Wallet" on the card's page, or below it."""
        card = await self.world.card(card_id)
        links = LinkMaker(bytes(32), lambda: "")
        page = links.links(card.handle, card.id, card.token_epoch).page
        return await self.client.get(page + path, follow_redirects=False)

    async def save(self, card_id: str, path: str = "/google") -> str:
        """The same, they agree, and Google tells us. Returns the id of the first object."""
        answer = await self.tap(card_id, path)
        assert answer.status_code == 303, answer.text
        for callback in self.google.open_save_link(answer.headers["location"]):
            assert (await self.post(callback)).status_code == 200
        kind = "voucher" if "vouchers" in path else "card"
        subject_id = path.split("/")[2] if kind == "voucher" else card_id
        found = [each for each in await self.bindings(kind) if each.subject_id == subject_id][-1]
        assert found.shown is not None
        return str(found.shown["document"]["id"])

    async def post(self, callback: dict[str, Any] | bytes) -> Response:
        """What Google, or somebody else, sends to our address for callbacks."""
        body = callback if isinstance(callback, bytes) else json.dumps(callback).encode()
        return await self.client.post("/google/callbacks", content=body)

    async def undo(self, operation_id: str) -> None:
        """Staff take something back."""
        headers = {**await self.world.an_api_key(), "Idempotency-Key": new_key()}
        answer = await self.client.post(f"/api/v1/operations/{operation_id}/undo", headers=headers)
        assert answer.status_code == 200, answer.text

    async def bindings(self, kind: str) -> list[Binding]:
        """In the order in which they were made."""
        rows = sa.select(bindings).where(bindings.c.wallet == "google", bindings.c.kind == kind)
        async with self.world.database.reading(self.world.merchant_id) as tx:
            return [Binding(**row) for row in (await tx.execute(rows.order_by(bindings.c.id))).mappings()]

    async def settle(self) -> None:
        """The news reaches the bindings."""
        await dispatch(self.world)

    async def deliver(self, *, seconds: float = 10.0) -> None:
        """The news reaches the bindings, and the courier works until nothing is due."""
        await self.settle()
        self.ahead += AHEAD
        courier = Courier(self.world.database, [self.carrier], clock=self.clock)
        working = asyncio.create_task(courier.run())
        try:
            for _look in range(int(seconds * 50)):
                if not await self.due():
                    return
                await asyncio.sleep(0.02)
            raise AssertionError(f"{await self.due()} bindings are still due")
        finally:
            # asyncio.wait_for of Python 3.11 may lose a cancellation that comes with what it waits for.
            while not working.done():
                working.cancel()
                await asyncio.wait([working], timeout=0.5)

    async def due(self) -> int:
        """How many bindings wait for the courier."""
        waiting = sa.select(sa.func.count()).where(bindings.c.next_try <= self.clock())
        async with self.world.database.reading(self.world.merchant_id) as tx:
            return int((await tx.execute(waiting)).scalar_one())

    def shown(self, object_id: str, kind: str = "loyaltyObject") -> dict[str, Any]:
        """What a phone shows."""
        return self.google.store.documents[kind][object_id]

    def since(self) -> list[tuple[str, str, int]]:
        """(method, kind, status) of the calls since this was asked last, without the ones for tokens."""
        calls = [(each.method, each.kind, each.status) for each in self.google.calls if each.kind]
        self.google.calls.clear()
        return calls

    async def announced(self) -> list[str]:
        """The types of the events about saving."""
        async with self.world.database.unscoped_writing_as_the_ledger() as tx:
            found = await tx.exec_driver_sql(
                "select type from event where type in ('card.saved', 'card.removed') order by id"
            )
            return [row[0] for row in found]


@asynccontextmanager
async def opened(
    world: World, folder: Path, google: MockGoogle, *, settings: Settings | None = None
) -> AsyncIterator[GoogleShop]:
    """The application and the courier of an installation."""
    told = settings or google_settings(folder, google)
    database = Database(world.database.url)
    app = create_app(told, world.database)
    # Google answers on the same event loop, which Litestar's own client would block.
    transport = ASGITransport(cast(Any, app), raise_app_exceptions=False)
    try:
        async with (
            _running(app),
            AsyncClient(transport=transport, base_url=BASE_URL) as client,
            google_carrier(assemble_wallets(told, database)) as carrier,
        ):
            yield GoogleShop(world, google, client, carrier)
    finally:
        await database.close()


@asynccontextmanager
async def _running(app: Litestar) -> AsyncIterator[None]:
    """The application's lifespan in a task of its own: a fixture begins and ends in different ones."""
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await over.wait()

    living = asyncio.create_task(live())
    await started.wait()
    try:
        yield
    finally:
        over.set()
        await living

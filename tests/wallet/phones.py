"""A shop whose cards go into Apple Wallet, and phones that have them: everything but Apple's own machines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from litestar.testing import AsyncTestClient

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.db.given import Material
from cardamom.db.settings import Settings
from cardamom.db.wallet_settings import WalletSettings
from cardamom.ledger.dispatcher import Dispatcher
from cardamom.wallet import following
from cardamom.wallet.apple.test_authority import DEMO_PASS_TYPE, Authority, issue_certificate
from cardamom.wallet.bindings import Binding, binding_by_id
from cardamom.wallet.naming import split_name
from cardamom.web.app import create_app
from tests.wallet.iphone import IPhone, Opened, opened
from tests.world import World

BASE_URL = "https://cards.example.org"
PASS_TYPE = DEMO_PASS_TYPE


def apple_settings(folder: Path, authority: Authority, **changes: Any) -> Settings:
    """An installation with a pass certificate of this authority."""
    issued = issue_certificate(authority, now=datetime.now(UTC), **changes)
    wallet = WalletSettings(
        apple_certificate=Material("CARDAMOM_APPLE_CERTIFICATE", issued.certificate_pem.decode()),
        apple_key=Material("CARDAMOM_APPLE_KEY", issued.key_pem.decode()),
        apple_wwdr=Material("CARDAMOM_APPLE_WWDR", authority.wwdr_pem.decode()),
    )
    return Settings(data=folder, secret_key=bytes(32), base_url=BASE_URL, wallet=wallet)


@asynccontextmanager
async def serving(settings: Settings, database: Database) -> AsyncIterator[AsyncTestClient[Any]]:
    """The whole application, without a socket."""
    app = create_app(settings, database)
    async with AsyncTestClient(app, base_url=BASE_URL, raise_server_exceptions=False) as client:
        yield client


@dataclass
class Shop:
    """A cafe with Apple Wallet."""

    world: World
    client: AsyncTestClient[Any]
    authority: Authority

    def phone(self, **more: Any) -> IPhone:
        return IPhone(self.client, trusted=self.authority.root_pem, **more)

    async def page(self, card_id: str) -> str:
        """The path of a card's page."""
        card = await self.world.card(card_id)
        links = LinkMaker(bytes(32), lambda: "")
        return links.links(card.handle, card.id, card.token_epoch).page

    async def download(self, card_id: str, path: str = "/apple") -> bytes:
        """What "Add to Wallet" on the card's page gives."""
        answer = await self.client.get(await self.page(card_id) + path)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def add(self, phone: IPhone, card_id: str, path: str = "/apple") -> Opened:
        """Somebody taps the button on this phone."""
        return await phone.add(await self.download(card_id, path))

    async def settle(self) -> int:
        """The dispatcher places what was announced, and the bindings follow."""
        dispatcher = Dispatcher(self.world.database)
        following.follow(dispatcher)
        return await dispatcher.drain()

    async def binding(self, held: Opened) -> Binding:
        name = split_name(held.serial)
        assert name is not None
        async with self.world.database.reading(self.world.merchant_id) as tx:
            found = await binding_by_id(tx, self.world.merchant_id, name.binding_id)
        assert found is not None
        return found

    async def _force(self, table: str, id: str, **changes: Any) -> None:
        said = ", ".join(f"{name} = %({name})s" for name in changes)
        async with self.world.database.unscoped_writing_as_the_ledger() as tx:
            await tx.exec_driver_sql(
                f"update {table} set {said} where merchant_id = %(merchant)s and id = %(id)s",
                {**changes, "merchant": self.world.merchant_id, "id": id},
            )

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        async with self.world.database.unscoped_writing_as_the_ledger() as tx:
            return [tuple(row) for row in await tx.exec_driver_sql(statement, values)]

    async def events(self, *types: str) -> list[str]:
        found = await self.rows("select type from event where type = any(%s) order by id", list(types))
        return [type for (type,) in found]


async def a_saved_pass(shop: Shop, **more: Any) -> tuple[str, IPhone, Opened]:
    """A new card with its pass on a phone: (card, phone, pass)."""
    card_id, phone = await shop.world.a_card(**({"language": "en"} | more)), shop.phone()
    return card_id, phone, await shop.add(phone, card_id)


def hold(shop: Shop, phone: IPhone, content: bytes) -> Opened:
    """The phone reads a pass and tells nobody yet."""
    held = opened(content, trusted=shop.authority.root_pem)
    phone.passes[held.serial] = held
    return held


def path_of(held: Opened) -> str:
    return f"/apple/v1/passes/{held.pass_type}/{held.serial}"


def registration_of(phone: IPhone, held: Opened) -> str:
    return f"/apple/v1/devices/{phone.device}/registrations/{held.pass_type}/{held.serial}"


def authorised(held: Opened) -> dict[str, str]:
    return {"Authorization": f"ApplePass {held.document['authenticationToken']}"}

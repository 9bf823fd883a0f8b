"""A shop with one of everything that the API can name, and a body for everything that the API can be asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient
from PIL import Image

from cardamom.access.permissions import Permission
from cardamom.db.wallet_settings import WalletSettings
from cardamom.kit.ids import new_id
from tests.kit.uploads import saved
from tests.surface.routes import Operation, api_operations
from tests.wallet.keys import a_pass_certificate, an_authority, apple_body, google_body
from tests.world import World

Client = AsyncTestClient[Litestar]
Body = dict[str, Any]

#: What is sent to these is a file and no JSON.
FILES: Final = {"/api/v1/pictures": saved(Image.new("RGB", (2, 2), "#1c6b45"), "PNG")}

#: In place of Google: nobody listens there, and the tests leave the machine alone.
NOBODY: Final = "http://127.0.0.1:1"
NOBODYS_GOOGLE: Final = WalletSettings(google_api_url=NOBODY, google_keys_url=NOBODY)

NAME: Final = "ليلى منصور"
PHONE: Final = "٠١٠٠ ١٢٣ ٤٥٦٧"
EMAIL: Final = "leila@example.org"
EXTERNAL_ID: Final = "till-7"


@dataclass
class Shop:
    """Made over HTTP. named: the value of each parameter that an address of the API has, such as card_id.

    spare: a voucher that nobody uses, to be cancelled.
    """

    client: Client
    world: World
    headers: dict[str, str]
    named: dict[str, str] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    voucher: dict[str, Any] = field(default_factory=dict)
    spare: str = ""

    async def ask(
        self, method: str, path: str, body: Body | None = None, *, key: str | None = None
    ) -> Response:
        """Send a request with this shop's key."""
        headers = self.headers if key is None else {**self.headers, "Idempotency-Key": key}
        if body is None and path in FILES:
            return await self.client.request(method, path, content=FILES[path], headers=headers)
        return await self.client.request(method, path, json=body, headers=headers)

    async def make(self, path: str, body: Body) -> dict[str, Any]:
        answer = await self.ask("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    async def do(self, operation: Operation, *, key: str | None = None, **changes: Any) -> Response:
        """Ask for an operation with the body that belongs to it, with some fields changed."""
        body = self.body(operation)
        if changes:
            body = {**(body or {}), **changes}
        named = self.named
        if operation.path.endswith("/cancel"):
            named = {**named, "voucher_id": self.spare}
        return await self.ask(operation.method, operation.at(named), body, key=key)

    async def everything(self) -> list[Any]:
        """All that this shop can read of itself."""
        read = [each for each in api_operations(self.client.app) if each.method == "GET"]
        answers = [await self.do(operation) for operation in read]
        assert [answer.status_code for answer in answers] == [200] * len(read)
        return [answer.json() for answer in answers]

    async def with_a_key_for(self, *permissions: Permission) -> Shop:
        """The same shop, asked with another key."""
        return replace(self, headers=await self.world.an_api_key(*permissions))

    def body(self, operation: Operation) -> Body | None:
        """A body that is right for an operation. Raises KeyError for a new one: give it a body here."""
        return None if operation.method == "GET" else self._bodies()[operation.name]

    def _bodies(self) -> dict[str, Body | None]:
        terms = {"title": {"en": "Tea"}, "validity": {"kind": "days", "n": 30}}
        rules = {"goal": 5, "reward": self.world.reward_id}
        return {
            "POST /api/v1/cards": {"program": self.world.program_id, "customer": {"name": "Amal"}},
            "POST /api/v1/cards/{card_id}/renew-link": None,
            "POST /api/v1/customers": {"name": "Amal", "birthday": "--03-21"},
            "PATCH /api/v1/customers/{customer_id}": {"name": "Amal"},
            "POST /api/v1/customers/{customer_id}/consents": {
                "channel": "sms",
                "purpose": "marketing",
                "granted": True,
                "language": "ar",
                "wording": "نعم",
            },
            "POST /api/v1/keys": {"name": "Till 2", "permissions": ["cards.stamp"]},
            "DELETE /api/v1/keys/{key_id}": None,
            "POST /api/v1/locations": {"name": {"en": "Airport"}, "latitude": 30.1219, "longitude": 31.4056},
            "PATCH /api/v1/locations/{location_id}": {"name": {"en": "Harbour"}},
            "PATCH /api/v1/merchant": {"brand": {"colour": "#884400"}},
            "POST /api/v1/operations/{operation_id}/undo": {"reason": "A mistake"},
            "POST /api/v1/pictures": None,
            "POST /api/v1/pools": {"name": "More codes"},
            "POST /api/v1/pools/{pool_id}/codes": {"codes": ["GIFT-9"]},
            "POST /api/v1/programs": {"name": {"en": "Tea card"}, "rules": rules},
            "PATCH /api/v1/programs/{program_id}": {"name": {"en": "Coffee and tea"}},
            "POST /api/v1/rewards": {"title": {"en": "Cake"}},
            "PATCH /api/v1/rewards/{reward_id}": {"title": {"en": "Cake with cream"}},
            "POST /api/v1/scans": {"code": self.card["code"], "stamps": 2},
            "PUT /api/v1/wallets/apple": apple_body(an_authority(), a_pass_certificate()),
            "PUT /api/v1/wallets/google": google_body(token_uri=f"{NOBODY}/token"),
            "DELETE /api/v1/wallets/apple": None,
            "DELETE /api/v1/wallets/google": None,
            "POST /api/v1/vouchers": terms,
            "POST /api/v1/vouchers/{voucher_id}/cancel": {"reason": "A mistake"},
            "POST /api/v1/vouchers/{voucher_id}/redeem": {"device": "till 1"},
        }

    async def furnish(self) -> None:
        """Make one of everything."""
        holder = {"name": NAME, "phone": PHONE, "email": EMAIL, "external_id": EXTERNAL_ID}
        asked = {"program": self.world.program_id, "customer": holder, "external_id": EXTERNAL_ID}
        card = await self.make("/api/v1/cards", asked)
        stamped = await self.make("/api/v1/scans", {"code": card["code"], "stamps": 10})
        voucher_id = stamped["issued"][0]["id"]
        self.card = stamped["card"]
        self.voucher = (await self.ask("GET", f"/api/v1/vouchers/{voucher_id}")).json()
        self.spare = (await self.make("/api/v1/vouchers", {"title": {"en": "Tea"}}))["id"]
        pool = await self.make("/api/v1/pools", {"name": "Codes"})
        await self.make(f"/api/v1/pools/{pool['id']}/codes", {"codes": ["GIFT-1", "GIFT-2"]})
        location = await self.make("/api/v1/locations", {"name": {"en": "Harbour", "ar": "الميناء"}})
        for wallet in ("apple", "google"):
            body = self._bodies()[f"PUT /api/v1/wallets/{wallet}"]
            assert (await self.ask("PUT", f"/api/v1/wallets/{wallet}", body)).status_code == 200
        key = await self.make("/api/v1/keys", {"name": "Till", "permissions": ["cards.read"]})
        self.named = {
            "card_id": card["id"],
            "customer_id": card["customer"]["id"],
            "key_id": key["key"]["id"],
            "location_id": location["id"],
            "operation_id": stamped["operation"],
            "pool_id": pool["id"],
            "program_id": self.world.program_id,
            "reward_id": self.world.reward_id,
            "voucher_id": voucher_id,
        }


async def furnished(client: Client, world: World) -> Shop:
    shop = Shop(client, world, await world.an_api_key())
    await shop.furnish()
    return shop


def nothing_named(shop: Shop) -> dict[str, str]:
    """Ids that nobody has, for the same parameters."""
    return {name: new_id() for name in shop.named}

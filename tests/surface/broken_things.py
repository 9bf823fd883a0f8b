"""A shop in which something is wrong with nearly everything: what was used, what is over, what belongs to others."""

from __future__ import annotations

from typing import Any, Final

from cardamom.db.connections import connect
from cardamom.kit.codes import CodeKind, new_code
from tests.surface.shop import Shop

#: Right in itself, and nobody's.
NOBODYS_CARD: Final = new_code(CodeKind.CARD)
NOBODYS_VOUCHER: Final = new_code(CodeKind.VOUCHER)
SLIP: Final = new_code(CodeKind.SLIP)


class BrokenThings:
    """codes: what can be scanned, by what is the matter with it. ids: what can be named, likewise."""

    def __init__(self, shop: Shop, stranger: Shop, database_url: str) -> None:
        self.shop = shop
        self._stranger = stranger
        self._url = database_url
        self.codes: dict[str, str] = {
            "nobody's card": NOBODYS_CARD,
            "nobody's voucher": NOBODYS_VOUCHER,
            "a slip": SLIP,
            "a wrong digit": NOBODYS_CARD[:-1] + str((int(NOBODYS_CARD[-1]) + 1) % 10),
            "a digit too few": NOBODYS_CARD[:-1],
            "a number of nobody": "12345678",
            "nothing": "",
            "words": "free coffee please",
            "NUL": "\0",
            "a long number": "9" * 300,
            "direction marks": "\u202e12\u202c",
        }
        self.ids: dict[str, str] = {}

    async def make(self) -> None:
        await self._cards()
        await self._vouchers()
        await self._pools()
        await self._strangers()

    async def _cards(self) -> None:
        self.codes["a card"] = (await self._join(self.shop.named["program_id"]))["code"]
        self.codes["a card with two rewards"] = await self._card_with(2)
        self.codes["a card of a program by amount"] = await self._card_of(
            {"earn": {"per": "amount", "minor": 100, "minimum_minor": 500}}
        )
        self.codes["a card that was stamped a moment ago"] = await self._card_of({"cooldown_seconds": 900})
        await self._scan(self.codes["a card that was stamped a moment ago"])
        self.codes["a card that came too often today"] = await self._card_of({"daily_cap": 1})
        await self._scan(self.codes["a card that came too often today"])
        self.codes["a card for another place"] = await self._card_of(
            {"locations": [self.shop.named["location_id"]]}
        )
        over = await self._program({})
        self.codes["a card of a closed program"] = (await self._join(over))["code"]
        await self.shop.ask("PATCH", f"/api/v1/programs/{over}", {"status": "archived"})
        self.ids["a closed program"] = over
        lost = await self._join(self.shop.named["program_id"])
        await self.shop.ask("POST", f"/api/v1/cards/{lost['id']}/renew-link")
        self.codes["a card that was lost"] = lost["code"]
        closed = await self._join(self.shop.named["program_id"])
        self._change("update card set closed_at = now() where id = %s", closed["id"])
        self.codes["a closed card"] = closed["code"]

    async def _vouchers(self) -> None:
        self.codes["a voucher"] = (await self._voucher())["code"]
        used = await self._voucher()
        self.codes["a used voucher"], self.ids["a used voucher"] = used["code"], used["id"]
        await self._scan(used["code"], action="redeem")
        over = await self._voucher()
        self._change("update voucher set expires_at = now() - interval '1 day' where id = %s", over["id"])
        self.codes["an expired voucher"], self.ids["an expired voucher"] = over["code"], over["id"]
        gone = await self._voucher()
        await self.shop.ask("POST", f"/api/v1/vouchers/{gone['id']}/cancel")
        self.codes["a cancelled voucher"], self.ids["a cancelled voucher"] = gone["code"], gone["id"]
        card = await self._join(self.shop.named["program_id"])
        self.codes["a voucher for the next visit"] = (
            await self._voucher(card=card["id"], active_from="next_visit")
        )["code"]
        self.codes["a voucher for another place"] = (
            await self._voucher(locations=[self.shop.named["location_id"]])
        )["code"]

    async def _pools(self) -> None:
        empty = (await self.shop.make("/api/v1/pools", {"name": "Empty"}))["id"]
        self.codes["a voucher of an empty pool"] = (
            await self._voucher(redemption="code", code={"kind": "pool", "pool": empty})
        )["code"]

    async def _strangers(self) -> None:
        theirs = await self._stranger.make("/api/v1/cards", {"program": self._stranger.world.program_id})
        self.codes["a stranger's card"], self.codes["a stranger's number"] = theirs["code"], theirs["number"]
        voucher = await self._stranger.make("/api/v1/vouchers", {"title": {"en": "Haircut"}})
        self.codes["a stranger's voucher"] = voucher["code"]

    # -- small steps ---------------------------------------------------------------------------------------------

    async def _program(self, rules: dict[str, Any]) -> str:
        said = {"goal": 5, "cooldown_seconds": 0, "daily_cap": None, **rules}
        made = await self.shop.make("/api/v1/programs", {"name": {"en": "Another card"}, "rules": said})
        return str(made["id"])

    async def _join(self, program: str) -> dict[str, Any]:
        return await self.shop.make("/api/v1/cards", {"program": program})

    async def _card_of(self, rules: dict[str, Any]) -> str:
        return str((await self._join(await self._program(rules)))["code"])

    async def _card_with(self, rewards: int) -> str:
        card = await self._join(self.shop.named["program_id"])
        await self._scan(card["code"], stamps=10 * rewards)
        return str(card["code"])

    async def _voucher(self, **said: Any) -> dict[str, Any]:
        return await self.shop.make("/api/v1/vouchers", {"title": {"en": "Coffee", "ar": "قهوة"}, **said})

    async def _scan(self, code: str, **said: Any) -> None:
        answer = await self.shop.make("/api/v1/scans", {"code": code, **said})
        assert answer["outcome"] == "accepted", answer

    def _change(self, statement: str, id: str) -> None:
        """What no request can bring about, but time and a later release can."""
        with connect(self._url, application="tests", autocommit=True) as superuser:
            assert superuser.execute(statement, (id,)).rowcount == 1

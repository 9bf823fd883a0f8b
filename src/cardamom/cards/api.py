"""Cards over HTTP: `/api/v1/cards`. Thin: parse, one service call, shape."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import Provide
from litestar.params import Parameter

from cardamom.access.permissions import Permission
from cardamom.cards import queries, service
from cardamom.cards.errors import CardUnknown
from cardamom.cards.links import LinkMaker
from cardamom.cards.queries import Named
from cardamom.cards.schemas import Card, CardIn, EntryOut
from cardamom.customers.contacts import ContactIn
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import Malformed
from cardamom.kit.ids import is_id
from cardamom.kit.phone import phone_in_query
from cardamom.kit.text import fold
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import MerchantCache
from cardamom.programs.queries import program_id_of

PageLimit = Annotated[int, Parameter(ge=1, le=100, description="How many to answer with at most.")]


class Cards(msgspec.Struct, frozen=True, kw_only=True):
    """A page of cards. next: pass it as `after`; null on the last page."""

    items: list[Card]
    next: str | None


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a card's movements, latest first. next: pass it as `after`; null on the last page."""

    items: list[EntryOut]
    next: int | None


def provide_named(
    code: str | None = None,
    number: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    external_id: str | None = None,
) -> Named:
    """The query parameters that name a card."""
    return Named(
        code=code,
        number=number,
        phone=None if phone is None else phone_in_query(phone),
        email=email,
        external_id=external_id,
    )


class CardController(Controller):
    """Cards of the merchant that the key or the session belongs to."""

    path = "/api/v1/cards"
    tags = ["Cards"]
    dependencies = {"named": Provide(provide_named, sync_to_thread=False)}

    @post(opt={"permission": Permission.CARDS_JOIN}, operation_id="createCard", summary="Give out a card")
    async def join(
        self,
        data: CardIn,
        actor: Actor,
        merchant_id: str,
        ledger: Ledger,
        database: Database,
        merchants: MerchantCache,
        links: LinkMaker,
        idempotency_key: str,
    ) -> Card:
        """A holder who is known by external_id, phone or e-mail keeps being one person with several cards."""
        async with database.reading(merchant_id) as tx:
            program_id = await program_id_of(tx, merchant_id, data.program)
        outcome = await service.join_known_customer(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            program_id=program_id,
            given=data.customer or ContactIn(),
            region=(await merchants.merchant(merchant_id)).region,
            external_id=data.external_id,
            language=data.language,
            key=idempotency_key,
        )
        return await _shown(database, links, merchant_id, outcome.facts["card"])

    @get(
        opt={"permission": Permission.CARDS_READ},
        operation_id="listCards",
        summary="Find cards by code, number, phone, e-mail or external id; or list them, newest first",
    )
    async def find(
        self,
        merchant_id: str,
        database: Database,
        merchants: MerchantCache,
        links: LinkMaker,
        named: Named,
        program: str | None = None,
        q: str | None = None,
        limit: PageLimit = 50,
        after: str | None = None,
    ) -> Cards:
        if after is not None and not is_id(after):
            raise Malformed(field="after")
        region = (await merchants.merchant(merchant_id)).region
        async with database.reading(merchant_id) as tx:
            rows = await queries.cards_named(tx, merchant_id, named, region)
            if rows is None:
                rows = await queries.cards_page(
                    tx,
                    merchant_id,
                    limit=limit + 1,
                    after=after,
                    program_id=None if program is None else await program_id_of(tx, merchant_id, program),
                    folded=fold(q) if q else None,
                )
        return Cards(
            items=[queries.shown(row, links) for row in rows[:limit]],
            next=rows[limit - 1].id if len(rows) > limit else None,
        )

    @get(
        "/{card_id:str}",
        opt={"permission": Permission.CARDS_READ},
        operation_id="getCard",
        summary="Read a card",
    )
    async def read(self, card_id: str, merchant_id: str, database: Database, links: LinkMaker) -> Card:
        return await _shown(database, links, merchant_id, card_id)

    @get(
        "/{card_id:str}/entries",
        opt={"permission": Permission.CARDS_READ},
        operation_id="listCardEntries",
        summary="Read the movements of a card's stamps, latest first",
    )
    async def entries(
        self,
        card_id: str,
        merchant_id: str,
        database: Database,
        limit: PageLimit = 50,
        after: Annotated[
            int | None, Parameter(ge=1, le=2**62, description="The `next` of the page before.")
        ] = None,
    ) -> Entries:
        if not is_id(card_id):
            raise CardUnknown
        async with database.reading(merchant_id) as tx:
            if await queries.card_by_id(tx, merchant_id, card_id) is None:
                raise CardUnknown
            found = await queries.entries_of_card(tx, merchant_id, card_id, limit=limit + 1, before=after)
        return Entries(items=found[:limit], next=found[limit - 1].seq if len(found) > limit else None)

    @post(
        "/{card_id:str}/renew-link",
        opt={"permission": Permission.CARDS_JOIN},
        operation_id="renewCardLink",
        summary="Recover a lost card: withdraw its link and code and make new ones",
        status_code=200,
    )
    async def renew(
        self,
        card_id: str,
        actor: Actor,
        merchant_id: str,
        ledger: Ledger,
        database: Database,
        links: LinkMaker,
        idempotency_key: str,
    ) -> Card:
        await service.renew_link(
            ledger, actor=actor, merchant_id=merchant_id, card_id=card_id, key=idempotency_key
        )
        return await _shown(database, links, merchant_id, card_id)


async def _shown(database: Database, links: LinkMaker, merchant_id: str, card_id: str) -> Card:
    if not is_id(card_id):
        raise CardUnknown
    async with database.reading(merchant_id) as tx:
        row = await queries.card_by_id(tx, merchant_id, card_id)
    if row is None:
        raise CardUnknown
    return queries.shown(row, links)


routes = [CardController]

"""The address behind "Add to Google Wallet": a link that Google made a pass for before anybody opens it.

Google Wallet, "Issuing passes with the API and a JWT". The pass is inserted by REST and the link names only its id, so
that it stays far below what browsers and chats take, and shows the newest state whenever it is opened. It has no end:
links in e-mails stay good. While Google does not answer, the link carries the pass itself, if that is small enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import structlog

from cardamom.cards.links import LinkMaker
from cardamom.cards.queries import CardRow
from cardamom.db.database import Database
from cardamom.kit.clock import Clock
from cardamom.kit.clock import now as system_clock
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import merchant_by_id
from cardamom.wallet.bindings import Binding, feed_position
from cardamom.wallet.credentials import Credentials
from cardamom.wallet.errors import WalletNotConfigured
from cardamom.wallet.face import CardFace
from cardamom.wallet.faces import read_face
from cardamom.wallet.google.account import ServiceAccount
from cardamom.wallet.google.client import GoogleClients
from cardamom.wallet.google.errors import GoogleAway, GoogleDown, GoogleTrouble
from cardamom.wallet.google.notices import Told
from cardamom.wallet.google.publishing import (
    Brought,
    Errand,
    Publisher,
    find_voucher,
    object_id,
    open_vouchers,
)
from cardamom.wallet.google.rows import Thing, make_due, note_shown, program_thing, reward_thing
from cardamom.wallet.google.texts import Document
from cardamom.wallet.service import pass_of_card, pass_of_voucher
from cardamom.wallet.touching import Urgency

log = structlog.get_logger(__name__)

SAVE_LINK: Final = "https://pay.google.com/gp/v/save/"
#: Longer addresses are cut by browsers and chats (Google Wallet, "Use Google Wallet API web links").
MOST_CHARACTERS: Final = 1_800
#: Somebody waits for a page.
PATIENCE_SECONDS: Final = 3.0
#: Vouchers that a link names beside the card; the others come with the card's own links.
MOST_OFFERS: Final = 10
_RETRY_AFTER_SECONDS: Final = 60

#: What a document cannot do without, for a link that has to carry it. The courier brings the rest later.
_NEEDED: Final = frozenset(
    {
        "id",
        "classId",
        "state",
        "loyaltyPoints",
        "accountId",
        "barcode",
        "rotatingBarcode",
        "validTimeInterval",
        "issuerName",
        "programName",
        "programLogo",
        "provider",
        "title",
        "redemptionChannel",
        "reviewStatus",
        "hexBackgroundColor",
        "callbackOptions",
    }
)
_IN_OTHER_WORDS: Final = ("localized", "contentDescription", "alternateText")

#: The payload of a link.
Payload = dict[str, list[Document]]


class SaveLinks:
    """For one web process."""

    def __init__(
        self,
        database: Database,
        *,
        ledger: Ledger,
        credentials: Credentials,
        clients: GoogleClients,
        publisher: Publisher,
        links: LinkMaker,
        clock: Clock = system_clock,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._credentials = credentials
        self._clients = clients
        self._publisher = publisher
        self._links = links
        self._clock = clock
        self._patience_seconds = patience_seconds

    async def save_address(self, card: CardRow) -> str:
        """Where a card is saved, with its open vouchers. The caller has checked the capability link of the card.

        Raises CardClosed, WalletNotConfigured, and GoogleAway when there is no link to be had now.
        """
        account = await self._account(card)
        binding = await pass_of_card(self._ledger, card=card, wallet="google", issuer=account.issuer_id)
        errand, face = await self._open(card, account)

        async def bring() -> Brought:
            return await self._publisher.bring_card(
                errand, face, binding_id=binding.id, told=None, notices=[], most_vouchers=MOST_OFFERS
            )

        async def by_itself() -> Payload:
            thing = program_thing(face.view.program.id)
            return await self._fat(errand, face, thing, None, binding)

        address = await self._address(errand, binding, bring, by_itself)
        if len(open_vouchers(face)) > MOST_OFFERS:
            await self._leave_to_the_courier(binding, None)
        return address

    async def save_voucher_address(self, card: CardRow, voucher_id: str) -> str:
        """Where one voucher of a card is saved. Raises as `save_address`, VoucherUnknown and VoucherOver."""
        account = await self._account(card)
        binding = await pass_of_voucher(
            self._ledger, card=card, voucher_id=voucher_id, wallet="google", issuer=account.issuer_id
        )
        errand, face = await self._open(card, account)
        voucher = find_voucher(face, voucher_id)

        async def bring() -> Brought:
            return await self._publisher.bring_voucher(
                errand, face, voucher, binding_id=binding.id, told=None
            )

        async def by_itself() -> Payload:
            return await self._fat(errand, face, reward_thing(voucher), voucher_id, binding)

        return await self._address(errand, binding, bring, by_itself)

    async def _account(self, card: CardRow) -> ServiceAccount:
        account = await self._credentials.google(card.merchant_id)
        if account is None:
            raise WalletNotConfigured(wallet="google")
        return account

    async def _open(self, card: CardRow, account: ServiceAccount) -> tuple[Errand, CardFace]:
        """The business is read with the card and never from a cache: what is shown has to be as new as the position."""
        async with self._database.reading(card.merchant_id) as tx:
            position = await feed_position(tx, card.merchant_id)
            merchant = await merchant_by_id(tx, card.merchant_id)
            face = await read_face(tx, merchant, card.id, links=self._links)
        errand = Errand(
            merchant_id=card.merchant_id,
            client=self._clients.client(account),
            position=position,
            urgency=Urgency.REDEEM,
        )
        return errand, face

    async def _address(
        self,
        errand: Errand,
        binding: Binding,
        bring: Callable[[], Awaitable[Brought]],
        by_itself: Callable[[], Awaitable[Payload]],
    ) -> str:
        account = errand.client.account
        if binding.shown is not None:
            await self._keep_fresh(binding)
            return self._link(account, _names(msgspec.convert(binding.shown, Told).document))
        try:
            async with asyncio.timeout(self._patience_seconds):
                brought = await bring()
        except (TimeoutError, GoogleDown):
            await self._leave_to_the_courier(binding, GoogleDown.code)
            log.warning("google.save_link_without_google", binding=binding.id)
            return self._link(account, await by_itself())
        except GoogleTrouble as trouble:
            await self._leave_to_the_courier(binding, trouble.code)
            raise GoogleAway(retry_after_seconds=_RETRY_AFTER_SECONDS) from trouble
        async with self._database.writing(errand.merchant_id) as tx:
            await note_shown(
                tx,
                errand.merchant_id,
                binding.id,
                told=brought.told,
                position=errand.position,
                at=self._clock(),
            )
        return self._link(account, _names(brought.told.document))

    async def _keep_fresh(self, binding: Binding) -> None:
        """A pass that was removed was not told of changes since; whoever takes it again sees what is true now."""
        if binding.state == "removed" and binding.sent < binding.wanted:
            await self._leave_to_the_courier(binding, None)

    async def _leave_to_the_courier(self, binding: Binding, error: str | None) -> None:
        async with self._database.writing(binding.merchant_id) as tx:
            await make_due(tx, binding.merchant_id, binding.id, at=self._clock(), error=error)

    async def _fat(
        self, errand: Errand, face: CardFace, thing: Thing, voucher_id: str | None, binding: Binding
    ) -> Payload:
        """The pass itself, and its class unless Google has it: without pictures of the moment and other languages."""
        voucher = None if voucher_id is None else find_voucher(face, voucher_id)
        made, document = await self._publisher.documents(
            errand, face, thing, voucher, id=object_id(errand.issuer, face.handle, binding.id)
        )
        family = "loyalty" if voucher is None else "offer"
        payload: Payload = {f"{family}Objects": [slim(document)]}
        if not await self._publisher.has_class(errand, face, thing):
            payload[f"{family}Classes"] = [slim(made)]
        return payload

    def _link(self, account: ServiceAccount, payload: Payload) -> str:
        """The link with a signed JWT. Raises GoogleAway for one that is too long to arrive whole."""
        link = save_link(
            account, payload, origin=self._links.address(""), issued_at=int(self._clock().timestamp())
        )
        if len(link) > MOST_CHARACTERS:
            raise GoogleAway(retry_after_seconds=_RETRY_AFTER_SECONDS)
        return link


def save_link(account: ServiceAccount, payload: Payload, *, origin: str, issued_at: int) -> str:
    """The address of a pass, for ever: a JWT without an end. origin: of the pages that show the button."""
    parts = urlsplit(origin)
    claims: dict[str, Any] = {
        "iss": account.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": issued_at,
        "origins": [f"{parts.scheme}://{parts.netloc}"],
        "payload": payload,
    }
    return SAVE_LINK + account.sign(claims)


def slim(document: Document) -> Document:
    """What is left of a document in a link that has to carry it."""
    return {name: _plain(value) for name, value in document.items() if name in _NEEDED}


def _plain(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _plain(inner) for name, inner in value.items() if not name.startswith(_IN_OTHER_WORDS)}


def _names(document: Document) -> Payload:
    """The ids of an object and of the newest vouchers that it brings along."""
    kind = "loyaltyObjects" if "loyaltyPoints" in document else "offerObjects"
    payload: Payload = {kind: [{"id": document["id"]}]}
    linked = list(document.get("linkedObjectIds", ()))[-MOST_OFFERS:]
    if linked:
        payload["offerObjects"] = [{"id": id} for id in linked]
    return payload

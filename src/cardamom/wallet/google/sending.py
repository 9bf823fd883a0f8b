"""The courier's carrier for Google Wallet: what changed on cards, vouchers and classes is PATCHed.

Promises that nothing is lost while Google is away, that an issuer who may not write is asked rarely instead of for
every card, and that what has to be mended by somebody is said on the binding by its code (`google.errors`).
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.kit.clock import Clock
from cardamom.kit.clock import now as system_clock
from cardamom.merchants.queries import merchant_by_id
from cardamom.merchants.schemas import Merchant
from cardamom.wallet.bindings import feed_position
from cardamom.wallet.credentials import Credentials
from cardamom.wallet.deliveries import Due, Sent, Wallet
from cardamom.wallet.face import CardFace, VoucherFace
from cardamom.wallet.faces import read_faces, read_replaced_face
from cardamom.wallet.google.client import GoogleClients
from cardamom.wallet.google.errors import (
    GoogleApiDisabled,
    GoogleDown,
    GoogleNoAccount,
    GoogleNotAUser,
    GoogleNotPublished,
    GooglePermanent,
    GoogleRefusedAccount,
    GoogleTemporary,
    GoogleTrouble,
)
from cardamom.wallet.google.notices import Told
from cardamom.wallet.google.publishing import Brought, Errand, Publisher, class_id_of, find_voucher
from cardamom.wallet.google.rows import Thing, a_card_of_program, a_voucher_of_class

log = structlog.get_logger(__name__)

SLICE: Final = 16
SLICES_AT_ONCE: Final = 2
#: An issuer that cannot write is tried with one card after so long, and not with every card.
PAUSES: Final[Mapping[type[GoogleTrouble], timedelta]] = {
    GoogleNotAUser: timedelta(minutes=10),
    GoogleNotPublished: timedelta(minutes=10),
    GoogleApiDisabled: timedelta(minutes=10),
    GoogleRefusedAccount: timedelta(minutes=10),
    GoogleDown: timedelta(seconds=30),
}
#: Until somebody adds an account, which makes everything due again anyhow.
_NO_ACCOUNT_SECONDS: Final = 3_600.0


class _Paused(msgspec.Struct, frozen=True):
    """Why nothing is sent to an issuer now, and until when."""

    until: datetime
    trouble: GoogleTrouble


class _Faces(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice is about: cards by id, those of earlier links apart."""

    cards: Mapping[str, CardFace]
    replaced: Mapping[str, CardFace]
    #: For classes, by binding: the card and the voucher that they are projected from.
    models: Mapping[str, tuple[str, str | None]]
    position: int


class GoogleCarrier:
    """A `deliveries.Carrier`."""

    wallet: Wallet = "google"
    slice_size = SLICE
    slices_at_once = SLICES_AT_ONCE

    def __init__(
        self,
        database: Database,
        *,
        credentials: Credentials,
        clients: GoogleClients,
        publisher: Publisher,
        links: LinkMaker,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._clients = clients
        self._publisher = publisher
        self._links = links
        self._clock = clock
        self._paused: dict[str, _Paused] = {}

    async def send(self, bindings: Sequence[Due]) -> list[Sent]:
        """Those of one merchant are read together; requests go out as the issuer's bucket allows."""
        groups: defaultdict[tuple[str, str], list[Due]] = defaultdict(list)
        for due in bindings:
            groups[due.merchant_id, due.issuer].append(due)
        results = await asyncio.gather(*(self._send_group(*name, group) for name, group in groups.items()))
        return [sent for group in results for sent in group]

    async def _send_group(self, merchant_id: str, issuer: str, group: list[Due]) -> list[Sent]:
        account = await self._credentials.google_for(merchant_id, issuer)
        if account is None:
            return [_waiting(due, GoogleNoAccount(), _NO_ACCOUNT_SECONDS) for due in group]
        faces = await self._read(merchant_id, issuer, group)
        client = self._clients.client(account)
        return await asyncio.gather(
            *(
                self._send_one(
                    due,
                    faces,
                    Errand(
                        merchant_id=merchant_id,
                        client=client,
                        position=faces.position,
                        urgency=due.urgency,
                    ),
                )
                for due in group
            )
        )

    async def _send_one(self, due: Due, faces: _Faces, errand: Errand) -> Sent:
        paused = self._paused.get(due.issuer)
        if paused is not None and paused.until > self._clock():
            return self._held_up(due, paused)
        try:
            brought = await self._bring(due, faces, errand)
        except GoogleTrouble as trouble:
            return self._troubled(due, trouble)
        self._paused.pop(due.issuer, None)
        if brought is None:
            return Sent(due=due, answer="nobody", told=True)
        return _sent(due, brought)

    async def _bring(self, due: Due, faces: _Faces, errand: Errand) -> Brought | None:
        """None when there is nothing that it could be projected from: nobody has it."""
        told = None if due.shown is None else msgspec.convert(due.shown, Told)
        if due.state == "void":
            return await self._end(due, faces, errand, told)
        match due.kind:
            case "card":
                card = faces.cards.get(due.subject_id)
                if card is None:
                    return None
                return await self._publisher.bring_card(
                    errand, card, binding_id=due.id, told=told, notices=_instants(due.notices)
                )
            case "voucher":
                face, voucher = _voucher(faces.cards, due.card_id, due.subject_id)
                if face is None or voucher is None:
                    return None
                return await self._publisher.bring_voucher(
                    errand, face, voucher, binding_id=due.id, told=told
                )
            case _:
                card_id, voucher_id = faces.models.get(due.id, (None, None))
                face, voucher = _voucher(faces.cards, card_id, voucher_id)
                if face is None or (due.kind == "reward" and voucher is None):
                    return None
                return await self._publisher.bring_class(errand, face, _thing(due), voucher, told=told)

    async def _end(self, due: Due, faces: _Faces, errand: Errand, told: Told | None) -> Brought | None:
        """A pass of an earlier link is over, once and for all; the phone that has it may be in other hands."""
        face = None if due.card_id is None else faces.replaced.get(due.card_id)
        if told is None or face is None:
            return None
        return await self._publisher.end(errand, face, told=told)

    async def _read(self, merchant_id: str, issuer: str, group: list[Due]) -> _Faces:
        """In one transaction, the position first: what the faces show is at least as new."""
        current = {due.card_id for due in group if due.state != "void" and due.card_id is not None}
        ended = {due.card_id for due in group if due.state == "void" and due.card_id is not None}
        async with self._database.reading(merchant_id) as tx:
            position = await feed_position(tx, merchant_id)
            merchant = await merchant_by_id(tx, merchant_id)
            found = [
                (due.id, await _model(tx, merchant, issuer, due)) for due in group if due.card_id is None
            ]
            models = {binding_id: model for binding_id, model in found if model is not None}
            wanted = current | {card_id for card_id, _voucher_id in models.values()}
            faces = await read_faces(tx, merchant, sorted(wanted), links=self._links) if wanted else []
            replaced = {card_id: await read_replaced_face(tx, merchant, card_id) for card_id in sorted(ended)}
        return _Faces(
            cards={face.view.card.id: face for face in faces},
            replaced=replaced,
            models=models,
            position=position,
        )

    def _troubled(self, due: Due, trouble: GoogleTrouble) -> Sent:
        pause = _pause(trouble)
        if pause is not None:
            paused = _Paused(self._clock() + pause, trouble)
            if due.issuer not in self._paused:
                log.warning("google.issuer_paused", issuer=due.issuer, reason=trouble.code)
            self._paused[due.issuer] = paused
            return self._held_up(due, paused)
        if isinstance(trouble, GoogleTemporary):
            return _waiting(due, trouble, random.uniform(20, 40))  # noqa: S311
        log.warning("google.refused", binding=due.id, kind=due.kind, reason=trouble.code)
        return Sent(due=due, answer="refused", ended=True, error=trouble.code)

    def _held_up(self, due: Due, paused: _Paused) -> Sent:
        """Not all at once when the pause is over: the first who comes through finds out for the others."""
        left = (paused.until - self._clock()).total_seconds()
        return _waiting(due, paused.trouble, left * random.uniform(1.0, 2.0))  # noqa: S311


async def _model(
    tx: AsyncConnection, merchant: Merchant, issuer: str, due: Due
) -> tuple[str, str | None] | None:
    """The card, and for an OfferClass the voucher, that a class is projected from."""
    if due.kind == "program":
        card_id = await a_card_of_program(tx, merchant.id, issuer=issuer, program_id=due.subject_id)
        return None if card_id is None else (card_id, None)
    class_id = class_id_of(issuer, merchant.handle, _thing(due))
    return await a_voucher_of_class(tx, merchant.id, issuer=issuer, class_id=class_id)


def _pause(trouble: GoogleTrouble) -> timedelta | None:
    """How long nothing is sent to the issuer: as the answer says, else by what it is. None: only this one waits."""
    told: float | None = trouble.facts.get("retry_after_seconds")
    return PAUSES.get(type(trouble)) if told is None else timedelta(seconds=told)


def _waiting(due: Due, trouble: GoogleTrouble, seconds: float) -> Sent:
    answer = "refused" if isinstance(trouble, GooglePermanent) else "unavailable"
    return Sent(due=due, answer=answer, wait_seconds=seconds, error=trouble.code)


def _sent(due: Due, brought: Brought) -> Sent:
    return Sent(
        due=due,
        answer="ok" if brought.is_changed else "unchanged",
        told=brought.is_told,
        shown=msgspec.to_builtins(brought.told),
        notices=[at.isoformat() for at in brought.notices],
    )


def _instants(notices: Sequence[str]) -> list[datetime]:
    return [datetime.fromisoformat(at) for at in notices]


def _thing(due: Due) -> Thing:
    return Thing(kind=due.kind, subject_id=due.subject_id, epoch=due.epoch)


def _voucher(
    cards: Mapping[str, CardFace], card_id: str | None, voucher_id: str | None
) -> tuple[CardFace | None, VoucherFace | None]:
    """A card and one of its vouchers, as far as they are there."""
    face = None if card_id is None else cards.get(card_id)
    if face is None or voucher_id is None:
        return face, None
    return face, find_voucher(face, voucher_id)

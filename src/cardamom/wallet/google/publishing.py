"""A card with its class and its vouchers brought to Google: for the courier, and for whoever asks for a save link.

Promises that a class is there before its objects, that an object is there before a card links it, and that each
binding knows what Google was told of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

import msgspec
import structlog

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.kit.clock import Clock
from cardamom.kit.clock import now as system_clock
from cardamom.kit.remembering import Remembered
from cardamom.vouchers.errors import VoucherUnknown
from cardamom.wallet.art.book import ArtBook
from cardamom.wallet.bindings import Binding
from cardamom.wallet.face import CardFace, VoucherFace
from cardamom.wallet.google.classes import ClassAddresses, program_class, reward_class
from cardamom.wallet.google.client import GoogleClient, Kind
from cardamom.wallet.google.errors import (
    GoogleNoAddress,
    GoogleNoticesUsedUp,
    GoogleRefusedDocument,
    GoogleTemporary,
    GoogleUnknown,
)
from cardamom.wallet.google.notices import Message, Told, known_vouchers, news, ready_vouchers
from cardamom.wallet.google.objects import MOST_LINKED, ObjectNames, to_google, voucher_to_google
from cardamom.wallet.google.putting import put, put_aloud
from cardamom.wallet.google.rows import (
    Thing,
    bindings_of_things,
    make_bindings,
    note_shown,
    program_thing,
    reward_thing,
)
from cardamom.wallet.google.texts import Document
from cardamom.wallet.naming import class_name, issued_name, pass_name
from cardamom.wallet.wording import voucher_face

log = structlog.get_logger(__name__)

CALLBACK_PATH = "/google/callbacks"

#: Classes that a process remembers; for one that it forgot it looks into its own database.
_KNOWN: Final = 16_384


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf something is brought. position: of the feed, as of which the faces were read."""

    merchant_id: str
    client: GoogleClient
    position: int
    urgency: int

    @property
    def issuer(self) -> str:
        return self.client.account.issuer_id


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What Google shows of a card now. is_changed: whether it had to be told. is_told: whether its holder was.

    Where `is_told` is false the messages have to be tried again; what `told` says is true all the same.
    """

    told: Told
    notices: list[datetime]
    is_changed: bool
    is_told: bool = True


class Publisher:
    """For one event loop; remembers which classes are there."""

    def __init__(
        self, database: Database, *, art: ArtBook, links: LinkMaker, clock: Clock = system_clock
    ) -> None:
        self._database = database
        self._art = art
        self._links = links
        self._clock = clock
        #: Ids of classes that are there, by themselves.
        self._known = Remembered[str, str](most=_KNOWN)
        #: Only of classes that somebody is making.
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def bring_card(
        self,
        errand: Errand,
        face: CardFace,
        *,
        binding_id: str,
        told: Told | None,
        notices: Sequence[datetime],
        most_vouchers: int = MOST_LINKED,
    ) -> Brought:
        """The LoyaltyObject of a card, behind its class and its open vouchers. Raises what the client raises.

        most_vouchers: where somebody waits; the others come with the next change.
        """
        client, urgency = errand.client, errand.urgency
        class_id = await self._class_of(errand, face, program_thing(face.view.program.id), None)
        vouchers = await self.bring_vouchers(errand, face, most=most_vouchers)
        linked = [] if told is None else list(told.document.get("linkedObjectIds", ()))
        names = ObjectNames(
            id=object_id(errand.issuer, face.handle, binding_id),
            class_id=class_id,
            linked=tuple(dict.fromkeys([*linked, *vouchers])),
        )
        document = to_google(face, names=names, hero_url=await self._art.hero_url(face, face.language))
        if told is None:
            await self._behind_its_class(
                errand,
                face,
                None,
                partial(put, client, "loyaltyObject", document, shown=None, urgency=urgency),
            )
            return Brought(
                # Whoever saves a card sees what is on it: nothing of that is news.
                told=Told(
                    document=document,
                    balance=face.view.balance,
                    ready=known_vouchers(face, [voucher.id for voucher in ready_vouchers(face)]),
                ),
                notices=list(notices),
                is_changed=True,
            )
        return await self._change_card(errand, face, document, told, notices)

    async def documents(
        self, errand: Errand, face: CardFace, thing: Thing, voucher: VoucherFace | None, *, id: str
    ) -> tuple[Document, Document]:
        """A class and one object of it, for whoever brings them in another way. voucher: None for the card itself."""
        _kind, made = await self._class_document(errand, face, thing, voucher)
        if voucher is not None:
            return made, await self._voucher_document(face, voucher, id=id, class_id=made["id"])
        hero_url = await self._art.hero_url(face, face.language)
        return made, to_google(face, names=ObjectNames(id=id, class_id=made["id"]), hero_url=hero_url)

    async def has_class(self, errand: Errand, face: CardFace, thing: Thing) -> bool:
        """Whether Google was told of a class."""
        if self._known.recall(class_id_of(errand.issuer, face.handle, thing)) is not None:
            return True
        async with self._database.reading(errand.merchant_id) as tx:
            found = await bindings_of_things(tx, errand.merchant_id, issuer=errand.issuer, things=[thing])
        return thing in found and found[thing].shown is not None

    async def bring_vouchers(self, errand: Errand, face: CardFace, *, most: int = MOST_LINKED) -> list[str]:
        """The OfferObjects of a card's open vouchers; their ids. One that Google does not take is left out."""
        offered = open_vouchers(face)[:most]
        if not offered:
            return []
        things = {voucher.id: voucher_thing(face, voucher) for voucher in offered}
        rows = await self._rows(errand, set(things.values()))
        placed = [(voucher, rows[things[voucher.id]]) for voucher in offered]
        are_there = await asyncio.gather(
            *(self._bring_new_voucher(errand, face, voucher, row) for voucher, row in placed)
        )
        return [
            object_id(errand.issuer, face.handle, row.id)
            for (_voucher, row), is_there in zip(placed, are_there, strict=True)
            if is_there
        ]

    async def bring_voucher(
        self, errand: Errand, face: CardFace, voucher: VoucherFace, *, binding_id: str, told: Told | None
    ) -> Brought:
        """The OfferObject of one voucher, behind its class. Raises what the client raises."""
        class_id = (
            await self._class_of(errand, face, reward_thing(voucher), voucher)
            if told is None
            # An object never changes its class.
            else str(told.document["classId"])
        )
        id = object_id(errand.issuer, face.handle, binding_id)
        document = await self._voucher_document(face, voucher, id=id, class_id=class_id)
        shown = None if told is None else told.document
        putting = partial(put, errand.client, "offerObject", document, shown=shown, urgency=errand.urgency)
        is_changed = await self._behind_its_class(errand, face, voucher, putting)
        return Brought(told=Told(document=document, balance=0, ready=[]), notices=[], is_changed=is_changed)

    async def end(self, errand: Errand, face: CardFace, *, told: Told) -> Brought:
        """Make an object of an earlier link worthless. face: as a replaced card shows itself; nothing of it is news.

        Of a voucher only the state is left: it lives on under the new link.
        """
        id, class_id = str(told.document["id"]), str(told.document["classId"])
        kind: Kind = "loyaltyObject" if "loyaltyPoints" in told.document else "offerObject"
        if kind == "loyaltyObject":
            names = ObjectNames(
                id=id, class_id=class_id, linked=tuple(told.document.get("linkedObjectIds", ()))
            )
            document = to_google(face, names=names, hero_url=await self._art.hero_url(face, face.language))
        else:
            document = {"id": id, "classId": class_id, "state": "INACTIVE"}
        is_changed = await put(errand.client, kind, document, shown=told.document, urgency=errand.urgency)
        return Brought(told=Told(document=document, balance=0, ready=[]), notices=[], is_changed=is_changed)

    async def bring_class(
        self, errand: Errand, face: CardFace, thing: Thing, voucher: VoucherFace | None, *, told: Told | None
    ) -> Brought:
        """The class of a program, or of a reward in the words of a voucher. Raises what the client raises."""
        kind, document = await self._class_document(errand, face, thing, voucher)
        shown = None if told is None else told.document
        is_changed = await put(errand.client, kind, document, shown=shown, urgency=errand.urgency)
        self._known.keep(document["id"], document["id"])
        return Brought(told=Told(document=document, balance=0, ready=[]), notices=[], is_changed=is_changed)

    async def _change_card(
        self, errand: Errand, face: CardFace, document: Document, told: Told, notices: Sequence[datetime]
    ) -> Brought:
        said = news(face, told=told, notices=notices, now=self._clock())
        counted = said.notices
        putting = partial(
            put_aloud if said.notifies else put,
            errand.client,
            "loyaltyObject",
            document,
            shown=told.document,
            urgency=errand.urgency,
        )
        is_changed = await self._behind_its_class(errand, face, None, putting)
        if said.notifies:
            counted = counted if is_changed else counted[:-1]
            is_changed = True
        unsaid = await self._say(errand, document["id"], said.messages)
        heard = {message.voucher_id for message in said.messages} - {each.voucher_id for each in unsaid}
        return Brought(
            told=Told(
                document=document,
                balance=face.view.balance,
                ready=known_vouchers(face, heard | set(told.ready)),
            ),
            # They were counted last, and they are counted again when they are said.
            notices=counted[: len(counted) - sum(each.is_aloud for each in unsaid)],
            is_changed=is_changed or bool(said.messages),
            is_told=not unsaid,
        )

    async def _say(self, errand: Errand, id: str, messages: Sequence[Message]) -> Sequence[Message]:
        """Add the messages; what could not be said now is returned, and said with the next try."""
        for place, message in enumerate(messages):
            try:
                await self._add_message(errand, id, message.document)
            except GoogleTemporary as trouble:
                log.info("google.message_waits", reason=trouble.code)
                return messages[place:]
        return ()

    async def _add_message(self, errand: Errand, id: str, message: Document) -> None:
        client, urgency = errand.client, errand.urgency
        try:
            await client.add_message("loyaltyObject", id, message, urgency=urgency)
        except GoogleNoticesUsedUp:
            quiet = {**message, "messageType": "TEXT"}
            await client.add_message("loyaltyObject", id, quiet, urgency=urgency)

    async def _bring_new_voucher(
        self, errand: Errand, face: CardFace, voucher: VoucherFace, row: Binding
    ) -> bool:
        """Whether Google has it. One that it was told of before is the courier's."""
        if row.shown is not None:
            return True
        try:
            brought = await self.bring_voucher(errand, face, voucher, binding_id=row.id, told=None)
        except GoogleRefusedDocument as refused:
            log.warning("google.voucher_refused", binding=row.id, reason=refused.facts.get("message"))
            return False
        await self._note(errand, row.id, brought.told)
        return True

    async def _behind_its_class(
        self,
        errand: Errand,
        face: CardFace,
        voucher: VoucherFace | None,
        putting: Callable[[], Awaitable[bool]],
    ) -> bool:
        """Put an object. When its class is gone, as where an issuer was set up anew, the class is made once more."""
        try:
            return await putting()
        except GoogleUnknown:
            thing = program_thing(face.view.program.id) if voucher is None else reward_thing(voucher)
            await self.bring_class(errand, face, thing, voucher, told=None)
            return await putting()

    async def _class_of(
        self, errand: Errand, face: CardFace, thing: Thing, voucher: VoucherFace | None
    ) -> str:
        """The id of a class that is there. Several who need it at once make it once."""
        id = class_id_of(errand.issuer, face.handle, thing)
        if self._known.recall(id) is not None:
            return id
        making = self._making.setdefault(id, asyncio.Lock())
        async with making:
            if self._known.recall(id) is None:
                rows = await self._rows(errand, {thing})
                if rows[thing].shown is None:
                    brought = await self.bring_class(errand, face, thing, voucher, told=None)
                    await self._note(errand, rows[thing].id, brought.told)
                self._known.keep(id, id)
        return id

    async def _voucher_document(
        self, face: CardFace, voucher: VoucherFace, *, id: str, class_id: str
    ) -> Document:
        drawn = await self._art.voucher_addresses(face.design, picture=voucher.picture)
        return voucher_to_google(
            voucher, language=face.language, id=id, class_id=class_id, hero_url=drawn.hero
        )

    async def _class_document(
        self, errand: Errand, face: CardFace, thing: Thing, voucher: VoucherFace | None
    ) -> tuple[Kind, Document]:
        callback = self._links.address(CALLBACK_PATH)
        if not callback.startswith("https://"):
            raise GoogleNoAddress
        addresses = ClassAddresses(
            logo=await self._art.logo_url(face.design),
            wide_logo=None if face.design.logo is None else await self._art.wide_logo_url(face.design),
            home=self._links.join_url(face.view.program.slug),
            callback=callback,
        )
        id = class_id_of(errand.issuer, face.handle, thing)
        if voucher is None:
            return "loyaltyClass", program_class(face, id=id, addresses=addresses)
        return "offerClass", reward_class(voucher, card=face, id=id, addresses=addresses)

    async def _rows(self, errand: Errand, things: Collection[Thing]) -> dict[Thing, Binding]:
        async with self._database.reading(errand.merchant_id) as tx:
            rows = await bindings_of_things(tx, errand.merchant_id, issuer=errand.issuer, things=things)
        missing = set(things) - rows.keys()
        if missing:
            async with self._database.writing(errand.merchant_id) as tx:
                rows |= await make_bindings(
                    tx,
                    errand.merchant_id,
                    issuer=errand.issuer,
                    things=missing,
                    position=errand.position,
                    at=self._clock(),
                )
        return rows

    async def _note(self, errand: Errand, binding_id: str, told: Told) -> None:
        async with self._database.writing(errand.merchant_id) as tx:
            await note_shown(
                tx, errand.merchant_id, binding_id, told=told, position=errand.position, at=self._clock()
            )


def find_voucher(face: CardFace, voucher_id: str) -> VoucherFace:
    """One of a card's vouchers, also one that the card has no room for any more. Raises VoucherUnknown."""
    shown = next((each for each in face.vouchers if each.id == voucher_id), None)
    if shown is not None:
        return shown
    past = face.view.voucher(voucher_id)
    if past is None:
        raise VoucherUnknown
    return voucher_face(face.view, past, page=face.page, places=face.places)


def open_vouchers(face: CardFace) -> list[VoucherFace]:
    """Those that can be used now or later."""
    return [voucher for voucher in face.vouchers if not voucher.is_over]


def voucher_thing(face: CardFace, voucher: VoucherFace) -> Thing:
    """The OfferObject of a voucher, under the card's link that is in force."""
    card = face.view.card
    return Thing(kind="voucher", subject_id=voucher.id, card_id=card.id, epoch=card.token_epoch)


def object_id(issuer: str, handle: str, binding_id: str) -> str:
    """Google's id of a card or a voucher."""
    return issued_name(issuer, pass_name(handle, binding_id))


def class_id_of(issuer: str, handle: str, thing: Thing) -> str:
    """Google's id of a class; each wording of a reward has its own."""
    if thing.kind == "program":
        return issued_name(issuer, class_name(handle, "program", thing.subject_id))
    return issued_name(issuer, f"{class_name(handle, 'reward', thing.subject_id)}-{thing.epoch:08x}")

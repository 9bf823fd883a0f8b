"""A scan comes in: find out what was held before the scanner, and let the right package do what it means."""

from __future__ import annotations

import msgspec
from async_lru import alru_cache
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.access.permissions import Permission
from cardamom.access.require import require
from cardamom.cards.links import LinkMaker
from cardamom.cards.queries import CardRow, card_by_id
from cardamom.cards.schemas import Card, VoucherBrief
from cardamom.cards.stamping import StampCard, StampedCard
from cardamom.cards.undoing import UndoStamp
from cardamom.counter.answers import (
    brief,
    card_after,
    card_now,
    offered_scan,
    redeemed_scan,
    refused_scan,
    refused_stamp,
    stamped_scan,
)
from cardamom.counter.errors import CodeNotForScanning, LocationUnknown, NotACard
from cardamom.counter.reading import Number, Scanned, read_code
from cardamom.counter.schemas import ScanIn, ScanOut
from cardamom.db.database import Database
from cardamom.kit.actor import Actor, ActorKind
from cardamom.kit.clock import now
from cardamom.kit.codes import Code, CodeKind, RotatingCode
from cardamom.kit.errors import Malformed
from cardamom.kit.ids import is_id
from cardamom.kit.text import clean
from cardamom.ledger.commands import Command, Outcome
from cardamom.ledger.errors import NotUndoable, OperationUnknown
from cardamom.ledger.queries import operation_by_id
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import locations_of
from cardamom.vouchers.errors import VoucherUnknown
from cardamom.vouchers.queries import voucher_by_code, voucher_by_id
from cardamom.vouchers.redeeming import RedeemVoucher, ShownCard
from cardamom.vouchers.rules import Use, Via, Voucher, VoucherNow, redeem
from cardamom.vouchers.undoing import UndoRedemption

DEVICE_LIMIT = 64
_PLACES_SECONDS = 3.0
REASON_LIMIT = 500
#: As long as the till shows "Undo".
UNDO_WINDOW_SECONDS = 10

_VOUCHER_KINDS = (CodeKind.VOUCHER, CodeKind.GIFT)


class Counter:
    """The counter of one process: what a scan needs, held together."""

    def __init__(self, ledger: Ledger, links: LinkMaker) -> None:
        self._ledger = ledger
        self._links = links
        # A till names its location with every scan; a new one is known within seconds.
        self._places = alru_cache(maxsize=4_096, ttl=_PLACES_SECONDS)(self._read_places)

    @property
    def _database(self) -> Database:
        return self._ledger.database

    async def _read_places(self, merchant_id: str) -> frozenset[str]:
        async with self._database.reading(merchant_id) as tx:
            return frozenset(place.id for place in await locations_of(tx, merchant_id))

    async def scan(self, given: ScanIn, *, actor: Actor, merchant_id: str, key: str) -> ScanOut:
        """Do what a code means. A refusal is an answer; only a malformed request raises.

        Raises NotPermitted, Malformed, KeyReused and Unavailable.
        """
        around = _around(given, actor)
        if given.location is not None and around.location_id not in await self._places(merchant_id):
            return refused_scan(LocationUnknown())
        try:
            code = read_code(given.code)
            if isinstance(code, Number | RotatingCode):
                return await self._scan_card(given, code, actor, merchant_id, key, around)
            if code.kind in _VOUCHER_KINDS:
                return await self._scan_voucher(given, code, actor, merchant_id, key, around)
            if code.kind is CodeKind.CARD:
                return await self._scan_card(given, code, actor, merchant_id, key, around)
        except Malformed as why:
            if why.code != "code_malformed":
                raise
            return refused_scan(why)
        return refused_scan(CodeNotForScanning())

    async def undo(
        self, operation_id: str, *, actor: Actor, merchant_id: str, reason: str | None, key: str
    ) -> Outcome:
        """Take an operation back: at once whoever did it, later a manager with a reason.

        Raises OperationUnknown, NotUndoable, AlreadyUndone, UndoTooLate, StampsExpired.
        """
        may_reverse = Permission.OPERATIONS_REVERSE in actor.permissions
        if not may_reverse:
            require(actor, Permission.OPERATIONS_UNDO, merchant_id)
        if not is_id(operation_id):
            raise OperationUnknown
        async with self._database.reading(merchant_id) as tx:
            operation = await operation_by_id(tx, merchant_id, operation_id)
        if operation is None:
            raise OperationUnknown
        words = None if reason is None else clean(reason, limit=REASON_LIMIT) or None
        window = None if may_reverse else UNDO_WINDOW_SECONDS
        kinds: dict[str, type[UndoStamp] | type[UndoRedemption]] = {
            StampCard.kind: UndoStamp,
            RedeemVoucher.kind: UndoRedemption,
        }
        undo = kinds.get(operation.kind)
        if undo is None:
            raise NotUndoable(kind=operation.kind)
        command: Command = undo(
            merchant_id=merchant_id,
            actor=actor,
            key=key,
            operation_id=operation_id,
            window_seconds=window,
            reason=words,
        )
        return (await self._ledger.submit(command)).or_raise()

    # -- cards ---------------------------------------------------------------------------------------------------

    async def _scan_card(
        self, given: ScanIn, code: Scanned, actor: Actor, merchant_id: str, key: str, around: _Around
    ) -> ScanOut:
        if given.action == "redeem":
            return await self._redeem_from_card(given, code, actor, merchant_id, key, around)
        require(actor, Permission.CARDS_STAMP, merchant_id)
        named = _shown(code, merchant_id, given)
        command = StampCard(
            merchant_id=merchant_id,
            actor=actor,
            key=key,
            code=named.code,
            number=named.number,
            one_time=named.one_time,
            stamps=given.stamps,
            amount=given.amount,
            occurred_at=given.occurred_at,
            location_id=around.location_id,
            device=around.device,
        )
        return await self._stamp_answer(await self._ledger.submit(command), merchant_id)

    async def _stamp_answer(self, outcome: Outcome, merchant_id: str) -> ScanOut:
        if outcome.accepted and isinstance(outcome.aside, StampedCard):
            stamped = outcome.aside
            issued = [brief(new) for new in stamped.issued]
            return stamped_scan(outcome, card_after(stamped, self._links), issued)
        row = await self._card_row(merchant_id, outcome.facts.get("card"))
        card = None if row is None else card_now(row, self._links)
        if not outcome.accepted or card is None:
            return refused_stamp(outcome, card)
        return stamped_scan(outcome, card, _issued_again(outcome, card.vouchers))

    async def _card_row(self, merchant_id: str, card_id: str | None) -> CardRow | None:
        if card_id is None:
            return None
        async with self._database.reading(merchant_id) as tx:
            return await card_by_id(tx, merchant_id, card_id)

    async def _redeem_from_card(
        self, given: ScanIn, code: Scanned, actor: Actor, merchant_id: str, key: str, around: _Around
    ) -> ScanOut:
        """The holder shows the card, not the voucher: the one that is meant, or the only one that can be used.

        Which card and which voucher that is, the ledger decides: a retry must find neither that the voucher was used
        by the first try, nor that the card has another code by now.
        """
        require(actor, Permission.VOUCHERS_REDEEM, merchant_id)
        command = RedeemVoucher(
            merchant_id=merchant_id,
            actor=actor,
            key=key,
            voucher_id=_checked_id(given.voucher, "voucher"),
            shown=_shown(code, merchant_id, given),
            via=_via(actor),
            occurred_at=given.occurred_at,
            location_id=around.location_id,
            device=around.device,
        )
        return await self._redeem(command, merchant_id)

    # -- vouchers ------------------------------------------------------------------------------------------------

    async def _scan_voucher(
        self, given: ScanIn, code: Code, actor: Actor, merchant_id: str, key: str, around: _Around
    ) -> ScanOut:
        if given.action == "stamp":
            return refused_scan(NotACard())
        if given.action == "auto":
            require(actor, Permission.VOUCHERS_READ, merchant_id)
            return await self._offer(code, actor, merchant_id, around)
        require(actor, Permission.VOUCHERS_REDEEM, merchant_id)
        command = RedeemVoucher(
            merchant_id=merchant_id,
            actor=actor,
            key=key,
            code=code.digits,
            via=_via(actor),
            occurred_at=given.occurred_at,
            location_id=around.location_id,
            device=around.device,
        )
        return await self._redeem(command, merchant_id)

    async def _offer(self, code: Code, actor: Actor, merchant_id: str, around: _Around) -> ScanOut:
        """Show what the voucher is and whether it could be redeemed here; nothing is written."""
        at = now()
        async with self._database.reading(merchant_id) as tx:
            try:
                found = await voucher_by_code(tx, merchant_id, code.digits)
            except VoucherUnknown as why:
                return refused_scan(why)
            card = await self._card_of(tx, found.voucher.card_id, merchant_id)
        answer = redeem(
            found.voucher,
            uses_left=found.uses_left,
            last_use=_last_use(found.voucher),
            via=_via(actor),
            location_id=around.location_id,
            now=at,
        )
        return offered_scan(found, answer, now=at, card=card)

    async def _redeem(self, command: RedeemVoucher, merchant_id: str) -> ScanOut:
        """The first answer has the voucher at hand; only a replay or a refusal reads it."""
        outcome = await self._ledger.submit(command)
        if isinstance(outcome.aside, VoucherNow):
            return redeemed_scan(outcome, outcome.aside, now=now())
        voucher_id = outcome.facts.get("voucher")
        if voucher_id is None:
            row = await self._card_row(merchant_id, outcome.facts.get("card"))
            return refused_stamp(outcome, None if row is None else card_now(row, self._links))
        async with self._database.reading(merchant_id) as tx:
            found = await voucher_by_id(tx, merchant_id, voucher_id)
        return redeemed_scan(outcome, found, now=now())

    async def _card_of(self, tx: AsyncConnection, card_id: str | None, merchant_id: str) -> Card | None:
        row = None if card_id is None else await card_by_id(tx, merchant_id, card_id)
        return None if row is None else card_now(row, self._links)


class _Around(msgspec.Struct, frozen=True):
    """Where a scan happened."""

    location_id: str | None
    device: str | None


def _around(given: ScanIn, actor: Actor) -> _Around:
    """What the scan says, else what is known of the actor. A device that is bound to a place stays there."""
    location_id = actor.location_id or _checked_id(given.location, "location")
    device = actor.device_id if given.device is None else clean(given.device, limit=DEVICE_LIMIT)
    return _Around(location_id, device or None)


def _shown(code: Scanned, merchant_id: str, given: ScanIn) -> ShownCard:
    """The card that was held before the scanner."""
    match code:
        case Number():
            return ShownCard(merchant_id=merchant_id, number=code.digits)
        case RotatingCode():
            return ShownCard(
                merchant_id=merchant_id, code=code.card, one_time=code.one_time, at=given.occurred_at
            )
        case _:
            return ShownCard(merchant_id=merchant_id, code=code.digits)


def _checked_id(given: str | None, field: str) -> str | None:
    if given is not None and not is_id(given):
        raise Malformed(field=field)
    return given


def _last_use(voucher: Voucher) -> Use | None:
    if voucher.redeemed_at is None or voucher.redeemed_via is None:
        return None
    return Use(at=voucher.redeemed_at, via=voucher.redeemed_via)


def _via(actor: Actor) -> Via:
    return "api" if actor.kind is ActorKind.API_KEY else "staff"


def _issued_again(outcome: Outcome, open_vouchers: list[VoucherBrief]) -> list[VoucherBrief]:
    """On a replay: of what was issued then, what can still be used now."""
    issued = set(outcome.facts.get("issued", ()))
    return [voucher for voucher in open_vouchers if voucher.id in issued]

"""Passes as facts of the shop, inside the ledger's transaction: made, and saved or removed as Google says.

What devices of Apple's say is in `wallet.devices`. Lock order: the card, the binding.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from cardamom.cards.errors import CardClosed, CardUnknown
from cardamom.cards.tables import cards
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.writer import Ledger
from cardamom.vouchers.queries import voucher_by_id
from cardamom.vouchers.rules import Status, status_at
from cardamom.wallet.bindings import Binding, PassKind, Wallet, binding_of, feed_position
from cardamom.wallet.devices import (
    RegisterDevice,
    RegisterDeviceDeed,
    UnregisterDevice,
    UnregisterDeviceDeed,
)
from cardamom.wallet.errors import VoucherOver
from cardamom.wallet.locking import facts_of, lock_binding, news_of, update_binding
from cardamom.wallet.tables import bindings

#: Another lane may have been first: then its row stays.
_INSERT = insert(bindings).on_conflict_do_nothing(
    index_elements=["merchant_id", "wallet", "issuer", "kind", "subject_id", "epoch"]
)


class IssuePass(Command, frozen=True, kw_only=True):
    """Make the binding of a card or of a voucher of a card; or find the one that is there.

    issuer: a pass type identifier or an issuer id. subject_id: of the card or voucher.
    """

    kind: ClassVar[str] = "wallet.issue_pass"

    wallet: Wallet
    issuer: str
    thing: PassKind
    subject_id: str


class MarkSaved(Command, frozen=True, kw_only=True):
    """Google says that somebody saved the pass."""

    kind: ClassVar[str] = "wallet.mark_saved"

    binding_id: str


class MarkRemoved(Command, frozen=True, kw_only=True):
    """Google says that somebody removed the pass."""

    kind: ClassVar[str] = "wallet.mark_removed"

    binding_id: str


class _Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass is of. epoch: of the card's link."""

    card_id: str
    program_id: str
    epoch: int


class IssuePassDeed:
    async def perform(self, tx: Tx, command: IssuePass, occasion: Occasion) -> Decision:
        """Facts: binding, card, program, wallet, kind.

        Raises CardUnknown, CardClosed, VoucherUnknown and VoucherOver. A pass that was made before is found again
        whatever became of its voucher: it says so itself.
        """
        subject = await _SUBJECTS[command.thing](tx, command, occasion)
        found = await _found(tx, command, subject)
        if found is None:
            await _insert(tx, command, subject, occasion)
            found = await _found(tx, command, subject)
        if found is None:
            raise LookupError("a binding that was just written is not there")
        return Decision(facts={**facts_of(found), "program": subject.program_id})


async def _found(tx: Tx, command: IssuePass, subject: _Subject) -> Binding | None:
    return await binding_of(
        tx.sql,
        command.merchant_id,
        wallet=command.wallet,
        issuer=command.issuer,
        kind=command.thing,
        subject_id=command.subject_id,
        epoch=subject.epoch,
    )


async def _insert(tx: Tx, command: IssuePass, subject: _Subject, occasion: Occasion) -> None:
    """It begins at the newest position that was placed: what a wallet is given shows everything up to there."""
    position = await feed_position(tx.sql, command.merchant_id)
    row: dict[str, Any] = {
        "merchant_id": command.merchant_id,
        "id": new_id(),
        "wallet": command.wallet,
        "issuer": command.issuer,
        "kind": command.thing,
        "subject_id": command.subject_id,
        "card_id": subject.card_id,
        "epoch": subject.epoch,
        "state": "issued",
        "wanted": position,
        "sent": position,
        "fetched": position,
        "urgency": 0,
        "created_at": occasion.now,
        "modified_at": occasion.now,
        "tries": 0,
        "notices": [],
    }
    await tx.sql.execute(_INSERT, row)


async def _card(tx: Tx, merchant_id: str, card_id: str) -> _Subject:
    """An open card, locked so that its link is not renewed meanwhile. Raises CardUnknown and CardClosed."""
    found = await tx.sql.execute(
        sa.select(cards.c.program_id, cards.c.token_epoch, cards.c.closed_at)
        .where(cards.c.merchant_id == merchant_id, cards.c.id == card_id)
        .with_for_update(read=True)
    )
    row = found.one_or_none()
    if row is None:
        raise CardUnknown
    if row.closed_at is not None:
        raise CardClosed
    return _Subject(card_id=card_id, program_id=row.program_id, epoch=row.token_epoch)


async def _of_card(tx: Tx, command: IssuePass, _occasion: Occasion) -> _Subject:
    return await _card(tx, command.merchant_id, command.subject_id)


async def _of_voucher(tx: Tx, command: IssuePass, occasion: Occasion) -> _Subject:
    voucher = (await voucher_by_id(tx.sql, command.merchant_id, command.subject_id)).voucher
    if voucher.card_id is None:
        raise CardUnknown
    subject = await _card(tx, command.merchant_id, voucher.card_id)
    is_over = status_at(voucher, occasion.now) not in {Status.ISSUED, Status.ACTIVE}
    if is_over and await _found(tx, command, subject) is None:
        raise VoucherOver(voucher=voucher.id)
    return subject


_SUBJECTS = {"card": _of_card, "voucher": _of_voucher}


class MarkDeed:
    """A pass of Google's was saved or removed; said twice it changes nothing. Raises PassUnknown."""

    def __init__(self, state: Literal["saved", "removed"]) -> None:
        self._state = state

    async def perform(self, tx: Tx, command: MarkSaved | MarkRemoved, occasion: Occasion) -> Decision:
        """Facts: binding, card, wallet, kind."""
        binding = await lock_binding(tx, command.merchant_id, command.binding_id)
        is_news = binding.state not in {self._state, "void"}
        # While nobody had it, it was not told of changes; not even that it is over.
        comes_back = self._state == "saved" and binding.state != "saved"
        is_stale = comes_back and binding.sent < binding.wanted
        changes: dict[str, Any] = {"state": self._state} if is_news else {}
        if is_stale:
            changes |= {"next_try": occasion.now, "tries": 0}
        if changes:
            await update_binding(tx, binding, **changes)
        return Decision(
            facts=facts_of(binding), events=await news_of(tx, binding, self._state) if is_news else ()
        )


def register(ledger: Ledger) -> None:
    """Tell the ledger who decides about the commands of this package."""
    ledger.register(IssuePass, IssuePassDeed())
    ledger.register(RegisterDevice, RegisterDeviceDeed())
    ledger.register(UnregisterDevice, UnregisterDeviceDeed())
    ledger.register(MarkSaved, MarkDeed("saved"))
    ledger.register(MarkRemoved, MarkDeed("removed"))

"""Asking for passes: what is there is found without a write, what is not is made through the ledger."""

from __future__ import annotations

from cardamom.cards import service as cards_service
from cardamom.cards.errors import CardClosed
from cardamom.cards.queries import CardRow
from cardamom.kit.actor import Actor
from cardamom.ledger.writer import Ledger
from cardamom.wallet.bindings import Binding, PassKind, Wallet, binding_by_id, binding_of
from cardamom.wallet.deeds import IssuePass


async def pass_of_card(ledger: Ledger, *, card: CardRow, wallet: Wallet, issuer: str) -> Binding:
    """The binding of a card in a wallet, made at the first time. Raises CardClosed.

    The caller has checked the capability link of the card: it is the permission.
    """
    if card.closed_at is not None:
        raise CardClosed
    return await _pass_of(
        ledger,
        cards_service.holder(card),
        card,
        kind="card",
        subject_id=card.id,
        wallet=wallet,
        issuer=issuer,
    )


async def pass_of_voucher(
    ledger: Ledger, *, card: CardRow, voucher_id: str, wallet: Wallet, issuer: str
) -> Binding:
    """The binding of one of a card's vouchers, made at the first time.

    The caller has checked the capability link of the card, and that the voucher is of that card. Raises CardClosed,
    VoucherUnknown, and VoucherOver for one that is not open and was never in this wallet.
    """
    if card.closed_at is not None:
        raise CardClosed
    return await _pass_of(
        ledger,
        cards_service.holder(card),
        card,
        kind="voucher",
        subject_id=voucher_id,
        wallet=wallet,
        issuer=issuer,
    )


async def _pass_of(
    ledger: Ledger,
    actor: Actor,
    card: CardRow,
    *,
    kind: PassKind,
    subject_id: str,
    wallet: Wallet,
    issuer: str,
) -> Binding:
    async with ledger.database.reading(card.merchant_id) as tx:
        found = await binding_of(
            tx,
            card.merchant_id,
            wallet=wallet,
            issuer=issuer,
            kind=kind,
            subject_id=subject_id,
            epoch=card.token_epoch,
        )
    if found is not None:
        return found
    return await issue(
        ledger,
        actor=actor,
        merchant_id=card.merchant_id,
        wallet=wallet,
        issuer=issuer,
        kind=kind,
        subject_id=subject_id,
    )


async def issue(
    ledger: Ledger,
    *,
    actor: Actor,
    merchant_id: str,
    wallet: Wallet,
    issuer: str,
    kind: PassKind,
    subject_id: str,
) -> Binding:
    """Raises what `IssuePassDeed.perform` raises."""
    command = IssuePass(
        merchant_id=merchant_id, actor=actor, wallet=wallet, issuer=issuer, thing=kind, subject_id=subject_id
    )
    made = (await ledger.submit(command)).or_raise()
    async with ledger.database.reading(merchant_id) as tx:
        found = await binding_by_id(tx, merchant_id, made.facts["binding"])
    if found is None:
        raise LookupError("a pass that was just made is not there")
    return found

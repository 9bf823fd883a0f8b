"""A voucher of a card: what it is good for, and its use on the customer's own phone.

A use is a form with a one-time key: a double tap, a lost answer and the button "back" all lead to one redemption.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from litestar import Controller, Response, get, post
from litestar.response import Redirect

from cardamom.access.csrf import UNGUESSABLE
from cardamom.access.permissions import PUBLIC
from cardamom.cards import service, words
from cardamom.cards.card_pages import answer_unknown, frame_of, open_view, wallet_context
from cardamom.cards.errors import CardClosed
from cardamom.cards.page_frame import AnyRequest, page
from cardamom.cards.view import CardView, fresh_until
from cardamom.cards.wallet_door import WalletDoor, WalletOffer
from cardamom.db.database import Database
from cardamom.kit.errors import NotFound
from cardamom.kit.forms import Form
from cardamom.kit.i18n import _, current
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import MerchantCache, locations_of
from cardamom.merchants.speech import text_for_reader
from cardamom.vouchers.barcodes import barcode_svg, qr_svg
from cardamom.vouchers.rules import Status, VoucherNow, redeem_code
from cardamom.vouchers.service import use_own_voucher

#: What a voucher's page shows: how to use it, that it was used a moment ago, or what became of it.
Stage = Literal["use", "fresh", "done"]


class VoucherPages(Controller):
    """One voucher below the address of its card."""

    path = "/c/{token:str}/vouchers/{voucher_id:str}"
    include_in_schema = False
    # The address is the secret; no cookie lets anybody in.
    opt = {"permission": PUBLIC, "csrf": UNGUESSABLE}
    exception_handlers = {NotFound: answer_unknown, CardClosed: answer_unknown}

    @get()
    async def show(
        self,
        request: AnyRequest,
        token: str,
        voucher_id: str,
        database: Database,
        merchants: MerchantCache,
        wallet_door: WalletDoor,
    ) -> Response[Any]:
        view = await open_view(request, token, database, merchants)
        each = _of(view, voucher_id)
        offer = _offer(request, view, each, token, wallet_door)
        return await _voucher_page(database, view, each, token, offer=offer)

    @post("/redeem")
    async def redeem(
        self,
        request: AnyRequest,
        token: str,
        voucher_id: str,
        database: Database,
        ledger: Ledger,
        merchants: MerchantCache,
    ) -> Response[Any]:
        """Use it. A refusal is shown in place, with its sentence; the voucher is as it was."""
        view = await open_view(request, token, database, merchants)
        each = _of(view, voucher_id)
        key = Form(await request.form()).act_key()
        outcome = await use_own_voucher(
            ledger,
            actor=service.holder(view.card),
            merchant_id=view.merchant.id,
            card_id=view.card.id,
            voucher_id=voucher_id,
            via="code" if each.voucher.terms.redemption == "code" else "self",
            key=key,
        )
        if outcome.accepted:
            return Redirect(f"/c/{token}/vouchers/{voucher_id}", status_code=303)
        refusal = outcome.refusal()
        now = await open_view(request, token, database, merchants)
        return await _voucher_page(
            database,
            now,
            _of(now, voucher_id),
            token,
            offer=WalletOffer(),
            refused=refusal.sentence(),
            status=refusal.status,
        )


def _of(view: CardView, voucher_id: str) -> VoucherNow:
    each = view.voucher(voucher_id)
    if each is None:
        raise NotFound
    return each


def _offer(
    request: AnyRequest, view: CardView, each: VoucherNow, token: str, door: WalletDoor
) -> WalletOffer:
    """The wallets for a voucher that can be used now or will be; for one that is over, none."""
    if view.status(each) not in {Status.ISSUED, Status.ACTIVE}:
        return WalletOffer()
    return door.offer(
        handle=view.merchant.handle,
        path=f"/c/{token}/vouchers/{each.voucher.id}",
        user_agent=request.headers.get("user-agent", ""),
    )


def stage_of(view: CardView, each: VoucherNow) -> Stage:
    """A use that staff scanned needs no screen to prove it: they did it themselves."""
    until = fresh_until(each)
    if until is not None and view.at < until and each.voucher.redeemed_via in {"self", "code"}:
        return "fresh"
    return "use" if view.status(each) is Status.ACTIVE else "done"


async def _voucher_page(
    database: Database,
    view: CardView,
    each: VoucherNow,
    token: str,
    *,
    offer: WalletOffer,
    refused: str = "",
    status: int = 200,
) -> Response[Any]:
    voucher, merchant = each.voucher, view.merchant
    stage = stage_of(view, each)
    context = {
        **frame_of(view, token),
        "voucher": voucher,
        "voucher_url": f"/c/{token}/vouchers/{voucher.id}",
        "title": text_for_reader(merchant, voucher.terms.title),
        "description": text_for_reader(merchant, voucher.terms.description),
        "note": words.voucher_note(view, each),
        "uses_left": words.uses_sentence(each),
        "status": view.status(each).value,
        "word": words.status_word(view.status(each)),
        "places": await _places(database, view, each),
        "stage": stage,
        "form": Form(),
        "refused": refused,
        "qr": qr_svg(voucher.code, label=_("QR code of this voucher")),
        **wallet_context(offer),
        **_code_context(each, is_fresh=stage == "fresh"),
        **(_fresh_context(view, each) if stage == "fresh" else {}),
    }
    template = "cards/voucher_used.html" if stage == "fresh" and not refused else "cards/voucher.html"
    return page(template, context, status=status)


def _code_context(each: VoucherNow, *, is_fresh: bool) -> dict[str, Any]:
    """The code for the till. One that everybody shares is shown at its use only; one's own can be looked up again."""
    code = redeem_code(each.voucher)
    terms = each.voucher.terms
    if code is None or terms.code is None or (terms.code.kind == "shared" and not is_fresh):
        return {"till_code": None}
    label = _("Code for the till")
    return {
        "till_code": code,
        "till_qr": qr_svg(code, label=label),
        "till_barcode": barcode_svg(code, label=label),
    }


def _fresh_context(view: CardView, each: VoucherNow) -> dict[str, Any]:
    """The clock of the shop for the screen that moves."""
    until, chosen = fresh_until(each), current()
    used_at: datetime | None = each.voucher.redeemed_at
    if until is None or used_at is None:
        raise ValueError("a voucher that was not used has no such screen")
    return {
        "used_at": used_at,
        "read_at": view.at,
        "fresh_until": until,
        "seconds_left": max(1, int((until - view.at).total_seconds()) + 1),
        "clock_locale": f"{chosen.default_locale}-u-nu-{chosen.numbering}",
    }


async def _places(database: Database, view: CardView, each: VoucherNow) -> list[str]:
    """The names of the locations that accept it; none when all of them do."""
    accepted = each.voucher.terms.locations
    if accepted is None:
        return []
    async with database.reading(view.merchant.id) as tx:
        found = await locations_of(tx, view.merchant.id)
    return [text_for_reader(view.merchant, place.name) for place in found if place.id in accepted]


routes = [VoucherPages]

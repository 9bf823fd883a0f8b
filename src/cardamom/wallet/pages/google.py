"""`/c/{token}/google`: a card or one of its vouchers into Google Wallet, by a link that Google made the pass for."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from litestar import Controller, Response, get
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from cardamom.access.csrf import UNGUESSABLE
from cardamom.access.permissions import PUBLIC
from cardamom.cards.card_pages import answer_unknown, frame_of, open_view
from cardamom.cards.errors import CardClosed
from cardamom.cards.page_frame import PRIVATE, AnyRequest, page
from cardamom.cards.view import CardView
from cardamom.db.database import Database
from cardamom.kit.errors import NotFound
from cardamom.merchants.queries import MerchantCache
from cardamom.wallet.errors import VoucherOver, WalletNotConfigured
from cardamom.wallet.google.errors import GoogleAway
from cardamom.wallet.google.save_links import SaveLinks


class GooglePassPages(Controller):
    """What "Add to Google Wallet" leads to."""

    path = "/c/{token:str}"
    include_in_schema = False
    opt = {"permission": PUBLIC, "csrf": UNGUESSABLE}
    exception_handlers = {NotFound: answer_unknown, CardClosed: answer_unknown}

    @get("/google")
    async def card(
        self,
        request: AnyRequest,
        token: str,
        database: Database,
        merchants: MerchantCache,
        save_links: SaveLinks,
    ) -> Response[Any] | Redirect:
        """On to Google with the card and its open vouchers."""
        view = await open_view(request, token, database, merchants)
        return await _onwards(view, token, save_links.save_address(view.card))

    @get("/vouchers/{voucher_id:str}/google")
    async def voucher(
        self,
        request: AnyRequest,
        token: str,
        voucher_id: str,
        database: Database,
        merchants: MerchantCache,
        save_links: SaveLinks,
    ) -> Response[Any] | Redirect:
        """On to Google with one of the card's vouchers."""
        view = await open_view(request, token, database, merchants)
        if view.voucher(voucher_id) is None:
            raise NotFound
        return await _onwards(view, token, save_links.save_voucher_address(view.card, voucher_id))


async def _onwards(view: CardView, token: str, finding: Awaitable[str]) -> Response[Any] | Redirect:
    """To the link, or a page of the shop that says why there is none. The link is the holder's own: nobody keeps it."""
    try:
        address = await finding
    except (WalletNotConfigured, VoucherOver, GoogleAway) as refusal:
        return page(
            "wallet/no_pass.html", {**frame_of(view, token), "refusal": refusal}, status=refusal.status
        )
    return Redirect(address, status_code=303, headers=dict(PRIVATE))


routes: list[ControllerRouterHandler] = [GooglePassPages]

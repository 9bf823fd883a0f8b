"""Passes to take along, below a card's own address: for Apple Wallet as files, for Google Wallet as links.

The address is the secret: mail programs and wallets follow no sign-in. A link that leads nowhere is 404; a wallet that
is not set up, or cannot be used now, is 503 and says that the card works without it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final

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
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import MerchantCache
from cardamom.wallet.apple.bundle import PKPASS, PKPASSES, pkpasses
from cardamom.wallet.apple.serving import ApplePasses
from cardamom.wallet.errors import VoucherOver, WalletNotConfigured
from cardamom.wallet.phones import device_of
from cardamom.wallet.service import pass_of_card, pass_of_voucher
from cardamom.wallet.wallets import Wallets

#: Passes that Wallet takes at once (Apple, "Distributing and updating a pass").
MOST_AT_ONCE: Final = 10


class PassPages(Controller):
    """What "Add to Wallet" leads to."""

    path = "/c/{token:str}"
    include_in_schema = False
    opt = {"permission": PUBLIC, "csrf": UNGUESSABLE, "no_gzip": True}
    exception_handlers = {NotFound: answer_unknown, CardClosed: answer_unknown}

    @get("/wallet")
    async def choose(
        self, request: AnyRequest, token: str, database: Database, merchants: MerchantCache, wallets: Wallets
    ) -> Redirect:
        """The wallet of the phone in hand; the card's page where there is none."""
        view = await open_view(request, token, database, merchants)
        return _to_the_wallet_of(request, view, wallets, path=f"/c/{token}")

    @get("/vouchers/{voucher_id:str}/wallet")
    async def choose_for_voucher(
        self,
        request: AnyRequest,
        token: str,
        voucher_id: str,
        database: Database,
        merchants: MerchantCache,
        wallets: Wallets,
    ) -> Redirect:
        """As `choose`, for one of the card's vouchers."""
        view = await open_view(request, token, database, merchants)
        _require_voucher(view, voucher_id)
        return _to_the_wallet_of(request, view, wallets, path=f"/c/{token}/vouchers/{voucher_id}")

    @get("/apple")
    async def apple_card(
        self,
        request: AnyRequest,
        token: str,
        database: Database,
        ledger: Ledger,
        merchants: MerchantCache,
        apple_passes: ApplePasses,
    ) -> Response[Any]:
        """The card as a .pkpass."""
        view = await open_view(request, token, database, merchants)
        return await _or_say_why(view, token, _card_file(view, ledger, apple_passes))

    @get("/vouchers/{voucher_id:str}/apple")
    async def apple_voucher(
        self,
        request: AnyRequest,
        token: str,
        voucher_id: str,
        database: Database,
        ledger: Ledger,
        merchants: MerchantCache,
        apple_passes: ApplePasses,
    ) -> Response[Any]:
        """One of the card's vouchers as a .pkpass."""
        view = await open_view(request, token, database, merchants)
        _require_voucher(view, voucher_id)
        return await _or_say_why(view, token, _voucher_file(view, voucher_id, ledger, apple_passes))

    @get("/apple/all")
    async def apple_all(
        self,
        request: AnyRequest,
        token: str,
        database: Database,
        ledger: Ledger,
        merchants: MerchantCache,
        apple_passes: ApplePasses,
    ) -> Response[Any]:
        """The card with its open vouchers as one .pkpasses."""
        view = await open_view(request, token, database, merchants)
        return await _or_say_why(view, token, _all_files(view, ledger, apple_passes))


def _to_the_wallet_of(request: AnyRequest, view: CardView, wallets: Wallets, *, path: str) -> Redirect:
    has_apple, has_google = wallets.links.wallets_of(view.merchant.handle)
    user_agent = request.headers.get("user-agent", "")
    # A Mac opens a pass and hands it on to its owner's phone.
    is_apples = device_of(user_agent) == "apple" or "Macintosh" in user_agent
    if is_apples and has_apple:
        path = f"{path}/apple"
    elif device_of(user_agent) == "google" and has_google:
        path = f"{path}/google"
    return Redirect(path, status_code=303, headers=dict(PRIVATE))


def _require_voucher(view: CardView, voucher_id: str) -> None:
    if view.voucher(voucher_id) is None:
        raise NotFound


async def _or_say_why(view: CardView, token: str, making: Awaitable[Response[Any]]) -> Response[Any]:
    """The file, or a page of the shop where there is none to be had."""
    try:
        return await making
    except (WalletNotConfigured, VoucherOver) as refusal:
        return page(
            "wallet/no_pass.html", {**frame_of(view, token), "refusal": refusal}, status=refusal.status
        )


async def _card_file(view: CardView, ledger: Ledger, apple_passes: ApplePasses) -> Response[Any]:
    return _file(await _card_pass(view, ledger, apple_passes), PKPASS, name="card.pkpass")


async def _voucher_file(
    view: CardView, voucher_id: str, ledger: Ledger, apple_passes: ApplePasses
) -> Response[Any]:
    content = await _voucher_pass(view, voucher_id, ledger, apple_passes)
    return _file(content, PKPASS, name="voucher.pkpass")


async def _all_files(view: CardView, ledger: Ledger, apple_passes: ApplePasses) -> Response[Any]:
    passes = [await _card_pass(view, ledger, apple_passes)]
    for each in view.open_vouchers[: MOST_AT_ONCE - 1]:
        passes.append(await _voucher_pass(view, each.voucher.id, ledger, apple_passes))
    return _file(pkpasses(passes), PKPASSES, name="cards.pkpasses")


async def _card_pass(view: CardView, ledger: Ledger, apple_passes: ApplePasses) -> bytes:
    issuer = await apple_passes.pass_type(view.merchant.id)
    binding = await pass_of_card(ledger, card=view.card, wallet="apple", issuer=issuer)
    return await apple_passes.build(binding)


async def _voucher_pass(view: CardView, voucher_id: str, ledger: Ledger, apple_passes: ApplePasses) -> bytes:
    issuer = await apple_passes.pass_type(view.merchant.id)
    binding = await pass_of_voucher(
        ledger, card=view.card, voucher_id=voucher_id, wallet="apple", issuer=issuer
    )
    return await apple_passes.build(binding)


def _file(content: bytes, media_type: str, *, name: str) -> Response[Any]:
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


routes: list[ControllerRouterHandler] = [PassPages]

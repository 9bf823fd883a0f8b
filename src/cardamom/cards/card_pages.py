"""The customer's page: `/c/{token}`. The card as it stands, kept up to date while somebody looks at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar import Controller, Response, get
from litestar.response import ServerSentEvent, ServerSentEventMessage, Template
from litestar.types import ControllerRouterHandler
from msgspec.structs import asdict

from cardamom.access.csrf import UNGUESSABLE
from cardamom.access.permissions import PUBLIC
from cardamom.cards import words
from cardamom.cards.errors import CardClosed
from cardamom.cards.live import LiveCards
from cardamom.cards.page_frame import (
    PRIVATE,
    AnyRequest,
    brand_url,
    design_texts,
    page,
    shop_frame,
    speak_to_reader,
)
from cardamom.cards.queries import CardRow
from cardamom.cards.view import CardView
from cardamom.cards.view_queries import card_behind, entries_behind, view_behind
from cardamom.cards.wallet_door import WalletDoor, WalletOffer
from cardamom.cards.web_card import LINES_ON_CARD, to_web
from cardamom.db.database import Database
from cardamom.kit.errors import NotFound, Unavailable
from cardamom.kit.i18n import _, current
from cardamom.merchants.queries import MerchantCache
from cardamom.merchants.speech import text_for_reader
from cardamom.vouchers.barcodes import qr_svg

#: What each page of the whole history shows.
LINES_PER_PAGE: Final = 50

#: A quiet connection says so this often, or somebody on the way cuts it.
HEARTBEAT_SECONDS: Final = 20
#: A page asks anew after this many beats: by then its link may have been renewed.
_BEATS: Final = 30


def answer_unknown(_request: AnyRequest, _error: NotFound | CardClosed) -> Response[Any]:
    """A link that leads nowhere: made up, revoked or of a card that was closed, without telling which."""
    return page("cards/no_card.html", {}, status=404)


class CardPages(Controller):
    """Everything below a card's own address, but for its vouchers."""

    path = "/c/{token:str}"
    include_in_schema = False
    opt = {"permission": PUBLIC, "csrf": UNGUESSABLE}
    exception_handlers = {NotFound: answer_unknown, CardClosed: answer_unknown}

    @get()
    async def show(
        self,
        request: AnyRequest,
        token: str,
        database: Database,
        merchants: MerchantCache,
        wallet_door: WalletDoor,
    ) -> Response[Any]:
        """The whole page, complete without a script."""
        view = await open_view(request, token, database, merchants)
        entries = await entries_behind(database, view.card, limit=LINES_ON_CARD + 1)
        context = {
            **frame_of(view, token),
            **asdict(to_web(view, entries, card_url=f"/c/{token}")),
            **wallet_context(card_offer(request, view, token, wallet_door)),
            **design_texts(view.merchant, view.program.design),
            "qr": qr_svg(view.card.code, label=_("QR code of your card")),
            "is_new": "new" in request.query_params,
        }
        return page("cards/card.html", context)

    @get("/body")
    async def body(
        self,
        request: AnyRequest,
        token: str,
        database: Database,
        merchants: MerchantCache,
        wallet_door: WalletDoor,
        seen: int | None = None,
    ) -> Response[Any]:
        """The part of the page that changes. seen: the seq of the newest entry on the page that asks."""
        view = await open_view(request, token, database, merchants)
        entries = await entries_behind(database, view.card, limit=LINES_ON_CARD + 1)
        context = {
            **asdict(to_web(view, entries, card_url=f"/c/{token}", seen=seen)),
            **wallet_context(card_offer(request, view, token, wallet_door)),
        }
        return page("cards/card_body.html", context)

    @get("/live", opt={"endless": True})
    async def live(self, token: str, database: Database, live: LiveCards) -> ServerSentEvent:
        """One event for every change of the card or of one of its vouchers; it says nothing but that."""
        card = await card_behind(database, token)
        if live.is_full:
            raise Unavailable(retry_after_seconds=60)
        return ServerSentEvent(_changes(live, card), headers=dict(PRIVATE))

    @get("/history")
    async def history(
        self,
        request: AnyRequest,
        token: str,
        database: Database,
        merchants: MerchantCache,
        before: int | None = None,
    ) -> Template:
        """Everything that ever happened, a page at a time."""
        view = await open_view(request, token, database, merchants)
        entries = await entries_behind(database, view.card, limit=LINES_PER_PAGE + 1, before=before)
        shown = entries[:LINES_PER_PAGE]
        has_more = len(entries) > LINES_PER_PAGE
        context = {
            **frame_of(view, token),
            "history": words.history(
                view,
                shown,
                since=shown[-1].recorded_at if has_more else None,
                until=shown[0].recorded_at if shown and before is not None else None,
            ),
            "next_url": f"/c/{token}/history?before={shown[-1].seq}" if has_more else "",
            "first_url": f"/c/{token}/history" if before is not None else "",
        }
        return page("cards/history.html", context)

    @get("/manifest.webmanifest")
    async def manifest(
        self, request: AnyRequest, token: str, database: Database, merchants: MerchantCache
    ) -> Response[bytes]:
        """What a phone needs to keep this card on its home screen."""
        view = await open_view(request, token, database, merchants)
        content = msgspec.json.encode(_manifest(view, token))
        return Response(content, media_type="application/manifest+json", headers=dict(PRIVATE))


@get("/c/worker.js", opt={"permission": PUBLIC}, include_in_schema=False, sync_to_thread=False)
def serve_worker() -> Template:
    """The service worker: it must lie at the root of what it serves. It names the files of this release."""
    headers = {"Cache-Control": "no-cache"}
    return Template("cards/worker.js", media_type="text/javascript", headers=headers)


async def open_view(
    request: AnyRequest, token: str, database: Database, merchants: MerchantCache
) -> CardView:
    """The card behind a link, with the answer's language chosen. Raises NotFound and CardClosed."""
    view = await view_behind(database, merchants, token)
    if view.card.closed_at is not None:
        raise CardClosed
    speak_to_reader(request, view.merchant, known=view.card.language)
    return view


def frame_of(view: CardView, token: str) -> dict[str, Any]:
    """What every page below a card shows around its content."""
    frame = shop_frame(
        view.merchant,
        program_id=view.program.id,
        version=view.program.version,
        logo=view.program.design.logo,
    )
    return {**frame, "view": view, "token": token, "card_url": f"/c/{token}"}


def card_offer(request: AnyRequest, view: CardView, token: str, door: WalletDoor) -> WalletOffer:
    """The wallets that this card can be put into; none for a card of a program that is over."""
    if view.program.status != "live":
        return WalletOffer()
    return door.offer(
        handle=view.merchant.handle, path=f"/c/{token}", user_agent=request.headers.get("user-agent", "")
    )


def wallet_context(offer: WalletOffer) -> dict[str, Any]:
    """What `_wallets.html` is given."""
    label = _("QR code that opens this on your phone")
    return {"wallet": offer, "wallet_qr": qr_svg(offer.elsewhere, label=label) if offer.elsewhere else ""}


async def _changes(live: LiveCards, card: CardRow) -> AsyncIterator[ServerSentEventMessage]:
    """Events for a page until it should ask anew. An event without data would not be delivered."""
    async with live.watch(card.merchant_id, card.id) as watch:
        yield ServerSentEventMessage(event="watching", data="card", retry=3_000)
        for _beat in range(_BEATS):
            has_news = await watch.changed(timeout_seconds=HEARTBEAT_SECONDS)
            if watch.is_over:
                return
            if has_news:
                yield ServerSentEventMessage(event="changed", data="card")
            else:
                yield ServerSentEventMessage(comment="waiting", data=None)


def _manifest(view: CardView, token: str) -> dict[str, Any]:
    shop = text_for_reader(view.merchant, view.merchant.name)
    program, colours, chosen = view.program, view.program.design.colours, current()
    address = f"/c/{token}"
    drawn = brand_url(view.merchant.id, program.id, program.version, kind="svg")
    painted = brand_url(view.merchant.id, program.id, program.version, kind="png")
    return {
        "id": address,
        "start_url": address,
        "scope": address,
        "name": shop,
        "short_name": shop,
        "description": text_for_reader(view.merchant, program.name),
        "lang": chosen.code,
        "dir": chosen.direction,
        "display": "standalone",
        "background_color": colours.background,
        "theme_color": colours.background,
        "icons": [
            {"src": drawn, "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            {"src": painted, "sizes": "512x512", "type": "image/png", "purpose": "any"},
            {"src": painted, "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }


routes: list[ControllerRouterHandler] = [CardPages, serve_worker]

"""`/c/{token}/code`: what is held before the scanner; where codes rotate, another one every half minute.

Its own address, so that the card's page, which a phone keeps, has no code in it that is stale tomorrow.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from cardamom.access.csrf import UNGUESSABLE
from cardamom.access.permissions import PUBLIC
from cardamom.cards.card_pages import answer_unknown, frame_of, open_view
from cardamom.cards.errors import CardClosed
from cardamom.cards.links import LinkMaker
from cardamom.cards.page_frame import AnyRequest, page
from cardamom.cards.rotating import next_change
from cardamom.cards.view import CardView
from cardamom.db.database import Database
from cardamom.kit.errors import NotFound
from cardamom.kit.i18n import _
from cardamom.merchants.queries import MerchantCache
from cardamom.vouchers.barcodes import qr_svg

#: A script asks for the next code so much after the change: clocks of phones and servers tick apart.
_AFTER_THE_CHANGE = timedelta(milliseconds=200)


class ShownCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code as a picture. milliseconds: until it is another one; None for a fixed code."""

    picture: Markup
    milliseconds: int | None

    @property
    def seconds(self) -> int | None:
        """The same for a page that renews itself, rounded up."""
        return None if self.milliseconds is None else -(-self.milliseconds // 1_000)


class CodePages(Controller):
    path = "/c/{token:str}/code"
    include_in_schema = False
    # The address is the secret; no cookie lets anybody in.
    opt = {"permission": PUBLIC, "csrf": UNGUESSABLE}
    exception_handlers = {NotFound: answer_unknown, CardClosed: answer_unknown}

    @get()
    async def show(
        self, request: AnyRequest, token: str, database: Database, merchants: MerchantCache, links: LinkMaker
    ) -> Response[Any]:
        """The code alone, on a page that renews itself. The card's script takes the code out of it."""
        view = await open_view(request, token, database, merchants)
        return page("cards/code.html", {**frame_of(view, token), "shown": shown_code(view, links)})


def shown_code(view: CardView, links: LinkMaker) -> ShownCode:
    """What the till is to scan at the time of the view."""
    label = _("QR code of your card")
    card = view.card
    if view.program.design.code == "fixed":
        return ShownCode(picture=qr_svg(card.code, label=label), milliseconds=None)
    text = links.rotating.text(card.code, card.id, card.token_epoch, at=view.at)
    return ShownCode(picture=qr_svg(text, label=label), milliseconds=_until_change(view.at))


def _until_change(at: datetime) -> int:
    return (next_change(at) - at + _AFTER_THE_CHANGE) // timedelta(milliseconds=1)


routes: list[ControllerRouterHandler] = [CodePages]

"""Joining: `/j/{slug}`. What it promises, as little form as the shop wants, and one button."""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from cardamom.access.csrf import UNGUESSABLE, require_own_origin
from cardamom.access.identity import Identity
from cardamom.access.limits import Bucket, Buckets, network_of
from cardamom.access.permissions import PUBLIC
from cardamom.cards import service
from cardamom.cards.errors import ProgramClosed
from cardamom.cards.forms import JoinAsking
from cardamom.cards.links import LinkMaker
from cardamom.cards.offers import Offer, offer_by_slug
from cardamom.cards.page_frame import (
    AnyRequest,
    design_texts,
    page,
    refusal_page,
    shop_frame,
    speak_to_reader,
)
from cardamom.cards.view_queries import card_behind
from cardamom.cards.wallet_door import WalletDoor, WalletOffer
from cardamom.cards.words import welcome_sentence
from cardamom.db.database import Database
from cardamom.kit.errors import KeyReused, NotFound, TooManyRequests
from cardamom.kit.i18n import current_language
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import MerchantCache
from cardamom.merchants.speech import text_for_reader

#: Remembers, for one join page, which card this browser was given. Sent nowhere else.
CARD_COOKIE: Final = "cardamom_card"
_COOKIE_SECONDS: Final = 400 * 24 * 3600  # the longest that browsers keep one
#: A shop's own Wi-Fi is one address: sixty guests may join at once, and then one every ten seconds.
JOINS_PER_ADDRESS: Final = Bucket(60, 10.0)


def answer_unknown(_request: AnyRequest, _error: NotFound) -> Response[Any]:
    """A join link that leads nowhere, or to what its shop has not announced yet."""
    return page("cards/no_offer.html", {}, status=404)


class JoinPages(Controller):
    """The page behind the QR on the counter."""

    path = "/j/{slug:str}"
    include_in_schema = False
    # The form carries its own one-time key, and no cookie lets anybody do anything here.
    opt = {"permission": PUBLIC, "csrf": UNGUESSABLE}
    exception_handlers = {NotFound: answer_unknown}

    @get()
    async def show(
        self,
        request: AnyRequest,
        slug: str,
        database: Database,
        merchants: MerchantCache,
        wallet_door: WalletDoor,
    ) -> Response[Any]:
        """The offer; for a browser that has joined before, its card first."""
        offer = await _offer(request, slug, database, merchants)
        token = await _token_of_browser(request, offer, database)
        if offer.program.status != "live":
            return refusal_page(ProgramClosed(), context={**_frame(offer), "card_token": token})
        asking = JoinAsking(offer.merchant, offer.program.join_form)
        wallet = _wallet_offer(request, offer, token, wallet_door)
        preview = await wallet_door.preview_url(
            offer.program, shop=text_for_reader(offer.merchant, offer.merchant.name), promise=offer.promise
        )
        return _join_page(offer, asking, slug=slug, wallet=wallet, preview_url=preview, card_token=token)

    @post()
    async def join(
        self,
        request: AnyRequest,
        slug: str,
        database: Database,
        ledger: Ledger,
        links: LinkMaker,
        merchants: MerchantCache,
        identity: Identity,
        wallet_door: WalletDoor,
    ) -> Response[Any]:
        """Give out a card and lead to it. The same form sent twice gives the same card."""
        require_own_origin(request, identity.own_host)
        offer = await _offer(request, slug, database, merchants)
        if offer.program.status != "live":
            return refusal_page(ProgramClosed(), context=_frame(offer))
        asking = JoinAsking(offer.merchant, offer.program.join_form, submitted=await request.form())
        key, asked = asking.form.act_key(), asking.asked()
        if asked is None:
            wallet = _wallet_offer(request, offer, None, wallet_door)
            return _join_page(offer, asking, slug=slug, wallet=wallet, status=422)
        await _count(identity.visitor_buckets, identity.address_of(request.scope))
        try:
            outcome = await service.join_card(
                ledger,
                actor=service.visitor(offer.merchant.id),
                merchant_id=offer.merchant.id,
                program_id=offer.program.id,
                source="join_form",
                contact=asked.contact,
                consents=asked.consents,
                language=current_language(),
                key=key,
            )
        except KeyReused:  # they went back and changed the form: their card exists, and this page offers it
            return Redirect(f"/j/{slug}", status_code=303)
        # The first link and no later one: a form that is sent again must not be told of a renewed link.
        token = links.token(offer.merchant.handle, outcome.facts["card"], 0)
        return Redirect(
            f"/c/{token}?new=1",
            status_code=303,
            cookies=[_card_cookie(slug, token, secure=identity.is_secure(request.scope))],
        )

    @get("/lost")
    async def lost(
        self, request: AnyRequest, slug: str, database: Database, merchants: MerchantCache
    ) -> Response[Any]:
        """How somebody gets back to a card that they have."""
        offer = await _offer(request, slug, database, merchants)
        token = await _token_of_browser(request, offer, database)
        return page("cards/lost.html", {**_frame(offer), "slug": slug, "card_token": token})


async def _offer(request: AnyRequest, slug: str, database: Database, merchants: MerchantCache) -> Offer:
    """The offer, with the answer's language chosen. Raises NotFound."""
    offer = await offer_by_slug(database, merchants, slug)
    speak_to_reader(request, offer.merchant)
    return offer


def _frame(offer: Offer) -> dict[str, Any]:
    program = offer.program
    return shop_frame(
        offer.merchant, program_id=program.id, version=program.version, logo=program.design.logo
    )


def _join_page(
    offer: Offer,
    asking: JoinAsking,
    *,
    slug: str,
    wallet: WalletOffer,
    preview_url: str = "",
    card_token: str | None = None,
    status: int = 200,
) -> Response[Any]:
    context = {
        **_frame(offer),
        **design_texts(offer.merchant, offer.program.design),
        "slug": slug,
        "offer": offer,
        "asking": asking,
        "card_token": card_token,
        "wallet": wallet,
        "preview_url": preview_url,
        "welcome": welcome_sentence(offer.program.rules.welcome_stamps),
    }
    return page("cards/join.html", context, status=status)


def _wallet_offer(request: AnyRequest, offer: Offer, token: str | None, door: WalletDoor) -> WalletOffer:
    """The wallets for the card that this browser got; without one, those that its card could go into."""
    return door.offer(
        handle=offer.merchant.handle,
        path="" if token is None else f"/c/{token}",
        user_agent=request.headers.get("user-agent", ""),
    )


async def _token_of_browser(request: AnyRequest, offer: Offer, database: Database) -> str | None:
    """The link of the card that this browser got here, while that link is good."""
    token = request.cookies.get(CARD_COOKIE)
    if token is None:
        return None
    try:
        card = await card_behind(database, token)
    except NotFound:
        return None
    return token if card.program_id == offer.program.id and card.closed_at is None else None


def _card_cookie(slug: str, token: str, *, secure: bool) -> Cookie:
    return Cookie(
        key=CARD_COOKIE,
        value=token,
        path=f"/j/{slug}",
        max_age=_COOKIE_SECONDS,
        secure=secure,
        httponly=True,
        samesite="lax",
    )


async def _count(buckets: Buckets, address: str) -> None:
    """Count one join of an address. Raises TooManyRequests."""
    wait = await buckets.take("join", network_of(address), JOINS_PER_ADDRESS)
    if wait:
        raise TooManyRequests(retry_after_seconds=wait)


routes = [JoinPages]

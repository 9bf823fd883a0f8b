"""Cards in the dashboard: `/app/cards`. Find one, see all that happened, give a lost one a new link."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get, post
from litestar.response import Redirect, Template

from cardamom.access.permissions import Permission
from cardamom.access.sessions import Session
from cardamom.cards import queries, service, words
from cardamom.cards.finding import find_cards
from cardamom.cards.links import LinkMaker
from cardamom.cards.page_frame import AnyRequest, page
from cardamom.cards.picture import picture_of
from cardamom.cards.queries import CardRow
from cardamom.cards.view import CardView
from cardamom.cards.view_queries import card_view
from cardamom.customers.queries import customer_by_id
from cardamom.customers.schemas import Customer
from cardamom.db.database import Database
from cardamom.kit.clock import now
from cardamom.kit.forms import Form
from cardamom.kit.i18n import _
from cardamom.kit.ids import is_id
from cardamom.kit.phone import display_phone
from cardamom.ledger.writer import Ledger
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.queries import programs_of
from cardamom.programs.rules import standing
from cardamom.vouchers.barcodes import qr_svg

_MAY_READ: Final = {"permission": Permission.CARDS_READ}
_MAY_RENEW: Final = {"permission": Permission.CARDS_JOIN}
_PAGE: Final = 50
_LINES: Final = 30


class CardLine(msgspec.Struct, frozen=True, kw_only=True):
    """A card in a list. balance: the stamps that count; ready: vouchers that can be used, or from the next visit on."""

    card: CardRow
    program: str
    balance: int
    ready: int


class ConsolePages(Controller):
    """The list, one card, and its recovery."""

    path = "/app/cards"
    include_in_schema = False

    @get(opt=_MAY_READ)
    async def list_all(
        self,
        merchant: Merchant,
        session: Session,
        database: Database,
        q: str = "",
        after: str = "",
        customer: str = "",
    ) -> Template:
        """All cards, or those that were searched for, or those of one customer."""
        cursor = after if is_id(after) else None
        holder: Customer | None = None
        async with database.reading(merchant.id) as tx:
            names = {program.id: program.name for program in await programs_of(tx, merchant.id)}
            if customer:
                holder = await customer_by_id(tx, merchant.id, customer)
                rows = await queries.cards_of_customer(tx, merchant.id, holder.id)
            elif q.strip():
                rows = await find_cards(tx, merchant.id, q)
            else:
                rows = await queries.cards_page(tx, merchant.id, limit=_PAGE + 1, after=cursor)
        has_more = len(rows) > _PAGE
        lines = [
            CardLine(
                card=row,
                program=text_for_reader(merchant, names[row.program_id]),
                balance=standing(row.balance, row.progress, row.rules, now=now()),
                ready=len(row.vouchers),
            )
            for row in rows[:_PAGE]
        ]
        context = {
            **_frame(merchant, session),
            "q": q.strip(),
            "holder": holder,
            "lines": lines,
            "next_url": f"/app/cards?{urlencode({'after': rows[_PAGE - 1].id})}" if has_more else "",
            "first_url": "/app/cards" if cursor else "",
        }
        return page("cards/console_list.html", context)

    @get("/{card_id:str}", opt=_MAY_READ)
    async def read(
        self,
        merchant: Merchant,
        session: Session,
        card_id: str,
        database: Database,
        before: int | None = None,
    ) -> Template:
        """One card with everything that happened to it."""
        async with database.reading(merchant.id) as tx:
            card = await queries.known_card(tx, merchant.id, card_id)
            view = await card_view(tx, merchant, card)
            entries = await queries.entries_of_card(tx, merchant.id, card.id, limit=_LINES + 1, before=before)
            holder = (
                None if card.customer_id is None else await customer_by_id(tx, merchant.id, card.customer_id)
            )
        shown, has_more = entries[:_LINES], len(entries) > _LINES
        context = {
            **_frame(merchant, session),
            "view": view,
            "card": card,
            "holder": holder,
            "form": Form(),
            "picture": picture_of(view),
            "progress": words.progress_sentence(view),
            "owed": words.owed_sentence(view),
            "kept": words.kept_sentence(view),
            "program": text_for_reader(merchant, view.program.name),
            "vouchers": _voucher_lines(view),
            "history": words.history(
                view,
                shown,
                since=shown[-1].recorded_at if has_more else None,
                until=shown[0].recorded_at if shown and before is not None else None,
            ),
            "next_url": f"/app/cards/{card.id}?before={shown[-1].seq}" if has_more else "",
            "first_url": f"/app/cards/{card.id}" if before is not None else "",
        }
        return page("cards/console_card.html", context)

    @post("/{card_id:str}/renew", opt=_MAY_RENEW)
    async def renew(
        self, request: AnyRequest, merchant: Merchant, session: Session, card_id: str, ledger: Ledger
    ) -> Response[Any]:
        """Every link and code given out before stops working; the new one is shown next."""
        form = Form(await request.form())
        await service.renew_link(
            ledger, actor=session.actor, merchant_id=merchant.id, card_id=card_id, key=form.act_key()
        )
        return Redirect(f"/app/cards/{card_id}/link", status_code=303)

    @get("/{card_id:str}/link", opt=_MAY_RENEW)
    async def link(
        self, merchant: Merchant, session: Session, card_id: str, database: Database, links: LinkMaker
    ) -> Template:
        """The card's link as a QR, for the camera of the phone that should have it."""
        async with database.reading(merchant.id) as tx:
            card = await queries.known_card(tx, merchant.id, card_id)
        address = links.links(card.handle, card.id, card.token_epoch).page
        context = {
            **_frame(merchant, session),
            "card": card,
            "qr": qr_svg(address, label=_("QR code of the card's link")),
        }
        return page("cards/console_link.html", context)


def _frame(merchant: Merchant, session: Session) -> dict[str, Any]:
    """What the dashboard's frame and every template of this package need."""
    permissions = session.actor.permissions
    return {
        "merchant_name": text_for_reader(merchant, merchant.name),
        "person_name": session.person_name,
        "time_zone": merchant.time_zone,
        "may_renew": Permission.CARDS_JOIN in permissions,
        "may_see_customers": Permission.CUSTOMERS_READ in permissions,
        "may_see_journal": Permission.JOURNAL_READ in permissions,
        "say_phone": lambda phone: display_phone(phone, region=merchant.region),
    }


def _voucher_lines(view: CardView) -> list[words.VoucherLine]:
    return [
        words.voucher_line(view, each, url=f"/app/vouchers/{each.voucher.id}")
        for each in [*view.open_vouchers, *view.past_vouchers]
    ]


routes = [ConsolePages]

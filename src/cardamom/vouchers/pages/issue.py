"""`/app/vouchers/new`: a voucher by hand. First whom it is for, then what it is good for.

The holder stands in the address: `?card=`, `?customer=`, or `?bearer=1` for whoever brings it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect, Template

from cardamom.customers.queries import customer_by_id, search
from cardamom.customers.schemas import Customer
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import NotFound, Refused
from cardamom.kit.ids import is_id
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import locations_of
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.queries import rewards_of
from cardamom.vouchers import service
from cardamom.vouchers.card_book import CardBook, HeldCard
from cardamom.vouchers.forms import IssueEditor
from cardamom.vouchers.pages.frame import MAY_ISSUE, AnyRequest, frame, require_form_matter
from cardamom.vouchers.queries import pools_of

_NEW: Final = "/app/vouchers/new"
_FOUND_AT_MOST: Final = 20
_LONGEST_SEARCH: Final = 100


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a voucher is for; without a card and a customer it is for whoever brings it."""

    card: HeldCard | None = None
    customer: Customer | None = None

    @property
    def query(self) -> str:
        """The part of an address that names them."""
        if self.card is not None:
            return f"card={self.card.id}"
        return "bearer=1" if self.customer is None else f"customer={self.customer.id}"


class IssuePages(Controller):
    path = _NEW
    include_in_schema = False

    @get(opt=MAY_ISSUE)
    async def begin(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        database: Database,
        card_book: CardBook,
    ) -> Template:
        holder = await _holder(database, merchant, request.query_params, card_book)
        if holder is None:
            typed = str(request.query_params.get("q", ""))
            return await _whom_page(merchant, actor, database, card_book, typed)
        editor = await _editor(database, merchant)
        return _what_page(editor, holder, merchant, actor)

    @post(opt=MAY_ISSUE)
    async def issue(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        card_book: CardBook,
    ) -> Template | Redirect:
        holder = await _holder(database, merchant, request.query_params, card_book)
        if holder is None:
            return Redirect(_NEW, status_code=303)
        editor = await _editor(database, merchant, sent=await request.form())
        if not editor.is_complete():
            return _what_page(editor, holder, merchant, actor, status=422)
        new = editor.voucher(
            card=None if holder.card is None else holder.card.id,
            customer=None if holder.customer is None else holder.customer.id,
        )
        try:
            issued = await service.issue_voucher(
                ledger, actor=actor, merchant_id=merchant.id, new=new, key=editor.form.act_key()
            )
        except Refused as refusal:
            require_form_matter(refusal)
            return _what_page(editor, holder, merchant, actor, refusal=refusal, status=refusal.status)
        return Redirect(f"/app/vouchers/{issued.facts['voucher']}?saved=issued", status_code=303)


async def _holder(
    database: Database, merchant: Merchant, asked: Mapping[str, Any], card_book: CardBook
) -> Holder | None:
    """Whom the address names; None when it names nobody yet. Raises NotFound for somebody else's."""
    card_id, customer_id = str(asked.get("card", "")), str(asked.get("customer", ""))
    if card_id:
        if not is_id(card_id):
            raise NotFound
        async with database.reading(merchant.id) as tx:
            found = await card_book.read(tx, merchant.id, [card_id])
        if card_id not in found:
            raise NotFound
        return Holder(card=found[card_id])
    if customer_id:
        async with database.reading(merchant.id) as tx:
            return Holder(customer=await customer_by_id(tx, merchant.id, customer_id))
    return Holder() if asked.get("bearer") else None


async def _editor(database: Database, merchant: Merchant, *, sent: Any = None) -> IssueEditor:
    async with database.reading(merchant.id) as tx:
        rewards = await rewards_of(tx, merchant.id)
        pools = await pools_of(tx, merchant.id)
        places = await locations_of(tx, merchant.id)
    return IssueEditor(
        merchant,
        rewards=[
            (reward.id, text_for_reader(merchant, reward.title))
            for reward in rewards
            if reward.archived_at is None and reward.kind != "lottery"
        ],
        pools=[(pool.id, pool.name) for pool in pools],
        places=places,
        sent=sent,
    )


async def _whom_page(
    merchant: Merchant, actor: Actor, database: Database, card_book: CardBook, typed: str
) -> Template:
    """A search for whoever gets it: cards, and customers who have none."""
    q = typed.strip()[:_LONGEST_SEARCH]
    cards: list[HeldCard] = []
    customers: list[Customer] = []
    if q:
        async with database.reading(merchant.id) as tx:
            cards = (await card_book.find(tx, merchant.id, q))[:_FOUND_AT_MOST]
            customers = await search(tx, merchant.id, q, limit=_FOUND_AT_MOST)
    holders = {card.customer_id for card in cards}
    context = {
        **frame(merchant, actor),
        "q": q,
        "cards": [(card, text_for_reader(merchant, card.program)) for card in cards],
        "customers": [customer for customer in customers if customer.id not in holders],
    }
    return Template("vouchers/whom.html", context=context)


def _what_page(
    editor: IssueEditor,
    holder: Holder,
    merchant: Merchant,
    actor: Actor,
    *,
    refusal: Refused | None = None,
    status: int = 200,
) -> Template:
    context = {
        **frame(merchant, actor),
        "holder": holder,
        "program": "" if holder.card is None else text_for_reader(merchant, holder.card.program),
        "form": editor.form,
        "own": editor.own,
        "refused": None if refusal is None else editor.tell(refusal),
        "action": f"{_NEW}?{holder.query}",
    }
    return Template("vouchers/new.html", context=context, status_code=status)


routes = [IssuePages]

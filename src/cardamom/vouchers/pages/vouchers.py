"""`/app/vouchers`: the list and one voucher: what it promises, what happened to it, taking it back, printing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import copy_context
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect, Template
from markupsafe import Markup

from cardamom.access.queries import actor_names
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.clock import now
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import _, current
from cardamom.kit.ids import is_id
from cardamom.kit.languages import Direction
from cardamom.ledger.commands import new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import locations_of
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import speak, text_for_reader
from cardamom.vouchers import queries, service
from cardamom.vouchers.barcodes import barcode_svg, qr_svg
from cardamom.vouchers.card_book import CardBook, HeldCard
from cardamom.vouchers.forms import CancelForm
from cardamom.vouchers.pages.frame import MAY_ISSUE, MAY_READ, AnyRequest, frame, require_form_matter
from cardamom.vouchers.queries import Filter, Movement
from cardamom.vouchers.rules import Status, VoucherNow, redeem_code, status_at
from cardamom.vouchers.wording import (
    REDEMPTION_WORDS,
    STATUS_PILLS,
    STATUS_WORDS,
    VIA_WORDS,
    end_words,
    movement_icon,
    movement_words,
)

_LIST: Final = "/app/vouchers"
_PAGE: Final = 50
_LONGEST_SEARCH: Final = 100
_OPEN: Final = frozenset({Status.ISSUED, Status.ACTIVE})


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher in the list."""

    each: VoucherNow
    title: str
    status: Status
    end: str
    holder: str
    card: HeldCard | None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a voucher."""

    at: datetime
    words: str
    icon: str
    who: str
    note: str
    operation_id: str


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a printed voucher, in the shop's own language."""

    language: str
    direction: Direction
    shop_name: str
    title: str
    description: str
    end: str
    how: str


class VoucherPages(Controller):
    path = _LIST
    include_in_schema = False

    @get(opt=MAY_READ)
    async def list_all(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        database: Database,
        card_book: CardBook,
    ) -> Template:
        """`?status=`, `?customer=`, `?card=`, or `?q=` with the whole code of one."""
        asked = request.query_params
        wanted = _filter(asked)
        q = str(asked.get("q", "")).strip()[:_LONGEST_SEARCH]
        cursor = _id(asked.get("after"))
        async with database.reading(merchant.id) as tx:
            if q:
                found = await queries.vouchers_with_code(tx, merchant.id, q)
            else:
                found = await queries.vouchers_of(tx, merchant.id, wanted, after=cursor, limit=_PAGE + 1)
            page = found[:_PAGE]
            cards = await card_book.read(tx, merchant.id, _named(each.voucher.card_id for each in page))
            names = await queries.holder_names(
                tx, merchant.id, _named(each.voucher.customer_id for each in page)
            )
        has_more = len(found) > _PAGE
        kept = {name: str(asked[name]) for name in ("status", "customer", "card") if asked.get(name)}
        context = {
            **frame(merchant, actor),
            "lines": [_line(each, merchant, cards, names, wanted) for each in page],
            "q": q,
            "status": wanted.status or "all",
            "tabs": _tabs(kept),
            "is_narrowed": bool(wanted.status or wanted.card_id or wanted.customer_id),
            "of_somebody": bool(wanted.card_id or wanted.customer_id),
            "pills": STATUS_PILLS,
            "words": STATUS_WORDS,
            "next_url": f"{_LIST}?{urlencode({**kept, 'after': page[-1].voucher.id})}" if has_more else "",
            "first_url": f"{_LIST}?{urlencode(kept)}" if cursor else "",
        }
        return Template("vouchers/list.html", context=context)

    @get("/{voucher_id:str}", opt=MAY_READ)
    async def read(
        self,
        request: AnyRequest,
        voucher_id: str,
        merchant: Merchant,
        actor: Actor,
        database: Database,
        card_book: CardBook,
    ) -> Template:
        context = await _voucher_context(database, merchant, actor, voucher_id, card_book)
        said = request.query_params.get("saved", "")
        return Template("vouchers/voucher.html", context={**context, "saved": said})

    @post("/{voucher_id:str}/cancel", opt=MAY_ISSUE)
    async def cancel(
        self,
        request: AnyRequest,
        voucher_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        card_book: CardBook,
    ) -> Template | Redirect:
        form = CancelForm(await request.form())
        try:
            if form.validate():
                await service.cancel_voucher(
                    ledger,
                    actor=actor,
                    merchant_id=merchant.id,
                    voucher_id=voucher_id,
                    reason=form.text("reason"),
                    key=form.act_key(),
                )
                return Redirect(f"{_LIST}/{voucher_id}?saved=cancelled", status_code=303)
        except Refused as refusal:
            require_form_matter(refusal)
            form.key.data = new_key()
            form.reason.errors = [refusal.sentence()]
        context = await _voucher_context(database, merchant, actor, voucher_id, card_book)
        return Template(
            "vouchers/voucher.html", context={**context, "form": form, "is_refused": True}, status_code=422
        )

    @get("/{voucher_id:str}/print", opt=MAY_READ)
    async def paper(self, voucher_id: str, merchant: Merchant, database: Database) -> Template:
        """A voucher for whoever holds it, on paper: 10 × 15 cm."""
        async with database.reading(merchant.id) as tx:
            each = await queries.voucher_by_id(tx, merchant.id, voucher_id)
        voucher = each.voucher
        context = {
            "face": copy_context().run(_face, each, merchant),
            "voucher": voucher,
            **_pictures(voucher.code),
            "back_url": f"{_LIST}/{voucher.id}",
        }
        return Template("vouchers/sheet.html", context=context)


def _filter(asked: Mapping[str, Any]) -> Filter:
    """What an address narrows the list to; what makes no sense there narrows nothing."""
    status = asked.get("status")
    return Filter(
        now=now(),
        status=Status(status) if status in list(Status) else None,
        card_id=_id(asked.get("card")),
        customer_id=_id(asked.get("customer")),
    )


def _id(given: object) -> str | None:
    return given if isinstance(given, str) and is_id(given) else None


def _named(ids: Iterable[str | None]) -> list[str]:
    return sorted({each for each in ids if each is not None})


def _tabs(kept: Mapping[str, str]) -> list[tuple[str, str, str]]:
    others = {name: value for name, value in kept.items() if name != "status"}
    rows = [("all", _("All")), *((status.value, str(words)) for status, words in STATUS_WORDS.items())]
    return [
        (key, text, f"{_LIST}?{urlencode(others if key == 'all' else {**others, 'status': key})}")
        for key, text in rows
    ]


def _line(
    each: VoucherNow,
    merchant: Merchant,
    cards: Mapping[str, HeldCard],
    names: Mapping[str, str],
    wanted: Filter,
) -> Line:
    voucher = each.voucher
    return Line(
        each=each,
        title=text_for_reader(merchant, voucher.terms.title),
        status=status_at(voucher, wanted.now),
        end=end_words(voucher),
        holder=names.get(voucher.customer_id or "", ""),
        card=cards.get(voucher.card_id or ""),
    )


async def _voucher_context(
    database: Database, merchant: Merchant, actor: Actor, voucher_id: str, card_book: CardBook
) -> dict[str, Any]:
    """Everything on a voucher's page. Raises VoucherUnknown."""
    async with database.reading(merchant.id) as tx:
        each = await queries.voucher_by_id(tx, merchant.id, voucher_id)
        voucher = each.voucher
        cards = await card_book.read(tx, merchant.id, _named([voucher.card_id]))
        names = await queries.holder_names(tx, merchant.id, _named([voucher.customer_id]))
        movements = await queries.movements_of(tx, merchant.id, voucher.id)
        actors = await actor_names(tx, merchant.id, [movement.actor for movement in movements])
        places = {place.id: place.name for place in await locations_of(tx, merchant.id)}
    status = status_at(voucher, now())
    return {
        **frame(merchant, actor),
        "voucher": voucher,
        "uses_left": each.uses_left,
        "status": status,
        "is_open": status in _OPEN,
        "pills": STATUS_PILLS,
        "words": STATUS_WORDS,
        "redemption_words": REDEMPTION_WORDS,
        "via_words": VIA_WORDS,
        "title": text_for_reader(merchant, voucher.terms.title),
        "description": text_for_reader(merchant, voucher.terms.description),
        "end": end_words(voucher),
        "card": cards.get(voucher.card_id or ""),
        "program": text_for_reader(merchant, cards[voucher.card_id].program)
        if voucher.card_id in cards
        else "",
        "holder": names.get(voucher.customer_id or "", ""),
        "places": [text_for_reader(merchant, places[place]) for place in voucher.terms.locations or []],
        "code": redeem_code(voucher),
        "movements": [_told(movement, actors) for movement in reversed(movements)],
        "form": CancelForm(),
        "saved": "",
        **_pictures(voucher.code),
    }


def _told(movement: Movement, actors: Mapping[str, str]) -> Told:
    return Told(
        at=movement.recorded_at,
        words=movement_words(movement.unit, movement.delta),
        icon=movement_icon(movement.unit, movement.delta),
        who=actors.get(movement.actor, ""),
        note=movement.note or "",
        operation_id=movement.operation_id,
    )


def _pictures(code: str) -> dict[str, Markup]:
    label = _("Code of the voucher")
    return {"qr": qr_svg(code, label=label), "barcode": barcode_svg(code, label=label)}


def _face(each: VoucherNow, merchant: Merchant) -> Face:
    """What stands on paper. From here on the context speaks the language of the shop."""
    speak(merchant, merchant.language)
    voucher = each.voucher
    return Face(
        language=current().code,
        direction=current().direction,
        shop_name=text_for_reader(merchant, merchant.name),
        title=text_for_reader(merchant, voucher.terms.title),
        description=text_for_reader(merchant, voucher.terms.description),
        end=end_words(voucher),
        how=_("Show this to our staff."),
    )


routes = [VoucherPages]

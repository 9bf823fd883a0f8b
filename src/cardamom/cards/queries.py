"""Cards as they are read: by id, by any of the ways people name them, and in lists. The merchant comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.errors import CardUnknown
from cardamom.cards.links import LinkMaker
from cardamom.cards.schemas import Card, EntryOut, Holder, MilestoneOut, VoucherBrief
from cardamom.cards.tables import cards
from cardamom.customers.tables import customers
from cardamom.db.compiled import CompiledRead, among
from cardamom.db.metadata import Id, Instant
from cardamom.kit.clock import now
from cardamom.kit.codes import card_code_in
from cardamom.kit.digits import to_ascii
from cardamom.kit.email import normalise_email
from cardamom.kit.ids import is_id
from cardamom.kit.phone import normalise_phone
from cardamom.ledger.tables import accounts, entries
from cardamom.merchants.tables import merchants
from cardamom.programs.rules import Progress, Rules, to_go
from cardamom.programs.tables import program_versions
from cardamom.vouchers.tables import vouchers

_OPEN = ("issued", "active")
_MOST_PER_PAGE = 100


class CardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A card with everything that its page, the till and the API show of it, read in one transaction."""

    merchant_id: str
    id: str
    code: str
    number: str
    program_id: str
    customer_id: str | None
    customer_name: str | None
    external_id: str | None
    language: str | None
    token_epoch: int
    handle: str
    created_at: datetime
    closed_at: datetime | None
    balance: int
    revision: int
    progress: Progress
    rules: Rules
    vouchers: list[VoucherBrief]


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The ways in which people name one card; one is used, in this order."""

    code: str | None
    number: str | None
    phone: str | None
    email: str | None
    external_id: str | None


async def card_by_id(tx: AsyncConnection, merchant_id: str, card_id: str) -> CardRow | None:
    """One card of the merchant."""
    return await _one(tx, merchant_id, cards.c.id == card_id)


async def cards_by_ids(tx: AsyncConnection, merchant_id: str, card_ids: Sequence[str]) -> list[CardRow]:
    """These cards of the merchant, in one statement and any order; what is no card of theirs is left out."""
    known = [card_id for card_id in card_ids if is_id(card_id)]
    return [_row(row) for row in await _BY_IDS.rows(tx, merchant_id=merchant_id, card_ids=known, now=now())]


async def known_card(tx: AsyncConnection, merchant_id: str, card_id: str) -> CardRow:
    """As `card_by_id`. Raises CardUnknown, also for what is not an id."""
    card = await card_by_id(tx, merchant_id, card_id) if is_id(card_id) else None
    if card is None:
        raise CardUnknown
    return card


async def card_by_code(tx: AsyncConnection, merchant_id: str, code: str) -> CardRow | None:
    """code: all digits, as `kit.codes.parse_code` returns them."""
    return await _one(tx, merchant_id, cards.c.code == code)


async def card_by_number(tx: AsyncConnection, merchant_id: str, number: str) -> CardRow | None:
    """number: the short one that staff type, ASCII digits."""
    return await _one(tx, merchant_id, cards.c.number == number)


async def cards_of_customer(tx: AsyncConnection, merchant_id: str, customer_id: str) -> list[CardRow]:
    """Every card of one holder, oldest first."""
    return await _many(tx, merchant_id, cards.c.customer_id == customer_id, limit=_MOST_PER_PAGE)


async def cards_by_contact(
    tx: AsyncConnection, merchant_id: str, *, phone: str | None = None, email: str | None = None
) -> list[CardRow]:
    """Cards whose holder has this phone (E.164) or e-mail address (normal form)."""
    named = customers.c.phone == phone if phone is not None else customers.c.email == email
    return await _many(tx, merchant_id, named, limit=_MOST_PER_PAGE)


async def cards_by_external_id(tx: AsyncConnection, merchant_id: str, external_id: str) -> list[CardRow]:
    """Cards that another system knows by this id, in any program."""
    return await _many(tx, merchant_id, cards.c.external_id == external_id, limit=_MOST_PER_PAGE)


async def cards_named(
    tx: AsyncConnection, merchant_id: str, named: Named, region: str
) -> list[CardRow] | None:
    """The cards that are named; None when none of the names was given."""
    if named.code is not None:
        code = card_code_in(named.code)
        found = None if code is None else await card_by_code(tx, merchant_id, code)
        return [] if found is None else [found]
    if named.number is not None:
        found = await card_by_number(tx, merchant_id, to_ascii(named.number).replace(" ", ""))
        return [] if found is None else [found]
    if named.phone is not None:
        return await cards_by_contact(tx, merchant_id, phone=normalise_phone(named.phone, region=region))
    if named.email is not None:
        return await cards_by_contact(tx, merchant_id, email=normalise_email(named.email))
    if named.external_id is not None:
        return await cards_by_external_id(tx, merchant_id, named.external_id)
    return None


async def cards_page(
    tx: AsyncConnection,
    merchant_id: str,
    *,
    limit: int,
    after: str | None = None,
    program_id: str | None = None,
    folded: str | None = None,
) -> list[CardRow]:
    """Cards, newest first. after: the id of the last card of the page before. folded: of a name or number."""
    wanted: list[sa.ColumnElement[bool]] = []
    if after is not None:
        wanted.append(cards.c.id < after)
    if program_id is not None:
        wanted.append(cards.c.program_id == program_id)
    if folded:
        wanted.append(
            sa.or_(
                customers.c.name_folded.contains(folded, autoescape=True), cards.c.number.startswith(folded)
            )
        )
    return await _many(tx, merchant_id, sa.and_(sa.true(), *wanted), limit=limit, order=cards.c.id.desc())


async def cards_found(
    tx: AsyncConnection, merchant_id: str, *, number: str, customer_ids: Sequence[str], limit: int
) -> list[CardRow]:
    """Cards whose number begins so, or that belong to one of these holders. number: ASCII digits, "" for none."""
    named: list[sa.ColumnElement[bool]] = [cards.c.customer_id.in_(customer_ids)]
    if number:
        named.append(cards.c.number.startswith(number))
    return await _many(tx, merchant_id, sa.or_(*named), limit=limit, order=cards.c.id.desc())


async def entries_of_card(
    tx: AsyncConnection, merchant_id: str, card_id: str, *, limit: int, before: int | None = None
) -> list[EntryOut]:
    """Movements of a card's stamps, latest first. before: the seq of the last entry of the page before."""
    statement = (
        sa.select(
            entries.c.seq,
            entries.c.operation_id,
            entries.c.unit,
            entries.c.delta,
            entries.c.balance,
            entries.c.recorded_at,
            entries.c.hash,
        )
        .where(entries.c.merchant_id == merchant_id, entries.c.account_id == card_id)
        .order_by(entries.c.seq.desc())
        .limit(min(limit, _MOST_PER_PAGE))
    )
    if before is not None:
        statement = statement.where(entries.c.seq < before)
    return [
        EntryOut(
            seq=row.seq,
            operation=row.operation_id,
            unit=row.unit,
            delta=row.delta,
            balance=row.balance,
            recorded_at=row.recorded_at,
            hash=bytes(row.hash).hex(),
        )
        for row in await tx.execute(statement)
    ]


async def card_by_token_hash(tx: AsyncConnection, merchant_id: str, token_hash: bytes) -> CardRow | None:
    """The card that a link leads to; a revoked link leads nowhere."""
    return await _one(tx, merchant_id, cards.c.token_hash == token_hash)


async def merchants_with_stamp_expiry(tx: AsyncConnection) -> list[str]:
    """Merchants whose stamps may run out under some version of some program. Needs the ledger's role."""
    runs_out = sa.func.jsonb_typeof(program_versions.c.rules["expiry"]) == "object"
    return list(
        (await tx.execute(sa.select(program_versions.c.merchant_id).where(runs_out).distinct())).scalars()
    )


def shown(row: CardRow, links: LinkMaker) -> Card:
    """The card as the API shows it."""
    return Card(
        id=row.id,
        code=row.code,
        number=row.number,
        program=row.program_id,
        customer=None if row.customer_id is None else Holder(row.customer_id, row.customer_name),
        balance=row.balance,
        goal=row.rules.goal,
        to_go=to_go(row.balance, row.progress, row.rules),
        cycle=row.progress.cycle,
        lifetime=row.progress.lifetime,
        milestones=milestones(row.rules, row.progress),
        vouchers=row.vouchers,
        links=links.links(row.handle, row.id, row.token_epoch),
        revision=row.revision,
        external_id=row.external_id,
        language=row.language,
        created_at=row.created_at,
        closed_at=row.closed_at,
    )


def milestones(rules: Rules, progress: Progress) -> list[MilestoneOut]:
    """The goals below the final one, with what of them is reached."""
    return [MilestoneOut(goal.at, goal.reward, goal.at in progress.reached) for goal in rules.milestones]


async def _one(tx: AsyncConnection, merchant_id: str, named: sa.ColumnElement[bool]) -> CardRow | None:
    found = await _many(tx, merchant_id, named, limit=1)
    return found[0] if found else None


async def _many(
    tx: AsyncConnection,
    merchant_id: str,
    named: sa.ColumnElement[bool],
    *,
    limit: int,
    order: sa.ColumnElement[Any] = cards.c.id,
) -> list[CardRow]:
    statement = _SELECT.where(cards.c.merchant_id == merchant_id, named).order_by(order)
    statement = statement.limit(min(limit, _MOST_PER_PAGE + 1))
    return [_row(row) for row in (await tx.execute(statement, {"now": now()})).mappings()]


def _row(row: Mapping[Any, Any]) -> CardRow:
    values = dict(row)
    values["progress"] = msgspec.convert(values.pop("state"), Progress)
    values["rules"] = msgspec.convert(values["rules"], Rules)
    values["vouchers"] = msgspec.convert(values["vouchers"] or [], list[VoucherBrief])
    return CardRow(**values)


_open_vouchers = (
    sa.select(
        sa.func.jsonb_agg(
            sa.func.jsonb_build_object(
                "id",
                vouchers.c.id,
                "status",
                vouchers.c.status,
                "title",
                vouchers.c.terms["title"],
                "redemption",
                vouchers.c.terms["redemption"].astext,
                "expires_at",
                vouchers.c.expires_at,
            )
        ).aggregate_order_by(vouchers.c.id)
    )
    .where(
        vouchers.c.merchant_id == cards.c.merchant_id,
        vouchers.c.card_id == cards.c.id,
        vouchers.c.status.in_(_OPEN),
        sa.or_(vouchers.c.expires_at.is_(None), vouchers.c.expires_at > sa.bindparam("now", type_=Instant)),
    )
    .scalar_subquery()
)

_SELECT: sa.Select[Any] = (
    sa.select(
        cards.c.merchant_id,
        cards.c.id,
        cards.c.code,
        cards.c.number,
        cards.c.program_id,
        cards.c.customer_id,
        customers.c.name.label("customer_name"),
        cards.c.external_id,
        cards.c.language,
        cards.c.token_epoch,
        merchants.c.handle,
        cards.c.created_at,
        cards.c.closed_at,
        accounts.c.balance,
        accounts.c.revision,
        accounts.c.state,
        program_versions.c.rules,
        _open_vouchers.label("vouchers"),
    )
    .join(accounts, sa.and_(accounts.c.merchant_id == cards.c.merchant_id, accounts.c.id == cards.c.id))
    .join(merchants, merchants.c.merchant_id == cards.c.merchant_id)
    .join(
        program_versions,
        sa.and_(
            program_versions.c.merchant_id == cards.c.merchant_id,
            program_versions.c.program_id == cards.c.program_id,
            program_versions.c.version == accounts.c.state["version"].astext.cast(sa.Integer),
        ),
    )
    .outerjoin(
        customers,
        sa.and_(customers.c.merchant_id == cards.c.merchant_id, customers.c.id == cards.c.customer_id),
    )
)

_BY_IDS = CompiledRead(
    _SELECT.where(cards.c.merchant_id == sa.bindparam("merchant_id", type_=Id), among(cards.c.id, "card_ids"))
)

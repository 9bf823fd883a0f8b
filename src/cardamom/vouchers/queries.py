"""What one may ask about vouchers and pools. Reads only; the caller opens the transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.customers.tables import customers
from cardamom.db.compiled import CompiledRead, among
from cardamom.db.metadata import Id
from cardamom.kit.codes import CodeMalformed, parse_code
from cardamom.kit.ids import is_id
from cardamom.ledger.tables import accounts, entries, operations
from cardamom.merchants.tables import merchants
from cardamom.vouchers.errors import PoolUnknown, VoucherUnknown
from cardamom.vouchers.rules import Status, Voucher, VoucherNow
from cardamom.vouchers.schemas import Pool
from cardamom.vouchers.tables import pools, vouchers

_OPEN = vouchers.c.status.in_([Status.ISSUED.value, Status.ACTIVE.value])

_STORED = tuple(name for name in Voucher.__struct_fields__ if name in vouchers.c)

_VOUCHERS = (
    sa.select(*(vouchers.c[name] for name in _STORED), accounts.c.balance, merchants.c.time_zone)
    .join(accounts, sa.and_(accounts.c.merchant_id == vouchers.c.merchant_id, accounts.c.id == vouchers.c.id))
    .join(merchants, merchants.c.merchant_id == vouchers.c.merchant_id)
)

_OF_CARDS = CompiledRead(
    _VOUCHERS.where(
        vouchers.c.merchant_id == sa.bindparam("merchant_id", type_=Id), among(vouchers.c.card_id, "card_ids")
    ).order_by(vouchers.c.id.desc())
)

_POOLS = sa.select(pools.c.id, pools.c.name, pools.c.created_at, accounts.c.balance.label("left")).join(
    accounts, sa.and_(accounts.c.merchant_id == pools.c.merchant_id, accounts.c.id == pools.c.id)
)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which vouchers of a merchant; what is None does not count. status: as it stands at `now`."""

    now: datetime
    status: Status | None = None
    card_id: str | None = None
    customer_id: str | None = None


async def voucher_by_id(tx: AsyncConnection, merchant_id: str, voucher_id: str) -> VoucherNow:
    """Raises VoucherUnknown."""
    if not is_id(voucher_id):
        raise VoucherUnknown
    return await _one(tx, merchant_id, vouchers.c.id == voucher_id)


async def voucher_by_code(tx: AsyncConnection, merchant_id: str, code: str) -> VoucherNow:
    """code: all digits, as `kit.codes.parse_code` returns them. Raises VoucherUnknown."""
    return await _one(tx, merchant_id, vouchers.c.code == code)


async def vouchers_with_code(tx: AsyncConnection, merchant_id: str, typed: str) -> list[VoucherNow]:
    """The voucher whose whole code somebody scanned or typed, or none."""
    try:
        return [await voucher_by_code(tx, merchant_id, parse_code(typed).digits)]
    except (CodeMalformed, VoucherUnknown):
        return []


async def vouchers_of_card(tx: AsyncConnection, merchant_id: str, card_id: str) -> list[VoucherNow]:
    """Every voucher that a card ever got, newest first."""
    rows = _VOUCHERS.where(vouchers.c.merchant_id == merchant_id, vouchers.c.card_id == card_id)
    found = await tx.execute(rows.order_by(vouchers.c.id.desc()))
    return [_voucher(row) for row in found.mappings()]


async def vouchers_of_cards(
    tx: AsyncConnection, merchant_id: str, card_ids: Sequence[str]
) -> dict[str, list[VoucherNow]]:
    """As `vouchers_of_card`, for many cards in one statement, by the card's id."""
    by_card: dict[str, list[VoucherNow]] = {card_id: [] for card_id in card_ids}
    for row in await _OF_CARDS.rows(tx, merchant_id=merchant_id, card_ids=list(by_card)):
        by_card[row["card_id"]].append(_voucher(row))
    return by_card


async def vouchers_of(
    tx: AsyncConnection, merchant_id: str, wanted: Filter, *, after: str | None = None, limit: int
) -> list[VoucherNow]:
    """The vouchers of a merchant, newest first.

    after: the id of the last one that was seen.
    """
    rows = _VOUCHERS.where(vouchers.c.merchant_id == merchant_id)
    if wanted.status is not None:
        rows = rows.where(_standing(wanted.status, wanted.now))
    if wanted.card_id is not None:
        rows = rows.where(vouchers.c.card_id == wanted.card_id)
    if wanted.customer_id is not None:
        rows = rows.where(vouchers.c.customer_id == wanted.customer_id)
    if after is not None:
        rows = rows.where(vouchers.c.id < after)
    found = await tx.execute(rows.order_by(vouchers.c.id.desc()).limit(limit))
    return [_voucher(row) for row in found.mappings()]


def _standing(status: Status, now: datetime) -> sa.ColumnElement[bool]:
    """`rules.status_at` as a condition: what is over counts as expired, recorded or not."""
    is_recorded = vouchers.c.status == status.value
    is_over = sa.and_(_OPEN, vouchers.c.expires_at <= now)
    match status:
        case Status.EXPIRED:
            return sa.or_(is_recorded, is_over)
        case Status.ISSUED | Status.ACTIVE:
            return sa.and_(is_recorded, sa.or_(vouchers.c.expires_at.is_(None), vouchers.c.expires_at > now))
        case Status.REDEEMED | Status.CANCELLED:
            return is_recorded


async def _one(tx: AsyncConnection, merchant_id: str, named: sa.ColumnElement[bool]) -> VoucherNow:
    row = (await tx.execute(_VOUCHERS.where(vouchers.c.merchant_id == merchant_id, named))).mappings().first()
    if row is None:
        raise VoucherUnknown
    return _voucher(row)


def _voucher(row: Mapping[Any, Any]) -> VoucherNow:
    stored = {name: row[name] for name in (*_STORED, "time_zone")}
    return VoucherNow(msgspec.convert(stored, Voucher), row["balance"])


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a voucher's account, with what is known of its operation. note: why, where somebody said it."""

    unit: str
    delta: int
    recorded_at: datetime
    operation_id: str
    actor: str
    note: str | None


async def movements_of(tx: AsyncConnection, merchant_id: str, voucher_id: str) -> list[Movement]:
    """Everything that happened to a voucher's uses, in the order of the books."""
    rows = (
        sa.select(
            entries.c.unit,
            entries.c.delta,
            entries.c.recorded_at,
            entries.c.operation_id,
            operations.c.actor,
            operations.c.facts["note"].astext.label("note"),
        )
        .join(
            operations,
            sa.and_(
                operations.c.merchant_id == entries.c.merchant_id, operations.c.id == entries.c.operation_id
            ),
        )
        .where(entries.c.merchant_id == merchant_id, entries.c.account_id == voucher_id)
        .order_by(entries.c.seq)
    )
    return [Movement(**row) for row in (await tx.execute(rows)).mappings()]


async def holder_names(tx: AsyncConnection, merchant_id: str, customer_ids: Sequence[str]) -> dict[str, str]:
    """The names of customers by id; those without a name are left out."""
    if not customer_ids:
        return {}
    rows = sa.select(customers.c.id, customers.c.name).where(
        customers.c.merchant_id == merchant_id,
        customers.c.id.in_(customer_ids),
        customers.c.name.is_not(None),
    )
    return {row.id: row.name for row in await tx.execute(rows)}


async def merchants_with_vouchers_due(tx: AsyncConnection, *, now: datetime) -> list[str]:
    """Merchants with vouchers whose time is over and that nobody has recorded yet. Needs the ledger's role."""
    rows = sa.select(vouchers.c.merchant_id).where(_OPEN, vouchers.c.expires_at <= now).distinct()
    return list((await tx.execute(rows)).scalars())


async def pool_by_id(tx: AsyncConnection, merchant_id: str, pool_id: str) -> Pool:
    """Raises PoolUnknown."""
    if not is_id(pool_id):
        raise PoolUnknown
    row = (
        (await tx.execute(_POOLS.where(pools.c.merchant_id == merchant_id, pools.c.id == pool_id)))
        .mappings()
        .first()
    )
    if row is None:
        raise PoolUnknown
    return Pool(**row)


async def pools_of(
    tx: AsyncConnection, merchant_id: str, *, after: str | None = None, limit: int = 1_000
) -> list[Pool]:
    """The pools of a merchant, in the order in which they were created.

    after: the id of the last one that was seen.
    """
    rows = _POOLS.where(pools.c.merchant_id == merchant_id)
    if after is not None:
        rows = rows.where(pools.c.id > after)
    found = await tx.execute(rows.order_by(pools.c.id).limit(limit))
    return [Pool(**row) for row in found.mappings()]

"""Bindings: one thing in one wallet, and the devices that have it. The merchant comes first; the caller opens the
transaction.

What is written here is bookkeeping of deliveries (ADR 0012). That a card was saved or removed is a fact of the shop:
see `wallet.deeds`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.db.compiled import CompiledRead
from cardamom.db.metadata import Id
from cardamom.ledger.tables import feeds
from cardamom.wallet.tables import bindings, devices, registrations

Wallet = Literal["apple", "google"]
Kind = Literal["card", "voucher", "program", "reward"]
#: What people have in a wallet; the others are Google's classes.
PassKind = Literal["card", "voucher"]
State = Literal["issued", "saved", "removed", "void"]


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `wallet_binding`; what the columns mean is said in `wallet.tables` and in the plan of the wallets."""

    merchant_id: str
    id: str
    wallet: Wallet
    issuer: str
    kind: Kind
    subject_id: str
    card_id: str | None
    epoch: int
    state: State
    wanted: int
    sent: int
    fetched: int
    urgency: int
    created_at: datetime
    modified_at: datetime
    sent_at: datetime | None
    fetched_at: datetime | None
    next_try: datetime | None
    tries: int
    error: str | None
    shown: dict[str, Any] | None
    notices: list[str]


_BY_ID = CompiledRead(
    sa.select(bindings).where(
        bindings.c.merchant_id == sa.bindparam("merchant_id", type_=Id),
        bindings.c.id == sa.bindparam("binding_id", type_=Id),
    )
)


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """A device that has a pass and wants to be told when it changes. device: as `device_hash` makes it."""

    merchant_id: str
    binding_id: str
    device: bytes
    push_token: str
    registered_at: datetime


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A pass that a device has. registered_at: since when, or since it told its push token last."""

    binding: Binding
    registered_at: datetime


def device_hash(library_identifier: str) -> bytes:
    """What is kept of a device: its identifier is the secret that opens the list of its passes."""
    return hashlib.sha256(b"cardamom.wallet.device|" + library_identifier.encode()).digest()


async def binding_by_id(tx: AsyncConnection, merchant_id: str, binding_id: str) -> Binding | None:
    """One binding of the merchant."""
    rows = await _BY_ID.rows(tx, merchant_id=merchant_id, binding_id=binding_id)
    return Binding(**rows[0]) if rows else None


async def binding_of(
    tx: AsyncConnection,
    merchant_id: str,
    *,
    wallet: Wallet,
    issuer: str,
    kind: Kind,
    subject_id: str,
    epoch: int,
) -> Binding | None:
    """The binding of a thing, if it was ever asked for in this wallet."""
    statement = sa.select(bindings).where(
        bindings.c.merchant_id == merchant_id,
        bindings.c.wallet == wallet,
        bindings.c.issuer == issuer,
        bindings.c.kind == kind,
        bindings.c.subject_id == subject_id,
        bindings.c.epoch == epoch,
    )
    row = (await tx.execute(statement)).mappings().one_or_none()
    return None if row is None else Binding(**row)


async def passes_of_device(
    tx: AsyncConnection, merchant_id: str, *, device: bytes, issuer: str
) -> list[Held]:
    """The passes of one issuer that a device is registered for, oldest first."""
    statement = (
        sa.select(bindings, registrations.c.registered_at)
        .join(
            registrations,
            sa.and_(
                registrations.c.merchant_id == bindings.c.merchant_id,
                registrations.c.binding_id == bindings.c.id,
            ),
        )
        .where(
            bindings.c.merchant_id == merchant_id,
            registrations.c.device == device,
            bindings.c.issuer == issuer,
        )
        .order_by(bindings.c.id)
    )
    rows = [dict(row) for row in (await tx.execute(statement)).mappings()]
    return [Held(registered_at=row.pop("registered_at"), binding=Binding(**row)) for row in rows]


async def registration_of(
    tx: AsyncConnection, merchant_id: str, binding_id: str, *, device: bytes
) -> Registration | None:
    """Whether a device has a pass."""
    statement = sa.select(registrations).where(
        registrations.c.merchant_id == merchant_id,
        registrations.c.binding_id == binding_id,
        registrations.c.device == device,
    )
    row = (await tx.execute(statement)).mappings().first()
    return None if row is None else Registration(**row)


async def merchants_of_device(tx: AsyncConnection, device: bytes, *, issuer: str) -> list[str]:
    """The merchants whose passes a device has; any transaction may ask."""
    found = await tx.execute(
        sa.select(devices.c.merchant_id)
        .where(devices.c.device == device, devices.c.issuer == issuer)
        .order_by(devices.c.merchant_id)
    )
    return list(found.scalars())


async def mark_fetched(
    tx: AsyncConnection, merchant_id: str, binding_id: str, *, position: int, at: datetime
) -> None:
    """A wallet has seen the pass as of this position. It never goes back, and is written only when it grows."""
    await tx.execute(
        sa.update(bindings)
        .where(
            bindings.c.merchant_id == merchant_id,
            bindings.c.id == binding_id,
            bindings.c.fetched < position,
        )
        .values(fetched=position, fetched_at=at)
    )


async def feed_position(tx: AsyncConnection, merchant_id: str) -> int:
    """The position of the newest event that was placed."""
    found = await tx.execute(sa.select(feeds.c.position).where(feeds.c.merchant_id == merchant_id))
    return int(found.scalar_one())

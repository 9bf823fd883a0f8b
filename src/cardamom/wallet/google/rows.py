"""The bindings of Google's things: found, made and noted down. Merchant first; the caller opens the transaction.

Bookkeeping of deliveries, and so no operations (ADR 0012). A class has a binding as well: what it shows is compared
like an object, and a redesign makes it due.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.tables import cards
from cardamom.kit.ids import new_id
from cardamom.wallet.bindings import Binding, Kind
from cardamom.wallet.face import VoucherFace
from cardamom.wallet.google.notices import Told
from cardamom.wallet.tables import bindings

_UNIQUE: Final = ["merchant_id", "wallet", "issuer", "kind", "subject_id", "epoch"]
#: A PostgreSQL integer, without its sign.
_WORDING_BITS: Final = 31


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """What a binding is of. epoch: of the card's link; of a reward's class, which of its wordings."""

    kind: Kind
    subject_id: str
    card_id: str | None = None
    epoch: int = 0


def program_thing(program_id: str) -> Thing:
    """The LoyaltyClass of a program."""
    return Thing(kind="program", subject_id=program_id)


def reward_thing(voucher: VoucherFace) -> Thing:
    """The OfferClass for vouchers with the words of this one; of its own where no reward stands behind it."""
    said = {language: (words.title, words.details) for language, words in sorted(voucher.wordings.items())}
    digest = hashlib.sha256(msgspec.json.encode(said)).digest()
    wording = int.from_bytes(digest[:4], "big") >> (32 - _WORDING_BITS)
    return Thing(kind="reward", subject_id=voucher.reward_id or voucher.id, epoch=wording)


async def bindings_of_things(
    tx: AsyncConnection, merchant_id: str, *, issuer: str, things: Iterable[Thing]
) -> dict[Thing, Binding]:
    """Those that were made, by what they are of."""
    wanted = {(each.kind, each.subject_id, each.epoch): each for each in things}
    if not wanted:
        return {}
    found = await tx.execute(
        sa.select(bindings).where(
            bindings.c.merchant_id == merchant_id,
            bindings.c.wallet == "google",
            bindings.c.issuer == issuer,
            bindings.c.subject_id.in_({subject for _kind, subject, _epoch in wanted}),
        )
    )
    rows = [Binding(**row) for row in found.mappings()]
    return {wanted[name]: row for row in rows if (name := (row.kind, row.subject_id, row.epoch)) in wanted}


async def make_bindings(
    tx: AsyncConnection,
    merchant_id: str,
    *,
    issuer: str,
    things: Collection[Thing],
    position: int,
    at: datetime,
) -> dict[Thing, Binding]:
    """The bindings of these things; who is first makes them. position: of the feed, as of what will be written."""
    if things:
        rows: list[dict[str, Any]] = [
            {
                "merchant_id": merchant_id,
                "id": new_id(),
                "wallet": "google",
                "issuer": issuer,
                "kind": each.kind,
                "subject_id": each.subject_id,
                "card_id": each.card_id,
                "epoch": each.epoch,
                "state": "issued",
                "wanted": position,
                "sent": position,
                "fetched": position,
                "urgency": 0,
                "created_at": at,
                "modified_at": at,
                "tries": 0,
                "notices": [],
            }
            for each in sorted(things, key=lambda thing: (thing.kind, thing.subject_id, thing.epoch))
        ]
        await tx.execute(insert(bindings).on_conflict_do_nothing(index_elements=_UNIQUE), rows)
    return await bindings_of_things(tx, merchant_id, issuer=issuer, things=things)


async def note_shown(
    tx: AsyncConnection, merchant_id: str, binding_id: str, *, told: Told, position: int, at: datetime
) -> None:
    """Google shows this now, as of a position of the feed.

    Where the pass wants more by then, the courier may have told it that just before or after us, and nobody knows who
    was last: so it is due once more, from what was told here.
    """
    is_behind = bindings.c.wanted > position
    await tx.execute(
        sa.update(bindings)
        .where(bindings.c.merchant_id == merchant_id, bindings.c.id == binding_id)
        .values(
            shown=msgspec.to_builtins(told),
            sent=sa.func.least(position, bindings.c.wanted),
            sent_at=at,
            next_try=sa.case((is_behind, at), else_=bindings.c.next_try),
            error=None,
        )
    )


async def make_due(
    tx: AsyncConnection, merchant_id: str, binding_id: str, *, at: datetime, error: str | None
) -> None:
    """Let the courier bring what could not be brought now. error: why, for the owner."""
    await tx.execute(
        sa.update(bindings)
        .where(bindings.c.merchant_id == merchant_id, bindings.c.id == binding_id)
        .values(
            sent=sa.func.least(bindings.c.sent, bindings.c.wanted - 1),
            next_try=sa.func.least(bindings.c.next_try, at),
            error=error,
        )
    )


async def a_card_of_program(
    tx: AsyncConnection, merchant_id: str, *, issuer: str, program_id: str
) -> str | None:
    """The newest card of a program that has an object at Google: what its class is projected from."""
    found = await tx.execute(
        sa.select(bindings.c.card_id)
        .join(cards, sa.and_(cards.c.merchant_id == bindings.c.merchant_id, cards.c.id == bindings.c.card_id))
        .where(
            bindings.c.merchant_id == merchant_id,
            bindings.c.wallet == "google",
            bindings.c.issuer == issuer,
            bindings.c.kind == "card",
            cards.c.program_id == program_id,
        )
        .order_by(bindings.c.id.desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def a_voucher_of_class(
    tx: AsyncConnection, merchant_id: str, *, issuer: str, class_id: str
) -> tuple[str, str] | None:
    """(card, voucher) of the newest object of an OfferClass: what the class is projected from."""
    found = await tx.execute(
        sa.select(bindings.c.card_id, bindings.c.subject_id)
        .where(
            bindings.c.merchant_id == merchant_id,
            bindings.c.wallet == "google",
            bindings.c.issuer == issuer,
            bindings.c.kind == "voucher",
            bindings.c.shown["document"]["classId"].astext == class_id,
        )
        .order_by(bindings.c.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else (row.card_id, row.subject_id)

"""A binding under its lock, inside the ledger's transaction, and what is said of it afterwards."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa

from cardamom.cards.tables import cards
from cardamom.db.metadata import Id
from cardamom.ledger.decisions import Event
from cardamom.ledger.handlers import Tx
from cardamom.wallet import events
from cardamom.wallet.bindings import Binding
from cardamom.wallet.errors import PassUnknown
from cardamom.wallet.tables import bindings

_LOCK = (
    sa.select(bindings)
    .where(
        bindings.c.merchant_id == sa.bindparam("merchant_id", type_=Id),
        bindings.c.id == sa.bindparam("binding_id", type_=Id),
    )
    .with_for_update(key_share=True)
)


async def lock_binding(tx: Tx, merchant_id: str, binding_id: str) -> Binding:
    """Raises PassUnknown."""
    found = await tx.sql.execute(_LOCK, {"merchant_id": merchant_id, "binding_id": binding_id})
    row = found.mappings().first()
    if row is None:
        raise PassUnknown
    return Binding(**row)


async def update_binding(tx: Tx, binding: Binding, **changes: Any) -> None:
    await tx.sql.execute(
        sa.update(bindings)
        .where(bindings.c.merchant_id == binding.merchant_id, bindings.c.id == binding.id)
        .values(**changes)
    )


async def news_of(tx: Tx, binding: Binding, what: Literal["saved", "removed"]) -> tuple[Event, ...]:
    """What is announced; nothing for one of Google's classes, which nobody saves."""
    if binding.card_id is None:
        return ()
    found = await tx.sql.execute(
        sa.select(cards.c.program_id).where(
            cards.c.merchant_id == binding.merchant_id, cards.c.id == binding.card_id
        )
    )
    announce = events.card_saved if what == "saved" else events.card_removed
    return (announce(binding.card_id, program=found.scalar_one(), wallet=binding.wallet, kind=binding.kind),)


def facts_of(binding: Binding) -> dict[str, Any]:
    return {
        "binding": binding.id,
        "card": binding.card_id,
        "wallet": binding.wallet,
        "kind": binding.kind,
    }

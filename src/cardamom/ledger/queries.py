"""The journal and the feed, as they are read. The merchant comes first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.ledger.tables import events, operations

MOST_PER_PAGE = 200


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal. reverses: what it took back; reversed_by: what took it back."""

    id: str
    kind: str
    actor: str
    outcome: str
    reason: str | None
    facts: dict[str, Any]
    location_id: str | None
    device: str | None
    occurred_at: datetime | None
    recorded_at: datetime
    reverses: str | None
    reversed_by: str | None = None


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a merchant's feed. position has no gaps."""

    id: str
    position: int
    type: str
    subject: str
    payload: dict[str, Any]
    operation: str
    recorded_at: datetime


_reversals = operations.alias("reversal")

_JOURNAL: sa.Select[Any] = sa.select(
    operations.c.id,
    operations.c.kind,
    operations.c.actor,
    operations.c.outcome,
    operations.c.reason,
    operations.c.facts,
    operations.c.location_id,
    operations.c.device,
    operations.c.occurred_at,
    operations.c.recorded_at,
    operations.c.reverses,
    sa.select(_reversals.c.id)
    .where(
        _reversals.c.merchant_id == operations.c.merchant_id,
        _reversals.c.reverses == operations.c.id,
        _reversals.c.outcome == "accepted",
    )
    .scalar_subquery()
    .label("reversed_by"),
)


async def operation_by_id(tx: AsyncConnection, merchant_id: str, operation_id: str) -> Operation | None:
    """One operation; operation_id must be an id."""
    found = await tx.execute(
        _JOURNAL.where(operations.c.merchant_id == merchant_id, operations.c.id == operation_id)
    )
    row = found.mappings().one_or_none()
    return None if row is None else Operation(**row)


async def journal_page(
    tx: AsyncConnection,
    merchant_id: str,
    *,
    limit: int,
    before: str | None = None,
    kinds: Collection[str] | None = None,
    outcome: str | None = None,
) -> list[Operation]:
    """Operations, latest first. before: the id of the last one of the page before. None: of any kind, any outcome."""
    statement = _JOURNAL.where(operations.c.merchant_id == merchant_id).order_by(operations.c.id.desc())
    if before is not None:
        statement = statement.where(operations.c.id < before)
    if kinds is not None:
        statement = statement.where(operations.c.kind.in_(sorted(kinds)))
    if outcome is not None:
        statement = statement.where(operations.c.outcome == outcome)
    found = await tx.execute(statement.limit(min(limit, MOST_PER_PAGE + 1)))
    return [Operation(**row) for row in found.mappings()]


async def feed_page(tx: AsyncConnection, merchant_id: str, *, after: int, limit: int) -> list[FeedEvent]:
    """Events behind a position, in order. An event has its position once it was dispatched, soon after it happened."""
    found = await tx.execute(
        sa.select(
            events.c.id,
            events.c.position,
            events.c.type,
            events.c.subject_id.label("subject"),
            events.c.payload,
            events.c.operation_id.label("operation"),
            events.c.recorded_at,
        )
        .where(events.c.merchant_id == merchant_id, events.c.position > after)
        .order_by(events.c.position)
        .limit(min(limit, MOST_PER_PAGE + 1))
    )
    return [FeedEvent(**row) for row in found.mappings()]

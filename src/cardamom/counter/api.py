"""Scans, undo, the journal and the feed over HTTP (DESIGN section 7). Thin: parse, one service call, shape."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import Parameter

from cardamom.access.identity import provide_actor, provide_idempotency_key, provide_merchant_id
from cardamom.access.permissions import SIGNED_IN, Permission
from cardamom.counter.schemas import ScanIn, ScanOut, UndoIn
from cardamom.counter.service import Counter
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import Malformed
from cardamom.kit.ids import is_id
from cardamom.ledger import queries
from cardamom.ledger.errors import OperationUnknown
from cardamom.ledger.queries import FeedEvent, Operation

PageLimit = Annotated[int, Parameter(ge=1, le=200, description="How many to answer with at most.")]


class UndoOut(msgspec.Struct, frozen=True, kw_only=True):
    """operation: the id of the operation that took the other one back. facts: where things stand now."""

    operation: str
    undoes: str
    recorded_at: datetime
    replayed: bool
    facts: dict[str, Any]


class Operations(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the journal, latest first. next: pass it as `after`; null on the last page."""

    items: list[Operation]
    next: str | None


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A page of events in order. next: the position to go on from, also when nothing is new."""

    items: list[FeedEvent]
    next: int


class ScanController(Controller):
    """What a scanner, a kiosk or a till sends."""

    path = "/api/v1/scans"
    tags = ["Scans"]

    # Which permission is needed depends on the code; the service asks for it.
    @post(opt={"permission": SIGNED_IN}, operation_id="scan", summary="Scan a code", status_code=200)
    async def scan(self, data: ScanIn, request: Request[Any, Any, Any], counter: Counter) -> ScanOut:
        """Stamp a card, offer or redeem a voucher. A refused scan is 200: the scanner worked."""
        # The hot path: several injected values would each become a task of their own (docs/benchmarks.md).
        actor = await provide_actor(request)
        merchant_id = await provide_merchant_id(request)
        return await counter.scan(
            data, actor=actor, merchant_id=merchant_id, key=provide_idempotency_key(request)
        )


class OperationController(Controller):
    """The journal: everything that was asked for, refusals included."""

    path = "/api/v1/operations"
    tags = ["Operations"]

    @get(
        opt={"permission": Permission.JOURNAL_READ},
        operation_id="listOperations",
        summary="Read the journal, latest first",
    )
    async def list_all(
        self,
        merchant_id: str,
        database: Database,
        limit: PageLimit = 50,
        after: str | None = None,
        kind: str | None = None,
    ) -> Operations:
        if after is not None and not is_id(after):
            raise Malformed(field="after")
        async with database.reading(merchant_id) as tx:
            found = await queries.journal_page(
                tx,
                merchant_id,
                limit=limit + 1,
                before=after,
                kinds=None if kind is None else [kind],
            )
        return Operations(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)

    @get(
        "/{operation_id:str}",
        opt={"permission": Permission.JOURNAL_READ},
        operation_id="getOperation",
        summary="Read one operation",
    )
    async def read(self, operation_id: str, merchant_id: str, database: Database) -> Operation:
        if not is_id(operation_id):
            raise OperationUnknown
        async with database.reading(merchant_id) as tx:
            found = await queries.operation_by_id(tx, merchant_id, operation_id)
        if found is None:
            raise OperationUnknown
        return found

    @post(
        "/{operation_id:str}/undo",
        opt={"permission": SIGNED_IN},
        operation_id="undoOperation",
        summary="Take an operation back",
        status_code=200,
    )
    async def undo(
        self,
        operation_id: str,
        actor: Actor,
        merchant_id: str,
        counter: Counter,
        idempotency_key: str,
        data: UndoIn | None = None,
    ) -> UndoOut:
        """A new operation that reverses a stamp or a redemption, once."""
        outcome = await counter.undo(
            operation_id,
            actor=actor,
            merchant_id=merchant_id,
            reason=None if data is None else data.reason,
            key=idempotency_key,
        )
        return UndoOut(
            operation=outcome.operation_id,
            undoes=operation_id,
            recorded_at=outcome.recorded_at,
            replayed=outcome.replayed,
            facts=outcome.facts,
        )


class EventController(Controller):
    """The feed of everything that happened, for whoever keeps a copy."""

    path = "/api/v1/events"
    tags = ["Events"]

    @get(
        opt={"permission": Permission.JOURNAL_READ},
        operation_id="listEvents",
        summary="Read the feed of events",
    )
    async def list_all(
        self,
        merchant_id: str,
        database: Database,
        limit: PageLimit = 50,
        after: Annotated[
            int, Parameter(ge=0, le=2**62, description="The position behind which to begin.")
        ] = 0,
    ) -> Feed:
        async with database.reading(merchant_id) as tx:
            found = await queries.feed_page(tx, merchant_id, after=after, limit=limit)
        return Feed(items=found, next=found[-1].position if found else after)


routes = [ScanController, OperationController, EventController]

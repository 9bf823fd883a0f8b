"""Vouchers and pools of codes over HTTP: `/api/v1/vouchers` and `/api/v1/pools`."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import QueryParameter

from cardamom.access.permissions import Permission
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.clock import now
from cardamom.kit.errors import Malformed, refusal
from cardamom.kit.ids import is_id
from cardamom.ledger.commands import Outcome
from cardamom.ledger.writer import Ledger
from cardamom.merchants.api import PageAfter, PageLimit
from cardamom.vouchers import queries, service
from cardamom.vouchers.errors import VoucherUnknown
from cardamom.vouchers.rules import Status
from cardamom.vouchers.schemas import (
    CancellationIn,
    CodesIn,
    Import,
    Pool,
    PoolIn,
    Pools,
    RedemptionAnswer,
    RedemptionIn,
    RejectedLine,
    Voucher,
    VoucherIn,
    Vouchers,
    sentence_of,
    shown,
)

MAY_READ = {"permission": Permission.VOUCHERS_READ}
MAY_ISSUE = {"permission": Permission.VOUCHERS_ISSUE}
MAY_REDEEM = {"permission": Permission.VOUCHERS_REDEEM}

OfCard = Annotated[str | None, QueryParameter(name="card", description="Only those of this card: its id.")]
OfCustomer = Annotated[
    str | None,
    QueryParameter(name="customer", description="Only those that were issued to this customer: their id."),
]


class VoucherController(Controller):
    """Issued rewards."""

    path = "/api/v1/vouchers"
    tags = ["Vouchers"]

    @get(opt=MAY_READ, operation_id="listVouchers", summary="List the vouchers, newest first")
    async def list_all(
        self,
        merchant_id: str,
        database: Database,
        status: Status | None = None,
        card_id: OfCard = None,
        customer_id: OfCustomer = None,
        limit: PageLimit = 50,
        after: PageAfter = None,
    ) -> Vouchers:
        at = now()
        wanted = queries.Filter(
            now=at,
            status=status,
            card_id=_checked_id(card_id, "card"),
            customer_id=_checked_id(customer_id, "customer"),
        )
        after = _checked_id(after, "after")
        async with database.reading(merchant_id) as tx:
            found = await queries.vouchers_of(tx, merchant_id, wanted, after=after, limit=limit + 1)
        page = [shown(each, now=at) for each in found[:limit]]
        return Vouchers(items=page, next=page[-1].id if len(found) > limit else None)

    @post(
        opt=MAY_ISSUE,
        operation_id="issueVoucher",
        summary="Issue a voucher by hand, for a reward or on terms of its own",
    )
    async def issue(
        self,
        data: VoucherIn,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Voucher:
        issued = await service.issue_voucher(
            ledger, actor=actor, merchant_id=merchant_id, new=data, key=idempotency_key
        )
        return await _read(database, merchant_id, issued.facts["voucher"])

    @get("/{voucher_id:str}", opt=MAY_READ, operation_id="getVoucher", summary="Read a voucher")
    async def read(self, voucher_id: str, merchant_id: str, database: Database) -> Voucher:
        return await _read(database, merchant_id, voucher_id)

    @post(
        "/{voucher_id:str}/redeem",
        opt=MAY_REDEEM,
        operation_id="redeemVoucher",
        summary="Use a voucher once; a refusal is an answer, not an error",
        status_code=200,
    )
    async def redeem(
        self,
        voucher_id: str,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
        data: RedemptionIn | None = None,
    ) -> RedemptionAnswer:
        outcome = await service.redeem_voucher(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            voucher_id=voucher_id,
            at=data or RedemptionIn(),
            key=idempotency_key,
        )
        return await _answer(database, merchant_id, voucher_id, outcome)

    @post(
        "/{voucher_id:str}/cancel",
        opt=MAY_ISSUE,
        operation_id="cancelVoucher",
        summary="Take back a voucher that nobody has used",
        status_code=200,
    )
    async def cancel(
        self,
        voucher_id: str,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
        data: CancellationIn | None = None,
    ) -> Voucher:
        await service.cancel_voucher(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            voucher_id=voucher_id,
            reason=None if data is None else data.reason,
            key=idempotency_key,
        )
        return await _read(database, merchant_id, voucher_id)


def _checked_id(given: str | None, field: str) -> str | None:
    if given is not None and not is_id(given):
        raise Malformed(field=field)
    return given


async def _read(database: Database, merchant_id: str, voucher_id: str) -> Voucher:
    async with database.reading(merchant_id) as tx:
        return shown(await queries.voucher_by_id(tx, merchant_id, voucher_id), now=now())


async def _answer(
    database: Database, merchant_id: str, voucher_id: str, outcome: Outcome
) -> RedemptionAnswer:
    """A voucher that is not this merchant's is a 404 here: the address names it. Raises VoucherUnknown."""
    if outcome.reason == VoucherUnknown.code:
        raise outcome.refusal()
    fresh = outcome.aside
    voucher = await _read(database, merchant_id, voucher_id) if fresh is None else shown(fresh, now=now())
    return RedemptionAnswer(
        outcome=outcome.outcome,
        reason=outcome.reason,
        sentence=sentence_of(outcome),
        operation=outcome.operation_id,
        voucher=voucher,
    )


class PoolController(Controller):
    """Codes that another system gave out."""

    path = "/api/v1/pools"
    tags = ["Vouchers"]

    @get(opt=MAY_READ, operation_id="listPools", summary="List the pools of codes")
    async def list_all(
        self, merchant_id: str, database: Database, limit: PageLimit = 50, after: PageAfter = None
    ) -> Pools:
        after = _checked_id(after, "after")
        async with database.reading(merchant_id) as tx:
            found = await queries.pools_of(tx, merchant_id, after=after, limit=limit + 1)
        page = found[:limit]
        return Pools(items=page, next=page[-1].id if len(found) > limit else None)

    @get("/{pool_id:str}", opt=MAY_READ, operation_id="getPool", summary="Read a pool of codes")
    async def read(self, pool_id: str, merchant_id: str, database: Database) -> Pool:
        async with database.reading(merchant_id) as tx:
            return await queries.pool_by_id(tx, merchant_id, pool_id)

    @post(opt=MAY_ISSUE, operation_id="createPool", summary="Begin a pool of codes")
    async def create(
        self,
        data: PoolIn,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Pool:
        created = await service.create_pool(
            ledger, actor=actor, merchant_id=merchant_id, name=data.name, key=idempotency_key
        )
        async with database.reading(merchant_id) as tx:
            return await queries.pool_by_id(tx, merchant_id, created.facts["pool"])

    @post(
        "/{pool_id:str}/codes",
        opt=MAY_ISSUE,
        operation_id="importPoolCodes",
        summary="Add codes to a pool; lines that cannot be taken are reported",
        status_code=200,
    )
    async def import_codes(
        self,
        pool_id: str,
        data: CodesIn,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Import:
        outcome = await service.import_pool_codes(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            pool_id=pool_id,
            codes=data.codes,
            key=idempotency_key,
        )
        async with database.reading(merchant_id) as tx:
            pool = await queries.pool_by_id(tx, merchant_id, pool_id)
        return Import(
            operation=outcome.operation_id,
            added=outcome.facts["added"],
            rejected=outcome.facts["rejected"],
            lines=[
                RejectedLine(**line, sentence=refusal(line["reason"], {}).sentence())
                for line in outcome.facts["lines"]
            ],
            pool=pool,
        )


routes = [VoucherController, PoolController]

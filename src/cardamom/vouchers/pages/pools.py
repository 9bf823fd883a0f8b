"""`/app/pools`: codes that another system gave out, how many are left, and more of them."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect, Template

from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import Refused, refusal
from cardamom.ledger.commands import Outcome, new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.schemas import Merchant
from cardamom.vouchers import queries, service
from cardamom.vouchers.forms import CodesForm, PoolForm, codes_in
from cardamom.vouchers.pages.frame import MAY_ISSUE, MAY_READ, AnyRequest, frame, require_form_matter
from cardamom.vouchers.schemas import MAX_CODES, Pool

_LIST: Final = "/app/pools"
#: Fewer than these are few: time to ask the other system for more.
_FEW: Final = 20


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. lines: (number, why) of the first that were not taken; rejected: how many in all."""

    added: int
    rejected: int
    lines: list[tuple[int, str]]


class PoolPages(Controller):
    path = _LIST
    include_in_schema = False

    @get(opt=MAY_READ)
    async def list_all(self, merchant: Merchant, actor: Actor, database: Database) -> Template:
        return await _list_page(PoolForm(), merchant, actor, database)

    @post(opt=MAY_ISSUE)
    async def create(
        self, request: AnyRequest, merchant: Merchant, actor: Actor, ledger: Ledger, database: Database
    ) -> Template | Redirect:
        form = PoolForm(await request.form())
        if not form.validate():
            return await _list_page(form, merchant, actor, database)
        try:
            created = await service.create_pool(
                ledger, actor=actor, merchant_id=merchant.id, name=form.text("name"), key=form.act_key()
            )
        except Refused as refused:
            require_form_matter(refused)
            form.key.data = new_key()
            form.refuse(refused, {}, otherwise="name")
            return await _list_page(form, merchant, actor, database)
        return Redirect(f"{_LIST}/{created.facts['pool']}", status_code=303)

    @get("/{pool_id:str}", opt=MAY_READ)
    async def read(self, pool_id: str, merchant: Merchant, actor: Actor, database: Database) -> Template:
        return await _pool_page(pool_id, CodesForm(), merchant, actor, database)

    @post("/{pool_id:str}", opt=MAY_ISSUE)
    async def import_codes(
        self,
        request: AnyRequest,
        pool_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
    ) -> Template:
        """The page that follows tells what was taken; sending it again tells the same."""
        data = await request.form()
        form = CodesForm(data)
        try:
            codes = codes_in(_typed(data.get("codes")), await _read(data.get("file")))
        except ValueError as error:
            form.codes.errors = [str(error)]
            return await _pool_page(pool_id, form, merchant, actor, database, status=422)
        try:
            outcome = await service.import_pool_codes(
                ledger,
                actor=actor,
                merchant_id=merchant.id,
                pool_id=pool_id,
                codes=codes,
                key=form.act_key(),
            )
        except Refused as refused:
            require_form_matter(refused)
            form.key.data = new_key()
            form.refuse(refused, {}, otherwise="codes")
            return await _pool_page(pool_id, form, merchant, actor, database, status=refused.status)
        return await _pool_page(pool_id, CodesForm(), merchant, actor, database, report=_report(outcome))


def _typed(given: object) -> str:
    return given if isinstance(given, str) else ""


async def _read(given: object) -> bytes | None:
    """A file that was chosen; browsers send an empty one where none was. The size of a request is limited."""
    if not isinstance(given, UploadFile):
        return None
    content: bytes = await given.read()
    return content or None


def _report(outcome: Outcome) -> Report:
    return Report(
        added=outcome.facts["added"],
        rejected=outcome.facts["rejected"],
        lines=[(line["line"], refusal(line["reason"], {}).sentence()) for line in outcome.facts["lines"]],
    )


def _is_low(pool: Pool) -> bool:
    return pool.left < _FEW


async def _list_page(form: PoolForm, merchant: Merchant, actor: Actor, database: Database) -> Template:
    async with database.reading(merchant.id) as tx:
        pools = await queries.pools_of(tx, merchant.id)
    context: dict[str, Any] = {**frame(merchant, actor), "pools": pools, "form": form, "is_low": _is_low}
    return Template("vouchers/pools.html", context=context, status_code=422 if form.errors else 200)


async def _pool_page(
    pool_id: str,
    form: CodesForm,
    merchant: Merchant,
    actor: Actor,
    database: Database,
    *,
    report: Report | None = None,
    status: int = 200,
) -> Template:
    """Raises PoolUnknown."""
    async with database.reading(merchant.id) as tx:
        pool = await queries.pool_by_id(tx, merchant.id, pool_id)
    context = {
        **frame(merchant, actor),
        "pool": pool,
        "form": form,
        "report": report,
        "most": MAX_CODES,
        "is_low": _is_low(pool),
    }
    return Template("vouchers/pool.html", context=context, status_code=status)


routes = [PoolPages]

"""`/app/journal`: everything that was asked for, refusals included, and the reversal of what was wrong."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template

from cardamom.access.permissions import Permission
from cardamom.access.sessions import Session
from cardamom.counter.forms import ReversalForm
from cardamom.counter.journal import GROUPS, SETTINGS_KINDS, by_day, lines_of
from cardamom.counter.names import names_around
from cardamom.counter.service import Counter
from cardamom.db.database import Database
from cardamom.kit.clock import local_day, now
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import _
from cardamom.kit.ids import is_id
from cardamom.ledger.errors import OperationUnknown
from cardamom.ledger.queries import journal_page, operation_by_id
from cardamom.merchants.frame import dashboard_frame
from cardamom.merchants.schemas import Merchant

_MAY_READ: Final = {"permission": Permission.JOURNAL_READ}
_MAY_REVERSE: Final = {"permission": Permission.OPERATIONS_REVERSE}
_PAGE: Final = 50
_JOURNAL: Final = "/app/journal"
_AT_THE_FORM = frozenset({404, 409, 410, 422})

AnyRequest = Request[Any, Any, Any]


class JournalPages(Controller):
    path = _JOURNAL
    include_in_schema = False

    @get(opt=_MAY_READ)
    async def list_all(
        self, merchant: Merchant, session: Session, database: Database, show: str = "all", after: str = ""
    ) -> Template:
        """Latest first. show: one of the tabs; anything else shows all."""
        tabs = _tabs()
        show = show if show in {name for name, _words, _url in tabs} else "all"
        cursor = after if is_id(after) else None
        async with database.reading(merchant.id) as tx:
            found = await journal_page(
                tx,
                merchant.id,
                limit=_PAGE + 1,
                before=cursor,
                kinds=_kinds(show),
                outcome="refused" if show == "refused" else None,
            )
            names = await names_around(tx, merchant.id, found)
        lines = lines_of(merchant, found[:_PAGE], names)
        more = {"show": show, "after": found[_PAGE - 1].id} if len(found) > _PAGE else None
        return Template(
            "counter/journal.html",
            context={
                **dashboard_frame(session.actor, merchant),
                "days": by_day(lines, time_zone=merchant.time_zone),
                "today": local_day(now(), time_zone=merchant.time_zone),
                "tabs": tabs,
                "show": show,
                "next_url": f"{_JOURNAL}?{urlencode(more)}" if more else "",
                "first_url": _address(show) if cursor else "",
            },
        )

    @get("/{operation_id:str}", opt=_MAY_READ)
    async def read(
        self, request: AnyRequest, operation_id: str, merchant: Merchant, session: Session, database: Database
    ) -> Template:
        return await _operation_page(
            merchant, session, database, operation_id, is_done="reversed" in request.query_params
        )

    @post("/{operation_id:str}/reverse", opt=_MAY_REVERSE)
    async def reverse(
        self,
        request: AnyRequest,
        operation_id: str,
        merchant: Merchant,
        session: Session,
        database: Database,
        counter: Counter,
    ) -> Template | Redirect:
        form = ReversalForm(await request.form())
        if not form.validate():
            return await _operation_page(merchant, session, database, operation_id, form=form, status=422)
        try:
            await counter.undo(
                operation_id,
                actor=session.actor,
                merchant_id=merchant.id,
                reason=form.reason.data,
                key=form.act_key(),
            )
        except Refused as refusal:
            if refusal.status not in _AT_THE_FORM:
                raise
            # With a new key: the old one has its answer.
            again = ReversalForm(data={"reason": form.text("reason")})
            again.refuse(refusal, {}, otherwise="reason")
            return await _operation_page(
                merchant, session, database, operation_id, form=again, status=refusal.status
            )
        return Redirect(f"{_JOURNAL}/{operation_id}?reversed=1", status_code=303)


async def _operation_page(
    merchant: Merchant,
    session: Session,
    database: Database,
    operation_id: str,
    *,
    form: ReversalForm | None = None,
    status: int = 200,
    is_done: bool = False,
) -> Template:
    """One operation with everything that is known of it. form: a reversal that was refused. Raises OperationUnknown."""
    if not is_id(operation_id):
        raise OperationUnknown
    async with database.reading(merchant.id) as tx:
        operation = await operation_by_id(tx, merchant.id, operation_id)
        if operation is None:
            raise OperationUnknown
        names = await names_around(tx, merchant.id, [operation])
    (line,) = lines_of(merchant, [operation], names)
    may_reverse = Permission.OPERATIONS_REVERSE in session.actor.permissions
    return Template(
        "counter/operation.html",
        context={
            **dashboard_frame(session.actor, merchant),
            "line": line,
            "form": form or ReversalForm(),
            "is_refused": form is not None,
            "is_done": is_done,
            "may_reverse": may_reverse and line.is_reversible,
        },
        status_code=status,
    )


def _kinds(show: str) -> frozenset[str] | None:
    if show == "settings":
        return SETTINGS_KINDS
    return GROUPS[show][1] if show in GROUPS else None


def _tabs() -> list[tuple[str, str, str]]:
    """(name, words, address) of what the journal can be narrowed to."""
    words = {
        "all": _("All"),
        **{name: str(group[0]) for name, group in GROUPS.items()},
        "settings": _("Settings"),
        "refused": _("Refused"),
    }
    return [(name, text, _address(name)) for name, text in words.items()]


def _address(show: str) -> str:
    return _JOURNAL if show == "all" else f"{_JOURNAL}?{urlencode({'show': show})}"

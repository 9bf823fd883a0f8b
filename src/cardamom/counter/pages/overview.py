"""`/app`: how the shop is doing today, what wants attention, and the first steps of a new one."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template

from cardamom.access.permissions import SIGNED_IN, Permission
from cardamom.access.sessions import Session
from cardamom.counter.notices import told
from cardamom.counter.overview import close_cards, first_steps, numbers_since, period_of
from cardamom.db.database import Database
from cardamom.kit.clock import local_day, now
from cardamom.kit.forms import Form
from cardamom.kit.i18n import current
from cardamom.ledger.writer import Ledger
from cardamom.merchants.frame import dashboard_frame
from cardamom.merchants.queries import notices_of
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.service import read_notices


class OverviewPages(Controller):
    path = "/app"
    include_in_schema = False

    # Everybody who signs in arrives here; who may not read the numbers has come to serve.
    @get(opt={"permission": SIGNED_IN})
    async def show(self, merchant: Merchant, session: Session, database: Database) -> Template | Redirect:
        if Permission.JOURNAL_READ not in session.actor.permissions:
            return Redirect("/till", status_code=303)
        at = now()
        period = period_of(at, time_zone=merchant.time_zone, calendar=current().calendar)
        async with database.reading(merchant.id) as tx:
            numbers = await numbers_since(tx, merchant.id, period)
            close_count, close = await close_cards(tx, merchant.id)
            steps = await first_steps(tx, merchant.id)
            notices = await notices_of(tx, merchant.id)
        unread = [notice for notice in notices if notice.read_at is None]
        return Template(
            "counter/overview.html",
            context={
                **dashboard_frame(session.actor, merchant),
                "today": local_day(at, time_zone=merchant.time_zone),
                "numbers": numbers,
                "close": close,
                "close_count": close_count,
                "steps": steps,
                "notices": told(unread),
                "notice_key": Form().key,
                "may_read_notices": Permission.MERCHANTS_WRITE in session.actor.permissions,
            },
        )

    @post("/notices/read", opt={"permission": Permission.MERCHANTS_WRITE})
    async def read_notices(
        self, request: Request[Any, Any, Any], merchant: Merchant, session: Session, ledger: Ledger
    ) -> Redirect:
        """Put away what the owner has seen: everything up to the newest notice that the page showed."""
        sent = await request.form()
        await read_notices(
            ledger,
            actor=session.actor,
            merchant_id=merchant.id,
            up_to=str(sent.get("up_to", "")),
            key=Form(sent).act_key(),
        )
        return Redirect("/app", status_code=303)

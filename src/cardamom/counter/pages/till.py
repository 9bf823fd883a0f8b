"""`/till`: the counter, installable. What happens there goes through the API like everybody else's scans."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Request, get
from litestar.response import Template

from cardamom.access.identity import form_token
from cardamom.access.permissions import PUBLIC, Permission
from cardamom.access.sessions import Session
from cardamom.counter.till import till_settings
from cardamom.db.database import Database
from cardamom.merchants.frame import language_links
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.queries import programs_of

_MANIFEST = "application/manifest+json"


class TillPages(Controller):
    path = "/till"
    include_in_schema = False

    @get(opt={"permission": Permission.CARDS_STAMP})
    async def show(
        self, request: Request[Any, Any, Any], merchant: Merchant, session: Session, database: Database
    ) -> Template:
        async with database.reading(merchant.id) as tx:
            programs = await programs_of(tx, merchant.id)
        settings = till_settings(merchant, programs, session.actor, csrf_token=form_token(request))
        return Template(
            "counter/till.html",
            context={
                "settings": msgspec.to_builtins(settings),
                "merchant_name": text_for_reader(merchant, merchant.name),
                "languages": language_links(()),
                "may_open_dashboard": Permission.JOURNAL_READ in session.actor.permissions,
            },
        )

    # Browsers ask for it without the session, and it holds nothing of anybody's.
    @get("/manifest.webmanifest", opt={"permission": PUBLIC}, sync_to_thread=False)
    def manifest(self) -> Template:
        return Template("counter/manifest.webmanifest", media_type=_MANIFEST)

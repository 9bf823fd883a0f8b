"""`/app/account`: one's own password, and signing out everywhere."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from cardamom.access import service
from cardamom.access.cookies import no_session_cookie, session_cookie
from cardamom.access.forms import ActForm, PasswordForm
from cardamom.access.identity import Identity, set_cookie
from cardamom.access.permissions import SIGNED_IN
from cardamom.access.queries import membership_of, staff_member_by_id
from cardamom.access.sessions import Session
from cardamom.access.wording import ROLE_WORDS
from cardamom.db.database import Database
from cardamom.kit.errors import NotSignedIn, Refused
from cardamom.ledger.writer import Ledger
from cardamom.merchants.frame import dashboard_frame
from cardamom.merchants.schemas import Merchant

_FIELDS = {"password_wrong": "current"}
_AT_THE_FORM = frozenset({403, 422, 429})

AnyRequest = Request[Any, Any, Any]


class AccountPage(Controller):
    path = "/app/account"
    include_in_schema = False

    @get(opt={"permission": SIGNED_IN})
    async def show(
        self, request: AnyRequest, session: Session, merchant: Merchant, database: Database
    ) -> Template:
        return await _page(
            PasswordForm(), session, merchant, database, is_saved="saved" in request.query_params
        )

    @post("/password", opt={"permission": SIGNED_IN})
    async def change_password(
        self,
        request: AnyRequest,
        session: Session,
        merchant: Merchant,
        identity: Identity,
        ledger: Ledger,
        database: Database,
    ) -> Template | Redirect:
        """Every session of the person ends, and this browser gets a new one."""
        form = PasswordForm(await request.form())
        if not form.validate():
            return await _page(form, session, merchant, database)
        person_id = str(session.actor.id)
        try:
            await identity.sign_in_limits.take(address=identity.address_of(request.scope), login=person_id)
            await service.change_own_password(
                ledger,
                database,
                actor=session.actor,
                merchant_id=merchant.id,
                passwords=identity.passwords,
                current=form.text("current"),
                password=form.text("password"),
                key=form.act_key(),
            )
        except Refused as refusal:
            if refusal.status not in _AT_THE_FORM:
                raise
            form.refuse(refusal, _FIELDS, otherwise="password")
            return await _page(form, session, merchant, database)
        identity.sessions.forget()
        await _begin_again(request, identity, database, session)
        return Redirect("/app/account?saved=1", status_code=303)

    @post("/signout", opt={"permission": SIGNED_IN})
    async def sign_out_everywhere(
        self, request: AnyRequest, session: Session, identity: Identity
    ) -> Redirect:
        await identity.sessions.end_all_of(str(session.actor.id))
        set_cookie(request, no_session_cookie(secure=identity.is_secure(request.scope)))
        return Redirect("/signin", status_code=303)


async def _begin_again(request: AnyRequest, identity: Identity, database: Database, session: Session) -> None:
    async with database.reading(session.merchant_id) as tx:
        membership = await membership_of(tx, session.merchant_id, str(session.actor.id))
    if membership is None:
        raise NotSignedIn
    secret = await identity.sessions.begin(membership, user_agent=request.headers.get("user-agent", ""))
    set_cookie(request, session_cookie(secret, secure=identity.is_secure(request.scope)))


async def _page(
    form: PasswordForm, session: Session, merchant: Merchant, database: Database, *, is_saved: bool = False
) -> Template:
    async with database.reading(merchant.id) as tx:
        person = await staff_member_by_id(tx, merchant.id, str(session.actor.id))
    context = {
        **dashboard_frame(session.actor, merchant),
        "person": person,
        "role_words": ROLE_WORDS,
        "form": form,
        "act": ActForm,
        "is_saved": is_saved,
    }
    return Template("access/account.html", context=context, status_code=422 if form.errors else 200)


routes: list[ControllerRouterHandler] = [AccountPage]

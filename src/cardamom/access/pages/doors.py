"""`/signin` and `/signout`."""

import re
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from cardamom.access.cookies import SESSION_COOKIE, cookie_in, no_session_cookie, session_cookie
from cardamom.access.forms import SignInForm
from cardamom.access.identity import Identity, caller_of, set_cookie
from cardamom.access.permissions import PUBLIC
from cardamom.access.signing_in import sign_in
from cardamom.db.database import Database
from cardamom.kit.errors import Refused
from cardamom.merchants.frame import language_links

_HOME = "/app"
#: A path on this server. "//elsewhere" and "/\elsewhere" lead to other servers.
_LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}")

AnyRequest = Request[Any, Any, Any]


class SignInPage(Controller):
    path = "/signin"
    include_in_schema = False

    @get(opt={"permission": PUBLIC})
    async def show(self, request: AnyRequest, identity: Identity) -> Template | Redirect:
        if not await identity.is_set_up():
            return Redirect("/setup", status_code=303)
        wanted = _local(request.query_params.get("next", ""))
        if (await caller_of(request)).session is not None:
            return Redirect(wanted, status_code=303)
        return _page(request, SignInForm(data={"next": wanted}))

    @post(opt={"permission": PUBLIC})
    async def submit(
        self, request: AnyRequest, identity: Identity, database: Database
    ) -> Template | Redirect:
        form = SignInForm(await request.form())
        if not form.validate():
            return _page(request, form, status=422)
        try:
            secret = await sign_in(
                database,
                sessions=identity.sessions,
                passwords=identity.passwords,
                limits=identity.sign_in_limits,
                login=form.text("login"),
                password=form.text("password"),
                address=identity.address_of(request.scope),
                user_agent=request.headers.get("user-agent", ""),
            )
        except Refused as refusal:
            return _refused(request, form, refusal)
        before = cookie_in(request.scope["headers"], SESSION_COOKIE)
        if before is not None:
            await identity.sessions.end(before)
        set_cookie(request, session_cookie(secret, secure=identity.is_secure(request.scope)))
        return Redirect(_local(form.text("next")), status_code=303)


@post("/signout", opt={"permission": PUBLIC}, include_in_schema=False)
async def sign_out(request: AnyRequest, identity: Identity) -> Redirect:
    """Ends the session on the server; somebody whose session has ended already is signed out as well."""
    secret = cookie_in(request.scope["headers"], SESSION_COOKIE)
    if secret is not None:
        await identity.sessions.end(secret)
    set_cookie(request, no_session_cookie(secure=identity.is_secure(request.scope)))
    return Redirect("/signin", status_code=303)


def sign_in_address(path: str) -> str:
    """Where to send somebody who asked for a page and has to sign in first. path: with its query."""
    return f"/signin?{urlencode({'next': path})}" if _local(path) != _HOME else "/signin"


def _local(path: str) -> str:
    """The path when it leads to a page of ours, else the dashboard."""
    return path if _LOCAL_PATH.fullmatch(path) else _HOME


def _refused(request: AnyRequest, form: SignInForm, refusal: Refused) -> Template:
    headers = {}
    if "retry_after_seconds" in refusal.facts:
        headers["Retry-After"] = str(refusal.facts["retry_after_seconds"])
    return _page(request, form, status=refusal.status, refused=refusal.sentence(), headers=headers)


def _page(
    request: AnyRequest,
    form: SignInForm,
    *,
    status: int = 200,
    refused: str | None = None,
    headers: dict[str, str] | None = None,
) -> Template:
    context = {
        "form": form,
        "refused": refused,
        "languages": language_links(request.query_params.multi_items()),
    }
    return Template("access/signin.html", context=context, status_code=status, headers=headers)


routes: list[ControllerRouterHandler] = [SignInPage, sign_out]

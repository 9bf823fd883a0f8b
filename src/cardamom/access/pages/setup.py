"""`/setup`: the first business and its owner. There only while nobody exists who could sign in."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from cardamom.access import service
from cardamom.access.addresses import is_from_this_machine
from cardamom.access.cookies import session_cookie
from cardamom.access.errors import AlreadySetUp, SetupTokenWrong
from cardamom.access.forms import SetUpForm
from cardamom.access.identity import Identity, set_cookie
from cardamom.access.permissions import PUBLIC
from cardamom.access.schemas import Membership, NewPerson
from cardamom.kit.errors import NotFound, Refused
from cardamom.kit.i18n import _, current_language
from cardamom.ledger.writer import Ledger
from cardamom.merchants.frame import language_links
from cardamom.merchants.places import language_choices, region_choices, time_zone_choices
from cardamom.merchants.rules import regions, time_zones_of
from cardamom.merchants.schemas import NewMerchant

_FIELDS = {
    "login_malformed": "login",
    "login_taken": "login",
    "password_too_short": "password",
    "password_too_long": "password",
    "password_too_common": "password",
    "person_name_missing": "name",
    "time_zone_needed": "time_zone",
    "time_zone_unknown": "time_zone",
    "region_unknown": "region",
    "language_unsupported": "language",
}


class SetUpPage(Controller):
    path = "/setup"
    include_in_schema = False

    @get(opt={"permission": PUBLIC})
    async def show(self, request: Request[Any, Any, Any], identity: Identity) -> Template:
        token = request.query_params.get("token", "")
        await _require_open(request, identity, token)
        return _page(request, SetUpForm(data={"language": current_language(), "token": token}))

    @post(opt={"permission": PUBLIC})
    async def submit(
        self, request: Request[Any, Any, Any], identity: Identity, ledger: Ledger
    ) -> Template | Redirect:
        form = SetUpForm(await request.form())
        await _require_open(request, identity, form.text("token"))
        _fill_choices(form)
        if not form.validate():
            return _page(request, form)
        try:
            done = await service.set_up(
                ledger, passwords=identity.passwords, merchant=_merchant_of(form), owner=_owner_of(form)
            )
        except AlreadySetUp:
            return Redirect("/signin", status_code=303)
        except Refused as refusal:
            if refusal.status not in (409, 422):
                raise
            form.refuse(refusal, _FIELDS, otherwise="business")
            return _page(request, form)
        identity.setup_token.discard()
        owner = Membership(
            merchant_id=done.facts["merchant_id"],
            person_id=done.facts["person_id"],
            role="owner",
            location_id=None,
        )
        secret = await identity.sessions.begin(owner, user_agent=request.headers.get("user-agent", ""))
        set_cookie(request, session_cookie(secret, secure=identity.is_secure(request.scope)))
        return Redirect("/app", status_code=303)


async def _require_open(request: Request[Any, Any, Any], identity: Identity, token: str) -> None:
    """Raises NotFound once somebody exists, and SetupTokenWrong for a visitor from elsewhere without the token."""
    if await identity.is_set_up():
        raise NotFound
    peer = request.scope.get("client")
    if is_from_this_machine(peer[0] if peer else None, request.scope["headers"]):
        return
    if not identity.setup_token.matches(token):
        raise SetupTokenWrong


def _merchant_of(form: SetUpForm) -> NewMerchant:
    # A time zone that was chosen for another country, before that was corrected, does not count.
    is_there = form.text("time_zone") in time_zones_of(form.text("region"))
    return NewMerchant(
        name={form.text("language"): form.text("business")},
        language=form.text("language"),
        region=form.text("region"),
        time_zone=form.text("time_zone") if is_there else None,
    )


def _owner_of(form: SetUpForm) -> NewPerson:
    return NewPerson(
        name=form.text("name"),
        login=form.text("login"),
        password=form.text("password"),
        language=current_language(),
    )


def _fill_choices(form: SetUpForm) -> None:
    """Countries, languages, and the time zones of the country that was chosen."""
    region = form.text("region") if form.text("region") in regions() else ""
    form.language.choices = language_choices()
    form.region.choices = {"": _("Choose a country"), **region_choices()}
    form.time_zone.choices = {"": _("Choose a time zone"), **(time_zone_choices(region) if region else {})}


def _page(request: Request[Any, Any, Any], form: SetUpForm) -> Template:
    _fill_choices(form)
    context = {
        "form": form,
        "asks_time_zone": len(time_zones_of(form.text("region"))) > 1,
        "languages": language_links(request.query_params.multi_items()),
    }
    return Template("access/setup.html", context=context, status_code=422 if form.errors else 200)


routes: list[ControllerRouterHandler] = [SetUpPage]

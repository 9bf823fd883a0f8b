"""`/app/staff`: who belongs to the business, in which role."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from cardamom.access import queries, service
from cardamom.access.forms import ActForm, RoleForm, StaffForm
from cardamom.access.identity import Identity
from cardamom.access.permissions import Permission
from cardamom.access.rules import made_password
from cardamom.access.schemas import NewPerson, StaffMember
from cardamom.access.wording import ROLE_EXPLANATIONS, ROLE_WORDS
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import _, current_language
from cardamom.kit.localised import pick
from cardamom.ledger.writer import Ledger
from cardamom.merchants.frame import dashboard_frame
from cardamom.merchants.places import language_choices
from cardamom.merchants.queries import locations_of
from cardamom.merchants.schemas import Location, Merchant

MANAGE = {"permission": Permission.ACCESS_MANAGE}

_FIELDS = {"login_malformed": "login", "login_taken": "login", "role_unknown": "role"}
_AT_THE_FORM = frozenset({409, 422})

AnyRequest = Request[Any, Any, Any]


class StaffPages(Controller):
    """The list, somebody new, and what an owner changes about one person."""

    path = "/app/staff"
    include_in_schema = False

    @get(opt=MANAGE)
    async def list_all(self, merchant: Merchant, actor: Actor, database: Database) -> Template:
        async with database.reading(merchant.id) as tx:
            people = await queries.staff_of(tx, merchant.id)
            places = await locations_of(tx, merchant.id)
        context = {
            **dashboard_frame(actor, merchant),
            "people": people,
            "role_words": ROLE_WORDS,
            "places": _names(places, merchant),
        }
        return Template("access/staff.html", context=context)

    @get("/new", opt=MANAGE)
    async def begin(self, merchant: Merchant, actor: Actor, database: Database) -> Template:
        return await _new_page(
            StaffForm(data={"language": merchant.language, "role": "staff"}), merchant, actor, database
        )

    @post(opt=MANAGE)
    async def add(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        identity: Identity,
    ) -> Template:
        """The page that follows shows the password, this once."""
        form = StaffForm(await request.form())
        form.language.choices = language_choices()
        if not form.validate():
            return await _new_page(form, merchant, actor, database)
        password = made_password()
        try:
            added = await service.add_staff(
                ledger,
                actor=actor,
                merchant_id=merchant.id,
                passwords=identity.passwords,
                new=NewPerson(
                    name=form.text("name"),
                    login=form.text("login"),
                    password=password,
                    language=form.text("language"),
                ),
                role=form.text("role"),
                location_id=form.text("location") or None,
                key=form.act_key(),
            )
        except Refused as refusal:
            if refusal.status not in _AT_THE_FORM:
                raise
            form.refuse(refusal, _FIELDS, otherwise="name")
            return await _new_page(form, merchant, actor, database)
        person = await _person(database, merchant, added.facts["person_id"])
        return _password_page(person, None if added.replayed else password, merchant, actor)

    @get("/{person_id:str}", opt=MANAGE)
    async def read(self, person_id: str, merchant: Merchant, actor: Actor, database: Database) -> Template:
        person = await _person(database, merchant, person_id)
        return _person_page(person, RoleForm(data={"role": person.role}), merchant, actor)

    @post("/{person_id:str}/role", opt=MANAGE)
    async def change_role(
        self,
        request: AnyRequest,
        person_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        identity: Identity,
    ) -> Template | Redirect:
        form = RoleForm(await request.form())
        try:
            await service.change_role(
                ledger,
                actor=actor,
                merchant_id=merchant.id,
                person_id=person_id,
                role=form.text("role"),
                key=form.act_key(),
            )
        except Refused as refusal:
            if refusal.status not in _AT_THE_FORM:
                raise
            form.refuse(refusal, {}, otherwise="role")
            return _person_page(await _person(database, merchant, person_id), form, merchant, actor)
        identity.sessions.forget()
        return Redirect("/app/staff", status_code=303)

    @post("/{person_id:str}/password", opt=MANAGE)
    async def reset_password(
        self,
        request: AnyRequest,
        person_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        identity: Identity,
    ) -> Template:
        """The page that follows shows the new password, this once."""
        form = ActForm(await request.form())
        password = made_password()
        try:
            done = await service.reset_password(
                ledger,
                actor=actor,
                merchant_id=merchant.id,
                passwords=identity.passwords,
                person_id=person_id,
                password=password,
                key=form.act_key(),
            )
        except Refused as refusal:
            return await _refused_page(refusal, person_id, merchant, actor, database)
        identity.sessions.forget()
        person = await _person(database, merchant, person_id)
        return _password_page(person, None if done.replayed else password, merchant, actor)

    @post("/{person_id:str}/remove", opt=MANAGE)
    async def remove(
        self,
        request: AnyRequest,
        person_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        identity: Identity,
    ) -> Template | Redirect:
        form = ActForm(await request.form())
        try:
            await service.remove_staff(
                ledger, actor=actor, merchant_id=merchant.id, person_id=person_id, key=form.act_key()
            )
        except Refused as refusal:
            return await _refused_page(refusal, person_id, merchant, actor, database)
        identity.sessions.forget()
        return Redirect("/app/staff", status_code=303)


async def _person(database: Database, merchant: Merchant, person_id: str) -> StaffMember:
    """Raises NotFound."""
    async with database.reading(merchant.id) as tx:
        return await queries.staff_member_by_id(tx, merchant.id, person_id)


async def _new_page(form: StaffForm, merchant: Merchant, actor: Actor, database: Database) -> Template:
    async with database.reading(merchant.id) as tx:
        places = [place for place in await locations_of(tx, merchant.id) if place.closed_at is None]
    form.language.choices = language_choices()
    form.location.choices = {"": _("Everywhere"), **_names(places, merchant)}
    context = {
        **dashboard_frame(actor, merchant),
        "form": form,
        "explanations": ROLE_EXPLANATIONS,
        "role_words": ROLE_WORDS,
    }
    return Template("access/staff_new.html", context=context, status_code=422 if form.errors else 200)


def _person_page(
    person: StaffMember, form: RoleForm, merchant: Merchant, actor: Actor, *, refused: Refused | None = None
) -> Template:
    context = {
        **dashboard_frame(actor, merchant),
        "person": person,
        "form": form,
        "act": ActForm,
        "role_words": ROLE_WORDS,
        "explanations": ROLE_EXPLANATIONS,
        "is_oneself": person.id == actor.id,
        "refused": refused.sentence() if refused else None,
    }
    status = refused.status if refused else 422 if form.errors else 200
    return Template("access/person.html", context=context, status_code=status)


async def _refused_page(
    refusal: Refused, person_id: str, merchant: Merchant, actor: Actor, database: Database
) -> Template:
    """The person's page with what was refused; refusals that are no matter of that page go on."""
    if refusal.status not in _AT_THE_FORM:
        raise refusal
    person = await _person(database, merchant, person_id)
    return _person_page(person, RoleForm(data={"role": person.role}), merchant, actor, refused=refusal)


def _password_page(person: StaffMember, password: str | None, merchant: Merchant, actor: Actor) -> Template:
    """password: None when the form was sent twice: it was shown the first time."""
    context = {**dashboard_frame(actor, merchant), "person": person, "password": password}
    return Template("access/staff_password.html", context=context)


def _names(places: list[Location], merchant: Merchant) -> dict[str, str]:
    return {place.id: pick(place.name, current_language(), fallback=merchant.language) for place in places}


routes: list[ControllerRouterHandler] = [StaffPages]

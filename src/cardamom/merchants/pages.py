"""`/app/settings`: the business, its look, its digits and calendar, its locations. Works without a script."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template

from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import current_language
from cardamom.kit.localised import pick
from cardamom.ledger.writer import Ledger
from cardamom.merchants import queries, service
from cardamom.merchants.forms import ActForm, BrandForm, BusinessForm, LocationForm, PreferencesForm
from cardamom.merchants.frame import dashboard_frame
from cardamom.merchants.queries import MerchantCache
from cardamom.merchants.rules import MAY_WRITE
from cardamom.merchants.schemas import Location, LocationPatch, Merchant, MerchantPatch

WRITE = {"permission": MAY_WRITE}

_BUSINESS_FIELDS = {
    "time_zone_unknown": "time_zone",
    "currency_unknown": "currency",
    "region_unknown": "region",
    "language_unsupported": "language",
}
_LOCATION_FIELDS = {"text_too_long": "address", "position_malformed": "position"}
_AT_THE_FORM = frozenset({409, 422})
_SETTINGS = "/app/settings"

AnyRequest = Request[Any, Any, Any]


class SettingsPages(Controller):
    path = _SETTINGS
    include_in_schema = False

    @get(opt=WRITE)
    async def show(
        self, request: AnyRequest, merchant: Merchant, actor: Actor, database: Database
    ) -> Template:
        return await _page(merchant, actor, database, is_saved="saved" in request.query_params)

    @post("/business", opt=WRITE)
    async def save_business(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        merchants: MerchantCache,
    ) -> Template | Redirect:
        form = BusinessForm(await request.form()).fill_choices()
        if form.validate():
            try:
                await _save(form.patch(merchant), form.act_key(), merchant, actor, ledger, merchants)
            except Refused as refusal:
                own_name = f"name_{merchant.language}"
                _put_back(refusal, form, _BUSINESS_FIELDS, otherwise=own_name)
            else:
                return _saved()
        return await _page(merchant, actor, database, business=form)

    @post("/brand", opt=WRITE)
    async def save_brand(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        merchants: MerchantCache,
    ) -> Template | Redirect:
        form = BrandForm(await request.form())
        if form.validate():
            try:
                await _save(form.patch(), form.act_key(), merchant, actor, ledger, merchants)
            except Refused as refusal:
                _put_back(refusal, form, {}, otherwise="colour")
            else:
                return _saved()
        return await _page(merchant, actor, database, brand=form)

    @post("/preferences", opt=WRITE)
    async def save_preferences(
        self,
        request: AnyRequest,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        merchants: MerchantCache,
    ) -> Template | Redirect:
        form = PreferencesForm(await request.form()).fill_choices()
        if form.validate():
            try:
                await _save(form.patch(), form.act_key(), merchant, actor, ledger, merchants)
            except Refused as refusal:
                _put_back(refusal, form, {}, otherwise="numbering")
            else:
                return _saved()
        return await _page(merchant, actor, database, preferences=form)


class LocationPages(Controller):
    path = f"{_SETTINGS}/locations"
    include_in_schema = False

    @get("/new", opt=WRITE)
    async def begin(self, merchant: Merchant, actor: Actor) -> Template:
        return _location_page(LocationForm(), merchant, actor, None)

    @post(opt=WRITE)
    async def add(
        self, request: AnyRequest, merchant: Merchant, actor: Actor, ledger: Ledger
    ) -> Template | Redirect:
        form = LocationForm(await request.form())
        try:
            await service.add_location(
                ledger, actor=actor, merchant_id=merchant.id, new=form.location(), key=form.act_key()
            )
        except Refused as refusal:
            _put_back(refusal, form, _LOCATION_FIELDS, otherwise=f"name_{merchant.language}")
            return _location_page(form, merchant, actor, None)
        return _saved()

    @get("/{location_id:str}", opt=WRITE)
    async def read(self, location_id: str, merchant: Merchant, actor: Actor, database: Database) -> Template:
        location = await _location(database, merchant, location_id)
        return _location_page(LocationForm.of(location), merchant, actor, location)

    @post("/{location_id:str}", opt=WRITE)
    async def update(
        self,
        request: AnyRequest,
        location_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
    ) -> Template | Redirect:
        form = LocationForm(await request.form())
        location = await _location(database, merchant, location_id)
        try:
            await service.update_location(
                ledger,
                actor=actor,
                merchant_id=merchant.id,
                location_id=location_id,
                patch=form.patch(location),
                key=form.act_key(),
            )
        except Refused as refusal:
            _put_back(refusal, form, _LOCATION_FIELDS, otherwise=f"name_{merchant.language}")
            return _location_page(form, merchant, actor, location)
        return _saved()

    @post("/{location_id:str}/close", opt=WRITE)
    async def close(
        self,
        request: AnyRequest,
        location_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
    ) -> Template | Redirect:
        patch = LocationPatch(closed=True)
        return await _open_or_close(request, location_id, patch, merchant, actor, ledger, database)

    @post("/{location_id:str}/open", opt=WRITE)
    async def reopen(
        self,
        request: AnyRequest,
        location_id: str,
        merchant: Merchant,
        actor: Actor,
        ledger: Ledger,
        database: Database,
    ) -> Template | Redirect:
        patch = LocationPatch(closed=False)
        return await _open_or_close(request, location_id, patch, merchant, actor, ledger, database)


async def _save(
    patch: MerchantPatch, key: str, merchant: Merchant, actor: Actor, ledger: Ledger, merchants: MerchantCache
) -> None:
    await service.update_merchant(ledger, actor=actor, merchant_id=merchant.id, patch=patch, key=key)
    merchants.forget(merchant.id)


async def _open_or_close(
    request: AnyRequest,
    location_id: str,
    patch: LocationPatch,
    merchant: Merchant,
    actor: Actor,
    ledger: Ledger,
    database: Database,
) -> Template | Redirect:
    form = ActForm(await request.form())
    try:
        await service.update_location(
            ledger,
            actor=actor,
            merchant_id=merchant.id,
            location_id=location_id,
            patch=patch,
            key=form.act_key(),
        )
    except Refused as refusal:
        if refusal.status not in _AT_THE_FORM:
            raise
        location = await _location(database, merchant, location_id)
        return _location_page(LocationForm.of(location), merchant, actor, location, refused=refusal)
    return _saved()


async def _location(database: Database, merchant: Merchant, location_id: str) -> Location:
    """Raises NotFound."""
    async with database.reading(merchant.id) as tx:
        return await queries.location_by_id(tx, merchant.id, location_id)


def _put_back(refusal: Refused, form: Any, fields: dict[str, str], *, otherwise: str) -> None:
    """Show a refusal at its field; what is no matter of a field goes on."""
    if refusal.status not in _AT_THE_FORM:
        raise refusal
    form.refuse(refusal, fields, otherwise=otherwise)


def _saved() -> Redirect:
    return Redirect(f"{_SETTINGS}?saved=1", status_code=303)


async def _page(
    merchant: Merchant,
    actor: Actor,
    database: Database,
    *,
    business: BusinessForm | None = None,
    brand: BrandForm | None = None,
    preferences: PreferencesForm | None = None,
    is_saved: bool = False,
) -> Template:
    """All settings; a form that was sent and refused stands in the place of what is stored."""
    async with database.reading(merchant.id) as tx:
        places = await queries.locations_of(tx, merchant.id)
    sent = business or brand or preferences
    context = {
        **dashboard_frame(actor, merchant),
        "merchant": merchant,
        "business": (business or BusinessForm.of(merchant).fill_choices()).expect(merchant.language),
        "brand": brand or BrandForm.of(merchant),
        "preferences": preferences or PreferencesForm.of(merchant).fill_choices(),
        "places": [
            (place, pick(place.name, current_language(), fallback=merchant.language)) for place in places
        ],
        "is_saved": is_saved,
        "may_manage_access": "access.manage" in actor.permissions,
        "may_manage_wallets": "wallets.manage" in actor.permissions,
    }
    return Template("merchants/settings.html", context=context, status_code=422 if sent else 200)


def _location_page(
    form: LocationForm,
    merchant: Merchant,
    actor: Actor,
    location: Location | None,
    *,
    refused: Refused | None = None,
) -> Template:
    """location: None for a new one."""
    context = {
        **dashboard_frame(actor, merchant),
        "form": form.expect(merchant.language),
        "act": ActForm,
        "merchant": merchant,
        "location": location,
        "name": location and pick(location.name, current_language(), fallback=merchant.language),
        "refused": refused.sentence() if refused else None,
    }
    status = refused.status if refused else 422 if form.errors else 200
    return Template("merchants/location.html", context=context, status_code=status)


routes = [SettingsPages, LocationPages]

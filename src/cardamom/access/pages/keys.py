"""`/app/keys`: the keys of the API."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler

from cardamom.access import queries, service
from cardamom.access.forms import ActForm, KeyForm
from cardamom.access.identity import Identity
from cardamom.access.permissions import Permission
from cardamom.access.schemas import NewApiKey
from cardamom.access.wording import PERMISSION_WORDS
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import Refused
from cardamom.ledger.writer import Ledger
from cardamom.merchants.frame import dashboard_frame
from cardamom.merchants.schemas import Merchant

MANAGE = {"permission": Permission.ACCESS_MANAGE}

_FIELDS = {"key_without_permissions": "permissions", "permission_unknown": "permissions"}
_AT_THE_FORM = frozenset({409, 422})
_WORDS = {permission.value: words for permission, words in PERMISSION_WORDS.items()}

AnyRequest = Request[Any, Any, Any]


class KeyPages(Controller):
    path = "/app/keys"
    include_in_schema = False

    @get(opt=MANAGE)
    async def list_all(self, merchant: Merchant, actor: Actor, database: Database) -> Template:
        async with database.reading(merchant.id) as tx:
            keys = await queries.keys_of(tx, merchant.id)
        context = {
            **dashboard_frame(actor, merchant),
            # Live keys first, each kind with the newest on top.
            "keys": sorted(keys, key=lambda key: (key.revoked_at is None, key.id), reverse=True),
            "permission_words": _WORDS,
        }
        return Template("access/keys.html", context=context)

    @get("/new", opt=MANAGE)
    async def begin(self, merchant: Merchant, actor: Actor) -> Template:
        return _new_page(KeyForm(), merchant, actor)

    @post(opt=MANAGE)
    async def create(
        self, request: AnyRequest, merchant: Merchant, actor: Actor, ledger: Ledger, database: Database
    ) -> Template:
        """The page that follows shows the secret, this once."""
        form = KeyForm(await request.form())
        if not form.validate():
            return _new_page(form, merchant, actor)
        try:
            created, secret = await service.create_key(
                ledger,
                actor=actor,
                merchant_id=merchant.id,
                handle=merchant.handle,
                new=NewApiKey(name=form.text("name"), permissions=form.permissions.data or []),
                key=form.act_key(),
            )
        except Refused as refusal:
            if refusal.status not in _AT_THE_FORM:
                raise
            form.refuse(refusal, _FIELDS, otherwise="name")
            return _new_page(form, merchant, actor)
        async with database.reading(merchant.id) as tx:
            key = await queries.key_by_id(tx, merchant.id, created.facts["key_id"])
        context = {**dashboard_frame(actor, merchant), "key": key, "secret": secret}
        return Template("access/key_secret.html", context=context)

    @get("/{key_id:str}", opt=MANAGE)
    async def read(self, key_id: str, merchant: Merchant, actor: Actor, database: Database) -> Template:
        async with database.reading(merchant.id) as tx:
            key = await queries.key_by_id(tx, merchant.id, key_id)
        context = {
            **dashboard_frame(actor, merchant),
            "key": key,
            "permission_words": _WORDS,
            "act": ActForm,
        }
        return Template("access/key.html", context=context)

    @post("/{key_id:str}/revoke", opt=MANAGE)
    async def revoke(
        self,
        request: AnyRequest,
        key_id: str,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        identity: Identity,
    ) -> Redirect:
        form = ActForm(await request.form())
        await service.revoke_key(
            ledger, actor=actor, merchant_id=merchant_id, key_id=key_id, key=form.act_key()
        )
        identity.keyring.forget()
        return Redirect("/app/keys", status_code=303)


def _new_page(form: KeyForm, merchant: Merchant, actor: Actor) -> Template:
    context = {**dashboard_frame(actor, merchant), "form": form}
    return Template("access/key_new.html", context=context, status_code=422 if form.errors else 200)


routes: list[ControllerRouterHandler] = [KeyPages]

"""People and API keys over HTTP: `/api/v1/staff` and `/api/v1/keys`."""

from litestar import Controller, delete, get, post

from cardamom.access import queries, service
from cardamom.access.identity import Identity
from cardamom.access.permissions import Permission
from cardamom.access.schemas import ApiKeys, CreatedApiKey, NewApiKey, Staff
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.i18n import _
from cardamom.ledger.writer import Ledger
from cardamom.merchants.api import PageAfter, PageLimit
from cardamom.merchants.queries import MerchantCache

MANAGE = {"permission": Permission.ACCESS_MANAGE}


class StaffController(Controller):
    """The people who belong to the business."""

    path = "/api/v1/staff"
    tags = ["Access"]

    @get(opt=MANAGE, operation_id="listStaff", summary="List the people of the business")
    async def list_all(
        self, merchant_id: str, database: Database, limit: PageLimit = 50, after: PageAfter = None
    ) -> Staff:
        async with database.reading(merchant_id) as tx:
            found = await queries.staff_of(tx, merchant_id, after=after, limit=limit + 1)
        page = found[:limit]
        return Staff(items=page, next=page[-1].id if len(found) > limit else None)


class KeyController(Controller):
    """The keys of the API. A secret is shown once, when its key is created."""

    path = "/api/v1/keys"
    tags = ["Access"]

    @get(opt=MANAGE, operation_id="listKeys", summary="List the API keys, revoked ones included")
    async def list_all(
        self, merchant_id: str, database: Database, limit: PageLimit = 50, after: PageAfter = None
    ) -> ApiKeys:
        async with database.reading(merchant_id) as tx:
            found = await queries.keys_of(tx, merchant_id, after=after, limit=limit + 1)
        page = found[:limit]
        return ApiKeys(items=page, next=page[-1].id if len(found) > limit else None)

    @post(opt=MANAGE, operation_id="createKey", summary="Create an API key")
    async def create(
        self,
        data: NewApiKey,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        merchants: MerchantCache,
        idempotency_key: str,
    ) -> CreatedApiKey:
        """The secret is in this answer and nowhere else: a repetition has the same key with `secret` null."""
        merchant = await merchants.merchant(merchant_id)
        created, secret = await service.create_key(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            handle=merchant.handle,
            new=data,
            key=idempotency_key,
        )
        async with database.reading(merchant_id) as tx:
            key = await queries.key_by_id(tx, merchant_id, created.facts["key_id"])
        note = None if secret is not None else _("The secret was shown once, when the key was created.")
        return CreatedApiKey(key=key, secret=secret, note=note)

    @delete("/{key_id:str}", opt=MANAGE, operation_id="revokeKey", summary="Revoke an API key for ever")
    async def revoke(
        self,
        key_id: str,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        identity: Identity,
        idempotency_key: str,
    ) -> None:
        await service.revoke_key(
            ledger, actor=actor, merchant_id=merchant_id, key_id=key_id, key=idempotency_key
        )
        identity.keyring.forget()


routes = [StaffController, KeyController]

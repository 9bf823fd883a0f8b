"""Card holders over HTTP: `/api/v1/customers`."""

from typing import Annotated

import msgspec
from litestar import Controller, get, patch, post
from litestar.di import Provide
from litestar.params import Parameter

from cardamom.access.permissions import Permission
from cardamom.customers import queries, service
from cardamom.customers.consents import ConsentIn
from cardamom.customers.contacts import EXTERNAL_ID_LIMIT, ContactIn, ContactPatch
from cardamom.customers.schemas import Customer, Customers
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.email import normalise_email
from cardamom.kit.errors import Malformed
from cardamom.kit.ids import is_id
from cardamom.kit.phone import normalise_phone, phone_in_query
from cardamom.kit.text import clean
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import MerchantCache

PageLimit = Annotated[int, Parameter(ge=1, le=queries.LIMIT, description="How many to answer with at most.")]
PageAfter = Annotated[str | None, Parameter(description="The cursor of the page before, from its `next`.")]
MAY_READ = {"permission": Permission.CUSTOMERS_READ}
MAY_WRITE = {"permission": Permission.CUSTOMERS_WRITE}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which customers are asked for: those who fit a text, or those to whom all of the others apply."""

    q: str | None
    phone: str | None
    email: str | None
    external_id: str | None


def provide_wanted(
    q: Annotated[
        str | None,
        Parameter(
            description="Words of a name, digits of a phone number, the beginning of an e-mail address."
        ),
    ] = None,
    phone: str | None = None,
    email: str | None = None,
    external_id: str | None = None,
) -> Wanted:
    """The query parameters of the list."""
    return Wanted(q=q, phone=phone, email=email, external_id=external_id)


class CustomerController(Controller):
    """Card holders of the merchant that the key or the session belongs to."""

    path = "/api/v1/customers"
    tags = ["Customers"]
    dependencies = {"wanted": Provide(provide_wanted, sync_to_thread=False)}

    @get(
        opt=MAY_READ,
        operation_id="listCustomers",
        summary="Find customers by text, phone, e-mail or external id; or list them, newest first",
    )
    async def find(
        self,
        merchant_id: str,
        database: Database,
        merchants: MerchantCache,
        wanted: Wanted,
        limit: PageLimit = 50,
        after: PageAfter = None,
    ) -> Customers:
        """A search (q) answers with one page, the likeliest first, and takes no other condition."""
        if after is not None and not is_id(after):
            raise Malformed(field="after")
        if wanted.q is not None:
            if wanted != Wanted(q=wanted.q, phone=None, email=None, external_id=None):
                raise Malformed(field="q")
            async with database.reading(merchant_id) as tx:
                return Customers(
                    items=await queries.search(tx, merchant_id, wanted.q, limit=limit), next=None
                )
        conditions = _conditions(wanted, region=(await merchants.merchant(merchant_id)).region)
        async with database.reading(merchant_id) as tx:
            found = await queries.newest_customers(tx, merchant_id, conditions, after=after, limit=limit + 1)
        return Customers(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)

    @get("/{customer_id:str}", opt=MAY_READ, operation_id="getCustomer", summary="Read a customer")
    async def read(self, customer_id: str, merchant_id: str, database: Database) -> Customer:
        async with database.reading(merchant_id) as tx:
            return await queries.customer_by_id(tx, merchant_id, customer_id)

    @post(opt=MAY_WRITE, operation_id="createCustomer", summary="Create a customer")
    async def create(
        self,
        data: ContactIn,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        merchants: MerchantCache,
        idempotency_key: str,
    ) -> Customer:
        created = await service.create_customer(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            given=data,
            region=(await merchants.merchant(merchant_id)).region,
            key=idempotency_key,
        )
        async with database.reading(merchant_id) as tx:
            return await queries.customer_by_id(tx, merchant_id, created.facts["customer_id"])

    @patch(
        "/{customer_id:str}",
        opt=MAY_WRITE,
        operation_id="updateCustomer",
        summary="Change a customer's contact",
    )
    async def update(
        self,
        customer_id: str,
        data: ContactPatch,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        merchants: MerchantCache,
        idempotency_key: str,
    ) -> Customer:
        await service.update_customer(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            customer_id=customer_id,
            given=data,
            region=(await merchants.merchant(merchant_id)).region,
            key=idempotency_key,
        )
        async with database.reading(merchant_id) as tx:
            return await queries.customer_by_id(tx, merchant_id, customer_id)

    @post(
        "/{customer_id:str}/consents",
        opt=MAY_WRITE,
        operation_id="recordConsent",
        summary="Record that a customer gave a consent or withdrew it",
    )
    async def record(
        self,
        customer_id: str,
        data: ConsentIn,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Customer:
        await service.record_consent(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            customer_id=customer_id,
            given=data,
            source="api",
            key=idempotency_key,
        )
        async with database.reading(merchant_id) as tx:
            return await queries.customer_by_id(tx, merchant_id, customer_id)


def _conditions(wanted: Wanted, *, region: str) -> dict[str, str]:
    """The exact conditions in the form in which contacts are stored. Raises PhoneMalformed, EmailMalformed."""
    conditions = {}
    if wanted.phone is not None:
        conditions["phone"] = normalise_phone(phone_in_query(wanted.phone), region=region)
    if wanted.email is not None:
        conditions["email"] = normalise_email(wanted.email)
    if wanted.external_id is not None:
        conditions["external_id"] = clean(wanted.external_id, limit=EXTERNAL_ID_LIMIT)
    return conditions


routes = [CustomerController]

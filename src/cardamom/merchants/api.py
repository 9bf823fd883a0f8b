"""The business and its locations over HTTP: `/api/v1/merchant` and `/api/v1/locations`."""

from typing import Annotated

from litestar import Controller, get, patch, post
from litestar.params import Parameter

from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.ledger.writer import Ledger
from cardamom.merchants import queries, service
from cardamom.merchants.rules import MAY_READ, MAY_WRITE
from cardamom.merchants.schemas import (
    Location,
    LocationPatch,
    Locations,
    Merchant,
    MerchantPatch,
    NewLocation,
)

PageLimit = Annotated[int, Parameter(ge=1, le=200, description="How many to answer with at most.")]
#: Cursors are ids.
PageAfter = Annotated[
    str | None,
    Parameter(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="The cursor of the page before, from its `next`.",
    ),
]


class MerchantController(Controller):
    """The business that the key or the session belongs to."""

    path = "/api/v1/merchant"
    tags = ["Merchant"]

    @get(
        opt={"permission": MAY_READ}, operation_id="getMerchant", summary="Read the business and its settings"
    )
    async def read(self, merchant_id: str, database: Database) -> Merchant:
        async with database.reading(merchant_id) as tx:
            return await queries.merchant_by_id(tx, merchant_id)

    @patch(
        opt={"permission": MAY_WRITE},
        operation_id="updateMerchant",
        summary="Change settings of the business",
    )
    async def update(
        self,
        data: MerchantPatch,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Merchant:
        await service.update_merchant(
            ledger, actor=actor, merchant_id=merchant_id, patch=data, key=idempotency_key
        )
        async with database.reading(merchant_id) as tx:
            return await queries.merchant_by_id(tx, merchant_id)


class LocationController(Controller):
    """The places where the business serves its customers."""

    path = "/api/v1/locations"
    tags = ["Locations"]

    @get(
        opt={"permission": MAY_READ},
        operation_id="listLocations",
        summary="List the locations, closed ones included",
    )
    async def list_all(
        self, merchant_id: str, database: Database, limit: PageLimit = 50, after: PageAfter = None
    ) -> Locations:
        async with database.reading(merchant_id) as tx:
            found = await queries.locations_of(tx, merchant_id, after=after, limit=limit + 1)
        page = found[:limit]
        return Locations(items=page, next=page[-1].id if len(found) > limit else None)

    @get(
        "/{location_id:str}",
        opt={"permission": MAY_READ},
        operation_id="getLocation",
        summary="Read a location",
    )
    async def read(self, location_id: str, merchant_id: str, database: Database) -> Location:
        async with database.reading(merchant_id) as tx:
            return await queries.location_by_id(tx, merchant_id, location_id)

    @post(opt={"permission": MAY_WRITE}, operation_id="addLocation", summary="Add a location")
    async def add(
        self,
        data: NewLocation,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Location:
        added = await service.add_location(
            ledger, actor=actor, merchant_id=merchant_id, new=data, key=idempotency_key
        )
        async with database.reading(merchant_id) as tx:
            return await queries.location_by_id(tx, merchant_id, added.facts["location_id"])

    @patch(
        "/{location_id:str}",
        opt={"permission": MAY_WRITE},
        operation_id="updateLocation",
        summary="Rename a location, close it or open it again",
    )
    async def update(
        self,
        location_id: str,
        data: LocationPatch,
        merchant_id: str,
        actor: Actor,
        ledger: Ledger,
        database: Database,
        idempotency_key: str,
    ) -> Location:
        await service.update_location(
            ledger,
            actor=actor,
            merchant_id=merchant_id,
            location_id=location_id,
            patch=data,
            key=idempotency_key,
        )
        async with database.reading(merchant_id) as tx:
            return await queries.location_by_id(tx, merchant_id, location_id)


routes = [MerchantController, LocationController]

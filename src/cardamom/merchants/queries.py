"""What one may ask about businesses. Reads only; the caller opens the transaction."""

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from async_lru import alru_cache
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.db.compiled import CompiledRead
from cardamom.db.database import Database
from cardamom.db.metadata import Id
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import is_id
from cardamom.merchants.schemas import Location, Merchant, Notice
from cardamom.merchants.tables import directory, locations, merchants, notices

#: How long a process may show a setting that was changed elsewhere.
CACHE_SECONDS = 3.0
_CACHE_SIZE = 4_096

_BY_ID = CompiledRead(
    sa.select(merchants).where(merchants.c.merchant_id == sa.bindparam("merchant_id", type_=Id))
)


async def merchant_by_id(tx: AsyncConnection, merchant_id: str) -> Merchant:
    """Raises NotFound."""
    rows = await _BY_ID.rows(tx, merchant_id=merchant_id)
    if not rows:
        raise NotFound
    return _merchant(rows[0])


async def merchant_id_by_slug(tx: AsyncConnection, slug: str) -> str:
    """The merchant of a public name; any transaction may ask. Raises NotFound."""
    return await _merchant_id(tx, "merchant_slug", slug)


async def merchant_id_by_handle(tx: AsyncConnection, handle: str) -> str:
    """The merchant whose API keys carry this handle; any transaction may ask. Raises NotFound."""
    return await _merchant_id(tx, "handle", handle)


async def merchant_by_slug(database: Database, slug: str) -> Merchant:
    """Two transactions: the directory knows no merchant's rows. Raises NotFound."""
    async with database.unscoped_reading_of_the_directory() as tx:
        merchant_id = await merchant_id_by_slug(tx, slug)
    async with database.reading(merchant_id) as tx:
        return await merchant_by_id(tx, merchant_id)


async def _merchant_id(tx: AsyncConnection, kind: str, key: str) -> str:
    row = sa.select(directory.c.merchant_id).where(directory.c.kind == kind, directory.c.key == key)
    found = (await tx.execute(row)).scalar()
    if found is None:
        raise NotFound
    return str(found)


async def locations_of(
    tx: AsyncConnection, merchant_id: str, *, after: str | None = None, limit: int = 1_000
) -> list[Location]:
    """The locations of a business, closed ones included, in the order in which they were added.

    after: the id of the last one that was seen.
    """
    rows = sa.select(locations).where(locations.c.merchant_id == merchant_id)
    if after is not None:
        rows = rows.where(locations.c.id > after)
    found = await tx.execute(rows.order_by(locations.c.id).limit(limit))
    return [_location(row) for row in found.mappings()]


async def location_by_id(tx: AsyncConnection, merchant_id: str, location_id: str) -> Location:
    """Raises NotFound, also for what is no id at all."""
    if not is_id(location_id):
        raise NotFound
    row = sa.select(locations).where(locations.c.merchant_id == merchant_id, locations.c.id == location_id)
    found = (await tx.execute(row)).mappings().first()
    if found is None:
        raise NotFound
    return _location(found)


async def notices_of(
    tx: AsyncConnection, merchant_id: str, *, before: str | None = None, limit: int = 50
) -> list[Notice]:
    """The notices to the owner, newest first.

    before: the id of the last one that was seen.
    """
    rows = sa.select(notices).where(notices.c.merchant_id == merchant_id)
    if before is not None:
        rows = rows.where(notices.c.id < before)
    found = await tx.execute(rows.order_by(notices.c.id.desc()).limit(limit))
    return [
        Notice(
            id=row["id"],
            kind=row["kind"],
            facts=row["facts"],
            created_at=row["created_at"],
            read_at=row["read_at"],
        )
        for row in found.mappings()
    ]


async def unread_notices(tx: AsyncConnection, merchant_id: str) -> int:
    """How many notices the owner has not seen."""
    unread = sa.select(sa.func.count()).where(
        notices.c.merchant_id == merchant_id, notices.c.read_at.is_(None)
    )
    return int((await tx.execute(unread)).scalar_one())


class MerchantCache:
    """Businesses for hot paths: at most a few seconds old, one read for many waiting callers."""

    def __init__(
        self, database: Database, *, seconds: float = CACHE_SECONDS, size: int = _CACHE_SIZE
    ) -> None:
        self._database = database
        self._merchant = alru_cache(maxsize=size, ttl=seconds)(self._read)

    async def merchant(self, merchant_id: str) -> Merchant:
        """Raises NotFound, which is not remembered."""
        return await self._merchant(merchant_id)

    def forget(self, merchant_id: str) -> None:
        """Read afresh next time, in this process: whoever changed a setting sees it at once."""
        self._merchant.cache_invalidate(merchant_id)

    async def _read(self, merchant_id: str) -> Merchant:
        async with self._database.reading(merchant_id) as tx:
            return await merchant_by_id(tx, merchant_id)


def _merchant(row: Mapping[Any, Any]) -> Merchant:
    values = {name: row[name] for name in Merchant.__struct_fields__ if name != "id"}
    return msgspec.convert({**values, "id": row["merchant_id"]}, Merchant)


def _location(row: Mapping[Any, Any]) -> Location:
    return Location(
        id=row["id"],
        name=row["name"],
        address=row["address"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        created_at=row["created_at"],
        closed_at=row["closed_at"],
    )

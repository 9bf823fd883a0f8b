"""What one may ask about people and keys. Reads only; the caller opens the transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.access.schemas import ApiKey, Membership, StaffMember
from cardamom.access.tables import api_keys, memberships, people
from cardamom.db.database import Database, enter_merchant
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import is_id
from cardamom.merchants.tables import directory


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign in."""

    id: str
    name: str
    language: str
    password_hash: str

    def __repr__(self) -> str:
        """Without the hash: values end up in logs."""
        return f"Person({self.id})"


async def is_set_up(database: Database) -> bool:
    """Whether anybody exists who could sign in."""
    async with database.unscoped_reading_of_the_directory() as tx:
        return (await tx.execute(sa.select(people.c.id).limit(1))).first() is not None


async def person_by_login(tx: AsyncConnection, login: str) -> Person | None:
    """Somebody who is not disabled. login: as `rules.checked_login` gives it. Any transaction may ask."""
    return await _person(tx, people.c.login == login)


async def person_by_id(tx: AsyncConnection, person_id: str) -> Person | None:
    """Somebody who is not disabled. Any transaction may ask."""
    return await _person(tx, people.c.id == person_id)


async def _person(tx: AsyncConnection, which: sa.ColumnElement[bool]) -> Person | None:
    row = sa.select(people.c.id, people.c.name, people.c.language, people.c.password_hash)
    found = (await tx.execute(row.where(which, people.c.disabled_at.is_(None)))).mappings().first()
    return None if found is None else Person(**found)


async def membership_of(tx: AsyncConnection, merchant_id: str, person_id: str) -> Membership | None:
    """What a person is for a merchant now; the transaction has to be the merchant's."""
    row = sa.select(memberships.c.role, memberships.c.location_id).where(
        memberships.c.merchant_id == merchant_id,
        memberships.c.person_id == person_id,
        memberships.c.removed_at.is_(None),
    )
    found = (await tx.execute(row)).mappings().first()
    return None if found is None else Membership(merchant_id=merchant_id, person_id=person_id, **found)


async def first_membership_of(tx: AsyncConnection, person_id: str) -> Membership | None:
    """The oldest business that a person still belongs to.

    The transaction enters each business in turn: open it as one that belongs to no merchant.
    """
    ways = sa.select(directory.c.merchant_id).where(
        directory.c.kind == "person", directory.c.key.startswith(f"{person_id}:", autoescape=True)
    )
    for merchant_id in sorted((await tx.execute(ways)).scalars()):
        await enter_merchant(tx, merchant_id)
        membership = await membership_of(tx, merchant_id, person_id)
        if membership is not None:
            return membership
    return None


async def staff_of(
    tx: AsyncConnection, merchant_id: str, *, after: str | None = None, limit: int = 1_000
) -> list[StaffMember]:
    """The people of a business, oldest first. after: the id of the last one that was seen."""
    rows = _staff(merchant_id)
    if after is not None:
        rows = rows.where(memberships.c.person_id > after)
    found = await tx.execute(rows.order_by(memberships.c.person_id).limit(limit))
    return [StaffMember(**row) for row in found.mappings()]


async def staff_member_by_id(tx: AsyncConnection, merchant_id: str, person_id: str) -> StaffMember:
    """Raises NotFound, also for what is no id at all."""
    if not is_id(person_id):
        raise NotFound
    found = (
        (await tx.execute(_staff(merchant_id).where(memberships.c.person_id == person_id))).mappings().first()
    )
    if found is None:
        raise NotFound
    return StaffMember(**found)


def _staff(merchant_id: str) -> sa.Select[Any]:
    columns = (
        people.c.id,
        people.c.name,
        people.c.login,
        memberships.c.role,
        memberships.c.location_id,
        memberships.c.created_at,
    )
    joined = memberships.join(people, people.c.id == memberships.c.person_id)
    return (
        sa.select(*columns)
        .select_from(joined)
        .where(memberships.c.merchant_id == merchant_id, memberships.c.removed_at.is_(None))
    )


async def actor_names(tx: AsyncConnection, merchant_id: str, actors: Iterable[str]) -> dict[str, str]:
    """The names of people and keys among the actors of operations ("person:…", "api_key:…"), by actor.

    Somebody who left the business keeps their name in its books.
    """
    wanted: dict[str, set[str]] = {"person": set(), "api_key": set()}
    for actor in actors:
        kind, _mark, actor_id = actor.partition(":")
        if kind in wanted and is_id(actor_id):
            wanted[kind].add(actor_id)
    staff = (
        sa.select(people.c.id, people.c.name)
        .join(memberships, memberships.c.person_id == people.c.id)
        .where(memberships.c.merchant_id == merchant_id, people.c.id.in_(wanted["person"]))
    )
    keys = sa.select(api_keys.c.id, api_keys.c.name).where(
        api_keys.c.merchant_id == merchant_id, api_keys.c.id.in_(wanted["api_key"])
    )
    return {
        f"{kind}:{row.id}": row.name
        for kind, rows in (("person", staff), ("api_key", keys))
        if wanted[kind]
        for row in await tx.execute(rows)
    }


async def keys_of(
    tx: AsyncConnection, merchant_id: str, *, after: str | None = None, limit: int = 1_000
) -> list[ApiKey]:
    """The keys of a business, revoked ones included, oldest first. after: the id of the last one that was seen."""
    rows = sa.select(api_keys).where(api_keys.c.merchant_id == merchant_id)
    if after is not None:
        rows = rows.where(api_keys.c.id > after)
    found = await tx.execute(rows.order_by(api_keys.c.id).limit(limit))
    return [_key(row) for row in found.mappings()]


async def key_by_id(tx: AsyncConnection, merchant_id: str, key_id: str) -> ApiKey:
    """Raises NotFound, also for what is no id at all."""
    if not is_id(key_id):
        raise NotFound
    row = sa.select(api_keys).where(api_keys.c.merchant_id == merchant_id, api_keys.c.id == key_id)
    found = (await tx.execute(row)).mappings().first()
    if found is None:
        raise NotFound
    return _key(found)


async def live_key_by_hash(tx: AsyncConnection, merchant_id: str, secret_hash: bytes) -> ApiKey | None:
    """A key that was not revoked; the transaction has to be the merchant's."""
    row = sa.select(api_keys).where(
        api_keys.c.merchant_id == merchant_id,
        api_keys.c.secret_hash == secret_hash,
        api_keys.c.revoked_at.is_(None),
    )
    found = (await tx.execute(row)).mappings().first()
    return None if found is None else _key(found)


def _key(row: Mapping[Any, Any]) -> ApiKey:
    return ApiKey(**{name: row[name] for name in ApiKey.__struct_fields__})

"""The names around operations: who acted, whose card it was, where. Reads only; the caller opens the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.access.tables import api_keys, memberships, people
from cardamom.cards.tables import cards
from cardamom.counter.journal import Names
from cardamom.customers.tables import customers
from cardamom.kit.ids import is_id
from cardamom.ledger.queries import Operation
from cardamom.merchants.tables import locations


async def names_around(tx: AsyncConnection, merchant_id: str, operations: Sequence[Operation]) -> Names:
    """One statement for each sort of name that occurs."""
    actors: dict[str, str] = {}
    for kind, statement in (("person", _PEOPLE), ("api_key", _KEYS), ("customer", _CUSTOMERS)):
        ids = _ids(operation.actor.removeprefix(f"{kind}:") for operation in operations)
        found = await _names(tx, merchant_id, statement, ids)
        actors |= {f"{kind}:{row.id}": row.name for row in found if row.name}
    card_ids = _ids(operation.facts.get("card") for operation in operations)
    places = _ids(operation.location_id for operation in operations)
    return Names(
        actors=actors,
        cards={row.id: (row.name, row.number) for row in await _names(tx, merchant_id, _CARDS, card_ids)},
        locations={row.id: row.name for row in await _names(tx, merchant_id, _LOCATIONS, places)},
    )


def _ids(found: Iterable[object]) -> list[str]:
    return sorted({each for each in found if isinstance(each, str) and is_id(each)})


async def _names(
    tx: AsyncConnection, merchant_id: str, statement: sa.Select[Any], ids: list[str]
) -> Sequence[sa.Row[Any]]:
    if not ids:
        return []
    return (await tx.execute(statement, {"merchant_id": merchant_id, "ids": ids})).all()


_IDS: sa.BindParameter[list[str]] = sa.bindparam("ids", expanding=True)
_MERCHANT: sa.BindParameter[str] = sa.bindparam("merchant_id")

# People who left keep their names in the journal: a membership that was removed is one, too.
_PEOPLE = sa.select(people.c.id, people.c.name).where(
    people.c.id.in_(
        sa.select(memberships.c.person_id).where(
            memberships.c.merchant_id == _MERCHANT, memberships.c.person_id.in_(_IDS)
        )
    )
)
_KEYS = sa.select(api_keys.c.id, api_keys.c.name).where(
    api_keys.c.merchant_id == _MERCHANT, api_keys.c.id.in_(_IDS)
)
_CUSTOMERS = sa.select(customers.c.id, customers.c.name).where(
    customers.c.merchant_id == _MERCHANT, customers.c.id.in_(_IDS)
)
_LOCATIONS = sa.select(locations.c.id, locations.c.name).where(
    locations.c.merchant_id == _MERCHANT, locations.c.id.in_(_IDS)
)
_CARDS = (
    sa.select(cards.c.id, cards.c.number, customers.c.name)
    .select_from(
        cards.outerjoin(
            customers,
            sa.and_(customers.c.merchant_id == cards.c.merchant_id, customers.c.id == cards.c.customer_id),
        )
    )
    .where(cards.c.merchant_id == _MERCHANT, cards.c.id.in_(_IDS))
)

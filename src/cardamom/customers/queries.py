"""What one may ask about card holders. Reads only; the caller opens the transaction.

Phone numbers and addresses are asked for in the form in which they are stored (kit.phone, kit.email).
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.customers.schemas import ConsentRecord, Customer
from cardamom.customers.tables import consents, customers
from cardamom.kit.digits import to_ascii
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import is_id
from cardamom.kit.text import clean, fold

LIMIT: Final = 100
_SEARCH_LIMIT = 200
#: Fewer digits are in too many numbers.
_MIN_DIGITS = 3
#: One letter wrong in six (word_similarity of pg_trgm; at its default, 0.6, that is already somebody else).
_MIN_SIMILARITY = 0.4

_PHONE = re.compile(r"[0-9+() ./-]+")
_NOT_DIGIT = re.compile(r"[^0-9]")

_ALL: Final[Mapping[str, str]] = MappingProxyType({})

_Condition = sa.ColumnElement[bool]


async def customer_by_id(tx: AsyncConnection, merchant_id: str, customer_id: str) -> Customer:
    """Raises NotFound, also for what is not an id."""
    if not is_id(customer_id):
        raise NotFound
    row = sa.select(customers).where(customers.c.merchant_id == merchant_id, customers.c.id == customer_id)
    found = await _with_consents(tx, merchant_id, (await tx.execute(row)).mappings().all())
    if not found:
        raise NotFound
    return found[0]


async def customer_by_external_id(tx: AsyncConnection, merchant_id: str, external_id: str) -> Customer | None:
    """The customer with this id in the business's own system, or None."""
    found = await newest_customers(tx, merchant_id, {"external_id": external_id}, limit=1)
    return found[0] if found else None


async def customers_by_phone(
    tx: AsyncConnection, merchant_id: str, phone: str, *, limit: int = LIMIT
) -> list[Customer]:
    """Everybody with this number (E.164), newest first."""
    return await newest_customers(tx, merchant_id, {"phone": phone}, limit=limit)


async def customers_by_email(
    tx: AsyncConnection, merchant_id: str, email: str, *, limit: int = LIMIT
) -> list[Customer]:
    """Everybody with this address, newest first."""
    return await newest_customers(tx, merchant_id, {"email": email}, limit=limit)


async def newest_customers(
    tx: AsyncConnection,
    merchant_id: str,
    conditions: Mapping[str, str] = _ALL,
    *,
    after: str | None = None,
    limit: int = LIMIT,
) -> list[Customer]:
    """Customers, newest first.

    conditions: what a column must be: phone, email, external_id. after: the id of the last one that was seen.
    """
    rows = sa.select(customers).where(
        customers.c.merchant_id == merchant_id,
        *(customers.c[column] == value for column, value in conditions.items()),
    )
    if after is not None:
        rows = rows.where(customers.c.id < after)
    found = await tx.execute(rows.order_by(customers.c.id.desc()).limit(limit))
    return await _with_consents(tx, merchant_id, found.mappings().all())


async def search(tx: AsyncConnection, merchant_id: str, text: str, *, limit: int = LIMIT) -> list[Customer]:
    """Who somebody may mean, the likeliest first: by any words of a name, digits of a phone number, the beginning of
    an e-mail address, or an external id.

    Names are compared folded. Only when nobody fits are names tried that are spelt a little
    differently. Raises TextTooLong.
    """
    typed = clean(text, limit=_SEARCH_LIMIT)
    folded = " ".join(fold(typed).split())
    if not folded:
        return []
    ranks = [*_contact_ranks(typed), *_name_ranks(folded)]
    likeness = sa.func.word_similarity(folded, customers.c.name_folded)
    everybody = sa.select(customers).where(customers.c.merchant_id == merchant_id)
    by_likeness = (likeness.desc().nulls_last(), customers.c.name_sort, customers.c.id)
    fitting = everybody.where(sa.or_(*(condition for condition, _ in ranks)))
    rows = (await tx.execute(fitting.order_by(sa.case(*ranks), *by_likeness).limit(limit))).mappings().all()
    if not rows:
        similar = everybody.where(likeness >= _MIN_SIMILARITY).order_by(*by_likeness)
        rows = (await tx.execute(similar.limit(limit))).mappings().all()
    return await _with_consents(tx, merchant_id, rows)


def _name_ranks(folded: str) -> list[tuple[_Condition, int]]:
    """Conditions on a name, each with the place of its kind in the answer (0 is the first)."""
    name = customers.c.name_folded
    terms = folded.split()
    words = sa.literal(" ") + name
    return [
        (name.startswith(folded, autoescape=True), 1),
        (sa.and_(*(words.contains(f" {term}", autoescape=True) for term in terms)), 2),
        (sa.and_(*(name.contains(term, autoescape=True) for term in terms)), 4),
    ]


def _contact_ranks(typed: str) -> list[tuple[_Condition, int]]:
    """The same for phone, e-mail and external id."""
    ranks: list[tuple[_Condition, int]] = [(customers.c.external_id == typed, 0)]
    address = typed.lower()
    if " " not in address:
        ranks += [
            (customers.c.email == address, 0),
            (customers.c.email.startswith(address, autoescape=True), 3),
        ]
    dialled = to_ascii(typed)
    # A stored number has its country code in place of the zeros in front, whether they mean abroad or at home.
    digits = _NOT_DIGIT.sub("", dialled).lstrip("0")
    if _PHONE.fullmatch(dialled) and len(digits) >= _MIN_DIGITS:
        ranks += [(customers.c.phone.endswith(digits), 0), (customers.c.phone.contains(digits), 3)]
    return ranks


async def consents_in_force(
    tx: AsyncConnection, merchant_id: str, customer_ids: Sequence[str]
) -> dict[str, list[ConsentRecord]]:
    """The last word of each customer about each channel and purpose; granted tells whether it was yes.

    A customer who never said anything is absent: no consent.
    """
    subject = (consents.c.customer_id, consents.c.channel, consents.c.purpose)
    rows = (
        sa.select(consents)
        .where(consents.c.merchant_id == merchant_id, consents.c.customer_id.in_(customer_ids))
        .ext(distinct_on(*subject))
        .order_by(*subject, consents.c.recorded_at.desc(), consents.c.id.desc())
    )
    found: dict[str, list[ConsentRecord]] = {}
    for row in (await tx.execute(rows)).mappings():
        found.setdefault(row["customer_id"], []).append(_consent(row))
    return found


async def consent_history(tx: AsyncConnection, merchant_id: str, customer_id: str) -> list[ConsentRecord]:
    """Everything a customer ever gave and withdrew, newest first."""
    rows = (
        sa.select(consents)
        .where(consents.c.merchant_id == merchant_id, consents.c.customer_id == customer_id)
        .order_by(consents.c.recorded_at.desc(), consents.c.id.desc())
    )
    return [_consent(row) for row in (await tx.execute(rows)).mappings()]


async def _with_consents(
    tx: AsyncConnection, merchant_id: str, rows: Sequence[Mapping[Any, Any]]
) -> list[Customer]:
    if not rows:
        return []
    in_force = await consents_in_force(tx, merchant_id, [row["id"] for row in rows])
    return [
        Customer(
            id=row["id"],
            name=row["name"],
            phone=row["phone"],
            email=row["email"],
            birthday=row["birthday"],
            language=row["language"],
            external_id=row["external_id"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            consents=in_force.get(row["id"], []),
        )
        for row in rows
    ]


def _consent(row: Mapping[Any, Any]) -> ConsentRecord:
    return ConsentRecord(**{field: row[field] for field in ConsentRecord.__struct_fields__})

"""Card holders and their consents written in bulk, inside somebody else's decision.

A handler that joins many people at once drafts in `decide` and inserts in `save`. Each statement is one for the whole
batch, in the writer's open transaction, and names the merchant of every row.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from cardamom.customers.consents import Consent, Source
from cardamom.customers.contacts import Contact
from cardamom.ledger.arrays import plain, quoted
from cardamom.ledger.handlers import Tx

INSERT_CUSTOMERS = """
insert into customer (merchant_id, id, name, name_folded, name_sort, phone, email, birthday, language, external_id,
                      created_at, updated_at)
select m, i, name, name_folded, name_sort, phone, email, birthday, language, external_id, at, at
  from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
              %s::text[], %s::text[], %s::timestamptz[])
       as u(m, i, name, name_folded, name_sort, phone, email, birthday, language, external_id, at)
"""

INSERT_CONSENTS = """
insert into consent (merchant_id, id, customer_id, channel, purpose, granted, wording, language, source, recorded_at)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::boolean[], %s::text[],
                     %s::text[], %s::text[], %s::timestamptz[])
"""

EXTERNAL_IDS = """
select c.merchant_id, c.external_id
  from unnest(%s::uuid[], %s::text[]) as u(merchant_id, external_id)
  join customer c on c.merchant_id = u.merchant_id and c.external_id = u.external_id
"""


class NewCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A card holder who is about to be stored; a contact may be empty."""

    merchant_id: str
    id: str
    contact: Contact
    created_at: datetime


class NewConsent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent, or its withdrawal, that is about to be stored for ever."""

    merchant_id: str
    id: str
    customer_id: str
    consent: Consent
    source: Source
    recorded_at: datetime


async def insert_customers(tx: Tx, rows: Sequence[NewCustomer]) -> None:
    """Write new card holders. Raises UniqueViolation when an external id is taken: ask `taken_external_ids` before."""
    if not rows:
        return
    contacts = [row.contact for row in rows]
    await tx.driver.execute(
        INSERT_CUSTOMERS,
        (
            plain(row.merchant_id for row in rows),
            plain(row.id for row in rows),
            quoted(c.name for c in contacts),
            quoted(c.name_folded for c in contacts),
            quoted(c.name_sort for c in contacts),
            quoted(c.phone for c in contacts),
            quoted(c.email for c in contacts),
            quoted(c.birthday for c in contacts),
            quoted(c.language for c in contacts),
            quoted(c.external_id for c in contacts),
            plain(row.created_at.isoformat() for row in rows),
        ),
    )


async def insert_consents(tx: Tx, rows: Sequence[NewConsent]) -> None:
    """Append to the ledger of consents. The customers must be there, also from earlier in this transaction."""
    if not rows:
        return
    consents = [row.consent for row in rows]
    await tx.driver.execute(
        INSERT_CONSENTS,
        (
            plain(row.merchant_id for row in rows),
            plain(row.id for row in rows),
            plain(row.customer_id for row in rows),
            quoted(c.channel for c in consents),
            quoted(c.purpose for c in consents),
            plain(c.granted for c in consents),
            quoted(c.wording for c in consents),
            quoted(c.language for c in consents),
            quoted(row.source for row in rows),
            plain(row.recorded_at.isoformat() for row in rows),
        ),
    )


async def taken_external_ids(tx: Tx, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (merchant_id, external_id) pairs belong to somebody already.

    Two writers may both find an id free; the second then fails on its insert and asks again when it is tried again.
    """
    wanted = sorted(set(pairs))
    if not wanted:
        return set()
    found = await tx.driver.execute(EXTERNAL_IDS, (plain(m for m, _ in wanted), quoted(e for _, e in wanted)))
    return {(row[0], row[1]) for row in await found.fetchall()}

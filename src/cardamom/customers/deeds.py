"""What changes a card holder, each performed inside the ledger's transaction.

The commands arrive checked by `service`. What they carry is not stored: the operation keeps a fingerprint of it, and
neither facts nor events hold a name, a phone number or an address.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.customers import events
from cardamom.customers.consents import Consent, Source
from cardamom.customers.contacts import Contact, ContactPatch, changed, differences
from cardamom.customers.errors import ExternalIdTaken
from cardamom.customers.tables import customers
from cardamom.customers.writing import NewConsent, NewCustomer, insert_consents, insert_customers
from cardamom.db.refusals import sqlstate_of
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.writer import Ledger

_UNIQUE_VIOLATION = "23505"


class CreateCustomer(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "customer.create"

    contact: Contact


class UpdateCustomer(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "customer.update"

    subject_id: str
    changes: ContactPatch


class RecordConsent(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "consent.record"

    subject_id: str
    consent: Consent
    source: Source


class CustomerCreation:
    """Facts: customer_id. Raises ExternalIdTaken."""

    async def perform(self, tx: Tx, command: CreateCustomer, occasion: Occasion) -> Decision:
        new = NewCustomer(
            merchant_id=command.merchant_id,
            id=new_id(occasion.now),
            contact=command.contact,
            created_at=occasion.now,
        )
        with _external_id_may_be_taken():
            await insert_customers(tx, [new])
        return Decision(facts={"customer_id": new.id}, events=(events.customer_created(new.id),))


class CustomerUpdate:
    """Facts: customer_id, changed (names of fields). Raises NotFound, ExternalIdTaken."""

    async def perform(self, tx: Tx, command: UpdateCustomer, occasion: Occasion) -> Decision:
        before = await _locked_contact(tx.sql, command.merchant_id, command.subject_id)
        after = changed(before, command.changes)
        fields = differences(before, after)
        facts = {"customer_id": command.subject_id, "changed": fields}
        if not fields:
            return Decision(facts=facts)
        with _external_id_may_be_taken():
            await _write_contact(tx.sql, command, after, occasion)
        return Decision(facts=facts, events=(events.customer_updated(command.subject_id, fields),))


class ConsentRecording:
    """Facts: customer_id, consent_id. Saying the same again is recorded again. Raises NotFound."""

    async def perform(self, tx: Tx, command: RecordConsent, occasion: Occasion) -> Decision:
        await _locked_contact(tx.sql, command.merchant_id, command.subject_id)
        new = NewConsent(
            merchant_id=command.merchant_id,
            id=new_id(occasion.now),
            customer_id=command.subject_id,
            consent=command.consent,
            source=command.source,
            recorded_at=occasion.now,
        )
        await insert_consents(tx, [new])
        said = events.consent_recorded(
            command.subject_id,
            channel=command.consent.channel,
            purpose=command.consent.purpose,
            granted=command.consent.granted,
        )
        return Decision(facts={"customer_id": command.subject_id, "consent_id": new.id}, events=(said,))


def register(ledger: Ledger) -> None:
    """Bring this package's deeds to the ledger, before it starts."""
    ledger.register(CreateCustomer, CustomerCreation())
    ledger.register(UpdateCustomer, CustomerUpdate())
    ledger.register(RecordConsent, ConsentRecording())


async def _locked_contact(tx: AsyncConnection, merchant_id: str, customer_id: str) -> Contact:
    """The contact as it is, under the customer's row lock. Raises NotFound."""
    columns = [customers.c[field] for field in Contact.__struct_fields__]
    row = sa.select(*columns).where(customers.c.merchant_id == merchant_id, customers.c.id == customer_id)
    found = (await tx.execute(row.with_for_update(key_share=True))).mappings().first()
    if found is None:
        raise NotFound
    return Contact(**found)


async def _write_contact(
    tx: AsyncConnection, command: UpdateCustomer, contact: Contact, occasion: Occasion
) -> None:
    await tx.execute(
        sa.update(customers)
        .where(customers.c.merchant_id == command.merchant_id, customers.c.id == command.subject_id)
        .values(
            name=contact.name,
            name_folded=contact.name_folded,
            name_sort=contact.name_sort,
            phone=contact.phone,
            email=contact.email,
            birthday=contact.birthday,
            language=contact.language,
            external_id=contact.external_id,
            updated_at=occasion.now,
        )
    )


@contextmanager
def _external_id_may_be_taken() -> Iterator[None]:
    """Nothing else about a contact is unique. The savepoint around the deed takes the failed statement back."""
    try:
        yield
    except (psycopg.IntegrityError, sa.exc.IntegrityError) as error:
        if sqlstate_of(error) != _UNIQUE_VIOLATION:
            raise
        raise ExternalIdTaken(field="external_id") from error

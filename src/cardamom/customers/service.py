"""What a shop does to its card holders: write them down, correct them, record what they consented to.

Every function checks the actor first, then the words, then asks the ledger. It answers with the stored outcome and
raises the refusal when there is one. What is malformed never becomes an operation: the same key may be used again.
"""

from cardamom.access.permissions import Permission
from cardamom.access.require import require
from cardamom.customers.consents import ConsentIn, Source, check_consent
from cardamom.customers.contacts import ContactIn, ContactPatch, check_changes, check_contact
from cardamom.customers.deeds import CreateCustomer, RecordConsent, UpdateCustomer
from cardamom.kit.actor import Actor
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import is_id
from cardamom.ledger.commands import Outcome
from cardamom.ledger.writer import Ledger


async def create_customer(
    ledger: Ledger, *, actor: Actor, merchant_id: str, given: ContactIn, region: str, key: str
) -> Outcome:
    """Facts: customer_id. Raises ExternalIdTaken and what `check_contact` raises.

    region: the business's country, whose phone numbers need no country code.

    Two people may share a phone number or an e-mail address: families do.
    """
    require(actor, Permission.CUSTOMERS_WRITE, merchant_id)
    contact = check_contact(given, region=region)
    command = CreateCustomer(merchant_id=merchant_id, actor=actor, key=key, contact=contact)
    return (await ledger.submit(command)).or_raise()


async def update_customer(
    ledger: Ledger,
    *,
    actor: Actor,
    merchant_id: str,
    customer_id: str,
    given: ContactPatch,
    region: str,
    key: str,
) -> Outcome:
    """Facts: customer_id, changed (names of fields). Raises NotFound, ExternalIdTaken and as `check_changes`."""
    require(actor, Permission.CUSTOMERS_WRITE, merchant_id)
    if not is_id(customer_id):
        raise NotFound
    changes = check_changes(given, region=region)
    command = UpdateCustomer(
        merchant_id=merchant_id, actor=actor, key=key, subject_id=customer_id, changes=changes
    )
    return (await ledger.submit(command)).or_raise()


async def record_consent(
    ledger: Ledger,
    *,
    actor: Actor,
    merchant_id: str,
    customer_id: str,
    given: ConsentIn,
    source: Source,
    key: str,
) -> Outcome:
    """Record that a customer gave a consent or withdrew it. Facts: customer_id, consent_id.

    Raises NotFound and what `check_consent` raises.
    """
    require(actor, Permission.CUSTOMERS_WRITE, merchant_id)
    if not is_id(customer_id):
        raise NotFound
    command = RecordConsent(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        subject_id=customer_id,
        consent=check_consent(given),
        source=source,
    )
    return (await ledger.submit(command)).or_raise()

"""What may be done with cards: give one out, withdraw the old link of a lost one.

Every function checks the actor first, then the words, then asks the ledger. Stamps and redemptions come in through
`counter`, where a code decides what happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cardamom.access.permissions import Permission
from cardamom.access.require import require
from cardamom.cards.expiring import ExpireStamps
from cardamom.cards.joining import JoinCard, Source
from cardamom.cards.queries import CardRow
from cardamom.cards.recovering import RenewLink
from cardamom.customers.consents import Consent
from cardamom.customers.contacts import EXTERNAL_ID_LIMIT, Contact, ContactIn, check_contact
from cardamom.customers.queries import customer_by_external_id, customers_by_email, customers_by_phone
from cardamom.kit.actor import Actor, ActorKind, system_actor
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import is_id
from cardamom.kit.languages import SUPPORTED
from cardamom.kit.text import clean
from cardamom.ledger.commands import Outcome
from cardamom.ledger.writer import Ledger
from cardamom.merchants.errors import LanguageUnsupported

#: Cards that one expiry records; more follow at once with the next.
EXPIRED_AT_ONCE: Final = 500

_JOINS_BY_ITSELF: Final = frozenset({Permission.CARDS_JOIN})


def visitor(merchant_id: str) -> Actor:
    """Somebody at the join page: nobody we know, and all that they may do is join."""
    return Actor(kind=ActorKind.CUSTOMER, id=None, merchant_id=merchant_id, permissions=_JOINS_BY_ITSELF)


def holder(card: CardRow) -> Actor:
    """Whoever holds the link of a card. It lets them do what the card's own page offers, and nothing else."""
    return Actor(
        kind=ActorKind.CUSTOMER, id=card.customer_id, merchant_id=card.merchant_id, permissions=frozenset()
    )


async def join_card(
    ledger: Ledger,
    *,
    actor: Actor,
    merchant_id: str,
    program_id: str,
    source: Source,
    contact: Contact | None,
    consents: Sequence[Consent] = (),
    external_id: str | None = None,
    language: str | None = None,
    key: str,
) -> Outcome:
    """Give out a card to a new holder, or an anonymous one. Facts: card, program, issued.

    A contact that another holder already has makes a second holder: naming a phone number must not open a card.
    Raises ProgramClosed, ExternalIdTaken, LanguageUnsupported and NotFound.
    """
    require(actor, Permission.CARDS_JOIN, merchant_id)
    command = JoinCard(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        program_id=program_id,
        source=source,
        contact=contact,
        consents=tuple(consents),
        external_id=_external_id(external_id),
        language=_language(language),
    )
    return (await ledger.submit(command)).or_raise()


async def join_known_customer(
    ledger: Ledger,
    *,
    actor: Actor,
    merchant_id: str,
    program_id: str,
    given: ContactIn,
    region: str,
    external_id: str | None,
    language: str | None,
    key: str,
) -> Outcome:
    """As `join_card`, for callers who vouch for the contact (tills, staff): a known holder keeps being one person.

    The holder is found by external_id, else by phone, else by e-mail, where that names exactly one.
    """
    require(actor, Permission.CARDS_JOIN, merchant_id)
    contact = check_contact(given, region=region)
    known = await _known_holder(ledger, merchant_id, contact)
    command = JoinCard(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        program_id=program_id,
        source="api",
        contact=contact,
        customer_id=known,
        external_id=_external_id(external_id),
        language=_language(language) or contact.language,
    )
    return (await ledger.submit(command)).or_raise()


async def renew_link(ledger: Ledger, *, actor: Actor, merchant_id: str, card_id: str, key: str) -> Outcome:
    """Recover a lost card: every link given out before stops working, the card and its stamps stay. Facts: card, epoch.

    Staff show the new link as a QR; the code that is scanned is renewed as well, as a screenshot of it may be about.
    """
    require(actor, Permission.CARDS_JOIN, merchant_id)
    if not is_id(card_id):
        raise NotFound
    command = RenewLink(merchant_id=merchant_id, actor=actor, key=key, subject_id=card_id)
    return (await ledger.submit(command)).or_raise()


async def expire_stamps(ledger: Ledger, *, merchant_id: str) -> int:
    """Record on every card of a merchant that its stamps ran out; tells on how many. Stamping does not depend on it."""
    expired = 0
    while True:
        command = ExpireStamps(
            merchant_id=merchant_id, actor=system_actor(merchant_id), limit=EXPIRED_AT_ONCE
        )
        done: int = (await ledger.submit(command)).or_raise().facts["expired"]
        expired += done
        if done < EXPIRED_AT_ONCE:
            return expired


async def _known_holder(ledger: Ledger, merchant_id: str, contact: Contact) -> str | None:
    async with ledger.database.reading(merchant_id) as tx:
        if contact.external_id is not None:
            found = await customer_by_external_id(tx, merchant_id, contact.external_id)
            if found is not None:
                return found.id
        for value, ask in ((contact.phone, customers_by_phone), (contact.email, customers_by_email)):
            if value is not None:
                holders = await ask(tx, merchant_id, value, limit=2)
                if len(holders) == 1:
                    return holders[0].id
    return None


def _external_id(given: str | None) -> str | None:
    return None if given is None else clean(given, limit=EXTERNAL_ID_LIMIT) or None


def _language(given: str | None) -> str | None:
    """In the form in which it is stored. Raises LanguageUnsupported."""
    code = None if given is None else given.strip().lower()
    if code and code not in SUPPORTED:
        raise LanguageUnsupported(field="language")
    return code or None
